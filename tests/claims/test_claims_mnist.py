"""Claims on the published MNIST digits; skipped, by name, without the folder in TINYAE_DATA."""

import numpy as np
import pytest

from tinyae import PCA, SGD, Adam, Autoencoder, BernoulliOutput, Identity, fit
from tinyae.applications.digits import CODE, squared_error, train_deep
from tinyae.datasets import mnist, read_idx
from tinyae.models import logistic_pca
from tinyae.nn import Uniform
from tinyae.training import Cosine

pytestmark = [pytest.mark.real_data, pytest.mark.claim]


@pytest.fixture(scope="module")
def folder(data_folder):
    return data_folder / "mnist"


@pytest.fixture(scope="module")
def digits(folder):
    train, _ = mnist(folder, "train", dtype=np.float32)
    test, _ = mnist(folder, "test", dtype=np.float32)
    pca, fewer = (
        squared_error(test, PCA(k).fit(train).reconstruct(test)) for k in (CODE, CODE - 2)
    )
    return train, test, pca, fewer


@pytest.mark.slow
def test_the_linear_autoencoder_is_as_good_as_pca(digits, full, claim):
    """Reduced: one seed, five epochs."""
    c = claim("S1, MNIST", "14.1",
              "On digits, a linear autoencoder that is trained by Adam on mini-batches "
              "reconstructs as well as PCA with the same code size (32).")  # fmt: skip
    train, test, pca, fewer = digits
    ratios = []
    for seed in c.seeds(3 if full else 1):
        model = Autoencoder.dense((784, CODE), activation=Identity, rng=seed, dtype=np.float32)
        fit(
            model,
            train,
            epochs=10 if full else 5,
            optimizer=Adam(Cosine(2e-3)),
            rng=seed,
            core="auto",
        )
        ratios.append(squared_error(test, model.reconstruct(test)) / pca)
    c.quote("PCA: squared error per test digit", pca)
    c.show("linear / PCA, test error", ratios, at_least=0.99, at_most=1.01)
    c.control("PCA with 30 components", "linear / PCA, test error", fewer / pca)


@pytest.mark.slow
def test_the_deep_autoencoder_halves_pcas_error(digits, full, claim):
    """784-256-32, linear code; reduced: one seed, three epochs."""
    c = claim("S2, MNIST", "14.1",
              "On digits, the error of a non-linear autoencoder is less than half the error of "
              "PCA with the same code size (32).")  # fmt: skip
    train, test, pca, _ = digits
    errors = []
    for seed in c.seeds(3 if full else 1):
        model, _ = train_deep(train, epochs=10 if full else 3, seed=seed)
        errors.append(squared_error(test, model.reconstruct(test)))
    c.quote("784-256-32: squared error per test digit", errors)
    c.show("784-256-32 / PCA, test error", np.array(errors) / pca, at_most=0.5)
    linear = Autoencoder.dense(
        (784, CODE), activation=Identity, rng=c.seeds(1)[0], dtype=np.float32
    )
    fit(linear, train, epochs=1, optimizer=Adam(2e-3), rng=c.seeds(1)[0], core="auto")
    c.control("a linear autoencoder, one epoch", "784-256-32 / PCA, test error",
              squared_error(test, linear.reconstruct(test)) / pca)  # fmt: skip


@pytest.mark.slow
def test_logistic_pca_is_nearer_to_digits_than_pca(folder, full, claim):
    """A code of 30 numbers, as in Hinton and Salakhutdinov (2006); reduced: one seed, three epochs."""
    train, _ = mnist(folder, "train", dtype=np.float32)
    test, _ = mnist(folder, "test", dtype=np.float32)
    c = claim("S16, shallow", "14.3",
              "With a code of 30 numbers, a linear code with sigmoid outputs (logistic PCA) "
              "reconstructs digits better than PCA. The published errors are 8.01 and 13.87.",
              on="MNIST")  # fmt: skip
    pca = squared_error(test, PCA(30).fit(train).reconstruct(test))
    errors = []
    for seed in c.seeds(3 if full else 1):
        model = logistic_pca(784, 30, rng=seed, dtype=np.float32)
        fit(
            model,
            train,
            epochs=20 if full else 3,
            optimizer=Adam(Cosine(3e-3)),
            rng=seed,
            core="auto",
        )
        errors.append(squared_error(test, model.reconstruct(test)))
    c.quote("PCA: squared error per test digit", pca)
    c.show("logistic PCA: squared error per test digit", errors, at_most=9.5)
    c.control("PCA", "logistic PCA: squared error per test digit", pca)


@pytest.mark.slow
def test_a_published_setting_gives_its_published_costs(folder, full, claim):
    """500 tied sigmoid units, plain gradient descent, rows in order; reduced: the first epoch."""
    c = claim("published", "14.2.2",
              "With the settings of a widely used tutorial, without corruption, the costs equal the "
        "tutorial's published costs: 63.2892, 55.7867, 54.7631 nats per digit in the first "
        "three epochs.")  # fmt: skip
    x = read_idx(folder / "train-images-idx3-ubyte.gz")[:50_000].reshape(-1, 784) / 256.0

    def costs(seed, epochs):
        legacy = np.random.RandomState(seed)  # noqa: NPY002 (the published numbers come from it)
        legacy.randint(2**30)
        bound = 4 * np.sqrt(6 / (784 + 500))
        model = Autoencoder.dense(
            (784, 500), tied=True, output=BernoulliOutput(), init=Uniform(0.0)
        )
        W = model.encoder.layers[0].params["W"]
        W[...] = legacy.uniform(-bound, bound, W.shape)
        return fit(model, x, epochs=epochs, batch_size=20, optimizer=SGD(0.1), shuffle=False,
                   core="auto").loss  # fmt: skip

    published, found = np.array([63.2892, 55.7867, 54.7631]), costs(123, 3 if full else 1)
    c.quote("cost of each epoch (nats)", found)
    what = "distance from the published cost"
    c.show(what, np.abs(found - published[: len(found)]), at_most=1e-3)
    c.control("other initial weights of the same size, first epoch", what,
              np.abs(costs(124, 1) - published[0]))  # fmt: skip
