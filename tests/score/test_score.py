"""Exact scores against numerical derivatives of their densities; the field of a known optimum."""

import numpy as np
import pytest

from tinyae import (
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    GaussianNoise,
    Identity,
    MaskingNoise,
    Softplus,
    Tanh,
    score_field,
)
from tinyae.core import reconstruction
from tinyae.score import (
    mixture_log_density,
    mixture_score,
    optimal_reconstruction,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.training import Tuning


@pytest.fixture
def mixture(rng):
    A = rng.normal(size=(3, 2, 2))
    return (
        rng.normal(size=(3, 2)),
        A @ A.swapaxes(1, 2) + 0.3 * np.eye(2),
        np.array([0.2, 0.5, 0.3]),
    )


def central(f, x, h=1e-5):
    """∇f at each row of x."""
    steps = h * np.eye(x.shape[1])
    return np.stack([(f(x + s) - f(x - s)) / (2 * h) for s in steps], axis=1)


def test_mixture_score_is_the_gradient(mixture, rng):
    x = 2 * rng.normal(size=(40, 2))
    number = central(lambda z: mixture_log_density(z, *mixture), x)
    np.testing.assert_allclose(mixture_score(x, *mixture), number, rtol=1e-7, atol=1e-8)


def test_mixture_density_by_its_formula(mixture, rng):
    x = rng.normal(size=(5, 2))
    means, covariances, weights = mixture
    total = np.zeros(5)
    for m, C, w in zip(means, covariances, weights, strict=True):
        for i, z in enumerate(x):
            power = (z - m) @ np.linalg.inv(C) @ (z - m)
            total[i] += w * np.exp(-power / 2) / (2 * np.pi * np.sqrt(np.linalg.det(C)))
    np.testing.assert_allclose(mixture_log_density(x, *mixture), np.log(total), rtol=1e-12)


def test_mixture_density_integrates_to_one(mixture):
    g = np.linspace(-30, 30, 400)
    x = np.stack(np.meshgrid(g, g), axis=-1).reshape(-1, 2)
    total = np.exp(mixture_log_density(x, *mixture)).sum() * (g[1] - g[0]) ** 2
    assert total == pytest.approx(1, abs=1e-6)


def test_weights_are_made_to_sum_to_one(mixture, rng):
    x = rng.normal(size=(5, 2))
    means, covariances, weights = mixture
    for f in (mixture_log_density, mixture_score):
        np.testing.assert_allclose(f(x, means, covariances, 10 * weights), f(x, *mixture))


def test_weights_matter(mixture, rng):
    x = rng.normal(size=(5, 2))
    means, covariances, _ = mixture
    assert not np.allclose(mixture_score(x, *mixture), mixture_score(x, means, covariances))


@pytest.mark.parametrize("weighted", [False, True])
def test_smoothed_points_are_an_isotropic_mixture(rng, weighted):
    points, x, sigma = rng.normal(size=(7, 3)), rng.normal(size=(11, 3)), 0.4
    weights = rng.random(7) + 0.1 if weighted else None
    covariances = np.repeat(sigma**2 * np.eye(3)[None], 7, axis=0)
    np.testing.assert_allclose(
        smoothed_score(points, x, sigma, weights), mixture_score(x, points, covariances, weights),
        rtol=1e-10)  # fmt: skip
    np.testing.assert_allclose(
        smoothed_log_density(points, x, sigma, weights),
        mixture_log_density(x, points, covariances, weights), rtol=1e-10)  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
def test_optimal_reconstruction_by_its_formula(rng, weighted):
    points, x, sigma = rng.normal(size=(7, 3)), rng.normal(size=(11, 3)), 0.4
    weights = rng.random(7) + 0.1 if weighted else None
    for got, z in zip(optimal_reconstruction(points, x, sigma, weights), x, strict=True):
        share = np.exp(-((z - points) ** 2).sum(axis=1) / (2 * sigma**2))
        share *= 1.0 if weights is None else weights
        np.testing.assert_allclose(got, share @ points / share.sum(), rtol=1e-12)


def test_no_step_away_from_the_optimal_reconstruction_lowers_the_error(rng):
    """Its error on the joint distribution of x and x̃ has no slope in any of its values."""
    points, sigma = np.array([[-0.4], [0.1], [0.7]]), 0.3
    corrupted = np.linspace(-3, 3, 1201)[:, None]
    joint = np.exp(-((corrupted - points.T) ** 2) / (2 * sigma**2))
    best = optimal_reconstruction(points, corrupted, sigma)

    def squared_error(r):
        return (joint * (r - points.T) ** 2).sum() / joint.sum()

    for _ in range(5):
        step = rng.normal(size=best.shape)
        for r in (best + 0.01 * step, best - 0.01 * step):
            assert squared_error(r) > squared_error(best)


def test_smoothed_score_takes_a_list_and_a_float32_table(rng):
    points, x = rng.normal(size=(7, 2)), rng.normal(size=(4, 2)).astype(np.float32)
    exact = smoothed_score(points, x.astype(float), 0.4)
    for given in (x, x.tolist()):
        np.testing.assert_array_equal(smoothed_score(points, given, 0.4), exact)
    with pytest.raises(ValueError, match="3 features"):
        optimal_reconstruction(points, np.zeros((2, 3)), 0.4)
    with pytest.raises(ValueError, match="sigma must be"):
        optimal_reconstruction(points, x, 0.0)


def test_far_from_everything_nothing_overflows():
    x = np.array([[1e3, -1e3]])
    score = smoothed_score(np.zeros((1, 2)), x, 0.01)
    np.testing.assert_allclose(score, -x / 1e-4)
    assert np.isfinite(smoothed_log_density(np.zeros((1, 2)), x, 0.01)).all()


def test_blocks_change_nothing(rng, monkeypatch):
    points, x = rng.normal(size=(7, 3)), rng.normal(size=(11, 3))
    at_once = smoothed_score(points, x, 0.5)
    monkeypatch.setattr("tinyae.score.score.BLOCK_BYTES", 8 * 45)  # two rows at a time
    np.testing.assert_allclose(smoothed_score(points, x, 0.5), at_once, rtol=1e-13)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
def test_the_optimal_linear_denoiser_is_the_score_of_the_smoothed_gaussian(rng, sigma):
    """For x ~ N(m, C) the best r is m + C(C + σ²I)⁻¹(x̃ − m): its field is the score, at any σ."""
    A = rng.normal(size=(3, 3))
    m, C = rng.normal(size=3), A @ A.T + 0.2 * np.eye(3)
    model = Autoencoder.dense((3, 3), activation=Identity, corruption=GaussianNoise(sigma))
    smoothed = C + sigma**2 * np.eye(3)
    up, down = model.encoder.layers[0], model.decoder.layers[0]
    up.params["W"][...] = np.linalg.solve(smoothed, C)  # (C (C + σ²I)⁻¹)ᵀ: rows are examples
    down.params["W"][...] = np.eye(3)
    down.params["b"][...] = m - m @ up.params["W"]
    x = rng.normal(size=(20, 3))
    exact = mixture_score(x, m[None], smoothed[None])
    np.testing.assert_allclose(score_field(model, x, sigma), exact, rtol=1e-9, atol=1e-10)


def test_score_field_reads_a_schedule_at_its_end(rng):
    noise = GaussianNoise(lambda progress: 1.0 - 0.5 * progress)
    model = Autoencoder.dense((3, 2), corruption=noise)
    x = rng.random((4, 3))
    np.testing.assert_allclose(score_field(model, x, 0.5), (model.reconstruct(x) - x) / 0.25)
    with pytest.raises(ValueError, match="trained at sigma = 0.5"):
        score_field(model, x, 1.0)


def test_score_field_of_bernoulli_output(rng):
    model = Autoencoder.dense((3, 2), output=BernoulliOutput(), corruption=GaussianNoise(0.5))
    x = rng.random((4, 3))
    np.testing.assert_allclose(score_field(model, x, 0.5), (model.reconstruct(x) - x) / 0.25)
    with pytest.raises(ValueError, match="MaskingNoise"):
        score_field(Autoencoder.dense((3, 2), corruption=MaskingNoise(0.5)), x, 0.5)


@pytest.mark.parametrize("options", [
    dict(activation=Tanh), dict(output=BernoulliOutput()), dict(tied=True),
    dict(activation=Softplus, dtype=np.float32), dict(output=CategoricalOutput()),
])  # fmt: skip
@pytest.mark.parametrize("n", [1, 159, 160, 201])
@pytest.mark.parametrize("form", ["tanh", "exp"])
def test_reconstruction_in_blocks_is_the_layers(rng, monkeypatch, options, n, form):
    """In blocks of 40 rows of 5 numbers."""
    monkeypatch.setattr(reconstruction, "FEWEST", 4)
    model = Autoencoder.dense((3, 5), **options)
    model.theta[...] += 0.3 * rng.standard_normal(len(model.theta))  # also the biases, which are 0
    x = rng.standard_normal((n, 3)).astype(model.dtype)
    tuning = Tuning(form, 100 * model.dtype.itemsize, form)
    for _ in range(2):  # a step between is seen
        found = reconstruction.residuals(model, x, 0.5, tuning=tuning)
        wanted = (model.reconstruct(x) - x) / 0.5
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-6)
        if model.dtype == np.float64:
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)
        model.theta[...] *= 0.5


def test_reconstruction_goes_through_blocks_where_it_is_said_to(rng, monkeypatch):
    calls = []
    inner = reconstruction._in_blocks
    monkeypatch.setattr(reconstruction, "_in_blocks", lambda *a: calls.append(a) or inner(*a))
    for n, part_bytes, options, blocks in (
        (1024, 5120, {}, 1), (1023, 5120, {}, 0), (1024, 5120, dict(tied=True), 1),
        (512, 64, {}, 1), (511, 64, {}, 0),  # blocks have 128 rows at least
    ):  # fmt: skip
        calls.clear()
        x, tuning = rng.standard_normal((n, 3)), Tuning("exp", part_bytes)
        reconstruction.residuals(Autoencoder.dense((3, 5), **options), x, 1.0, tuning=tuning)
        assert len(calls) == blocks


def test_a_subclass_that_reconstructs_otherwise_is_asked(rng):
    class Mine(Autoencoder):
        def reconstruct(self, x):
            return np.zeros_like(x)

    x = rng.standard_normal((100_000, 3))
    model = Mine.dense((3, 5), corruption=GaussianNoise(1.0))
    np.testing.assert_array_equal(score_field(model, x, 1.0), -x)


def test_a_field_of_a_spoilt_model_is_named(rng):
    model = Autoencoder.dense((3, 5), corruption=GaussianNoise(0.1))
    x = rng.standard_normal((100_000, 3))
    model.theta[...] = np.inf
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="NaN or infinite"):
        score_field(model, x, 0.1)
    model.encoder.layers[0].params["W"] = np.zeros((3, 5))
    with pytest.raises(RuntimeError, match="no longer views of its theta"):
        score_field(model, x, 0.1)


@pytest.mark.parametrize("name", ["x", "means", "covariances"])
def test_a_mixture_of_numbers_without_a_square_is_refused_by_name(name):
    given = {"x": np.zeros((3, 2)), "means": np.zeros((2, 2))}
    given["covariances"] = np.tile(np.eye(2), (2, 1, 1))
    given[name].flat[0] = 1e200
    for function in (mixture_score, mixture_log_density):
        with pytest.raises(ValueError, match=f"^{name} has entries up to 1e[+]200, whose squares"):
            function(**given)


def test_components_without_weights_have_equal_ones(rng):
    """By hand for two of them: the mean of their densities, with its constant."""
    x, means = rng.normal(size=(5, 2)), rng.normal(size=(2, 2))
    covariances = np.tile(np.eye(2), (2, 1, 1))
    squares = ((x[:, None] - means) ** 2).sum(axis=2)
    density = (np.exp(-0.5 * squares) / (2.0 * np.pi)).mean(axis=1)
    found = mixture_log_density(x, means, covariances)
    np.testing.assert_allclose(found, np.log(density), rtol=1e-12)
    same = mixture_log_density(x, means, covariances, [0.5, 0.5])
    np.testing.assert_allclose(found, same, rtol=1e-14)


@pytest.mark.parametrize("variance", [1e-310, 1e-323])
def test_a_variance_that_cannot_be_divided_by_is_refused(variance):
    at = np.zeros((1, 1))
    with pytest.raises(ValueError, match="a variance so small that one over it is no number"):
        mixture_log_density(at, at, np.full((1, 1, 1), variance))
    assert np.isfinite(mixture_log_density(at, at, np.full((1, 1, 1), 1e-300))).all()
