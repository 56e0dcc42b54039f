"""The set-ups of features for classifiers and of fine-tuning: votes, units, what is kept."""

import numpy as np
import pytest

from figures.experiments import features, fine_tuning
from figures.experiments.features import Digits
from tinyae import RBM, fit
from tinyae.datasets import strokes


@pytest.fixture(scope="module")
def digits():
    x, y = strokes(400, rng=0, dtype=np.float32)
    return Digits(x[:200], y[:200], x[200:300], y[200:300], x[300:], y[300:])


def test_the_nearest_codes_vote():
    x = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]], np.float32)
    y = np.array([4, 4, 7, 7, 7, 2])
    test = np.array([[0.05], [5.05], [0.1]], np.float32)
    assert features.neighbours(x, y, test, np.array([4, 7, 4])) == 0.0
    assert features.neighbours(x, y, test, np.array([4, 2, 7])) == pytest.approx(200 / 3)


def test_neighbours_are_those_of_brute_force(rng):
    x, test = (rng.random((n, 6), dtype=np.float32) for n in (150, 1100))
    y, labels = rng.integers(3, size=150), rng.integers(3, size=1100)
    order = ((test[:, None].astype(float) - x[None]) ** 2).sum(axis=2).argsort(axis=1)[:, :3]
    votes = [np.bincount(y[row], minlength=3).argmax() for row in order]
    assert features.neighbours(x, y, test, labels) == pytest.approx(100 * np.mean(votes != labels))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", features.CHOSEN)
def test_codes_have_one_unit(kind, digits):
    before = digits.x.copy()
    c = features.codes(kind, features.CHOSEN[kind], digits, 20, seed=1, epochs=1)
    assert c.x.shape == (200, 784 if kind == "raw pixels" else 20) and c.x.dtype == np.float32
    np.testing.assert_allclose(c.x.mean(axis=0), 0.0, atol=1e-4)
    assert c.x.var(axis=0).mean() == pytest.approx(1.0, rel=1e-3)
    np.testing.assert_array_equal(digits.x, before)
    assert c.y is digits.y and c.y_test is digits.y_test


def test_each_kind_has_its_own_slot():
    made = {kind: features.untrained(kind, 0.5, 9, seed=0)
            for kind in features.CHOSEN if kind != "raw pixels"}  # fmt: skip
    texts = {kind: repr(model) for kind, model in made.items()}
    assert isinstance(made["RBM"], RBM) and len(set(texts.values())) == len(texts) - 1
    assert texts["plain"] == texts["random features"], "only their weights differ"
    for kind, word in (("denoising, Gaussian", "GaussianNoise(sigma=0.5)"),
                       ("denoising, masking", "MaskingNoise(fraction=0.5)"),
                       ("contractive", "0.5 Σ_i ‖∇_x h_i‖²"), ("sparse", "0.5 Σ_j KL"),
                       ("weight decay", "0.5 ‖W‖²")):  # fmt: skip
        assert word in texts[kind], (kind, texts[kind])
    W = [made[kind].encoder.layers[0].params["W"] for kind in ("plain", "random features")]
    np.testing.assert_allclose(W[1], 0.5 * W[0])


def test_random_features_are_not_trained(digits):
    one, other = (features.learned("random features", 2.0, digits.x, 9, seed=3, epochs=e)
                  for e in (1, 5))  # fmt: skip
    np.testing.assert_array_equal(one.theta, other.theta)
    plain = features.learned("plain", 0.0, digits.x, 9, seed=3, epochs=1)
    assert (plain.theta != features.untrained("plain", 0.0, 9, seed=3).theta).any()


def test_candidates_are_compared(digits, monkeypatch):
    monkeypatch.setattr(features, "CANDIDATES", {"denoising, masking": (0.2, 1.0)})
    found = features.choose("denoising, masking", digits, units=30, epochs=8)
    assert list(found) == [0.2, 1.0] and found[0.2] < found[1.0]


@pytest.mark.slow
def test_errors_of_all_classifiers(digits, monkeypatch):
    monkeypatch.setattr(features, "FEW", 60)
    found = features.errors("plain", digits, units=30, epochs=4)
    assert list(found) == ["linear", "few labels", "neighbours", "neighbours, few labels"]
    assert all(0 < value < 60 for value in found.values()), found


def test_the_epoch_with_the_fewest_errors_is_kept(digits):
    sizes, errors = (784, 30, 20), []
    best = fine_tuning.Best(digits.x_valid, digits.y_valid)
    model = fine_tuning.SoftmaxClassifier(fine_tuning.fresh(sizes, seed=0), 10)
    thetas = []

    def watch(epoch, model, history):
        errors.append(model.error(digits.x_valid, digits.y_valid))
        thetas.append(model.theta.copy())
        best(epoch, model, history)

    fit(model, (digits.x, digits.y), epochs=6, callback=watch)
    assert best.error == min(errors) and best.epoch == errors.index(min(errors)) + 1
    np.testing.assert_array_equal(best.theta, thetas[best.epoch - 1])


@pytest.mark.parametrize("frozen", [False, True])
def test_a_stack_is_fine_tuned_or_not(frozen, digits):
    encoder = fine_tuning.pretrained(digits.x, (784, 30, 20), seed=0, epochs=2)
    code = encoder.forward(digits.x)[0]
    found = fine_tuning.fine_tuned(encoder, digits, seed=0, epochs=3, rate=0.01, frozen=frozen)
    np.testing.assert_array_equal(encoder.forward(digits.x)[0], code)
    assert found.model.d_in == (20 if frozen else 784) and 1 <= found.epoch <= 3
    assert 0 < found.test < 100 and 0 < found.valid < 100


def test_fresh_weights_are_those_before_training(digits):
    sizes = (784, 30, 20)
    untrained = fine_tuning.levels(sizes, seed=0)
    start = fine_tuning.fresh(sizes, seed=0)
    for layer, model in zip(start.layers, untrained, strict=True):
        np.testing.assert_array_equal(layer.layers[0].params["W"],
                                      model.encoder.layers[0].params["W"])  # fmt: skip
    learned = fine_tuning.pretrained(digits.x, sizes, seed=0, epochs=1)
    assert np.abs(learned.forward(digits.x)[0] - start.forward(digits.x)[0]).max() > 0.01
