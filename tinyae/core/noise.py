"""The corruptions on buffers, for a whole block of batches in one call.

The reference is `criterion/corruption.py`.

With `same_draws` (the default in float64), the numbers are exactly those that `corruption` draws.
So layers and core use the same noise from the same generator. In float32, drawing would take a
large part of the time of a small net. There, faster methods use the raw words of the generator:
Box and Muller's formula for normal numbers, and comparisons of 16-bit words for random decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.criterion.corruption import Corruption, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.numerics.threads import Team, shares
from tinyae.training.schedules import Setting, at

Progress = list[float]  # progress of training, for each batch
# The time to start a job on a thread, and that of a pair of numbers, are alike on all machines.
WORTH = 1 << 14  # with fewer pairs of normal numbers, other threads start too late to help


@dataclass(frozen=True)
class Draws:
    """Which random numbers are drawn: how many, and how.

    shape : that of the batches, (batches, rows, d)
    dtype : that of x
    same_draws : whether they are exactly those that `corruption` draws
    team : threads that may help, or None
    """

    shape: tuple[int, ...]
    dtype: DTypeLike
    same_draws: bool
    team: Team | None = None


class CorruptionOperations:
    """One corruption on blocks of batches. `draw` is for whole batches, `apply` for any rows."""

    def draw(
        self, corruption: Any, wanted: Draws, rng: np.random.Generator, progress: Progress
    ) -> NDArray:
        """Return the random numbers of whole batches, of the shape (batches, rows, d)."""
        raise NotImplementedError(f"{type(self).__name__}.draw")

    def apply(
        self, corruption: Any, x: NDArray, u: NDArray, out: NDArray, progress: Progress
    ) -> None:
        """Write x̃ ~ C(x̃ | x) into `out`, given the random numbers. `u` may change."""
        raise NotImplementedError(f"{type(self).__name__}.apply")


class AddedNoise(CorruptionOperations):
    """`GaussianNoise` on blocks."""

    def draw(self, corruption: Any, wanted: Draws, rng: Any, progress: Progress) -> NDArray:
        """ε ~ N(0, 1)."""
        if wanted.same_draws:
            return rng.standard_normal(wanted.shape, wanted.dtype)
        return normals(wanted.shape, rng, wanted.team)

    def apply(
        self, corruption: Any, x: NDArray, u: NDArray, out: NDArray, progress: Progress
    ) -> None:
        """out <- x + σ ε, as `GaussianNoise.corrupt`."""
        u *= _strengths(corruption.sigma, progress).astype(x.dtype)
        np.add(x, u, out)


class RandomDecisions(CorruptionOperations):
    """What corruptions have in common that replace a fraction of the entries."""

    def draw(self, corruption: Any, wanted: Draws, rng: Any, progress: Progress) -> NDArray:
        """Return uniform random numbers, or 16-bit words.

        Words give a probability with an error of up to 8e-6. This is not exact enough for fractions
        near 0 or 1, so these use uniform random numbers.
        """
        strength = _strengths(corruption.fraction, progress)
        rare = (strength > 0.0) & (strength < 1e-3)
        if wanted.same_draws or rare.any() or strength.max() > 0.9999:
            return rng.random(wanted.shape, wanted.dtype)
        return words(int(np.prod(wanted.shape)), np.uint16, rng).reshape(wanted.shape)

    def limits(self, fraction: Setting, u: NDArray, progress: Progress) -> tuple[NDArray, NDArray]:
        """Return a limit and half of it, in each batch: P(u < limit) = fraction."""
        strength = _strengths(fraction, progress)
        limit, half = strength, 0.5 * strength
        if u.dtype == np.uint16:
            limit, half = np.rint(65536.0 * strength), np.rint(32768.0 * strength)
        return limit.astype(u.dtype), half.astype(u.dtype)


class Masks(RandomDecisions):
    """`MaskingNoise` on blocks."""

    def apply(
        self, corruption: Any, x: NDArray, u: NDArray, out: NDArray, progress: Progress
    ) -> None:
        """out <- x, or 0 where x is masked, as `MaskingNoise.corrupt`."""
        limit, _ = self.limits(corruption.fraction, u, progress)
        np.multiply(x, u >= limit, out)


class SaltAndPepper(RandomDecisions):
    """`SaltAndPepperNoise` on blocks."""

    def apply(
        self, corruption: Any, x: NDArray, u: NDArray, out: NDArray, progress: Progress
    ) -> None:
        """out <- x, `high` or `low`, as `SaltAndPepperNoise.corrupt`."""
        limit, half = self.limits(corruption.fraction, u, progress)
        out[...] = x
        out[u < limit] = corruption.high
        out[u < half] = corruption.low


# To add a corruption, add a class above and a row here; `check_supported` reads the table.
CORRUPTIONS: dict[type[Corruption], CorruptionOperations] = {
    GaussianNoise: AddedNoise(),
    MaskingNoise: Masks(),
    SaltAndPepperNoise: SaltAndPepper(),
}


def _strengths(setting: Setting, progress: Progress) -> NDArray:
    """Return the setting's value in each batch, of shape (batches, 1, 1)."""
    return np.array([at(setting, p) for p in progress]).reshape(-1, 1, 1)


def words(n: int, dtype: type, rng: np.random.Generator) -> NDArray:
    """Return n random unsigned integers of 16 or 32 bits, which are parts of 64-bit words."""
    size = np.dtype(dtype).itemsize
    whole = rng.integers(0, 2**64 - 1, -(-n * size // 8), np.uint64, endpoint=True)
    return whole.view(dtype)[:n]


def normals(shape: tuple[int, ...], rng: np.random.Generator, team: Team | None = None) -> NDArray:
    """Return independent N(0, 1) in float32: pairs √(−2 log u) cos 2πv and √(−2 log u) sin 2πv.

    u and v have 23 random bits each (Box and Muller 1958). So no absolute value exceeds 5.65. The
    bits are drawn by the calling thread. The threads of a team share the rest of the work.
    """
    n = int(np.prod(shape))
    pairs = -(-n // 2)
    bits = words(2 * pairs, np.uint32, rng)
    u, v = bits[:pairs], bits[pairs:]
    if team is None or pairs < WORTH:
        _box_muller(u, v)
    else:
        parts = shares(pairs, team.threads)
        team.run([partial(_box_muller, u[part], v[part]) for part in parts])
    return bits.view(np.float32)[:n].reshape(shape)


def _box_muller(first: NDArray, second: NDArray) -> None:
    """Replace random bits by pairs of normal numbers, in the same memory."""
    for bits in (first, second):
        # 23 random bits as the mantissa and the exponent of 1.0 give a uniform float on [1, 2).
        bits >>= np.uint32(9)
        bits |= np.uint32(0x3F800000)
    u, v = first.view(np.float32), second.view(np.float32)
    np.subtract(np.float32(2.0), u, u)  # in (0, 1], so the logarithm is finite
    np.log2(u, u)  # faster than log
    u *= np.float32(-2.0 * np.log(2.0))
    np.sqrt(u, u)
    v *= np.float32(2.0 * np.pi)
    cosine = np.cos(v)
    np.sin(v, v)
    v *= u
    u *= cosine
