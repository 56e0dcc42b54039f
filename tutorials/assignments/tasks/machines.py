"""A Boltzmann machine's gradient (task 20)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import sigmoid

FREE = "tinyae/models/free_energy.py"
GIBBS = "tinyae/models/gibbs.py"
RULES = "tinyae/models/contrastive.py"


def parameters(variant):
    """Return W (d, k), b (d,), c (k,), zeros and ones x (n, d) and weights (n,)."""
    n, d, k = variant.sizes
    rng = variant.rng("machine")
    x = (rng.random((n, d)) < 0.5).astype(float)
    return rng.normal(size=(d, k)), rng.normal(size=d), rng.normal(size=k), x, rng.random(n)


def machine(variant, scale=1.0):
    """Return a machine of the submission with these parameters times `scale`."""
    from tinyae import RBM

    W, b, c, *_ = parameters(variant)
    made = RBM(*W.shape, rng=0)
    made.parts["hidden"].params["W"][...] = scale * W
    made.parts["hidden"].params["b"][...] = scale * c
    made.parts["visible"].params["b"][...] = scale * b
    return made


def gradients(made):
    """Return copies of the gradients of W, b and c."""
    hidden, visible = made.parts["hidden"].grads, made.parts["visible"].grads
    return hidden["W"].copy(), visible["b"].copy(), hidden["b"].copy()


def free_energies(W, b, c, x):
    """Return -log of the sum over all hidden codes of exp(-E), code by code."""
    k = W.shape[1]
    codes = np.array([[number >> j & 1 for j in range(k)] for number in range(2**k)])
    exponents = (x @ b)[:, None] + codes @ c + x @ W @ codes.T
    return -np.log(np.exp(exponents).sum(axis=1))


def slopes_of(variant, weight):
    """Return the gradients of Σ weight F by central differences."""
    W, b, c, x, _ = parameters(variant)
    found, step = [], 1e-6
    for i, value in enumerate((W, b, c)):
        g = np.zeros_like(value)
        for j in np.ndindex(value.shape):
            sides = []
            for sign in (1, -1):
                moved = [p.copy() for p in (W, b, c)]
                moved[i][j] += sign * step
                sides.append(weight @ free_energies(*moved, x))
            g[j] = (sides[0] - sides[1]) / (2 * step)
        found.append(g)
    return found


def got_value(variant):
    from tinyae.models.free_energy import free_energy

    *_, x, _ = parameters(variant)
    return (free_energy(machine(variant), x)[0],)


def want_value(variant):
    W, b, c, x, _ = parameters(variant)
    return (free_energies(W, b, c, x),)


def got_gradient(variant):
    from tinyae.models.free_energy import add_free_energy

    *_, x, weight = parameters(variant)
    made = machine(variant)
    made.grad[...] = 0.0
    return np.array(add_free_energy(made, x, weight)), *gradients(made)


def want_gradient(variant):
    W, b, c, x, weight = parameters(variant)
    return np.array(weight @ free_energies(W, b, c, x)), *slopes_of(variant, weight)


def got_added(variant):
    from tinyae.models.free_energy import add_free_energy

    *_, x, _ = parameters(variant)
    made = machine(variant)
    made.grad[...] = 1.0
    add_free_energy(made, x, 0.25)
    return gradients(made)


def want_added(variant):
    *_, x, _ = parameters(variant)
    return tuple(1.0 + g for g in slopes_of(variant, np.full(len(x), 0.25)))


def domino():
    """Return W, b, c and x of a machine in which one unit that is on turns on the next one.

    All weights are large, so that every draw is certain: after r rounds, r + 1 units are on.
    """
    W = np.zeros((5, 4))
    for i in range(4):
        W[i, i], W[i + 1, i] = 2e4, 3e4
    x = np.zeros((3, 5))
    x[0, 0] = x[1, 2] = 1.0
    return W, np.full(5, -1e4), np.full(4, -1e4), x


def domino_machine(steps=1):
    """Return the machine of the submission with these parameters."""
    from tinyae import RBM
    from tinyae.models import ContrastiveDivergence

    W, b, c, _ = domino()
    made = RBM(*W.shape, rule=ContrastiveDivergence(steps), rng=0)
    made.parts["hidden"].params["W"][...] = W
    made.parts["hidden"].params["b"][...] = c
    made.parts["visible"].params["b"][...] = b
    return made


def got_frozen(variant):
    from tinyae.models.gibbs import rounds

    x, made = domino()[3], domino_machine()
    with np.errstate(under="ignore"):
        found = [rounds(made, x, steps, variant.rng("chain")) for steps in (0, 1, 3)]
    return *found, x


def frozen_rounds(steps):
    """Return x after rounds of the machine whose probabilities are all 0 or 1."""
    W, b, c, x = domino()
    for _ in range(steps):
        h = (x @ W + c > 0).astype(float)
        x = (h @ W.T + b > 0).astype(float)
    return x


def want_frozen(variant):
    return *(frozen_rounds(steps) for steps in (0, 1, 3)), domino()[3]


def many(variant, steps):
    """Return the means of x and of the products of its first entries after many short chains."""
    from tinyae.models.gibbs import rounds

    d = variant.sizes[1]
    made = machine(variant, scale=2.0)
    x = rounds(made, np.zeros((30_000, d)), steps, variant.rng("chains"))
    ones = np.array([((x == 0) | (x == 1)).all()])
    return x.mean(axis=0), (x[:, :1] * x[:, 1:]).mean(axis=0), ones


def exact_round(variant):
    """Return means of x, and of products with its first entry, after one round from zeros."""
    W, b, c, *_ = (2.0 * p for p in parameters(variant))
    d, k = W.shape
    mean, products = np.zeros(d), np.zeros(d - 1)
    for number in range(2**k):
        h = np.array([number >> j & 1 for j in range(k)])
        p = np.prod(np.where(h == 1, sigmoid(c), sigmoid(-c)))
        r = sigmoid(h @ W.T + b)
        mean += p * r
        products += p * r[0] * r[1:]
    return mean, products, np.array([True])


def got_one_round(variant):
    return many(variant, 1)


def want_one_round(variant):
    return exact_round(variant)


def got_rule(variant):
    x, found = domino()[3], []
    for steps in (1, 3):
        made = domino_machine(steps)
        made.grad[...] = 0.0
        with np.errstate(under="ignore"):
            value = made.rule.negative_phase(made, x, variant.rng("rule"))
        found += [np.array(value) / 1e4, *gradients(made)]
    return tuple(found)


def want_rule(variant):
    W, b, c, _ = domino()
    found = []
    for steps in (1, 3):
        x = frozen_rounds(steps)
        h = (x @ W + c > 0).astype(float)
        value = (x @ b + np.maximum(x @ W + c, 0).sum(axis=1)).mean() / 1e4
        found += [np.array(value), x.T @ h / len(x), x.mean(axis=0), h.mean(axis=0)]
    return tuple(found)


TASK_20 = Task(
    id="20", title="A Boltzmann machine's gradient", minutes=75, tutorial="09",
    needs=("01", "03", "05", "08"),
    symbols=(
        Symbol(FREE, "free_energy",
               "Return (F, u): the free energy of each row of x, of shape (n,), in nats, and the "
               "input u (n, k) of the hidden units.\n\n"
               "The visible units here are zeros and ones. `rbm.parts[\"hidden\"]` is the Linear "
               "layer from x to u, and the bias of the visible units is "
               "`rbm.parts[\"visible\"].params[\"b\"]`. There must be no overflow."),
        Symbol(FREE, "add_free_energy",
               "Return the sum of weight times free energy over the rows of x, and add its "
               "gradient into the machine.\n\n"
               "`weight` is one number, or one for each row. Add into the gradients of the layer "
               "`rbm.parts[\"hidden\"]` and of the bias of `rbm.parts[\"visible\"]`, in place. W is "
               "shared by both layers: add its gradient once."),
        Symbol(GIBBS, "draw_hidden", "Draw the hidden units given x, zeros and ones (n, k)."),
        Symbol(GIBBS, "draw_visible",
               "Draw the visible units given h, of shape (n, d), with `rbm.visible.sample`."),
        Symbol(GIBBS, "rounds",
               "Return x (n, d) after `steps` rounds of Gibbs sampling. The input is only read. "
               "Draw from `rng`."),
        Symbol(RULES, "ContrastiveDivergence.negative_phase",
               "Return minus the mean free energy of the samples, and add the gradient of that.\n\n"
               "The samples are x after `self.steps` rounds of Gibbs sampling; they are held "
               "fixed."),
    ),
    docstrings=(
        Symbol(FREE, "", "The free energy of a restricted Boltzmann machine, and its derivatives."),
    ),
    statement="20.md",
    level="advanced",
    checks=(
        Check("free energy", 1, got_value, want_value,
              property="F is minus the log of the sum over all hidden codes",
              case="one visible and one hidden unit"),
        Check("gradient of the free energy", 1.5, got_gradient, want_gradient, tolerance=1e-7,
              property="the gradients agree with difference quotients of Σ weight F",
              case="one visible and one hidden unit, one example"),
        Check("one round", 1.5, got_one_round, want_one_round, tolerance=0.02,
              property="means and products of x after one round are those of the model",
              case="many chains that start at zero"),
        Check("rounds without chance", 1.5, got_frozen, want_frozen, hidden=True,
              property="with very large weights every draw is certain; 0, 1 and 3 rounds",
              case="one visible and one hidden unit with a large weight"),
        Check("negative phase", 1.5, got_rule, want_rule, hidden=True, tolerance=1e-6,
              property="minus the mean free energy after k rounds, for k = 1 and k = 3",
              case="CD-3 with very large weights"),
        Check("gradients add up", 1, got_added, want_added, hidden=True, tolerance=1e-7,
              property="the gradients are added to what is there; the weight may be one number",
              case="two calls"),
    ),
    wrong=(
        Wrong("sign of the hidden part",
              "The gradient of W has the wrong sign: a hidden unit that is on lowers the free "
              "energy.",
              {"add_free_energy": ("p *= -weight[:, None]", "p *= weight[:, None]")}),
        Wrong("no gradient of the visible bias",
              "The bias of the visible units has no gradient.",
              {"add_free_energy": ('rbm.parts["visible"].grads["b"] -= weight @ x\n', "")}),
        Wrong("sign of the visible bias",
              "The gradient of the visible bias has the wrong sign.",
              {"add_free_energy": ('["b"] -= weight', '["b"] += weight')}),
        Wrong("the input for the probability",
              "The input of the hidden units stands where their probability belongs.",
              {"add_free_energy": ("Sigmoid().f(u)", "u")}),
        Wrong("softplus with the wrong sign",
              "The hidden part of the free energy has the wrong sign.",
              {"free_energy": ("own - softplus(u)", "own + softplus(u)")}),
        Wrong("the visible bias left out", "The free energy lacks the part of the visible bias.",
              {"free_energy": ("own - softplus(u)", "-softplus(u)")}),
        Wrong("probabilities for the hidden draws",
              "The hidden units are not drawn: with probabilities in their place this is a pass of "
              "an autoencoder.",
              {"draw_hidden": 'u = rbm.parts["hidden"].forward(x)[0]\n'
               "return BernoulliOutput().mean.f(u)"}),
        Wrong("probabilities for the visible draws",
              "The visible units are not drawn: their probabilities are returned.",
              {"draw_visible": 'a = rbm.parts["visible"].forward(h)[0]\n'
               "return rbm.visible.mean.f(a)"}),
        Wrong("one draw for all units of a row",
              "All hidden units of a row share one random number: draw one for each.",
              {"draw_hidden": 'u = rbm.parts["hidden"].forward(x)[0]\n'
               "return (np.log(1.0 / rng.random((len(x), 1)) - 1.0) > -u).astype(x.dtype)"}),
        Wrong("one round whatever was asked",
              "Only one round is taken: repeat it `steps` times.",
              {"rounds": "return draw_visible(rbm, draw_hidden(rbm, x, rng), rng)"}),
        Wrong("negative phase at the data",
              "The negative phase is taken at the data: both halves cancel and nothing is learned.",
              {"ContrastiveDivergence.negative_phase":
               "return add_free_energy(rbm, x, -1.0 / len(x))"}),
        Wrong("negative phase with the sign of the data",
              "The free energy of the samples is pulled down: it must be pushed up.",
              {"ContrastiveDivergence.negative_phase": ("-1.0 / len", "1.0 / len")}),
        Wrong("CD-1 whatever was asked",
              "One round is taken whatever `steps` is: hand `self.steps` on.",
              {"ContrastiveDivergence.negative_phase": ("self.steps", "1")}),
    ),
)  # fmt: skip


TASKS = (TASK_20,)
