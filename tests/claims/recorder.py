"""A claim of the chapter: its sentence in our words, what was measured, and what must fail.

    c = claim("S1", "14.1", "A linear autoencoder finds the subspace of PCA.")
    seeds = c.seeds(5)
    c.show("largest angle to PCA's subspace (rad)", angles, at_most=1e-3)
    c.control("before training", "largest angle to PCA's subspace (rad)", first_angles)
    c.quote("the same after Adam alone", other_angles)

`show` asserts a bound and records the figure. `control` measures the same figure for an imposter,
for which the sentence is not true, and asserts that it breaks the bound. `no_control` says why no
imposter exists. `quote` records a figure that stands beside the claim. The pages are written from
what was recorded, so they say what the tests measured and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from tests.claims.seeds import derived_seeds, share_at_least

NOT_BOUNDED = "quoted"
REDUCED = " (not asserted: reduced form)"


@dataclass(frozen=True)
class Bound:
    """Between `low` and `high`; `share` is the part of the seeds that must keep it."""

    low: float = -np.inf
    high: float = np.inf
    share: float = 1.0
    full_only: bool = False

    def kept(self, values: np.ndarray) -> np.ndarray:
        """Which values keep the bound. NaN does not."""
        return (values >= self.low) & (values <= self.high)

    def __str__(self) -> str:
        texts = [f"≥ {self.low:g}"] if self.low > -np.inf else []
        texts += [f"≤ {self.high:g}"] if self.high < np.inf else []
        text = " and ".join(texts)
        return text if self.share == 1.0 else f"{text} for {100 * self.share:g} % of the seeds"


@dataclass
class Claim:
    """One claim under its label; `full` says in which form it was measured, `on` on what.

    `salt` 0 gives the seeds of the page, any other number gives fresh ones. If `counts` is a list,
    a broken bound is noted there as (what, kept) and is no failure.
    """

    row: str
    section: str
    says: str
    full: bool
    test: str
    say: Callable[[str], None]
    on: str = ""
    salt: int = 0
    counts: list[tuple[str, bool]] | None = None
    figures: list[tuple[str, str, str]] = field(default_factory=list)
    bounds: dict[str, Bound] = field(default_factory=dict)
    asserted: bool = False
    controlled: bool = False
    uncontrolled: str = ""

    def seeds(self, n: int) -> list[int]:
        """Return n seeds that follow from the names of the claim and of its test.

        Nobody has chosen them. The first seeds of a longer list are those of a shorter one.
        """
        return derived_seeds(f"{self.test} {self.row}", n, self.salt)

    def show(
        self,
        what: str,
        values: ArrayLike,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        share: float = 1.0,
        moved: str = "",
        wanted: str = "",
        full_only: bool = False,
    ) -> None:
        """Record the values (one per seed) and assert that every one keeps the bounds.

        With `share` below 1 the claim is about a part of all seeds, for example half of them: the
        lower end of a one-sided 95 % confidence interval for that part must reach `share`.
        `moved` tells in one clause how the bound was changed after the first measurement.
        `wanted` names a goal that the asserted bound falls short of. `full_only` is for a bound
        that needs the full training: the reduced form records its value and says that it is not
        asserted.
        """
        if at_least is None and at_most is None:
            raise TypeError(f"claim {self.row}, {what}: give at_least or at_most, or use quote")
        if what in self.bounds:
            raise ValueError(f"claim {self.row} shows {what!r} twice: give each figure a name")
        values = np.atleast_1d(np.asarray(values, float))
        bound = Bound(
            -np.inf if at_least is None else at_least,
            np.inf if at_most is None else at_most,
            share,
            full_only,
        )
        self.bounds[what] = bound
        text = f"{bound}" + (f"; short of {wanted}" if wanted else "")
        text += f"; moved: {moved}" if moved else ""
        skipped = full_only and not self.full
        note, kept = "", bound.kept(values)
        if share < 1.0:
            sure = share_at_least(int(kept.sum()), kept.size)
            note = (
                f"; {kept.sum()} of {kept.size} keep the bound: more than {sure:.2f} of all seeds"
            )
        self._record(what, text, values, note + (REDUCED if skipped else ""))
        if not skipped:
            self.asserted = True
            held = kept.all() if share == 1.0 else sure >= share
            self._judge(what, bool(held), f"{what} = {values}, wanted {text}")

    def control(self, imposter: str, what: str, values: ArrayLike) -> None:
        """Record the figure `what` of an imposter and assert that it breaks the bound.

        Every value must break it; if the bound is about a share of the seeds, so few may keep it
        that the share is not reached.
        """
        bound = self.bounds.get(what)
        if bound is None:
            raise ValueError(f"claim {self.row}: show {what!r} before its control")
        values = np.atleast_1d(np.asarray(values, float))
        skipped = bound.full_only and not self.full
        label = f"control, {imposter}: {what}"
        self._record(label, f"must break {bound}", values, REDUCED if skipped else "")
        self.controlled = True
        assert not np.isnan(values).any(), f"{self.row}: {label} is not a number"
        if not skipped:
            kept = bound.kept(values)
            broken = not kept.any() if bound.share == 1.0 else kept.mean() < bound.share
            self._judge(label, bool(broken), f"{label} = {values} should break {bound}")

    def no_control(self, why: str) -> None:
        """Say why no imposter can be measured."""
        self.uncontrolled, self.controlled = why, True

    def quote(self, what: str, values: ArrayLike | None) -> None:
        """Record a figure that the claim does not depend on.

        None means that it is not measured in the reduced form. It has its row then too, because the
        page and a run in the reduced form must have the same rows.
        """
        if values is None:
            self.figures.append((what, NOT_BOUNDED, "not measured: reduced form"))
            return
        self._record(what, NOT_BOUNDED, np.atleast_1d(np.asarray(values, float)))

    def _record(self, what: str, bound: str, values: np.ndarray, note: str = "") -> None:
        assert values.size, f"{self.row}: {what} has no values"
        low, high = values.min(), values.max()
        text = f"{low:.4g}" if f"{low:.4g}" == f"{high:.4g}" else f"{low:.4g} … {high:.4g}"
        text += (f" ({values.size})" if values.size > 1 else "") + note
        self.figures.append((what, bound, text))
        self.say(f"{self.row}, {what}: {text}  [{bound}]")

    def _judge(self, what: str, held: bool, message: str) -> None:
        if self.counts is not None:
            self.counts.append((f"{self.row} | {what}", held))
        else:
            assert held, f"{self.row}: {message}"
