"""Rolled-up sheets for the claims about embeddings, and how near an embedding comes to the sheet."""

import numpy as np

from tinyae.datasets import swiss_roll
from tinyae.embeddings import NeighborGraph, nearest_neighbors

LEAP = 15.0  # along the sheet; no neighbours on one turn are so far apart


def roll(seed, n=1000, fresh=200, noise=0.0):
    """n points of a roll with their places on the sheet, and fresh points with theirs."""
    x, sheet = swiss_roll(n + fresh, noise=noise, rng=seed)
    return x[:n], sheet[:n], x[n:], sheet[n:]


def leaping_edges(x, sheet, neighbors):
    """How many edges of the neighbour graph leap from one turn of the roll to another."""
    graph = NeighborGraph(neighbors).fit(x)
    return int((np.abs(sheet[graph.indices_, 0] - sheet[:, None, 0]) > LEAP).sum())


def on_sheet(y, sheet, more=None):
    """The affine map of y (n, 2) that comes nearest the sheet's coordinates, at y or at `more`."""
    A = np.linalg.lstsq(np.column_stack([y, np.ones(len(y))]), sheet, rcond=None)[0]
    z = y if more is None else more
    return np.column_stack([z, np.ones(len(z))]) @ A


def rms(gap):
    """Root mean squared length of the rows."""
    return float(np.sqrt((gap * gap).sum(axis=1).mean()))


def neighbors_kept(y, sheet, k=10):
    """The share of the k nearest in y that are among the k nearest on the sheet."""
    a, b = (nearest_neighbors(points, k)[0] for points in (y, sheet))
    return float(np.mean([len(set(p) & set(q)) / k for p, q in zip(a, b, strict=True)]))
