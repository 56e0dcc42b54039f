"""Every activation × output × tying × penalty × depth, by hand against the complex step."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Contractive,
    GaussianNoise,
    GaussianOutput,
    Identity,
    Linear,
    MaskingNoise,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
    WeightDecay,
    gradcheck,
)
from tinyae.checks.streams import stream
from tinyae.criterion.contraction import exact


@dataclass(frozen=True)
class ByTangents(Contractive):
    """Contraction by exact tangents, also where the closed form exists."""

    def add(self, p):
        """Take the general route."""
        return exact(p.encoder, p.encoder_cache, self.lam / len(p.x), p.x_tilde)


PENALTIES = {
    "none": [],
    "L1": [L1(0.3)],
    "closed form": [Contractive(0.4)],
    "tangents": [ByTangents(0.4)],
    "L1 + contraction": [L1(0.3), Contractive(0.4)],
    "probes": [Contractive(0.4, probes=2)],
    "weight decay": [WeightDecay(0.2)],
}
GRID = [
    (unit, output, tied, penalty, depth)
    for unit, output, tied, penalty, depth in itertools.product(
        (Identity, Sigmoid, Tanh, ReLU, Softplus),
        (GaussianOutput, BernoulliOutput),
        (False, True),
        PENALTIES,
        (1, 2, 3),
    )
    if penalty != "closed form" or depth == 1
]


def away_from_kinks(model, x):
    """Whether no pre-activation of the encoder or decoder, and no code, is within 1e-3 of zero."""
    p = model.forward(x, np.random.default_rng(0))
    inner = [cache[0] for part in (p.encoder_cache, p.decoder_cache)
             for cache in part if isinstance(cache, tuple)]  # fmt: skip
    return min(np.abs(a).min() for a in inner) > 1e-3


def build(unit, output, tied, penalty, depth, seed):
    """A network of random shape with random parameters, and a batch it can be checked on."""
    for attempt in range(100):
        rng = np.random.default_rng([seed, attempt])
        sizes = rng.integers(2, 6, depth + 1)
        model = Autoencoder.dense(
            sizes,
            activation=unit,
            output=output(),
            tied=tied,
            rng=rng,
            penalties=PENALTIES[penalty],
        )
        model.theta[...] = rng.normal(0, 0.7, model.theta.size)
        x = rng.random((rng.integers(2, 5), sizes[0]))
        if unit is not ReLU or away_from_kinks(model, x):
            return model, x
    raise AssertionError("no batch away from the kinks")


@pytest.mark.parametrize("every", [141, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore:the decoder is built automatically")  # widths are drawn
def test_the_grid(every, measured):
    worst, where = 0.0, None
    for seed, case in list(enumerate(GRID))[::every]:
        model, x = build(*case, seed)
        report = gradcheck(model, x, method="complex")
        if not report.max_relative_error <= worst:
            worst, where = report.max_relative_error, case
        assert report.max_relative_error <= 1e-12, f"{case}\n{report}"
    name = " ".join(getattr(part, "__name__", str(part)) for part in where)
    measured(
        f"gradient check: {len(GRID[::every])} combinations, worst relative error {worst:.1e} "
        f"({name})"
    )


@pytest.mark.parametrize("noise", [GaussianNoise(0.3), MaskingNoise(0.4)], ids=repr)
def test_with_corruption_the_target_is_clean(noise, rng):
    x = rng.random((6, 5))
    model = Autoencoder.dense(
        (5, 4), activation=Tanh, corruption=noise, penalties=[L1(0.1), Contractive(0.3)], tied=True
    )
    assert gradcheck(model, x).max_relative_error <= 1e-12
    model = Autoencoder(model.encoder, model.decoder, corruption=noise)
    p = model.forward(x, stream(5, "evaluation"))
    assert not np.array_equal(p.x_tilde, x)
    r = model.decode(model.encode(p.x_tilde))
    expected = 0.5 * ((x - r) ** 2).sum() / 6
    assert model.loss(x, rng=5) == pytest.approx(expected, rel=1e-13)


def test_an_encoder_that_is_not_affine_first(rng):
    """The tangents of a net that opens with an activation push the unit vectors themselves."""
    encoder = Chain(Tanh(), Linear(4, 3, rng=rng), Sigmoid())
    model = Autoencoder(encoder, Linear(3, 4, rng=rng), penalties=Contractive(0.5))
    assert gradcheck(model, rng.normal(size=(5, 4))).max_relative_error <= 1e-12


def test_a_layer_used_twice(rng):
    square = Linear(4, 4, rng=rng)
    encoder = Chain(square, Tanh(), square, Tanh())
    model = Autoencoder(encoder, Linear(4, 4, rng=rng), penalties=Contractive(0.5))
    assert gradcheck(model, rng.normal(size=(5, 4))).max_relative_error <= 1e-12


def test_nested_chains(rng):
    encoder = Chain(Chain(Linear(4, 3, rng=rng), Tanh()), Chain(Linear(3, 2, rng=rng), Sigmoid()))
    decoder = Chain(Chain(Linear(2, 3, rng=rng), Softplus()), Linear(3, 4, rng=rng))
    model = Autoencoder(encoder, decoder, penalties=[Contractive(0.5), L1(0.2)])
    assert gradcheck(model, rng.normal(size=(5, 4))).max_relative_error <= 1e-12


def test_loss_is_the_mean_over_examples(rng):
    """Each row twice gives the same loss and gradient, weight decay included."""
    x = rng.random((4, 5))
    penalties = [L1(0.2), Contractive(0.3), WeightDecay(0.1)]
    model = Autoencoder.dense((5, 3), penalties=penalties, output=BernoulliOutput())
    once = model.loss_and_grad(x)
    grad = model.grad.copy()
    assert model.loss_and_grad(np.repeat(x, 2, axis=0)) == pytest.approx(once, rel=1e-13)
    np.testing.assert_allclose(model.grad, grad, rtol=1e-11, atol=1e-15)


def test_grad_is_set_not_added(rng):
    x = rng.random((4, 5))
    model = Autoencoder.dense((5, 3))
    model.loss_and_grad(x)
    once = model.grad.copy()
    model.loss_and_grad(x)
    np.testing.assert_array_equal(model.grad, once)


def test_loss_by_hand(rng):
    """Value of every term, from its formula."""
    x = rng.random((4, 5))
    model = Autoencoder.dense((5, 3), activation=Sigmoid, tied=True)
    W, b = (model.encoder.layers[0].params[k] for k in "Wb")
    c = model.decoder.layers[0].params["b"]
    b[...], c[...] = rng.normal(size=3), rng.normal(size=5)
    h = 1 / (1 + np.exp(-(x @ W + b)))
    a = h @ W.T + c
    r = 1 / (1 + np.exp(-a))
    s = h * (1 - h)
    terms = {
        GaussianOutput: 0.5 * ((x - a) ** 2).sum(axis=1).mean(),
        BernoulliOutput: -(x * np.log(r) + (1 - x) * np.log(1 - r)).sum(axis=1).mean(),
        L1: 0.3 * np.abs(h).sum(axis=1).mean(),
        WeightDecay: 0.3 * (W**2).sum(),
        Contractive: 0.3 * (s**2 @ (W**2).sum(axis=0)).mean(),
    }
    for output in (GaussianOutput, BernoulliOutput):
        for penalty in (L1, WeightDecay, Contractive):
            full = Autoencoder(
                model.encoder, model.decoder, output=output(), penalties=penalty(0.3)
            )
            assert full.loss(x) == pytest.approx(terms[output] + terms[penalty], rel=1e-12)
