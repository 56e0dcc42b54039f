"""Names of the files, and a line above the picture, of a figure with parameters of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from textwrap import wrap

from tinyae.plotting import Figure

from .kinds import text
from .parameters import checksum

LONGEST = 80  # characters that parameters add to the name of a file


def own_name(own: Mapping[str, object] | None, data_name: str) -> str:
    """Return what the parameters and the data add to the name of the files, such as ".sigma=0.1".

    A very long list of values is replaced by a checksum. A part of the checksum of the rows stands
    after the name of their file, since files in two folders may have one name.
    """
    plain = {name: value for name, value in (own or {}).items() if name != "X"}
    added = "".join(f".{name}={text(value)}" for name, value in plain.items())
    if len(added) > LONGEST:
        added = f".{sha256(added.encode()).hexdigest()[:8]}"
    if own and "X" in own:
        added += f".data={Path(data_name).stem[:60]}.{checksum(own['X'])[:6]}"
    return added


def note(drawn: Figure, words: str) -> None:
    """Write a line above a picture. Below it, it would meet the legend when the file is cropped."""
    drawn.text(0.01, 1.01, "\n".join(wrap(words, 90)), va="bottom", fontsize=9, color="0.35")
