"""Figure 14.3: the computational graph of a denoising autoencoder's cost, drawn from a model.

C corrupts x, f encodes the result, g decodes the code, and the reconstruction is compared with the
clean x (equation 14.9). The costs of the graph's nodes are computed along its arrows and
compared with the model's own loss; the drawn noise is that of the model.
"""

from __future__ import annotations

from matplotlib.axes import Axes

from tinyae import Autoencoder, BernoulliOutput, MaskingNoise
from tinyae.datasets import strokes
from tinyae.drawing.diagram import NOTE
from tinyae.drawing.diagram import draw as draw_graph
from tinyae.drawing.labels import Label
from tinyae.plotting import Figure

from .experiments.computational_graph import counts, values
from .slide import Slide, slide

NUMBER = "14.3"
SECTION = "14.5"
NAME = "fig_14_03_graph"
TITLE = "the computational graph of a denoising autoencoder's cost, drawn from the model"
ALT = (
    "A diagram that is read from the lower left over the top to the lower right. The clean x "
    "is corrupted by C; the corrupted x̃, with a dashed orange outline, goes through the "
    "encoder f to the code h and through the decoder g and the distribution p_decoder(x | h) "
    "to the reconstruction r. Two solid arrows end in the box of the cost L at the bottom: "
    "one from r and one from the clean x, which is marked as the target. No arrow leads from "
    "x̃ to L: the network must undo the corruption."
)
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


MESSAGE = "The encoder reads x̃, but the loss compares r with the clean x"


def draw(numbers: dict) -> Figure:
    """Draw the model with its cost."""
    axes = model(numbers["seed"]).diagram(title=MESSAGE.replace(", ", ",\n"))
    name_target(axes)
    return axes.figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same diagram as a slide."""
    with slide(MESSAGE, ALT) as (figure, axes):
        draw_graph(model(numbers["seed"]).graph(), ax=axes)
        name_target(axes)
    return (figure,)


def name_target(axes: Axes) -> None:
    """Write on the arrow from x to the cost L that the clean x is the target."""
    outlines = {patch.get_gid(): patch for patch in axes.patches}
    clean, cost = outlines["x"], outlines["L"]
    x, y = clean.center
    middle, words = (x + clean.radius + cost.get_x()) / 2, "the target"
    axes.add_artist(Label(middle, y + 0.06, words, NOTE, formula=(words, False), ha="center",
                          va="bottom"))  # fmt: skip
