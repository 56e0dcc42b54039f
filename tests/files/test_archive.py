"""Archives known before they are read, as numpy.savez and the zip format write them."""

import hashlib
import io
import zipfile

import numpy as np
import pytest

from tinyae.files.archive import Archive


def archive(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream


def test_what_savez_wrote(rng):
    vector = rng.standard_normal(300_000)
    found = Archive(archive(text=np.array("täglich"), vector=vector, number=np.array(3)))
    assert found.text("text", 7) == "täglich"
    assert found.entries["vector"].dtype == "<f8" and found.entries["vector"].count == 300_000
    assert found.entries["number"].shape == () and found.entries["vector"].shape == (300_000,)
    into, digest = np.empty_like(vector), hashlib.sha256()
    found.fill("vector", into, digest)
    np.testing.assert_array_equal(into, vector)
    assert digest.digest() == hashlib.sha256(vector.tobytes()).digest()


def test_arrays_of_several_axes_come_back(rng):
    cube = np.arange(24, dtype="i2").reshape(2, 3, 4)
    arrays = {"table": rng.standard_normal((3, 4)), "cube": cube,
              "none": np.empty((0, 5)), "bits": rng.random((2, 7)) < 0.5}  # fmt: skip
    found = Archive(archive(**arrays))
    for name, array in arrays.items():
        assert found.entries[name].shape == array.shape
        assert found.entries[name].count == array.size
        into = np.empty_like(array)
        found.fill(name, into, hashlib.sha256())
        np.testing.assert_array_equal(into, array)


def test_two_entries_of_the_same_bytes_are_refused():
    """Each could be as large as the file, so a small file of many could ask for much memory."""
    whole = archive(a=np.arange(1000.0), b=np.arange(1000.0)).getvalue()
    directory = whole.index(b"PK\1\2")
    second = whole.index(b"PK\1\2", directory + 1)
    altered = bytearray(whole)
    altered[second + 42 : second + 46] = bytes(4)  # the place of b: now that of a
    with pytest.raises(ValueError, match="two of its entries lie in the same bytes"):
        Archive(io.BytesIO(bytes(altered)))


def test_texts_have_a_limit_and_vectors_a_length():
    found = Archive(archive(text=np.array("12345678"), vector=np.ones(3)))
    with pytest.raises(ValueError, match="not a text of at most 7"):
        found.text("text", 7)
    with pytest.raises(ValueError, match="not a text"):
        found.text("vector", 100)
    for wrong in (np.ones(4), np.ones(3, np.float32), np.ones(6, np.float32)):
        with pytest.raises(ValueError, match="cannot hold vector"):
            found.fill("vector", wrong, hashlib.sha256())


def test_an_archive_of_more_than_two_gigabytes(monkeypatch):
    # Such sizes and places are written in 64 bits; the limit is lowered so that small ones are.
    for limit in (5, 300, 600):
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
        found = Archive(archive(first=np.arange(20.0), second=np.arange(30.0)))
        for name, n in (("first", 20), ("second", 30)):
            into = np.empty(n)
            found.fill(name, into, hashlib.sha256())
            np.testing.assert_array_equal(into, np.arange(n))
    whole = archive(first=np.arange(20.0), second=np.arange(30.0)).getvalue()
    for length in range(len(whole)):
        with pytest.raises(ValueError):
            Archive(io.BytesIO(whole[:length]))


@pytest.mark.slow
def test_what_is_refused(tmp_path):
    packed = io.BytesIO()
    np.savez_compressed(packed, a=np.ones(3))
    columns = archive(a=np.asfortranarray(np.ones((3, 3))))
    objects = io.BytesIO()
    np.savez(objects, a=np.array([{}], object))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as file:
        for i in range(10_001):
            file.writestr(f"{i}.npy", "")
    cases = {
        "compressed or encrypted": packed,
        "in C order": columns,
        "'descr': '|O'": objects,
        "only 2 bytes": io.BytesIO(b"PK"),
        "does not end as": io.BytesIO(bytes(1000)),
        "claims 10001 entries": many,
    }
    for message, stream in cases.items():
        with pytest.raises(ValueError, match=message.replace("|", r"\|")):
            Archive(stream)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file, pytest.warns(UserWarning):
        file.writestr("a.npy", np.lib.format.magic(1, 0))
        file.writestr("a.npy", np.lib.format.magic(1, 0))
    with open(tmp_path / "a.npz", "rb") as stream, pytest.raises(ValueError, match="not an array"):
        Archive(stream)


def test_what_no_writer_of_ours_leaves(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file, pytest.warns(UserWarning):
        for value in (1.0, 2.0):
            array = io.BytesIO()
            np.save(array, np.array([value]))
            file.writestr("a.npy", array.getvalue())
    with open(tmp_path / "a.npz", "rb") as stream, pytest.raises(ValueError, match="two entries a"):
        Archive(stream)
    whole = archive(a=np.ones(3)).getvalue()
    encrypted = bytearray(whole)
    encrypted[whole.index(b"PK\1\2") + 8] |= 1
    commented = bytearray(whole)
    commented[-2] = 1  # a comment of one byte, which is not there
    for data, message in ((encrypted, "compressed or encrypted"), (commented, "does not end as")):
        with pytest.raises(ValueError, match=message):
            Archive(io.BytesIO(bytes(data)))


def test_a_file_that_shrinks_while_it_is_read():
    stream = archive(a=np.ones(1000))
    found = Archive(stream)
    stream.truncate(1000)
    with pytest.raises(ValueError, match="became shorter"):
        found.fill("a", np.empty(1000), hashlib.sha256())
    stream = archive(a=np.ones(1000))
    found = Archive(stream)
    stream.truncate(100)
    with pytest.raises(ValueError, match="became shorter"):
        found.read(0, 200)
    assert len(found.read(0, 100)) == 100


def test_numbers_in_the_other_order_of_bytes_come_back():
    wide = np.arange(5, dtype=">f8")
    found, into, digest = Archive(archive(wide=wide)), np.empty(5), hashlib.sha256()
    found.fill("wide", into, digest)
    assert found.entries["wide"].dtype == ">f8"
    np.testing.assert_array_equal(into, np.arange(5.0))
    assert digest.digest() == hashlib.sha256(wide.tobytes()).digest(), "of the bytes in the file"


def test_a_directory_that_does_not_fit_its_entries(monkeypatch):
    whole = archive(a=np.ones(3), b=np.ones(3)).getvalue()
    short, nowhere = bytearray(whole), bytearray(whole)
    short[-14:-10] = bytes([1, 0, 1, 0])  # it tells of one entry, and holds two
    size = whole.index(b"PK\1\2") + 24
    nowhere[size : size + 4] = b"\xff" * 4  # the size is in an extra field, which is not there
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 5)
    large = archive(a=np.ones(3)).getvalue().replace(b"PK\6\6", b"PK\6\5")
    cases = {
        "directory is longer than its entries": short,
        "size of a large entry is missing": nowhere,
        "does not end as a large .npz file does": large,
    }
    for message, data in cases.items():
        with pytest.raises(ValueError, match=message):
            Archive(io.BytesIO(bytes(data)))
