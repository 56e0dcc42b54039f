"""How an autoencoder is trained: by any method for feedforward networks, or by a local rule."""

import numpy as np
import pytest

from figures.experiments.encoder_problem import alike, updates
from tinyae import SGD, Adam, Autoencoder, BernoulliOutput, GaussianOutput, Tanh, fit, minimize
from tinyae.criterion import WeightDecay
from tinyae.training import Cosine

pytestmark = pytest.mark.claim
SECTION = "14, introduction"
TO_ROUNDING = {"maxiter": 5000, "maxfun": 10_000, "maxcor": 20, "ftol": 1e-15, "gtol": 1e-9}
METHODS = {  # optimizer, epochs, size of the batch for 200 examples
    "gradient descent on all data": (SGD(0.2), 5000, 200),
    "gradient descent on mini-batches": (SGD(Cosine(0.2)), 400, 20),
    "momentum on mini-batches": (SGD(Cosine(0.05), momentum=0.9), 400, 20),
    "Adam on mini-batches": (Adam(Cosine(0.01)), 400, 20),
}


def bent_cloud(rng, n=200, d=8):
    """Points of a Gaussian off the origin with variances from 1 to 1/20, each number through tanh."""
    Q, _ = np.linalg.qr(rng.standard_normal((d, d)))
    spread = np.sqrt(np.logspace(0, -np.log10(20), d))
    return np.tanh((rng.standard_normal((n, d)) * spread) @ Q.T + rng.standard_normal(d))


class FrozenEncoder(Autoencoder):
    """An imposter: back-propagation ends at the code, so that the encoder keeps its start."""

    def objective(self, x, *, rng):
        """The loss, with the decoder's gradient only; grad is zero before."""
        loss = super().objective(x, rng=rng)
        for gradient in self.encoder.layers[0].grads.values():
            gradient[...] = 0.0
        return loss


def all_losses(tables, k, seeds):
    """Return untrained nets with k code units, one for each table, and their losses by method."""
    starts = [
        Autoencoder.dense((8, k), activation=Tanh, rng=seed, penalties=WeightDecay(0.01))
        for seed in seeds
    ]
    losses = {}
    for name in (*METHODS, "L-BFGS"):
        models = [start.copy() for start in starts]
        if name in METHODS:
            optimizer, epochs, batch = METHODS[name]
            fit(models, tables, optimizer=optimizer, epochs=epochs, batch_size=batch, rng=seeds,
                core="auto")  # fmt: skip
        else:
            for model, x in zip(models, tables, strict=True):
                minimize(model, x, options=TO_ROUNDING)
        losses[name] = np.array([m.loss(x) for m, x in zip(models, tables, strict=True)])
    return starts, losses


@pytest.mark.slow
def test_all_techniques_reach_one_loss(claim, full):
    pytest.importorskip("scipy")
    c = claim("S54", SECTION,
              "Autoencoders are trained with the same techniques as other feedforward networks: "
              "gradient descent on all data or on mini-batches, momentum, Adam, and a "
              "quasi-Newton method (L-BFGS) reach one loss from the same initial weights. A narrow "
              "net can have several minima; then the methods may end in different ones.",
              on="8-16-8, tanh code, weight decay .01, 200 points of a Gaussian whose numbers "
                 "pass through tanh; 5 data sets and starts (reduced: 1). The narrow net is 8-3-8.")  # fmt: skip
    seeds = c.seeds(5 if full else 1)
    tables = [bent_cloud(np.random.default_rng(seed)) for seed in seeds]
    starts, losses = all_losses(tables, 16, seeds)
    least = np.min(list(losses.values()), axis=0)
    untrained, frozen = [], []
    for seed, x, start, smallest in zip(seeds, tables, starts, least, strict=True):
        twin, before = start.copy(), start.loss(x)
        half = FrozenEncoder(twin.encoder, twin.decoder, penalties=start.penalties)
        fit(half, x, optimizer=Adam(Cosine(0.01)), epochs=400, batch_size=20, rng=seed)
        untrained.append(before / smallest - 1)
        frozen.append(half.loss(x) / smallest - 1)
    if full:
        of_narrow = np.array(list(all_losses(tables, 3, seeds)[1].values()))
        narrow = of_narrow.max(axis=0) / of_narrow.min(axis=0) - 1
    for name, values in losses.items():
        what = f"{name}: loss / the smallest of all methods − 1"
        c.show(what, values / least - 1, at_most=0.02,
               moved="the net was 8-3-8 at first, and momentum ended 31 % above")  # fmt: skip
        c.control("the decoder alone is trained", what, frozen)
    c.quote("before training: loss / the smallest of all methods − 1", untrained)
    c.quote("narrow net: largest loss / smallest loss of the methods − 1", narrow if full else None)


def with_same_activities(model, x, rng):
    """Return a copy with other weights, in which every unit has the same activities for x (1, d).

    To the decoder's weights a matrix is added whose columns are orthogonal to h₁, and to the
    encoder's one whose columns are orthogonal to x and v₂. Both have the size of the weights.
    """
    other, p = model.copy(), model.trace(x)
    encoder, decoder = other.parts["encoder"].layers[0].params, other.parts["decoder"].params
    for W, rows in ((decoder["W"], p.h1), (encoder["W"], np.concatenate([p.x, p.v2]))):
        change = rng.standard_normal(W.shape)
        change -= np.linalg.pinv(rows) @ (rows @ change)
        W += change * np.linalg.norm(W) / np.linalg.norm(change)
    return other


def largest_change(before, after):
    """Largest change of an entry, relative to the largest entry."""
    return np.abs(after - before).max() / np.abs(before).max()


def test_the_update_is_local(claim):
    c = claim("S55", SECTION,
              "Recirculation is local: the update of a weight depends only on the activities of "
              "the two units that it joins. If all weights are changed so that the activities "
              "stay the same, the updates stay the same. The encoder's update by "
              "back-propagation does not: it uses the weights of the decoder.",
              on="20 nets 8-3-8 with one example each, linear or sigmoid visible units, with and "
                 "without λ h₁, λ = .75.")  # fmt: skip
    products, changes, of_backprop, moved, of_activity = ([] for _ in range(5))
    for seed in c.seeds(20):
        for output in (GaussianOutput(), BernoulliOutput()):
            for regress in (True, False):
                model, x = alike(output, 0.75, regress, seed)
                other = with_same_activities(model, x, np.random.default_rng(seed))
                p, q = model.trace(x), other.trace(x)
                moved.append(max(largest_change(getattr(p, k), getattr(q, k))
                                 for k in ("h1", "r", "v2", "h3")))  # fmt: skip
                products.append(max(largest_change(p.dW, p.v2.T @ (p.h1 - p.h3)),
                                    largest_change(p.dV, p.h1.T @ (p.x - p.v2))))  # fmt: skip
                changes.append(max(largest_change(p.dW, q.dW), largest_change(p.dV, q.dV)))
                (_, _, down, _), (_, _, other_down, _) = updates(model, x), updates(other, x)
                of_backprop.append(largest_change(down, other_down))
                of_activity.append(largest_change(p.dW, p.x.T @ (p.h1 - p.h3)))
    c.quote("largest relative change of the activities, all nets", max(moved))
    what = "largest relative change of the updates, other weights at the same activities"
    c.show(what, changes, at_most=1e-10)
    c.control("the encoder's update by back-propagation", what, of_backprop)
    what = "largest relative difference from (activity of one unit) × (change of the other)"
    c.show(what, products, at_most=1e-10)
    c.control("the first activity x in place of v₂", what, of_activity)
