"""The parts of gu, the adjoint of the units from which a code is drawn (section 14.4).

The decoder gives the part of the sample z, penalties that of the mean code, and a prior that of the
divergence.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.bernoulli_code import BernoulliCode
from tinyae.criterion.code import Code, NoisyCode
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.nn.activations import Sigmoid
from tinyae.tracing.codes import SECTION, weights_of
from tinyae.tracing.recorder import Recorder
from tinyae.training.schedules import at


def adjoint(
    recorder: Recorder, p: Pass, code: Code, gz: NDArray, u: str, h: str, gh: str, progress: float
) -> tuple[NDArray, str]:
    """Add the parts of gu, the adjoint of the encoder's units; return it and its name.

    The parts are that of the sample, from gz; that of the penalties, which read the mean code and
    whose adjoint is called `gh` ("" for none); and that of the divergence.
    """
    total = through = code.backward(gz, p.code_cache, cast(NDArray, p.costs), p.each)
    names = [_through(recorder, p, code, through, u, h)]
    more: dict[str, Any] = {"equation": SECTION, "source": type(code).backward}
    by_mean = p.gh if p.h is p.u else code.mean.backward(p.gh, p.mean_cache)
    total = total + by_mean
    if gh and p.h is p.u:
        names.append(gh)
    elif gh:
        rule, formula = "", f"∂{h}/∂{u} {gh}"
        if isinstance(code.mean, Sigmoid):
            rule = f"ik: {gh}[i,k]·{h}[i,k]·(1 − {h}[i,k])"
        elif isinstance(code, GaussianCode):
            formula = f"[{gh}, 0]"
        names.append(
            recorder.add("backward", f"g{u}_Ω", formula, by_mean, rule, reads=[gh, h], **more)
        )
    if p.gu is not None:
        total = total + p.gu
        names.append(_of_divergence(recorder, p, code, u, h, progress))
    if len(names) == 1:
        return total, names[0]
    rule = " + ".join(f"{name}[i,k]" for name in names)
    name = recorder.add("backward", f"g{u}", " + ".join(names), total, f"ik: {rule}", **more)
    return total, name


def _through(recorder: Recorder, p: Pass, code: Code, value: NDArray, u: str, h: str) -> str:
    """Add the part of gu that comes from gz."""
    more: dict[str, Any] = {"equation": SECTION, "source": type(code).backward}
    formula, rule, reads = f"∂z/∂{u} gz", "", ["gz"]
    if type(code) is NoisyCode:
        formula, rule = "gz", "ik: gz[i,k]"
    elif type(code) is NoisySigmoidCode:
        formula, rule = "gz ⊙ z ⊙ (1 − z)", "ik: gz[i,k]·z[i,k]·(1 − z[i,k])"
    elif type(code) is BernoulliCode and code.straight_through:
        formula, rule = f"gz ⊙ {h} ⊙ (1 − {h})", f"ik: gz[i,k]·{h}[i,k]·(1 − {h}[i,k])"
    elif type(code) is BernoulliCode:
        costs = cast(NDArray, p.costs)
        w = np.ones_like(costs) if p.each is None else p.each[:, 0]
        others = w.sum() - w
        base = w * (costs.sum() - costs) / np.where(others > 0, others, np.inf)
        recorder.add(
            "backward",
            "c",
            "cost/n",
            costs,
            "i: cost[i]/n",
            constants={"n": len(costs)},
            **more,
        )
        recorder.add(
            "backward", "base", "mean c of the other examples", base,
            "i: 1/m·Σ_l c[l] − c[i]/m" if p.each is None and len(costs) > 1 else "",
            reads=["c"], constants={"m": len(costs) - 1}, **more,
        )  # fmt: skip
        formula, reads = f"(c − base)(z − {h})", []
        rule = f"ik: (c[i] − base[i])·(z[i,k] − {h}[i,k])"
    elif isinstance(code, GaussianCode):
        k = value.shape[1] // 2
        recorder.add(
            "backward", "gs_L", "½ σ_z ε_z gz", value[:, k:],
            "ik: ½·σ_z[i,k]·ε_z[i,k]·gz[i,k]", **more,
        )  # fmt: skip
        formula, reads = "[gz, gs_L]", ["gz", "gs_L"]
    return recorder.add("backward", f"g{u}_L", formula, value, rule, reads=reads, **more)


def _of_divergence(recorder: Recorder, p: Pass, code: Code, u: str, h: str, progress: float) -> str:
    """Add the part of gu that comes from the KL divergence."""
    gu = cast(NDArray, p.gu)  # set, because the code has a prior
    w, constants = weights_of(p, {"β": at(code.beta, progress), "n": len(p.x)})
    more: dict[str, Any] = {
        "equation": SECTION,
        "source": type(code).kl_gradient,
        "constants": constants,
    }
    formula, rule, reads = f"β ∂kl/∂{u} / n", "", [u]
    if isinstance(code, GaussianCode):
        by_mean, by_s = np.split(gu, 2, axis=1)
        recorder.add("backward", "gμ_KL", "β μ/n", by_mean, f"ik: β/n·{w}μ[i,k]", **more)
        recorder.add(
            "backward", "gs_KL", "β ½ (σ_z² − 1)/n", by_s,
            f"ik: ½·β/n·{w}(exp(s[i,k]) − 1)", **more,
        )  # fmt: skip
        formula, reads = "[gμ_KL, gs_KL]", ["gμ_KL", "gs_KL"]
    elif type(code) is BernoulliCode:
        constants["ω"] = code.log_odds
        formula = f"β {h} (1 − {h}) ({u} − ω)/n"
        rule = f"ik: β/n·{w}{h}[i,k]·(1 − {h}[i,k])·({u}[i,k] − ω)"
    return recorder.add("backward", f"g{u}_KL", formula, gu, rule, reads=reads, **more)
