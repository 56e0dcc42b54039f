"""The page of equations says what the code says, and no equation of the chapter is missing."""

import pytest

from tests.equations import NUMBERS, PAGE, named_in_tests, page, spelled, symbols, told, tutorials


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.equations"


@pytest.mark.parametrize("table", [lambda: symbols("tinyae"), tutorials, named_in_tests],
                         ids=["code", "tutorials", "tests"])  # fmt: skip
def test_every_equation_has_its_place(table):
    found = table()
    assert sorted(found) == list(range(1, 20)) == list(NUMBERS)
    missing = [f"14.{number}" for number, places in found.items() if not places]
    assert not missing, f"no docstring or tutorial names {missing}"


def test_numbers_are_read_from_sentences():
    assert spelled("14.3 to 14.7") == {3, 4, 5, 6, 7} and spelled("14.8–14.9") == {8, 9}
    assert told("see equations 14.9 and\n14.14 to 14.16, and section 14.1") == {9, 14, 15, 16}
    assert told("section 14.5, figure 14.7, (14.3)") == set(), "a section is no equation"
