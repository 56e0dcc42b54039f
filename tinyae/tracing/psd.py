"""The steps of predictive sparse decomposition: prediction, inference, gradient (14.19).

The codes h are found by proximal steps on E(x, h) = ‖x − h D‖² + λ‖h‖₁ + γ‖h − f‖², from the
prediction f on, and the gradient is that of E with h held fixed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.sparse_coding.descent import Descent, Position, soft_threshold
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.lasso import Lasso
from tinyae.sparse_coding.psd import PSD
from tinyae.tracing.columns import Column
from tinyae.tracing.layers import run, run_back
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import GradientParts, Recorder

EQUATION = "14.19"


def names_of(model: PSD) -> ParameterNames:
    """Return the names of the parameters: W1, b1, gain2 of the encoder, and D."""
    names = ParameterNames(**model.parts)
    names.own[id(model.parts["dictionary"]), "D"] = "D"
    return names


def record(
    recorder: Recorder,
    model: PSD,
    names: ParameterNames,
    real: dict[str, NDArray],
    rows: tuple,
    rng: np.random.Generator,
) -> None:
    """Add all steps. `model` is a scratch copy, `real` the model's own gradient by name."""
    (x,) = rows
    n, D = len(x), model.atoms
    f, _ = model.predict(x)
    recorder.constants |= {"n": n, "λ": model.lam, "γ": model.gamma}
    recorder.given("x", x)
    names.give(recorder, *model.parts.values())
    operations = []
    if model.encoder is None:
        recorder.add("prediction", "f", "0, there is no encoder", f, equation=EQUATION)
    else:
        _, _, operations = run(
            recorder,
            names,
            model.encoder,
            x,
            "x",
            "f",
            phase="prediction",
            equation=EQUATION,
            letter="f",
        )
    h = _infer(recorder, model, x, f)
    _criterion(recorder, model, x, f, h)

    parts = GradientParts(recorder, real, names.uses(*model.parts.values()))
    more = {"phase": "backward", "equation": EQUATION}
    ga = 2.0 / n * (h @ D - x)
    recorder.add(
        name="gr", formula="2 (r − x)/n", value=ga, rule="ij: 2/n·(r[i,j] − x[i,j])",
        source=PSD._add_grad, **more,
    )  # fmt: skip
    free = h.T @ ga
    recorder.add(
        name="gD_free", formula="hᵀ gr", value=free, rule="kj: Σ_i h[i,k]·gr[i,j]",
        source=Dictionary.backward, **more,
    )  # fmt: skip
    along = (free * D).sum(axis=1)
    recorder.add(
        name="along", formula="Σ_j gD_free ⊙ D", value=along, rule="k: Σ_j gD_free[k,j]·D[k,j]",
        source=Dictionary.tangential, **more,
    )  # fmt: skip
    recorder.add(
        name="gD", formula="gD_free − along D", value=free - along[:, None] * D,
        rule="kj: gD_free[k,j] − along[k]·D[k,j]", source=Dictionary.tangential, **more,
    )  # fmt: skip
    if model.encoder is not None:
        gf = 2.0 * model.gamma / n * (f - h)
        name = recorder.add(
            name="gf", formula="2 γ (f − h)/n", value=gf, rule="ik: 2·γ/n·(f[i,k] − h[i,k])",
            source=PSD._add_grad, **more,
        )  # fmt: skip
        run_back(recorder, names, parts, model, operations, gf, name)
        first = operations[0]
        weights = f"W{first.number}" if f"W{first.number}" in recorder else ""
        recorder.columns += [
            Column("x", starts=True),
            Column(
                "f",
                "" if first.made == "f" else first.made,
                "gf",
                weights=weights,
                weights_adjoint=f"g{weights}",
            ),
            Column("h"),
            Column("r", adjoint="gr", weights="D", weights_adjoint="gD"),
        ]


def _infer(recorder: Recorder, model: PSD, x: NDArray, f: NDArray) -> NDArray:
    """Add the codes after each proximal step, with their cost and duality gap; return the last."""
    problem = Lasso.of(x, model.atoms, model.lam, model.gamma, f)
    descent = Descent(problem, f, model.accelerated)
    more = {"equation": EQUATION, "source": Lasso.of}
    recorder.add(
        "inference", "A", "D Dᵀ + γ I", problem.A,
        "kl: Σ_j D[k,j]·D[l,j] + γ·I[k,l]", constants={"I": np.eye(len(problem.A))}, **more,
    )  # fmt: skip
    recorder.add(
        "inference", "c", "x Dᵀ + γ f", problem.c, "ik: Σ_j x[i,j]·D[k,j] + γ·f[i,k]", **more
    )
    recorder.add(
        "inference", "ℓ", "largest eigenvalue of A", descent.L, reads=["A"],
        equation="section 13.4", source=Descent.__init__,
    )  # fmt: skip
    before = last = "f"
    for k in range(1, model.steps + 1):
        phase, old = f"inference {k}", descent.now
        descent.step()
        ahead = _momentum(descent, old)
        y, start = old.h + ahead[:, None] * (old.h - old.last), before
        if ahead.any():
            start = recorder.add(
                phase, f"y{k}", f"{before} + μ ({before} − {last})", y,
                f"ik: {before}[i,k] + μ[i]·({before}[i,k] − {last}[i,k])",
                constants={"μ": ahead}, equation="section 13.4", source=Descent.step,
            )  # fmt: skip
        u = y - (y @ problem.A - problem.c) / descent.L
        recorder.add(
            phase, f"u{k}", f"{start} − ({start} A − c)/ℓ", u,
            f"ik: {start}[i,k] − 1/ℓ·Σ_m {start}[i,m]·A[m,k] + c[i,k]/ℓ",
            equation=EQUATION, source=Descent._from,
        )  # fmt: skip
        h = descent.now.h
        name = "h" if k == model.steps else f"h{k}"
        recorder.add(
            phase, name, f"soft(u{k}, λ/(2 ℓ))", h, f"ik: soft(u{k}[i,k], λ/(2·ℓ))",
            equation=EQUATION, source=soft_threshold,
        )  # fmt: skip
        _progress(recorder, phase, k, name, descent)
        last, before = before, name
    if not model.steps:
        recorder.add("inference", "h", "f, after no step", f, "ik: f[i,k]", equation=EQUATION)
    return descent.now.h


def _momentum(descent: Descent, old: Position) -> NDArray:
    """Return how far beyond the codes each row's last step began; 0 where E would have risen."""
    t = (1 + np.sqrt(1 + 4 * old.t * old.t)) / 2
    ahead = (old.t - 1) / t if descent.accelerated else np.zeros_like(t)
    return np.where(descent.now.t == 1, 0, ahead)[:, 0]


def _progress(recorder: Recorder, phase: str, k: int, h: str, descent: Descent) -> None:
    """Add E and the duality gap after a step."""
    problem, now = descent.problem, descent.now
    recorder.add(
        phase, f"E{k}", f"h A hᵀ − 2 c h + λ‖h‖₁ + const at {h}", now.cost,
        f"i: z[i] + Σ_lm {h}[i,l]·A[l,m]·{h}[i,m] − 2·Σ_k c[i,k]·{h}[i,k] + λ·Σ_k abs({h}[i,k])",
        constants={"z": problem.at_zero}, equation=EQUATION, source=Lasso.cost,
    )  # fmt: skip
    rx = problem.at_zero - (now.h * problem.c).sum(axis=1)
    rr = np.maximum(rx - (now.h * (problem.c - now.product)).sum(axis=1), 0)
    scale = 2 * np.abs(problem.c - now.product).max(axis=1)
    recorder.add(
        phase, f"gap{k}", f"ρρ + λ‖h‖₁ − s (2 ρx − s ρρ) at {h}, s = λ/max(λ, m)",
        problem.gap(now.h, now.product),
        f"i: ρρ[i] + λ·Σ_k abs({h}[i,k]) − λ/max(λ, m[i])·(2·ρx[i] − λ/max(λ, m[i])·ρρ[i])",
        constants={"ρρ": rr, "ρx": rx, "m": scale}, equation="section 13.4", source=Lasso.gap,
    )  # fmt: skip


def _criterion(recorder: Recorder, model: PSD, x: NDArray, f: NDArray, h: NDArray) -> None:
    """Add r = h D, E of each example and the loss."""
    r, E = h @ model.atoms, model.costs(x, h, f)
    recorder.add(
        "criterion", "r", "h D", r, "ij: Σ_k h[i,k]·D[k,j]", equation=EQUATION,
        source=Dictionary.forward,
    )  # fmt: skip
    recorder.add(
        "criterion", "E", "‖x − r‖² + λ‖h‖₁ + γ‖h − f‖²", E,
        "i: Σ_j (x[i,j] − r[i,j])² + λ·Σ_k abs(h[i,k]) + γ·Σ_k (h[i,k] − f[i,k])²",
        equation=EQUATION, source=PSD.costs,
    )  # fmt: skip
    recorder.add(
        "criterion", "loss", "Σ_i E[i] / n", E.mean(), ": 1/n·Σ_i E[i]", equation=EQUATION,
        source=PSD.objective,
    )  # fmt: skip
