"""Tables in files: the same table back, mapped or read, and damaged files refused."""

import json
import os
import tracemalloc

import numpy as np
import pytest

from tests.brute_hamming import BITS, draw_codes, same_lists
from tinyae import Autoencoder, HammingTable, load, save
from tinyae.applications import table_files
from tinyae.files.archive import Archive


def saved(tmp_path, rng, bits=20, n=200):
    codes, queries = draw_codes(rng, n, bits)
    table = HammingTable(codes)
    table.remove([3, 5, n - 1])
    return table, table.save(tmp_path / "table"), queries


def same(table, twin, queries):
    assert (len(table), table.bits) == (len(twin), twin.bits)
    np.testing.assert_array_equal(table.indices, twin.indices)
    np.testing.assert_array_equal(table.codes, twin.codes)
    same_lists(twin.lookup(queries, 1), table.lookup(queries, 1))
    for one, other in zip(twin.nearest(queries, 5), table.nearest(queries, 5), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("bits", BITS)
def test_the_same_table_back(bits, mmap, rng, tmp_path):
    table, path, queries = saved(tmp_path, rng, bits)
    assert path == tmp_path / "table.npz"
    twin = HammingTable.load(tmp_path / "table", mmap=mmap)
    same(table, twin, queries)
    again = twin.save(tmp_path / "again")
    assert again.read_bytes() == path.read_bytes()
    before = path.read_bytes()
    twin.add(queries)  # the file is not written to
    assert len(twin) == len(table) + 24
    np.testing.assert_array_equal(twin.codes[-24:], queries)
    assert path.read_bytes() == before
    twin.save(path)  # over the file that is mapped
    same(twin, HammingTable.load(path), queries)


@pytest.mark.parametrize("bits", BITS)
def test_words_begin_where_they_can_be_mapped(bits, rng, tmp_path):
    _, path, _ = saved(tmp_path, rng, bits)
    with open(path, "rb") as stream:
        assert Archive(stream).entries["code_words"].start % 64 == 0
    assert HammingTable.load(path, mmap=True)._store.packed.flags.aligned


def test_a_mapped_table_is_not_read(rng, tmp_path):
    codes = rng.integers(0, 2, (400_000, 64), np.uint8)
    path = HammingTable(codes).save(tmp_path / "t")
    tracemalloc.start()
    table = HammingTable.load(path, mmap=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000 < path.stat().st_size / 10
    np.testing.assert_array_equal(table.lookup(codes[7], 0), [7])


def with_entries(path, **changes):
    """Write the file again with other entries; None leaves one out."""
    with np.load(path) as old:
        entries = {name: old[name] for name in old.files}
    entries = {name: it for name, it in (entries | changes).items() if it is not None}
    np.savez(path, **entries)


def with_header(path, **changes):
    with np.load(path) as old:
        header = json.loads(str(old["header"]))
    with_entries(path, header=np.array(json.dumps(header | changes)))


DAMAGES = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "cut in the middle": lambda path: path.write_bytes(path.read_bytes()[:300]),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("codes"),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"1"),
    "another array": lambda path: with_entries(path, more=np.zeros(3)),
    "no list of removed": lambda path: with_entries(path, removed=None),
    "codes of another type": lambda path: with_entries(path, code_words=np.zeros(200, "<u8")),
    "codes of floats": lambda path: with_entries(path, code_words=np.zeros(200, "<f4")),
    "a code less": lambda path: with_entries(path, code_words=np.zeros(199, "<u4")),
    "more codes claimed": lambda path: with_header(path, count=10**15),
    "more bits claimed": lambda path: with_header(path, bits=10**15),
    "wider codes claimed": lambda path: with_header(path, bits=40),
    "no bits": lambda path: with_header(path, bits=0),
    "no codes": lambda path: with_header(path, count=0),
    "bits as text": lambda path: with_header(path, bits="20"),
    "true bits": lambda path: with_header(path, bits=True),
    "newer": lambda path: with_header(path, version=2),
    "no version": lambda path: with_header(path, version=None),
    "another format": lambda path: with_header(path, format="a model"),
    "a list for a header": lambda path: with_entries(path, header=np.array("[]")),
    "no JSON": lambda path: with_entries(path, header=np.array("{")),
    "deep JSON": lambda path: with_entries(path, header=np.array("[" * 1000)),
    "removed twice": lambda path: with_entries(path, removed=np.array([3, 3])),
    "removed beyond": lambda path: with_entries(path, removed=np.array([3, 200])),
    "removed before": lambda path: with_entries(path, removed=np.array([-1, 3])),
    "removed as floats": lambda path: with_entries(path, removed=np.zeros(1)),
    "more removed than codes": lambda path: with_entries(path, removed=np.arange(300)),
}


@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_refused_whether_they_are_mapped_or_not(damage, mmap, rng, tmp_path):
    _, path, _ = saved(tmp_path, rng)
    DAMAGES[damage](path)
    with pytest.raises(ValueError, match="table.npz is not a whole tinyae hash table: "):
        HammingTable.load(path, mmap=mmap)


ALTERATIONS = {
    "a bit": lambda path, place: flip(path, place),
    "an entry fewer": lambda path, place: with_header(path, count=200, bits=21),
    "another entry removed": lambda path, place: with_entries(path, removed=np.array([3, 5, 198])),
    "another checksum": lambda path, place: with_entries(path, digest=np.array("0" * 64)),
}


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_altered_files_are_refused_where_the_checksum_is_compared(alteration, rng, tmp_path):
    _, path, _ = saved(tmp_path, rng)
    with open(path, "rb") as stream:
        place = Archive(stream).entries["code_words"].start + 100
    ALTERATIONS[alteration](path, place)
    for options in ({}, {"mmap": True, "verify": True}):
        with pytest.raises(ValueError, match="was altered after it was saved"):
            HammingTable.load(path, **options)
    HammingTable.load(path, mmap=True)
    HammingTable.load(path, verify=False)


@pytest.mark.slow
def test_every_byte_counts(rng, tmp_path):
    """No byte can be changed such that another table is read."""
    table, path, queries = saved(tmp_path, rng, n=8)
    whole = path.read_bytes()
    for place in range(len(whole)):
        flip(path, place)
        try:
            twin = HammingTable.load(path)
        except ValueError:
            pass
        else:
            same(table, twin, queries)
        path.write_bytes(whole)


def test_models_are_no_tables_and_tables_no_models(rng, tmp_path):
    _, path, _ = saved(tmp_path, rng)
    with pytest.raises(ValueError, match="not a whole tinyae model file: it holds code_words"):
        load(path)
    model = save(Autoencoder.dense((5, 4)), tmp_path / "model")
    with pytest.raises(ValueError, match="not a whole tinyae hash table: it holds digest"):
        HammingTable.load(model)


def test_a_failed_save_leaves_the_old_file(rng, tmp_path, monkeypatch):
    table, path, queries = saved(tmp_path, rng)
    before = path.read_bytes()

    def full(stream, **arrays):
        stream.write(b"half of it")
        raise OSError("no space left")

    monkeypatch.setattr(table_files.np, "savez", full)
    table.add(queries)
    with pytest.raises(OSError, match="no space left"):
        table.save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["table.npz"]


def test_paths(rng, tmp_path):
    table, path, _ = saved(tmp_path, rng)
    with pytest.raises(FileNotFoundError, match="there is no hash table file"):
        HammingTable.load(tmp_path / "other")
    with pytest.raises(FileNotFoundError, match="mkdir"):
        table.save(tmp_path / "no" / "table")
    with pytest.raises(IsADirectoryError, match="is a folder, not a hash table file"):
        HammingTable.load(tmp_path)
    assert table.save(str(tmp_path / "named.npz")) == tmp_path / "named.npz"


def test_a_file_whose_words_begin_elsewhere_is_read(rng, tmp_path):
    """Another writer may put the entries in another order."""
    table, path, queries = saved(tmp_path, rng, bits=64)
    with np.load(path) as old:
        entries = {name: old[name] for name in old.files}
    np.savez(path, **dict(reversed(entries.items())))
    for mmap in (False, True):
        same(table, HammingTable.load(path, mmap=mmap, verify=True), queries)


def test_the_format_is_this(tmp_path):
    """Files are read by later versions too: these are the entries, and the bits of a code."""
    codes = np.zeros((2, 9), bool)
    codes[0, 0] = codes[1, 8] = True
    with np.load(HammingTable(codes).save(tmp_path / "t")) as file:
        assert list(file) == ["code_words", "header", "removed", "digest"]
        assert file["code_words"].tolist() == [1, 256] and file["code_words"].dtype == np.uint16
        assert json.loads(str(file["header"])) == {
            "format": "tinyae hash table", "version": 1, "bits": 9, "count": 2,
        }  # fmt: skip
        assert (
            str(file["digest"])
            == "54f9a2df4d0828d478f7f434c630c0c35469ccc50a8232d44505d6878569029f"
        )
