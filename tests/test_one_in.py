"""The mark `one_in(n)`: every n-th case of a test is in the plain run, and the others are slow."""

from itertools import product
from types import SimpleNamespace

import pytest

from tests.conftest import pytest_collection_modifyitems

CONFIG = SimpleNamespace(getoption=lambda name: False)


class Case:
    """A case of a test with the parametrizations ("a", "also_a") and "b", as pytest collects it."""

    def __init__(self, a, b, every=None):
        self.callspec = SimpleNamespace(indices={"a": a, "also_a": a, "b": b})
        self.every, self.marks = every, []

    def get_closest_marker(self, name):
        return pytest.mark.one_in(self.every).mark if name == "one_in" and self.every else None

    def iter_markers(self, name):
        return [
            pytest.mark.parametrize(("a", "also_a"), ()).mark,
            pytest.mark.parametrize("b", ()).mark,
        ]

    def add_marker(self, mark):
        self.marks.append(mark)


@pytest.mark.parametrize("every", [2, 3, 4])
def test_every_value_is_in_the_plain_run(every):
    cases = [Case(a, b, every) for a, b in product(range(6), range(4))]
    pytest_collection_modifyitems(CONFIG, cases)
    plain = [case for case in cases if not case.marks]
    assert all(case.marks == [pytest.mark.slow] for case in cases if case not in plain)
    assert len(plain) == pytest.approx(24 / every, abs=1) and not cases[0].marks
    for name, count in (("a", 6), ("b", 4)):
        assert {case.callspec.indices[name] for case in plain} == set(range(count))


def test_other_tests_stay_as_they_are():
    cases = [Case(a, 1) for a in range(5)]
    pytest_collection_modifyitems(CONFIG, cases)
    assert not any(case.marks for case in cases)
