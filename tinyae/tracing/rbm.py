"""The steps of a Boltzmann machine: positive phase, Gibbs rounds, negative phase (14.12, 14.13).

The gradient of the mean of F(x) over the data is the positive phase; that of minus its mean over
the chains' states, or of log Z, is the negative phase.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.outputs import BernoulliOutput, GaussianOutput
from tinyae.models.contrastive import (
    ContrastiveDivergence,
    MaximumLikelihood,
    PersistentContrastiveDivergence,
)
from tinyae.models.free_energy import add_free_energy, free_energy
from tinyae.models.gibbs import draw_hidden, draw_visible
from tinyae.models.partition import add_log_partition, hidden_codes, log_partition
from tinyae.models.rbm import RBM
from tinyae.nn.activations import Elementwise, Sigmoid
from tinyae.tracing.columns import Column
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import Recorder
from tinyae.tracing.units import unit_rule

SECTION = "section 14.5.1"


def names_of(model: RBM) -> ParameterNames:
    """Return the names of the parameters: W, the hidden bias c and the visible bias b."""
    names = ParameterNames(**model.parts)
    hidden, visible = model.parts["hidden"], model.parts["visible"]
    pairs = ((hidden, "W", "W"), (hidden, "b", "c"), (visible, "W", "Wᵀ"), (visible, "b", "b"))
    names.own |= {(id(layer), key): name for layer, key, name in pairs}
    return names


def record(
    recorder: Recorder,
    model: RBM,
    names: ParameterNames,
    real: dict[str, NDArray],
    rows: tuple,
    rng: np.random.Generator,
) -> None:
    """Add all steps. `model` is a scratch copy, `real` the model's own gradient by name."""
    (x,) = rows
    recorder.constants["n"] = len(x)
    recorder.given("x", x)
    for name, value in names.values(*model.parts.values()).items():
        recorder.given(name, value)
    positive = _phase(recorder, model, names, x, "x", "⁺", 1.0 / len(x), "positive phase")
    rule = model.rule
    columns = [Column("x", starts=True), Column("p⁺", "u⁺", weights="W", weights_adjoint="gW")]
    if type(rule) in (ContrastiveDivergence, PersistentContrastiveDivergence):
        start, state, m = "x", x, len(x)
        if type(rule) is PersistentContrastiveDivergence:
            m = rule.chains
            if model.chains is None or len(model.chains) != rule.chains:
                state = rng.choice(x, rule.chains)
                start = recorder.add(
                    "chains", "v0", "rows of x, drawn", state, reads=["x"], equation=SECTION
                )
            else:
                state = model.chains
                start = recorder.add("chains", "v0", "the chains' states", state, equation=SECTION)
        for k in range(1, rule.steps + 1):
            state, start = _round(recorder, model, state, start, k, rng)
        columns += [
            *(Column("h1", "p1", starts=True), Column("v1", "q1", weights="W", transposed=True)),
            Column("p⁻", "u⁻", weights="W"),
        ] if rule.steps == 1 else []  # fmt: skip
        recorder.constants["m"] = m
        negative = _phase(recorder, model, names, state, start, "⁻", -1.0 / m, "negative phase")
    elif type(rule) is MaximumLikelihood:
        negative = _partition(recorder, model, names)
    else:
        model.grad[...] = 0.0
        value = rule.negative_phase(model, x, rng)
        recorder.add("negative phase", "L⁻", f"negative phase of {rule!r}", value, reads=["x"])
        negative = _parts(recorder, names, model, "⁻", "negative phase")
    total = recorder["L⁺"] + recorder["L⁻"]
    recorder.add(
        "loss", "loss", "L⁺ + L⁻", total, ": L⁺ + L⁻", equation=SECTION, source=RBM.objective
    )
    for name in real:
        one, two = positive[name], negative.get(name)
        letters = "jk"[: one.ndim]
        index = ",".join(letters)
        value, formula, rule = one, f"g{name}⁺", f"g{name}⁺[{index}]"
        if two is not None:
            value, formula, rule = one + two, f"{formula} + g{name}⁻", f"{rule} + g{name}⁻[{index}]"
        recorder.add(
            "gradient", f"g{name}", formula, value, f"{letters}: {rule}", equation=SECTION,
            source=RBM.objective,
        )  # fmt: skip
    recorder.columns += columns


def _phase(recorder, model, names, x, read, sign, weight, phase) -> dict[str, NDArray]:
    """Add F of the rows, its weighted sum, and its gradient; return the parts by name."""
    model.grad[...] = 0.0
    value = add_free_energy(model, x, weight)
    F, u = free_energy(model, x)
    p = Sigmoid().f(u)
    more = {"phase": phase, "equation": SECTION}
    recorder.add(
        name=f"u{sign}", formula=f"{read} W + c", value=u,
        rule=f"ik: Σ_j {read}[i,j]·W[j,k] + c[k]", source=free_energy, **more,
    )  # fmt: skip
    recorder.add(
        phase, f"p{sign}", f"sigmoid(u{sign}), p(h = 1 | {read})", p,
        f"ik: 1/(1 + exp(−u{sign}[i,k]))", equation="14.12", source=Sigmoid.f,
    )  # fmt: skip
    real = type(model.visible) is GaussianOutput
    square = f"½·Σ_j {read}[i,j]² " if real else ""
    minus_sum = "− " if real else "−"
    rule = f"i: {square}{minus_sum}Σ_j {read}[i,j]·b[j] − Σ_k softplus(u{sign}[i,k])"
    recorder.add(
        name=f"F{sign}", formula=f"{'½‖x‖² ' * real}−{read}·b − Σ_k softplus(u{sign})",
        value=F, rule=rule, source=free_energy, **more,
    )  # fmt: skip
    share = "1/n" if weight > 0 else "1/m"
    minus, opposite = ("", "−") if weight > 0 else ("−", "")
    recorder.add(
        name=f"L{sign}", formula=f"{minus}mean of F{sign}", value=value,
        rule=f": {minus}{share}·Σ_i F{sign}[i]", source=add_free_energy, **more,
    )  # fmt: skip
    letters = {
        "W": (f"{opposite}{read}ᵀ p{sign} {share}",
              f"jk: {opposite}{share}·Σ_i {read}[i,j]·p{sign}[i,k]"),
        "c": (f"{opposite}Σ_i p{sign}[i] {share}", f"k: {opposite}{share}·Σ_i p{sign}[i,k]"),
        "b": (f"{opposite}Σ_i {read}[i] {share}", f"j: {opposite}{share}·Σ_i {read}[i,j]"),
    }  # fmt: skip
    found = _gradients(model, names)
    for name, value in found.items():
        formula, rule = letters[name]
        recorder.add(
            name=f"g{name}{sign}", formula=formula, value=value, rule=rule,
            source=add_free_energy, **more,
        )  # fmt: skip
    return found


def _round(recorder, model, x, read, k, rng) -> tuple[NDArray, str]:
    """Add one round of Gibbs sampling; return the new state and its name."""
    phase, visible = f"Gibbs round {k}", model.visible
    u, _ = model.parts["hidden"].forward(x)
    more = {"equation": "14.12", "source": draw_hidden}
    rule = f"ik: Σ_j {read}[i,j]·W[j,k] + c[k]"
    recorder.add(phase, f"u{k}", f"{read} W + c", u, rule, **more)
    rule = f"ik: 1/(1 + exp(−u{k}[i,k]))"
    recorder.add(phase, f"p{k}", f"sigmoid(u{k})", Sigmoid().f(u), rule, **more)
    uniform = copy.deepcopy(rng).random(u.shape, dtype=u.dtype)
    recorder.add(phase, f"U{k}", "drawn from [0, 1)", uniform, equation="14.12")
    h = draw_hidden(model, x, rng)
    rule = f"ik: step(p{k}[i,k] − U{k}[i,k])"
    recorder.add(phase, f"h{k}", f"1 where U{k} < p{k}, else 0", h, rule, **more)

    more = {"equation": "14.13", "source": draw_visible}
    a, _ = model.parts["visible"].forward(h)
    rule = f"ij: Σ_k h{k}[i,k]·W[j,k] + b[j]"
    recorder.add(phase, f"a{k}", f"h{k} Wᵀ + b", a, rule, **more)
    mean, rule = visible.mean.forward(a)[0], ""
    if isinstance(visible.mean, Elementwise):
        rule = unit_rule(visible.mean, 0, f"a{k}")
    recorder.add(phase, f"q{k}", f"E[x | h{k}]", mean, rule, reads=[f"a{k}"], **more)
    formula, rule = f"drawn from p(x | h{k})", ""
    if type(visible) is BernoulliOutput:
        uniform = copy.deepcopy(rng).random(a.shape, dtype=a.dtype)
        recorder.add(phase, f"U_v{k}", "drawn from [0, 1)", uniform, equation="14.13")
        formula = f"1 where U_v{k} < q{k}, else 0"
        rule = f"ij: step(q{k}[i,j] − U_v{k}[i,j])"
    elif type(visible) is GaussianOutput:
        noise = copy.deepcopy(rng).standard_normal(a.shape, dtype=a.dtype)
        recorder.add(phase, f"ε{k}", "drawn from N(0, I)", noise, equation="14.13")
        formula, rule = f"q{k} + ε{k}", f"ij: q{k}[i,j] + ε{k}[i,j]"
    x = draw_visible(model, h, rng)
    return x, recorder.add(phase, f"v{k}", formula, x, rule, reads=[f"q{k}"], **more)


def _partition(recorder, model, names) -> dict[str, NDArray]:
    """Add log Z by the hidden codes, and its gradient."""
    phase, more = "negative phase", {"equation": SECTION}
    blocks = list(hidden_codes(model))
    h = np.concatenate([one[0] for one in blocks])
    logs = np.concatenate([one[3] for one in blocks])
    means = np.concatenate([model.visible.mean.forward(one[1])[0] for one in blocks])
    log_Z = log_partition(model)
    recorder.add(phase, "H", "all codes h", h, source=hidden_codes, **more)
    logs_rule = ""
    if type(model.visible) is BernoulliOutput:
        a = np.concatenate([one[1] for one in blocks])
        recorder.add(phase, "A", "H Wᵀ + b", a, "lj: Σ_k H[l,k]·W[j,k] + b[j]", **more)
        logs_rule = "l: Σ_k H[l,k]·c[k] + Σ_j softplus(A[l,j])"
    recorder.add(
        phase, "logw", "H·c + A(h Wᵀ + b)", logs, logs_rule, reads=["H", "W", "c", "b"],
        source=hidden_codes, **more,
    )  # fmt: skip
    recorder.add(
        phase, "S", "Σ_l exp(logw)", np.exp(logs).sum(), ": Σ_l exp(logw[l])", **more
    )
    recorder.add(phase, "L⁻", "log S, log Z", log_Z, ": log(S)", source=log_partition, **more)
    p = np.exp(logs - log_Z)
    recorder.add(phase, "pH", "exp(logw − L⁻)", p, "l: exp(logw[l] − L⁻)", **more)
    recorder.add(phase, "XH", "E[x | h] of each code", means, reads=["H"], equation="14.13")
    model.grad[...] = 0.0
    add_log_partition(model)
    found = _gradients(model, names)
    rules = {
        "W": ("XHᵀ (pH H)", "jk: Σ_l XH[l,j]·pH[l]·H[l,k]"),
        "c": ("Σ_l pH H", "k: Σ_l pH[l]·H[l,k]"),
        "b": ("Σ_l pH XH", "j: Σ_l pH[l]·XH[l,j]"),
    }
    for name, value in found.items():
        formula, rule = rules[name]
        recorder.add(phase, f"g{name}⁻", formula, value, rule, source=add_log_partition, **more)
    return found


def _parts(recorder, names, model, sign, phase) -> dict[str, NDArray]:
    """Add the gradient of a rule of the user's own."""
    found = _gradients(model, names)
    for name, value in found.items():
        recorder.add(phase, f"g{name}{sign}", "of the rule", value, equation=SECTION)
    return found


def _gradients(model, names) -> dict[str, NDArray]:
    """Return copies of the gradients by name."""
    return {name: g.copy() for name, g in names.gradients(*model.parts.values()).items()}
