"""A claim of the chapter: its sentence in our words, what was measured, and the bound it must keep.

    c = claim("S1", "14.1", "A linear autoencoder finds the subspace of PCA.")
    c.show("largest angle to PCA's subspace (rad)", angles, at_most=1e-3)
    c.quote("the same after Adam alone", other_angles)

`show` asserts and records; `quote` records a figure that stands beside it. CLAIMS.md is written
from what was recorded, so the page says what the tests measured and nothing else. A claim that was
not run keeps the block it had, so that a part of the page can be measured anew by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

PAGE = Path(__file__).parents[2] / "CLAIMS.md"
NOT_BOUNDED = "quoted"
PREAMBLE = """\
# The chapter's claims, measured

Written by `python -m tests.claims`, which runs every claim in full; `python -m tests.claims -k WORD`
measures some of the claims and keeps the other results. `pytest -m claim` runs the claims in a
reduced form (fewer seeds, data or epochs) with the same bounds; plain `pytest` leaves most of them
out. S1, S2 … are the numbers of the claims on this page. A number that occurs more than once belongs
to a claim that is measured in several parts. *Measured on* describes the data and settings of the
full form. A figure that was measured for several seeds or cases is given by its smallest and largest
value, with the number of values in brackets. *Quoted* figures have no bound: they are given for
comparison.
"""


@dataclass
class Claim:
    """One claim under its label; `full` says in which form it was measured, `on` on what."""

    row: str
    section: str
    says: str
    full: bool
    test: str
    say: Callable[[str], None]
    figures: list[tuple[str, str, str]] = field(default_factory=list)
    asserted: bool = False
    on: str = ""

    def show(
        self,
        what: str,
        values: ArrayLike,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        wanted: str = "",
        full_only: bool = False,
    ) -> None:
        """Record the values (one per seed) and assert that every one keeps the bounds.

        `wanted` names a goal that the asserted bound falls short of; it stands on the page.
        `full_only` is for a bound that needs the full training: the reduced form records its value
        and says that it is not asserted.
        """
        if at_least is None and at_most is None:
            raise TypeError(f"claim {self.row}, {what}: give at_least or at_most, or use quote")
        values = np.atleast_1d(np.asarray(values, float))
        bounds = [f"≥ {at_least:g}"] if at_least is not None else []
        bounds += [f"≤ {at_most:g}"] if at_most is not None else []
        bound = " and ".join(bounds) + (f"; short of {wanted}" if wanted else "")
        skipped = full_only and not self.full
        self._record(what, bound, values, " (not asserted: reduced form)" if skipped else "")
        if skipped:
            return
        self.asserted = True
        low = -np.inf if at_least is None else at_least
        high = np.inf if at_most is None else at_most
        assert ((values >= low) & (values <= high)).all(), (
            f"{self.row}: {what} = {values}, wanted {bound}"
        )

    def quote(self, what: str, values: ArrayLike | None) -> None:
        """Record a figure that the claim does not depend on.

        None means that it is not measured in the reduced form. It has its row then too, because the
        page and a run in the reduced form must have the same rows.
        """
        if values is None:
            self.figures.append(
                (what.replace("|", "\\|"), NOT_BOUNDED, "not measured: reduced form")
            )
            return
        self._record(what, NOT_BOUNDED, np.atleast_1d(np.asarray(values, float)))

    def _record(self, what: str, bound: str, values: np.ndarray, note: str = "") -> None:
        assert values.size, f"{self.row}: {what} has no values"
        low, high = values.min(), values.max()
        text = f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"
        text += (f" ({values.size})" if values.size > 1 else "") + note
        self.figures.append((what.replace("|", "\\|"), bound, text))  # a table has its own bars
        self.say(f"{self.row}, {what}: {text}  [{bound}]")

    def block(self) -> str:
        """Return what stands on the page: sentence, on what, how to run it, table."""
        lines = [f"**{self.row}.** {self.says}  "]
        lines += [f"*Measured on:* {self.on}  "] if self.on else []
        lines += [f"`pytest {self.test} --full` ({'full' if self.full else 'reduced'})", "",
                  "| row | figure | bound | measured |", "|---|---|---|---|"]  # fmt: skip
        lines += [
            f"| {self.row} | {what} | {bound} | {text} |" for what, bound, text in self.figures
        ]
        return "\n".join(lines)


class Ledger:
    """All claims of one run, and the page they make."""

    def __init__(self, exist: set[str] | None = None):
        self.claims: list[Claim] = []
        self.ran: set[str] = set()  # the tests that passed; others were skipped, failed or left out
        self.exist = exist  # all the tests there are; None where only some were looked at

    def add(self, claim: Claim) -> None:
        """Take in a claim when it is opened."""
        self.claims.append(claim)

    def not_run(self, test: str) -> bool:
        """Whether the page's figures of this test still stand: it did not pass, but it exists."""
        return test not in self.ran and (self.exist is None or test in self.exist)

    def write(self) -> None:
        """Write CLAIMS.md by section and row; what was not run, or failed, stays as it is."""
        blocks: dict[str, list[tuple[str, str, str]]] = {}  # (section, row, text) by test
        for section, row, test, text in old_blocks():
            place = blocks.setdefault(test, [])  # a block that is measured anew keeps its place
            if self.not_run(test):
                place.append((section, row, text))
        for claim in (claim for claim in self.claims if claim.test in self.ran):
            blocks.setdefault(claim.test, []).append((claim.section, claim.row, claim.block()))
        found = [block for group in blocks.values() for block in group]
        lines = [PREAMBLE]
        if any("` (reduced)\n" in text for _, _, text in found):
            lines += ["**Some claims were measured in the reduced form only.**", ""]
        last = None
        for section, _, text in sorted(found, key=lambda b: (_number(b[0]), _number(b[1]))):
            lines += [f"## Section {section}", ""] if section != last else []
            lines += [text, ""]
            last = section
        PAGE.write_text("\n".join(lines), encoding="utf-8")

    def differences(self) -> list[str]:
        """Return what this run and the page do not have in common: rows, figures, bounds."""
        if not PAGE.exists():
            return ["CLAIMS.md is missing: write it with python -m tests.claims"]
        page = set()
        for _, _, test, text in old_blocks():
            rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| .+ \|$", text, re.M)
            page |= set() if self.not_run(test) else set(rows[1:])  # the first names the columns
        run = {(c.row, what, bound) for c in self.claims for what, bound, _ in c.figures}
        return [f"on the page only: {' | '.join(row)}" for row in sorted(page - run)] + [
            f"in this run only: {' | '.join(row)}" for row in sorted(run - page)
        ]


def old_blocks() -> Iterator[tuple[str, str, str, str]]:
    """Yield (section, row, test, text) of each claim on the page, from top to bottom."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    parts = re.split(r"^## Section (.+)$", text, flags=re.M)[1:]
    for section, body in zip(parts[::2], parts[1::2], strict=True):
        for block in re.split(r"^(?=\*\*)", body, flags=re.M)[1:]:
            row, test = re.match(
                r"\*\*(.+?)\.\*\* (?s:.+?)^`pytest (.+) --full`", block, re.M
            ).groups()
            yield section, row, test, block.rstrip()


def _number(label: str) -> tuple[int, ...]:
    """Order 14.2.1 before 14.10, and S9 before S10."""
    return tuple(int(digits) for digits in re.findall(r"\d+", label))
