"""The tables of a trace: columns that line up, and characters that are escaped."""

import re
import shutil
import subprocess
import unicodedata
from functools import cache

import numpy as np
import pytest

from tests.traced_models import CASES, X, dense
from tinyae import L1, SGD, GaussianNoise, trace
from tinyae.text import plain
from tinyae.tracing import Step, Trace
from tinyae.tracing.tables import HEAD, in_latex, settings, shown, table, width

HARD = Step("a|b", "x_1", "50% & <b> $y$ \\ {z} # ^ ~ x̃ m̂ λ", np.array([1.0, -2.0]), {}, "14.1",
            "a/b.py:3 f_g")  # fmt: skip


@cache  # and not at import: a library with a mistake in it must fail a test
def traced():
    model = dense((2, 3), corruption=GaussianNoise(0.3), penalties=L1(0.1))
    return trace(model, X, optimizer=SGD(0.1))


def test_the_text_table_lines_up():
    head, *rows = traced().table().split("\n")
    for name in HEAD:
        assert name in head
    first = [row for row in rows if re.match(r"\d", row)]
    assert len(first) == len(traced())
    start = width(head[: head.index("phase")])
    for row, step in zip(first, traced(), strict=True):
        letters = [c for c in row if width(c)]  # accents take no room
        assert "".join(letters[start:]).startswith(step.phase)
    row = first[traced().number("x̃")]
    before = row[: row.index("criterion/")]
    assert sum(not unicodedata.combining(c) for c in before) == head.index("source")
    at = head.index("shape")
    assert all(len(row) <= 160 for row in rows)
    assert {row[at:].split()[0] for row in first} <= {"3×2", "2×3", "3×3", "2", "3", "number"}


def test_small_numbers_are_not_shown_as_zero():
    assert shown(np.array([1e-7, -2.5e-9])) == "[ 1.0e-07 -2.5e-09]"
    assert shown(np.array([0.25, -0.0])) == "[0.25 0.  ]"
    assert shown(np.float64(-0.0)) == "0" and shown(np.zeros(2)) == "[0. 0.]"


def test_the_single_numbers_of_formulas_are_told_once():
    assert settings(list(traced())) == "σ = 0.3, n = 3, λ = 0.1, η = 0.1"
    two = trace(dense((2, 3), penalties=[L1(0.1), L1(0.2)]), X)
    assert settings(list(two)) == "n = 3, λ = 0.1 in Ω1, λ = 0.2 in Ω2"
    assert str(two).split("\n")[1] == two.heading().split("\n")[1] == settings(list(two))
    assert "<br>n = 3, λ" in two._repr_html_()


def test_all_of_a_step_is_in_its_row():
    number = traced().number("gW1")
    (row,) = (r for r in traced().table().split("\n") if r.startswith(f"{number} "))
    for part in ("backward", "gW1 = x̃ᵀ ga1", "2×3", "nn/layers.py:", "Linear.backward", "6.5"):
        assert part in row
    assert shown(traced()["gW1"].value)[:9] in row


def test_print_begins_with_the_model():
    t, model = traced(), "Autoencoder 2-3-2, float64, 17 parameters"
    assert str(t).split("\n")[0] == model
    assert repr(t) == f"Trace('{model}', {len(t)} steps, loss {t.loss:.6g})"


def test_markdown():
    lines = traced().table("md").split("\n")
    assert len(lines) == len(traced()) + 2 and lines[1] == "|---|---|---|---|---|---|---|"
    for line in (lines[0], *lines[2:]):
        assert len(re.findall(r"(?<!\\)\|", line)) == len(HEAD) + 1
    text = table([HARD], "md").split("\n")[2]
    assert r"a\|b" in text and r"x\_1" in text and r"\<b\>" in text and r"\$y\$" in text
    assert "<br>" in traced().table("md"), "rows of an array"


def test_html():
    text = table([HARD], "html")
    assert "<b>" not in text and "&lt;b&gt;" in text and "50% &amp;" in text
    assert traced()._repr_html_().count("<tr>") == len(traced()) + 1
    assert text.startswith("<table>") and text.endswith("</table>")


def test_latex():
    text = table([HARD], "latex")
    row = text.split("\n")[3]
    for part in (r"a\textbar{}b", r"x\_1", r"50\% \&", r"\$y\$", r"\textbackslash{}", r"\{z\}",
                 r"\#", r"\textasciicircum{}", r"\textasciitilde{}", r"$\tilde{x}$", r"$\hat{m}$",
                 r"$\lambda$"):  # fmt: skip
        assert part in row, part
    assert len(re.findall(r"(?<!\\)&", row)) == len(HEAD) - 1
    lines = traced().table("latex").split("\n")
    assert all(len(re.findall(r"(?<!\\)&", line)) == 6 for line in lines if line.endswith(r"\\"))
    assert traced().table("latex").isascii()


@pytest.mark.slow
def test_latex_of_every_case_has_no_letter_that_latex_lacks():
    for make, x in CASES.values():
        text = trace(make(), x, optimizer=SGD(0.1)).table("latex")
        assert text.isascii()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX")
def test_latex_compiles_the_table_of_every_case(tmp_path):
    """Control: a table in which one letter is not escaped gives an error."""

    def errors(tables):
        text = ("\\documentclass{article}\\usepackage{longtable}\n\\begin{document}\\tiny\n"
                + "\n".join(tables) + "\n\\end{document}\n")  # fmt: skip
        (tmp_path / "all.tex").write_text(text, encoding="ascii")
        run = ["pdflatex", "-interaction=nonstopmode", "all.tex"]
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, timeout=300)
        return [line for line in done.stdout.decode("latin-1").split("\n") if line[:1] == "!"]

    tables = [trace(make(), x, optimizer=SGD(0.1)).table("latex") for make, x in CASES.values()]
    assert not errors([*tables, table([HARD], "latex")])
    assert errors([tables[0].replace("\\_", "_", 1)])


@pytest.mark.slow
def test_where_letters_are_missing_each_has_an_ascii_form():
    for make, x in CASES.values():
        text = plain(str(trace(make(), x, optimizer=SGD(0.1))))
        assert text.isascii() and "\\" not in text


def test_large_arrays_are_cut_and_numbers_are_numbers():
    assert shown(np.float64(0.125)) == "0.125"
    text = shown(np.arange(400.0).reshape(20, 20))
    assert "..." in text and len(text) < 300
    assert in_latex("ḡ") == "ḡ"


@pytest.mark.parametrize("form", ["TXT", "", None, 3, ["md"]])
def test_other_forms_are_refused(form):
    with pytest.raises(ValueError, match="table is one of text, md, html, latex"):
        traced().table(form)


def test_a_trace_is_a_sequence():
    assert (
        traced()[0].name == "x"
        and traced()[-1] is list(traced())[-1]
        and traced()["gW1"] is traced()[traced().number("gW1")]
    )
    assert (
        [s.name for s in traced()[5:7]] == ["ε", "x̃"]
        and traced()["x~"] is traced()["x̃"]
        and traced()["Omega"] is traced()["Ω"]
    )
    assert (
        "h1" in traced() and "h9" not in traced() and traced()[0] in traced() and 3 not in traced()
    )
    assert (
        traced().index(traced()["h1"]) == traced().number("h1")
        and traced().count(traced()["h1"]) == 1
    )
    assert (
        traced().names() == [s.name for s in traced()]
        and list(reversed(traced()))[0] is traced()[-1]
    )
    with pytest.raises(KeyError, match="no step is called 'h9'; there are x, W1"):
        traced()["h9"]
    with pytest.raises(IndexError):
        traced()[1000]
    with pytest.raises(
        ValueError, match=f"step is one of 0 to {len(traced()) - 1}, got {len(traced())}"
    ):
        traced().draw(len(traced()))
    with pytest.raises(TypeError, match="takes steps"):
        Trace(["x"], loss=0.0, gradient=np.zeros(1))
