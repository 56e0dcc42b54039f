"""The output's steps: the reconstruction r, the cost of each example, and its adjoint (14.4).

The cost is −log p_decoder(x | h), up to a constant. The steps follow equation 14.1, or 14.9 with
corruption. `a` is the name of the natural parameters, which for a linear output are r itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.gaussian_outputs import DiagonalGaussianOutput, FixedGaussianOutput
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.nn.activations import Elementwise
from tinyae.tracing.recorder import Recorder
from tinyae.tracing.units import unit_name, unit_rule


def reconstruction(
    recorder: Recorder, output: Output, a: NDArray, name: str, phase: str = "forward"
) -> None:
    """Add r, the mean of the output given natural parameters a (n, units), called `name`."""
    mean, k = output.mean, name
    more: dict[str, Any] = {"equation": "14.13", "source": mean.forward}
    r = mean.forward(a)[0]
    if isinstance(mean, Elementwise):
        recorder.add(
            phase, "r", f"{unit_name(mean)}({k})", r, unit_rule(mean, 0, k), reads=[k], **more
        )
    elif type(output) is CategoricalOutput and output.groups is None:
        recorder.add(
            phase, "Z", f"Σ_k exp({k})", np.exp(a).sum(axis=1), f"i: Σ_k exp({k}[i,k])", **more
        )
        recorder.add(phase, "r", f"exp({k})/Z", r, f"ik: exp({k}[i,k])/Z[i]", **more)
    elif type(output) is DiagonalGaussianOutput:
        d = r.shape[1]
        recorder.add(phase, "r", f"first half of {k}", r, f"ik: {k}[i,k]", **more)
        recorder.add(
            phase, "s_x", f"second half of {k}, log σ²", a[:, d:], f"ik: {k}[i,k+{d}]", **more
        )
    else:
        recorder.add(phase, "r", f"mean of p(x | {k})", r, reads=[k], **more)


def cost(recorder: Recorder, p: Pass, a: str, equation: str) -> NDArray:
    """Add the cost of each example and its mean L; return the gradient of the costs by a."""
    output = p.output
    if p.weights is None:
        costs, gradient = output.cost(p.x, p.a), output.gradient(p.x, p.a)
    else:
        costs, gradient = p.weights.cost(output, p.x, p.a)
    outer, inner = _weights(p)
    recorder.add(
        "loss", "cost", f"{'w ' * (p.weights is not None)}{output.formula}", costs,
        cost_rule(output, a, outer, inner), reads=["x", a], equation=equation,
        source=type(output).cost, constants=_constants(p),
    )  # fmt: skip
    recorder.add(
        "loss", "L", "Σ_i cost[i] / n", costs.sum() / len(p.x), ": 1/n·Σ_i cost[i]",
        equation=equation,
    )  # fmt: skip
    return gradient


def adjoint(recorder: Recorder, p: Pass, a: str, gradient: NDArray, name: str) -> str:
    """Add the adjoint of a, ∂L/∂a; return its name."""
    output, d = p.output, p.x.shape[1]
    g, w = gradient / len(p.x), "".join(_weights(p))
    more: dict[str, Any] = {
        "equation": "section 14.4",
        "source": type(output).gradient,
        "constants": _constants(p),
    }
    if type(output) is DiagonalGaussianOutput:
        by_mean = f"{w}(r[i,j] − x[i,j])·exp(−s_x[i,j])/n"
        by_s = f"½·{w}(1 − (x[i,j] − r[i,j])²·exp(−s_x[i,j]))/n"
        recorder.add("backward", "gr", "(r − x) exp(−s_x)/n", g[:, :d], f"ij: {by_mean}", **more)
        recorder.add(
            "backward", "gs_x", "½ (1 − (x − r)² exp(−s_x))/n", g[:, d:], f"ij: {by_s}", **more
        )
        return recorder.add("backward", name, "[gr, gs_x]", g, reads=["gr", "gs_x"], **more)
    rule, formula = "", f"∂cost/∂{a} / n"
    if type(output) in (GaussianOutput, BernoulliOutput, CategoricalOutput):
        rule, formula = f"ij: {w}(r[i,j] − x[i,j])/n", f"{'w ' * bool(w)}(r − x)/n"
    elif type(output) is FixedGaussianOutput:
        rule, formula = f"ij: {w}(r[i,j] − x[i,j])/σ_x²/n", f"{'w ' * bool(w)}(r − x)/σ²/n"
    return recorder.add("backward", name, formula, g, rule, reads=["x", a], **more)


def _weights(p: Pass) -> tuple[str, str]:
    """Return the factors of a weighted cost before the sum over entries, and inside it."""
    if p.weights is None:
        return "", ""
    return ("w[i]·", "") if p.weights.ndim == 1 else ("", "w[i,j]·")


def _constants(p: Pass) -> dict[str, Any]:
    found: dict[str, Any] = {"n": len(p.x)}
    if type(p.output) is FixedGaussianOutput:
        found["σ_x"] = p.output.sigma
    return found


def cost_rule(output: Any, a: str, outer: str = "", inner: str = "") -> str:
    """Return the rule of one example's cost, or "" for an output without one."""
    kind = type(output)
    if kind is GaussianOutput:
        return f"i: ½·{outer}Σ_j {inner}(x[i,j] − r[i,j])²"
    if kind is FixedGaussianOutput:
        return f"i: {outer}1/(2·σ_x²)·Σ_j {inner}(x[i,j] − r[i,j])²"
    if kind is BernoulliOutput:
        return f"i: {outer}Σ_j {inner}(softplus({a}[i,j]) − x[i,j]·{a}[i,j])"
    if kind is DiagonalGaussianOutput:
        return f"i: ½·{outer}Σ_j {inner}((x[i,j] − r[i,j])²·exp(−s_x[i,j]) + s_x[i,j])"
    if kind is CategoricalOutput and output.groups is None:
        return f"i: {outer}log(Z[i]) − {outer}Σ_j x[i,j]·{a}[i,j]"
    return ""
