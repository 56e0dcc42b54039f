"""Figure 14.1: the structure of an autoencoder, drawn from the layers of a model object.

The encoder f maps x to the code h, and the decoder g maps h to the reconstruction r. Every box is a
layer of the model, with the widths of its input and output.
"""

from __future__ import annotations

from figures.experiments.computational_graph import counts
from tinyae import Autoencoder
from tinyae.plotting import Figure

NUMBER = "14.1"
NAME = "fig_14_01_structure"
TITLE = "the structure of an autoencoder, drawn from the model"
CHECKED = ("nodes", "edges", "d", "k")


def model(seed: int) -> Autoencoder:
    """Return an autoencoder of pictures with 28 × 28 pixels."""
    return Autoencoder.dense((784, 128), rng=seed)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Count the nodes of the model's graph."""
    net = model(seed)
    return {"seed": seed, **counts(net, net.graph().without_costs())}


def draw(numbers: dict) -> Figure:
    """Draw the model without its cost."""
    title = (
        f"An autoencoder copies {numbers['d']} numbers x to r\n"
        f"through a code h of only {numbers['k']} numbers"
    )
    return model(numbers["seed"]).diagram(cost=False, title=title).figure
