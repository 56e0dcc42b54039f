"""Errata and sharpenings of the chapter: what it says, what is true, and the figures that show it.

Each is told in a few lines. `shown` names figures of the claims, as (label of the claim, name of
the figure, plain words); their values are taken from what was measured, so that the page says what
the tests say. `picture` is the number of a figure; `python -m tests.claims.draw_errata` draws it
for the page.
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
    """One entry; `shown` are triples (label of a claim, name of its figure, plain words)."""

    title: str
    kind: str
    section: str
    chapter: str
    true: str
    shown: tuple[tuple[str, str, str], ...]
    picture: str


ERRATA = (
    Erratum(
        "A linear autoencoder and PCA", "sharpening", "14.1",
        "With a linear decoder and the mean squared error, an undercomplete autoencoder spans the "
        "subspace of PCA.",
        "It does with biases, or if the data have mean zero. Without biases and off the origin it "
        "spans the leading eigenvectors of the second moments about the origin. An encoder of one "
        "layer of rectified units stays above PCA's loss wherever one of its units is dead.",
        (("S1, centre", "with biases: largest angle to PCA's subspace (rad)",
          "Largest angle to PCA's subspace with biases, in radians"),
         ("S1, centre", "without biases, off the origin: largest angle to PCA's subspace (rad)",
          "The same without biases, for data off the origin")),
        "centre",
    ),
    Erratum(
        "The point estimate of a continuous code", "sharpening", "14.2.1",
        "Training by the most likely code approximates maximum likelihood.",
        "For a continuous Laplace code, max log p(h, x) is a density in h and no bound on log "
        "p(x). If the decoder grows and the code shrinks, it rises to a limit, while log p(x) falls "
        "by the logarithm of the scale for each unit of the code. Only with a decoder of fixed "
        "norm does the training not run away.",
        (("14.3–14.7, continuous", "1 code unit: share of examples whose term is above log p(x), "
          "decoder × 1000", "Share of examples whose largest term exceeds log p(x), decoder × 1000"),
         ("14.3–14.7, continuous", "1 code unit: log p(x), decoder × 1000 minus × 1 (nats)",
          "Change of log p(x) from the decoder of the data to 1000 times it, in nats")),
        "point_estimate",
    ),
    Erratum(
        "The norm of the difference must be squared", "sharpening", "14.2.2",
        "The loss may be the L² norm of the difference (14.8), and denoising uses the same loss "
        "(14.9). The square stands in 14.16 only.",
        "With the squared norm the best reconstruction is the mean of the clean inputs that may "
        "have caused the noisy one, and r − x̃ is σ² times the score. With the norm itself it is "
        "their spatial median, and r − x̃ is no score.",
        (("14.8, norm", "squared norm: size of (r − x̃)/σ² − score / size of the score",
          "Squared norm: distance of (r − x̃)/σ² from the score, over the size of the score"),
         ("14.8, norm", "norm without the square: size of (r − x̃)/σ² − score / size of the score",
          "The same for the norm without the square")),
        "median",
    ),
    Erratum(
        "The denoiser's step is σ² times the score", "erratum", "14.5.1",
        "The caption of figure 14.4 gives the factor between the step and the score as an average "
        "root mean square reconstruction error.",
        "The factor is σ², for every σ: r*(x̃) = x̃ + σ² ∇log p_σ(x̃). The mean of the summed "
        "squares of the error tends to kσ² near a manifold of k dimensions, so it equals the "
        "factor if k = 1. Its root is about √k σ: a length, while the factor is a squared length.",
        (("Erratum 1", "spiral: largest |r* − x̃ − σ² score| over its root mean square",
          "On a spiral: largest |step − σ² score| over the size of the step"),
         ("Erratum 1", "sphere: the same without k, for each σ",
          "On a sphere: σ² over the mean square error; k = 2, so it tends to ½")),
        "factor",
    ),
    Erratum(
        "Fixed noise, and how fast it may fall", "sharpening", "14.5.1",
        "With a fixed σ the estimate is of a blurred density; it is consistent if σ falls to 0.",
        "It is if σ falls so slowly that n σ^(d+2) grows without limit. If σ falls faster, each "
        "example becomes a point mass, and the error of the score grows with the number of "
        "examples.",
        (("S32", "exact, d = 1: slope, σ falling",
          "Slope of log error on log n, σ falls slowly (below 0: consistent)"),
         ("S32", "exact, d = 1: slope over n ≥ 1000, σ falling too fast",
          "The same, σ falls too fast")),
        "consistency",
    ),
    Erratum(
        "Score matching of an RBM is not the contractive penalty", "sharpening", "14.5.1",
        "Score matching of a Gaussian RBM gives a reconstruction error with a penalty that is "
        "similar to the contractive one.",
        "The factor of ‖W_j‖² is h_j(1 − h_j); the contractive penalty has its square. The ratio "
        "1/(h(1 − h)) is at least 4 and not constant, so no λ makes the two equal.",
        (("S26", "this penalty over ‖∂h/∂x‖²: at least 4, as h(1−h) ≤ ¼",
          "The penalty of score matching over the contractive one, on random nets"),),
        "slopes",
    ),
    Erratum(
        "Which autoencoders have an energy", "sharpening", "14.5.1",
        "A family of shallow autoencoders is named whose r(x) − x is a score.",
        "Tied weights and a linear output are sufficient and not necessary: a decoder diag(a)·Wᵀ "
        "is enough. Tied weights with a sigmoid output have no energy.",
        (("S29", "asymmetry of ∂r/∂x, tied",
          "Asymmetry of ∂r/∂x (0 if there is an energy), tied weights"),
         ("S29", "asymmetry, decoder = diag(a) · encoderᵀ", "The same, decoder diag(a)·Wᵀ"),
         ("S29", "asymmetry, tied with sigmoid output, each kind of unit",
          "The same, tied weights with a sigmoid output")),
        "energy",
    ),
    Erratum(
        "Which RBM a denoiser is", "sharpening", "14.5.1",
        "Denoising training of sigmoid units with linear outputs is training of a Gaussian RBM.",
        "It needs tied weights, and σ = 1 for the textbook machine. If 1/σ² is a whole number, the "
        "denoiser is a machine with 1/σ² copies of each hidden unit, which share their weights.",
        (("S25, copies",
          "energy of the tied denoiser = that of a machine with 1/σ² copies, relative",
          "Relative difference of the energies of the denoiser and of the machine with copies"),
         ("S25, copies",
          "control, one copy of each unit: energy of the tied denoiser = that of a machine with "
          "1/σ² copies, relative", "The same for a machine with one of each unit")),
        "copies",
    ),
    Erratum(
        "The maxima of figure 14.5", "sharpening", "14.5.1",
        "Figure 14.5 speaks of a one-dimensional manifold of local maxima.",
        "The smoothed density of the spiral has one maximum, one saddle and one minimum. The rest "
        "of the curve is a ridge, along which the score is small and not zero. A learned field "
        "has many zeros there, because a small error changes its sign.",
        (("S31, spiral", "exact score: zeros of kind maximum", "Maxima of the exact density"),
         ("S31, spiral", "σ ‖score‖ along the crest, median",
          "σ times the length of the exact score along the ridge, median"),
         ("S31, spiral", "learned field: maxima", "Maxima of the learned field")),
        "14.5",
    ),
    Erratum(
        "Small noise adds a second term", "sharpening", "14.7",
        "Alain and Bengio showed that for small Gaussian noise the denoising error is equivalent "
        "to a contractive penalty on r.",
        "This holds for the minimisers over all functions, to first order in σ². For a fixed r the "
        "added error is σ² (‖∂r/∂x‖² + E[(r − x)·∇²r]) (Bishop 1995). The second term vanishes "
        "only where r(x) = x, or if r is linear.",
        (("Erratum 2", "with the cross term, error at σ = .01 over ‖J‖²",
          "What both terms miss of the added error at σ = .01, over ‖J‖²"),
         ("Erratum 2", "without the cross term, error at σ = .01 over ‖J‖², median of the nets",
          "What the first term alone misses, median of random nets"),
         ("Erratum 2", "all functions: the minimisers' distance over ‖r − x‖ at σ = .025",
          "Distance of the two minimisers over all functions, over ‖r − x‖")),
        "small_noise",
    ),
    Erratum(
        "Where figure 14.7 crosses the identity", "sharpening", "14.7",
        "r(x) = x wherever there is a datum, and the arrows always lead to the nearest one.",
        "Only for σ well below half of the distance of neighbouring data; at half of it the "
        "crossings merge. If the data are not equally frequent, the arrows of some points lead "
        "to the farther datum.",
        (("S31, spacing", "optimal r: crossings at σ = half of the distance",
          "Crossings of the optimal r for three data, σ half of their distance"),
         ("S31, weights",
          "optimal r: share of points between two data whose arrow points to the farther one",
          "Share of arrows that lead to the farther datum, frequencies 8 to 1")),
        "spacing",
    ),
    Erratum(
        "The operator norm and the Frobenius norm", "sharpening", "14.7",
        "A contraction is defined by the operator norm; the penalty is on the Frobenius norm.",
        "The Frobenius norm is an upper bound. On digits, no encoder whose net explains half of the "
        "variance or more is a contraction at any of 40 digits; on arcs almost all points have an "
        "operator norm below 1 and a Frobenius norm above it.",
        (("S37, norms", "share of digits where the encoder is a contraction, λ = 1",
          "Share of digits where the encoder is a contraction, λ = 1"),
         ("S37, norms", "arcs: share of fresh points where the operator norm is at most 1",
          "Share of points on arcs with an operator norm of at most 1"),
         ("S37, norms", "arcs: share of fresh points where the Frobenius norm is at most 1",
          "Share of points on arcs with a Frobenius norm of at most 1")),
        "norms",
    ),
    Erratum(
        "Singular values above 1 count no dimensions", "sharpening", "14.7",
        "Most singular values fall below 1 and some stay above; the directions of the largest are "
        "read as tangents.",
        "Where the values lie depends on the unit in which the code is measured. On arcs all of "
        "them are below 1, also along the manifold, although the gap between two of them is at the "
        "manifold's dimension. Divided by the value in the middle of the gap, the same code has as "
        "many values above 1 as the manifold has dimensions.",
        (("S37, threshold",
          "arcs, d = 3, λ = 0.1: share of fresh points with d singular values above 1",
          "Share of points on arcs of 3 dimensions with 3 singular values above 1"),
         ("S37, threshold",
          "control, the code in the unit of the middle of its gap: arcs, d = 3, λ = 0.1: share of "
          "fresh points with d singular values above 1",
          "The same, the code divided by the value in the middle of the gap")),
        "spectrum",
    ),
    Erratum(
        "Contraction does not spread the codes", "erratum", "14.7",
        "Contraction saturates sigmoid units and so ensures that the codes spread through their "
        "hypercube.",
        "On generated strokes the units saturate, but more and more of them are stuck: they have "
        "the same bit for 99 % of all inputs. The summed entropy of the bits falls with λ. Weight "
        "decay with about the same ‖J‖² lowers it by a tenth only.",
        (("S51", "stuck units, contractive (share)", "Share of stuck units, λ = 0.5"),
         ("S51", "sum of the bits' entropies, contractive / plain",
          "Summed entropy of the bits over that of a plain code"),
         ("S51", "control, weight decay: sum of the bits' entropies, contractive / plain",
          "The same with weight decay")),
        "hypercube",
    ),
    Erratum(
        "The tangents are in the reconstruction, not in the code", "erratum", "14.7",
        "From limited data a contractive autoencoder gives more accurate tangents than local PCA, "
        "because different places share parameters.",
        "On few MNIST digits local PCA holds more than twice as much of the true motions as the "
        "code of a contractive autoencoder with one layer. The reconstruction knows more than the "
        "code: the left singular vectors of ∂r/∂x, the directions in which r moves, hold about as "
        "much as local PCA from 300 digits, and less from 1000 or more. Three deep denoisers "
        "together hold a tenth more than local PCA from 300 digits. The picture shows generated "
        "strokes, which are simpler: there local PCA is the best method from 300 pictures on.",
        (("S67", "1000 digits: share held by local PCA / by ∂h/∂x of the contractive code",
          "1000 digits: share of the motions held by local PCA, over that held by the code"),
         ("S67", "300 digits: share held by the deep denoiser's range / by local PCA",
          "300 digits: share held by the directions in which r moves, over local PCA's"),
         ("S67", "300 digits: share held by all together / by local PCA",
          "The same for three deep denoisers together")),
        "digit_tangents",
    ),
    Erratum(
        "Ten steps of gradient descent", "sharpening", "14.8",
        "Simple gradient descent can give reasonable codes in as few as ten steps.",
        "With steps of the usual length 1/2L along a subgradient, the criterion stays far above "
        "its minimum. With the best of 21 lengths it comes within some per cent, which may be "
        "called reasonable, but no entry is exactly zero. Proximal steps come within a "
        "ten-thousandth and give the zeros. The speed is due to γ, and not to the start at f(x).",
        (("S43", "λ = 2: above the minimum after ten proximal steps from f",
          "Above the minimum after ten proximal steps, relative"),
         ("S43", "λ = 2: the same for the best of 21 lengths",
          "After ten subgradient steps, the best of 21 lengths"),
         ("S43", "λ = 2: above the minimum after ten subgradient steps of the same length",
          "After ten subgradient steps of the usual length")),
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
        for label, what, words in one.shown:
            lines.append(f"- {words}: **{_value(label, what, tests)}** ({label.split(',')[0]})")
        lines += ["", f"![{one.title}](pictures/{one.picture}.png)", ""]
    return "\n".join(lines)
