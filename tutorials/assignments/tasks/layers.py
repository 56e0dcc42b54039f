"""Layers: an affine map, layers in series, and one W that is used twice (tasks 01, 02 and 08)."""

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import linear, product

LAYERS = "tinyae/nn/layers.py"


# --- 01 ---------------------------------------------------------------------------------------


def affine(variant):
    """Return W, b, x, gy of an affine layer, with nonzero biases."""
    n, d, k = variant.sizes
    rng = variant.rng("affine layer")
    return [rng.normal(size=shape) for shape in ((d, k), (k,), (n, d), (n, k))]


def got_forward(variant):
    W, b, x, _ = affine(variant)
    return (linear(W, b).forward(x)[0],)


def want_forward(variant):
    W, b, x, _ = affine(variant)
    return (product(x, W) + np.array([b] * len(x)),)


def got_input_adjoint(variant):
    W, b, x, gy = affine(variant)
    layer = linear(W, b)
    return (layer.backward(gy, layer.forward(x)[1]),)


def want_input_adjoint(variant):
    W, _, _, gy = affine(variant)
    return (product(gy, W.T),)


def got_gradients(variant):
    W, b, x, gy = affine(variant)
    layer = linear(W, b)
    layer.backward(gy, layer.forward(x)[1])
    return layer.grads["W"], layer.grads["b"]


def want_gradients(variant):
    _, _, x, gy = affine(variant)
    return product(x.T, gy), np.array([sum(column) for column in gy.T])


def got_sum(variant):
    W, b, x, gy = affine(variant)
    layer = linear(W, b)
    held = layer.grads["W"], layer.grads["b"]
    layer.grads["W"] += 1.0
    layer.backward(gy, layer.forward(x)[1])
    layer.backward(2.0 * gy, layer.forward(-x)[1])
    return held


def want_sum(variant):
    gW, gb = want_gradients(variant)
    return 1.0 - gW, 3.0 * gb


def got_untouched(variant):
    W, b, x, gy = affine(variant)
    layer = linear(W, b)
    layer.backward(gy, layer.forward(x)[1])
    return x, gy, layer.params["W"], layer.params["b"]


def want_untouched(variant):
    W, b, x, gy = affine(variant)
    return x, gy, W, b


TASK_01 = Task(
    id="01", title="An affine layer, there and back", minutes=30, tutorial="01", needs=(),
    symbols=(
        Symbol(LAYERS, "Linear.forward",
               "Return (y, cache) for x (n, d_in): y (n, d_out) is the affine map of every row of "
               "x. The cache is what `backward` needs: x."),
        Symbol(LAYERS, "Linear.backward",
               "Return the adjoint of x, (n, d_in), given gy, the adjoint of y, (n, d_out).\n\n"
               "Add the gradients of W (d_in, d_out) and b (d_out,) into `self.grads`, in place. "
               "`x` is the cache of `forward`."),
    ),
    statement="01.md",
    checks=(
        Check("forward", 1, got_forward, want_forward,
              property="y is the affine map of every example",
              case="one example, one input, one output: x, W and b are three numbers"),
        Check("gradients of W and b", 1, got_gradients, want_gradients,
              property="gW and gb are sums over the examples",
              case="two examples with one input and one output"),
        Check("adjoint of x", 1, got_input_adjoint, want_input_adjoint,
              property="the adjoint of x has the shape of x and does not depend on x",
              case="one example, two inputs, one output"),
        Check("gradients add up", 1.5, got_sum, want_sum, hidden=True,
              property="two calls of backward add two gradients into the same arrays",
              case="a layer that is used twice in one network"),
        Check("nothing else changes", 0.5, got_untouched, want_untouched, hidden=True, tolerance=0,
              property="x, gy, W and b are only read", case="any input"),
    ),
    wrong=(
        Wrong("mean over the examples",
              "gW and gb are divided by n: a layer sums over the examples, and the 1/n is already "
              "in gy, because gy comes from the loss.",
              {"Linear.backward": 'self.grads["W"] += x.T @ gy / len(x)\n'
               'self.grads["b"] += gy.mean(axis=0)\nreturn gy @ self.params["W"].T'}),
        Wrong("gradients set, not added",
              "The gradients are set and not added: write +=, because a layer may be used twice.",
              {"Linear.backward": 'self.grads["W"][...] = x.T @ gy\n'
               'self.grads["b"][...] = gy.sum(axis=0)\nreturn gy @ self.params["W"].T'}),
        Wrong("new arrays for the gradients",
              "`self.grads[...] = ...` puts a new array in the place of the old one, which the "
              "model no longer sees: add in place with +=.",
              {"Linear.backward": 'self.grads["W"] = self.grads["W"] + x.T @ gy\n'
               'self.grads["b"] = self.grads["b"] + gy.sum(axis=0)\n'
               'return gy @ self.params["W"].T'}),
        Wrong("no gradient of b",
              "b has no gradient: b is added to every example, so its gradient is a sum of gy.",
              {"Linear.backward": ('self.grads["b"] += gy.sum(axis=0)\n', "")}),
        Wrong("b summed over the units",
              "gb is one number for all units: sum gy over the examples only, which is axis 0.",
              {"Linear.backward": ("gy.sum(axis=0)", "gy.sum()")}),
        Wrong("reshaped instead of transposed",
              "x is reshaped where it should be transposed: `reshape` keeps the order of the "
              "numbers in memory, `.T` exchanges rows and columns.",
              {"Linear.backward": ("x.T @ gy", "x.reshape(self.d_in, -1) @ gy")}),
        Wrong("b forgotten in forward", "The bias b is not added in `forward`.",
              {"Linear.forward": 'return x @ self.params["W"], x'}),
        Wrong("adjoint of x with the sign of a step",
              "The adjoint of x has the wrong sign: `backward` returns a derivative, the step "
              "against it is taken by the optimizer.",
              {"Linear.backward": ("return gy @", "return -gy @")}),
    ),
)  # fmt: skip


# --- 02 ---------------------------------------------------------------------------------------


def matrices(variant, square):
    """Return the matrices of three layers x -> sin(x M), an input and an adjoint."""
    n, d, k = variant.sizes
    widths = (d, d, d, d) if square else (d, k, n, k)
    rng = variant.rng("chain")
    Ms = [0.6 * rng.normal(size=pair) for pair in zip(widths[:-1], widths[1:], strict=True)]
    return Ms, rng.normal(size=(n, widths[0])), rng.normal(size=(n, widths[-1]))


def chain_of(Ms):
    """Return a Chain of layers that are no library layers: y = sin(x M)."""
    from tinyae import Chain
    from tinyae.nn import Layer

    class Sine(Layer):
        def __init__(self, M):
            super().__init__()
            self.M = M

        def forward(self, x):
            return np.sin(x @ self.M), x @ self.M

        def backward(self, gy, a):
            return (gy * np.cos(a)) @ self.M.T

    return Chain(*[Sine(M) for M in Ms])


def walk(Ms, x, g):
    """Return the output, the layers' inputs of the sine, and the adjoint of x."""
    inner = []
    for M in Ms:
        inner.append(x @ M)
        x = np.sin(inner[-1])
    for i in range(len(Ms) - 1, -1, -1):
        g = product(g * np.cos(inner[i]), Ms[i].T)
    return x, inner, g


def got_chain_forward(variant):
    Ms, x, _ = matrices(variant, True)
    return (chain_of(Ms).forward(x)[0],)


def want_chain_forward(variant):
    return (walk(*matrices(variant, True))[0],)


def got_chain_backward(variant):
    Ms, x, g = matrices(variant, True)
    chain = chain_of(Ms)
    return (chain.backward(g, chain.forward(x)[1]),)


def want_chain_backward(variant):
    return (walk(*matrices(variant, True))[2],)


def got_caches(variant):
    Ms, x, _ = matrices(variant, True)
    return tuple(chain_of(Ms).forward(x)[1])


def want_caches(variant):
    return tuple(walk(*matrices(variant, True))[1])


def got_widths(variant):
    Ms, x, g = matrices(variant, False)
    chain = chain_of(Ms)
    y, caches = chain.forward(x)
    return y, chain.backward(g, caches), x


def want_widths(variant):
    Ms, x, g = matrices(variant, False)
    y, _, gx = walk(Ms, x, g)
    return y, gx, x


TASK_02 = Task(
    id="02", title="Layers in series", minutes=20, tutorial="01", needs=(),
    symbols=(
        Symbol(LAYERS, "Chain.forward",
               "Return (y, caches): the output of the last layer, and the list of the caches of "
               "all layers, in the order of `self.layers`."),
        Symbol(LAYERS, "Chain.backward",
               "Return the adjoint of the chain's input, given gy, the adjoint of its output. "
               "`caches` is what `forward` returned. Each layer adds its own gradients when its "
               "`backward` is called."),
    ),
    statement="02.md",
    checks=(
        Check("forward", 1, got_chain_forward, want_chain_forward,
              property="the output of a layer is the input of the next",
              case="two layers with one unit each"),
        Check("backward", 1, got_chain_backward, want_chain_backward,
              property="the adjoint of x is that of the composed function",
              case="two layers with one unit each"),
        Check("one cache for each layer", 0.75, got_caches, want_caches, hidden=True,
              property="the list holds the cache of every layer, in order",
              case="two layers"),
        Check("layers of different widths", 1.25, got_widths, want_widths, hidden=True,
              property="forward and backward suit layers of any widths, and x is not changed",
              case="a layer from 2 to 3 numbers, followed by one from 3 to 1"),
    ),
    wrong=(
        Wrong("layers not reversed",
              "The layers are taken in the forward order: on the way back the last layer is first.",
              {"Chain.backward": "for layer, cache in zip(self.layers, caches, strict=True):\n"
               "    gy = layer.backward(gy, cache)\nreturn gy"}),
        Wrong("caches not reversed",
              "The layers are reversed but their caches are not: each layer needs its own cache.",
              {"Chain.backward": ("reversed(caches)", "caches")}),
        Wrong("every layer sees x",
              "Every layer is given x: the output of a layer is the input of the next one.",
              {"Chain.forward": "caches = []\nfor layer in self.layers:\n"
               "    y, cache = layer.forward(x)\n    caches.append(cache)\nreturn y, caches"}),
        Wrong("only the last cache",
              "All layers get the cache of the last one: keep one cache for each layer.",
              {"Chain.forward": "for layer in self.layers:\n    x, cache = layer.forward(x)\n"
               "return x, [cache] * len(self.layers)"}),
        Wrong("caches in the reverse order",
              "`forward` returns the caches from the last layer to the first: keep the order of "
              "the layers, and reverse in `backward`.",
              {"Chain.forward": ("caches.append(cache)", "caches.insert(0, cache)")}),
        Wrong("every layer gets the same adjoint",
              "Every layer is given the adjoint of the output: what `backward` of a layer returns "
              "is what the layer below it needs.",
              {"Chain.backward": "for layer, cache in zip(reversed(self.layers), reversed(caches), "
               "strict=True):\n    gx = layer.backward(gy, cache)\nreturn gx"}),
        Wrong("the last layer only",
              "Only the last layer goes back: loop over all layers, from the last to the first.",
              {"Chain.backward": "return self.layers[-1].backward(gy, caches[-1])"}),
    ),
)  # fmt: skip


TASKS = (TASK_01, TASK_02)
