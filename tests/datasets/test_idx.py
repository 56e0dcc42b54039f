"""IDX files of every type, read exactly or refused before they cost anything."""

import gzip
import os
import struct
import tracemalloc

import numpy as np
import pytest

from tinyae.datasets import read_idx

ARRAY = np.arange(6, dtype=np.uint8).reshape(2, 3)
CODES = {"u1": 0x08, "i1": 0x09, ">i2": 0x0B, ">i4": 0x0C, ">f4": 0x0D, ">f8": 0x0E}


def idx(array, *, code=8, magic=None, shape=None, tail=b""):
    shape = array.shape if shape is None else shape
    head = magic or struct.pack(">BBBB", 0, 0, code, len(shape))
    return head + struct.pack(f">{len(shape)}I", *shape) + array.tobytes() + tail


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", CODES)
def test_every_type_of_the_format(tmp_path, dtype, packed):
    array = np.array([[3, 0, 7], [100, 1, 2]]).astype(dtype)
    if dtype != "u1":
        array[0, 0] = -3
    data = idx(array, code=CODES[dtype])
    for name in ("a", "a.gz"):  # the bytes tell whether they are gzipped, not the name
        (tmp_path / name).write_bytes(gzip.compress(data) if packed else data)
        found = read_idx(tmp_path / name)
        assert found.dtype == np.dtype(dtype).newbyteorder("=") and found.dtype.isnative
        np.testing.assert_array_equal(found, array)


def test_any_number_of_axes(tmp_path):
    for shape in [(6,), (1, 2, 3, 1, 1), (0, 28, 28)]:
        array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
        (tmp_path / "a").write_bytes(idx(array))
        np.testing.assert_array_equal(read_idx(tmp_path / "a"), array)


BROKEN = {
    "empty": (b"", "not an IDX file"),
    "wrong magic": (idx(ARRAY, magic=b"\1\0\x08\2"), "starts with bytes 01 00 08 02"),
    "other type": (idx(ARRAY, magic=b"\0\0\x0a\2"), "holds type 0x0a, expected one of 0x08"),
    "no axes": (b"\0\0\x08\0", "cut short"),
    "too many axes": (b"\0\0\x08\xff" + bytes(1020), "255 axes"),
    "cut in the header": (idx(ARRAY)[:9], "cut short"),
    "cut in the data": (idx(ARRAY)[:-1], "should hold 6 values"),
    "too long": (idx(ARRAY, tail=b"\0"), "should hold 6 values"),
    "a web page": (b"<!DOCTYPE html><html>", "a web page: the download went wrong"),
    "a zip archive": (b"PK\3\4" + bytes(40), "a zip archive: unpack it first"),
    "git-lfs": (b"version https://git-lfs.github.com/spec/v1\n", "placeholder of git-lfs"),
    "huge without values": (
        idx(ARRAY[:0], shape=(0, 2**32 - 1, 2**32 - 1)),
        r"a(\.gz)? should hold an array of \(0, 4294967295",
    ),
    "huge": (idx(ARRAY, shape=(2**32 - 1, 2**32 - 1)), "should hold 18446744065119617025 values"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(tmp_path, name):
    data, message = BROKEN[name]
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_idx(tmp_path / "a")
    (tmp_path / "a.gz").write_bytes(gzip.compress(data))
    with pytest.raises(ValueError, match=message):
        read_idx(tmp_path / "a.gz")


def test_broken_gzip_is_refused(tmp_path):
    whole = gzip.compress(idx(ARRAY))
    for data in (whole[:-6], whole[:15] + b"\xff\xff" + whole[17:], whole[:-8] + bytes(8)):
        (tmp_path / "a.gz").write_bytes(data)
        with pytest.raises(ValueError, match="not a whole gzip file"):
            read_idx(tmp_path / "a.gz")
    (tmp_path / "a.gz").write_bytes(gzip.compress(whole))
    with pytest.raises(ValueError, match="a gzip file inside a gzip file"):
        read_idx(tmp_path / "a.gz")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("packed", [False, True])
def test_each_bit_and_each_length(tmp_path, packed):
    whole = gzip.compress(idx(ARRAY), mtime=0) if packed else idx(ARRAY)
    damaged = [whole[:n] for n in range(len(whole))]
    for bit in range(8 * len(whole)):
        altered = bytearray(whole)
        altered[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(altered))
    for data in damaged:
        (tmp_path / "a").write_bytes(data)
        try:
            found = read_idx(tmp_path / "a")
        except ValueError:
            continue
        # Plain IDX has no checksum: another value, or another shape of as many, goes unnoticed.
        assert found.nbytes == ARRAY.nbytes
        assert not packed or np.array_equal(found, ARRAY)


def test_nothing_is_allocated_on_the_word_of_a_header(tmp_path):
    bomb = gzip.compress(idx(ARRAY) + bytes(20_000_000))
    claim = gzip.compress(idx(ARRAY, shape=(60_000, 784)))
    plain = idx(ARRAY, shape=(60_000, 784))
    for data in (bomb, claim, plain):
        (tmp_path / "a").write_bytes(data)
        tracemalloc.start()
        try:
            with pytest.raises(ValueError, match="should hold"):
                read_idx(tmp_path / "a")
            assert tracemalloc.get_traced_memory()[1] < 2**21
        finally:
            tracemalloc.stop()


def test_a_folder_is_named(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder; read_idx reads one file"):
        read_idx(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="it is a pipe or device"):
        read_idx(tmp_path / "pipe")
