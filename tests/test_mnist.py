"""Claims on the published MNIST digits; skipped, by name, without the folder in TINYAE_DATA."""

import numpy as np
import pytest

from tinyae import SGD, Adam, Autoencoder, BernoulliOutput, Cosine, Identity, Uniform, fit
from tinyae.analysis.pca import PCA
from tinyae.datasets import mnist, read_idx
from tinyae.digits import CODE, squared_error, train_deep

pytestmark = [pytest.mark.real_data, pytest.mark.claim]


@pytest.fixture(scope="module")
def folder(data_folder):
    return data_folder / "mnist"


@pytest.fixture(scope="module")
def digits(folder):
    train, _ = mnist(folder, "train", dtype=np.float32)
    test, _ = mnist(folder, "test", dtype=np.float32)
    return train, test, squared_error(test, PCA.fit(train, CODE).reconstruct(test))


def test_the_linear_autoencoder_is_as_good_as_pca(digits, full, measured):
    """Test error within 1 % of PCA's at 32 numbers; reduced: one seed, five epochs."""
    train, test, pca = digits
    for seed in range(3) if full else [0]:
        model = Autoencoder.dense((784, CODE), activation=Identity, rng=seed, dtype=np.float32)
        fit(model, train, epochs=10 if full else 5, optimizer=Adam(Cosine(2e-3)), rng=seed)
        error = squared_error(test, model.reconstruct(test))
        measured(f"MNIST, 32 numbers, seed {seed}: linear {error:.3f}, PCA {pca:.3f}")
        assert error == pytest.approx(pca, rel=0.01)


def test_the_deep_autoencoder_halves_pcas_error(digits, full, measured):
    """784-256-32, linear code: half of PCA's error or less; reduced: one seed, three epochs."""
    train, test, pca = digits
    for seed in range(3) if full else [0]:
        model, history = train_deep(train, epochs=10 if full else 3, seed=seed)
        error = squared_error(test, model.reconstruct(test))
        measured(f"MNIST, 32 numbers, seed {seed}: 784-256-32 {error:.2f}, PCA {pca:.2f}, "
                 f"{len(history.loss)} epochs, {history.seconds:.0f} s")  # fmt: skip
        assert error <= pca / 2


def test_a_published_setting_gives_its_published_costs(folder, full, measured):
    """500 tied sigmoid units, plain gradient descent, rows in order: 63.2892, 55.7867, 54.7631.

    The setting is that of a widely used denoising tutorial without its corruption; the costs are
    nats per image, the mean of the running batch losses. Reduced: the first epoch.
    """
    x = read_idx(folder / "train-images-idx3-ubyte.gz")[:50_000].reshape(-1, 784) / 256.0
    legacy = np.random.RandomState(123)  # noqa: NPY002 (the published numbers come from it)
    legacy.randint(2**30)
    bound = 4 * np.sqrt(6 / (784 + 500))
    model = Autoencoder.dense((784, 500), tied=True, output=BernoulliOutput(), init=Uniform(0.0))
    model.encoder.layers[0].params["W"][...] = legacy.uniform(-bound, bound, (784, 500))
    history = fit(
        model, x, epochs=3 if full else 1, batch_size=20, optimizer=SGD(0.1), shuffle=False
    )
    published = [63.2892, 55.7867, 54.7631][: len(history.loss)]
    measured(f"published setting, epoch costs {np.round(history.loss, 4)}, expected {published}")
    np.testing.assert_allclose(history.loss, published, atol=1e-3)
