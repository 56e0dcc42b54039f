"""Docstrings of plain text, written in reStructuredText."""

import inspect
import io
import sys

import pytest

from docs.docstrings import restructured
from docs.reference import documented, names_of_members, packages, pages, public_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|h| of `x` and `y`, r*(x), p_a", r"\|h\| of ``x`` and ``y``, r\*(x), p\_a"),
        ("the `x`s", "the ``x``\\ s"),
        ("A formula:\n\n    a = b * c\n\nand text", "A formula:\n\n::\n\n   a = b * c\n\nand text"),
        ("A formula\n    a = b\nand text", "A formula\n\n::\n\n   a = b\n\nand text"),
        ("- **bold**: one\n  more\n\n      f = g\n\n  end",
         "- **bold**: one\n  more\n\n  ::\n\n     f = g\n\n  end"),
        (">>> f(x_)\n2", ">>> f(x_)\n2"),
        ("==  ==\na   b_\n==  ==", "==  ==\na   b_\n==  =="),
        ("PCA  axes\nSNE  neighbours\n     in a map",
         ".. list-table::\n   :class: names\n\n   * - ``PCA``\n     - axes\n   * - ``SNE``\n"
         "     - neighbours in a map"),
        ("layers  Linear, Chain\nunits   ReLU, Tanh",
         ".. list-table::\n   :class: names\n\n   * - layers\n     - ``Linear``, ``Chain``\n"
         "   * - units\n     - ``ReLU``, ``Tanh``"),
    ],
)  # fmt: skip
def test_a_part_of_a_docstring(text, expected):
    assert restructured(text) == expected + "\n"


def test_lists_of_parameters_and_errors():
    text = """What it does.

Parameters
----------
x : array (n, d), the rows
    of data
lam, mu : two weights

A sentence on both.

Raises
------
ValueError
    If `x` is empty.

Notes
-----
A note."""
    assert restructured(text).split("\n\n") == [
        "What it does.",
        ":Parameters:\n   - **x** – array (n, d), the rows\n     of data\n"
        "   - **lam, mu** – two weights",
        "A sentence on both.",
        ":Raises:\n   - **ValueError** – If ``x`` is empty.",
        ".. rubric:: Notes",
        "A note.\n",
    ]


@pytest.mark.slow
def test_docutils_has_nothing_to_say_on_any_docstring():
    core = pytest.importorskip("docutils.core")
    texts = {name: inspect.getdoc(package) for package in packages() for name in package.__all__}
    for name, full in public_names().items():
        found = next(getattr(p, name) for p in packages() if full.startswith(f"{p.__name__}."))
        texts[name] = inspect.getdoc(found)
        texts[found.__module__] = inspect.getdoc(sys.modules[found.__module__])
        texts |= {
            f"{name}.{one}": inspect.getdoc(getattr(found, one))
            for one in names_of_members()
            if documented(f"{name}.{one}") == f"{full}.{one}"
        }
    assert len(texts) > 500
    for name, text in texts.items():
        said = io.StringIO()
        core.publish_doctree(
            restructured(text), settings_overrides={"warning_stream": said, "report_level": 2}
        )
        assert not said.getvalue(), f"{name}: {said.getvalue()}"


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("Isomap", "tinyae.embeddings.Isomap"),
        ("tinyae.embeddings.Isomap", "tinyae.embeddings.Isomap"),
        ("Autoencoder.dense", "tinyae.models.Autoencoder.dense"),
        ("Autoencoder.theta", ""),  # an attribute without a docstring
        ("Autoencoder.diagram", "tinyae.nn.Trainable.diagram"),  # inherited
        ("Autoencoder.nothing", ""),
        ("numpy.ndarray", ""),
        ("x", ""),
    ],
)
def test_what_a_name_stands_for(text, full):
    assert documented(text) == full


def test_every_public_name_is_documented_once():
    text = "\n".join(pages().values())
    for package in packages():
        assert f".. py:module:: {package.__name__}\n" in text
    for name, full in public_names().items():
        directives = [
            f"..  auto{kind}:: {full}\n".replace("  ", " ") for kind in ("class", "function")
        ]
        assert sum(text.count(one) for one in directives) == 1, name
    assert len(public_names()) > 150
