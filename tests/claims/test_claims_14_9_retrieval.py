"""Section 14.9: retrieval with codes of a few numbers."""

import numpy as np
import pytest

from figures.experiments.deep_digits import deep
from figures.experiments.semantic_hashing import Search
from tests.claims import hashing
from tinyae import PCA

pytestmark = [pytest.mark.claim, pytest.mark.slow]

K = (1, 2, 5, 10, 20, 50, 100)
SIGMA = 0.4  # of the noise that a denoiser undoes; grey values lie between 0 and 1


def measure(encoders, search):
    """Precision at each of K by name, an array (len(K),), for functions that encode pictures."""
    return {name: search.precision(encode, K) for name, encode in encoders.items()}


def test_deep_codes_find_more_of_the_same_kind_than_components(claim, full, request):
    """Reduced: strokes, codes of 10 numbers."""
    folder = request.getfixturevalue("data_folder") if full else None
    c = claim("S46", "14.9",
              "Among the 10 to 100 nearest neighbours of a digit by the code of a deep denoising "
              "autoencoder, more show the same digit than among those by as many principal "
              "components. On MNIST, the code of an autoencoder that is trained without noise has "
              "about the same advantage; on generated digits it has none.",
              on="MNIST, 60 000 training digits as the database and 10 000 test digits as queries; "
              f"784-500-250-30 with ReLU units and a linear code, 15 epochs; noise {SIGMA}")  # fmt: skip
    x, labels, fresh, fresh_labels = hashing.digits(folder)
    search = Search(x, labels, fresh, fresh_labels)
    denoiser, plain = hashing.deep(folder, SIGMA), hashing.deep(folder, 0.0)
    k = plain.encode(fresh[:1]).shape[1]
    pca = PCA(k).fit(x)
    untrained = deep(x, k, seed=1, hidden=(500, 250) if full else (128, 64))
    found = measure(
        {
            "pixels": lambda z: z,
            "PCA": lambda z: pca.transform(z).astype(np.float32),
            "deep, with noise": denoiser.encode,
            "deep, without noise": plain.encode,
            "deep, untrained": untrained.encode,
        },
        search,
    )
    for name, values in found.items():
        for at, value in zip(K, values, strict=True):
            c.quote(f"precision at {at}, {name}", value)
    gain = found["deep, with noise"] - found["PCA"]
    c.quote("precision at 1, 2 and 5, deep with noise − PCA", gain[:3])
    c.show("precision at 10, 20, 50 and 100, deep with noise − PCA", gain[3:], at_least=0)
    c.show("precision at 100, deep with noise − PCA", gain[-1], at_least=0.005)
    c.show("precision at 100, deep with noise − pixels",
           (found["deep, with noise"] - found["pixels"])[-1], at_least=0.005)  # fmt: skip
    c.quote("precision at 10, 20, 50 and 100, deep without noise − PCA",
            (found["deep, without noise"] - found["PCA"])[3:])  # fmt: skip
    c.show("precision at 10, 20, 50 and 100, untrained deep code − PCA",
           (found["deep, untrained"] - found["PCA"])[3:], at_most=-0.005)  # fmt: skip
    c.show("precision at all k, deep with noise, labels of the database permuted",
           search.shuffled().precision(denoiser.encode, K), at_most=0.15)  # fmt: skip
