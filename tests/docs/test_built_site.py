"""A broken link and a picture without words are found in a site that was built."""

import pytest

pytest.importorskip("sphinx")

from docs.__main__ import foreign, main
from docs.built_site import problems

HEAD = "<html><head><link rel='stylesheet' href='style.css'></head><body>"


@pytest.fixture
def site(tmp_path):
    """A folder with two pages that link each other, and nothing wrong."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "style.css").touch()
    (tmp_path / "a b.png").touch()
    (tmp_path / "index.html").write_text(
        f"{HEAD}<h1 id='top'>1</h1><a href='docs/one.html#s%C3%A4tze'>x</a> <a href='#top'>up</a>"
        "<a href='https://elsewhere.org/page'>y</a> <img src='a%20b.png' alt='a spiral'>",
        encoding="utf-8",
    )
    (tmp_path / "docs" / "one.html").write_text(
        "<a id='sätze'></a><a href='../index.html'>back</a> <a href=''>this page</a>",
        encoding="utf-8",
    )
    return tmp_path


def test_a_right_site_has_no_problems(site):
    assert problems(site) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("docs/one.html#", "docs/two.html#", "broken link to docs/two.html"),
        ("#s%C3%A4tze", "#other", "the page has no such anchor"),
        ("#top", "#bottom", "broken link to #bottom: the page has no such anchor"),
        ("style.css", "gone.css", "broken link to gone.css"),
        ("a%20b.png", "c.png", "broken link to c.png"),
        (" alt='a spiral'", "", "no alternative text for a%20b.png"),
        ("alt='a spiral'", "alt=''", "no alternative text"),
        ("alt='a spiral'", "alt='a%20b.png'", "no alternative text"),
        ("a%20b.png", "https://elsewhere.org/c.png", "shows a file of another host"),
        ("<h1", "<script src='//elsewhere.org/x.js'></script><h1", "shows a file of another host"),
        ("href='style.css'", "href='https://elsewhere.org/x.css'", "shows a file of another host"),
    ],
)
def test_a_fault_is_named_with_its_page(site, right, wrong, said):
    page = site / "index.html"
    text = page.read_text(encoding="utf-8")
    assert text.count(right) == 1
    page.write_text(text.replace(right, wrong), encoding="utf-8")
    (found,) = problems(site)
    assert found.startswith("index.html: ") and said in found


def test_a_link_leads_to_no_file_outside_the_site(site, tmp_path):
    (tmp_path / "secret.html").touch()
    found = problems(site / "docs")
    assert found == ["one.html: broken link to ../index.html"]


def test_a_folder_without_pages_is_a_fault(tmp_path):
    assert problems(tmp_path) == [f"there is no page in {tmp_path}"]


def test_a_folder_with_other_files_is_refused(tmp_path, capsys):
    """A build deletes what stands in the way of its pages."""
    kept = tmp_path / "html" / "mine.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SystemExit):
        main(["--quick", "--out", str(tmp_path)])
    assert "holds other files" in capsys.readouterr().err and kept.exists()
    assert not foreign(tmp_path / "new") and not foreign(tmp_path / "html" / "empty")
    (tmp_path / "thesis.txt").unlink()
    assert not foreign(tmp_path)
