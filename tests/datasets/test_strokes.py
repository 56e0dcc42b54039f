"""The digits written by a random pen: their form, their chance, and whether they can be told."""

import numpy as np
import pytest

from tinyae.checks.streams import stream
from tinyae.datasets.strokes import strokes

TRAIN, TEST = 1000, 1000


@pytest.fixture(scope="module")
def train():
    """Return 2000 digits that several tests look at."""
    return strokes(TRAIN, rng=0)


def squared_distances(A, B):
    """Return the squared distance of every row of ``A`` to every row of ``B``."""
    return (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32"])
def test_form(dtype):
    images, labels = strokes(70, rng=3, dtype=dtype)
    assert images.shape == (70, 784) and images.dtype == np.dtype(dtype)
    assert labels.shape == (70,) and labels.dtype == np.int64
    assert set(labels) <= set(range(10))


def test_default_is_a_thousand_float64():
    images, labels = strokes()
    assert images.shape == (1000, 784) and images.dtype == np.float64
    assert labels.shape == (1000,)


@pytest.mark.parametrize("n", [1, 31, 32, 33, np.int64(5)])
def test_any_count(n):
    # A picture left out of its block would be blank, or whatever the memory held before.
    images, labels = strokes(n, rng=4)
    assert images.shape == (n, 784) and labels.shape == (n,)
    assert np.all(images.max(axis=1) > 0.9) and images.max() <= 1


def test_float32_shows_the_same_digits():
    double, double_labels = strokes(50, rng=1)
    single, single_labels = strokes(50, rng=1, dtype=np.float32)
    assert np.array_equal(double_labels, single_labels)
    np.testing.assert_allclose(single, double, atol=1e-6)


def test_same_seed_same_bits():
    images, labels = strokes(100, rng=7)
    again, labels_again = strokes(100, rng=7)
    assert np.array_equal(images, again) and np.array_equal(labels, labels_again)
    fresh, fresh_labels = strokes(100, rng=stream(7, "strokes"))
    assert np.array_equal(images, fresh) and np.array_equal(labels, fresh_labels)


def test_other_seed_other_digits():
    images, labels = strokes(100, rng=7)
    other, other_labels = strokes(100, rng=8)
    assert not np.array_equal(labels, other_labels)
    assert not (images == other).all(axis=1).any()


def test_generator_moves_on():
    rng = np.random.default_rng(0)
    first, _ = strokes(20, rng=rng)
    second, _ = strokes(20, rng=rng)
    assert not np.array_equal(first, second)


def test_global_randomness_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    strokes(5)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.slow
def test_paper_is_zero_and_ink_is_one(train):
    images, _ = train
    assert images.min() == 0 and images.max() == 1
    assert np.all(images.max(axis=1) > 0.9)
    # Most of a scanned digit is paper, and only its edge is grey.
    assert np.all((images == 0).mean(axis=1) > 0.5)
    grey = ((images > 0) & (images < 1)).sum(axis=1)
    assert np.all(grey > 10)


def test_border_is_clear_and_digit_fills_the_middle(train):
    pictures = train[0].reshape(-1, 28, 28)
    middle = np.zeros((28, 28), bool)
    middle[1:-1, 1:-1] = True
    assert np.all(pictures[:, ~middle] == 0)
    inked_rows = (pictures > 0).any(axis=2).sum(axis=1)
    inked_columns = (pictures > 0).any(axis=1).sum(axis=1)
    longer = np.maximum(inked_rows, inked_columns)
    assert longer.min() >= 16 and longer.max() <= 21


def test_ink_mass_by_class(train):
    images, labels = train
    mass = images.sum(axis=1)
    mean = np.array([mass[labels == digit].mean() for digit in range(10)])
    print("mean ink per class, in pixels:", mean.round(0))
    # MNIST digits hold about 100 pixels' worth of ink; a 1 holds least, having one stroke.
    assert mass.min() > 20 and mass.max() < 220
    assert mean.argmin() == 1
    assert np.all(mean[np.arange(10) != 1] > 60) and np.all(mean < 150)


def test_every_class_varies(train):
    images, labels = train
    for digit in range(10):
        own = images[labels == digit]
        share = own.var(axis=0).sum() / (own**2).sum(axis=1).mean()
        # Copies of one picture would give 0; pictures with no pixel in common nearly 1.
        assert 0.25 < share < 0.8, (digit, share)
        squared = squared_distances(own, own)
        np.fill_diagonal(squared, np.inf)
        assert squared.min() > 1, f"two pictures of {digit} are nearly the same"


def test_labels_are_balanced():
    _, labels = strokes(1000, rng=5)
    # 100 expected, standard deviation 9.5: five of them either way.
    counts = np.bincount(labels, minlength=10)
    assert len(counts) == 10 and np.all(np.abs(counts - 100) < 48)


def test_classes_can_be_told_apart(train):
    images, labels = train
    fresh, truth = strokes(TEST, rng=100)
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    by_mean = np.mean(squared_distances(fresh, means).argmin(axis=1) == truth)
    by_neighbour = np.mean(labels[squared_distances(fresh, images).argmin(axis=1)] == truth)
    print(f"nearest class mean {by_mean:.1%}, nearest neighbour {by_neighbour:.1%}")
    # Over 30 pairs of seeds: 83.1 to 87.4 % by the mean, 97.0 to 99.0 % by the neighbour.
    assert by_mean > 0.80
    assert by_neighbour > 0.95


@pytest.mark.parametrize("n", [2.0, "10", None, True])
def test_count_must_be_an_integer(n):
    with pytest.raises(TypeError, match="n must be a whole number"):
        strokes(n)


@pytest.mark.parametrize("n", [0, -3])
def test_count_must_be_positive(n):
    with pytest.raises(ValueError, match=f"n must be at least 1, got {n}"):
        strokes(n)


@pytest.mark.parametrize("dtype", [np.float16, np.int64, "complex128"])
def test_dtype_must_be_a_float(dtype):
    with pytest.raises(ValueError, match="must be float32 or float64"):
        strokes(5, dtype=dtype)


@pytest.mark.parametrize("rng", [0.5, "seed"])
def test_rng_must_be_a_seed_or_a_generator(rng):
    with pytest.raises(TypeError):
        strokes(5, rng=rng)
