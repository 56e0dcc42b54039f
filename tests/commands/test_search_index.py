"""Search among rows by their codes: equal to the comparison of all codes."""

import numpy as np
import pytest

from tinyae.applications.binary_encoder import write_encoder
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.commands import search_index
from tinyae.commands.read_rows import Reading
from tinyae.commands.search_index import SearchIndex, packed_codes, unpacked

X = np.random.default_rng(0).normal(size=(60, 6))
QUERIES = X[:7] + 0.1


@pytest.fixture(scope="module", params=[5, 16, 70])
def index(request):
    coder = SemanticHash(request.param, hidden=(8,), epochs=2, batch_size=10).fit(X)
    packed = packed_codes(coder.encoder_, [X[:25], X[25:]])
    return SearchIndex(coder.encoder_, packed, Reading(("b", "a"), coder.encoder_.scaling.kind, 3))


def all_pairs(index):
    """Query, row and distance of all pairs, sorted by query, distance and row."""
    a, b = (index.encoder.transform(x) for x in (QUERIES, X))
    distances = (a[:, None] != b).sum(axis=2)
    pairs = [(q, int(d), r) for q, row in enumerate(distances) for r, d in enumerate(row)]
    return np.array([(q, r, d) for q, d, r in sorted(pairs)])


def test_codes_are_packed_and_unpacked(index):
    bits = index.encoder.bits
    assert index.packed.shape == (60, -(-bits // 8)) and index.packed.dtype == np.uint8
    assert np.array_equal(unpacked(index.packed, bits), index.encoder.transform(X))
    assert len(index) == 60 and len(repr(index)) < 200


@pytest.mark.parametrize("block", [1, 50, 1 << 20])
def test_search_is_exact(index, block, monkeypatch):
    monkeypatch.setattr(search_index, "BLOCK", block)
    index = SearchIndex(index.encoder, index.packed)  # the table of the other is built already
    wanted = all_pairs(index)
    assert np.allclose(index.shares(), index.encoder.transform(X).mean(axis=0), rtol=1e-12)
    for radius in (0, 1, 3, index.encoder.bits):
        found = index.lookup(QUERIES, radius)
        assert np.array_equal(found, wanted[wanted[:, 2] <= radius]) and found.dtype == np.int64
    for k in (1, 7, 60):
        first = [wanted[wanted[:, 0] == q][:k] for q in range(7)]
        assert np.array_equal(index.nearest(QUERIES, k), np.concatenate(first))


def test_a_file_gives_back_the_index(index, tmp_path):
    path = index.save(tmp_path / "x")
    found = SearchIndex.load(path)
    assert path == tmp_path / "x.npz" and found.reading == index.reading
    assert np.array_equal(found.packed, index.packed)
    assert np.array_equal(found.nearest(QUERIES, 3), index.nearest(QUERIES, 3))
    coder = SemanticHash.load(path)
    assert np.array_equal(coder.transform(X), index.encoder.transform(X))
    with pytest.raises(ValueError, match="holds an encoder without rows to search"):
        SearchIndex.load(coder.save(tmp_path / "y"))


def test_a_file_that_does_not_say_how_it_was_read_is_refused(index, tmp_path):
    path = search_index.write_encoder(tmp_path / "x", index.encoder, {}, index.packed)
    with pytest.raises(ValueError, match="does not say how its rows were read"):
        SearchIndex.load(path)


def test_codes_of_another_width_or_dtype_are_refused(index, tmp_path):
    reading = {"words": (), "skip": 0}
    bits = index.encoder.bits
    for packed in (np.zeros((3, -(-bits // 8) + 1), np.uint8), index.packed.astype(np.int16)):
        path = write_encoder(tmp_path / "x", index.encoder, {"reading": reading}, packed)
        with pytest.raises(ValueError, match=rf"holds codes \(.*\), no codes of {bits} bits"):
            SearchIndex.load(path)
