"""Root search on fields whose zeros are known, and the Hessian behind their kinds."""

import numpy as np
import pytest

from tinyae import Autoencoder, BernoulliOutput, Chain, Identity, Linear, Tanh
from tinyae.datasets import three_points
from tinyae.score import find_zeros, fixed_points, smoothed_hessian, smoothed_score


def of_density(points, sigma, starts, **options):
    return find_zeros(lambda x: smoothed_score(points, x, sigma),
                      lambda x: smoothed_hessian(points, x, sigma), starts, **options)  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
def test_hessian_is_the_derivative_of_the_score(rng, weighted):
    points, x = rng.normal(size=(7, 3)), rng.normal(size=(11, 3))
    weights = rng.random(7) + 0.1 if weighted else None
    h = 1e-5
    number = np.stack([
        (smoothed_score(points, x + s, 0.6, weights) - smoothed_score(points, x - s, 0.6, weights))
        / (2 * h) for s in h * np.eye(3)], axis=2)  # fmt: skip
    H = smoothed_hessian(points, x, 0.6, weights)
    np.testing.assert_allclose(H, number, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(H, H.swapaxes(1, 2), rtol=1e-12, atol=1e-12)


def test_hessian_in_blocks(rng, monkeypatch):
    points, x = rng.normal(size=(7, 3)), rng.normal(size=(11, 3))
    at_once = smoothed_hessian(points, x, 0.5)
    monkeypatch.setattr("tinyae.score.score.BLOCK_BYTES", 8 * 45)
    np.testing.assert_allclose(smoothed_hessian(points, x, 0.5), at_once, rtol=1e-12, atol=1e-12)


def test_three_points_on_a_line_have_five_rests():
    sigma, starts = 0.1, np.linspace(-0.8, 0.8, 101)[:, None]
    found = of_density(three_points(3), sigma, starts)
    np.testing.assert_allclose(found.x[:, 0], [-0.5, -0.25, 0.0, 0.25, 0.5], atol=1e-4)
    assert list(found.kinds) == ["maximum", "minimum", "maximum", "minimum", "maximum"]
    # Midway between two data Δ apart the second derivative is Δ²/4σ⁴ − 1/σ².
    np.testing.assert_allclose(
        found.eigenvalues[1::2, 0], 0.25**2 / sigma**4 - sigma**-2, rtol=1e-3
    )
    assert len(found) == 5 and found.n_starts == 101 and found.n_converged <= 101
    assert len(found.of("saddle")) == 0 and found.of("minimum").shape == (2, 1)
    assert "3 maximum, 2 minimum" in repr(found)


def test_two_gaussians_have_two_maxima_and_a_saddle(rng):
    means = np.array([[-1.0, 0.5], [1.0, -0.5]])
    found = of_density(means, 0.6, rng.uniform(-2, 2, (200, 2)))
    assert list(found.kinds) == ["maximum", "saddle", "maximum"]
    np.testing.assert_allclose(found.x[1], 0, atol=1e-7)
    along = means[1] / np.linalg.norm(means[1])
    assert abs(found.directions[1, :, 1] @ along) == pytest.approx(
        1
    )  # the way from one to the other
    gap = (means**2).sum(axis=1)[0]
    np.testing.assert_allclose(
        found.eigenvalues[1], [-1 / 0.36, gap / 0.6**4 - 1 / 0.36], rtol=1e-9
    )
    np.testing.assert_allclose(smoothed_score(means, found.x, 0.6), 0, atol=1e-6)
    assert found.asymmetry.max() < 1e-12
    assert list(of_density(means, 1.2, rng.uniform(-2, 2, (50, 2))).kinds) == [
        "maximum"
    ]  # one hump


def test_a_model_is_searched_by_its_own_jacobian(rng):
    """Three tanh steps make a staircase r(x) that crosses the diagonal seven times."""
    encoder = Chain(Linear(1, 3, rng=0), Tanh())
    model = Autoencoder(encoder, Linear(3, 1, rng=0))
    encoder.layers[0].params["W"][...] = 30.0
    encoder.layers[0].params["b"][...] = [12.0, 0.0, -12.0]  # steps at −.4, 0, .4
    model.decoder.params["W"][...] = 0.2
    model.decoder.params["b"][...] = 0.0
    found = fixed_points(model, rng.uniform(-1, 1, (300, 1)))
    assert list(found.kinds) == ["maximum", "minimum"] * 3 + ["maximum"]
    np.testing.assert_allclose(model.reconstruct(found.x), found.x, atol=1e-7)
    np.testing.assert_allclose(found.x[1::2, 0], [-0.4, 0.0, 0.4], atol=0.01)
    single = fixed_points(model.astype(np.float32), np.linspace(-1, 1, 200)[:, None])
    np.testing.assert_allclose(single.x, found.x, atol=1e-5)


def test_the_output_s_mean_is_part_of_r(rng):
    model = Autoencoder.dense((2, 4), activation=Tanh, output=BernoulliOutput(), rng=rng)
    found = fixed_points(model, rng.random((50, 2)))
    assert len(found) >= 1 and ((found.x > 0) & (found.x < 1)).all()
    np.testing.assert_allclose(model.reconstruct(found.x), found.x, atol=1e-7)


def test_a_field_that_turns_is_told_by_its_asymmetry():
    J = np.array([[-1.0, 2.0], [-2.0, -1.0]])
    found = find_zeros(
        lambda x: x @ J.T, lambda x: np.broadcast_to(J, (len(x), 2, 2)), np.ones((3, 2))
    )
    np.testing.assert_allclose(found.x, np.zeros((1, 2)), atol=1e-12)
    np.testing.assert_allclose(found.eigenvalues, [[-1, -1]])
    assert found.asymmetry[0] == pytest.approx(32**0.5 / (2 * 10**0.5))
    assert found.kinds[0] == "maximum"


def test_a_plane_of_rests_is_degenerate(rng):
    """A linear autoencoder at its optimum leaves a whole plane where it is."""
    model = Autoencoder.dense((3, 2), activation=Identity, tied=True)
    W = np.linalg.qr(rng.normal(size=(3, 2)))[0]
    model.encoder.layers[0].params["W"][...] = W
    starts = rng.normal(size=(6, 3))
    found = fixed_points(model, starts)
    assert len(found) == 6 and set(found.kinds) == {"degenerate"}
    nearest = starts @ W @ W.T  # the shortest way to the plane
    np.testing.assert_allclose(found.x, nearest[np.lexsort(nearest.T[::-1])], atol=1e-9)


def test_no_zero_no_result():
    """x² + 1 has none, and its least |F| at x = 0 is not taken for one."""
    found = find_zeros(lambda x: x**2 + 1, lambda x: 2 * x[:, :, None], [[-2.0], [0.0], [0.3]])
    assert len(found) == 0 and found.n_converged == 0 and found.x.shape == (0, 1)
    assert found.kinds.shape == (0,) and repr(found).startswith("FixedPoints(none")


def test_newton_overshoots_without_damping():
    """Undamped steps on arctan from |x| > 1.4 run away; halved ones arrive."""
    found = find_zeros(np.arctan, lambda x: 1 / (1 + x**2)[:, :, None], [[3.0], [-20.0]])
    assert found.n_converged == 2
    np.testing.assert_allclose(found.x, [[0.0]], atol=1e-8)


def test_merging_and_steps(rng):
    starts = np.linspace(-0.8, 0.8, 40)[:, None]
    assert len(of_density(three_points(3), 0.1, starts, merge=0.3)) == 3
    assert len(of_density(three_points(3), 0.1, starts, merge=0.0)) >= 5
    assert of_density(three_points(3), 0.1, [[0.3]], steps=1).n_converged == 0
    given = np.array([[0.1]])
    of_density(three_points(3), 0.1, given)
    assert given[0, 0] == 0.1  # starts are never written to


def test_bad_input():
    model = Autoencoder.dense((2, 3))
    with pytest.raises(TypeError, match="find_zeros"):
        fixed_points(np.tanh, np.zeros((1, 2)))
    with pytest.raises(ValueError, match="starts has 3 features"):
        fixed_points(model, np.zeros((1, 3)))
    with pytest.raises(TypeError, match="steps must be a whole number"):
        fixed_points(model, np.zeros((1, 2)), steps=1.5)
    with pytest.raises(ValueError, match="tol must be"):
        fixed_points(model, np.zeros((1, 2)), tol=0.0)
    with pytest.raises(ValueError, match="merge"):
        fixed_points(model, np.zeros((1, 2)), merge=-1.0)
    with pytest.raises(TypeError, match="jacobian must be a function"):
        find_zeros(np.tanh, np.eye(2), np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"field must return shape \(1, 2\)"):
        find_zeros(lambda x: x[:, :1], lambda x: x, np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"jacobian must return shape \(1, 2, 2\)"):
        find_zeros(np.tanh, np.tanh, np.zeros((1, 2)))
    with pytest.raises(ValueError, match="field is NaN or infinite at 1 of 2 points"):
        find_zeros(lambda x: np.where(x == 1, np.inf, x), lambda x: x[:, :, None], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="jacobian is NaN or infinite at 2 of 2 points"):
        find_zeros(lambda x: x, lambda x: np.full((len(x), 1, 1), np.nan), [[1.0], [2.0]])
    with pytest.raises(ValueError, match="kind must be one of"):
        fixed_points(model, np.zeros((1, 2))).of("maxima")
    with pytest.raises(ValueError, match="sigma"):
        smoothed_hessian(np.zeros((1, 2)), np.zeros((1, 2)), 0.0)
