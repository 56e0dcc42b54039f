"""The answers to the exercises of the tutorials, each computed here, and the usual wrong ones.

`python -m tests.tutorials` writes the hashes of these numbers to `tutorials/exercises.json`. The
answers are computed by plain formulas, or with the library where the exercise is about the library.
Students do not get this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Exercise:
    """An exercise: what is right, which wrong answers are usual, and a first step for the others.

    digits: how many digits count; 0 for words, whole numbers and shapes, which must be equal
    right: the answer; wrong: hint -> answer, in which None stands for any number
    """

    right: object
    again: str
    wrong: dict[str, object] = field(default_factory=dict)
    digits: int = 3


def sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def tutorial_01() -> dict[str, Exercise]:
    x, w, b, v, c = 0.6, 0.8, 0.1, 1.5, -0.9
    h = math.tanh(w * x + b)
    gh = (v * h + c - x) * v
    steep = sigmoid(20 * x + b)
    steep_gh = (v * steep + c - x) * v
    s = sigmoid(w * x + b)
    gr = math.copysign(1, v * s + c - x)
    shapes = ((5, 3), (7, 5), (3,))
    return {
        "1.1": Exercise(
            gh * (1 - h * h) * x,
            "Compute h and r anew; only the slope in the line of ga changes.",
            {
                "You kept the slope of the sigmoid, h (1 − h). The slope of tanh is 1 − h².": gh
                * h * (1 - h) * x,
                "This is ga. The derivative with respect to w has one factor more.": (
                    gh * (1 - h * h)),
                "You used the tanh's slope but the sigmoid's h and r.": (v * s + c - x)
                * v * (1 - s * s) * x,
                "You forgot the slope of the unit.": gh * x,
            },
        ),
        "1.2": Exercise(
            (steep_gh * steep * (1 - steep), steep),
            "First a = w x + b, then h, r, gr, gh, ga, as in the cells above.",
            {
                "The first number is the slope h (1 − h); ga is gh times it.": (
                    steep * (1 - steep), None),
                "The first number is gh; the slope of the unit is missing.": (steep_gh, None),
                "The first number is gw; the factor x is not in ga.": (
                    steep_gh * steep * (1 - steep) * x, None),
            },
            digits=2,
        ),
        "1.3": Exercise(
            (gr, gr * v * s * (1 - s) * x),
            "The derivative of |e| with respect to e is 1 or −1. Only the line of gr changes.",
            {
                "The derivative of |x − r| with respect to r has the other sign: r is below x.": (
                    -gr, -gr * v * s * (1 - s) * x),
                "The first number is r − x, the derivative of the squared error.": (
                    v * s + c - x, None),
                "The second number is gb; gw has the factor x.": (gr, gr * v * s * (1 - s)),
            },
        ),
        "1.4": Exercise(
            shapes,
            "The gradient gW has the shape of W, and so on.",
            {
                "gW has the shape of W, not of its transpose.": ((3, 5), (7, 5), (3,)),
                "gx has the shape of x, not of its transpose.": ((5, 3), (5, 7), (3,)),
                "gb is a sum over the rows, so it has one number for each unit.": (
                    (5, 3), (7, 5), (7, 3)),
                "b has one axis, so gb has one, too.": ((5, 3), (7, 5), (1, 3)),
            },
            digits=0,
        ),
        "1.5": Exercise(
            (1 + 0.75**2) ** -1.5,
            "Use the rule for a quotient, or write f as a (1 + a²)^(−½).",
            {
                "This is f(a), not f′(a).": 0.75 / math.sqrt(1 + 0.75**2),
                "You differentiated the numerator only.": (1 + 0.75**2) ** -0.5,
                "You differentiated the denominator only.": -(0.75**2) * (1 + 0.75**2) ** -1.5,
            },
        ),
        "1.6": Exercise(
            784 * 32 + 32 + 32 * 784 + 784,
            "Count the entries of W, b, V and c.",
            {
                "You left the biases out.": 2 * 784 * 32,
                "This counts one matrix only: V is a second one, of the same size.": (
                    784 * 32 + 32 + 784),
                "You counted the hidden biases only; c has one number for each pixel.": (
                    2 * 784 * 32 + 32),
            },
            digits=0,
        ),
    }  # fmt: skip


def tutorial_02() -> dict[str, Exercise]:
    x, w = (1.0, 2.0), (0.5, 0.25)
    h = x[0] * w[0] + x[1] * w[1]
    e = [h * w[j] - x[j] for j in range(2)]
    gh = sum(e[j] * w[j] for j in range(2))
    encoder, decoder = [gh * x[j] for j in range(2)], [e[j] * h for j in range(2)]
    variances = 2 * 2**2 / 4, 2 * 1**2 / 4
    turn = math.sin(math.radians(30)) ** 2
    return {
        "2.1": Exercise(
            (0.5, 2.0),
            "gW = xᵀ E Vᵀ and gV = hᵀ E. E does not change; what happens to V and to h?",
            {
                "You exchanged the two: gW contains V, and gV contains h.": (2.0, 0.5),
                "E is the same, but gW contains V and gV contains h, which do change.": (1.0, 1.0),
            },
        ),
        "2.2": Exercise(
            (encoder[0] + decoder[0], encoder[1] + decoder[1]),
            "w is used twice. Compute h, r, e = r − x, then both parts of the gradient.",
            {
                "This is the encoder's part, (e·w) x. w is used in the decoder, too.": encoder,
                "This is the decoder's part, h e. w is used in the encoder, too.": decoder,
            },
        ),
        "2.3": Exercise(
            0.5 * variances[1],
            "Which axis is dropped, and what is the variance along it?",
            {
                "L has the factor ½.": variances[1],
                "This is half the variance that is kept; the other one is lost.": (
                    0.5 * variances[0]),
            },
        ),
        "2.4": Exercise(
            -0.5 * (3 - 1) * turn,
            "Insert into −½ (λ′ − λ) sin² t.",
            {
                "The factor ½ is missing, or sin t is not squared.": -(3 - 1) * turn,
                "sin 30° is one half; you used the cosine.": -0.5 * (3 - 1) * 0.75,
                "It was turned towards the larger λ, so L becomes smaller.": 0.25,
            },
        ),
        "2.5": Exercise(
            4,
            "Go through the line of gradients at the start of section 5, with h = 0 and V = 0.",
            {
                "gc is the sum of E, and c is the mean of the data.": 3,
                "gV = hᵀ E, and h is 0. gW = xᵀ E Vᵀ, and V is 0. What about the biases?": 2,
            },
            digits=0,
        ),
    }  # fmt: skip


def tutorial_03() -> dict[str, Exercise]:
    r = [1 / 8, 2 / 8, 5 / 8]
    s = sigmoid(-7)
    return {
        "3.1": Exercise(
            math.log1p(math.exp(-3000)) + 3000,
            "e^a is 0 to all digits, so softplus(a) = log(1 + e^a) is 0. What is left?",
            {
                "softplus(a) is 0, but −x a is not.": 0.0,
                "x a is negative here, and it is subtracted.": -3000.0,
                "softplus(a) is near a for large positive a; for large negative a it is near 0.": (
                    6000.0),
            },
        ),
        "3.2": Exercise(
            0.9 - 0.2,
            "The derivative with respect to σ is −(x − μ)²/σ³ + 1/σ. Where is it zero?",
            {
                "This is the variance σ², not σ.": (0.9 - 0.2) ** 2,
                "A smaller σ makes the density higher only as long as x is inside the bell.": 0.0,
                "This is x; the error is x − μ.": 0.9,
            },
        ),
        "3.3": Exercise(
            (r[0], r[1] - 1, r[2]),
            "The gradient is r − x. Compute the softmax of a, and write x as a row with one 1.",
            {
                "This is r, the probabilities. Subtract x.": tuple(r),
                "This is x − r.": (-r[0], 1 - r[1], -r[2]),
                "The other classes have a gradient, too: r − x is r there.": (0.0, r[1] - 1, 0.0),
            },
        ),
        "3.4": Exercise(
            s * (1 - s),
            "Compute r = σ(a), then r (1 − r).",
            {
                "This is the whole gradient. How many times r − x is it?": (s - 1) * s * (1 - s),
                "This is the largest slope of a sigmoid; here a is far from 0.": 0.25,
                "This is r − x itself.": s - 1,
            },
            digits=2,
        ),
        "3.5": Exercise(
            2.0 - 5.0,
            "−log p(x) = m − x log m + log x!. Insert m = e^a and differentiate.",
            {
                "The mean is e^a, and not a.": math.log(2) - 5,
                "This is x − mean.": 5.0 - 2.0,
                "This is the derivative with respect to m. Multiply it by dm/da = m.": 1 - 5 / 2,
            },
        ),
        "3.6": Exercise(
            (0.0, 0.6),
            "x is √u or −√u, each with probability ½. What is the mean of x, and what of x²?",
            {
                "The mean lies between the two values.": (0.6, None),
                "The second number is the variance; take its root.": (0.0, 0.36),
            },
        ),
    }  # fmt: skip


def tutorial_04() -> dict[str, Exercise]:
    rho, mean, n = 0.1, 0.2, 10
    kl = (1 - rho) / (1 - mean) - rho / mean
    h, lam = np.array([3.0, 4.0]), 0.5
    return {
        "4.1": Exercise(
            tuple(max(0.0, (2 * x - 0.5) / 2**2) for x in (0.2, 1.0)),
            "For h > 0 the derivative −v (x − v h) + λ is zero at the minimum. Can that h be "
            "negative?",
            {
                "h must not be negative.": tuple((2 * x - 0.5) / 2**2 for x in (0.2, 1.0)),
                "Divide by v²: the derivative of ½ (x − v h)² contains v twice.": tuple(
                    max(0.0, 2 * x - 0.5) for x in (0.2, 1.0)),
                "Divide by v² and not by v.": tuple(
                    max(0.0, (2 * x - 0.5) / 2) for x in (0.2, 1.0)),
                "This is h without the penalty.": (0.1, 0.5),
            },
        ),
        "4.2": Exercise(
            (1.0, 0.7),
            "The slope is 2 λ h / (1 + h²). Set its derivative with respect to h to zero.",
            {
                "The place is right, but what is the denominator there?": (1.0, 1.4),
                "The place is right, but the slope is in units of λ.": (1.0, 1.0),
                "This would be the slope of L1, at every h.": (0.0, 0.7),
            },
        ),
        "4.3": Exercise(
            kl / n,
            "Insert into λ/n [(1−ρ)/(1−ρ̂) − ρ/ρ̂].",
            {
                "The factor 1/n is missing: ρ̂ is a mean over n examples.": kl,
                "You exchanged ρ and ρ̂.": ((1 - mean) / (1 - rho) - mean / rho) / n,
                "The two terms have different signs.": ((1 - rho) / (1 - mean) + rho / mean) / n,
            },
        ),
        "4.4": Exercise(
            tuple(lam * h / np.linalg.norm(h)),
            "‖h‖ is the root of a sum of squares. Its derivative has ‖h‖ in a denominator.",
            {
                "This is the gradient of L1.": (lam, lam),
                "This is λ h, the gradient of ½ λ ‖h‖²: the norm is not squared here.": tuple(
                    lam * h),
                "This is 2 λ h, the gradient of λ ‖h‖²: the norm is not squared here.": tuple(
                    2 * lam * h),
                "The factor λ is missing.": tuple(h / np.linalg.norm(h)),
            },
        ),
        "4.5": Exercise(
            (0.1, 0.01),
            "h is divided by 10. For small h, log(1 + h²) is about h².",
            {
                "For small h, Student-t grows with the square of h.": (0.1, 0.1),
                "You took the square for L1, too.": (0.01, 0.01),
                "h becomes smaller, not larger: only V grows.": (10.0, 100.0),
            },
            digits=2,
        ),
    }  # fmt: skip


def tutorial_05() -> dict[str, Exercise]:
    x, w, b, lam = 0.6, 1.5, 0.4, 0.5
    h = math.tanh(w * x + b)
    s = 1 - h * h
    gj = 2 * lam * s * w
    direct, ga = gj * s, gj * w * (-2 * h * s)
    wrong_ga = gj * w * s * (1 - 2 * h)
    probes = [(p + q) ** 2 for p in (-1, 1) for q in (-1, 1)]
    unit = sigmoid(2 * 1.5 - 2 + 0.5)
    slope = unit * (1 - unit)
    direct_part, gs = 2 * lam * slope**2 * 2, 2 * lam * slope * (2**2 + 1**2)
    bent = gs * slope * (1 - 2 * unit)
    return {
        "5.1": Exercise(
            0.9 * 0.1 * (1 - 2 * 0.9),
            "Insert into h (1 − h)(1 − 2h).",
            {
                "This is the slope f′ = h (1 − h).": 0.9 * 0.1,
                "This is the factor 1 − 2h; the slope is missing.": 1 - 2 * 0.9,
            },
        ),
        "5.2": Exercise(
            (direct, direct + ga * x, ga),
            "s = 1 − h², so ds/da = −2 h dh/da = −2 h s. Only s and f″ change.",
            {
                "f″ is that of the sigmoid; the slope of tanh has another derivative.": (
                    direct, direct + wrong_ga * x, wrong_ga),
                "ds/da has the factor dh/da: it is −2 h s.": (
                    direct, direct + gj * w * (-2 * h) * x, gj * w * (-2 * h)),
                "This is gw without f″.": (direct, direct, None),
                "The derivative of 1 − h² has a minus sign.": (direct, direct - ga * x, -ga),
            },
        ),
        "5.3": Exercise(
            0.25**2 * (3**2 + 4**2),
            "J = s w with the slope s = h (1 − h). What is the sum of the squares of its entries?",
            {
                "The slope must be squared, too.": 0.25 * 25,
                "This is ‖J‖, not its square.": 0.25 * 5,
                "This is h ‖w‖; the slope is h (1 − h), and the result is a square.": 0.5 * 5,
            },
        ),
        "5.4": Exercise(
            (direct_part, gs, bent, 1.5 * bent),
            "a = 2 · 1.5 − 2 + ½. Here c = λ, since n = 1, and ‖W‖² = 2² + 1².",
            {
                "The first number has a factor 2: J² has the derivative 2 J.": (
                    direct_part / 2, None, None, None),
                "The third number is gs times the slope; it needs f″ = h (1 − h)(1 − 2h).": (
                    direct_part, gs, gs * slope, 1.5 * gs * slope),
                "gs contains ‖W‖², not the first weight alone.": (
                    direct_part, gs * 4 / 5, bent * 4 / 5, 1.5 * bent * 4 / 5),
                "The last number is x₁ times the third, as in any layer.": (
                    direct_part, gs, bent, bent),
                "f″ is negative where h > ½.": (direct_part, gs, -bent, -1.5 * bent),
            },
        ),
        "5.5": Exercise(
            (100, 3),
            "The exact sum needs one tangent for each column of J. How many columns has J?",
            {
                "J has one row for each code unit, but tangents give columns.": (
                    10, 3),
                "The size of the hidden layer does not matter.": (50, 3),
                "With probes, the number of inputs does not matter.": (100, 300),
            },
            digits=0,
        ),
        "5.6": Exercise(
            (float(max(probes)), sum(probes) / 4),
            "Compute J v for (1, 1), (1, −1), (−1, 1) and (−1, −1), and square.",
            {
                "The first number is J v, not its square.": (2.0, None),
                "The mean is right if it is ‖J‖² = 1² + 1².": (4.0, 1.0),
                "Two of the four values are 0.": (4.0, 4.0),
            },
        ),
    }  # fmt: skip


def tutorial_06() -> dict[str, Exercise]:
    kl = 0.5 * (1 + math.exp(-2) + 2 - 1)
    slopes = [3 * z**2 for z in (0, 1)]
    ratio = (0.8 / 0.2) / (0.2 / 0.8)
    return {
        "6.1": Exercise(
            kl,
            "σ² = e^s. Insert into ½ (μ² + σ² − s − 1).",
            {
                "σ² is e^s, and not s².": 0.5 * (1 + 4 + 2 - 1),
                "s is negative, so −s is positive.": 0.5 * (1 + math.exp(-2) - 2 - 1),
                "s is the logarithm of the variance, not of the standard deviation.": (
                    0.5 * (1 + math.exp(-4) + 2 - 1)),
            },
        ),
        "6.2": Exercise(
            (0.0, 0.5 * 0.6**2 / 9),
            "With v = 1/w the first term is 0. What happens to the second if w grows?",
            {
                "w is not limited, so the noise can be made as small as one likes.": (
                    0.5 * 0.6**2, None),
                "The second number has the square of v = 1/w.": (0.0, 0.5 * 0.6**2 / 3),
                "The noise has the variance σ², and v multiplies it.": (0.0, 0.5 * 0.6 / 9),
            },
        ),
        "6.3": Exercise(
            0.5 * (3**2 + 1 - 0 - 1),
            "After the change of scale μ = 3 and σ = 1, so s = 0.",
            {
                "This is ½ μ with μ = 3; the formula has the square.": 1.5,
                "The factor ½ is missing.": 9.0,
                "For σ = 1 the terms σ² and −1 cancel.": 5.0,
            },
        ),
        "6.4": Exercise(
            (0.25, 0.25 * sum(slopes) / 2),
            "The mean cost is p c(1) + (1 − p) c(0), and dp/du = p (1 − p).",
            {
                "They differ: the slope of z³ is 0 at 0 and 3 at 1.": (0.25, 0.25),
                "The estimate takes the slope at the bit z, not at p.": (
                    0.25, 0.25 * 3 * 0.5**2),
                "The factor p (1 − p) is missing.": (1.0, 1.5),
            },
        ),
        "6.5": Exercise(
            2.0 - 2.5,
            "The ELBO is minus the cost of the reconstruction, minus the KL divergence.",
            {
                "The KL divergence is subtracted, and it grows.": 2.0,
                "You added the KL divergence; it is subtracted.": 4.5,
            },
        ),
        "6.6": Exercise(
            (ratio, 1 / ratio),
            "Insert the four probabilities, such as p(h=1 | x=1) and p(h=0 | x=1), into the ratio.",
            {
                "These are odds for one x; the ratio divides those of x = 1 by those of x = 0.": (
                    4.0, 0.25),
                "The decoder inverts, so its ratio is the other way round.": (ratio, ratio),
            },
        ),
    }  # fmt: skip


def tutorial_07() -> dict[str, Exercise]:
    x_tilde, sigma = 0.5, 0.5
    mass = {x: math.exp(-((x_tilde - x) ** 2) / (2 * sigma**2)) for x in (-1, 0, 1)}
    best = sum(x * m for x, m in mass.items()) / sum(mass.values())
    score = (best - x_tilde) / sigma**2
    near_one = (1 - math.tanh(1 / sigma**2) ** 2) / sigma**2
    return {
        "7.1": Exercise(
            (1 / sigma**2, near_one),
            "Insert r* = tanh(x̃/σ²) into (1 − r*²)/σ².",
            {
                "The slope has σ² in the denominator, and so has the argument of tanh.": (
                    1 / sigma, (1 - math.tanh(1 / sigma) ** 2) / sigma),
                "The factor 1/σ² is missing: tanh(x̃/σ²) has an inner derivative.": (
                    1.0, 1 - math.tanh(1 / sigma**2) ** 2),
                "This is r* at 1 in the second place, not its slope.": (
                    1 / sigma**2, math.tanh(1 / sigma**2)),
            },
        ),
        "7.2": Exercise(
            2.0,
            "r* = 2 tanh(2 x̃/σ²). 0 is a maximum if the slope there is below 1.",
            {
                "This is the value for x = ±1.": 1.0,
                "This is σ², not σ.": 4.0,
                "The factor 2 occurs twice: in front of tanh and in its argument.": math.sqrt(2),
            },
        ),
        "7.3": Exercise(
            (best, score),
            "Weight each datum by exp(−(x̃ − x)²/(2σ²)), and divide by the sum of the weights.",
            {
                "The score has σ² in the denominator, not σ.": (best, (best - x_tilde) / sigma),
                "The second number is the arrow r* − x̃; divide it by σ².": (
                    best, best - x_tilde),
                "The score points from x̃ to r*.": (best, -score),
                "The datum −1 is far away, but it has a weight.": (0.5, 0.0),
            },
        ),
        "7.4": Exercise(
            (1 / 1.25, 1 / 1.25 * 0.25),
            "p_σ is N(0, 1 + σ²). Its score is −x̃/(1 + σ²), and r* = x̃ + σ² · score.",
            {
                "The variances add, not the standard deviations.": (1 / 1.5, None),
                "The second number is σ². The denoiser does better than x̃ itself.": (0.8, 0.25),
                "This is the share of the noise, 1 − slope, in the first place.": (0.2, None),
            },
        ),
        "7.5": Exercise(
            (1, 9),
            "In how many directions does noise lead to another possible point of the data?",
            {
                "You exchanged the two: the noise across the curve is removed by the arrow.": (
                    9, 1),
                "The squared arrow and the error add up to all of the noise, dσ².": (1, 10),
                "Nothing can be removed only if the data fill the space.": (10, 0),
            },
            digits=0,
        ),
    }  # fmt: skip


def tutorial_08() -> dict[str, Exercise]:
    eta = 0.5

    def log_q(y: float, x: float) -> float:
        return -((y - x - eta * -x) ** 2) / (4 * eta)

    gain = -0.5
    log_ratio = gain + log_q(0, 1) - log_q(1, 0)
    p0, p1, flip = 0.25, 0.75, 0.2
    repaired = p1 * flip / (p0 * (1 - flip) + p1 * flip)
    return {
        "8.1": Exercise(
            1 / (1 - 0.6 / 2),
            "Solve v = (1 − η)² v + 2η for v, or insert into the formula above.",
            {
                "This is the variance for η -> 0.": 1.0,
                "η is divided by 2 in the formula.": 1 / (1 - 0.6),
                "The sign of η/2 is wrong: finite steps make the variance larger.": 1 / (1 + 0.3),
            },
        ),
        "8.2": Exercise(
            1.5,
            "Write κη under the root: v′ = (1 − η)² v + κη. What is v for small η?",
            {
                "This is the standard deviation.": math.sqrt(1.5),
                "For κ = 2 the variance is 1.": 3.0,
                "For κ = 2 the variance is 1, and it grows with κ.": 2 / 3,
            },
        ),
        "8.3": Exercise(
            min(1.0, math.exp(log_ratio)),
            "You need p(1)/p(0) = e^−½ and both q(1 | 0) and q(0 | 1). q has the variance 2η.",
            {
                "This is p(y)/p(x); the ratio of the two q is missing.": math.exp(gain),
                "The ratio of the two q is upside down.": math.exp(
                    gain - log_q(0, 1) + log_q(1, 0)),
                "This is the ratio of the two q; p(y)/p(x) is missing. A is at most 1.": math.exp(
                    log_q(0, 1) - log_q(1, 0)),
            },
        ),
        "8.4": Exercise(
            repaired,
            "Use the rule of Bayes: p(x = 1 | x̃ = 0) = p(1) C(0 | 1) / p(x̃ = 0).",
            {
                "This denoiser forgets that 1 is more frequent than 0.": flip,
                "This is p(1) C(0 | 1); divide it by the probability of seeing 0.": p1 * flip,
                "This is the probability that it was 0.": 1 - repaired,
            },
        ),
        "8.5": Exercise(
            (2 * 0.25 * 2, 1 * 0.25 * 1),
            "∂r_i/∂x_k = W_k φ′(u) V_i, and φ′(0) = ¼.",
            {
                "You exchanged the two: x_k meets the encoder, r_i the decoder.": (0.25, 1.0),
                "The slope of the sigmoid at 0 is ¼.": (4.0, 1.0),
                "They would be equal only if V were a multiple of W.": (1.0, 1.0),
            },
        ),
    }  # fmt: skip


def tutorial_09() -> dict[str, Exercise]:
    b, c, w = 0.2, -0.4, 0.9
    z = 1 + math.exp(c) + math.exp(b) + math.exp(b + c + w)
    p1 = (math.exp(b) + math.exp(b + c + w)) / z
    free = -b - math.log(1 + math.exp(c + w))
    data = -sigmoid(c + w)
    # A round of Gibbs sampling: W = ((1, -1), (0.5, 2)), x = (1, 0), h = (1, 0), x⁻ = (0, 1).
    data_code = sigmoid(1.0), sigmoid(-1 - 0.5)
    means = sigmoid(1 - 0.5), sigmoid(0.5 + 0.2)
    assert data_code[0] > 0.6 and data_code[1] < 0.3 and means[0] < 0.7 and means[1] > 0.4
    other_code = sigmoid(0.5), sigmoid(2 - 0.5)
    return {
        "9.1": Exercise(
            (z, p1, free),
            "Z is the sum of exp(b x + c h + w x h) over four states. Two of them have x = 1.",
            {
                "The state x = 0, h = 0 has the energy 0 and contributes 1 to Z.": (
                    z - 1, None, None),
                "The last number is the energy E(1, 1); F(1) sums over h.": (
                    z, p1, -(b + c + w)),
                "F(1) is minus the logarithm of the two terms with x = 1.": (z, p1, -free),
                "p(x = 1) has two terms: h = 0 and h = 1.": (z, math.exp(b + c + w) / z, None),
            },
        ),
        "9.2": Exercise(
            (math.exp(1.5), math.exp(0.5)),
            "The odds of h = 1 are exp(c + w x). Divide those for x = 1 by those for x = 0.",
            {
                "These are the logarithms of the odds ratios.": (1.5, 0.5),
                "These are sigmoids, that is probabilities; odds are p/(1 − p).": (
                    sigmoid(1.5), sigmoid(0.5)),
            },
        ),
        "9.3": Exercise(
            (data, p1 * data),
            "∂F/∂w = −x σ(c + w x). For x = 0 it is 0.",
            {
                "∂F/∂w has a minus sign, in both halves.": (-data, -p1 * data),
                "E_model is a mean over x, and x = 1 has the probability p(x = 1).": (data, data),
                "This is the gradient; E_model is only the part that is subtracted.": (
                    data, data - p1 * data),
            },
        ),
        "9.4": Exercise(
            2**10,
            "A sum over all states of k units has 2^k terms.",
            {
                "This is the sum over x. The energy is symmetric in x and h.": 2**20,
                "One of the two sums is in closed form; not all states need be visited.": 2**30,
                "Each unit has two states, and they combine.": 20,
            },
            digits=0,
        ),
        "9.5": Exercise(
            (0.0, 1.0, -data_code[0], other_code[1]),
            "h is (1, 0), since σ(1) > 0.6 and σ(−1.5) < 0.3. x⁻ is drawn from σ(h Wᵀ + b).",
            {
                "x⁻ is 1 where the random number is less than the probability.": (
                    1.0, 0.0, None, None),
                "These are the probabilities of x⁻; it is drawn, so it is 0 or 1.": (
                    means[0], means[1], None, None),
                "gW is −xᵀ p⁺ + x⁻ᵀ p⁻: the datum has the minus sign.": (
                    0.0, 1.0, data_code[0], -other_code[1]),
                "The probabilities of h are used in gW, not the drawn h.": (0.0, 1.0, -1.0, 0.0),
                "In the second half, p⁻ is computed from x⁻, not from x.": (
                    0.0, 1.0, -data_code[0], data_code[1]),
            },
        ),
    }  # fmt: skip


def tutorial_10() -> dict[str, Exercise]:
    x, w, b, v, c, lam = 0.9, 0.8, 0.1, 0.7, -0.9, 0.5
    h1 = sigmoid(w * x + b)
    r = sigmoid(v * h1 + c)
    v2 = lam * x + (1 - lam) * r
    again = sigmoid(w * v2 + b)
    h3 = lam * h1 + (1 - lam) * again
    dv = h1 * (x - v2)
    return {
        "10.1": Exercise(
            (v2, h3, dv, v2 * (h1 - h3)),
            "Go through the four times one after the other, with λ = 0.5 at times 2 and 3.",
            {
                "The sender of Δw is the visible unit at time 2, v₂, and not x.": (
                    v2, h3, dv, x * (h1 - h3)),
                "h₃ keeps half of h₁.": (v2, again, dv, v2 * (h1 - again)),
                "The first number is r; v₂ keeps half of x.": (r, None, None, None),
            },
        ),
        "10.2": Exercise(
            1 / 3,
            "ΔW contains δ W, and the gradient contains δ Vᵀ.",
            {
                "V is larger, so the gradient is larger and the ratio smaller.": 3.0,
                "This is the value for V = Wᵀ.": 1.0,
            },
        ),
        "10.3": Exercise(
            (0.1 / 0.25, (0.1 / 0.25) ** 2),
            "ΔV has one factor η = 1 − λ, ΔW has two.",
            {
                "ΔW has the square of η: one from v₂, one from h₃.": (0.4, 0.4),
                "The factor is that of 1 − λ, not of λ.": (0.9 / 0.75, (0.9 / 0.75) ** 2),
                "1 − λ becomes smaller.": (2.5, 6.25),
            },
        ),
        "10.4": Exercise(
            (0.0, 8.0),
            "Compute h₁ = x W, r = h₁ V, and then v₂ W for any λ.",
            {
                "Compare r with x, entry by entry.": (0.0, 0.0),
                "The loss has the factor ½.": (0.0, 16.0),
                "v₂ W depends on the first entry of v₂ only, and r and x agree in it.": (
                    2.0, 8.0),
            },
        ),
    }  # fmt: skip


def tutorial_11() -> dict[str, Exercise]:
    atoms = np.array([[1.0, 0.0], [0.6, 0.8]])
    gram = atoms @ atoms.T
    c = atoms @ np.array([1.0, 0.5])
    best = np.linalg.solve(gram, c - 0.5 / 2)
    u = atoms @ np.array([1.0, 0.1]) / 1.6
    step = np.maximum(u - 0.3 / (2 * 1.6), 0)

    d, x, lam = np.array([1.0, 0.0]), np.array([1.0, 0.5]), 0.5
    rest = x - 0.5 * d
    price = rest @ rest + lam * 0.5
    dual = rest * min(1.0, lam / (2 * abs(rest @ d)))
    gap = price - (2 * dual @ x - dual @ dual)
    rest_gap = price - (2 * rest @ x - rest @ rest)

    atom = np.array([0.6, 0.8])
    g = 2 * 1.5 * (1.5 * atom - x)
    along = (g @ atom) * atom
    return {
        "11.1": Exercise(
            tuple(best),
            "Set 2 (h A − c) + λ = 0, with A = ((1, .6), (.6, 1)). c has two equal entries here.",
            {
                "Half of λ is subtracted from c, because the slope has a factor 2.": tuple(
                    np.linalg.solve(gram, c - 0.5)),
                "You looked at each atom alone; the other one explains a part.": tuple(c - 0.25),
                "This is the code without the penalty.": tuple(np.linalg.solve(gram, c)),
            },
        ),
        "11.2": Exercise(
            tuple(step),
            "From h = 0 one has u = c/L, with L = 1.6. Then comes the soft threshold.",
            {
                "The threshold is λ/(2L).": tuple(np.maximum(u - 0.3 / 1.6, 0)),
                "This is u; the soft threshold is missing.": tuple(u),
                "The threshold is divided by L, too.": tuple(np.maximum(u - 0.15, 0)),
            },
        ),
        "11.3": Exercise(
            (price, gap),
            "The residual is x − h D. Shorten it until |2 u·D| = λ, and insert it into the bound.",
            {
                "The second number is the bound; the gap is E minus the bound.": (
                    price, price - gap),
                "The residual must be multiplied by a factor first, so that |2 u·D| ≤ λ.": (
                    price, rest_gap),
                "E has the penalty λ |h|, too.": (float(rest @ rest), None),
            },
        ),
        "11.4": Exercise(
            2 * float(max(abs(c))),
            "h_j stays 0 as long as λ is at least as large as the slope of the error along h_j.",
            {
                "The derivative of the square has a factor 2.": float(max(abs(c))),
                "Only the largest of the products counts.": float(2 * abs(c).sum()),
            },
        ),
        "11.5": Exercise(
            (*g, *(g - along)),
            "Insert into 2 h (h D − x). The part along D is (∂E/∂D · D) D.",
            {
                "The factor h is missing in ∂E/∂D.": (*(g / 1.5), *((g - along) / 1.5)),
                "The last two numbers are the part along the atom.": (*g, *along),
                "Nothing was removed.": (*g, *g),
                "All signs are wrong: the gradient has h D − x.": (*-g, *(along - g)),
            },
        ),
    }  # fmt: skip


def tutorial_12() -> dict[str, Exercise]:
    def angle(f1: float, f2: float) -> float:
        p, q, r = f1**2 + f2**2, f2**2, f2**2  # of w_1 = (1, 0) and w_2 = (1, 1)
        return math.degrees(0.5 * math.atan2(2 * q, p - r))

    return {
        "12.1": Exercise(
            angle(1, 0.5),
            "Add f′(a_1)² w_1 w_1ᵀ and f′(a_2)² w_2 w_2ᵀ, and insert into ½ atan2(2q, p − r).",
            {
                "The slopes are squared in Jᵀ J.": angle(1, math.sqrt(0.5)),
                "The tangent is no weighted sum of the two vectors.": math.degrees(
                    math.atan2(0.5, 1.5)),
                "The angle has the factor ½.": 2 * angle(1, 0.5),
                "This is in radians.": math.radians(angle(1, 0.5)),
            },
        ),
        "12.2": Exercise(
            (math.degrees(math.atan2(4, 3)), 5.0),
            "J = f′(a) wᵀ has one row. Its singular value is its length.",
            {
                "The slope of tanh at 0 is 1; ¼ is that of the sigmoid.": (None, 1.25),
                "The angle is measured from the first axis.": (
                    math.degrees(math.atan2(3, 4)), None),
                "This is σ_1².": (None, 25.0),
            },
        ),
        "12.3": Exercise(
            (256 * 784, 256 * 256),
            "J has a row for each unit and a column for each pixel. What shape has WᵀW?",
            {
                "WᵀW has the size of the code; WWᵀ has that of the input.": (256 * 784, 784 * 784),
                "You exchanged the two.": (256 * 256, 256 * 784),
            },
            digits=0,
        ),
        "12.4": Exercise(
            (3.0, 16.0, 0.0, -24.0),
            "w F is the point of the line nearest to Δ. Then gF = 2 w (w F − Δ).",
            {
                "gF has the factor w.": (3.0, 16.0, 0.0, -8.0),
                "The gradient of a square has the factor 2.": (3.0, 16.0, 0.0, -12.0),
                "L is the squared distance.": (3.0, 4.0, None, None),
                "w F is the projection of Δ on F; its length is not that of Δ.": (
                    5.0, None, None, None),
            },
        ),
    }  # fmt: skip


def tutorial_13() -> dict[str, Exercise]:
    def eigenvalues(distances: np.ndarray) -> np.ndarray:
        d2 = distances**2
        b = -0.5 * (d2 - d2.mean(axis=0) - d2.mean(axis=1)[:, None] + d2.mean())
        values = np.linalg.eigvalsh(b)[::-1]
        return np.where(abs(values) < 1e-12, 0.0, values)

    i = np.arange(4.0)
    path = eigenvalues(abs(i[:, None] - i))
    root = math.sqrt(2)
    corner = eigenvalues(np.array([[0, 1, root], [1, 0, 1], [root, 1, 0]]))
    return {
        "13.1": Exercise(
            tuple(path),
            "B is y yᵀ, where y are coordinates on a line with mean 0. What is its eigenvalue?",
            {
                "The coordinates must have the mean 0.": (14.0, 0.0, 0.0, 0.0),
                "B has one eigenvalue that is not 0, because the path is straight.": (
                    path[0] / 2, path[0] / 2, 0.0, 0.0),
                "The eigenvalue of y yᵀ is ‖y‖², not ‖y‖.": (math.sqrt(path[0]), 0.0, 0.0, 0.0),
            },
        ),
        "13.2": Exercise(
            tuple(corner),
            "B is Y Yᵀ for the true coordinates, after their mean is subtracted. Compute YᵀY.",
            {
                "These are the eigenvalues for the path length 2.": (2.0, 0.0, 0.0),
                "The mean of the three points must be subtracted.": (2.618, 0.382, 0.0),
                "Two coordinates are needed, but they do not have the same size.": (1.0, 1.0, 0.0),
            },
            digits=2,
        ),
        "13.3": Exercise(
            (0.0, 0.5 * 2**2),
            "At the minimum B = y yᵀ. At y = 0, E is half the sum of the squares of all B_ij.",
            {
                "The factor ½ is missing.": (0.0, 4.0),
                "One coordinate is enough here, so nothing is left at the minimum.": (2.0, 2.0),
            },
        ),
        "13.4": Exercise(
            (8 * 1000, 1000**2),
            "Each point chooses 8 others. D has one entry for each pair (i, j), in both orders.",
            {
                "Count an edge for each end that chose it.": (4000, 1000**2),
                "D is a full table of 1000 rows and 1000 columns.": (8000, 8000),
                "D as a table has both orders and the diagonal.": (8000, 1000 * 999 // 2),
            },
            digits=0,
        ),
    }  # fmt: skip


def tutorial_14() -> dict[str, Exercise]:
    def log_p(along: float, across: float, a: float = 0.09, s: float = 0.01) -> float:
        quadratic = along**2 / a + across**2 / s
        return -0.5 * (2 * math.log(2 * math.pi) + math.log(a) + math.log(s) + quadratic)

    peak = 1 / (math.sqrt(2 * math.pi) * 0.01)
    return {
        "14.1": Exercise(
            (log_p(0.3, 0), log_p(0, 0.3)),
            "Insert t = 0.3 and ‖g‖² = 0.09, then t = 0, into the two formulas of this section.",
            {
                "You exchanged the two: a is the variance along v.": (
                    log_p(0, 0.3), log_p(0.3, 0)),
                "a and s are variances, not standard deviations.": (
                    log_p(0.3, 0, 0.09**2, 0.01**2), log_p(0, 0.3, 0.09**2, 0.01**2)),
                "The constant d log 2π is missing.": (
                    log_p(0.3, 0) + math.log(2 * math.pi), log_p(0, 0.3) + math.log(2 * math.pi)),
            },
        ),
        "14.2": Exercise(
            (-1 / 0.25, -0.1 / 0.01),
            "u = C⁻¹ z, and ∂L/∂μ = −u.",
            {
                "This is u. The derivative has a minus sign: z = y − x − μ.": (4.0, 10.0),
                "u is C⁻¹ z, and not C z.": (-0.25, -0.001),
                "C holds variances; do not take their roots.": (-2.0, -1.0),
            },
        ),
        "14.3": Exercise(
            (5 * 784, 5 * 5),
            "A has r rows of d numbers. M = s I + A Aᵀ.",
            {
                "M is r × r. The matrix that is not needed is C, d × d.": (5 * 784, 784 * 784),
                "M is a matrix: it has r² entries.": (5 * 784, 5),
            },
            digits=0,
        ),
        "14.4": Exercise(
            0.5 * peak,
            "The density is the mean of two Gaussians. How large is each of them at 0?",
            {
                "The density is the mean of the two windows.": peak,
                "This is the logarithm of the density.": math.log(0.5 * peak),
                "The Gaussian is normalised: it has the factor 1/(σ √(2π)).": 0.5,
            },
        ),
        "14.5": Exercise(
            1.0,
            "Each log density is −log σ − 1/(2σ²) + const. Differentiate it with respect to σ.",
            {
                "This is half the distance; the best σ is the distance itself.": 0.5,
                "The smaller σ is, the smaller is the density at the other point.": 0.0,
                "The derivative is −1/σ + 1/σ³.": math.sqrt(0.5),
            },
        ),
    }  # fmt: skip


def tutorial_15() -> dict[str, Exercise]:
    products = 5 * 784 * 256 * 100
    return {
        "15.1": Exercise(
            products,
            "Count the multiplications of the five matrix products, as for 2-64-2.",
            {
                "There are five products: two forwards and three backwards.": 2 * 784 * 256 * 100,
                "This is one product; there are five.": 784 * 256 * 100,
                "This is for one row; there are 100.": 5 * 784 * 256,
                "x̃ needs no derivative, so there are five products and not six.": (
                    6 * 784 * 256 * 100),
            },
            digits=0,
        ),
        "15.2": Exercise(
            (-0.01, -0.01),
            "At t = 1, m/(1 − β₁) = g and v/(1 − β₂) = g². What is g / √(g²)?",
            {
                "This would be plain gradient descent.": (-0.01 * 0.3, -0.01 * 0.0003),
                "The correction by 1 − β₁ᵗ and 1 − β₂ᵗ is missing.": (
                    -0.01 * 0.1 / math.sqrt(0.001), -0.01 * 0.1 / math.sqrt(0.001)),
                "The step goes downhill: θ becomes smaller where g is positive.": (0.01, 0.01),
            },
        ),
        "15.3": Exercise(
            4 * 13,
            "Count the lines of `adam_in_place` that call NumPy, and the arrays it is called for.",
            {
                "This is for one array; W, b, V and c are four.": 13,
                "Adam updates each array once in a step, also the biases.": 2 * 13,
            },
            digits=0,
        ),
        "15.4": Exercise(
            ((3, 64), (3, 100), (65, 2)),
            "One example in each column: [x̃; 1] has a row for each input, and one of ones.",
            {
                "An example is a column now.": ((3, 64), (100, 3), (65, 2)),
                "c is a row of V's matrix, so [V; c] has one row more than V.": (
                    (3, 64), (3, 100), (64, 2)),
                "W has a row for each input.": ((64, 3), (3, 100), (65, 2)),
            },
            digits=0,
        ),
    }  # fmt: skip


def tutorial_16() -> dict[str, Exercise]:
    sizes = (196, 64, 32, 16, 6)
    half = sum(a * b for a, b in zip(sizes, sizes[1:], strict=False))
    return {
        "16.1": Exercise(
            ((64, 196), (32, 64), (32, 196)),
            "A Jacobian has a row for each output and a column for each input.",
            {
                "These are the transposes: rows belong to outputs.": (
                    (196, 64), (64, 32), (196, 32)),
                "∂f/∂x is the product J_2 J_1.": ((64, 196), (32, 64), (64, 64)),
            },
            digits=0,
        ),
        "16.2": Exercise(
            3,
            "The product of linear layers is one matrix. Which rank can it have at most?",
            {
                "A product of matrices has at most the rank of each factor.": 8,
                "The code has fewer numbers than x.": 10,
            },
            digits=0,
        ),
        "16.3": Exercise(
            (2 / 4) ** 3,
            "Each unit contributes w σ′, and σ′ is at most ¼.",
            {
                "This is the bound for one unit.": 2 / 4,
                "The weight is a factor of each unit.": 2 / 4**3,
            },
        ),
        "16.4": Exercise(
            2 * half,
            "Multiply neighbouring sizes, and add. Encoder and decoder are separate.",
            {
                "This is the encoder alone.": half,
                "You counted the biases, too.": 2 * half + sum(sizes[1:]) + sum(sizes[:-1]),
            },
            digits=0,
        ),
    }  # fmt: skip


def tutorial_17() -> dict[str, Exercise]:
    probes = 1 + 40 + 40 * 39 // 2
    return {
        "17.1": Exercise(
            2.0 * 3.0,
            "For x = 1, z is below ½ if a + s ε < 0. What is the probability of ε < −a/s?",
            {
                "a/s must be 2.": 2.0,
                "a must be larger than the noise.": 1.5,
                "s is a standard deviation, not a variance.": 2 * math.sqrt(3),
            },
        ),
        "17.2": Exercise(
            probes,
            "Count the codes with no, with one and with two changed bits.",
            {
                "These are the codes at distance 2 only.": 40 * 39 // 2,
                "The code itself is looked up, too.": probes - 1,
                "Two places are chosen without an order: divide by 2.": 1 + 40 + 40 * 39,
            },
            digits=0,
        ),
        "17.3": Exercise(
            (float(6 - 4 + 1), float(4 - 3 + 1)),
            "Insert into max(0, m − ρ + 1) and λ max(0, ρ − m + 1).",
            {
                "The two losses have +1, as a margin.": (2.0, 1.0),
                "A dissimilar pair within the radius has a loss.": (3.0, 0.0),
                "You exchanged the two.": (2.0, 3.0),
            },
        ),
        "17.4": Exercise(
            ("no noise", "noise"),
            "Which h can have values between 0 and 1? And which loses less when it is rounded?",
            {
                "Values between 0 and 1 say more than bits. Which network has them?": (
                    "noise", "noise"),
                "What happens to h = 0.4 and h = 0.6 if they are rounded?": (
                    "no noise", "no noise"),
                "Look again at what rounding does to each of the two codes.": ("noise", "no noise"),
            },
            digits=0,
        ),
        "17.5": Exercise(
            (30 / 40, 30 / 300),
            "Precision is a share of what is found, recall a share of what is right.",
            {
                "You exchanged the two.": (30 / 300, 30 / 40),
                "Recall is a share of the right digits, not of all digits.": (30 / 40, 30 / 3000),
                "The second number is a share of the right ones that is found, not of all found.": (
                    30 / 40, 40 / 300),
            },
        ),
    }  # fmt: skip


def tutorial_18() -> dict[str, Exercise]:
    b, c, w, x = -1.0, 0.4, 2.2, 0.8
    h = sigmoid(c + w * x)
    low, high = math.exp(b * b / 2), math.exp(c + (b + w) ** 2 / 2)
    share = high / (low + high)
    q = 0.3 * 0.7
    return {
        "18.1": Exercise(
            1 / 1.6,
            "The criterion is ½ a² E[x²] − a. Set its derivative by a to zero.",
            {
                "The derivative of −a x is −a; set a E[x²] − 1 to zero.": 1.6,
                "This is one divided by the standard deviation.": 1 / math.sqrt(1.6),
            },
        ),
        "18.2": Exercise(
            (b + w * h - x, share),
            "The score is b + w σ(c + w x) − x. The shares are the two terms of Z, divided by Z.",
            {
                "The score is r(x) − x; the first number is r(x).": (b + w * h, None),
                "The second number is σ(c), which leaves out the squares of the means.": (
                    None, sigmoid(c)),
                "The second number is p(h = 1 | x) at x = 0.8, and not p(h = 1).": (None, h),
                "This is the share of h = 0.": (None, 1 - share),
            },
        ),
        "18.3": Exercise(
            (0.25 * 8, 0.25**2 * 8),
            "Insert into h (1 − h) ‖W_j‖², and into the same with a square.",
            {
                "You exchanged the two: the contractive penalty squares h (1 − h).": (0.5, 2.0),
                "The factor is h (1 − h), not h.": (4.0, 2.0),
                "‖W_j‖² is given; do not square it again.": (16.0, 4.0),
            },
        ),
        "18.4": Exercise(
            (1 - 2 * 0.3) * q * 4,
            "The penalty is q ‖W_j‖² with q = h (1 − h). First differentiate q by h, then h by u.",
            {
                "This is the penalty.": q * 4,
                "This is its derivative by h; h has a slope, too.": (1 - 2 * 0.3) * 4,
                "The slope of h (1 − h) is 1 − 2 h.": (1 - 0.3) * q * 4,
            },
        ),
        "18.5": Exercise(
            0.5 * (2 - 0.94),
            "Take half of error², with σ = 1.",
            {
                "The mean has the factor ½.": 2 - 0.94,
                "This is half of ‖score‖², the mean of ½ ‖r − x‖²; y is the clean point.": 0.47,
            },
        ),
    }  # fmt: skip


def tutorial_19() -> dict[str, Exercise]:
    x, f, lam, gamma = 0.9, 0.4, 0.5, 2.0
    best = (x + gamma * f - lam / 2) / (1 + gamma)

    d, picture, h, predicted = np.array([1.0, 0.0]), np.array([1.0, 0.5]), 0.8, 0.5
    g_atom, g_f = 2 * h * (h * d - picture), 2 * gamma * (predicted - h)
    gain, tanh = 2.0, 0.25
    g_gain, g_a = g_f * tanh, g_f * gain * (1 - tanh**2)

    width, atoms, steps = 64, 100, 10
    product, search = width * atoms, width * atoms + steps * atoms**2
    return {
        "19.1": Exercise(
            best,
            "For h > 0 set the slope 2 (h − x) + λ + 2 γ (h − f) to zero.",
            {
                "Half of λ is subtracted, because the squares have a factor 2.": (
                    x + gamma * f - lam) / (1 + gamma),
                "This is the code without the encoder.": x - lam / 2,
                "This is the mean of x and f; the penalty is missing.": (
                    x + gamma * f) / (1 + gamma),
            },
        ),
        "19.2": Exercise(
            (*g_atom, g_f),
            "Insert into 2 hᵀ (h D − x) and 2 γ (f(x) − h).",
            {
                "The last number has the factor 2.": (*g_atom, g_f / 2),
                "The factor h is missing in ∂E/∂D.": (*(g_atom / h), g_f),
                "All signs are wrong: the gradient has h D − x and f − h.": (*-g_atom, -g_f),
            },
        ),
        "19.3": Exercise(
            (g_gain, g_a),
            "f = g tanh(a). Multiply ∂E/∂f by ∂f/∂g, and by ∂f/∂a.",
            {
                "The slope of tanh is 1 − tanh².": (g_gain, g_f * gain * (1 - tanh)),
                "The second number has the gain as a factor.": (g_gain, g_f * (1 - tanh**2)),
                "∂f/∂g is tanh(a), not f.": (g_f * predicted, None),
            },
        ),
        "19.4": Exercise(
            (product, search),
            "A row of m numbers times a matrix (m, n) needs m n multiplications.",
            {
                "A is (k, k), and each of the ten steps multiplies by it.": (
                    product, product + atoms**2),
                "x Dᵀ is needed once, before the steps.": (product, steps * atoms**2),
                "x Dᵀ does not change from step to step.": (
                    product, steps * (product + atoms**2)),
            },
        ),
        "19.5": Exercise(
            ((50, 100), (100, 50), (7, 50)),
            "The second PSD takes the 100 numbers f₁(x) as its data.",
            {
                "Rows of D are atoms, and an atom is as long as a datum, here 100.": (
                    (100, 50), (100, 50), (7, 50)),
                "The data of the second PSD are codes, not patches.": (
                    (50, 64), (64, 50), (7, 50)),
                "x W has one column for each atom.": ((50, 100), (50, 100), (7, 50)),
            },
            digits=0,
        ),
    }  # fmt: skip


def tutorial_20() -> dict[str, Exercise]:
    counts, slopes = (70, 30), (0.52, -0.24)
    total = sum(n * g for n, g in zip(counts, slopes, strict=True))
    table, batch = 12e6 * 784 * 4 / 1e9, 500 * 784 * 4 / 1e6
    theta = 784 * 256 + 256 + 784
    return {
        "20.1": Exercise(
            total / 100,
            "Each part counts as many times as it has rows.",
            {
                "This is the plain mean; the parts have different numbers of rows.": (
                    sum(slopes) / 2),
                "This is the sum over the rows; the loss is a mean over 100 rows.": total,
                "The derivatives of the parts are means already: the weights are shares.": (
                    sum(slopes)),
            },
        ),
        "20.2": Exercise(
            (table, batch),
            "Rows times numbers in a row times bytes of a number.",
            {
                "A float32 number has 4 bytes, a float64 number 8.": (2 * table, 2 * batch),
                "Each number has 4 bytes.": (table / 4, batch / 4),
                "A gigabyte has 1000 megabytes.": (table, batch / 1e3),
            },
        ),
        "20.3": Exercise(
            (0, 1),
            "Near 1e17, neighbouring float64 numbers are 16 apart.",
            {
                "1 + 1e17 would need 18 digits, so the 1 is lost.": (1, 1),
                "In the second one, 1e17 − 1e17 is computed first, and it is exact.": (0, 0),
                "It is the other way round.": (1, 0),
            },
            digits=0,
        ),
        "20.4": Exercise(
            2 * 2 * theta * 4 / 1e6,
            "Count the parameters, then the messages of one step.",
            {
                "This is one worker: θ to it, and its gradient back.": 2 * theta * 4 / 1e6,
                "These are numbers. Each has 4 bytes.": 2 * 2 * theta / 1e6,
                "float32 numbers have 4 bytes.": 2 * 2 * theta * 8 / 1e6,
                "The weights are tied: there is one matrix.": (
                    2 * 2 * (2 * 784 * 256 + 256 + 784) * 4 / 1e6),
            },
        ),
        "20.5": Exercise(
            "no",
            "Which numbers does the generator of the other worker give next?",
            {"The other worker's generator has another state, so the noise is other noise.": "yes"},
            digits=0,
        ),
    }  # fmt: skip


TUTORIALS: tuple[Callable[[], dict[str, Exercise]], ...] = (
    tutorial_01, tutorial_02, tutorial_03, tutorial_04, tutorial_05, tutorial_06, tutorial_07,
    tutorial_08, tutorial_09, tutorial_10, tutorial_11, tutorial_12, tutorial_13, tutorial_14,
    tutorial_15, tutorial_16, tutorial_17, tutorial_18, tutorial_19, tutorial_20,
)  # fmt: skip


def exercises() -> dict[str, Exercise]:
    """Return all exercises, by number."""
    found: dict[str, Exercise] = {}
    for make in TUTORIALS:
        found |= make()
    return found
