"""The words of every step, against `tests/trace_lines.txt`, and the rows that a trace is given."""

from dataclasses import replace

import numpy as np
import pytest

from tests.trace_lines import FILE, line_of, trace_lines
from tests.traced_models import CASES, rows_of
from tinyae import trace
from tinyae.training.weights import Weights


def test_every_step_says_what_the_file_says():
    stated, found = FILE.read_text(encoding="utf-8").splitlines(), trace_lines()
    assert len(stated) > 600
    assert sorted(set(found) - set(stated)) == []
    assert sorted(set(stated) - set(found)) == []


def test_a_changed_word_is_noticed():
    make, rows = CASES["plain"]
    step, stated = trace(make(), rows)["h1"], FILE.read_text(encoding="utf-8").splitlines()
    assert line_of(step) in stated
    for part in ("phase", "name", "formula", "rule", "equation", "source"):
        assert line_of(replace(step, **{part: getattr(step, part) + "x"})) not in stated
    assert line_of(replace(step, inputs={})) not in stated


@pytest.mark.parametrize("name", ["head", "weights", "categorical", "RBM", "Helmholtz"])
def test_the_rows_of_a_trace_are_those_that_were_given(name):
    make, rows = CASES[name]
    t = trace(make(), rows)
    for row in rows_of(rows):
        weights = isinstance(row, Weights)
        key, row = ("w", row.values) if weights else ("y" if np.ndim(row) == 1 else "x", row)
        seen = slice(None) if key != "x" or "w" not in t else t["w"].value > 0
        assert t[key].phase == "given"
        np.testing.assert_array_equal(t[key].value[seen], np.asarray(row)[seen])
