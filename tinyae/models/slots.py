"""Do the parts of an autoencoder fit together? Asked once, before anything is packed."""

from __future__ import annotations

from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Layer, in_series, leaves
from tinyae.nn.model import Model
from tinyae.nn.outputs import GaussianOutput
from tinyae.nn.softmax import Softmax


def check_slots(decoder, output, corruption, code, head):
    """Raise for a class where an object belongs, a wrong object, or a mean applied twice."""
    if isinstance(output, type) or not (hasattr(output, "cost") and hasattr(output, "gradient")):
        raise TypeError(
            "output must be GaussianOutput(), BernoulliOutput() or CategoricalOutput(), "
            f"got {output!r}"
        )
    if isinstance(corruption, type) or not (corruption is None or hasattr(corruption, "corrupt")):
        raise TypeError(
            f"corruption must be None or an object such as GaussianNoise(0.1), got {corruption!r}"
        )
    unfit = isinstance(code, type | Layer | Model) or not hasattr(code, "forward")
    if code is not None and unfit:
        raise TypeError(f"code must be None or an object such as NoisyCode(0.1), got {code!r}")
    if isinstance(head, type) or not (head is None or hasattr(head, "loss_and_gradient")):
        raise TypeError(f"head must be None or Classifier(n), got {head!r}")
    *_, last = in_series(decoder)
    bent = isinstance(last, Elementwise | Softmax) and not isinstance(last, Identity)
    if bent and not isinstance(output, GaussianOutput):
        raise ValueError(
            f"{type(output).__name__} applies its {type(output.mean).__name__.lower()} itself: "
            f"let the decoder end in a Linear layer, not in {last!r}"
        )


def widths(layer: Layer, name: str) -> tuple[int, int]:
    """Return (d_in, d_out) of a layer after checking that its parts fit onto each other."""
    if not isinstance(layer, Layer):
        raise TypeError(f"the {name} must be a layer such as Chain(...), got {layer!r}")
    affine = [leaf for leaf in leaves(layer) if hasattr(leaf, "d_in")]  # a unit keeps the width
    if not affine:
        raise ValueError(f"the {name} needs at least one Linear layer, got {layer!r}")
    for below, above in zip(affine, affine[1:], strict=False):
        if above.d_in != below.d_out:
            raise ValueError(f"{above!r} takes {above.d_in} features but is given {below.d_out}")
    return affine[0].d_in, affine[-1].d_out


def widths_of(encoder: Layer, decoder: Layer) -> tuple[int, int]:
    """Return (d_in, d_code) after checking that encoder and decoder fit together."""
    d_in, d_code = widths(encoder, "encoder")
    code, d_out = widths(decoder, "decoder")
    if code != d_code:
        raise ValueError(f"the decoder takes {code} features but is given a code of {d_code}")
    if d_out != d_in:
        raise ValueError(f"the decoder gives {d_out} numbers for {d_in} features")
    return d_in, d_code
