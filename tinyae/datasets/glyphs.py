"""The shapes of the generated digits: points (knots) and smooth curves through them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Stroke = list[tuple[float, float]]

SAMPLES = 112  # points along a digit; on the longest one, the 8, about half a pixel apart

# The ways to write each digit. A way lists the knots "x,y" of the pen's path in hundredths of the
# height; y points down. A bar separates two strokes. The curve is smooth within a stroke. At a
# sharp corner one stroke ends and the next one begins at the same knot.
DIGITS = (
    (  # 0: closed; overlapping its own beginning
        "38,0 14,15 4,48 12,84 34,100 57,86 66,50 58,14 38,0",
        "50,5 25,6 5,35 6,74 28,99 58,82 70,46 62,12 38,1 28,10",
    ),
    (  # 1: bare; with a flag; with a flag and a foot
        "30,0 30,50 30,100",
        "15,20 32,0 | 32,0 32,50 32,100",
        "12,20 32,0 | 32,0 32,50 32,100 | 6,100 58,100",
    ),
    (  # 2: with a flat base; with a loop at the heel
        "6,22 18,5 40,0 60,14 57,40 34,70 4,98 | 4,98 36,97 68,98",
        "10,18 28,1 52,6 58,30 44,62 22,90 6,96 4,82 20,78 40,92 56,98 74,88",
    ),
    (  # 3: two bowls; a flat top
        "8,12 30,0 55,10 54,34 26,47 | 26,47 54,54 64,75 48,96 24,100 4,88",
        "8,1 32,1 58,1 | 58,1 44,20 28,40 | 28,40 54,46 64,70 50,94 26,100 4,88",
    ),
    (  # 4: open; closed
        "12,2 8,28 4,54 | 4,54 36,56 74,52 | 60,2 57,50 54,100",
        "48,0 26,32 2,64 | 2,64 36,64 72,64 | 48,0 48,50 48,100",
    ),
    (  # 5: upright neck; slanting neck
        "60,1 36,1 14,1 | 14,1 12,22 10,44 | 10,44 34,36 57,48 62,72 46,95 22,100 3,89",
        "70,0 48,2 26,3 | 26,3 18,22 12,40 | 12,40 38,42 58,58 56,82 34,98 4,97",
    ),
    (  # 6: round back; straight back
        "56,4 28,14 8,44 6,76 24,98 48,96 60,76 48,55 26,55 8,72",
        "46,0 22,30 7,62 12,90 34,100 55,86 52,64 32,58 10,78",
    ),
    (  # 7: plain; with a bar
        "0,3 38,3 76,2 | 76,2 50,44 28,100",
        "0,4 37,3 74,2 | 74,2 48,46 26,100 | 20,52 66,48",
    ),
    (  # 8: one crossing stroke; two rings
        "56,12 34,0 12,12 16,34 36,48 56,64 56,90 32,100 8,88 12,64 34,46 55,30 56,12",
        "34,46 14,38 10,16 32,0 54,14 52,36 34,46 | 34,46 10,58 7,86 32,100 58,86 56,58 34,46",
    ),
    (  # 9: straight stem; hooked tail
        "56,10 34,0 10,14 10,38 32,48 56,32 56,10 | 56,10 54,50 48,100",
        "57,16 38,0 12,10 8,34 28,48 52,36 57,16 | 57,16 60,50 54,84 32,100 8,92",
    ),
)


def glyph_tables() -> tuple[Floats, Floats]:
    """Return the knots (glyph, knot, 2) and the curves (glyph, sample, knot) of all glyphs."""
    glyphs = [_glyph(way) for digit in DIGITS for way in digit]
    most = max(len(knots) for knots, _ in glyphs)
    all_knots = np.zeros((len(glyphs), most, 2))
    all_curves = np.zeros((len(glyphs), SAMPLES, most))
    for g, (knots, curve) in enumerate(glyphs):
        all_knots[g, : len(knots)] = knots
        all_curves[g, :, : len(knots)] = curve
    return all_knots, all_curves


def _glyph(way: str) -> tuple[Floats, Floats]:
    """Return the distinct knots of a glyph and the matrix that turns them into its curve."""
    lines = [_parse(stroke) for stroke in way.split("|")]
    # A knot that two strokes share is kept once, so that jitter moves both strokes together.
    knots = sorted({knot for line in lines for knot in line})
    # Each stroke gets samples in proportion to its length, so they are evenly spaced on the path.
    travelled = [_travelled(line) for line in lines]
    ends = np.cumsum([0.0] + [t[-1] for t in travelled])
    ends = np.rint(ends / ends[-1] * SAMPLES).astype(int)
    curve = np.zeros((SAMPLES, len(knots)))
    for line, t, start, stop in zip(lines, travelled, ends[:-1], ends[1:], strict=True):
        time = np.interp(np.linspace(0, t[-1], stop - start), t, np.arange(len(t)))
        select = np.eye(len(knots))[[knots.index(knot) for knot in line]]
        curve[start:stop] = _spline(time, len(line)) @ select
    return np.array(knots), curve


def _parse(stroke: str) -> Stroke:
    """Read knots such as ``"4,98 36,97"`` into points in units of the height."""
    pairs = (knot.split(",") for knot in stroke.split())
    return [(int(x) / 100, int(y) / 100) for x, y in pairs]


def _travelled(stroke: Stroke) -> Floats:
    """Return the distance from the first knot to each knot along straight chords."""
    chords = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(chords)])


def _spline(time: Floats, k: int) -> Floats:
    """Return the weights (time, k) of the Catmull-Rom spline through knot i at time i."""
    # The curve is linear in its knots, so the weights are the curve through the unit vectors.
    unit = np.eye(k)
    padded = np.vstack([2 * unit[0] - unit[1], unit, 2 * unit[-1] - unit[-2]])
    left = np.minimum(time.astype(int), k - 2)
    u = (time - left)[:, None]
    a, b, c, d = (padded[left + i] for i in range(4))
    return b + u / 2 * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * b - a - 3 * c + d)))
