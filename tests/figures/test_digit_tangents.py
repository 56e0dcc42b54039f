"""Tangents of digits: the true motions, and the share of them that directions hold."""

import numpy as np
import pytest

from figures.experiments import digit_tangents as digits
from tinyae.datasets import rotations, soften, strokes, translations

SIDE = digits.SIDE


@pytest.fixture
def soft():
    return soften(strokes(1, rng=3)[0].reshape(SIDE, SIDE), 1.5)


def test_motions_are_derivatives_of_moved_pictures(soft):
    found = digits.motions(soft.reshape(1, -1))[0]
    _, slopes = translations(soft, np.zeros((1, 2)))
    down, across = slopes.reshape(2, -1)
    turn = rotations(soft, np.zeros(1))[1].ravel()
    for one, exact in zip(found, (across, down, turn), strict=True):
        cosine = one @ exact / np.linalg.norm(one) / np.linalg.norm(exact)
        assert abs(cosine) > 0.98
        assert np.linalg.norm(one) == pytest.approx(np.linalg.norm(exact), rel=0.15)
    moved = np.roll(soft, 1, axis=1).ravel() - np.roll(soft, -1, axis=1).ravel()
    assert found[0] @ moved > 0.98 * np.linalg.norm(found[0]) * np.linalg.norm(moved)


def test_share(rng):
    x = strokes(4, rng=1)[0]
    v = digits.motions(x)
    whole = np.linalg.qr(v.swapaxes(1, 2))[0].swapaxes(1, 2)
    np.testing.assert_allclose(digits.held(whole, x), 1)
    first = v[:, :1] / np.linalg.norm(v[:, :1], axis=2, keepdims=True)
    shares = digits.held(first, x)
    assert shares[0] == pytest.approx(1) and shares[1] < 0.5
    lots = np.linalg.qr(rng.standard_normal((4, 784, 5)))[0].swapaxes(1, 2)
    assert digits.held(lots, x).max() < 0.03


def test_fresh_digits_are_not_trained_on():
    data = digits.generated(50, seed=0)
    x, fresh = data.drawn(40, 30, 7)
    _, choose = data.drawn(40, 30, 7, choose=True)
    assert x.shape == (40, 784) and fresh.shape == choose.shape == (30, 784)
    rows = [{row.tobytes() for row in part} for part in (x, fresh, choose)]
    assert not rows[0] & rows[1] and not rows[0] & rows[2] and not rows[1] & rows[2]
