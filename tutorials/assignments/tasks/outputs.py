"""Output distributions: half the squared error, and the cross-entropy (tasks 04 and 05)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import numeric_gradient, sigmoid

OUTPUTS = "tinyae/criterion/outputs.py"


# --- 04 ---------------------------------------------------------------------------------------


def real_targets(variant):
    """Return targets x and means a, (n, d)."""
    n, d, _ = variant.sizes
    rng = variant.rng("squared error")
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


def squared(x, a):
    """Return half the squared error of each example by a loop."""
    return np.array([sum((u - v) ** 2 for u, v in zip(p, q, strict=True)) / 2.0
                     for p, q in zip(x, a, strict=True)])  # fmt: skip


def got_squared(variant):
    from tinyae import GaussianOutput

    return (GaussianOutput().cost(*real_targets(variant)),)


def want_squared(variant):
    return (squared(*real_targets(variant)),)


def got_squared_gradient(variant):
    from tinyae import GaussianOutput

    return (GaussianOutput().gradient(*real_targets(variant)),)


def want_squared_gradient(variant):
    x, a = real_targets(variant)
    return (numeric_gradient(lambda a: squared(x, a).sum(), a),)


def got_entries(variant):
    from tinyae import GaussianOutput

    x, a = real_targets(variant)
    return GaussianOutput().entry_costs(x, a), x, a


def want_entries(variant):
    x, a = real_targets(variant)
    return np.array([[squared(u.reshape(1, 1), v.reshape(1, 1))[0] for u, v in zip(p, q, strict=True)]
                     for p, q in zip(x, a, strict=True)]), x, a  # fmt: skip


def got_likelihood(variant):
    from tinyae import GaussianOutput

    x, a = real_targets(variant)
    few = x[:1].astype(np.float32)
    kept = GaussianOutput().cost(few, few + 1).dtype == np.float32
    return GaussianOutput().nll(x, a), np.array(kept)


def want_likelihood(variant):
    x, a = real_targets(variant)
    density = np.exp(-((x - a) ** 2) / 2.0) / math.sqrt(2.0 * math.pi)
    return -np.log(density.prod(axis=1)), np.array(True)


TASK_04 = Task(
    id="04", title="Half the squared error", minutes=15, tutorial="01", needs=(),
    symbols=(
        Symbol(OUTPUTS, "GaussianOutput.cost",
               "Return the cost of each example, of shape (n,), for targets x (n, d) and means a "
               "(n, d): minus the logarithm of the normal density with mean a and variance 1 in "
               "every entry, without the constant that does not depend on a."),
        Symbol(OUTPUTS, "GaussianOutput.entry_costs",
               "Return the part of each entry in `cost`, of shape (n, d)."),
        Symbol(OUTPUTS, "GaussianOutput.gradient",
               "Return the derivative of the summed costs with respect to a, of shape (n, d)."),
    ),
    docstrings=(
        Symbol(OUTPUTS, "GaussianOutput", "Real-valued x, linear output units, variance 1."),
        Symbol(OUTPUTS, "GaussianOutput.nll",
               "Return -log p(x | a) of each example in nats, with the constant."),
    ),
    statement="04.md",
    checks=(
        Check("cost", 0.75, got_squared, want_squared, property="one cost for each example",
              case="one example with one entry: x = 1, a = 3"),
        Check("gradient", 0.75, got_squared_gradient, want_squared_gradient, tolerance=1e-7,
              property="the gradient is the derivative of the cost",
              case="one example with one entry: x = 1, a = 3"),
        Check("cost of each entry", 0.75, got_entries, want_entries, hidden=True,
              property="the costs of the entries add up to the cost", case="two entries"),
        Check("log-density", 0.75, got_likelihood, want_likelihood, hidden=True,
              property="with its constant the cost is -log of the normal density; dtypes are kept",
              case="one example with one entry"),
    ),
    wrong=(
        Wrong("no half", "The factor 1/2 is missing: it is part of the normal density's exponent.",
              {"GaussianOutput.cost": "e = x - a\nreturn (e * e).sum(axis=1)"}),
        Wrong("mean over the entries",
              "The cost is a mean over the entries of x: sum over them. The mean over the examples "
              "is taken elsewhere.",
              {"GaussianOutput.cost": "e = x - a\nreturn 0.5 * (e * e).mean(axis=1)"}),
        Wrong("one number for the batch",
              "All examples have the same cost: sum over the entries of each example only.",
              {"GaussianOutput.cost": "e = x - a\n"
               "return np.full(len(x), 0.5 * (e * e).sum() / len(x))"}),
        Wrong("factor 2 in the gradient",
              "The gradient is twice what it should be: the 2 of the square and the 1/2 cancel.",
              {"GaussianOutput.gradient": "return 2.0 * (a - x)"}),
        Wrong("sign of the gradient",
              "The gradient has the wrong sign: it is taken with respect to a, not to x.",
              {"GaussianOutput.gradient": "return x - a"}),
        Wrong("gradient divided by n",
              "The gradient is divided by n here: the mean over the examples is taken elsewhere.",
              {"GaussianOutput.gradient": "return (a - x) / len(x)"}),
        Wrong("absolute error", "The cost is the absolute error, not the squared one.",
              {"GaussianOutput.cost": "return 0.5 * np.abs(x - a).sum(axis=1)"}),
    ),
)  # fmt: skip


# --- 05 ---------------------------------------------------------------------------------------


def binary_targets(variant):
    """Return grey targets x between 0 and 1 and logits a, (n, d)."""
    n, d, _ = variant.sizes
    rng = variant.rng("cross-entropy")
    return rng.uniform(0.05, 0.95, (n, d)), rng.normal(size=(n, d))


def entropy(x, a):
    """Return the cross-entropy of each entry for moderate logits."""
    r = sigmoid(a)
    return -x * np.log(r) - (1.0 - x) * np.log(1.0 - r)


def got_cross(variant):
    from tinyae import BernoulliOutput

    return (BernoulliOutput().cost(*binary_targets(variant)),)


def want_cross(variant):
    return (np.array([sum(row) for row in entropy(*binary_targets(variant))]),)


def got_cross_gradient(variant):
    from tinyae import BernoulliOutput

    return (BernoulliOutput().gradient(*binary_targets(variant)),)


def want_cross_gradient(variant):
    x, a = binary_targets(variant)
    return (numeric_gradient(lambda a: entropy(x, a).sum(), a),)


X_FAR = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
A_FAR = np.array([[-1000.0, 1000.0], [-1000.0, 1000.0], [1000.0, -1000.0]])


def got_cross_far(variant):
    from tinyae import BernoulliOutput

    output = BernoulliOutput()
    return output.cost(X_FAR, A_FAR), output.gradient(X_FAR, A_FAR)


def want_cross_far(variant):
    return np.array([2000.0, 0.0, 1000.0]), (A_FAR > 0) - X_FAR


def got_digits(variant):
    from tinyae import BernoulliOutput

    x, a = np.array([[1.0], [0.0]]), np.array([[40.0], [-45.0]])
    return (BernoulliOutput().cost(x, a) * np.exp([40.0, 45.0]),)


def want_digits(variant):
    return (np.ones(2),)


def got_cross_complex(variant):
    from tinyae import BernoulliOutput

    x, a = binary_targets(variant)
    step = np.zeros_like(a)
    step[0, 0] = 1e-20
    costs = BernoulliOutput().cost(x, a + 1j * step)
    return np.array(costs.imag[0] * 1e20), BernoulliOutput().entry_costs(x, a)


def want_cross_complex(variant):
    x, a = binary_targets(variant)
    return np.array(sigmoid(a[0, 0]) - x[0, 0]), entropy(x, a)


TASK_05 = Task(
    id="05", title="Cross-entropy without log 0", minutes=40, tutorial="03", needs=("03",),
    symbols=(
        Symbol(OUTPUTS, "BernoulliOutput.cost",
               "Return the cross-entropy of each example, of shape (n,), for targets x (n, d) in "
               "[0, 1] and logits a (n, d). It must be right for any logit, without a warning, "
               "also where the probability rounds to 0 or 1. A complex a must stay complex."),
        Symbol(OUTPUTS, "BernoulliOutput.entry_costs",
               "Return the part of each entry in `cost`, of shape (n, d)."),
        Symbol(OUTPUTS, "BernoulliOutput.gradient",
               "Return the derivative of the summed costs with respect to a, of shape (n, d). "
               "`self.mean.f` is the sigmoid."),
    ),
    docstrings=(
        Symbol(OUTPUTS, "BernoulliOutput",
               "Targets in [0, 1], sigmoid output units.\n\nGrey values strictly between 0 and 1 "
               "are allowed. Then the smallest cost is not zero."),
    ),
    statement="05.md",
    checks=(
        Check("cost", 1, got_cross, want_cross,
              property="the cross-entropy is summed over the entries of each example",
              case="one entry: x = 0.5, a = 1"),
        Check("gradient", 1, got_cross_gradient, want_cross_gradient, tolerance=1e-7,
              property="the gradient is the derivative of the cost",
              case="one entry: x = 0.5, a = 1"),
        Check("far away", 1, got_cross_far, want_cross_far,
              property="the cost grows like |a| where the answer is wrong, and is 0 where right",
              case="x = 1 and a = -1000"),
        Check("small costs to all digits", 1.5, got_digits, want_digits, hidden=True,
              tolerance=1e-6, property="where the answer is right, a small cost keeps its digits",
              case="x = 1 and a = 40"),
        Check("complex step, entries", 1.5, got_cross_complex, want_cross_complex, hidden=True,
              property="a tiny imaginary part of a logit gives the derivative",
              case="one entry with a = 1 + 1e-20 i"),
    ),
    wrong=(
        Wrong("logarithm of the probability",
              "The probability rounds to 0 or 1 and its logarithm is infinite: start from the "
              "logit a, not from the probability.",
              {"BernoulliOutput.cost": "r = self.mean.f(a)\n"
               "return -(x * np.log(r) + (1 - x) * np.log(1 - r)).sum(axis=1)"}),
        Wrong("no complex logits",
              "The formula is right for real logits, but `np.logaddexp` takes no complex ones: write it with the softplus of task 03.",
              {"BernoulliOutput.cost": "return self.entry_costs(x, a).sum(axis=1)",
               "BernoulliOutput.entry_costs":
               "return x * np.logaddexp(0.0, -a) + (1.0 - x) * np.logaddexp(0.0, a)"}),
        Wrong("clipped probability",
              "Clipping the probability limits the cost of an entry to 16: at a = -1000 with x = 1 "
              "it should be 1000.",
              {"BernoulliOutput.cost": "r = np.clip(self.mean.f(a), 1e-7, 1 - 1e-7)\n"
               "return -(x * np.log(r) + (1 - x) * np.log(1 - r)).sum(axis=1)"}),
        Wrong("slope once more",
              "The gradient is multiplied by the slope of the sigmoid: for the cross-entropy this "
              "slope cancels.",
              {"BernoulliOutput.gradient": "r = self.mean.f(a)\nreturn (r - x) * r * (1 - r)"}),
        Wrong("sign of the gradient", "The gradient has the wrong sign.",
              {"BernoulliOutput.gradient": "return x - self.mean.f(a)"}),
        Wrong("mean over the entries",
              "The cost is a mean over the entries: sum over the entries of each example.",
              {"BernoulliOutput.cost": "return self.entry_costs(x, a).mean(axis=1)"}),
        Wrong("sign of x a",
              "The term with the target has the wrong sign: a large logit must be cheap if x = 1.",
              {"BernoulliOutput.entry_costs": ("- x * a + tail", "+ x * a + tail")}),
        Wrong("logarithm of 1 + exp(a) as it stands",
              "exp(1000) overflows: separate the linear part from the logarithm.",
              {"BernoulliOutput.entry_costs": "return np.log(1.0 + np.exp(a)) - x * a"}),
        Wrong("digits cancelled",
              "For x = 1 and a = 40 the cost is 0 instead of exp(-40): subtract x a from the "
              "linear part before the small rest is added.",
              {"BernoulliOutput.entry_costs": ("np.where(positive, a, 0) - x * a + tail",
                                               "(np.where(positive, a, 0) + tail) - x * a")}),
        Wrong("one half of the cross-entropy",
              "Only the term with x is there: the term with 1 - x belongs to the cross-entropy too.",
              {"BernoulliOutput.entry_costs": ("np.where(positive, a, 0) - x * a + tail",
                                               "x * (np.where(positive, a, 0) - a + tail)")}),
    ),
)  # fmt: skip


TASKS = (TASK_04, TASK_05)
