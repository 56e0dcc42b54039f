"""Mathematical letters where the output can show them, ASCII forms where it cannot.

A terminal or a pipe may have an encoding without λ or ‖: ASCII in a bare container, cp1252 where
Windows redirects an output. Printing such a letter there is a `UnicodeEncodeError`.
"""

from __future__ import annotations

import codecs
import sys

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "φ": "phi", "ψ": "psi", "Δ": "d", "Σ": "sum", "Ω": "Omega",
}  # fmt: skip
_SIGNS = {
    "\u0303": "~", "\u0302": "^", "‖": "||", "½": "1/2 ", "¼": "1/4 ", "∇": "grad", "∂": "d",
    "√": "sqrt", "−": "-", "–": "-", "·": "*", "×": "x", "±": "+-", "≈": "~", "≠": "!=", "≤": "<=",
    "≥": ">=", "∞": "inf", "∈": "in", "→": "->", "…": "...", "°": " deg", "µ": "u", "′": "'",
    "″": "''", "’": "'", "“": '"', "”": '"', "ö": "oe", "ü": "ue", "ä": "ae",
}  # fmt: skip
_RAISED = {c: f"^{form}" for c, form in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ", "0123456789-T", strict=True)}
_LOWERED = {c: f"_{form}" for c, form in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)}
ASCII = str.maketrans({**_GREEK, **_SIGNS, **_RAISED, **_LOWERED})


def plain(text: str) -> str:
    """Return `text` in ASCII; a character that has no form in the table becomes an escape."""
    return text.translate(ASCII).encode("ascii", "backslashreplace").decode("ascii")


def for_stream(text: str, stream: object = None) -> str:
    """Return `text` with ASCII forms in place of the characters that `stream` cannot encode.

    `stream` is where the text will be printed; without one it is `sys.stdout`. Text for a stream
    that has no encoding, such as a `StringIO`, stays as it is.
    """
    encoding = getattr(sys.stdout if stream is None else stream, "encoding", None)
    if text.isascii() or not isinstance(encoding, str):
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(c if _encodable(c, encoding) else plain(c) for c in text)
    except LookupError:  # a stream of somebody's own may name an encoding that Python does not know
        pass
    return text


def _encodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def adapt_outputs() -> None:
    """Let everything that this process prints fall back to ASCII forms, instead of failing.

    This is for programs, which own their outputs: the commands and the tutorials. The library
    itself never changes a stream.
    """
    codecs.register_error("tinyae.plain", _replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a notebook's stream has no such method, and no need
            stream.reconfigure(errors="tinyae.plain")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end
