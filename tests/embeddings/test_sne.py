"""The two maps of likely neighbours: their gradients, their laws, and that descent descends."""

import math

import numpy as np
import pytest

from tinyae import SGD, Adam, fit, gradcheck
from tinyae.embeddings import (
    SNE,
    TSNE,
    SNEMap,
    TSNEMap,
    early_exaggeration,
    pick_probabilities,
)


@pytest.fixture
def P(rng):
    return pick_probabilities(rng.normal(size=(20, 4)), 6.0)


def by_loops(model, P):
    """Both losses from their definitions, at α = 1."""
    y, n = model.embedding, len(P)
    gap = [[math.dist(a, b) ** 2 for b in y] for a in y]
    if isinstance(model, SNEMap):
        Q = [[0 if i == j else math.exp(-gap[i][j]) for j in range(n)] for i in range(n)]
        Q = [[q / sum(row) for q in row] for row in Q]
        given, parts = P, n
    else:
        Q = [[0 if i == j else 1 / (1 + gap[i][j]) for j in range(n)] for i in range(n)]
        total = sum(map(sum, Q))
        Q = [[q / total for q in row] for row in Q]
        given, parts = (P + P.T) / (2 * n), 1
    return sum(given[i, j] * math.log(given[i, j] / Q[i][j])
               for i in range(n) for j in range(n) if i != j) / parts  # fmt: skip


MAPS = {
    "SNE": lambda n, **o: SNEMap(n, **o),
    "t-SNE": lambda n, **o: TSNEMap(n, **o),
    "t-SNE, exaggerated": lambda n, **o: TSNEMap(n, exaggeration=4.0, **o),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_gradient(name, k, P, rng):
    model = MAPS[name](20, k=k)
    model.theta[...] = rng.normal(size=20 * k)
    report = gradcheck(model, P)
    assert report.method == "complex step" and report.max_relative_error < 1e-12


@pytest.mark.parametrize("name", ["SNE", "t-SNE"])
def test_loss_is_what_it_says(name, P, rng):
    model = MAPS[name](20)
    model.theta[...] = 2 * rng.normal(size=40)
    assert model.loss_and_grad(P) == pytest.approx(by_loops(model, P), rel=1e-12)
    single = model.astype(np.float32)
    assert single.loss_and_grad(P) == pytest.approx(by_loops(model, P), rel=1e-4)
    assert single.grad.dtype == np.float32
    np.testing.assert_allclose(single.grad, model.grad, atol=1e-5)
    model.theta *= 1e3  # no weight of a far point may come out as 0/0
    assert np.isfinite(model.loss_and_grad(P)) and np.isfinite(model.grad).all()


def test_rows_have_the_perplexity(rng):
    x = rng.normal(size=(40, 3)) * np.exp(2 * rng.normal(size=(40, 1)))
    before = x.copy()
    for perplexity in (1.5, 10.0, 38.0):
        P = pick_probabilities(x, perplexity)
        np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-12)
        entropy = -(P * np.log(P + (P == 0))).sum(axis=1)
        np.testing.assert_allclose(np.exp(entropy), perplexity, rtol=1e-8)
        assert not P.diagonal().any()
    np.testing.assert_array_equal(x, before)
    # Gaussian, so log P is a straight line in the squared distance.
    x = rng.normal(size=(40, 3))
    i, squares = 7, ((x - x[7]) ** 2).sum(axis=1)
    others, P = np.arange(40) != 7, pick_probabilities(x, 20.0)
    line = np.polyfit(squares[others], np.log(P[i, others]), 1)
    np.testing.assert_allclose(np.polyval(line, squares[others]), np.log(P[i, others]), atol=1e-8)
    np.testing.assert_allclose(pick_probabilities(5 * x + 3, 20.0), P, atol=1e-10)
    # Another cluster far away takes no digits from this one.
    two = pick_probabilities(np.concatenate([x, x + 1e7]), 20.0)
    np.testing.assert_allclose(two[:40, :40], P, atol=1e-6)


def test_few_steps_towards_the_precision_are_enough(rng, monkeypatch):
    """A row that has its precision keeps it while others are still on their way."""
    x = rng.normal(size=(200, 3)) * np.exp(rng.normal(size=(200, 1)))
    P = pick_probabilities(x, 30.0)
    monkeypatch.setattr("tinyae.embeddings.perplexity.STEPS", 15)
    np.testing.assert_array_equal(pick_probabilities(x, 30.0), P)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("method", [SNE, TSNE])
def test_three_clusters_stay_apart(method, rng):
    centres = 8 * np.eye(3, 5)
    x = np.repeat(centres, 20, axis=0) + rng.normal(size=(60, 5))
    model = method(2, perplexity=10.0, steps=200).fit(x)
    y = model.embedding_
    near = np.linalg.norm(y[:, None] - y, axis=2)
    same = np.repeat(np.arange(3), 20)[:, None] == np.repeat(np.arange(3), 20)
    np.fill_diagonal(near, np.inf)
    assert same[np.arange(60), near.argmin(axis=1)].mean() == 1.0
    assert np.median(near[~same]) > 2 * np.median(near[same])
    assert model.map_.theta.shape == (120,) and getattr(model.map_, "exaggeration", 1.0) == 1.0
    np.testing.assert_array_equal(model.map_.embedding, y)
    P = pick_probabilities(x, 10.0)
    assert model.kl_divergence_ == pytest.approx(by_loops(model.map_, P), rel=1e-10)


@pytest.mark.slow
def test_descent_comes_to_rest(P):
    for name in ("SNE", "t-SNE"):
        model = MAPS[name](20, rng=3)
        history = fit(model, P, optimizer=SGD(2.0, 0.8), epochs=600, batch_size=20, shuffle=False)
        assert history.loss[-1] < 0.7 * history.loss[0]
        model.loss_and_grad(P)
        assert np.abs(model.grad).max() < 1e-3


def test_early_exaggeration_ends():
    assert [early_exaggeration(p) for p in (0, 0.2499, 0.25, 1.0)] == [12, 12, 1, 1]


BAD = {
    "batches": (ValueError, "give fit batch_size=20 and shuffle=False",
                lambda P: fit(SNEMap(20), P, shuffle=False, batch_size=10)),
    "shuffled": (ValueError, "TSNEMap needs all 20 rows at once",
                 lambda P: fit(TSNEMap(20), P, batch_size=20)),
    "a share held out": (ValueError, "no share of the rows",
                         lambda P: fit(SNEMap(20), P, batch_size=20, shuffle=False,
                                       validation=0.5)),
    "another order": (ValueError, "its diagonal 0",
                      lambda P: fit(SNEMap(20), P[::-1], batch_size=20, shuffle=False)),
    "no probabilities": (ValueError, "must be probabilities", lambda P: fit(SNEMap(20), 2 * P)),
    "negative": (ValueError, "must be probabilities",
                 lambda P: SNEMap(20).loss_and_grad(P + 0.5 * (np.eye(20, k=1) - np.eye(20, k=2)))),
    "other points": (ValueError, "P has 20 features", lambda P: fit(SNEMap(19), P)),
    "two tables": (TypeError, "got 2 arrays", lambda P: fit(SNEMap(20), (P, P))),
    "exaggeration": (ValueError, "exaggeration must be", lambda P: TSNEMap(20, exaggeration=0.5)),
    "n": (ValueError, "n must be at least 3", lambda P: SNEMap(2)),
    "perplexity": (ValueError, "perplexity must be", lambda P: pick_probabilities(P, 19.0)),
    "perplexity 1": (ValueError, "perplexity must be", lambda P: pick_probabilities(P, 1.0)),
    "one point": (ValueError, "one and the same",
                  lambda P: pick_probabilities(np.ones((9, 2)), 3.0)),
    "duplicates": (ValueError, "72 of 72 points, first row 0, have no Gaussian of perplexity = 3",
                   lambda P: pick_probabilities(np.repeat(P[:8], 9, axis=0), 3.0)),
    "dtype": (ValueError, "float32 or float64", lambda P: SNEMap(20, dtype=int)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name, P):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action(P)


def test_any_optimizer_will_do(P):
    model = TSNEMap(20, rng=1)
    first = model.loss_and_grad(P)
    fit(model, P, optimizer=Adam(0.1), epochs=50, batch_size=20, shuffle=False)
    assert model.loss_and_grad(P) < first


def test_points_that_are_all_equally_far_have_no_neighbours():
    with pytest.raises(ValueError, match="equally far from all others"):
        pick_probabilities(np.eye(8), 3.0)


@pytest.mark.parametrize("part", ["early", "late"])
def test_an_interruption_ends_both_parts_of_the_descent(part, monkeypatch):
    """Ctrl-C in the exaggerated part must not begin the other one."""
    calls, gradient = [], TSNEMap.objective

    def objective(self, P, *, rng):
        calls.append(1)
        if len(calls) == {"early": 5, "late": 30}[part]:
            raise KeyboardInterrupt
        return gradient(self, P, rng=rng)

    monkeypatch.setattr(TSNEMap, "objective", objective)
    TSNE(perplexity=5, steps=40).fit(np.random.default_rng(0).random((30, 3)))
    assert len(calls) == {"early": 6, "late": 31}[part]  # the last one is the final divergence
