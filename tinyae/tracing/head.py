"""The steps of a classifier on the code, the supervised task of section 14.2.1."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.head import Classifier
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.softmax import Softmax
from tinyae.tracing.layers import run, run_back
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import GradientParts, Recorder

SECTION = "section 14.2.1"


class Head:
    """The forward pass of a head: logits ay, probabilities py, loss L_y; `back` is the rest."""

    def __init__(
        self,
        recorder: Recorder,
        model: Autoencoder,
        names: ParameterNames,
        p: Pass,
        labels: NDArray,
        z: str,
    ):
        layer, head = model.parts["head"], cast(Classifier, model.head)
        logits, self.ay, self.operations = run(
            recorder, names, layer, p.z, z, "ay", phase="loss", equation=SECTION
        )
        each = () if p.each is None else (p.each,)
        self.glogits: NDArray
        loss, self.glogits = head.loss_and_gradient(labels, logits, *each)
        self.z = z
        self.w = "" if p.each is None else "e[i]·"
        self.more: dict[str, Any] = {"equation": SECTION, "source": type(head).loss_and_gradient}
        rule, reads = "", [self.ay]
        constants: dict[str, Any] = {"n": len(p.x)}
        self.known = type(head) is Classifier
        if self.known:
            targets = np.eye(head.classes, dtype=p.x.dtype)[labels]
            py = Softmax().forward(logits)[0]
            Z = np.exp(logits).sum(axis=1)
            recorder.add("loss", "Zy", "Σ_k exp(ay)", Z, "i: Σ_k exp(ay[i,k])", **self.more)
            recorder.add("loss", "py", "exp(ay)/Zy", py, "ik: exp(ay[i,k])/Zy[i]", **self.more)
            recorder.add("loss", "Y", "1 in the column of y, else 0", targets, reads=["y"])
            constants["v"] = head.weight
            constants |= {} if p.each is None else {"e": p.each[:, 0]}
            rule, reads = f": v/n·Σ_ik {self.w}Y[i,k]·(log(Zy[i]) − ay[i,k])", []
        self.more["constants"] = constants
        recorder.add(
            "loss", "L_y", "v Σ_i −log py[i, y[i]] / n", loss, rule, reads=reads, **self.more
        )

    def back(
        self,
        recorder: Recorder,
        model: Autoencoder,
        names: ParameterNames,
        parts: GradientParts,
    ) -> tuple[NDArray, str]:
        """Add the backward pass; return the head's part of gz and its name."""
        rule = f"ik: v/n·{self.w}(py[i,k] − Y[i,k])" if self.known else ""
        name = recorder.add(
            "backward", "gay", "v (py − Y)/n", self.glogits, rule, reads=[self.ay], **self.more
        )
        return run_back(
            recorder, names, parts, model, self.operations, self.glogits, name,
            first=f"g{self.z}_y",
        )  # fmt: skip
