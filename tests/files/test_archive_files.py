"""A header and arrays in one file: the same back, and everything else refused."""

import hashlib
import json
import types

import numpy as np
import pytest

from tinyae.files import header_text
from tinyae.files.archive_files import read_archive, write_archive
from tinyae.files.classes import classes_in
from tinyae.files.header_text import contents

ARRAYS = {
    "table": np.arange(12.0).reshape(3, 4),
    "columns": np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)),
    "number": np.array(3),
    "none": np.empty((0, 5)),
    "bits": np.array([True, False]),
    "big-endian": np.arange(5, dtype=">i4"),
    "half": np.ones(2, np.float16),
    "every.second": np.arange(10, dtype=np.uint64)[::-2],
}
HEADER = {"name": "täglich", "numbers": [1, 0.1, 1e300, None, True], "more": {"a": {}}}


def altered(path, **changes):
    """Write the file's entries again with some changed, added, or left out if None."""
    with np.load(path) as file:
        entries = {**file, **changes}
    np.savez(path, **{name: array for name, array in entries.items() if array is not None})
    return path


def redescribed(path, change, **changes):
    """Do the same with a changed text and a checksum that is right, so that only one is wrong."""
    with np.load(path) as file:
        described = change(json.loads(str(file["header"])))
        arrays = {**file, **changes}
    text = json.dumps(described)
    digest = hashlib.sha256(text.encode())
    for name, array in arrays.items():
        if name not in ("header", "digest"):
            digest.update(np.ascontiguousarray(array).tobytes())
    return altered(path, header=np.array(text), digest=np.array(digest.hexdigest()), **changes)


def test_the_same_back(tmp_path):
    path = write_archive(tmp_path / "file", HEADER, ARRAYS)
    assert path == tmp_path / "file.npz"
    header, arrays = read_archive(tmp_path / "file", "thing")
    assert header == HEADER and list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype.newbyteorder("=") and arrays[name].flags.owndata
        assert arrays[name].shape == array.shape and arrays[name].flags.c_contiguous
        np.testing.assert_array_equal(arrays[name], array)
    with np.load(path) as file:  # anybody can read it
        assert all((file[name] == array).all() for name, array in ARRAYS.items())
        described = json.loads(str(file["header"]))
    assert described["version"] == 2 and described["numpy"] == np.__version__
    again = write_archive(tmp_path / "again", *read_archive(path, "thing"))
    assert again.read_bytes() == path.read_bytes()


def test_every_array_begins_where_it_can_be_mapped(tmp_path):
    path = write_archive(tmp_path / "file", HEADER, ARRAYS)
    _, arrays = read_archive(path, "thing", mapped=ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        if array.size:
            assert arrays[name].__array_interface__["data"][0] % 64 == 0
            assert not arrays[name].flags.writeable and not arrays[name].flags.owndata


def test_a_file_that_is_replaced_while_it_is_read_is_not_mixed_with_the_new_one(
    tmp_path, monkeypatch
):
    path = write_archive(tmp_path / "file", HEADER, {"a": np.arange(4.0), "b": np.zeros(9)})

    def replaced(described, entries):
        write_archive(path, HEADER, {"a": np.full(4, 7.0), "b": np.ones(9)})
        return contents(described, entries)

    monkeypatch.setattr("tinyae.files.archive_files.contents", replaced)
    _, arrays = read_archive(path, "thing", mapped=("a",), verify=False)
    np.testing.assert_array_equal(arrays["a"], np.arange(4.0))
    assert not arrays["b"].any()


@pytest.mark.parametrize("mapped", [(), ARRAYS])
def test_an_altered_array_is_noticed_unless_nobody_asks(mapped, tmp_path):
    path = write_archive(tmp_path / "file", HEADER, ARRAYS)
    whole = bytearray(path.read_bytes())
    whole[whole.index(np.float64(7.0).tobytes()) + 7] ^= 128
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="was altered after it was saved"):
        read_archive(path, "thing", mapped=mapped)
    _, arrays = read_archive(path, "thing", mapped=mapped, verify=False)
    assert arrays["table"][1, 3] == -7.0


def test_what_the_text_and_the_entries_do_not_agree_on(tmp_path):
    """The checksum of all these files is right."""
    cases = {
        "without lost": (lambda d: {**d, "arrays": [*d["arrays"], ["lost", "<f8", [3]]]}, {}),
        "without half": (lambda d: d, {"half": None}),
        "with an unknown more": (lambda d: d, {"more": np.ones(3)}),
        "other dtypes or shapes": (lambda d: d, {"number": np.ones(1, int)}),
        "other dtypes or shapes.": (lambda d: d, {"half": np.ones(1)}),
        "with an unknown big": (lambda d: {**d, "arrays": 3}, {}),
        "not that of a file of tinyae": (lambda d: {**d, "format": "other"}, {}),
        "not that of a file of tinyae.": (lambda d: {**d, "content": []}, {}),
        "not JSON": (lambda d: [[]], {"header": np.array("[" * 100_000)}),
        "does not state a format version": (lambda d: [], {}),
        "states the format version 0": (lambda d: {**d, "version": 0}, {}),
        "of dtype <U3": (lambda d: d, {"half": np.array("abc")}),
        "of dtype >f8": (lambda d: d, {"half": np.ones(2, ">f8")}),
        "expected header and digest": (lambda d: d, {"digest": None}),
    }
    for message, (change, changes) in cases.items():
        path = write_archive(tmp_path / "file", HEADER, ARRAYS)
        redescribed(path, change)
        altered(path, **changes)
        with pytest.raises(ValueError, match=rf"not a whole tinyae thing file: .*{message[:25]}"):
            read_archive(path, "thing")
    path = redescribed(write_archive(tmp_path / "file", HEADER, ARRAYS), lambda d: d)
    assert read_archive(path, "thing")[0] == HEADER  # the way these were made is right


def test_a_newer_version_is_refused_by_its_number(tmp_path):
    path = write_archive(tmp_path / "file", HEADER, ARRAYS)
    redescribed(path, lambda d: {**d, "version": 3, "tinyae": "9.1", "content": "elsewhere"})
    message = "format version 3, written by tinyae 9.1; this is .* reads the format versions 1 to 2"
    with pytest.raises(ValueError, match=message):
        read_archive(path, "thing")


def test_a_file_of_version_1_is_read(tmp_path):
    """Its text is the header itself, and its checksum is that of the text and of the bytes."""
    theta, text = np.arange(5.0), json.dumps({"version": 1, "a": 2})
    digest = hashlib.sha256(text.encode() + theta.tobytes()).hexdigest()
    np.savez(tmp_path / "old.npz", header=text, theta=theta, digest=digest)
    header, arrays = read_archive(tmp_path / "old", "thing")
    assert header == {"version": 1, "a": 2} and list(arrays) == ["theta"]
    np.testing.assert_array_equal(arrays["theta"], theta)
    altered(tmp_path / "old.npz", theta=theta + 1e-9)
    with pytest.raises(ValueError, match="was altered"):
        read_archive(tmp_path / "old", "thing")


def test_what_cannot_be_written_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_archive(tmp_path / "file", HEADER, ARRAYS)
    before = path.read_bytes()
    for array in (np.ones(2, complex), np.array([{}]), np.array("a"), np.ones(2, "M8[s]")):
        with pytest.raises(TypeError, match="a file holds .* but bad is of dtype"):
            write_archive(path, HEADER, {"bad": array})
    for name in ("header", "digest", "", "a/b", "ä", "a" * 201, 3):
        with pytest.raises(ValueError, match="an array in a file cannot be named"):
            write_archive(path, HEADER, {name: np.ones(2)})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_archive(path, {"a": object()}, {})
    monkeypatch.setattr(header_text, "LONGEST_TEXT", 1000)
    with pytest.raises(ValueError, match="characters, a file can hold at most 1000"):
        write_archive(path, {"a": "b" * 1000}, {})
    monkeypatch.setattr(header_text, "MOST_ENTRIES", 5)
    with pytest.raises(ValueError, match="a file can hold at most 3 arrays, got 4"):
        write_archive(path, HEADER, dict.fromkeys("abcd", np.ones(2)))
    write_archive(tmp_path / "few", HEADER, dict.fromkeys("abc", np.ones(2)))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 2


def test_two_packages_may_not_offer_one_name_for_two_classes():
    one, other = types.ModuleType("one"), types.ModuleType("other")
    for module in (one, other):
        module.Unit, module.__all__ = type("Unit", (), {}), ["Unit", "number"]
        module.number = 3
    assert classes_in(one, one) == {"Unit": one.Unit}
    with pytest.raises(ValueError, match="two classes have the name Unit"):
        classes_in(one, other)
