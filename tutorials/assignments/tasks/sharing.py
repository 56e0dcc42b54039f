"""One W that is used twice: the tied layer (task 08)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import linear, product

LAYERS = "tinyae/nn/layers.py"


def pair(variant):
    """Return W, b of the source, a new W, x and gh of the encoder, h and gy of the tied layer."""
    n, d, k = variant.sizes
    rng = variant.rng("tied")
    shapes = ((d, k), (k,), (d, k), (n, d), (n, k), (n, k), (n, d))
    return [rng.normal(size=shape) for shape in shapes]


def got_shapes(variant):
    from tinyae import tied

    W, b, *_ = pair(variant)
    layer = tied(linear(W, b))
    return (
        np.array(layer.params["W"].shape),
        np.array(layer.grads["W"].shape),
        layer.params["b"],
        layer.grads["b"],
    )


def want_shapes(variant):
    _, d, k = variant.sizes
    return np.array([k, d]), np.array([k, d]), np.zeros(d), np.zeros(d)


def got_after_step(variant):
    from tinyae import tied

    W, b, new, _, _, h, _ = pair(variant)
    source = linear(W, b)
    layer = tied(source)
    before = layer.forward(h)[0]
    source.params["W"][...] = new
    return before, layer.forward(h)[0]


def want_after_step(variant):
    W, _, new, _, _, h, _ = pair(variant)
    return product(h, W.T), product(h, new.T)


def got_both_uses(variant):
    from tinyae import tied

    W, b, _, x, gh, h, gy = pair(variant)
    source = linear(W, b)
    layer = tied(source)
    layer.backward(gy, h)
    source.backward(gh, x)
    return source.grads["W"], layer.grads["W"]


def want_both_uses(variant):
    _, _, _, x, gh, h, gy = pair(variant)
    gW = product(x.T, gh) + product(gy.T, h)
    return gW, gW.T


def got_own_bias(variant):
    from tinyae import tied

    W, b, _, x, gh, h, gy = pair(variant)
    source = linear(W, b)
    layer = tied(source)
    layer.params["b"] += 1.0
    layer.backward(gy, h)
    return layer.params["b"], source.params["b"], layer.grads["b"], source.grads["b"]


def want_own_bias(variant):
    _, b, _, _, _, _, gy = pair(variant)
    return np.ones(gy.shape[1]), b, gy.sum(axis=0), np.zeros(len(b))


def got_model(variant):
    from tinyae import Autoencoder, tied

    W, b, _, x, *_ = pair(variant)
    source = linear(W, b)
    model = Autoencoder(source, tied(source))
    model.theta *= 2.0
    narrow = linear(W, b)
    narrow.params = {key: p.astype(np.float32) for key, p in narrow.params.items()}
    narrow.grads = {key: g.astype(np.float32) for key, g in narrow.grads.items()}
    kept = tied(narrow).params["b"].dtype == np.float32
    return np.array(model.theta.size), model.reconstruct(x), np.array(kept)


def want_model(variant):
    W, b, _, x, *_ = pair(variant)
    size = W.size + sum(W.shape)
    return np.array(size), product(product(x, 2 * W) + 2 * b, 2 * W.T), np.array(True)


TASK_08 = Task(
    id="08", title="One W, used twice", minutes=30, tutorial="02", needs=("01",),
    symbols=(
        Symbol(LAYERS, "tied",
               "Return a new Linear layer that shares the W of `source`; its bias is its own.\n\n"
               "The new layer maps the code (n, d_out of the source) back to (n, d_in of the "
               "source). Its W and the gradient of its W must use the memory of the source, so "
               "that both layers always agree. Its bias and the gradient of its bias are new "
               "arrays of zeros in the dtype of the source. Make the object with "
               "`Linear.__new__(Linear)`, and set `source`, `params` and `grads`. "
               "`layer.source = source` tells the model that W is counted once."),
    ),
    statement="08.md",
    checks=(
        Check("shapes and zeros", 1, got_shapes, want_shapes, tolerance=0,
              property="W has the transposed shape, and the new bias is zero",
              case="a source from 3 to 2"),
        Check("W after a step", 1, got_after_step, want_after_step,
              property="if W of the source changes, the tied layer changes too",
              case="a source from 2 to 1, whose W is changed in place"),
        Check("both uses add up", 1, got_both_uses, want_both_uses,
              property="the gradients of both layers are added in one array",
              case="a source from 2 to 1 and one example"),
        Check("a bias of its own", 1, got_own_bias, want_own_bias, hidden=True,
              property="biases and their gradients are separate arrays", case="a source from 2 to 1"),
        Check("in a model", 1, got_model, want_model, hidden=True,
              property="a model counts W once and keeps both layers equal; dtypes are kept",
              case="an autoencoder of the source and the tied layer"),
    ),
    wrong=(
        Wrong("W copied",
              "W is a copy: it is equal now and differs after one step. Use the transposed view.",
              {"tied": ('"W": source.params["W"].T,', '"W": source.params["W"].T.copy(),')}),
        Wrong("a gradient of its own",
              "The gradient of W is an array of its own: both layers must add into one array.",
              {"tied": ('"W": source.grads["W"].T,', '"W": np.zeros_like(source.grads["W"].T),')}),
        Wrong("W not transposed",
              "W is not transposed: the tied layer maps from the code back to the input.",
              {"tied": ('"W": source.params["W"].T,', '"W": source.params["W"],')}),
        Wrong("bias of the source",
              "The new layer uses the bias of the source: only W is shared.",
              {"tied": ('"b": np.zeros(source.d_in, dtype)}\nlayer.grads',
                        '"b": source.params["b"]}\nlayer.grads')}),
        Wrong("the source itself",
              "The source itself is returned: make a new layer that sees the same memory.",
              {"tied": "return source"}),
        Wrong("source not set",
              "`layer.source` is not set, so a model counts W twice and separates the two layers.",
              {"tied": ("layer.source = source\n", "")}),
        Wrong("one array for bias and gradient",
              "The bias and its gradient are one array: each needs zeros of its own.",
              {"tied": ('layer.grads = {"W": source.grads["W"].T, "b": np.zeros(source.d_in, dtype)}',
                        'layer.grads = {"W": source.grads["W"].T, "b": layer.params["b"]}')}),
    ),
)  # fmt: skip


TASKS = (TASK_08,)
