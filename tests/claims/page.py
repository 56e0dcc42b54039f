"""The pages of the claims: CLAIMS.md with one line for each, and the details by section.

`python -m tests.claims.page` writes them from what was measured; nothing is measured for it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from tests.claims import measured
from tests.claims.errata import errata_page
from tests.claims.rows import ROWS, VERDICTS, Row

ROOT = Path(__file__).parents[2]
INTRODUCTION = """\
# The chapter's claims, measured

Every line is a claim of the chapter, or of a section that the chapter builds on. The verdict says
whether it **holds**, **holds with a limit** that the chapter does not name, or is **not as
written**. *What decides* is one measured figure with its bound in brackets; *control* is the same
figure for imposters, which must break the bound. The link leads to all figures of the claim. Statements that
are not true as written, or that can be said more exactly, are told under
[errata and sharpenings](docs/claims/errata.md).
"""
HOW = """\
## How the figures are measured

`python -m tests.claims` measures every claim in full and writes the pages. It begins with what that
costs. `python -m tests.claims FILE` or `-k WORD` measures a part and keeps the rest, and `--resume`
leaves out what was measured in full with the present code. Each test is written down as soon as it
has passed, so that figures may be from different days. `pytest -m claim` measures a reduced form
(fewer seeds, data or epochs) with the same bounds, except for those that it marks as not asserted;
plain `pytest` leaves most of the claims out.

The seeds of a claim follow from its name, so that nobody has chosen them. In a few tests that take
long they were fixed before the first measurement; a comment there says so.
`python -m tests.claims.fresh_seeds 20` repeats the reduced form with twenty other sets of seeds and
counts how many of them keep each bound ([the result](docs/claims/seeds.md)).
"""
SECTION = """\
# Section {section}: the claims in detail

[All claims](../../CLAIMS.md). *Measured on* describes the data and the settings of the full form. A
figure that was measured for several seeds or cases is given by its smallest and its largest value,
with the number of values in brackets. A *control* measures an imposter, which must break the bound.
*Quoted* figures have no bound: they are given for comparison.
"""


def number(label: str) -> tuple[int, ...]:
    """Order 14.2.1 before 14.10, and S9 before S10."""
    return tuple(int(digits) for digits in re.findall(r"\d+", label))


def cell(text: str) -> str:
    """Return the text as it stands in a table, which has its own bars."""
    return text.replace("|", "\\|")


def file_of(section: str) -> str:
    """Return the name of a section's page."""
    return f"{section.split(',')[0]}.md"


def block(test: str, one: dict, claim: dict) -> str:
    """Return what stands on a section's page about one claim."""
    form = "full" if one["full"] else "reduced"
    lines = [f"**{claim['row']}.** {claim['says']}  "]
    lines += [f"*Measured on:* {claim['on']}  "] if claim["on"] else []
    lines += [f"*No control:* {claim['no control']}  "] if claim["no control"] else []
    lines += [f"`pytest {test} --full` ({form})", "", "| figure | bound | measured |", "|---|---|---|"]  # fmt: skip
    lines += [
        f"| {cell(what)} | {bound} | {cell(text)} |" for what, bound, text in claim["figures"]
    ]
    return "\n".join(lines)


def anchor(row: str) -> str:
    """Return the name by which the details of a row are linked."""
    return "-".join(re.findall(r"[a-z0-9]+", row.split(",")[0].lower()))


def section_pages(tests: dict[str, dict]) -> dict[str, str]:
    """Return the text of each section's page by its file name."""
    found = defaultdict(list)
    for test, one in tests.items():
        for claim in one["claims"]:
            row = claim["row"]
            found[claim["section"]].append((number(row), anchor(row), block(test, one, claim)))
    pages = {}
    for section in sorted(found, key=number):
        lines, seen = [SECTION.format(section=section)], set()
        for _, mark, text in sorted(found[section], key=lambda one: one[:2]):
            lines += [] if mark in seen else [f'<a id="{mark}"></a>', ""]
            seen.add(mark)
            lines += [text, ""]
        pages[file_of(section)] = "\n".join(lines)
    return pages


def claims_of(row: str, tests: dict[str, dict]) -> list[dict]:
    """Return the claims that measure a row of the table: S9 has "S9, copy" and "S9, loss"."""
    claims = [claim for one in tests.values() for claim in one["claims"]]
    return [claim for claim in claims if claim["row"].split(",")[0] == row]


def deciding(row: Row, tests: dict[str, dict]) -> tuple[str, str, str, str]:
    """Return the figure that decides: its section, bound and value, and what its control scored."""
    found = [
        (claim["section"], bound.split("; moved")[0], text, _controls(row, claim))
        for test, one in tests.items()
        for claim in claims_of(row.row, {test: one})
        for what, bound, text in claim["figures"]
        if what == row.decides and bound != "quoted" and row.where in test
    ]
    if len(found) != 1:
        raise LookupError(f"{row.row}: {len(found)} bounded figures are named {row.decides!r}")
    return found[0]


def _controls(row: Row, claim: dict) -> str:
    same = re.compile(rf"control, (.+): {re.escape(row.decides)}$")
    found = [(same.match(what), text) for what, _, text in claim["figures"]]
    texts = [f"{match.group(1)}: {text}" for match, text in found if match]
    return "; ".join(texts) or "see the details"


def opening_table(tests: dict[str, dict]) -> list[str]:
    """Return the lines of the table that CLAIMS.md opens with."""
    lines = ["| section | claim | verdict | what decides | control |", "|---|---|---|---|---|"]
    for row in sorted(ROWS, key=lambda row: number(row.section)):
        section, bound, text, control = deciding(row, tests)
        link = f"docs/claims/{file_of(section)}#{anchor(row.row)}"
        figure = f"{cell(row.decides)}: {cell(text)} [{bound}]"
        lines.append(
            f"| {row.section} | [{row.row}]({link}) {row.says} | {row.verdict} | {figure} | {cell(control)} |"
        )
    return lines


def opening(tests: dict[str, dict]) -> str:
    """Return the text of CLAIMS.md."""
    counts = Counter(row.verdict for row in ROWS)
    said = ", ".join(f"{counts[verdict]} {words}" for verdict, words in VERDICTS.items())
    lines = [INTRODUCTION, f"{len(ROWS)} claims: {said}.", ""]
    reduced = [test for test, one in tests.items() if not one["full"]]
    if reduced:
        lines += [f"**{len(reduced)} of {len(tests)} tests were measured in the reduced form only.** "
                  "Their blocks on the pages of the sections say so.", ""]  # fmt: skip
    lines += [*opening_table(tests), "", HOW]
    return "\n".join(lines)


def write_pages(root: Path = ROOT) -> None:
    """Write CLAIMS.md and docs/claims from what was measured."""
    tests = measured.everything(root / "tests" / "claims" / "measured")
    folder = root / "docs" / "claims"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in section_pages(tests).items():
        (folder / name).write_text(text, "utf-8")
    (folder / "errata.md").write_text(errata_page(tests), "utf-8")
    (root / "CLAIMS.md").write_text(opening(tests), "utf-8")


if __name__ == "__main__":
    write_pages()
