"""The settings of Sphinx. `python -m docs` writes the sources and calls Sphinx with this file."""

from __future__ import annotations

from sphinx.application import Sphinx

from docs.docstrings import restructured
from docs.links import connect
from tinyae.version import __version__

project = "tinyae"
author = copyright = "the tinyae authors"
version = release = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.viewcode", "myst_nb"]
exclude_patterns = ["tutorials/*.py"]

html_theme = "furo"
html_title = f"tinyae {release}"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_sphinx = False

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
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


def setup(app: Sphinx) -> None:
    """Add the two steps that are our own."""
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("doctree-read", connect)
