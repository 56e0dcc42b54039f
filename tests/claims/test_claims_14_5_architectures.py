"""Denoisers of any architecture estimate the score (section 14.5.1)."""

import numpy as np
import pytest

from figures.experiments import architectures
from tinyae import Autoencoder, BernoulliOutput, GaussianOutput, Linear, ReLU, Tanh
from tinyae.nn.structure import leaves
from tinyae.score import asymmetry

pytestmark = pytest.mark.claim

FIGURES = ("low_cosine", "mean_cosine", "slope")


def agreements(models, seeds):
    """Each figure of the models, one value for each seed."""
    runs = [
        architectures.agreement(model, np.random.default_rng(seed))
        for model, seed in zip(models, seeds, strict=True)
    ]
    return [[run[key] for run in runs] for key in FIGURES]


@pytest.mark.parametrize("name", architectures.NAMES)
def test_a_net_is_what_its_name_says(name, rng):
    """The layers of the encoder, the output, and weights that are not tied."""
    model = architectures.untrained(name, rng)
    layers = {"deep": [Linear, Tanh, Linear, Tanh], "rectified": [Linear, ReLU]}
    encoder, (last,) = list(leaves(model.encoder)), leaves(model.decoder)
    assert [type(leaf) for leaf in encoder] == layers.get(name, [Linear, Tanh])
    assert type(model.output) is (BernoulliOutput if name == "cross-entropy" else GaussianOutput)
    assert not any(np.shares_memory(last.params["W"], leaf.params["W"])
                   for leaf in encoder if "W" in leaf.params)  # fmt: skip


def outside(model, seed):
    """How far r leaves the unit square, at most, for points up to ten units away."""
    r = model.reconstruct(np.random.default_rng(seed).uniform(-10.0, 10.0, (2000, 2)))
    return max(-r.min(), r.max() - 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", architectures.NAMES)
def test_the_score_from_any_architecture(name, claim, full):
    c = claim("S60", "14.5.1",
              "Denoising training with Gaussian noise gives the score for general encoders and "
              "decoders: one layer of tanh units, two layers, rectified units, and a sigmoid "
              "output with cross-entropy, all with untied weights. The same net without noise "
              f"does not learn it ({name}).",
              "20 480 points of a sine curve in the unit square, σ = .06; the angle between "
              "(r(x) − x)/σ² and the exact score of the smoothed curve, at 2000 fresh corrupted "
              "points")  # fmt: skip
    seeds = c.seeds(5 if full else 1)
    models = [architectures.learn(name, seed) for seed in seeds]
    untrained = [architectures.untrained(name, np.random.default_rng(seed)) for seed in seeds]
    without_noise = [architectures.learn(name, seed, sigma=0.0) for seed in seeds[:1]]
    found = agreements(models, seeds)
    labels = [f"{name}: lower quartile of the cosine with the score",
              f"{name}: mean cosine", f"{name}: slope on the score"]  # fmt: skip
    for label, values, bounds in zip(
        labels, found, ((0.9, None), (0.9, None), (0.85, 1.1)), strict=True
    ):
        c.show(label, values, at_least=bounds[0], at_most=bounds[1])
    for imposter, nets in (("untrained", untrained), ("trained without noise", without_noise)):
        found = agreements(nets, seeds[: len(nets)])
        for label, values in zip(labels, found, strict=True):
            # The slope of an untrained net is a number by chance.
            if (imposter, label) != ("untrained", labels[-1]):
                c.control(imposter, label, values)
    if name == "cross-entropy":
        # A sigmoid is between 0 and 1 everywhere. Without it the same weights give the log-odds.
        what = f"{name}: how far r leaves the unit square, at points up to ten units away"
        c.show(what, [outside(m, seed) for m, seed in zip(models, seeds, strict=True)], at_most=0.0)
        copies = [m.copy() for m in models]
        linear = [Autoencoder(m.encoder, m.decoder) for m in copies]
        c.control("the same weights with a linear output", what,
                  [outside(m, seed) for m, seed in zip(linear, seeds, strict=True)])  # fmt: skip
    x = architectures.draw_data(200, np.random.default_rng(seeds[0]))
    c.quote(f"{name}: ‖∂r/∂x − its transpose‖ / (2 ‖∂r/∂x‖), median over the points",
            [np.median(asymmetry(model, x)) for model in models])  # fmt: skip
