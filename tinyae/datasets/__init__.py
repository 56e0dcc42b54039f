"""Data that tinyae generates, and readers for the published MNIST digits.

strokes            random handwritten digits, generated
drawn_curves       pictures of curves through three random points
mnist              the published digits, from their files
read_idx           the array in one IDX file
bars               pictures of rows or columns
bars_distribution  all of them, with their probabilities
dead_leaves        images of overlapping discs
patches            square patches of images
turning_digit      one digit at different angles
spiral             points on a spiral in the plane
spiral_curve       the spiral itself, by angle
curve              points on a sine wave in the plane
wave_curve         the sine wave itself, by its argument
three_points       three points on a line
swiss_roll         points on a rolled-up sheet
roll_length        the arc length of its spiral
curves             points on parallel copies of a curve, with tangents
switching_parts    pictures of a moving blob and parts that switch, with tangents
translations       an image, moved, with tangents
rotations          an image, rotated, with tangents
soften             a smoothed image

Modules:

toy.py           curves and points in the plane
manifolds.py     curves, rotations, translations
swiss_roll.py    the swiss roll
strokes.py       digits drawn with a pen
glyphs.py        the strokes of each digit
drawn_curves.py  pictures of curves
turning.py       one digit that turns
bars.py          pictures of bars
patches.py       dead leaves, and patches of pictures
published.py     MNIST
mnist_files.py   where its files are
mnist_table.py   its tables of text
idx.py           the IDX format
walk.py          folders, each looked into once
"""

from tinyae.datasets.bars import bars, bars_distribution
from tinyae.datasets.drawn_curves import drawn_curves
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
    "bars",
    "bars_distribution",
    "curve",
    "curves",
    "dead_leaves",
    "drawn_curves",
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
