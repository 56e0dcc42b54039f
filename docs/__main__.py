"""Builds the site: `python -m docs [--quick] [--out FOLDER]`.

The pages are written to FOLDER/html (by default `build/site/html`), whose `index.html` any browser
opens. No network is needed. The first build draws the figures and executes the tutorials, which
takes minutes; a later one does so only where the code has changed. With `--quick` one tutorial is
executed, and figures that are not in `figures/out` are drawn in the quick form. A warning, a broken
link, a file from another host or a picture without alternative text makes the command fail.
Needs `pip install -e ".[docs]"`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from . import sources
from .built_site import problems


def build(folder: Path, *, quick: bool) -> list[str]:
    """Build the site below a folder; return what is wrong with it, one line for each fault."""
    from sphinx.cmd.build import build_main

    sources.write(folder, quick=quick)
    html = folder / "html"
    shutil.rmtree(html, ignore_errors=True)
    options = ["-b", "html", "--fail-on-warning", "--keep-going", "--fresh-env", "--jobs", "auto"]
    places = [folder / "source", html]
    status = build_main(
        [*options, "-c", str(Path(__file__).parent), "-d", str(folder / "doctrees"),
         *map(str, places)]
    )  # fmt: skip
    return ["Sphinx has warned: see above"] * bool(status) + problems(html)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 if something is wrong with the site."""
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="execute one tutorial, draw missing figures quickly")
    add("--out", type=Path, default=sources.ROOT / "build" / "site", metavar="FOLDER",
        help="where to write (default: build/site)")  # fmt: skip
    options = parser.parse_args(arguments)
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
