"""Figure 14.1: the structure of an autoencoder, drawn from the layers of a model object.

The encoder f maps x to the code h, and the decoder g maps h to the reconstruction r; their loss
is equation 14.1. Every box is a layer of the model, with the widths of its input and output.
"""

from __future__ import annotations

from tinyae import Autoencoder
from tinyae.drawing.diagram import draw as draw_graph
from tinyae.plotting import Figure

from .experiments.computational_graph import counts
from .slide import Slide, slide

NUMBER = "14.1"
SECTION = "14.1"
NAME = "fig_14_01_structure"
TITLE = "the structure of an autoencoder, drawn from the model"
ALT = (
    "A diagram that is read from the lower left over the top to the lower right. A circle x "
    "with {d} numbers; an arrow through the box of the encoder f up to a circle h with {k} "
    "numbers; an arrow through the box of the decoder g down to a circle r with {d} numbers. "
    "The code h is much smaller than x, so r can be similar to x only if h describes what "
    "matters in x."
)
CHECKED = ("nodes", "edges", "d", "k")


def model(seed: int) -> Autoencoder:
    """Return an autoencoder of pictures with 28 × 28 pixels."""
    return Autoencoder.dense((784, 128), rng=seed)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Count the nodes of the model's graph."""
    net = model(seed)
    return {"seed": seed, **counts(net, net.graph().without_costs())}


MESSAGE = "An autoencoder copies {d} numbers through a code of only {k}"


def draw(numbers: dict) -> Figure:
    """Draw the model without its cost."""
    return model(numbers["seed"]).diagram(cost=False, title=MESSAGE.format(**numbers)).figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same diagram as a slide."""
    with slide(MESSAGE.format(**numbers), ALT.format(**numbers)) as (figure, axes):
        draw_graph(model(numbers["seed"]).graph().without_costs(), ax=axes)
    return (figure,)
