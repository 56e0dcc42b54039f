# %% [markdown]
# # Tutorial 2: linear autoencoders and PCA
#
# Section 14.1 of the chapter, and its relation to statistics.
#
# - *You need*: tutorial 1, and from linear algebra eigenvectors, orthogonal projections and rank.
# - *Time*: about 60 minutes, with the five exercises. You can stop after section 5.
# - *Afterwards you can*: say which plane a linear autoencoder learns, and why; recognise a saddle
#   point; name what is learned (the plane) and what is not (the axes).
#
# ## 1. The question
#
# Principal component analysis (PCA) is more than a century old. It keeps the directions along which
# the data have the largest variance and drops the others. It computes eigenvectors and needs no
# training. An autoencoder starts from random weights and is trained by gradient descent. Suppose
# that its encoder and its decoder are linear. **Does training end at the directions of PCA?**
#
# One half of the answer is yes, exactly. The other half is no.

# %%
import importlib.util
import inspect
import itertools
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import PCA, Adam, Autoencoder, Identity, Linear, fit, gradcheck, tied
from tinyae.plotting import Figure, as_images, save_figure, show, style, tile
from tinyae.text import adapt_outputs
from tinyae.training import Cosine

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter

# %% [markdown]
# ## 2. The equation
#
# An example is a row x of d numbers. The code h has K < d numbers, r is the reconstruction:
#
#     h = x W + b        r = h V + c        L = mean over the examples of ½ ‖x − r‖²      (14.1)
#
# W is (d, K), V is (K, d), b and c are biases. Every r lies on a plane of K dimensions: it is c
# plus a linear combination of the K rows of V. PCA also chooses a plane. Let m be the mean of the
# data and
#
#     S = mean of (x − m)ᵀ (x − m)       the covariance, (d, d),   S u_k = λ_k u_k,   λ₁ ≥ λ₂ ≥ …
#
# The unit vectors u_k are the *principal axes*, and λ_k is the variance of the data along u_k. PCA
# keeps u₁ … u_K. The variance that it loses is λ_{K+1} + … + λ_d. We claim, exactly:
#
#     the smallest L is ½ (λ_{K+1} + … + λ_d),  and there the rows of V span the same plane.
#
# ## 3. One unit, one example
#
# There are two inputs, one unit and two outputs; gq is ∂L/∂q, as in tutorial 1. As a function of
# any single parameter, L is a parabola. For a parabola the central difference is exact, so even
# with a step of 0.1 the two derivatives must agree up to rounding.


# %%
def loss_of(w0, w1, b, v0, v1, c0, c1):
    h = x[0] * w0 + x[1] * w1 + b
    return 0.5 * (x[0] - h * v0 - c0) ** 2 + 0.5 * (x[1] - h * v1 - c1) ** 2


x, w, b, v, c = [1.2, -0.5], [0.6, 0.3], 0.1, [0.8, -0.4], [0.05, 0.2]
h = x[0] * w[0] + x[1] * w[1] + b
r = [h * v[0] + c[0], h * v[1] + c[1]]
gr = [r[0] - x[0], r[1] - x[1]]  # from L = ½ Σ_l (x_l − r_l)²; gc is the same
gv = [gr[0] * h, gr[1] * h]  # from r_l = h v_l + c_l
gh = gr[0] * v[0] + gr[1] * v[1]  # h reaches both outputs
gw = [gh * x[0], gh * x[1]]  # from h = Σ_j x_j w_j + b; gb is gh
theta, by_hand = np.array([*w, b, *v, *c]), [*gw, gh, *gv, *gr]
print(f"h = {h:.4f}   r = ({r[0]:.4f}, {r[1]:.4f})   gh = {gh:.4f}   L = {loss_of(*theta):.6f}")
for name, g, step in zip("w0 w1 b v0 v1 c0 c1".split(), by_hand, 0.1 * np.eye(7), strict=True):
    slope = (loss_of(*(theta + step)) - loss_of(*(theta - step))) / 0.2
    print(f"g{name:<2}  by hand {g:+.12f}   by difference {slope:+.12f}")
    assert abs(g - slope) < 1e-14

# %% [markdown]
# ## 4. By loops, then by layers
#
# Now there are n = 60 examples, d = 4 and K = 2. First come the loops, which are the lines of
# section 3 with indices, and then two `Linear` layers. The covariance is computed by loops, too.

# %%
rng = np.random.default_rng(0)
n, d, K = 60, 4, 2
x = rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + [3, 0, -1, 2]
m, S = x.mean(axis=0), np.zeros((d, d))
for i, j, k in itertools.product(range(n), range(d), range(d)):
    S[j, k] += (x[i, j] - m[j]) * (x[i, k] - m[k]) / n

model = Autoencoder.dense((d, K), activation=Identity, rng=0)
W, b, V, c = model.parameters().values()
gW, gb, gV, gc = (np.zeros_like(p) for p in (W, b, V, c))
for i in range(n):
    h = [b[k] + sum(x[i, j] * W[j, k] for j in range(d)) for k in range(K)]
    r = [c[j] + sum(h[k] * V[k, j] for k in range(K)) for j in range(d)]
    gr = [(r[j] - x[i, j]) / n for j in range(d)]
    for k in range(K):
        gh = sum(gr[j] * V[k, j] for j in range(d))
        gb[k] += gh
        for j in range(d):
            gW[j, k] += gh * x[i, j]
            gV[k, j] += gr[j] * h[k]
    gc += gr
loss = model.loss_and_grad(x)  # sets model.grad
gap = abs(model.grad - np.concatenate([g.ravel() for g in (gW, gb, gV, gc)])).max()
print(f"L = {loss:.6f}; largest difference, gradient by loops and by layers: {gap:.1e}")
assert gap < 1e-12
values, vectors = (array[..., ::-1] for array in np.linalg.eigh(S))  # λ decreases
assert np.allclose(values, PCA(K).fit(x).spectrum_, rtol=1e-12)

# %% [markdown]
# ## 5. The gradient
#
# Each line of the loops becomes one line with matrices. The error matrix is E = (r − x) / n:
#
#     gr = E      gc = Σ E      gV = hᵀ E      gh = E Vᵀ      gb = Σ gh      gW = xᵀ gh = xᵀ E Vᵀ
#
# **Exercise 2.1.** A model has the weights W and V. Another one has 2 W and ½ V, so it gives the
# same r for all x (all biases are 0). By which factors do its gW and gV differ from those of the
# first?

# %%
answer = None, None  # factor of gW, factor of gV
check("2.1", answer)

# %% [markdown]
# A common variant has *tied* weights, V = Wᵀ. Then W is used twice, and its gradient is a sum: xᵀ E
# Vᵀ + (hᵀ E)ᵀ. A likely mistake is that the second use overwrites the gradient of the first.
#
# **Exercise 2.2.** Let x = (1, 2), one unit with w = (.5, .25), tied weights and no biases: h =
# x·w, r = h w. What is the gradient of ½ ‖x − r‖² by w?

# %%
answer = None, None  # gw_1, gw_2
check("2.2", answer)


# %%
class Overwrites(Linear):
    def backward(self, gy, x):
        self.grads["W"][...] = x.T @ gy  # = where += is correct
        self.grads["b"][...] = gy.sum(axis=0)
        return gy @ self.params["W"].T


print(inspect.getsource(Linear.backward))
one, two = Linear(d, K, rng=0), Overwrites(d, K, rng=0)
right, wrong = (gradcheck(Autoencoder(layer, tied(layer)), x) for layer in (one, two))
print(f"TIED: {right}\n\nTIED, OVERWRITTEN: {wrong}")
assert max(gradcheck(model, x).max_relative_error, right.max_relative_error) < 1e-12
assert wrong.max_relative_error > 0.1

# %% [markdown]
# Only the shared W is wrong. A table like this is the sign of this mistake.
#
# **Where does training end?** It can end only where every gradient is zero. We set the gradients to
# zero one by one.
#
# 1. gc = 0: the mean of r is the mean of x. So r − m = (x − m) W V. From here on x and r are
#    centred, that is, m is subtracted.
# 2. gV = 0 means hᵀ r = hᵀ x. These are the equations that determine the coefficients of a linear
#    regression (the *normal equations*): *given the code, the best decoder is a regression of x on
#    h*. In terms of S:  Wᵀ S (W V − I) = 0.
# 3. gW = 0 means  S (W V − I) Vᵀ = 0.  If S has an inverse and the rows of V are independent, then
#    W V Vᵀ = Vᵀ and W V = Vᵀ (V Vᵀ)⁻¹ V. This is P, the orthogonal projection onto the plane of the
#    rows of V: *given the decoder, the best encoder is the orthogonal projection*.
# 4. So L = ½ tr S (I − P), which is half the variance outside the plane.
# 5. By 3 W V = P, and P is symmetric, so Vᵀ Wᵀ = P. Multiply 2 from the left by Vᵀ:
#    P S (P − I) = 0. The transpose of this is (P − I) S P = 0. So what S makes of a vector of the
#    plane has no part outside the plane. A symmetric S has this property only if K of its
#    eigenvectors span the plane. Then L is half the sum of the *other* eigenvalues.
#
# (The digits of section 6 have pixels that never change, so their S has no inverse. Then the same
# argument holds in the space of the directions that do change.)
#
# So the gradient is zero for every choice of K eigenvectors. The smallest L belongs to the plane
# with the K largest λ, which is the plane of PCA. All the other planes are *saddle points*: the
# gradient is zero there, but L becomes smaller in some directions and larger in others. To see
# this, take a kept u with eigenvalue λ and a dropped u′ with λ′ > λ, and turn u towards u′ by an
# angle t. L changes by −½ (λ′ − λ) sin² t, so L can become smaller.
#
# **Exercise 2.3.** The data are the four points (2, 0), (−2, 0), (0, 1) and (0, −1), and K = 1.
# What is the smallest possible L?

# %%
answer = None
check("2.3", answer)

# %% [markdown]
# **Exercise 2.4.** A kept axis has λ = 1, a dropped one λ′ = 3. The kept one is turned by 30
# degrees towards the dropped one. By how much does L change?

# %%
answer = None
check("2.4", answer)

# %% [markdown]
# **Exercise 2.5.** Let W, V and b be 0, and let c be the mean of the data. How many of the four
# gradients gW, gV, gb and gc are zero?

# %%
answer = None
check("2.5", answer)

# %% [markdown]
# The code below visits all six planes of the data of section 4 and checks that the gradient is
# zero. Then it changes all parameters by small random numbers (0.001) and trains, with all examples
# in each step. `Adam` is gradient descent in which each parameter has its own step size, computed
# from its last gradients. `Cosine(0.02)` lets the step size fall from 0.02 to 0. (Tutorial 15 has
# the formulas of Adam.)

# %%
print("kept     ½ Σ dropped λ   L there     |gradient|   L after training from nearby")
ends = []
for kept in itertools.combinations(range(d), K):
    U = vectors[:, kept]
    W[...], V[...], b[...], c[...] = U, U.T, -m @ U, m
    half, at_rest = 0.5 * np.delete(values, kept).sum(), model.loss_and_grad(x)
    slope = abs(model.grad).max()
    assert abs(half - at_rest) < 1e-12 and slope < 1e-12
    model.theta += 0.001 * rng.standard_normal(model.theta.size)
    model.training = None  # each training starts with a new state of the optimizer
    fit(model, x, optimizer=Adam(Cosine(0.02)), epochs=1500, batch_size=n, rng=0)
    ends.append(model.loss(x))
    name = "u{} u{}".format(*np.add(kept, 1))
    print(f"{name} {half:13.6f} {at_rest:13.6f} {slope:12.1e} {ends[-1]:17.6f}")

# %% [markdown]
# There are six stationary planes and one minimum. At the minimum the axes are not determined: for
# every invertible A, the code h A and the decoder A⁻¹ V give the same r, because only the product W
# V counts. **The plane is learned, the axes are not.**
#
# ## 6. The experiment
#
# The data are digits drawn by random pen strokes, averaged to 14 × 14 pixels, and K = 10.
# `principal_angles` compares two planes: it returns ten angles, and all of them are zero only if
# the planes are the same. Adam uses 100 digits in each step.

# %%
from tinyae import Sigmoid, Tanh, minimize
from tinyae.datasets import curve, spiral, strokes
from tinyae.datasets.toy import wave_curve
from tinyae.nn import Normal
from tinyae.tangents import principal_angles

rng = np.random.default_rng(0)  # the source of all random numbers
pictures, _ = strokes(2000, rng=rng)
x = pictures.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)


def measure(model, pca, when=""):
    """Return V, its largest angle to the plane of PCA, and how far L is above its minimum."""
    V = model.decoder.layers[0].params["W"]
    angle = float(np.degrees(principal_angles(V, pca.components_)[-1]))
    excess = model.loss(x) / (0.5 * pca.spectrum_[len(V) :].sum()) - 1
    if when:
        print(f"{when:<20} largest angle {angle:8.4f}°   L / ½ Σ dropped λ − 1 = {excess:.1e}")
    return V, angle, excess


def experiment(K=10, activation=Identity, tied=False, init=None, epochs=100, show=False):
    """Return an autoencoder trained on the digits, and PCA of the same size."""
    pca = PCA(K).fit(x)
    model = Autoencoder.dense((196, K), activation=activation, tied=tied, init=init, rng=rng)
    measure(model, pca, "before training" if show else "")
    fit(model, x, optimizer=Adam(Cosine(0.02)), epochs=epochs, rng=rng)
    return model, pca


K = 10
model, pca = experiment(K, show=True)
V, angle, excess = measure(model, pca, "after Adam")
alike = (abs(V @ pca.components_.T) / np.linalg.norm(V, axis=1, keepdims=True)).max(axis=1)
print("each row of V and the principal axis most like it, |cosine|:", alike.round(2))

# %% [markdown]
# With mini-batches, training stops close to the minimum. `minimize` then continues with all digits
# in each step. It is SciPy's *L-BFGS*, a method that estimates the curvature of L from the last
# gradients and takes longer steps where L is flat. To compare the planes, we draw the principal
# axes, the rows of V, and the linear combinations of the rows that are nearest to each axis (a
# regression of the axes on the rows; `pinv` computes it). The rows of V differ from the axes, but
# both span the same plane.

# %%
if importlib.util.find_spec("scipy"):
    polished = model.copy()
    minimize(polished, x, options={"maxiter": 200, "ftol": 1e-16, "gtol": 1e-10})
    assert measure(polished, pca, "polished by minimize")[1] < angle / 3
else:
    print("SciPy is not installed: minimize is left out")

mixed = pca.components_ @ np.linalg.pinv(V) @ V
rows = {"principal axes of PCA": pca.components_, "rows of V": V, "rows of V, combined": mixed}
with style():
    figure = Figure(figsize=(9.6, 3.3))
    for axes, (label, words) in zip(figure.subplots(3, 1), rows.items(), strict=True):
        images = as_images(words, label)
        scale = abs(images).max(axis=(1, 2), keepdims=True)
        axes.imshow(tile(0.5 + 0.5 * images / scale, K, gap=1), vmin=0, vmax=1)
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[], frame_on=False)
    figure.suptitle(f"ten directions each, which span the same plane (largest angle {angle:.2f}°)")
print("see", save_figure(figure, OUT / "02_same_plane.png"))
show(figure)  # in a notebook

# %% [markdown]
# **What do non-linear units gain?** On the digits they gain nothing as long as the decoder is
# linear: then every r lies on a plane, and no plane is better than PCA's. So we use non-linear
# units on both sides of the code. The data are points along one period of a sine curve, with a
# little noise. One number is enough to say where on the curve a point is. The number of PCA is a
# position on a straight line. With 32 tanh units on each side of the code, the number is a position
# along the curve.


# %%
def follow(points, epochs=150):
    """Return fresh points of a curve, PCA and a non-linear autoencoder, and the errors of both."""
    train, fresh = points(1000, noise=0.03, rng=rng), points(1000, noise=0.03, rng=rng)
    line = PCA(1).fit(train)
    bent = Autoencoder.dense((2, 32, 1), activation=Tanh, code_activation=Identity, rng=rng)
    fit(bent, train, optimizer=Adam(Cosine(0.01)), epochs=epochs, rng=rng)
    misses = [float(((fresh - a.reconstruct(fresh)) ** 2).sum(axis=1).mean()) for a in (line, bent)]
    return fresh, line, bent, misses


fresh, line, bent, misses = follow(curve)
print("‖x − r‖² per fresh point: PCA {:.4f}, autoencoder {:.4f}".format(*misses))
with style():
    figure = Figure(figsize=(10.4, 2.9))
    some = fresh[:150]
    codes = (line.transform(some), bent.encode(some))
    for axes, a, h, miss in zip(figure.subplots(1, 2), (line, bent), codes, misses, strict=True):
        r = a.reconstruct(some)
        axes.plot(*wave_curve(np.linspace(-np.pi, np.pi, 200)).T, color="0.8", lw=6, zorder=0)
        axes.plot(*np.stack([some, r]).transpose(2, 0, 1), color="0.5", lw=0.6, zorder=1)
        axes.scatter(*some.T, s=4, color="k", zorder=2)
        dots = axes.scatter(*r.T, c=h[:, 0], s=18, cmap="plasma", zorder=3)
        figure.colorbar(dots, ax=axes, label="code h", shrink=0.55, pad=0.03)
        axes.set_title(f"{type(a).__name__}: ‖x − r‖² = {miss:.4f}")
        axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
print("see", save_figure(figure, OUT / "02_curve.png"))
show(figure)  # in a notebook

# %% [markdown]
# ## 7. What to change
#
# Each line below is one run with one setting changed. Guess its result, then run both cells: only
# what you have guessed is run. Without a change, sixteen seeds gave a largest angle of 0.06 to 0.09
# degrees. After the result comes a comment, with the results of three seeds.

# %%
guess = {
    "K = 4, largest angle in degrees": None,
    "K = 5, largest angle in degrees": None,
    "tied weights, largest angle in degrees": None,
    "weights of 1e-12 at the start, largest angle in degrees": None,
    "10 epochs, largest angle in degrees": None,
    "sigmoid units, L above its minimum in %": None,
    "the spiral in the place of the curve, error / PCA's": None,
}


# %%
def angle_of(**change):
    return measure(*experiment(**change))[1]


def error_ratio(points):
    (by_pca, by_network) = follow(points)[3]
    return by_network / by_pca


compare(2, guess, {
    "K = 4, largest angle in degrees": lambda: angle_of(K=4),
    "K = 5, largest angle in degrees": lambda: angle_of(K=5),
    "tied weights, largest angle in degrees": lambda: angle_of(tied=True),
    "weights of 1e-12 at the start, largest angle in degrees":
        lambda: angle_of(init=Normal(1e-12)),
    "10 epochs, largest angle in degrees": lambda: angle_of(epochs=10),
    "sigmoid units, L above its minimum in %":
        lambda: 100 * measure(*experiment(activation=Sigmoid))[2],
    "the spiral in the place of the curve, error / PCA's": lambda: error_ratio(spiral),
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown
#
# The numbers in brackets are the results of 16 seeds; the bounds leave a margin and are not fitted
# to this run.

# %%
assert max(ends) < 1.001 * 0.5 * values[2:].sum(), "from all six planes training ends at PCA"
assert angle < 0.3, "the plane is PCA's (0.06 to 0.09 degrees)"
assert abs(excess) < 1e-5, "the loss is half the discarded eigenvalues (1.0e-6 to 1.4e-6)"
assert alike.mean() < 0.8, "the axes are not PCA's (0.55 to 0.69; 1 if each were an axis)"
assert misses[1] < 0.15 * misses[0], "a curve needs a non-linear code (0.04 to 0.06)"
print("A linear autoencoder finds the plane of PCA. A non-linear one can follow a curve.")
