"""Do the parts of an autoencoder fit together? Asked once, before anything is packed."""

from __future__ import annotations

from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Layer, Linear, leaves
from tinyae.nn.outputs import GaussianOutput
from tinyae.nn.softmax import Softmax


def check_slots(decoder, output, corruption, code, head):
    """Raise for a class where an object belongs, a wrong object, or a mean applied twice."""
    if isinstance(output, type) or not hasattr(output, "cost"):
        raise TypeError(
            "output must be GaussianOutput(), BernoulliOutput() or CategoricalOutput(), "
            f"got {output!r}"
        )
    if isinstance(corruption, type) or not (corruption is None or hasattr(corruption, "corrupt")):
        raise TypeError(
            f"corruption must be None or an object such as GaussianNoise(0.1), got {corruption!r}"
        )
    if isinstance(code, type) or not (code is None or hasattr(code, "forward")):
        raise TypeError(f"code must be None or an object such as NoisyCode(0.1), got {code!r}")
    if isinstance(head, type) or not (head is None or hasattr(head, "loss_and_gradient")):
        raise TypeError(f"head must be None or Classifier(n), got {head!r}")
    *_, last = leaves(decoder)
    bent = isinstance(last, Elementwise | Softmax) and not isinstance(last, Identity)
    if bent and not isinstance(output, GaussianOutput):
        raise ValueError(
            f"{type(output).__name__} applies its {type(output.mean).__name__.lower()} itself: "
            f"let the decoder end in a Linear layer, not in {last!r}"
        )


def widths_of(encoder: Layer, decoder: Layer) -> tuple[int, int]:
    """Return (d_in, d_code) after checking that every layer fits onto the one before it."""
    for name, part in (("encoder", encoder), ("decoder", decoder)):
        if not isinstance(part, Layer):
            raise TypeError(f"the {name} must be a layer such as Chain(...), got {part!r}")
        if not any(isinstance(layer, Linear) for layer in leaves(part)):
            raise ValueError(f"the {name} needs at least one Linear layer, got {part!r}")
    d_in = width = d_code = None
    for part in (encoder, decoder):
        for layer in leaves(part):
            if not hasattr(layer, "d_in"):
                continue  # an activation keeps the width
            if width is not None and layer.d_in != width:
                raise ValueError(f"{layer!r} takes {layer.d_in} features but is given {width}")
            d_in = layer.d_in if d_in is None else d_in
            width = layer.d_out
        d_code = width if d_code is None else d_code
    if width != d_in:
        raise ValueError(f"the decoder gives {width} numbers for {d_in} features")
    return d_in, d_code
