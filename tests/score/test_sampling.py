"""Chains against densities that are known, and the distance that judges them."""

import numpy as np
import pytest

from tinyae import (
    RBM,
    Autoencoder,
    BernoulliOutput,
    Classifier,
    GaussianNoise,
    Identity,
    MaskingNoise,
    NoisyCode,
    fit,
    gradcheck,
)
from tinyae.checks.streams import stream
from tinyae.models import Walkback, gsn_chain
from tinyae.score import (
    energy_distance,
    langevin,
    line_integral,
    metropolis_langevin,
    stationary_distribution,
)

C = np.array([[1.0, 0.6], [0.6, 0.5]])


def gaussian_score(x):
    return -x @ np.linalg.inv(C)


def gaussian_log_density(x):
    return -0.5 * (x * (x @ np.linalg.inv(C))).sum(axis=1)


def test_langevin_step_by_hand():
    x = np.array([[1.0, -2.0]])
    noise = stream(4, "chains").standard_normal((1, 2))
    expected = x + 0.03 * gaussian_score(x) + np.sqrt(0.06) * noise
    found = langevin(gaussian_score, x, step_size=0.03, steps=1, rng=4)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    np.testing.assert_array_equal(x, [[1.0, -2.0]])


def test_unadjusted_steps_err_as_theory_says(rng):
    """In one dimension with s = −x the chain's variance is 1/(1 − η/2), not 1."""
    x = langevin(lambda x: -x, np.zeros((40_000, 1)), step_size=0.5, steps=60, rng=rng)
    assert x.var() == pytest.approx(1 / 0.75, rel=0.03)


@pytest.mark.parametrize("log_density", [gaussian_log_density, None])
def test_metropolis_steps_by_hand(log_density, rng):
    """Two steps of 200 chains, with p and the proposal's density q written out."""
    eta, x, draws = 0.15, rng.uniform(-2, 2, (200, 2)), stream(4, "chains")
    found, accepted = metropolis_langevin(gaussian_score, x, step_size=eta, steps=2, rng=4,
                                          log_density=log_density)  # fmt: skip

    def q(to, at):
        gap = to - at - eta * gaussian_score(at)
        return np.exp(-(gap**2).sum(axis=1) / (2 * 2 * eta))

    def p(x):
        return np.exp(gaussian_log_density(x))

    taken = 0
    for _ in range(2):
        noise = draws.standard_normal((200, 2))
        y = x + eta * gaussian_score(x) + np.sqrt(2 * eta) * noise
        take = draws.random(200) < p(y) * q(x, y) / (p(x) * q(y, x))
        x, taken = np.where(take[:, None], y, x), taken + take.sum()
    np.testing.assert_allclose(found, x, rtol=1e-12)
    assert accepted == taken / 400 and 100 < taken < 350


@pytest.mark.slow
@pytest.mark.parametrize("log_density", [gaussian_log_density, None])
def test_the_metropolis_test_removes_the_error(log_density, rng):
    start = rng.uniform(-3, 3, (8000, 2))
    x, accepted = metropolis_langevin(gaussian_score, start, step_size=0.15, steps=80, rng=rng,
                                      log_density=log_density)  # fmt: skip
    np.testing.assert_allclose(np.cov(x.T), C, atol=0.06)
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=0.06)
    assert 0.5 < accepted < 0.99


@pytest.mark.slow
def test_the_metropolis_chain_corrects_a_score_that_is_wrong(rng):
    """The proposal may be anything; with the right log p the samples are right."""
    x, _ = metropolis_langevin(lambda x: 0.0 * x, rng.uniform(-3, 3, (8000, 2)), step_size=0.2,
                               steps=150, rng=rng, log_density=gaussian_log_density)  # fmt: skip
    np.testing.assert_allclose(np.cov(x.T), C, atol=0.06)


def test_a_step_too_large_is_an_error():
    with np.errstate(over="ignore", invalid="ignore"):
        with pytest.raises(FloatingPointError, match="step_size 3 is too large"):
            langevin(lambda x: -x, np.ones((3, 1)), step_size=3.0, steps=2000, rng=0)


def test_stationary_distribution(rng):
    T = rng.random((6, 6))
    T /= T.sum(axis=1, keepdims=True)
    p = stationary_distribution(T)
    np.testing.assert_allclose(p @ T, p, atol=1e-15)
    np.testing.assert_allclose(np.linalg.matrix_power(T, 200)[0], p, rtol=1e-12)
    cases = (
        (T[:5], "square"),
        (2 * T, "sums 2 to 2"),
        (1.00001 * T, "sums 1.00001"),
        (np.eye(3), "not unique"),
    )
    for bad, says in cases:
        with pytest.raises(ValueError, match=says):
            stationary_distribution(bad)


def test_energy_distance_by_loops(rng):
    A, B = rng.standard_normal((7, 3)), rng.standard_normal((5, 3)) + 1

    def mean(P, Q, pairs):
        return sum(np.linalg.norm(p - q) for p in P for q in Q) / pairs

    expected = 2 * mean(A, B, 35) - mean(A, A, 42) - mean(B, B, 20)
    assert energy_distance(A, B) == pytest.approx(expected, rel=1e-12)
    assert energy_distance(B, A) == pytest.approx(expected, rel=1e-12)


def test_energy_distance_in_blocks_and_far_from_the_origin(rng, monkeypatch):
    A, B = rng.standard_normal((2, 60, 3))
    found = energy_distance(A, B)
    monkeypatch.setattr("tinyae.score.distances.BLOCK_BYTES", 8 * 200)
    assert energy_distance(A, B) == pytest.approx(found, rel=1e-12)
    assert energy_distance(A + 1e6, B + 1e6) == pytest.approx(found, rel=1e-7)


@pytest.mark.slow
def test_energy_distance_is_unbiased_and_sees_a_difference(rng):
    same = [energy_distance(*rng.standard_normal((2, 40, 2))) for _ in range(300)]
    assert abs(np.mean(same)) < 4 * np.std(same) / 300**0.5
    A, B = rng.standard_normal((2, 1000, 2))
    assert energy_distance(A, 1.3 * B) > 0.01
    for bad in (A[:1], A[:0], A[:, :1]):
        with pytest.raises(ValueError, match="two rows|is empty|features"):
            energy_distance(bad, B)


def test_chain_by_hand(rng):
    model = Autoencoder.dense((4, 3), corruption=GaussianNoise(0.5), rng=rng)
    x, draws = rng.random((5, 4)), stream(6, "chains")
    expected = x
    for _ in range(2):
        x_tilde = model.corruption.corrupt(expected, draws)
        expected = model.reconstruct(x_tilde) + 0.2 * draws.standard_normal((5, 4))
    np.testing.assert_allclose(gsn_chain(model, x, steps=2, scale=0.2, rng=6), expected)
    binary = Autoencoder.dense((4, 3), corruption=MaskingNoise(0.5), output=BernoulliOutput())
    assert set(np.unique(gsn_chain(binary, x, steps=3, rng=0))) == {0.0, 1.0}
    for bad, error, says in (
        (lambda: gsn_chain(Autoencoder.dense((4, 3)), x, steps=1, rng=0), ValueError, "corruption"),
        (lambda: gsn_chain(model, x, steps=0, scale=0.0, rng=0), ValueError, "steps must be"),
        (lambda: gsn_chain(model, x, steps=1, scale=-1.0, rng=0), ValueError, "scale must be"),
        (lambda: gsn_chain(model, x[:, :3], steps=1, scale=0.0, rng=0), ValueError, "3 features"),
    ):
        with pytest.raises(error, match=says):
            bad()


def test_chain_and_walk_read_a_schedule_where_they_should(rng):
    """A chain has the noise of the end of training, a walk that of the moment."""
    model = Autoencoder.dense(
        (4, 3), corruption=GaussianNoise(lambda progress: 1.0 - 0.9 * progress), rng=rng
    )
    x = rng.random((5, 4))
    noise = stream(6, "chains").standard_normal((5, 4))
    found = gsn_chain(model, x, steps=1, scale=0.0, rng=6)
    np.testing.assert_allclose(found, model.reconstruct(x + 0.1 * noise), rtol=1e-12)
    walk = Walkback(model, 1, 0.0)
    noise = stream(6, "evaluation").standard_normal((5, 4))
    for walk.progress, sigma in ((0.0, 1.0), (0.5, 0.55)):
        r = model.reconstruct(x + sigma * noise)
        expected = 0.5 * ((x - r) ** 2).sum(axis=1).mean()
        assert walk.loss_and_grad(x, rng=6) == pytest.approx(expected, rel=1e-12)


def test_walkback_of_one_step_is_denoising(rng):
    x = rng.random((8, 4))
    model = Autoencoder.dense((4, 3), corruption=GaussianNoise(0.5), rng=rng)
    mine, its = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(2):  # the second time shows that both drew equally many numbers
        loss, grad = model.loss_and_grad(x, rng=mine), model.grad.copy()
        assert Walkback(model, 1, 0.1).loss_and_grad(x, rng=its) == loss
        np.testing.assert_array_equal(model.grad, grad)


def test_walkback_step_is_the_mean_over_the_walk(rng):
    """With the walk's x̃ written down: the mean loss and gradient for targets x at those inputs."""
    x = rng.random((8, 4))
    model = Autoencoder.dense((4, 3), corruption=GaussianNoise(0.5), rng=rng)
    draws, at, losses, grads = stream(3, "evaluation"), x, [], []
    for step in range(3):
        x_tilde = model.corruption.corrupt(at, draws)
        model.grad[...] = 0.0
        losses.append(model.backward(model.forward(x, draws, x_tilde)))
        grads.append(model.grad.copy())
        if step < 2:
            at = model.reconstruct(x_tilde) + 0.1 * draws.standard_normal((8, 4))
    walk = Walkback(model, 3, scale=0.1)
    assert walk.loss_and_grad(x, rng=3) == pytest.approx(np.mean(losses), rel=1e-14)
    np.testing.assert_allclose(model.grad, np.mean(grads, axis=0), rtol=1e-12)


def test_walkback_trains_the_autoencoder(rng):
    x = rng.random((60, 4))
    model = Autoencoder.dense((4, 3), corruption=GaussianNoise(0.2), rng=rng)
    before = model.theta.copy()
    history = fit(Walkback(model, 2, 0.1), x, epochs=3, batch_size=20)
    assert len(history.loss) == 3 and not np.array_equal(model.theta, before)
    with pytest.raises(ValueError, match="follows a rule that is not the gradient"):
        gradcheck(Walkback(model, 2, 0.1), x)
    for bad, error, says in (
        (lambda: Walkback(Autoencoder.dense((4, 3))), TypeError, "with a corruption"),
        (lambda: Walkback(model, 0, 0.1), ValueError, "steps must be"),
        (lambda: Walkback(Autoencoder.dense((4, 3), corruption=GaussianNoise(0.1),
                                            head=Classifier(3))), ValueError, "trains no head"),
    ):  # fmt: skip
        with pytest.raises(error, match=says):
            bad()


@pytest.mark.slow
def test_the_scale_belongs_to_gaussian_outputs(rng):
    """With it the chain of an exact denoiser keeps the data's variance; without, it shrinks."""
    model = Autoencoder.dense((1, 1), activation=Identity, corruption=GaussianNoise(0.5))
    model.theta[...] = [0.8, 0.0, 1.0, 0.0]  # r(x̃) = x̃ / (1 + σ²), exact for data from N(0, 1)
    start = rng.standard_normal((40_000, 1))
    ends = [gsn_chain(model, start, steps=30, scale=s, rng=rng).var() for s in (0.2**0.5, 0.0)]
    assert ends[0] == pytest.approx(1.0, abs=0.03) and ends[1] < 0.5
    binary = Autoencoder.dense((4, 3), corruption=MaskingNoise(0.5), output=BernoulliOutput())
    for bad, says in (
        (lambda: gsn_chain(model, start, steps=1, rng=0), "with GaussianOutput give scale"),
        (lambda: Walkback(model, 2), "with GaussianOutput give scale"),
        (lambda: gsn_chain(binary, np.zeros((2, 4)), steps=1, scale=0.1, rng=0), "has no scale"),
    ):
        with pytest.raises(ValueError, match=says):
            bad()
    with pytest.raises(TypeError, match="gsn_chain takes an Autoencoder, got RBM"):
        gsn_chain(RBM(4, 3), np.zeros((2, 4)), steps=1, rng=0)


def test_the_chain_draws_the_noise_of_a_noisy_code(rng):
    model = Autoencoder.dense((3, 2), corruption=GaussianNoise(0.0), code=NoisyCode(1.0), rng=rng)
    x = np.repeat(rng.random((1, 3)), 20_000, axis=0)
    end = gsn_chain(model, x, steps=1, scale=0.0, rng=rng)
    V = model.decoder.layers[0].params["W"]
    np.testing.assert_allclose(np.cov(end.T), V.T @ V, atol=0.05)


def test_a_chain_that_explodes_says_so():
    model = Autoencoder.dense((1, 1), activation=Identity, corruption=GaussianNoise(1.0))
    model.theta[...] = [100.0, 0.0, 100.0, 0.0]
    with np.errstate(over="ignore", invalid="ignore"):
        with pytest.raises(FloatingPointError, match="a chain reached infinite values after"):
            gsn_chain(model, np.ones((2, 1)), steps=200, scale=0.0, rng=0)


def test_walkback_hands_its_progress_on(rng):
    """A schedule inside the autoencoder goes on while walkback trains it."""
    met = []

    def sigma(progress):
        met.append(progress)
        return 0.1

    model = Autoencoder.dense((4, 3), corruption=GaussianNoise(0.1), code=NoisyCode(sigma), rng=rng)
    met.clear()
    fit(Walkback(model, 2, 0.1), rng.random((8, 4)), epochs=2, batch_size=4)
    assert met[::2] == [0.0, 0.25, 0.5, 0.75] and model.progress == 1.0
    assert repr(Walkback(model, 2, 0.1)).startswith("Walkback of 2 steps, scale 0.1, on Autoenc")


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: -x[:, :1], r"score must return shape \(3, 2\) .* got \(3, 1\)"),
        (lambda x: -x[0], r"got \(2,\)"),
        (lambda x: 0.0, r"got \(\)"),
        (lambda x: x * np.nan, "score returned NaN"),
    ],
)
def test_a_score_of_another_shape_is_refused(function, says):
    for sample in (langevin, metropolis_langevin):
        with pytest.raises(ValueError, match=says):
            sample(function, np.ones((3, 2)), step_size=0.1, steps=1, rng=0)
    with pytest.raises(ValueError, match="field"):
        line_integral(function, np.zeros((3, 2)), np.ones((3, 2)))


def test_a_log_density_of_another_shape_is_refused():
    for function in (
        lambda x: x[:, :1],
        lambda x: (x * x).sum(),
        lambda x: np.full(len(x), np.nan),
    ):
        with pytest.raises(ValueError, match="log_density"):
            metropolis_langevin(lambda x: -x, np.ones((2, 2)), step_size=0.1, steps=1, rng=0,
                                log_density=function)  # fmt: skip


def test_mass_that_is_nowhere_is_not_negative():
    p = stationary_distribution([[0.5, 0.5, 0.0], [0.0, 0.2, 0.8], [0.0, 0.7, 0.3]])
    assert p[0] >= 0 and p.sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="least entry -0.1"):
        stationary_distribution([[1.1, -0.1], [0.5, 0.5]])
