"""A transfer task: a new file, words of the variant, and wrong solutions of that file."""

import json
import subprocess
import sys

import pytest

from tests.assignments.small_manifest import FILE, TASKS
from tutorials.assignments.grade import grade
from tutorials.assignments.make import Handout, make
from tutorials.assignments.selftest import selftest
from tutorials.assignments.task import Variant

MANIFEST = "tests.assignments.small_manifest"
pytestmark = pytest.mark.slow


def test_the_self_test_of_a_transfer_task():
    result = selftest(TASKS, Variant(1), MANIFEST)
    assert result.passed, str(result)
    assert result.wrong.caught == result.wrong.named == 2 and result.planted.tried == 0


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
    assert json.dumps(report.as_json())
