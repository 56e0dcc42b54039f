"""Text tables: what is read, what names the columns, and how bad lines are named."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyae.commands import text_rows
from tinyae.commands.text_rows import TextRows

X = np.random.default_rng(0).normal(size=(7, 3))


def rows_of(path, **settings):
    """All rows of a file at once."""
    source = TextRows(path, **settings)
    found = np.concatenate(list(source.blocks()))
    assert found.shape[1] == source.width
    return found


def written(folder, text, name="rows.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t", " ", ", ", "   "])
@pytest.mark.parametrize("names", [None, "a{0}b{0}c"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_table_is_read(mark, names, end, tmp_path):
    lines = [mark.join(map(repr, row)) for row in X.tolist()]
    lines = ([names.format(mark)] if names else []) + lines
    path = written(tmp_path, end.join(lines) + end + end)
    assert np.array_equal(rows_of(path), X)
    assert TextRows(path).names == (["a", "b", "c"] if names else None)


def test_tables_of_other_programs_are_read(tmp_path):
    """A byte order mark, a comment mark before the names, quotes, no end of line, empty lines."""
    assert np.array_equal(rows_of(written(tmp_path, "\ufeff1,2\n3,4")), [[1, 2], [3, 4]])
    path = tmp_path / "saved.csv"
    np.savetxt(path, X, delimiter=",", header="a,b,c")
    assert np.array_equal(rows_of(path), X) and TextRows(path).names == ["a", "b", "c"]
    quoted = '"","x","y"\n"r1","1","2"\n"r, 2","3","-4e-1"\n'
    assert np.array_equal(rows_of(written(tmp_path, quoted), skip=1), [[1, 2], [3, -0.4]])
    assert np.array_equal(rows_of(written(tmp_path, "\n\n1 2\n3 4\n\n\n")), [[1, 2], [3, 4]])
    assert np.array_equal(rows_of(written(tmp_path, "5\n6\n")), [[5], [6]])


def test_the_first_line_may_have_commas_in_its_names(tmp_path):
    path = written(tmp_path, "weight, kg;height, m\n1;2\n")
    assert TextRows(path).names == ["weight, kg", "height, m"]
    assert np.array_equal(rows_of(path), [[1, 2]])


def test_a_bad_first_row_is_no_line_of_names(tmp_path):
    with pytest.raises(ValueError, match="1 bad line of 2: line 1 has 'x' in column 2"):
        rows_of(written(tmp_path, "1,x\n2,3\n"))


def test_names_that_are_numbers_need_a_word(tmp_path):
    path = written(tmp_path, "0,1\n2,3\n")
    assert np.array_equal(rows_of(path), [[0, 1], [2, 3]])
    assert np.array_equal(rows_of(path, header=True), [[2, 3]])
    assert TextRows(path, header=True).names == ["0", "1"]


@pytest.mark.parametrize("block", [1, 3, 1000])
def test_columns_on_the_left_are_left_out(block, tmp_path, monkeypatch):
    monkeypatch.setattr(text_rows, "rows_in_block", lambda width: block)
    lines = "".join(f"row {i},{i},{a},{b}\n" for i, (a, b, _) in enumerate(X.tolist()))
    path = written(tmp_path, "name,label,a,b\n" + lines)
    assert np.array_equal(rows_of(path, skip=2), X[:, :2])
    assert TextRows(path, skip=2).names == ["a", "b"]
    with pytest.raises(ValueError, match="4 columns in line 1, of which 4 are skipped"):
        TextRows(path, skip=4)
    extra = written(tmp_path, "name,label,a,b\n" + lines + "row 8,8,1,2,3\n")
    with pytest.raises(ValueError, match="line 9 has 5 fields, expected 4"):
        rows_of(extra, skip=2)


BAD = {
    "1,2,x": "has 'x' in column 3, expected a number;",
    "1,2": "has 2 fields, expected 3",
    "1,2,3,4": "has 4 fields, expected 3",
    "": "is empty",
    "1,,3": "has nothing in column 2, expected a number",
    "1,2,nan": "holds nan in column 3, expected a finite number",
    "-inf,2,3": "holds -inf in column 1, expected a finite number",
    "1,1e999,3": "holds inf in column 2, expected a finite number",
    "NA,2,3": "has 'NA' in column 1, expected a number;",
    "1,0x10,3": "has '0x10' in column 2",
    "1,2,3 kg": "has '3 kg' in column 3",
    "1,2,caf\u00e9": "has 'caf\\xe9' in column 3",
    '1,"2,5",3': "has '2,5' in column 2, expected a number with a decimal point",
    "1,2," + "9" * 5000 + "x": "has '99999999999999999999' in column 3",
}


@pytest.mark.one_in(8)
@pytest.mark.parametrize("line", BAD)
@pytest.mark.parametrize("block", [1, 4, 1000])
def test_a_bad_line_is_named(line, block, tmp_path, monkeypatch):
    monkeypatch.setattr(text_rows, "rows_in_block", lambda width: block)
    good = ["1,2,3"] * 5
    path = written(tmp_path, "\n".join(["a,b,c", *good, line, *good]) + "\n")
    with pytest.raises(ValueError) as caught:
        rows_of(path)
    assert f"has 1 bad line of 11: line 7 {BAD[line]}" in str(caught.value)
    assert str(caught.value).isascii()


@pytest.mark.parametrize("line", ["NA,NA,NA", ",,", ' "" ,?,n/a', "id7,null,-"])
def test_a_first_row_of_missing_numbers_is_no_line_of_names(line, tmp_path):
    path = written(tmp_path, line + "\n1,2,3\n4,5,6\n")
    skip = int(line.startswith("id"))
    assert TextRows(path, skip=skip).names is None
    with pytest.raises(ValueError, match="1 bad line of 3: line 1 has "):
        rows_of(path, skip=skip)


def test_where_all_lines_are_bad_the_first_is_to_be_looked_at(tmp_path):
    with pytest.raises(ValueError) as caught:
        rows_of(written(tmp_path, "My table, new\n1;2;3\n4;5;6\n"))
    text = str(caught.value)
    assert "line 2 has 1 field, expected 2; " in text and "remove" not in text
    assert text.endswith(
        "as all lines are bad, look at line 1, which names the columns: it has 2 fields"
    )
    with pytest.raises(ValueError, match="look at line 1, which is the first row: it has 2 fields"):
        rows_of(written(tmp_path, "1,x\n1,y\n"))


def test_the_range_of_a_kind(tmp_path):
    path = written(tmp_path, "a,b\n0,1\n0.5,1.5\n-1,1e200\n")
    with pytest.raises(ValueError) as caught:
        rows_of(path, kind="unit")
    assert (
        "has 2 bad lines of 3: line 3 holds 1.5 in column 2, expected a number from 0 to 1; "
        in str(caught.value)
    )
    with pytest.raises(
        ValueError, match="line 4 holds -1.0 in column 1, expected a number from 0 to"
    ):
        rows_of(path, kind="bytes")
    with pytest.raises(
        ValueError, match=r"line 4 holds 1e\+200 in column 2, expected a number of at m"
    ):
        rows_of(path)


def test_the_first_bad_lines_and_their_number_are_given(tmp_path):
    lines = [f"{i},x" if i % 10 == 3 else f"{i},{i}" for i in range(100)]
    path = written(tmp_path, "\n".join(lines))
    with pytest.raises(ValueError) as caught:
        rows_of(path)
    text = str(caught.value)
    assert "has 10 bad lines of 100: line 4 has 'x'" in text and "line 44 has" in text
    assert "line 54" not in text and "; and 5 more; correct or remove" in text


def test_counts(tmp_path):
    path = written(tmp_path, "a b\n0 3\n2.0 1e2\n")
    assert np.array_equal(rows_of(path, kind="counts"), [[0, 3], [2, 100]])
    path = written(tmp_path, "0,3\n1,-1\n0.5,1\n")
    with pytest.raises(ValueError, match="line 2 holds -1.0 in column 2, expected a count"):
        rows_of(path, kind="counts")
    assert len(rows_of(path)) == 3


def test_files_that_are_no_tables(tmp_path, monkeypatch):
    for text in ("", "\n\n  \n"):
        with pytest.raises(ValueError, match="is empty"):
            TextRows(written(tmp_path, text))
    with pytest.raises(ValueError, match="names its columns and has no rows"):
        rows_of(written(tmp_path, "a,b\n"))
    with pytest.raises(ValueError, match="bad lines"):
        rows_of(written(tmp_path, "1,2\n\0\0,\0\n\0\n"))
    with pytest.raises(FileNotFoundError, match="there is no file"):
        TextRows(tmp_path / "gone.csv")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        TextRows(tmp_path)
    monkeypatch.setattr("tinyae.commands.lines.LONGEST", 50)
    with pytest.raises(ValueError, match="more than 50 characters in line 2"):
        rows_of(written(tmp_path, "1,2\n" + "1" * 50 + ",2\n"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_a_pipe_is_refused(tmp_path):
    """It could not be read a second time."""
    os.mkfifo(tmp_path / "x.csv")
    descriptor = os.open(tmp_path / "x.csv", os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(descriptor, b"1,2\n")  # a reader that opens it need not wait
        with pytest.raises(ValueError, match="is a pipe or device"):
            TextRows(tmp_path / "x.csv")
    finally:
        os.close(descriptor)


NUMBERS = st.floats(-1e154, 1e154)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), st.sampled_from(",;\t "))
def test_numbers_are_read_as_they_were_written(tmp_path_factory, rows, mark):
    path = tmp_path_factory.mktemp("rows") / "x.csv"
    path.write_text("".join(f"{a!r}{mark}{b!r}\n" for a, b in rows))
    assert np.array_equal(rows_of(path), np.array(rows))


@pytest.mark.slow
@given(st.text(alphabet="1,2;.e-+\"'\t \nax\0", max_size=40))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    """What is read is what Python's `float` makes of the fields."""
    path = tmp_path_factory.mktemp("rows") / "x.csv"
    path.write_text(text)
    try:
        found = rows_of(path)
    except ValueError as error:
        assert str(path) in str(error)
        return
    assert np.isfinite(found).all() and len(found) <= text.count("\n") + 1
