"""Checking the slots of an autoencoder, once, before its parameters are packed."""

from __future__ import annotations

from tinyae.criterion.corruption import Corruption
from tinyae.criterion.output import Output
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import in_series


def check_slots(decoder, output, corruption, code, head):
    """Raise for a class where an object belongs, a wrong object, or a mean applied twice."""
    if not isinstance(output, Output):
        raise TypeError(
            "output must be GaussianOutput(), BernoulliOutput(), CategoricalOutput() or an Output "
            f"of your own, got {output!r}"
        )
    if not (corruption is None or isinstance(corruption, Corruption)):
        raise TypeError(
            "corruption must be None, an object such as GaussianNoise(0.1) or a Corruption of your "
            f"own, got {corruption!r}"
        )
    unfit = isinstance(code, type | Layer | Model) or not hasattr(code, "forward")
    if code is not None and unfit:
        raise TypeError(f"code must be None or an object such as NoisyCode(0.1), got {code!r}")
    if isinstance(head, type) or not (head is None or hasattr(head, "loss_and_gradient")):
        raise TypeError(f"head must be None or Classifier(n), got {head!r}")
    *_, last = in_series(decoder)
    bent = isinstance(last, Elementwise | Softmax) and not isinstance(last, Identity)
    if bent and not isinstance(output.mean, Identity):
        raise ValueError(
            f"{type(output).__name__} applies its {type(output.mean).__name__.lower()} itself: "
            f"let the decoder end in a Linear layer, not in {last!r}"
        )
