"""The corruption's steps: the noise that was drawn, and x̃ (14.9, 14.17)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.corruption import Corruption, GaussianNoise, MaskingNoise
from tinyae.tracing.recorder import Recorder
from tinyae.training.schedules import at


def corrupted(
    recorder: Recorder,
    corruption: Corruption,
    x: NDArray,
    rng: np.random.Generator,
    progress: float,
) -> None:
    """Add the noise, if it is known how it enters, and x̃.

    `rng` makes the same draws as the corruption in the model's own pass.
    """
    state = rng.bit_generator.state
    x_tilde = corruption.corrupt(x, rng, progress=progress)
    after, rng.bit_generator.state = rng.bit_generator.state, state
    more: dict[str, Any] = {"source": type(corruption).corrupt, "reads": ["x"]}
    if type(corruption) is GaussianNoise:
        noise = rng.standard_normal(x.shape, dtype=x.dtype)
        recorder.add("forward", "ε", "drawn from N(0, I)", noise, equation="14.17")
        recorder.add(
            "forward", "x̃", "x + σ ε", x_tilde, "ij: x[i,j] + σ·ε[i,j]", equation="14.17",
            constants={"σ": at(corruption.sigma, progress)}, **more,
        )  # fmt: skip
    elif type(corruption) is MaskingNoise:
        kept = rng.random(x.shape, dtype=x.dtype) >= at(corruption.fraction, progress)
        recorder.add(
            "forward", "m", "0 with the given probability, else 1", kept.astype(x.dtype),
            equation="14.9",
        )  # fmt: skip
        recorder.add("forward", "x̃", "x ⊙ m", x_tilde, "ij: x[i,j]·m[i,j]", equation="14.9", **more)
    else:
        recorder.add("forward", "x̃", "drawn from C(x̃ | x)", x_tilde, equation="14.9", **more)
    rng.bit_generator.state = after
