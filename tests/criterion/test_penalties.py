"""Every penalty's value by its formula, and its gradient alone and beside every other."""

import itertools

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    Elementwise,
    GaussianNoise,
    GaussianOutput,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    Linear,
    NoisyCode,
    ReconstructionContractive,
    ReLU,
    Sigmoid,
    Softplus,
    StudentT,
    Tanh,
    WeightDecay,
    gradcheck,
)
from tinyae.checks.streams import stream
from tinyae.criterion import Penalty
from tinyae.training import Weights

ALL = [
    L1(0.3),
    StudentT(0.4),
    KLSparsity(0.1, 0.5),
    WeightDecay(0.2),
    Contractive(0.3),
    Contractive(0.3, probes=2),
    ReconstructionContractive(0.2),
    ReconstructionContractive(0.2, probes=2),
    HigherOrderContractive(2.0, 0.3),
]


def value(penalty, model, x, seed=0):
    """The penalty's own contribution to the loss."""
    plain = Autoencoder(model.encoder, model.decoder, output=model.output).loss(x)
    with_it = Autoencoder(model.encoder, model.decoder, output=model.output, penalties=penalty)
    return with_it.loss(x, rng=seed) - plain


@pytest.fixture
def x():
    return np.random.default_rng(2).random((6, 5))


def jacobian_of(function, x):
    """∂function/∂x by the complex step, (n, d_out, d_in)."""
    columns = []
    for j in range(x.shape[1]):
        z = x.astype(complex)
        z[:, j] += 1e-30j
        columns.append(np.imag(function(z)) / 1e-30)
    return np.stack(columns, axis=2)


def encode(model):
    return lambda z: model.encoder.forward(z)[0]


def reconstruct(model):
    def r(z):
        a = model.decoder.forward(model.encoder.forward(z)[0])[0]
        return model.output.mean.forward(a)[0]

    return r


@pytest.mark.parametrize("tied", [False, True])
def test_weight_decay_is_of_every_weight_once(tied, x):
    """Of encoder and decoder, without biases; of a shared W once."""
    model = Autoencoder.dense((5, 4, 3), tied=tied)
    model.theta[...] = np.random.default_rng(0).normal(size=model.theta.size)
    p = model.forward(x, np.random.default_rng(0))
    model.grad[...] = 0.0
    named = {k: w for k, w in model.parameters().items() if k.endswith("W")}
    assert len(named) == (2 if tied else 4)
    found = WeightDecay(0.2).add(p)
    assert found == pytest.approx(0.2 * sum((w**2).sum() for w in named.values()), rel=1e-13)
    is_weight = np.zeros(model.theta.size, bool)
    for w in named.values():
        is_weight |= np.isin(model.theta, w)
    np.testing.assert_allclose(model.grad, 0.4 * model.theta * is_weight, rtol=1e-13)


def test_student_t(x):
    model = Autoencoder.dense((5, 4), activation=Tanh)
    expected = 0.4 * np.log(1 + model.encode(x) ** 2).sum(axis=1).mean()
    assert value(StudentT(0.4), model, x) == pytest.approx(expected, rel=1e-12)


def test_kl_is_of_the_batch_mean(x):
    model = Autoencoder.dense((5, 4))
    h = model.encode(x)
    q = h.mean(axis=0)
    kl = (0.1 * np.log(0.1 / q) + 0.9 * np.log(0.9 / (1 - q))).sum()
    assert value(KLSparsity(0.1, 0.5), model, x) == pytest.approx(0.5 * kl, rel=1e-6)
    each = (0.1 * np.log(0.1 / h) + 0.9 * np.log(0.9 / (1 - h))).sum(axis=1).mean()
    assert abs(kl - each) > 0.1  # the usual mistake is something else


def test_kl_of_dead_units_is_finite_and_pulls_them_up(x):
    model = Autoencoder.dense((5, 4), penalties=KLSparsity(0.1, 0.5))
    model.encoder.layers[0].params["b"][...] = -1e4
    assert np.isfinite(model.loss_and_grad(x))
    model = Autoencoder.dense((5, 4), penalties=KLSparsity(0.1, 0.5))
    model.encoder.layers[0].params["b"][...] = -9.0
    model.loss_and_grad(x)
    assert (model.encoder.layers[0].grads["b"] < 0).all()


@pytest.mark.parametrize("unit", [Identity, ReLU, Softplus, Tanh])
def test_kl_refuses_units_outside_the_unit_interval(unit):
    with pytest.raises(ValueError, match=f"needs a code in .* not {unit.__name__}"):
        Autoencoder.dense((5, 4), activation=unit, penalties=KLSparsity(0.1, 0.5))


def test_kl_refuses_codes_outside_the_unit_interval(x):
    class Doubled(Elementwise):
        """A unit of one's own, of whose range nothing is known beforehand."""

        def f(self, a):
            return 2.0 * a

    model = Autoencoder.dense((5, 4), activation=Doubled, penalties=KLSparsity(0.1, 0.5))
    with pytest.raises(ValueError, match="needs a code in .* reaches from"):
        model.loss_and_grad(5 * x - 2)


def test_kl_refuses_an_encoder_that_ends_in_an_affine_map():
    with pytest.raises(ValueError) as told:
        KLSparsity(0.1, 0.5).check_encoder(Linear(5, 4, rng=0))
    wanted = "KLSparsity needs a code in [0, 1], such as Sigmoid()'s, not Linear(5, 4)'s"
    assert str(told.value) == wanted


@pytest.mark.parametrize("low, high", [(-0.001, 1.0), (0.0, 1.001)])
def test_kl_tells_how_far_the_code_reaches(low, high, x):
    penalty, p = (
        KLSparsity(0.1, 0.5),
        Autoencoder.dense((5, 2)).forward(x, np.random.default_rng(0)),
    )
    p.h[...] = np.linspace(0.0, 1.0, 12).reshape(6, 2)  # its ends are allowed
    assert np.isfinite(penalty.add(p))
    p.h[0, 0], p.h[5, 1] = low, high
    kept = p.gh.copy()
    with pytest.raises(ValueError) as told:
        penalty.add(p)
    assert str(told.value) == (
        "KLSparsity needs a code in [0, 1], such as a sigmoid's; this one reaches from "
        f"{low:.3g} to {high:.3g}"
    )
    np.testing.assert_array_equal(p.gh, kept)


@pytest.mark.parametrize("reach, suits", [((0.0, 1.0), True), ((0.25, 0.75), True),
                                          ((0.0, 1.5), False), ((-0.5, 1.0), False)])  # fmt: skip
def test_kl_asks_for_the_stated_reach_of_a_unit(reach, suits):
    class Own(Sigmoid):
        """A unit of one's own that states where its values lie."""

    Own.reach = reach
    encoder = Chain(Linear(5, 4, rng=0), Own())
    if suits:
        KLSparsity(0.1, 0.5).check_encoder(encoder)
    else:
        with pytest.raises(ValueError, match=r"not Own\(\)'s"):
            KLSparsity(0.1, 0.5).check_encoder(encoder)


@pytest.mark.parametrize("h", [0.0, 1.0])
def test_kl_of_units_at_an_end_is_that_of_a_millionth_of_it(h, x):
    """The mean is moved inwards by ε = 1e-7 from 0 and from 1."""
    penalty, p = KLSparsity(0.3, 0.5), Autoencoder.dense((5, 4)).forward(x, None)
    p.h[...] = h
    q = abs(h - 1e-7)
    kl = 4.0 * (0.3 * np.log(0.3 / q) + 0.7 * np.log(0.7 / (1.0 - q)))
    assert penalty.add(p) == pytest.approx(0.5 * kl, rel=1e-8)
    slope = (0.7 / (1.0 - q) - 0.3 / q) * (1.0 - 2e-7)
    np.testing.assert_allclose(p.gh, 0.5 / 6 * slope, rtol=1e-8)


def test_kl_with_weights_is_of_the_weighted_mean(x):
    penalty, model = KLSparsity(0.1, 0.5), Autoencoder.dense((5, 4))
    w = np.array([0.5, 0.0, 2.0, 1.0, 3.0, 0.25])
    p = model.forward(x, np.random.default_rng(0))
    p.weights = Weights(w)
    q = w @ p.h / w.sum()
    kl = (0.1 * np.log(0.1 / q) + 0.9 * np.log(0.9 / (1.0 - q))).sum()
    assert penalty.add(p) == pytest.approx(0.5 * kl, rel=1e-6)
    slopes = 0.5 / w.sum() * (0.9 / (1.0 - q) - 0.1 / q)
    np.testing.assert_allclose(p.gh, w[:, None] * slopes, rtol=1e-5, atol=1e-12)
    p = model.forward(x, np.random.default_rng(0))
    p.weights = Weights(np.zeros(6))
    assert penalty.add(p) == 0.0 and not p.gh.any()


@pytest.mark.parametrize("kind, interval, allowed, refused", [
    (lambda v: L1(v), "lam: [0, inf]", (0.0, 2.5), (-1e-9, np.inf, np.nan)),
    (lambda v: StudentT(v), "lam: [0, inf]", (0.0, 2.5), (-1e-9, np.inf)),
    (lambda v: WeightDecay(v), "lam: [0, inf]", (0.0, 2.5), (-1e-9, np.inf)),
    (lambda v: KLSparsity(0.1, v), "lam: [0, inf]", (0.0, 2.5), (-1e-9, np.inf)),
    (lambda v: KLSparsity(v, 1.0), "rho: (0, 1)", (1e-9, 0.999), (0.0, 1.0, -0.1, 1.1)),
    (lambda v: Contractive(v), "lam: [0, inf]", (0.0, 2.5), (-1e-9, np.inf)),
    (lambda v: ReconstructionContractive(v), "lam: [0, inf]", (0.0, 2.5), (-1e-9, np.inf)),
    (lambda v: HigherOrderContractive(v, 1.0), "lam: [0, inf]", (0.0, 2.5), (-1e-9, np.inf)),
    (lambda v: HigherOrderContractive(1.0, v), "sigma: (0, inf]", (1e-9, 2.5), (0.0, -1.0)),
])  # fmt: skip
def test_the_intervals_of_the_settings(kind, interval, allowed, refused):
    name, ends = interval.split(": ")
    for value in allowed:
        assert getattr(kind(value), name) == value
    for value in refused:
        with pytest.raises(ValueError) as told:
            kind(value)
        assert str(told.value) == f"{name} must be a finite number in {ends}, got {value}"


@pytest.mark.parametrize("kind, name, value", [
    (lambda: HigherOrderContractive(1e200, 1.0), "lam", "1e[+]200"),
    (lambda: HigherOrderContractive(1.0, 1e200), "sigma", "1e[+]200"),
    (lambda: HigherOrderContractive(1.0, 1e-200), "sigma", "1e-200"),
])  # fmt: skip
def test_what_is_squared_must_have_a_square(kind, name, value):
    with pytest.raises(ValueError, match=f"^{name} = {value} is too far from 1"):
        kind()


@pytest.mark.parametrize("kind", [Contractive, ReconstructionContractive])
def test_settings_become_plain_numbers(kind):
    """A NumPy number would change the dtype of what it is multiplied by."""
    made = kind(np.float64(0.5), np.int64(3))
    assert type(made.lam) is float and type(made.probes) is int
    made = HigherOrderContractive(np.float32(0.5), np.float32(0.25))
    assert type(made.lam) is type(made.sigma) is float
    made = KLSparsity(np.float32(0.5), np.float32(0.25))
    assert type(made.rho) is type(made.lam) is float
    assert all(type(one(np.float32(0.5)).lam) is float for one in (L1, StudentT, WeightDecay))
    with pytest.raises(ValueError, match="^probes must be at least 1, got 0"):
        kind(0.5, 0)


@pytest.mark.parametrize("output", [GaussianOutput, BernoulliOutput, CategoricalOutput])
@pytest.mark.parametrize("sizes", [(5, 4), (5, 4, 3)])
def test_reconstruction_contraction(output, sizes, x):
    x = x / x.sum(axis=1, keepdims=True)
    model = Autoencoder.dense(sizes, activation=Tanh, output=output())
    J = jacobian_of(reconstruct(model), x)
    expected = 0.2 * (J**2).sum() / 6
    assert value(ReconstructionContractive(0.2), model, x) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("sizes", [(5, 4), (5, 4, 3)])
def test_higher_order(sizes, x):
    model = Autoencoder.dense(sizes)
    eps = 0.3 * stream(7, "evaluation").standard_normal(x.shape)
    here, there = (jacobian_of(encode(model), z) for z in (x, x + eps))
    expected = 2.0 * ((here - there) ** 2).sum() / 6
    found = value(HigherOrderContractive(2.0, 0.3), model, x, seed=7)
    assert found == pytest.approx(expected, rel=1e-11)


def test_higher_order_starts_from_the_corrupted_input(x):
    """Both Jacobians belong to the pass: at x̃ and at a neighbour of x̃."""
    penalty = HigherOrderContractive(2.0, 0.3)
    model = Autoencoder.dense((5, 4), corruption=GaussianNoise(1.0), penalties=penalty)
    rng = np.random.default_rng(7)
    x_tilde = x + rng.standard_normal(x.shape)
    eps = 0.3 * rng.standard_normal(x.shape)
    here, there = (jacobian_of(encode(model), z) for z in (x_tilde, x_tilde + eps))
    found = penalty.add(model.forward(x, np.random.default_rng(7)))
    assert found == pytest.approx(2.0 * ((here - there) ** 2).sum() / 6, rel=1e-11)


@pytest.mark.parametrize("every", [141, pytest.param(1, marks=pytest.mark.slow)])
def test_gradient_alone_and_in_every_pair(every, measured):
    """Every penalty, alone and beside every other × output × tying × depth, with corruption."""
    worst, count = 0.0, 0
    cases = itertools.product(
        [*((p,) for p in ALL), *itertools.combinations(ALL, 2)],
        (GaussianOutput(), BernoulliOutput(), CategoricalOutput()),
        (False, True),
        ((4, 3), (4, 3, 2)),
    )
    for seed, (pair, output, tied, sizes) in list(enumerate(cases))[::every]:
        rng = np.random.default_rng(seed)
        x = rng.random((3, 4))
        x /= x.sum(axis=1, keepdims=True)
        model = Autoencoder.dense(
            sizes, output=output, tied=tied, penalties=pair, corruption=GaussianNoise(0.1)
        )
        model.theta[...] = rng.normal(0, 0.7, model.theta.size)
        report = gradcheck(model, x, method="complex", entries=4)
        assert report.max_relative_error <= 1e-12, f"{pair} {output} {tied} {sizes}\n{report}"
        worst, count = max(worst, report.max_relative_error), count + 1
    measured(f"gradients of penalties alone and in pairs: {count} combinations, worst {worst:.1e}")


@pytest.mark.one_in(24)
@pytest.mark.parametrize("unit", [Tanh, Softplus, Sigmoid, Identity, ReLU])
@pytest.mark.parametrize("penalty", [p for p in ALL if not isinstance(p, KLSparsity)], ids=repr)
def test_gradient_for_every_unit(unit, penalty, rng):
    model = Autoencoder.dense((4, 3, 3), activation=unit, penalties=penalty, tied=True)
    model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    x = rng.normal(size=(3, 4))
    assert gradcheck(model, x, method="complex").max_relative_error <= 1e-12


@pytest.mark.one_in(12)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_gradient_for_an_encoder_of_one_layer(penalty, tied, rng):
    """Where a closed form exists, it is what is checked."""
    model = Autoencoder.dense((4, 3), penalties=penalty, tied=tied)
    model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    x = rng.normal(size=(3, 4))
    assert gradcheck(model, x, method="complex").max_relative_error <= 1e-12


SINGLE = [
    Contractive(np.float64(0.3)),
    Contractive(np.float64(0.3), probes=2),
    ReconstructionContractive(np.float64(0.2)),
    HigherOrderContractive(np.float64(2.0), np.float64(0.3)),
    StudentT(np.float64(0.1)),
]


@pytest.mark.parametrize("penalty", SINGLE, ids=repr)
def test_float32_stays_float32_whatever_the_setting(penalty, monkeypatch, x):
    """A setting taken from an array is a NumPy scalar, which would lift everything it meets."""
    met = []
    backward = Linear.backward

    def spy(self, gy, x):
        met.append(gy.dtype)
        return backward(self, gy, x)

    monkeypatch.setattr(Linear, "backward", spy)
    model = Autoencoder.dense((5, 4), dtype=np.float32, penalties=penalty,
                              code=NoisyCode(np.float64(0.1)), head=Classifier(3, np.float64(0.5)),
                              corruption=GaussianNoise(np.float64(0.1)))  # fmt: skip
    model.loss_and_grad(x, np.arange(6) % 3)
    assert met and set(met) == {np.dtype(np.float32)}


BY_EXAMPLE = [p for p in ALL if not isinstance(p, KLSparsity | WeightDecay)]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("sizes", [(5, 4), (5, 4, 3)])
@pytest.mark.parametrize("penalty", BY_EXAMPLE, ids=repr)
def test_weights_multiply_what_each_example_contributes(penalty, sizes, x):
    """Value and gradient are Σ w_i Ω_i / n, and Ω_i depends on example i alone."""
    model = Autoencoder.dense(sizes, activation=Tanh)

    def weighted(weights, rows=x):
        """Penalty and gradients of rows with weights; noise and probes are always the same."""
        p = model.forward(rows, np.random.default_rng(3))
        p.weights = None if weights is None else Weights(weights)
        model.grad[...] = 0.0
        value = penalty.add(p)
        return np.concatenate([[value], p.gh.ravel(), model.grad])

    alone = np.array([weighted(row) for row in np.eye(6)])
    assert (alone[:, 0] > 1e-9).all() and np.ptp(alone[:, 0]) > 1e-9
    w = np.array([0.5, 0.0, 2.0, 1.0, 3.0, 0.25])
    np.testing.assert_allclose(weighted(w), w @ alone, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(weighted(np.ones(6)), weighted(None), rtol=1e-11, atol=1e-13)
    others = 1.0 - x
    others[2] = x[2]
    np.testing.assert_allclose(weighted(np.eye(6)[2], others), alone[2], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("sizes", [(5, 4), (5, 4, 3)])
@pytest.mark.parametrize("penalty", ALL, ids=repr)
def test_a_penalty_adds_to_what_is_there(penalty, sizes, x):
    """To the adjoint of the code and to the gradients of the layers; it sets none of them."""
    model, found = Autoencoder.dense(sizes, output=BernoulliOutput()), []
    for start in (0.0, 7.0):
        p = model.forward(x, np.random.default_rng(0))
        p.gh[...] = model.grad[...] = start
        penalty.add(p)
        found.append(np.concatenate([p.gh.ravel(), model.grad]) - start)
    assert found[0].any()
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("sizes", [(5, 4), (5, 4, 3)])
@pytest.mark.parametrize("probes", [1, 3])
@pytest.mark.parametrize("kind, function", [(Contractive, encode),
                                            (ReconstructionContractive, reconstruct)])  # fmt: skip
def test_probes_are_the_directions_that_are_looked_at(kind, function, probes, sizes, x):
    """The value is the mean of ‖J v‖² over as many random directions v of signs, and not ‖J‖_F²."""
    model = Autoencoder.dense(sizes, activation=Tanh, output=BernoulliOutput())
    J = jacobian_of(function(model), x)
    penalty, found = kind(0.7, probes=probes), []
    for seed in range(3):
        found.append(penalty.add(model.forward(x, np.random.default_rng(seed))))
        signs = 2.0 * np.random.default_rng(seed).integers(0, 2, (probes, 6, 5)) - 1.0
        images = np.einsum("nij,knj->kni", J, signs)
        assert found[-1] == pytest.approx(0.7 * (images**2).sum() / probes / 6, rel=1e-11)
    exact = kind(0.7).add(model.forward(x, np.random.default_rng(0)))
    assert min(abs(value - exact) for value in found) > 1e-3 * exact


def test_a_penalty_of_ones_own_that_adds_nothing_is_told_by_name(x):
    class Mine(Penalty):
        """A penalty without `add`."""

    with pytest.raises(NotImplementedError, match="^Mine.add$"):
        Autoencoder.dense((5, 4), penalties=Mine()).loss_and_grad(x)


class Masked(Linear):
    """x (W ∘ M) + b with a fixed mask M: a Linear whose Jacobian is not W."""

    def __init__(self, d_in, d_out, rng):
        super().__init__(d_in, d_out, rng=rng)
        self.mask = (np.arange(d_in)[:, None] + np.arange(d_out)) % 2

    def forward(self, x):
        return x @ (self.mask * self.params["W"]) + self.params["b"], x

    def jvp(self, v, x):
        return v @ (self.mask * self.params["W"]), v

    def jvp_backward(self, gu, v, x):
        W = v.reshape(-1, self.d_in).T @ gu.reshape(-1, self.d_out)
        self.grads["W"] += self.mask * W
        return np.zeros_like(x), gu @ (self.mask * self.params["W"]).T


@pytest.mark.parametrize("penalty", [Contractive(1.0), HigherOrderContractive(1.0, 0.3)], ids=repr)
def test_a_layer_of_ones_own_takes_the_exact_route(penalty, x, rng):
    model = Autoencoder(Chain(Masked(5, 4, rng), Tanh()), Linear(4, 5, rng=rng))
    there = x + 0.3 * stream(3, "evaluation").standard_normal(x.shape)
    J = jacobian_of(encode(model), x)
    if isinstance(penalty, HigherOrderContractive):
        J = J - jacobian_of(encode(model), there)
    assert value(penalty, model, x, seed=3) == pytest.approx((J**2).sum() / 6, rel=1e-11)
