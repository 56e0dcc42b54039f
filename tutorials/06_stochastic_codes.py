# %% [markdown]
# # Tutorial 6: stochastic codes, and the variational autoencoder
#
# Section 14.4 of the chapter, with figure 14.2 and equations 14.12 and 14.13; section 20.10.3 of
# the book on variational autoencoders.
#
# - *You need*: tutorials 1 and 3, expected values, and the rule of Bayes.
# - *Time*: about 90 minutes, with the six exercises. You can stop after section 4 and continue
#   later.
# - *Afterwards you can*: differentiate through a random draw; derive the training criterion of a
#   variational autoencoder as a bound on log p(x); tell a biased gradient from a noisy one; say
#   when an encoder and a decoder belong to one joint distribution.
#
# ## 1. The question
#
# In the autoencoders so far, x has one code h = f(x). In figure 14.2 both halves draw at random:
# the encoder defines a distribution p_encoder(h | x), and the decoder p_decoder(x | h). Tutorial 3
# treats the decoder. Here the encoder draws its code, too. We call the code that is drawn z.
#
# There are two reasons. Noise limits how much a code can say about x. And if the codes of all data
# together have a known distribution, we can draw a code from it, decode it, and have a new x.
#
# **How can a network be trained if a random draw lies between its weights and its cost? And what do
# encoder and decoder say about p(x)?**

# %%
import math
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import (
    RBM,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Chain,
    GaussianCode,
    Linear,
    NoisyCode,
    ReLU,
    Tanh,
    fit,
    gradcheck,
)
from tinyae.criterion import BernoulliCode
from tinyae.criterion.enumeration import binary_codes
from tinyae.datasets import strokes
from tinyae.models import compatibility
from tinyae.plotting import Figure, as_images, save_figure, show, style, tile
from tinyae.text import adapt_outputs
from tinyae.training import Cosine, WarmUp

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter


# %% [markdown]
# ## 2. The equation
#
# Suppose that data arise in two steps. First a code z is drawn from a distribution p(z), called the
# *prior*. Then x is drawn from p(x | z), the decoder. The probability of x is an average over all
# codes:
#
#     p(x) = ∫ p(z) p(x | z) dz
#
# Maximum likelihood should make log p(x) large for the data. But the integral has no closed form if
# the decoder is a network. Let q(z | x) be the encoder. (In the chapter it is p_encoder; a short
# letter is easier to read.) For every z, p(z) p(x | z) = p(x) p(z | x). Take logarithms, subtract
# log q(z | x) on both sides, and take the mean over z drawn from q, written E_q:
#
#     log p(x) + log p(z | x) − log q(z | x) = log p(x | z) + log p(z) − log q(z | x)
#     log p(x) − E_q [log q(z|x) − log p(z|x)] = E_q log p(x | z) − E_q [log q(z|x) − log p(z)]
#     log p(x) − KL(q(z | x) ‖ p(z | x))       = E_q log p(x | z) − KL(q(z | x) ‖ p(z))
#
# The *Kullback-Leibler divergence* KL(q ‖ p) = E_q [log q − log p] is never negative, and it is
# zero only for q = p. So the right side is a lower bound on log p(x), the *evidence lower bound* or
# ELBO. Its negative is the criterion of the *variational autoencoder*:
#
#     −E_q log p(x | z)   the cost of the reconstruction from a drawn code
#     + KL(q(z | x) ‖ p(z))   what it costs that the code of x differs from the prior
#
# **A Gaussian code.** Let p(z) = N(0, I). The encoder gives two numbers μ and s for each number of
# the code, and q = N(μ, σ²) with σ² = e^s. For one number z = μ + σ ε, with E ε = 0 and E ε² = 1:
#
#     log q(z) = −½ ε² − ½ s − ½ log 2π            E_q log q = −½ − ½ s − ½ log 2π
#     log p(z) = −½ (μ + σ ε)² − ½ log 2π          E_q log p = −½ (μ² + σ²) − ½ log 2π
#
#     KL = ½ (μ² + σ² − s − 1)
#
# **Exercise 6.1.** The encoder gives μ = 1 and s = −2 for one number of the code. How large is its
# KL divergence from the prior, in nats?

# %%
answer = None
check("6.1", answer)

# %% [markdown]
# ## 3. One unit, one example
#
# How can we differentiate a drawn z with respect to μ and s? Write it as z = μ + e^(s/2) ε. The
# random part ε does not depend on the weights. For a given ε the rest is an ordinary function. This
# is called *reparameterisation*. The smallest example has one input, two units of the encoder (μ
# and s), and one output:
#
#     μ = w₁ x + b₁     s = w₂ x + b₂     z = μ + e^(s/2) ε     r = v z + c
#     L = ½ (x − r)² + ½ (μ² + e^s − s − 1)
#
#     gr = r − x     gz = v gr     gμ = gz + μ     gs = gz · ½ e^(s/2) ε + ½ (e^s − 1)
#
# In gμ and gs the first term comes from the reconstruction and the second from the KL divergence.

# %%
x, eps = 0.8, float(np.random.default_rng(3).standard_normal())
w, b, v, c = np.array([0.9, -0.5]), np.array([0.1, -0.6]), 1.2, 0.05
mu, s = w * x + b
z = mu + math.exp(s / 2) * eps
r = v * z + c
loss = 0.5 * (x - r) ** 2 + 0.5 * (mu**2 + math.exp(s) - s - 1)
gr = r - x
gz = v * gr
gu = np.array([gz + mu, gz * 0.5 * math.exp(s / 2) * eps + 0.5 * (math.exp(s) - 1)])
by_hand = {"w": gu * x, "b": gu, "v": gr * z, "c": gr}

encoder, decoder = Linear(1, 2, rng=0), Linear(1, 1, rng=0)
model = Autoencoder(encoder, decoder, code=GaussianCode())  # the output is GaussianOutput()
for layer, W, bias in ((encoder, w, b), (decoder, v, c)):
    layer.params["W"][...], layer.params["b"][...] = W, bias
library_loss = model.loss_and_grad([[x]], rng=np.random.default_rng(3))  # draws the same ε
library = {"w": encoder.grads["W"][0], "b": encoder.grads["b"],
           "v": decoder.grads["W"][0, 0], "c": decoder.grads["b"][0]}  # fmt: skip
print(f"ε = {eps:.6f}   z = {z:.6f}   L = {loss:.6f}, by the library {library_loss:.6f}")
for name, value in by_hand.items():
    print(f"g{name} by hand {np.round(value, 6)}   by the library {np.round(library[name], 6)}")
    assert np.abs(value - library[name]).max() < 1e-14

# %% [markdown]
# **Noise alone is not enough.** `NoisyCode(σ)` is a simpler random code: z = h + σ ε with a fixed
# σ. Let h = w x and r = v z, and let E x² = 1. The mean loss is ½ E (x − v w x − v σ ε)² = ½ (1 − v
# w)² + ½ v² σ².
#
# **Exercise 6.2.** To which value can this loss be made to fall, by a good choice of w and v, and
# how large is it for σ = 0.6, w = 3 and v = 1/w?

# %%
answer = None, None  # smallest value in the limit, value for σ = 0.6 and w = 3
check("6.2", answer)

# %%
data = np.random.default_rng(0).standard_normal((20_000, 1))
data /= np.sqrt((data**2).mean())
print("NoisyCode(0.5), v = 1/w")
for W in (1.0, 10.0, 100.0):
    noisy = Autoencoder(Linear(1, 1, rng=0), Linear(1, 1, rng=0), code=NoisyCode(0.5))
    noisy.encoder.params["W"][...], noisy.decoder.params["W"][...] = W, 1 / W
    loss = noisy.loss(data, rng=0)
    kl = GaussianCode().kl(np.hstack([W * data, np.full_like(data, 2 * math.log(0.5))])).mean()
    print(f"w = {W:>5g}: loss {loss:.6f}   KL to N(0, 1) {kl:>9.2f} nats")
    assert abs(loss - 0.5 * 0.25 / W**2) < 0.1 * loss

# %% [markdown]
# The encoder can make the code so large that the noise does not matter. Then the code is as precise
# as one without noise. So `NoisyCode` needs something that limits the size of h: a bounded unit
# such as a sigmoid, or a penalty on h. In a variational autoencoder this is the KL divergence,
# which contains ½ μ². It also keeps σ from becoming 0, because −½ s → ∞.
#
# ## 4. By loops, then by layers
#
# There are n = 5 examples of 3 numbers, and the code has 2. Here are the cost and the KL divergence
# by loops, with the same ε as the model draws. Then we check the closed form of the KL divergence
# by its definition: the mean of log q(z) − log p(z) over many draws from q.

# %%
n, d, K, rng = 5, 3, 2, np.random.default_rng(0)
x = rng.standard_normal((n, d))
model = Autoencoder.dense((d, 4, K), activation=Tanh, code=GaussianCode(), rng=1)
print(model)
u = model.encoder.forward(x)[0]  # (n, 2 K): the means, then the s
eps = np.random.default_rng(7).standard_normal((n, K))
reconstruction = divergence = 0.0
for i in range(n):
    z = [u[i, k] + math.exp(u[i, K + k] / 2) * eps[i, k] for k in range(K)]
    r = model.decode([z])[0]
    reconstruction += sum(0.5 * (x[i, j] - r[j]) ** 2 for j in range(d)) / n
    for k in range(K):
        mu, s = u[i, k], u[i, K + k]
        divergence += 0.5 * (mu**2 + math.exp(s) - s - 1) / n
total = model.loss(x, rng=np.random.default_rng(7))
print(f"reconstruction {reconstruction:.6f} + KL {divergence:.6f} = {total:.6f}")
assert abs(reconstruction + divergence - total) < 1e-13

code, many = GaussianCode(), np.repeat(u[:1], 200_000, axis=0)
z, _ = code.forward(many, np.random.default_rng(8))
terms = code.log_density(z, many) - code.log_prior(z)
error = float(terms.std() / math.sqrt(len(terms)))  # the standard error of their mean
print(f"KL of the first example: closed form {code.kl(u[:1])[0]:.4f}, "
      f"by sampling {terms.mean():.4f} ± {error:.4f}")  # fmt: skip
assert abs(terms.mean() - code.kl(u[:1])[0]) < 5 * error

# %% [markdown]
# **The bound, where log p(x) is known.** Let the decoder be linear with variance 1 and a code of
# one number: x = z v + ε. Then x is normal with covariance I + vᵀ v, and p(z | x), the *posterior*,
# is normal with mean x·v/(1 + ‖v‖²) and variance 1/(1 + ‖v‖²). For this model nothing is
# approximate. We compare ELBO and log p(x) for four encoders.
#
# By section 2 the gap between the two is KL(q ‖ posterior).
#
# **Exercise 6.3.** An encoder has the right variance, but its mean is wrong by three standard
# deviations of the posterior. How large is the gap, in nats? (Subtract the posterior's mean and
# divide by its standard deviation. Then the posterior is N(0, 1), and section 2 has the formula.)

# %%
answer = None
check("6.3", answer)

# %%
v = np.array([1.0, -0.5, 0.8])
x = np.random.default_rng(1).standard_normal((2000, 1)) * v
x = x + np.random.default_rng(2).standard_normal((2000, 3))
total = 1 + v @ v  # 1 + ‖v‖², also the determinant of the covariance
log_p = -0.5 * ((x * x).sum(axis=1) - (x @ v) ** 2 / total + math.log(total))
log_p -= 1.5 * math.log(2 * math.pi)
posterior_sd = 1 / math.sqrt(total)
gaps = {}
print(f"mean log p(x) {log_p.mean():.4f}")
for name, slope, shift, sd in (
    ("the posterior", 1 / total, 0.0, posterior_sd),
    ("mean wrong", 1 / total, posterior_sd, posterior_sd),
    ("twice as wide", 1 / total, 0.0, 2 * posterior_sd),
    ("the prior", 0.0, 0.0, 1.0),
):
    linear = Autoencoder(Linear(3, 2, rng=0), Linear(1, 3, rng=0), code=GaussianCode())
    linear.encoder.params["W"][...] = np.stack([slope * v, 0 * v], axis=1)
    linear.encoder.params["b"][...] = shift, 2 * math.log(sd)
    linear.decoder.params["W"][...] = v
    elbo = linear.elbo(x, samples=100, rng=0)
    gaps[name] = float((log_p - elbo).mean())
    e = (slope - 1 / total) * (x @ v) + shift  # of the mean
    kl = 0.5 * ((e**2 + sd**2) * total - math.log(sd**2 * total) - 1).mean()
    weighted = linear.importance_weighted(x, samples=20, rng=0).mean()
    print(f"{name:<14} ELBO {elbo.mean():8.4f}   gap {gaps[name]:7.4f}   "
          f"KL to the posterior {kl:.4f}   with 20 draws {weighted:8.4f}")  # fmt: skip
    assert abs(gaps[name] - kl) < 0.02

# %% [markdown]
# ELBO and log p(x) agree if the encoder is the posterior; this is equation 14.12. In all other
# cases the ELBO is smaller. (A negative gap of some thousandths is the error of 100 draws.) So
# training the encoder brings it near the posterior, and training the decoder increases a bound on
# the likelihood.
#
# The last column is `importance_weighted`: log of the mean of p(z) p(x | z)/q(z | x) over 20 draws.
# It is a lower bound, too, and it comes nearer to log p(x) with more draws. Use it to judge a
# trained model.
#
# ## 5. The gradient
#
# For a fixed ε the criterion is an ordinary function, so `gradcheck` applies. A likely mistake is
# to forget that σ is also in z, and to give s only the gradient of the KL divergence.


# %%
class ForgetsSigma(GaussianCode):
    def backward(self, gz, cache, costs, weights):
        return np.concatenate([gz, 0 * gz], axis=1)  # gs without ½ σ ε gz


x = np.random.default_rng(0).standard_normal((n, d))
found = {}
for name, code in (("right", GaussianCode()), ("σ forgotten", ForgetsSigma())):
    model = Autoencoder.dense((d, 4, K), activation=Tanh, code=code, rng=1)
    found[name] = gradcheck(model, x).max_relative_error
    print(f"{name:<12} largest relative error {found[name]:.0e}")
assert found["right"] < 1e-12 and found["σ forgotten"] > 0.01

# %% [markdown]
# **Random bits.** Let every number of the code be 1 with probability p = σ(u), else 0. A bit is
# not a smooth function of u and of noise, so there is no reparameterisation. Let c(z) be the cost
# after the code z. We need the derivative of the *mean* cost:
#
#     ∂/∂u_i Σ_z q(z) c(z) = Σ_z q(z) c(z) ∂log q(z)/∂u_i = E [c(z) (z_i − p_i)]
#
# since ∂q = q ∂log q, and log q(z) = Σ_i [z_i u_i − softplus(u_i)] (tutorial 3). The quantity c(z)
# (z_i − p_i) of one draw is the *score-function estimate*. Its mean is right, so it is *unbiased*.
# But if all costs are near 100, it is a number near ±100 whose sign depends mostly on z. Since
# E[z_i − p_i] = 0, we may subtract any *baseline* b that does not depend on z: (c(z) − b)(z_i −
# p_i). The library takes for b the mean cost of the other examples of the batch.
#
# The *straight-through estimate* differentiates as if z were p: gu_i = ∂c/∂z_i · p_i (1 − p_i).
# This is wrong in general, because ∂c/∂z is the slope at 0 or 1 and not the difference c(1) − c(0).
#
# **Exercise 6.4.** Let there be one bit with p = ½, and c(z) = z³. What is the exact derivative of
# the mean cost by u, and what is the mean of the straight-through estimate?

# %%
answer = None, None  # exact, straight-through
check("6.4", answer)

# %% [markdown]
# For which functions c is the straight-through estimate right? With 3 bits there are only 8 codes,
# so the exact derivative is a sum of 8 terms. We measure the *bias* (mean minus exact value) and
# the *standard deviation* of the estimates over 40 000 draws.

# %%
u, target = np.array([[0.4, -0.8, 0.2]]), np.array([[1.0, 0.0, 1.0, 1.0]])
decoder = Chain(Linear(3, 5, rng=1), Tanh(), Linear(5, 4, rng=2))
decoder.layers[0].params["W"] *= 3.0  # so that the cost is not nearly linear in z


def cost_and_slope(z, linear):
    """c(z) and ∂c/∂z for every row of z, of a decoder with Bernoulli output or of a linear c."""
    if linear:
        slope = np.array([3.0, -1.0, 2.0])
        return z @ slope + 5.0, np.broadcast_to(slope, z.shape)
    a, cache = decoder.forward(z)
    x = np.broadcast_to(target, a.shape)
    return BernoulliOutput().cost(x, a), decoder.backward(BernoulliOutput().gradient(x, a), cache)


biases, spreads = {}, {}
p, codes = 1 / (1 + np.exp(-u)), binary_codes(3)
q = np.prod(np.where(codes == 1, p, 1 - p), axis=1)
many = np.repeat(u, 40_000, axis=0)
for linear in (False, True):
    exact = (q * cost_and_slope(codes, linear)[0]) @ (codes - p)
    z, cache = BernoulliCode().forward(many, np.random.default_rng(0))
    costs, gz = cost_and_slope(z, linear)
    print(f"{'linear c' if linear else 'c of a decoder'}: exact {exact.round(4)}")
    for name, estimate in (
        ("score function, b = 0", costs[:, None] * (z - p)),
        ("score function with b", BernoulliCode().backward(gz, cache, costs, None)),
        ("straight-through", BernoulliCode(straight_through=True).backward(gz, cache, costs, None)),
    ):
        bias, sd = estimate.mean(axis=0) - exact, estimate.std(axis=0)
        biases[linear, name] = float(np.abs(bias).max())
        spreads[linear, name] = float(sd.mean())
        print(f"  {name:<23} bias {bias.round(4)}   standard deviation {sd.round(3)}")

# %% [markdown]
# The first two estimates have no bias: what is left is the error of a mean of 40 000 draws, of the
# order of the standard deviation divided by 200. The baseline makes the standard deviation several
# times smaller. The straight-through estimate has the smallest one, on the mean of the three bits,
# but a bias that no averaging removes. Only for a linear c is it exact, since then the slope is the
# difference c(1) − c(0).
#
# ## 6. The experiment
#
# **A map with two coordinates.** The data are digits of 14 × 14 black or white pixels. A
# variational autoencoder with a code of 2 numbers gives every digit a place in the plane. Since the
# prior is N(0, I), draws from it give new digits.
#
# A second question is the role of the prior if the code is long. A number of the code is called
# *inactive* if its KL divergence is nearly 0 for all digits: then q(z_i | x) = p(z_i), and z_i says
# nothing about x. At the start of training the decoder cannot use the code yet, and the KL
# divergence drives all numbers towards the prior. Some stay there. `WarmUp(1.0, 0.5)` multiplies
# the KL divergence by a factor that grows from 0 to 1 during the first half of the training.
#
# **Exercise 6.5.** A code has 20 numbers, of which 14 are inactive, with a KL divergence of exactly
# 0. The other six have 2.5 nats each. By how much does the ELBO change if the decoder learns to use
# a seventh number, which has 2.5 nats, and the mean cost of the reconstruction falls by 2 nats?

# %%
answer = None
check("6.5", answer)

# %%
digits, labels = strokes(4000, rng=0, dtype=np.float32)
digits = digits.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
digits = (digits > 0.4).astype(np.float32)
train, fresh, fresh_labels = digits[:3500], digits[3500:], labels[3500:]


def experiment(k, beta=1.0):
    """Return a variational autoencoder, its ELBO, and the KL of each number of its code."""
    model = Autoencoder.dense((196, 100, k), activation=ReLU, output=BernoulliOutput(), rng=0,
                              code=GaussianCode(beta=beta), dtype=np.float32)  # fmt: skip
    fit(model, train, optimizer=Adam(Cosine(0.003)), epochs=40, rng=0)
    u = model.encoder.forward(fresh)[0]
    mu, s = u[:, :k], u[:, k:]
    each = 0.5 * (mu**2 + np.exp(s) - s - 1).mean(axis=0)  # KL of each number, over the digits
    return model, float(model.elbo(fresh, samples=10).mean()), np.sort(each)[::-1]


plane, plane_elbo, plane_kl = experiment(2)
runs = {"no warm-up": experiment(20), "warm-up": experiment(20, WarmUp(1.0, 0.5))}
bounds = {name: float(model.importance_weighted(fresh, samples=100).mean())
          for name, (model, _, _) in runs.items()}  # fmt: skip
rates = train.mean(axis=0).clip(1e-3, 1 - 1e-3)
blind = float((fresh @ np.log(rates) + (1 - fresh) @ np.log(1 - rates)).mean())
active = {name: int((kl > 0.1).sum()) for name, (_, _, kl) in runs.items()}
print(f"pixels drawn independently of each other: log p(x) {blind:.1f}")
print(f"code of 2: ELBO {plane_elbo:.1f}, KL of each number {plane_kl.round(2)}")
for name, (_, elbo, kl) in runs.items():
    print(f"code of 20, {name:<11} ELBO {elbo:.1f}   weighted bound {bounds[name]:.1f}   "
          f"KL {kl.sum():.1f}   above 0.1 nat: {active[name]} numbers")  # fmt: skip


# %%
samples = runs["no warm-up"][0].sample(49, rng=1, mean=True)
z2, z1 = np.meshgrid(np.linspace(2, -2, 9), np.linspace(-2, 2, 9), indexing="ij")
grid = plane.decode(np.stack([z1.ravel(), z2.ravel()], axis=1))
with style():
    figure = Figure(figsize=(11, 3.2))
    left, middle, right, last = figure.subplots(1, 4)
    h = plane.encode(fresh)
    for digit in range(10):
        left.plot(*h[fresh_labels == digit].T, f"C{digit % 5}", marker=f"${digit}$",
                  linestyle="", markersize=5, markeredgewidth=0.2)  # fmt: skip
    left.set(title="500 fresh digits", xlabel="first number", ylabel="second number",
             xlim=(-3.5, 3.5), ylim=(-3.5, 3.5))  # fmt: skip
    middle.imshow(tile(as_images(grid, "grid"), 9), vmin=0, vmax=1)
    middle.set(title="decoded, each from −2 to 2", xticks=[], yticks=[])
    right.imshow(tile(as_images(samples, "samples"), 7), vmin=0, vmax=1)
    right.set(title="samples, code of 20", xticks=[], yticks=[])
    for (name, (_, _, kl)), look in zip(runs.items(), ("C0o-", "C1s--"), strict=True):
        last.plot(range(1, 21), kl, look, label=name, markersize=3)
    last.set(title="code of 20", xlabel="number, sorted", ylabel="KL in nats", ylim=(0, None))
    last.legend()
    for axes in (left, last):
        axes.set_box_aspect(1)
print("see", save_figure(figure, OUT / "06_digits.png"))
show(figure)  # in a notebook

# %% [markdown]
# In the first picture every fresh digit is drawn as a small numeral at its mean code. The second
# picture is the decoder's view of the same plane: a code at the upper right gives a 0, at the lower
# left a 1. Two numbers are too few, so many places give a mixture of digits. With 20 numbers the
# samples are sharper. Some are good digits and some are none: the codes of the data need not fill
# the prior evenly, and the decoder is trained only on codes of data.
#
# With warm-up, more numbers of the code are active. But the ELBO is not better: the reconstruction
# gains no more than the additional KL divergence costs. (Sønderby et al. 2016 report a gain for
# deep variational autoencoders.)
#
# **Do encoder and decoder belong together?** If both are conditional distributions of one joint
# p(x, z), equations 14.12 and 14.13 hold, and the two are called *compatible*. Two conditionals
# that are chosen freely need not be. Take one bit x and one bit h. From a joint p(x, h) both
# conditionals have the same *odds ratio*, because the divisors p(x) and p(h) cancel:
#
#     [p(h=1 | x=1)/p(h=0 | x=1)] / [p(h=1 | x=0)/p(h=0 | x=0)] = p(1,1) p(0,0) / (p(0,1) p(1,0))
#     [p(x=1 | h=1)/p(x=0 | h=1)] / [p(x=1 | h=0)/p(x=0 | h=0)] = the same
#
# **Exercise 6.6.** An encoder copies x with errors: p(h = x) = 0.8. A decoder inverts: p(x = h) =
# 0.2. What are the two odds ratios? Is there a joint distribution?

# %%
answer = None, None  # of the encoder, of the decoder
check("6.6", answer)

# %% [markdown]
# The cell also tests a *restricted Boltzmann machine* (RBM, tutorial 9). It is defined by a joint
# distribution of bits, p(x, h) ∝ exp(b·x + c·h + x W hᵀ), and has both conditionals in closed form.


# %%
def odds_ratio(p):
    return (p[1, 1] / p[1, 0]) / (p[0, 1] / p[0, 0])


copy = np.array([[0.9, 0.1], [0.1, 0.9]])  # row x: p(h = 0), p(h = 1)
invert = copy[::-1]  # row h: p(x = 0), p(x = 1)
print(f"odds ratios: copy {odds_ratio(copy):.1f}, invert {odds_ratio(invert):.4f}")
print("copy and copy:  ", compatibility(np.log(copy), np.log(copy)))
print("copy and invert:", compatibility(np.log(copy), np.log(invert)))


def log_bits(bits, p):
    """log p of every row of bits (a column) for every row of probabilities (a row)."""
    return np.log(p) @ bits.T + np.log(1 - p) @ (1 - bits).T


machine = RBM(4, 3, rng=0)
machine.theta[...] = np.random.default_rng(0).standard_normal(machine.theta.shape)
all_x, all_h = binary_codes(4), binary_codes(3)
log_encoder = log_bits(all_h, machine.encode(all_x))
joint = compatibility(log_encoder, log_bits(all_x, machine.decode(all_h)))
by_machine = np.exp(machine.log_likelihood(all_x))
other = RBM(4, 3, rng=0)
other.theta[...] = np.random.default_rng(1).standard_normal(other.theta.shape)
mixed = compatibility(log_encoder, log_bits(all_x, other.decode(all_h)))
print("an RBM:         ", joint)
print("its p(x) from the two conditionals is right to", f"{abs(joint.p_x - by_machine).max():.0e}")
print("other decoder:  ", mixed)

# %% [markdown]
# The machine is defined by a joint p(x, h), so its conditionals are compatible, and together they
# even determine p(x). An encoder and a decoder with separate weights are in general not compatible.
# For a variational autoencoder the joint is p(z) p(x | z), the prior and the decoder alone. The
# encoder approximates the posterior of this joint, and the gap of section 4 measures how well. (The
# chapter reports that denoising training tends to make encoder and decoder compatible, with enough
# capacity and data.)
#
# ## 7. What to change
#
# Each line below is one run with one setting changed. Guess its result, then run both cells: only
# what you have guessed is run. β is a factor of the KL divergence in training; the ELBO contains
# the KL divergence without it. After the result comes a comment, with the results of three seeds.

# %%
guess = {
    "β = 10, KL of the whole code of 2 in nats": None,
    "β = 0, ELBO of the code of 2": None,
    "warm-up during 90 % of the training, ELBO minus that without warm-up": None,
}

# %%
compare(6, guess, {
    "β = 10, KL of the whole code of 2 in nats": lambda: float(experiment(2, 10.0)[2].sum()),
    "β = 0, ELBO of the code of 2": lambda: experiment(2, 0.0)[1],
    "warm-up during 90 % of the training, ELBO minus that without warm-up":
        lambda: experiment(20, WarmUp(1.0, 0.9))[1] - runs["no warm-up"][1],
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown
#
# The numbers in brackets are the results of four seeds; the bounds leave a margin.

# %%
assert abs(gaps["the posterior"]) < 0.02, "the ELBO is log p(x) if the encoder is the posterior"
assert abs(gaps["mean wrong"] - 0.5) < 0.02, "and else smaller, by the KL divergence"
plain, based = (spreads[False, f"score function{end}"] for end in (", b = 0", " with b"))
assert plain > 3 * based, "a baseline reduces the noise of the gradient (6 times)"
assert biases[False, "score function with b"] < 0.01 < 0.05 < biases[False, "straight-through"]
assert biases[True, "straight-through"] < 1e-12, "straight-through is exact for a linear cost"
assert plane_elbo > blind + 2, "two numbers say something about a digit (4.1 to 5.2 nats)"
elbos = {name: elbo for name, (_, elbo, _) in runs.items()}
assert min(elbos.values()) > plane_elbo + 4, "twenty say more (6.0 to 7.1 nats)"
assert active["warm-up"] >= active["no warm-up"] + 2, "warm-up: more active numbers (3 to 6)"
assert abs(elbos["warm-up"] - elbos["no warm-up"]) < 1, "but no better ELBO (0.0 to 0.4 worse)"
assert min(bounds[name] - elbos[name] for name in runs) > 0.8, "the ELBO is low (1.6 or 1.7)"
assert joint.compatible and not mixed.compatible, "two free conditionals have no common joint"
print("Noise and a prior on the code make an autoencoder a model of p(x), with a known bound.")
