# %% [markdown]
# # Tutorial 12: tangents, from neighbours and from a code
#
# Sections 14.6 and 14.7, figure 14.10.
#
# - *You need*: tutorial 5 and the singular value decomposition.
# - *Time*: about 45 minutes, with the four exercises.
# - *Afterwards you can*: compute the tangents of a code, also without its Jacobian; say why a code
#   with shared units needs fewer data than neighbours do; say when neighbours are better.
#
# Letters: as in tutorial 5, f′ is the slope of a unit, and σ_i is a singular value.
#
# ## 1. The question
#
# Slide the content of a picture a little to the right. This is a step in the space of all pictures.
# There are very many directions for a step, and only few of them lead to another picture of the
# same kind. These few directions span the *tangent plane* at the point. **How can we find it when
# there are few data?**
#
# *Local PCA* uses the nearest neighbours: in which directions do they differ from each other? This
# works if the neighbours differ by the motion and by nothing else. A *contractive code* works in
# another way. Its units are trained on all the data, and what they learn at one place they also use
# at other places.

# %%
import math
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import Adam, Autoencoder, Chain, Contractive, Linear, Tanh, fit, gradcheck, tangents
from tinyae.datasets import curves
from tinyae.nn import Uniform
from tinyae.plotting import Figure, save_figure, show, style
from tinyae.tangents import (
    NonLocalTangents,
    local_pca_tangents,
    neighbor_differences,
    tangent_angles,
)
from tinyae.text import adapt_outputs
from tinyae.training import Cosine

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter

# %% [markdown]
# ## 2. The equation
#
# A small step v changes the code by J v, where J = ∂h/∂x is the Jacobian of the encoder. The
# singular value decomposition orders the directions by the size of this change:
#
#     J = Σ_i σ_i u_i v_iᵀ,   σ_1 ≥ σ_2 ≥ …      J v_i = σ_i u_i
#
# The step v_1 changes the code most. In a contractive code most of the σ_i are small, and the
# reconstruction error keeps those σ_i large along which the data change. So v_1 … v_k are the
# tangents of the code.
#
# For local PCA take the m data nearest to x, subtract their mean, and make them the rows of a
# matrix. Its first right-singular vectors are the tangents.
#
# ## 3. One unit, one example
#
# One unit h = f(w·x + b) has J = f′(a) wᵀ. It has one tangent, w, and this is the same at every x:
# only the size f′(a) changes. With *two* units the direction depends on x, because the slopes are
# the weights in a sum of two matrices:
#
#     Jᵀ J = f′(a_1)² w_1 w_1ᵀ + f′(a_2)² w_2 w_2ᵀ
#
# (This is not the singular value decomposition: w_1 and w_2 need not be orthogonal.)
#
# In the plane, the first eigenvector of ((p, q), (q, r)) has the angle ½ atan2(2q, p − r).

# %%
w1, w2, b1, b2 = (1.0, 0.2), (0.5, 1.2), 0.1, -0.4
pair = Autoencoder.dense((2, 2), activation=Tanh)
pair.encoder.layers[0].params["W"][...] = np.array([w1, w2]).T
pair.encoder.layers[0].params["b"][...] = b1, b2
print(f"{'x':>14}{'f′(a_1)':>9}{'f′(a_2)':>9}{'tangent by hand':>18}{'tangents()':>13}")
for x in ((0.0, 0.0), (2.0, 0.0), (0.0, 1.5)):
    f1 = 1 - math.tanh(w1[0] * x[0] + w1[1] * x[1] + b1) ** 2
    f2 = 1 - math.tanh(w2[0] * x[0] + w2[1] * x[1] + b2) ** 2
    p = f1**2 * w1[0] ** 2 + f2**2 * w2[0] ** 2
    q = f1**2 * w1[0] * w1[1] + f2**2 * w2[0] * w2[1]
    r = f1**2 * w1[1] ** 2 + f2**2 * w2[1] ** 2
    by_hand = math.degrees(0.5 * math.atan2(2 * q, p - r))
    (v,), _ = tangents(pair, [x], 1)
    found = math.degrees(math.atan2(v[0, 1], v[0, 0]))
    print(f"{x!s:>14}{f1:>9.4f}{f2:>9.4f}{by_hand:>17.3f}°{found % 180:>12.3f}°")
    assert abs((found - by_hand + 90) % 180 - 90) < 1e-9

# %% [markdown]
# A unit that is not saturated contributes its own vector. At (2, 0) the slope of the first unit is
# nearly zero, at (0, 1.5) that of the second. This is *parameter sharing*: the same two vectors are
# used at every point.
#
# **Exercise 12.1.** Two units have w_1 = (1, 0) and w_2 = (1, 1), and the slopes 1 and ½. At which
# angle to the first axis is the tangent, in degrees?

# %%
answer = None
check("12.1", answer)

# %% [markdown]
# **Exercise 12.2.** One tanh unit has w = (3, 4), and a = 0. At which angle is its tangent, in
# degrees, and how large is σ_1?

# %%
answer = None, None  # angle, σ_1
check("12.2", answer)

# %% [markdown]
# ## 4. By loops, then by layers
#
# A thousand pictures of 784 pixels and 256 units have a thousand Jacobians of 256 × 784. We want
# ten directions of each, and we do not need the Jacobians for that. With one affine layer (a linear
# map and a bias, then the units) J = diag(f′) Wᵀ, so
#
#     J Jᵀ = diag(f′) G diag(f′),      G = WᵀW, of the size of the code, the same for all points
#
# **Exercise 12.3.** How many entries has one of these Jacobians, and how many has G?

# %%
answer = None, None
check("12.3", answer)

# %% [markdown]
# Repeated multiplication by this matrix gives its first eigenvector u (the *power method*), and
# then v = Jᵀ u / σ_1. Here are the loops, at three points:

# %%
n, d, K = 3, 6, 4
x = np.random.default_rng(0).standard_normal((n, d))
model = Autoencoder.dense((d, K), activation=Tanh, rng=1)
W, b = model.encoder.layers[0].params.values()
G = [[sum(W[j, k] * W[j, m] for j in range(d)) for m in range(K)] for k in range(K)]
T, s = tangents(model, x, 1)
for i in range(n):
    a = [sum(x[i, j] * W[j, k] for j in range(d)) + b[k] for k in range(K)]
    slope = [1 - math.tanh(value) ** 2 for value in a]
    u = [1.0] * K
    for _ in range(500):
        u = [slope[k] * sum(G[k][m] * slope[m] * u[m] for m in range(K)) for k in range(K)]
        norm = math.sqrt(sum(value * value for value in u))
        u = [value / norm for value in u]  # norm tends to σ_1²
    v = [sum(W[j, k] * slope[k] * u[k] for k in range(K)) / math.sqrt(norm) for j in range(d)]
    gap = min(np.abs(T[i, 0] - v).max(), np.abs(T[i, 0] + v).max())  # the sign is arbitrary
    print(
        f"point {i}: σ_1 by loops {math.sqrt(norm):.10f}, by tangents() {s[i, 0]:.10f}; {gap:.0e}"
    )
    assert gap < 1e-9 and abs(math.sqrt(norm) - s[i, 0]) < 1e-9

# %% [markdown]
# The library does the same with some vectors for each point, so that G is multiplied by all of them
# in one large product. It stops when J Jᵀ u − σ² u is small at every point.
#
# ## 5. The gradient
#
# Tutorial 5 derived the gradient of ‖J‖². A third method trains a network only for tangents: F(x)
# gives k directions, and every step Δ from x to a neighbour should lie in their plane (Bengio and
# Monperrus, 2005; they call it *non-local*, because one F is used at all places):
#
#     L = min over w of ‖w F(x) − Δ‖²       w: one number for each direction
#
# The best w depends on F. Does the gradient contain the derivative of w? Write L = ℓ(F, w(F)). Then
# dL/dF = ∂ℓ/∂F + ∂ℓ/∂w · dw/dF, and at the best w the slope ∂ℓ/∂w is zero. So the second term is
# zero:
#
#     gF = 2 wᵀ (w F − Δ)
#
# **Exercise 12.4.** There is one direction, F = (1, 0), and Δ = (3, 4). What are the best w, L, and
# the two entries of gF?

# %%
answer = None, None, None, None
check("12.4", answer)

# %% [markdown]
# Below we compute the slope by differences in two ways: with a new best w after each change of F,
# and with the old w.


# %%
def best_w(F):
    return np.linalg.solve(F @ F.T, F @ step)


rng = np.random.default_rng(3)
F, step = rng.standard_normal((2, 4)), rng.standard_normal(4)
w = best_w(F)
gF, e = 2 * np.outer(w, w @ F - step), 1e-6
print("entry      by hand         new w         old w")
for i, j in ((0, 0), (0, 3), (1, 2)):
    nudge = np.zeros_like(F)
    nudge[i, j] = e
    anew, kept = (
        (
            sum((f(F + nudge) @ (F + nudge) - step) ** 2)
            - sum((f(F - nudge) @ (F - nudge) - step) ** 2)
        )
        / (2 * e)
        for f in (best_w, lambda _: w)
    )
    print(f"{i}, {j}  {gF[i, j]:+14.9f}{anew:+14.9f}{kept:+14.9f}")
    assert abs(gF[i, j] - anew) < 1e-8 and abs(gF[i, j] - kept) < 1e-8


def plane_net(d, k, units, rng):
    """Return F, a tanh network from d numbers to k directions."""
    first = Linear(d, units, rng=rng, init=Uniform(0.2, 1.0))
    return NonLocalTangents(Chain(first, Tanh(), Linear(units, k * d, rng=rng)), k)


small = plane_net(4, 2, 5, rng)
x = rng.standard_normal((20, 4))
report = gradcheck(small, (x, neighbor_differences(x, 3)))
print(f"the layers' gradient against the complex step: {report.max_relative_error:.0e}")
assert report.max_relative_error < 1e-12

# %% [markdown]
# ## 6. The experiment
#
# The data are points in 50 dimensions. One coordinate t moves along a half circle. Five others are
# −1 or 1 at random, so there are 32 parallel copies of one curve, and the true tangent depends only
# on t. When there are few data, the nearest points often lie on other copies, and local PCA uses
# them all the same. The contractive code has twenty units, which learn the curve from all copies
# together. Tangents are computed at 300 fresh points.

# %%
sizes = (50, 100, 200, 400)


def degrees(found, true):
    """Return the mean angle to the true tangent."""
    return float(np.degrees(tangent_angles(found, true).mean()))


def experiment(n, switches=5, peaks=0, noise=0.05, lam=0.03):
    """Return the three angles at fresh points, and the mean singular values of the code."""
    x, true = curves(n + 300, switches=switches, peaks=peaks, noise=noise, rng=n)
    data, fresh, true = x[:n], x[n:], true[n:]
    local = min(degrees(local_pca_tangents(data, fresh, 1, m)[0], true) for m in range(2, 21))

    net = plane_net(50, 1, 50, np.random.default_rng(0))
    fit(net, (data, neighbor_differences(data, 5)), epochs=75_000 // n, batch_size=50,
        optimizer=Adam(Cosine(0.01)), rng=0)  # fmt: skip

    code = Autoencoder.dense((50, 20), activation=Tanh, tied=True, rng=0, dtype=np.float32,
                             penalties=Contractive(lam))  # fmt: skip
    fit(code, data, epochs=75_000 // n, batch_size=50, optimizer=Adam(Cosine(0.02)), rng=0)
    T, _ = tangents(code, fresh, 1)
    values = np.linalg.svd(code.jacobian(fresh), compute_uv=False).mean(axis=0)
    return (local, degrees(net.tangents(fresh), true), degrees(T, true)), values


names = ("local PCA", "non-local network", "contractive code")
table = {}
print(f"{'points':>6}  " + "".join(f"{name:>20}" for name in names))
for n in sizes:
    table[n], sigmas = experiment(n)
    print(f"{n:>6}  " + "".join(f"{angle:>19.1f}°" for angle in table[n]))
print(f"the code's five largest mean σ_i with {n} points:", *(f"{v:.2f}" for v in sigmas[:5]))

# %% [markdown]
# Local PCA has an advantage here: its number of neighbours is chosen by the true answer. Its angle
# becomes smaller as the copies are filled with data. The non-local network learns from the same
# neighbours, also from those on other copies. While most neighbours are on other copies, its angle
# is about as large as that of local PCA. When a sufficient part of the neighbours is on the same
# copy, it combines what they show at many places and is better than local PCA. The contractive code
# needs no neighbours, and it is better than both for every number of points.

# %%
with style():
    figure = Figure(figsize=(9.0, 3.6))
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    looks, columns = ("C0o-", "C2^:", "C1s--"), zip(*table.values(), strict=True)
    for name, look, angles in zip(names, looks, columns, strict=True):
        left.plot(sizes, angles, look, label=name)
    left.set(xscale="log", xticks=sizes, xticklabels=sizes, ylim=(0, 90), xlabel="training points",
             ylabel="degrees from the true tangent", title="tangents at fresh points")  # fmt: skip
    left.minorticks_off()
    left.legend()
    right.bar(range(1, 21), sigmas, color="C1")
    right.set(xlabel="number i", ylabel="mean singular value $σ_i$ of J", xticks=(1, 5, 10, 15, 20),
              title=f"how much the code reacts, {sizes[-1]} points")  # fmt: skip
print("see", save_figure(figure, OUT / "12_tangents.png"))
show(figure)  # in a notebook

# %% [markdown]
# ## 7. What to change
#
# Each line below is one run of `experiment` with 400 points and one setting changed, and asks for
# the mean angle to the true tangent in degrees. Guess it, then run both cells: only what you have
# guessed is run. After the result comes a comment, with the results of three seeds.

# %%
guess = {
    "one curve instead of 32, local PCA": None,
    "one curve instead of 32, non-local network": None,
    "λ = 0.3, contractive code": None,
    "a curve with eight peaks, contractive code": None,
    "noise 0.2, local PCA": None,
    "noise 0.2, contractive code": None,
}

# %%
compare(12, guess, {
    "one curve instead of 32, local PCA": lambda: experiment(400, switches=0)[0][0],
    "one curve instead of 32, non-local network": lambda: experiment(400, switches=0)[0][1],
    "λ = 0.3, contractive code": lambda: experiment(400, lam=0.3)[0][2],
    "a curve with eight peaks, contractive code": lambda: experiment(400, peaks=8)[0][2],
    "noise 0.2, local PCA": lambda: experiment(400, noise=0.2)[0][0],
    "noise 0.2, contractive code": lambda: experiment(400, noise=0.2)[0][2],
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown
#
# The numbers in brackets are the results of sixteen seeds; the bounds leave a margin and are not
# fitted to this run.

# %%
few, many = table[100], table[400]
assert few[2] < 0.5 * few[0], (
    "at 100 points the code's angle is less than half local PCA's (0.20 to 0.28)"
)
assert all(angles[2] < angles[0] for angles in table.values()), (
    "and it is smaller everywhere (at most 0.47 times)"
)
assert many[0] < 0.8 * few[0], "more data help local PCA (0.46 to 0.57)"
assert many[1] < 0.9 * many[0] and few[1] > 0.8 * few[0], (
    "they help the network more, but not at 100 points (0.63 to 0.75; 1.02 to 1.18)"
)
print(
    "Neighbours show a tangent where data are dense. A contractive code can learn one motion from"
)
print("few data, because it uses all of them.")
