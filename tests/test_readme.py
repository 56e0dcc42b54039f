"""The README stays true: its example runs, its files exist, CI runs its very commands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.S)


def test_the_example_runs(capsys):
    code = blocks("python")[0]
    exec(compile(code.replace("epochs=5", "epochs=1"), "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "minimises  E over x̃ ~ MaskingNoise" in shown and "loss on this batch of 100" in shown
    error = float(re.search(r"largest relative error (\S+)", shown)[1])
    assert error < 1e-12


@pytest.mark.slow
def test_the_pipeline_runs(capsys):
    pytest.importorskip("sklearn", minversion="1.6")
    _, code, _ = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    found = re.fullmatch(r"\{.*corruption.*\} (\S+)\n", capsys.readouterr().out)
    assert float(found[1]) > 0.8


@pytest.mark.slow
def test_the_figure_is_drawn_from_own_points(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, _, code = blocks("python")
    exec(compile(code.replace("epochs=100", "epochs=5"), "README.md", "exec"), {})
    cosine, path = capsys.readouterr().out.split()
    assert float(cosine) > 0.9 and (tmp_path / path).read_bytes().startswith(b"%PDF")


def test_every_file_it_names_exists():
    named = re.findall(r"`([\w/]+\.(?:py|md)|[\w/]+/)`", TEXT) + re.findall(r"\]\((.*?)\)", TEXT)
    assert len(named) > 20
    places = ("", "tinyae", "tests", "tests/claims", "tutorials", "figures", "tinyae/nn")
    for name in named:
        made_later = name in ("figures/out/", "mnist/")
        assert made_later or any((ROOT / place / name).exists() for place in places), name


def test_ci_runs_the_two_commands():
    commands = [line.split("#")[0].strip() for line in blocks("sh")[0].splitlines()]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace(" --quiet", "")
    assert len(commands) == 2
    for command in commands:
        assert command in ci
