"""Section 14.9: retrieval and classification with codes of a few numbers."""

import time

import numpy as np
import pytest

from figures.experiments.deep_digits import deep, nearest_class, tune
from figures.experiments.semantic_hashing import Search
from tests.claims import hashing
from tests.claims.seeds import derived_seeds
from tinyae import PCA, Autoencoder, GaussianNoise

pytestmark = [pytest.mark.claim, pytest.mark.slow]

K = (1, 2, 5, 10, 20, 50, 100)
SIGMA = 0.4  # of the noise that a denoiser undoes; grey values lie between 0 and 1
VOTES = 5  # of the nearest rows, for a classification
FEW = 300  # labels
HIDDEN = {True: (500, 250), False: (128, 64)}  # units of the full and of the reduced form


def shared_seed(c):
    """The seed of the networks that the claims of this file share."""
    return derived_seeds("deep codes of 14.9", 1, c.salt)[0]


def random_features(x, k, seed):
    """k of the pixels, and k random projections, as functions of pictures (n, d)."""
    rng = np.random.default_rng(seed)
    # Pixels that are always 0 would say nothing.
    some = rng.choice(np.flatnonzero(x.std(axis=0) > 0.05), k, replace=False)
    directions = rng.standard_normal((x.shape[1], k)).astype(np.float32)
    return {
        f"{k} random pixels": lambda z: z[:, some],
        f"{k} random projections": lambda z: z @ directions,
    }


def measure(encoders, search):
    """Precision at each of K by name, an array (len(K),), for functions that encode pictures."""
    return {name: search.precision(encode, K) for name, encode in encoders.items()}


def test_deep_codes_find_more_of_the_same_kind_than_components(claim, full, request):
    """Reduced: strokes, codes of 10 numbers."""
    folder = request.getfixturevalue("data_folder") if full else None
    c = claim("S46", "14.9",
              "Among the 10 to 100 nearest neighbours of a digit by the code of a deep denoising "
              "autoencoder, more show the same digit than among those by as many principal "
              "components, by as many random projections, and by an untrained code. Among the 100 "
              "nearest, more show the same digit than among those by pixels.",
              on="MNIST, 60 000 training digits as the database and 10 000 test digits as queries; "
              f"784-500-250-30 with ReLU units and a linear code, 15 epochs; noise {SIGMA}")  # fmt: skip
    x, labels, fresh, fresh_labels = hashing.digits(folder)
    search, seed = Search(x, labels, fresh, fresh_labels), shared_seed(c)
    denoiser, plain = hashing.deep(folder, SIGMA, seed), hashing.deep(folder, 0.0, seed)
    k = plain.encode(fresh[:1]).shape[1]
    pca = PCA(k).fit(x)
    untrained = deep(x, k, seed=seed, hidden=HIDDEN[full])
    projections = random_features(x, k, seed)[f"{k} random projections"]
    found = measure(
        {
            "pixels": lambda z: z,
            "PCA": lambda z: pca.transform(z).astype(np.float32),
            "deep, with noise": denoiser.encode,
            "deep, without noise": plain.encode,
            "deep, untrained": untrained.encode,
            "random projections": projections,
        },
        search,
    )
    shuffled = search.shuffled(seed).precision(denoiser.encode, K)
    for name, values in found.items():
        for at, value in zip(K, values, strict=True):
            c.quote(f"precision at {at}, {name}", value)
    imposters = {
        "untrained deep code": found["deep, untrained"],
        "random projections": found["random projections"],
        "deep with noise, labels of the database permuted": shuffled,
    }
    for what, reference, at, least in (
        ("precision at 10, 20, 50 and 100, deep with noise − PCA", "PCA", slice(3, None), 0),
        ("precision at 100, deep with noise − PCA", "PCA", slice(-1, None), 0.005),
        ("precision at 100, deep with noise − pixels", "pixels", slice(-1, None), 0.005),
    ):
        c.show(what, (found["deep, with noise"] - found[reference])[at], at_least=least)
        for imposter, values in imposters.items():
            c.control(imposter, what, (values - found[reference])[at])
    gain = found["deep, with noise"] - found["PCA"]
    c.quote("precision at 1, 2 and 5, deep with noise − PCA", gain[:3])
    c.quote("precision at 10, 20, 50 and 100, deep without noise − PCA",
            (found["deep, without noise"] - found["PCA"])[3:])  # fmt: skip


def right(codes, labels, asked, wanted):
    """Share of the queries to which the vote of the nearest codes gives the wanted label."""
    return float((nearest_class(codes, labels, asked, VOTES) == wanted).mean())


def labelled_digits(folder, full, seed):
    """All of MNIST, or 5000 training and 2000 test digits of it; and a deep denoiser of them."""
    x, labels, fresh, fresh_labels = hashing.digits(folder)
    if full:
        return x, labels, fresh, fresh_labels, hashing.deep(folder, SIGMA, seed)
    rng = np.random.default_rng(seed)
    some, asked = rng.choice(len(x), 5000, False), rng.choice(len(fresh), 2000, False)
    x, labels, fresh, fresh_labels = x[some], labels[some], fresh[asked], fresh_labels[asked]
    net = deep(x, 30, seed=seed, hidden=HIDDEN[False])
    model = Autoencoder(net.encoder, net.decoder, output=net.output, corruption=GaussianNoise(SIGMA))  # fmt: skip
    tune(model, x, seed=seed, epochs=25, rate=5e-3)
    return x, labels, fresh, fresh_labels, model


@pytest.mark.real_data
def test_a_smaller_space_is_enough_to_classify(claim, full, data_folder):
    """Reduced: 5000 digits, 784-128-64-30."""
    c = claim("S66", "14.9",
              "Classification by the nearest neighbours is better with 30 numbers than with 784 "
              "pixels, and uses a small part of the memory. With few labels this "
              "holds for the code of a deep denoising autoencoder and for principal components; "
              "with all labels only the principal components gain. "
              "30 random projections and 30 random pixels are worse than the pixels.",
              on=f"MNIST, the deep denoiser of S46 with 30 numbers; votes of the {VOTES} nearest "
              f"of 60 000 training digits, or of {FEW} of them, for 10 000 test digits. The number "
              f"{FEW} was chosen after a trial with 1000 labels, where the gain was small")  # fmt: skip
    seed = shared_seed(c)
    x, labels, fresh, fresh_labels, model = labelled_digits(data_folder, full, seed)
    k = model.encode(fresh[:1]).shape[1]
    pca = PCA(k).fit(x)
    random = random_features(x, k, seed)
    encoders = {
        "pixels": lambda z: z,
        "the code": model.encode,
        "PCA": lambda z: pca.transform(z).astype(np.float32),
        "an untrained deep code": deep(x, k, seed=seed, hidden=HIDDEN[full]).encode,
        "random projections": random[f"{k} random projections"],
        "random pixels": random[f"{k} random pixels"],
    }
    all_labels, few_labels, seconds, size = {}, {}, {}, {}
    for name, encode in encoders.items():
        codes = encode(x)
        start = time.perf_counter()
        asked = encode(fresh)  # a query has to be encoded first
        all_labels[name] = right(codes, labels, asked, fresh_labels)
        seconds[name] = time.perf_counter() - start
        few_labels[name] = right(codes[:FEW], labels[:FEW], asked, fresh_labels)
        size[name] = codes.nbytes
    few, every = f"{FEW} labels", "all labels"
    for found, on, code, least in (
        (few_labels, few, "the code", 0.01),
        (few_labels, few, "PCA", 0.01),
        (all_labels, every, "PCA", 0.0),
    ):
        what = f"accuracy, {on}: {code} − pixels"
        c.show(what, found[code] - found["pixels"], at_least=least)
        for imposter in ("an untrained deep code", "random projections", "random pixels"):
            c.control(imposter, what, found[imposter] - found["pixels"])
    for found, on in ((few_labels, few), (all_labels, every)):
        for name, value in found.items():
            c.quote(f"accuracy, {on}: {name}", value)
    what = "bytes of the database, the code / pixels"
    c.show(what, size["the code"] / size["pixels"], at_most=0.1)
    c.control("pixels in 8 bits", what, x.astype(np.uint8).nbytes / size["pixels"])
    c.quote("time of the search and of encoding the queries, the code / pixels",
            seconds["the code"] / seconds["pixels"])  # fmt: skip
