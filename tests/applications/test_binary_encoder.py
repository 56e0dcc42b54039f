"""Files of encoders and codes: complete, unaltered, or refused with the reason."""

import json

import numpy as np
import pytest

from tinyae.applications.binary_encoder import VECTORS, read_encoder, write_encoder
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.applications.vector_files import read_vectors, write_vectors

X = np.random.default_rng(0).normal(size=(40, 6))
CODES = np.arange(80, dtype=np.uint8).reshape(40, 2)


@pytest.fixture(scope="module")
def coder():
    return SemanticHash(9, hidden=(5,), epochs=1).fit(X)


def test_a_file_gives_back_what_was_written(coder, tmp_path):
    path = write_encoder(tmp_path / "x", coder.encoder_, {"more": [1, "\u03b1"]}, CODES)
    assert path == tmp_path / "x.npz"
    for name in ("x", "x.npz"):
        encoder, header, codes = read_encoder(tmp_path / name)
        assert header["more"] == [1, "\u03b1"] and np.array_equal(codes, CODES)
        assert np.array_equal(encoder.transform(X), coder.transform(X))
        assert np.array_equal(encoder.model.theta, coder.encoder_.model.theta)
        assert np.array_equal(encoder.threshold, coder.encoder_.threshold)
    assert np.array_equal(SemanticHash.load(path).transform(X), coder.transform(X))
    loaded = SemanticHash.load(coder.save(tmp_path / "y.npz"))
    assert (
        loaded.n_bits == 9 and loaded.kind == "real" and len(read_encoder(tmp_path / "y")[2]) == 0
    )


def test_every_altered_byte_is_noticed(coder, tmp_path):
    """Or it changes nothing that is read: the zip directory holds dates, too."""
    path = write_encoder(tmp_path / "x.npz", coder.encoder_, {}, CODES)
    data = path.read_bytes()
    refused = 0
    for place in range(0, len(data), 31):
        path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        try:
            encoder, _, codes = read_encoder(path)
        except ValueError as error:
            refused += "is not a whole hash file of tinyae" in str(error)
            continue
        assert np.array_equal(codes, CODES)
        assert np.array_equal(encoder.transform(X), coder.transform(X))
    assert refused > 0.8 * len(range(0, len(data), 31))
    for length in (0, 10, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match="is not a whole hash file"):
            read_encoder(path)


def changed(coder, path, text=None, **vectors):
    """Write a file with a right checksum and something else in it."""
    description, stored = coder.encoder_.state()
    header = {"format": "tinyae hash", "version": 1, "encoder": description, **(text or {})}
    stored = {**stored, "codes": CODES.reshape(-1), **vectors}
    write_vectors(path, json.dumps(header), stored)
    return path


WRONG = {
    "version": ({"version": 2}, {}, "it has version 2; this tinyae reads 1"),
    "format": ({"format": "else"}, {}, "it has version"),
    "no encoder": ({"encoder": 3}, {}, "TypeError"),
    "kind": ({}, {}, "its kind of data is 'none'"),
    "NaN": ({}, {"shift": np.full(6, np.nan)}, "NaN, infinite"),
    "zero scale": ({}, {"scale": np.zeros(6)}, "no scale"),
    "lengths": ({}, {"threshold": np.zeros(8)}, r"lengths \(6, 6, 8\), expected \(6, 6, 9\)"),
    "codes": ({}, {"codes": np.zeros(81, np.uint8)}, "reshape"),
    "theta": ({}, {"theta": np.zeros(3, np.float32)}, "it has 3 parameters"),
    "infinite": ({}, {"theta": None}, "NaN, infinite"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_cannot_be_right_is_refused(name, coder, tmp_path):
    text, vectors, said = WRONG[name]
    if name == "kind":
        text = {"encoder": {**coder.encoder_.state()[0], "kind": "none"}}
    if name == "infinite":
        theta = coder.encoder_.model.theta.copy()
        theta[3] = np.inf
        vectors = {"theta": theta}
    path = changed(coder, tmp_path / "x.npz", text, **vectors)
    with pytest.raises(ValueError, match=f"is not a whole hash file of tinyae: .*{said}"):
        read_encoder(path)
    read_encoder(changed(coder, path))


def test_other_files_are_refused(coder, tmp_path):
    np.savez(tmp_path / "x.npz", a=np.ones(3))
    with pytest.raises(ValueError, match="it holds a, expected codes, digest"):
        read_encoder(tmp_path / "x.npz")
    coder.encoder_.model.copy()
    with pytest.raises(FileNotFoundError, match="there is no hash file"):
        read_encoder(tmp_path / "gone.npz")
    with pytest.raises(FileNotFoundError, match="folder"):
        coder.save(tmp_path / "gone" / "x.npz")
    texts = {name: np.array("x") for name in (*VECTORS, "codes")}
    write_vectors(tmp_path / "y.npz", "{}", texts)
    with pytest.raises(ValueError, match="its theta is of type <U1, expected a vector"):
        read_vectors(tmp_path / "y.npz", (*VECTORS, "codes"))
    with pytest.raises(ValueError, match="at most 16777216 can be read"):
        write_vectors(tmp_path / "z.npz", "x" * ((1 << 24) + 1), {})
    assert not (tmp_path / "z.npz").exists()


def test_vectors_of_both_byte_orders_are_written_alike(tmp_path):
    vector = np.array([1.0, 2.0])
    write_vectors(tmp_path / "a.npz", "text", {"v": vector})
    write_vectors(tmp_path / "b.npz", "text", {"v": vector.astype(">f8")})
    for name in ("a", "b"):
        text, found = read_vectors(tmp_path / f"{name}.npz", ("v",))
        assert text == "text" and np.array_equal(found["v"], vector)
    a, b = (np.load(tmp_path / f"{name}.npz")["digest"] for name in "ab")
    assert a == b
