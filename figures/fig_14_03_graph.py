"""Figure 14.3: the computational graph of a denoising autoencoder's cost, drawn from a model.

C corrupts x, f encodes the result, g decodes the code, and the reconstruction is compared with the
clean x (equation 14.9). The costs of the graph's nodes are computed along its arrows and
compared with the model's own loss; the drawn noise is that of the model.
"""

from __future__ import annotations

from figures.experiments.computational_graph import counts, values
from tinyae import Autoencoder, BernoulliOutput, MaskingNoise
from tinyae.datasets import strokes
from tinyae.plotting import Figure

NUMBER = "14.3"
NAME = "fig_14_03_graph"
TITLE = "the computational graph of a denoising autoencoder's cost, drawn from the model"
CHECKED = ("loss", "model_loss", "nodes", "edges")


def model(seed: int) -> Autoencoder:
    """Return the denoising autoencoder with which README begins, without its penalty."""
    return Autoencoder.dense((784, 128), tied=True, output=BernoulliOutput(), rng=seed,
                             corruption=MaskingNoise(0.25))  # fmt: skip


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Compute the cost at the end of the graph, and the model's loss, for ten pictures."""
    x, _ = strokes(10, rng=seed)
    net = model(seed)
    loss = values(net, x, seed)["L"]
    return {
        "seed": seed,
        "loss": loss,
        "model_loss": net.loss(x, rng=seed),
        **counts(net, net.graph()),
    }


def draw(numbers: dict) -> Figure:
    """Draw the model with its cost."""
    title = "The encoder reads the corrupted x̃,\nbut the loss compares r with the clean x"
    return model(numbers["seed"]).diagram(title=title).figure
