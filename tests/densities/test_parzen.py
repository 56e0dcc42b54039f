"""Parzen windows, round, flat and non-local, against dense Gaussians written out in full."""

# ruff: noqa: E501 (one case of bad input a line)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyae import Adam, ReLU, Sigmoid, fit, gradcheck
from tinyae.checks.streams import stream
from tinyae.densities import (
    ManifoldParzen,
    NonLocalParzen,
    Pancakes,
    Parzen,
    cross_validate,
    neighbor_pairs,
    parzen,
)
from tinyae.densities import pancakes as pancakes_module
from tinyae.score import mixture_log_density, smoothed_log_density


def dense(p):
    """The covariances (n, d, d) of pancakes, by the formula at the head of the module."""
    d = p.centers.shape[1]
    return np.stack([(V.T * v) @ V + s * (np.eye(d) - V.T @ V)
                     for V, v, s in zip(p.directions, p.variances, p.noise, strict=True)])  # fmt: skip


def some_pancakes(rng, n=7, d=5, r=2):
    return Pancakes.from_factors(rng.standard_normal((n, d)), rng.standard_normal((n, r, d)),
                                 rng.uniform(0.1, 1.0, n))  # fmt: skip


def nearest(x, k):
    """The k nearest others of each point, the slow way."""
    found = []
    for i in range(len(x)):
        others = sorted(
            (j for j in range(len(x)) if j != i), key=lambda j: np.sum((x[j] - x[i]) ** 2)
        )
        found.append(others[:k])
    return np.array(found)


def test_round_windows_are_the_smoothed_points(rng):
    x, fresh = rng.standard_normal((30, 3)), rng.standard_normal((11, 3))
    density = Parzen(0.3).fit(x)
    np.testing.assert_allclose(density.score_samples(fresh), smoothed_log_density(x, fresh, 0.3),
                               rtol=1e-12)  # fmt: skip


@pytest.mark.parametrize(("d", "r"), [(5, 1), (5, 3), (5, 5), (1, 1), (2, 1)])
def test_log_density_is_that_of_dense_gaussians(rng, d, r):
    p = some_pancakes(rng, 7, d, r)
    fresh = 2.0 * rng.standard_normal((13, d))
    wanted = mixture_log_density(fresh, p.centers, dense(p))
    np.testing.assert_allclose(p.score_samples(fresh), wanted, rtol=1e-12, atol=1e-12)


def test_from_factors_is_a_a_plus_s(rng):
    for r in (0, 1, 3, 5, 8):  # more factors than dimensions span all of them
        A, s = rng.standard_normal((4, r, 5)), rng.uniform(0.1, 1, 4)
        p = Pancakes.from_factors(rng.standard_normal((4, 5)), A, s)
        assert p.directions.shape == (4, min(r, 5), 5)
        wanted = A.swapaxes(1, 2) @ A + s[:, None, None] * np.eye(5)
        np.testing.assert_allclose(dense(p), wanted, atol=1e-12)


def test_manifold_windows_have_the_covariance_of_their_neighbours(rng):
    x, k, sigma = rng.standard_normal((20, 4)), 6, 0.2
    near = nearest(x, k)
    for r in (4, 2):
        p = ManifoldParzen(sigma, n_neighbors=k, n_components=r).fit(x).mixture_
        for i in range(20):
            gaps = x[near[i]] - x[i]  # centred on the point, not on the neighbours' mean
            values, vectors = np.linalg.eigh(gaps.T @ gaps / k)
            values[: 4 - r] = 0.0  # what is not kept has the variance σ² alone
            wanted = (vectors * values) @ vectors.T + sigma**2 * np.eye(4)
            np.testing.assert_allclose(dense(p)[i], wanted, atol=1e-12)
    np.testing.assert_array_equal(p.centers, x)


def test_far_from_the_origin(rng):
    """Adding 10⁶ to everything costs the digits that the numbers lose, and no more."""
    x, fresh = np.round(rng.standard_normal((2, 40, 3)), 4)
    for setting in (Parzen(0.01), ManifoldParzen(0.01, n_neighbors=5, n_components=2)):
        here = setting.fit(x).score_samples(fresh)
        there = setting.fit(x + 1e6).score_samples(fresh + 1e6)
        np.testing.assert_allclose(there, here, rtol=1e-5)


def test_thin_windows_keep_their_digits(rng):
    """Windows of a thousandth of the data's spread, at points on their ridge and off it."""
    p = some_pancakes(rng, 9, 4, 2)
    p = Pancakes(p.centers, p.directions, p.variances, np.full(9, 1e-6))
    fresh = np.concatenate([p.centers, p.sample(20, rng=rng)])
    wanted = mixture_log_density(fresh, p.centers, dense(p))
    np.testing.assert_allclose(p.score_samples(fresh), wanted, atol=1e-7)


def test_windows_are_right_as_thin_as_they_may_be(rng):
    """At 1e-7 of the spread a log density is right to 0.05 nats; what is thinner is refused."""
    x, z = rng.standard_normal((2, 60, 3))
    x = 10.0 * x / np.linalg.norm(x, axis=1).max()
    for sigma, off in ((1e-4, 1e-5), (1.2e-6, 0.05)):
        density = Parzen(sigma).fit(x)  # so far apart that only one window counts at each point
        here = x + sigma * z
        wanted = -0.5 * (((here - x) / sigma) ** 2).sum(axis=1) - 3 * np.log(
            sigma * np.sqrt(2 * np.pi)
        )
        np.testing.assert_allclose(density.score_samples(here), wanted - np.log(60), atol=off)
        flat = ManifoldParzen(sigma, n_neighbors=4).fit(x)
        assert np.isfinite(flat.score_samples(here)).all()
    for setting in (Parzen(0.8e-6), ManifoldParzen(0.8e-6, n_neighbors=4)):
        with pytest.raises(ValueError, match="is 8e-07 thin, but reaches .* take a larger sigma"):
            setting.fit(x)
    assert len(Parzen(1e-30).fit(x[:1]).mixture_) == 1  # one window is as right as any
    long = np.array([[[1.0, 0.0]]]), np.array([[1.0]])
    Pancakes(np.zeros((1, 2)), *long, np.array([4e-14]))
    with pytest.raises(ValueError, match="pancake 0 is 1e-08 thin, but reaches 1 from"):
        Pancakes(np.zeros((1, 2)), *long, np.array([1e-16]))


def test_blocks_change_nothing(rng, monkeypatch):
    x, fresh = rng.standard_normal((50, 4)), rng.standard_normal((23, 4))

    def everything():
        p = ManifoldParzen(0.3, n_neighbors=5, n_components=2).fit(x)
        return p.mixture_.directions, p.score_samples(fresh), Parzen(0.3).leave_one_out(x)

    whole = everything()
    monkeypatch.setattr(parzen, "BLOCK_BYTES", 8 * 150)
    monkeypatch.setattr(pancakes_module, "BLOCK_BYTES", 8 * 300)
    for a, b in zip(everything(), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    assert max(len(t) for t in Parzen(0.3).fit(x).mixture_.log_terms(fresh)) == 6


def test_samples_have_the_mixture_s_mean_and_covariance(rng, measured):
    p = some_pancakes(rng, 3, 4, 2)
    p = Pancakes(p.centers, p.directions, p.variances, 0.05 * p.noise)
    n = 40_000
    x = p.sample(n, rng=1)
    np.testing.assert_array_equal(x, p.sample(n, rng=1))
    mean = p.centers.mean(axis=0)
    gap = p.centers - mean
    covariance = dense(p).mean(axis=0) + gap.T @ gap / 3
    scale = np.sqrt(np.diag(covariance))
    off = np.abs(x.mean(axis=0) - mean) / scale * np.sqrt(n)
    assert off.max() < 4.5
    spread = np.abs(np.cov(x.T) - covariance) / np.outer(scale, scale) * np.sqrt(n)
    measured(
        f"pancakes' samples: mean {off.max():.1f}, covariance {spread.max():.1f} standard errors"
    )
    assert spread.max() < 8.0  # Gaussian entries err by √2 at most; a mixture's by a little more
    assert p.sample(5, rng=0).shape == (5, 4) and len(p) == 3


def test_each_pancake_is_drawn_by_itself(rng):
    """Far apart, the drawn points say which pancake they belong to, and lie as it does."""
    p = some_pancakes(rng, 4, 3, 1)
    p = Pancakes(p.centers + 1000.0 * np.arange(4)[:, None], p.directions, p.variances, p.noise)
    x = p.sample(20_000, rng=0)
    owner = np.abs(x[:, None] - p.centers).sum(axis=2).argmin(axis=1)
    assert np.abs(np.bincount(owner) / 20_000 - 0.25).max() < 0.02
    for i, C in enumerate(dense(p)):
        white = np.linalg.solve(np.linalg.cholesky(C), (x[owner == i] - p.centers[i]).T)
        np.testing.assert_allclose(np.cov(white), np.eye(3), atol=0.08)


def test_duplicates_and_points_in_a_line():
    """Neighbours at distance 0 leave a round window; points in a line have exactly one direction."""
    twins = np.repeat([[0.0, 1.0], [5.0, 5.0]], 4, axis=0)
    p = ManifoldParzen(0.1, n_neighbors=3, n_components=1).fit(twins).mixture_
    np.testing.assert_allclose(p.variances, 0.01, rtol=1e-12)
    np.testing.assert_allclose(p.score_samples(twins), Parzen(0.1).fit(twins).score_samples(twins))
    line = np.linspace(0, 1, 9)[:, None] * [3.0, 4.0]
    p = ManifoldParzen(0.1, n_neighbors=2, n_components=1).fit(line).mixture_
    np.testing.assert_allclose(np.abs(p.directions @ [0.6, 0.8]), 1.0, rtol=1e-12)


@pytest.mark.slow
@given(st.integers(2, 12), st.integers(1, 4), st.integers(0, 1000))
def test_leave_one_out_is_what_n_fits_give(n, d, seed):
    x = np.random.default_rng(seed).standard_normal((n, d))
    closed = Parzen(0.5).leave_one_out(x)
    fits = [
        Parzen(0.5).fit(np.delete(x, i, axis=0)).score_samples(x[i : i + 1])[0] for i in range(n)
    ]
    np.testing.assert_allclose(closed, fits, rtol=1e-10, atol=1e-10)


def test_cross_validation_scores_by_hand(rng):
    x, grid = rng.standard_normal((23, 2)), [Parzen(s) for s in (0.05, 0.5, 5.0)]
    found = cross_validate(grid, x, folds=4, rng=3)
    order = np.lexsort(x.T[::-1])  # parts are drawn from the rows in this order
    parts = np.array_split(order[stream(3, "folds").permutation(23)], 4)
    for candidate, score in zip(grid, found.scores, strict=True):
        held = [candidate.fit(x[np.setdiff1d(np.arange(23), part)]).score_samples(x[part])
                for part in parts]  # fmt: skip
        assert score == pytest.approx(np.concatenate(held).mean(), rel=1e-12)
    assert found.best is grid[1] and found.candidates == tuple(grid)
    assert "sigma=0.5" in repr(found)
    one = cross_validate(grid, x, folds=23)
    np.testing.assert_allclose(one.scores, [c.leave_one_out(x).mean() for c in grid])
    flat = cross_validate([ManifoldParzen(0.5, n_neighbors=3)], x, folds=23)  # n fits
    assert np.isfinite(flat.scores).all()


def test_of_equals_the_first_wins(rng):
    x, grid = rng.standard_normal((12, 2)), [Parzen(0.5), Parzen(0.5), Parzen(90.0)]
    assert cross_validate(grid, x).best is grid[0]


def test_pairs(rng):
    x = rng.standard_normal((15, 3)).astype(np.float32)
    kept = x.copy()
    a, b = neighbor_pairs(x, 4)
    assert a.dtype == b.dtype == np.float32 and a.shape == b.shape == (60, 3)
    np.testing.assert_array_equal(a, np.repeat(x, 4, axis=0))
    np.testing.assert_array_equal(b, x[nearest(x, 4)].reshape(60, 3))
    np.testing.assert_array_equal(x, kept)


@pytest.mark.one_in(9)
@pytest.mark.parametrize(("d", "r"), [(4, 1), (4, 3), (4, 4), (1, 1)])
@pytest.mark.parametrize("unit", [Sigmoid, ReLU])
def test_gradient_of_the_non_local_model(d, r, unit, rng):
    model = NonLocalParzen.dense((d, 6, 5), n_components=r, scale=0.7, sigma=0.1, activation=unit)
    model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    report = gradcheck(model, tuple(rng.standard_normal((2, 6, d))), method="complex")
    assert report.max_relative_error <= 1e-12, report


def test_loss_is_the_mean_negative_log_density_of_the_pairs(rng):
    """Each pair by itself: the one pancake laid at x, at y."""
    model = NonLocalParzen.dense((3, 4), n_components=2, scale=0.7, sigma=0.1)
    model.theta[...] = rng.normal(0, 0.7, model.theta.size)
    x, y = rng.standard_normal((2, 5, 3))
    logs = [model.pancakes(x[i : i + 1]).score_samples(y[i : i + 1])[0] for i in range(5)]
    assert model.loss(x, y) == pytest.approx(-np.mean(logs), rel=1e-12)
    p = model.pancakes(x)
    out = model.net.forward(x)[0]
    A = 0.7 * out[:, 3:9].reshape(5, 2, 3)
    noise = 0.01 + 0.49 * np.exp(out[:, 9])
    np.testing.assert_allclose(p.centers, x + 0.7 * out[:, :3])
    np.testing.assert_allclose(dense(p), A.swapaxes(1, 2) @ A + noise[:, None, None] * np.eye(3))


@pytest.mark.parametrize("r", [1, 2])
def test_thin_windows_cost_float32_no_digits(r, rng):
    """Windows of a thousandth of their length: a sum of terms that cancel would keep none."""
    model = NonLocalParzen.dense((3, 8), n_components=r, scale=1.0, sigma=1e-3)
    last = model.net.layers[-1].params
    last["W"][:, [0, 1, 2, -1]], last["b"][-1] = 0.0, -40.0  # no shift, no noise beyond σ
    x = rng.standard_normal((40, 3)).astype(np.float32)
    factors = model.split(model.net.forward(x)[0])[1]
    along = (rng.standard_normal((40, 1, r)) @ factors)[:, 0]
    y = (x + along + 1e-3 * rng.standard_normal((40, 3))).astype(np.float32)
    single = model.astype(np.float32)
    assert single.loss_and_grad(x, y) == pytest.approx(model.loss_and_grad(x, y), abs=1e-3)
    np.testing.assert_allclose(single.grad, model.grad, atol=1e-2 * np.abs(model.grad).max())


def test_units_are_the_user_s_own(rng):
    """Data, scale and sigma all times ten: the same network gives windows ten times as wide."""
    x, y = rng.standard_normal((2, 8, 2))
    small = NonLocalParzen.dense((2, 4), n_components=1, scale=0.1, sigma=0.02)
    large = NonLocalParzen.dense((2, 4), n_components=1, scale=1.0, sigma=0.2)
    large.net.layers[0].params["W"][...] /= 10.0
    a, b = small.pancakes(x), large.pancakes(10 * x)
    np.testing.assert_allclose(b.centers, 10 * a.centers)
    np.testing.assert_allclose(b.variances, 100 * a.variances)
    assert large.loss(10 * x, 10 * y) == pytest.approx(small.loss(x, y) + 2 * np.log(10))


@pytest.mark.slow
def test_the_non_local_model_learns_a_line(rng):
    """Neighbours along a line: one direction, the line's, wide along it and σ thin across."""
    x = rng.uniform(-1, 1, (200, 1)) * [0.6, 0.8]
    model = NonLocalParzen.dense((2, 8), n_components=1, scale=0.1, sigma=0.01, dtype=np.float32)
    history = fit(model, neighbor_pairs(x, 6), optimizer=Adam(0.01), epochs=60)
    assert history.loss[-1] < history.loss[0] - 1.0
    p = model.pancakes(x)
    assert np.median(np.abs(p.directions[:, 0] @ [0.6, 0.8])) > 0.999
    gaps = np.diff(np.stack(neighbor_pairs(x, 6)), axis=0)[0]
    along = (gaps @ [0.6, 0.8]) ** 2
    assert p.noise.max() < 1.1 * 0.01**2
    # Less than the neighbours' mean square, since gaps differ and the shift takes some; never more.
    assert 0.5 < (np.mean(p.variances) - 0.01**2) / along.mean() < 1.1
    assert p.score_samples(x).dtype == np.float64


X = np.random.default_rng(0).standard_normal((6, 2))
ROUND = (np.zeros((6, 0, 2)), np.zeros((6, 0)))
NAN = np.where(np.arange(12).reshape(6, 2) == 3, np.nan, X)


def net(**changes):
    return NonLocalParzen.dense(**{"sizes": (2, 3), "n_components": 1, "scale": 1.0, "sigma": 0.1, **changes})  # fmt: skip


CASES = {
    "sigma 0": (ValueError, "sigma must be", lambda: Parzen(0.0).fit(X)),
    "sigma text": (TypeError, "sigma must be a number", lambda: Parzen("0.1").fit(X)),
    "flat: sigma": (ValueError, "sigma must be", lambda: ManifoldParzen(-1.0, n_neighbors=3).fit(X)),
    "flat: no neighbours": (ValueError, "n_neighbors must be at least 1", lambda: ManifoldParzen(0.1, n_neighbors=0).fit(X)),
    "flat: 2.5 neighbours": (TypeError, "n_neighbors must be a whole number", lambda: ManifoldParzen(0.1, n_neighbors=2.5).fit(X)),
    "flat: no directions": (ValueError, "n_components must be at least 1", lambda: ManifoldParzen(0.1, n_neighbors=2, n_components=0).fit(X)),
    "flat: directions": (ValueError, "2 neighbours span at most 2", lambda: ManifoldParzen(0.1, n_neighbors=2, n_components=3).fit(X)),
    "flat: dimensions": (ValueError, "X has 2 dimensions", lambda: ManifoldParzen(0.1, n_neighbors=4, n_components=3).fit(X)),
    "flat: few points": (ValueError, "each point has 5 others", lambda: ManifoldParzen(0.1, n_neighbors=6).fit(X)),
    "one axis": (ValueError, "two axes", lambda: Parzen(0.1).fit(X[0])),
    "NaN": (ValueError, "NaN or infinite", lambda: ManifoldParzen(0.1, n_neighbors=2).fit(NAN)),
    "width": (ValueError, "expecting 2 features", lambda: Parzen(0.1).fit(X).score_samples(np.ones((3, 3)))),
    "beyond float64": (ValueError, "row 1 of X is too far", lambda: Parzen(0.1).fit(X).score_samples([[0, 0], [1e160, 0]])),
    "no points drawn": (ValueError, "n must be at least 1", lambda: Parzen(0.1).fit(X).sample(0)),
    "no seed": (TypeError, "must be a seed", lambda: Parzen(0.1).fit(X).sample(3, rng=None)),
    "one left out of one": (ValueError, "at least two points", lambda: Parzen(0.1).leave_one_out(X[:1])),
    "pancakes: shapes": (ValueError, r"variances \(6, r\)", lambda: Pancakes(X, *ROUND, np.ones(5))),
    "pancakes: three in two": (ValueError, "r at most 2", lambda: Pancakes(X, np.ones((6, 3, 2)), np.ones((6, 3)), np.ones(6))),
    "pancakes: thin": (ValueError, "noise must be positive", lambda: Pancakes(X, *ROUND, np.zeros(6))),
    "pancakes: oblique": (ValueError, "orthonormal", lambda: Pancakes(X, np.ones((6, 1, 2)), np.ones((6, 1)), np.ones(6))),
    "factors: shape": (ValueError, r"\(n, r, d\)", lambda: Pancakes.from_factors(X, X, np.ones(6))),
    "factors: NaN": (ValueError, "factors has 12 entries that are NaN", lambda: Pancakes.from_factors(X, np.full((6, 1, 2), np.nan), np.ones(6))),
    "no candidates": (ValueError, "no candidates", lambda: cross_validate([], X)),
    "one candidate": (TypeError, "candidates are a list such as", lambda: cross_validate(Parzen(0.1), X)),
    "candidate class": (TypeError, r"such as Parzen\(0.1\)", lambda: cross_validate([Parzen], X)),
    "one fold": (ValueError, "folds must be at least 2", lambda: cross_validate([Parzen(1)], X, folds=1)),
    "seven folds of six": (ValueError, "cannot be parted", lambda: cross_validate([Parzen(1)], X, folds=7)),
    "too few left for the neighbours": (ValueError, "each point has 2 others", lambda: cross_validate([ManifoldParzen(0.1, n_neighbors=4)], X, folds=2)),
    "pairs: k": (ValueError, "asked for n_neighbors = 9", lambda: neighbor_pairs(X, 9)),
    "net: outputs": (ValueError, "2 \\+ r\\*2 \\+ 1", lambda: NonLocalParzen(net().net.layers[0], scale=1, sigma=1)),
    "net: not a layer": (TypeError, "must be a layer", lambda: NonLocalParzen(np.tanh, scale=1, sigma=1)),
    "net: directions": (ValueError, "r = n_components from 1 to 2", lambda: net(n_components=3)),
    "net: sizes": (ValueError, "any hidden widths, hidden units", lambda: net(sizes=2)),
    "net: sigma": (ValueError, "sigma must be", lambda: net(sigma=0.0)),
    "net: scale": (ValueError, "scale must be", lambda: net(scale=0.0)),
    "net: x alone": (TypeError, "trains on pairs", lambda: fit(net(), X)),
    "net: unequal": (ValueError, "equally long", lambda: net().loss(X, X[:3])),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input(case):
    error, message, act = CASES[case]
    with pytest.raises(error, match=message):
        act()


def test_nan_scores_are_refused():
    class Broken:
        def fit(self, X):
            return self

        def score_samples(self, X):
            return np.full(len(X), np.nan)

    with pytest.raises(ValueError, match="gave NaN"):
        cross_validate([Parzen(1.0), Broken()], X)


def test_arguments_are_not_modified():
    x = X.copy()
    p = ManifoldParzen(0.3, n_neighbors=2, n_components=1).fit(x)
    p.score_samples(x), p.sample(4), Parzen(0.3).leave_one_out(x), cross_validate([Parzen(1.0)], x)
    np.testing.assert_array_equal(x, X)
