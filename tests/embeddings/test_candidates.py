"""Neighbours by a tree are those by products, to the last bit, and both are exact."""

import numpy as np
import pytest

from tinyae.embeddings import candidates, nearest_neighbors
from tinyae.numerics import installed_scipy

POINTS = {
    "a cloud": lambda rng: rng.normal(size=(400, 3)),
    "a grid": lambda rng: 0.1 * np.indices((20, 20)).reshape(2, -1).T,
    "duplicates": lambda rng: np.repeat(rng.normal(size=(100, 2)), 4, axis=0),
    "one point, often": lambda rng: np.ones((350, 2)),
    "far from the origin": lambda rng: rng.normal(size=(400, 4)) + 3e7,
    "clusters": lambda rng: rng.normal(size=(400, 2)) * 1e-6 + rng.choice([0.0, 1e3], (400, 1)),
    "tiny": lambda rng: 1e-160 * rng.normal(size=(400, 3)),
    "huge": lambda rng: 1e160 * rng.normal(size=(400, 3)),
}


@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_tree_finds_the_same(name, dtype, rng, monkeypatch):
    pytest.importorskip("scipy")
    x = POINTS[name](rng)
    if dtype == np.float32 and name in ("tiny", "huge"):
        pytest.skip("beyond float32")
    x = x.astype(dtype)
    asked, tree = [], candidates.by_tree
    monkeypatch.setattr(
        "tinyae.embeddings.neighbors.by_tree", lambda *a: (asked.append(1), tree(*a))[1]
    )
    new = (x[:50] + x[50:100]) / 2
    by_tree = [*nearest_neighbors(x, 7), *nearest_neighbors(x, 7, new)]
    assert asked
    monkeypatch.setattr(installed_scipy, "kd_tree", lambda: None)
    by_products = [*nearest_neighbors(x, 7), *nearest_neighbors(x, 7, new)]
    assert len(asked) == 2
    for one, other in zip(by_tree, by_products, strict=True):
        np.testing.assert_array_equal(one, other)
    if name == "a cloud" and dtype == np.float64:
        exact = np.sort(np.sqrt(((x[:, None] - x) ** 2).sum(axis=2)), axis=1)[:, 1:8]
        np.testing.assert_allclose(by_tree[1], exact, rtol=1e-12)


@pytest.mark.parametrize("shape", [(299, 3), (400, 9)])
def test_a_tree_is_for_many_points_with_few_columns(shape, rng, monkeypatch):
    monkeypatch.setattr(installed_scipy, "kd_tree", lambda: pytest.fail("a tree was asked for"))
    nearest_neighbors(rng.normal(size=shape), 5)
    nearest_neighbors(rng.normal(size=(400, 3)), 41)
