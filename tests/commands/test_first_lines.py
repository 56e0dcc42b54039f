"""The first lines of a text table: marks, names and comments."""

import pytest

from tinyae.commands.first_lines import FirstLines, cells_of, first_lines

FORMS = {
    "1,2\n3,4": (",", 1, 2, None),
    "a;b\n3;4": (";", 2, 2, ["a", "b"]),
    "a,b": (",", 2, 2, ["a", "b"]),
    "1 2  3\n4 5 6": (None, 1, 3, None),
    "1,5;2,5\n1,5;2,5": (";", 1, 2, None),
    "1,5;2,5\n1;2": (";", 1, 2, None),  # a comma in a number
    '"price; EUR",b,c\n1,2,3': (",", 2, 3, ["price; EUR", "b", "c"]),
    "weight, kg;height, m\n1;2": (";", 2, 2, ["weight, kg", "height, m"]),
    "my\tcol;b\n1;2": (";", 2, 2, ["my\tcol", "b"]),
    "my col\n5\n6": (",", 2, 1, ["my col"]),
    '"my col"\n5\n6': (",", 2, 1, ["my col"]),
    "5\n6": (",", 1, 1, None),
    "# made by me\n1,2\n3,4": (",", 2, 2, None),
    "# made by me, 2020\nname,b\n3,4": (",", 3, 2, ["name", "b"]),
    "# made\n# by me\n\n# a,b\n3,4": (",", 5, 2, ["a", "b"]),
    "#a b\n3 4": (None, 2, 2, ["#a", "b"]),
    "# x\n5\n6": (",", 2, 1, ["x"]),
    "NA,?\n3,4": (",", 1, 2, None),
    "a,NA\n3,4": (",", 2, 2, ["a", "NA"]),
    "My table, 2020\n1;2;3": (",", 1, 2, None),
    "\n\n1\t2\n3\t4": ("\t", 3, 2, None),
    "# only this": (None, 2, 2, ["only", "this"]),
}


@pytest.mark.parametrize("text", FORMS)
def test_the_form_of_a_table(text, tmp_path):
    (tmp_path / "x.csv").write_text(text + "\n")
    delimiter, first_line, fields, names = FORMS[text]
    found = first_lines(tmp_path / "x.csv")
    assert found == FirstLines(delimiter, first_line, fields, names)


def test_names_are_asked_for_or_missing(tmp_path):
    (tmp_path / "x.csv").write_text("1,NA\n3,4\n")
    assert first_lines(tmp_path / "x.csv").names is None
    assert first_lines(tmp_path / "x.csv", header=True).names == ["1", "NA"]
    (tmp_path / "x.csv").write_text("id,NA\n3,4\n")
    assert first_lines(tmp_path / "x.csv").names == ["id", "NA"]
    assert first_lines(tmp_path / "x.csv", skip=1).names is None


def test_a_line_that_is_no_row_of_a_table_is_cut_at_its_delimiters():
    """The csv module refuses a carriage return within a line, and an empty line has no cells."""
    assert cells_of("a\rb, c", ",") == ["a\rb", "c"]
    assert cells_of('"a, b", c', ",") == ["a, b", "c"], "a line that it does read"
    assert cells_of("", ",") == []
