"""The corruptions on buffers, for a whole block of batches in one call.

The reference is `criterion/corruption.py`.

With `same_draws` (the default in float64), the numbers are exactly those that `corruption` draws.
So layers and core use the same noise from the same generator. In float32, drawing would take a
large part of the time of a small net. There, faster methods use the raw words of the generator:
Box and Muller's formula for normal numbers, and comparisons of 16-bit words for random decisions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.corruption import Corruption, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.training.schedules import Setting, at

Progress = list[float]  # progress of training, for each batch


def spoil(
    corruption: Corruption,
    x: NDArray,
    out: NDArray,
    rng: np.random.Generator,
    progress: Progress,
    same_draws: bool,
) -> None:
    """Write x̃ ~ C(x̃ | x) into `out`. x and out have shape (batches, rows, d).

    Each batch has its own strength, since that may depend on progress. With `same_draws`, x̃ is what
    `corruption.corrupt` returns, one batch after the other.
    """
    CORRUPTIONS[type(corruption)](corruption, x, out, rng, progress, same_draws)


def _strengths(setting: Setting, progress: Progress) -> NDArray:
    """Return the setting's value in each batch, of shape (batches, 1, 1)."""
    return np.array([at(setting, p) for p in progress]).reshape(-1, 1, 1)


def add_noise(
    corruption: GaussianNoise,
    x: NDArray,
    out: NDArray,
    rng: np.random.Generator,
    progress: Progress,
    same_draws: bool,
) -> None:
    """out <- x + σ ε, as `GaussianNoise.corrupt`."""
    strength = _strengths(corruption.sigma, progress)
    noise = rng.standard_normal(x.shape, x.dtype) if same_draws else normals(x.shape, rng)
    noise *= strength.astype(x.dtype)
    np.add(x, noise, out)


def mask(
    corruption: MaskingNoise,
    x: NDArray,
    out: NDArray,
    rng: np.random.Generator,
    progress: Progress,
    same_draws: bool,
) -> None:
    """out <- x, or 0 where x is masked, as `MaskingNoise.corrupt`."""
    u, limit, _ = _decisions(corruption.fraction, x, rng, progress, same_draws)
    np.multiply(x, u >= limit, out)


def salt_and_pepper(
    corruption: SaltAndPepperNoise,
    x: NDArray,
    out: NDArray,
    rng: np.random.Generator,
    progress: Progress,
    same_draws: bool,
) -> None:
    """out <- x, `high` or `low`, as `SaltAndPepperNoise.corrupt`."""
    u, limit, half = _decisions(corruption.fraction, x, rng, progress, same_draws)
    out[...] = x
    out[u < limit] = corruption.high
    out[u < half] = corruption.low


def _decisions(
    fraction: Setting, x: NDArray, rng: np.random.Generator, progress: Progress, same_draws: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """Return random numbers u of x's shape, a limit and half of it: P(u < limit) = fraction.

    16-bit words give a probability with an error of up to 8e-6. This is not exact enough for
    fractions near 0 or 1, so these use uniform random numbers.
    """
    strength = _strengths(fraction, progress)
    rare = (strength > 0.0) & (strength < 1e-3)
    if same_draws or rare.any() or strength.max() > 0.9999:
        u, limit, half = rng.random(x.shape, x.dtype), strength, 0.5 * strength
    else:
        u = words(x.size, np.uint16, rng).reshape(x.shape)
        limit, half = np.rint(65536.0 * strength), np.rint(32768.0 * strength)
    return u, limit.astype(u.dtype), half.astype(u.dtype)


# To add a corruption, add a function above and a row here; `check_supported` reads the table.
CORRUPTIONS: dict[type[Corruption], Callable[..., None]] = {
    GaussianNoise: add_noise,
    MaskingNoise: mask,
    SaltAndPepperNoise: salt_and_pepper,
}


def words(n: int, dtype: type, rng: np.random.Generator) -> NDArray:
    """Return n random unsigned integers of 16 or 32 bits, which are parts of 64-bit words."""
    size = np.dtype(dtype).itemsize
    whole = rng.integers(0, 2**64 - 1, -(-n * size // 8), np.uint64, endpoint=True)
    return whole.view(dtype)[:n]


def normals(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Return independent N(0, 1) in float32: pairs √(−2 log u) cos 2πv and √(−2 log u) sin 2πv.

    u and v have 23 random bits each (Box and Muller 1958). So no absolute value exceeds 5.65.
    """
    n = int(np.prod(shape))
    pairs = -(-n // 2)
    bits = words(2 * pairs, np.uint32, rng)
    # 23 random bits as the mantissa and the exponent of 1.0 give a uniform float on [1, 2).
    bits >>= np.uint32(9)
    bits |= np.uint32(0x3F800000)
    z = bits.view(np.float32)
    u, v = z[:pairs], z[pairs:]
    np.subtract(np.float32(2.0), u, u)  # in (0, 1], so the logarithm is finite
    np.log2(u, u)  # faster than log
    u *= np.float32(-2.0 * np.log(2.0))
    np.sqrt(u, u)
    v *= np.float32(2.0 * np.pi)
    cosine = np.cos(v)
    np.sin(v, v)
    v *= u
    u *= cosine
    return z[:n].reshape(shape)
