"""The table of inputs: whatever a public function is given, it is right or says clearly why not.

A call with something in the place of one valid argument either gives what the plain float64 array
of the same numbers gives, or raises a ValueError or TypeError of tinyae's own that says what came.
"""

import os
import warnings
from collections import Counter
from functools import cache

import numpy as np
import pytest

from tests.input_judge import (
    CHANGED,
    FAULTS,
    REFUSED,
    RIGHT,
    excused,
    has_width,
    judge,
    outcome,
    parameters,
)
from tests.input_kinds import array_kinds
from tests.number_kinds import scalar_kinds
from tests.valid_calls import calls_here

CALLS = calls_here()
EVERY = 131  # of the cells of every third row, one is looked at in a plain run
OWN_DTYPE = ("float32", "float16", "int64", "int8", "uint8", "bool")


@cache
def plain_outcome(name):
    """The outcome of a valid call, computed once for all tests that compare with it."""
    return outcome(CALLS[name], CALLS[name].arguments())


def cells(call):
    """Yield (argument, kind, given, meant) of one row."""
    arguments = call.arguments()
    for name, note, optional, is_array in parameters(call):
        value = arguments[name]
        if is_array and isinstance(value, np.ndarray):
            kinds = array_kinds(value, optional)
        else:
            kinds = scalar_kinds(value, note)
        for kind, given, meant in kinds:
            if kind in ("first column only", "one column more") and has_width(call):
                meant = None
            if not excused(call, name, kind):
                yield name, kind, given, meant


def faults_of(call, counts, every=1, offset=0):
    """Judge one row of the table, count the verdicts, and return what is at fault."""
    found = []
    for i, (name, kind, given, meant) in enumerate(cells(call)):
        if (i + offset) % every:
            continue
        if kind in OWN_DTYPE and isinstance(meant, np.ndarray):
            plain = outcome(call, {**call.arguments(), name: meant})
        else:
            plain = None if meant is None else plain_outcome(call.name)
        verdict, said = judge(call, name, given, meant, plain)
        counts[verdict] += 1
        if verdict in FAULTS:
            found.append(f"{call.name}({name}={kind}): {verdict} {said}")
    return found


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", CALLS)
def test_a_valid_call_works(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, error = plain_outcome(name)
    assert error is None, f"no valid call of {name} is known: {error!r}"


def test_a_part_of_the_table(measured):
    counts, found = Counter(), []
    for offset, call in enumerate(list(CALLS.values())[::3]):
        found += faults_of(call, counts, EVERY, offset)
    measured(f"inputs: {counts[RIGHT]} right, {counts[REFUSED]} clearly refused, {len(found)} not")
    assert not found, "\n".join(found)
    assert counts[RIGHT] > 20
    assert counts[REFUSED] > 50


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_the_whole_table(name):
    """A fourth of each row; all of it if TINYAE_WHOLE is set."""
    counts, every = Counter(), 1 if os.environ.get("TINYAE_WHOLE") else 4
    found = faults_of(CALLS[name], counts, every, offset=sorted(CALLS).index(name))
    assert not found, "\n".join(found)


def test_the_judge_knows_faults(monkeypatch):
    call = CALLS["PCA.transform"]
    plain = outcome(call, call.arguments())
    x = call.arguments()["X"]
    assert judge(call, "X", x, x, plain)[0] == RIGHT
    assert judge(call, "X", "text", None, plain)[0] == REFUSED
    assert judge(call, "X", x + 1.0, x, plain)[0] in FAULTS  # another result
    assert judge(call, "X", x, None, plain)[0] in FAULTS  # accepted
    monkeypatch.setattr("tinyae.checks.estimator_calls.check_columns", lambda estimator, X: None)
    monkeypatch.setattr("tinyae.embeddings.pca.table", lambda values, *a, **k: np.asarray(values))
    assert judge(call, "X", "text", None, plain)[0] in FAULTS  # NumPy's own complaint

    def spoils(x, *_, width=None, **__):
        if width:  # in transform, not in the fit before it
            x.fill(0.5)
        return x

    monkeypatch.setattr("tinyae.embeddings.pca.table", spoils)
    assert judge(call, "X", x.copy(), x, plain)[0] == CHANGED
