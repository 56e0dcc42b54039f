"""The gallery: a page for each figure, with its picture, numbers, parameters and code.

The pictures are those of `figures/out` if they are there, as `python -m figures` draws them, and
otherwise are drawn in the quick form.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from textwrap import indent
from types import ModuleType

from matplotlib.image import thumbnail

from figures import common
from figures.__main__ import main as draw_figures
from figures.catalogue import MODULES
from figures.reading import described

from .docstrings import restructured

FOLDER = "figures"
SMALLER = 0.25  # a thumbnail beside its picture


def draw(folder: Path, *, quick: bool) -> dict[str, Path]:
    """Draw the figures that have no picture yet; return the SVG file of each, by its number.

    With `quick` any picture in `figures/out` serves, and missing ones are drawn in the quick form
    into the folder. Otherwise those that the present code has drawn serve.
    """
    missing = [m.NUMBER for m in MODULES if not (common.OUT / f"{m.NAME}.svg").exists()]
    if not quick and draw_figures(["--resume"]):
        raise RuntimeError("a figure could not be drawn: see the message above")
    drawn = [*missing, "--quick", "--resume", "--out", str(folder)]
    if quick and missing and draw_figures(drawn):
        raise RuntimeError("a figure could not be drawn: see the message above")
    return {
        m.NUMBER: folder / f"{m.NAME}.quick.svg" if quick and m.NUMBER in missing
        else common.OUT / f"{m.NAME}.svg"
        for m in MODULES
    }  # fmt: skip


def pages(drawn: dict[str, Path], folder: Path) -> dict[str, str]:
    """Copy the pictures into the folder of sources; return the text of each page by its path."""
    (folder / FOLDER / "small").mkdir(parents=True, exist_ok=True)
    found = {}
    for module in MODULES:
        svg = drawn[module.NUMBER]
        for path in (svg, svg.with_suffix(".png")):
            shutil.copy(path, folder / FOLDER / f"{module.NAME}{path.suffix}")
        small = folder / FOLDER / "small" / f"{module.NAME}.png"
        thumbnail(str(svg.with_suffix(".png")), str(small), scale=SMALLER)
        found[f"{FOLDER}/{module.NAME}.rst"] = page(module, svg)
        for name in _set_ups(module):
            found[f"{FOLDER}/experiments/{name}.rst"] = set_up_page(name)
    return {f"{FOLDER}/index.rst": index(), **found}


def title(module: ModuleType) -> str:
    """Return the heading of the page of a figure."""
    if module.NUMBER[0].isdigit():
        return f"Figure {module.NUMBER}: {module.TITLE}"
    return module.TITLE[:1].upper() + module.TITLE[1:]


def _short(module: ModuleType) -> str:
    """Return the name of a figure for the navigation."""
    return f"Figure {module.NUMBER}" if module.NUMBER[0].isdigit() else module.NUMBER


def index() -> str:
    """Return the page with all figures in the chapter's order."""
    text = _heading("Figures")
    text += (
        "``python -m figures`` draws all figures, and ``python -m figures NUMBER`` one of them. "
        "Each page shows the picture, its numbers with the tolerance of their check, its "
        "parameters and its code. ``--data`` and ``--set`` draw a figure from your data or with "
        "other parameters.\n\n.. container:: gallery\n"
    )
    for module in MODULES:
        text += (
            f"\n   .. figure:: small/{module.NAME}.png\n      :target: {module.NAME}.html\n"
            f"      :alt: {title(module)}\n\n"
            f"      :doc:`{_words(title(module))} <{module.NAME}>`\n"
        )
    names = "".join(f"   {_short(module)} <{module.NAME}>\n" for module in MODULES)
    return f"{text}\n.. toctree::\n   :hidden:\n\n{names}"


def page(module: ModuleType, svg: Path) -> str:
    """Return the page of a figure whose picture is an SVG file."""
    _, alt = common.words_of(svg)
    quick = ".quick" in svg.suffixes
    text = _heading(title(module))
    text += f".. image:: {module.NAME}.png\n   :alt: {' '.join(alt.split())}\n\n"
    text += f":download:`SVG <{module.NAME}.svg>`, :download:`PNG <{module.NAME}.png>`"
    if quick:
        text += "\n\n.. note:: The networks of this picture were trained for a shorter time than "
        text += "the numbers below say."
    text += f"\n\n{restructured(module.__doc__ or '')}\n**What the picture shows.** {_words(alt)}\n"
    text += _section("Draw it", f".. code-block:: sh\n\n   python -m figures {module.NUMBER}\n")
    settings = described(module.compute)
    if settings:
        listed = "\n".join(settings)
        text += f"\nParameters, with their recorded values:\n\n::\n\n{indent(listed, '   ')}\n"
    text += _section("Numbers", _numbers(module))
    text += _section("Code", _code(f"{module.NAME}.py"))
    names = sorted(_set_ups(module))
    if names:
        listed = ", ".join(f":doc:`experiments/{name}.py <experiments/{name}>`" for name in names)
        text += f"\nThe data and the networks are made in {listed}.\n"
    return text


def set_up_page(name: str) -> str:
    """Return the page of a module of `figures/experiments`."""
    path = f"experiments/{name}.py"
    return f":orphan:\n\n{_heading(f'figures/{path}')}{_code(path)}"


def _set_ups(module: ModuleType) -> set[str]:
    """Return the names of the modules of `figures/experiments` that a figure imports."""
    source = Path(module.__file__ or "").read_text(encoding="utf-8")
    return set(re.findall(r"^from \.experiments\.(\w+) import", source, re.MULTILINE))


def _numbers(module: ModuleType) -> str:
    """Return the recorded numbers of a figure as a table."""
    path = common.EXPECTED / f"{module.NAME}.json"
    lines = [".. list-table::", "   :header-rows: 1", ""]
    rows = [("number", "value", "tolerance of ``--check``")]
    for name, one in json.loads(path.read_text(encoding="utf-8")).items():
        rows.append((f"``{name}``", f"{one['value']:.6g}", f"{common.tolerance(one):.2g}"))
    for first, *others in rows:
        lines += [f"   * - {first}", *(f"     - {other}" for other in others)]
    return "\n".join(lines) + "\n"


def _code(path: str) -> str:
    """Return the listing of a module below the folder of figures."""
    source = (common.HERE / path).read_text(encoding="utf-8")
    return f"\n.. code-block:: python\n   :caption: figures/{path}\n\n{indent(source, '   ')}"


def _section(heading: str, text: str) -> str:
    return f"\n{heading}\n{'-' * len(heading)}\n\n{text}"


def _heading(text: str) -> str:
    return f"{_words(text)}\n{'=' * 2 * len(text)}\n\n"


def _words(text: str) -> str:
    """Return text without the marks of reStructuredText."""
    return re.sub(r"([\\*|_`<>])", r"\\\1", text)
