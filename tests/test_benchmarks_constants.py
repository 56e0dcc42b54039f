"""The sizes of blocks: each constant exists, is read by its modules, and is set back."""

import ast
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import tinyae
from benchmarks import constants
from benchmarks.constants import CONSTANTS, FACTORS, Constant

ROOT = Path(tinyae.__file__).parent


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda one: f"{one.name}, {one.title}")
def test_each_module_reads_its_constant_when_it_is_called(constant):
    """A default or another constant would be computed once, and setting it would change nothing."""
    for name in constant.modules:
        tree = ast.parse((ROOT / (name.replace(".", "/") + ".py")).read_text("utf-8"))
        bodies = [line for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
                  for line in node.body]  # fmt: skip
        read = {node.id for line in bodies for node in ast.walk(line) if isinstance(node, ast.Name)}
        assert constant.name in read


def test_a_constant_is_varied_and_set_back():
    module = import_module("tinyae.core.core")
    before, seen = module.BLOCK_BYTES, []

    def make():
        seen.append(module.BLOCK_BYTES)
        return lambda: None

    constant = Constant("BLOCK_BYTES", ("core.core",), "nothing", make)
    found = constants.measure(constant, rounds=2, seconds=1e-4)
    assert seen == 2 * [int(factor * before) for factor in FACTORS]
    assert module.BLOCK_BYTES == before and found.shape == (2, 5) and (found > 0).all()
    with pytest.raises(ZeroDivisionError), constants.set_to(constant, 2.0):
        assert module.BLOCK_BYTES == 2 * before
        1 / 0  # noqa: B018
    assert module.BLOCK_BYTES == before


def test_the_line_has_the_least_times_over_that_of_the_constant():
    constant = Constant("BLOCK_BYTES", ("core.core",), "a job", lambda: lambda: None)
    found = np.array([[2.0, 4.0, 9.0, 6.0, 1.0], [3.0, 3.0, 2.0, 7.0, 5.0]])
    line = constants.line(constant, found)
    assert line.endswith("| a job | 1.00 | 1.50 | 1.00 | 3.00 | 0.50 |")
    assert line.startswith("| `BLOCK_BYTES` = 262144 in `core/core.py` |")


@pytest.mark.slow
def test_the_command_measures_every_constant(monkeypatch, capsys):
    monkeypatch.setattr(constants, "FACTORS", (1.0,))
    assert constants.main(["--rounds", "1", "--seconds", "1e-6"]) == 0
    out = capsys.readouterr().out
    assert all(out.count(f"| `{one.name}` = ") for one in CONSTANTS)
    assert "1 round, 1 thread" in out
