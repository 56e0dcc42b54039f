"""Docstrings as reStructuredText, which Sphinx reads.

The docstrings of tinyae are plain text, so that `help` shows them well: names stand in single
backticks, formulas are indented, lists of names are aligned in columns, and an entry below
"Parameters" is `name : what it is`. `restructured` writes the same in reStructuredText. All other
characters stand for themselves, such as the bars of |h|.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from textwrap import dedent, indent

LISTS = ("Parameters", "Attributes", "Returns", "Raises", "Warns")
BACKTICKS = re.compile(r"`([^`]+)`")
ITEM = re.compile(r"- |\d+\. ")
COLUMNS = re.compile(r" {2,}")
ENTRY = re.compile(r"(?P<name>[^:]*[^:\s])(?: : (?P<text>.*))?")


def restructured(text: str) -> str:
    """Return the text of a docstring, without its indentation, as reStructuredText."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    lines = text.strip("\n").split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if re.fullmatch(r"-{4,}", below) and len(below) == len(line):
            parts.append((line, []))
        elif not re.fullmatch(r"-{4,}", line) or parts[-1][1]:
            parts[-1][1].append(line)
    return "\n\n".join(_part(heading, body) for heading, body in parts).strip("\n") + "\n"


def inline(text: str) -> str:
    """Return text in which `name` becomes code and all other characters stand for themselves."""
    parts = BACKTICKS.split(text)
    parts[::2] = [_escaped(part) for part in parts[::2]]
    for i in range(1, len(parts), 2):
        # "\\ " parts code from a letter beside it, and is not shown.
        before = "" if parts[i - 1][-1:] in {"", " ", "\n", "("} else "\\ "
        after = "" if parts[i + 1][:1] in {"", *" \n.,:;)"} else "\\ "
        parts[i] = f"{before}``{parts[i]}``{after}"
    return "".join(parts)


def _escaped(text: str) -> str:
    """Return text whose characters stand for themselves, but for **words** that are set bold."""
    bold = re.split(r"(\*\*[^*\n]+\*\*)", text)
    bold[::2] = [re.sub(r"([\\*|_])", r"\\\1", part) for part in bold[::2]]
    return "".join(bold)


def _part(heading: str, body: list[str]) -> str:
    """Return a section of a docstring: a field if it is a list of entries, else text."""
    if heading in LISTS:
        entries, after = _entries(body)
        found = "\n".join(_entry(first, rest) for first, *rest in entries)
        field = f":{heading}:\n{indent(found or _text(body), '   ')}"
        return f"{field}\n\n{_text(after)}".strip()
    return (f".. rubric:: {heading}\n\n" if heading else "") + _text(body)


def _text(lines: Sequence[str]) -> str:
    """Return paragraphs, formulas, examples and columns."""
    found, item = [], ""  # the indentation of what belongs to the item above
    for block in _blocks(lines):
        if item and block[0].startswith(item):
            found.append(indent(_block(dedent_by(item, block)), item))
        else:
            found.append(_block(block))
            marker = ITEM.match(block[0])
            item = " " * len(marker[0]) if marker else ""
    return "\n\n".join(found)


def dedent_by(margin: str, block: Sequence[str]) -> list[str]:
    """Return lines without a margin that all of them have."""
    return [line.removeprefix(margin) for line in block]


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    """Return what stands between blank lines; a change between text and indented lines parts too.

    Lines that are indented below an item of a list, or in a column, belong to what is above them.
    """
    blocks: list[list[str]] = []
    for filled, group in groupby(lines, key=lambda line: bool(line.strip())):
        if not filled:
            continue
        block: list[str] = []
        for line in group:
            formula = (
                line.startswith("    ")
                and not (block and ITEM.match(block[0]))
                and not _is_table(block)
            )
            if block and formula != block[0].startswith("    "):
                blocks.append(block)
                block = []
            block.append(line)
        blocks.append(block)
    return blocks


def _is_table(block: Sequence[str]) -> bool:
    """Whether a block has columns, which two spaces or more part."""
    return bool(block) and re.match(r"\S+( \S+)*? {2,}\S", block[0]) is not None


def _block(block: list[str]) -> str:
    """Return one block in reStructuredText."""
    if block[0].startswith(">>>"):
        return "\n".join(block)
    if block[0].startswith("    "):
        return "::\n\n" + indent(dedent("\n".join(block)), "   ")
    if block[0].startswith("=="):
        return "\n".join(block)
    if _is_table(block) and len(block) > 1:
        return _table(block)
    return inline("\n".join(block))


def _table(block: Sequence[str]) -> str:
    """Return columns that are aligned by spaces as a table without a head."""
    rows: list[list[str]] = []
    for line in block:
        if line.startswith("  "):
            rows[-1][-1] += f" {line.strip()}"
        else:
            rows.append(COLUMNS.split(line))
    width = max(map(len, rows))
    lines = [".. list-table::", "   :class: names", ""]
    for row in rows:
        for i, cell in enumerate([*row, *[""] * (width - len(row))]):
            lines.append(f"   {'  -' if i else '* -'} {_cell(row, i, cell)}".rstrip())
    return "\n".join(lines)


def _cell(row: Sequence[str], i: int, cell: str) -> str:
    """Return a cell in which names are set as code: all of a list, and those in the first column.

    The first column before a list of names of the library holds words.
    """
    listed = [re.fullmatch(r"\w+(, \w+)+", one) is not None for one in row]
    words = len(row) > 1 and listed[1] and "." not in row[0]
    if (i == 0 and not words) or (i == 1 and listed[1]):
        return inline(", ".join(f"`{name}`" for name in cell.split(", ")))
    return inline(cell)


def _entries(body: Sequence[str]) -> tuple[list[list[str]], list[str]]:
    """Return the lines of each entry of a list, and the lines of what follows the list.

    An entry has " : " in its first line, or indented lines below it.
    """
    entries: list[list[str]] = []
    for i, (line, below) in enumerate(zip(body, [*body[1:], ""], strict=True)):
        if entries and (line.startswith(" ") or not line):
            entries[-1].append(line)
        elif " : " in line or below.startswith(" "):
            entries.append([line])
        elif line:
            return entries, list(body[i:])
    return entries, []


def _entry(first: str, rest: list[str]) -> str:
    """Return one entry as an item of a list."""
    more = dedent("\n".join(rest)).strip("\n").split("\n")
    matched = ENTRY.fullmatch(first)
    name, text = (matched["name"], matched["text"]) if matched else (first, None)
    words = f"**{inline(name)}**"
    blocks = _blocks([text, *more] if text else more)
    if blocks and not blocks[0][0].startswith("    "):
        words += f" – {_block(blocks.pop(0))}"
    words = "\n\n".join([words, *map(_block, blocks)])
    return f"- {indent(words, '  ')[2:]}"
