"""One deep autoencoder from several models: the same function, with parameters of its own."""

import pickle

import numpy as np
import pytest

from tinyae import (
    L1,
    PSD,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    Identity,
    Linear,
    MaskingNoise,
    NoisyCode,
    NoisySigmoidCode,
    Recirculation,
    ReLU,
    Sigmoid,
    Tanh,
    fit,
    gradcheck,
    load,
    save,
)
from tinyae.criterion import BernoulliCode, DiagonalGaussianOutput, MixtureDensityOutput
from tinyae.models import unfold
from tinyae.nn import Normal
from tinyae.nn.structure import leaves
from tinyae.sparse_coding import Dictionary


def shaken(model, seed=0):
    """The model with biases and atoms that are no longer those of a new model."""
    rng = np.random.default_rng(seed)
    model.theta += 0.2 * rng.standard_normal(model.theta.shape).astype(model.dtype)
    return model


def dense(sizes, seed=0, **slots):
    return shaken(Autoencoder.dense(sizes, rng=seed, **slots), seed)


BERNOULLI = {"output": BernoulliOutput()}
STACKS = {
    "one level": lambda: [dense((7, 5), **BERNOULLI)],
    "sigmoid levels": lambda: [dense((7, 5), **BERNOULLI), dense((5, 4), 1, **BERNOULLI),
                               dense((4, 2), 2, code_activation=Identity, **BERNOULLI)],
    "machines": lambda: [shaken(RBM(7, 5, init=Normal(0.5), rng=1)),
                         shaken(RBM(5, 3, init=Normal(0.5), rng=2))],
    "a machine, a sparse coder": lambda: [
        shaken(RBM(7, 5, init=Normal(0.5), rng=1)),
        shaken(PSD.dense((5, 6), lam=0.1, gamma=1.0, rng=2)),
        dense((6, 2), 3, activation=Tanh)],
    "a sparse coder below": lambda: [shaken(PSD.dense((7, 9), lam=0.1, gamma=1.0, gain=False)),
                                     dense((9, 3), 1, activation=ReLU)],
    "deep levels": lambda: [dense((7, 6, 4), **BERNOULLI), dense((4, 3, 2), 1, activation=Tanh)],
    "tied levels": lambda: [dense((7, 5), tied=True, **BERNOULLI), dense((5, 2), 1, tied=True)],
    "random codes": lambda: [
        dense((7, 5), code=NoisyCode(0.3), **BERNOULLI),
        dense((5, 4), 1, code=GaussianCode(), output=DiagonalGaussianOutput()),
        dense((4, 3), 2, code=BernoulliCode(), code_activation=None)],
    "all slots": lambda: [
        dense((7, 5), corruption=MaskingNoise(0.3), penalties=[L1(0.1)], **BERNOULLI),
        dense((5, 4), 1, penalties=Contractive(0.1), head=Classifier(3)),
        dense((4, 3), 2, output=CategoricalOutput())],
    "a unit at the decoder's end": lambda: [
        shaken(Autoencoder(Chain(Linear(7, 4, rng=0), Tanh()), Chain(Linear(4, 7, rng=1), Tanh()))),
        dense((4, 2), 1)],
    "recirculation": lambda: [shaken(Recirculation.dense((7, 4))), dense((4, 2))],
}  # fmt: skip


def composition(models, x):
    for model in models:
        x = model.encode(x)
    code = x
    for model in reversed(models):
        x = model.decode(x)
    return code, x


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_is_the_composition_of_the_models(name, dtype, rng):
    models = [model.astype(dtype) for model in STACKS[name]()]
    x = rng.random((9, 7)).astype(dtype)
    deep = unfold(models)
    code, r = composition(models, x)
    is_tied = any(isinstance(m, RBM | Recirculation) for m in models) or "tied" in name
    far = 1e-14 if dtype == np.float64 else 2e-6
    # A tied weight is stored transposed, and a product with it may be rounded differently.
    np.testing.assert_allclose(deep.encode(x), code, rtol=0, atol=far if is_tied else 0)
    np.testing.assert_allclose(deep.reconstruct(x), r, rtol=0, atol=far if is_tied else 0)
    assert deep.theta.dtype == deep.reconstruct(x).dtype == dtype
    assert type(deep.output) is type(getattr(models[0], "output", None) or BernoulliOutput()) or (
        "sparse coder below" in name
    )


@pytest.mark.parametrize("name", STACKS)
def test_its_arrays_are_views_of_its_own_theta(name):
    models = STACKS[name]()
    deep = unfold(models)
    deep.check_packed()
    parts = list(leaves(Chain(deep.encoder, deep.decoder)))
    for leaf in parts:
        for key, p in leaf.params.items():
            assert p.base is deep.theta and leaf.grads[key].base is deep.grad
            assert not any(np.shares_memory(p, model.theta) for model in models)
    assert deep.theta.size == sum(p.size for leaf in parts for p in leaf.params.values())
    assert not any(getattr(leaf, "source", None) for leaf in parts)  # no weight is shared
    deep.theta[...] = 0.0
    assert not any(p.any() for leaf in parts for p in leaf.params.values())


@pytest.mark.one_in(9)
@pytest.mark.parametrize("name", STACKS)
def test_its_gradient(name, rng, measured):
    deep = unfold(STACKS[name]())
    x = rng.random((6, 7))
    report = gradcheck(deep, x)
    measured(f"unfolded {name}: worst relative error {report.max_relative_error:.1e}")
    assert report.max_relative_error < 1e-12
    assert deep.copy().loss(x) == pickle.loads(pickle.dumps(deep)).loss(x) == deep.loss(x)


@pytest.mark.parametrize("name", ["sigmoid levels", "machines", "all slots"])
def test_fine_tuning_leaves_the_models_as_they_were(name, rng):
    models = STACKS[name]()
    kept = [model.theta.copy() for model in models]
    deep, x = unfold(models), rng.random((30, 7))
    before = deep.loss(x)
    fit(deep, x, optimizer=Adam(0.01), epochs=30)
    assert deep.loss(x) < 0.995 * before
    for model, theta in zip(models, kept, strict=True):
        np.testing.assert_array_equal(model.theta, theta)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", ["sigmoid levels", "machines", "tied levels", "deep levels"])
@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.5), Adam(0.01)])
def test_the_core_runs_it(name, optimizer, rng):
    deep, x = unfold(STACKS[name](), corruption=GaussianNoise(0.1)), rng.random((30, 7))
    twin = deep.copy()
    options = {"optimizer": optimizer, "epochs": 3, "batch_size": 8}
    layers = fit(deep, x, **options)
    core = fit(twin, x, core="vectorized", **options)
    assert core.core == "vectorized"
    np.testing.assert_allclose(layers.loss, core.loss, rtol=1e-12)
    np.testing.assert_allclose(deep.theta, twin.theta, rtol=1e-9, atol=1e-12)


def test_a_tied_level_is_untied(rng):
    models, x = STACKS["tied levels"](), rng.random((8, 7))
    deep = unfold(models)
    W, V = deep.encoder.layers[0].params["W"], deep.decoder.layers[-1].params["W"]
    np.testing.assert_array_equal(W, V.T)
    fit(deep, x, epochs=2)
    assert np.abs(W - V.T).max() > 1e-4


def test_a_new_output_keeps_the_reconstruction(rng):
    models, x = STACKS["sigmoid levels"](), rng.random((8, 7))
    squared = unfold(models, output=GaussianOutput())
    assert isinstance(squared.decoder.layers[-1], Sigmoid)
    np.testing.assert_array_equal(squared.reconstruct(x), unfold(models).reconstruct(x))
    back = unfold([squared], output=BernoulliOutput())
    assert isinstance(back.decoder.layers[-1], Linear)
    np.testing.assert_array_equal(back.reconstruct(x), squared.reconstruct(x))
    error = ((x - squared.reconstruct(x)) ** 2).sum(axis=1).mean()
    assert squared.loss(x) == pytest.approx(error / 2, rel=1e-12)


def test_new_slots(rng):
    models, x = STACKS["all slots"](), rng.random((8, 7))
    plain = unfold(models)
    assert plain.corruption is plain.code is plain.head is None and plain.penalties == ()
    deep = unfold(models, corruption=MaskingNoise(0.2), penalties=[L1(0.5)], code=NoisyCode(0.1))
    assert deep.corruption == MaskingNoise(0.2) and deep.penalties == (L1(0.5),)
    assert deep.code == NoisyCode(0.1)
    np.testing.assert_array_equal(deep.reconstruct(x), plain.reconstruct(x))
    assert unfold(models, penalties=L1(0.5)).penalties == (L1(0.5),)


def test_a_code_with_a_mean_takes_it_from_the_encoder(rng):
    """The top encoder ends in the unit that the code applies itself, so it is left out."""
    models, x = STACKS["sigmoid levels"]()[:2], rng.random((8, 7))
    for code in (BernoulliCode(), BernoulliCode(straight_through=True), NoisySigmoidCode(2.0)):
        deep = unfold(models, code=code)
        assert isinstance(deep.encoder.layers[-1], Linear)
        np.testing.assert_array_equal(deep.encode(x), unfold(models).encode(x))
    variational = [dense((7, 5), **BERNOULLI), dense((5, 2), 1, code=GaussianCode())]
    deep = unfold(variational, code=GaussianCode())
    np.testing.assert_array_equal(deep.encode(x), composition(variational, x)[0])
    assert deep.encoder.layers[-1].d_out == 4  # means and log-variances
    assert np.isfinite(deep.elbo(np.round(x))).all()


def test_a_model_may_occur_twice(rng):
    level, x = dense((5, 5)), rng.random((4, 5))
    deep = unfold([level, level])
    np.testing.assert_array_equal(deep.reconstruct(x), composition([level, level], x)[1])
    W, V = deep.encoder.layers[0].params["W"], deep.encoder.layers[2].params["W"]
    assert not np.shares_memory(W, V)


def test_it_is_saved_and_read(tmp_path, rng):
    deep, x = unfold(STACKS["sigmoid levels"]()), rng.random((4, 7))
    save(deep, tmp_path / "deep.npz")
    np.testing.assert_array_equal(load(tmp_path / "deep.npz").reconstruct(x), deep.reconstruct(x))


class Doubled(Autoencoder):
    def encode(self, x):
        return 2 * super().encode(x)


class Wrong(RBM):
    def unfold(self):
        return self


BAD = {
    "none": (TypeError, "at least one model", lambda: unfold([])),
    "not a list": (TypeError, "must be a list", lambda: unfold(dense((7, 5)))),
    "a layer": (TypeError, "model 1 cannot be unfolded", lambda: unfold(
        [dense((7, 5)), Linear(5, 2, rng=0)])),
    "a class": (TypeError, "model 0 cannot", lambda: unfold([RBM])),
    "unfolds into itself": (TypeError, "model 0 cannot", lambda: unfold([Wrong(7, 5)])),
    "widths": (ValueError, "model 1 takes 4 features, but the one below gives a code of 5",
               lambda: unfold([dense((7, 5)), dense((4, 2))])),
    "widths above": (ValueError, "model 2 takes 4 features, but the one below", lambda: unfold(
        [dense((7, 5)), dense((5, 3)), dense((4, 2))])),
    "dtypes": (ValueError, "share one dtype", lambda: unfold(
        [dense((7, 5)), dense((5, 2), dtype=np.float32)])),
    "sparse coding": (ValueError, "no encoder", lambda: unfold(
        [dense((7, 5)), PSD(None, Dictionary(5, 6, rng=0), lam=1.0, gamma=0.0)])),
    "its own encode": (ValueError, "model 0 cannot.*Doubled has its own", lambda: unfold(
        [Doubled(Linear(7, 5, rng=0), Linear(5, 7, rng=1))])),
    "a mixture": (ValueError, "model 1 cannot be unfolded: the mean of Mixture", lambda: unfold(
        [dense((7, 5)), dense((5, 2), output=MixtureDensityOutput(2))])),
    "output": (ValueError, "applies Sigmoid.. itself, but the decoder of the models ends in Linear",
               lambda: unfold([dense((7, 5))], output=BernoulliOutput())),
    "output's class": (TypeError, "output must be", lambda: unfold(
        [dense((7, 5))], output=GaussianOutput)),
    "groups": (ValueError, "applies Softmax", lambda: unfold(
        [dense((7, 5), output=CategoricalOutput((3, 4)))], output=CategoricalOutput((4, 3)))),
    "code": (ValueError, "applies Sigmoid.. itself, but the encoder of the models ends in Tanh",
             lambda: unfold([dense((7, 5), activation=Tanh)], code=NoisySigmoidCode(1.0))),
    "code's class": (TypeError, "code must be", lambda: unfold([dense((7, 5))], code=NoisyCode)),
    "corruption": (TypeError, "corruption must be", lambda: unfold([dense((7, 5))], corruption=1)),
    "penalties": (TypeError, "penalties take", lambda: unfold([dense((7, 5))], penalties="L1")),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    error, message, action = BAD[name]
    with pytest.raises(error, match=message):
        action()


def test_a_lost_view_is_reported():
    model = dense((7, 5))
    model.encoder.layers[0].params["W"] = np.ones((7, 5))
    with pytest.raises(RuntimeError, match="no longer views"):
        unfold([model])
