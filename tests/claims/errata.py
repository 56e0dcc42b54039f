"""Errata and sharpenings of the chapter: what it says, what is true, and the figures that show it.

Each is told in a few lines. `shown` names figures of the claims, as (label of the claim, name of
the figure); their values are taken from what was measured, so that the page says what the tests
say. `picture` is the name of a file in docs/claims/pictures, drawn by `python -m figures`.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD = """\
# Errata and sharpenings

[All claims](../../CLAIMS.md). An *erratum* is a statement of the chapter that is not true as it is
written. A *sharpening* is a statement that is true under a condition which the chapter does not
name, or that can be said more exactly. The figures are those of the claims, which link to the way
each is measured. Values of several seeds are given from the smallest to the largest.
"""


@dataclass(frozen=True)
class Erratum:
    """One entry; `shown` are pairs (label of a claim, name of one of its figures)."""

    title: str
    kind: str
    section: str
    chapter: str
    true: str
    shown: tuple[tuple[str, str], ...]
    picture: str = ""


ERRATA = (
    Erratum(
        "The denoiser's step is σ² times the score", "erratum", "14.5.1",
        "The caption of figure 14.4 and the text give the length of the step per unit of score as "
        "an average root mean square reconstruction error.",
        "The factor is σ², for every σ and every optimal denoiser: r*(x̃) = x̃ + σ² ∇log p_σ(x̃). "
        "The mean summed square of the error tends to kσ² near a manifold of k dimensions. It "
        "equals the factor only if k = 1, and its root never does.",
        (("Erratum 1", "spiral: largest |r* − x̃ − σ² score| over its root mean square"),
         ("Erratum 1", "sphere: the same without k, for each σ")),
    ),
    Erratum(
        "Small noise is more than a contraction of r", "erratum", "14.7",
        "For small Gaussian noise the denoising error equals a contractive penalty on r.",
        "For a fixed non-linear r the added error is σ² (‖∂r/∂x‖² + E[(r − x)·∇²r]) to first order "
        "in σ². The second term vanishes only where r(x) = x, or if r is linear.",
        (("Erratum 2", "with the cross term, error at σ = .01 over ‖J‖²"),
         ("Erratum 2", "without the cross term, error at σ = .01 over ‖J‖², median of the nets")),
    ),
    Erratum(
        "Score matching of an RBM is not the contractive penalty", "sharpening", "14.5.1",
        "Score matching of a Gaussian RBM gives a reconstruction error with a penalty that is "
        "similar to the contractive one.",
        "The factor of ‖W_j‖² is h_j(1 − h_j); the contractive penalty has its square. The first "
        "is at least four times as large.",
        (("S26", "this penalty over ‖∂h/∂x‖²: at least 4, as h(1−h) ≤ ¼"),),
    ),
    Erratum(
        "Which autoencoders have an energy", "sharpening", "14.5.1",
        "A family of shallow autoencoders is named whose r(x) − x is a score.",
        "Tied weights and a linear output are sufficient and not necessary: a decoder diag(a)·Wᵀ "
        "is enough. Tied weights with a sigmoid output have no energy.",
        (("S29", "asymmetry of ∂r/∂x, tied"),
         ("S29", "asymmetry, decoder = diag(a) · encoderᵀ"),
         ("S29", "asymmetry, tied with sigmoid output, each kind of unit")),
    ),
)  # fmt: skip


def _value(label: str, what: str, tests: dict[str, dict]) -> str:
    for one in tests.values():
        for claim in one["claims"]:
            if claim["row"] == label:
                for name, _, text in claim["figures"]:
                    if name == what:
                        return text
    raise LookupError(f"no claim labelled {label!r} measures {what!r}")


def errata_page(tests: dict[str, dict]) -> str:
    """Return the text of docs/claims/errata.md with the measured values."""
    lines = [HEAD]
    for one in ERRATA:
        lines += [f"## {one.title}", "", f"*{one.kind.capitalize()}, section {one.section}.*  ",
                  f"The chapter: {one.chapter}  ", f"True: {one.true}", ""]  # fmt: skip
        for label, what in one.shown:
            lines.append(f"- {label}, {what}: **{_value(label, what, tests)}**")
        lines += ["", f"![{one.title}](pictures/{one.picture})", ""] if one.picture else [""]
    return "\n".join(lines)
