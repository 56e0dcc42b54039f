# %% [markdown]
# # Tutorial 4: three ways to be sparse
#
# Section 14.2.1, equations 14.2 to 14.7.
#
# - *You need*: tutorials 1 and 3, and from probability the mean and the density of a distribution.
# - *Time*: about 60 minutes, with the five exercises. You can stop after section 5.
# - *Afterwards you can*: choose a penalty by its slope at zero; say why KL is applied to a mean
#   over examples; derive a penalty from a prior; recognise a network that makes a penalty small
#   without a sparse code.
#
# ## 1. The question
#
# A narrow code must choose what to keep. But how narrow should it be? A digit 1 needs few numbers,
# an 8 needs more. So take a wide code with many units, and let each picture use only a few of them.
# Such a code is called *sparse*. **How can we make most units of a code zero, or nearly zero?**
#
# We compare three penalties. They differ in their slope at zero and in what is averaged. And there
# is a way in which a network can make a penalty small without a sparse code.

# %%
import inspect
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import L1, Autoencoder, KLSparsity, ReLU, Sigmoid, StudentT, gradcheck
from tinyae.plotting import Figure, as_images, save_figure, show, style, tile
from tinyae.text import adapt_outputs

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter

# %% [markdown]
# ## 2. The equation
#
# A penalty on the code h = f(x) is added to the loss of the reconstruction r = g(h):
#
#     L(x, g(h)) + Ω(h)                                                              (14.2)
#
#     L1          Ω = λ Σ_i |h_i|                  per example                       (14.6)
#     Student-t   Ω = λ Σ_i log(1 + h_i²)          per example
#     KL          Ω = λ Σ_i [ρ log(ρ/ρ̂_i) + (1−ρ) log((1−ρ)/(1−ρ̂_i))]        per batch
#
# λ is the strength. ρ̂_i is the mean of h_i over the batch, and ρ is the target for this mean, such
# as 0.05. The third penalty is a Kullback-Leibler divergence. It is zero at ρ̂_i = ρ and grows on
# both sides. It needs h in (0, 1), which sigmoid units give.
#
# ## 3. One unit, one example
#
# There is one unit with h ≥ 0, and r = v h. We minimise ½ (x − v h)² + Ω(h) over h itself by
# gradient descent, and keep h from going below 0:
#
#     gr = r − x       gh = v gr + Ω′(h)       L1: Ω′ = λ  for h > 0       t: Ω′ = 2 λ h / (1 + h²)
#
# The slope of L1 is λ, however small h is. The slope of Student-t goes to zero for small h, and
# also for large h.

# %%
v, lam = 1.0, 0.3
print("slope Ω′(h):  " + "".join(f"{h:>9}" for h in (0.001, 0.1, 1.0, 10.0, 100.0)))
pulls = {"L1": lambda h: lam, "t": lambda h: 2 * lam * h / (1 + h * h)}
for name, pull in pulls.items():
    print(f"  {name:<12}" + "".join(f"{pull(h):>9.4f}" for h in (0.001, 0.1, 1.0, 10.0, 100.0)))
rest = {}
for x in (0.2, 0.4, 3.0):
    for name, pull in pulls.items():
        h = 1.0
        for _ in range(2000):
            h = max(0.0, h - 0.05 * (v * (v * h - x) + pull(h)))
        rest[name, x] = h
    print(f"x = {x}: the minimum is at h = {rest['L1', x]:.6f} with L1, {rest['t', x]:.6f} with t")
    assert abs(rest["L1", x] - max(0.0, (v * x - lam) / v**2)) < 1e-9  # gh = 0, solved for h
assert rest["L1", 0.2] == 0 < rest["t", 0.2] and rest["t", 3.0] > rest["L1", 3.0]

# %% [markdown]
# L1 gives an exact zero for the small x, and it reduces all other h by the same λ. Student-t gives
# a small h for the small x, but not zero, and it hardly changes the h of the large x.
#
# **Exercise 4.1.** Let λ = 0.5 and v = 2. Which h ≥ 0 minimises ½ (x − v h)² + λ h at x = 0.2, and
# which at x = 1?

# %%
answer = None, None  # h at x = 0.2, h at x = 1
check("4.1", answer)

# %% [markdown]
# **Exercise 4.2.** For which h > 0 is the slope of Student-t largest, and how large is it there,
# for λ = 0.7?

# %%
answer = None, None  # h, slope
check("4.2", answer)

# %% [markdown]
# **Where do such penalties come from?** Suppose that a code is first drawn from a prior p(h), and
# then x from p(x | h). Then p(x) is a sum over all codes (14.3). Take only one term of this sum, h
# = f(x), and make it large:
#
#     log p(h, x) = log p(h) + log p(x | h)                                          (14.4)
#     Laplace prior:  p(h_i) = (λ/2) exp(−λ |h_i|)                                   (14.5)
#     so              −log p(h) = λ Σ_i |h_i| − K log(λ/2) = Ω(h) + const            (14.7)
#
# for K units. So the penalty is one of the two terms of a log-likelihood. In the same way, the
# second penalty comes from Student's t distribution, if λ > ½.

# %%
from tinyae.criterion import LaplacePrior, StudentTPrior

codes = np.random.default_rng(0).standard_normal((4, 5))
for name, prior, omega in (
    ("Laplace", LaplacePrior(0.7), 0.7 * abs(codes).sum(axis=1)),
    ("t", StudentTPrior(0.7), 0.7 * np.log(1 + codes**2).sum(axis=1)),
):
    constant = -prior.log_density(codes) - omega
    print(f"{name:<8} Ω of four codes {omega.round(3)}   −log p(h) − Ω {constant.round(6)}")
    assert np.ptp(constant) < 1e-12

# %% [markdown]
# ## 4. By loops, then by layers
#
# There are n = 6 examples, 4 inputs and 3 units. The first two penalties are sums over examples,
# divided by n. KL uses the mean of each unit over the batch.

# %%
n, d, K, rho = 6, 4, 3, 0.05
x = np.random.default_rng(0).standard_normal((n, d))
penalties = {"L1": L1(0.3), "Student-t": StudentT(0.3), "KL": KLSparsity(rho, 0.3)}
h = Autoencoder.dense((d, K), rng=1).encode(x)
loops = dict.fromkeys(penalties, 0.0)
for k in range(K):
    rate = sum(h[i, k] for i in range(n)) / n
    loops["KL"] += lam * rho * np.log(rho / rate)
    loops["KL"] += lam * (1 - rho) * np.log((1 - rho) / (1 - rate))
    for i in range(n):
        loops["L1"] += lam * abs(h[i, k]) / n
        loops["Student-t"] += lam * np.log(1 + h[i, k] ** 2) / n
for name, penalty in penalties.items():
    model, plain = (Autoencoder.dense((d, K), rng=1, penalties=p) for p in (penalty, ()))
    added = model.loss(x) - plain.loss(x)
    print(f"{name:<10} Ω by loops {loops[name]:.12f}   what the model adds {added:.12f}")
    assert abs(loops[name] - added) < 1e-6 * added  # KL keeps ρ̂ 1e-7 away from 0 and 1

# %% [markdown]
# Why does KL use the batch mean, and not each activation by itself? Compare two codes of 20
# examples. In the *grey* code every unit always has the value 0.05. In the *sparse* code a unit is
# 1 for one example of 20 and nearly 0 for the others.


# %%
def kl(rate):
    return rho * np.log(rho / rate) + (1 - rho) * np.log((1 - rho) / (1 - rate))


grey, sparse = np.full(20, 0.05), np.where(np.arange(20) == 7, 1 - 1e-6, 1e-6)
for name, code in (("grey", grey), ("sparse", sparse)):
    of_mean, mean_of = abs(kl(code.mean())), abs(kl(code).mean())  # abs: rounding may give −0
    print(f"{name:<7} KL of the mean {of_mean:.4f}   mean of the KLs {mean_of:.4f}")
assert kl(sparse.mean()) < 1e-6 and kl(sparse).mean() > 0.5 and kl(grey).mean() < 1e-12

# %% [markdown]
# If KL is applied to each activation, the sparse code has a large penalty, and the grey code, which
# carries no information, has none. If KL is applied to the mean, both have a penalty of almost
# zero. Then the reconstruction decides, and it needs codes that differ between examples.
#
# ## 5. The gradient
#
# Only the adjoint of the code changes; the rest is back-propagation as before. The loss is the mean
# over n examples. In addition to the adjoint from the decoder, unit i of example m receives:
#
#     L1         gh_mi = λ sign(h_mi) / n
#     Student-t  gh_mi = λ · 2 h_mi / (1 + h_mi²) / n         from log(1 + h²), by the chain rule
#     KL         ∂/∂ρ̂ [ρ log(ρ/ρ̂)] = −ρ/ρ̂,   ∂/∂ρ̂ [(1−ρ) log((1−ρ)/(1−ρ̂))] = (1−ρ)/(1−ρ̂),
#                and ∂ρ̂_i/∂h_mi = 1/n,  so  gh_mi = λ/n [(1−ρ)/(1−ρ̂_i) − ρ/ρ̂_i]
#
# **Exercise 4.3.** Let ρ = 0.1, ρ̂ = 0.2, λ = 1 and n = 10. What gh does each example receive from
# KL?

# %%
answer = None
check("4.3", answer)

# %% [markdown]
# **Exercise 4.4.** A penalty that makes whole *groups* of units zero is Ω = λ Σ_g ‖h_g‖, where h_g
# are the units of group g. One group of two units has h_g = (3, 4), and λ = 0.5. What is the
# gradient of Ω by these two units?

# %%
answer = None, None
check("4.4", answer)

# %% [markdown]
# For KL, all examples of a batch receive the *same* gh at a unit. A likely mistake is to write h in
# the place of ρ̂. This is the gradient of KL for each activation, the penalty that we have just
# rejected.

# %%
print(inspect.getsource(L1.add))
print(inspect.getsource(StudentT.add))


class EachActivation(KLSparsity):
    def add(self, p):
        value, right, mean = super().add(p), p.gh, p.h.mean(axis=0)
        for rate, sign in ((mean, -1.0), (p.h, +1.0)):  # replace ρ̂ by h
            right += sign * self.lam / n * ((1 - self.rho) / (1 - rate) - self.rho / rate)
        return value


found = {}
for name, penalty in {**penalties, "KL, h for ρ̂": EachActivation(rho, 0.3)}.items():
    unit = Sigmoid if "KL" in name else ReLU
    model = Autoencoder.dense((d, K), activation=unit, rng=1, penalties=penalty)
    found[name] = gradcheck(model, x).max_relative_error
    print(f"{name:<13} largest relative error {found[name]:.1e}")
assert max(list(found.values())[:3]) < 1e-12 and found["KL, h for ρ̂"] > 0.01

# %% [markdown]
# ## 6. The experiment
#
# The data are digits drawn by random pen strokes, averaged to 14 × 14 pixels. The code has 100
# units with tied weights, half as many numbers as pixels. Rectified units, h = max(a, 0), can be
# exactly zero. For each λ we count the zeros on fresh digits. A unit that is zero for *every* digit
# is called dead, and its zeros are not counted. All networks minimise the cross-entropy of tutorial
# 3 (`BernoulliOutput`) and a penalty. Because it is easier to read, the tables show the squared
# error ‖x − r‖² of the same networks.

# %%
from tinyae import Adam, BernoulliOutput, fit
from tinyae.datasets import strokes
from tinyae.training import Cosine

digits, _ = strokes(2500, rng=0, dtype=np.float32)
digits = digits.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
train, fresh = digits[:2000], digits[2000:]


def experiment(penalty=(), unit=ReLU, rate=0.003, epochs=30, tied=True):
    """Return a network, its share of zeros and of the 10 largest, its error and its mean h."""
    model = Autoencoder.dense((196, 100), activation=unit, output=BernoulliOutput(), tied=tied,
                              rng=0, dtype=np.float32, penalties=penalty)  # fmt: skip
    fit(model, train, optimizer=Adam(Cosine(rate)), epochs=epochs, rng=0)
    h = model.encode(fresh)
    live = h[:, (h > 0).any(axis=0)]
    loud = np.sort(h, axis=1)[:, -10:].sum() / h.sum()
    miss = ((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()
    return model, float((live == 0).mean()), float(loud), float(miss), float(h.mean())


lambdas = (0.0, 0.03, 0.1, 0.3, 1.0)
plain, plain_sigmoid = experiment(), experiment(unit=Sigmoid, rate=0.03)
l1 = [plain, *(experiment(L1(lam)) for lam in lambdas[1:])]
t = [plain, *(experiment(StudentT(lam)) for lam in lambdas[1:])]
kl_code = experiment(KLSparsity(rho, 1.0), unit=Sigmoid, rate=0.03)
shown = {"plain ReLU": plain, "L1, λ = 0.3": l1[3], "Student-t, λ = 1": t[4],
         "plain sigmoid": plain_sigmoid, "KL to 0.05": kl_code}  # fmt: skip
print(f"{'':<18}{'zeros':>6}{'share of the 10 largest':>25}{'‖x − r‖²':>10}{'mean h':>8}")
for name, (_, zeros, loud, miss, mean) in shown.items():
    print(f"{name:<18}{zeros:>6.0%}{loud:>25.0%}{miss:>10.2f}{mean:>8.3f}")

# %% [markdown]
# The rectified network without a penalty has zeros, too: a unit is zero wherever a < 0. L1 nearly
# doubles their share. A sigmoid network has no zeros except by rounding, but with KL the ten
# largest of the hundred units hold most of the sum of the code. Their mean h is still about twice
# the target, because λ = 1 is not strong enough. Sparsity has a cost: the error grows. The second
# figure shows what single units add to the output. With sigmoid units this changes from noise to
# parts of digits under KL. Rectified units have such parts without a penalty, and they look much
# the same under L1 and Student-t.

# %%
with style():
    figure = Figure(figsize=(9.6, 3.3))
    left, right = figure.subplots(1, 2)
    for name, runs, look in (("L1", l1, "C2o-"), ("Student-t", t, "C1s--")):
        left.plot([run[1] for run in runs], look, label=name)
        right.plot([run[3] for run in runs], look, label=name)
    left.set(title="exact zeros of live units", ylabel="share of zeros", ylim=(0, 1))
    right.set(title="reconstruction error", ylabel="‖x − r‖² per fresh digit", ylim=(0, None))
    for axes in (left, right):
        axes.set_xticks(range(5), [f"{lam:g}" for lam in lambdas])
        axes.set_xlabel("strength λ")
    left.legend(loc="lower right")
print("see", save_figure(figure, OUT / "04_zeros.png"))
show(figure)  # in a notebook
with style():
    figure = Figure(figsize=(12, 2.4))
    for axes, (name, run) in zip(figure.subplots(1, 5), shown.items(), strict=True):
        V = run[0].decoder.layers[0].params["W"]
        strongest = np.argsort(-(V**2).sum(axis=1) * run[0].encode(fresh).var(axis=0))[:6]
        images = as_images(V[strongest], "V")
        scale = abs(images).max(axis=(1, 2), keepdims=True)
        axes.imshow(tile(0.5 + 0.5 * images / scale, 3, gap=1), vmin=0, vmax=1)
        axes.set(title=name, xticks=[], yticks=[], frame_on=False)
    figure.suptitle("the 6 strongest units: what they add to r (white) or take away (black)")
print("see", save_figure(figure, OUT / "04_decoder_rows.png"))
show(figure)  # in a notebook

# %% [markdown]
# **The weakness of a penalty on the code.** Use weights that are not tied. Multiply W and b by 0.01
# and V by 100. Then h = max(x W + b, 0) is a hundredth of what it was, r is the same, and every
# zero stays a zero. L1 is now a hundredth of what it was, and nothing else has changed. With V = Wᵀ
# this is not possible, because a factor that makes h smaller makes V smaller as well, and r
# changes.
#
# **Exercise 4.5.** All entries of h are below 0.01. Now W and b are divided by 10, and V is
# multiplied by 10. By which factors do the Ω of L1 and the Ω of Student-t change? (Two digits.)

# %%
answer = None, None  # factor of L1, factor of Student-t
check("4.5", answer)

# %% [markdown]
# Gradient descent moves in this direction step by step. In a hundred epochs it goes only a small
# part of the way: below, V becomes about three times as long as W, and the mean of h falls by a
# quarter or a third. Scaled by hand, the mean of h falls a hundredfold, and r does not change.

# %%
tied, free = experiment(L1(0.3), epochs=100), experiment(L1(0.3), epochs=100, tied=False)
sizes = {}
for name, run in (("tied", tied), ("untied", free)):
    W, V = (part.layers[0].params["W"] for part in (run[0].encoder, run[0].decoder))
    sizes[name] = float(np.linalg.norm(V) / np.linalg.norm(W))
    print(f"{name:<8} ‖V‖/‖W‖ {sizes[name]:.2f}   mean h {run[4]:.3f}   zeros {run[1]:.0%}   "
          f"‖x − r‖² {run[3]:.2f}")  # fmt: skip
scaled = free[0].copy()
(encoder, _), (decoder,) = scaled.encoder.layers, scaled.decoder.layers
encoder.params["W"][...] *= 0.01
encoder.params["b"][...] *= 0.01
decoder.params["W"][...] *= 100
ratio = scaled.encode(fresh).mean() / free[4]
apart = abs(scaled.reconstruct(fresh) - free[0].reconstruct(fresh)).max()
print(f"scaled by hand: mean h times {ratio:.4f}, reconstructions {apart:.0e} apart")

# %% [markdown]
# ## 7. What to change
#
# Each line below is one run with one setting changed. Guess its result, then run both cells: only
# what you have guessed is run. After the result comes a comment, with the results of three seeds.

# %%
guess = {
    "L1(3.0), zeros in %": None,
    "L1(3.0), error / that of L1(1.0)": None,
    "L1(0.3) with sigmoid units, zeros in %": None,
    "KL to 0.2, mean h": None,
    "KL to 0.05 with λ = 0.1, mean h": None,
}

# %%
compare(4, guess, {
    "L1(3.0), zeros in %": lambda: 100 * experiment(L1(3.0))[1],
    "L1(3.0), error / that of L1(1.0)": lambda: experiment(L1(3.0))[3] / l1[-1][3],
    "L1(0.3) with sigmoid units, zeros in %":
        lambda: 100 * experiment(L1(0.3), unit=Sigmoid, rate=0.03)[1],
    "KL to 0.2, mean h": lambda: experiment(KLSparsity(0.2, 1.0), unit=Sigmoid, rate=0.03)[4],
    "KL to 0.05 with λ = 0.1, mean h":
        lambda: experiment(KLSparsity(0.05, 0.1), unit=Sigmoid, rate=0.03)[4],
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown
#
# The numbers in brackets are the results of four seeds; the bounds leave a margin and are not
# fitted to this run.

# %%
zeros, t_zeros = [run[1] for run in l1], [run[1] for run in t]
assert all(np.diff(zeros) > 0) and all(np.diff(t_zeros) > 0), "zeros grow with λ"
assert zeros[0] < 0.5 < 0.85 < zeros[-1], "from 0.39 to 0.41 up to 0.89 to 0.90"
assert l1[-1][3] > 2 * plain[3], "and the error grows with them (2.7 to 2.9 times)"
assert kl_code[1] < 0.01, "a sigmoid has no zeros (0.0001 or 0.0002, by rounding)"
assert kl_code[2] > 2 * plain_sigmoid[2], "but few units are large (2.8 to 3.0 times)"
assert kl_code[4] < 0.15 < 0.35 < plain_sigmoid[4], "a low mean (0.09, not 0.42 to 0.44)"
assert sizes["untied"] > 2 and abs(sizes["tied"] - 1) < 1e-6, "V grows if untied (2.8 to 3.3)"
assert abs(ratio - 0.01) < 1e-4 and apart < 1e-4, "without any change of r"
print("A penalty makes a code sparse, if the weights cannot shrink the code at no cost.")
