"""Figure 14.2: a stochastic autoencoder, drawn from the layers and the noise of a model object.

Encoder and decoder are distributions, p_encoder(z | x) and p_decoder(x | z), where z is the code
that the decoder reads (section 14.4, equations 14.12 and 14.13). The standard deviation of z given
x is measured on draws of the model and divided by the one that the encoder states.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from tinyae import Autoencoder, BernoulliOutput, GaussianCode
from tinyae.checks.streams import stream
from tinyae.datasets import strokes
from tinyae.drawing.diagram import draw as draw_graph
from tinyae.plotting import Figure

from .experiments.computational_graph import counts
from .kinds import Forms, Number
from .parameters import parametrized
from .slide import Slide, slide

NUMBER = "14.2"
SECTION = "14.4"
NAME = "fig_14_02_stochastic"
TITLE = "the structure of a stochastic autoencoder, drawn from the model"
ALT = (
    "A diagram that is read from the lower left over the top to the lower right. A circle x "
    "with {d} numbers; the encoder f, which gives the parameters u of a distribution; a box "
    "with a dashed outline, p_encoder(z | x), from which the code z of {k} numbers is drawn; "
    "the decoder g and a second dashed box, p_decoder(x | z), whose mean is the circle r. "
    "Dashed boxes are distributions: in a stochastic autoencoder both the encoder and the "
    "decoder are distributions and not functions."
)
CHECKED = ("nodes", "edges", "d", "k", "spread")


def model(seed: int) -> Autoencoder:
    """Return an autoencoder of pictures whose code and whose output are random."""
    return Autoencoder.dense((784, 20), code=GaussianCode(), output=BernoulliOutput(), rng=seed)


Rows = Annotated[int, Number(whole=True, low=2)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    draws: Rows = Forms(1000, quick=100),
) -> dict:
    """Count the nodes of the graph; measure the deviation of z for a fixed x over the stated σ."""
    net = model(seed)
    x, _ = strokes(1, rng=seed)
    p = net.forward(np.repeat(x, draws, axis=0), stream(seed, "evaluation"))
    sigma = np.exp(0.5 * p.u[0, net.d_code :])
    spread = float((p.z.std(axis=0, ddof=1) / sigma).mean())
    return {"seed": seed, **counts(net, net.graph().without_costs()), "spread": spread}


MESSAGE = "The same x gives different codes z, and each z gives a distribution of x"


def draw(numbers: dict) -> Figure:
    """Draw the model without its cost."""
    return model(numbers["seed"]).diagram(cost=False, title=MESSAGE.replace(", ", ",\n")).figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same diagram as a slide."""
    with slide(MESSAGE, ALT.format(**numbers)) as (figure, axes):
        draw_graph(model(numbers["seed"]).graph().without_costs(), ax=axes)
    return (figure,)
