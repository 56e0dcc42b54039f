"""Transfer tasks: group sparsity, and the contraction of two layers (T3 and T4)."""

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Task, Wrong
from tutorials.assignments.tasks.reference import (
    FakePass,
    no_tangents,
    numeric_gradient,
    slope,
    unit,
)
from tutorials.assignments.tasks.transfer_units import judged

SIZE, LAM = 2, 0.4


# --- T3 ---------------------------------------------------------------------------------------

PRICES = (
    {"price": "‖h_g‖", "value": "norm", "pull": "1.0"},
    {"price": "sqrt(size) ‖h_g‖", "value": "np.sqrt(self.size) * norm",
     "pull": "np.sqrt(self.size)"},
    {"price": "log(1 + ‖h_g‖)", "value": "np.log1p(norm)", "pull": "1.0 / (1.0 + norm)"},
)  # fmt: skip


def price(variant):
    """Return the words of a variant: the price of a group, and code for it."""
    return dict(PRICES[variant.seed % len(PRICES)])


def group_code(variant):
    """Return a code of three groups (n, 6), and an adjoint that is there already."""
    rng = variant.rng("groups")
    n = variant.sizes[0]
    return rng.normal(size=(n, 3 * SIZE)), rng.normal(size=(n, 3 * SIZE))


def total(variant, h):
    """Return the penalty of a code, group by group."""
    name, found = price(variant)["price"], 0.0
    for row in h:
        for g in range(0, len(row), SIZE):
            norm = math.sqrt(sum(v * v for v in row[g : g + SIZE]))
            found += {"‖": norm, "s": math.sqrt(SIZE) * norm, "l": math.log(1 + norm)}[name[0]]
    return LAM * found / len(h)


def got_groups(variant):
    from transfer.t3_groups import GroupSparsity

    return (np.array(GroupSparsity(LAM, SIZE).add(FakePass(group_code(variant)[0]))),)


def want_groups(variant):
    return (np.array(total(variant, group_code(variant)[0])),)


def got_group_gradient(variant):
    from transfer.t3_groups import GroupSparsity

    p = FakePass(group_code(variant)[0])
    GroupSparsity(LAM, SIZE).add(p)
    return (p.gh,)


def want_group_gradient(variant):
    return (numeric_gradient(lambda h: total(variant, h), group_code(variant)[0]),)


def got_empty(variant):
    from transfer.t3_groups import GroupSparsity

    h, gh = group_code(variant)
    h[0, :SIZE] = 0.0
    p = FakePass(h, gh.copy())
    held, before = p.gh, h.copy()
    value = GroupSparsity(LAM, SIZE).add(p)
    return np.array(value), held, np.array((h == before).all())


def want_empty(variant):
    h, gh = group_code(variant)
    h[0, :SIZE] = 0.0
    g = numeric_gradient(lambda h: total(variant, h), h)
    g[0, :SIZE] = 0.0
    return np.array(total(variant, h)), gh + g, np.array(True)


def got_groups_judged(variant):
    from transfer.t3_groups import GroupSparsity

    from tinyae import Autoencoder, Tanh

    model = Autoencoder.dense((4, 6), activation=Tanh, penalties=GroupSparsity(LAM, 3), rng=1)
    return (judged(variant, model, 4),)


def want_groups_judged(variant):
    return (np.array(0.0),)


T3 = Task(
    id="T3", title="Sparsity of groups", minutes=45, tutorial="04",
    needs=("01", "02", "03", "04", "09", "14"), symbols=(), statement="T3.md", transfer=True,
    file="transfer/t3_groups.py",
    stub='''"""Task T3: a penalty that the library does not have, sparsity of groups of units."""

from dataclasses import dataclass

import numpy as np

from tinyae.criterion import Penalty


@dataclass(frozen=True)
class GroupSparsity(Penalty):
    """λ Σ_g {{price}}, the mean over the examples; h_g are `size` units that stand together."""

    lam: float
    size: int

    def add(self, p):
        """Return the penalty of the code p.h (n, k) and add its derivative into p.gh, in place.

        The derivative is 0 for a group that is 0. A complex p.h must stay complex.
        """
        raise NotImplementedError("task T3: write GroupSparsity.add")
''',
    solution='''"""Sparsity of groups of units."""

from dataclasses import dataclass

import numpy as np

from tinyae.criterion import Penalty


@dataclass(frozen=True)
class GroupSparsity(Penalty):
    lam: float
    size: int

    def add(self, p):
        groups = p.h.reshape(len(p.h), -1, self.size)
        squares = (groups * groups).sum(axis=2, keepdims=True)
        on = squares.real > 0
        norm = np.sqrt(np.where(on, squares, 1.0))
        weight = self.lam / len(p.h)
        pull = np.where(on, {{pull}} * groups / norm, 0.0)
        p.gh += weight * pull.reshape(p.h.shape)
        return weight * np.where(on, {{value}}, 0.0).sum()
''',
    words=price,
    checks=(
        Check("value", 1, got_groups, want_groups, property="each group has one price",
              case="one group (3, 4)"),
        Check("derivative", 1.5, got_group_gradient, want_group_gradient, tolerance=1e-8,
              property="the derivative agrees with the difference quotient of the value",
              case="one group (3, 4)"),
        Check("a group of zeros", 1.5, got_empty, want_empty, hidden=True, tolerance=1e-5,
              property="a group of zeros costs nothing and is not moved; what is in gh stays",
              case="one group (0, 0)"),
        Check("gradcheck", 1, got_groups_judged, want_groups_judged, hidden=True, tolerance=1e-10,
              property="gradcheck accepts an autoencoder with groups of three units",
              case="one group"),
    ),
    wrong=(
        Wrong("not divided by n", "The penalty is a sum over the examples: take the mean.",
              {"transfer/t3_groups.py": ("self.lam / len(p.h)", "self.lam")}),
        Wrong("squared norm", "The derivative is that of the squared norm: divide by the norm.",
              {"transfer/t3_groups.py": ("* groups / norm", "* groups")}),
        Wrong("each unit a group", "Each unit has a price of its own: this is L1.",
              {"transfer/t3_groups.py": ("self.size)\n", "1)\n")}),
        Wrong("0/0 for a group of zeros", "A group of zeros gives 0/0: its derivative is 0.",
              {"transfer/t3_groups.py": ("np.sqrt(np.where(on, squares, 1.0))",
                                         "np.sqrt(squares)")}),
        Wrong("a group of zeros is moved", "A group of zeros has the price of a norm of 1.",
              {"transfer/t3_groups.py": ("np.where(on, {{value}}, 0.0)", "({{value}})")}),
        Wrong("groups across the code",
              "The units of a group do not stand together: unit 0 and 1 form the first group.",
              {"transfer/t3_groups.py": (
                  "groups = p.h.reshape(len(p.h), -1, self.size)\n",
                  "groups = p.h.reshape(len(p.h), self.size, -1).swapaxes(1, 2)\n")}),
        Wrong("gh set, not added", "gh is set and not added: write +=.",
              {"transfer/t3_groups.py": ("p.gh +=", "p.gh[...] =")}),
        Wrong("norm over the examples", "The norm is over the examples: it is over the units.",
              {"transfer/t3_groups.py": ("sum(axis=2, keepdims=True)", "sum(axis=0, keepdims=True)")
               }),
    ),
)  # fmt: skip


# --- T4 ---------------------------------------------------------------------------------------

CURVES = {
    "sigmoid": {"f": "1.0 / (1.0 + np.exp(-a))", "df": "f(a) * (1.0 - f(a))",
                "d2f": "df(a) * (1.0 - 2.0 * f(a))"},
    "tanh": {"f": "np.tanh(a)", "df": "1.0 - f(a) ** 2", "d2f": "-2.0 * f(a) * df(a)"},
    "softplus": {"f": "np.log1p(np.exp(a))", "df": "1.0 / (1.0 + np.exp(-a))",
                 "d2f": "df(a) * (1.0 - df(a))"},
}  # fmt: skip


def curve_words(variant):
    """Return the words of a variant: the name of the unit, and code for its derivatives."""
    return {"unit": variant.unit, **CURVES[variant.unit]}


def two_layers(variant):
    """Return x, W1, b1, W2, b2 and three directions."""
    n, d, k = variant.sizes
    rng = variant.rng("two layers")
    x, *layers = (rng.normal(size=s) for s in ((n, d), (d, k), (k,), (k, n + 1), (n + 1,)))
    return x, [0.6 * p for p in layers], rng.normal(size=(3, d))


def lengths(variant, layers, x, directions):
    """Return the mean over the examples of Σ ‖J v‖², from the Jacobians themselves."""
    W1, b1, W2, b2 = layers
    found = 0.0
    for row in x:
        a1 = row @ W1 + b1
        a2 = unit(variant.unit, a1) @ W2 + b2
        J = slope(variant.unit, a2)[:, None] * (W2.T @ (slope(variant.unit, a1)[:, None] * W1.T))
        found += sum(((J @ v) ** 2).sum() for v in directions)
    return found / len(x)


def all_gradients(variant, directions):
    """Return the gradients of `lengths` with respect to the four parameters."""
    x, layers, _ = two_layers(variant)
    found = []
    for i in range(4):

        def moved(p, i=i):
            return lengths(variant, [*layers[:i], p, *layers[i + 1 :]], x, directions)

        found.append(numeric_gradient(moved, layers[i]))
    return found


def by_formula(*arguments):
    """Return what the submission's `contraction` gives without the library's tangents."""
    from transfer.t4_contraction import contraction

    with no_tangents():
        return contraction(*arguments)


def got_lengths(variant):
    x, layers, directions = two_layers(variant)
    return (np.array(by_formula(*layers, x, directions)[0]),)


def want_lengths(variant):
    x, layers, directions = two_layers(variant)
    return (np.array(lengths(variant, layers, x, directions)),)


def got_exact(variant):
    x, layers, _ = two_layers(variant)
    value, gradients = by_formula(*layers, x, np.eye(x.shape[1]))
    return np.array(value), gradients[2], gradients[3]


def want_exact(variant):
    x, layers, _ = two_layers(variant)
    eye = np.eye(x.shape[1])
    return np.array(lengths(variant, layers, x, eye)), *all_gradients(variant, eye)[2:]


def got_first_layer(variant):
    x, layers, directions = two_layers(variant)
    return tuple(by_formula(*layers, x, directions)[1])


def want_first_layer(variant):
    return tuple(all_gradients(variant, two_layers(variant)[2]))


def got_turned(variant):
    x, layers, _ = two_layers(variant)
    turned, _ = np.linalg.qr(variant.rng("turned").normal(size=(x.shape[1],) * 2))
    value, gradients = by_formula(*layers, x, turned)
    return np.array(value), gradients[0], gradients[1]


def want_turned(variant):
    x, layers, _ = two_layers(variant)
    eye = np.eye(x.shape[1])
    return np.array(lengths(variant, layers, x, eye)), *all_gradients(variant, eye)[:2]


T4 = Task(
    id="T4", title="Contraction of two layers", minutes=90, tutorial="05", needs=(), symbols=(),
    statement="T4.md", transfer=True, level="advanced", file="transfer/t4_contraction.py",
    stub='''"""Task T4: the contraction of an encoder of two layers, along given directions."""

import numpy as np


def contraction(W1, b1, W2, b2, x, directions):
    """Return (value, (gW1, gb1, gW2, gb2)) for h = f(f(x W1 + b1) W2 + b2), f the {{unit}}.

    The value is the mean over the examples x (n, d) of the sum over the directions (K, d) of
    ‖J v‖², where J is the Jacobian of h at the example. The gradients have the shapes of the
    parameters.
    """
    raise NotImplementedError("task T4: write contraction")
''',
    solution='''"""The contraction of an encoder of two layers, along given directions."""

import numpy as np


def f(a):
    return {{f}}


def df(a):
    return {{df}}


def d2f(a):
    return {{d2f}}


def contraction(W1, b1, W2, b2, x, directions):
    n = len(x)
    a1 = x @ W1 + b1
    a2 = f(a1) @ W2 + b2
    s1, s2 = df(a1), df(a2)
    gW1, gW2, gs1, gs2 = (np.zeros_like(p) for p in (W1, W2, s1, s2))
    value = 0.0
    for v in directions:
        p = v @ W1
        q = s1 * p
        t = q @ W2
        u = s2 * t
        value += (u * u).sum() / n
        gu = 2.0 * u / n
        gs2 += gu * t
        gt = gu * s2
        gW2 += q.T @ gt
        gq = gt @ W2.T
        gs1 += gq * p
        gW1 += np.outer(v, (gq * s1).sum(axis=0))
    ga2 = gs2 * d2f(a2)
    gW2 += f(a1).T @ ga2
    ga1 = gs1 * d2f(a1) + (ga2 @ W2.T) * s1
    gW1 += x.T @ ga1
    return value, (gW1, ga1.sum(axis=0), gW2, ga2.sum(axis=0))
''',
    words=curve_words,
    checks=(
        Check("value", 2, got_lengths, want_lengths,
              property="the mean of Σ ‖J v‖² over the examples",
              case="one input, one unit in each layer, one direction"),
        Check("second layer, all unit vectors", 2, got_exact, want_exact, tolerance=1e-7,
              property="with the d unit vectors, the value is the squared Frobenius norm; gW2 and "
              "gb2 agree with difference quotients", case="one input and one unit in each layer"),
        Check("all gradients", 2, got_first_layer, want_first_layer, hidden=True, tolerance=1e-7,
              property="all four gradients agree with difference quotients",
              case="one input and one unit in each layer"),
        Check("turned directions", 2, got_turned, want_turned, hidden=True, tolerance=1e-7,
              property="d directions at right angles, of length 1, give the exact contraction",
              case="two inputs, two turned directions"),
    ),
    wrong=(
        Wrong("second derivatives forgotten", "The slopes depend on the parameters too: f'' is "
              "missing, and the biases have gradients.",
              {"transfer/t4_contraction.py": ("def d2f(a):\n    return {{d2f}}",
                                              "def d2f(a):\n    return 0.0 * a")}),
        Wrong("the upper slopes' way down",
              "The slopes of the second layer depend on the first layer too: go on with ga2 Wᵀ.",
              {"transfer/t4_contraction.py": (" + (ga2 @ W2.T) * s1", "")}),
        Wrong("mean over the directions", "The value is a mean over the directions: sum over them.",
              {"transfer/t4_contraction.py": ("n = len(x)", "n = len(x) * len(directions)")}),
        Wrong("sum over the examples", "The value is a sum over the examples: take the mean.",
              {"transfer/t4_contraction.py": ("n = len(x)", "n = 1")}),
        Wrong("first slope left out", "The slope of the first layer is missing in J.",
              {"transfer/t4_contraction.py": ("q = s1 * p", "q = np.ones_like(s1) * p")}),
        Wrong("W2 through the slopes left out",
              "W2 acts through the slopes of the second layer as well.",
              {"transfer/t4_contraction.py": ("    gW2 += f(a1).T @ ga2\n", "")}),
        Wrong("2 forgotten", "The gradients are half of what they should be.",
              {"transfer/t4_contraction.py": ("gu = 2.0 * u / n", "gu = u / n")}),
    ),
)  # fmt: skip


TASKS = (T3, T4)
