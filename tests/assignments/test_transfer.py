"""A transfer task: a new file, words of the variant, and wrong solutions of that file."""

import json
import subprocess
import sys

import pytest

from tests.assignments.small_manifest import FILE, TASKS
from tutorials.assignments.grade import grade, write_json
from tutorials.assignments.make import Handout, make
from tutorials.assignments.manifest import TASKS as ALL
from tutorials.assignments.selftest import selftest
from tutorials.assignments.task import Variant

MANIFEST = "tests.assignments.small_manifest"
pytestmark = pytest.mark.slow


def test_the_self_test_of_a_transfer_task():
    result = selftest(TASKS, Variant(1), MANIFEST)
    assert result.passed, str(result)
    assert result.wrong.caught == result.wrong.named == 2 and result.planted.tried == 0


def test_the_answers_of_last_year_get_less_than_half_of_the_points(tmp_path):
    """The edition with the next seed asks for another formula in every transfer task."""
    tasks = [task for task in ALL if task.file]
    for seed in (0, 2):
        for task in tasks:
            path = tmp_path / task.file
            path.parent.mkdir(exist_ok=True)
            path.write_text(task.filled(task.solution, Variant(seed)), encoding="utf-8")
        report = grade(tmp_path, tasks, Variant(seed), name_mistakes=False)
        assert report.score == report.points
        report = grade(tmp_path, tasks, Variant(seed + 1), name_mistakes=False)
        assert all(r.score < 0.5 * r.task.points for r in report.tasks), str(report)


def test_handout_and_grading(tmp_path):
    make(tmp_path / "h", Handout(TASKS, Variant(1), manifest=MANIFEST))
    text = (tmp_path / "h" / FILE).read_text(encoding="utf-8")
    assert "NotImplementedError" in text and "abs" not in text
    (tmp_path / "h" / FILE).write_text("def f(a):\n    return a / (1 + abs(a))\n", "utf-8")
    command = [sys.executable, "-B", "check.py"]
    done = subprocess.run(command, cwd=tmp_path / "h", capture_output=True, text=True)
    assert "The factor is missing." in done.stdout, done.stderr
    report = grade(tmp_path / "h", TASKS, Variant(1), manifest=MANIFEST)
    assert report.score == 1 and "The factor is missing." in str(report)
    # The numbers of another edition: its file is wrong here.
    text = TASKS[0].filled(TASKS[0].solution, Variant(0))
    (tmp_path / "h" / FILE).write_text(text, "utf-8")
    report = grade(tmp_path / "h", TASKS, Variant(1), manifest=MANIFEST)
    assert report.score == 1 and "0.6667 times what it should be" in str(report)
    write_json(report, tmp_path / "results" / "ada.json")  # a new folder
    told = json.loads((tmp_path / "results" / "ada.json").read_text(encoding="utf-8"))
    assert told["score"] == 1
