"""Pairs of examples that are similar or not, to train and to judge binary codes (14.9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications.relevance import checked_labels
from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number


def similar_pairs(
    labels: ArrayLike, n: int, *, rng: np.random.Generator | int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return (first, second, similar), each (n,): indices of rows, and whether labels are equal.

    The even pairs are similar and the odd ones are not. The first row of a pair is drawn uniformly
    from the rows that have a partner of this kind, the second uniformly from its partners.

    Parameters
    ----------
    labels : array (rows,) of numbers, or NumPy array of texts
    n : number of pairs
    rng : seed or generator

    Examples
    --------
    >>> first, second, similar = similar_pairs(labels, 10_000)
    >>> history = fit(model, (x[first], x[second], similar))

    Raises
    ------
    ValueError
        If all labels are equal, or all are different.
    """
    labels, n = checked_labels(labels, "labels"), whole_number(n, "n")
    rng = generator(rng, "hashing")
    _, group, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(sizes) == 1 or sizes.max() == 1:
        what = "equal" if len(sizes) == 1 else "different"
        raise ValueError(
            f"all {len(labels)} labels are {what}: pairs of both kinds need two rows of one label "
            "and one of another"
        )
    order = np.argsort(group, kind="stable")  # the rows of each label side by side
    starts = np.cumsum(sizes) - sizes
    places = np.arange(len(labels))
    similar = np.arange(n) % 2 == 0
    partnered = places[sizes[group[order]] > 1]
    first = np.where(similar, rng.choice(partnered, n), rng.choice(places, n))
    size, start = sizes[group[order[first]]], starts[group[order[first]]]
    drawn = rng.random(n)
    # One of the size − 1 others of the label, or one of the rows before and after them.
    step = 1 + (drawn * (size - 1)).astype(np.int64)
    inside = start + (first - start + step) % size
    outside = (drawn * (len(labels) - size)).astype(np.int64)
    outside += size * (outside >= start)
    second = np.where(similar, inside, outside)
    return order[first], order[second], similar
