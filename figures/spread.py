"""How the numbers of a figure vary over the seeds, from which their tolerances follow."""

from __future__ import annotations

import json

from . import common
from .catalogue import FIGURES


def spread(number: str, *, seeds: int) -> tuple[str, bool]:
    """Measure how the numbers of a quick figure vary over the seeds; record it for both forms.

    The seeds are 1 to `seeds`. Return a report, and whether a record is missing.
    """
    module = FIGURES[number]
    paths = [common.EXPECTED / f"{module.NAME}{form}.json" for form in (".quick", "")]
    if not all(path.exists() for path in paths):
        return (
            f"figure {number}: record its numbers first (--record, with and without --quick)",
            True,
        )
    found = [module.compute(seed=seed, quick=True) for seed in range(1, seeds + 1)]
    lines = [f"figure {number}: {module.TITLE}, {seeds} seeds"]
    for path in paths:
        expected = common.with_spread(json.loads(path.read_text("utf-8")), found)
        common.write_expected(path, expected)
        for key, one in expected.items():
            lines.append(f"    {key:<26} {one['value']:.6g} ± {common.tolerance(one):.2g}")
    return "\n".join(lines), False
