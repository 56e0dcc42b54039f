"""Data on manifolds whose tangents are known, so that learned tangents can be compared with them.

In `curves` and `switching_parts`, parts switch at random while one thing moves, so that among the
nearest neighbours of a point few show the motion (figure 14.10). `translations` and `rotations`
move an image of your own (figure 14.6): the image is interpolated by a trigonometric polynomial,
which has a value and a derivative between the pixels too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import shaped, table
from tinyae.numerics.underflow import underflow_to_zero

Seed = np.random.Generator | int

RADIUS = 1.5  # of the arc in `curves`; the two states of a switch are 2 apart
SIDE = 14  # pixels along one side of `switching_parts`
PLACES = ((1.5, 2.0), (1.5, 6.5), (1.5, 11.0), (12.0, 2.0), (12.0, 11.0), (12.0, 6.5))  # y, x
PART_WIDTH, BLOB_WIDTH = 1.3, 2.0  # standard deviations of the Gaussian bumps, in pixels
ROW = 6.5  # row in which the blob moves, in pixels from the top


def curves(
    n: int = 1000,
    *,
    switches: int = 5,
    turns: float = 0.5,
    peaks: int = 0,
    d: int = 50,
    noise: float = 0.0,
    rng: Seed = 0,
) -> tuple[NDArray, NDArray]:
    """Return n points on 2^switches parallel copies of one curve, and its tangents.

    x = A s + R (sin t, cos t) B, with s uniform in {−1, 1}^switches, t uniform over `turns` of a
    circle, and the rows of A and B orthonormal. The tangent depends on t alone, so a method that
    generalises over the parallel copies can learn it from all of them.

    Parameters
    ----------
    n : number of points
    switches : number of coordinates that switch
    turns : fraction of the circle, 0.5 for a half
    peaks : for p > 0 the curve has a third coordinate, 0.5 cos(2π p t / T), with T the whole range
        of t
    d : number of dimensions, at least switches + 3
    noise : standard deviation of isotropic Gaussian noise added to the points
    rng : seed or generator

    Returns
    -------
    x : array (n, d)
    tangents : array (n, 1, d), dx/dt at each point before noise, not of unit length
    """
    n, switches = whole_number(n, "n"), whole_number(switches, "switches", least=0)
    peaks, d = whole_number(peaks, "peaks", least=0), whole_number(d, "d")
    turns = real_number(turns, "turns", low=0.0, open_low=True)
    noise, rng = real_number(noise, "noise", low=0.0), generator(rng, "curves")
    if d < switches + 3:
        raise ValueError(f"{switches} switches and a curve need d >= {switches + 3}, got {d}")
    axes = np.linalg.qr(rng.standard_normal((d, switches + 3)))[0].T
    span = 2.0 * np.pi * turns
    t = span * (rng.random(n) - 0.5)
    s = 2.0 * rng.integers(0, 2, (n, switches)) - 1.0
    pace = 2.0 * np.pi * peaks / span
    up = 0.5 if peaks else 0.0
    curve = np.stack([RADIUS * np.sin(t), RADIUS * np.cos(t), up * np.cos(pace * t)], axis=1)
    slope = np.stack(
        [RADIUS * np.cos(t), -RADIUS * np.sin(t), -up * pace * np.sin(pace * t)], axis=1
    )
    x = s @ axes[3:] + curve @ axes[:3]
    return x + noise * rng.standard_normal(x.shape), (slope @ axes[:3])[:, None]


def switching_parts(
    n: int = 1000, *, parts: int = 5, noise: float = 0.0, rng: Seed = 0
) -> tuple[NDArray, NDArray]:
    """Return n images of a moving blob among patches that are on or off, and the tangents.

    The images have 14 × 14 pixels. Every patch and the blob is a Gaussian bump of norm 2 (the
    blob's norm is 2 to one part in a thousand). The blob's centre is uniform over the middle six
    pixels of its row.

    Parameters
    ----------
    n : number of images
    parts : number of patches, at most 6; each is on with probability ½
    noise : standard deviation of isotropic Gaussian noise added to the pixels
    rng : seed or generator

    Returns
    -------
    x : array (n, 196)
    tangents : array (n, 1, 196), the change of x per pixel of motion to the right, before noise
    """
    n, parts = whole_number(n, "n"), whole_number(parts, "parts", least=0)
    if parts > len(PLACES):
        raise ValueError(f"there is room for at most {len(PLACES)} parts, got {parts}")
    noise, rng = real_number(noise, "noise", low=0.0), generator(rng, "switching_parts")
    patches = np.array([_bump(y, x, PART_WIDTH) for y, x in PLACES])
    patches *= 2.0 / np.linalg.norm(patches, axis=1, keepdims=True)
    on = rng.integers(0, 2, (n, parts)).astype(float)
    centre = (SIDE - 1) / 2.0 + rng.uniform(-3.0, 3.0, (n, 1))
    blob = _bump(ROW, centre, BLOB_WIDTH) * (2.0 / (np.sqrt(np.pi) * BLOB_WIDTH))
    across = np.tile(np.arange(SIDE), SIDE)
    slope = blob * (across - centre) / BLOB_WIDTH**2
    x = on @ patches[:parts] + blob
    return x + noise * rng.standard_normal(x.shape), slope[:, None]


@underflow_to_zero
def _bump(y: float, x: NDArray | float, width: float) -> NDArray:
    """A Gaussian bump of height 1 at (y, x), (196,) for a number x, (n, 196) for x (n, 1)."""
    down, across = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return np.exp(-((down - y) ** 2 + (across - x) ** 2) / (2.0 * width**2))


def translations(image: ArrayLike, shifts: ArrayLike) -> tuple[NDArray, NDArray]:
    """Return the image moved by each shift, with periodic boundaries, and the tangents.

    With c the image's Fourier coefficients, f = (f_y, f_x) their frequencies per pixel and s the
    shift (s_y, s_x),

        x(s)_p    = Re Σ_f c_f exp(2πi f·(p − s)),
        ∂x_p/∂s_y = Re Σ_f (−2πi f_y) c_f exp(2πi f·(p − s)).

    Parameters
    ----------
    image : array (height, width). Its borders should be empty and its edges smooth (see `soften`):
        a trigonometric polynomial oscillates near sharp edges
    shifts : array (n, 2), in pixels down and to the right; fractions are allowed

    Returns
    -------
    x : array (n, height · width)
    tangents : array (n, 2, height · width), the changes of x per pixel down and to the right
    """
    image = table(image, "image", dtype=np.float64)
    shifts = table(shifts, "shifts", width=2, dtype=np.float64)
    fy, fx = _frequencies(image.shape)
    phase = np.exp(-2j * np.pi * (shifts[:, 0, None, None] * fy + shifts[:, 1, None, None] * fx))
    waves = np.fft.fft2(image) * phase
    parts = [waves, -2j * np.pi * fy * waves, -2j * np.pi * fx * waves]
    x, down, right = (np.fft.ifft2(part).real.reshape(len(shifts), -1) for part in parts)
    return x, np.stack([down, right], axis=1)


def rotations(image: ArrayLike, angles: ArrayLike) -> tuple[NDArray, NDArray]:
    """Return the image rotated about its centre by each angle, and the tangents.

    The rotated image at pixel p is the polynomial's value at q = R(−angle) p, where p is measured
    from the centre:

        x_p = Re Σ_f c_f exp(2πi f·q),   ∂x/∂angle = Re Σ_f 2πi (f·∂q/∂angle) c_f exp(2πi f·q).

    Parameters
    ----------
    image : array (height, width), with empty borders and smooth edges, as for `translations`
    angles : array (n,), in radians; positive angles are clockwise

    Returns
    -------
    x : array (n, height · width)
    tangents : array (n, 1, height · width), the change of x per radian
    """
    image = table(image, "image", dtype=np.float64)
    angles = shaped(np.atleast_1d(real_array(angles, "angles")), "angles", (None,))
    (fy, fx), size = _frequencies(image.shape), image.size
    middle = [(side - 1) / 2.0 for side in image.shape]
    y, x = np.indices(image.shape).reshape(2, size, 1) - np.reshape(middle, (2, 1, 1))
    # Fourier coefficients with the origin at the centre instead of the first pixel.
    c = np.fft.fft2(image) * np.exp(2j * np.pi * (middle[0] * fy + middle[1] * fx)) / size
    cy, cx, fy = 2j * np.pi * fy * c, 2j * np.pi * fx * c, fy.T
    turned, slopes = np.empty((len(angles), size)), np.empty((len(angles), 1, size))
    for i, (cos, sin) in enumerate(zip(np.cos(angles), np.sin(angles), strict=True)):
        qy, qx = cos * y - sin * x, sin * y + cos * x
        # exp(2πi f·q) is a product of two factors, so the sum over f is done one axis at a time.
        down, across = np.exp(2j * np.pi * qy * fy), np.exp(2j * np.pi * qx * fx)
        value, by_y, by_x = (((down @ part) * across).sum(axis=1).real for part in (c, cy, cx))
        turned[i] = value
        slopes[i, 0] = by_x * qy[:, 0] - by_y * qx[:, 0]  # ∂q_y/∂angle = −q_x, ∂q_x/∂angle = q_y
    return turned, slopes


@underflow_to_zero
def soften(image: ArrayLike, width: float) -> NDArray:
    """Return the image (height, width) blurred by a Gaussian of standard deviation `width` pixels.

    The Fourier coefficients are multiplied by exp(−2π² width² |f|²).
    """
    image = table(image, "image", dtype=np.float64)
    width = real_number(width, "width", low=0.0, squared=True)
    fy, fx = _frequencies(image.shape)
    damped = np.fft.fft2(image) * np.exp(-2.0 * (np.pi * width) ** 2 * (fy**2 + fx**2))
    return np.fft.ifft2(damped).real


def _frequencies(shape: tuple[int, int]) -> tuple[NDArray, NDArray]:
    """Return the frequencies in cycles per pixel, of shapes (height, 1) and (1, width)."""
    return np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None, :]
