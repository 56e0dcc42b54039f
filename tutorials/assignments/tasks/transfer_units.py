"""Transfer tasks whose answer is nowhere in the library: a unit and an output (T1 and T2)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Task, Wrong
from tutorials.assignments.tasks.reference import linear

# --- T1 ---------------------------------------------------------------------------------------

FORMS = (
    {"formula": "a / sqrt(1 + a²)", "f": "a / np.sqrt(1.0 + a * a)",
     "df": "(1.0 + a * a) ** -1.5", "d2f": "-3.0 * a * (1.0 + a * a) ** -2.5", "high": "1.0"},
    {"formula": "arctan(a)", "f": "np.arctan(a)", "df": "1.0 / (1.0 + a * a)",
     "d2f": "-2.0 * a / (1.0 + a * a) ** 2", "high": "np.pi / 2"},
    {"formula": "log(a + sqrt(1 + a²))", "f": "np.arcsinh(a)", "df": "(1.0 + a * a) ** -0.5",
     "d2f": "-a * (1.0 + a * a) ** -1.5", "high": "np.inf"},
)  # fmt: skip


def form(variant):
    """Return the words of a variant: the formula of the unit, and code for its derivatives."""
    return dict(FORMS[variant.seed % len(FORMS)])


def curve(variant, a):
    """Return the unit of a variant at a, by another formula."""
    name = form(variant)["formula"]
    if name.startswith("a /"):
        return np.sin(np.arctan(a))
    return np.arctan2(a, 1.0) if name.startswith("arc") else np.log(a + np.sqrt(1.0 + a * a))


def inputs(variant):
    """Return inputs a (n, k)."""
    n, _, k = variant.sizes
    return 1.5 * variant.rng("inputs").normal(size=(n, k))


def got_unit(variant):
    from transfer.t1_unit import Unit

    return (Unit().f(inputs(variant)),)


def want_unit(variant):
    return (curve(variant, inputs(variant)),)


def got_first(variant):
    from transfer.t1_unit import Unit

    a = inputs(variant)
    unit = Unit()
    return (unit.df(a, unit.f(a)),)


def want_first(variant):
    a, step = inputs(variant), 1e-5
    return ((curve(variant, a + step) - curve(variant, a - step)) / (2 * step),)


def got_second(variant):
    from transfer.t1_unit import Unit

    a = inputs(variant)
    unit = Unit()
    return (unit.d2f(a, unit.f(a)),)


def want_second(variant):
    a, step = inputs(variant), 1e-3
    f = [curve(variant, a + i * step) for i in (-2, -1, 0, 1, 2)]
    return ((-f[0] + 16 * f[1] - 30 * f[2] + 16 * f[3] - f[4]) / (12 * step**2),)


def judged(variant, model, width):
    """Return the largest relative error that `gradcheck` finds."""
    from tinyae import gradcheck

    x = variant.rng("judged").uniform(0.2, 1.5, (4, width))
    return np.array(max(p.relative_error for p in gradcheck(model, x).parameters))


def got_unit_judged(variant):
    from transfer.t1_unit import Unit

    from tinyae import Autoencoder, Contractive

    model = Autoencoder.dense((5, 3), activation=Unit, penalties=Contractive(0.5), rng=1)
    plain = Autoencoder.dense((5, 4, 3), activation=Unit, rng=1)
    return judged(variant, plain, 5), judged(variant, model, 5)


def want_unit_judged(variant):
    return np.array(0.0), np.array(0.0)


T1 = Task(
    id="T1", title="A unit of your own", minutes=40, tutorial="05",
    needs=("01", "02", "04", "09", "14", "17"), symbols=(), statement="T1.md", transfer=True,
    file="transfer/t1_unit.py",
    stub='''"""Task T1: a unit that the library does not have."""

import numpy as np

from tinyae.nn import Elementwise


class Unit(Elementwise):
    """y = {{formula}}, entry by entry."""

    formula = "{{formula}}"
    reach = (-np.inf, np.inf)

    def f(self, a):
        """Return y, of the shape of a."""
        raise NotImplementedError("task T1: write Unit.f")

    def df(self, a, y):
        """Return the first derivative at a. y is the output there."""
        raise NotImplementedError("task T1: write Unit.df")

    def d2f(self, a, y):
        """Return the second derivative at a. y is the output there."""
        raise NotImplementedError("task T1: write Unit.d2f")
''',
    solution='''"""A unit that the library does not have."""

import numpy as np

from tinyae.nn import Elementwise


class Unit(Elementwise):
    formula = "{{formula}}"
    reach = (-{{high}}, {{high}})

    def f(self, a):
        return {{f}}

    def df(self, a, y):
        return {{df}}

    def d2f(self, a, y):
        return {{d2f}}
''',
    words=form,
    checks=(
        Check("value", 1, got_unit, want_unit, property="the value of the unit", case="a = 1"),
        Check("first derivative", 1, got_first, want_first, tolerance=1e-8,
              property="f' agrees with the difference quotient of f", case="a = 1"),
        Check("second derivative", 1, got_second, want_second, hidden=True, tolerance=1e-6,
              property="f'' agrees with the difference quotient of f'", case="a = 1"),
        Check("gradcheck", 2, got_unit_judged, want_unit_judged, hidden=True, tolerance=1e-10,
              property="gradcheck accepts an autoencoder with this unit, also with a contraction",
              case="one input and one unit"),
    ),
    wrong=(
        Wrong("slope of tanh", "The first derivative is that of tanh: derive your own formula.",
              {"transfer/t1_unit.py": ("return {{df}}", "return 1.0 - y * y")}),
        Wrong("sign of the second derivative", "The second derivative has the wrong sign.",
              {"transfer/t1_unit.py": ("return {{d2f}}", "return -({{d2f}})")}),
        Wrong("no second derivative", "The second derivative is 0: the unit is curved.",
              {"transfer/t1_unit.py": ("return {{d2f}}", "return np.zeros_like(a)")}),
        Wrong("second derivative halved",
              "The second derivative is half of what it should be: derive the power once more.",
              {"transfer/t1_unit.py": ("return {{d2f}}", "return 0.5 * ({{d2f}})")}),
        Wrong("derivatives of tanh", "Both derivatives are those of tanh.",
              {"transfer/t1_unit.py": ("return {{df}}\n\n    def d2f(self, a, y):\n        return "
                                       "{{d2f}}", "return 1.0 - y * y\n\n    def d2f(self, a, y):"
                                       "\n        return -2.0 * y * (1.0 - y * y)")}),
        Wrong("absolute value in the value",
              "The value has no sign: the unit is odd, f(-a) = -f(a).",
              {"transfer/t1_unit.py": ("return {{f}}", "return np.abs({{f}})")}),
    ),
)  # fmt: skip


# --- T2 ---------------------------------------------------------------------------------------

FAMILIES = (
    {"family": "Poisson", "density": "p(x) = mˣ exp(−m) / x!  for x = 0, 1, 2, …",
     "cost": "np.exp(a) - x * a", "gradient": "np.exp(a) - x",
     "constant": "np.vectorize(math.lgamma)(x + 1.0).sum(axis=1)"},
    {"family": "exponential", "density": "p(x) = exp(−x/m) / m  for x ≥ 0",
     "cost": "a + x * np.exp(-a)", "gradient": "1.0 - x * np.exp(-a)", "constant": "0.0"},
    {"family": "geometric", "density": "p(x) = 1/(1+m) · (m/(1+m))ˣ  for x = 0, 1, 2, …",
     "cost": "(x + 1.0) * np.log1p(np.exp(a)) - x * a",
     "gradient": "(x + 1.0) / (1.0 + np.exp(-a)) - x", "constant": "0.0"},
)  # fmt: skip


def family(variant):
    """Return the words of a variant: the distribution, and code for its cost and gradient."""
    return dict(FAMILIES[variant.seed % len(FAMILIES)])


def counts(variant):
    """Return targets x (n, d), whole numbers from 0, and logarithms of means a."""
    n, d, _ = variant.sizes
    rng = variant.rng("counts")
    return rng.poisson(2.0, (n, d)).astype(float), 0.7 * rng.normal(size=(n, d))


def log_probability(variant, x, a):
    """Return log p(x) for the mean m = exp(a), of one number."""
    m, name = math.exp(a), family(variant)["family"]
    if name == "Poisson":
        return x * math.log(m) - m - math.log(math.factorial(int(x)))
    if name == "exponential":
        return -x / m - math.log(m)
    return -math.log(1 + m) + x * math.log(m / (1 + m))


def got_cost(variant):
    from transfer.t2_output import OwnOutput

    x, a = counts(variant)
    output = OwnOutput()
    return output.cost(x, a) - output.cost(x, 0.0 * a), output.mean.f(a)


def want_cost(variant):
    x, a = counts(variant)
    gaps = [[log_probability(variant, u, 0.0) - log_probability(variant, u, v)
             for u, v in zip(p, q, strict=True)] for p, q in zip(x, a, strict=True)]  # fmt: skip
    return np.array(gaps).sum(axis=1), np.exp(a)


def got_cost_gradient(variant):
    from transfer.t2_output import OwnOutput

    return (OwnOutput().gradient(*counts(variant)),)


def want_cost_gradient(variant):
    x, a = counts(variant)
    step = 1e-5
    return (np.array([[(log_probability(variant, u, v - step)
                        - log_probability(variant, u, v + step)) / (2 * step)
                       for u, v in zip(p, q, strict=True)]
                      for p, q in zip(x, a, strict=True)]),)  # fmt: skip


def got_nll(variant):
    from transfer.t2_output import OwnOutput

    x, a = counts(variant)
    mean = np.log(x.mean(axis=0) + 0.0 * x)
    return OwnOutput().nll(x, a), OwnOutput().gradient(x, mean).sum(axis=0)


def want_nll(variant):
    x, a = counts(variant)
    logs = [sum(log_probability(variant, u, v) for u, v in zip(p, q, strict=True))
            for p, q in zip(x, a, strict=True)]  # fmt: skip
    return -np.array(logs), np.zeros(x.shape[1])


def got_output_judged(variant):
    from transfer.t2_output import OwnOutput

    from tinyae import Autoencoder, ReconstructionContractive, Tanh

    rng = variant.rng("weights")
    found = []
    for penalties in ((), ReconstructionContractive(0.1)):
        encoder, decoder = (
            linear(0.3 * rng.normal(size=s), rng.normal(size=s[1])) for s in ((4, 3), (3, 4))
        )
        from tinyae import Chain

        model = Autoencoder(Chain(encoder, Tanh()), decoder, output=OwnOutput(),
                            penalties=penalties)  # fmt: skip
        found.append(judged(variant, model, 4))
    return tuple(found)


def want_output_judged(variant):
    return np.array(0.0), np.array(0.0)


T2 = Task(
    id="T2", title="An output of your own", minutes=50, tutorial="03",
    needs=("01", "02", "03", "09", "14", "16"), symbols=(), statement="T2.md", transfer=True,
    file="transfer/t2_output.py",
    stub='''"""Task T2: an output that the library does not have, the {{family}} distribution."""

import math

import numpy as np

from tinyae.criterion import Output
from tinyae.nn import Elementwise


class Exponential(Elementwise):
    """The mean m = exp(a) of an entry, as a unit with its two derivatives."""

    formula = "exp(a)"

    def f(self, a):
        """Return the mean."""
        raise NotImplementedError("task T2: write Exponential.f")

    def df(self, a, y):
        """Return the first derivative at a. y is the mean there."""
        raise NotImplementedError("task T2: write Exponential.df")

    def d2f(self, a, y):
        """Return the second derivative at a. y is the mean there."""
        raise NotImplementedError("task T2: write Exponential.d2f")


class OwnOutput(Output):
    """{{density}}, with the mean m = exp(a) in every entry."""

    formula = "−log p(x)"
    mean = Exponential()
    mean_is_optimal = True

    def cost(self, x, a):
        """Return −log p(x) of each example, (n,), up to a constant that does not depend on a."""
        raise NotImplementedError("task T2: write OwnOutput.cost")

    def gradient(self, x, a):
        """Return the derivative of the summed costs with respect to a, (n, d)."""
        raise NotImplementedError("task T2: write OwnOutput.gradient")

    def nll(self, x, a):
        """Return −log p(x) of each example in nats, (n,), with all constants."""
        raise NotImplementedError("task T2: write OwnOutput.nll")
''',
    solution='''"""An output that the library does not have, the {{family}} distribution."""

import math

import numpy as np

from tinyae.criterion import Output
from tinyae.nn import Elementwise


class Exponential(Elementwise):
    formula = "exp(a)"

    def f(self, a):
        return np.exp(a)

    def df(self, a, y):
        return y

    def d2f(self, a, y):
        return 1.0 * y


class OwnOutput(Output):
    formula = "−log p(x)"
    mean = Exponential()
    mean_is_optimal = True

    def cost(self, x, a):
        return ({{cost}}).sum(axis=1)

    def gradient(self, x, a):
        return {{gradient}}

    def nll(self, x, a):
        return self.cost(x, a) + {{constant}}
''',
    words=family,
    checks=(
        Check("cost and mean", 1.5, got_cost, want_cost,
              property="the cost is -log p up to a constant, and the mean is exp(a)",
              case="one entry, x = 2 and a = 0.5"),
        Check("gradient", 1.5, got_cost_gradient, want_cost_gradient, tolerance=1e-8,
              property="the gradient agrees with the difference quotient of -log p",
              case="one entry, x = 2 and a = 0.5"),
        Check("constants, and the best mean", 1.5, got_nll, want_nll, hidden=True,
              property="nll is -log p; the summed gradient is 0 where exp(a) is the mean of x",
              case="two examples with one entry"),
        Check("gradcheck", 1.5, got_output_judged, want_output_judged, hidden=True,
              tolerance=1e-10, property="gradcheck accepts an autoencoder with this output, also "
              "with a contraction of the reconstruction", case="one input and one unit"),
    ),
    wrong=(
        Wrong("sign of the gradient", "The gradient has the wrong sign.",
              {"transfer/t2_output.py": ("return {{gradient}}", "return -({{gradient}})")}),
        Wrong("mean over the entries", "The cost is a mean over the entries: sum over them.",
              {"transfer/t2_output.py": ("({{cost}}).sum(axis=1)", "({{cost}}).mean(axis=1)")}),
        Wrong("gradient times the mean",
              "The gradient is multiplied by exp(a): it is asked with respect to a, not to log a.",
              {"transfer/t2_output.py": ("return {{gradient}}",
                                         "return ({{gradient}}) * np.exp(a)")}),
        Wrong("gradient of the squared error",
              "The gradient is that of the squared error: a - x.",
              {"transfer/t2_output.py": ("return {{gradient}}", "return a - x")}),
        Wrong("mean is a", "The mean is a itself: it is exp(a).",
              {"transfer/t2_output.py": ("return np.exp(a)\n\n    def df", "return a\n\n    def df")}),
        Wrong("constant of another density", "nll has a wrong constant: write out -log p(x).",
              {"transfer/t2_output.py": ("+ {{constant}}", "+ 0.5 * x.shape[1]")}),
        Wrong("second derivative of the mean",
              "The second derivative of exp is exp itself.",
              {"transfer/t2_output.py": ("return 1.0 * y", "return 0.0 * y")}),
    ),
)  # fmt: skip


TASKS = (T1, T2)
