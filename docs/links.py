"""Links between the pages: those of the Markdown files, and those from code to the reference.

The Markdown files link each other by relative paths, as the host of a repository needs them. Sphinx
knows the anchors of headings, but not those that stand as <a id="…"> in the files.
"""

from __future__ import annotations

import inspect
import posixpath
import re
from importlib import import_module

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from . import reference

LINK = re.compile(r"\]\((?P<path>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)")
CODE = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(?:\((?P<first>\w*).*\))?", re.DOTALL)
# Pages that have another place than the file or folder to which the Markdown files link.
MOVED = {"README.md": "index.md", "docs/claims": "CLAIMS.md"}


def moved(text: str, path: str) -> str:
    """Return the text of a Markdown file in which links lead to the places of `MOVED`.

    `path` is that of the file, from the folder of the project.
    """

    def link(found: re.Match[str]) -> str:
        folder = posixpath.dirname(path)
        target = posixpath.normpath(posixpath.join(folder, found["path"]))
        if target not in MOVED:
            return found[0]
        there = posixpath.relpath(MOVED[target], folder or ".")
        return f"]({there}{found['anchor'] or ''})"

    return LINK.sub(link, text)


def connect(app: Sphinx, doctree: nodes.document) -> None:
    """Make links to anchors in other files, and links from code to what it names."""
    here = app.env.docname
    for node in list(doctree.findall(addnodes.pending_xref)):
        if node.get("refdomain") == "doc" and node.get("reftargetid"):
            uri = app.builder.get_relative_uri(here, node["reftarget"])
            uri += f"#{node['reftargetid']}"
            node.replace_self(nodes.reference("", "", *node.children, internal=True, refuri=uri))
    for node in list(doctree.findall(nodes.literal)):
        if not _is_link_or_name(node):
            target = _target(node.astext(), here, set(app.env.found_docs))
            if target is not None:
                node.replace_self(target)
                target += node


def _is_link_or_name(node: nodes.Node) -> bool:
    """Whether code stands in a link, in a heading, or in a signature."""
    kinds = (nodes.reference, addnodes.pending_xref, nodes.title, addnodes.desc_signature)
    parent = node.parent
    while parent is not None and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


def _target(text: str, here: str, pages: set[str]) -> nodes.Element | None:
    """Return a link, without its text, to what code names, or None."""
    page = f"tutorials/{text.removesuffix('.py')}"
    if text.endswith(".py") and page in pages:
        return addnodes.pending_xref(
            "", refdoc=here, refdomain="std", reftype="doc", reftarget=f"/{page}",
            refexplicit=True, refwarn=True,
        )  # fmt: skip
    full = named(text)
    if not full or here.startswith(f"{reference.FOLDER}/{full}"):
        return None
    return addnodes.pending_xref(
        "", refdoc=here, refdomain="py", reftype="obj", reftarget=full, refexplicit=True,
        refwarn=True,
    )  # fmt: skip


def named(text: str) -> str:
    """Return the full name of what code such as "Contractive(0.1)" calls or names, or "".

    `fit(X)` may be a method of many classes. A function whose name is also that of a method is
    meant only if the first argument has the name of its first parameter, as in `fit(model, X)`.
    """
    found = CODE.fullmatch(text)
    full = reference.documented(found["name"]) if found else ""
    if (
        not found
        or not full
        or full.count(".") > 2
        or found["name"] not in reference.names_of_members()
    ):
        return full
    function = getattr(import_module(full.rpartition(".")[0]), found["name"])
    return full if found["first"] == next(iter(inspect.signature(function).parameters)) else ""
