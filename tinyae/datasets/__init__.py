"""Data that tinyae generates itself, and readers for the published MNIST digits."""

from tinyae.datasets.idx import read_idx
from tinyae.datasets.manifolds import (
    curves,
    rotations,
    soften,
    switching_parts,
    translations,
)
from tinyae.datasets.patches import dead_leaves, patches
from tinyae.datasets.published import mnist
from tinyae.datasets.strokes import strokes
from tinyae.datasets.swiss_roll import roll_length, swiss_roll
from tinyae.datasets.toy import curve, spiral, spiral_curve, three_points, wave_curve
from tinyae.datasets.turning import turning_digit

__all__ = [
    "curve",
    "curves",
    "dead_leaves",
    "mnist",
    "patches",
    "read_idx",
    "roll_length",
    "rotations",
    "soften",
    "spiral",
    "spiral_curve",
    "strokes",
    "swiss_roll",
    "switching_parts",
    "three_points",
    "translations",
    "turning_digit",
    "wave_curve",
]
