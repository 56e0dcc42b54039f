"""Sources of randomness: a seed, which opens a stream, or a generator."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.streams import stream


def generator(rng: np.random.Generator | int, purpose: str) -> np.random.Generator:
    """Return the stream of the seed for `purpose` (see `streams`), or the given generator.

    None is an error: the result could not be reproduced.
    """
    check_rng(rng)
    return rng if isinstance(rng, np.random.Generator) else stream(int(rng), purpose)


def given_generator(rng: object) -> np.random.Generator:
    """Return `rng` if it is a generator, for functions that continue the stream of their caller."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator here, got {rng!r:.60}")
    return rng


def check_rng(rng: object) -> None:
    """Raise unless `rng` is a generator or a seed."""
    if not isinstance(rng, np.random.Generator | Integral) or isinstance(rng, bool):
        raise TypeError(
            f"rng must be a seed such as 0 or a numpy.random.Generator, got {rng!r:.60}; "
            "without one the result could not be reproduced"
        )
    if isinstance(rng, Integral) and rng < 0:
        raise ValueError(f"rng as a seed must be at least 0, got {rng}")


def rows_and_generator(
    rows: tuple, rng: np.random.Generator | int
) -> tuple[tuple, np.random.Generator]:
    """Return (rows, generator); a generator or seed may also be given as the last of the rows."""
    if rows and isinstance(rows[-1], np.random.Generator | Integral):
        rows, rng = rows[:-1], rows[-1]
    return rows, generator(rng, "evaluation")


def only(rows: tuple, width: int) -> ArrayLike:
    """Return the single array in `rows`, for models that train on x alone."""
    if len(rows) != 1:
        raise TypeError(f"this model trains on x of shape (n, {width}), got {len(rows)} arrays")
    return rows[0]
