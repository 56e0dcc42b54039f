"""Files of encoders and codes: complete, unaltered, or refused with the reason."""

import numpy as np
import pytest

from tinyae import load, save
from tinyae.applications.binary_encoder import KNOWN, read_encoder, write_encoder
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.files.archive_files import write_archive
from tinyae.files.objects import Description

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
    assert loaded.n_bits == 9 and loaded.hidden == (5,)
    found = SemanticHash.load(path)
    assert found.n_bits == 9 and found.kind == "real" and found.hidden == (256,)


@pytest.mark.slow
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
            refused += "is not a whole tinyae hash file" in str(error) or "altered" in str(error)
            continue
        assert np.array_equal(codes, CODES)
        assert np.array_equal(encoder.transform(X), coder.transform(X))
    assert refused > 0.8 * len(range(0, len(data), 31))
    for length in (0, 10, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match="is not a whole tinyae hash file"):
            read_encoder(path)


def changed(coder, path, change=lambda described, arrays: None):
    """Write a file with a right checksum and something else in it."""
    description = Description(coder.encoder_, KNOWN)
    described, arrays = description.json, {**description.arrays, "codes": CODES}
    change(described, arrays)
    return write_archive(path, {"object": described}, arrays)


def to(name, value):
    """A change of one array, or of one field of the encoder."""

    def change(described, arrays):
        if name in arrays:
            arrays[name] = value
        elif name == "kind":
            described["fields"]["scaling"]["fields"][name] = value
        else:
            described["fields"][name] = value

    return change


def infinite(described, arrays):
    arrays["model_theta"] = np.full_like(arrays["model_theta"], np.inf)


WRONG = {
    "no model": (to("model", 3), "encoder"),
    "kind": (to("kind", "none"), "none"),
    "no kind": (to("kind", "auto"), "no scaling"),
    "NaN": (to("scaling_shift", np.full(6, np.nan)), "NaN or infinite"),
    "infinite scale": (to("scaling_scale", np.full(6, np.inf)), "NaN or infinite"),
    "zero scale": (to("scaling_scale", np.zeros(6)), "not above 0"),
    "one scale": (to("scaling_scale", np.ones(1)), "no scaling"),
    "no threshold": (to("threshold", np.full(9, np.nan)), "a threshold is NaN"),
    "lengths": (to("threshold", np.zeros(8)), r"lengths \(6, 8\), expected \(6, 9\)"),
    "theta": (to("model_theta", np.zeros(3, np.float32)), "is not inside model_theta"),
    "infinite": (infinite, "NaN or infinite"),
    "another class": (lambda described, _: described.update({"class": "L1"}), "of class L1"),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_cannot_be_right_is_refused(name, coder, tmp_path):
    change, said = WRONG[name]
    path = changed(coder, tmp_path / "x.npz", change)
    with pytest.raises(ValueError, match=f"x.npz holds no hash: .*{said}"):
        read_encoder(path)
    read_encoder(changed(coder, path))


def test_other_files_are_refused(coder, tmp_path):
    np.savez(tmp_path / "x.npz", a=np.ones(3))
    with pytest.raises(ValueError, match="it holds a, expected header and digest"):
        read_encoder(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError, match="there is no hash file"):
        read_encoder(tmp_path / "gone.npz")
    with pytest.raises(FileNotFoundError, match="folder"):
        coder.save(tmp_path / "gone" / "x.npz")
    with pytest.raises(ValueError, match="holds no hash: it holds an object of class Autoencoder"):
        SemanticHash.load(save(coder.encoder_.model, tmp_path / "model"))


def test_the_file_of_the_whole_object_is_that_of_save(coder, tmp_path):
    one, other = coder.save(tmp_path / "x"), save(coder, tmp_path / "y")
    assert one.read_bytes() == other.read_bytes()
    for twin in (SemanticHash.load(one), load(other)):
        assert type(twin) is SemanticHash and repr(twin) == repr(coder)
        assert twin.history_.loss == coder.history_.loss
        assert np.array_equal(twin.transform(X), coder.transform(X))
