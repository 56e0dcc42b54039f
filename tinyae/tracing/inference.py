"""The steps of the inference of sparse codes: proximal steps from a prediction on (14.19, 13.4).

They lower E(x, h) = ‖x − h D‖² + λ‖h‖₁ + γ‖h − f‖² with the dictionary held fixed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.sparse_coding.descent import Descent, Position, soft_threshold
from tinyae.sparse_coding.lasso import Lasso
from tinyae.sparse_coding.psd import PSD
from tinyae.tracing.recorder import Recorder

EQUATION = "14.19"


def add_codes(recorder: Recorder, model: PSD, x: NDArray, f: NDArray) -> NDArray:
    """Add the codes after each proximal step, with their cost and duality gap; return the last."""
    problem = Lasso.of(x, model.atoms, model.lam, model.gamma, f)
    descent = Descent(problem, f, model.accelerated)
    more: dict[str, Any] = {"equation": EQUATION, "source": Lasso.of}
    recorder.add(
        "inference", "A", "D Dᵀ + γ I", problem.A,
        "kl: Σ_j D[k,j]·D[l,j] + γ·I[k,l]", constants={"I": np.eye(len(problem.A))}, **more,
    )  # fmt: skip
    recorder.add(
        "inference", "c", "x Dᵀ + γ f", problem.c, "ik: Σ_j x[i,j]·D[k,j] + γ·f[i,k]", **more
    )
    recorder.add(
        "inference", "z", "‖x‖² + γ‖f‖², E of the code 0", problem.at_zero,
        "i: Σ_j x[i,j]² + γ·Σ_k f[i,k]²", **more,
    )  # fmt: skip
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
            more = {"equation": "section 13.4", "source": Descent.step}
            recorder.add(phase, f"μ{k}", "momentum; 0 in rows where E would rise", ahead, **more)
            start = recorder.add(
                phase, f"y{k}", f"{before} + μ{k} ({before} − {last})", y,
                f"ik: {before}[i,k] + μ{k}[i]·({before}[i,k] − {last}[i,k])", **more,
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
    """Add E and the duality gap after a step.

    In the rule of the gap, ρ is the residual x′ − h D′ of `Lasso.gap`: ρρ is ρ·ρ and ρx is ρ·x′.
    """
    problem, now = descent.problem, descent.now
    recorder.add(
        phase, f"E{k}", f"E of {h}: z + {h} A {h}ᵀ − 2 c·{h} + λ‖{h}‖₁", now.cost,
        f"i: z[i] + Σ_lm {h}[i,l]·A[l,m]·{h}[i,m] − 2·Σ_k c[i,k]·{h}[i,k] + λ·Σ_k abs({h}[i,k])",
        equation=EQUATION, source=Lasso.cost,
    )  # fmt: skip
    rx = problem.at_zero - (now.h * problem.c).sum(axis=1)
    rr = np.maximum(rx - (now.h * (problem.c - now.product)).sum(axis=1), 0)
    scale = 2 * np.abs(problem.c - now.product).max(axis=1)
    recorder.add(
        phase, f"gap{k}", f"duality gap of {h}: E{k} − min E is at most this",
        problem.gap(now.h, now.product),
        f"i: ρρ[i] + λ·Σ_k abs({h}[i,k]) − λ/max(λ, m[i])·(2·ρx[i] − λ/max(λ, m[i])·ρρ[i])",
        constants={"ρρ": rr, "ρx": rx, "m": scale}, equation="section 13.4", source=Lasso.gap,
    )  # fmt: skip
