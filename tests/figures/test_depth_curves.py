"""The starts of the deep net on curves: what each one is, and that training leaves it as it was."""

import numpy as np
import pytest

from figures.experiments import depth_curves as depth
from tinyae import RBM, Autoencoder
from tinyae.nn.structure import leaves

SIZES = (196, 20, 8, 6)


@pytest.fixture(scope="module")
def found():
    x, fresh = depth.pictures(SIZES, 300, 100, 0)
    return x, fresh, depth.starts(SIZES, x, epochs=2, seed=0)


def weights(model):
    return [leaf.params["W"] for part in (model.encoder, model.decoder) for leaf in leaves(part)
            if "W" in leaf.params]  # fmt: skip


def test_pictures():
    x, fresh = depth.pictures(SIZES, 300, 100, 0)
    assert x.shape == (300, 196) and fresh.shape == (100, 196) and x.dtype == np.float32
    assert not (x[:100] == fresh).all(axis=1).any()
    large, _ = depth.pictures(depth.LARGE, 300, 100, 0)
    np.testing.assert_allclose(large.sum(axis=1), 4 * x.sum(axis=1), rtol=1e-5)
    mean, pca = depth.baselines(x, fresh)
    assert 0 < pca < mean < (fresh**2).sum(axis=1).mean()


def test_every_start_is_the_same_net(found):
    _, _, starts = found
    assert tuple(starts) == depth.STARTS
    shapes = [[W.shape for W in weights(model)] for model in starts.values()]
    assert all(each == shapes[0] for each in shapes)
    assert shapes[0][0] == (196, 20) and shapes[0][-1] == (20, 196)
    assert weights(starts["small"])[0].std() == pytest.approx(0.01, rel=0.1)
    assert weights(starts["glorot"])[0].std() > 0.3


def test_random_starts_reconstruct_the_mean_picture(found):
    """Their output biases are the base rates: with small weights nothing else is left."""
    x, fresh, starts = found
    mean = np.broadcast_to(x.mean(axis=0), fresh.shape)
    np.testing.assert_allclose(starts["small"].reconstruct(fresh), mean, atol=0.02)
    twin = starts["glorot"].copy()
    for W in weights(twin):
        W[...] = 0.0
    np.testing.assert_allclose(twin.reconstruct(fresh), mean, atol=0.01)


def test_permuted_weights_are_those_of_the_stack_in_another_order(found):
    _, _, starts = found
    for W, V in zip(*(weights(starts[name]) for name in ("autoencoders", "permuted")), strict=True):
        assert (W != V).any()
        np.testing.assert_array_equal(np.sort(W.ravel()), np.sort(V.ravel()))


def test_fine_tuning_leaves_the_start_as_it_was(found):
    x, fresh, starts = found
    model = starts["autoencoders"]
    theta = model.theta.copy()
    course = depth.fine_tune(model, x, fresh, epochs=3, seed=0)
    np.testing.assert_array_equal(model.theta, theta)
    assert course.errors.shape == (4,)
    first, last = (((fresh - m.reconstruct(fresh)) ** 2).sum(axis=1).mean()
                   for m in (model, course.model))  # fmt: skip
    np.testing.assert_allclose(course.errors[[0, -1]], [first, last], rtol=1e-6)


def test_the_top_of_both_stacks_is_a_linear_code():
    for kind, below in (("machines", RBM), ("autoencoders", Autoencoder)):
        models = depth.levels(kind, SIZES, 0)
        assert [type(model) for model in models] == [below, below, Autoencoder]
        assert models[-1].encoder.layers[-1].formula == "a"
