"""Models to be exported: one of each kind, with random parameters, and what their parts compute."""

import numpy as np

from tinyae import (
    PSD,
    RBM,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Classifier,
    GaussianCode,
    GaussianOutput,
    Identity,
    Layer,
    Linear,
    NoisyCode,
    NoisySigmoidCode,
    Recirculation,
    ReLU,
    Residual,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    tied,
)
from tinyae.criterion import (
    BernoulliCode,
    DiagonalGaussianOutput,
    FixedGaussianOutput,
    MixtureDensityOutput,
)
from tinyae.models import SoftmaxClassifier, logistic_pca, unfold
from tinyae.sparse_coding import Dictionary

D, K, N = 6, 3, 7


def dense(sizes=(D, 5, K), **slots):
    return Autoencoder.dense(sizes, **slots)


def chained_ties():
    """A layer that is tied to a tied layer, and one that occurs twice."""
    first, again = Linear(D, K, rng=1), Linear(K, K, rng=2)
    back = tied(first)
    encoder = Chain(first, Tanh(), Chain(again, Tanh(), again))
    return Autoencoder(encoder, Chain(back, Tanh(), tied(back), Softmax(), tied(first)))


def residual():
    net = Chain(Linear(D, K, rng=1), Softplus(), Linear(K, D, rng=2))
    return Autoencoder(Chain(Residual(net, 2.5), Linear(D, K, rng=3)), Linear(K, D, rng=4))


def with_head():
    return dense(head=Classifier(4), tied=True, activation=Tanh)


MODELS = {
    **{unit.__name__: lambda unit=unit: dense(activation=unit)
       for unit in (Identity, Sigmoid, Tanh, ReLU, Softplus)},
    "tied": lambda: dense(tied=True, output=BernoulliOutput()),
    "chained ties": chained_ties,
    "residual": residual,
    "categorical": lambda: dense(output=CategoricalOutput()),
    "groups": lambda: dense(output=CategoricalOutput(groups=(1, 2, 3))),
    "fixed variance": lambda: dense(output=FixedGaussianOutput(0.4)),
    "variances": lambda: dense(output=DiagonalGaussianOutput()),
    "variances by feature": lambda: dense(output=DiagonalGaussianOutput(per_feature=True)),
    "mixture": lambda: dense(output=MixtureDensityOutput(3)),
    "mixture, diagonal": lambda: dense(output=MixtureDensityOutput(2, diagonal=True)),
    "noisy code": lambda: dense(code=NoisyCode(0.3)),
    "variational": lambda: dense(code=GaussianCode(), output=BernoulliOutput()),
    "noisy sigmoids": lambda: dense(code=NoisySigmoidCode(lambda t: 2.0 * t)),
    "binary code": lambda: dense(code=BernoulliCode()),
    "binary, straight through": lambda: dense(code=BernoulliCode(straight_through=True)),
    "head": with_head,
    "logistic PCA": lambda: logistic_pca(D, K),
    "RBM": lambda: RBM(D, K),
    "RBM, real x": lambda: RBM(D, K, visible=GaussianOutput()),
    "recirculation": lambda: Recirculation.dense((D, K), output=BernoulliOutput()),
    "PSD": lambda: PSD.dense((D, K), lam=0.1, gamma=1.0),
    "sparse coding": lambda: PSD(None, Dictionary(D, K), lam=0.1, gamma=0.0),
    "unfolded": lambda: unfold([RBM(D, 5), dense((5, K), output=BernoulliOutput())]),
    "classifier": lambda: SoftmaxClassifier(dense(activation=ReLU).encoder, 4),
    "softmax regression": lambda: SoftmaxClassifier(None, 4, d=D),
}  # fmt: skip


def made(name: str, dtype=np.float64):
    """Return a model of this kind with random parameters in this dtype, and rows x and codes h."""
    model, rng = MODELS[name]().astype(dtype), np.random.default_rng(3)
    model.theta[...] = rng.normal(0, 0.6, model.theta.size)
    x = rng.random((N, model.d_in)).astype(dtype)
    return model, x, rng.random((N, model.d_code)).astype(dtype)


def outputs(model, x, h):
    """Return code of x, output for h, and output for x, as the model computes them."""
    if isinstance(model, SoftmaxClassifier):
        code = model.encoder.forward(x)[0]
        logits = model.parts["head"].forward(h)[0]
        return code, Softmax().forward(logits)[0], model.classify(x)
    if getattr(model, "encoder", True) is None:  # sparse coding
        return None, model.decode(h), None
    code = model.encode(x)
    return code, model.decode(h), model.decode(code)


class Scaled(Layer):
    """y = c x for a fixed number c: a layer of one's own."""

    def __init__(self, c):
        super().__init__()
        self.c = c

    def forward(self, x):
        return self.c * x, None


class Masked(Linear):
    """A subclass that computes something else than y = x W + b."""

    def forward(self, x):
        return super().forward(x * (np.arange(x.shape[1]) % 2))


def with_layer(layer):
    """An autoencoder whose encoder ends in this layer."""
    return Autoencoder(Chain(Linear(D, K, rng=0), layer), Linear(K, D, rng=1))
