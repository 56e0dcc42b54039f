"""Outputs with a variance, groups of classes, mixtures: definitions, domains, ends of the range."""

import math

import numpy as np
import pytest

from tests.complex_step import cost_gradient
from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Contractive,
    GaussianNoise,
    GaussianOutput,
    Linear,
    ReconstructionContractive,
    Tanh,
    Weights,
    fit,
    gradcheck,
    score_field,
)
from tinyae.criterion import DiagonalGaussianOutput, FixedGaussianOutput, MixtureDensityOutput
from tinyae.criterion.base_rates import base_rates
from tinyae.criterion.mixture_mean import MixtureMean
from tinyae.nn import AppendedColumns
from tinyae.training import Cosine

D = 3
REAL = {
    "fixed": FixedGaussianOutput(0.5),
    "diagonal": DiagonalGaussianOutput(),
    "per feature": DiagonalGaussianOutput(per_feature=True),
    "mixture": MixtureDensityOutput(4),
    "diagonal mixture": MixtureDensityOutput(4, diagonal=True),
}
ALL = {**REAL, "groups": CategoricalOutput(groups=(1, 2))}


def targets(output, n, rng, d=D):
    """Targets in the domain of the output."""
    if isinstance(output, CategoricalOutput):
        return np.concatenate([np.eye(k)[rng.integers(k, size=n)] for k in output.groups], axis=1)
    return rng.normal(size=(n, d))


def density(x, mean, s):
    """The density of independent normal numbers with log-variances s, at one x."""
    return math.prod(
        math.exp(-0.5 * (a - b) ** 2 / math.exp(c)) / math.sqrt(2.0 * math.pi * math.exp(c))
        for a, b, c in zip(x, mean, s, strict=True)
    )


@pytest.mark.parametrize("name", REAL)
def test_the_density_by_its_definition(name, rng):
    """One example at a time, with Python's own numbers."""
    output, n = REAL[name], 6
    x, a = rng.normal(size=(n, D)), rng.normal(size=(n, output.units(D)))
    nll = output.nll(x, a)
    for i in range(n):
        if name == "fixed":
            p = density(x[i], a[i], [math.log(0.25)] * D)
        elif "mixture" not in name:
            p = density(x[i], a[i, :D], a[i, D:])
        else:
            K = output.components
            weights = [math.exp(value) for value in a[i, :K]]
            means = a[i, K : K + K * D].reshape(K, D)
            s = a[i, K + K * D :].reshape(K, -1)
            s = s if output.diagonal else np.repeat(s, D, axis=1)
            p = math.fsum(
                w * density(x[i], m, v) for w, m, v in zip(weights, means, s, strict=True)
            )
            p /= math.fsum(weights)
        assert nll[i] == pytest.approx(-math.log(p), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("name", ["diagonal", "mixture", "diagonal mixture"])
def test_a_deviation_beyond_the_dtype_gives_infinite_draws(name):
    """There is no warning, and no NaN."""
    for dtype, far in ((np.float32, 200.0), (np.float64, 1500.0)):
        drawn = REAL[name].sample(
            np.full((5, REAL[name].units(D)), far, dtype), np.random.default_rng(0)
        )
        assert np.isinf(drawn).all() and drawn.dtype == dtype


def test_a_mixture_of_one_is_a_gaussian_and_equal_components_are_one(rng):
    x, mean, s = rng.normal(size=(5, D)), rng.normal(size=(5, D)), rng.normal(size=(5, 1))
    one = DiagonalGaussianOutput().nll(x, np.hstack([mean, np.repeat(s, D, axis=1)]))
    for K in (1, 3):
        logits = rng.normal(size=(5, K))
        a = np.hstack([logits, np.tile(mean, K), np.repeat(s, K, axis=1)])
        np.testing.assert_allclose(MixtureDensityOutput(K).nll(x, a), one, rtol=1e-12)
        a = np.hstack([logits, np.tile(mean, K), np.repeat(s, K * D, axis=1)])
        np.testing.assert_allclose(MixtureDensityOutput(K, True).nll(x, a), one, rtol=1e-12)
    fixed = FixedGaussianOutput(1.0)
    np.testing.assert_array_equal(fixed.cost(x, mean), GaussianOutput().cost(x, mean))


def test_the_density_of_a_mixture_integrates_to_one():
    a, x = np.array([[0.5, -1.0, -1.0, 2.0, -2.0, 0.5]]), np.linspace(-12, 12, 4001)[:, None]
    p = np.exp(-MixtureDensityOutput(2).nll(x, np.repeat(a, len(x), axis=0)))
    assert p.sum() * (x[1, 0] - x[0, 0]) == pytest.approx(1.0, abs=1e-9)


def test_groups_are_independent_categorical_variables(rng):
    a, output = rng.normal(0, 3, (8, 7)), CategoricalOutput(groups=(3, 4))
    x = targets(output, 8, rng)
    apart = [CategoricalOutput().nll(x[:, s], a[:, s]) for s in (slice(0, 3), slice(3, 7))]
    np.testing.assert_allclose(output.nll(x, a), sum(apart), rtol=1e-14)
    every = np.array([np.concatenate([np.eye(3)[i], np.eye(4)[j]])
                      for i in range(3) for j in range(4)])  # fmt: skip
    total = np.exp(-output.nll(every, np.repeat(a[:1], 12, axis=0))).sum()
    assert total == pytest.approx(1.0, abs=1e-14)
    drawn = output.sample(a.astype(np.float32), rng)
    assert drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn[:, :3].sum(axis=1), 1)
    np.testing.assert_array_equal(drawn[:, 3:].sum(axis=1), 1)
    output.check_definite(drawn)


def test_one_group_is_the_output_without_groups(rng):
    a, one, plain = rng.normal(0, 3, (8, 4)), CategoricalOutput(groups=[4]), CategoricalOutput()
    x = rng.dirichlet(np.ones(4), 8)
    np.testing.assert_array_equal(one.cost(x, a), plain.cost(x, a))
    np.testing.assert_allclose(one.gradient(x, a), plain.gradient(x, a), rtol=1e-14, atol=1e-16)
    draws = [it.sample(a, np.random.default_rng(3)) for it in (one, plain)]
    np.testing.assert_array_equal(*draws)
    assert repr(plain) == "CategoricalOutput()"
    assert repr(one) == "CategoricalOutput(groups=(4,))"
    assert plain.elsewhere(1.0, 4).endswith("categorical cross-entropy")
    assert "summed over 1 groups" in one.elsewhere(1.0, 4)


@pytest.mark.parametrize("name", ALL)
def test_gradient_by_complex_step(name, rng):
    output, n = ALL[name], 6
    x, a = targets(output, n, rng), rng.normal(0, 2, (n, output.units(D)))
    number = cost_gradient(lambda z: output.cost(x, z), a)
    np.testing.assert_allclose(
        output.gradient(x, a), number, rtol=1e-12, atol=1e-12 * np.abs(number).max()
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ALL)
def test_the_dtype_is_kept_and_nothing_is_written_to(name, dtype, rng):
    output = ALL[name]
    x = targets(output, 5, rng).astype(dtype)
    a = rng.normal(size=(5, output.units(D))).astype(dtype)
    x.flags.writeable = a.flags.writeable = False
    drawn = output.sample(a, np.random.default_rng(0))
    assert drawn.shape == (5, D) and drawn.dtype == dtype
    np.testing.assert_array_equal(drawn, output.sample(a, np.random.default_rng(0)))
    assert output.cost(x, a).shape == output.nll(x, a).shape == (5,)
    assert output.cost(x, a).dtype == output.nll(x, a).dtype == dtype
    assert output.gradient(x, a).dtype == dtype and output.gradient(x, a).shape == a.shape
    r, _ = output.mean.forward(a)
    assert r.shape == (5, D) and r.dtype == dtype
    with pytest.raises(TypeError, match="rng"):
        output.sample(a, 0)


def test_what_lies_in_a_row_of_natural_parameters():
    assert GaussianOutput().natural(3) == FixedGaussianOutput(1.0).natural(3) == {"mean": (3,)}
    assert BernoulliOutput().natural(3) == {"logits": (3,)}
    assert CategoricalOutput(groups=(1, 2)).natural(3) == {"logits": (3,)}
    assert DiagonalGaussianOutput().natural(3) == {"mean": (3,), "log-variance": (3,)}
    shapes = {"logits": (4,), "means": (4, 3), "log-variances": (4,)}
    assert MixtureDensityOutput(4).natural(3) == shapes and list(shapes)[0] == "logits"
    assert MixtureDensityOutput(4, True).natural(3)["log-variances"] == (4, 3)
    units = {name: output.units(3) for name, output in ALL.items()}
    assert units == {"fixed": 3, "diagonal": 6, "per feature": 6, "mixture": 20,
                     "diagonal mixture": 28, "groups": 3}  # fmt: skip
    ends = {name: output.end(3, np.float32) for name, output in ALL.items()}
    assert type(ends.pop("per feature")) is AppendedColumns and set(ends.values()) == {None}


def test_facts_are_stated():
    facts = ("mean_is_optimal", "has_free_scale", "is_canonical", "is_normal", "is_binary")
    wanted = {"fixed": (1, 0, 0, 0, 0), "diagonal": (1, 0, 0, 0, 0), "per feature": (1, 0, 0, 0, 0),
              "mixture": (1, 0, 0, 0, 0), "diagonal mixture": (1, 0, 0, 0, 0),
              "groups": (1, 0, 1, 0, 1)}  # fmt: skip
    for name, output in ALL.items():
        assert tuple(getattr(output, fact) for fact in facts) == wanted[name], name


def test_the_mean_of_a_gaussian_is_where_the_expected_cost_is_least(rng):
    """At μ = E[x] the gradient in μ vanishes on average, whatever the variance is."""
    x = rng.gamma(2.0, size=(2000, 1))
    for s in (-2.0, 0.0, 1.5):
        a = np.column_stack([np.full(2000, x.mean()), np.full(2000, s)])
        assert abs(DiagonalGaussianOutput().gradient(x, a)[:, 0].mean()) < 1e-12
    assert abs(FixedGaussianOutput(0.3).gradient(x, a[:, :1]).mean()) < 1e-11
    a[:, 1] = np.log(x.var())
    assert abs(DiagonalGaussianOutput().gradient(x, a)[:, 1].mean()) < 1e-12


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    "output", [*ALL.values(), BernoulliOutput(), CategoricalOutput()], ids=repr
)
def test_targets_outside_the_domain_are_refused_by_name(output, bad, rng):
    x = np.tile([1.0, 0.0, 0.0], (4, 1))
    x = targets(output, 4, rng) if isinstance(output, tuple(map(type, REAL.values()))) else x
    x = np.tile([1.0, 1.0, 0.0], (4, 1)) if output == CategoricalOutput(groups=(1, 2)) else x
    output.check(x)
    x[1, 2] = bad
    with pytest.raises(ValueError, match=type(output).__name__):
        output.check(x)


def test_targets_are_checked_by_group():
    output = CategoricalOutput(groups=(2, 3))
    x = np.array([[1.0, 0.0, 0.5, 0.5, 0.0], [0.2, 0.8, 0.0, 0.0, 1.0]])
    output.check(x)
    with pytest.raises(ValueError, match=r"rows of probabilities in columns 2 to 4.*sums from 2"):
        output.check(np.array([[1.0, 0.0, 1.0, 1.0, 0.0]]))
    with pytest.raises(ValueError, match=r"in columns 0 to 1"):
        output.check(np.array([[0.5, 0.0, 0.5, 0.5, 0.5]]))  # which sums to 2 as it should
    for call in (output.check, lambda x: output.natural(x.shape[1]),
                 lambda x: output.link(x[0], 0.1), lambda x: output.cost(x, x),
                 lambda x: output.mean.forward(x),
                 lambda x: output.sample(x, np.random.default_rng(0))):  # fmt: skip
        with pytest.raises(ValueError, match=r"\(2, 3\) are 5 columns, but there are 4"):
            call(np.eye(4))
    with pytest.raises(ValueError, match=r"\(2, 3\) are 5 columns, but there are 4"):
        Autoencoder.dense((4, 2), output=output)


@pytest.mark.parametrize("make, says", [
    (lambda: FixedGaussianOutput(0.0), "sigma must be a finite number"),
    (lambda: FixedGaussianOutput(-1.0), "sigma must be a finite number"),
    (lambda: FixedGaussianOutput("1"), "sigma must be a number"),
    (lambda: FixedGaussianOutput(1e-200), "sigma = 1e-200 is too far from 1"),
    (lambda: DiagonalGaussianOutput(per_feature=1), "per_feature must be True or False"),
    (lambda: MixtureDensityOutput(0), "components must be at least 1"),
    (lambda: MixtureDensityOutput(2.0), "components must be a whole number"),
    (lambda: MixtureDensityOutput(2, diagonal="no"), "diagonal must be True or False"),
    (lambda: CategoricalOutput(groups=4), "groups must be None or a tuple of widths"),
    (lambda: CategoricalOutput(groups=()), "groups is empty"),
])  # fmt: skip
def test_settings_are_checked(make, says):
    with pytest.raises((TypeError, ValueError), match=says):
        make()


def test_natural_parameters_of_another_width_are_refused():
    with pytest.raises(ValueError, match="even number of columns, got 5"):
        DiagonalGaussianOutput().cost(np.zeros((2, 2)), np.zeros((2, 5)))
    for output, width in ((MixtureDensityOutput(3), 13), (MixtureDensityOutput(3), 6),
                          (MixtureDensityOutput(2, True), 8)):  # fmt: skip
        with pytest.raises(ValueError, match=f"natural parameters, got {width} columns"):
            output.sample(np.zeros((2, width)), np.random.default_rng(0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_away_there_is_no_underflow(dtype):
    """Every density is 0 in floating point there; its logarithm is not."""
    x, output = np.full((1, 2), 1e4, dtype), MixtureDensityOutput(2)
    a = np.array([[1e4, -1e4, 0.0, 0.0, 5.0, 5.0, 0.0, 0.0]], dtype)
    # The second component is less probable by 2e4 nats, but nearer by 1e5.
    assert output.cost(x, a).item() == pytest.approx(2e4 + (1e4 - 5) ** 2, rel=1e-6)
    np.testing.assert_array_equal(output.gradient(x, a)[0, :2], [1, -1])
    a[0, :2] = [-1e6, 1e6]
    assert output.cost(x, a).item() == pytest.approx((1e4 - 5) ** 2, rel=1e-6)
    assert np.isfinite(output.gradient(x, a)).all()


def test_log_variances_at_the_ends_of_the_range():
    x = np.array([[1.0, 2.0]])
    wide = np.array([[0.0, 0.0, 1e4, 1e4]])
    assert DiagonalGaussianOutput().cost(x, wide).item() == 1e4
    np.testing.assert_array_equal(DiagonalGaussianOutput().gradient(x, wide), [[0, 0, 0.5, 0.5]])
    exact = np.array([[1.0, 2.0, -1e4, -1e4]])
    assert DiagonalGaussianOutput().cost(x, exact).item() == -1e4
    assert DiagonalGaussianOutput().cost(x + 1.0, exact).item() == np.inf  # and no NaN, no warning
    # A component so narrow that its density is zero, next to one that is not.
    a = np.array([[0.0, 0.0, 0.0, 0.0, 1.0, 1.5, -1e4, 0.0]])
    cost = np.log(2.0) + 0.125
    assert MixtureDensityOutput(2).cost(x, a).item() == pytest.approx(cost, rel=1e-12)
    gradient = MixtureDensityOutput(2).gradient(x, a)
    np.testing.assert_allclose(gradient, [[0.5, -0.5, 0, 0, 0, -0.5, 0, 0.875]], rtol=1e-12)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("name", REAL)
def test_an_autoencoder_trains_with_it(name, rng):
    output = REAL[name]
    x = rng.normal(size=(60, 2)) @ rng.normal(size=(2, D)) + 0.1 * rng.normal(size=(60, D))
    for penalties in ((), (ReconstructionContractive(0.1), Contractive(0.1))):
        model = Autoencoder.dense((D, 4, 2), activation=Tanh, output=output, penalties=penalties)
        report = gradcheck(model, x[:7], entries=9)
        assert report.method == "complex step" and report.max_relative_error < 1e-12
    history = fit(model, x, epochs=30, batch_size=20)
    assert history.loss[-1] < history.loss[0]
    assert model.reconstruct(x).shape == x.shape and model.describe(x)
    rows = (x[:5], Weights(rng.random(5)))
    assert gradcheck(model, rows, entries=9).max_relative_error < 1e-12


@pytest.mark.parametrize("name", ["fixed", "diagonal", "per feature"])
def test_weights_of_entries(name, rng):
    """An entry of weight 0 counts nothing, in its mean and in its log-variance."""
    model = Autoencoder.dense((D, 2), output=REAL[name])
    x, w = rng.normal(size=(5, D)), rng.random((5, D))
    w[0, 1] = 0.0
    assert gradcheck(model, (x, Weights(w))).max_relative_error < 1e-12
    output, a = REAL[name], rng.normal(size=(5, REAL[name].units(D)))
    cost, gradient = Weights(w).cost(output, x, a)
    np.testing.assert_allclose(cost, (w * output.entry_costs(x, a)).sum(axis=1))
    assert not gradient[0, 1::D].any() and gradient[1].all()
    with pytest.raises(ValueError, match="one cost for a whole example"):
        Autoencoder.dense((D, 2), output=REAL["mixture"]).loss(x, Weights(w))


def test_tied_weights_need_equal_widths():
    for name in ("fixed", "per feature"):
        model = Autoencoder.dense((D, 4, 2), output=REAL[name], tied=True)
        assert model.decoder.layers[2].source is model.encoder.layers[0]
    for name, units in (("diagonal", 6), ("mixture", 20)):
        with pytest.raises(ValueError, match=f"tied=True is not possible.*{units} natural param"):
            Autoencoder.dense((D, 2), output=REAL[name], tied=True)
    hidden = Autoencoder.dense((D, 5, 2), output=REAL["mixture"]).decoder.layers
    assert (hidden[0].d_in, hidden[0].d_out, hidden[2].d_in, hidden[2].d_out) == (2, 5, 5, 20)


@pytest.mark.slow
def test_log_variances_per_feature_are_learned(rng):
    """They become the logarithm of the mean squared error of each feature.

    The input is independent of x, so the error of no feature can become small.
    """
    x, unrelated = rng.normal(size=(400, D)) * [0.1, 1.0, 3.0], rng.normal(size=(400, D))
    model = Autoencoder(Linear(D, 1, rng=0), Chain(Linear(1, D, rng=0), AppendedColumns(D)),
                        output=DiagonalGaussianOutput(per_feature=True))  # fmt: skip
    fit(model, (unrelated, x), epochs=600, batch_size=400, optimizer=Adam(Cosine(0.05)))
    s, errors = model.decoder.layers[1].params["s"], (x - model.reconstruct(unrelated)) ** 2
    np.testing.assert_allclose(s, np.log(errors.mean(axis=0)), atol=1e-3)
    np.testing.assert_allclose(s, np.log(x.var(axis=0)), atol=0.05)
    assert model.parameters()["decoder[1].s"].base is model.theta


@pytest.mark.slow
def test_the_mean_of_a_mixture_is_the_mean_of_the_data_at_the_optimum(rng):
    """There π_k = E γ_k and π_k μ_k = E γ_k x, so Σ π_k μ_k = E x; found by expectation steps."""
    x = np.concatenate([rng.normal(-1, 0.3, (300, 2)), rng.normal(1, 0.6, (200, 2))])
    output = MixtureDensityOutput(2)
    pi, mu, s = np.array([0.5, 0.5]), np.array([[-1.0, 0.0], [0.5, 1.0]]), np.zeros(2)
    for _ in range(400):
        a = np.concatenate([np.log(pi), mu.ravel(), s])[None].repeat(len(x), axis=0)
        gamma = pi - output.gradient(x, a)[:, :2]
        pi = gamma.mean(axis=0)
        mu = gamma.T @ x / gamma.sum(axis=0)[:, None]
        squares = ((x[:, None] - mu) ** 2).sum(axis=2)
        s = np.log((gamma * squares).sum(axis=0) / (2 * gamma.sum(axis=0)))
    a = np.concatenate([np.log(pi), mu.ravel(), s])[None].repeat(len(x), axis=0)
    assert np.abs(output.gradient(x, a).mean(axis=0)).max() < 1e-9
    np.testing.assert_allclose(output.mean.forward(a[:1])[0][0], x.mean(axis=0), atol=1e-9)


def test_a_score_field_of_outputs_with_a_variance(rng):
    x, noise = rng.normal(size=(8, D)), GaussianNoise(0.5)
    for output in (DiagonalGaussianOutput(), MixtureDensityOutput(2)):
        model = Autoencoder.dense((D, 2), output=output, corruption=noise)
        found = score_field(model, x, 0.5)
        np.testing.assert_allclose(found, (model.reconstruct(x) - x) / 0.25, rtol=1e-12)


@pytest.mark.parametrize("name", REAL)
def test_draws_have_the_moments_of_the_density(name, rng):
    """The means of x, x² and x₁ x₂ are those of a mixture with these parameters."""
    output, n = REAL[name], 40_000
    a = rng.normal(size=output.units(D))
    if name == "fixed":
        weights, means, variances = np.ones(1), a[None], np.full((1, D), 0.25)
    elif "mixture" not in name:
        weights, means, variances = np.ones(1), a[None, :D], np.exp(a[None, D:])
    else:
        K = output.components
        weights = np.exp(a[:K]) / np.exp(a[:K]).sum()
        means = a[K : K + K * D].reshape(K, D)
        variances = np.broadcast_to(np.exp(a[K + K * D :]).reshape(K, -1), (K, D))
    x = output.sample(np.broadcast_to(a, (n, len(a))), rng)
    np.testing.assert_allclose(output.mean.forward(a[None])[0][0], weights @ means, rtol=1e-12)
    products = weights @ (means[:, 0] * means[:, 1])
    found = [*x.T, *(x * x).T, x[:, 0] * x[:, 1]]
    wanted = [*(weights @ means), *(weights @ (means**2 + variances)), products]
    for values, value in zip(found, wanted, strict=True):
        assert abs(values.mean() - value) < 4.0 * values.std() / np.sqrt(n)


def test_a_decoder_by_hand_must_end_in_the_shared_variances(rng):
    decoder = Linear(3, 10, rng=rng)
    with pytest.raises(ValueError, match="needs a decoder that ends in AppendedColumns"):
        Autoencoder(Linear(5, 3, rng=rng), decoder, output=DiagonalGaussianOutput(True))
    Autoencoder(Linear(5, 3, rng=rng), Chain(Linear(3, 5, rng=rng), AppendedColumns(5)),
                output=DiagonalGaussianOutput(True))  # fmt: skip
    with pytest.raises(ValueError, match="takes any real numbers as its parameters"):
        Autoencoder(Linear(5, 3, rng=rng), Chain(decoder, Tanh()), output=DiagonalGaussianOutput())


@pytest.mark.parametrize("output", [GaussianOutput(), FixedGaussianOutput(0.5)], ids=repr)
def test_the_base_rates_of_a_gaussian_are_the_means(output, rng):
    """There the sum of the gradients is zero, which it is not a little beside."""
    x = rng.normal(size=(7, 3)).astype(np.float32)
    a = base_rates(output, x)
    assert a.dtype == np.float32
    np.testing.assert_allclose(a, x.mean(axis=0), rtol=1e-6)
    for off, zero in ((0.0, True), (0.01, False)):
        gradient = output.gradient(x, np.tile(a + np.float32(off), (7, 1))).sum(axis=0)
        assert (np.abs(gradient) < 1e-5).all() is np.bool_(zero)


def test_the_mean_of_a_mixture_is_shown_with_what_is_not_its_default():
    assert repr(MixtureMean(2)) == "MixtureMean(2)"
    assert repr(MixtureDensityOutput(3, diagonal=True).mean) == "MixtureMean(3, diagonal=True)"
