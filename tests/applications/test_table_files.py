"""Tables in files: the same table back, mapped or read, and damaged files refused."""

import base64
import hashlib
import json
import os
import tracemalloc
import zlib

import numpy as np
import pytest

from tests.brute_hamming import BITS, draw_codes, same_lists
from tinyae import Autoencoder, HammingTable, load, save
from tinyae.files.archive import Archive
from tinyae.files.archive_files import read_archive, write_archive


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


@pytest.mark.one_in(12)
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
    HammingTable.load(path, mmap=True)  # imports modules, which are not counted
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


def with_state(path, **changes):
    """Write the table again with other values, all of which the checksum covers."""
    header, arrays = read_archive(path, "table")
    for name, value in changes.items():
        if isinstance(value, np.ndarray):
            arrays[name] = value
        else:
            header["object"]["state"][name] = value
    write_archive(path, header, arrays)


CUT = "is not a whole tinyae hash table file: "
DAMAGES = {
    "cut": (CUT, lambda path: path.write_bytes(path.read_bytes()[:-30])),
    "cut in the middle": (CUT, lambda path: path.write_bytes(path.read_bytes()[:300])),
    "empty": (CUT, lambda path: path.write_bytes(b"")),
    "text": (CUT, lambda path: path.write_text("codes")),
    "longer": (CUT, lambda path: path.write_bytes(path.read_bytes() + b"1")),
    "another array": (CUT, lambda path: with_entries(path, more=np.zeros(3))),
    "no list of removed": (CUT, lambda path: with_entries(path, removed=None)),
    "other codes": (CUT, lambda path: with_entries(path, code_words=np.zeros((1, 200), "<u8"))),
    "a list for a header": (CUT, lambda path: with_entries(path, header=np.array("[]"))),
    "no JSON": (CUT, lambda path: with_entries(path, header=np.array("{"))),
    "deep JSON": (CUT, lambda path: with_entries(path, header=np.array("[" * 1000))),
    "newer": ("has format version 99", lambda path: with_header(path, version=99)),
    "no version": (CUT, lambda path: with_header(path, version=None)),
    "another format": (CUT, lambda path: with_header(path, format="a model")),
    "codes of floats": (
        "words float",
        lambda path: with_state(path, code_words=np.zeros((1, 200))),
    ),
    "wider words": (
        "got 1 words",
        lambda path: with_state(path, code_words=np.zeros((1, 9), "u8")),
    ),
    "more words": ("got 2 words", lambda path: with_state(path, code_words=np.zeros((2, 9), "u4"))),
    "a vector": ("no codes", lambda path: with_state(path, code_words=np.zeros(9, "u4"))),
    "no codes": ("no codes", lambda path: with_state(path, code_words=np.zeros((1, 0), "u4"))),
    "more bits": ("has 1000000000000000 bits", lambda path: with_state(path, bits=10**15)),
    "wider codes": ("codes of 40 bits are", lambda path: with_state(path, bits=40)),
    "no bits": ("has 0 bits", lambda path: with_state(path, bits=0)),
    "bits as text": ("has '20' bits", lambda path: with_state(path, bits="20")),
    "true bits": ("has True bits", lambda path: with_state(path, bits=True)),
    "more": ("belongs to nothing", lambda path: with_state(path, more=np.zeros(3))),
    "more values": ("removed, not", lambda path: with_state(path, more=3)),
    "removed twice": ("do not rise", lambda path: with_state(path, removed=np.array([3, 3]))),
    "removed beyond": ("do not rise", lambda path: with_state(path, removed=np.array([3, 200]))),
    "removed before": ("do not rise", lambda path: with_state(path, removed=np.array([-1, 3]))),
    "removed as floats": ("no vector of int", lambda path: with_state(path, removed=np.zeros(1))),
    "too many removed": ("do not rise", lambda path: with_state(path, removed=np.arange(300))),
}


@pytest.mark.one_in(24)
@pytest.mark.parametrize("mmap", [False, True])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_refused_whether_they_are_mapped_or_not(damage, mmap, rng, tmp_path):
    _, path, _ = saved(tmp_path, rng)
    said, make = DAMAGES[damage]
    make(path)
    with pytest.raises(ValueError, match=f"table.npz .*{said}"):
        HammingTable.load(path, mmap=mmap)


ALTERATIONS = {
    "a bit": lambda path, place: flip(path, place),
    "another writer": lambda path, place: with_header(path, numpy="1.0"),
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


def test_a_table_is_loaded_by_both_functions_and_a_model_is_no_table(rng, tmp_path):
    table, path, queries = saved(tmp_path, rng)
    assert save(table, tmp_path / "again").read_bytes() == path.read_bytes()
    same(load(path), table, queries)
    model = save(Autoencoder.dense((5, 4)), tmp_path / "model")
    with pytest.raises(ValueError, match="no hash table: it holds an object of class Autoencoder"):
        HammingTable.load(model)


def test_a_subclass_comes_back_as_itself(rng, tmp_path):
    class Named(HammingTable):
        """A table of one's own."""

    _, path, queries = saved(tmp_path, rng)
    assert type(Named.load(path)) is HammingTable
    own = Named(queries)
    assert type(Named.load(own.save(tmp_path / "own"))) is Named


def test_a_failed_save_leaves_the_old_file(rng, tmp_path, monkeypatch):
    table, path, queries = saved(tmp_path, rng)
    before = path.read_bytes()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("zipfile._ZipWriteFile.write", full)
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


# A table of nine bits, three entries and one of them removed, written by the first release.
FIRST_RELEASE = """
eNq9VNFKAkEUnVXrQUmi/ICtly3QSC1bJXrsRYp9kQgiWd0phXJldzUiBJ/Ex6i3vqHv6A/6g/qOuoNnanaLEoxmOczMvee
emcu9O1Y1nsixyVhhtyfdlzeMNMuwpuvw+pXrOf5Gp3utsUU2AlfO94e1A+tYY312Yzjcb3pGRTd2ewUjqxtnrhd4dqdO8V
zY9+0Ln5Pdb9ldTvu1YnY9qw/0GUZSYzGWYFYoi4XU867MIklZtLhNF5AZ3GoTnpy/z6BWMqdKYdYE9OQN3WGVcEZwCR7hk
mATAvgqBB1rYWsTOoRr8Dj8Lex9rHXwha1BuABX6GQVzT7sHmLbuEsncn4+EtcAN0Ccyi1HuE1o9qAbza1IGBDCtdx7yJzK
Wqaolh6/dPvckcUcgzj+sR3b09Uy/xftOBnhJDJLlUe1IZ32OfcDmcMQQcNfGnLrnxrSRGG30JQm5hIayQQKsG3D31DWJUB
obIJbRnwRvB34y9ATPge+PBrSwWxDtwy9puIvwi/1C9BV7XnYTOiXcL7Uayg8q6rFcvHwozjCk5dmn2NSr/ATGY0VT5F4aA
SSodgn8Yt+PEzRONH2Y/R1KhR3F2PqTxANFK0mLjb8cuBRnCmNZ1Xn5oU9Qd8rzctzYvcO20P6Ng==
"""


def test_a_file_of_the_first_release_is_read(tmp_path):
    path = tmp_path / "t.npz"
    path.write_bytes(zlib.decompress(base64.b64decode(FIRST_RELEASE)))
    for mmap in (False, True):
        table = HammingTable.load(path, mmap=mmap)
        assert table.bits == 9 and table.indices.tolist() == [0, 2]
        np.testing.assert_array_equal(table.codes, np.eye(3, 9, dtype=bool)[[0, 2]])
    for changes in ({"count": 2}, {"count": 0}, {"bits": 40}, {"format": "another"}):
        header = {**first_header(path), **changes}
        text, arrays = json.dumps(header), dict(np.load(path))
        arrays["header"] = np.array(text)
        data = text.encode() + arrays["code_words"].tobytes() + arrays["removed"].tobytes()
        arrays["digest"] = np.array(hashlib.sha256(data).hexdigest())
        np.savez(tmp_path / "wrong.npz", **arrays)
        with pytest.raises(ValueError, match="wrong.npz holds no hash table"):
            HammingTable.load(tmp_path / "wrong")


def first_header(path):
    with np.load(path) as file:
        return json.loads(str(file["header"]))


def test_the_format_is_this(tmp_path):
    """Files are read by later versions too: these are the entries, and the bits of a code."""
    codes = np.zeros((2, 9), bool)
    codes[0, 0] = codes[1, 8] = True
    with np.load(HammingTable(codes).save(tmp_path / "t")) as file:
        assert list(file) == ["header", "digest", "code_words", "removed"]
        assert file["code_words"].tolist() == [[1, 256]] and file["code_words"].dtype == np.uint16
        assert json.loads(str(file["header"]))["content"]["object"] == {
            "class": "HammingTable",
            "state": {"bits": 9, "code_words": {"array": "code_words"},
                      "removed": {"array": "removed"}},
        }  # fmt: skip
