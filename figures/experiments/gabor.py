"""A Gabor function is fitted to a picture, to measure whether it is localised and oriented (14.8).

A Gabor function is a wave times a Gaussian; it describes the receptive fields of simple cells. For
a pixel at (u, v) from the centre of the Gaussian, with u along the wave's direction and v across
it,

    G(u, v) = exp(−u²/2s² − v²/2t²) · (a cos 2πfu + b sin 2πfu)

The fit is the damped least squares of Levenberg and Marquardt, for all pictures at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEPS = 60
NARROWEST = 0.4  # pixels; a narrower Gaussian would be large at one pixel only


@dataclass(frozen=True)
class GaborFit:
    """The best fit to each of n pictures.

    Attributes
    ----------
    share : array (n,), R²: the share of the picture's sum of squares that the fit explains; it is
        0 for a picture of zeros
    centre : array (n, 2), x to the right and y downwards, in pixels
    widths : array (n, 2), s along the wave and t across it, in pixels
    angle : array (n,), direction of the wave in [0, π), from x towards y
    frequency : array (n,), periods per pixel
    """

    share: NDArray
    centre: NDArray
    widths: NDArray
    angle: NDArray
    frequency: NDArray


def gabor_fit(pictures: NDArray) -> GaborFit:
    """Fit a Gabor function to each of the pictures (n, side, side)."""
    n, side, _ = pictures.shape
    pixels = pictures.reshape(n, -1).astype(np.float64)
    size = np.linalg.norm(pixels, axis=1, keepdims=True)
    pixels = pixels / np.where(size > 0, size, 1)
    best_p, best = None, None
    for p in starts(pixels.reshape(n, side, side)):
        p, error = descend(pixels, side, p)
        if best is None:
            best_p, best = p, error
        lower = error < best
        best_p[lower], best[lower] = p[lower], error[lower]
    share = np.where(size[:, 0] > 0, 1 - best, 0)
    return GaborFit(share, best_p[:, :2], np.exp(best_p[:, 2:4]), best_p[:, 4] % np.pi,
                    best_p[:, 5])  # fmt: skip


def starts(pictures: NDArray) -> list[NDArray]:
    """Return four starts of the fit, each of shape (n, 6), in the parameters of `descend`.

    The Gaussian is centred on the mean position of the squared pixels or on the largest pixel, and
    is wide or narrow. The wave is the strongest Fourier component of the picture.
    """
    n, side, _ = pictures.shape
    y, x = np.mgrid[:side, :side]
    energy = pictures**2
    middle = np.stack([(energy * x).sum(axis=(1, 2)), (energy * y).sum(axis=(1, 2))], axis=1)
    top = energy.reshape(n, -1).argmax(axis=1)
    largest = np.stack([top % side, top // side], axis=1).astype(float)
    fine = 4 * side
    power = np.abs(np.fft.fft2(pictures, (fine, fine))) ** 2
    strongest = power.reshape(n, -1).argmax(axis=1)
    of = np.fft.fftfreq(fine)
    fy, fx = of[strongest // fine], of[strongest % fine]
    wave = np.stack([np.arctan2(fy, fx), np.maximum(np.hypot(fy, fx), 0.03)], axis=1)
    return [np.concatenate([centre, np.full((n, 2), np.log(width)), wave], axis=1)
            for centre in (middle, largest) for width in (2.0, 1.2)]  # fmt: skip


def waves(p: NDArray, side: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return the Gaussian times cosine and sine, (n, 2, side²), and u and v of the pixels."""
    y, x = (axis.ravel() for axis in np.mgrid[:side, :side].astype(float))
    cx, cy, log_s, log_t, angle, f = p.T[:, :, None]
    dx, dy = x - cx, y - cy
    u = dx * np.cos(angle) + dy * np.sin(angle)
    v = -dx * np.sin(angle) + dy * np.cos(angle)
    hill = np.exp(-0.5 * (u / np.exp(log_s)) ** 2 - 0.5 * (v / np.exp(log_t)) ** 2)
    phase = 2 * np.pi * f * u
    return np.stack([hill * np.cos(phase), hill * np.sin(phase)], axis=1), u, v


def best_waves(pixels: NDArray, both: NDArray) -> NDArray:
    """Return the a and b (n, 2) with the least squared error, from two linear equations each."""
    A = both @ both.swapaxes(1, 2) + 1e-9 * np.eye(2)
    return np.linalg.solve(A, both @ pixels[:, :, None])[:, :, 0]


def derivatives(p: NDArray, ab: NDArray, side: int) -> tuple[NDArray, NDArray]:
    """Return G (n, side²) and its derivatives by all eight parameters (n, 8, side²).

    ∂G/∂u = −(u/s²) G + 2πf H,  ∂G/∂v = −(v/t²) G,  where H is the Gaussian times (b cos − a sin).
    """
    both, u, v = waves(p, side)
    a, b = ab.T[:, :, None]
    _, _, log_s, log_t, angle, f = p.T[:, :, None]
    G, H = a * both[:, 0] + b * both[:, 1], b * both[:, 0] - a * both[:, 1]
    by_u = -u * np.exp(-2 * log_s) * G + 2 * np.pi * f * H
    by_v = -v * np.exp(-2 * log_t) * G
    cos, sin = np.cos(angle), np.sin(angle)
    columns = [-cos * by_u + sin * by_v, -sin * by_u - cos * by_v, u * u * np.exp(-2 * log_s) * G,
               v * v * np.exp(-2 * log_t) * G, v * by_u - u * by_v, 2 * np.pi * u * H,
               both[:, 0], both[:, 1]]  # fmt: skip
    return G, np.stack(columns, axis=1)


def descend(pixels: NDArray, side: int, p: NDArray) -> tuple[NDArray, NDArray]:
    """Run damped least squares from p (n, 6); return the parameters found and the squared error.

    The parameters are x, y, log s, log t, angle and f. They are bounded: the Gaussian is at most as
    wide as the picture, its centre is at most one pixel outside, and the wave has at most half a
    period per pixel.
    """
    low = np.array([-1, -1, np.log(NARROWEST), np.log(NARROWEST), -np.inf, 0])
    high = np.array([side, side, np.log(side), np.log(side), np.inf, 0.5])
    p = np.clip(p, low, high)
    ab = best_waves(pixels, waves(p, side)[0])
    error = ((pixels - np.einsum("nk,nkp->np", ab, waves(p, side)[0])) ** 2).sum(axis=1)
    damping = np.full(len(p), 1e-2)
    for _ in range(STEPS):
        G, J = derivatives(p, ab, side)
        normal, g = J @ J.swapaxes(1, 2), (J @ (pixels - G)[:, :, None])
        diagonal = np.einsum("nii->ni", normal)
        diagonal += damping[:, None] * diagonal + 1e-9
        trial = np.clip(p + np.linalg.solve(normal, g)[:, :6, 0], low, high)
        both, _, _ = waves(trial, side)
        trial_ab = best_waves(pixels, both)
        trial_error = ((pixels - np.einsum("nk,nkp->np", trial_ab, both)) ** 2).sum(axis=1)
        lower = trial_error < error
        p[lower], ab[lower], error[lower] = trial[lower], trial_ab[lower], trial_error[lower]
        damping = np.where(lower, damping / 3, damping * 4)
    return p, error


def direction(pictures: NDArray) -> NDArray:
    """Return how strongly each picture is oriented, (n,): 0 for a round spot, 1 for stripes.

    The measure is (λ₁ − λ₂) / (λ₁ + λ₂), where λ₁ ≥ λ₂ are the eigenvalues of the structure tensor,
    the mean outer product of the gradient. A good Gabor fit does not show an orientation by itself,
    because a Gabor function whose Gaussian is one pixel wide is a round spot.
    """
    image = np.pad(np.asarray(pictures, np.float64), ((0, 0), (1, 1), (1, 1)))
    down = image[:, 2:, 1:-1] - image[:, :-2, 1:-1]
    across = image[:, 1:-1, 2:] - image[:, 1:-1, :-2]
    a, b, c = (np.sum(p, axis=(1, 2)) for p in (across**2, down**2, across * down))
    return np.hypot(a - b, 2 * c) / np.maximum(a + b, np.finfo(np.float64).tiny)
