"""Submissions that loop, allocate, exit, print, fork, read, forge: grading survives and tells."""

import ast
import time
from pathlib import Path

import pytest

from tutorials.assignments.answers import MB, Limits
from tutorials.assignments.files import foreign_changes
from tutorials.assignments.grade import grade
from tutorials.assignments.library import PROJECT, files_of
from tutorials.assignments.manifest import TASKS
from tutorials.assignments.source_text import with_body
from tutorials.assignments.task import Variant

pytestmark = pytest.mark.slow
FILE = "tinyae/nn/layers.py"
TASK = next(task for task in TASKS if task.id == "01")
RIGHT = "return x @ self.params['W'] + self.params['b'], x"
LIMITS = Limits(seconds=2.0, deaths=1)


def graded(tmp_path, body, head="", limits=LIMITS, name="Linear.forward"):
    """The report on a submission in which one method does something else."""
    source = with_body((PROJECT / FILE).read_text(encoding="utf-8"), name, body)
    place = source.index("import numpy as np")
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    path.write_text(source[:place] + head + source[place:], encoding="utf-8")
    return grade(tmp_path, [TASK], Variant(0), limits=limits, name_mistakes=False)


def told(report):
    return str(report)


def test_the_reference_gets_full_points(tmp_path):
    report = graded(tmp_path, RIGHT)
    assert report.score == report.points == TASK.points
    assert not report.record.incidents and not report.problems


def test_an_endless_loop(tmp_path):
    begin = time.monotonic()
    report = graded(tmp_path, "while True:\n    pass")
    assert report.score == 0 and "no answer after 2 s" in told(report)
    assert time.monotonic() - begin < 30


def test_an_endless_loop_costs_its_own_checks_only(tmp_path):
    body = "while len(x) and x.std() > 0 and gy.std() > 0:\n    pass"
    report = graded(tmp_path, body, name="Linear.backward", limits=Limits(seconds=1.0, deaths=9))
    assert report.tasks[0].checks[0].right and report.score == TASK.checks[0].points


@pytest.mark.parametrize("call", ["bytearray(10 * 2**30)", "np.ones(10 * 2**27)"])
def test_ten_gigabytes(tmp_path, call):
    report = graded(tmp_path, f"{call}\n{RIGHT}")
    assert report.score == 0 and "more memory than allowed" in told(report)


def test_exit(tmp_path):
    report = graded(tmp_path, "import sys\nsys.exit('full points')")
    assert report.score == 0 and "it called sys.exit(full points)" in told(report)


def test_exit_at_once(tmp_path):
    report = graded(tmp_path, "import os\nos._exit(0)")
    assert report.score == 0 and "ended by itself, with exit code 0" in told(report)


def test_a_crash(tmp_path):
    report = graded(tmp_path, "import faulthandler\nfaulthandler._sigsegv()")
    assert report.score == 0 and "SIGSEGV" in told(report)


def test_a_megabyte_printed(tmp_path):
    report = graded(tmp_path, f"print('x' * 2**20)\n{RIGHT}")
    assert report.score == report.points, "printing is no mistake"
    assert "printed" in told(report) and len(report.record.output) == LIMITS.output


def test_printing_without_end(tmp_path):
    limits = Limits(seconds=20.0, deaths=1, most_output=2 * MB)
    report = graded(tmp_path, "while True:\n    print('x' * 2**16)", limits=limits)
    assert report.score == 0 and "printed more than 2097152 bytes" in told(report)


def test_forks_in_a_loop(tmp_path):
    body = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    report = graded(tmp_path, body, limits=Limits(seconds=1.0, deaths=1))
    assert report.score == 0 and "tried to start a process (os.fork)" in told(report)


def test_a_fork_that_is_not_caught(tmp_path):
    report = graded(tmp_path, f"import os\nos.fork()\n{RIGHT}")
    assert report.score == 0 and "the grader refuses this" in told(report)


@pytest.mark.parametrize("place", ["tutorials/assignments/tasks/layers.py", FILE])
def test_reading_the_grader_s_files(tmp_path, place):
    body = (
        f"source = open({str(PROJECT / place)!r}).read()\n"
        f"space = {{}}\nexec(source, space)\n{RIGHT}"
    )
    report = graded(tmp_path, body)
    assert report.score == 0 and "tried to read a file of the grader" in told(report)


def test_reading_what_the_grader_keeps_elsewhere(tmp_path):
    for k, place in enumerate((str(tmp_path), "/proc/self/fd", str(Path.home()), "/tmp")):
        body = f"import os\nos.listdir({place!r})\n{RIGHT}"
        report = graded(tmp_path / str(k), body)
        assert report.score == 0 and "tried to read" in told(report), place


def test_a_thread_does_not_read_while_the_grader_is_at_work(tmp_path):
    head = (
        "import threading, os\n"
        "found = []\n"
        "def look():\n"
        "    while True:\n"
        "        try:\n"
        f"            found.append(open({str(PROJECT / FILE)!r}).read())\n"
        "        except OSError:\n"
        "            pass\n"
        "threading.Thread(target=look, daemon=True).start()\n"
    )
    body = f"import time\ntime.sleep(0.2)\nif found:\n    {RIGHT}\nraise ValueError('nothing')"
    report = graded(tmp_path, body, head=head)
    assert report.score == 0 and "nothing" in told(report)
    assert "tried to read a file of the grader" in told(report)


def test_importing_the_checks_gives_nothing(tmp_path):
    for k, text in enumerate((
        "import tutorials.assignments.tasks.layers as t\nreturn t.want_forward",
        "import checks.layers as c\nreturn c.got_forward, x",
        "import sys\nreturn sys.modules['__main__'].__dict__['want'], x",
    )):  # fmt: skip
        report = graded(tmp_path / str(k), text)
        assert report.score < report.points, text


FORGERIES = {
    "results.json beside it": (
        "import json\n"
        "for name in ('results.json', '/tmp/results.json', '../results.json'):\n"
        "    try:\n"
        "        json.dump({'score': 100}, open(name, 'w'))\n"
        "    except OSError:\n"
        "        pass\n"
        "return x, x"
    ),
    "an answer in every pipe": (
        "import os\n"
        "for fd in range(3, 64):\n"
        "    try:\n"
        '        os.write(fd, b\'{"nonce": "", "arrays": [], "score": 100}\\n\')\n'
        "    except OSError:\n"
        "        pass\n"
        "return x, x"
    ),
    "the questions read": (
        "import os\n"
        "for fd in range(3, 16):\n"
        "    try:\n"
        "        os.set_blocking(fd, False)\n"
        "        os.read(fd, 100)\n"
        "    except OSError:\n"
        "        pass\n"
        "return x, x"
    ),
    "allclose is always true": (
        "np.allclose = np.array_equal = lambda *args, **settings: True\nreturn x, x"
    ),
    "an array that is equal to everything": (
        "class Equal(np.ndarray):\n"
        "    def __eq__(self, other): return np.True_\n"
        "    def __sub__(self, other): return np.zeros(self.shape)\n"
        "return x.view(Equal), x"
    ),
    "the frames of the grader": (
        "import sys\nframe = sys._getframe()\nwhile frame:\n    frame = frame.f_back\nreturn x, x"
    ),
    "all objects": "import gc\nlen(gc.get_objects())\nreturn x, x",
    "higher limits": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))\nreturn x, x"
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_result_earns_nothing(tmp_path, name):
    report = graded(tmp_path, FORGERIES[name])
    assert not report.tasks[0].checks[0].right
    assert report.score < report.points
    incidents = " ".join(report.record.incidents)
    expected = {
        "results.json beside it": "tried to write",
        "an answer in every pipe": "an answer of its own",
        "the frames of the grader": "the variables of the grader",
        "all objects": "the variables of the grader",
        "higher limits": "change its limits",
    }.get(name, "")
    assert expected in incidents


def test_a_message_may_not_be_a_pickle_or_huge(tmp_path):
    report = graded(tmp_path, "return np.array([object()]), x")
    assert not report.tasks[0].checks[0].right and "no array of numbers" in told(report)
    report = graded(tmp_path / "huge", "return np.zeros(2**23), x")
    assert not report.tasks[0].checks[0].right and "too large" in told(report)


def test_an_exception_writes_no_lines_into_the_report(tmp_path):
    body = "raise ValueError('\\x1b[2K\\rx\\n5 of 5 points, 0.1 s\\n')"
    text = told(graded(tmp_path, body))
    assert "ValueError: [2K x 5 of 5 points, 0.1 s (" in text and "\x1b" not in text
    assert not any(line.startswith("5 of 5") for line in text.splitlines())


def test_what_an_import_does_is_told(tmp_path):
    report = graded(tmp_path, RIGHT, head="raise RuntimeError('at the import')\n")
    assert report.score == 0 and "RuntimeError: at the import" in told(report)
    report = graded(tmp_path / "syntax", RIGHT, head="def f(:\n")
    assert report.score == 0 and "is no Python" in told(report) and f"{FILE}, line" in told(report)


def test_what_a_file_changes_of_its_imports_is_told(tmp_path):
    """A file may not make a check right by another `gradcheck`; no file of the library does it."""
    code = "import tinyae.nn as n\nfrom tinyae import Tanh as T\nx = {}\n"
    for line, name in (("n.a = 1", "n"), ("n.a.b += 1", "n"), ("setattr(T, 'f', 1)", "T"),
                       ("T.f['a'] = 1", "T"), ("del n.a", "n")):  # fmt: skip
        assert foreign_changes(ast.parse(code + line)) == [(4, name)], line
    assert not foreign_changes(ast.parse(code + "n = 1\nx['a'] = 1\nx.a = n.a"))
    for task in TASKS:
        sources = [task.filled(task.solution, Variant(0))] if task.file else []
        sources += [(PROJECT / f).read_text(encoding="utf-8") for f in files_of(task)
                    if f != task.file]  # fmt: skip
        assert not any(foreign_changes(ast.parse(source)) for source in sources), task.id
    report = graded(tmp_path, RIGHT, head="import tinyae\ntinyae.gradcheck = None\n")
    assert "changes tinyae, which it only imports" in told(report)


def test_a_link_to_the_reference_is_not_followed(tmp_path):
    (tmp_path / "tinyae/nn").mkdir(parents=True)
    (tmp_path / FILE).symlink_to(PROJECT / FILE)
    report = grade(tmp_path, [TASK], Variant(0), limits=LIMITS, name_mistakes=False)
    assert report.score == 0 and "is not in the submission" in told(report)


ALL_RIGHT = {"np.allclose": "np.allclose = lambda *a, **k: True",
             "abs": "import builtins\nbuiltins.abs = lambda a: a * 0",
             "tinyae.gradcheck": "import tinyae\ntinyae.gradcheck = lambda *a, **k: 0.0",
             "a method": "from tinyae.nn.softmax import Softmax\nSoftmax.forward = lambda *a: a",
             "a module": "import sys\nsys.modules['tinyae.nn.gradcheck'] = sys"}  # fmt: skip


@pytest.mark.parametrize("name", ALL_RIGHT)
def test_answers_do_not_count_when_what_the_checks_call_was_replaced(tmp_path, name):
    """Control: the right body alone has full points, see above."""
    report = graded(tmp_path, f"{ALL_RIGHT[name]}\n{RIGHT}")
    assert report.score == 0 and "The submission replaced " in told(report)
    assert "does not count" in told(report)


def test_what_an_import_replaces_is_told(tmp_path):
    """Also before the first check; a function of the library has the code of its file."""
    head = "import math\nmath.fsum = sum\n"
    report = graded(tmp_path, RIGHT, head=head)
    assert report.score == 0 and "replaced math.fsum" in told(report)
    head = "import tinyae.text as t\nt.for_stream = lambda *a, **k: None\n"
    report = graded(tmp_path / "library", RIGHT, head=head)
    assert report.score == 0 and "replaced tinyae.text.for_stream" in told(report)


def test_no_file_of_a_task_needs_what_the_teacher_is_told_to_look_for():
    for file in {file for task in TASKS for file in files_of(task) if file != task.file}:
        tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not names & {"sys", "gc", "inspect", "importlib"}, file
