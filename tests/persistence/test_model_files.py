"""Saving and loading: the same model back, and damaged or hostile files refused at no cost."""

import base64
import hashlib
import json
import os
import time
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    Elementwise,
    GaussianNoise,
    Linear,
    MaskingNoise,
    SaltAndPepperNoise,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    WeightDecay,
    fit,
    load,
    save,
)
from tinyae.criterion import DiagonalGaussianOutput, FixedGaussianOutput, MixtureDensityOutput
from tinyae.nn.appended_columns import AppendedColumns
from tinyae.persistence import header
from tinyae.training import Cosine


def models():
    rng = np.random.default_rng(0)
    square = Linear(5, 5, rng=rng)
    return {
        "plain": Autoencoder.dense((5, 4)),
        "tied deep float32": Autoencoder.dense((5, 4, 3), tied=True, dtype=np.float32,
                                               activation=Softplus),
        "every slot": Autoencoder.dense(
            (5, 4), output=BernoulliOutput(), corruption=SaltAndPepperNoise(0.2, 0.0, 0.9),
            penalties=[L1(0.1), WeightDecay(1e-3), Contractive(0.2, probes=2)]),
        "schedule": Autoencoder.dense((5, 4), corruption=GaussianNoise(Cosine(0.3))),
        "nested and twice": Autoencoder(Chain(Chain(square, Tanh()), square, Sigmoid()),
                                        Linear(5, 5, rng=rng), corruption=MaskingNoise(0.5)),
        "fixed variance": Autoencoder.dense((5, 4), output=FixedGaussianOutput(0.5)),
        "variances of the decoder": Autoencoder.dense((5, 4), output=DiagonalGaussianOutput(),
                                                      dtype=np.float32),
        "variances of the features": Autoencoder.dense(
            (5, 4), output=DiagonalGaussianOutput(per_feature=True), tied=True),
        "mixture": Autoencoder.dense((5, 4, 3), output=MixtureDensityOutput(2)),
        "diagonal mixture": Autoencoder.dense((5, 4),
                                              output=MixtureDensityOutput(2, diagonal=True)),
    }  # fmt: skip


@pytest.mark.parametrize("name", models())
def test_the_same_model_back(name, tmp_path, rng):
    model, x = models()[name], rng.random((6, 5))
    fit(model, x, epochs=2)
    path = save(model, tmp_path / "model")
    assert path.name == "model.npz"
    twin = load(tmp_path / "model")
    assert repr(twin) == repr(model) and twin.theta.dtype == model.theta.dtype
    np.testing.assert_array_equal(twin.theta, model.theta)
    np.testing.assert_array_equal(twin.reconstruct(x), model.reconstruct(x))
    assert twin.loss(x, rng=5) == model.loss(x, rng=5)
    model.training = None  # which the file does not hold
    fit(model, x, epochs=2), fit(twin, x, epochs=2)
    np.testing.assert_array_equal(twin.theta, model.theta)  # ties and sharing came back too


def test_groups_come_back_as_they_were(tmp_path, rng):
    """JSON has no tuples; and a layer with groups is not the layer without."""
    x = np.concatenate([np.eye(2)[rng.integers(2, size=6)], np.eye(3)[rng.integers(3, size=6)]], 1)
    model = Autoencoder(Chain(Linear(5, 4, rng=0), Softmax((2, 2))), Linear(4, 5, rng=1),
                        output=CategoricalOutput(groups=(2, 3)))  # fmt: skip
    fit(model, x, epochs=2)
    twin = load(save(model, tmp_path / "model"))
    assert twin.output == model.output and twin.output.groups == (2, 3)
    assert twin.encoder.layers[1].groups == (2, 2)
    np.testing.assert_array_equal(twin.reconstruct(x), model.reconstruct(x))
    plain = Autoencoder.dense((5, 4), output=CategoricalOutput())
    assert load(save(plain, tmp_path / "plain")).output == CategoricalOutput()


def test_a_description_without_groups_is_read():
    """Files were written before the setting existed."""
    assert header._setting_in({"setting": "CategoricalOutput"}) == CategoricalOutput()


def test_a_hostile_width_of_appended_columns_takes_no_memory(tmp_path):
    model = Autoencoder.dense((5, 4), output=DiagonalGaussianOutput(per_feature=True))
    text = header.describe(model)
    assert '{"appended": 5}' in text and type(model.decoder.layers[1]) is AppendedColumns
    hostile = text.replace('{"appended": 5}', '{"appended": 100000000000000}')
    with pytest.raises(ValueError, match="it has 59 parameters of type <f8, expected 1000"):
        header.build(hostile, "<f8", 59)


# A file of the first release, written on another day: the format must not drift.
FIRST_RELEASE = """
eNq9Vk1u00AYnRCgNCzoot27bAxSWhrHDaRCggoJFoHiBV0gVEWOPakjpUlkO0FVFClngAOAUCWuwBJxku5ZcgD4hr
yhny07aknBydOMZ77/eeMZp1G8uiFmz7q42f12+hNPSayKQLq+DDd7g+OCWBGrSzM53b7f23/hvC6IkRibvoy80Nwx
zIf7tlUxy4bZ7odx6Paa/ZBM0MxTtxtJGo8CdyDp/c7dsjExFnhKY4rhNmFEkISQEBE6hD6hh/kdgkGoEMroq3GfEB
OOCQPY4PKq3yZ0Yc+FfJVgYZ7bk/DpQd5ncXG7bwhjFkMTMafjtTLibcL2ELHMyy+GXcl0Y+hzvR7sdYEJs6PjdJGX
tjli9cirt+q/gpyaCzCm7B9k5CYvsXaVC9bO+svabeXkw/0McnzqPCL4iZlflc9hRj2foZ5D6Gm+6xq/nON3kopR1z
oEhtCZt6b/IuY9+Oowu+m9pXWU/SPoLhrXE/iNmFye7xg+w4x1VBzYJGyjxuk6D9i3wcUe4/yK5nD8Ivk8B+/T8Xfh
9ygnbovFfpDDET/j+5j+bnC9APIudC9jrXQenENtVscwI3cvQy+r5un9/xZymnPBOdfdSZyna7fe/dDn6TKdp3EgY1
cfpycQ0232cdq2z3WY1ssLH6dCTB9RGI/pT5gSPhK+Ek4JYleIld1kel+2Pnzi1wW/cyijWOc3LczkdJtzXajZ/+W2
YJRs0EVR4gGhjvcaYDOa+xhrAVVsrTrQgo0q5LdBIQ99yfS5TRvzWr/C5CtoW2i1rI7lPnxXU3IexjzQvAZqansW+k
6jcGWjmLzsqaucQkmcPbP1Orv6pfUUqU/A2+WEnkOW/lA8rabIokwrJN3duyEYdZzGtetqvEi/z9R+/+3jF51TOD8=
"""


def test_a_file_of_the_first_release_is_read(tmp_path):
    path = tmp_path / "m.npz"
    path.write_bytes(zlib.decompress(base64.b64decode(FIRST_RELEASE)))
    model = load(path)
    twin = Autoencoder.dense(
        (2, 1), tied=True, dtype=np.float32, activation=Tanh, penalties=[L1(0.25)],
        corruption=GaussianNoise(Cosine(0.5)), head=Classifier(2, 0.5))  # fmt: skip
    assert repr(model) == repr(twin) and model.theta.dtype == np.float32
    np.testing.assert_array_equal(model.theta, np.arange(1, 10))
    again = save(model, tmp_path / "again").read_bytes()
    with np.load(path) as old, np.load(tmp_path / "again.npz") as new:
        assert {k: v.tobytes() for k, v in old.items()} == {k: v.tobytes() for k, v in new.items()}
    assert len(again) == len(path.read_bytes())


def damaged_models():
    """Two small models that have, between them, every kind of entry in their descriptions."""
    return {
        "plain": Autoencoder.dense((5, 4)),
        "every slot": Autoencoder.dense(
            (5, 4, 3), tied=True, dtype=np.float32, activation=Tanh, code_activation=Sigmoid,
            output=BernoulliOutput(), corruption=GaussianNoise(Cosine(0.2)),
            penalties=[L1(0.1), Contractive(0.2, probes=2)], head=Classifier(3)),
    }  # fmt: skip


def outcome(path, data, model):
    """What loading these bytes leads to: "refused", "equal", or anything that must not happen."""
    path.write_bytes(data)
    try:
        twin = load(path)
    except ValueError:
        return "refused"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    same = np.array_equal(twin.theta, model.theta) and twin.theta.dtype == model.theta.dtype
    return "equal" if same and repr(twin) == repr(model) else "another model"


def damage(whole, step, offset=0):
    """Every step-th of all single-bit flips and of all truncations of these bytes."""
    for bit in range(offset, 8 * len(whole), step):
        altered = bytearray(whole)
        altered[bit // 8] ^= 1 << bit % 8
        yield bytes(altered)
    for length in range(offset, len(whole), step):
        yield whole[:length]


@pytest.mark.parametrize("name", damaged_models())
def test_a_damaged_file_is_refused_or_harmless(name, tmp_path):
    model = damaged_models()[name]
    path = save(model, tmp_path / "m")
    whole = path.read_bytes()
    found = [outcome(path, data, model) for data in damage(whole, 61)]
    assert set(found) == {"refused", "equal"}
    assert all(outcome(path, whole[:n], model) == "refused" for n in (0, 10, 200, len(whole) - 1))


@pytest.mark.parametrize("name", damaged_models())
def test_each_bit_that_tells_the_order_of_bytes_counts(name, tmp_path):
    # The checksum is of the bytes alone, so "<f8" read as ">f8" would be other numbers unnoticed.
    model = damaged_models()[name]
    path = save(model, tmp_path / "m")
    whole = path.read_bytes()
    start = whole.index(b"theta.npy") + 9
    for byte in range(start, whole.index(b"\n", start + 60)):
        for bit in range(8) if whole[byte] in b"<f84" else [byte % 8]:
            altered = bytearray(whole)
            altered[byte] ^= 1 << bit
            assert outcome(path, bytes(altered), model) in ("refused", "equal")


def crafted(path, header, theta, *, compress=False, digest=None):
    """Write a file with a right checksum, so that nothing but its contents can give it away."""
    text = header if isinstance(header, str) else json.dumps(header)
    theta = np.asarray(theta)
    if digest is None:
        digest = hashlib.sha256(text.encode() + theta.tobytes()).hexdigest()
    write = np.savez_compressed if compress else np.savez
    write(path, header=np.array(text), theta=theta, digest=np.array(digest))
    return path


def header_of(model, folder):
    with np.load(save(model, folder / "model for its header")) as file:
        return json.loads(str(file["header"]))


def cost(call):
    """The seconds of work and the peak of allocated bytes of a call that raises ValueError."""
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(ValueError) as error:
            call()
        return str(error.value), time.process_time() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_small_file_cannot_ask_for_much(tmp_path):
    model = Autoencoder.dense((5, 4))
    header, theta = header_of(model, tmp_path), model.theta
    wide = {**header, "encoder": [{"d_in": 5, "d_out": 10**7, "tied_to": None}],
            "decoder": [{"d_in": 10**7, "d_out": 5, "tied_to": None}]}  # fmt: skip
    crowded = {**header, "head": {"setting": "Classifier", "classes": 10**8, "weight": 1.0}}
    deep = json.dumps({**header, "encoder": 0}).replace('"encoder": 0', '"encoder": ' + "[" * 9999)
    files = {
        "wide layers": crafted(tmp_path / "wide.npz", wide, theta),
        "a wide head": crafted(tmp_path / "head.npz", crowded, theta),
        "deep nesting": crafted(tmp_path / "deep.npz", deep, theta),
        "a bomb in theta": crafted(
            tmp_path / "bomb.npz", header, np.zeros(10**6), compress=True, digest="0" * 64),
        "a bomb in the header": crafted(
            tmp_path / "text.npz", " " * 10**6, theta, compress=True, digest="0" * 64),
    }  # fmt: skip
    with zipfile.ZipFile(tmp_path / "many.npz", "w") as file:
        for i in range(3000):
            file.writestr(f"{i}.npy", "")
    files["many entries"] = tmp_path / "many.npz"
    for name, path in files.items():
        message, seconds, peak = cost(lambda path=path: load(path))
        assert str(path) in message, name
        assert peak < 2**20 and seconds < 2, (name, seconds, peak)


def test_a_length_that_claims_more_than_the_file_holds(tmp_path):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m")
    whole = path.read_bytes()
    shape = b"'shape': (49,), }          "
    assert shape in whole
    path.write_bytes(whole.replace(shape, b"'shape': (49000000000,), } "))
    message, _, peak = cost(lambda: load(path))
    assert "theta has 392 bytes, expected 49000000000 times 8" in message and peak < 2**20


def test_reading_takes_the_memory_of_the_parameters(tmp_path, rng):
    model = Autoencoder.dense((500, 1000), head=Classifier(1000))
    model.theta[...] = rng.standard_normal(model.theta.size)
    path = save(model, tmp_path / "m")
    load(path)
    tracemalloc.start()
    try:
        twin = load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(twin.theta, model.theta)
    np.testing.assert_array_equal(twin.parts["head"].params["b"], model.theta[-1000:])
    both = twin.theta.nbytes + twin.grad.nbytes  # a model is these two vectors
    assert peak < both + 2**21


def test_saving_takes_little_memory(tmp_path):
    model = Autoencoder.dense((1000, 2000))  # 32 MB; NumPy writes in pieces of 16
    save(model, tmp_path / "m")
    tracemalloc.start()
    try:
        save(model, tmp_path / "m")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.6 * model.theta.nbytes


def rewrite(path, **changes):
    with np.load(path) as file:
        np.savez(path, **{**file, **changes})


def test_tampering_is_noticed(tmp_path):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    with np.load(path) as file:
        theta, header = file["theta"], str(file["header"])
    rewrite(path, theta=theta + 1e-12)
    with pytest.raises(ValueError, match="altered"):
        load(path)
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    rewrite(path, header=np.array(header.replace("Sigmoid", "Tanh")))
    with pytest.raises(ValueError, match="altered"):
        load(path)


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    np.save(tmp_path / "array.npy", np.ones(3))
    (tmp_path / "text.npz").write_text("not a model")
    (tmp_path / "array.npz").write_bytes((tmp_path / "array.npy").read_bytes())
    for name in ("other.npz", "array.npz", "text.npz"):
        with pytest.raises(ValueError, match="not a whole tinyae model file"):
            load(tmp_path / name)


def test_what_is_no_file_is_named(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="there is no model file .*missing.npz$"):
        load(tmp_path / "missing")
    (tmp_path / "weights.pt").write_text("")
    with pytest.raises(FileNotFoundError, match="weights.pt exists, but a model file ends in .npz"):
        load(tmp_path / "weights.pt")
    (tmp_path / "folder.npz").mkdir()
    for folder in (tmp_path, tmp_path / "folder.npz", tmp_path / "folder", f"{tmp_path}/"):
        with pytest.raises(IsADirectoryError, match="a folder|the name of a file"):
            load(folder)
    for function in (load, lambda path: save(Autoencoder.dense((5, 4)), path)):
        with pytest.raises(ValueError, match="must end in the name of a file, got ''"):
            function("")
        with pytest.raises(TypeError, match="PathLike"):
            function(3)
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="m.npz cannot be read: permission denied"):
        load(path)


def test_a_link_to_nothing_and_a_pipe(tmp_path):
    (tmp_path / "link.npz").symlink_to(tmp_path / "gone.npz")
    with pytest.raises(FileNotFoundError, match="is a link to .*gone.npz, which does not exist"):
        load(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(ValueError, match="is a pipe or device"):
        load(tmp_path / "pipe")


def test_a_newer_version_is_named(tmp_path):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    with np.load(path) as file:
        header = json.loads(str(file["header"]))
        theta = file["theta"]
    huge = [{"d_in": 10**9, "d_out": 10**9, "tied_to": None}]
    wrong = [
        ({"version": 99}, "format version 99"),
        ({"encoder": 3}, "does not describe a model"),
        ({"output": {"setting": "os"}}, "does not describe a model"),
        ({"dtype": "float32"}, "expected"),
        ({"encoder": huge}, "does not describe a model"),
    ]
    for change, message in wrong:
        crafted(path, {**header, **change}, theta)
        with pytest.raises(ValueError, match=message):
            load(path)
    crafted(path, header, theta * np.nan)
    with pytest.raises(ValueError, match="finite"):
        load(path)
    crafted(path, header, theta)
    np.testing.assert_array_equal(load(path).theta, theta)  # the way these were made is right


def test_numpy_numbers_in_settings(tmp_path):
    penalties = [L1(np.float32(0.5)), Contractive(0.1, probes=np.int64(2))]
    model = load(save(Autoencoder.dense((5, 4), penalties=penalties), tmp_path / "m"))
    assert model.penalties[1].probes == 2 and model.penalties[0].lam == 0.5


class Mine(Elementwise):
    """An activation of one's own."""


class Impostor(Linear):
    """A layer of one's own."""


def test_what_cannot_be_saved_is_refused_and_the_old_file_survives(tmp_path, rng):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    before = path.read_bytes()
    cases = [
        Autoencoder.dense((5, 4), activation=Mine()),
        Autoencoder(Impostor(5, 4, rng=rng), Linear(4, 5, rng=rng)),
        Autoencoder.dense((5, 4), corruption=GaussianNoise(lambda progress: 0.1)),
        "not a model",
    ]
    for model in cases:
        with pytest.raises(TypeError, match="save"):
            save(model, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_model_whose_layers_moved_on_is_not_saved(tmp_path, rng):
    old = Autoencoder.dense((5, 4))
    Autoencoder(old.encoder, Linear(4, 5, rng=rng))
    with pytest.raises(RuntimeError, match="no longer views of its theta"):
        save(old, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_a_chain_of_a_class_of_its_own_is_not_saved_as_a_plain_one(tmp_path):
    class Doubled(Chain):
        def forward(self, x):
            y, cache = super().forward(x)
            return 2.0 * y, cache

    model = Autoencoder(Doubled(Linear(5, 3, rng=0), Tanh()), Linear(3, 5, rng=1))
    with pytest.raises(TypeError, match="layers of tinyae.nn only, not Doubled: pickle"):
        save(model, tmp_path / "model")
