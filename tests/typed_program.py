"""A program that uses the public interface, as its author would write it under mypy --strict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

import tinyae
from tinyae import (
    L1,
    PCA,
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
    Elementwise,
    GaussianCode,
    GaussianNoise,
    GaussianOutput,
    HammingTable,
    HelmholtzMachine,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    Layer,
    Linear,
    MaskingNoise,
    Model,
    NoisyCode,
    NoisySigmoidCode,
    Recirculation,
    ReconstructionContractive,
    ReLU,
    Residual,
    SaltAndPepperNoise,
    Sigmoid,
    Softmax,
    Softplus,
    StudentT,
    Tanh,
    WeightDecay,
    Weights,
    fit,
    gradcheck,
    load,
    minimize,
    save,
    score_field,
    sparse_code,
    stack,
    tangents,
    tied,
    trace,
)
from tinyae.applications import SameLabel, precision_at_k
from tinyae.criterion import Penalty
from tinyae.criterion.forward_pass import Pass
from tinyae.datasets import spiral, strokes
from tinyae.densities import Parzen
from tinyae.embeddings import Isomap, nearest_neighbors
from tinyae.estimators import AutoencoderTransformer
from tinyae.models import ScoreMatching, ScoreModel, SoftmaxClassifier, Walkback, gsn_chain
from tinyae.plotting import filters, learning_curves, reconstructions, save_figure
from tinyae.score import fixed_points, langevin
from tinyae.training import Cosine, History


class Arctan(Elementwise):
    """A unit of one's own."""

    formula = "arctan(a)"

    def f(self, a: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.arctan(a)

    def df(self, a: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 / (1.0 + a * a)

    def d2f(self, a: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return -2.0 * a / (1.0 + a * a) ** 2


@dataclass(frozen=True)
class Ridge(Penalty):
    """A penalty of one's own."""

    lam: float
    formula: ClassVar[str] = "h²"

    def add(self, p: Pass) -> float:
        p.gh += 2.0 * self.lam * p.h / len(p.x)
        omega: float = self.lam * (p.h * p.h).sum() / len(p.x)  # complex for `gradcheck`
        return omega


class Line(Model):
    """A model of one's own."""

    def __init__(self) -> None:
        super().__init__({"net": Linear(2, 1, rng=0)})

    def objective(
        self, x: NDArray[np.float64], y: NDArray[np.float64], *, rng: np.random.Generator
    ) -> float:
        a, cache = self.parts["net"].forward(x)
        self.parts["net"].backward((a - y) / len(x), cache)
        return float(0.5 * ((a - y) ** 2).sum() / len(x))


def main(folder: Path) -> float:
    pixels, labels = strokes(60)
    X = pixels[:, ::16]
    model = Autoencoder.dense(
        (49, 8),
        activation=Tanh,
        tied=True,
        output=BernoulliOutput(),
        corruption=MaskingNoise(0.25),
        penalties=[Contractive(0.1), L1(0.1), Ridge(0.1)],
    )
    history: History = fit(
        model, X, epochs=1, optimizer=Adam(Cosine(1e-3)), validation=0.1, patience=3, rng=1
    )
    print(
        model, history, history.loss[-1], model.describe(X[:10]), gradcheck(model, X[:2], entries=5)
    )
    h: NDArray[np.float64] = model.encode(X)
    J = model.jacobian(X[:3]).sum(axis=0)
    found = minimize(Line(), (X[:, :2], X[:, :1]))
    print(found.fun, J.shape, model.loss(X), model.loss_and_grad(X, rng=np.random.default_rng(0)))
    save(model, folder / "model.npz")
    again: Autoencoder = load(folder / "model.npz", classes=[Ridge])
    twin = again.copy().astype(np.float32)
    print(twin.reconstruct(X).mean(), [layer.params["W"] for layer in (tied(Linear(3, 2, rng=0)),)])
    chain = Chain(Linear(2, 5, rng=0), Arctan(), Linear(5, 2, rng=0), Identity(), ReLU())
    y, cache = chain.forward(X[:, :2])
    gx = chain.backward(y, cache)
    layer: Layer = Residual(chain, 2.0)
    s = score_field(Autoencoder.dense((2, 9), corruption=GaussianNoise(0.1)), spiral(9), 0.1)
    T, sizes = tangents(model, X[:3], 2)
    W: NDArray[np.float64] = sparse_code(X, np.eye(49), 0.1)
    table = HammingTable(h > 0.5)
    rows, distances = table.nearest(h[:2] > 0.5, 3)
    hits = precision_at_k(h, h[:5], SameLabel(labels, labels[:5]), [1, 2])
    pca = PCA(2).fit(X)
    Z = Isomap(n_components=2, n_neighbors=5).fit_transform(X)
    estimator = AutoencoderTransformer(8, max_epochs=1).fit(X)
    codes = estimator.set_params(tol=None).transform(X)
    density = Parzen(0.1).fit(X).score_samples(X)
    machines: list[Model] = [
        RBM(49, 9),
        Recirculation.dense((9, 4)),
        PSD.dense((4, 3), lam=1, gamma=1),
    ]
    top = stack(machines, X)
    vae = Autoencoder.dense((49, 9), code=GaussianCode(), head=Classifier(10))
    fit(vae, (X, labels), weights=np.ones(len(X)), core="auto", optimizer=SGD(0.1, momentum=0.9))
    print(
        vae.sample(3),
        vae.elbo(X).mean(),
        vae.classify(X),
        HelmholtzMachine((49, 4)).encode(X > 0.5),
    )
    psi = ScoreModel(layer, ScoreMatching())
    chains = langevin(psi.score, spiral(9), step_size=0.1, steps=3, rng=0)
    zeros = fixed_points(Autoencoder.dense((2, 9)), spiral(9))
    steps = trace(Autoencoder.dense((3, 2)), X[:2, :3])
    print(steps.table(), zeros.x, chains, gsn_chain(model, X[:2], steps=3), Walkback(model, 2))
    ax = filters(model)
    save_figure(learning_curves(history), folder / "a.svg")
    save_figure(reconstructions(X[:5], model, ax=ax), folder / "b.png")
    classifier = SoftmaxClassifier(model.encoder, 10)
    near, lengths = nearest_neighbors(X, 3)
    slots = (
        *(GaussianOutput(), CategoricalOutput(), SaltAndPepperNoise(0.1), NoisyCode(0.1)),
        *(NoisySigmoidCode(1.0), StudentT(0.1), KLSparsity(0.05, 1.0), WeightDecay(0.1)),
        *(ReconstructionContractive(0.1), HigherOrderContractive(0.1, 0.1), Softmax()),
        *(Softplus(), Sigmoid(), Weights(np.ones(3))),
    )
    print(gx, s, T, sizes, W, rows, distances, hits, pca.transform(X), Z, codes, density, top)
    print(classifier.predict(X), near, lengths, slots, tinyae.__version__, tinyae.plotting.filters)
    return float(classifier.error(X, labels))
