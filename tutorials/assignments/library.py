"""The copy of the library that students get, and into which their files are put for grading.

It holds the package `tinyae` and, if a task asks for a figure, what that figure needs of `figures`.
Left out is what prints solutions: the vectorized core, which repeats the layers on buffers; the
tracing, which shows the formula of every operation; the commands, which use it; and for some tasks
the bodies of other functions that repeat theirs (`TWINS`). Tutorials, tests, benchmarks and the
assignments themselves are no part of the copy.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Sequence
from pathlib import Path

from tutorials.assignments.source_text import with_body, with_docstring
from tutorials.assignments.task import Task

PROJECT = Path(__file__).resolve().parents[2]
# The modules of the core that others import, as they stand in the copy.
CORE = {
    "__init__.py": '"""The vectorized core is not part of the copy for an assignment."""\n',
    "choice.py": '''"""The vectorized core is not part of the copy for an assignment."""


def fastest_threads(*args, **settings):
    """Return one thread."""
    return 1
''',
    "core.py": '''"""The vectorized core is not part of the copy for an assignment."""

from tinyae.nn.trainable import UnsupportedError


class Core:
    """Refuses every model, so that `fit` uses the layers."""

    def __init__(self, *args, **settings):
        raise UnsupportedError("models in an assignment: its copy has no vectorized core")
''',
    "machine.py": '''"""The vectorized core is not part of the copy for an assignment."""

from tinyae.nn.trainable import UnsupportedError


class MachineCore:
    """Refuses every machine, so that `fit` uses the layers."""

    def __init__(self, *args, **settings):
        raise UnsupportedError("machines in an assignment: its copy has no vectorized core")
''',
    "reconstruction.py": '''"""The vectorized core is not part of the copy for an assignment."""


def residuals(model, x, over, threads=None, tuning=None):
    """Return (r(x) - x) / over by the layers."""
    return (model.reconstruct(x) - x) / over
''',
    "side_by_side.py": '''"""The vectorized core is not part of the copy for an assignment."""

from tinyae.nn.trainable import UnsupportedError


class SideBySide:
    """Refuses all models, so that `fit` uses the layers."""

    def __init__(self, *args, **settings):
        raise UnsupportedError("models in an assignment: its copy has no vectorized core")
''',
}


# For a task, the functions elsewhere that repeat its solution. No other task needs them.
TWINS = {
    "17": (("tinyae/criterion/curvature.py", "closed_form"),),
    "19": (("tinyae/score/sampling.py", "metropolis_langevin"),),
}
GONE = 'raise NotImplementedError("not part of the copy for an assignment")\n'
TRACING = '''"""The tracing is not part of an assignment's copy: it shows the formulas."""

from tinyae.nn.trainable import UnsupportedError


def trace(*args, **settings):
    """Refuse every model."""
    raise UnsupportedError("tracing in an assignment: use the whole library for it")


Trace = Step = None
'''


def copy_library(root: Path, tasks: Sequence[Task] = (), compiled: bool = False) -> None:
    """Write the library for students below `root`, with all bodies in place.

    With `compiled`, Python's compiled files are copied too, so that an import takes half the time.
    They belong to a source by its date, so none is used for a file that was changed.
    """
    unwanted = ("out", "expected") if compiled else ("__pycache__", "*.pyc", "out", "expected")
    ignore = shutil.ignore_patterns(*unwanted)
    shutil.copytree(PROJECT / "tinyae", root / "tinyae", ignore=ignore)
    shutil.rmtree(root / "tinyae" / "core")
    (root / "tinyae" / "core").mkdir()
    for name, text in CORE.items():
        (root / "tinyae" / "core" / name).write_text(text, encoding="utf-8")
    shutil.rmtree(root / "tinyae" / "commands", ignore_errors=True)
    (root / "tinyae" / "__main__.py").unlink()
    tracing = root / "tinyae" / "tracing"
    if tracing.is_dir():
        shutil.rmtree(tracing)
        tracing.mkdir()
        (tracing / "__init__.py").write_text(TRACING, encoding="utf-8")
    for file, name in (twin for task in tasks for twin in TWINS.get(task.id, ())):
        source = (root / file).read_text(encoding="utf-8")
        source = with_docstring(with_body(source, name, GONE), name, "Not part of this copy.")
        (root / file).write_text(source, encoding="utf-8")
    figures = [f for task in tasks for f in files_of(task) if f.startswith("figures/")]
    for file in _imported(figures):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / file, root / file)


def _imported(files: Sequence[str]) -> list[str]:
    """Return these files of `figures`, and those that they import, directly or not."""
    found, waiting = [], list(files)
    while waiting:
        file = waiting.pop()
        if file in found or not (PROJECT / file).is_file():
            continue
        found.append(file)
        waiting.append(f"{file.rpartition('/')[0]}/__init__.py")
        for node in ast.walk(ast.parse((PROJECT / file).read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue  # the figures import each other by relative imports only
            start = Path(file).parents[node.level - 1]
            module = start.joinpath(*(node.module or "").split("."))
            waiting += [f"{path.as_posix()}.py" for path in
                        (module, *(module / alias.name for alias in node.names))]  # fmt: skip
    return found


def files_of(task: Task) -> list[str]:
    """Return the files that the student changes or writes, in order."""
    files = [symbol.file for symbol in task.symbols] + ([task.file] if task.file else [])
    return list(dict.fromkeys(files))
