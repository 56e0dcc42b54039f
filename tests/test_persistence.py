"""Saving and loading: the same model back, damaged files refused, the old file kept."""

import json

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Contractive,
    Cosine,
    Elementwise,
    GaussianNoise,
    Linear,
    MaskingNoise,
    SaltAndPepperNoise,
    Sigmoid,
    Softplus,
    Tanh,
    WeightDecay,
    fit,
    load,
    save,
)


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
    fit(model, x, epochs=2), fit(twin, x, epochs=2)
    np.testing.assert_array_equal(twin.theta, model.theta)  # ties and sharing came back too


@pytest.mark.parametrize("cut", [0, 10, 200, -1])
def test_a_file_cut_short_is_refused(tmp_path, cut):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match="not a whole tinyae model file"):
        load(path)


def test_every_altered_byte_of_the_numbers_is_noticed(tmp_path, rng):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    whole = path.read_bytes()
    start = whole.index(b"theta.npy") + 200
    for i in range(start, start + 200, 7):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        with pytest.raises(ValueError, match="altered|not a whole"):
            load(path)


def test_the_file_has_ordinary_permissions(tmp_path):
    (tmp_path / "plain").write_text("")
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


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
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.npz")


def test_a_newer_version_is_named(tmp_path):
    from tinyae.persistence import _digest

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
        text = json.dumps({**header, **change})
        rewrite(path, header=np.array(text), digest=np.array(_digest(text, theta)))
        with pytest.raises(ValueError, match=message):
            load(path)
    text = json.dumps(header)
    nan = theta * np.nan
    rewrite(path, header=np.array(text), theta=nan, digest=np.array(_digest(text, nan)))
    with pytest.raises(ValueError, match="finite"):
        load(path)


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
    with pytest.raises(RuntimeError, match="no longer look into its theta"):
        save(old, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_a_failure_while_writing_keeps_the_old_file(tmp_path, monkeypatch):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        save(Autoencoder.dense((5, 4), rng=1), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
