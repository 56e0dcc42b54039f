"""Saving and loading: the same model back, and damaged or hostile files refused at no cost."""

import os
import tracemalloc

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
    GaussianNoise,
    Linear,
    MaskingNoise,
    SaltAndPepperNoise,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    WeightDecay,
    Weights,
    fit,
    load,
    save,
)
from tinyae.criterion import DiagonalGaussianOutput, FixedGaussianOutput, MixtureDensityOutput
from tinyae.densities import Parzen
from tinyae.files.object_files import write_object
from tinyae.persistence.classes import KNOWN
from tinyae.training import Cosine, DivergenceError, History


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


@pytest.mark.one_in(3)
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


@pytest.mark.slow
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


@pytest.mark.slow
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
        with pytest.raises(ValueError, match="must be the name of a file, got ''"):
            function("")
        with pytest.raises(TypeError, match="path must be a path such as"):
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


def test_numpy_numbers_in_settings(tmp_path):
    penalties = [L1(np.float32(0.5)), Contractive(0.1, probes=np.int64(2))]
    model = load(save(Autoencoder.dense((5, 4), penalties=penalties), tmp_path / "m"))
    assert model.penalties[1].probes == 2 and model.penalties[0].lam == 0.5


def test_what_cannot_be_saved_is_refused_and_the_old_file_survives(tmp_path):
    path = save(Autoencoder.dense((5, 4)), tmp_path / "m.npz")
    before = path.read_bytes()
    looped = L1(0.1)
    object.__setattr__(looped, "lam", looped)
    cases = {
        r"corruption.sigma = <function .*Cosine":
            Autoencoder.dense((5, 4), corruption=GaussianNoise(lambda progress: 0.1)),
        "penalties.0.lam, which contains itself": Autoencoder.dense((5, 4), penalties=[looped]),
        "got 'not a model'": "not a model",
        "got None": None,
        "got <class": Autoencoder,
        r"got \[": [Autoencoder.dense((5, 4))],
        "a complex copy": Autoencoder.dense((5, 4)).astype(complex),
        "write sigma = <function": Parzen(lambda: 0.5),
        "this object = Weights": Weights(np.ones(3)),
        "this object = DivergenceError": DivergenceError("", History()),
    }  # fmt: skip
    for message, model in cases.items():
        with pytest.raises(TypeError, match=f"save .*{message}"):
            save(model, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_model_whose_layers_moved_on_is_not_saved(tmp_path, rng):
    old = Autoencoder.dense((5, 4))
    Autoencoder(old.encoder, Linear(4, 5, rng=rng))
    with pytest.raises(RuntimeError, match="no longer views of its theta"):
        save(old, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_a_model_that_diverged_is_not_saved_and_not_loaded(tmp_path):
    model = Autoencoder.dense((5, 4))
    path = save(model, tmp_path / "m")
    before = path.read_bytes()
    model.theta[3] = np.inf
    with pytest.raises(ValueError, match="this model has parameters that are NaN or infinite"):
        save(model, path)
    assert path.read_bytes() == before
    write_object(path, model, KNOWN)
    with pytest.raises(ValueError, match="m.npz does not describe a model: .*NaN or infinite"):
        load(path)


def test_a_checkpoint_is_not_a_model(tmp_path):
    fit(Autoencoder.dense((5, 4)), np.ones((9, 5)), epochs=1, checkpoint=tmp_path / "c")
    with pytest.raises(ValueError, match="it holds checkpoint of a training, expected one object"):
        load(tmp_path / "c")
