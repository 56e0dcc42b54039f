"""Derivatives along a tangent, and back again (task 16)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import (
    bend,
    linear,
    numeric_gradient,
    product,
    slope,
    unit,
    unit_class,
)

LAYERS = "tinyae/nn/layers.py"
UNITS = "tinyae/nn/activations.py"
TANGENTS = 2


def layer_case(variant):
    """Return W, b, x, tangents v (K, n, d) and adjoints gu (K, n, k)."""
    n, d, k = variant.sizes
    rng = variant.rng("tangents of a layer")
    shapes = ((d, k), (k,), (n, d), (TANGENTS, n, d), (TANGENTS, n, k))
    return [rng.normal(size=shape) for shape in shapes]


def unit_case(variant):
    """Return a, tangents v and adjoints gu of a unit."""
    n, _, k = variant.sizes
    rng = variant.rng("tangents of a unit")
    return [rng.normal(size=shape) for shape in ((n, k), (TANGENTS, n, k), (TANGENTS, n, k))]


def got_linear_jvp(variant):
    W, b, x, v, _ = layer_case(variant)
    return (linear(W, b).jvp(v, x)[0],)


def want_linear_jvp(variant):
    W, _, _, v, _ = layer_case(variant)
    return (np.array([product(part, W) for part in v]),)


def got_linear_back(variant):
    W, b, x, v, gu = layer_case(variant)
    layer = linear(W, b)
    gx, gv = layer.jvp_backward(gu, layer.jvp(v, x)[1], x)
    return gx, gv, layer.grads["W"], layer.grads["b"]


def want_linear_back(variant):
    W, b, x, v, gu = layer_case(variant)
    gW = sum(product(part.T, g) for part, g in zip(v, gu, strict=True))
    return np.zeros_like(x), np.array([product(g, W.T) for g in gu]), gW, np.zeros_like(b)


def got_unit_jvp(variant):
    a, v, _ = unit_case(variant)
    layer = unit_class(variant.unit)()
    return (layer.jvp(v, (a, unit(variant.unit, a)))[0],)


def want_unit_jvp(variant):
    a, v, _ = unit_case(variant)
    return (v * slope(variant.unit, a),)


def got_unit_back(variant):
    a, v, gu = unit_case(variant)
    layer = unit_class(variant.unit)()
    cache = (a, unit(variant.unit, a))
    return layer.jvp_backward(gu, layer.jvp(v, cache)[1], cache)


def want_unit_back(variant):
    a, v, gu = unit_case(variant)
    ga = numeric_gradient(lambda a: (gu * v * slope(variant.unit, a)).sum(), a)
    return ga, gu * slope(variant.unit, a)


def got_twice(variant):
    W, b, x, v, gu = layer_case(variant)
    layer = linear(W, b)
    held = layer.grads["W"]
    tape = layer.jvp(v, x)[1]
    layer.jvp_backward(gu, tape, x)
    layer.jvp_backward(gu[:1], layer.jvp(v[:1], x)[1], x)
    return held, v, gu


def want_twice(variant):
    _, _, _, v, gu = layer_case(variant)
    gW = want_linear_back(variant)[2]
    return gW + product(v[0].T, gu[0]), v, gu


def pair_of(variant):
    """Return W, b, x, v, gu of a layer with a unit behind it."""
    W, b, x, v, gu = layer_case(variant)
    return 0.5 * W, b, x, v, gu


def got_network(variant):
    from tinyae import Chain

    W, b, x, v, gu = pair_of(variant)
    layer = linear(W, b)
    net = Chain(layer, unit_class(variant.unit)())
    caches = net.forward(x)[1]
    u, tapes = net.jvp(v, caches)
    gx, gv = net.jvp_backward(gu, tapes, caches)
    return u, gx, gv, layer.grads["W"], layer.grads["b"]


def want_network(variant):
    W, b, x, v, gu = pair_of(variant)
    name = variant.unit
    s, s2 = slope(name, x @ W + b), bend(name, x @ W + b)
    gs = (gu * (v @ W)).sum(axis=0)
    gW = sum(part.T @ (g * s) for part, g in zip(v, gu, strict=True)) + x.T @ (gs * s2)
    return (v @ W) * s, (gs * s2) @ W.T, (gu * s) @ W.T, gW, (gs * s2).sum(axis=0)


TASK_16 = Task(
    id="16", title="Derivatives along a tangent, and back", minutes=60, tutorial="05",
    needs=("01", "02", "03"),
    symbols=(
        Symbol(LAYERS, "Linear.jvp",
               "Return (u, tape): the derivative of y along each of K tangents v (K, n, d_in), of "
               "shape (K, n, d_out). The tape is what `jvp_backward` needs: v."),
        Symbol(LAYERS, "Linear.jvp_backward",
               "Return (gx, gv): the adjoints of x (n, d_in) and of v (K, n, d_in), given gu "
               "(K, n, d_out), the adjoint of u.\n\n"
               "u is a function of x, of v and of the parameters. Add the gradients of the "
               "parameters that u depends on into `self.grads`, in place."),
        Symbol(UNITS, "Elementwise.jvp",
               "Return (u, tape): the derivative of y along each of K tangents v (K, n, d), of the "
               "same shape. `cache` is (a, y), and `self.df(a, y)` is the slope. The tape is v."),
        Symbol(UNITS, "Elementwise.jvp_backward",
               "Return (ga, gv): the adjoints of a (n, d) and of v (K, n, d), given gu (K, n, d), "
               "the adjoint of u. `self.df(a, y)` and `self.d2f(a, y)` are the first and the "
               "second derivative of the unit; `cache` is (a, y)."),
    ),
    statement="16.md",
    level="advanced",
    checks=(
        Check("tangents of a layer", 1, got_linear_jvp, want_linear_jvp,
              property="the derivative of the affine map along v", case="one tangent, one example"),
        Check("tangents of a unit", 1, got_unit_jvp, want_unit_jvp,
              property="the derivative of the unit along v", case="one tangent, one number"),
        Check("back through a unit", 1, got_unit_back, want_unit_back, tolerance=1e-7,
              property="the adjoints agree with difference quotients of Σ gu u",
              case="one tangent, one number"),
        Check("back through a layer", 1, got_linear_back, want_linear_back,
              property="all K tangents add to gW; x and b have no part in u",
              case="two tangents, one example"),
        Check("gradients add up", 2, got_twice, want_twice, hidden=True,
              property="two calls add into the same arrays; v and gu are only read",
              case="two calls"),
        Check("layer and unit", 2, got_network, want_network, hidden=True, tolerance=1e-9,
              property="in a chain, both ways of x into u are counted",
              case="one input, one unit, one tangent"),
    ),
    wrong=(
        Wrong("bias in the tangent",
              "The bias is added to the tangents: it is constant, so its derivative is 0.",
              {"Linear.jvp": 'return v @ self.params["W"] + self.params["b"], v'}),
        Wrong("no gradient of W", "W gets no gradient: u = v W depends on W.",
              {"Linear.jvp_backward": 'return np.zeros_like(x), gu @ self.params["W"].T'}),
        Wrong("the first tangent only",
              "Only the first tangent adds to gW: sum over all K tangents.",
              {"Linear.jvp_backward": 'self.grads["W"] += v[0].T @ gu[0]\n'
               'return np.zeros_like(x), gu @ self.params["W"].T'}),
        Wrong("x taken for v",
              "gW is made from x: the input of this map is v.",
              {"Linear.jvp_backward": 'self.grads["W"] += sum(x.T @ g for g in gu)\n'
               'return np.zeros_like(x), gu @ self.params["W"].T'}),
        Wrong("an adjoint of x",
              "gx is not 0: the derivative of an affine map does not depend on x.",
              {"Linear.jvp_backward": ("np.zeros_like(x)", '(gu @ self.params["W"].T).sum(axis=0)')}),
        Wrong("second derivative forgotten",
              "ga is 0: the slope f'(a) depends on a, so the second derivative is needed.",
              {"Elementwise.jvp_backward": "return np.zeros_like(cache[0]), gu * self.df(*cache)"}),
        Wrong("mean over the tangents",
              "ga is a mean over the tangents: all tangents share one a, so sum.",
              {"Elementwise.jvp_backward": ("sum(axis=0)", "mean(axis=0)")}),
        Wrong("v forgotten in ga", "ga lacks the factor v: u is the slope times v.",
              {"Elementwise.jvp_backward": ("(v * gu).sum", "gu.sum")}),
        Wrong("the output for the slope", "The output of the unit stands where its slope belongs.",
              {"Elementwise.jvp": "return v * cache[1], v"}),
        Wrong("gW set, not added", "gW is set and not added: write +=.",
              {"Linear.jvp_backward": ('self.grads["W"] +=', 'self.grads["W"][...] =')}),
    ),
)  # fmt: skip


TASKS = (TASK_16,)
