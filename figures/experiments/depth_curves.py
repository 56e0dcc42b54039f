"""A deep autoencoder of pictures of curves, from five starts and with one optimizer (14.3, 14.9).

The net has sigmoid units and a linear code of six numbers. The starts are small random weights, the
random weights of Glorot and Bengio (2010), a stack of autoencoders, a stack of restricted Boltzmann
machines, and, as a control, the weights of the first stack in random order. All are trained alike.
The random starts have the base rates of the pixels in their output biases. A stack has learned such
biases before, and with biases of zero the random starts would look worse than they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
from tinyae.nn.initializers import Initializer
from tinyae.nn.structure import leaves
from tinyae.training.optimizers import Optimizer

from .networks import start_at_base_rates, train

LARGE = (784, 400, 200, 100, 50, 25, 6)
SMALL = (196, 100, 50, 25, 12, 6)  # for pictures of 14 × 14 pixels
STARTS = ("small", "glorot", "autoencoders", "machines", "permuted")
BATCH = 100
# The cost is a sum over the pixels, so that larger pictures need smaller steps.
RATES = {784: 0.01, 196: 0.02}


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


def starts(
    sizes: tuple[int, ...], x: np.ndarray, *, epochs: int, seed: int
) -> dict[str, Autoencoder]:
    """Return the deep net at each of `STARTS`; every level of a stack is trained for `epochs`."""
    found = {
        "small": dense(sizes, Normal(0.01), x, seed),
        "glorot": dense(sizes, None, x, seed),
        "autoencoders": pretrained("autoencoders", sizes, x, epochs=epochs, seed=seed),
        "machines": pretrained("machines", sizes, x, epochs=epochs, seed=seed),
    }
    found["permuted"] = permuted(found["autoencoders"], np.random.default_rng(seed))
    return found


def dense(
    sizes: tuple[int, ...], init: Initializer | None, x: np.ndarray, seed: int
) -> Autoencoder:
    """Return the deep net with random weights, by default Glorot's, and the base rates of x."""
    model = Autoencoder.dense(sizes, code_activation=Identity, output=BernoulliOutput(), init=init,
                              rng=seed, dtype=np.float32)  # fmt: skip
    start_at_base_rates(model, x)
    return model


def pretrained(
    kind: str, sizes: tuple[int, ...], x: np.ndarray, *, epochs: int, seed: int
) -> Autoencoder:
    """Train a stack of "autoencoders" or "machines" level by level, and unfold it."""
    models = levels(kind, sizes, seed)
    optimizers = [SGD(0.1, momentum=0.9) if isinstance(m, RBM) else Adam(3e-3) for m in models]
    stack(models, x, optimizer=optimizers, epochs=epochs, batch_size=BATCH, rng=seed, core="auto")
    return unfold(models)


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


def permuted(model: Autoencoder, rng: np.random.Generator) -> Autoencoder:
    """Return a copy with the entries of every weight matrix in random order.

    The sizes of the weights are the same, but what they have learned is lost. The biases are kept.
    """
    twin = model.copy()
    for leaf in [*leaves(twin.encoder), *leaves(twin.decoder)]:
        if "W" in leaf.params:
            W = leaf.params["W"]
            W[...] = rng.permuted(W.ravel()).reshape(W.shape)
    return twin


def fine_tune(
    model: Autoencoder,
    x: np.ndarray,
    fresh: np.ndarray,
    *,
    epochs: int,
    seed: int,
    optimizer: Optimizer | None = None,
) -> Course:
    """Train a copy of the deep net on x and follow its squared error on fresh curves.

    The optimizer is by default gradient descent with momentum, with the rate in `RATES`.
    """
    model = model.copy()
    optimizer = SGD(RATES[x.shape[1]], momentum=0.9) if optimizer is None else optimizer
    errors = [squared_error(fresh, model.reconstruct(fresh))]

    def note(epoch, model, history):
        errors.append(squared_error(fresh, model.reconstruct(fresh)))

    train(model, x, epochs=epochs, batch_size=BATCH, optimizer=optimizer, rng=seed, callback=note)
    return Course(model, np.array(errors))
