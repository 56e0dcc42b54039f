"""A deep autoencoder of pictures of curves, from five starts and with one optimizer (14.3, 14.9).

The net has sigmoid units and a linear code of six numbers. The starts are small random weights, the
random weights of Glorot and Bengio (2010), a stack of autoencoders, a stack of restricted Boltzmann
machines, and, as a control, the weights of the first stack in random order. All are trained alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figures.experiments.networks import train
from tinyae import (
    RBM,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Identity,
    Model,
    Sigmoid,
    stack,
)
from tinyae.applications.digits import squared_error
from tinyae.datasets import drawn_curves
from tinyae.embeddings import PCA
from tinyae.models import unfold
from tinyae.nn import Normal
from tinyae.nn.structure import leaves
from tinyae.training.optimizers import Optimizer

LARGE = (784, 400, 200, 100, 50, 25, 6)
SMALL = (196, 100, 50, 25, 12, 6)  # for pictures of 14 × 14 pixels
STARTS = ("small", "glorot", "autoencoders", "machines", "permuted")
BATCH = 100
FINE_TUNING = SGD(0.01, momentum=0.9)


@dataclass(frozen=True)
class Course:
    """A trained net, its squared error on fresh curves at the start and after each epoch."""

    model: Autoencoder
    errors: np.ndarray


def pictures(sizes: tuple[int, ...], n: int, fresh: int, seed: int) -> tuple[np.ndarray, ...]:
    """Return n curves for training and fresh ones, in float32, as wide as the net's input.

    196 pixels are the means of squares of 2 × 2 pixels.
    """
    rng = np.random.default_rng(seed)
    both = [drawn_curves(m, rng=rng, dtype=np.float32)[0] for m in (n, fresh)]
    if sizes[0] == 196:
        both = [x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196) for x in both]
    return tuple(both)


def baselines(x: np.ndarray, fresh: np.ndarray) -> tuple[float, float]:
    """Return the squared error per fresh curve of the mean picture, and of PCA with six numbers."""
    mean = np.broadcast_to(x.mean(axis=0), fresh.shape)
    return squared_error(fresh, mean), squared_error(fresh, PCA(6).fit(x).reconstruct(fresh))


def start(
    name: str, sizes: tuple[int, ...], x: np.ndarray, *, epochs: int, seed: int
) -> Autoencoder:
    """Return the deep net at one of `STARTS`; a stack is trained for `epochs` at each level."""
    if name in ("small", "glorot"):
        return Autoencoder.dense(
            sizes, code_activation=Identity, output=BernoulliOutput(), rng=seed, dtype=np.float32,
            init=Normal(0.01) if name == "small" else None)  # fmt: skip
    kind = "machines" if name == "machines" else "autoencoders"
    models = levels(kind, sizes, seed)
    optimizers = [SGD(0.1, momentum=0.9) if isinstance(m, RBM) else Adam(3e-3) for m in models]
    stack(models, x, optimizer=optimizers, epochs=epochs, batch_size=BATCH, rng=seed, core="auto")
    deep = unfold(models)
    if name == "permuted":
        permute(deep, np.random.default_rng(seed))
    return deep


def levels(kind: str, sizes: tuple[int, ...], seed: int) -> list[Model]:
    """Return untrained models, one for each pair of neighbouring widths.

    The top one is an autoencoder with a linear code in both stacks, because the hidden units of an
    `RBM` are binary.
    """
    found: list[Model] = []
    for i, (d, k) in enumerate(zip(sizes, sizes[1:], strict=False)):
        unit = Identity if i == len(sizes) - 2 else Sigmoid
        if kind == "machines" and unit is Sigmoid:
            found.append(RBM(d, k, rng=seed + i, dtype=np.float32))
        else:
            found.append(Autoencoder.dense((d, k), activation=unit, output=BernoulliOutput(),
                                           rng=seed + i, dtype=np.float32))  # fmt: skip
    return found


def permute(model: Autoencoder, rng: np.random.Generator) -> None:
    """Shuffle the entries of every weight matrix in place: their sizes stay, their pattern goes."""
    for part in (model.encoder, model.decoder):
        for leaf in leaves(part):
            if "W" in leaf.params:
                leaf.params["W"][...] = rng.permuted(leaf.params["W"].ravel()).reshape(
                    leaf.params["W"].shape
                )


def fine_tune(
    model: Autoencoder,
    x: np.ndarray,
    fresh: np.ndarray,
    *,
    epochs: int,
    seed: int,
    optimizer: Optimizer = FINE_TUNING,
) -> Course:
    """Train the deep net on x in place and follow its squared error on fresh curves."""
    errors = [squared_error(fresh, model.reconstruct(fresh))]

    def note(epoch, model, history):
        errors.append(squared_error(fresh, model.reconstruct(fresh)))

    train(model, x, epochs=epochs, batch_size=BATCH, optimizer=optimizer, rng=seed, callback=note)
    return Course(model, np.array(errors))
