"""The tasks themselves: reference, stubs, needs, wrong solutions, and planted mistakes."""

import dataclasses

import pytest

from tutorials.assignments.answers import Answer
from tutorials.assignments.library import PROJECT
from tutorials.assignments.manifest import TASKS
from tutorials.assignments.selftest import Count, selftest
from tutorials.assignments.source_text import body_of, replaced, with_body
from tutorials.assignments.task import Check, Task, Variant, Wrong
from tutorials.assignments.wrong_library import bare, exchange, planted


def test_the_manifest_is_sound():
    ids = [task.id for task in TASKS]
    assert len(set(ids)) == len(ids)
    for task in TASKS:
        assert set(task.needs) <= set(ids), task.id
        assert task.transfer == bool(task.file) and (task.symbols or task.file)
        names = [symbol.name for symbol in task.symbols]
        assert len(set(names)) == len(names), "wrong solutions are told apart by these names"
        assert any(check.hidden for check in task.checks), task.id
        assert not all(check.hidden for check in task.checks), task.id
        hidden = sum(check.points for check in task.checks if check.hidden)
        assert 0.4 * task.points <= hidden <= 0.6 * task.points, task.id
        assert len({check.name for check in task.checks}) == len(task.checks)
        assert len({wrong.name for wrong in task.wrong}) == len(task.wrong) >= 3
        for wrong in task.wrong:
            assert wrong.hint.endswith((".", "?")), wrong.hint


def test_every_wrong_solution_can_be_put_in():
    for task in TASKS:
        files = {symbol.name: symbol.file for symbol in task.symbols}
        for wrong in task.wrong:
            for name, change in wrong.replace.items():
                if name == task.file:
                    assert replaced(task.solution, change) != task.solution
                    continue
                source = (PROJECT / files[name]).read_text(encoding="utf-8")
                body = replaced(body_of(source, name), change)
                compile(with_body(source, name, body), name, "exec")


@pytest.mark.slow
def test_reference_stubs_needs_and_wrong_solutions(measured):
    # Each wrong figure is trained: `python -m tutorials.assignments selftest` has it too.
    tasks = [task for task in TASKS if not task.symbols or "figures" not in task.symbols[0].file]
    result = selftest(tasks, Variant(0))
    wrong, plants = result.wrong, result.planted
    measured(
        f"assignments: {len(tasks)} tasks, {result.points:g} points; {wrong.caught} of "
        f"{wrong.tried} wrong solutions caught, {wrong.caught_visible} by visible checks; "
        f"{wrong.named} named, {wrong.named_visible} by visible checks alone; planted mistakes: "
        f"{plants.caught} of {plants.tried} caught"
    )
    assert result.passed, str(result)
    assert plants.caught >= 0.8 * plants.tried


@pytest.mark.slow
def test_another_variant_has_other_numbers_and_is_sound():
    """Another unit, output and sizes; the reference is right there too."""
    some = [task for task in TASKS if task.id in ("01", "03", "05", "17")]
    result = selftest(some, Variant(4))
    assert not result.failures and not result.wrong.missed, str(result)
    for task in some:
        pairs = [(c.want(Variant(0)), c.want(Variant(4))) for c in task.checks]
        assert any(a[0].shape != b[0].shape or (a[0] != b[0]).any()
                   for a, b in pairs if hasattr(a[0], "shape"))  # fmt: skip


def got(variant):
    return (1.0,)


TASK = Task("01", "t", 1, "", (), (), "", (Check("a", 1, got, got),),
            (Wrong("w", "W.", {}), Wrong("v", "V.", {})))  # fmt: skip


def test_what_is_missed_or_not_named_is_counted():
    import numpy as np

    want, half, third = (np.ones(2),), Answer((np.ones(2) / 2,)), Answer((np.ones(2) / 3,))
    count = Count()
    count.add(TASK, "w", [Answer(want)], [want], {"w": [Answer(want)], "v": [half]})
    assert count.missed == ["01: w"] and count.caught == 0
    known = {"w": [half], "v": [half]}
    count.add(TASK, "w", [half], [want], known)
    count.add(TASK, "v", [half], [want], known)
    assert (count.tried, count.caught, count.named) == (3, 2, 1)
    assert count.unnamed == ["01: v, told ['w']"]
    hidden = dataclasses.replace(TASK, checks=(Check("a", 1, got, got, hidden=True),))
    count.add(hidden, "w", [third], [want], {"w": [third], "v": [half]})
    assert (count.caught, count.caught_visible, count.named) == (3, 2, 2)


def test_a_function_gets_the_code_of_another_source_under_all_its_names():
    import tinyae.nn.layers as layers
    from tinyae import tied as another_name

    source = (PROJECT / "tinyae/nn/layers.py").read_text(encoding="utf-8")
    function = bare(layers.tied)
    code = function.__code__
    try:
        exchange("tinyae/nn/layers.py", "tied", with_body(source, "tied", "return 'wrong'"))
        assert another_name(None) == "wrong"
    finally:
        function.__code__ = code
    assert isinstance(bare(layers.Linear.d_in), type(bare))  # a property


def test_planted_mistakes_that_fall_inside_a_task_are_found():
    task = next(task for task in TASKS if task.id == "01")
    found = planted(task)
    assert found and all(name.startswith("Linear.") for name in found)
    for file, symbol, old, _ in found.values():
        assert old in (PROJECT / file).read_text(encoding="utf-8") and symbol in str(task.symbols)
