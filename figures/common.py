"""What all figures share: the folder of the pictures, the files of numbers, and their comparison.

A figure is a module with these members:

- `NUMBER`, `NAME` and `TITLE`: its number on the command line, the name of its files, its title;
- `compute(seed, quick) -> dict`: the numbers and arrays, from a module of `figures/experiments`;
- `draw(numbers) -> Figure`: the picture of these numbers;
- `TOLERANCES`: how far each headline number may differ from the recorded one on another machine.

A figure that can be drawn from real pictures also has `from_folder(folder)`, whose result is the
argument `pictures` of its `compute`, and `DRAWN_FROM`, a word for the names of these files.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tinyae.plotting import Figure, save_figure

HERE = Path(__file__).parent
OUT = HERE / "out"
EXPECTED = HERE / "expected"


def headline(numbers: dict) -> dict[str, float]:
    """Return the entries of `numbers` that are single numbers or strings, without the arrays."""
    return {k: v for k, v in numbers.items() if isinstance(v, (int, float, str))}


def emit(name: str, numbers: dict, figure: Figure, folder: Path = OUT) -> list[Path]:
    """Write NAME.svg, NAME.png and NAME.json to the folder; return their paths.

    The JSON file holds all the numbers, arrays as lists.
    """
    paths = [save_figure(figure, folder / f"{name}.{kind}") for kind in ("svg", "png")]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(numbers, default=_plain, indent=1) + "\n", encoding="utf-8")
    return [*paths, path]


def _plain(value):
    """Turn NumPy values into lists and numbers for JSON; arrays are rounded to six digits."""
    if isinstance(value, np.ndarray):
        return [float(f"{v:.6g}") for v in value] if value.ndim == 1 else [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a figure returned a {type(value).__name__}")


def compare(numbers: dict, expected: dict, tolerances: dict[str, float]) -> list[str]:
    """Return one line for each headline number that is outside its tolerance or missing."""
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
