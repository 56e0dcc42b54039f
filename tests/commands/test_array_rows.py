"""Rows of .npy files."""

import numpy as np
import pytest

from tinyae.commands import array_rows
from tinyae.commands.array_rows import ArrayRows, rows_in_block


def saved(folder, array, name="x.npy"):
    np.save(folder / name, array)
    return folder / name


@pytest.mark.one_in(4)
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", ">f4", "i8", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_are_read_in_blocks(dtype, order, tmp_path, monkeypatch):
    monkeypatch.setattr(array_rows, "BLOCK", 7)
    x = np.asarray(np.random.default_rng(0).integers(0, 2, (10, 3)), dtype, order=order)
    source = ArrayRows(saved(tmp_path, x))
    blocks = list(source.blocks())
    assert [len(block) for block in blocks] == [2] * 5 and source.width == 3
    assert np.array_equal(np.concatenate(blocks), x) and blocks[0].dtype == x.dtype
    assert np.array_equal(np.concatenate(list(ArrayRows(source.path, skip=2).blocks())), x[:, 2:])


def test_a_block_has_at_least_one_row():
    assert rows_in_block(10**9) == 1 and rows_in_block(4) == array_rows.BLOCK // 4


def test_bad_rows_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(array_rows, "BLOCK", 8)
    x = np.ones((10, 4))
    x[3, 1], x[7, 2], x[7, 3] = np.nan, -np.inf, np.nan
    with pytest.raises(ValueError) as caught:
        list(ArrayRows(saved(tmp_path, x)).blocks())
    assert "has 2 bad rows of 10: row 3 holds nan in column 2" in str(caught.value)
    assert "row 7 holds -inf in column 3, expected a finite number; correct" in str(caught.value)
    assert str(caught.value).endswith("in the file (rows count from 0, columns from 1)")
    with pytest.raises(ValueError, match="row 3 holds nan in column 2,"):
        list(ArrayRows(saved(tmp_path, x), skip=1).blocks())
    x = np.ones((3, 2))
    x[1, 1] = 0.5
    assert len(list(ArrayRows(saved(tmp_path, x)).blocks())) == 1
    with pytest.raises(ValueError, match="row 1 holds 0.5 in column 2, expected a count"):
        list(ArrayRows(saved(tmp_path, x), kind="counts").blocks())
    with pytest.raises(ValueError, match="row 0 holds -1 in column 1, expected a count"):
        list(ArrayRows(saved(tmp_path, np.array([[-1, 2]])), kind="counts").blocks())


def test_the_range_of_a_kind(tmp_path):
    with pytest.raises(
        ValueError, match="row 1 holds 2 in column 1, expected a number from 0 to 1;"
    ):
        list(ArrayRows(saved(tmp_path, np.array([[1], [2]], np.uint8)), kind="unit").blocks())
    with pytest.raises(
        ValueError, match=r"row 0 holds 1e\+200 in column 1, expected a number of at"
    ):
        list(ArrayRows(saved(tmp_path, np.array([[1e200]]))).blocks())


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.ones(3), r"shape is \(3,\)"),
        (np.ones((2, 3, 4)), r"x.reshape\(len\(x\), -1\)"),
        (np.ones((2, 0)), r"shape is \(2, 0\)"),
        (np.ones((2, 3), complex), "real numbers, its dtype is complex128"),
        (np.array([["a"]]), "dtype is <U1"),
        (np.array([[None]]), "is not an .npy file of numbers"),
    ],
)
def test_other_arrays_are_refused(array, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        ArrayRows(saved(tmp_path, array))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.npy").write_text("1,2\n")
    (tmp_path / "empty.npy").write_text("")
    np.savez(tmp_path / "x.npz", np.ones((2, 2)))
    (tmp_path / "x.npz").rename(tmp_path / "zip.npy")
    path = saved(tmp_path, np.ones((20, 20)))
    path.write_bytes(path.read_bytes()[:1000])
    for name in ("text.npy", "empty.npy", "x.npy"):
        with pytest.raises(ValueError, match="is not an .npy file of numbers"):
            ArrayRows(tmp_path / name)
    with pytest.raises(ValueError, match="is an .npz file"):
        ArrayRows(tmp_path / "zip.npy")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        ArrayRows(tmp_path / "gone.npy")
    with pytest.raises(ValueError, match=r"of which 2 columns are skipped"):
        ArrayRows(saved(tmp_path, np.ones((3, 2))), skip=2)
