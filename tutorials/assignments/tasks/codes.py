"""A Gaussian code: reparameterisation and divergence (task 24)."""

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import numeric_gradient

CODE = "tinyae/criterion/gaussian_code.py"


def units(variant):
    """Return the encoder's units u (n, 2k), means then log-variances, and an adjoint (n, k)."""
    n, _, k = variant.sizes
    rng = variant.rng("gaussian code")
    return rng.normal(size=(n, 2 * k)), rng.normal(size=(n, k))


def drawn(variant, u):
    """Return the code for one draw of the noise, one number at a time."""
    n, k = len(u), u.shape[1] // 2
    eps = variant.rng("noise").standard_normal((n, k))
    return np.array([[u[i, j] + math.sqrt(math.exp(u[i, k + j])) * eps[i, j] for j in range(k)]
                     for i in range(n)])  # fmt: skip


def divergences(u):
    """Return the divergence of each example from the variances, one unit at a time."""
    k = u.shape[1] // 2
    found = []
    for row in u:
        v = np.exp(row[k:])
        found.append(sum((row[j] ** 2 + v[j] - 1.0 - math.log(v[j])) / 2.0 for j in range(k)))
    return np.array(found)


def got_draw(variant):
    from tinyae import GaussianCode

    return (GaussianCode().forward(units(variant)[0], variant.rng("noise"))[0],)


def want_draw(variant):
    return (drawn(variant, units(variant)[0]),)


def got_back(variant):
    from tinyae import GaussianCode

    u, gz = units(variant)
    code = GaussianCode()
    return (code.backward(gz, code.forward(u, variant.rng("noise"))[1], None, None),)


def want_back(variant):
    u, gz = units(variant)
    return (numeric_gradient(lambda u: (gz * drawn(variant, u)).sum(), u),)


def got_divergence(variant):
    from tinyae import GaussianCode

    return (GaussianCode().kl(units(variant)[0]),)


def want_divergence(variant):
    return (divergences(units(variant)[0]),)


def got_divergence_gradient(variant):
    from tinyae import GaussianCode

    return (GaussianCode().kl_gradient(units(variant)[0]),)


def want_divergence_gradient(variant):
    return (numeric_gradient(lambda u: divergences(u).sum(), units(variant)[0]),)


def got_many(variant):
    from tinyae import GaussianCode

    u = np.tile([[1.0, -0.5, -1.0, 0.6]], (40_000, 1))
    before = u.copy()
    z = GaussianCode().forward(u, variant.rng("many"))[0]
    e = z - z.mean(axis=0)
    same = np.array((u == before).all())
    return z.mean(axis=0), z.var(axis=0), np.array([(e[:, 0] * e[:, 1]).mean()]), same


def want_many(variant):
    return np.array([1.0, -0.5]), np.exp([-1.0, 0.6]), np.zeros(1), np.array(True)


def got_prior(variant):
    from tinyae import GaussianCode

    s = np.array([[0.0, 0.0, 1e-7, -1e-7]])
    code = GaussianCode(beta=3.0)
    with np.errstate(under="ignore"):
        found = code.kl(s) * 1e15, code.kl_gradient(np.zeros((2, 4))), code.cost(units(variant)[0])
    return found


def want_prior(variant):
    return np.array([5.0]), np.zeros((2, 4)), 3.0 * divergences(units(variant)[0])


TASK_24 = Task(
    id="24", title="A Gaussian code: draws with a gradient", minutes=40, tutorial="06", needs=(),
    symbols=(
        Symbol(CODE, "GaussianCode.forward",
               "Return (z, cache): a draw of the code z (n, k), and what `backward` needs.\n\n"
               "u (n, 2k) contains the means, then the logarithms of the variances. Draw the "
               "standard normal noise by `rng.standard_normal(mean.shape)`, and form z from it so "
               "that z is a differentiable function of u. `progress` is not used."),
        Symbol(CODE, "GaussianCode.backward",
               "Return the adjoint of u, (n, 2k), for the same draw, given gz (n, k), the adjoint "
               "of z. `costs` and `weights` are not used. The divergence is not part of this."),
        Symbol(CODE, "GaussianCode.kl",
               "Return the divergence of N(mean, variance) from N(0, 1), summed over the k units, "
               "for each example: shape (n,). It must keep its digits where it is small."),
        Symbol(CODE, "GaussianCode.kl_gradient",
               "Return the derivative of the summed divergences with respect to u, (n, 2k)."),
    ),
    docstrings=(
        Symbol(CODE, "GaussianCode",
               "A normal code with a prior N(0, I).\n\nThe encoder gives u = [mean, logarithm of "
               "the variance], 2k numbers for a code of k. `beta` is the factor of the divergence "
               "in the criterion, a number or a function of progress."),
    ),
    statement="24.md",
    checks=(
        Check("draw", 1, got_draw, want_draw,
              property="mean plus standard deviation times the noise", case="one unit"),
        Check("gradient of the draw", 1.25, got_back, want_back, tolerance=1e-7,
              property="the adjoint agrees with the difference quotient for the same noise",
              case="one unit"),
        Check("divergence", 0.5, got_divergence, want_divergence,
              property="one divergence for each example", case="one unit, mean 1, variance 1"),
        Check("gradient of the divergence", 0.5, got_divergence_gradient, want_divergence_gradient,
              tolerance=1e-7, property="the gradient agrees with the difference quotient",
              case="one unit"),
        Check("many draws", 1.25, got_many, want_many, hidden=True, tolerance=0.04,
              property="mean and variance of many draws; units are independent; u is only read",
              case="one unit of the variance 1/e"),
        Check("near the prior", 1.5, got_prior, want_prior, hidden=True, tolerance=1e-4,
              property="at the prior the divergence and its gradient are 0, and close to it the "
              "divergence keeps its digits", case="mean 0, log-variance 1e-7"),
    ),
    wrong=(
        Wrong("variance for the deviation",
              "The noise is multiplied by the variance: multiply by its root.",
              {"GaussianCode.forward": ("np.exp(0.5 * s)", "np.exp(s)")}),
        Wrong("logarithm for the deviation",
              "The logarithm of the variance multiplies the noise: take its exponential.",
              {"GaussianCode.forward": ("np.exp(0.5 * s)", "s")}),
        Wrong("no noise", "There is no noise: z is the mean.",
              {"GaussianCode.forward": ("return mu + noise, noise", "return mu, noise")}),
        Wrong("no gradient of the deviation",
              "The log-variance gets no gradient: the same noise moves with the deviation.",
              {"GaussianCode.backward": "return np.concatenate([gz, 0.0 * gz], axis=1)"}),
        Wrong("half forgotten in the gradient",
              "The gradient of the log-variance is twice what it should be: the deviation is the "
              "exponential of half of it.",
              {"GaussianCode.backward": ("0.5 * cache", "cache")}),
        Wrong("derivative for the deviation",
              "The gradient is that of the deviation: u has the logarithm of the variance.",
              {"GaussianCode.forward": ("return mu + noise, noise",
                                        "return mu + noise, noise / np.exp(0.5 * s)"),
               "GaussianCode.backward": ("0.5 * cache", "cache")}),
        Wrong("divergence without its half", "The divergence is twice what it should be.",
              {"GaussianCode.kl": ("return 0.5 * ", "return ")}),
        Wrong("sign of the log-variance", "The log-variance has the wrong sign in the divergence.",
              {"GaussianCode.kl": ("np.expm1(s) - s", "np.expm1(s) + s")}),
        Wrong("mean over the units", "The divergence is a mean over the units: sum over them.",
              {"GaussianCode.kl": (".sum(axis=1)", ".mean(axis=1)")}),
        Wrong("digits cancelled",
              "Near the prior the divergence loses its digits: use `np.expm1`.",
              {"GaussianCode.kl": ("(np.expm1(s) - s)", "np.exp(s) - s - 1.0")}),
        Wrong("gradient without -1",
              "The gradient of the divergence is not 0 at the variance 1.",
              {"GaussianCode.kl_gradient": ("np.expm1(s)", "np.exp(s)")}),
        Wrong("divergence in the draw's gradient",
              "The gradient of the divergence is added in `backward`: the model adds it already.",
              {"GaussianCode.backward": ("np.concatenate([gz, 0.5 * cache * gz], axis=1)",
                                         "np.concatenate([gz, 0.5 * cache * gz], axis=1) + 1.0")}),
    ),
)  # fmt: skip


TASKS = (TASK_24,)
