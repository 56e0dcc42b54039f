"""Processes end with the process that started them, in whichever way that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0  # seconds: a bound for a busy machine, not what is expected
pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")

# A child's task: say who you are, then work for longer than anybody waits.
TASK = "import os, pathlib, time; pathlib.Path({!r}, str(os.getpid())).touch(); time.sleep(600)"
FIGURES = """
from functools import partial
from figures.parallel import as_finished
list(as_finished({{name: partial(exec, {task!r}) for name in "ab"}}, 2))
"""
BUSY = "import time\nfrom benchmarks.busy import neighbours\nwith neighbours(2): time.sleep(60)"
BENCHMARKS = "from benchmarks.child import answer; answer('sleeper')"


def running(pid):
    """Whether there is such a process, and not only its entry that nobody has asked for yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition, what):
    """Wait for a bounded time."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE:g} seconds: {what}"
        time.sleep(0.02)


def begin(*command, path=ROOT, errors=subprocess.DEVNULL):
    """Start a parent whose output is not read; what it writes to stderr goes to `errors`."""
    found = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(path)])}
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=found, preexec_fn=listen,
                            stdout=subprocess.DEVNULL, stderr=errors)  # fmt: skip


def listen():
    """Undo what a shell does for commands in the background: let SIGINT be ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end_both(parent, children, by):
    """Send the parent a signal; nobody may be left. Return the parent's exit status."""
    try:
        parent.send_signal(by)
        status = parent.wait(PATIENCE)
        wait_until(lambda: not any(map(running, children)), f"{children} end")
    finally:
        parent.kill()
        for pid in filter(running, children):
            os.kill(pid, signal.SIGKILL)
    return status


def said(folder):
    """The processes that have begun their task."""
    return [int(path.name) for path in folder.iterdir()]


@pytest.mark.one_in(12)
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("what", ["figures", "benchmarks"])
def test_children_end_with_their_parent(what, by, tmp_path):
    pids = tmp_path / "pids"
    pids.mkdir()
    task = TASK.format(str(pids))
    (tmp_path / "sleeper.py").write_text(task)
    code = {"figures": FIGURES.format(task=task), "benchmarks": BENCHMARKS}[what]
    parent = begin("-c", code, path=tmp_path)
    wait_until(lambda: len(said(pids)) == (2 if what == "figures" else 1), "children begin")
    assert end_both(parent, said(pids), by) != 0


def children_of(pid):
    """The processes that a process has started, on Linux."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for children in /proc")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_busy_neighbours_of_a_measurement_end_with_it(by):
    parent = begin("-c", BUSY)
    wait_until(lambda: len(children_of(parent.pid)) == 2, "neighbours begin")
    assert end_both(parent, children_of(parent.pid), by) != 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for children in /proc")
@pytest.mark.parametrize(
    ("command", "workers"),
    [("tests/planted.py", 2),
     pytest.param("-m figures samples psd --jobs 2", 2, marks=pytest.mark.slow),
     pytest.param("-m benchmarks spiral --peers none", 2, marks=pytest.mark.slow)],
)  # fmt: skip
def test_a_request_to_end_ends_the_commands_in_good_order(command, workers, tmp_path):
    """SIGTERM is an exception like any other: 128 + 15 is the exit status of a shell's child."""
    if command == "tests/planted.py":
        pytest.importorskip("scipy")
    said_last = tmp_path / "stderr.txt"
    with open(said_last, "w") as errors:
        parent = begin(*command.split(), errors=errors)
        wait_until(lambda: len(children_of(parent.pid)) >= workers, "children begin")
        status = end_both(parent, children_of(parent.pid), signal.SIGTERM)
    assert status == 128 + signal.SIGTERM, said_last.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_planted_mistake_s_tests_end_with_their_parent(by, tmp_path):
    folder, pids = tmp_path / "copy", tmp_path / "pids"
    for made in (pids, folder / "tinyae", folder / "tests"):
        made.mkdir(parents=True)
    (folder / "tinyae" / "__init__.py").touch()
    (folder / "tests" / "test_long.py").write_text(
        f"def test_long():\n    {TASK.format(str(pids))}\n"
    )
    code = (
        "import pathlib, planted\n"
        f"planted.first_failure(pathlib.Path({str(folder)!r}), ['test_long.py'], planted.HARMLESS)"
    )
    parent = begin("-c", code, path=ROOT / "tests")
    wait_until(lambda: said(pids), "the test begins")
    end_both(parent, said(pids), by)
