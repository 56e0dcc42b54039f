"""Text for people: short forms of objects, tables for notebooks, and ASCII forms of letters.

The encoding of a terminal or a pipe may lack letters such as λ and ‖, for example ASCII in a
container, or cp1252 if Windows redirects an output. Printing such a letter there raises
`UnicodeEncodeError`, so it is replaced by an ASCII form.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields
from html import escape
from typing import Any

WIDEST = 60  # characters of one value in a repr

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "φ": "phi", "ψ": "psi", "ω": "omega", "Δ": "d", "Σ": "sum", "Ω": "Omega",
}  # fmt: skip
_SIGNS = {
    "\u0303": "~", "\u0302": "^", "‖": "||", "½": "1/2 ", "¼": "1/4 ", "∇": "grad", "∂": "d",
    "√": "sqrt", "−": "-", "–": "-", "·": "*", "×": "x", "±": "+-", "≈": "~", "≠": "!=", "≤": "<=",
    "≥": ">=", "⊙": "*", "ℓ": "l", "∞": "inf", "∈": "in", "→": "->", "…": "...", "°": " deg",
    "µ": "u", "′": "'", "″": "''", "’": "'", "“": '"', "”": '"', "ö": "oe", "ü": "ue", "ä": "ae",
}  # fmt: skip
_RAISED = {c: f"^{form}" for c, form in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ", "0123456789-+T", strict=True)}
_LOWERED = {c: f"_{form}" for c, form in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)}
ASCII = str.maketrans({**_GREEK, **_SIGNS, **_RAISED, **_LOWERED})


def plain(text: str) -> str:
    """Return `text` in ASCII; a character that is not in the table becomes an escape sequence."""
    return text.translate(ASCII).encode("ascii", "backslashreplace").decode("ascii")


def for_stream(text: str, stream: object = None) -> str:
    """Return `text` with ASCII forms in place of the characters that `stream` cannot encode.

    `stream` is where the text will be printed, by default `sys.stdout`. Text for a stream without
    an encoding, such as a `StringIO`, is not changed.
    """
    encoding = getattr(sys.stdout if stream is None else stream, "encoding", None)
    if text.isascii() or not isinstance(encoding, str):
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(c if _encodable(c, encoding) else plain(c) for c in text)
    except LookupError:  # a user's stream may name an encoding that Python does not know
        pass
    return text


def _encodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def in_short(value: object) -> str:
    """Return one value of a repr: an array by dtype and shape, a container of arrays by its length.

    Anything else is its own repr, cut after 60 characters.
    """
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype} {tuple(value.shape)}" if value.shape else str(value)
    if isinstance(value, Mapping | Sequence | Set) and not isinstance(value, str | bytes):
        items = value.values() if isinstance(value, Mapping) else value
        if len(value) > WIDEST or any(hasattr(item, "shape") for item in items):
            return f"{type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."


def fields_in_short(value: Any) -> str:
    """Return the repr of a dataclass that holds arrays: each field by `in_short`."""
    shown = (f"{f.name}={in_short(getattr(value, f.name))}" for f in fields(value) if f.repr)
    return f"{type(value).__name__}({', '.join(shown)})"


def html_table(caption: str, head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Return a table in HTML without any style. All text is escaped."""

    def line(kind: str, cells: Sequence[object]) -> str:
        return "<tr>" + "".join(f"<{kind}>{escape(str(c))}</{kind}>" for c in cells) + "</tr>"

    body = "".join(line("td", row) for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption><thead>{line('th', head)}</thead>"
        f"<tbody>{body}</tbody></table>"
    )


def adapt_outputs() -> None:
    """Make this process print ASCII forms of letters that its output cannot encode.

    Only programs call this: the commands and the tutorials. The library itself never changes a
    stream.
    """
    codecs.register_error("tinyae.plain", _replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a notebook's stream has no such method and needs none
            stream.reconfigure(errors="tinyae.plain")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end
