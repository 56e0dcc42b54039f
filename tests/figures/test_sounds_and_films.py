"""Measures of atoms of sounds and films, on atoms whose measure is known."""

import numpy as np
import pytest

from figures.experiments.chirps import LENGTH, chirps, spread
from figures.experiments.drifting_patches import FRAMES, SIDE, films, selectivity

T = np.arange(LENGTH)


def test_a_gaussian_tone_has_the_least_spread():
    hill = np.exp(-0.5 * ((T - 30) / 6) ** 2)
    tones = np.stack([hill * np.cos(0.9 * T), 3 * hill * np.sin(0.9 * T), np.cos(0.9 * T)])
    product = spread(tones)
    np.testing.assert_allclose(product[:2], 0.5, rtol=1e-3)
    assert product[2] > 2  # a tone that does not fade


def test_a_chirp_is_wider_than_a_tone():
    hill = np.exp(-0.5 * ((T - 30) / 6) ** 2)
    sweeps = np.stack([hill * np.cos(0.9 * T + 0.5 * b * (T - 30) ** 2) for b in (0, 0.01, 0.02)])
    assert (np.diff(spread(sweeps)) > 0.01).all()


def test_sounds_have_unit_deviation():
    x = chirps(200, np.random.default_rng(0))
    assert x.shape == (200, LENGTH) and x.dtype == np.float32
    assert x.std() == pytest.approx(1, rel=1e-5)


def waves(direction, copies=1):
    """Waves that move across by 2π/8 of their length from frame to frame."""
    t, _, x = np.mgrid[:FRAMES, :SIDE, :SIDE]
    phase = 2 * np.pi * (x / SIDE - direction * t / FRAMES)
    return np.tile(np.cos(phase).reshape(1, -1), (copies, 1))


def test_waves_of_one_direction_are_told_from_standing_ones():
    assert selectivity(waves(1)) == pytest.approx(1)
    assert selectivity(np.concatenate([waves(1), waves(-1)])) == pytest.approx(1)
    assert selectivity(waves(1) + waves(-1)) == pytest.approx(0, abs=1e-12)


def test_films_drift_by_one_pixel():
    rng = np.random.default_rng(0)
    x = films(20, rng).reshape(20, FRAMES, SIDE, SIDE)
    left = np.array([np.array_equal(f[1:, :, :-1], f[:-1, :, 1:]) for f in x])
    right = np.array([np.array_equal(f[1:, :, 1:], f[:-1, :, :-1]) for f in x])
    moves = left ^ right  # in an even picture nothing is seen to move
    assert (left | right).all() and 0 < (left & moves).sum() < moves.sum()
    mixed = films(20, np.random.default_rng(0), in_order=False).reshape(x.shape)
    assert not np.array_equal(mixed, x)
    np.testing.assert_array_equal(np.sort(mixed.mean(axis=(2, 3))), np.sort(x.mean(axis=(2, 3))))
