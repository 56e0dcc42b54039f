"""Seeds from what scikit-learn's programs give as `random_state`."""

from __future__ import annotations

import secrets
from numbers import Integral

import numpy as np

from tinyae.checks.generators import check_rng

SEEDS = 2**31 - 1  # RandomState.randint draws below this on every platform


def check_random_state(random_state: object) -> None:
    """Raise TypeError or ValueError unless `random_state` is a source of randomness, or None."""
    if random_state is None or isinstance(random_state, np.random.RandomState):
        return
    if isinstance(random_state, np.random.Generator):
        return
    if not isinstance(random_state, Integral) or isinstance(random_state, bool):
        raise TypeError(
            "random_state must be a seed such as 0, a numpy.random.RandomState, a "
            f"numpy.random.Generator, or None, got {random_state!r:.60}"
        )
    if random_state < 0:
        raise ValueError(f"random_state as a seed must be at least 0, got {random_state}")
    check_rng(random_state)


def seed_of(random_state: np.random.RandomState | np.random.Generator | int | None) -> int:
    """Return a seed: the given one, one drawn from the given generator, or for None a fresh one.

    A generator moves on, so that a second call returns another seed, as in scikit-learn.
    """
    check_random_state(random_state)
    if random_state is None:
        return secrets.randbelow(SEEDS)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(SEEDS))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(SEEDS))
    return int(random_state)
