"""Builds notebooks from the tutorials: `python -m tutorials.notebooks [FOLDER]`.

A tutorial is a script in percent format, and a notebook has the same cells. The folder (by default
`tutorials/out/notebooks`) then holds what a student needs beside an installed tinyae: a notebook
for each tutorial, and what they import to check answers. Needs jupytext:
`pip install -e ".[notebooks]"`.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

FOLDER = Path(__file__).parent
# What the notebooks import or read beside tinyae.
BESIDE = ("exercises.py", "exercises.json", "comments.json", "data_parallel.py")


def build(folder: Path, tutorials: list[Path] | None = None) -> list[Path]:
    """Write the notebooks of some tutorials (all by default) and what they need; return the files.

    Raises
    ------
    ModuleNotFoundError
        If jupytext is not installed; the message says how to install it.
    """
    try:
        import jupytext
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'notebooks are built by jupytext: pip install -e ".[notebooks]"'
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    built = []
    for path in tutorials or sorted(FOLDER.glob("[0-9]*.py")):
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
        notebook.metadata["kernelspec"] = {
            "name": "python3", "display_name": "Python 3", "language": "python",
        }  # fmt: skip
        built.append(folder / f"{path.stem}.ipynb")
        jupytext.write(notebook, built[-1])
    for name in BESIDE:
        shutil.copy(FOLDER / name, folder / name)
    return built


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER / "out" / "notebooks",
                        help="where to write them (default: tutorials/out/notebooks)")  # fmt: skip
    folder = parser.parse_args().folder
    print(f"{len(build(folder))} notebooks in {folder}")
