"""Bad input: a named error with a message a student understands, and nothing changed by it."""

import numpy as np
import pytest

from tinyae import (
    L1,
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    Contractive,
    GaussianNoise,
    HigherOrderContractive,
    KLSparsity,
    Linear,
    MaskingNoise,
    NoisyCode,
    ReconstructionContractive,
    SaltAndPepperNoise,
    Sigmoid,
    StudentT,
    Tanh,
    WeightDecay,
    Weights,
    fit,
    gradcheck,
    minimize,
    score_field,
    tied,
)
from tinyae.checks import tables as checks
from tinyae.datasets import curve, mnist, spiral, strokes, three_points
from tinyae.embeddings.pca import PCA
from tinyae.models import RecurrentDenoiser, Walkback
from tinyae.nn import Glorot
from tinyae.score import mixture_score, smoothed_score
from tinyae.training import Cosine

X = np.random.default_rng(0).random((12, 5))
NAN, INF = X.copy(), X.copy()
NAN[3, 2], INF[0, 1] = np.nan, np.inf
dense = Autoencoder.dense


def denoiser(m):
    return dense((5, 4), corruption=MaskingNoise(0.1))


def linear(d_in, d_out):
    return Linear(d_in, d_out, rng=0)


# what is wrong: (error, part of the message, action on a fresh model of width 5)
CASES = {
    "dense: one width": (ValueError, "any hidden widths, width of the code", lambda m: dense((5,))),
    "dense: a number": (ValueError, r"as in \(784, 256\)", lambda m: dense(5)),
    "dense: text": (ValueError, "sizes must be", lambda m: dense("54")),
    "dense: width 0": (ValueError, r"sizes\[1\] must be at least 1", lambda m: dense((5, 0))),
    "dense: width 2.5": (TypeError, r"sizes\[1\] must be a whole number", lambda m: dense((5, 2.5))),
    "dense: activation by name": (TypeError, "Sigmoid, Tanh", lambda m: dense((5, 4), activation="tanh")),
    "dense: code activation": (TypeError, "code_activation", lambda m: dense((5, 4), code_activation=3)),
    "dense: dtype": (ValueError, "float32 or float64, got int64", lambda m: dense((5, 4), dtype=np.int64)),
    "dense: dtype by a wrong name": (TypeError, "float32 or float64", lambda m: dense((5, 4), dtype="real")),
    "dense: tied as text": (TypeError, "tied must be True or False", lambda m: dense((5, 4), tied="yes")),
    "dense: no seed": (TypeError, "must be a seed", lambda m: dense((5, 4), rng=None)),
    "dense: init class": (TypeError, r"such as Glorot\(\)", lambda m: dense((5, 4), init=Glorot)),
    "dense: init shapes": (
        ValueError, "init must return W of shape",
        lambda m: dense((5, 4), init=lambda rng, i, o: (np.ones((o, i)), np.zeros(o)))),
    "encoder without parameters": (ValueError, "the encoder needs at least one Linear", lambda m: Autoencoder(Tanh(), linear(5, 5))),
    "decoder without parameters": (ValueError, "the decoder needs at least one Linear", lambda m: Autoencoder(linear(5, 5), Tanh())),
    "bent decoder": (ValueError, "let the decoder end in a Linear layer, not in Tanh", lambda m: Autoencoder(
        linear(5, 4), Chain(linear(4, 5), Tanh()), output=BernoulliOutput())),
    "two dtypes and a head": (ValueError, "must share one dtype", lambda m: Autoencoder(
        Chain(linear(5, 4), Linear(4, 3, rng=0, dtype=np.float32)), linear(3, 5), head=Classifier(3))),
    "KL: rho 1": (ValueError, r"in \(0, 1\), got 1", lambda m: KLSparsity(1.0, 1.0)),
    "KL: rho 0": (ValueError, "rho must be", lambda m: KLSparsity(0.0, 1.0)),
    "KL: rho true": (TypeError, "rho must be a number", lambda m: KLSparsity(True, 1.0)),
    "KL: negative": (ValueError, "lam must be", lambda m: KLSparsity(0.1, -1.0)),
    "CAE+H: negative": (ValueError, "lam must be", lambda m: HigherOrderContractive(-1.0, 0.1)),
    "CAE+H: no step": (ValueError, "sigma must be", lambda m: HigherOrderContractive(1.0, 0.0)),
    "contraction: negative": (ValueError, "lam must be", lambda m: Contractive(-1.0)),
    "contraction of g∘f: negative": (ValueError, "lam must be", lambda m: ReconstructionContractive(-1.0)),
    "Student: negative": (ValueError, "lam must be", lambda m: StudentT(-1.0)),
    "dense: unknown option": (TypeError, "activations", lambda m: dense((5, 4), activations=Tanh)),
    "dense: output class": (TypeError, r"BernoulliOutput\(\)", lambda m: dense((5, 4), output=BernoulliOutput)),
    "dense: corruption number": (TypeError, r"GaussianNoise\(0.1\)", lambda m: dense((5, 4), corruption=0.1)),
    "dense: corruption class": (TypeError, "corruption must be", lambda m: dense((5, 4), corruption=GaussianNoise)),
    "dense: penalty number": (TypeError, r"L1\(0.1\)", lambda m: dense((5, 4), penalties=[0.1])),
    "dense: penalty class": (TypeError, "penalties take objects", lambda m: dense((5, 4), penalties=[L1])),
    "layers do not fit": (ValueError, "takes 3 features but is given a code of 4",
                          lambda m: Autoencoder(linear(5, 4), linear(3, 5))),
    "decoder too narrow": (ValueError, "gives 4 numbers for 5 features",
                           lambda m: Autoencoder(linear(5, 3), linear(3, 4))),
    "encoder is no layer": (TypeError, "the encoder must be a layer", lambda m: Autoencoder(None, linear(3, 4))),
    "sigmoid twice": (ValueError, "applies its sigmoid itself",
                      lambda m: Autoencoder(linear(5, 3), Chain(linear(3, 5), Sigmoid()),
                                            output=BernoulliOutput())),
    "chain of classes": (TypeError, r"write Sigmoid\(\), not Sigmoid", lambda m: Chain(linear(5, 3), Sigmoid)),
    "empty chain": (ValueError, "at least one layer", lambda m: Chain()),
    "tied activation": (TypeError, "only a Linear layer", lambda m: tied(Sigmoid())),
    "linear: no seed": (TypeError, "rng", lambda m: Linear(5, 4)),
    "loss: one axis": (ValueError, r"x\[None, :\]", lambda m: m.loss_and_grad(X[0])),
    "loss: images": (ValueError, r"reshape\(len\(x\), -1\)", lambda m: m.loss_and_grad(X.reshape(3, 4, 5))),
    "loss: width": (ValueError, "4 features per example, but 5", lambda m: m.loss_and_grad(X[:, :4])),
    "loss: empty": (ValueError, "x is empty", lambda m: m.loss_and_grad(X[:0])),
    "loss: NaN": (ValueError, "row 3, column 2", lambda m: m.loss_and_grad(NAN)),
    "loss: infinite": (ValueError, "NaN or infinite", lambda m: m.loss_and_grad(INF)),
    "loss: text": (TypeError, "must hold real numbers", lambda m: m.loss_and_grad([["a"] * 5])),
    "loss: complex": (TypeError, "complex128", lambda m: m.loss_and_grad(X + 1j)),
    "loss: too large for float32": (ValueError, "beyond float32",
                                    lambda m: dense((5, 4), dtype=np.float32).loss_and_grad(X * 1e300)),
    "loss: ragged": (ValueError, "rows of equal length", lambda m: m.loss_and_grad([[1, 2], [3]])),
    "loss: no seed": (TypeError, "must be a seed", lambda m: m.loss_and_grad(X, rng=None)),
    "loss: bytes for Bernoulli": (ValueError, "divide bytes by 255",
                                  lambda m: dense((5, 4), output=BernoulliOutput()).loss_and_grad(X * 200)),
    "loss: negative for Bernoulli": (ValueError, "targets in \\[0, 1\\]",
                                     lambda m: dense((5, 4), output=BernoulliOutput()).loss_and_grad(X - 1)),
    "encode: width": (ValueError, "5 were expected", lambda m: m.encode(X[:, :2])),
    "decode: width": (ValueError, "h has 5 features", lambda m: m.decode(X)),
    "jacobian: NaN": (ValueError, "NaN", lambda m: m.jacobian(NAN)),
    "reconstruct: empty": (ValueError, "empty", lambda m: m.reconstruct(X[:0])),
    "fit: NaN": (ValueError, "row 3, column 2", lambda m: fit(m, NAN)),
    "fit: empty": (ValueError, "empty", lambda m: fit(m, X[:0])),
    "fit: no model": (TypeError, "got int", lambda m: fit(3, X)),
    "fit: epochs 0": (ValueError, "epochs must be at least 1", lambda m: fit(m, X, epochs=0)),
    "fit: epochs 1.5": (TypeError, "epochs must be a whole number", lambda m: fit(m, X, epochs=1.5)),
    "fit: batch -1": (ValueError, "batch_size must be at least 1", lambda m: fit(m, X, batch_size=-1)),
    "fit: optimizer by name": (TypeError, r"SGD\(...\) or Adam\(...\)", lambda m: fit(m, X, optimizer="adam")),
    "fit: optimizer class": (TypeError, r"Adam\(...\)", lambda m: fit(m, X, optimizer=Adam)),
    "fit: share of 1": (ValueError, "0 to train on", lambda m: fit(m, X, validation=1.0)),
    "fit: tiny share": (ValueError, "0 held out", lambda m: fit(m, X, validation=1e-3)),
    "fit: negative share": (ValueError, "validation as a share", lambda m: fit(m, X, validation=-0.1)),
    "fit: validation width": (ValueError, "5 were expected", lambda m: fit(m, X, validation=X[:, :4])),
    "fit: patience alone": (ValueError, "patience needs validation", lambda m: fit(m, X, patience=3)),
    "fit: callback": (TypeError, "callback must be", lambda m: fit(m, X, callback=3)),
    "fit: three arrays": (TypeError, "trains on x of shape", lambda m: fit(m, (X, X, X))),
    "fit: labels without a head": (TypeError, "labels need head=", lambda m: fit(m, (X, np.arange(12)))),
    "fit: pairs beside a corruption": (ValueError, "corruption=None", lambda m: fit(denoiser(m), (X, X))),
    "fit: NaN in x_noisy": (ValueError, "x_noisy has 1 entries that are NaN", lambda m: fit(m, (NAN, X))),
    "fit: x_noisy of another width": (ValueError, "x_noisy has 4 features", lambda m: fit(m, (X[:, 1:], X))),
    "loss: pairs of unequal lengths": (ValueError, "x_noisy and x must be equally long", lambda m: m.loss(X[1:], X)),
    "walkback: pairs": (TypeError, "got 2 arrays", lambda m: fit(Walkback(denoiser(m), scale=0.1), (X, X))),
    "walkback: loss of pairs": (TypeError, "got 2 arrays", lambda m: Walkback(denoiser(m), scale=0.1).loss_and_grad(X, X)),
    "weights: short": (ValueError, r"equally long, got \[12, 11\]", lambda m: fit(m, X, weights=np.ones(11))),
    "weights: short, by hand": (ValueError, r"weights of shape \(11,\) do not fit x", lambda m: m.loss(X, Weights(np.ones(11)))),
    "weights: columns": (ValueError, r"weights of shape \(12, 2\) do not fit x", lambda m: fit(m, X, weights=np.ones((12, 2)))),
    "weights: negative": (ValueError, "weights must not be negative", lambda m: fit(m, X, weights=-np.ones(12))),
    "weights: NaN": (ValueError, "weights has 12 entries that are NaN", lambda m: fit(m, X, weights=np.full(12, np.nan))),
    "weights: a number": (ValueError, r"weights must have shape \(n,\)", lambda m: fit(m, X, weights=2.0)),
    "weights: text": (TypeError, "weights must hold real numbers", lambda m: fit(m, X, weights=np.array(["a"] * 12))),
    "weights: all zero": (ValueError, "all weights are 0", lambda m: fit(m, X, weights=np.zeros(12))),
    "weights: twice": (TypeError, "weights must be given once", lambda m: fit(m, (X, Weights(np.ones(12))), weights=np.ones(12))),
    "weights: first": (TypeError, "weights must be given once", lambda m: fit(m, (Weights(np.ones(12)), X))),
    "weights: NaN where it counts": (ValueError, "NaN", lambda m: fit(m, NAN, weights=np.ones((12, 5)))),
    "weights: the core": (ValueError, "does not support weights of the rows", lambda m: fit(m, X, weights=np.ones(12), core="vectorized")),
    "weights: an RBM": (TypeError, "RBM takes no weights", lambda m: fit(RBM(5, 3), X, weights=np.ones(12))),
    "weights: minimize": (TypeError, "RecurrentDenoiser takes no weights", lambda m: minimize(RecurrentDenoiser.dense((5, 3)), X, weights=np.ones(12))),
    "fit: unequal lengths": (ValueError, r"equally long, got \[12, 5\]", lambda m: fit(m, (X, X[:5]))),
    "fit: bad seed": (TypeError, "must be a seed", lambda m: fit(m, X, rng="seed")),
    "fit: unknown option": (TypeError, "batchsize", lambda m: fit(m, X, batchsize=3)),
    "fit: complex model": (TypeError, "complex copy", lambda m: fit(m.astype(complex), X)),
    "SGD: negative rate": (ValueError, "learning_rate", lambda m: SGD(-0.1)),
    "SGD: momentum 1": (ValueError, "momentum", lambda m: SGD(0.1, momentum=1.0)),
    "Adam: NaN rate": (ValueError, "learning_rate must be a finite", lambda m: Adam(np.nan)),
    "Adam: beta 1": (ValueError, "beta2", lambda m: Adam(beta2=1.0)),
    "Adam: schedule gone negative": (ValueError, "at progress 1.0", lambda m: Adam(lambda p: 0.5 - p)),
    "Cosine: text": (TypeError, "start must be a number", lambda m: Cosine("0.1")),
    "noise: negative": (ValueError, "sigma must be", lambda m: GaussianNoise(-0.1)),
    "noise: fraction above 1": (ValueError, "fraction must be", lambda m: MaskingNoise(1.5)),
    "noise: low above high": (ValueError, "high must be", lambda m: SaltAndPepperNoise(0.1, low=1, high=0)),
    "L1: negative": (ValueError, "lam must be", lambda m: L1(-1.0)),
    "WeightDecay: text": (TypeError, "lam must be a number", lambda m: WeightDecay("1e-4")),
    "Contractive: no probes": (ValueError, "probes must be at least 1", lambda m: Contractive(0.1, probes=0)),
    "gradcheck: method": (ValueError, '"auto", "complex" or', lambda m: gradcheck(m, X, method="fast")),
    "gradcheck: generator": (TypeError, "a seed", lambda m: gradcheck(m, X, np.random.default_rng(0))),
    "astype: integers": (ValueError, "float32 or float64", lambda m: m.astype(np.int32)),
    "score: random code": (ValueError, "trains it for random codes",
                           lambda m: score_field(dense((5, 4), corruption=GaussianNoise(0.1),
                                                       code=NoisyCode(0.1)), X, 0.1)),
    "score: no noise": (ValueError, "only Gaussian corruption", lambda m: score_field(m, X, 0.1)),
    "score: other noise": (ValueError, "trained at sigma = 0.2",
                           lambda m: score_field(dense((5, 4), corruption=GaussianNoise(0.2)), X, 0.1)),
    "score: sigma 0": (ValueError, "sigma must be", lambda m: smoothed_score(X, X, 0.0)),
    "score: covariance shape": (ValueError, "covariances must have shape",
                                lambda m: mixture_score(X, X[:2], np.eye(5))),
    "score: covariance sign": (ValueError, "positive definite",
                               lambda m: mixture_score(X, X[:1], -np.eye(5)[None])),
    "score: asymmetric covariance": (ValueError, "symmetric",
                               lambda m: mixture_score(X, X[:1], (np.eye(5) + np.eye(5, k=1))[None])),
    "score: weights": (ValueError, "2 positive numbers",
                       lambda m: mixture_score(X, X[:2], [np.eye(5)] * 2, [1.0, -1.0])),
    "PCA: too many": (ValueError, "at most 5 components", lambda m: PCA(6).fit(X)),
    "spiral: none": (ValueError, "n must be at least 1", lambda m: spiral(0)),
    "spiral: negative noise": (ValueError, "noise must be", lambda m: spiral(5, noise=-1)),
    "curve: float": (TypeError, "n must be a whole number", lambda m: curve(5.0)),
    "three_points: spacing": (ValueError, "spacing", lambda m: three_points(spacing=0)),
    "strokes: none": (ValueError, "n must be at least 1", lambda m: strokes(0)),
    "strokes: dtype": (ValueError, "float32 or float64", lambda m: strokes(3, dtype=np.uint8)),
    "mnist: no folder": (FileNotFoundError, "there is no folder", lambda m: mnist("/nowhere")),
    "mnist: split": (ValueError, '"train" or "test"', lambda m: mnist("/nowhere", "dev")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name):
    if name == "weights: minimize":
        pytest.importorskip("scipy")
    error, message, action = CASES[name]
    model = Autoencoder.dense((5, 4), activation=Tanh)
    model.loss_and_grad(X)
    theta, grad, progress = model.theta.copy(), model.grad.copy(), model.progress
    kept = [a.copy() for a in (X, NAN, INF)]
    with pytest.raises(error, match=message) as caught:
        action(model)
    assert len(str(caught.value)) > 20
    np.testing.assert_array_equal(model.theta, theta)
    np.testing.assert_array_equal(model.grad, grad)
    assert model.progress == progress
    for a, b in zip((X, NAN, INF), kept, strict=True):
        np.testing.assert_array_equal(a, b)


def test_count(measured):
    measured(f"bad input: {len(CASES)} cases, each a named error and nothing changed")
    assert len(CASES) >= 30


def test_a_nan_in_the_last_block_is_found(monkeypatch):
    monkeypatch.setattr(checks, "FINITE_ENTRIES", 4)
    x = np.zeros((9, 2))
    x[8, 1] = np.nan
    with pytest.raises(ValueError, match="row 8, column 1"):
        checks.table(x, "x", dtype=np.float64)
