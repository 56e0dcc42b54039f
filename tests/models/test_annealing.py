"""Annealed importance sampling against enumeration, and against machines whose log Z is a sum."""

import warnings

import numpy as np
import pytest

from tinyae import RBM, SGD, Autoencoder, BernoulliOutput, CategoricalOutput, GaussianOutput, fit
from tinyae.criterion import Output
from tinyae.models import MaximumLikelihood, annealed_log_partition

VISIBLE = {
    "Bernoulli": BernoulliOutput(),
    "Gaussian": GaussianOutput(),
    "categorical": CategoricalOutput(),
}


def machine(visible=BernoulliOutput(), d=8, k=5, scale=1.0, seed=0, dtype=np.float64):  # noqa: B008
    """A machine with random parameters of this scale."""
    rbm = RBM(d, k, visible=visible, dtype=dtype)
    rbm.theta[...] = scale * np.random.default_rng(seed).standard_normal(rbm.theta.size)
    return rbm


def beside(first, second):
    """Two Bernoulli or Gaussian machines that know nothing of each other, as one machine."""
    d, k = first.d_in, first.d_code
    both = RBM(d + second.d_in, k + second.d_code, visible=first.visible)
    both.theta[...] = 0.0
    hidden, visible = both.parts["hidden"].params, both.parts["visible"].params
    for part, rows, columns in (
        (first, slice(0, d), slice(0, k)),
        (second, slice(d, None), slice(k, None)),
    ):
        hidden["W"][rows, columns] = part.parts["hidden"].params["W"]
        hidden["b"][columns] = part.parts["hidden"].params["b"]
        visible["b"][rows] = part.parts["visible"].params["b"]
    return both


def off(estimate, log_Z):
    """By how many of its own standard errors the estimate is off."""
    return (estimate.log_partition - log_Z) / estimate.standard_error


@pytest.mark.slow
@pytest.mark.parametrize("name", VISIBLE)
@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
def test_against_enumeration(name, scale, rng):
    rbm = machine(VISIBLE[name], scale=scale)
    before = rbm.theta.copy(), rbm.grad.copy()
    estimate = annealed_log_partition(rbm, temperatures=300, rng=rng)
    assert abs(off(estimate, rbm.log_partition())) < 4
    assert estimate.standard_error < 0.2 and 10 <= estimate.effective_chains <= 100
    assert estimate.log_weights.shape == (100,)
    np.testing.assert_array_equal(np.stack([rbm.theta, rbm.grad]), before)


@pytest.mark.slow
@pytest.mark.parametrize("visible", [BernoulliOutput(), GaussianOutput()])
def test_beyond_sixteen_hidden_units(visible, rng):
    parts = [machine(visible, 7, 10, 0.7, seed) for seed in (1, 2)]
    both = beside(*parts)
    estimate = annealed_log_partition(both, temperatures=400, rng=rng)
    assert abs(off(estimate, sum(part.log_partition() for part in parts))) < 4
    x = (rng.random((3, 14)) < 0.5).astype(float)
    apart = parts[0].log_likelihood(x[:, :7]) + parts[1].log_likelihood(x[:, 7:])
    together = both.log_likelihood(x, log_partition=estimate.log_partition)
    np.testing.assert_allclose(together, apart, atol=4 * estimate.standard_error)


@pytest.mark.parametrize("name", VISIBLE)
def test_a_machine_without_weights_has_no_error(name, rng):
    """Its base at the machine's own bias is the machine, and every weight is Z."""
    rbm = machine(VISIBLE[name])
    rbm.parts["hidden"].params["W"][...] = 0.0
    rbm.parts["hidden"].params["b"][...] = 0.0
    if name == "Gaussian":
        estimate = annealed_log_partition(rbm, chains=5, temperatures=3, rng=rng)
    else:
        x = np.eye(8)[:6]
        rbm.parts["visible"].params["b"][...] = RBM.from_data(x, 2, visible=rbm.visible).theta[-8:]
        estimate = annealed_log_partition(rbm, data=x, chains=5, temperatures=3, rng=rng)
    np.testing.assert_allclose(estimate.log_weights, rbm.log_partition(), rtol=1e-13)
    assert estimate.standard_error < 1e-12
    assert estimate.effective_chains == pytest.approx(5)


@pytest.mark.slow
def test_the_base_rates_of_data(rng):
    """Real data of other widths than the machine's: the base is wider, the estimate the same."""
    data = {
        "Bernoulli": (rng.random((50, 8)) < 0.2).astype(float),
        "Gaussian": 1.0 + 2.0 * rng.standard_normal((50, 8)),
        "categorical": np.eye(8)[rng.integers(0, 4, 50)],
    }
    for name, x in data.items():
        rbm = machine(VISIBLE[name], scale=0.5)
        estimate = annealed_log_partition(rbm, data=x, temperatures=200, rng=rng)
        assert abs(off(estimate, rbm.log_partition())) < 4
        flat = annealed_log_partition(rbm, temperatures=200, rng=rng)
        assert abs(estimate.log_partition - flat.log_partition) < 0.3


@pytest.mark.slow
def test_real_machines_with_modes_far_apart():
    """A base of unit variance misses modes here, without a sign of it in the spread of weights."""
    for seed in (100, 101, 102, 103, 104):
        rbm = machine(GaussianOutput(), d=10, k=8, scale=3.0, seed=seed)
        estimate = annealed_log_partition(
            rbm, temperatures=500, rng=np.random.default_rng([seed, 1])
        )
        assert abs(off(estimate, rbm.log_partition())) < 4


def test_a_shift_of_real_data_changes_nothing(rng):
    """With c lowered by s·W the machine shifted by s has the same hidden units and weights."""
    rbm, shifted = (machine(GaussianOutput(), scale=0.7) for _ in range(2))
    s = 1000.0
    hidden = shifted.parts["hidden"].params
    shifted.parts["visible"].params["b"][...] += s
    hidden["b"][...] -= s * hidden["W"].sum(axis=0)
    one, other = (
        annealed_log_partition(m, temperatures=100, rng=np.random.default_rng(5))
        for m in (rbm, shifted)
    )
    # A factor of p(x) goes out of the integral: F is measured from another zero.
    constant = shifted.log_partition() - rbm.log_partition()
    np.testing.assert_allclose(other.log_partition - constant, one.log_partition, atol=1e-5)


@pytest.mark.slow
def test_the_standard_error_is_that_of_repeated_estimates():
    rbm = machine(scale=1.5)
    log_Z = rbm.log_partition()
    found = [
        annealed_log_partition(rbm, chains=50, temperatures=40, rng=np.random.default_rng(seed))
        for seed in range(60)
    ]
    spread = np.sqrt(np.mean([(one.log_partition - log_Z) ** 2 for one in found]))
    claimed = np.sqrt(np.mean([one.standard_error**2 for one in found]))
    assert 0.7 < claimed / spread < 1.4


def test_more_temperatures_bring_the_weights_together():
    rbm = machine(scale=1.5)
    errors = [
        annealed_log_partition(rbm, temperatures=n, rng=np.random.default_rng(3)).standard_error
        for n in (30, 300)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_temperatures_given_one_by_one(rng):
    rbm = machine()
    count = annealed_log_partition(rbm, temperatures=50, rng=np.random.default_rng(1))
    each = annealed_log_partition(
        rbm, temperatures=np.linspace(0, 1, 51), rng=np.random.default_rng(1)
    )
    np.testing.assert_array_equal(count.log_weights, each.log_weights)
    uneven = [*np.linspace(0, 0.5, 40), *np.linspace(0.5, 1, 120)[1:]]
    assert abs(off(annealed_log_partition(rbm, temperatures=uneven, rng=rng),
                   rbm.log_partition())) < 4  # fmt: skip


@pytest.mark.one_in(2)
@pytest.mark.parametrize("visible", [BernoulliOutput(), GaussianOutput()])
def test_weights_of_a_few_chains_are_told(visible):
    """Simple importance sampling: one jump from the base to a machine far from it."""
    rbm = machine(visible, scale=4.0)
    with pytest.warns(UserWarning, match="a few chains dominate") as caught:
        estimate = annealed_log_partition(rbm, temperatures=1, rng=np.random.default_rng(0))
    assert caught[0].filename == __file__
    assert estimate.effective_chains < 10
    assert "from 100 chains, " in str(estimate)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        annealed_log_partition(rbm, temperatures=500, rng=np.random.default_rng(0))


def test_single_precision_is_annealed_in_double():
    rbm = machine(scale=0.5)
    single = rbm.astype(np.float32)
    one, other = (
        annealed_log_partition(m, temperatures=50, rng=np.random.default_rng(1))
        for m in (rbm, single)
    )
    assert other.log_weights.dtype == np.float64
    np.testing.assert_allclose(other.log_partition, one.log_partition, atol=1e-5)


def test_a_seed_gives_the_same_bits():
    rbm = machine()
    first, again = (annealed_log_partition(rbm, temperatures=20, rng=7) for _ in range(2))
    np.testing.assert_array_equal(first.log_weights, again.log_weights)


class Unknown(RBM):
    """A machine with visible units that annealing has no base for."""

    def __init__(self):
        super().__init__(3, 2)
        self.visible = Output()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: annealed_log_partition(Autoencoder.dense((3, 2))), TypeError, "takes an RBM"),
        (lambda: annealed_log_partition(RBM), TypeError, "takes an RBM"),
        (lambda: annealed_log_partition(Unknown()), ValueError, "annealing needs Bernoulli"),
        (lambda: annealed_log_partition(machine(), chains=1), ValueError, "chains must be at le"),
        (lambda: annealed_log_partition(machine(), chains=9.0), TypeError, "chains must be a whol"),
        (lambda: annealed_log_partition(machine(), temperatures=0), ValueError, "at least 1"),
        (lambda: annealed_log_partition(machine(), temperatures=True), TypeError, "whole number"),
        (lambda: annealed_log_partition(machine(), temperatures=2.5), TypeError, "rises from 0"),
        (lambda: annealed_log_partition(machine(), temperatures="many"), TypeError, "rises from 0"),
        (lambda: annealed_log_partition(machine(), temperatures=None), TypeError, "rises from 0"),
        (lambda: annealed_log_partition(machine(), temperatures=[[0], [0, 1]]), TypeError, "rises"),
        (lambda: annealed_log_partition(machine(), temperatures=[1.0]), ValueError, "must rise"),
        (lambda: annealed_log_partition(machine(), temperatures=[0, 0.5]), ValueError, "must rise"),
        (lambda: annealed_log_partition(machine(), temperatures=[0.1, 1]), ValueError, "must rise"),
        (lambda: annealed_log_partition(machine(), temperatures=[0, 0, 1]), ValueError, "must ris"),
        (lambda: annealed_log_partition(machine(), temperatures=[0, np.nan, 1]), ValueError, "mus"),
        (lambda: annealed_log_partition(machine(), rng=None), TypeError, "rng must be"),
        (lambda: annealed_log_partition(machine(), data=np.eye(7)), ValueError, "8 were expected"),
        (lambda: annealed_log_partition(machine(), data=np.full((2, 8), 9.0)), ValueError, "targ"),
        (lambda: annealed_log_partition(machine(GaussianOutput(), scale=1e200)), ValueError,
         "too large"),
    ],
)  # fmt: skip
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


def trained(seed):
    """A machine trained on bars and stripes, by the exact gradient."""
    rng = np.random.default_rng(seed)
    x = np.repeat((rng.random((500, 3)) < 0.5)[:, :, None] * 1.0, 3, axis=2)
    x[::2] = x[::2].swapaxes(1, 2)
    rbm = RBM(9, 8, rule=MaximumLikelihood(), rng=rng)
    fit(rbm, x.reshape(500, 9), optimizer=SGD(0.3), epochs=40 * (seed + 1), batch_size=50, rng=rng)
    return rbm


@pytest.mark.slow
def test_twenty_machines(measured):
    machines = [trained(seed) for seed in range(4)]
    for seed in range(16):
        d, k = [(20, 16), (50, 14), (6, 10), (784, 8)][seed % 4]
        visible = GaussianOutput() if seed in (5, 9, 14) else BernoulliOutput()
        scale = [0.1, 0.5, 1.0, 3.0][seed // 4] / (20 if d == 784 else 1)
        machines.append(machine(visible, d, k, scale, seed))
    inside, errors = [], []
    for seed, rbm in enumerate(machines):
        estimate = annealed_log_partition(rbm, rng=np.random.default_rng([13, seed]))
        inside.append(off(estimate, rbm.log_partition()))
        errors.append(estimate.standard_error)
    count = int((np.abs(inside) <= 3).sum())
    measured(
        f"annealed log Z of 20 machines: {count} within 3 of their own standard errors "
        f"({min(errors):.1g} to {max(errors):.2g} nats), at most {np.abs(inside).max():.1f}, "
        f"root mean square {np.sqrt(np.mean(np.square(inside))):.2f}"
    )
    assert count >= 19
    assert max(errors) < 0.5
