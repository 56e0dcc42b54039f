"""What the claims of 14.9 share: pictures and documents, and the codes that are trained on them.

Each comes in two kinds: the real data from their folder, for the full form of a claim, or generated
ones, which need no data, where the folder is None. What was trained is kept, because several claims
measure the same networks.
"""

import functools

import numpy as np

from figures.experiments import deep_digits, semantic_hashing
from tests.claims import pictures
from tinyae import Autoencoder, GaussianNoise, NoisyCode, NoisySigmoidCode

SIGMA = {"pictures": 10.0, "documents": 15.0}
CODES = {
    "growing": lambda kind: semantic_hashing.growing(SIGMA[kind]),
    "constant": lambda kind: NoisySigmoidCode(SIGMA[kind]),
    "none": lambda kind: None,
    "after": lambda kind: NoisyCode(0.5),
}
FULL_QUERIES = 10_000


def digits(folder):
    """x, labels, fresh, fresh_labels: all of MNIST, or 2500 and 1000 generated digits."""
    return pictures.digits(folder, *((2500, 1000) if folder is None else (60_000, FULL_QUERIES)))


@functools.cache
def documents(folder):
    """The same for documents: whether each of 100 words occurs, and the newsgroup's family.

    Those of the folder are postings to newsgroups. The generated ones have one of 8 topics, each
    with its own probabilities of 60 words.
    """
    if folder is not None:
        with np.load(folder / "news_w100.npz") as file:
            x, y = file["x"].astype(np.float32), file["y"]
        order = np.random.default_rng(0).permutation(len(x))
        x, y, cut = x[order], y[order], 14_000
    else:
        rng, cut = np.random.default_rng(0), 2500
        p = 0.5 * rng.random((8, 60)) ** 4
        y = rng.integers(8, size=cut + 1000)
        x = (rng.random((len(y), 60)) < p[y]).astype(np.float32)
    return x[:cut], y[:cut], x[cut:], y[cut:]


def data(kind, folder):
    """The pictures or the documents."""
    return digits(folder) if kind == "pictures" else documents(folder)


@functools.cache
def autoencoder(kind, folder, bits, code, seed, base_rates=True):
    """An autoencoder with this code on the training rows."""
    full, picture = folder is not None, kind == "pictures"
    hidden = ((256,) if full else (100,)) if picture else (64,)
    epochs, rate = (10, 2e-3) if full and picture else (40, 5e-3)
    return semantic_hashing.learn(data(kind, folder)[0], bits, CODES[code](kind), hidden=hidden,
                                  epochs=epochs, rate=rate, seed=seed,
                                  base_rates=base_rates)  # fmt: skip


@functools.cache
def deep(folder, sigma, seed=0):
    """A deep autoencoder with a linear code: of 30 numbers on MNIST, of 10 on strokes.

    With sigma > 0 it is trained to undo Gaussian noise of this standard deviation.
    """
    x = digits(folder)[0]
    k, hidden, epochs, rate = (30, (500, 250), 15, 2e-3) if folder else (10, (128, 64), 25, 5e-3)
    model = deep_digits.deep(x, k, seed=seed, hidden=hidden)
    if sigma:
        model = Autoencoder(model.encoder, model.decoder, output=model.output,
                            corruption=GaussianNoise(sigma))  # fmt: skip
    deep_digits.tune(model, x, seed=seed, epochs=epochs, rate=rate)
    return model


@functools.cache
def features(folder):
    """Principal components of the training pictures, for hyperplanes."""
    return semantic_hashing.Features(digits(folder)[0])


@functools.cache
def hyperplanes(folder, bits, pairs, seed):
    """Hyperplanes trained on pairs by labels, by permuted labels, or by nearest neighbours."""
    x, labels = digits(folder)[:2]
    f, full = features(folder)(x), folder is not None
    n = 100_000 if full else 10_000
    if pairs == "neighbors":
        f = f[:20_000]
        chosen = semantic_hashing.neighbor_labels(f, n, 100 if full else 20, seed)
    else:
        order = np.random.default_rng(seed).permutation(len(labels))
        given = labels[order] if pairs == "permuted" else labels
        chosen = semantic_hashing.labelled_pairs(given, n, seed)
    return semantic_hashing.learn_hyperplanes(f, chosen, bits, epochs=10, seed=seed)
