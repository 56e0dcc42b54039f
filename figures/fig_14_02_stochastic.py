"""Figure 14.2: a stochastic autoencoder, drawn from the layers and the noise of a model object.

Encoder and decoder are distributions, p_encoder(z | x) and p_decoder(x | z), where z is the code
that the decoder reads (section 14.4). The standard deviation of z given x is measured on
draws of the model and divided by the one that the encoder states.
"""

from __future__ import annotations

import numpy as np

from figures.experiments.computational_graph import counts
from tinyae import Autoencoder, BernoulliOutput, GaussianCode
from tinyae.checks.streams import stream
from tinyae.datasets import strokes
from tinyae.plotting import Figure

NUMBER = "14.2"
NAME = "fig_14_02_stochastic"
TITLE = "the structure of a stochastic autoencoder, drawn from the model"
CHECKED = ("nodes", "edges", "d", "k", "spread")


def model(seed: int) -> Autoencoder:
    """Return an autoencoder of pictures whose code and whose output are random."""
    return Autoencoder.dense((784, 20), code=GaussianCode(), output=BernoulliOutput(), rng=seed)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Count the nodes of the graph; measure the deviation of z for a fixed x over the stated σ."""
    net = model(seed)
    x, _ = strokes(1, rng=seed)
    p = net.forward(np.repeat(x, 100 if quick else 1000, axis=0), stream(seed, "evaluation"))
    sigma = np.exp(0.5 * p.u[0, net.d_code :])
    spread = float((p.z.std(axis=0, ddof=1) / sigma).mean())
    return {"seed": seed, **counts(net, net.graph().without_costs()), "spread": spread}


def draw(numbers: dict) -> Figure:
    """Draw the model without its cost."""
    title = "The same x gives different codes z,\nand each z gives a distribution of x"
    return model(numbers["seed"]).diagram(cost=False, title=title).figure
