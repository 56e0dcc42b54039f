"""What the listed wrong solutions of a task give, so that a mistake can be told by its output.

All checks of the task run in a forked process in which the library was made wrong
(`wrong_library.py`). The outputs depend on the variant only and are kept in a file of the user's
cache folder. The same process runs the planted mistakes of `tests/` that fall inside a task, and
each task in a library in which the tasks that it does not need are blank.

    python -m tutorials.assignments.mistakes MANIFEST SEED KIND IDS    (prints them, for `outputs`)
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tutorials.assignments.answers import Answer, array_of, failed
from tutorials.assignments.child import arrays, failure
from tutorials.assignments.library import PROJECT
from tutorials.assignments.task import Task, Variant
from tutorials.assignments.two_mistakes import BOTH, pairs, put_in_both
from tutorials.assignments.wrong_library import plant, planted, put_in, solve, without

SECONDS = 20  # of the processor, for all checks of one wrong solution
WAIT = 400.0  # seconds of the clock, on a machine that is busy with other things
Outputs = dict[str, dict[str, list[Answer]]]  # task -> mistake -> an answer for each check


def outputs(tasks: Sequence[Task], variant: Variant, manifest: str, kind: str = "wrong",
            cache: bool = True) -> Outputs:  # fmt: skip
    """Return for each task and each of its mistakes what the checks get.

    `manifest` is the module that lists the tasks, which a new process imports. `kind` is "wrong"
    for the listed wrong solutions, "pairs" for two of them at once, "planted" for those of
    `tests/`, and "needs" for the right solution in a library without the tasks that are not needed.
    """
    ids = [task.id for task in tasks]
    found: dict[str, dict] = {}
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tinyae-assignments"
    key = f"{_fingerprint(manifest)}-{variant.seed}-{kind}"
    for task_id in ids:
        path = folder / f"{key}-{task_id}.json"
        if cache and path.is_file():
            found[task_id] = json.loads(path.read_text(encoding="utf-8"))
    missing = [task_id for task_id in ids if task_id not in found]
    if missing:
        command = [sys.executable, "-B", "-m", __name__, manifest, str(variant.seed), kind]
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([*command, *missing], cwd=PROJECT, env=env, capture_output=True,
                              text=True)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"the wrong solutions could not be run:\n{done.stderr}")
        for task_id, given in json.loads(done.stdout).items():
            found[task_id] = given
            if cache:
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                    path = folder / f"{key}-{task_id}.json"
                    path.write_text(json.dumps(given), encoding="utf-8")
                except OSError:  # a read-only home: they are computed each time
                    pass
    return {
        task_id: {name: [_answer(sent) for sent in answers] for name, answers in given.items()}
        for task_id, given in found.items()
    }


def known(tasks: Sequence[Task], variant: Variant, manifest: str, cache: bool = True) -> Outputs:
    """Return the outputs of all mistakes that have a hint: the listed ones, then the planted."""
    listed = outputs(tasks, variant, manifest, "wrong", cache)
    more = outputs(tasks, variant, manifest, "planted", cache)
    # The listed ones first: `check.py` tells the first of those that give the same.
    return {t.id: {**listed[t.id], **{n: a for n, a in more[t.id].items() if n not in listed[t.id]}}
            for t in tasks}  # fmt: skip


def hints(task: Task) -> dict[str, str]:
    """Return what is told of each mistake, the listed ones first."""
    told = {wrong.name: wrong.hint for wrong in task.wrong}
    for name in planted(task):
        symbol, _, mistake = name.partition(": ")
        told.setdefault(name, f"A mistake that is often made in {symbol}: {mistake}.")
    return told


def hint(task: Task, name: str) -> str:
    """Return what is told of a mistake, or of two at once, whose names have BOTH between them."""
    told = hints(task)
    if name in told:
        return told[name]
    first, second = (told[part] for part in name.split(BOTH))
    return f"Two mistakes at once. The first: {first} The second: {second}"


def _answer(sent: dict) -> Answer:
    if "failure" in sent:
        return failed(sent["failure"])
    return Answer(arrays=tuple(array_of(array) for array in sent["arrays"]))


def _fingerprint(manifest: str) -> str:
    """Return a digest of all that the outputs depend on: the library and the tasks."""
    digest = hashlib.sha256(manifest.encode() + sys.version.encode())
    for folder in ("tinyae", "tutorials/assignments", "figures"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    module = importlib.import_module(manifest)
    digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()[:16]


def answers_of(task: Task, variant: Variant, prepare: Callable[[], None]) -> list[dict]:
    """Return what the checks of a task get in a fork in which `prepare` has run."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            import resource  # not there on Windows, where handouts are made without hints

            os.close(read)
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            with os.fdopen(write, "w", encoding="utf-8") as sink:
                prepare()
                for check in task.checks:
                    try:
                        answer = {"arrays": arrays(check.got(variant))}
                    except BaseException as error:
                        answer = {"failure": failure(error, str(PROJECT))}
                    sink.write(json.dumps(answer) + "\n")
                    sink.flush()
        except BaseException as error:
            print(f"task {task.id}: {type(error).__name__}: {error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    os.close(write)
    data, end = b"", time.monotonic() + WAIT
    with selectors.DefaultSelector() as selector:
        selector.register(read, selectors.EVENT_READ)
        while selector.select(max(0.0, end - time.monotonic())):
            chunk = os.read(read, 2**20)
            if not chunk:
                break
            data += chunk
        else:
            os.kill(pid, signal.SIGKILL)
    os.close(read)
    status = os.waitpid(pid, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"task {task.id}: a wrong solution could not be put in, see above")
    answers = [json.loads(line) for line in data.split(b"\n")[:-1]]
    lost = {"failure": {"kind": "time", "text": "no answer"}}
    return answers + [lost] * (len(task.checks) - len(answers))


def prepare_process() -> None:
    """Import what the forks share, and treat overflow as an error, as the child does."""
    import warnings

    import tinyae  # noqa: F401

    warnings.simplefilter("error", RuntimeWarning)


def main(manifest: str, seed: str, kind: str, *ids: str) -> None:
    """Print the answers of the checks of some tasks as JSON."""
    prepare_process()
    variant = Variant(int(seed))
    tasks = importlib.import_module(manifest).TASKS
    found = {}
    for task in tasks:
        if task.id not in ids:
            continue
        prepared: dict[str, Callable[[], None]] = {}
        if kind == "wrong":
            prepared = {w.name: partial(put_in, task, w, variant) for w in task.wrong}
        elif kind == "pairs":
            both = pairs(task).items()
            prepared = {name: partial(put_in_both, task, *two, variant) for name, two in both}
        elif kind == "planted":
            prepared = {name: partial(plant, *how) for name, how in planted(task).items()}
        elif kind == "needs":

            def alone(task=task):
                solve(task, variant)
                without(task, tasks)

            prepared = {"alone": alone}
        else:
            raise ValueError(f"kind must be wrong, pairs, planted or needs, got {kind!r}")
        found[task.id] = {n: answers_of(task, variant, p) for n, p in prepared.items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
