"""The rolled-up sheet and the turning digit: even, as long as they say, turned the right way."""

import numpy as np
import pytest

from tinyae.checks.streams import stream
from tinyae.datasets import roll_length, swiss_roll, turning_digit
from tinyae.datasets.swiss_roll import ANGLES, WIDTH


def test_the_sheet_is_isometric_to_its_coordinates():
    x, sheet = swiss_roll(2000, rng=1)
    radius = np.hypot(x[:, 0], x[:, 2])  # which is the angle t
    assert radius.min() > ANGLES[0] and radius.max() < ANGLES[1]
    np.testing.assert_allclose(x[:, 0], radius * np.cos(radius), atol=1e-10)
    np.testing.assert_allclose(roll_length(radius) - roll_length(ANGLES[0]), sheet[:, 0], atol=1e-9)
    np.testing.assert_array_equal(x[:, 1], sheet[:, 1])


def test_roll_length_is_the_length_of_the_curve():
    t = np.linspace(*ANGLES, 200_001)
    steps = np.hypot(np.diff(t * np.cos(t)), np.diff(t * np.sin(t)))
    assert steps.sum() == pytest.approx(np.diff(roll_length(ANGLES))[0], rel=1e-9)


def test_points_lie_evenly_on_the_sheet():
    _, sheet = swiss_roll(20_000)
    whole = np.diff(roll_length(ANGLES))[0]
    counts, *_ = np.histogram2d(*sheet.T, bins=(10, 4), range=[(0, whole), (0, WIDTH)])
    assert counts.sum() == 20_000
    assert np.abs(counts / 500 - 1).max() < 0.22  # five standard deviations


def test_noise_and_seeds():
    x, sheet = swiss_roll(3000, rng=2)
    noisy, same = swiss_roll(3000, noise=0.3, rng=2)
    np.testing.assert_array_equal(sheet, same)
    assert (noisy - x).std() == pytest.approx(0.3, rel=0.05)
    np.testing.assert_array_equal(x, swiss_roll(3000, rng=stream(2, "swiss_roll"))[0])
    assert not np.array_equal(x, swiss_roll(3000, rng=3)[0])


def test_a_quarter_turn_is_a_quarter_turn():
    """Clockwise as seen: the picture's top row becomes its last column."""
    for digit in (2, 5, 7):
        upright, quarter = turning_digit([0.0, np.pi / 2], digit=digit, rng=4).reshape(2, 28, 28)
        np.testing.assert_allclose(quarter, np.rot90(upright, -1), atol=1e-5)
        assert np.abs(quarter - np.rot90(upright, 1)).max() > 0.5


def test_one_drawing_inside_its_frame():
    angles = np.linspace(-3, 3, 70)
    x = turning_digit(angles, digit=4, rng=1)
    assert x.shape == (70, 784) and x.dtype == np.float64 and x.min() == 0 and x.max() == 1
    pictures = x.reshape(-1, 28, 28)
    assert not pictures[:, [0, -1]].any() and not pictures[:, :, [0, -1]].any()
    ink = x.sum(axis=1)
    assert ink.std() / ink.mean() < 0.01  # as much ink at every angle
    np.testing.assert_array_equal(x[[3, 40]], turning_digit(angles[[3, 40]], digit=4, rng=1))
    assert not np.array_equal(x, turning_digit(angles, digit=4, rng=2))
    single = turning_digit(angles, digit=4, rng=1, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, x, atol=1e-6)


BAD = {
    "n": (ValueError, "n must be at least 1", lambda: swiss_roll(0)),
    "noise": (ValueError, "noise must be", lambda: swiss_roll(5, noise=-1)),
    "rng": (TypeError, "rng must be a seed", lambda: swiss_roll(5, rng=None)),
    "digit": (ValueError, "digit must be at most 9, got 10", lambda: turning_digit([0], digit=10)),
    "digit -1": (ValueError, "digit must be at least 0", lambda: turning_digit([0], digit=-1)),
    "angles": (ValueError, "angles has 1 entries that are NaN", lambda: turning_digit([np.nan])),
    "no angles": (ValueError, "angles is empty", lambda: turning_digit([])),
    "table": (ValueError, "angles must have shape", lambda: turning_digit(np.ones((2, 2)))),
    "dtype": (ValueError, "float32 or float64", lambda: turning_digit([0], dtype=int)),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action()
