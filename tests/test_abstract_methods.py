"""A method that a subclass has to write says which one is missing, by class and method."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import tinyae

ROOT = Path(tinyae.__file__).parent


def missing_methods():
    """Every method whose body is nothing but `raise NotImplementedError`, as (class, name)."""
    for path in sorted(ROOT.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "raise NotImplementedError" not in text:
            continue
        module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        for cls in (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)):
            for node in cls.body:
                if isinstance(node, ast.FunctionDef) and _only_raises(node.body):
                    yield getattr(importlib.import_module(module), cls.name), node.name


def _only_raises(body):
    """Whether a body is a docstring, or none, and then one `raise NotImplementedError`."""
    rest = body[1:] if isinstance(body[0], ast.Expr) else body
    return len(rest) == 1 and ast.unparse(rest[0]).startswith("raise NotImplementedError")


MISSING = list(missing_methods())


@pytest.mark.parametrize(("cls", "name"), MISSING, ids=[f"{c.__name__}.{n}" for c, n in MISSING])
def test_a_method_that_is_missing_is_named(cls, name):
    mine = object.__new__(type("Mine", (cls,), {}))
    method = getattr(mine, name)
    parameters = inspect.signature(method).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    by_place = [None for p in needed if p.kind is not p.KEYWORD_ONLY]
    by_name = {p.name: None for p in needed if p.kind is p.KEYWORD_ONLY}
    with pytest.raises(NotImplementedError, match=rf"^Mine\.{name}$"):
        method(*by_place, **by_name)


def test_there_are_such_methods():
    assert len(MISSING) > 20 and ("Layer", "jvp") in [(c.__name__, n) for c, n in MISSING]
