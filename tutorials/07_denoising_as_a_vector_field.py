# %% [markdown]
# # Tutorial 7: denoising as a vector field
#
# Sections 14.2.2 and 14.5: equations 14.9 and 14.14 to 14.17, worked out from two points on a line
# to a ring in the plane.
#
# - *You need*: tutorial 1, and from probability the rule of Bayes and the Gaussian density.
# - *Time*: about 75 minutes, with the five exercises. You can stop after section 5.
# - *Afterwards you can*: derive the best denoiser and its score; say what the arrows of a denoiser
#   show, and by which factor; tell a wrong loss from a wrong gradient.
#
# ## 1. The question
#
# Noise is added to x, and we see only the result x̃. We are asked for x. The exact answer cannot be
# known, because many different x could have given this x̃. We can only give the estimate r(x̃) that
# is best on average. Draw it as an arrow from x̃ to r(x̃), for every point x̃ of the plane. The
# arrows form a *vector field*. **What does this field tell us about the data?**
#
# It tells us everything about their density, we claim: divided by σ², it is the gradient of the log
# density of the data blurred by the noise. A network that is trained only to remove noise learns
# where data are likely.

# %%
import inspect
import math
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import Adam, Autoencoder, Chain, GaussianNoise, Identity, Linear, Tanh, fit, gradcheck
from tinyae.plotting import Figure, save_figure, show, style
from tinyae.score import fixed_points, optimal_reconstruction, smoothed_log_density, smoothed_score
from tinyae.text import adapt_outputs
from tinyae.training import Cosine

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter

# %% [markdown]
# ## 2. The equation
#
# A *denoising* autoencoder receives x̃ = x + σ ε, where each entry of ε is drawn from N(0, 1)
# (14.17). Its output is compared with the x that it did not see (14.9; with squared error, 14.14 is
# 14.16):
#
#     L = ½ ‖x − r(x̃)‖²,   r = g∘f, averaged over the data x and the noise ε
#
# **The best r.** Hold x̃ fixed. With m = E[x | x̃], x − r = (x − m) + (m − r). The first bracket
# has mean zero and the second is constant, so the mean of their product is zero:
#
#     E[‖x − r‖² | x̃] = E[‖x − m‖² | x̃] + ‖m − r‖²     smallest at  r*(x̃) = m = E[x | x̃]
#
# **Its arrow.** Let the data be points x_i with probabilities w_i. Then the density of x̃ is the
# density of the data *smoothed* by the noise. The gradient of a Gaussian is the same Gaussian times
# a difference:
#
#     p_σ(x̃) = Σ_i w_i N(x̃; x_i, σ²I)        ∇N(x̃; x_i, σ²I) = N(x̃; x_i, σ²I) (x_i − x̃)/σ²
#     ∇log p_σ = ∇p_σ / p_σ = Σ_i [w_i N(x̃; x_i, σ²I) / p_σ(x̃)] (x_i − x̃)/σ²
#              = Σ_i p(i | x̃) (x_i − x̃)/σ²                            by the rule of Bayes
#              = (r*(x̃) − x̃)/σ²                                       as Σ_i p(i | x̃) = 1
#
# The gradient of a log density is called its *score* (14.15). So r* − x̃ = σ² · score, for every σ
# and for all data. Note that the factor is the *square* of σ.
#
# **Its error.** Write x̃ − x = (x̃ − r*) + (r* − x). For a given x̃ the first bracket is constant
# and the second has mean zero, so again the product has mean zero. The left side is the noise, d
# entries of variance σ²:
#
#     dσ² = E‖x̃ − r*‖² + E‖r* − x‖²     so     E‖r* − x‖² = dσ² − σ⁴ E‖score‖²
#
# So the squared arrow and the squared error add up to the squared noise, as the two legs of a right
# triangle do. The error is not the factor between the arrow and the score.
#
# ## 3. One unit, one example
#
# The data lie on a line: x = 1 or x = −1, with probability ½ each. Let q = p(x = 1 | x̃). The
# squares cancel:
#
#     q/(1 − q) = exp(−(x̃ − 1)²/2σ² + (x̃ + 1)²/2σ²) = exp(2x̃/σ²)
#     r* = q − (1 − q) = (e^{2u} − 1)/(e^{2u} + 1) = tanh u     with u = x̃/σ²
#
# So r = v tanh(w x̃ + b) + c, an autoencoder with **one unit**, is the best possible denoiser if w
# = 1/σ², v = 1 and b = c = 0. Its slope is r*′ = (1 − r*²)/σ². A variable x = ±1 with mean r* has
# the variance 1 − r*². So the slope of r* is the variance of x given x̃, divided by σ².


# %%
def log_density(x_tilde, sigma):
    near, far = (math.exp(-((x_tilde - x) ** 2) / (2 * sigma**2)) for x in (1, -1))
    return math.log(0.5 * near + 0.5 * far)  # up to a constant


sigma, e = 0.6, 1e-5
print("  x̃      r*(x̃)     slope    by difference   (r* − x̃)/σ²   d log p by difference")
for x_tilde in (0.0, 0.3, 1.0, 1.5):
    r = math.tanh(x_tilde / sigma**2)
    slope = (1 - r * r) / sigma**2
    steep = (math.tanh((x_tilde + e) / sigma**2) - math.tanh((x_tilde - e) / sigma**2)) / (2 * e)
    score = (r - x_tilde) / sigma**2
    rise = (log_density(x_tilde + e, sigma) - log_density(x_tilde - e, sigma)) / (2 * e)
    print(f"{x_tilde:4.1f}  {r:9.6f}  {slope:8.5f}  {steep:12.5f}  {score:+15.8f}  {rise:+18.8f}")
    assert abs(slope - steep) < 1e-8 and abs(score - rise) < 1e-8

# %% [markdown]
# At the data r* is flat: for all x̃ near a datum, r* is almost the datum. Half-way between the
# data, at 0, r* is steep, with slope 1/σ²: a small change of x̃ decides between the two data. And
# r*(0) = 0. This *fixed point* is not a datum; p_σ has a minimum there. At a point with r(x) = x
# the slope shows which kind it is: below 1 a maximum of p_σ, above 1 a minimum. With σ > 1 the
# slope at 0 is below 1 as well, because so much noise blurs the two data into one maximum.

# %%
for sigma in (0.6, 1.5):
    found = []
    for x in (-3.0, -0.001, 0.0, 0.001, 3.0):
        for _ in range(500):  # denoise the result again and again
            x = math.tanh(x / sigma**2)
        found.append(round(x, 4) + 0.0)
    print(f"σ = {sigma}: from -3, -.001, 0, .001, 3 the iteration x <- r*(x) ends at {found}")
    assert len(set(found)) == (3 if sigma < 1 else 1)

# %% [markdown]
# **Exercise 7.1.** Let σ = 0.5, and x = ±1 as above. How large is the slope of r* at x̃ = 0 and at
# x̃ = 1?

# %%
answer = None, None  # at 0, at 1
check("7.1", answer)

# %% [markdown]
# **Exercise 7.2.** Now the data are x = ±2, with probability ½ each. From which σ on is 0 a maximum
# of p_σ? (First derive r* as above.)

# %%
answer = None
check("7.2", answer)

# %% [markdown]
# ## 4. By loops, then by layers
#
# Now there are five points in the plane. First we compute the best estimate at one place, by the
# sums of section 2:

# %%
rng = np.random.default_rng(0)
points, place, sigma = rng.standard_normal((5, 2)), np.array([0.2, -0.1]), 0.7
mass = [0.2 * math.exp(-sum((place[j] - p[j]) ** 2 for j in range(2)) / (2 * sigma**2))
        for p in points]  # fmt: skip
best = [sum(m * p[j] for m, p in zip(mass, points, strict=True)) / sum(mass) for j in range(2)]
score = [(best[j] - place[j]) / sigma**2 for j in range(2)]
step = 1e-5 * np.eye(2)
rise = (smoothed_log_density(points, place + step, sigma)
        - smoothed_log_density(points, place - step, sigma)) / 2e-5  # fmt: skip
print(f"E[x | x̃] {np.round(best, 6)}   score {np.round(score, 6)}   ∇log p by differences "
      f"{np.round(rise, 6)}")  # fmt: skip
assert np.allclose(best, optimal_reconstruction(points, place[None], sigma)[0], atol=1e-14)
assert np.allclose(score, smoothed_score(points, place[None], sigma)[0], atol=1e-13)
assert np.allclose(score, rise, atol=1e-8)

# %% [markdown]
# **Exercise 7.3.** The data are −1, 0 and 1, each with probability ⅓, and σ = 0.5. What are r* and
# the score at x̃ = 0.5?

# %%
answer = None, None  # r*, score
check("7.3", answer)

# %% [markdown]
# **Exercise 7.4.** Let x be drawn from N(0, 1), and σ = 0.5. Then r* is a line through 0. What is
# its slope, and what is E(r* − x)²?

# %%
answer = None, None  # slope, error
check("7.4", answer)

# %% [markdown]
# Next comes a network of 3 tanh units on these five examples. Two lines differ from tutorial 1: the
# noise is added to the input at the beginning, and the output is compared with the clean x. In the
# backward pass, `gW` contains the input of W, which is x̃. For tanh, dh/da = 1 − h².

# %%
x, n = points, len(points)
noisy = Autoencoder.dense((2, 3), activation=Tanh, rng=1, corruption=GaussianNoise(sigma))
W, b = noisy.encoder.layers[0].params.values()
V, c = noisy.decoder.layers[0].params.values()
gW, gb, gV, gc = (np.zeros_like(p) for p in (W, b, V, c))  # noqa: N816
noise = np.random.default_rng(7).standard_normal(x.shape)
loss = 0.0
for i in range(n):
    x_tilde = [x[i, j] + sigma * noise[i, j] for j in range(2)]
    h = [math.tanh(sum(x_tilde[j] * W[j, k] for j in range(2)) + b[k]) for k in range(3)]
    gh = [0.0, 0.0, 0.0]
    for l in range(2):  # noqa: E741 (the book's index)
        r = sum(h[k] * V[k, l] for k in range(3)) + c[l]
        loss += 0.5 * (x[i, l] - r) ** 2 / n
        gr = (r - x[i, l]) / n
        gc[l] += gr
        for k in range(3):
            gV[k, l] += gr * h[k]
            gh[k] += gr * V[k, l]
    for k in range(3):
        ga = gh[k] * (1 - h[k] ** 2)
        gb[k] += ga
        for j in range(2):
            gW[j, k] += x_tilde[j] * ga
by_loops = np.concatenate([g.ravel() for g in (gW, gb, gV, gc)])
by_layers = noisy.loss_and_grad(x, rng=np.random.default_rng(7))  # the same noise
print(f"loss by loops {loss:.15f}, by layers {by_layers:.15f}")
print(f"largest difference of their gradients: {np.abs(by_loops - noisy.grad).max():.1e}")
assert abs(loss - by_layers) < 1e-14
assert np.abs(by_loops - noisy.grad).max() < 1e-14
print(inspect.getsource(GaussianNoise.corrupt))

# %% [markdown]
# ## 5. The gradient
#
# Here are the loops as matrices, with x̃ = x + σ ε. The noise has no parameters, so it gets no
# gradient:
#
#     gr = (r − x)/n      gV = hᵀ gr      gh = gr Vᵀ      ga = gh (1 − h²)      gW = x̃ᵀ ga
#
# There are two likely mistakes. The first is to compute gW with the clean x. The second is the
# target x̃ in place of x: this is an autoencoder that learns to copy noisy data.


# %%
class CleanInput(Linear):
    def backward(self, gy, x_tilde):
        gx = super().backward(gy, x_tilde)
        self.grads["W"] += (x - x_tilde).T @ gy  # replaces x̃ᵀ gy by xᵀ gy
        return gx


first = Chain(CleanInput(2, 3, rng=1), Tanh())
confused = Autoencoder(first, Linear(3, 2, rng=2), corruption=GaussianNoise(sigma))
copying = Autoencoder.dense((2, 3), activation=Tanh, rng=1)
right, wrong = gradcheck(noisy, x), gradcheck(confused, x)
another = gradcheck(copying, x + sigma * noise)
print(f"AS IT SHOULD BE: {right}\n\nCLEAN INPUT: {wrong}\n\nNOISY TARGET: {another}")
assert right.max_relative_error < 1e-12 and wrong.max_relative_error > 0.1
assert another.max_relative_error < 1e-12

# %% [markdown]
# The check finds the first mistake, but not the second. The second gradient is correct, for the
# wrong loss. A check of the gradient compares it with the loss *in the program*. To find a wrong
# loss, one needs a case whose result is known. Section 6 has one.
#
# ## 6. The experiment
#
# We begin with one unit, on x = ±1. Section 3 gives the result: w = 1/σ² = 2.78 and v = 1.

# %%
rng = np.random.default_rng(0)  # the source of all random numbers
two = np.resize([[-1.0], [1.0]], (4000, 1))
unit = Autoencoder.dense((1, 1), activation=Tanh, rng=rng, corruption=GaussianNoise(0.6))
fit(unit, two, optimizer=Adam(Cosine(0.1)), epochs=100, batch_size=200, rng=rng)
learned = [float(abs(p[0, 0])) for p in (unit.encoder.layers[0].params["W"],
                                         unit.decoder.layers[0].params["W"])]  # fmt: skip
print(f"one unit: |w| = {learned[0]:.3f}, |v| = {learned[1]:.3f}")

# %% [markdown]
# The next data have a hole: they are points on a ring of radius 1, and the network has 40 units.
# For three strengths of noise we compare the learned r − x̃ with the exact score at fresh noisy
# points. The exact score is a sum over 400 points on the ring. "Factor" is the number that fits
# best in r − x̃ ≈ factor · score. The columns of the table:
#
#     cosine           between r − x̃ and the score (median over the points)
#     factor / σ²      1 if the factor is σ²
#     factor / error   the same factor, divided by the root of error²: 1 if the factor is the error
#     error²           the mean of ‖r − x‖², divided by σ²
#     predicted        2σ² − σ⁴ E‖score‖², which error² is for the best r, divided by σ²
#
# The last network makes the second mistake of section 5.
#
# **Exercise 7.5.** Data lie on a smooth closed curve in 10 dimensions, and the noise is very small.
# How many σ² is the error E‖r* − x‖², and how many σ² is the squared arrow E‖r* − x̃‖²?

# %%
answer = None, None  # error, squared arrow
check("7.5", answer)


# %%
def ring(n, rng):
    """Return n random points on a circle of radius 1."""
    t = rng.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(t), np.sin(t)], axis=1)


def square(v):
    """Return the mean of ‖v‖² over the rows."""
    return float((v * v).sum(axis=1).mean())


angle = 2 * np.pi * np.arange(400) / 400
around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
x, fresh, shown = ring(4000, rng), ring(10_000, rng), 0.4


def experiment(sigma, target="x", x=x, units=40, activation=Tanh, epochs=120):
    """Return a network, and the columns of the table; the last two are not yet divided by σ²."""
    noise = GaussianNoise(sigma) if target == "x" else None
    seen = x if target == "x" else x + sigma * rng.standard_normal(x.shape)
    net = Autoencoder.dense((2, units), activation=activation, rng=rng, corruption=noise)
    fit(net, seen, optimizer=Adam(Cosine(0.02)), epochs=epochs, rng=rng)
    x_tilde = fresh + sigma * rng.standard_normal(fresh.shape)
    r, score = net.reconstruct(x_tilde), smoothed_score(around, x_tilde, sigma)
    arrow, both = r - x_tilde, ((r - x_tilde) * score).sum(axis=1)
    lengths = np.linalg.norm(arrow, axis=1) * np.linalg.norm(score, axis=1) + 1e-300
    cosine, factor = float(np.median(both / lengths)), float(both.mean()) / square(score)
    error2, predicted = square(r - fresh), 2 * sigma**2 - sigma**4 * square(score)
    return net, [cosine, factor / sigma**2, factor / error2**0.5, error2, predicted]


nets, rows = {}, {}
print("  σ   target   cosine   factor / σ²   factor / error   error² / σ²   predicted / σ²")
for sigma, target in ((0.1, "x"), (0.2, "x"), (shown, "x"), (shown, "x̃")):
    nets[sigma, target], row = experiment(sigma, target)
    rows[sigma, target] = row
    print(f"{sigma:4.1f}   {target:<6} {row[0]:8.4f} {row[1]:13.3f} {row[2]:16.3f}"
          f" {row[3] / sigma**2:13.3f} {row[4] / sigma**2:16.3f}")  # fmt: skip

# %% [markdown]
# The factor is σ². It is not the error, which is the root of "error²" and about 1/σ times larger.
# The error² itself is also near σ², so the two are easily confused.
#
# Why is error² near σ²? Noise along the ring gives another possible point of the data, so it cannot
# be removed. Noise across the ring can be removed. So one of the two directions of noise remains.
# On a sphere in three dimensions, two of three directions remain: error² is then near 2σ², and the
# factor is still σ².
#
# The network of the last line, which copies noisy data, has made *its* loss almost zero, and its
# arrows too. Its error² of 2σ² is all of the noise. So its loss was wrong, and the result shows
# what no check of the gradient can show.
#
# **Where the arrows have length zero.** `fixed_points` solves r(x) = x by Newton's method, from a
# grid of starts. It finds the kind of each solution by the eigenvalues of ∂r/∂x − I, as section 3
# did by the slope. In the plane there is a third kind, the *saddle*: in one direction the arrows
# point to it, in another direction they point away from it.

# %%
net = nets[shown, "x"]
across = np.linspace(-1.5, 1.5, 16)
grid = np.stack(np.meshgrid(across, across), axis=-1).reshape(-1, 2)
rest = fixed_points(net, np.concatenate([grid, around[::8]]))
print(rest)
radius = {kind: np.linalg.norm(rest.of(kind), axis=1) for kind in ("maximum", "saddle", "minimum")}
for kind, found in radius.items():
    print(f"{kind:<8} at the distances {np.round(np.sort(found), 3)} from the centre")
line = np.stack([np.linspace(-1.8, 1.8, 361), np.zeros(361)], axis=1)
best = optimal_reconstruction(around, line, shown)[:, 0]
turn = np.flatnonzero((best - line[:, 0])[:-1] * (best - line[:, 0])[1:] < 0)
crest = float(line[turn[-1], 0])
print(f"the exact field is zero in the centre and on a circle of radius {crest:.2f}")

# %% [markdown]
# In the centre, where there are no data, r(x) = x: this is a *minimum* of p_σ, and the network has
# learned it without any example there. On the ring, the exact field is zero on a whole circle, on
# which p_σ has its maximum everywhere. The learned field has a small error along the circle, so it
# has a few maxima and as many saddles between them, at places that depend on the seed. These are
# *ripples* of the network; p_σ has none. The circle of the maximum is *inside* the ring.
# When a curved line is blurred, the density is larger on the inner side. So the network learns p_σ
# and not p.

# %%
with style():
    figure = Figure(figsize=(11.4, 3.9))
    plane, cut, factors = figure.subplots(1, 3, width_ratios=(1.12, 1, 1))
    arrows = grid[np.linalg.norm(grid, axis=1) < 1.65]
    look = {"angles": "xy", "scale_units": "xy", "scale": 2.5}
    plane.plot(*around.T, color="C5", lw=4, alpha=0.5, label="data")
    exact = shown**2 * smoothed_score(around, arrows, shown)
    plane.quiver(*arrows.T, *exact.T, color="0.72", width=0.012, label="σ² · score", **look)
    plane.quiver(*arrows.T, *(net.reconstruct(arrows) - arrows).T, color="C1", width=0.005,
                 label="r(x) − x", **look)  # fmt: skip
    for kind, marker, face in (("maximum", "o", "black"), ("saddle", "D", "white"),
                               ("minimum", "v", "C6")):  # fmt: skip
        plane.plot(*rest.of(kind).T, marker, color="black", mfc=face, ms=6, label=kind)
    plane.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), aspect="equal", xlabel="$x_1$", ylabel="$x_2$",
              title=f"σ = {shown:g}; maxima and saddles\nare ripples of the net")  # fmt: skip
    figure.legend(*plane.get_legend_handles_labels(), loc="outside lower center", ncols=6)
    cut.plot(line[:, 0], line[:, 0], color="0.6", lw=0.9, label="r = x")
    cut.plot(line[:, 0], best, color="0.72", lw=5, label="E[x | x̃]")
    cut.plot(line[:, 0], net.reconstruct(line)[:, 0], color="C1", label="learned r")
    cut.plot([-1, 1], [-1, 1], "o", color="C5", ms=9, alpha=0.7, label="data")
    cut.set(xlabel="$x_1$, along a line through the centre", ylabel="$r_1$", xlim=(-1.8, 1.8),
            ylim=(-1.8, 1.8), title="flat at the data, steep between")  # fmt: skip
    cut.legend(loc="lower right")
    s = np.array([sigma for sigma, target in rows if target == "x"])
    values = np.array([row for (_, target), row in rows.items() if target == "x"])
    ends = np.array([0.8 * s[0], 1.25 * s[-1]])
    factors.loglog(ends, ends**2, color="0.72", lw=5, label="σ²")
    factors.loglog(s, s**2 * values[:, 1], "o", color="C1", label="factor of the field")
    factors.loglog(s, values[:, 3] ** 0.5, "s--", color="C2", label="root mean square error")
    factors.set(xlabel="σ", ylabel="factor and error", xticks=s,
                xticklabels=[f"{one:g}" for one in s], title="the factor is σ²")  # fmt: skip
    factors.minorticks_off()
    factors.legend(loc="lower right")
print("see", save_figure(figure, OUT / "07_vector_field.png"))
show(figure)  # in a notebook
# %% [markdown]
# ## 7. What to change
#
# Each line below is one run of `experiment` with one setting changed. Guess its result, then run
# both cells: only what you have guessed is run. Without a change, factor / σ² is 0.96 to 1.00.
# After the result comes a comment, with the results of three seeds.

# %%
guess = {
    "σ = 0.8, error² / σ²": None,
    "3 units, factor / σ² at σ = 0.1": None,
    "six data, error² / σ² at σ = 0.1": None,
    "5 epochs, factor / σ² at σ = 0.4": None,
    "5 epochs, factor / σ² at σ = 0.1": None,
    "identity units, cosine at σ = 0.4": None,
    "identity units, factor / σ² at σ = 0.4": None,
}

# %%
six = np.resize(x[:6], (4000, 2))
compare(7, guess, {
    "σ = 0.8, error² / σ²": lambda: experiment(0.8)[1][3] / 0.8**2,
    "3 units, factor / σ² at σ = 0.1": lambda: experiment(0.1, units=3)[1][1],
    "six data, error² / σ² at σ = 0.1": lambda: experiment(0.1, x=six)[1][3] / 0.1**2,
    "5 epochs, factor / σ² at σ = 0.4": lambda: experiment(0.4, epochs=5)[1][1],
    "5 epochs, factor / σ² at σ = 0.1": lambda: experiment(0.1, epochs=5)[1][1],
    "identity units, cosine at σ = 0.4": lambda: experiment(0.4, activation=Identity)[1][0],
    "identity units, factor / σ² at σ = 0.4": lambda: experiment(0.4, activation=Identity)[1][1],
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown
#
# The formula was asserted above. The assertions here show that training finds it. The numbers in
# brackets are the results of 16 seeds; the bounds leave a margin and are not fitted to this run.

# %%
assert abs(0.36 * learned[0] - 1) < 0.1, "one unit finds w = 1/σ² (0.97 to 1.03)"
assert abs(learned[1] - 1) < 0.05, "and v = 1 (1.00)"
three = np.array([row for (_, target), row in rows.items() if target == "x"])
copyist = rows[shown, "x̃"]
assert three[:, 0].min() > 0.97, "many units find the direction of the score (0.99)"
assert abs(three[:, 1] - 1).max() < 0.1, "and its length, by the factor σ² (0.95 to 1.01)"
assert three[:, 2].max() < 0.5, "the factor is not the error (0.37, 0.38)"
assert abs(three[:, 3] / three[:, 4] - 1).max() < 0.12, "error² = dσ² − σ⁴ E‖score‖² (to 5 %)"
assert abs(copyist[1]) < 0.05, "a copy of the noise has no arrows (below 0.01)"
assert len(rest.of("minimum")) == 1 and radius["minimum"].max() < 0.1, "the centre, within 0.02"
assert len(rest.of("maximum")) == len(rest.of("saddle")), "maxima and saddles alternate (4 to 9)"
assert abs(radius["maximum"] - crest).max() < 0.06, "on the exact circle (0.93, 0.94)"
print("A denoiser learns the gradient of the log density of blurred data, times σ².")
