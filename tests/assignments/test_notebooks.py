"""Notebooks for nbgrader and otter: their form, and a round trip without Jupyter.

The cells are run in order as Python, in a process of their own beside the handout's files. As they
stand, all tests pass. With the solutions taken out, as nbgrader and otter do it, all tests fail.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from tutorials.assignments.__main__ import main
from tutorials.assignments.manifest import TASKS

IDS = "01,03"
SOME = [task for task in TASKS if task.id in IDS.split(",")]
RUN = """
import json, sys
book = json.load(open("tinyae.ipynb", encoding="utf-8"))
space, passed, failed = {}, [], []
for cell in book["cells"]:
    if cell["cell_type"] != "code":
        continue
    source = "".join(cell["source"])
    test = cell["id"].startswith("test-")
    if test and source.startswith('\"\"\" # BEGIN TEST CONFIG'):
        source += "\\n" + source.partition("def ")[2].partition("(")[0] + "()"
    try:
        exec(compile(source, cell["id"], "exec"), space)
        passed += [cell["id"]] * test
    except Exception as error:
        failed.append((cell["id"], type(error).__name__, str(error)))
print(json.dumps([passed, failed]))
"""


@pytest.fixture(scope="module", params=["nbgrader", "otter"])
def folder(request, tmp_path_factory):
    """The folder of a notebook in one of the two formats."""
    out = tmp_path_factory.mktemp(request.param) / "out"
    assert main(["make", str(out), "--tasks", IDS, "--format", request.param]) == 0
    return out / "source" / "tinyae" if request.param == "nbgrader" else out


def run_cells(folder):
    """The ids of the passed tests, and the failed cells with what they raise."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-B", "-c", RUN], cwd=folder, env=env,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_teacher_s_notebook_passes_and_the_student_s_fails(folder):
    path = folder / "tinyae.ipynb"
    text = path.read_text(encoding="utf-8")
    passed, failed = run_cells(folder)
    assert len(passed) == sum(len(task.checks) for task in SOME) and not failed
    book = json.loads(text)
    for cell in book["cells"]:
        marked = r"( *)#+ BEGIN SOLUTION(.|\n)*?END SOLUTION.*"
        blank = r"\1raise NotImplementedError('blank')"
        cell["source"] = re.sub(marked, blank, cell["source"])
    path.write_text(json.dumps(book), encoding="utf-8")
    passed, failed = run_cells(folder)
    path.write_text(text, encoding="utf-8")
    assert not passed and len(failed) == sum(len(task.checks) for task in SOME)
    assert all("blank" in told for _, _, told in failed), failed


@pytest.mark.slow
def test_points_and_marks(folder):
    book = json.loads((folder / "tinyae.ipynb").read_text(encoding="utf-8"))
    cells = {cell["id"]: cell for cell in book["cells"]}
    assert len(cells) == len(book["cells"]), "the ids are distinct"
    total = sum(task.points for task in SOME)
    data = [c["metadata"]["nbgrader"] for c in book["cells"] if "nbgrader" in c["metadata"]]
    if data:
        assert len({d["grade_id"] for d in data}) == len(data) == len(book["cells"])
        assert sum(d.get("points", 0) for d in data) == total
        assert all(d["locked"] != d["solution"] and d["schema_version"] == 3 for d in data)
    else:
        marks = [c["source"].splitlines()[0] for c in book["cells"] if c["cell_type"] == "raw"]
        assert marks[0] == "# ASSIGNMENT CONFIG"
        one = ["# BEGIN QUESTION", "# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN TESTS",
               "# END TESTS", "# END QUESTION"]  # fmt: skip
        assert marks[1:] == one * len(SOME)
        points = [float(x) for c in book["cells"] if c["source"].startswith("# BEGIN QUESTION")
                  for x in re.findall(r"- ([\d.]+)", c["source"])]  # fmt: skip
        assert sum(points) == total
    hidden = [c["source"] for c in book["cells"] if "hidden_test(" in c["source"]]
    assert len(hidden) == sum(check.hidden for task in SOME for check in task.checks)
    for source in hidden:
        assert "BEGIN HIDDEN TESTS" in source or "hidden: true" in source


@pytest.mark.slow
@pytest.mark.parametrize("form", ["nbgrader", "otter"])
def test_a_new_file_is_made_from_a_cell(tmp_path, form):
    out, manifest = tmp_path / "out", "tests.assignments.small_manifest"
    assert main(["make", str(out), "--format", form, "--manifest", manifest]) == 0
    folder = out / "source" / "tinyae" if form == "nbgrader" else out
    passed, failed = run_cells(folder)
    assert len(passed) == 2 and not failed, failed
