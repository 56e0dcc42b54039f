"""Commits beside each other: copies of their code, what became slower, and the records."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks import commits, frozen, history, interval
from benchmarks.child import answer
from benchmarks.commits import NoCommit

FROZEN = "4da3d991e38f5983cd042ea0bbf0b7e8b93089eea7779c12190a3dc430fa0c2f"
# A library that has `sparse_code` only: it waits by computing, as long as each commit says.
LIBRARY = """import time


def sparse_code(x, dictionary, lam):
    end = time.process_time() + {seconds}
    while time.process_time() < end:
        pass
"""


def git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false",
         *arguments], cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Three commits: without a library, a quick one, a slow one."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q")
    (root / "README").write_text("nothing yet")
    git(root, "add", "."), git(root, "commit", "-qm", "empty")
    (root / "tinyae").mkdir()
    for seconds, title in ((0.002, "quick"), (0.006, "slow")):
        (root / "tinyae" / "__init__.py").write_text(LIBRARY.format(seconds=seconds))
        git(root, "add", "."), git(root, "commit", "-qm", title)
    for function in ("commit", "copy", "changed", "earlier"):
        original = getattr(commits, function)
        monkeypatch.setattr(
            commits,
            function,
            lambda *a, original=original, **k: original(*a, **{"root": root, **k}),
        )
    monkeypatch.setattr(history, "RECORDS", tmp_path / "history.csv")
    return root  # fmt: skip


def test_the_frozen_reference_has_not_changed():
    """Ratios to it are comparable only as long as its text is the same."""
    text = Path(frozen.__file__).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == FROZEN


def test_the_frozen_reference_trains_and_its_products_stay_finite():
    for make in (frozen.training, frozen.products):
        run = make((20, 8, 3), 10, 30)
        run()
    cells = dict(zip(run.__code__.co_freevars, (c.cell_contents for c in run.__closure__)))  # noqa: B905
    assert all(np.isfinite(each).all() for each in (*cells["x"], *cells["gW"]))


def test_a_child_imports_what_is_in_its_folder(tmp_path):
    (tmp_path / "tinyae.py").write_text("word = 'mine'")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text("import json, tinyae\nprint(json.dumps({'word': tinyae.word}))")
    assert answer(str(script), folder=tmp_path) == {"word": "mine"}
    script.write_text("raise ValueError('a reason')")
    with pytest.raises(RuntimeError, match="ValueError: a reason"):
        answer(str(script), folder=tmp_path)


@pytest.fixture
def quick(monkeypatch):
    """No child processes: a commit's time is what its library says, with noise of 1 %."""
    rng = np.random.default_rng(0)

    def answer_of(file, job, settings, seconds, *, env, folder):
        assert env["PYTHONPATH"] == str(folder)
        took = 0.001
        if job != "reference":
            text = (folder / "tinyae" / "__init__.py").read_text()
            if job != "sparse_codes":
                raise RuntimeError(f"ImportError: cannot import {job}")
            took = float(re.search(r"\+ ([\d.]+)", text).group(1))
        return {"cpu": took * (1 + 0.01 * rng.random())}

    monkeypatch.setattr(history, "answer", answer_of)


@pytest.mark.slow
def test_commits_are_measured_in_processes_of_their_own(repository, capsys):
    arguments = ["codes", "--rounds", "2", "--seconds", "0.01", "--commits", "HEAD~1", "HEAD"]
    assert history.main(arguments) == 1
    ratio = re.search(r"codes: \w+ takes ([\d.]+) times", capsys.readouterr().out).group(1)
    assert 2.5 < float(ratio) < 3.5


def test_a_slower_commit_is_found_and_recorded(repository, quick, capsys):
    arguments = ["codes", "--commits", "HEAD~1", "HEAD", "--rounds", "3", "--seconds", "0.02"]
    assert history.main([*arguments, "--write"]) == 1
    out = capsys.readouterr().out
    ratio = float(re.search(r"codes: \w+ takes ([\d.]+) times as long as \w+", out).group(1))
    assert 2 < ratio < 4 and "slower |" in out
    lines = history.recorded(history.RECORDS)
    assert [line["workload"] for line in lines] == ["codes", "codes"]
    us = sorted(float(line["us"]) for line in lines)
    assert 2000 <= us[0] < 2500 and 6000 <= us[1] < 7000
    assert all(0 < float(line["least"]) <= float(line["over_frozen"]) <= float(line["most"])
               for line in lines)  # fmt: skip
    assert history.main([*arguments[:2], "HEAD", "HEAD~1", *arguments[4:]]) == 0  # the other way


def test_the_last_recorded_commit_is_compared_with_head(repository):
    assert [one.title for one in history.chosen(None)] == ["slow"]
    first = commits.commit("HEAD~1")
    line = dict.fromkeys(history.NAMES, "1")
    line |= {"commit": first.name, "committed": first.day, "machine": history.pages.own_page().stem}
    history.write([line, {**line, "commit": "0", "machine": "another"}], history.RECORDS)
    assert [one.title for one in history.chosen(None)] == ["quick", "slow"]
    history.write([{**line, "us": "2"}], history.RECORDS)
    assert len(history.recorded(history.RECORDS)) == 2


def test_a_job_that_a_commit_cannot_do_is_named(repository, quick, capsys):
    assert history.main(["lookup", "--commits", "HEAD", "--rounds", "1", "--seconds", "0.01"]) == 0
    assert re.search(r"\| lookup \| \w+ \| – .*ImportError: cannot import", capsys.readouterr().out)


def test_files_as_they_are_now_are_measured_and_not_recorded(repository, quick, capsys):
    (repository / "tinyae" / "__init__.py").write_text(LIBRARY.format(seconds=0.002))
    arguments = ["codes", "--rounds", "2", "--seconds", "0.01", "--write", "--commits", "HEAD"]
    history.main(arguments)
    assert "what is not committed is not measured" in capsys.readouterr().out
    history.main([*arguments, "."])
    assert "not measured" not in capsys.readouterr().out
    assert [line["commit"] for line in history.recorded(history.RECORDS)] == [
        commits.commit("HEAD").name
    ]


def test_what_is_missing_is_said(repository, tmp_path, capsys, monkeypatch):
    assert history.main(["--commits", "HEAD~2"]) == 2
    assert "has no folder tinyae" in capsys.readouterr().err
    assert history.main(["--commits", "nothing"]) == 2
    assert "there is no commit 'nothing' in this repository\n" in capsys.readouterr().err
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(shallow))
    with pytest.raises(NoCommit, match="git fetch --unshallow gets all commits"):
        commits.commit("HEAD~1", root=shallow)
    with pytest.raises(NoCommit, match="is not a Git repository: clone the project"):
        commits.commit("HEAD", root=tmp_path)
    monkeypatch.setattr(commits.subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(
        FileNotFoundError))  # fmt: skip
    with pytest.raises(NoCommit, match="git is not installed"):
        commits.commit("HEAD")


@pytest.mark.parametrize("arguments, message", [
    (["keras"], "no workload keras; there are start, spiral"),
    (["--rounds", "0"], "--rounds must be at least 1, and --seconds above 0"),
])  # fmt: skip
def test_what_history_does_not_know_is_an_error(arguments, message, capsys):
    with pytest.raises(SystemExit):
        history.main(arguments)
    assert message in capsys.readouterr().err


def test_intervals_are_those_of_student():
    found = interval.ratio(np.array([1.0, 2.0, 4.0]), np.array([2.0, 4.0, 8.0]))
    assert (found.middle, found.least, found.most) == pytest.approx((2.0, 2.0, 2.0))
    assert history.verdict(found) == "slower"
    found = interval.ratio(np.ones(4), np.exp([0.0, 0.1, 0.2, 0.3]))
    half = 3.182 * np.sqrt(0.05 / 3) / 2  # 0.05 is the sum of squares about the mean
    assert np.log([found.least, found.most]) == pytest.approx([0.15 - half, 0.15 + half])
    assert history.verdict(found) == "the same"
    assert history.verdict(interval.ratio(np.ones(1), np.ones(1))) == "one round: no interval"
    n = np.array([1.0, 2.0, 4.0, 8.0])
    found = interval.exponent(n, 3 * n**1.5)
    assert (found.middle, found.least, found.most) == pytest.approx((1.5, 1.5, 1.5))
    rng = np.random.default_rng(0)  # the interval holds the true exponent 19 times out of 20
    trials = [interval.exponent(n, n**0.7 * np.exp(0.1 * rng.standard_normal(4)))
              for _ in range(2000)]  # fmt: skip
    assert 0.93 < np.mean([trial.least < 0.7 < trial.most for trial in trials]) < 0.97
