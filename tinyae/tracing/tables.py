"""A trace as a table: text, Markdown, HTML or LaTeX.

The columns are number, phase, name = formula, value, shape, source and equation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from tinyae.tracing.scalars import number
from tinyae.tracing.step import Step

HEAD = ("no.", "phase", "name = formula", "value", "shape", "source", "equation")
FORMATS = ("text", "md", "html", "latex")
MOST = 36  # entries of an array that are shown; of a larger one, its corners
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "×": r"$\times$", "−": "$-$", "·": r"$\cdot$", "½": r"$\frac12$", "²": "$^2$",
    "ᵀ": r"$^\top$", "′": "$'$", "″": "$''$",
    "‖": r"$\|$", "√": r"$\surd$", "∂": r"$\partial$", "∇": r"$\nabla$",
    "⊙": r"$\odot$", "→": r"$\to$", "⁺": "$^+$", "⁻": "$^-$", "…": r"\dots{}", "₁": "$_1$",
    "₂": "$_2$", "₃": "$_3$", "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$",
    "δ": r"$\delta$", "ε": r"$\varepsilon$", "η": r"$\eta$", "θ": r"$\theta$", "λ": r"$\lambda$",
    "μ": r"$\mu$", "ν": r"$\nu$", "ω": r"$\omega$", "π": r"$\pi$", "ρ": r"$\rho$",
    "σ": r"$\sigma$", "ℓ": r"$\ell$", "Δ": r"$\Delta$", "Σ": r"$\Sigma$", "Ω": r"$\Omega$",
    "ψ": r"$\psi$", "φ": r"$\varphi$", "₀": "$_0$", "ᵢ": "$_i$", "ⱼ": "$_j$", "ₓ": "$_x$",
}  # fmt: skip
_ACCENTS = {"\u0303": "tilde", "\u0302": "hat"}


def shown(value: NDArray) -> str:
    """Return an array as text, in one line for each row: six digits after the point.

    If all entries are below 1e-3, they are shown with an exponent, so that they are not all 0.
    """
    value = np.asarray(value) + 0  # −0 becomes 0
    if value.ndim == 0:
        return f"{value.item():.6g}"
    large = bool(np.abs(value).max(initial=0.0) >= 1e-3)
    return np.array2string(
        value, precision=6, suppress_small=large, max_line_width=10_000, threshold=MOST, edgeitems=2
    )


def cells(place: int, step: Step) -> tuple[str, ...]:
    """Return the row of one step; the value may have several lines."""
    formula = f"{step.name} = {step.formula}" if step.formula != "given" else step.name
    shape = "×".join(map(str, np.shape(step.value))) or "number"
    return (
        str(place), step.phase, formula, shown(step.value), shape, step.source, step.equation
    )  # fmt: skip


def table(steps: Sequence[Step], form: str) -> str:
    """Return the table of these steps in one of `FORMATS`.

    Raises
    ------
    ValueError
        If `form` is no format.
    """
    if not isinstance(form, str) or form not in FORMATS:
        raise ValueError(f"table is one of {', '.join(FORMATS)}, got {form!r:.60}")
    rows = [cells(i, step) for i, step in enumerate(steps)]
    return {"text": _text, "md": _markdown, "html": _html, "latex": _latex}[form](rows)


def settings(steps: Sequence[Step]) -> str:
    """Return the single numbers that steps read and that are no step: "n = 2, λ = 0.1".

    If two steps read different numbers of one name, each number is followed by its first step.
    """
    known = {step.name for step in steps}
    found: dict[str, dict[str, str]] = {}  # the first step of each number, by name
    for step in steps:
        for name, value in step.inputs.items():
            if np.ndim(value) == 0 and name not in known:
                found.setdefault(name, {}).setdefault(number(value), step.name)
    return ", ".join(
        f"{name} = {value}" + f" in {first}" * (len(values) > 1)
        for name, values in found.items()
        for value, first in values.items()
    )


def width(text: str) -> int:
    """Return how many columns of a terminal a line takes: accents take none."""
    return sum(not unicodedata.combining(letter) for letter in text)


def _text(rows: list[tuple[str, ...]]) -> str:
    """Return columns of text. A value with several lines takes several lines."""
    split = [[cell.split("\n") for cell in row] for row in (HEAD, *rows)]
    widths = [max(width(line) for row in split for line in row[i]) for i in range(len(HEAD))]
    lines = []
    for row in split:
        for i in range(max(map(len, row))):
            parts = (cell[i] if i < len(cell) else "" for cell in row)
            padded = (p + " " * (w - width(p)) for p, w in zip(parts, widths, strict=True))
            lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def _markdown(rows: list[tuple[str, ...]]) -> str:
    def line(row: Sequence[str]) -> str:
        return "| " + " | ".join(_in_markdown(cell) for cell in row) + " |"

    return "\n".join([line(HEAD), "|" + "---|" * len(HEAD), *map(line, rows)])


def _in_markdown(text: str) -> str:
    text = re.sub(r"([\\`*_|<>\[\]~$#])", r"\\\1", text)
    return text.replace("\n", "<br>")


def _html(rows: list[tuple[str, ...]]) -> str:
    def line(kind: str, row: Sequence[str]) -> str:
        parts = "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in row)
        return f"<tr>{parts.replace(chr(10), '<br>')}</tr>"

    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', HEAD)}</thead><tbody>{body}</tbody></table>"


def _latex(rows: list[tuple[str, ...]]) -> str:
    """Return a `longtable`, so that a long trace may take several pages."""
    body = []
    for row in (HEAD, *rows):
        parts = [in_latex(cell) for cell in row]
        parts[3] = parts[3].replace("\n", r" \newline ")
        body.append(" & ".join(parts) + r" \\")
    form = "r l l p{0.3\\linewidth} l l l"
    return "\n".join(
        [
            rf"\begin{{longtable}}{{{form}}}",
            body[0],
            r"\hline\endhead",
            *body[1:],
            r"\end{longtable}",
        ]
    )


def in_latex(text: str) -> str:
    """Return text with LaTeX's special characters and the letters of formulas escaped."""
    found: list[str] = []
    for letter in text:
        if letter in _ACCENTS and found:
            found[-1] = rf"$\{_ACCENTS[letter]}{{{found[-1].strip('$')}}}$"
        else:
            found.append(_LATEX.get(letter, letter))
    return "".join(found)
