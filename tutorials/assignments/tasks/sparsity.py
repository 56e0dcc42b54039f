"""Penalties on the code: L1, Student-t, and the rate of every unit (tasks 11 and 12)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import FakePass, numeric_gradient

PENALTIES = "tinyae/criterion/penalties.py"
LAM = 0.3


# --- 11 ---------------------------------------------------------------------------------------


def code(variant):
    """Return a code h (n, k) of both signs, away from 0, and an adjoint that is there already."""
    n, _, k = variant.sizes
    rng = variant.rng("code")
    h = rng.uniform(0.2, 2.0, (n, k)) * np.where(rng.random((n, k)) < 0.5, -1.0, 1.0)
    return h, rng.normal(size=(n, k))


def prices(h):
    """Return the two penalties of a code, one number at a time."""
    n = len(h)
    absolute = sum(abs(v) for row in h for v in row)
    student = sum(math.log(1.0 + v * v) for row in h for v in row)
    return LAM * absolute / n, LAM * student / n


def values(penalty, h):
    """Return the value of a penalty and the adjoint that it adds to zeros."""
    p = FakePass(h)
    return np.array(penalty.add(p)), p.gh


def got_l1(variant):
    from tinyae import L1

    return values(L1(LAM), code(variant)[0])


def want_l1(variant):
    h, _ = code(variant)
    return np.array(prices(h)[0]), numeric_gradient(lambda h: prices(h)[0], h)


def got_student(variant):
    from tinyae import StudentT

    return values(StudentT(LAM), code(variant)[0])


def want_student(variant):
    h, _ = code(variant)
    return np.array(prices(h)[1]), numeric_gradient(lambda h: prices(h)[1], h)


def got_added(variant):
    from tinyae import L1, StudentT

    h, gh = code(variant)
    first, second = FakePass(h, gh.copy()), FakePass(h, gh.copy())
    held = first.gh, second.gh
    L1(LAM).add(first)
    StudentT(LAM).add(second)
    return *held, h


def want_added(variant):
    h, gh = code(variant)
    return *(gh + numeric_gradient(lambda h, i=i: prices(h)[i], h) for i in (0, 1)), h


def got_complex(variant):
    from tinyae import L1, StudentT

    h = code(variant)[0].astype(complex)
    h[0, 0] += 1e-20j
    found = [penalty.add(FakePass(h)) for penalty in (L1(LAM), StudentT(LAM))]
    at_zero = FakePass(np.zeros((2, 3)))
    L1(LAM).add(at_zero)
    return np.imag(found) * 1e20, at_zero.gh


def want_complex(variant):
    h, _ = code(variant)
    v, n = h[0, 0], len(h)
    return LAM / n * np.array([math.copysign(1.0, v), 2 * v / (1 + v * v)]), np.zeros((2, 3))


CONTRACT_P = (
    "Return the penalty of the code `p.h` (n, k), averaged over the n examples, and add its "
    "derivative with respect to `p.h` into `p.gh`, in place. The strength is `self.lam`. The "
    "weights `p.each` are None here, you may ignore them."
)

TASK_11 = Task(
    id="11", title="Two prices on a code", minutes=25, tutorial="04", needs=(),
    symbols=(
        Symbol(PENALTIES, "L1.add",
               CONTRACT_P + " At h = 0 the derivative is taken as 0. A complex h must give the "
               "analytic continuation, so write |h| as sign(Re h) h."),
        Symbol(PENALTIES, "StudentT.add", CONTRACT_P),
    ),
    docstrings=(
        Symbol(PENALTIES, "L1",
               "λ times the sum of |h_i|, the mean over the examples: equation 14.6, a Laplace "
               "prior on the code."),
        Symbol(PENALTIES, "StudentT",
               "λ times the sum of log(1 + h_i²), the mean over the examples: a Student-t prior "
               "on the code."),
    ),
    statement="11.md",
    checks=(
        Check("L1", 1, got_l1, want_l1, tolerance=1e-8,
              property="value and derivative of the mean of λ |h|", case="h = (-2) in two examples"),
        Check("Student-t", 1, got_student, want_student, tolerance=1e-8,
              property="value and derivative of the mean of λ log(1 + h²)",
              case="h = (-2) in two examples"),
        Check("added to gh", 1, got_added, want_added, hidden=True, tolerance=1e-8,
              property="what other terms put into gh stays, and h is only read",
              case="gh = 1 before the call"),
        Check("complex step, and h = 0", 1, got_complex, want_complex, hidden=True,
              property="a tiny imaginary part gives the derivative; at h = 0 it is 0",
              case="h = -2 + 1e-20 i"),
    ),
    wrong=(
        Wrong("not divided by n",
              "L1 is n times too large: value and derivative are means over the examples.",
              {"L1.add": "s = np.sign(p.h.real)\np.gh += self.lam * s\n"
               "return self.lam * (s * p.h).sum()"}),
        Wrong("derivative not divided by n",
              "The derivative of L1 is n times too large: only its value is divided by n.",
              {"L1.add": "s = np.sign(p.h.real)\np.gh += self.lam * s\n"
               "return self.lam / len(p.h) * (s * p.h).sum()"}),
        Wrong("mean over the entries",
              "L1 is divided by the number of entries: sum over the units, and take the mean over "
              "the examples only.",
              {"L1.add": "s = np.sign(p.h.real)\np.gh += self.lam / p.h.size * s\n"
               "return self.lam / p.h.size * (s * p.h).sum()"}),
        Wrong("h for its sign",
              "The derivative of L1 is proportional to h: that belongs to h², and not to |h|.",
              {"L1.add": ("p.gh += weight * s", "p.gh += weight * p.h")}),
        Wrong("no absolute value",
              "L1 has no absolute value: negative codes make the penalty smaller.",
              {"L1.add": "p.gh += self.lam / len(p.h)\nreturn self.lam / len(p.h) * p.h.sum()"}),
        Wrong("gh set, not added", "gh is set and not added: write +=, other terms use gh too.",
              {"L1.add": ("p.gh += weight * s", "p.gh[...] = weight * s")}),
        Wrong("factor 2 missing",
              "The derivative of Student-t is half of what it should be: h² has the derivative 2 h.",
              {"StudentT.add": ("2.0 * weight * p.h", "weight * p.h")}),
        Wrong("denominator squared",
              "The denominator in the derivative of Student-t is squared: the derivative of log u "
              "is 1/u.",
              {"StudentT.add": ("(1.0 + p.h * p.h)", "(1.0 + p.h * p.h) ** 2")}),
        Wrong("the logarithm of 1 + |h|", "Student-t has |h| in the logarithm in place of h².",
              {"StudentT.add": ("np.log1p(p.h * p.h)", "np.log1p(np.abs(p.h))")}),
    ),
)  # fmt: skip


# --- 12 ---------------------------------------------------------------------------------------


RHO, STRENGTH = 0.15, 0.4


def rates(variant):
    """Return a code (n, k) in (0, 1) and an adjoint that is there already."""
    n, _, k = variant.sizes
    rng = variant.rng("rates")
    return rng.uniform(0.05, 0.9, (n, k)), rng.normal(size=(n, k))


def divergence(h):
    """Return the penalty of a code in (0, 1), one unit at a time."""
    total = 0.0
    for column in h.T:
        q = sum(column) / len(column)
        total += RHO * math.log(RHO / q) + (1 - RHO) * math.log((1 - RHO) / (1 - q))
    return STRENGTH * total


def got_rate_value(variant):
    from tinyae import KLSparsity

    return (np.array(KLSparsity(RHO, STRENGTH).add(FakePass(rates(variant)[0]))),)


def want_rate_value(variant):
    return (np.array(divergence(rates(variant)[0])),)


def got_rate_gradient(variant):
    from tinyae import KLSparsity

    p = FakePass(rates(variant)[0])
    KLSparsity(RHO, STRENGTH).add(p)
    return (p.gh,)


def want_rate_gradient(variant):
    return (numeric_gradient(divergence, rates(variant)[0]),)


def got_rate_added(variant):
    from tinyae import KLSparsity

    h, gh = rates(variant)
    p = FakePass(h, gh.copy())
    held = p.gh
    KLSparsity(RHO, STRENGTH).add(p)
    return held, h


def want_rate_added(variant):
    h, gh = rates(variant)
    return gh + numeric_gradient(divergence, h), h


OFF = np.array([[0.0, 1.0, 0.3], [0.0, 1.0, 0.0]])


def got_off(variant):
    from tinyae import KLSparsity

    p = FakePass(OFF.copy())
    value = KLSparsity(RHO, STRENGTH).add(p)
    return np.array(value), p.gh * 1e-7


def want_off(variant):
    e = 1e-7
    q = np.array([e, 1 - e, 0.15])
    kl = RHO * np.log(RHO / q) + (1 - RHO) * np.log((1 - RHO) / (1 - q))
    slope = STRENGTH / 2 * ((1 - RHO) / (1 - q) - RHO / q)
    return np.array(STRENGTH * kl.sum()), np.array([slope, slope]) * 1e-7


def got_at_rate(variant):
    from tinyae import KLSparsity

    h = np.array([[2 * RHO, RHO / 2], [0.0, RHO * 3 / 2]])
    p = FakePass(h)
    return np.array(KLSparsity(RHO, 5.0).add(p)), p.gh


def want_at_rate(variant):
    return np.array(0.0), np.zeros((2, 2))


KL = """rho, n = self.rho, len(p.h)
q = self.INWARDS + (1.0 - 2.0 * self.INWARDS) * p.h.mean(axis=0)
p.gh += self.lam / n * ((1.0 - rho) / (1.0 - q) - rho / q)
return self.lam * (rho * np.log(rho / q) + (1.0 - rho) * np.log((1.0 - rho) / (1.0 - q))).sum()
"""


TASK_12 = Task(
    id="12", title="A rate for every unit", minutes=40, tutorial="04", needs=(),
    plain={"KLSparsity.add": KL},
    symbols=(
        Symbol(PENALTIES, "KLSparsity.add",
               "Return the penalty of the code `p.h` (n, k) in [0, 1] and add its derivative with "
               "respect to `p.h` into `p.gh`, in place.\n\n"
               "The penalty is λ times the sum over the units of the divergence of the batch mean "
               "of the unit from the rate `self.rho`. λ is `self.lam`. So that it is finite if a "
               "unit is 0 or 1 for the whole batch, move every mean inwards by `self.INWARDS`, "
               "which is 1e-7. The weights `p.each` are None here, you may ignore them."),
    ),
    docstrings=(
        Symbol(PENALTIES, "KLSparsity",
               "The mean activation of each unit over the batch should be ρ: a divergence for "
               "each unit."),
    ),
    statement="12.md",
    checks=(
        Check("value", 1, got_rate_value, want_rate_value, tolerance=2e-6,
              property="the divergence is that of the batch mean of each unit",
              case="one unit with the activations 0.1 and 0.3"),
        Check("derivative", 2, got_rate_gradient, want_rate_gradient, tolerance=1e-5,
              property="the derivative agrees with the difference quotient of the value",
              case="one unit with the activations 0.1 and 0.3"),
        Check("added to gh", 1, got_rate_added, want_rate_added, hidden=True, tolerance=1e-5,
              property="what other terms put into gh stays, and h is only read",
              case="gh = 1 before the call"),
        Check("a unit that is always off", 1, got_off, want_off, hidden=True, tolerance=1e-5,
              property="value and derivative are finite if a unit is 0 or 1 for the whole batch",
              case="one unit that is 0 in two examples"),
        Check("at the rate", 1, got_at_rate, want_at_rate, hidden=True, tolerance=1e-5,
              property="a unit whose mean is ρ costs nothing and is not moved",
              case="two examples with 2 ρ and 0"),
    ),
    wrong=(
        Wrong("a divergence for each activation",
              "The divergence is that of each activation: it belongs to the batch mean of a unit.",
              {"KLSparsity.add": KL.replace("p.h.mean(axis=0)", "p.h").replace(
                  ".sum()", ".sum() / n")}),
        Wrong("1/n missing in the derivative",
              "The derivative is n times too large: one activation is one n-th of the mean.",
              {"KLSparsity.add": KL.replace("self.lam / n * (", "self.lam * (")}),
        Wrong("sign of the derivative",
              "The derivative has the wrong sign: a unit above its rate must be pushed down.",
              {"KLSparsity.add": KL.replace("p.gh +=", "p.gh -=")}),
        Wrong("rate and mean exchanged",
              "The rate and the mean are exchanged: the divergence is not symmetric.",
              {"KLSparsity.add": "rho, n = self.rho, len(p.h)\n"
               "q = self.INWARDS + (1.0 - 2.0 * self.INWARDS) * p.h.mean(axis=0)\n"
               "p.gh += self.lam / n * (np.log(q / rho) - np.log((1.0 - q) / (1.0 - rho)))\n"
               "return self.lam * (q * np.log(q / rho) + (1.0 - q) * np.log((1.0 - q) / "
               "(1.0 - rho))).sum()"}),
        Wrong("mean over the units",
              "The mean is over the units: take it over the examples, axis 0, one for each unit.",
              {"KLSparsity.add": KL.replace("mean(axis=0)", "mean(axis=1, keepdims=True)")}),
        Wrong("second term missing",
              "Only the term with ρ is there: the units that are off have a term with 1 - ρ.",
              {"KLSparsity.add": KL.replace(
                  " + (1.0 - rho) * np.log((1.0 - rho) / (1.0 - q))", "").replace(
                  "(1.0 - rho) / (1.0 - q) - rho / q", "-rho / q")}),
        Wrong("value divided by n",
              "The value is divided by n: the divergence depends on the batch mean, and is one "
              "number for each unit.",
              {"KLSparsity.add": KL.replace(".sum()", ".sum() / n")}),
        Wrong("mean not moved inwards",
              "A unit that is always 0 gives log 0: move the mean inwards first.",
              {"KLSparsity.add": KL.replace(
                  "self.INWARDS + (1.0 - 2.0 * self.INWARDS) * p.h", "p.h")}),
        Wrong("gh set, not added", "gh is set and not added: write +=, other terms use gh too.",
              {"KLSparsity.add": KL.replace("p.gh +=", "p.gh[...] =")}),
    ),
)  # fmt: skip


TASKS = (TASK_11, TASK_12)
