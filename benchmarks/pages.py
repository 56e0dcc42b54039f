"""The pages of results: one for each machine, section by section.

A page begins with a statement of its machine. A section is kept until it is measured again.
"""

from __future__ import annotations

import re
import sys
from itertools import count
from pathlib import Path

from benchmarks import machine
from benchmarks.workloads import WORKLOADS

FOLDER = Path(__file__).with_name("results")
ORDER = [*WORKLOADS, "scaling", "chart", "side", "growth", "cluster", "threads", "hashing",
         "coding", "manifolds"]  # fmt: skip


def write(found: dict[str, str], folder: Path | None = None) -> Path:
    """Write sections, by heading, to this machine's page, and keep its others.

    Sections are sorted by the number of threads, then as the first word of their headings in
    `ORDER`.
    """
    folder = folder or FOLDER
    said = machine.statement()
    page = own_page(folder, said)
    kept = sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    folder.mkdir(exist_ok=True)
    page.write_text(text_of(said, {**kept, **found}), encoding="utf-8")
    print(f"wrote {folder.name}/{page.name}", file=sys.stderr)
    return page


def own_page(folder: Path | None = None, said: dict[str, str] | None = None) -> Path:
    """Return the path of this machine's page.

    A page of the same name may be another machine's, because virtual processors share their names.
    Then a number is added.
    """
    folder, said = folder or FOLDER, said or machine.statement()
    name = machine.page_name(said["processor"], said["cores"])
    for number in count(1):
        page = folder / (f"{name}.md" if number == 1 else f"{name}-{number}.md")
        if not page.exists():
            break
        theirs = statement(page.read_text(encoding="utf-8"))
        if all(theirs.get(line) == said[line] for line in machine.HARDWARE):
            break
    return page


def text_of(said: dict[str, str], found: dict[str, str]) -> str:
    """Return the text of a page."""

    def rank(heading: str) -> tuple[str, int]:
        name, _, threads = heading.partition(", ")
        first = name.split()[0]
        return threads, ORDER.index(first) if first in ORDER else len(ORDER)

    name = said["processor"].split(",")[0]
    lines = [f"# Speed on {name}, {said['cores']} cores", "",
             "How this was measured, and what the words mean: [RESULTS.md](../RESULTS.md).", "",
             "| the machine | |", "|---|---|"]  # fmt: skip
    lines += [f"| {line} | {value} |" for line, value in said.items()]
    for heading in sorted(found, key=rank):
        lines += ["", f"## {heading}", "", found[heading]]
    return "\n".join(lines) + "\n"


def statement(text: str) -> dict[str, str]:
    """Return what a page says of its machine, by name."""
    return dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text.split("\n## ")[0], flags=re.M))


def sections(text: str) -> dict[str, str]:
    """Return the sections of a page by their headings."""
    parts = re.split(r"^## (.*)\n", text, flags=re.M)[1:]
    return {head: body.strip() for head, body in zip(parts[::2], parts[1::2], strict=True)}
