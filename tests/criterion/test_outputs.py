"""Costs and likelihoods of the outputs against their definitions, and at the ends of the range."""

import numpy as np
import pytest

from tinyae import (
    RBM,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    GaussianNoise,
    GaussianOutput,
    Identity,
    Linear,
    Sigmoid,
    Tanh,
    fit,
    score_field,
)
from tinyae.criterion import Output
from tinyae.criterion.base_rates import base_rates
from tinyae.models import annealed_log_partition, gsn_chain
from tinyae.score import potential

BOTH = [GaussianOutput(), BernoulliOutput()]


def test_gaussian_is_the_log_density(rng):
    x, a = rng.normal(size=(7, 3)), rng.normal(size=(7, 3))
    density = np.exp(-0.5 * (x - a) ** 2) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(GaussianOutput().nll(x, a), -np.log(density).sum(axis=1), rtol=1e-13)
    constant = 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(GaussianOutput().cost(x, a), GaussianOutput().nll(x, a) - constant)


def test_bernoulli_is_the_log_mass(rng):
    a = rng.normal(0, 3, (7, 5))
    x = (rng.random((7, 5)) < 0.5) * 1.0
    r = BernoulliOutput().mean.f(a)
    mass = np.where(x == 1, r, 1 - r).prod(axis=1)
    np.testing.assert_allclose(BernoulliOutput().nll(x, a), -np.log(mass), rtol=1e-12)


@pytest.mark.parametrize("output", BOTH, ids=repr)
def test_the_costs_of_the_entries_add_to_the_cost(output, rng):
    x, a = rng.random((6, 4)), rng.normal(0, 3, (6, 4))
    found = output.entry_costs(x, a)
    np.testing.assert_allclose(found.sum(axis=1), output.cost(x, a), rtol=1e-14)
    x[2, 1], a[2, 1] = 0.9, -1.0  # which concerns this entry only
    changed = output.entry_costs(x, a) != found
    assert changed[2, 1] and changed.sum() == 1


def test_bernoulli_sums_to_one(rng):
    a = rng.normal(size=(1, 4))
    words = np.array([[i >> k & 1 for k in range(4)] for i in range(16)], float)
    total = np.exp(-BernoulliOutput().nll(words, np.repeat(a, 16, axis=0))).sum()
    assert total == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("output", BOTH, ids=repr)
def test_gradient_by_complex_step(output, rng):
    x, a = rng.random((6, 4)), rng.normal(0, 3, (6, 4))
    number = np.zeros_like(a)
    for i in np.ndindex(a.shape):
        z = a.astype(complex)
        z[i] += 1e-30j
        number[i] = np.imag(output.cost(x, z).sum()) / 1e-30
    np.testing.assert_allclose(output.gradient(x, a), number, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bernoulli_is_stable_from_logits(dtype):
    a = np.array([[1e4, -1e4, 1e4, -1e4]], dtype)
    x = np.array([[1, 0, 0, 1]], dtype)
    output = BernoulliOutput()
    assert output.cost(x, a).item() == 2e4
    assert output.cost(x, a).dtype == dtype
    np.testing.assert_array_equal(output.gradient(x, a), [[0, 0, 1, -1]])


def test_a_nearly_certain_bernoulli_still_costs_something():
    a, x = np.full((1, 1), 20, np.float32), np.ones((1, 1), np.float32)
    assert BernoulliOutput().cost(x, a).item() == pytest.approx(np.exp(-20), rel=1e-6)


def test_the_mean_is_where_the_expected_cost_is_least(rng):
    """For all three, cost averaged over targets is least at mean(a) = E[x]: hence r = E[x | x̃]."""
    x = rng.random((2000, 1))
    for output, logit in (
        (GaussianOutput(), x.mean()),
        (BernoulliOutput(), np.log(x.mean() / (1 - x.mean()))),
    ):
        a = np.full_like(x, logit)
        assert abs(output.gradient(x, a).mean()) < 1e-12
    rows = rng.dirichlet(np.ones(4), 2000)
    a = np.tile(np.log(rows.mean(axis=0)), (2000, 1))
    np.testing.assert_allclose(CategoricalOutput().gradient(rows, a).mean(axis=0), 0, atol=1e-12)


def test_check_of_the_domain():
    BernoulliOutput().check(np.array([[0.0, 1.0]]))
    GaussianOutput().check(np.array([[-5.0, 300.0]]))
    with pytest.raises(ValueError, match="divide bytes by 255"):
        BernoulliOutput().check(np.array([[0.0, 200.0]]))
    with pytest.raises(ValueError, match="rescale"):
        BernoulliOutput().check(np.array([[-0.1, 0.5]]))


@pytest.mark.parametrize("x, ends, hint", [
    ([0.0, 1.0001], "0 to 1.0001", "divide bytes by 255"),
    ([0.0, 255.0], "0 to 255", "divide bytes by 255"),
    ([0.0, 255.5], "0 to 255.5", "rescale them"),
    ([-0.5, 0.25], "-0.5 to 0.25", "rescale them"),
    ([-0.5, 2.0], "-0.5 to 2", "rescale them"),
])  # fmt: skip
def test_what_is_wrong_with_targets_of_a_bernoulli_is_told_in_numbers(x, ends, hint):
    with pytest.raises(ValueError) as told:
        BernoulliOutput().check(np.array([x]))
    assert str(told.value) == (
        f"BernoulliOutput needs targets in [0, 1], got values from {ends}; {hint}, or use "
        "GaussianOutput for real-valued data"
    )


def test_costs_elsewhere():
    """The same number in Keras' convention, where the mean is over the entries too."""
    assert GaussianOutput().elsewhere(1.5, 4) == (
        "its ½‖x − r‖² alone: 1.5; in Keras' convention, mean squared error = 2 · 1.5 / 4 = 0.75"
    )
    assert BernoulliOutput().elsewhere(1.5, 4) == (
        "its cross-entropy alone: 1.5; in Keras' convention, mean binary cross-entropy = 1.5 / 4 "
        "= 0.375"
    )
    assert CategoricalOutput().elsewhere(1.5, 4) == (
        "its cross-entropy alone: 1.5, which is also Keras' mean categorical cross-entropy"
    )
    assert CategoricalOutput((1, 3)).elsewhere(1.5, 4) == (
        "its cross-entropy alone, summed over 2 groups: 1.5"
    )


def test_draws_have_the_probabilities_of_the_mean(rng):
    n, a = 20_000, np.array([-2.0, 0.5, 1.0, 0.0])
    for output in (BernoulliOutput(), CategoricalOutput(), CategoricalOutput((1, 3))):
        x = output.sample(np.broadcast_to(a, (n, 4)), rng)
        mean = output.mean.forward(a[None])[0][0]
        assert set(np.unique(x)) == {0.0, 1.0}
        assert np.abs(x.mean(axis=0) - mean).max() < 4.0 * 0.5 / np.sqrt(n)
    x = GaussianOutput().sample(np.broadcast_to(a, (n, 4)), rng)
    assert np.abs(x.mean(axis=0) - a).max() < 4.0 / np.sqrt(n)
    assert np.abs(x.std(axis=0) - 1.0).max() < 0.03


@pytest.mark.parametrize("output", [*BOTH, CategoricalOutput()], ids=repr)
def test_a_seed_is_no_generator_for_a_draw(output):
    with pytest.raises(TypeError, match="rng"):
        output.sample(np.zeros((2, 3)), 0)
    single = output.sample(np.zeros((2, 3), np.float32), np.random.default_rng(0))
    assert single.dtype == np.float32
    with pytest.raises(TypeError, match="^a must be"):
        output.sample("text", np.random.default_rng(0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_of_a_draw_are_those_of_the_generator(dtype, rng):
    """One number for each entry, in the dtype of the parameters: a seed means the same draws."""
    a = rng.normal(size=(50, 4)).astype(dtype)
    normal = np.random.default_rng(3).standard_normal(a.shape, dtype=dtype)
    uniform = np.random.default_rng(3).random(a.shape, dtype=dtype)
    found = GaussianOutput().sample(a, np.random.default_rng(3), 2.0)
    np.testing.assert_array_equal(found, a + 2.0 * normal)
    found = BernoulliOutput().sample(a, np.random.default_rng(3))
    np.testing.assert_array_equal(found, uniform < Sigmoid().f(a))


def test_the_scale_of_a_draw_is_not_negative(rng):
    with pytest.raises(ValueError) as told:
        GaussianOutput().sample(np.zeros((2, 3)), rng, -1e-9)
    assert str(told.value) == "scale must be a finite number in [0, inf], got -1e-09"


def test_rows_of_probabilities_sum_to_one_up_to_rounding():
    """A sum in float32 may be off by some 1e-6; 1 ± 1e-5 is allowed, and a little more is not."""
    output, x = CategoricalOutput(), np.full((2, 4), 0.25)
    for error in (-1.5e-5, 1.5e-5):
        x[1, 3] = 0.25 + error
        output.check(x)
        x[1, 3] = 0.25 + 2.0 * error
        with pytest.raises(ValueError, match="summing to one"):
            output.check(x)


@pytest.mark.parametrize("total", [1.0, 0.75])
def test_the_cost_of_a_class_is_that_of_its_row_alone(total, rng):
    """To the last bit, although another row has logits that are larger by a million."""
    output, x = CategoricalOutput(), total * rng.dirichlet(np.ones(3), 4)
    a = rng.normal(size=(4, 3))
    wanted = np.log(np.exp(a).sum(axis=1)) - (x * a).sum(axis=1)
    np.testing.assert_allclose(output.cost(x, a), wanted, rtol=1e-13)
    a[2] += 1e6
    x, a = x.astype(np.float32), a.astype(np.float32)
    alone = [output.cost(x[i : i + 1], a[i : i + 1]).item() for i in range(4)]
    np.testing.assert_array_equal(output.cost(x, a), alone)


def test_what_is_wrong_with_rows_of_probabilities_is_told_in_numbers():
    with pytest.raises(ValueError) as told:
        CategoricalOutput().check(np.array([[0.5, 0.25, 0.5], [0.5, -0.25, 0.25], [1.0, 0.0, 0.0]]))
    assert str(told.value) == (
        "CategoricalOutput needs rows of probabilities, non-negative and summing to one; got "
        "entries from -0.25 and row sums from 0.5 to 1.25; for class labels use "
        "np.eye(classes)[labels]"
    )


@pytest.mark.parametrize("groups", [None, (2, 3)])
def test_the_link_is_the_inverse_of_the_mean(groups, rng):
    """Of the softmax up to a constant for each group; an impossible class has log `least`."""
    mean = rng.dirichlet(np.ones(5)) if groups is None else np.array([0.3, 0.7, 0.5, 0.2, 0.3])
    output = CategoricalOutput(groups)
    a = output.link(mean, 1e-3)
    np.testing.assert_allclose(output.mean.forward(a[None])[0][0], mean, rtol=1e-14)
    np.testing.assert_array_equal(CategoricalOutput().link(np.eye(3)[1], 1e-3),
                                  np.log([1e-3, 1.0, 1e-3]))  # fmt: skip
    p = rng.random(4)
    np.testing.assert_allclose(BernoulliOutput().mean.f(BernoulliOutput().link(p, 1e-3)), p)
    ends = BernoulliOutput().link(np.array([0.0, 1.0]), 1e-3)
    np.testing.assert_allclose(BernoulliOutput().mean.f(ends), [1e-3, 1.0 - 1e-3])


class Laplace(Output):
    """Σ |x − a|: real values, without any fact stated."""

    formula = "‖x − r‖₁"
    mean = Identity()

    def cost(self, x, a):
        """Return the absolute errors' sum."""
        return np.abs(x - a).sum(axis=1)

    def gradient(self, x, a):
        """Return its derivative."""
        return np.sign(a - x)


def test_facts_are_stated_by_the_outputs_themselves(rng):
    x, bits = rng.normal(size=(8, 3)), (rng.random((8, 3)) < 0.5).astype(float)
    facts = ("mean_is_optimal", "has_free_scale", "is_normal", "is_binary")
    stated = {GaussianOutput: (1, 1, 1, 0), BernoulliOutput: (1, 0, 0, 1),
              CategoricalOutput: (1, 0, 0, 1), Laplace: (0, 0, 0, 0)}  # fmt: skip
    for output, wanted in stated.items():
        assert tuple(getattr(output, fact) for fact in facts) == wanted
    Laplace().check_definite(x)
    GaussianOutput().check_definite(x)
    BernoulliOutput().check_definite(bits)
    with pytest.raises(ValueError, match="a BernoulliOutput needs x of zeros and ones"):
        BernoulliOutput().check_definite(0.5 * bits)
    with pytest.raises(ValueError, match="targets in"):
        BernoulliOutput().check_definite(2.0 * bits)
    with pytest.raises(ValueError, match="a CategoricalOutput needs x of zeros and ones"):
        CategoricalOutput().check_definite(np.full((2, 4), 0.25))


def test_an_output_without_facts_is_refused_where_they_are_needed(rng):
    """It trains, and a machine has it; what has to know more says so."""
    x = rng.normal(size=(8, 3))
    model = Autoencoder.dense((3, 2), output=Laplace(), corruption=GaussianNoise(0.5))
    fit(model, x, epochs=1)
    assert "‖x − r‖₁" in repr(model) and "Keras" not in model.describe(x)

    class Stated(Laplace):
        is_canonical = True  # so that a machine takes it

    machine = RBM(3, 2, visible=Stated())
    machine.begin(x)
    assert not machine.parts["visible"].params["b"].any() and base_rates(Laplace(), x) is None
    for refused, says in (
        (lambda: score_field(model, x, 0.5), r"least at E\[x \| x~\].*Laplace"),
        (lambda: potential(model, x), "one hidden layer and GaussianOutput"),
        (lambda: gsn_chain(model, x, steps=1, scale=1.0, rng=0), "Laplace.* has no scale"),
        (lambda: machine.score(x), "needs GaussianOutput visible units, got .*Stated"),
        (lambda: RBM(3, 2, visible=Laplace()), "does not state is_canonical"),
        (lambda: machine.pseudo_log_likelihood(x), "needs BernoulliOutput visible units"),
        (lambda: annealed_log_partition(machine), "annealing needs"),
    ):
        with pytest.raises(ValueError, match=says):
            refused()
    for missing in (Laplace().sample, Laplace().nll):
        with pytest.raises(NotImplementedError, match="Laplace"):
            missing(x, x)


def test_a_unit_under_a_sigmoid_s_output_is_refused_by_the_mean(rng):
    layers = [Linear(3, 2, rng=rng), Chain(Linear(2, 3, rng=rng), Tanh())]
    Autoencoder(*layers, output=Laplace())  # whose mean is the identity, as a Gaussian's
    with pytest.raises(ValueError, match=r"BernoulliOutput\(\) applies its sigmoid itself"):
        Autoencoder(*layers, output=BernoulliOutput())


def test_the_scale_of_a_draw(rng):
    a = np.zeros((20_000, 2))
    assert GaussianOutput().sample(a, rng, 3.0).std() == pytest.approx(3.0, rel=0.02)
    np.testing.assert_array_equal(GaussianOutput().sample(a + 1.0, rng, 0.0), a + 1.0)
    with pytest.raises(ValueError, match="scale must be"):
        GaussianOutput().sample(a, rng, -1.0)


@pytest.mark.parametrize(
    "slots", [{"output": object()}, {"corruption": object()}, {"penalties": object()}]
)
def test_only_what_is_derived_from_the_base_fits_a_slot(slots):
    with pytest.raises(TypeError, match="of your own, got <object"):
        Autoencoder.dense((3, 2), **slots)
