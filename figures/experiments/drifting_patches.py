"""Predictive sparse decomposition is trained on short films of drifting pictures (section 14.8).

A picture of dead leaves moves to the right or to the left, by one pixel from frame to frame, behind
a window of 8 × 8 pixels. Five frames are one example. Measured is whether the learned atoms move
themselves: how different the power of an atom is for the two directions of motion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.datasets import dead_leaves
from tinyae.sparse_coding import ZCA, normalize_contrast

SIDE, FRAMES = 8, 5
D, ATOMS = FRAMES * SIDE**2, 200
FINE = 2  # leaves are drawn on a grid that is finer by this factor; a pixel is a mean over it


def films(n: int, rng: np.random.Generator, *, in_order: bool = True) -> NDArray:
    """Return n films (n, 5 · 64), the first frame first.

    With `in_order` False the five frames of each film come in a random order: a control without
    motion.
    """
    wide = SIDE + FRAMES - 1
    x = dead_leaves(n, FINE * wide, radii=(4.0 * FINE, 40.0 * FINE), rng=rng)
    x = x.reshape(n, wide, FINE, wide, FINE).mean(axis=(2, 4))[:, :SIDE]
    found = np.stack([x[:, :, t : t + SIDE] for t in range(FRAMES)], axis=1)
    back = rng.random(n) < 0.5
    found[back] = found[back, ::-1]
    if not in_order:
        order = rng.permuted(np.tile(np.arange(FRAMES), (n, 1)), axis=1)
        found = np.take_along_axis(found, order[:, :, None, None], axis=1)
    return found.reshape(n, D)


def whiten(x: NDArray, fresh: NDArray) -> list[NDArray]:
    """Return both sets of films with equal contrast, whitened, in float32."""
    x, fresh = normalize_contrast(x), normalize_contrast(fresh)
    white = ZCA(epsilon=0.1).fit(x)
    x, fresh = white.transform(x), white.transform(fresh)
    return [(part / x.std()).astype(np.float32) for part in (x, fresh)]


def selectivity(atoms: NDArray) -> float:
    """Return Σ|R − L| / Σ(R + L) over atoms (k, 320): 1 if each moves in one direction only.

    R and L are the powers of an atom at the frequencies (across, in time) of opposite and of equal
    sign: a wave cos(ax − bt) with a, b > 0 moves to the right.
    """
    power = np.abs(np.fft.fftn(atoms.reshape(-1, FRAMES, SIDE, SIDE), axes=(1, 2, 3))) ** 2
    time = np.sign(np.fft.fftfreq(FRAMES))[:, None]
    across = np.sign(np.fft.fftfreq(SIDE)) * (np.arange(SIDE) != SIDE // 2)  # ½ has no sign
    same = (time * across)[None, :, None, :]
    left, right = ((power * (same == sign)).sum(axis=(1, 2, 3)) for sign in (1, -1))
    return float(np.abs(right - left).sum() / (right + left).sum())
