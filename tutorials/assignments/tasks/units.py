"""Units and their slopes, and the softmax (tasks 03 and 06)."""

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import sigmoid

UNITS = "tinyae/nn/activations.py"
SOFTMAX = "tinyae/nn/softmax.py"
FAR = np.array([[1000.0, -1000.0, 40.0, -40.0]])


# --- 03 ---------------------------------------------------------------------------------------


def inputs(variant):
    """Return inputs a (n, k) of both signs, which are not near 0."""
    n, _, k = variant.sizes
    rng = variant.rng("units")
    return rng.uniform(0.2, 2.0, (n, k)) * np.where(rng.random((n, k)) < 0.5, -1.0, 1.0)


def got_sigmoid(variant):
    from tinyae import Sigmoid

    a = inputs(variant)
    return (Sigmoid().f(a),)


def want_sigmoid(variant):
    return (sigmoid(inputs(variant)),)


def got_slopes(variant):
    from tinyae import ReLU, Sigmoid, Tanh

    a = inputs(variant)
    return (
        Sigmoid().df(a, sigmoid(a)),
        Tanh().df(a, np.tanh(a)),
        ReLU().df(a, np.maximum(a, 0.0)),
    )


def want_slopes(variant):
    a = inputs(variant)
    step = 1e-5
    return tuple(
        (f(a + step) - f(a - step)) / (2.0 * step)
        for f in (sigmoid, np.tanh, lambda a: np.maximum(a, 0.0))
    )


def got_softplus(variant):
    from tinyae.nn.activations import softplus

    return (softplus(inputs(variant)),)


def want_softplus(variant):
    return (np.log(1.0 + np.exp(inputs(variant))),)


def got_far_sigmoid(variant):
    from tinyae import Sigmoid

    with np.errstate(under="ignore"):
        return (Sigmoid().f(FAR),)


def want_far_sigmoid(variant):
    return (np.array([[1.0, 0.0, 1.0, math.exp(-40.0)]]),)


def got_far_softplus(variant):
    from tinyae.nn.activations import softplus

    with np.errstate(under="ignore"):
        return softplus(FAR), softplus(FAR[:, 3:]) * math.exp(40.0)


def want_far_softplus(variant):
    tiny = math.exp(-40.0)
    return np.array([[1000.0, 0.0, 40.0 + tiny, tiny]]), np.ones((1, 1))


def got_kink(variant):
    from tinyae import ReLU

    a = np.array([[-1.0, 0.0, 2.0]], np.float32)
    slope = ReLU().df(a, np.maximum(a, 0))
    return slope, np.array(slope.dtype == np.float32)


def want_kink(variant):
    return np.array([[0.0, 0.0, 1.0]]), np.array(True)


def got_complex(variant):
    from tinyae import Sigmoid
    from tinyae.nn.activations import softplus

    a = inputs(variant) + 1e-20j
    return softplus(a).imag * 1e20, Sigmoid().f(a).imag * 1e20


def want_complex(variant):
    a = inputs(variant)
    return sigmoid(a), sigmoid(a) * sigmoid(-a)


TASK_03 = Task(
    id="03", title="Units and their slopes", minutes=35, tutorial="01", needs=(),
    symbols=(
        Symbol(UNITS, "Sigmoid.f",
               "Return the logistic sigmoid of a, of the shape of a. No warning may occur, however "
               "large |a| is, and a complex a must stay complex."),
        Symbol(UNITS, "Sigmoid.df",
               "Return the derivative of the sigmoid at a. `y` is its output there."),
        Symbol(UNITS, "Tanh.df",
               "Return the derivative of tanh at a. `y` is its output there."),
        Symbol(UNITS, "ReLU.df",
               "Return the derivative of the rectifier at a, in the dtype of a. At the kink a = 0 "
               "it is 0."),
        Symbol(UNITS, "softplus",
               "Return the softplus of a, of the shape of a. It must be right to all digits for "
               "large |a| of both signs, without a warning. `a.real` decides about signs, so that "
               "a complex a stays complex."),
    ),
    docstrings=(
        Symbol(UNITS, "Sigmoid", "The logistic sigmoid, with outputs between 0 and 1."),
        Symbol(UNITS, "Softplus", "A smooth rectifier; see the function `softplus`."),
        Symbol(UNITS, "Softplus.df", "Return the derivative at a. `y` is the output there."),
        Symbol(UNITS, "Softplus.d2f", "Return the second derivative at a. `y` is the output."),
        Symbol(UNITS, "Sigmoid.d2f", "Return the second derivative at a. `y` is the output."),
        Symbol(UNITS, "Tanh.d2f", "Return the second derivative at a. `y` is the output."),
    ),
    statement="03.md",
    checks=(
        Check("sigmoid", 0.5, got_sigmoid, want_sigmoid, tolerance=1e-12,
              property="the value of the sigmoid", case="a = 0.3 and a = -0.3"),
        Check("slopes", 1.5, got_slopes, want_slopes, tolerance=1e-7,
              property="each slope agrees with the difference quotient of its unit",
              case="one negative and one positive a"),
        Check("softplus", 0.5, got_softplus, want_softplus, tolerance=1e-12,
              property="the value of the softplus", case="a = 0.3"),
        Check("sigmoid far away", 0.5, got_far_sigmoid, want_far_sigmoid, tolerance=1e-12,
              property="large inputs give the limits, without overflow",
              case="a = 1000 and a = -1000"),
        Check("softplus far away", 1, got_far_softplus, want_far_softplus, hidden=True,
              tolerance=1e-12, property="no overflow, and all digits of a small value",
              case="a = 1000, a = -1000 and a = -40"),
        Check("at the kink", 0.5, got_kink, want_kink, hidden=True, tolerance=0,
              property="the slope of the rectifier is 0 or 1, and 0 at the kink; dtypes are kept",
              case="a = 0"),
        Check("complex step", 0.5, got_complex, want_complex, hidden=True, tolerance=1e-10,
              property="a tiny imaginary part of a gives the derivative",
              case="a = 0.3 + 1e-20 i"),
    ),
    wrong=(
        Wrong("slope of the sigmoid is its output",
              "The slope of the sigmoid is y alone: its second factor is missing.",
              {"Sigmoid.df": "return y"}),
        Wrong("slope written with the input",
              "The slope of the sigmoid is written with the input a where its output y belongs.",
              {"Sigmoid.df": "return a * (1.0 - a)"}),
        Wrong("tanh without the square",
              "The slope of tanh lacks a square: compare it with the difference quotient at a = 1.",
              {"Tanh.df": "return 1.0 - y"}),
        Wrong("slope of the sigmoid for tanh",
              "The slope of tanh is that of the sigmoid: the two units have different slopes.",
              {"Tanh.df": "return y * (1.0 - y)"}),
        Wrong("sigmoid that overflows",
              "exp(1000) overflows: write the sigmoid so that no exponent is large and positive.",
              {"Sigmoid.f": "return 1.0 / (1.0 + np.exp(-a))"}),
        Wrong("softplus that overflows",
              "exp(1000) overflows: separate the part of the softplus that is linear for large a.",
              {"softplus": "return np.log(1.0 + np.exp(a))"}),
        Wrong("softplus without log1p",
              "For a = -40 the softplus is not 0: 1 + exp(-40) rounds to 1, so use `np.log1p`.",
              {"softplus": ("np.log1p(np.exp(np.where(positive, -a, a)))",
                            "np.log(1.0 + np.exp(np.where(positive, -a, a)))")}),
        Wrong("slope 1 at the kink",
              "At a = 0 the slope of the rectifier is 1: here it is defined as 0 at the kink.",
              {"ReLU.df": ("a.real > 0", "a.real >= 0")}),
        Wrong("slope of the rectifier is its output",
              "The slope of the rectifier is its output: the slope is 0 or 1.",
              {"ReLU.df": "return y"}),
    ),
)  # fmt: skip


# --- 06 ---------------------------------------------------------------------------------------


def logits(variant):
    """Return logits a (n, d) and an adjoint of the same shape."""
    n, d, _ = variant.sizes
    rng = variant.rng("softmax")
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


def probabilities(variant):
    """Return rows of probabilities (n, d), which serve as the cache."""
    n, d, _ = variant.sizes
    y = variant.rng("probabilities").uniform(0.1, 1.0, (n, d))
    return y / y.sum(axis=1, keepdims=True)


def shares(a):
    """Return the softmax of moderate logits, row by row."""
    return np.array([[math.exp(v) / sum(math.exp(u) for u in row) for v in row] for row in a])


def got_softmax(variant):
    from tinyae.nn import Softmax

    y, cache = Softmax().forward(logits(variant)[0])
    return y, cache


def want_softmax(variant):
    y = shares(logits(variant)[0])
    return y, y


def got_softmax_back(variant):
    from tinyae.nn import Softmax

    return (Softmax().backward(logits(variant)[1], probabilities(variant)),)


def want_softmax_back(variant):
    found = []
    for y, g in zip(probabilities(variant), logits(variant)[1], strict=True):
        jacobian = [[y[i] * ((i == j) - y[j]) for i in range(len(y))] for j in range(len(y))]
        found.append([sum(g[j] * jacobian[j][i] for j in range(len(y))) for i in range(len(y))])
    return (np.array(found),)


def got_log_sum(variant):
    from tinyae.nn.softmax import log_sum_exp

    return (log_sum_exp(logits(variant)[0]),)


def want_log_sum(variant):
    return (np.array([math.log(sum(math.exp(v) for v in row)) for row in logits(variant)[0]]),)


ROWS = np.array([[1000.0, 999.0], [-1000.0, -1001.0], [0.0, -2000.0]])


def got_softmax_far(variant):
    from tinyae.nn import Softmax

    with np.errstate(under="ignore"):
        return (Softmax().forward(ROWS)[0],)


def want_softmax_far(variant):
    p = 1.0 / (1.0 + math.exp(-1.0))
    return (np.array([[p, 1 - p], [p, 1 - p], [1.0, 0.0]]),)


def got_log_sum_far(variant):
    from tinyae.nn.softmax import log_sum_exp

    with np.errstate(under="ignore"):
        return log_sum_exp(ROWS), log_sum_exp(ROWS.reshape(3, 1, 2))


def want_log_sum_far(variant):
    top = math.log(1.0 + math.exp(-1.0))
    logs = np.array([1000.0 + top, -1000.0 + top, 0.0])
    return logs, logs[:, None]


def got_tangents(variant):
    from tinyae.nn import Softmax

    _, gy = logits(variant)
    return Softmax().backward(np.stack([gy, np.ones_like(gy)]), probabilities(variant))[1], gy


def want_tangents(variant):
    _, gy = logits(variant)
    return np.zeros_like(gy), gy


TASK_06 = Task(
    id="06", title="Softmax, there and back", minutes=40, tutorial="03", needs=(),
    symbols=(
        Symbol(SOFTMAX, "Softmax.forward",
               "Return (y, cache) for logits a (n, d): the softmax of each row, without overflow. "
               "The cache is y. `self.groups` is None here, you may ignore it."),
        Symbol(SOFTMAX, "Softmax.backward",
               "Return the adjoint of a, of the shape of gy. gy (n, d) is the adjoint of y, and y "
               "the cache. gy may have an axis of tangents in front, (K, n, d)."),
        Symbol(SOFTMAX, "log_sum_exp",
               "Return the logarithm of the sum of exp(a) along the last axis, without overflow, "
               "for an array of any number of axes."),
    ),
    docstrings=(
        Symbol(SOFTMAX, "Softmax.jvp", "Return the image of the tangents v; the tape is v."),
    ),
    statement="06.md",
    checks=(
        Check("forward", 1, got_softmax, want_softmax, property="each row of y sums to one",
              case="one row of two logits, 0 and 1"),
        Check("backward", 1.5, got_softmax_back, want_softmax_back,
              property="the adjoint of a is gy times the full Jacobian",
              case="one row of two logits and gy = (1, 0)"),
        Check("log-sum-exp", 0.5, got_log_sum, want_log_sum, property="one number for each row",
              case="one row of two logits"),
        Check("forward far away", 1, got_softmax_far, want_softmax_far, hidden=True,
              tolerance=1e-12, property="large logits of both signs give no overflow and no 0/0",
              case="logits 1000 and 999, and logits -1000 and -1001"),
        Check("log-sum-exp far away", 1, got_log_sum_far, want_log_sum_far, hidden=True,
              tolerance=1e-12, property="large entries of both signs give no overflow and no log 0",
              case="entries 1000 and 999, and entries -1000 and -1001"),
        Check("constant adjoint", 1, got_tangents, want_tangents, hidden=True, tolerance=1e-12,
              property="an adjoint that is constant in a row gives zero, also for a stack of rows",
              case="gy = (1, 1)"),
    ),
    wrong=(
        Wrong("softmax that overflows",
              "exp(1000) overflows: subtract the largest logit of the row first.",
              {"Softmax.forward": "e = np.exp(a)\ny = e / e.sum(axis=-1, keepdims=True)\n"
               "return y, y"}),
        Wrong("columns sum to one",
              "The columns sum to one, and not the rows: sum along the last axis.",
              {"Softmax.forward": "e = np.exp(a - a.real.max())\n"
               "y = e / e.sum(axis=0, keepdims=True)\nreturn y, y"}),
        Wrong("one largest logit for all rows",
              "One largest logit is subtracted from all rows: far below it every exp is 0 and a "
              "row becomes 0/0. Take the largest of each row.",
              {"Softmax.forward": "e = np.exp(a - a.real.max())\n"
               "y = e / e.sum(axis=-1, keepdims=True)\nreturn y, y"}),
        Wrong("diagonal of the Jacobian only",
              "Only the diagonal of the Jacobian is used: each y_j depends on every a_i.",
              {"Softmax.backward": "return y * (1.0 - y) * gy"}),
        Wrong("sum of gy without weights",
              "The sum over gy has no weights: which factor belongs to each term of the sum?",
              {"Softmax.backward": "return y * (gy - gy.sum(axis=-1, keepdims=True))"}),
        Wrong("mean of gy",
              "The mean of gy is subtracted: the terms of the sum have the weights y.",
              {"Softmax.backward": "return y * (gy - gy.mean(axis=-1, keepdims=True))"}),
        Wrong("largest logit not added back",
              "The largest logit is subtracted and never added back.",
              {"log_sum_exp": "top = a.real.max(axis=-1, keepdims=True)\n"
               "return np.log(np.exp(a - top).sum(axis=-1))"}),
        Wrong("log-sum-exp that overflows",
              "exp(1000) overflows: subtract the largest entry of each row, and add it at the end.",
              {"log_sum_exp": "return np.log(np.exp(a).sum(axis=-1))"}),
    ),
)  # fmt: skip


TASKS = (TASK_03, TASK_06)
