"""The sources of the site: what exists in the project, and pages that are made from code.

They are laid out as in the project, so that relative links and pictures work unchanged. The README
is the front page.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from . import gallery, links, reference, tutorial_pages

ROOT = Path(__file__).parents[1]
COPIED = ("*.md", "docs/**/*.md", "benchmarks/**/*.md")
PICTURES = ("figures/*.png", "docs/**/*.png", "benchmarks/**/*.png")


def write(folder: Path, *, quick: bool) -> None:
    """Write all sources below `folder` / "source"; the folder also keeps what took long to make."""
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    for path, text in markdown().items():
        put(source / links.MOVED.get(path, path), text)
    for pattern in PICTURES:
        for picture in ROOT.glob(pattern):
            there = source / picture.relative_to(ROOT)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, there)
    drawn = gallery.draw(folder / "figures", quick=quick)
    for path, text in {**gallery.pages(drawn, source), **reference.pages()}.items():
        put(source / path, text)
    tutorial_pages.write(source / tutorial_pages.FOLDER, folder / "tutorials", quick=quick)


def markdown() -> dict[str, str]:
    """Return the text of all Markdown files by their paths, with the lists of the pages below."""
    paths = [path for pattern in COPIED for path in sorted(ROOT.glob(pattern))]
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    texts = {name: links.moved((ROOT / name).read_text(encoding="utf-8"), name) for name in names}
    readme = texts["README.md"]
    texts["tutorials/index.md"] = tutorial_pages.index(readme) + contents(
        "", tutorial_pages.names(readme)
    )
    claims = [name for name in names if name.startswith("docs/claims/")]
    top = ["tutorials/index", "figures/index", "CLAIMS"]
    look_up = ["reference/index", "docs/equations", "docs/notation"]
    placed = {"README.md", *claims, *(f"{name}.md" for name in [*top, *look_up])}
    others = sorted(set(names) - placed, key=lambda name: ("teachers" not in name, name))
    texts["README.md"] += contents("", ["index", *top]) + contents("Look up", look_up)
    texts["README.md"] += contents("Teach and contribute", others)
    texts["CLAIMS.md"] += contents("", [f"/{name}" for name in sorted(claims, key=in_order)])
    return texts


def in_order(name: str) -> tuple[bool, str]:
    """Return the place of a page of claims: the errata first, then by section."""
    return "errata" not in name, name


def contents(title: str, pages: list[str]) -> str:
    """Return a list of pages for the navigation, which the page itself does not show."""
    caption = f":caption: {title}\n" if title else ""
    listed = "\n".join("self" if page == "index" else page.removesuffix(".md") for page in pages)
    return f"\n```{{toctree}}\n:hidden:\n{caption}\n{listed}\n```\n"


def put(path: Path, text: str) -> None:
    """Write a text, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
