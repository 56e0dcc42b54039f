# %% [markdown]
# # Tutorial 13: from loops to layers to the core
#
# One denoising autoencoder (equations 14.9, 14.16), one optimizer, nine ways to write a step of its
# training. All nine compute the same numbers; the slowest takes two thousand times as long as the
# fastest. You need tutorials 1 and 5. Times are those of the machine on which this was written.
#
# ## 1. The question
#
# A net of 2 inputs, 64 tanh units and 2 outputs sees 100 points of a spiral. For this step of
# training a processor must multiply and add 64 000 times and take 6400 tanh. It can do eight
# thousand such things in a microsecond, so ten microseconds should do. Written as one would say it,
# in Python, the step takes thirty thousand. **Where does the time go?**
#
# Not into the mathematics, we claim, for none of it will be changed. It goes into asking for it, and
# into finding places for the numbers.

# %%
import math
import time
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tinyae import Adam, Autoencoder, GaussianNoise, Tanh
from tinyae.datasets import spiral
from tinyae.nn.fast_noise import normals, words
from tinyae.nn.layer_steps import LayerSteps
from tinyae.plotting import save_figure, style

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
SIGMA, RATE, B1, B2, EPS = 0.1, 0.01, 0.9, 0.999, 1e-8  # of the noise, and of Adam

# %% [markdown]
# ## 2. The equation
#
# With n rows in a batch, x̃ = x + σ ε and a bias beside each weight:
#
#     h = tanh(x̃ W + b)      r = h V + c      L = ½ Σ ‖x − r‖² / n
#     gr = (r − x)/n      gV = hᵀ gr   gc = Σ gr      ga = (gr Vᵀ)(1 − h²)      gW = x̃ᵀ ga   gb = Σ ga
#
# and then, for each of the 5 · 64 + 2 parameters θ with gradient g, a step t of Adam:
#
#     m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
#     θ ← θ − η [m/(1 − β₁ᵗ)] / (√[v/(1 − β₂ᵗ)] + ε)
#
# Five products of matrices, x̃ W, h V, hᵀ gr, gr Vᵀ and x̃ᵀ ga, are 5 · 2 · 64 · 100 = 64 000
# multiplications with an addition each. Nothing below adds a formula to these or leaves one out.
#
# ## 3. One unit, one example
#
# Two rearrangements are needed later. Both can be seen on plain numbers. The first: a bias is a
# weight from an input that is always 1. w x̃ + b = [w b]·[x̃ 1], so gw = ga x̃ and gb = ga · 1 are one
# rule. The second: **Adam with fewer operations.** Let G = n g be the sum over the batch, without
# the division, and sum M ← β₁ M + G and V ← β₂ V + G², without the factors 1 − β. Then
# m = (1 − β₁) M/n and v = (1 − β₂) V/n². Put that in, and multiply above and below by n/s, where
# s² = (1 − β₂)/(1 − β₂ᵗ):
#
#     θ ← θ − ρ M / (√V + ε n/s)      ρ = (η / s) (1 − β₁)/(1 − β₁ᵗ)
#
# What is constant over θ is now in two scalars of the step, ρ and ε n/s.

# %%
x, x_tilde, n = 0.6, 0.75, 1
w, b, v, c = 0.8, 0.1, 1.5, -0.9
h = math.tanh(w * x_tilde + b * 1)
gr = (v * h + c * 1 - x) / n
ga = gr * v * (1 - h * h)
print(f"gw = {ga * x_tilde:.6f}   gb = {ga * 1:.6f}   gv = {gr * h:.6f}   gc = {gr * 1:.6f}")


def textbook(gradients):
    """Where a parameter ends that starts at 0 and meets these gradients."""
    theta = m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        m = B1 * m + (1 - B1) * g
        v = B2 * v + (1 - B2) * g * g
        theta -= RATE * (m / (1 - B1**t)) / (math.sqrt(v / (1 - B2**t)) + EPS)
    return theta


def scalars(t, n):
    """ρ and ε n/s of step t, for batches of n rows."""
    s = math.sqrt((1 - B2) / (1 - B2**t))
    return RATE / s * (1 - B1) / (1 - B1**t), EPS * n / s


def folded(sums, n):
    """The same from the sums over the batches, n g."""
    theta = M = V = 0.0
    for t, G in enumerate(sums, start=1):
        M = B1 * M + G
        V = B2 * V + G * G
        rho, eps = scalars(t, n)
        theta -= rho * M / (math.sqrt(V) + eps)
    return theta


g = [0.3, -0.1, 0.02, 1e-9, 0.5]
ends = textbook(g), folded([100 * one for one in g], 100)
print(f"Adam after five steps: {ends[0]:.15f}; with the factors folded: {ends[1]:.15f}")
assert abs(ends[0] - ends[1]) < 1e-15

# %% [markdown]
# ## 4. By loops, then by layers
#
# Each version below is a function that takes the parameters `theta` (one flat vector, which it
# changes), the data and the batch size, and returns a function that trains one epoch. Order and
# noise come from a generator, so that equal seeds must lead to equal parameters.


# %%
def batches(x, size, rng):
    """Clean rows and noisy ones, batch by batch, in a new order each time."""
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        clean = x[order[start : start + size]]
        yield clean, clean + SIGMA * rng.standard_normal(clean.shape, clean.dtype)


def views(flat):
    """W (2, k), b (k,), V (k, 2) and c (2,) as they lie in theta, or in its gradient."""
    k = (len(flat) - 2) // 5
    return flat[: 2 * k].reshape(2, k), flat[2 * k : 3 * k], flat[3 * k : -2].reshape(k, 2), flat[-2:]


def loops(theta, x, size):
    """One number at a time."""
    m, v, t = [0.0] * len(theta), [0.0] * len(theta), 0

    def epoch(rng):
        nonlocal t
        losses = []
        for clean, noisy in batches(x, size, rng):
            W, b, V, c = (p.tolist() for p in views(theta))
            k, n, loss = len(b), len(clean), 0.0
            gW, gb, gV, gc = [[0.0] * k, [0.0] * k], [0.0] * k, [[0.0] * 2 for _ in b], [0.0] * 2
            for xi, ti in zip(clean.tolist(), noisy.tolist(), strict=True):
                h = [math.tanh(ti[0] * W[0][u] + ti[1] * W[1][u] + b[u]) for u in range(k)]
                gh = [0.0] * k
                for l in range(2):  # noqa: E741 (the book's index)
                    e = sum(h[u] * V[u][l] for u in range(k)) + c[l] - xi[l]
                    loss += 0.5 * e * e / n
                    gc[l] += e / n
                    for u in range(k):
                        gV[u][l] += h[u] * e / n
                        gh[u] += V[u][l] * e / n
                for u in range(k):
                    ga = gh[u] * (1 - h[u] * h[u])
                    gb[u] += ga
                    for j in range(2):
                        gW[j][u] += ti[j] * ga
            t += 1
            for i, g in enumerate([*gW[0], *gW[1], *gb, *[g for row in gV for g in row], *gc]):
                m[i] = B1 * m[i] + (1 - B1) * g
                v[i] = B2 * v[i] + (1 - B2) * g * g
                theta[i] -= RATE * (m[i] / (1 - B1**t)) / (math.sqrt(v[i] / (1 - B2**t)) + EPS)
            losses.append(loss)
        return sum(losses) / len(losses)

    return epoch


# %% [markdown]
# Python looks at each `*` anew: what is on the left, what is on the right, which multiplication is
# meant, where to put the result. That takes twenty times as long as the multiplication. With NumPy
# one asks once for a whole array. First the arrays are **vectors**, one example at a time:


# %%
def adam(parameters, gradients, m, v, t):
    """A step by the formulas, array by array."""
    for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
        m[i] = B1 * m[i] + (1 - B1) * g
        v[i] = B2 * v[i] + (1 - B2) * g * g
        p -= RATE * (m[i] / (1 - B1**t)) / (np.sqrt(v[i] / (1 - B2**t)) + EPS)


def vectors(theta, x, size):
    """One example at a time."""
    W, b, V, c = parameters = views(theta)
    m, v, t = [0.0] * 4, [0.0] * 4, 0

    def epoch(rng):
        nonlocal t
        losses = []
        for clean, noisy in batches(x, size, rng):
            gradients = gW, gb, gV, gc = [np.zeros_like(p) for p in parameters]
            n, loss = len(clean), 0.0
            for xi, ti in zip(clean, noisy, strict=True):
                h = np.tanh(ti @ W + b)
                e = h @ V + c - xi
                loss += 0.5 * float(e @ e) / n
                gr = e / n
                gV += np.outer(h, gr)
                gc += gr
                ga = (V @ gr) * (1 - h * h)
                gW += np.outer(ti, ga)
                gb += ga
            t += 1
            adam(parameters, gradients, m, v, t)
            losses.append(loss)
        return sum(losses) / len(losses)

    return epoch


# %% [markdown]
# Now **matrices**: a whole batch at once. This is section 2 letter by letter, and it is also the
# shortest of the nine. Whoever stops reading here has most of the speed.


# %%
def matrices(theta, x, size):
    """One batch at a time."""
    W, b, V, c = parameters = views(theta)
    m, v, t = [0.0] * 4, [0.0] * 4, 0

    def epoch(rng):
        nonlocal t
        losses = []
        for clean, noisy in batches(x, size, rng):
            h = np.tanh(noisy @ W + b)
            e = h @ V + c - clean
            gr = e / len(clean)
            ga = (gr @ V.T) * (1 - h * h)
            t += 1
            adam(parameters, (noisy.T @ ga, ga.sum(axis=0), h.T @ gr, gr.sum(axis=0)), m, v, t)
            losses.append(0.5 * float((e * e).sum()) / len(clean))
        return sum(losses) / len(losses)

    return epoch


# %% [markdown]
# The library's **layers** are this, cut into pieces that know nothing of each other, so that they
# can be combined: any depth, any unit, any output, penalties, a check of every input. `LayerSteps`
# is what `fit` runs. The combining has a price of its own, which section 6 measures; in return, one
# formula is written once. Adam works on all of theta at once, which wins some of it back.


# %%
def network(theta, units):
    """An `Autoencoder` with these parameters: they lie in its own theta from now on."""
    model = Autoencoder.dense((2, units), activation=Tanh, rng=0, dtype=theta.dtype,
                              corruption=GaussianNoise(SIGMA))  # fmt: skip
    model.theta[...] = theta
    return model


def engine(make):
    """A version made of what `fit` runs: `make(model, size, n)` has the method `epoch`."""

    def version(theta, x, size):
        model = network(theta, (len(theta) - 2) // 5)
        steps = make(model, size, len(x))

        def epoch(rng):
            loss, _ = steps.epoch((x,), 1, 1, rng, True)
            theta[...] = model.theta
            return loss

        return epoch

    return version


optimizer = Adam(RATE, B1, B2, EPS)
layers = engine(lambda model, size, n: LayerSteps(model, optimizer, size))

# %% [markdown]
# The same numbers? Three batches, twice, in double precision, then compare the losses and all 322
# parameters with those of the loops. Rounding differs, as sums are taken in another order.

# %%
points = spiral(300, rng=0)
first = network(np.zeros(322), 64).theta
first[...] = Autoencoder.dense((2, 64), activation=Tanh, rng=1).theta
seen = {}


def same(version):
    """Train for two epochs of three batches; compare with what the loops gave."""
    theta, rng = first.copy(), np.random.default_rng(5)
    epoch = version(theta, points, 100)
    losses = np.array([epoch(rng), epoch(rng)])
    expected = seen.setdefault("loops", (losses, theta))
    wrong = max(np.abs(losses - expected[0]).max(), np.abs(theta - expected[1]).max())
    print(f"losses {losses[0]:.12f}, {losses[1]:.12f}; largest difference from loops {wrong:.0e}")
    return wrong


assert np.abs(np.array([same(loops), same(vectors), same(matrices), same(layers)])).max() < 1e-11

# %% [markdown]
# ## 5. The gradient, and where to put it
#
# `noisy @ W + b` makes two arrays, asks the system for their memory, and hands it back a moment
# later. With `out=` a result goes where a place was made for it, once. The version with **buffers**
# is `matrices` again, line for line, and each line is now one operation. (`np.dot` is `@` with
# fewer questions asked: .5 instead of .9 µs before it begins.)


# %%
def adam_in_place(p, g, m, v, u, t):
    """A step by the formulas, nothing allocated; u is scratch."""
    np.multiply(m, B1, out=m)
    np.multiply(g, 1 - B1, out=u)
    np.add(m, u, out=m)
    np.multiply(v, B2, out=v)
    np.square(g, out=u)
    np.multiply(u, 1 - B2, out=u)
    np.add(v, u, out=v)
    np.divide(v, 1 - B2**t, out=u)
    np.sqrt(u, out=u)
    np.add(u, EPS, out=u)
    np.divide(m, u, out=u)
    np.multiply(u, RATE / (1 - B1**t), out=u)
    np.subtract(p, u, out=p)


def buffers(theta, x, size):
    """Every result has a place."""
    parameters = W, b, V, c = views(theta)
    gW, gb, gV, gc = gradients = [np.empty_like(p) for p in parameters]
    m, v, scratch = ([np.zeros_like(p) for p in parameters] for _ in range(3))
    clean, noisy, noise, e, gr = (np.empty((size, 2), x.dtype) for _ in range(5))
    h, ga, slope = (np.empty((size, len(b)), x.dtype) for _ in range(3))
    t = 0

    def epoch(rng):
        nonlocal t
        losses, order = [], rng.permutation(len(x))
        for start in range(0, len(x), size):
            np.take(x, order[start : start + size], axis=0, out=clean, mode="clip")
            rng.standard_normal(out=noise, dtype=x.dtype)
            np.multiply(noise, SIGMA, out=noise)
            np.add(clean, noise, out=noisy)
            np.dot(noisy, W, out=h)
            np.add(h, b, out=h)
            np.tanh(h, out=h)
            np.dot(h, V, out=e)
            np.add(e, c, out=e)
            np.subtract(e, clean, out=e)
            losses.append(0.5 * float(np.dot(e.ravel(), e.ravel())) / size)
            np.divide(e, size, out=gr)
            np.dot(h.T, gr, out=gV)
            np.sum(gr, axis=0, out=gc)
            np.dot(gr, V.T, out=ga)
            np.square(h, out=slope)
            np.subtract(1, slope, out=slope)
            np.multiply(ga, slope, out=ga)
            np.dot(noisy.T, ga, out=gW)
            np.sum(ga, axis=0, out=gb)
            t += 1
            for p, g, mi, vi, u in zip(parameters, gradients, m, v, scratch, strict=True):
                adam_in_place(p, g, mi, vi, u, t)
        return sum(losses) / len(losses)

    return epoch


# %% [markdown]
# 18 operations for the gradient are left, and 52 for Adam, each of which asks for its half
# microsecond however little it has to do: c has two entries. So the next thing is to ask less often.
#
# **Columns.** Write an example into each column, and below the two inputs a row of ones. W and b
# are neighbours in theta: W has 2 rows, b is the third, and [W; b] is a matrix of shape (3, 64)
# that needs no copying. By section 3, [W; b]ᵀ [x̃; 1] is the whole affine map, and [x̃; 1] gaᵀ the
# gradient of weight and bias, written where both lie. Two additions of a bias and two sums are gone.
# (A *column* of ones would do as well, but W and b would then have to be asked for apart from ones
# lying in between: h with its ones must be one piece of memory, and so must h without them.)
#
# Places have dangers. `in_columns` computes the gradient so, and can be told to go wrong in two
# ways that anybody who works in place has met. It can write 1 − h² over h **before** gV has read
# it. And it can let tanh run over **the row of ones** as well.


# %%
def in_columns(P, Q, clean, noisy, mistake=None):
    """The loss of P = [W; b], Q = [V; c], and the gradients of both."""
    X = np.vstack([noisy.T, np.ones(len(noisy))])
    H = np.ones((len(Q), len(noisy)))
    h = H[:-1]
    np.dot(P.T, X, out=h)
    np.tanh(H if mistake == "ones" else h, out=H if mistake == "ones" else h)
    e = Q.T @ H - clean.T
    gr = e / len(clean)
    if mistake == "over h":
        gh = (Q[:-1] @ gr) * np.subtract(1, h * h, out=h)
        gQ = H @ gr.T
    else:
        gQ = H @ gr.T
        gh = (Q[:-1] @ gr) * (1 - h * h)
    return 0.5 * (e * e).sum() / len(clean), X @ gh.T, gQ


clean, noisy, theta = points[:5], points[5:10], first.copy()
theta += 0.1 * np.random.default_rng(0).standard_normal(len(theta))  # biases other than zero
P, Q = theta[: 3 * 64].reshape(3, 64), theta[3 * 64 :].reshape(65, 2)
model = network(theta, 64)
asked = model.backward(model.forward(clean, None, noisy))  # adds into grad, which was zero
up, down = theta.copy(), theta.copy()
print("mistake       loss    difference from layers: of the loss, of the gradient, from its own slope")
found = {}
for mistake in (None, "over h", "ones"):
    loss, *both = in_columns(P, Q, clean, noisy, mistake)
    gradient = np.concatenate([one.ravel() for one in both])
    direction = np.random.default_rng(1).standard_normal(len(theta))
    ends = []
    for eps in (1e-6, -1e-6):
        moved = theta + eps * direction
        ends.append(in_columns(moved[:192].reshape(3, 64), moved[192:].reshape(65, 2),
                               clean, noisy, mistake)[0])  # fmt: skip
    slope = (ends[0] - ends[1]) / 2e-6
    found[mistake] = (abs(loss - asked), np.abs(gradient - model.grad).max(),
                      abs(gradient @ direction - slope))  # fmt: skip
    print(f"{mistake!s:<8} {loss:10.6f} {found[mistake][0]:20.0e} {found[mistake][1]:15.0e}"
          f" {found[mistake][2]:20.0e}")  # fmt: skip
assert max(found[None][:2]) < 1e-14 and found[None][2] < 1e-8
assert found["over h"][0] < 1e-14 and found["over h"][2] > 1e-3, "right loss, wrong gradient"
assert found["ones"][0] > 1e-4 and found["ones"][2] < 1e-8, "right gradient, of another loss"

# %% [markdown]
# A check of the gradient finds the first mistake and not the second: *that* gradient is right, for
# another function, in which c counts only tanh 1 = 0.76 times. And as long as c is zero, as it is
# at the start, even the loss is the right one. So here each version is compared with the one before,
# after some steps, and the library compares its core with its layers, model by model.


# %%
def halves(flat):
    """[W; b] (3, k) and [V; c] (k + 1, 2), as they lie in theta."""
    k = (len(flat) - 2) // 5
    return flat[: 3 * k].reshape(3, k), flat[3 * k :].reshape(k + 1, 2)


def columns(theta, x, size):
    """Buffers, an example in each column, a row of ones below."""
    parameters = P, Q = halves(theta)
    gP, gQ = gradients = [np.empty_like(p) for p in parameters]
    m, v, scratch = ([np.zeros_like(p) for p in parameters] for _ in range(3))
    clean, noise = (np.empty((size, 2), x.dtype) for _ in range(2))
    X, H = (np.ones((rows, size), x.dtype) for rows in (3, len(Q)))
    h, V, e, gr = H[:-1], Q[:-1], np.empty((2, size), x.dtype), np.empty((2, size), x.dtype)
    ga, slope = np.empty_like(h), np.empty_like(h)
    t = 0

    def epoch(rng):
        nonlocal t
        losses, order = [], rng.permutation(len(x))
        for start in range(0, len(x), size):
            np.take(x, order[start : start + size], axis=0, out=clean, mode="clip")
            rng.standard_normal(out=noise, dtype=x.dtype)
            np.multiply(noise, SIGMA, out=noise)
            np.add(clean.T, noise.T, out=X[:-1])
            np.dot(P.T, X, out=h)
            np.tanh(h, out=h)
            np.dot(Q.T, H, out=e)
            np.subtract(e, clean.T, out=e)
            losses.append(0.5 * float(np.dot(e.ravel(), e.ravel())) / size)
            np.divide(e, size, out=gr)
            np.dot(H, gr.T, out=gQ)
            np.dot(V, gr, out=ga)
            np.square(h, out=slope)
            np.subtract(1, slope, out=slope)
            np.multiply(ga, slope, out=ga)
            np.dot(X, ga.T, out=gP)
            t += 1
            for p, g, mi, vi, u in zip(parameters, gradients, m, v, scratch, strict=True):
                adam_in_place(p, g, mi, vi, u, t)
        return sum(losses) / len(losses)

    return epoch


# %% [markdown]
# **One flat vector.** To Adam it is all the same which parameter belongs to which matrix. Let the
# gradients of both lie in one vector, as theta does, and it takes 10 operations with the scalars of
# section 3 instead of 26. The division by n is among the scalars, so gr is e itself.
#
# **The whole epoch at once.** Which rows and which noise come next does not depend on what is
# learned. So they are drawn before the first step, in one call each, and a batch is then a view,
# not a copy. In float32 even the drawing goes faster: instead of one number after the other, the
# generator's raw bits are turned into normal numbers, all with the same few operations. Let u and v
# be uniform on (0, 1]. Then √(−2 log u) cos 2πv and √(−2 log u) sin 2πv are two independent draws
# from N(0, 1) (Box and Muller): read as a point of the plane, its direction is uniform, and half
# its squared length, −log u, has the density exp(−s), as it must for two of them.

# %%
z = normals((200_000,), np.random.default_rng(3))
bits = words(200_000, np.uint32, np.random.default_rng(3)) >> 9  # 23 random bits each
u, v = 1.0 - bits[:100_000] / 2**23, bits[100_000:] / 2**23
pairs = np.sqrt(-2 * np.log(u)) * np.array([np.cos(2 * np.pi * v), np.sin(2 * np.pi * v)])
moments = [float((pairs**power).mean()) for power in (1, 2, 3, 4)]
print("the first four moments, which should be 0, 1, 0, 3:", np.round(moments, 3))
print(f"by the formula and by `normals`, largest difference {np.abs(pairs.ravel() - z).max():.0e}")
assert np.abs(pairs.ravel() - z).max() < 1e-5
assert np.abs(np.array(moments) - [0, 1, 0, 3]).max() < 0.06


# %%
def flat(theta, x, size, ahead=False):
    """Columns, and Adam on one vector; with `ahead` an epoch's rows and noise are drawn before."""
    (P, Q), grad = halves(theta), np.empty_like(theta)
    gP, gQ = halves(grad)
    m, v, s = np.zeros_like(theta), np.zeros_like(theta), np.empty_like(theta)
    slots = len(x) // size if ahead else 1
    rows, noise = (np.empty((slots * size, 2), x.dtype) for _ in range(2))
    T, X = np.empty((slots, 2, size), x.dtype), np.ones((slots, 3, size), x.dtype)
    H, e = np.ones((len(Q), size), x.dtype), np.empty((2, size), x.dtype)
    h, V, flat_e, ga, slope = H[:-1], Q[:-1], e.ravel(), np.empty_like(H[:-1]), np.empty_like(H[:-1])
    sigma, one, b1, b2 = (np.array(value, x.dtype) for value in (SIGMA, 1, B1, B2))
    t = 0

    def draw(index, rng):
        np.take(x, index, axis=0, out=rows, mode="clip")
        T[...] = rows.reshape(slots, size, 2).transpose(0, 2, 1)
        if ahead and x.dtype == np.float32:
            noise[...] = normals(noise.shape, rng)
        else:
            rng.standard_normal(out=noise, dtype=x.dtype)
        np.multiply(noise, sigma, out=noise)
        np.add(T, noise.reshape(slots, size, 2).transpose(0, 2, 1), out=X[:, :-1])

    def step(clean, noisy, rho, eps):
        np.dot(P.T, noisy, out=h)
        np.tanh(h, out=h)
        np.dot(Q.T, H, out=e)
        np.subtract(e, clean, out=e)
        loss = np.dot(flat_e, flat_e)
        np.dot(H, e.T, out=gQ)
        np.dot(V, e, out=ga)
        np.square(h, out=slope)
        np.subtract(one, slope, out=slope)
        np.multiply(ga, slope, out=ga)
        np.dot(noisy, ga.T, out=gP)
        np.multiply(m, b1, out=m)
        np.add(m, grad, out=m)
        np.multiply(v, b2, out=v)
        np.square(grad, out=s)
        np.add(v, s, out=v)
        np.sqrt(v, out=s)
        np.add(s, eps, out=s)
        np.divide(m, s, out=s)
        np.multiply(s, rho, out=s)
        np.subtract(theta, s, out=theta)
        return loss

    def epoch(rng):
        nonlocal t
        losses, order = [], rng.permutation(len(x))
        for start in range(0, len(x), slots * size):
            draw(order[start : start + slots * size], rng)
            for clean, noisy in zip(T, X, strict=True):
                t += 1
                losses.append(step(clean, noisy, *scalars(t, size)))
        return 0.5 * float(sum(losses)) / size / len(losses)

    return epoch


ahead = partial(flat, ahead=True)

# %% [markdown]
# **The core**, finally, is what `fit(model, x, core="vectorized")` runs: the same list of
# operations, put together for any chain of dense layers, with any unit, penalty and output it
# knows. Each operation is a `partial`, a call with its arguments already in it, so that a step looks
# up no name, makes no tuple and reads no keyword; ρ and ε n/s are made for many steps at once; and
# a loss is a number in a row of such, which nobody looks at before the epoch is over.

# %%
core = engine(lambda model, size, n: model.vectorized(optimizer, size, n))
differences = [same(version) for version in (buffers, columns, flat, ahead, core)]
assert max(differences) < 1e-11
