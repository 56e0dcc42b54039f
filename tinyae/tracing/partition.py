"""log Z of a Boltzmann machine by its hidden codes, and its gradient, as steps (section 14.5.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.outputs import BernoulliOutput, GaussianOutput
from tinyae.models.partition import add_log_partition, hidden_codes, log_partition
from tinyae.models.rbm import RBM
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import Recorder

SECTION = "section 14.5.1"


def add_log_z(recorder: Recorder, model: RBM, names: ParameterNames) -> dict[str, NDArray]:
    """Add log Z by the hidden codes, and its gradient."""
    phase = "negative phase"
    more: dict[str, Any] = {"equation": SECTION}
    blocks = list(hidden_codes(model))
    h = np.concatenate([one[0] for one in blocks])
    logs = np.concatenate([one[3] for one in blocks])
    means = np.concatenate([model.visible.mean.forward(one[1])[0] for one in blocks])
    log_Z = log_partition(model)
    recorder.add(phase, "H", "all codes h", h, source=hidden_codes, **more)
    formula, logs_rule = "H·c + log Σ_x exp(x·(H Wᵀ + b))", ""
    if type(model.visible) is GaussianOutput:
        formula = "H·c + ½‖H Wᵀ + b‖² + ½ d log 2π"
    if type(model.visible) is BernoulliOutput:
        a = np.concatenate([one[1] for one in blocks])
        recorder.add(phase, "A", "H Wᵀ + b", a, "lj: Σ_k H[l,k]·W[j,k] + b[j]", **more)
        formula = "H·c + Σ_j softplus(A)"
        logs_rule = "l: Σ_k H[l,k]·c[k] + Σ_j softplus(A[l,j])"
    recorder.add(
        phase, "logw", formula, logs, logs_rule, reads=["H", "W", "c", "b"],
        source=hidden_codes, **more,
    )  # fmt: skip
    recorder.add(phase, "S", "Σ_l exp(logw)", np.exp(logs).sum(), ": Σ_l exp(logw[l])", **more)
    recorder.add(phase, "L⁻", "log S, log Z", log_Z, ": log(S)", source=log_partition, **more)
    p = np.exp(logs - log_Z)
    recorder.add(phase, "pH", "exp(logw − L⁻)", p, "l: exp(logw[l] − L⁻)", **more)
    recorder.add(phase, "XH", "E[x | h] of each code", means, reads=["H"], equation="14.13")
    model.grad[...] = 0.0
    add_log_partition(model)
    found = names.copied(*model.parts.values())
    rules = {
        "W": ("XHᵀ (pH H)", "jk: Σ_l XH[l,j]·pH[l]·H[l,k]"),
        "c": ("Σ_l pH H", "k: Σ_l pH[l]·H[l,k]"),
        "b": ("Σ_l pH XH", "j: Σ_l pH[l]·XH[l,j]"),
    }
    for name, value in found.items():
        formula, rule = rules[name]
        recorder.add(phase, f"g{name}⁻", formula, value, rule, source=add_log_partition, **more)
    return found
