# %% [markdown]
# # Tutorial 3: output units, from a distribution to a cost
#
# Section 14.4 of the chapter, and section 6.2.2 of the book on output units.
#
# - *You need*: tutorial 1, logarithms, and the density of the normal distribution.
# - *Time*: about 70 minutes, with the six exercises. You can stop after section 4 and continue
#   later.
# - *Afterwards you can*: derive the cost of an output from its distribution; say why the program
#   computes it from the number before the sigmoid; choose an output for your data and draw samples
#   from it; recognise data for which a mean is a bad prediction.
#
# ## 1. The question
#
# Tutorial 1 measures the error of a reconstruction by ½ Σ (x − r)². For pictures, many programs use
# the *cross-entropy* −Σ [x log r + (1−x) log(1−r)] instead. **Where do such costs come from, and
# which one belongs to which data?**
#
# The answer of section 14.4 is one rule. The decoder does not say what x is. It says how probable
# each x is: it defines a distribution p_decoder(x | h). The cost is −log p_decoder(x | h) of the x
# that really occurred. This number is called the *negative log-likelihood*. Its unit is the *nat*
# if log is the natural logarithm. Minimising the mean of it over the data is the method of *maximum
# likelihood*.

# %%
import math
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    GaussianOutput,
    Tanh,
    fit,
    gradcheck,
)
from tinyae.criterion import DiagonalGaussianOutput, FixedGaussianOutput, MixtureDensityOutput
from tinyae.plotting import Figure, save_figure, show, style
from tinyae.text import adapt_outputs
from tinyae.training import Cosine

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter


# %% [markdown]
# ## 2. The equation
#
# The last layer of the decoder is linear. Its result is called a. A linear layer can give any real
# numbers, but a probability must lie between 0 and 1, and a variance must be positive. So the
# parameters of the distribution are computed from a by a fixed function.
#
# **Zeros and ones.** Let x be 0 or 1, with p(x = 1) = r. Then p(x) = r^x (1−r)^(1−x): for x = 1
# this is r, for x = 0 it is 1 − r. The fixed function is the sigmoid, r = σ(a):
#
#     −log p(x) = −x log r − (1−x) log(1−r)                 the cross-entropy
#
#     r     = 1/(1 + e^−a) = e^a/(1 + e^a)       log r       = a − log(1 + e^a)
#     1 − r =                1/(1 + e^a)         log (1 − r) =   − log(1 + e^a)
#
#     −log p(x) = −x a + x log(1 + e^a) + (1−x) log(1 + e^a)
#               = log(1 + e^a) − x a  =  softplus(a) − x a
#
# The function log(1 + e^a) is called *softplus*, and a is called the *logit*. The derivative of
# softplus is e^a/(1 + e^a) = r, so the derivative of the cost with respect to a is r − x.
#
# **Real numbers.** Let x be normal with mean μ = a and variance σ². (This σ is a number, not the
# sigmoid.) The density is exp(−(x−μ)²/(2σ²))/√(2πσ²), so
#
#     −log p(x) = ½ (x−μ)²/σ² + log σ + ½ log 2π
#
# With σ = 1 and without the constant ½ log 2π = 0.919 this is ½ (x−μ)². The ½ is not a convention:
# it belongs to a variance of 1. The derivative is μ − x.
#
# **One of several classes.** Let x be a row of zeros with a 1 at the class that occurred, and let
# p(class i) = r_i. The fixed function is the *softmax*, r_i = exp(a_i)/Σ_j exp(a_j):
#
#     −log p(x) = −Σ_i x_i log r_i = log Σ_j exp(a_j) − Σ_i x_i a_i
#
# Its derivative with respect to a_i is r_i − x_i.
#
# In all three cases the derivative is *mean − x*. This is no coincidence. Each cost has the form
# A(a) − x·a + (terms without a), so its derivative is A′(a) − x. The probabilities sum to one for
# every a. Differentiate this sum:
#
#     0 = ∂/∂a Σ_x p(x) = Σ_x p(x) ∂log p(x)/∂a = E[x − A′(a)]      so     A′(a) = E[x], the mean
#
# An output of this form is called *canonical*. If x has d entries, they are usually taken as
# independent given h. Then p(x | h) is a product, and the cost is a sum over the entries.
#
# ## 3. One unit, one example
#
# The two forms of the cross-entropy are equal on paper.
#
# **Exercise 3.1.** Let a = −3000 and x = 1. What is softplus(a) − x a? You need no computer: how
# large is e^a?

# %%
answer = None
check("3.1", answer)


# %%
def sigmoid(a):
    with np.errstate(over="ignore"):  # exp(10 000) is too large for a float: it becomes inf
        return 1 / (1 + np.exp(-a))


def naive(x, a):
    """The cross-entropy of r, as it stands in the first line."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return -x * np.log(sigmoid(a)) - (1 - x) * np.log(1 - sigmoid(a))


output = BernoulliOutput()
print("        a   x   from r            from a         gradient")
for a, x in ((2.0, 1.0), (2.0, 0.0), (40.0, 0.0), (-1e4, 1.0)):
    row, target = np.array([[a]]), np.array([[x]])
    stable, slope = output.cost(target, row)[0], output.gradient(target, row)[0, 0]
    print(f"{a:>9g}{x:>4g}   {naive(x, a):<18.12g}{stable:<15.12g}{slope:.6f}")
assert stable == 1e4 and not np.isfinite(naive(1.0, -1e4)) and slope == -1
assert abs(naive(1.0, 2.0) - output.cost(np.array([[1.0]]), np.array([[2.0]]))[0]) < 1e-15

# %% [markdown]
# The form with r fails. For a = −10 000 the sigmoid is rounded to 0, and −log 0 is infinite. For a
# = 40 and x = 0 the sigmoid is rounded to 1, so 1 − r is 0. The form with the logit gives the right
# cost, 10 000 and 40.
#
# Softplus itself must be computed with care, because e^a overflows for a > 709. The program uses
#
#     softplus(a) = max(a, 0) + log(1 + e^−|a|)
#
# where the exponent is never positive. For a > 0 this follows from 1 + e^a = e^a (1 + e^−a). In the
# same way, the softmax first subtracts the largest a_j from all a_j, which does not change it.
#
# Now one real number.
#
# **Exercise 3.2.** The prediction is μ = 0.2, and x = 0.9 occurs. Which σ gives this x the largest
# density? Differentiate ½ (x−μ)²/σ² + log σ with respect to σ.

# %%
answer = None
check("3.2", answer)

# %% [markdown]
# Here are some values of the cost for another pair, μ = 0.5 and x = 0.8.

# %%
x, mu = np.array([[0.8]]), np.array([[0.5]])
sigmas = np.linspace(0.05, 1.5, 146)
costs = [FixedGaussianOutput(float(s)).nll(x, mu)[0] for s in sigmas]
for s in (0.05, 0.1, 0.3, 1.0):
    by_hand = 0.5 * 0.3**2 / s**2 + math.log(s) + 0.5 * math.log(2 * math.pi)
    by_library = FixedGaussianOutput(s).nll(x, mu)[0]
    print(f"σ = {s:<5g} −log p = {by_library:8.4f}   by hand {by_hand:8.4f}")
    assert abs(by_library - by_hand) < 1e-12
best = float(sigmas[np.argmin(costs)])
assert abs(best - 0.3) < 1e-9

# %% [markdown]
# The best σ is the size of the error itself, |x − μ|. A smaller σ claims more precision than there
# is, and the cost grows fast. A larger σ spreads the probability over values that do not occur.
# With a density the cost can also be negative, because a density may be larger than 1.
#
# A fixed σ does not change which μ is best. It is a factor 1/σ² in front of the squared error. So
# it matters as soon as another term is added to the cost, such as a penalty on the code.
#
# ## 4. By loops, then by layers
#
# There are n = 4 examples. We compute the cost of every output by loops and compare it with the
# library. `natural(d)` says which numbers the decoder must give for d features, and in which order.
# There are three outputs that are new here:
#
# - `DiagonalGaussianOutput` gives a mean *and a variance* for each feature. The decoder gives s =
#   log σ², which may be any real number, and σ² = e^s is positive.
# - `CategoricalOutput(groups=(3, 4))` is for rows that describe several choices, here one of three
#   colours and one of four sizes. Each group has its own softmax, and the costs are added.
# - `MixtureDensityOutput(K)` has K normal distributions, the *components*, with weights π_k that
#   sum to one: p(x) = Σ_k π_k N(x; μ_k, σ_k²). The decoder gives l with π = softmax(l), the means
#   μ_k, and s_k = log σ_k².

# %%
n, rng = 4, np.random.default_rng(0)


def normal(x, mu, s):
    return math.exp(-0.5 * (x - mu) ** 2 / math.exp(s)) / math.sqrt(2 * math.pi * math.exp(s))


def probabilities(a):
    return [math.exp(v) / sum(math.exp(w) for w in a) for v in a]


def bernoulli(x, a):
    r = [1 / (1 + math.exp(-v)) for v in a]
    return -sum(math.log(q if t == 1 else 1 - q) for t, q in zip(x, r, strict=True))


def gaussian(x, a, s=0.0):
    return -sum(math.log(normal(t, m, s)) for t, m in zip(x, a, strict=True))


def fixed(x, a):  # σ = 0.5
    return gaussian(x, a, s=math.log(0.25))


def diagonal(x, a):
    d = len(x)
    return -sum(math.log(normal(x[j], a[j], a[d + j])) for j in range(d))


def grouped(x, a):
    r = probabilities(a[:3]) + probabilities(a[3:])
    return -sum(math.log(q) for t, q in zip(x, r, strict=True) if t == 1)


def mixture(x, a):  # two components, two features: 2 logits, 2 × 2 means, 2 log-variances
    pi = probabilities(a[:2])
    return -math.log(sum(
        pi[k] * math.prod(normal(x[j], a[2 + 2 * k + j], a[6 + k]) for j in range(2))
        for k in range(2)
    ))  # fmt: skip


real, binary = rng.standard_normal((n, 2)), (rng.random((n, 2)) < 0.5) * 1.0
choices = np.hstack([np.eye(3)[rng.integers(3, size=n)], np.eye(4)[rng.integers(4, size=n)]])
cases = {
    "Bernoulli": (BernoulliOutput(), binary, bernoulli),
    "Gaussian": (GaussianOutput(), real, gaussian),
    "σ = 0.5": (FixedGaussianOutput(0.5), real, fixed),
    "predicted σ": (DiagonalGaussianOutput(), real, diagonal),
    "groups 3, 4": (CategoricalOutput(groups=(3, 4)), choices, grouped),
    "mixture of 2": (MixtureDensityOutput(2), real, mixture),
}
logits = {}
for name, (output, x, by_loops) in cases.items():
    d = x.shape[1]
    logits[name] = a = rng.standard_normal((n, output.units(d)))
    nll = [by_loops(x[i], a[i]) for i in range(n)]
    print(f"{name:<13} {output.natural(d)}\n{'':<13} loops {np.round(nll, 6)}")
    assert np.abs(nll - output.nll(x, a)).max() < 1e-12

# %% [markdown]
# Since an output is a distribution, one can draw from it. `sample(a, rng)` returns one x for each
# row of a. The mean of many draws must be the mean r that the output computes from a. A single
# reconstruction r is thus an average of all the x that the decoder believes possible.

# %%
for name, (output, _, _) in cases.items():
    many = np.repeat(logits[name][:1], 40_000, axis=0)
    drawn = output.sample(many, np.random.default_rng(1))
    r = output.mean.forward(logits[name][:1])[0][0]
    print(f"{name:<13} a draw {np.round(drawn[0], 2)}   r {np.round(r, 2)}")
    assert np.abs(drawn.mean(axis=0) - r).max() < 6 * drawn.std(axis=0).max() / 200

# %% [markdown]
# ## 5. The gradient
#
# The gradients with respect to a are
#
#     Bernoulli, Gaussian, categorical     mean − x                                 (canonical)
#     fixed σ                              (μ − x)/σ²
#     mean and s = log σ²                  cost = ½ (x−μ)² e^−s + ½ s
#                                          ∂/∂μ = (μ − x) e^−s      ∂/∂s = ½ − ½ (x−μ)² e^−s
#
# The last one is zero for e^s = (x−μ)², as in exercise 3.2. For the mixture, write γ_k for the
# *responsibility* of component k: the probability that x was drawn from component k, given x. By
# the rule of Bayes γ_k = π_k N(x; μ_k, σ_k²)/p(x). The gradient is
#
#     ∂/∂l_k = π_k − γ_k      ∂/∂μ_k = γ_k (μ_k − x) e^−s_k      ∂/∂s_k: as above, times γ_k
#
# So each component is fitted to the x that it is responsible for.
#
# **Exercise 3.3.** A categorical output receives a = (log 1, log 2, log 5), and the second class
# occurs. What is the gradient with respect to the three entries of a?

# %%
answer = None, None, None
check("3.3", answer)

# %% [markdown]
# We compare every formula with
# *central differences*, [cost(a + ε) − cost(a − ε)]/(2ε), for one entry of a at a time.


# %%
def central(cost, x, a, eps=1e-5):
    found = np.zeros_like(a)
    for j in range(a.shape[1]):
        step = np.zeros(a.shape[1])
        step[j] = eps
        found[:, j] = (cost(x, a + step) - cost(x, a - step)) / (2 * eps)
    return found


print(f"{'':<13} against differences   against mean − x   whole network")
canonical = set()
for name, (output, x, _) in cases.items():
    a, d = logits[name], x.shape[1]
    gradient = output.gradient(x, a)
    off = np.abs(gradient - central(output.cost, x, a)).max()
    text = "other width"
    if gradient.shape == x.shape:
        apart = np.abs(gradient - (output.mean.forward(a)[0] - x)).max()
        canonical |= {name} if apart < 1e-15 else set()
        text = f"{apart:.0e}"
    whole = gradcheck(Autoencoder.dense((d, 3), output=output), x).max_relative_error
    print(f"{name:<13} {off:<21.0e} {text:<18} {whole:.0e}")
    assert off < 1e-8 and whole < 1e-11
assert canonical == {"Bernoulli", "Gaussian", "groups 3, 4"}

# %% [markdown]
# **Why not the squared error of the sigmoid?** For zeros and ones one could minimise ½ (σ(a) − x)².
# By the chain rule its gradient is (r − x) r (1 − r).
#
# **Exercise 3.4.** Let a = −7 and x = 1, which is a large mistake. How many times r − x is this
# gradient? (Two digits are enough.)

# %%
answer = None
check("3.4", answer)

# %%
x, a = np.array([[1.0]]), np.array([[-10.0]])
r = sigmoid(a)
squared = (r - x) * r * (1 - r)
ratio = float((squared / BernoulliOutput().gradient(x, a))[0, 0])
by_differences = central(lambda x, a: 0.5 * ((sigmoid(a) - x) ** 2).sum(axis=1), x, a)
assert np.abs(squared - by_differences).max() < 1e-9
print(f"for a = −10 the squared error's gradient is {ratio:.1e} times that of the cross-entropy")
assert ratio < 5e-5

# %% [markdown]
# The larger the mistake, the smaller the step. With the cross-entropy the logarithm removes this
# factor, and the gradient of a large mistake is about 1.
#
# **Exercise 3.5.** Write an output. Let x be a count 0, 1, 2, …, such as the number of words in a
# text, with the Poisson distribution p(x) = e^−m m^x / x!. The mean m must be positive, so let a =
# log m. What is the derivative of −log p(x) with respect to a, for x = 5 and a = log 2?
#
# Then write the cost for each example (a sum over the entries, without the terms that do not
# contain a), and its gradient. The cell after the next one checks both. Is this output canonical?

# %%
answer = None
check("3.5", answer)


# %%
def poisson_cost(x, a):
    return None  # an array of shape (n,)


def poisson_gradient(x, a):
    return None  # an array of shape (n, d)


# %%
def poisson_nll(x, a):
    """−log p with all terms, by loops."""
    return np.array([
        sum(math.exp(a[i, j]) - x[i, j] * a[i, j] + math.lgamma(x[i, j] + 1) for j in range(3))
        for i in range(len(x))
    ])  # fmt: skip


x, a = rng.poisson(3.0, (5, 3)).astype(float), rng.standard_normal((5, 3))
if poisson_cost(x, a) is None or poisson_gradient(x, a) is None:
    print("the Poisson output is not written yet")
else:
    mine = poisson_cost(x, a) - poisson_cost(x, 0 * a)  # terms without a cancel
    right = np.abs(mine - poisson_nll(x, a) + poisson_nll(x, 0 * a)).max() < 1e-9
    fits = np.abs(poisson_gradient(x, a) - central(poisson_cost, x, a)).max() < 1e-6
    print("the cost of the Poisson output is", "right" if right else "wrong", "and the gradient",
          "belongs to it" if fits else "is not the derivative of your cost")  # fmt: skip

# %% [markdown]
# ## 6. The experiment
#
# **A variance: fixed, learned, or predicted.** A network of one hidden layer with 20 tanh units
# reads a number u and gives the distribution of x. The rows of `fit` are pairs (u, x), in which u
# takes the place of a corrupted x. The noise of the data grows with u: x = u² + 0.2 e^(1.5 u) ε,
# with ε from N(0, 1). Four outputs are compared on fresh data. `per_feature=True` makes s a
# parameter that is learned but is equal for all examples; otherwise the decoder computes s from the
# code. (Adam is a gradient descent with a step size for each parameter. `Cosine(0.02)` starts with
# steps of 0.02 and reduces them to zero.)


# %%
def learn(output, u, x, zero_start=False):
    """Train a network for p(x | u)."""
    model = Autoencoder.dense((1, 20), activation=Tanh, output=output, rng=0)
    if zero_start:
        model.decoder.layers[-1].params["W"][...] = 0  # its biases are 0 in any case
    fit(model, (u, x), optimizer=Adam(Cosine(0.02)), epochs=60, batch_size=50, rng=0)
    return model


def given(model, u):
    """The numbers a that the decoder gives for u."""
    return model.decoder.forward(model.encode(u))[0]


def spread(u, growth=1.5):
    return 0.2 * np.exp(growth * u)


def parabola(n, rng, growth=1.5):
    u = rng.uniform(-1, 1, (n, 1))
    return u, u**2 + spread(u, growth) * rng.standard_normal((n, 1))


def experiment(output, data, fresh, zero_start=False):
    """Return a network for p(x | u), and its mean −log p(x | u) on fresh data."""
    model = learn(output, *data, zero_start=zero_start)
    return model, float(output.nll(fresh[1], given(model, fresh[0])).mean())


rng = np.random.default_rng(0)
curve, on_curve = parabola(2000, rng), parabola(5000, rng)
u_fresh, x_fresh = on_curve
e = (x_fresh - u_fresh**2) / spread(u_fresh)
truth = float(np.mean(0.5 * e**2 + np.log(spread(u_fresh)) + 0.5 * np.log(2 * np.pi)))
variances = {"σ = 1": GaussianOutput(), "σ = 0.1": FixedGaussianOutput(0.1),
             "learned": DiagonalGaussianOutput(per_feature=True),
             "predicted": DiagonalGaussianOutput()}  # fmt: skip
nlls, misses, nets = {}, {}, {}
for name, output in variances.items():
    nets[name], nlls[name] = experiment(output, curve, on_curve)
    misses[name] = float(((x_fresh - nets[name].reconstruct(u_fresh)) ** 2).mean())
    print(f"{name:<10} −log p(x | u) {nlls[name]:6.3f} nats   (x − r)² {misses[name]:.4f}")
print(f"{'truth':<10} −log p(x | u) {truth:6.3f} nats")
places = np.array([[-0.8], [0.0], [0.8]])
predicted = np.exp(0.5 * given(nets["predicted"], places)[:, 1])
learned = np.exp(0.5 * given(nets["learned"], places)[:, 1])
print("at u = -0.8, 0 and 0.8: predicted σ", predicted.round(2), " true",
      spread(places)[:, 0].round(2), " learned", learned.round(2))  # fmt: skip

# %% [markdown]
# The reconstruction error is about the same in all rows: the variance hardly changes r. But the
# likelihood judges the variance, too. A σ that is too small is much worse than one that is too
# large.
#
# A predicted variance has a danger. If the network can reconstruct the training data exactly, then
# e^s can go to 0 and −log p to −∞. Compare with fresh data, or fix the variance.
#
# **Two branches.** Let a code keep the square of a number x and lose its sign: u = x² + noise, with
# x between −1 and 1. Two values of x belong to each u, √u and −√u.
#
# **Exercise 3.6.** Which mean and which standard deviation should one Gaussian have at u = 0.36, if
# both values of x are equally probable?

# %%
answer = None, None  # mean, standard deviation
check("3.6", answer)


# %%
def square(n, rng, noise=0.03):
    x = rng.uniform(-1, 1, (n, 1))
    return x**2 + noise * rng.standard_normal((n, 1)), x


def off_branches(u, x):
    """The mean distance of x from √u or −√u, whichever is nearer."""
    return float(np.abs(np.abs(x) - np.sqrt(np.maximum(u, 0))).mean())


branches, fresh = square(2000, rng), square(5000, rng)
u_fresh, x_fresh = fresh
pairs, pair_nlls, off = {}, {}, {"data": off_branches(u_fresh, x_fresh)}
for name, output in (("one Gaussian", DiagonalGaussianOutput()),
                     ("two components", MixtureDensityOutput(2))):  # fmt: skip
    pairs[name], pair_nlls[name] = experiment(output, branches, fresh)
    a, model = given(pairs[name], u_fresh), pairs[name]
    off[name] = off_branches(u_fresh, model.output.sample(a, np.random.default_rng(2)))
    print(f"{name:<15} −log p(x | u) {pair_nlls[name]:6.3f} nats   distance from the branches: "
          f"samples {off[name]:.2f}, data {off['data']:.2f}")  # fmt: skip
place = np.array([[0.64]])
mean, s = given(pairs["one Gaussian"], place)[0]
print(f"at u = 0.64: the Gaussian network has mean {mean:.2f} and standard deviation "
      f"{math.exp(0.5 * s):.2f}")  # fmt: skip
means = given(pairs["two components"], place)[0, 2:4]
r = float(pairs["two components"].reconstruct(place)[0, 0])
print(f"             the components have means {np.sort(means).round(2)}, and r is {r:.2f}")

# %%
grid_u, grid_x = np.linspace(0, 1, 101), np.linspace(-1.5, 1.5, 151)
with style():
    figure = Figure(figsize=(9.6, 3.4))
    left, *others = figure.subplots(1, 3)
    left.plot(u_fresh[:800], x_fresh[:800], "C0.", markersize=3)
    left.set(title="data", ylabel="x")
    for axes, (name, model) in zip(others, pairs.items(), strict=True):
        a = np.repeat(given(model, grid_u[:, None]), len(grid_x), axis=0)
        nll = model.output.nll(np.tile(grid_x, len(grid_u))[:, None], a)
        density = np.exp(-nll).reshape(len(grid_u), len(grid_x)).T
        axes.imshow(np.minimum(density, 2), origin="lower", cmap="Greys", aspect="auto",
                    extent=(0, 1, -1.5, 1.5))  # fmt: skip
        axes.plot(grid_u, model.reconstruct(grid_u[:, None]), "C1", label="mean r")
        axes.set_title(f"p(x | u), {name}")
        axes.legend(loc="upper left")
    for axes in (left, *others):
        axes.set(xlabel="u", xlim=(0, 1), ylim=(-1.5, 1.5))
print("see", save_figure(figure, OUT / "03_two_branches.png"))
show(figure)  # in a notebook

# %% [markdown]
# In the picture, a darker place is more probable. The mean of the Gaussian lies between the
# branches, where there are no data. To cover both branches, its standard deviation must be large,
# and its samples fill the space between them. The mixture puts one component on each branch. But
# its mean r is near 0, too. The mean of a distribution with two modes lies between them, whatever
# the model is. So take samples of a mixture, or the means of its components, and not the
# reconstruction.
#
# The start matters: components that start alike are responsible for the same x, so their gradients
# are alike, and they stay alike. Random initial weights make them different. (On other data this
# may not be enough. Then let their means start at different places in the data.)
#
# **Which output for which data?**
#
#     x                                         output                       decoder gives
#     0 or 1; grey values in [0, 1]             BernoulliOutput              logits (d)
#     one of d classes, as a row with one 1     CategoricalOutput            logits (d)
#     several such choices                      CategoricalOutput(groups)    logits (d)
#     real, similar errors everywhere           GaussianOutput               means (d)
#     real, with a penalty or a random code     FixedGaussianOutput(σ), or   means (d), or also
#       (tutorial 6), or for a likelihood         DiagonalGaussianOutput       log-variances (2d)
#     real, several x fit one h, or the         MixtureDensityOutput(K)      logits, means,
#       entries are correlated given h                                         log-variances
#
# For grey values the Bernoulli cost is the same formula. It is smallest at r = x, but it is no
# longer the −log p of a distribution over grey values.
#
# ## 7. What to change
#
# Each line below is one run with one setting changed. Guess its result, then run both cells: only
# what you have guessed is run. After the result comes a comment, with the results of three seeds.
# (For a mixture that starts at zero, the weights of the decoder's last layer are 0 at the start, so
# all its components are equal. Its means are asked for at u = 0.64.)

# %%
guess = {
    "mixture that starts at zero, the larger of its two means": None,
    "mixture of 4 components, gain over 2 in nats": None,
    "noise of 0.3 in u, gain of a mixture over one Gaussian in nats": None,
    "fixed σ = 0.3, −log p(x | u) in nats": None,
    "equal noise for all u, gain of a predicted over a learned variance in nats": None,
}


# %%
def larger_mean():
    return experiment(MixtureDensityOutput(2), branches, fresh, zero_start=True)[0]


def gain(first, second, *data):
    """Return by how much the second output is better on the data, in nats."""
    return experiment(first, *data)[1] - experiment(second, *data)[1]


def noisy_branches():
    return [square(n, np.random.default_rng(n), noise=0.3) for n in (2000, 5000)]


def parabolas(growth):
    return [parabola(n, np.random.default_rng(n), growth) for n in (2000, 5000)]


compare(3, guess, {
    "mixture that starts at zero, the larger of its two means":
        lambda: given(larger_mean(), place)[0, 2:4].max(),
    "mixture of 4 components, gain over 2 in nats":
        lambda: gain(MixtureDensityOutput(2), MixtureDensityOutput(4), branches, fresh),
    "noise of 0.3 in u, gain of a mixture over one Gaussian in nats":
        lambda: gain(DiagonalGaussianOutput(), MixtureDensityOutput(2), *noisy_branches()),
    "fixed σ = 0.3, −log p(x | u) in nats":
        lambda: experiment(FixedGaussianOutput(0.3), curve, on_curve)[1],
    "equal noise for all u, gain of a predicted over a learned variance in nats":
        lambda: gain(DiagonalGaussianOutput(per_feature=True), DiagonalGaussianOutput(),
                     *parabolas(growth=0.0)),
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown
#
# The numbers in brackets are the results of four seeds; the bounds leave a margin.

# %%
gap = {name: value - truth for name, value in nlls.items()}
assert abs(gap["predicted"]) < 0.1, "a predicted variance is near the truth (0.02 nats)"
assert 0.4 < gap["learned"] < 0.9 < gap["σ = 1"], "one σ for all costs more (0.6 and 1.2)"
assert gap["σ = 0.1"] > 3, "a σ that is too small costs most (5.3 to 5.6)"
assert max(misses.values()) < 1.2 * min(misses.values()), "at the same squared error (1.04 to 1.08)"
assert pair_nlls["one Gaussian"] - pair_nlls["two components"] > 1.2, "two branches (1.75 to 1.80)"
assert off["one Gaussian"] > 4 * off["data"], "one Gaussian fills the middle (7 to 8 times)"
assert off["two components"] < 2 * off["data"], "a mixture does not (1.0 to 1.3 times)"
assert np.abs(np.sort(means) - [-0.8, 0.8]).max() < 0.1 and abs(r) < 0.2, "but its mean does"
print("A cost is minus the logarithm of a probability. Choose the distribution, not the cost.")
