"""A claim of the chapter: its sentence in our words, what was measured, and the bound it must keep.

    c = claim("S1", "14.1", "A linear autoencoder finds the subspace of PCA.")
    c.show("largest angle to PCA's subspace (rad)", angles, at_most=1e-3)
    c.quote("the same after Adam alone", other_angles)

`show` asserts and records; `quote` records a figure that stands beside it. CLAIMS.md is written
from what was recorded, so the page says what the tests measured and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

PAGE = Path(__file__).parents[2] / "CLAIMS.md"
NOT_BOUNDED = "quoted"


@dataclass
class Claim:
    """One row of the ledger; `full` says in which form it was measured."""

    row: str
    section: str
    says: str
    full: bool
    test: str
    say: Callable[[str], None]
    figures: list[tuple[str, str, str]] = field(default_factory=list)
    asserted: bool = False

    def show(
        self,
        what: str,
        values: ArrayLike,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        wanted: str = "",
    ) -> None:
        """Record the values (one per seed) and assert that every one keeps the bounds.

        `wanted` names a goal that the asserted bound falls short of; it stands on the page.
        """
        if at_least is None and at_most is None:
            raise TypeError(f"claim {self.row}, {what}: give at_least or at_most, or use quote")
        values = np.atleast_1d(np.asarray(values, float))
        bounds = [f"≥ {at_least:g}"] if at_least is not None else []
        bounds += [f"≤ {at_most:g}"] if at_most is not None else []
        bound = " and ".join(bounds) + (f"; short of {wanted}" if wanted else "")
        self._record(what, bound, values)
        self.asserted = True
        low = -np.inf if at_least is None else at_least
        high = np.inf if at_most is None else at_most
        assert ((values >= low) & (values <= high)).all(), (
            f"{self.row}: {what} = {values}, wanted {bound}"
        )

    def quote(self, what: str, values: ArrayLike) -> None:
        """Record a figure that the claim does not depend on."""
        self._record(what, NOT_BOUNDED, np.atleast_1d(np.asarray(values, float)))

    def _record(self, what: str, bound: str, values: np.ndarray) -> None:
        assert values.size, f"{self.row}: {what} has no values"
        low, high = values.min(), values.max()
        text = f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"
        text += f" ({values.size})" if values.size > 1 else ""
        self.figures.append((what.replace("|", "\\|"), bound, text))  # a table has its own bars
        self.say(f"{self.row}, {what}: {text}  [{bound}]")


class Ledger:
    """All claims of one run, and the page they make."""

    def __init__(self):
        self.claims: list[Claim] = []

    def add(self, claim: Claim) -> None:
        """Take in a claim when it is opened."""
        self.claims.append(claim)

    def write(self, *, full: bool) -> None:
        """Write CLAIMS.md, ordered by section and row."""
        lines = [
            "# The chapter's claims, measured",
            "",
            "Written by `python -m tests.claims`, which runs every claim in full. `pytest` runs them",
            "in a reduced form (fewer seeds, data or epochs) with the same bounds. A figure over",
            "several seeds is given as its least and greatest value with their number in brackets;",
            "*quoted* figures stand beside a claim unasserted.",
            "",
        ]
        if not full:
            lines += ["**This page was written from a reduced run.**", ""]
        section = None
        for claim in sorted(self.claims, key=lambda c: (_number(c.section), _number(c.row))):
            if claim.section != section:
                section = claim.section
                lines += [f"## Section {section}", ""]
            form = "full" if claim.full else "reduced"
            lines += [f"**{claim.row}.** {claim.says}  ", f"`pytest {claim.test} --full` ({form})",
                      "", "| row | figure | bound | measured |", "|---|---|---|---|"]  # fmt: skip
            lines += [f"| {claim.row} | {what} | {bound} | {text} |"
                      for what, bound, text in claim.figures]  # fmt: skip
            lines.append("")
        PAGE.write_text("\n".join(lines), encoding="utf-8")

    def differences(self) -> list[str]:
        """Return what this run and the page do not have in common: rows, figures, bounds."""
        if not PAGE.exists():
            return ["CLAIMS.md is missing: write it with python -m tests.claims"]
        found = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| .+ \|$", PAGE.read_text("utf-8"), re.M)
        page = {row for row in found if row[0] != "row" and not row[0].startswith("--")}
        run = {(c.row, what, bound) for c in self.claims for what, bound, _ in c.figures}
        return [f"on the page only: {' | '.join(row)}" for row in sorted(page - run)] + [
            f"in this run only: {' | '.join(row)}" for row in sorted(run - page)
        ]


def _number(label: str) -> tuple[int, ...]:
    """Order 14.2.1 before 14.10, and S9 before S10."""
    return tuple(int(digits) for digits in re.findall(r"\d+", label))
