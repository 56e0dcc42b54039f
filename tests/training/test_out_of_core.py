"""Training on a memory map: the rows are read batch by batch, and never the whole table."""

import tracemalloc

import numpy as np
import pytest

from tinyae import (
    PSD,
    RBM,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Contractive,
    GaussianNoise,
    GaussianOutput,
    fit,
)
from tinyae.criterion import DiagonalGaussianOutput, FixedGaussianOutput, MixtureDensityOutput

D, ROWS = 128, 1 << 16
BYTES = 4 * D * ROWS  # 34 MB
BATCH = 250


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A table in a file, whose rows are probabilities; it is written in blocks."""
    path = tmp_path_factory.mktemp("map") / "x.npy"
    x = np.lib.format.open_memmap(path, "w+", np.float32, (ROWS, D))
    rng = np.random.default_rng(0)
    for start in range(0, ROWS, 4096):
        block = rng.random((4096, D), dtype=np.float32)
        x[start : start + 4096] = block / block.sum(axis=1, keepdims=True)
    x.flush()
    return path


@pytest.fixture(autouse=True)
def cold_allocator(monkeypatch):
    """Leave out the block of 32 MB that is allocated before training, and is never written to."""
    monkeypatch.setattr("tinyae.training.epochs.warm_allocator", lambda: None)


def peak(model, x, **settings):
    """Return the bytes that an epoch allocates at most. A memory map is no allocation."""
    fit(model, x[:BATCH], epochs=1)  # imports, and buffers of the first call
    tracemalloc.start()
    try:
        fit(model, x, epochs=1, batch_size=BATCH, **settings)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def dense(dtype=np.float32, **slots):
    return Autoencoder.dense((D, 4), dtype=dtype, corruption=GaussianNoise(0.002), **slots)


MODELS = {
    "Gaussian": lambda: dense(),
    "Bernoulli": lambda: dense(output=BernoulliOutput()),
    "categorical": lambda: dense(output=CategoricalOutput()),
    "fixed variance": lambda: dense(output=FixedGaussianOutput(0.5)),
    "variances": lambda: dense(output=DiagonalGaussianOutput()),
    "mixture": lambda: dense(output=MixtureDensityOutput(2)),
    "contraction": lambda: dense(penalties=Contractive(0.1)),
    "RBM": lambda: RBM(D, 4, dtype=np.float32),
    "RBM, real x": lambda: RBM(D, 4, dtype=np.float32, visible=GaussianOutput()),
    "PSD": lambda: PSD.dense((D, 4), lam=0.01, gamma=1.0, dtype=np.float32, steps=1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_memory_map_is_not_read_into_memory(name, path, measured):
    x = np.load(path, mmap_mode="r")
    found = peak(MODELS[name](), x)
    measured(f"{name} on a map of {BYTES / 1e6:.0f} MB: at most {found / 1e6:.1f} MB allocated")
    assert found < BYTES / 6


@pytest.mark.slow
def test_the_vectorized_core_reads_batches_too(path):
    assert peak(dense(), np.load(path, mmap_mode="r"), core="vectorized") < BYTES / 8


@pytest.mark.slow
def test_a_map_of_another_dtype_is_converted_as_a_whole(path):
    """The control: what the documentation of `fit` says, and what this measurement notices."""
    x = np.load(path, mmap_mode="r")
    assert peak(dense(np.float64), x) > 2 * BYTES


def test_a_map_gives_the_bits_of_the_array(path):
    x = np.load(path, mmap_mode="r")[:500]
    models = dense(), dense()
    losses = [fit(m, rows, epochs=2).loss for m, rows in zip(models, (x, np.array(x)), strict=True)]
    assert losses[0] == losses[1] and np.array_equal(models[0].theta, models[1].theta)
