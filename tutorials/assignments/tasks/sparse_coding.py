"""Sparse coding: a proximal step, and the parameters' turn in PSD (tasks 22 and 23)."""

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import product

DESCENT = "tinyae/sparse_coding/descent.py"
DICTIONARY = "tinyae/sparse_coding/dictionary.py"
PSD = "tinyae/sparse_coding/psd.py"
LAM, GAMMA = 0.4, 0.3


# --- 22 ---------------------------------------------------------------------------------------


def problem(variant):
    """Return atoms D (k, d), data x (n, d) and codes h (n, k)."""
    n, d, k = variant.sizes
    rng = variant.rng("sparse code")
    return [rng.normal(size=shape) for shape in ((k + 2, d), (n, d), (n, k + 2))]


def descent(variant):
    """Return the plain descent of the submission from the codes h on, and h."""
    from tinyae.sparse_coding.descent import Descent
    from tinyae.sparse_coding.lasso import Lasso

    D, x, h = problem(variant)
    return Descent(Lasso.of(x, D, LAM), h, accelerated=False), h


def cost(variant, h):
    """Return E(h) of every row."""
    D, x, _ = problem(variant)
    return ((x - h @ D) ** 2).sum(axis=1) + LAM * np.abs(h).sum(axis=1)


def got_threshold(variant):
    from tinyae.sparse_coding.descent import soft_threshold

    u = np.append(variant.rng("threshold").normal(size=9), [0.5, -0.5, 0.0])
    return soft_threshold(u, 0.5), u


def want_threshold(variant):
    u = np.append(variant.rng("threshold").normal(size=9), [0.5, -0.5, 0.0])
    grid = np.linspace(-4.0, 4.0, 8001)
    coarse = [grid[(0.5 * (grid - v) ** 2 + 0.5 * np.abs(grid)).argmin()] for v in u]
    exact = [0.0 if abs(v) < 0.002 else u[i] - 0.5 * np.sign(v) for i, v in enumerate(coarse)]
    return np.array(exact), u


def got_step(variant):
    way, h = descent(variant)
    return way._from(h, h @ way.problem.A)[:2]


def proximal(variant, h):
    """Return the codes after one step, entry by entry."""
    D, x, _ = problem(variant)
    L = np.linalg.eigvalsh(product(D, D.T))[-1]
    down = h - (h @ D - x) @ D.T / L
    t, found = LAM / (2 * L), np.zeros_like(h)
    found[down > t] = down[down > t] - t
    found[down < -t] = down[down < -t] + t
    return found


def want_step(variant):
    D, _, h = problem(variant)
    new = proximal(variant, h)
    return new, product(product(new, D), D.T)


def got_step_cost(variant):
    way, h = descent(variant)
    return (way._from(h, h @ way.problem.A)[2],)


def want_step_cost(variant):
    return (cost(variant, proximal(variant, problem(variant)[2])),)


def got_rows(variant):
    way, h = descent(variant)
    rows = np.array([2, 0])
    y = h[rows]
    return *way._from(y, y @ way.problem.A, rows), y


def want_rows(variant):
    D, _, h = problem(variant)
    rows = [2, 0]
    new = proximal(variant, h)
    return new[rows], (new @ D @ D.T)[rows], cost(variant, new)[rows], h[rows]


def got_rest(variant):
    way, h = descent(variant)
    fallen, before = True, np.full(len(h), np.inf)
    for _ in range(3000):
        h, hA, E = way._from(h, h @ way.problem.A)
        fallen = fallen and bool((E <= before + 1e-9).all())
        before = E
    pull = 2.0 * (way.problem.c - hA)
    on = np.abs(h) > 1e-7
    return np.array(fallen), np.where(on, pull * np.sign(h), LAM), np.array(np.abs(pull).max())


def want_rest(variant):
    return np.array(True), np.full(problem(variant)[2].shape, LAM), np.array(LAM)


TASK_22 = Task(
    id="22", title="A proximal step", minutes=40, tutorial="11", needs=(),
    symbols=(
        Symbol(DESCENT, "soft_threshold",
               "Return the minimum over h of half the squared distance to u plus t times |h|, "
               "entry by entry, of the shape of u."),
        Symbol(DESCENT, "Descent._from",
               "Take one plain step from the codes y (n, k); return the new codes, their product "
               "with A, and their cost (n,).\n\n"
               "`problem = self.problem.take(rows)` has A (k, k), c (n, k), `lam` and "
               "`cost(h, hA)`. Its smooth part is h A hᵀ − 2 c·h for each row, and `yA` is y A. "
               "`self.L` is the largest eigenvalue of A. Go down the gradient of the smooth part "
               "with the largest step that never lets E rise, then minimise the price of the code "
               "around that point."),
    ),
    docstrings=(
        Symbol(DESCENT, "",
               "Inference of a sparse code: proximal gradient on a `Lasso`, all rows side by side "
               "(13.4, 14.8)."),
    ),
    statement="22.md",
    checks=(
        Check("soft threshold", 1, got_threshold, want_threshold,
              property="the minimum found by trying many values of h", case="u = 2 and u = -0.3"),
        Check("one step", 1.5, got_step, want_step,
              property="the new codes and their product with A", case="one atom, one example"),
        Check("cost", 0.5, got_step_cost, want_step_cost, property="the cost of the new codes",
              case="one atom, one example"),
        Check("some rows", 1, got_rows, want_rows, hidden=True,
              property="with `rows`, the step is that of these rows of the problem; y is only read",
              case="the last and the first of the rows"),
        Check("at rest", 2, got_rest, want_rest, hidden=True, tolerance=1e-4,
              property="E never rises, and at rest the smooth slope is λ where a code is not 0, "
              "and at most λ elsewhere", case="one atom, many steps"),
    ),
    wrong=(
        Wrong("hard threshold",
              "What survives the threshold is not moved: it must move towards 0 by t, too.",
              {"soft_threshold": "return np.where(np.abs(u) > t, u, 0.0)"}),
        Wrong("negative side lost", "Negative entries all become 0: codes may be negative.",
              {"soft_threshold": "return np.maximum(u - t, 0.0)"}),
        Wrong("not stopped at 0", "Small entries cross 0: they must stop there.",
              {"soft_threshold": "return u - t * np.sign(u)"}),
        Wrong("threshold squared", "The threshold is squared.",
              {"soft_threshold": ("np.clip(u, -t, t)", "np.clip(u, -t * t, t * t)")}),
        Wrong("threshold twice as large",
              "The threshold is twice what it should be: the smooth part has no factor 1/2, so the "
              "step is 1/(2L).",
              {"Descent._from": ("problem.lam / (2 * self.L)", "problem.lam / self.L")}),
        Wrong("step twice as long",
              "The step is twice what it should be: E may rise.",
              {"Descent._from": ("u /= self.L", "u /= 0.5 * self.L")}),
        Wrong("step half as long",
              "The step is half of what it could be, but the threshold is not: they belong "
              "together.",
              {"Descent._from": ("u /= self.L", "u /= 2 * self.L")}),
        Wrong("uphill", "The step goes uphill: subtract the gradient.",
              {"Descent._from": ("np.subtract(y, u, out=u)", "np.add(y, u, out=u)")}),
        Wrong("no threshold", "The price of the code is left out: no entry becomes exactly 0.",
              {"Descent._from": ("soft_threshold(u, problem.lam / (2 * self.L))", "u")}),
        Wrong("cost of the old codes", "The cost is that of y: return that of the new codes.",
              {"Descent._from": ("problem.cost(h, hA)", "problem.cost(y, yA)")}),
        Wrong("product of the old codes", "The product is that of y: return that of the new codes.",
              {"Descent._from": ("return h, hA,", "return h, yA,")}),
    ),
)  # fmt: skip


# --- 23 ---------------------------------------------------------------------------------------


def turn(variant):
    """Return x, h, the encoder's W, b, g, and atoms D of length one."""
    n, d, k = variant.sizes
    rng = variant.rng("psd")
    shapes = ((n, d), (n, k), (d, k), (k,), (k,), (k, d))
    x, h, W, b, g, D = (rng.normal(size=shape) for shape in shapes)
    return x, h, W, b, g, D / np.sqrt((D * D).sum(axis=1, keepdims=True))


def model_of(variant):
    """Return the PSD model of the submission, and its parts."""
    from tinyae import PSD

    _, _, W, b, g, D = turn(variant)
    model = PSD.dense(W.shape, lam=LAM, gamma=GAMMA, rng=0)
    first, _, gain = model.encoder.layers
    first.params["W"][...], first.params["b"][...], gain.params["g"][...] = W, b, g
    atoms = model.parts["dictionary"]
    atoms.params["D"][...] = D
    model.grad[...] = 0.0
    return model, first, gain, atoms


def got_turn(variant):
    x, h, *_ = turn(variant)
    model, _, _, atoms = model_of(variant)
    f, cache = model.predict(x)
    return np.array(model._add_grad(x, h, f, cache)), atoms.grads["D"]


def want_turn(variant):
    x, h, W, b, g, D = turn(variant)
    f = np.tanh(x @ W + b) * g
    e = h @ D - x
    costs = (e * e).sum(axis=1) + LAM * np.abs(h).sum(axis=1) + GAMMA * ((h - f) ** 2).sum(axis=1)
    return np.array(sum(costs) / len(x)), 2.0 * product(h.T, e) / len(x)


def got_encoder(variant):
    x, h, *_ = turn(variant)
    model, first, gain, _ = model_of(variant)
    model._add_grad(x, h, *model.predict(x))
    return first.grads["W"], first.grads["b"], gain.grads["g"]


def want_encoder(variant):
    x, h, W, b, g, _ = turn(variant)
    t = np.tanh(x @ W + b)
    gf = 2.0 * GAMMA * (t * g - h) / len(x)
    gpre = gf * g * (1.0 - t * t)
    return product(x.T, gpre), gpre.sum(axis=0), (gf * t).sum(axis=0)


def got_tangential(variant):
    x, h, *_, D = turn(variant)
    _, _, _, atoms = model_of(variant)
    held = atoms.grads["D"]
    held[...] = h.T @ x
    atoms.tangential()
    return held, np.abs((held * D).sum(axis=1)), atoms.params["D"]


def want_tangential(variant):
    x, h, *_, D = turn(variant)
    g = h.T @ x
    flat = np.array([row - (row @ atom) * atom for row, atom in zip(g, D, strict=True)])
    return flat, np.zeros(len(D)), D


def got_project(variant):
    *_, D = turn(variant)
    model, _, _, atoms = model_of(variant)
    held = atoms.params["D"]
    held *= np.arange(1.0, len(D) + 1)[:, None]
    atoms.project()
    return np.sqrt((held * held).sum(axis=1)), held


def want_project(variant):
    *_, D = turn(variant)
    return np.ones(len(D)), D


def got_zero_atom(variant):
    *_, D = turn(variant)
    model, _, _, atoms = model_of(variant)
    atoms.params["D"][1] = 0.0
    atoms.params["D"][0] *= 1e-3
    atoms.project()
    return (atoms.params["D"],)


def want_zero_atom(variant):
    *_, D = turn(variant)
    D[1] = 0.0
    return (D,)


def got_sparse_coder(variant):
    from tinyae import PSD
    from tinyae.sparse_coding import Dictionary

    x, h, *_, D = turn(variant)
    model = PSD(None, Dictionary(D.shape[1], D.shape[0]), lam=LAM, gamma=0.0)
    model.parts["dictionary"].params["D"][...] = D
    model.grad[...] = 1.0
    value = model._add_grad(x, h, np.zeros_like(h), None)
    return np.array(value), model.parts["dictionary"].grads["D"]


def want_sparse_coder(variant):
    x, h, *_, D = turn(variant)
    e = h @ D - x
    value = ((e * e).sum() + LAM * np.abs(h).sum()) / len(x)
    return np.array(value), 1.0 + 2.0 * product(h.T, e) / len(x)


ADD = """self.parts["dictionary"].backward(2.0 / len(x) * (h @ self.atoms - x), h)
if self.encoder is not None:
    self.encoder.backward(2.0 * self.gamma / len(x) * (f - h), cache)
return self.costs(x, h, f).mean()
"""

TASK_23 = Task(
    id="23", title="PSD: the parameters' turn", minutes=45, tutorial="19",
    needs=("01", "02", "03"),
    symbols=(
        Symbol(PSD, "PSD._add_grad",
               "Return the mean over the examples of the criterion (14.19) at the codes h (n, k), "
               "and add its gradient at fixed h into the layers.\n\n"
               "f (n, k) is the encoder's prediction, and `cache` what its `backward` needs. "
               "`self.parts[\"dictionary\"].backward(adjoint of h D, h)` adds the gradient of the "
               "atoms, and `self.encoder.backward(adjoint of f, cache)` that of the encoder. "
               "There may be no encoder: it is None then. `self.costs(x, h, f)` are the criteria "
               "of the examples."),
        Symbol(DICTIONARY, "Dictionary.tangential",
               "Remove from the gradient of each atom, in place, the part that would only change "
               "the length of the atom. All atoms have length 1. They do not change."),
        Symbol(DICTIONARY, "Dictionary.project",
               "Give every atom, which is a row of D, the length 1 again, in place. An atom of "
               "zeros stays as it is."),
    ),
    docstrings=(
        Symbol(PSD, "PSD.criterion_and_grad",
               "Return the mean of E(x, h) over the examples and set `grad` to its gradient at "
               "fixed h."),
    ),
    statement="23.md",
    checks=(
        Check("criterion and atoms", 0.75, got_turn, want_turn,
              property="the criterion and the gradient of the atoms are means over the examples",
              case="one atom, one example"),
        Check("encoder", 0.75, got_encoder, want_encoder,
              property="the encoder is pulled towards the codes with the strength γ",
              case="one unit, one example"),
        Check("tangential part", 0.75, got_tangential, want_tangential,
              property="what is left of the gradient is at right angles to the atom",
              case="the atom (1, 0) and the gradient (2, 3)"),
        Check("length one", 0.75, got_project, want_project,
              property="every atom has length 1, in its old direction", case="the atom (3, 4)"),
        Check("an atom of zeros", 1.5, got_zero_atom, want_zero_atom, hidden=True,
              property="an atom of zeros stays, without a warning", case="the atom (0, 0)"),
        Check("no encoder", 1.5, got_sparse_coder, want_sparse_coder, hidden=True,
              property="sparse coding has no encoder; gradients are added to what is there",
              case="one atom, no encoder"),
    ),
    wrong=(
        Wrong("gamma forgotten", "The encoder's gradient lacks γ, the price of missing the code.",
              {"PSD._add_grad": ADD.replace(" * self.gamma", "")}),
        Wrong("factor 2 forgotten",
              "The gradient of the atoms is half of what it should be: 14.19 has no factor 1/2.",
              {"PSD._add_grad": ADD.replace("2.0 / len(x) * (h @", "1.0 / len(x) * (h @")}),
        Wrong("sign of the atoms' gradient", "The gradient of the atoms has the wrong sign.",
              {"PSD._add_grad": ADD.replace("h @ self.atoms - x", "x - h @ self.atoms")}),
        Wrong("encoder pushed away", "The encoder is pushed away from the codes: sign.",
              {"PSD._add_grad": ADD.replace("(f - h)", "(h - f)")}),
        Wrong("sum over the examples",
              "Criterion and gradients are sums over the examples: they are means.",
              {"PSD._add_grad": ADD.replace(" / len(x)", "").replace("mean()", "sum()")}),
        Wrong("one length for all atoms",
              "All atoms together get the length 1: each row needs its own.",
              {"Dictionary.project": 'D = self.params["D"]\nD /= np.linalg.norm(D)'}),
        Wrong("columns of length one",
              "The columns get the length 1: the atoms are the rows of D.",
              {"Dictionary.project": 'D = self.params["D"]\n'
               "D /= np.linalg.norm(D, axis=0, keepdims=True)"}),
        Wrong("a copy is projected",
              "A copy gets the length 1: write into D, which theta sees.",
              {"Dictionary.project": 'D = self.params["D"]\n'
               "D = D / np.linalg.norm(D, axis=1, keepdims=True)"}),
        Wrong("zero divided by zero",
              "An atom of zeros gives 0/0: leave it as it is.",
              {"Dictionary.project": 'D = self.params["D"]\n'
               "D /= np.linalg.norm(D, axis=1, keepdims=True)"}),
        Wrong("the part along the atom kept",
              "The part along the atom is what is left: remove this part.",
              {"Dictionary.tangential": 'D, g = self.params["D"], self.grads["D"]\n'
               "g[...] = (g * D).sum(axis=1, keepdims=True) * D"}),
        Wrong("columns made tangential",
              "The products are summed along the columns: an atom is a row of D.",
              {"Dictionary.tangential": ("sum(axis=1", "sum(axis=0")}),
    ),
)  # fmt: skip


TASKS = (TASK_22, TASK_23)
