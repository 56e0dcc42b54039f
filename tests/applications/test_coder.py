"""Rows to codes and back, in the units of the data."""

import numpy as np
import pytest

from tinyae.applications import Coder
from tinyae.applications.scaling import BLOCK, scaling_of
from tinyae.embeddings.pca import PCA

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(40, 3)) @ RNG.normal(size=(3, 5)) * [1, 10, 100, 0.1, 1] + [0, 5, -7, 1, 2]
COUNTS = RNG.poisson(3.0, (40, 5))


def coder_of(X, k, kind="auto"):
    scaling = scaling_of(X, kind)
    return Coder(scaling, PCA(k).fit(scaling.apply(X)))


@pytest.mark.parametrize("kind, X", [("real", REAL), ("unit", REAL / 1e3 % 1), ("counts", COUNTS),
                                     ("bytes", (7 * COUNTS).astype(np.uint8))])  # fmt: skip
def test_undo_is_the_inverse(kind, X):
    scaling = scaling_of(X, kind)
    assert np.allclose(scaling.undo(scaling.apply(X)), X, rtol=1e-5, atol=1e-5)
    assert not np.allclose(scaling.undo(np.roll(scaling.apply(X), 1, axis=0)), X, rtol=0.1)
    with pytest.raises(ValueError, match="5 were expected"):
        scaling.undo(np.zeros((2, 4)))


def test_all_variance_is_kept_by_as_many_components_as_directions():
    coder = coder_of(REAL, 3)
    assert coder.width == 5 and coder.transform(REAL).shape == (40, 3)
    assert np.allclose(coder.reconstruct(REAL), REAL, rtol=1e-3, atol=1e-3)
    assert coder.explained(REAL) == pytest.approx(1.0, abs=1e-6)


def test_the_share_of_the_variance_is_that_of_the_components():
    coder = coder_of(REAL, 1)
    spectrum = coder.transformer.spectrum_
    assert coder.explained(REAL) == pytest.approx(spectrum[0] / spectrum.sum(), abs=1e-5)
    assert np.isnan(coder.explained(REAL[:1]))
    alike = REAL[:1] + [[0.0], [1e-3]] * np.ones(5)  # the sum of squares is far below 1
    assert np.isfinite(coder.explained(alike))


def test_many_rows_are_done_in_blocks():
    X = np.tile(REAL, (BLOCK // 20, 1))
    coder = coder_of(REAL, 2)
    assert np.array_equal(coder.transform(X)[-40:], coder.transform(REAL))
    assert np.array_equal(coder.reconstruct(X)[-40:], coder.reconstruct(REAL))


@pytest.mark.parametrize(
    "part, value, message",
    [
        ("scaling", None, "scaling must be a Scaling"),
        ("transformer", PCA, "transformer must be a fitted object"),
        ("transformer", 3, "transformer must be a fitted object"),
        ("columns", ["a"] * 5, "columns must be a tuple"),
        ("columns", ("a",), "columns has 1 names for 5 columns"),
    ],
)
def test_wrong_parts(part, value, message):
    coder = coder_of(REAL, 2)
    parts = {"scaling": coder.scaling, "transformer": coder.transformer, part: value}
    with pytest.raises((TypeError, ValueError), match=message):
        Coder(**parts)
