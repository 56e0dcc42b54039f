"""What all figures share: where pictures go, how numbers are written, how a network is made.

A figure is a module with `NUMBER`, `TITLE`, `compute(seed, quick) -> dict` (numbers and arrays, no
drawing), `draw(numbers) -> Figure`, and `TOLERANCES`, which says how far each headline number may
lie from the expected one on another machine. One that can be drawn from real pictures has
`from_folder(folder)`, which gives `compute` its `pictures`, and `DRAWN_FROM`, for the file's name.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from tinyae import Autoencoder, Chain, GaussianNoise, Linear, Model, Tanh, fit
from tinyae.nn import Normal, Uniform
from tinyae.plotting import Figure, save_figure
from tinyae.training import History

HERE = Path(__file__).parent
OUT = HERE / "out"
EXPECTED = HERE / "expected"


def train(model: Model, X: np.ndarray, **options) -> History:
    """`fit`, except that an interruption ends the figure too instead of drawing half a training."""
    history = fit(model, X, core="auto", **options)
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    return history


def tanh_denoiser(
    d: int,
    units: int,
    sigma: float,
    rng: np.random.Generator,
    *,
    weight: float,
    bias: float,
    dtype: DTypeLike = np.float32,
) -> Autoencoder:
    """d-units-d, tanh code, linear output, under noise σ; 0 is no noise.

    The first layer starts at U(−weight, weight) and U(−bias, bias), so that the units bend in many
    places; the second starts near 0.
    """
    first = Linear(d, units, rng=rng, init=Uniform(weight, bias), dtype=dtype)
    second = Linear(units, d, rng=rng, init=Normal(0.01), dtype=dtype)
    corruption = GaussianNoise(sigma) if sigma else None
    return Autoencoder(Chain(first, Tanh()), second, corruption=corruption)


def cosine(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the cosine of the angle between each row of u and that of v."""
    return (u * v).sum(axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)


def headline(numbers: dict) -> dict[str, float]:
    """Return the single numbers of a figure, without its arrays."""
    return {k: v for k, v in numbers.items() if isinstance(v, (int, float, str))}


def emit(name: str, numbers: dict, figure: Figure, folder: Path = OUT) -> list[Path]:
    """Write NAME.svg, NAME.png and NAME.json (all the numbers, arrays as lists) to the folder."""
    paths = [save_figure(figure, folder / f"{name}.{kind}") for kind in ("svg", "png")]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(numbers, default=_plain, indent=1) + "\n", encoding="utf-8")
    return [*paths, path]


def _plain(value):
    """Turn NumPy values into what JSON knows; six digits are more than a picture shows."""
    if isinstance(value, np.ndarray):
        return [float(f"{v:.6g}") for v in value] if value.ndim == 1 else [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a figure returned a {type(value).__name__}")


def compare(numbers: dict, expected: dict, tolerances: dict[str, float]) -> list[str]:
    """Return one line for each headline number that lies outside its tolerance, or is missing."""
    problems = []
    for key, tolerance in tolerances.items():
        if key not in numbers or key not in expected:
            where = "the figure" if key not in numbers else "the expected numbers"
            problems.append(f"{key} is missing from {where}")
        elif not abs(numbers[key] - expected[key]) <= tolerance:
            problems.append(
                f"{key} = {numbers[key]:.6g}, expected {expected[key]:.6g} ± {tolerance:g}"
            )
    return problems
