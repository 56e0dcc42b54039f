"""What the notebook of an assignment uses: put functions into the library, and test them.

    @solution("tinyae/nn/layers.py", "Linear.backward")
    def backward(self, gy, x): ...

gives the function of the library the code below, under every name by which it was imported. The
code runs with the names of its file, such as `np`, and not with those of the notebook.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import sys
import types
import zlib

import check as visible
from checks.locks import key_of, label, unlock
from checks.signs import right, sign
from checks.variant import Variant


def solution(file: str, name: str):
    """Return a decorator that gives the function `name` of `file` the code of the notebook."""

    def put(function):
        owner = importlib.import_module(_dotted(file))
        for part in name.split("."):
            owner = inspect.getattr_static(owner, part)
        _bare(owner).__code__ = function.__code__
        return function

    return put


def new_file(file: str, names: dict) -> None:
    """Make the new file of a task from the names of the notebook."""
    name = _dotted(file)
    module = sys.modules[name] = types.ModuleType(name)
    module.__dict__.update({k: v for k, v in names.items() if not k.startswith("_")})
    while "." in name:  # the folder of the file may be new too
        name, _, tail = name.rpartition(".")
        try:
            parent = importlib.import_module(name)
        except ModuleNotFoundError:
            parent = sys.modules[name] = types.ModuleType(name)
            parent.__path__ = []
        setattr(parent, tail, module)
        module = parent


def test(task: str, place: int) -> None:
    """Run one visible check, and raise an AssertionError that says what is wrong."""
    found = next(c for c in visible.DATA["tasks"][task]["checks"] if c["id"] == f"{task} {place}")
    fine, told, hints = visible.outcome(found)
    assert fine, f"{found['name']}: {hints[0] if hints else told}"


def hidden_test(packed: str) -> None:
    """Run one hidden check that stands in the cell; what should have come is never told."""
    data = json.loads(zlib.decompress(base64.b64decode(packed)))
    module = _modules(data["modules"])[data["module"]]
    want, arrays, failure = tuple(visible.array(sent) for sent in data["want"]), None, ""
    try:
        arrays = tuple(getattr(module, data["function"])(Variant(data["seed"])))
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    if arrays is not None and right(arrays, want, data["tolerance"]):
        return
    key = key_of(data["id"], arrays, failure)
    hints = [unlock(text, key) for text in data["hints"].get(label(key), [])]
    told = failure or sign(arrays, want)
    raise AssertionError(f"{data['name']}: {hints[0] if hints else told or data['property']}")


def _modules(sources: dict[str, str]) -> dict[str, types.ModuleType]:
    """Return the modules of a hidden check, made from their source; the visible ones come back."""
    kept = {name: m for name, m in sys.modules.items() if name.startswith("checks.")}
    made: dict[str, types.ModuleType] = {}
    for name in sources:  # None: not to be imported from the folder of the visible ones
        sys.modules[f"checks.{name}"] = None
    try:
        waiting = sorted(sources)
        while waiting:
            name = waiting.pop(0)
            made[name] = types.ModuleType(f"checks.{name}")
            try:
                exec(compile(sources[name], f"<{name}>", "exec"), made[name].__dict__)
                sys.modules[f"checks.{name}"] = made[name]
            except ModuleNotFoundError:  # it imports from one that is not made yet
                waiting.append(name)
    finally:
        for name in sources:
            del sys.modules[f"checks.{name}"]
        sys.modules.update(kept)
    return made


def _bare(function):
    """Return the plain function below decorators, properties and class methods."""
    while not isinstance(function, types.FunctionType) or hasattr(function, "__wrapped__"):
        names = ("__wrapped__", "__func__", "fget", "func")
        function = next(getattr(function, n) for n in names if hasattr(function, n))
    return function


def _dotted(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
