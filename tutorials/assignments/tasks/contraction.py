"""Contraction: the closed form of one layer, and random probes (tasks 17 and 18)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import (
    linear,
    no_tangents,
    numeric_gradient,
    slope,
    unit,
    unit_class,
)

CONTRACTION = "tinyae/criterion/contraction.py"
WEIGHT = 0.3


def layer_of(variant):
    """Return x, W, b of a layer with a unit behind it."""
    n, d, k = variant.sizes
    rng = variant.rng("contraction")
    return [rng.normal(size=shape) for shape in ((n, d), (d, k), (k,))]


def network(variant):
    """Return the layers of the submission, as a chain, and the cache of a pass."""
    from tinyae import Chain

    x, W, b = layer_of(variant)
    a = x @ W + b
    layer = linear(W, b)
    return layer, Chain(layer, unit_class(variant.unit)()), [x, (a, unit(variant.unit, a))]


def energy(variant, W, b):
    """Return the weighted sum of all squared entries of the Jacobians, entry by entry."""
    x, _, _ = layer_of(variant)
    total = 0.0
    for row in x:
        for j in range(W.shape[1]):
            s = slope(variant.unit, row @ W[:, j] + b[j])
            total += sum((s * W[i, j]) ** 2 for i in range(W.shape[0]))
    return WEIGHT * total


# --- 17 ---------------------------------------------------------------------------------------


def by_formula(net, cache, weight):
    """Return what `closed_form` gives without tangents."""
    from tinyae.criterion.contraction import closed_form

    with no_tangents():
        return closed_form(net, cache, weight)


def got_value(variant):
    _, net, cache = network(variant)
    return (np.array(by_formula(net, cache, WEIGHT)),)


def want_value(variant):
    _, W, b = layer_of(variant)
    return (np.array(energy(variant, W, b)),)


def got_weight_gradient(variant):
    layer, net, cache = network(variant)
    by_formula(net, cache, WEIGHT)
    return (layer.grads["W"],)


def want_weight_gradient(variant):
    _, W, b = layer_of(variant)
    return (numeric_gradient(lambda W: energy(variant, W, b), W),)


def got_bias_gradient(variant):
    layer, net, cache = network(variant)
    by_formula(net, cache, WEIGHT)
    return (layer.grads["b"],)


def want_bias_gradient(variant):
    _, W, b = layer_of(variant)
    return (numeric_gradient(lambda b: energy(variant, W, b), b),)


def got_other_units(variant):
    from tinyae import Chain

    x, W, b = layer_of(variant)
    a, found = x @ W + b, []
    for name in ("sigmoid", "tanh"):
        layer = linear(W, b)
        net = Chain(layer, unit_class(name)())
        by_formula(net, [x, (a, unit(name, a))], WEIGHT)
        found.append(layer.grads["b"])
    return tuple(found)


def want_other_units(variant):
    x, W, b = layer_of(variant)
    squares, found = (W * W).sum(axis=0), []
    for name in ("sigmoid", "tanh"):
        s = lambda b: (slope(name, x @ W + b) ** 2 * squares).sum()  # noqa: E731, B023
        found.append(WEIGHT * numeric_gradient(s, b))
    return tuple(found)


class LayerPass:
    """What a contraction needs of a pass through an encoder of one layer."""

    each = None

    def __init__(self, encoder, cache):
        self.encoder, self.encoder_cache = encoder, cache
        self.x = self.x_tilde = cache[0]


def got_penalty(variant):
    from tinyae import Contractive

    layer, net, cache = network(variant)
    with no_tangents():
        value = Contractive(WEIGHT).add(LayerPass(net, cache))
    return np.array(value), layer.grads["W"], layer.grads["b"], cache[0]


def want_penalty(variant):
    x, W, b = layer_of(variant)
    n = len(x)
    gW = numeric_gradient(lambda W: energy(variant, W, b), W) / n
    gb = numeric_gradient(lambda b: energy(variant, W, b), b) / n
    return np.array(energy(variant, W, b) / n), gW, gb, x


def got_added(variant):
    layer, net, cache = network(variant)
    held = layer.grads["W"], layer.grads["b"]
    held[0][...], held[1][...] = 1.0, 2.0
    by_formula(net, cache, WEIGHT)
    by_formula(net, cache, -2.0 * WEIGHT)
    return held


def want_added(variant):
    return 1.0 - want_weight_gradient(variant)[0], 2.0 - want_bias_gradient(variant)[0]


OPEN = """linear, activation = net.layers
x, (a, h) = cache
W = linear.params["W"]
s = activation.df(a, h)
squares = (W * W).sum(axis=0)
energy = (s * s).sum(axis=0)
"""
DIRECT = 'linear.grads["W"] += 2.0 * weight * W * energy\n'
THROUGH = "linear.backward(2.0 * weight * s * activation.d2f(a, h) * squares, x)\n"
VALUE = "return weight * (energy * squares).sum()\n"

TASK_17 = Task(
    id="17", title="Contraction in closed form", minutes=60, tutorial="05", needs=("01", "03"),
    plain={"closed_form": OPEN + DIRECT + THROUGH + VALUE},
    symbols=(
        Symbol(CONTRACTION, "closed_form",
               "Return the contraction of one layer, and add its gradient into the layer.\n\n"
               "The value is `weight` times the sum over the examples of the squared Frobenius "
               "norm of the Jacobian of h = f(a), a = x W + b. `net` is a chain of a Linear layer "
               "and a unit, and `cache` is [x, (a, h)]. Add the derivatives with respect to W and "
               "b into `grads` of the Linear layer, in place. The unit has `df(a, h)` and "
               "`d2f(a, h)`, its first and second derivative. Any unit must work. Do not build a "
               "Jacobian. `each` is None here, you may ignore it."),
    ),
    docstrings=(
        Symbol(CONTRACTION, "",
               "Contraction: λ ‖∂h/∂x‖_F², which makes the code insensitive to its input (14.11, "
               "14.18)."),
    ),
    statement="17.md",
    level="advanced",
    checks=(
        Check("value", 1.5, got_value, want_value,
              property="the weighted sum of the squared entries of all Jacobians",
              case="one input, one unit"),
        Check("gradient of W", 1.5, got_weight_gradient, want_weight_gradient, tolerance=1e-7,
              property="gW agrees with the difference quotient of the value",
              case="one input, one unit, one example"),
        Check("gradient of b", 1, got_bias_gradient, want_bias_gradient, tolerance=1e-7,
              property="gb agrees with the difference quotient of the value",
              case="one input, one unit, one example"),
        Check("two other units", 1.5, got_other_units, want_other_units, hidden=True,
              tolerance=1e-7, property="sigmoid and tanh both work",
              case="one sigmoid unit and one tanh unit"),
        Check("as a penalty", 1.5, got_penalty, want_penalty, hidden=True, tolerance=1e-7,
              property="as a penalty, value and gradient are means over the examples",
              case="one example"),
        Check("gradients add up", 1, got_added, want_added, hidden=True, tolerance=1e-7,
              property="the gradients are added to what is there, also for another weight",
              case="two calls"),
    ),
    wrong=(
        Wrong("second derivative forgotten",
              "W and b act through the slopes as well: the second derivative is missing, and b has "
              "a gradient too.",
              {"closed_form": OPEN + DIRECT + VALUE}),
        Wrong("the slopes' part only",
              "Only the part through the slopes is there: the W that multiplies the slopes in the "
              "Jacobian counts as well.",
              {"closed_form": OPEN + THROUGH + VALUE}),
        Wrong("slope not squared",
              "The slopes are not squared in the value: the Jacobian is squared as a whole.",
              {"closed_form": OPEN.replace("(s * s)", "s") + DIRECT
               + THROUGH.replace("2.0 * weight * s *", "weight *") + VALUE}),
        Wrong("tangents in the place of the formula",
              "`exact` and `probed` compute J along tangents: write the formula of one layer, which "
              "needs no J.",
              {"closed_form": "return exact(net, cache, weight, cache[0], each)"}),
        Wrong("2 missing before W",
              "The part of gW with W itself is half of what it should be: W² has the derivative "
              "2 W.",
              {"closed_form": OPEN + DIRECT.replace("2.0 * ", "") + THROUGH + VALUE}),
        Wrong("2 missing in the slopes' part",
              "The part through the slopes is half of what it should be: the slope is squared.",
              {"closed_form": OPEN + DIRECT + THROUGH.replace("2.0 * ", "") + VALUE}),
        Wrong("slope missing in the slopes' part",
              "The part through the slopes lacks the slope itself: the derivative of a square "
              "contains the function.",
              {"closed_form": OPEN + DIRECT + THROUGH.replace("weight * s *", "weight *") + VALUE}),
        Wrong("rows for columns",
              "The squares of W are summed along the wrong axis: the weights into unit j are "
              "column j.",
              {"closed_form": OPEN.replace("(W * W).sum(axis=0)",
                                           "(W * W).sum(axis=1).mean() * np.ones(W.shape[1])")
               + DIRECT + THROUGH + VALUE}),
        Wrong("norm, not its square", "The root is taken: the penalty is the squared norm.",
              {"closed_form": OPEN + DIRECT + THROUGH
               + "return weight * np.sqrt((energy * squares).sum())"}),
        Wrong("the sigmoid's slope for every unit",
              "The slope of the sigmoid is used for every unit: use `df` and `d2f` of the unit.",
              {"closed_form": OPEN.replace("activation.df(a, h)", "h * (1.0 - h)") + DIRECT
               + THROUGH.replace("activation.d2f(a, h)", "h * (1.0 - h) * (1.0 - 2.0 * h)")
               + VALUE}),
        Wrong("sum of slopes, then squared",
              "The slopes are summed over the examples before they are squared: square first.",
              {"closed_form": OPEN.replace("(s * s).sum(axis=0)", "s.sum(axis=0) ** 2") + DIRECT
               + THROUGH + VALUE}),
    ),
)  # fmt: skip


# --- 18 ---------------------------------------------------------------------------------------


COPIES, STRONG = 800, 3.0  # copies of the examples, so that one call averages over many draws


def estimates(variant, probes, times, copies):
    """Return values and the mean gradient of W for many draws of the probes."""
    from tinyae.criterion.contraction import probed

    layer, net, (x, cache) = network(variant)
    rng, values = variant.rng("probes"), []
    many = [np.tile(x, (copies, 1)), tuple(np.tile(part, (copies, 1)) for part in cache)]
    for _ in range(times):
        values.append(probed(net, many, STRONG / copies, many[0], probes, rng))
    return np.array(values), layer.grads["W"] / times


def got_average(variant):
    values, _ = estimates(variant, 4, 5, COPIES)
    return (np.array(values.mean()),)


def want_average(variant):
    _, W, b = layer_of(variant)
    return (np.array(energy(variant, W, b)) * (STRONG / WEIGHT),)


def got_average_gradient(variant):
    _, gW = estimates(variant, 4, 5, COPIES)
    return (gW,)


def want_average_gradient(variant):
    return (want_weight_gradient(variant)[0] * (STRONG / WEIGHT),)


def got_spread(variant):
    few, _ = estimates(variant, 1, 200, 1)
    many, _ = estimates(variant, 16, 200, 1)
    return (np.array(few.std() / many.std() / 4.0),)


def want_spread(variant):
    return (np.array(1.0),)


def got_own_derivative(variant):
    from tinyae import Chain, Tanh
    from tinyae.criterion.contraction import probed

    x, W, b = layer_of(variant)

    def value(W, b):
        layer = linear(W, b)
        net = Chain(layer, Tanh())
        found = probed(net, net.forward(x)[1], WEIGHT, x, 3, variant.rng("one draw"))
        return found, layer.grads["W"], layer.grads["b"]

    _, gW, gb = value(W, b)
    step = 1e-5 * variant.rng("direction").normal(size=W.shape)
    along = (value(W + step, b)[0] - value(W - step, b)[0]) / 2e-5
    return np.array((gW * step).sum() / 1e-5 - along), np.array(np.abs(gb).max() > 0)


def want_own_derivative(variant):
    return np.array(0.0), np.array(True)


PROBE = """v = {}
u, tape = net.jvp(v, cache)
net.jvp_backward(2.0 * (weight / k) * u, tape, cache)
return (weight / k) * (u * u).sum()
"""

TASK_18 = Task(
    id="18", title="A random probe", minutes=35, tutorial="05", needs=("01", "02", "03", "16"),
    plain={"probed": PROBE.format("random_signs(k, x, rng)")},
    symbols=(
        Symbol(CONTRACTION, "probed",
               "Return an unbiased estimate of `weight` times the sum over the examples of the "
               "squared Frobenius norm of the Jacobian, and add its gradient into the layers.\n\n"
               "Draw k random directions for each example x (n, d) from `rng`. A single direction "
               "must be right on average. `u, tape = net.jvp(v, cache)` maps directions v "
               "(k, n, d) to their images u (k, n, k'). `net.jvp_backward(gu, tape, cache)` adds "
               "the gradient that belongs to an adjoint gu of u. `each` is None here."),
    ),
    statement="18.md",
    checks=(
        Check("right on average", 1, got_average, want_average, tolerance=0.06,
              property="the mean of many estimates is the exact value",
              case="a Jacobian with one row: many draws of one direction"),
        Check("gradient right on average", 1, got_average_gradient, want_average_gradient,
              tolerance=0.2, property="the mean of many gradients is the exact gradient",
              case="many draws of one direction"),
        Check("more probes, less spread", 1, got_spread, want_spread, hidden=True, tolerance=0.3,
              property="sixteen probes have a quarter of the spread of one",
              case="1 and 16 probes"),
        Check("derivative of the estimate", 1, got_own_derivative, want_own_derivative,
              hidden=True, tolerance=1e-6,
              property="the gradient is the derivative of the same estimate, for the same draw",
              case="one draw"),
    ),
    wrong=(
        Wrong("zeros and ones",
              "The directions consist of zeros and ones: their mean is not 0, and the estimate is "
              "wrong on average.",
              {"probed": PROBE.format("rng.integers(0, 2, (k, *x.shape)).astype(x.dtype)")}),
        Wrong("not divided by k", "The estimate is a sum over the probes: take the mean.",
              {"probed": PROBE.format("random_signs(k, x, rng)").replace("(weight / k)", "weight")}),
        Wrong("gradient not divided by k",
              "The gradient is a sum over the probes, the value is a mean: use weight / k in both.",
              {"probed": PROBE.format("random_signs(k, x, rng)").replace(
                  "2.0 * (weight / k)", "2.0 * weight")}),
        Wrong("directions of length one",
              "The directions have length 1: the estimate is d times too small.",
              {"probed": PROBE.format("rng.standard_normal((k, *x.shape))").replace(
                  "u, tape = ", "v /= np.linalg.norm(v, axis=-1, keepdims=True)\nu, tape = ")}),
        Wrong("k equal probes",
              "All k directions are equal: then k probes are no better than one.",
              {"probed": PROBE.format("np.repeat(random_signs(1, x, rng), k, axis=0)")}),
        Wrong("factor 2 missing", "The gradient is half of what it should be: ‖u‖² has the "
              "derivative 2 u.",
              {"probed": PROBE.format("random_signs(k, x, rng)").replace("2.0 * (weight", "(weight")}),
        Wrong("no gradient", "No gradient is added: call `net.jvp_backward`.",
              {"probed": PROBE.format("random_signs(k, x, rng)").replace(
                  "net.jvp_backward(2.0 * (weight / k) * u, tape, cache)\n", "")}),
        Wrong("norm, not its square", "The norm is taken: the estimate is of its square.",
              {"probed": PROBE.format("random_signs(k, x, rng)").replace(
                  "(u * u).sum()", "np.sqrt((u * u).sum())")}),
        Wrong("the unit vectors' mean",
              "One random unit vector is drawn for each probe: its image estimates 1/d of the "
              "squared norm.",
              {"probed": PROBE.format(
                  "np.eye(x.shape[1])[rng.integers(0, x.shape[1], (k, len(x)))]")}),
    ),
)  # fmt: skip


TASKS = (TASK_17, TASK_18)
