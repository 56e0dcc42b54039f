"""Builds the site: `python -m docs [--quick] [--out FOLDER]`.

The pages are written to FOLDER/html (by default `build/site/html`), whose `index.html` any browser
opens. No network is needed. The first build draws the figures and executes the tutorials, which
takes minutes. A later build draws and executes again only what the code has changed since. With
`--quick` one tutorial is executed, and figures that are not in `figures/out` are drawn in the quick
form. A warning, a broken link, a script, style sheet or picture from another host, or a picture
without alternative text makes the command fail. Needs `pip install -e ".[docs]"`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from sphinx.cmd.build import build_main

from . import sources
from .built_site import problems

WRITTEN = {"source", "doctrees", "html", "figures", "tutorials"}  # folders below that of a build


def build(folder: Path, *, quick: bool) -> list[str]:
    """Build the site below a folder; return what is wrong with it, one line for each fault."""
    sources.write(folder, quick=quick)
    html = folder / "html"
    shutil.rmtree(html, ignore_errors=True)
    status = sphinx(folder / "source", folder / "doctrees", html)
    return ["Sphinx has warned: see above"] * bool(status) + problems(html)


def sphinx(source: Path, doctrees: Path, html: Path) -> int:
    """Write the pages of a folder of sources; return 0 if there was no warning."""
    options = "-b html --fail-on-warning --keep-going --fresh-env --jobs auto".split()
    places = ["-c", str(sources.ROOT / "docs"), "-d", str(doctrees), str(source), str(html)]
    return build_main([*options, *places])


def foreign(folder: Path) -> bool:
    """Whether a folder holds anything that no build has written."""
    return folder.exists() and bool({path.name for path in folder.iterdir()} - WRITTEN)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 if something is wrong with the site."""
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="execute one tutorial, draw missing figures quickly")
    add("--out", type=Path, default=sources.ROOT / "build" / "site", metavar="FOLDER",
        help="where to write (default: build/site)")  # fmt: skip
    options = parser.parse_args(arguments)
    if foreign(options.out):
        parser.error(
            f"--out {options.out} holds other files, and a build deletes what it replaces: give a "
            "new or empty folder, or that of an earlier build"
        )
    start = time.perf_counter()
    found = build(options.out.resolve(), quick=options.quick)
    for line in found:
        print(line, file=sys.stderr)
    index = options.out / "html" / "index.html"
    pages = len(list(index.parent.rglob("*.html")))
    seconds = time.perf_counter() - start
    print(f"{pages} pages, {len(found)} faults, in {seconds:.0f} s; open {index}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
