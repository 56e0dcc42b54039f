"""What is wrong with a site that was built: broken links, and pictures without alternative text."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "iframe": "src"}

SHOWN = {"stylesheet", "icon", "preload"}


@dataclass
class Page(HTMLParser):
    """What a page has: anchors, links, and pictures without alternative text."""

    text: str
    anchors: set[str] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)  # (tag, target)
    without_words: list[str] = field(default_factory=list)  # sources of pictures

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the anchor, the link or the picture that a tag is."""
        has = {name: value or "" for name, value in attrs}
        self.anchors |= {has[name] for name in ("id", "name") if name in has}
        target = has.get(LINKS.get(tag, ""))
        if target is not None:
            # A style sheet or an icon is shown with the page, other <link>s are followed.
            kind = "style" if tag == "link" and has.get("rel") in SHOWN else tag
            self.links.append((kind, target))
        # Without words of its own, docutils takes the path of a picture as its text.
        if tag == "img" and has.get("alt", "") in ("", target):
            self.without_words.append(target or "")


def problems(folder: Path) -> list[str]:
    """Return a line for each fault of the pages below a folder: what is wrong, and where.

    A link must lead to a file below the folder, and its anchor must be there. Only a link that a
    reader follows may lead to another host; a page must show without one.
    """
    paths = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    pages = {
        name: Page(path.read_text(encoding="utf-8"))
        for name, path in paths.items()
        if name.endswith(".html")
    }
    found = [] if pages else [f"there is no page in {folder}"]
    for name, page in pages.items():
        found += [f"{name}: no alternative text for {one}" for one in page.without_words]
        for tag, target in page.links:
            fault = _fault(name, tag, target, paths, pages)
            found += [f"{name}: {fault}"] if fault else []
    return found


def _fault(name: str, tag: str, target: str, paths: dict[str, Path], pages: dict[str, Page]) -> str:
    """Return what is wrong with a link on the page of that name, or ""."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        shown = tag not in ("a", "link") and parts.scheme != "data"
        return f"shows a file of another host: {target}" if shown else ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
    path = path if parts.path else name
    if path not in paths:
        return f"broken link to {target}"
    anchor = unquote(parts.fragment)
    if anchor and path in pages and anchor not in pages[path].anchors:
        return f"broken link to {target}: the page has no such anchor"
    return ""
