"""Minimal loss hashing: its inference, its bound, its gradient, and its pairs."""

from itertools import product

import numpy as np
import pytest

from tinyae import SGD, fit, gradcheck
from tinyae.applications import MinimalLossHashing, loss_augmented_codes, similar_pairs

BITS = 4


def every_pair_of_codes():
    """All 4^BITS pairs of codes, two arrays (4^BITS, BITS)."""
    both = np.array(list(product([False, True], repeat=2 * BITS)))
    return both[:, :BITS], both[:, BITS:]


def batch(rng, n=30, d=6, bits=BITS, **settings):
    """A model away from its start, and pairs for it."""
    model = MinimalLossHashing(d, bits, **settings)
    model.hyperplanes.params["b"][...] = 0.3 * rng.standard_normal(bits)
    x1, x2 = rng.standard_normal((2, n, d))
    return model, (x1, x2, rng.random(n) < 0.5)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_inference_finds_the_best_of_all_codes(scale, rng):
    """For any losses, also for such as do not rise or fall with the distance."""
    u1, u2 = scale * rng.standard_normal((2, 200, BITS))
    losses = 3.0 * rng.random((200, BITS + 1))
    kept = losses.copy()
    g1, g2 = loss_augmented_codes(u1, u2, losses)
    np.testing.assert_array_equal(losses, kept)
    all1, all2 = every_pair_of_codes()
    distances = (all1 != all2).sum(axis=1)
    totals = losses[:, distances] + u1 @ all1.T + u2 @ all2.T
    rows = np.arange(200)
    found = losses[rows, (g1 != g2).sum(axis=1)] + (g1 * u1 + g2 * u2).sum(axis=1)
    np.testing.assert_allclose(found, totals.max(axis=1), rtol=1e-13)
    present = (u1 > 0), (u2 > 0)  # what a rule without the loss would take
    plain = losses[rows, (present[0] != present[1]).sum(axis=1)]
    plain += np.maximum(u1, 0).sum(axis=1) + np.maximum(u2, 0).sum(axis=1)
    assert (plain < found - 1e-9).mean() > (0.01 if scale > 1 else 0.3)


def test_the_hinge_loss():
    """Radius 2: similar pairs at a distance from 2 on, dissimilar ones up to 2."""
    model = MinimalLossHashing(3, 4, radius=2, lam=0.5)
    np.testing.assert_array_equal(model.hinge(np.arange(5), np.ones(5)), [0, 0, 1, 2, 3])
    np.testing.assert_array_equal(model.hinge(np.arange(5), np.zeros(5)), [1.5, 1, 0.5, 0, 0])


@pytest.mark.parametrize("radius, lam, norm", [(1, 0.5, 1.0), (2, 2.0, 0.2), (4, 0.1, 5.0)])
def test_the_loss_is_a_bound_by_enumeration(radius, lam, norm, rng):
    """The objective is the mean maximum over all codes, and at least the loss of the codes."""
    model, rows = batch(rng, radius=radius, lam=lam, norm=norm)
    model.project()
    x1, x2, similar = rows
    u1, u2 = (model.hyperplanes.forward(x)[0] for x in (x1, x2))
    all1, all2 = every_pair_of_codes()
    distances = (all1 != all2).sum(axis=1)
    losses = np.where(similar[:, None], *(model.hinge(distances, np.full(256, s)) for s in (1, 0)))
    totals = losses + u1 @ all1.T + u2 @ all2.T
    bound = totals.max(axis=1) - np.maximum(u1, 0).sum(axis=1) - np.maximum(u2, 0).sum(axis=1)
    assert model.loss(*rows) == pytest.approx(bound.mean(), rel=1e-12)
    codes = model.transform(x1), model.transform(x2)
    np.testing.assert_array_equal(codes[0], u1 > 0)
    losses = model.hinge((codes[0] != codes[1]).sum(axis=1), similar)
    assert (bound >= losses - 1e-12).all() and (bound > losses + 1e-3).any()
    assert model.pair_loss(*rows) == pytest.approx(losses.mean(), rel=1e-12)


@pytest.mark.parametrize("bits", [1, 5])
def test_gradient(bits, rng):
    model, rows = batch(rng, bits=bits, radius=1, lam=0.7)
    assert gradcheck(model, rows).max_relative_error < 1e-12
    single = model.astype(np.float32)
    loss = single.loss_and_grad(*(np.float32(rows[0]), np.float32(rows[1]), rows[2]))
    assert single.grad.dtype == np.float32
    assert loss == pytest.approx(model.loss_and_grad(*rows), rel=1e-5)
    np.testing.assert_allclose(single.grad, model.grad, atol=1e-5)


def test_a_step_is_the_published_update(rng):
    """W moves by the rate times x₁ᵀ (h₁ − g₁) + x₂ᵀ (h₂ − g₂), for one pair."""
    model, (x1, x2, _) = batch(rng, n=1)
    W = model.hyperplanes.params["W"].copy()
    h1, h2 = model.transform(x1), model.transform(x2)
    losses = model.hinge(np.arange(BITS + 1), np.zeros(BITS + 1))[None]
    g1, g2 = loss_augmented_codes(*(model.hyperplanes.forward(x)[0] for x in (x1, x2)), losses)
    assert (g1 != h1).any() or (g2 != h2).any()
    model.loss_and_grad(x1, x2, [0])
    moved = x1.T @ (h1 - g1.astype(float)) + x2.T @ (h2 - g2.astype(float))
    np.testing.assert_allclose(-model.hyperplanes.grads["W"], moved, atol=1e-14)
    np.testing.assert_array_equal(model.hyperplanes.params["W"], W)


def test_a_column_of_zeros_does_not_keep_the_others_from_their_length(rng):
    model, _ = batch(rng, norm=2.5)
    model.hyperplanes.params["W"][:, 0] = 0.0
    model.project()
    lengths = np.linalg.norm(model.hyperplanes.params["W"], axis=0)
    np.testing.assert_allclose(lengths[1:], 2.5, rtol=1e-12)
    assert lengths[0] == 0.0


def test_projection_keeps_codes_and_sets_lengths(rng):
    model, (x1, _, _) = batch(rng, norm=2.5)
    model.hyperplanes.params["W"] *= rng.random(BITS) + 0.5
    before = model.transform(x1)
    model.project()
    np.testing.assert_allclose(np.linalg.norm(model.hyperplanes.params["W"], axis=0), 2.5)
    np.testing.assert_array_equal(model.transform(x1), before)
    model.hyperplanes.params["W"][:, 0] = 0.0
    kept = model.theta.copy()
    model.project()  # a column of zeros has no direction
    assert np.isfinite(model.theta).all()
    np.testing.assert_array_equal(model.hyperplanes.params["W"][:, 0], 0.0)
    assert kept.shape == model.theta.shape


def four_groups(rng, n):
    """Points in 6 dimensions, in four groups by the signs of the first two."""
    x = rng.standard_normal((n, 6)) * [1, 1, 2, 2, 2, 2]
    x[:, :2] += 0.5 * np.sign(x[:, :2])
    return x, 2 * (x[:, 0] > 0) + (x[:, 1] > 0)


@pytest.mark.slow
def test_training_finds_the_directions_that_matter(rng):
    x, labels = four_groups(rng, 2000)
    first, second, similar = similar_pairs(labels, 3000)
    rows = x[first], x[second], similar
    losses = []
    for given in (similar, rng.permutation(similar)):
        model = MinimalLossHashing(6, 8, radius=2, lam=1.0)
        start = model.pair_loss(*rows)
        history = fit(model, (*rows[:2], given), optimizer=SGD(0.1, 0.9), epochs=10)
        losses.append(model.pair_loss(*rows) / start)
        np.testing.assert_allclose(np.linalg.norm(model.hyperplanes.params["W"], axis=0), 1.0)
    assert history.loss[-1] < history.loss[0]
    assert losses[0] < 0.3 and losses[1] > 0.5, "with shuffled pairs nothing is learned"


def test_a_copy_is_another_model(rng):
    model, rows = batch(rng)
    twin = model.copy()
    fit(twin, rows, epochs=1)
    assert (twin.theta != model.theta).any()
    assert "6-4, radius 2" in repr(model)


@pytest.mark.parametrize(
    "error, says, rows",
    [
        (TypeError, "three arrays", lambda x: (x, x)),
        (ValueError, "equally long", lambda x: (x, x[1:], np.ones(len(x)))),
        (ValueError, "equally long", lambda x: (x, x, np.ones(2))),
        (ValueError, "similar must hold", lambda x: (x, x, np.full(len(x), 0.5))),
        (ValueError, "x2 has 2 features", lambda x: (x, x[:, :2], np.ones(len(x)))),
    ],
)
def test_rows_that_are_refused(error, says, rows, rng):
    model, (x, _, _) = batch(rng)
    with pytest.raises(error, match=says):
        model.loss(*rows(x))


def test_a_radius_beyond_the_bits():
    with pytest.raises(ValueError, match="at most bits = 4"):
        MinimalLossHashing(3, 4, radius=5)


# ------------------------------------------------------------------------------------------- pairs


def test_pairs_are_what_they_say():
    labels = np.array([3, 1, 3, 3, 1, 7, 3])
    first, second, similar = similar_pairs(labels, 6000, rng=1)
    assert (first != second).all() and similar.mean() == 0.5
    np.testing.assert_array_equal(labels[first] == labels[second], similar)
    counts = np.zeros((2, 7, 7))
    np.add.at(counts, (similar.astype(int), first, second), 1)
    likely = labels[:, None] == labels
    np.fill_diagonal(likely, False)
    # Of each row with partners, every partner is equally likely.
    for kind, partners in ((1, likely), (0, labels[:, None] != labels)):
        rows = partners.any(axis=1)
        wanted = partners[rows] / partners[rows].sum(axis=1, keepdims=True) / rows.sum()
        error = np.sqrt(wanted * (1 - wanted) / 3000)
        off = np.abs(counts[kind][rows] / 3000 - wanted)
        assert (off <= 4.5 * error).all() and (counts[kind][~rows] == 0).all()


def test_pairs_of_texts_and_of_a_seed():
    labels = np.array(["a", "b", "a", "b"])
    one, two = similar_pairs(labels, 50, rng=3), similar_pairs([0, 1, 0, 1], 50, rng=3)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (similar_pairs(labels, 50, rng=4)[0] != one[0]).any()


@pytest.mark.parametrize("labels, says", [([1, 1, 1], "equal"), ([1, 2, 3], "different")])
def test_pairs_that_do_not_exist(labels, says):
    with pytest.raises(ValueError, match=f"labels are {says}"):
        similar_pairs(labels, 4)
