"""Rows in files, block by block."""

import csv

import numpy as np
import pytest

from tinyae.commands.write_rows import check_end, write_rows

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("end", ["npy", "csv"])
def test_what_was_written_is_read_to_the_bit(dtype, end, tmp_path):
    x = (1e3 * RNG.normal(size=(11, 3)) * 10.0 ** RNG.integers(-3, 3, (11, 3))).astype(dtype)
    path = tmp_path / f"x.{end}"
    assert write_rows(path, [x[:4], x[4:4], x[4:].copy(order="F")], ["a", "b, c", 'd"']) == 11
    if end == "npy":
        found = np.load(path)
    else:
        lines = path.read_text().splitlines()
        assert next(csv.reader(lines)) == ["a", "b, c", 'd"']
        found = np.loadtxt(lines[1:], dtype, delimiter=",")
    assert found.dtype == dtype and np.array_equal(found, x)


def test_no_rows(tmp_path):
    assert write_rows(tmp_path / "x.npy", [], ["a", "b"]) == 0
    assert np.load(tmp_path / "x.npy").shape == (0, 2)


def test_an_error_leaves_the_old_file(tmp_path):
    def blocks():
        yield np.ones((2, 1))
        raise ValueError("line 3")

    path = tmp_path / "x.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="line 3"):
        write_rows(path, blocks(), ["a"])
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_ends(tmp_path):
    check_end(tmp_path / "x.CSV")
    with pytest.raises(ValueError, match=r"must end in .csv or .npy, or be - for a pipe, got"):
        check_end(tmp_path / "x.txt")
