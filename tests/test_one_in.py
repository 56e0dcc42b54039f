"""The mark `one_in(n)`: the first of every n cases is in the plain run, and the others are slow."""

from itertools import chain
from types import SimpleNamespace

import pytest

from tests.conftest import pytest_collection_modifyitems

CONFIG = SimpleNamespace(getoption=lambda name: False)


class Case:
    """A case of a test, as pytest collects it."""

    def __init__(self, test, every=None):
        self.parent, self.originalname = SimpleNamespace(nodeid="tests/test_this.py"), test
        self.every, self.marks = every, []

    def get_closest_marker(self, name):
        return pytest.mark.one_in(self.every).mark if name == "one_in" and self.every else None

    def add_marker(self, mark):
        self.marks.append(mark)


@pytest.mark.parametrize("every", [1, 2, 3, 9])
def test_the_first_of_every_n_cases_is_in_the_plain_run(every):
    """Each test is counted by itself, also where the cases of two tests alternate."""
    one, two = ([Case(test, every) for _ in range(7)] for test in ("test_one", "test_two"))
    pytest_collection_modifyitems(CONFIG, list(chain(*zip(one, two, strict=True))))
    for cases in (one, two):
        plain = [i for i, case in enumerate(cases) if not case.marks]
        assert plain == list(range(0, 7, every))
        assert all(case.marks in ([], [pytest.mark.slow]) for case in cases)


def test_other_tests_stay_as_they_are():
    cases = [Case("test_one") for _ in range(5)]
    pytest_collection_modifyitems(CONFIG, cases)
    assert not any(case.marks for case in cases)
