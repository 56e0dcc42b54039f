"""A handout: what students find in it, and what not."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tutorials.assignments.__main__ import chosen, main, with_ids_in_one
from tutorials.assignments.files import seed_of
from tutorials.assignments.leaks import leaks, statements
from tutorials.assignments.library import PROJECT, files_of
from tutorials.assignments.make import Handout, make, readme
from tutorials.assignments.manifest import TASKS
from tutorials.assignments.slices import slices
from tutorials.assignments.source_text import definition, with_body
from tutorials.assignments.task import Variant

SOME = [task for task in TASKS if task.id in ("01", "03")]
# Statements of solutions that stand elsewhere too and tell little: checks of arguments, calls.
PLUMBING = ("table(X", "whole_number(", "entry_costs(x, a)", "in_units(X)", "theta.copy()",
            "generator(rng", "__new__(", "self.grads['b'] +=", "default_rng(seed)",
            "corrupted(x, self.corruption, rng", "loss + penalty.add(p)", "net.jvp(v, cache)",
            "rng.standard_normal(x.shape", "np.split(u, 2, axis=1)",
            "squares = (W * W).sum(axis=0)")  # fmt: skip


def python(folder, *arguments):
    """Run Python in a folder, with nothing of this project on its path."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run([sys.executable, "-B", *arguments], cwd=folder, env=env,
                          capture_output=True, text=True)  # fmt: skip


@pytest.fixture(scope="module")
def handout(tmp_path_factory):
    """A handout of two tasks."""
    out = tmp_path_factory.mktemp("made") / "handout"
    assert main(["make", str(out), "--tasks", "01,03", "--variant", "1"]) == 0
    return out


@pytest.mark.slow
def test_the_handout_holds_the_library_the_statements_and_the_visible_checks(handout):
    assert {p.name for p in handout.iterdir()} == {"README.md", "tinyae", "check.py", "checks"}
    text = (handout / "README.md").read_text(encoding="utf-8")
    assert "unit tanh" in text and SOME[0].title in text and "{{" not in text
    core = sorted(p.name for p in (handout / "tinyae/core").iterdir())
    assert core == ["__init__.py", "choice.py", "core.py", "machine.py", "reconstruction.py",
                    "side_by_side.py"]  # fmt: skip
    assert not (handout / "tinyae/commands").exists() and not list(handout.rglob("*.pyc"))


@pytest.mark.slow
def test_the_blank_handout_is_wrong_everywhere_and_says_so(handout):
    done = python(handout, "check.py", "01")
    assert done.returncode == 1 and "not written yet: task 01" in done.stdout, done.stderr
    assert "right" not in done.stdout
    for ids in (("1",), ("01,3",), ("1", "03")):
        done = python(handout, "check.py", *ids)
        assert done.stdout.startswith(f"01 {SOME[0].title}"), done.stderr
    done = python(handout, "check.py", "99")
    assert done.returncode and "no task 99" in done.stderr


def solved(handout, bodies):
    """Put bodies of `Linear` into the handout's file."""
    path = handout / "tinyae/nn/layers.py"
    before = path.read_text(encoding="utf-8")
    source = before
    for name, body in bodies.items():
        source = with_body(source, name, body)
    path.write_text(source, encoding="utf-8")
    done = python(handout, "check.py", "01")
    path.write_text(before, encoding="utf-8")
    return done


@pytest.mark.slow
def test_a_right_solution_is_right_and_a_listed_mistake_is_told_by_its_hint(handout):
    forward = "return x @ self.params['W'] + self.params['b'], x"
    backward = ("self.grads['W'] += x.T @ gy\nself.grads['b'] += gy.sum(0)\n"
                "return gy @ self.params['W'].T")  # fmt: skip
    done = solved(handout, {"Linear.forward": forward, "Linear.backward": backward})
    assert done.returncode == 0 and "WRONG" not in done.stdout, done.stdout + done.stderr
    wrong = next(w for w in SOME[0].wrong if "mean" in w.name)
    done = solved(handout, {"Linear.forward": forward, **wrong.replace})
    assert done.returncode == 1 and wrong.hint in done.stdout
    unlisted = backward.replace("x.T @ gy", "1.7 * x.T @ gy")
    done = solved(handout, {"Linear.forward": forward, "Linear.backward": unlisted})
    assert "every number is 1.7 times what it should be" in done.stdout


@pytest.mark.slow
def test_no_file_of_the_handout_holds_a_reference_a_hint_or_a_hidden_check(handout):
    text = "\n".join(p.read_text(encoding="utf-8") for p in handout.rglob("*")
                     if p.suffix in (".py", ".json", ".md"))  # fmt: skip
    numbers = json.loads((handout / "checks/numbers.json").read_text(encoding="utf-8"))
    for task in SOME:
        visible = {check.got for check in task.checks if not check.hidden}
        listed = [check["name"] for check in numbers["tasks"][task.id]["checks"]]
        assert listed == [check.name for check in task.checks if not check.hidden]
        for check in task.checks:
            assert f"def {check.want.__name__}(" not in text
            if check.got not in visible:
                assert f"def {check.got.__name__}(" not in text, check.name
        for wrong in task.wrong:
            assert wrong.hint not in text


@pytest.mark.slow
def test_all_tasks_leave_no_solution_in_the_handout(tmp_path, measured):
    """The control: in the library itself every solution is found."""
    make(tmp_path / "h", Handout(TASKS, hints=False))
    found = leaks(tmp_path / "h", TASKS)
    telling = [text for text in found if not any(word in text for word in PLUMBING)]
    assert not telling, "\n".join(telling)
    wanted = set()
    for symbol in (symbol for task in TASKS for symbol in task.symbols):
        source = (PROJECT / symbol.file).read_text(encoding="utf-8")
        wanted |= statements(definition(source, symbol.name))
    assert len(wanted) > 20
    in_library = leaks(PROJECT / "tinyae", TASKS) + leaks(PROJECT / "figures", TASKS)
    assert all(any(repr(text) in line for line in in_library) for text in wanted)
    measured(f"assignments: {len(TASKS)} tasks, {len(wanted)} statements of solutions, "
             f"{len(found)} of them elsewhere, {len(telling)} telling")  # fmt: skip


def test_visible_checks_call_no_reference():
    sources = slices([c for task in TASKS for c in task.checks if not c.hidden])
    assert not any("def want" in text for text in sources.values())
    for task in TASKS:
        for check in task.checks:
            slices([check])  # each can be cut out


@pytest.mark.slow
def test_a_solved_handout_lists_where_the_solutions_stand(tmp_path):
    out = tmp_path / "key"
    assert main(["make", str(out), "--tasks", "01", "--solutions"]) == 0
    text = (out / "SOLUTIONS.md").read_text(encoding="utf-8")
    line = definition((PROJECT / "tinyae/nn/layers.py").read_text(), "Linear.backward").lineno
    assert f"- 01 Linear.backward: tinyae/nn/layers.py:{line}" in text
    assert python(out, "check.py").returncode == 0


def test_wrong_arguments_are_told(tmp_path, capsys):
    (tmp_path / "x").write_text("full")
    assert main(["make", str(tmp_path), "--tasks", "01"]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["make", str(tmp_path / "y"), "--tasks", "01,77"]) == 2
    assert "no task 77; there are 01" in capsys.readouterr().err
    assert main(["grade", str(tmp_path / "nothing")]) == 2
    assert "no submission at" in capsys.readouterr().err
    assert main(["list", "--variant", "-1"]) == 2
    assert main(["list", "--tasks", "01"]) == 0 and SOME[0].title in capsys.readouterr().out


def test_ids_may_be_written_in_other_ways():
    for ids in ("03, 01", "3 1", "01,3", "1 , 03"):
        assert [task.id for task in chosen(ids, "tutorials.assignments.manifest")] == ["01", "03"]
    assert [task.id for task in chosen("t3", "tutorials.assignments.manifest")] == ["T3"]
    assert with_ids_in_one(["grade", "--tasks", "1", "t3,", "4", "ada.zip", "7"]) == [
        "grade", "--tasks", "1,t3,,4", "ada.zip", "7"]  # fmt: skip
    assert main(["list", "--tasks", "1", "t3"]) == 0


@pytest.mark.slow
def test_a_submission_of_another_variant_gives_a_warning(handout, tmp_path, capsys):
    """Of a folder and of a zip file; a damaged file of numbers says nothing."""
    arguments = ["--tasks", "1", "--json", str(tmp_path / "r.json")]

    def graded(submission, variant):
        assert main(["grade", str(submission), *arguments, "--variant", variant]) == 0
        return capsys.readouterr().out, json.loads((tmp_path / "r.json").read_text())

    packed = shutil.make_archive(str(tmp_path / "ada"), "zip", handout.parent, handout.name)
    for submission in (handout, packed):
        said, results = graded(submission, "7")
        assert "is of variant 1, and was graded against variant 7" in said
        assert "variant 1" in results["output"]
        assert results["extra_data"] == {"variant": 7, "variant_of_submission": 1}
    said, results = graded(handout, "1")
    assert "variant" not in said and results["extra_data"]["variant_of_submission"] == 1
    assert seed_of(handout / "tinyae/nn/layers.py") is None
    (tmp_path / "checks").mkdir()
    for text in ("{", "[]", '{"seed": "1"}', '{"seed": true}'):
        (tmp_path / "checks/numbers.json").write_text(text)
        assert seed_of(tmp_path) is None


def test_statements_are_there_and_give_words_to_variants():
    text = readme(TASKS, Variant(2))
    assert "{{" not in text and "}}" not in text
    for task in TASKS:
        assert task.id in text and all(file in text for file in files_of(task))


@pytest.mark.slow
def test_gradescope_s_zip_file(tmp_path):
    out = tmp_path / "g"
    assert main(["make", str(out), "--tasks", "01", "--format", "gradescope"]) == 0
    with zipfile.ZipFile(out / "autograder.zip") as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "tinyae/nn/layers.py"} <= set(names)
        assert archive.getinfo("run_autograder").external_attr >> 16 & 0o111
        archive.extractall(tmp_path / "ag" / "source")
    submission = tmp_path / "ag" / "submission"
    submission.mkdir()
    # Gradescope hands over the single files that a student uploads, without their folders.
    (submission / "layers.py").write_bytes((PROJECT / "tinyae/nn/layers.py").read_bytes())
    env = {**os.environ, "AUTOGRADER": str(tmp_path / "ag"), "PYTHON": sys.executable,
           "PYTHONPATH": ""}  # fmt: skip
    script = tmp_path / "ag" / "source" / "run_autograder"
    subprocess.run(["bash", str(script)], env=env, check=True, capture_output=True)
    results = json.loads((tmp_path / "ag/results/results.json").read_text())
    assert results["score"] == sum(t["max_score"] for t in results["tests"]) == SOME[0].points
    assert results["stdout_visibility"] == "hidden"
    seen = {t["visibility"] for t in results["tests"]}
    assert seen == {"visible", "after_due_date"}
