# %% [markdown]
# # Tutorial 17: semantic hashing
#
# Section 14.9 of the chapter: codes of a few bits, and a hash table that finds similar entries.
#
# - *You need*: tutorial 1, and tutorial 6 up to section 3 (gradients through a random draw).
# - *Time*: about 75 minutes, with the five exercises. You can stop after section 4.
# - *Afterwards you can*: say why noise before a sigmoid makes a code binary; search a hash table by
#   flipping bits, and count what that costs; measure precision and recall of a search; say what it
#   changes if a code is trained for the search itself.
#
# ## 1. The question
#
# You have a million pictures and want those that resemble a new one. A comparison with all of them
# takes long. A *hash table* maps a key to the entries that have this key, in a time that does not
# depend on the number of entries. So let the key be a short binary code, such that similar pictures
# have similar codes. Then we look up the code of the new picture, and the codes that differ from it
# in one or two bits. This is *semantic hashing* (Salakhutdinov and Hinton 2007).
#
# **How can an autoencoder learn a code of bits? And does a code that reconstructs well also find
# what is similar?**

# %%
import math
from itertools import combinations, product
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import (
    PCA,
    Adam,
    Autoencoder,
    BernoulliOutput,
    HammingTable,
    Linear,
    NoisySigmoidCode,
    ReLU,
    Tanh,
    fit,
    gradcheck,
)
from tinyae.applications import (
    MinimalLossHashing,
    SameLabel,
    SpectralHashing,
    binary_codes,
    code_statistics,
    loss_augmented_codes,
    similar_pairs,
    within_radius,
)
from tinyae.datasets import strokes
from tinyae.plotting import Figure, as_images, save_figure, show, style, tile
from tinyae.text import adapt_outputs
from tinyae.training import Cosine, WarmUp

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes λ as lambda where the terminal cannot show the letter


# %% [markdown]
# ## 2. The equation
#
# The encoder ends in linear units u. Each code unit is a sigmoid, and during training Gaussian
# noise is added *before* the sigmoid:
#
#     z = sigmoid(u + s ε),   ε ~ N(0, I)          the decoder receives z
#     h = sigmoid(u)                               the code without noise
#     bit = 1 if h > ½, else 0                     the key of the hash table
#
# The standard deviation s grows during training, from 0 to a value such as 10. Suppose that the
# encoder wants to transmit one of several values of h, such as 0.3 or 0.6. Their u differ by about
# 1.3, and with s = 10 this difference is lost in the noise. Only two values pass: u far below −s,
# and u far above s. There h is nearly 0 or nearly 1. Such a unit is called *saturated*.
#
# The *Hamming distance* of two codes is the number of bits in which they differ. All codes within
# distance r of a code of b bits are found by flipping up to r of its bits. Their number is
#
#     1 + b + b (b − 1)/2 + … = Σ_{i ≤ r} b! / (i! (b − i)!)
#
# ## 3. One unit, one example
#
# One input, one noisy sigmoid unit, one output, and the squared error:
#
#     u = w x + b     z = sigmoid(u + s ε)     r = v z + c     L = ½ (x − r)²
#     gr = r − x      gz = v gr      gu = gz z (1 − z)
#
# The slope z (1 − z) is taken at the noisy value z, because z is what the decoder received.

# %%
x, eps = 0.8, float(np.random.default_rng(3).standard_normal())
w, b, v, c, s = 1.5, 0.2, 1.2, -0.1, 2.0
u = w * x + b
z = 1 / (1 + math.exp(-(u + s * eps)))
r = v * z + c
gr = r - x
gz = v * gr
gu = gz * z * (1 - z)
by_hand = np.array([gu * x, gu, gr * z, gr])
encoder, decoder = Linear(1, 1, rng=0), Linear(1, 1, rng=0)
model = Autoencoder(encoder, decoder, code=NoisySigmoidCode(s))  # the output is GaussianOutput()
for layer, W, bias in ((encoder, w, b), (decoder, v, c)):
    layer.params["W"][...], layer.params["b"][...] = W, bias
loss = model.loss_and_grad([[x]], rng=np.random.default_rng(3))  # draws the same ε
print(f"ε = {eps:.6f}   z = {z:.6f}   L = {0.5 * gr**2:.6f}, by the library {loss:.6f}")
print("gw, gb, gv, gc by hand   ", by_hand.round(6))
print("gw, gb, gv, gc by library", model.grad.round(6))
assert np.abs(by_hand - model.grad).max() < 1e-14

# %% [markdown]
# Now let x be −1 or 1 with equal probability, and u = a x. The table shows how much of x the best
# linear decoder cannot reconstruct, and how often z is on the wrong side of ½.
#
# **Exercise 17.1.** The noise has s = 3. How large must a be if z may be on the wrong side in 2.3
# per cent of the draws? (A standard normal number is below −2 with probability 2.3 per cent.)

# %%
answer = None
check("17.1", answer)

# %%
rng = np.random.default_rng(0)
x, eps = rng.choice([-1.0, 1.0], 100_000), rng.standard_normal(100_000)
lost, wrong = {}, {}
for s, a in product((0.5, 4.0), (0.5, 2.0, 8.0)):
    z = 1 / (1 + np.exp(-(a * x + s * eps)))
    lost[s, a] = 1 - np.corrcoef(x, z)[0, 1] ** 2  # what a linear decoder cannot explain
    wrong[s, a] = float(((z > 0.5) != (x > 0)).mean())
    print(f"s = {s}   a = {a}: lost {lost[s, a]:.3f}   wrong side {wrong[s, a]:.3f}")

# %% [markdown]
# With little noise, u = ±2 is enough. With s = 4 most of x is lost unless u is about ±8, where h
# differs from 0 or 1 by less than 0.001. So training increases the weights until units saturate.
#
# ## 4. By loops, then by layers
#
# A Python dictionary is a hash table. We look up a code and all codes within radius r of it, by
# flipping bits, and compare with `HammingTable`, which packs codes into machine words.
#
# **Exercise 17.2.** How many codes are looked up for 40 bits and radius 2?

# %%
answer = None
check("17.2", answer)


# %%
def flips(code, radius):
    """Yield all codes that differ from a code in at most `radius` bits."""
    for count in range(radius + 1):
        for places in combinations(range(len(code)), count):
            yield tuple(bit != (i in places) for i, bit in enumerate(code))


codes = rng.random((3000, 12)) < 0.5
buckets = {}
for i, code in enumerate(codes.tolist()):
    buckets.setdefault(tuple(code), []).append(i)
table = HammingTable(codes)
for query in codes[:20]:
    for radius in range(4):
        found = sorted(i for code in flips(query.tolist(), radius) for i in buckets.get(code, []))
        near = [i for i, code in enumerate(codes) if (code != query).sum() <= radius]
        assert found == near == table.lookup(query, radius).tolist()
print("dictionary, comparison with all codes, and HammingTable agree for radii 0 to 3")
sizes = [sum(math.comb(32, i) for i in range(radius + 1)) for radius in range(9)]
print("codes of 32 bits within radius 0, 1, …:", sizes)
assert sizes[2] == sum(1 for _ in flips([False] * 32, 2))

# %% [markdown]
# A radius of 2 is cheap, and a radius of 8 is not. A good code brings similar entries near.
#
# ## 5. The gradient
#
# A likely mistake is to take the slope at the code without noise, h (1 − h), in place of z (1 − z).


# %%
class SlopeWithoutNoise(NoisySigmoidCode):
    def forward(self, u, rng, *, progress=1.0):
        z, _ = super().forward(u, rng, progress=progress)
        return z, self.mean.f(u)  # backward takes the slope from what is kept here


x = np.random.default_rng(0).standard_normal((5, 3))
found = {}
for name, code in (("right", NoisySigmoidCode(1.0)), ("at h", SlopeWithoutNoise(1.0))):
    model = Autoencoder.dense((3, 4, 2), activation=Tanh, code=code, rng=1)
    found[name] = gradcheck(model, x).max_relative_error
    print(f"slope {name:<6} largest relative error {found[name]:.0e}")
assert found["right"] < 1e-12 and found["at h"] > 0.01

# %% [markdown]
# **Training for the search.** An autoencoder is trained to reconstruct, and not to search.
# *Minimal loss hashing* (Norouzi and Fleet 2011) is trained on pairs of examples that are similar
# or not. Its code is one bit for each hyperplane, h = 1 if x W + b > 0. With m the Hamming distance
# of the two codes and a radius ρ, the loss of a pair is
#
#     similar:  max(0, m − ρ + 1)            dissimilar:  λ max(0, ρ − m + 1)
#
# **Exercise 17.3.** The radius is ρ = 4 and λ = 1. What are the losses of a similar pair at the
# distance m = 6, and of a dissimilar pair at the distance m = 3?

# %%
answer = None, None
check("17.3", answer)

# %% [markdown]
# The loss changes only where a bit changes, so its derivative is 0 almost everywhere. The method
# minimises an upper bound instead. With u = x W + b, and over all bits g₁ and g₂:
#
#     bound = max [ loss(‖g₁ − g₂‖) + g₁·u₁ + g₂·u₂ ] − h₁·u₁ − h₂·u₂
#
# For g = h the bracket gives the loss itself, so the maximum is at least that. Of the 4^b pairs of
# codes, `loss_augmented_codes` finds the best one by sorting b numbers. Here we try all 64.

# %%
hashing = MinimalLossHashing(4, 3, radius=2, lam=1.0, rng=0)
x1, x2 = np.random.default_rng(1).standard_normal((2, 6, 4))
u1, u2 = (hashing.hyperplanes.forward(x)[0] for x in (x1, x2))
losses = np.tile(hashing.hinge(range(4), [False] * 4), (6, 1))  # dissimilar, distances 0 to 3
g1, g2 = loss_augmented_codes(u1, u2, losses)
all_bits = np.array(list(product((0, 1), repeat=3)))
for i in range(6):

    def total(first, second, i=i):
        return losses[i, (first != second).sum()] + first @ u1[i] + second @ u2[i]

    assert abs(total(g1[i], g2[i]) - max(total(a, b) for a in all_bits for b in all_bits)) < 1e-12
pairs = (x1, x2, np.zeros(6))
print(f"loss {hashing.pair_loss(*pairs):.4f} ≤ bound {hashing.loss(*pairs):.4f}; the gradient of "
      f"the bound has the error {gradcheck(hashing, pairs).max_relative_error:.0e}")  # fmt: skip

# %% [markdown]
# ## 6. The experiment
#
# We train two autoencoders on digits, one with growing noise and one without, and threshold their
# codes at ½. The biases of the output start at the log-odds of the mean picture. Otherwise the
# first steps move the mean of all reconstructions through the code, and many bits stay where this
# has brought them, at the same value for all digits.
#
# **Exercise 17.4.** What do you expect: which network reconstructs better from its code h? And
# which from its bits? (Think of the values that h can have.)

# %%
answer = None, None  # "noise" or "no noise", twice
check("17.4", answer)

# %%
BITS = 24
digits, labels = strokes(3500, rng=0, dtype=np.float32)
(train, fresh), (train_labels, fresh_labels) = (np.split(a, [3000]) for a in (digits, labels))


def experiment(sigma, bits=BITS, bias=True, epochs=30):
    """Return a network with a code of bits; `bias` sets the biases of its output at the start."""
    model = Autoencoder.dense((784, 100, bits), activation=ReLU, output=BernoulliOutput(), rng=0,
                              code=NoisySigmoidCode(sigma), dtype=np.float32)  # fmt: skip
    if bias:
        p = train.mean(axis=0).clip(1e-3, 1 - 1e-3)
        model.decoder.layers[-1].params["b"][...] = np.log(p / (1 - p))
    fit(model, train, optimizer=Adam(Cosine(0.005)), epochs=epochs, rng=0, core="auto")
    return model


def error(model, code):
    return float(((fresh - model.decode(code.astype(np.float32))) ** 2).sum(axis=1).mean())


growing = WarmUp(10.0, until=1.0)
nets = {"noise": experiment(growing), "no noise": experiment(0.0)}
h = {name: net.encode(fresh) for name, net in nets.items()}
from_h = {name: error(net, h[name]) for name, net in nets.items()}
from_bits = {name: error(net, binary_codes(h[name])) for name, net in nets.items()}
saturation = {name: float(np.abs(code - 0.5).mean()) for name, code in h.items()}
for name in nets:
    print(f"{name:<9} mean |h − ½| {saturation[name]:.3f}   squared error from h "
          f"{from_h[name]:.1f}, from bits {from_bits[name]:.1f}")  # fmt: skip
    print(" ", code_statistics(binary_codes(h[name])))


# %% [markdown]
# Now the search: among the training digits, by both codes, by spectral hashing (a linear code), and
# by hyperplanes trained on pairs of equal and different digits. *Precision* is the share of what is
# found that shows the right digit; a query that finds nothing has precision 0. *Recall* is the
# share of all right digits that is found.
#
# **Exercise 17.5.** A query has 300 right digits among 3000. The search finds 40 digits, of which
# 30 are right. What are precision and recall?

# %%
answer = None, None
check("17.5", answer)

# %%
pca = PCA(64).fit(train)
unit = np.sqrt(pca.explained_variance_.sum())  # so that the pictures have about the length 1
trained = MinimalLossHashing(64, BITS, radius=4, lam=3.0, norm=16.0, rng=0)
first, second, similar = similar_pairs(train_labels, 6000, rng=0)
features = pca.transform(train) / unit
fit(trained, (features[first], features[second], similar), optimizer=Adam(Cosine(0.05)),
    epochs=12, rng=0)  # fmt: skip
spectral = SpectralHashing(BITS).fit(train)
codes = {name: [binary_codes(net.encode(x)) for x in (train, fresh)] for name, net in nets.items()}
codes["spectral hashing"] = [spectral.transform(x) for x in (train, fresh)]
codes["pairs by labels"] = [trained.transform(pca.transform(x) / unit) for x in (train, fresh)]
relevant = SameLabel(train_labels, fresh_labels)
search = {name: within_radius(*both, relevant, range(BITS + 1)) for name, both in codes.items()}
for name, result in search.items():
    print(f"{name:<17} radius 2: precision {result.precision[2]:.2f}   recall "
          f"{result.recall[2]:.3f}   {100 * result.empty[2]:.0f} % find nothing")  # fmt: skip
table = HammingTable(codes["noise"][0])
for query, label in zip(codes["noise"][1][:5], fresh_labels, strict=False):
    print(f"digit {label}: radius 2 finds {train_labels[table.lookup(query, 2)]}")

# %%
nearest = table.nearest(codes["noise"][1][:5], 7)[0]
with style():
    figure = Figure(figsize=(11.0, 3.6))
    left, middle, right = figure.subplots(1, 3)
    for name, color in (("noise", "C1"), ("no noise", "C2")):
        left.hist(h[name].ravel(), 40, density=True, histtype="step", color=color, label=name)
    left.set(title="code units, fresh digits", xlabel="h", ylabel="density")
    left.legend(loc="upper center")
    shown = [fresh[:5], *(net.decode(binary_codes(h[name][:5]).astype(np.float32))
                          for name, net in nets.items())]  # fmt: skip
    middle.imshow(tile(as_images(np.concatenate(shown), "shown"), 5), vmin=0, vmax=1)
    middle.set(title="digits, from bits with noise,\nfrom bits without noise", xticks=[], yticks=[])
    rows = np.concatenate([fresh[:5, None], train[nearest]], axis=1).reshape(-1, 784)
    right.imshow(tile(as_images(rows, "rows"), 8), vmin=0, vmax=1)
    right.set(title="query (left), and the nearest codes", xticks=[], yticks=[])
print("see", save_figure(figure, OUT / "17_hashing.png"))
show(figure)  # in a notebook

# %% [markdown]
# Without noise, the code uses intermediate values. It reconstructs better from h, but rounding to
# bits destroys much of this. With noise there is little left to round. A code that was trained on
# pairs finds much more. But it was told which digits are similar, and the autoencoder was not.
#
# ## 7. What to change
#
# Each line below is one run with one setting changed. Guess its result, then run both cells: only
# what you have guessed is run. Without a change, mean |h − ½| is 0.48, the error from bits is 18,
# and within radius 2 the precision is 0.85 and the recall 0.02. After the result comes a comment.

# %%
guess = {
    "noise up to 1, mean |h − ½|": None,
    "noise up to 1, error from bits": None,
    "8 bits, precision within radius 2": None,
    "8 bits, recall within radius 2": None,
    "biases of the output start at 0, bits that are stuck": None,
}


# %%
def searched(net):
    """Return precision and recall within radius 2."""
    both = [binary_codes(net.encode(x)) for x in (train, fresh)]
    result = within_radius(*both, relevant, [2])
    return float(result.precision[0]), float(result.recall[0])


def stuck(net):
    """Return how many bits are the same for all fresh digits."""
    return len(code_statistics(binary_codes(net.encode(fresh))).stuck)


def error_from_bits(net):
    return error(net, binary_codes(net.encode(fresh)))


little = WarmUp(1.0, until=1.0)
compare(17, guess, {
    "noise up to 1, mean |h − ½|":
        lambda: float(np.abs(experiment(little).encode(fresh) - 0.5).mean()),
    "noise up to 1, error from bits": lambda: error_from_bits(experiment(little)),
    "8 bits, precision within radius 2": lambda: searched(experiment(growing, bits=8))[0],
    "8 bits, recall within radius 2": lambda: searched(experiment(growing, bits=8))[1],
    "biases of the output start at 0, bits that are stuck":
        lambda: stuck(experiment(growing, bias=False)),
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown
#
# The numbers in brackets are the results of three seeds; the bounds leave a margin.

# %%
assert wrong[4.0, 8.0] < 0.03 < 0.4 < wrong[4.0, 0.5], "noise is overcome by large u only"
assert saturation["noise"] > 0.45 > 0.4 > saturation["no noise"], "binary (0.48) or not (0.26)"
assert from_h["no noise"] < from_h["noise"], "grey values say more than bits (10 against 17)"
assert from_bits["noise"] < 0.9 * from_bits["no noise"], "but less if rounded (27 against 18)"
at = {name: (result.precision[2], result.recall[2]) for name, result in search.items()}
assert at["noise"][0] > at["spectral hashing"][0] + 0.05, "more precise (0.23 to 0.27)"
assert at["pairs by labels"][0] > at["noise"][0], "pairs: more precise (0.04 to 0.09)"
assert at["pairs by labels"][1] > 3 * at["noise"][1], "and more is found (7 to 10 times)"
print("Noise before the sigmoids makes a code of bits, and a hash table finds what is similar.")
