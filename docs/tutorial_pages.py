"""The tutorials as notebooks that have been executed, which myst-nb shows as pages.

The executed notebooks are kept. They are used again as long as the tutorial, what it imports
beside tinyae, and all modules of tinyae are the same.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from functools import partial
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import tinyae
from figures.parallel import as_finished, cores
from figures.resuming import code
from tutorials import notebooks

FOLDER = "tutorials"
QUICK = ("10_recirculation",)  # executed in the quick form: the shortest one
SECONDS = 600  # that one cell may take


def names(readme: str) -> list[str]:
    """Return the names of all tutorials, in the order in which the README lists them.

    Raises
    ------
    ValueError
        If the README lists others than there are.
    """
    listed = list(
        dict.fromkeys(re.findall(r"^\|[^|]*\| `(\d\d_\w+)\.py` \|", readme, re.MULTILINE))
    )
    there = sorted(path.stem for path in notebooks.FOLDER.glob("[0-9]*.py"))
    if sorted(listed) != there:
        raise ValueError(
            f"the README's table of tutorials lists {sorted(listed)}, but there are {there}"
        )
    return listed


def index(readme: str) -> str:
    """Return the page above the tutorials: what the README says of them.

    The links of the README start one folder higher.
    """
    section = readme.partition("\n## Tutorials\n")[2].partition("\n## ")[0]
    return "# Tutorials\n" + re.sub(r"\]\((?!https?:)", "](../", section)


def write(folder: Path, kept: Path, *, quick: bool) -> None:
    """Write the notebooks into a folder, with what they show.

    With `quick` only a short one is executed. `kept` is the folder of executed notebooks.
    """
    built = notebooks.build(folder)
    wanted = [path for path in built if not quick or path.stem in QUICK]
    kept.mkdir(parents=True, exist_ok=True)
    found = {path: kept / f"{path.stem}.{checksum(path.stem)}.ipynb" for path in wanted}
    missing = {
        path.stem: partial(execute, path, place)
        for path, place in found.items()
        if not place.exists()
    }
    if missing:
        for _, (report, _) in as_finished(missing, cores()):
            print(report, flush=True)
    for path, place in found.items():
        shutil.copy(place, path)
    for place in set(kept.glob("*.ipynb")) - set(found.values()):
        if place.name.partition(".")[0] in {path.stem for path in wanted}:
            place.unlink()  # of older code


def checksum(name: str) -> str:
    """Return a checksum of a tutorial and of all that it imports."""
    found = hashlib.sha256(code((Path(tinyae.__file__).parent,)).encode())
    for one in (f"{name}.py", *notebooks.BESIDE):
        found.update((notebooks.FOLDER / one).read_bytes())
    return found.hexdigest()[:16]


def execute(path: Path, place: Path) -> tuple[str, bool]:
    """Execute a notebook in its own folder, write it to `place`, and return a report.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell ends with an error; the message holds the cell and the traceback.
    """
    start = time.perf_counter()
    notebook = nbformat.read(path, as_version=4)
    place_of_files = {"metadata": {"path": str(path.parent)}}
    quiet = ["--log-level=ERROR"]  # a kernel warns of connections that never leave this machine
    NotebookClient(
        notebook, timeout=SECONDS, resources=place_of_files, extra_arguments=quiet
    ).execute()
    for cell in notebook.cells:
        describe_pictures(cell)
    unfinished = place.with_suffix(".part")
    nbformat.write(notebook, unfinished)
    unfinished.replace(place)
    return f"tutorial {path.stem}: executed in {time.perf_counter() - start:.0f} s", False


def describe_pictures(cell: nbformat.NotebookNode) -> None:
    """Move the alternative text of a cell's picture to where myst-nb reads it."""
    for output in cell.get("outputs", ()):
        alt = output.get("metadata", {}).get("image/png", {}).get("alt")
        if alt:
            cell.metadata["mystnb"] = {"image": {"alt": alt}}
