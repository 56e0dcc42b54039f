"""Codes with a prior: their divergence, densities, samples and gradients (S19, S20)."""

from dataclasses import dataclass

import numpy as np
import pytest

from tests.complex_step import cost_gradient
from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    KLSparsity,
    Linear,
    NoisyCode,
    Sigmoid,
    Tanh,
    Weights,
    fit,
    gradcheck,
    load,
    minimize,
    save,
    stack,
)
from tinyae.criterion import (
    BernoulliCode,
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    Penalty,
    ReconstructionContractive,
)
from tinyae.criterion.enumeration import binary_codes
from tinyae.nn import FirstColumns
from tinyae.nn.jacobian import jacobian
from tinyae.nn.layers import hollow
from tinyae.nn.structure import in_series
from tinyae.training import WarmUp


def sigmoid(u):
    """1 / (1 + exp(−u))."""
    return 1.0 / (1.0 + np.exp(-u))


def test_gaussian_divergence_is_the_integral(rng):
    """KL = ∫ q log q/p by quadrature, one number of the code at a time."""
    u = np.array([[0.3, -1.2, 0.5, -2.0]])  # μ, then log σ²
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    expected = 0.0
    for mu, s in ((0.3, 0.5), (-1.2, -2.0)):
        z = mu + np.exp(0.5 * s) * nodes
        log_q = -0.5 * nodes**2 - 0.5 * s
        expected += (weights * (log_q + 0.5 * z**2)).sum()
    np.testing.assert_allclose(GaussianCode().kl(u), [expected], rtol=1e-12)


def test_divergence_of_near_priors_is_not_lost_in_rounding():
    """At σ² = e^s, s = 1e-6: KL = ½ (e^s − 1 − s) ≈ s²/4 = 2.5e-13."""
    np.testing.assert_allclose(GaussianCode().kl(np.array([[0.0, 1e-6]])), 2.5e-13, rtol=1e-3)
    assert GaussianCode().kl(np.zeros((1, 4)))[0] == 0.0


@pytest.mark.parametrize("on", [0.5, 0.1])
def test_bernoulli_divergence_and_densities_by_enumeration(on, rng):
    code, u = BernoulliCode(on=on), rng.standard_normal((3, 4)) * 2
    p, z = sigmoid(u), binary_codes(4)
    for i in range(3):
        q = np.prod(np.where(z == 1, p[i], 1 - p[i]), axis=1)
        prior = np.prod(np.where(z == 1, on, 1 - on), axis=1)
        np.testing.assert_allclose(code.kl(u[i : i + 1]), (q * np.log(q / prior)).sum(), rtol=1e-12)
        rows = np.broadcast_to(u[i], z.shape)
        np.testing.assert_allclose(code.log_density(z, rows), np.log(q), rtol=1e-12)
        np.testing.assert_allclose(code.log_prior(z), np.log(prior), rtol=1e-12)


def test_bernoulli_code_at_extreme_logits():
    u = np.array([[1e4, -1e4, 0.0]])
    np.testing.assert_allclose(BernoulliCode().kl(u), [2 * np.log(2)], rtol=1e-12)
    z = np.array([[1.0, 0.0, 1.0]])
    np.testing.assert_allclose(BernoulliCode().log_density(z, u), [-np.log(2)], rtol=1e-12)
    assert BernoulliCode().log_density(1 - z, u)[0] == pytest.approx(-2e4 - np.log(2), rel=1e-12)


@pytest.mark.parametrize("code", [GaussianCode(), BernoulliCode(), BernoulliCode(on=0.2)])
def test_gradient_of_the_divergence(code, rng):
    """By the complex step."""
    u = rng.standard_normal((3, 6))
    g = code.kl_gradient(u)
    np.testing.assert_allclose(g, cost_gradient(code.kl, u), rtol=1e-12, atol=1e-15)
    with_beta = (
        GaussianCode(beta=0.25) if isinstance(code, GaussianCode) else BernoulliCode(beta=0.25)
    )
    if code in (GaussianCode(), BernoulliCode()):
        np.testing.assert_allclose(with_beta.cost_gradient(u), 0.25 * g, rtol=1e-14)
        np.testing.assert_allclose(with_beta.cost(u), 0.25 * code.kl(u), rtol=1e-14)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("code", [GaussianCode(), BernoulliCode(on=0.3)])
def test_samples_have_the_stated_moments(code, rng):
    n, k = 200_000, 3
    u = rng.standard_normal(code.units(k))
    z, _ = code.forward(np.broadcast_to(u, (n, len(u))), rng)
    if isinstance(code, GaussianCode):
        mean, variance = u[:k], np.exp(u[k:])
        prior_mean, prior_variance = np.zeros(k), np.ones(k)
    else:
        mean, variance = sigmoid(u), sigmoid(u) * (1 - sigmoid(u))
        prior_mean, prior_variance = np.full(k, 0.3), np.full(k, 0.21)
    prior = code.sample_prior(n, k, rng, np.float64)
    for drawn, m, v in ((z, mean, variance), (prior, prior_mean, prior_variance)):
        assert np.abs((drawn.mean(axis=0) - m) / np.sqrt(v / n)).max() < 4.5
        squares = (drawn - m) ** 2
        assert (np.abs(squares.mean(axis=0) - v) / (squares.std(axis=0) / n**0.5)).max() < 4.5
        assert np.abs(np.corrcoef(drawn.T) - np.eye(k)).max() < 4.5 / n**0.5


OPTIONS = [
    {},
    {"output": BernoulliOutput(), "corruption": GaussianNoise(0.3), "penalties": [L1(0.2)]},
    {"penalties": [Contractive(0.3), ReconstructionContractive(0.2)]},
    {"head": Classifier(3, weight=2.0)},
]


@pytest.mark.one_in(18)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("beta", [1.0, 0.3, WarmUp(2.0, 0.5)])
def test_gradient_with_a_gaussian_code(options, beta, rng):
    model = Autoencoder.dense((4, 5, 3), activation=Tanh, rng=rng, code=GaussianCode(beta=beta),
                              **options)  # fmt: skip
    model.theta += 0.3 * rng.standard_normal(model.theta.shape)
    rows = (rng.random((6, 4)),)
    if "head" in options:
        rows += (rng.integers(0, 3, 6),)
    model.progress = 0.2
    assert gradcheck(model, rows if len(rows) > 1 else rows[0]).max_relative_error < 1e-12


def test_gradient_with_weights(rng):
    model = Autoencoder.dense((4, 3), activation=Tanh, rng=rng, code=GaussianCode())
    x, w = rng.random((6, 4)), Weights(rng.random(6))
    assert gradcheck(model, (x, w)).max_relative_error < 1e-12
    off = Weights(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0]))
    rng_of = np.random.default_rng(3)
    e = rng_of.standard_normal((6, 3))[5:]
    u = model.encoder.forward(x[5:])[0]
    z = u[:, :3] + np.exp(0.5 * u[:, 3:]) * e
    cost = 0.5 * ((x[5:] - model.decode(z)) ** 2).sum() + GaussianCode().kl(u)[0]
    found = model.loss(x, off, rng=np.random.default_rng(3))
    assert found == pytest.approx(cost / 6, rel=1e-12)


def test_encode_and_jacobian_are_those_of_the_mean(rng):
    model = Autoencoder.dense((5, 4, 2), activation=Tanh, code=GaussianCode(), rng=rng)
    x = rng.random((6, 5))
    u = model.encoder.forward(x)[0]
    np.testing.assert_array_equal(model.encode(x), u[:, :2])
    np.testing.assert_array_equal(model.reconstruct(x), model.decode(u[:, :2]))
    step = x.astype(complex)
    step[:, 3] += 1e-30j
    expected = model.encoder.forward(step)[0].imag[:, :2] / 1e-30
    np.testing.assert_allclose(model.jacobian(x)[:, :, 3], expected, rtol=1e-12)
    binary = Autoencoder.dense((5, 2), code=BernoulliCode(), rng=rng)
    expected = sigmoid(binary.encoder.forward(x)[0])
    np.testing.assert_allclose(binary.encode(x), expected, rtol=1e-14)


def test_the_warm_up_scales_the_divergence_only(rng):
    model = Autoencoder.dense((4, 3), code=GaussianCode(beta=WarmUp(1.0, 0.5)), rng=rng)
    x = rng.random((6, 4))
    kl = GaussianCode().kl(model.encoder.forward(x)[0]).mean()
    losses = []
    for model.progress in (0.0, 0.25, 0.5, 1.0):
        losses.append(model.loss(x, rng=0))
    np.testing.assert_allclose(np.subtract(losses, losses[0]), [0, kl / 2, kl, kl], rtol=1e-10)


def enumerated(model, x):
    """The exact expected cost of a model with a Bernoulli code, for each row."""
    z = binary_codes(model.d_code)
    u, _ = model.encoder.forward(x)
    nll = np.stack([model.output.cost(np.broadcast_to(row, (len(z), len(row))),
                                      model.decoder.forward(z)[0]) for row in x])  # fmt: skip
    q = np.exp(np.stack([model.code.log_density(z, np.broadcast_to(v, z.shape)) for v in u]))
    return (q * nll).sum(axis=1)


def estimates(straight_through, draws, rng):
    """Estimates of the gradient in the encoder of a small model, and the enumerated one."""
    model = Autoencoder.dense(
        (4, 3), output=BernoulliOutput(), rng=1,
        code=BernoulliCode(straight_through=straight_through, beta=0.0),
    )  # fmt: skip
    model.theta += 0.8 * np.random.default_rng(2).standard_normal(model.theta.shape)
    x = (np.random.default_rng(3).random((5, 4)) < 0.5).astype(float)
    exact = np.empty(model.theta.size)
    for i in range(model.theta.size):
        ends = []
        for step in (1e-6, -1e-6):
            twin = model.copy()
            twin.theta[i] += step
            ends.append(enumerated(twin, x).mean())
        exact[i] = (ends[0] - ends[1]) / 2e-6
    found = np.empty((draws, model.theta.size))
    for row in found:
        model.loss_and_grad(x, rng=rng)
        row[...] = model.grad
    return found, exact


@pytest.mark.slow
def test_score_function_is_unbiased_and_straight_through_is_not(rng):
    draws, off = 20_000, {}
    for straight_through in (False, True):
        found, exact = estimates(straight_through, draws, rng)
        error = found.std(axis=0) / draws**0.5 + 1e-9
        off[straight_through] = np.abs((found.mean(axis=0) - exact) / error).max()
    assert off[False] < 5 < 20 < off[True]


def test_the_baseline_of_an_example_leaves_its_own_cost_out():
    code = BernoulliCode()
    z, p = np.array([[1.0], [0.0], [1.0]]), np.array([[0.25], [0.5], [0.75]])
    costs = np.array([3.0, 1.0, 8.0])
    lead = np.array([3 - 4.5, 1 - 5.5, 8 - 2.0])
    np.testing.assert_allclose(code.backward(None, (z, p), costs, None)[:, 0], lead * (z - p)[:, 0])
    np.testing.assert_allclose(code.backward(None, (z[:1], p[:1]), costs[:1], None), [[3 * 0.75]])


def test_an_example_of_weight_zero_has_no_part_in_the_estimate():
    """Its score is 0, and the others have the same scores as without it."""
    code, u = BernoulliCode(), np.array([[0.3, -1.0], [0.5, 0.2], [-0.4, 0.8]])
    z, p = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]), sigmoid(u)
    w, c = np.array([[1.0], [0.0], [2.0]]), np.array([3.0, 5.0, 4.0])
    gu = code.backward(None, (z, p), w[:, 0] * c, w)
    assert (gu[1] == 0).all()
    alone = code.backward(None, (z[::2], p[::2]), w[::2, 0] * c[::2], w[::2])
    np.testing.assert_allclose(gu[::2], alone, rtol=1e-14)
    np.testing.assert_allclose(gu[0], (3.0 - 4.0) * (z - p)[0], rtol=1e-14)
    np.testing.assert_allclose(gu[2], 2.0 * (4.0 - 3.0) * (z - p)[2], rtol=1e-14)


def test_a_last_batch_of_one_row_is_refused(rng):
    """Its only row has no others whose costs could be its baseline."""
    x = (rng.random((41, 4)) < 0.5).astype(float)
    model = Autoencoder.dense((4, 3), output=BernoulliOutput(), code=BernoulliCode(), rng=rng)
    before = model.theta.copy()
    with pytest.raises(ValueError, match="41 rows in batches of 20 leave one of 1"):
        fit(model, x, batch_size=20, epochs=1)
    with pytest.raises(ValueError, match="at least 2 rows in each batch"):
        fit(model, x, batch_size=1, epochs=1)
    np.testing.assert_array_equal(model.theta, before)
    fit(model, x, batch_size=39, epochs=1)
    through = Autoencoder.dense((4, 3), code=BernoulliCode(straight_through=True), rng=rng)
    fit(through, x, batch_size=20, epochs=1)


@dataclass(frozen=True)
class OnTheDecoder(Penalty):
    """λ Σ a² / n."""

    lam: float = 1.0

    def add(self, p):
        p.ga += 2.0 * self.lam / len(p.x) * p.a
        return self.lam / len(p.x) * (p.a * p.a).sum()


def test_a_penalty_on_the_decoder_needs_a_code_that_is_differentiated(rng):
    x = (rng.random((6, 4)) < 0.5).astype(float)
    model = Autoencoder.dense((4, 3), code=BernoulliCode(), penalties=OnTheDecoder(), rng=rng)
    with pytest.raises(ValueError, match="must not add to the adjoint ga"):
        model.loss_and_grad(x)
    model = Autoencoder.dense((4, 3), code=GaussianCode(), penalties=OnTheDecoder(), rng=rng)
    assert gradcheck(model, x).max_relative_error < 1e-12


@pytest.mark.parametrize("code", [NoisyCode(1.0), GaussianCode(), BernoulliCode(True)])
def test_the_contraction_of_the_reconstruction_has_no_noise(code, rng):
    model = Autoencoder.dense((4, 3), code=code, penalties=ReconstructionContractive(0.5), rng=rng)
    x = rng.random((6, 4))
    plain = model.copy()
    plain.penalties = ()
    J = jacobian(Chain(model.mean_encoder, model.decoder), x)
    for seed in range(3):
        found = model.loss(x, rng=seed) - plain.loss(x, rng=seed)
        assert found == pytest.approx(0.5 * (J * J).sum() / 6, rel=1e-10)


def test_sparsity_of_a_mean_code_between_0_and_1(rng):
    model = Autoencoder.dense((4, 3), code=BernoulliCode(True), penalties=KLSparsity(0.1, 1.0))
    assert model.loss(rng.random((6, 4))) > 0
    with pytest.raises(ValueError, match="code in"):
        Autoencoder.dense((4, 3), code=GaussianCode(), penalties=KLSparsity(0.1, 1.0))


def test_one_layer_stays_one_layer(rng):
    """So the closed form of the contraction, and the quick tangents, apply to it."""
    for code, wanted in ((BernoulliCode(), Sigmoid), (GaussianCode(), FirstColumns)):
        found = in_series(Autoencoder.dense((4, 3), code=code).mean_encoder)
        assert [type(leaf) for leaf in found] == [Linear, wanted]


@pytest.mark.parametrize("code", [GaussianCode(), BernoulliCode(True, beta=0.0)])
def test_a_stack_hands_on_the_mean_code(code, rng, tmp_path):
    x = 3.0 * rng.standard_normal((40, 6))
    output = FixedGaussianOutput(0.1)
    below, above = (Autoencoder.dense(sizes, code=code, output=output)
                    for sizes in ((6, 4), (4, 3)))  # fmt: skip
    encoder = stack([below, above], x, epochs=1)
    np.testing.assert_allclose(encoder.forward(x)[0], above.encode(below.encode(x)), rtol=1e-12)
    joined = Autoencoder(encoder, Linear(3, 6, rng=rng))
    twin = load(save(joined, tmp_path / "m"))
    np.testing.assert_array_equal(twin.encode(x), joined.encode(x))


def test_data_of_tiny_variance_are_warned_about(rng):
    """Half the total variance is the most that a code can gain, here 0.5 · 5 · 0.0064 nats."""
    x = 0.08 * rng.standard_normal((400, 5))
    with pytest.warns(UserWarning, match="can reduce the cost of this x by at most 0.016 nats"):
        fit(Autoencoder.dense((5, 2), code=GaussianCode()), x, epochs=1)
    fit(Autoencoder.dense((5, 2), code=GaussianCode()), 10 * x, epochs=1)
    output = DiagonalGaussianOutput(True)
    fit(Autoencoder.dense((5, 2), code=GaussianCode(), output=output), x, epochs=1)


def test_an_estimated_gradient_is_refused_where_an_exact_one_is_needed(rng):
    model = Autoencoder.dense((4, 3), code=BernoulliCode(), rng=rng)
    assert not model.follows_gradient and Autoencoder.dense((4, 3)).follows_gradient
    with pytest.raises(ValueError, match="gradient"):
        gradcheck(model, rng.random((6, 4)))
    pytest.importorskip("scipy")
    with pytest.raises(ValueError, match="gradient"):
        minimize(model, rng.random((6, 4)))


@pytest.mark.slow
@pytest.mark.parametrize("code", [BernoulliCode(), BernoulliCode(straight_through=True)])
def test_a_binary_code_trains(code, rng):
    x = np.repeat(np.eye(8)[:4], 50, axis=0)
    model = Autoencoder.dense((8, 2), output=BernoulliOutput(), code=code, rng=1)
    before = model.elbo(x, samples=20).mean()
    fit(model, x, epochs=100, batch_size=20)
    assert model.elbo(x, samples=20).mean() > before + 0.5


def test_saved_and_loaded(tmp_path, rng):
    for i, code in enumerate([GaussianCode(beta=0.5), GaussianCode(beta=WarmUp(1.0, 0.3)),
                              BernoulliCode(True, 0.2, 0.5)]):  # fmt: skip
        model = Autoencoder.dense((4, 5, 3), code=code, rng=rng)
        twin = load(save(model, tmp_path / f"m{i}"))
        assert twin.code == code
        np.testing.assert_array_equal(twin.encode(np.ones((2, 4))), model.encode(np.ones((2, 4))))


def test_float32_stays_float32(rng):
    for code in (GaussianCode(beta=WarmUp()), BernoulliCode(on=0.3)):
        model = Autoencoder.dense((4, 3), code=code, dtype=np.float32, output=BernoulliOutput())
        x = (rng.random((6, 4)) < 0.5).astype(np.float32)
        p = model.forward(x, rng)
        assert p.u.dtype == p.h.dtype == p.z.dtype == p.a.dtype == np.float32
        model.backward(p)
        assert p.gu.dtype == np.float32 == code.kl(p.u).dtype
        assert model.elbo(x).dtype == model.sample(3).dtype == np.float32
        assert model.importance_weighted(x, samples=3).dtype == np.float32


def test_the_description_names_code_and_divergence(rng):
    model = Autoencoder.dense((5, 4, 2), activation=Tanh, code=GaussianCode(beta=0.5), rng=rng)
    text = repr(model)
    assert "drawn from GaussianCode(beta=0.5)" in text and "+ 0.5 KL" in text
    x = rng.random((6, 5))
    described = model.describe(x)
    assert "(6, 5) -> (6, 4)" in described and "(6, 4) -> (6, 4)" in described
    assert "(6, 2) -> (6, 4)" in described and f"{model.loss(x, rng=0):.6g}" in described


def test_tables_say_the_gradients_of_the_pass(rng):
    """|gθ| of the code layer in `describe` is the norm of its part of `grad`."""
    model = Autoencoder.dense((5, 4, 2), activation=Tanh, code=GaussianCode(), rng=rng)
    x = rng.random((6, 5))
    model.loss_and_grad(x, rng=0)
    layer = model.encoder.layers[2]
    norm = np.sqrt(sum((g**2).sum() for g in layer.grads.values()))
    rows = [row for row in model.describe(x).splitlines() if row.startswith("encoder  Linear")]
    assert rows[-1].split()[-1] == f"{norm:.3g}"


BAD = {
    "encoder too narrow": (ValueError, "needs an encoder that gives 4",
                           lambda: Autoencoder(hollow(5, 2, float), hollow(2, 5, float),
                                               code=GaussianCode())),
    "bent encoder": (ValueError, "let the encoder end in a Linear layer",
                     lambda: Autoencoder.dense((5, 2), code=GaussianCode(), code_activation=Tanh)),
    "tied": (ValueError, "tied=True needs layers of mirrored widths",
             lambda: Autoencoder.dense((5, 2), code=GaussianCode(), tied=True)),
    "a width": (TypeError, "positional", lambda: GaussianCode(20)),
    "beta": (ValueError, "beta must be", lambda: GaussianCode(beta=-1.0)),
    "on": (ValueError, "on must be", lambda: BernoulliCode(on=1.0)),
    "until": (ValueError, "until must be", lambda: WarmUp(1.0, 0.0)),
    "head": (ValueError, "cannot train a head",
             lambda: Autoencoder.dense((5, 2), code=BernoulliCode(), head=Classifier(2))),
    "no prior": (ValueError, "needs a code with a prior",
                 lambda: Autoencoder.dense((5, 2)).sample(3)),
    "grey": (ValueError, "zeros and ones",
             lambda: Autoencoder.dense((5, 2), code=GaussianCode(), output=BernoulliOutput()).elbo(
                 np.full((2, 5), 0.5))),
    "no samples": (ValueError, "samples must be",
                   lambda: Autoencoder.dense((5, 2), code=GaussianCode()).elbo(
                       np.ones((2, 5)), samples=0)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, call = BAD[name]
    with pytest.raises(error, match=message):
        call()
