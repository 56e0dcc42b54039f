"""What the listed wrong solutions of a task give, so that a mistake can be told by its output.

The library's function gets the code of the wrong solution in a forked process, where all checks of
the task run. Nothing is written into a copy: the code object is exchanged, so every name under
which the function was imported is wrong too. The outputs depend on the variant only and are kept in
a file of the user's cache folder.

The same process runs the planted mistakes of `tests/` that fall inside a task, and each task in a
library in which the tasks that it does not need are blank.

    python -m tutorials.assignments.mistakes MANIFEST SEED KIND IDS    (prints them, for `outputs`)
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
import json
import os
import runpy
import selectors
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tutorials.assignments.blank import stub
from tutorials.assignments.child import arrays, failure
from tutorials.assignments.process import PROJECT, Answer, _array, failed
from tutorials.assignments.source_text import body_of, replaced, span, with_body
from tutorials.assignments.task import Symbol, Task, Variant, Wrong

SECONDS = 20  # of the processor, for all checks of one wrong solution
WAIT = 400.0  # seconds of the clock, on a machine that is busy with other things
Outputs = dict[str, dict[str, list[Answer]]]  # task -> mistake -> an answer for each check


def outputs(tasks: Sequence[Task], variant: Variant, manifest: str, kind: str = "wrong",
            cache: bool = True) -> Outputs:  # fmt: skip
    """Return for each task and each of its mistakes what the checks get.

    `manifest` is the module that lists the tasks, which a new process imports. `kind` is "wrong"
    for the listed wrong solutions, "planted" for those of `tests/`, and "needs" for the right
    solution in a library without the tasks that are not needed.
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


def _answer(sent: dict) -> Answer:
    if "failure" in sent:
        return failed(sent["failure"])
    return Answer(arrays=tuple(_array(array) for array in sent["arrays"]))


def _fingerprint(manifest: str) -> str:
    """Return a digest of all that the outputs depend on: the library and the tasks."""
    digest = hashlib.sha256(manifest.encode() + sys.version.encode())
    for folder in ("tinyae", "tutorials/assignments", "figures"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    module = importlib.import_module(manifest)
    digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()[:16]


def put_in(task: Task, wrong: Wrong, variant: Variant) -> None:
    """Make the library of this process wrong."""
    for name, change in wrong.replace.items():
        if name == task.file:
            write_module(task.file, task.filled(replaced(task.solution, change), variant))
            continue
        symbol = next((s for s in task.symbols if s.name == name), None)
        if symbol is None:
            raise ValueError(f"task {task.id}, {wrong.name!r}: {name!r} is no symbol of the task")
        source = (PROJECT / symbol.file).read_text(encoding="utf-8")
        body = replaced(body_of(source, name), change)
        exchange(symbol.file, name, with_body(source, name, task.filled(body, variant)))


def exchange(file: str, name: str, source: str) -> None:
    """Give a function of this process the code that it has in another source of its file.

    Raises
    ------
    ValueError
        If the code closes over other names than the function does.
    """
    module = importlib.import_module(_dotted(file))
    code = compile(source, file, "exec", dont_inherit=True)
    for part in name.split("."):
        code = [c for c in code.co_consts
                if isinstance(c, types.CodeType) and c.co_name == part][-1]  # fmt: skip
    function = module
    for part in name.split("."):
        function = inspect.getattr_static(function, part)
    function = bare(function)
    function.__code__ = code


def bare(function: object) -> types.FunctionType:
    """Return the plain function below decorators, properties and class methods."""
    while not isinstance(function, types.FunctionType) or hasattr(function, "__wrapped__"):
        for attribute in ("__wrapped__", "__func__", "fget", "func"):
            if hasattr(function, attribute):
                function = getattr(function, attribute)
                break
        else:
            raise TypeError(f"{function!r} is no function")
    return function


def write_module(file: str, source: str) -> None:
    """Make a module of this process from the text of a new file."""
    name = _dotted(file)
    module = types.ModuleType(name)
    module.__file__ = str(PROJECT / file)
    sys.modules[name] = module
    exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    while "." in name:  # the folder of the file may be new too
        name, _, tail = name.rpartition(".")
        try:
            parent = importlib.import_module(name)
        except ModuleNotFoundError:
            parent = sys.modules[name] = types.ModuleType(name)
            parent.__path__ = []
        setattr(parent, tail, module)
        module = parent


def _dotted(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


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


def planted(task: Task) -> dict[str, tuple[str, str, str, str]]:
    """Return the planted mistakes inside the task: name -> (file, symbol, old text, new text)."""
    return _planted(task.symbols)


@functools.cache
def _planted(symbols: tuple[Symbol, ...]) -> dict[str, tuple[str, str, str, str]]:
    """Return the planted mistakes inside these symbols, found once."""
    table = PROJECT / "tests" / "planted_mistakes.py"
    if not table.is_file():  # the tests are not everywhere where the assignments are
        return {}
    found = {}
    every = _table(table)
    for symbol in symbols:
        body = (PROJECT / symbol.file).read_text(encoding="utf-8").splitlines(keepends=True)
        first, last = span("".join(body), symbol.name).body
        text = "".join(body[first - 1 : last])
        for name, old, new in every.get(symbol.file.removeprefix("tinyae/"), ()):
            if old in text:
                found[f"{symbol.name}: {name}"] = (symbol.file, symbol.name, old, new)
    return found


@functools.cache
def _table(path: Path) -> dict:
    """Return the table of planted mistakes, read once."""
    return runpy.run_path(str(path))["PLANTED"]


def plant(file: str, name: str, old: str, new: str) -> None:
    """Make one function of this process wrong by a planted mistake."""
    source = (PROJECT / file).read_text(encoding="utf-8")
    exchange(file, name, replaced(source, (old, new)))


def without(task: Task, tasks: Sequence[Task]) -> None:
    """Blank the symbols of all tasks that a task does not need."""
    by_id = {each.id: each for each in tasks}
    kept, front = {task.id}, list(task.needs)
    while front:
        task_id = front.pop()
        if task_id not in kept:
            kept.add(task_id)
            front += by_id[task_id].needs
    ours = {(s.file, s.name) for task_id in kept for s in by_id[task_id].symbols}
    for other in tasks:
        for symbol in other.symbols:
            if (symbol.file, symbol.name) not in ours:
                source = (PROJECT / symbol.file).read_text(encoding="utf-8")
                source = with_body(source, symbol.name, stub(other, symbol))
                exchange(symbol.file, symbol.name, source)


def solve(task: Task, variant: Variant) -> None:
    """Put the right solution of a transfer task into this process."""
    if task.file:
        write_module(task.file, task.filled(task.solution, variant))


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
        elif kind == "planted":
            prepared = {name: partial(plant, *how) for name, how in planted(task).items()}
        elif kind == "needs":

            def alone(task=task):
                solve(task, variant)
                without(task, tasks)

            prepared = {"alone": alone}
        else:
            raise ValueError(f"kind must be wrong, planted or needs, got {kind!r}")
        found[task.id] = {n: answers_of(task, variant, p) for n, p in prepared.items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
