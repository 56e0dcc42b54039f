"""The pages of the site: which there are, how they are linked, and that Sphinx shows them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("myst_nb", reason='the site needs pip install -e ".[docs]"')
pytest.importorskip("furo")

from docs import gallery, links, sources, tutorial_pages
from docs.built_site import problems
from figures import common
from figures.catalogue import FIGURES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("path", "link", "place"),
    [
        ("README.md", "[x](docs/claims)", "[x](CLAIMS.md)"),
        ("docs/claims/14.md", "[x](../../README.md#tutorials)", "[x](../../index.md#tutorials)"),
        ("docs/claims/14.md", "[x](../../CLAIMS.md)", "[x](../../CLAIMS.md)"),
        ("docs/mutants.md", "[x](README.md)", "[x](README.md)"),  # there is none in docs/
        ("docs/mutants.md", "[x](https://a.org/README.md)", "[x](https://a.org/README.md)"),
    ],
)
def test_links_lead_to_the_place_of_a_page(path, link, place):
    assert links.moved(link, path) == place


@pytest.mark.parametrize(
    ("code", "full"),
    [
        ("Contractive(0.1)", "tinyae.criterion.Contractive"),
        ("RBM.from_data(X, k)", "tinyae.models.RBM.from_data"),
        ("fit(model, X)", "tinyae.training.fit"),
        ("fit(X)", ""),  # a method of many classes
        ("fit", ""),
        ("python -m tinyae fit", ""),
        ('core="vectorized"', ""),
    ],
)
def test_which_code_names_something(code, full):
    assert links.named(code) == full


def test_every_markdown_file_is_listed_once():
    texts = sources.markdown()
    listed = [
        name
        for text in texts.values()
        for block in re.findall(r"```\{toctree\}\n(.*?)```", text, re.DOTALL)
        for name in block.split("\n\n", 1)[1].split()
    ]
    pages = {name.removesuffix(".md") for name in texts} - {"README"}
    assert pages <= {name.removeprefix("/") for name in listed}
    assert len(listed) == len(set(listed)) and len(pages) > 25
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        assert path.relative_to(ROOT).as_posix() in texts


def test_tutorials_come_in_the_order_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = tutorial_pages.names(readme)
    assert names[0].startswith("01_") and names.index("07_denoising_as_a_vector_field") < 6
    with pytest.raises(ValueError, match="lists .* but there are"):
        tutorial_pages.names(readme.replace("12_tangents.py", "12_tangent.py"))


def test_the_page_of_a_figure(tmp_path):
    figure = FIGURES["14.7"]
    text = f"<svg xmlns='{common.SVG}' width='1'></svg>"
    svg = tmp_path / f"{figure.NAME}.quick.svg"
    svg.write_text(common.described(text, "a title", "A staircase"), encoding="utf-8")
    page = gallery.page(figure, svg)
    assert page.startswith("Figure 14.7: r(x) on a line")
    assert ":alt: A staircase" in page and "python -m figures 14.7" in page
    assert "--set sigma=" in page and "``largest_slope_at_data``" in page
    assert "def compute(" in page and "experiments/three_points" in page
    assert "shorter time" in page
    whole = svg.rename(tmp_path / f"{figure.NAME}.svg")
    assert "shorter time" not in gallery.page(figure, whole)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with the sources of a small site: two Markdown files, a class, and a notebook."""
    folder = tmp_path_factory.mktemp("small")
    source = folder / "source"
    sources.put(
        source / "index.md",
        "# Small\n\n[there](docs/one.md#s1), `Contractive(0.1)`, `10_recirculation.py`\n"
        + sources.contents("", ["docs/one.md", "tutorials/10_recirculation",
                                "reference/tinyae.criterion.Contractive"]),
    )  # fmt: skip
    sources.put(source / "docs" / "one.md", '# One\n\n<a id="s1"></a>\n\n[back](../index.md)\n')
    name = "reference/tinyae.criterion.Contractive.rst"
    sources.put(source / name, sources.reference.pages()[name])
    tutorial_pages.write(source / "tutorials", folder / "kept", quick=True)
    for other in set((source / "tutorials").glob("[0-9]*")) - set(source.rglob("10_*")):
        other.unlink()
    return folder


SPHINX = """
import sys
from pathlib import Path
from docs.__main__ import sphinx
sys.exit(sphinx(*map(Path, sys.argv[1:])))
"""


@pytest.fixture
def build(small, tmp_path):
    """A function that builds the site after the change of a text; it returns status and warnings.

    In a process of its own, because pytest makes errors of what Sphinx says to its extensions.
    """

    def built(path="index.md", old="", new=""):
        source = shutil.copytree(small / "source", tmp_path / "source")
        text = (source / path).read_text(encoding="utf-8")
        assert old in text
        (source / path).write_text(text.replace(old, new) if old else text, encoding="utf-8")
        places = [source, tmp_path / "doctrees", tmp_path / "html"]
        command = [sys.executable, "-B", "-c", SPHINX, *map(str, places)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return done.returncode, done.stderr

    return built


# The small site has no pages of the classes that this one names.
NO_OTHER_PAGES = "reference target not found: tinyae."


@pytest.mark.slow
def test_a_small_site_is_built(build, tmp_path):
    _, warned = build()
    assert [line for line in warned.splitlines() if NO_OTHER_PAGES not in line] == []
    html = tmp_path / "html"
    assert problems(html) == []
    page = (html / "index.html").read_text(encoding="utf-8")
    assert 'href="docs/one.html#s1"' in page
    name = "tinyae.criterion.Contractive"
    assert f'href="reference/{name}.html#{name}"' in page
    assert 'href="tutorials/10_recirculation.html"' in page
    shown = (html / "tutorials" / "10_recirculation.html").read_text(encoding="utf-8")
    assert 'alt="A picture with' in shown
    text = (html / "reference" / f"{name}.html").read_text("utf-8")
    text = re.sub("<[^>]*>", "", text)
    assert "Contraction: λ" in text and "from tinyae import Contractive" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("index.md", "docs/one.md#s1", "docs/two.md#s1", "docs/two.md"),
        ("index.md", "\ndocs/one\n", "\ndocs/two\n", "nonexisting document 'docs/two'"),
        ("reference/tinyae.criterion.Contractive.rst", "criterion.Contractive\n",
         "criterion.Not\n", "failed to import"),
    ],
)  # fmt: skip
def test_a_missing_page_or_name_is_a_warning(build, path, old, new, said):
    status, warned = build(path, old, new)
    assert status != 0 and said in warned


@pytest.mark.slow
def test_a_missing_anchor_is_found(build, tmp_path):
    build("index.md", "one.md#s1", "one.md#s2")
    (fault,) = problems(tmp_path / "html")
    assert fault == "index.html: broken link to docs/one.html#s2: the page has no such anchor"


@pytest.mark.slow
def test_a_tutorial_is_executed_once(small, tmp_path, capsys):
    kept = shutil.copytree(small / "kept", tmp_path / "kept")
    (executed,) = kept.iterdir()
    (kept / "10_recirculation.older.ipynb").touch()
    tutorial_pages.write(tmp_path / "again", kept, quick=True)
    assert "executed" not in capsys.readouterr().out and list(kept.iterdir()) == [executed]
    executed.rename(kept / "10_recirculation.older.ipynb")  # as after a change of the library
    tutorial_pages.write(tmp_path / "again", kept, quick=True)
    assert "10_recirculation: executed in" in capsys.readouterr().out
    assert list(kept.iterdir()) == [executed]
