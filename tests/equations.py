"""Where each equation of the chapter is: `python -m tests.equations` writes `docs/equations.md`.

A docstring of the library, of a figure or of a test that says "equation 14.9" or "equations 14.3 to
14.7" is listed, and so is a line of a tutorial that says it or that has its number in brackets,
as in "(14.9)". Nothing else is kept, so the page cannot say what the code does not say.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "equations.md"
NUMBERS = range(1, 20)
ONE = r"14\.\d+"
NAMED = re.compile(rf"[Ee]quations?\s+({ONE}(?:(?:,|,?\s+and|\s+to)\s+{ONE})*)")
IN_BRACKETS = re.compile(rf"\(({ONE}(?: and {ONE})*)\)[.,]?(?:\s|$)")
CLAIM = re.compile(rf"{ONE}(?:–{ONE})?")  # how the claims about equations are named
HEAD = """# Where each equation of the chapter is

`python -m tests.equations` writes this page from docstrings that say "equation 14.x", and from the
text of the tutorials. A test compares it with the code.
"""


def spelled(text: str) -> set[int]:
    """Return the numbers of "14.9", "14.2 and 14.6" or "14.3 to 14.7"."""
    found = set()
    for first, last in re.findall(r"14\.(\d+)(?:(?:\s+to\s+|–)14\.(\d+))?", text):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def told(text: str) -> set[int]:
    """Return the numbers of all equations that a text names as equations."""
    return set().union(*(spelled(match) for match in NAMED.findall(text)))


def docstrings(path: Path) -> list[tuple[str, int, str]]:
    """Return (name, line, docstring) of a module and of all classes and functions in it."""
    found = []

    def visit(node: ast.AST, name: str) -> None:
        text = ast.get_docstring(node) or ""
        found.append((name, getattr(node, "lineno", 1), text))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
                visit(child, f"{name}.{child.name}".lstrip("."))

    visit(ast.parse(path.read_text(encoding="utf-8")), "")
    return found


def files(folder: str) -> list[Path]:
    """Return the Python files of a folder of the project, by name."""
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def symbols(folder: str) -> dict[int, list[str]]:
    """Return for each equation the symbols whose docstring names it, with file and line.

    A module is listed only if none of its classes and functions names the equation.
    """
    found: dict[int, list[str]] = {number: [] for number in NUMBERS}
    for path in files(folder):
        if not NAMED.search(path.read_text(encoding="utf-8")):
            continue
        place, listed = path.relative_to(ROOT / folder).as_posix(), set()
        for name, line, text in reversed(docstrings(path)):  # the module comes last
            for number in told(text) & set(NUMBERS):
                if name:
                    found[number].append(f"`{name}` {place}:{line}")
                elif number not in listed:
                    found[number].append(f"{place}")
                listed.add(number)
    return found


@cache
def tutorials() -> dict[int, list[str]]:
    """Return for each equation one line in each tutorial, if possible that of the formula."""
    found: dict[int, list[str]] = {number: [] for number in NUMBERS}
    for path in sorted((ROOT / "tutorials").glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8").replace("\n# ", "\n  ")
        lines: dict[int, int] = {}
        for match in NAMED.finditer(text):
            for number in spelled(match[1]):
                lines.setdefault(number, text.count("\n", 0, match.start()) + 1)
        formulas: dict[int, int] = {}
        for i, line in enumerate(text.splitlines(), start=1):
            match = IN_BRACKETS.search(line)
            for number in spelled(match[1]) if match else ():
                formulas.setdefault(number, i)
        for number in sorted((lines | formulas).keys() & set(NUMBERS)):
            found[number].append(f"{path.name[:2]}:{(lines | formulas)[number]}")
    return found


@cache
def named_in_tests() -> dict[int, list[str]]:
    """Return for each equation the tests that name it, in a docstring or as a claim's name."""
    found: dict[int, list[str]] = {number: [] for number in NUMBERS}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place, text = path.relative_to(ROOT / "tests").as_posix(), path.read_text(encoding="utf-8")
        if not re.search(r"14\.\d", text):
            continue
        numbers = set().union(*(told(doc) for _, _, doc in docstrings(path)))
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "claim":
                words = [str(getattr(arg, "value", "")) for arg in call.args]
                numbers |= spelled(words[0]) if CLAIM.fullmatch(words[0]) else set()
                numbers |= set().union(*(told(text) for text in words))
        for number in numbers & set(NUMBERS):
            found[number].append(place)
    return found


def page() -> str:
    """Return the text of `docs/equations.md`."""
    columns = symbols("tinyae"), tutorials(), symbols("figures"), named_in_tests()
    lines = [HEAD, "| equation | in tinyae | tutorial: line | in figures | in tests |",
             "|---|---|---|---|---|"]  # fmt: skip
    for number in NUMBERS:
        cells = ["<br>".join(sorted(column[number])) or "—" for column in columns]
        lines.append(f"| 14.{number} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written to {PAGE}")
