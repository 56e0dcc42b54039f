"""The settings of Sphinx. `python -m docs` writes the sources and calls Sphinx with this file."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

from docs.docstrings import restructured
from docs.links import connect
from tinyae.version import __version__

project = "tinyae"
author = copyright = "the tinyae authors"
version = release = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.viewcode", "myst_nb"]
exclude_patterns = ["tutorials/*.py"]
highlight_language = "text"  # formulas in docstrings

html_theme = "furo"
html_title = f"tinyae {release}"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_sphinx = False

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
# These stand in signatures by their names, and not by what they stand for.
autodoc_type_aliases = {
    name: name
    for name in (
        "ArrayLike", "DTypeLike", "NDArray", "Activation", "Field", "Floats", "Function",
        "Generator", "Initializer", "Kernel", "Relevance", "Relevant", "Seed", "Setting",
    )
}  # fmt: skip
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80

nb_execution_mode = "off"  # docs/tutorial_pages.py has executed them
nb_merge_streams = True
myst_heading_anchors = 3


def read_docstring(
    app: Sphinx, what: str, name: str, found: object, options: object, lines: list[str]
) -> None:
    """Write the docstring that autodoc has read in reStructuredText."""
    lines[:] = restructured("\n".join(lines)).split("\n")


def read_signature(
    app: Sphinx, what: str, name: str, found: object, options: object, *texts: str | None
) -> tuple[str | None, ...]:
    """Return arguments and result as autodoc writes them, with each alias as a name alone."""
    return tuple(text and re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text) for text in texts)


def show_one_branch(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Unfold the navigation where the page stands only: the whole would be most of every page."""
    if "toctree" in context:
        whole = context["toctree"]
        context["toctree"] = lambda **options: whole(**{**options, "collapse": True})


def setup(app: Sphinx) -> None:
    """Add the steps that are our own."""
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("autodoc-process-signature", read_signature)
    app.connect("doctree-read", connect)
    app.connect("html-page-context", show_one_branch, priority=400)  # before that of the theme
