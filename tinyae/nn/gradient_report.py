"""Result of a gradient check: one line for each parameter, and which rows could not be used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyae.text import html_table

ACCURACY = {"complex step": 1e-12, "central differences": 1e-7}


@dataclass(frozen=True)
class ParameterError:
    """Error of one parameter array. `worst` is the index of the entry with the largest error."""

    name: str
    shape: tuple[int, ...]
    checked: int
    relative_error: float
    worst: tuple[int, ...]
    analytic: float
    numerical: float


@dataclass(frozen=True)
class GradientReport:
    """Result of `gradcheck`, parameter by parameter. `print` shows it as a table.

    An arrow marks the parameters whose error is larger than the accuracy of the method.

    Attributes
    ----------
    method : "complex step" or "central differences"
    parameters : one `ParameterError` for each array
    rows_checked : number of rows of x over which the gradients were compared
    rows_on_kink : number of rows of x that lie on a kink, or closer to one than the step of the
        difference. The loss has no derivative there, so these rows are left out
    kinks : (place, number of rows) for each unit or penalty that has rows on its kink
    moved : 0, or how far the parameters were moved at random because all rows lie on a kink. In
        that case the gradient is checked near the kink, not on it
    """

    method: str
    parameters: tuple[ParameterError, ...]
    rows_checked: int
    rows_on_kink: int = 0
    kinks: tuple[tuple[str, int], ...] = ()
    moved: float = 0.0

    @property
    def max_relative_error(self) -> float:
        """Largest |analytic − numerical| over the largest entry of that parameter's gradient.

        NaN if nothing could be compared: every comparison of NaN with a bound is false.
        """
        if not self.parameters:
            return float("nan")
        return float(np.max([p.relative_error for p in self.parameters]))  # NaN stays NaN

    def __repr__(self) -> str:
        return (
            f"GradientReport(method={self.method!r}, parameters={len(self.parameters)}, "
            f"rows_checked={self.rows_checked}, max_relative_error={self.max_relative_error:.1e})"
        )

    def _repr_html_(self) -> str:
        """Return HTML for a notebook: the same table as that of `print`."""
        head = ("parameter", "shape", "checked", "relative error", "worst entry", "analytic",
                "numerical", "")  # fmt: skip
        rows = [
            (p.name, p.shape, p.checked, f"{p.relative_error:.1e}", list(p.worst),
             f"{p.analytic:+.9g}", f"{p.numerical:+.9g}", "" if self._agrees(p) else "differs")
            for p in self.parameters
        ]  # fmt: skip
        lines = [f"gradient check by {self.method}", *self._about_kinks(),
                 f"largest relative error {self.max_relative_error:.1e}"]  # fmt: skip
        return html_table("; ".join(lines), head, rows)

    def _agrees(self, p: ParameterError) -> bool:
        """Whether the two gradients of a parameter are equal up to the accuracy of the method."""
        return p.relative_error <= ACCURACY[self.method]

    def __str__(self) -> str:
        head = f"{'parameter':<16}{'shape':<14}{'checked':>8}{'rel. error':>12}  worst entry"
        lines = [f"gradient check by {self.method}", *self._about_kinks()]
        if not self.parameters:
            return "\n".join([*lines, "nothing was compared: give other rows or other parameters"])
        lines.append(head)
        for p in self.parameters:
            lines.append(
                f"{p.name:<16}{p.shape!s:<14}{p.checked:>8}{p.relative_error:>12.1e}  "
                f"{list(p.worst)}: analytic {p.analytic:+.9g}, numerical {p.numerical:+.9g}"
                + ("" if self._agrees(p) else "  <- differs")
            )
        return "\n".join([*lines, f"largest relative error {self.max_relative_error:.1e}"])

    def _about_kinks(self) -> list[str]:
        """Return lines about the rows that lie on a kink, and what was done with them."""
        if not self.rows_on_kink:
            return []
        where = ", ".join(f"{place}: {count}" for place, count in self.kinks)
        if not self.moved:
            total = self.rows_on_kink + self.rows_checked
            verb = "lies" if self.rows_on_kink == 1 else "lie"
            return [
                f"{self.rows_on_kink} of {total} rows {verb} on a kink, where the loss has no "
                f"derivative ({where})",
                f"the gradient is checked over the other {self.rows_checked}",
            ]
        return [
            f"all rows, {self.rows_on_kink}, lie on a kink, where the loss has no derivative "
            f"({where})",
            f"the gradient is checked beside it, at parameters moved at random by about "
            f"{self.moved:.0e}, over {self.rows_checked} rows",
        ]
