"""Which reader takes a file, and rows drawn at random from a stream of blocks."""

import re

import numpy as np
import pytest

from tinyae.commands.array_rows import ArrayRows
from tinyae.commands.bad_rows import BadRows
from tinyae.commands.documents import DocumentRows
from tinyae.commands.read_rows import Reading, remedies, sample_rows
from tinyae.commands.text_rows import TextRows


def test_the_name_of_a_file_says_how_it_is_read(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    for name in ("x.csv", "x.TSV", "x.txt", "x.dat"):
        (tmp_path / name).write_text("word 1 2\n")
        assert isinstance(Reading(skip=1).open(tmp_path / name), TextRows)
    assert isinstance(Reading().open(str(tmp_path / "x.npy")), ArrayRows)
    assert isinstance(Reading(("word",)).open(tmp_path / "x.csv"), DocumentRows)
    source = Reading(kind="counts", skip=1).open(tmp_path / "x.txt", header=True)
    assert source.kind == "counts" and source.skip == 1 and source.names == ["1", "2"]
    with pytest.raises(ValueError, match=re.escape("must be an .npy file or a text table (.csv")):
        Reading().open(tmp_path / "x.parquet")
    assert len(repr(Reading(("word",) * 5000))) < 200


def blocks_of(n, size):
    x = np.arange(n, dtype=np.float32)[:, None] * [1, 10]
    return [x[start : start + size] for start in range(0, n, size)], x


@pytest.mark.parametrize("size", [1, 3, 10, 100])
def test_all_rows_are_kept_in_order_where_there_is_room(size):
    blocks, x = blocks_of(10, size)
    for most in (10, 11, 1000):
        found, total = sample_rows(blocks, most, np.random.default_rng(0))
        assert total == 10 and np.array_equal(found, x)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("size", [30, 7, 4, 1])
def test_every_row_is_drawn_equally_often(size):
    """Each of 30 rows in 5 places: expected 400/6 times, with a deviation of 7.5."""
    blocks, x = blocks_of(30, size)
    rng, times = np.random.default_rng(1), np.zeros(30)
    for _ in range(400):
        found, total = sample_rows(blocks, 5, rng)
        rows = found[:, 0].astype(int)
        assert total == 30 and len(set(rows.tolist())) == 5
        times[rows] += 1
    assert np.abs(times - 400 / 6).max() < 5 * 7.5


def test_the_data_are_not_changed_and_keep_their_dtype():
    x = np.arange(12, dtype=np.uint8).reshape(6, 2)
    before = x.copy()
    found, _ = sample_rows([x], 3, np.random.default_rng(0))
    found[...] = 99
    assert np.array_equal(x, before) and found.dtype == np.uint8


def test_remedies_name_a_column_of_words_if_it_has_a_name(tmp_path):
    for header, names in (("a,label\n", True), ("", False)):
        (tmp_path / "x.csv").write_text(header + "1,good\n2,bad\n3,good\n")
        source = Reading().open(tmp_path / "x.csv")
        with pytest.raises(ValueError, match="column 2"):
            list(source.blocks())
        text = remedies(source)
        assert text.startswith("; no line has a number in column 2")
        assert (
            text.endswith(": --drop 'label' leaves it out") is names and ("--drop" in text) is names
        )


def test_readers_are_shown_in_short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.ones((3, 2)))
    (tmp_path / "x.csv").write_text("1,2\n3,4\n")
    assert repr(ArrayRows("x.npy", kind="unit")) == "ArrayRows('x.npy', kind='unit', skip=0)"
    assert repr(BadRows("x.csv", "lines")) == "BadRows('x.csv', 'lines', count=0)"
    assert repr(DocumentRows("x.txt", ("word",) * 5000)) == "DocumentRows('x.txt', 5000 words)"
    assert repr(TextRows("x.csv", skip=1)) == "TextRows('x.csv', kind='auto', skip=1)"
