"""Recirculation: a rule without a backward pass (task 21)."""

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import linear, sigmoid, unit, unit_class

RECIRCULATION = "tinyae/models/recirculation.py"
LAM = 0.7


def network(variant):
    """Return x in (0, 1) and W, b, V, c."""
    n, d, k = variant.sizes
    rng = variant.rng("recirculation")
    x = rng.uniform(0.1, 0.9, (n, d))
    return x, [0.8 * rng.normal(size=shape) for shape in ((d, k), (k,), (k, d), (d,))]


def steps_of(variant, regress_hidden=True, output="bernoulli"):
    """Return the four steps as the submission computes them."""
    from tinyae import BernoulliOutput, Chain, GaussianOutput, Recirculation

    x, (W, b, V, c) = network(variant)
    encoder = Chain(linear(W, b), unit_class(variant.unit)())
    made = BernoulliOutput() if output == "bernoulli" else GaussianOutput()
    model = Recirculation(encoder, linear(V, c), output=made, regression=LAM,
                          regress_hidden=regress_hidden)  # fmt: skip
    return model._circulate(x)


def by_hand(variant, regress_hidden=True, output="bernoulli"):
    """Return all quantities by name."""
    x, (W, b, V, c) = network(variant)
    n, f = len(x), lambda a: unit(variant.unit, a)
    a1 = x @ W + b
    a2 = f(a1) @ V + c
    r = sigmoid(a2) if output == "bernoulli" else a2
    v2 = LAM * x + (1 - LAM) * r
    a3 = v2 @ W + b
    h3 = LAM * f(a1) + (1 - LAM) * f(a3) if regress_hidden else f(a3)
    dh, dx = f(a1) - h3, x - v2
    dW = sum(np.outer(v, e) for v, e in zip(v2, dh, strict=True)) / n
    dV = sum(np.outer(h, e) for h, e in zip(f(a1), dx, strict=True)) / n
    return {"a1": a1, "h1": f(a1), "a2": a2, "r": r, "v2": v2, "a3": a3, "h3": h3, "dW": dW,
            "db": dh.mean(axis=0), "dV": dV, "dc": dx.mean(axis=0)}  # fmt: skip


def got_way_there(variant):
    p = steps_of(variant)
    return p.a1, p.h1, p.a2, p.r, p.v2


def want_way_there(variant):
    p = by_hand(variant)
    return tuple(p[name] for name in ("a1", "h1", "a2", "r", "v2"))


def got_way_again(variant):
    p = steps_of(variant)
    return p.a3, p.h3


def want_way_again(variant):
    p = by_hand(variant)
    return p["a3"], p["h3"]


def got_encoder(variant):
    p = steps_of(variant)
    return p.dW, p.db


def want_encoder(variant):
    p = by_hand(variant)
    return p["dW"], p["db"]


def got_decoder(variant):
    p = steps_of(variant)
    return p.dV, p.dc


def want_decoder(variant):
    p = by_hand(variant)
    return p["dV"], p["dc"]


def got_jump(variant):
    p = steps_of(variant, regress_hidden=False)
    return p.h3, p.dW, p.db


def want_jump(variant):
    p = by_hand(variant, regress_hidden=False)
    return p["h3"], p["dW"], p["db"]


def got_linear_output(variant):
    p = steps_of(variant, output="gaussian")
    return p.r, p.v2, p.dV, p.dW


def want_linear_output(variant):
    p = by_hand(variant, output="gaussian")
    return p["r"], p["v2"], p["dV"], p["dW"]


TASK_21 = Task(
    id="21", title="Recirculation", minutes=50, tutorial="10", needs=("01", "03"),
    symbols=(
        Symbol(RECIRCULATION, "Recirculation._circulate",
               "Return the `FourSteps` of a batch x (n, d): all quantities of the four time steps, "
               "and the updates as means over the examples.\n\n"
               "`linear, f = _pair(self.encoder)` are the Linear layer and the unit of the "
               "encoder, `self.parts[\"decoder\"]` is the Linear layer of the decoder, and "
               "`self.output.mean` the function of the visible units; each has `forward`. "
               "`self.regression` is λ. If `self.regress_hidden` is False, hidden units keep "
               "nothing of their state. The docstring of `FourSteps` has names and shapes."),
    ),
    docstrings=(
        Symbol(RECIRCULATION, "FourSteps",
               "The four time steps for a batch of n examples, and the updates for ε = 1.\n\n"
               "time 0: x (n, d).  time 1: a1 into the hidden units, h1 their state, (n, k).\n"
               "time 2: a2 into the visible units, r their function of it, v2 their new state, "
               "(n, d).\ntime 3: a3 into the hidden units, h3 their new state, (n, k).\n"
               "Updates, as means over the examples: dW (d, k), db (k,), dV (k, d), dc (d,)."),
        Symbol(RECIRCULATION, "Recirculation",
               "Each layer learns to reproduce the activity of two time steps before.\n\n"
               "A weight changes by the activity of one unit, as it was sent, times the change of "
               "the other: old state minus new state. A unit that is updated keeps the share λ of "
               "its old state and takes 1 − λ of the new one."),
    ),
    statement="21.md",
    level="advanced",
    checks=(
        Check("times 1 and 2", 1, got_way_there, want_way_there,
              property="the visible units keep a share of x", case="one input and one unit"),
        Check("time 3", 1, got_way_again, want_way_again,
              property="the hidden units see v2 and keep a share of h1",
              case="one input and one unit"),
        Check("update of the encoder", 1, got_encoder, want_encoder,
              property="what was sent at time 2, times the change of the hidden units",
              case="one input and one unit"),
        Check("update of the decoder", 1, got_decoder, want_decoder,
              property="what was sent at time 1, times the change of the visible units",
              case="one input and one unit"),
        Check("hidden units that jump", 2, got_jump, want_jump, hidden=True,
              property="with regress_hidden=False, h3 keeps nothing of h1",
              case="one input and one unit"),
        Check("linear visible units", 2, got_linear_output, want_linear_output, hidden=True,
              property="r is the mean of the output, here a2 itself", case="a Gaussian output"),
    ),
    wrong=(
        Wrong("x sent at time 2",
              "The update of the encoder uses x: what was sent at time 2 is v2.",
              {"Recirculation._circulate": ("dW=v2.T @ s", "dW=x.T @ s")}),
        Wrong("share the other way",
              "λ and 1 - λ are exchanged: λ is the share of the old state that is kept.",
              {"Recirculation._circulate": ("v2 = lam * x + (1.0 - lam) * r",
                                            "v2 = (1.0 - lam) * x + lam * r")}),
        Wrong("visible units that jump",
              "v2 keeps nothing of x: the visible units keep the share λ.",
              {"Recirculation._circulate": ("v2 = lam * x + (1.0 - lam) * r", "v2 = r")}),
        Wrong("hidden units always keep a share",
              "h3 keeps a share of h1 although `regress_hidden` is False.",
              {"Recirculation._circulate": ("lam if self.regress_hidden else 0.0", "lam")}),
        Wrong("new minus old",
              "The update of the encoder has the wrong sign: it undoes the change, old minus new.",
              {"Recirculation._circulate": ("(h1 - again)", "(again - h1)")}),
        Wrong("r at time 3", "The hidden units are given r: they see v2.",
              {"Recirculation._circulate": ("linear.forward(v2)", "linear.forward(r)")}),
        Wrong("h3 sent to the decoder",
              "The update of the decoder uses h3: what was sent at time 1 is h1.",
              {"Recirculation._circulate": ("dV=h1.T", "dV=h3.T")}),
        Wrong("sum over the examples",
              "The updates are sums over the examples: they are means.",
              {"Recirculation._circulate": ("lam, n = self.regression, len(x)",
                                            "lam, n = self.regression, 1")}),
        Wrong("the input for the state",
              "The input a2 of the visible units stands where their function of it belongs.",
              {"Recirculation._circulate": ("self.output.mean.forward(a2)[0]", "a2")}),
        Wrong("the change without its share",
              "The change of the hidden units is h1 minus the new activity: it is h1 minus h3, "
              "which is smaller.",
              {"Recirculation._circulate": ("(1.0 - kept) / n * (h1", "1.0 / n * (h1")}),
    ),
)  # fmt: skip


TASKS = (TASK_21,)
