"""Errata and sharpenings of the chapter: what it says, what is true, and the figures that show it.

Each is told in a few lines. `shown` names figures of the claims, as (label of the claim, name of
the figure); their values are taken from what was measured, so that the page says what the tests
say. `picture` is the number of a figure; `python -m tests.claims.draw_errata` draws it for the page.
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
    picture: str


ERRATA = (
    Erratum(
        "A linear autoencoder and PCA", "sharpening", "14.1",
        "With a linear decoder and the mean squared error, an undercomplete autoencoder spans the "
        "subspace of PCA.",
        "It does with biases, or if the data have mean zero. Without biases and off the origin it "
        "spans the leading eigenvectors of the second moments about the origin. An encoder of one "
        "layer of rectified units stays above PCA's loss wherever one of its units is dead.",
        (("S1, centre", "with biases: largest angle to PCA's subspace (rad)"),
         ("S1, centre", "without biases, off the origin: largest angle to PCA's subspace (rad)")),
        "centre",
    ),
    Erratum(
        "The point estimate of a continuous code", "sharpening", "14.2.1",
        "Training by the most likely code approximates maximum likelihood.",
        "For a continuous Laplace code, max log p(h, x) is a density in h and no bound on log "
        "p(x). It rises if the decoder grows and the code shrinks, while log p(x) falls by the "
        "logarithm of the scale. The decoder's norm must therefore be fixed.",
        (("14.3–14.7, continuous",
          "1 code unit: smallest rise of the mean term from one scale to the next (nats)"),
         ("14.3–14.7, continuous", "1 code unit: log p(x), decoder × 1000 minus × 1 (nats)")),
        "point_estimate",
    ),
    Erratum(
        "The norm of the difference must be squared", "sharpening", "14.2.2",
        "The loss of a denoising autoencoder is called a norm of the difference.",
        "With the squared norm the best reconstruction is the mean of the clean inputs that may "
        "have caused the noisy one, and r − x̃ is σ² times the score. With the norm itself it is "
        "their spatial median, and r − x̃ is no score.",
        (("14.8, norm", "squared norm: size of (r − x̃)/σ² − score / size of the score"),
         ("14.8, norm", "norm without the square: size of (r − x̃)/σ² − score / size of the score")),
        "median",
    ),
    Erratum(
        "The denoiser's step is σ² times the score", "erratum", "14.5.1",
        "The caption of figure 14.4 and the text give the length of the step per unit of score as "
        "an average root mean square reconstruction error.",
        "The factor is σ², for every σ: r*(x̃) = x̃ + σ² ∇log p_σ(x̃). The mean of the summed "
        "squares of the error tends to kσ² near a manifold of k dimensions. It equals the factor "
        "only if k = 1; its root never does.",
        (("Erratum 1", "spiral: largest |r* − x̃ − σ² score| over its root mean square"),
         ("Erratum 1", "sphere: the same without k, for each σ")),
        "factor",
    ),
    Erratum(
        "Fixed noise, and how fast it may fall", "sharpening", "14.5.1",
        "With a fixed σ the estimate is of a blurred density; it is consistent if σ falls to 0.",
        "It is if σ falls so slowly that n σ^(d+2) grows without limit. If σ falls faster, each "
        "example becomes a point mass, and the error of the score grows with the number of "
        "examples.",
        (("S32", "exact, d = 1: slope, σ falling"),
         ("S32", "exact, d = 1: slope over n ≥ 1000, σ falling too fast")),
        "consistency",
    ),
    Erratum(
        "Score matching of an RBM is not the contractive penalty", "sharpening", "14.5.1",
        "Score matching of a Gaussian RBM gives a reconstruction error with a penalty that is "
        "similar to the contractive one.",
        "The factor of ‖W_j‖² is h_j(1 − h_j); the contractive penalty has its square. The first "
        "is at least four times as large.",
        (("S26", "this penalty over ‖∂h/∂x‖²: at least 4, as h(1−h) ≤ ¼"),),
        "slopes",
    ),
    Erratum(
        "Which autoencoders have an energy", "sharpening", "14.5.1",
        "A family of shallow autoencoders is named whose r(x) − x is a score.",
        "Tied weights and a linear output are sufficient and not necessary: a decoder diag(a)·Wᵀ "
        "is enough. Tied weights with a sigmoid output have no energy.",
        (("S29", "asymmetry of ∂r/∂x, tied"),
         ("S29", "asymmetry, decoder = diag(a) · encoderᵀ"),
         ("S29", "asymmetry, tied with sigmoid output, each kind of unit")),
        "energy",
    ),
    Erratum(
        "Which RBM a denoiser is", "sharpening", "14.5.1",
        "Denoising training of sigmoid units with linear outputs is training of a Gaussian RBM.",
        "It needs tied weights, and σ = 1 for the textbook machine. At another σ the denoiser is "
        "a machine with 1/σ² copies of each hidden unit, which share their weights.",
        (("S25, copies",
          "energy of the tied denoiser = that of a machine with 1/σ² copies, relative"),
         ("S25, copies",
          "control, one copy of each unit: energy of the tied denoiser = that of a machine with "
          "1/σ² copies, relative")),
        "copies",
    ),
    Erratum(
        "The maxima of figure 14.5", "sharpening", "14.5.1",
        "Figure 14.5 speaks of a one-dimensional manifold of local maxima.",
        "The smoothed density of the spiral has one maximum, one saddle and one minimum. The rest "
        "of the curve is a ridge, along which the score is small and not zero. A learned field "
        "has many zeros there, because a small error changes its sign.",
        (("S31, spiral", "exact score: zeros of kind maximum"),
         ("S31, spiral", "σ ‖score‖ along the crest, median"),
         ("S31, spiral", "learned field: maxima")),
        "14.5",
    ),
    Erratum(
        "Small noise is more than a contraction of r", "erratum", "14.7",
        "For small Gaussian noise the denoising error equals a contractive penalty on r.",
        "For a fixed non-linear r the added error is σ² (‖∂r/∂x‖² + E[(r − x)·∇²r]) to first order "
        "in σ². The second term vanishes where r(x) = x, and if r is linear. The minimisers over "
        "all functions r agree to first order, because r(x) → x; restricted ones do not.",
        (("Erratum 2", "with the cross term, error at σ = .01 over ‖J‖²"),
         ("Erratum 2", "without the cross term, error at σ = .01 over ‖J‖², median of the nets"),
         ("Erratum 2",
          "all functions: the minimisers' distance over ‖r − x‖ at σ = .025")),
        "small_noise",
    ),
    Erratum(
        "Where figure 14.7 crosses the identity", "sharpening", "14.7",
        "r(x) = x wherever there is a datum, and the arrows always lead to the nearest one.",
        "Only for σ well below half of the distance of neighbouring data; at half of it the "
        "crossings merge. If the data are not equally frequent, the arrows of some points lead "
        "to the farther datum.",
        (("S31, spacing", "optimal r: crossings at σ = half of the distance"),
         ("S31, weights",
          "optimal r: share of points between two data whose arrow points to the farther one")),
        "spacing",
    ),
    Erratum(
        "The operator norm and the Frobenius norm", "sharpening", "14.7",
        "A contraction is defined by the operator norm; the penalty is on the Frobenius norm.",
        "The Frobenius norm is an upper bound. On digits no encoder whose net reconstructs well is "
        "a contraction at a digit; on arcs almost all points have an operator norm below 1 and a "
        "Frobenius norm above it.",
        (("S37, norms", "operator norm over Frobenius norm, largest of all digits, λ = 1"),
         ("S37, norms", "share of digits where the encoder is a contraction, λ = 1"),
         ("S37, norms", "arcs: share of fresh points where the operator norm is at most 1")),
        "norms",
    ),
    Erratum(
        "Singular values above 1 count no dimensions", "sharpening", "14.7",
        "The directions with singular values above 1 are those of the manifold.",
        "Where the values lie depends on the unit in which the code is measured. On arcs all of "
        "them are below 1, also along the manifold, although the gap between two of them is at the "
        "manifold's dimension. Divided by the value in the middle of the gap, the same code has as "
        "many values above 1 as the manifold has dimensions.",
        (("S37, threshold",
          "arcs, d = 3, λ = 0.1: share of fresh points with d singular values above 1"),
         ("S37, threshold",
          "control, the code in the unit of the middle of its gap: arcs, d = 3, λ = 0.1: share of "
          "fresh points with d singular values above 1")),
        "spectrum",
    ),
    Erratum(
        "Contraction does not spread the codes", "erratum", "14.7",
        "Contraction saturates sigmoid units and so ensures that the codes spread through their "
        "hypercube.",
        "The units saturate, but more and more of them are stuck: they have the same bit for 99 % "
        "of all inputs. The summed entropy of the bits falls with λ. Weight decay with the same "
        "‖J‖² leaves it as it was.",
        (("S51", "stuck units, contractive (share)"),
         ("S51", "sum of the bits' entropies, contractive / plain"),
         ("S51", "control, weight decay: sum of the bits' entropies, contractive / plain")),
        "hypercube",
    ),
    Erratum(
        "The tangents are in the reconstruction, not in the code", "erratum", "14.7",
        "The leading singular vectors of ∂h/∂x of a contractive autoencoder are better tangents "
        "than those of local PCA, which has too few neighbours.",
        "On few handwritten digits local PCA holds more than twice as much of the true motions as "
        "the code of a contractive autoencoder with one layer. The reconstruction knows more than "
        "the code: the left singular vectors of ∂r/∂x, the directions in which r moves, hold about "
        "as much as local PCA from 300 digits, and less from 1000 or more.",
        (("S67", "1000 digits: share held by local PCA / by ∂h/∂x of the contractive code"),
         ("S67", "300 digits: share held by the deep denoiser's range / by local PCA"),
         ("S67", "300 digits: share held by all together / by local PCA")),
        "digit_tangents",
    ),
    Erratum(
        "Ten steps of gradient descent", "sharpening", "14.8",
        "A few steps of simple gradient descent from f(x) give a good code.",
        "Steps along a subgradient end above the minimum and make no entry exactly zero. Proximal "
        "steps come within a ten-thousandth. The speed is due to γ, which makes the criterion "
        "curved everywhere, and not to the start at f(x).",
        (("S43", "λ = 2: above the minimum after ten proximal steps from f"),
         ("S43", "λ = 2: above the minimum after ten subgradient steps of the same length")),
        "descent",
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
        lines += ["", f"![{one.title}](pictures/{one.picture}.png)", ""]
    return "\n".join(lines)
