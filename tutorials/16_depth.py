# %% [markdown]
# # Tutorial 16: depth
#
# Section 14.3, and the first part of section 14.9.
#
# - *You need*: tutorials 1 and 2, the chain rule for matrices, and the sigmoid.
# - *Time*: about 45 minutes, with the four exercises.
# - *Afterwards you can*: say why a deep autoencoder compresses better than a linear one with a code
#   of the same size, why its training may fail at the start, and what a stack of shallow models
#   changes; compute how large the gradient of each layer is.
#
# ## 1. The question
#
# The pictures of this tutorial show curves. Each curve runs through three random points, so six
# numbers describe a picture completely. But the grey value of a pixel depends on these six numbers
# in a very non-linear way: a small move of a point makes some pixels dark and others light. PCA
# with six numbers therefore leaves most of the picture unexplained.
#
# **Does a network with several hidden layers find a better code of six numbers? And can it be
# trained?** Deep autoencoders were known for twenty years before anyone could train them well. The
# first success came from pretraining them layer by layer (Hinton and Salakhutdinov 2006).

# %%
import math
from pathlib import Path

import numpy as np
from exercises import check, compare

from tinyae import (
    PCA,
    SGD,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Identity,
    Sigmoid,
    fit,
    gradcheck,
    stack,
)
from tinyae.criterion.base_rates import base_rates
from tinyae.datasets import drawn_curves
from tinyae.models import logistic_pca, unfold
from tinyae.nn import Normal
from tinyae.plotting import Figure, as_images, save_figure, show, style, tile
from tinyae.text import adapt_outputs
from tinyae.training import Cosine

OUT = Path(__file__).parent / "out" if "__file__" in globals() else Path("out")
adapt_outputs()  # writes σ as sigma where the terminal cannot show the letter

# %% [markdown]
# ## 2. The equation
#
# An encoder with L layers is a composition, and the decoder is another one:
#
#     f(x) = f_L(… f_2(f_1(x)) …),      f_i(h) = σ(h W_i + b_i)
#
# Its derivative is the product of the derivatives of all layers:
#
#     ∂f/∂x = J_L … J_2 J_1,            J_i = diag(σ′) W_iᵀ
#
# The gradient of a weight in layer 1 contains all factors that lie above layer 1, those of the
# decoder too. If each factor makes vectors shorter, their product makes them very short. Then the
# first layers receive almost no gradient.
#
# **Exercise 16.1.** Layer 1 maps 196 numbers to 64, layer 2 maps 64 to 32. What are the shapes of
# J_1, of J_2 and of ∂f/∂x?

# %%
answer = None, None, None
check("16.1", answer)

# %% [markdown]
# **Exercise 16.2.** All layers are linear: 10-8-3-8-10. Training finds the smallest possible loss.
# For which K does PCA with K components have the same loss?

# %%
answer = None
check("16.2", answer)

# %% [markdown]
# *Greedy layer-wise training* avoids the long product. Model 1 is a shallow autoencoder of x. Model
# 2 is a shallow autoencoder of the codes of model 1, and so on. *Unfolding* puts the encoders in
# series, and then the decoders in reverse order:
#
#     f(x) = f_2(f_1(x)),     g(h) = g_1(g_2(h))
#
# *Fine-tuning* trains the unfolded network as a whole.
#
# ## 3. One unit, one example
#
# Take a chain of five sigmoid units, each with the weight w and the input of the unit before. The
# derivative of the last unit with respect to the first input is the product of w σ′. The slope σ′
# of a sigmoid is at most ¼. So the product is at most (w/4)⁵. The complex step checks it: for a
# tiny ε, the imaginary part of f(x + iε) is ε f′(x), with no difference of nearly equal numbers.


# %%
def chain(w, x, layers=5):
    """Return the output of a chain of sigmoid units and its derivative with respect to x."""
    h, slope = x, 1.0
    for _ in range(layers):
        h = 1 / (1 + np.exp(-w * h))
        slope *= w * h * (1 - h)
    return h, slope


for w in (0.01, 1.0, 4.0):
    h, slope = chain(w, 0.3)
    step = chain(w, 0.3 + 1e-20j)[0].imag / 1e-20
    print(f"w = {w:<5} derivative {slope:.3e}   by the complex step {step:.3e}"
          f"   bound {(w / 4) ** 5:.1e}")  # fmt: skip
    assert abs(slope / step - 1) < 1e-12 and slope <= (w / 4) ** 5

# %% [markdown]
# With w = 0.01 the derivative is about 1e-13: the first unit receives only this part of the
# gradient that arrives at the last one. A larger weight does not help by itself. With w = 4 the
# units are close to 1, where their slope is much smaller than ¼.
#
# **Exercise 16.3.** What is the bound for a chain of three sigmoid units with w = 2?

# %%
answer = None
check("16.3", answer)

# %% [markdown]
# ## 4. By loops, then by layers
#
# Two shallow models are unfolded by `unfold`. The loops below encode one example with both models
# and decode it with both models. The unfolded network must give the same numbers.


# %%
def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def by_loops(h, W, b, unit):
    """Return unit(h W + b), one number after the other."""
    return [unit(sum(h[i] * W[i, j] for i in range(len(h))) + b[j]) for j in range(len(b))]


below = Autoencoder.dense((5, 4), output=BernoulliOutput(), rng=1)
above = Autoencoder.dense((4, 2), output=BernoulliOutput(), rng=2)
x = np.random.default_rng(0).random((3, 5))
deep = unfold([below, above])
print(f"below: {below}\nabove: {above}\nunfolded: {deep}")
for row, r in zip(x, deep.reconstruct(x), strict=True):
    h = by_loops(row, *below.encoder.layers[0].params.values(), sigmoid)
    h = by_loops(h, *above.encoder.layers[0].params.values(), sigmoid)
    h = by_loops(h, *above.decoder.layers[0].params.values(), sigmoid)
    h = by_loops(h, *below.decoder.layers[0].params.values(), sigmoid)
    assert np.allclose(h, r, rtol=1e-13)
print("the unfolded network equals the loops")

# %% [markdown]
# The unfolded network has copies of the weights. Training it does not change the two models.
#
# ## 5. The gradient
#
# The backward pass of a deep network is the backward pass of each layer, from the top to the
# bottom. Nothing new is needed, and the check agrees to rounding. What is new is its size. The
# table shows the norm of the gradient of each weight matrix, for three sizes of random weights.

# %%
SIZES = (196, 64, 32, 16, 6)
pictures, _ = drawn_curves(2400, rng=0)
pictures = pictures.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
curves, fresh = pictures[:2000], pictures[2000:]


def network(init=None, sizes=SIZES):
    """Return a deep autoencoder with sigmoid units and a linear code.

    The output's biases start where the mean picture is reconstructed, so that the first steps need
    not learn the mean.
    """
    model = Autoencoder.dense(sizes, code_activation=Identity, output=BernoulliOutput(),
                              init=init, rng=0)  # fmt: skip
    model.decoder.layers[-1].params["b"][...] = base_rates(model.output, curves)
    return model


assert gradcheck(network(), curves[:5], entries=20).max_relative_error < 1e-12
norms = {}
for name, init in {"N(0, 0.01²)": Normal(0.01), "N(0, 0.1²)": Normal(0.1), "Glorot": None}.items():
    model = network(init)
    model.loss_and_grad(curves)
    layers = [layer for part in (model.encoder, model.decoder) for layer in part.layers
              if layer.params]  # fmt: skip
    norms[name] = [float(np.linalg.norm(layer.grads["W"])) for layer in layers]
    print(f"{name:<12}", " ".join(f"{g:8.1e}" for g in norms[name]))
assert norms["N(0, 0.01²)"][0] < 1e-6 < 1e-3 < norms["Glorot"][0]

# %% [markdown]
# The columns are the layers from x to r. With small weights, the gradient of the first layer is
# more than a million times smaller than that of the last layer. *Glorot's* weights have the size
# for which the vectors keep about their length from layer to layer (Glorot and Bengio 2010). This
# initializer is the default of `Autoencoder.dense`.
#
# **Exercise 16.4.** How many weights (without biases) has the network 196-64-32-16-6 with its
# decoder 6-16-32-64-196?

# %%
answer = None
check("16.4", answer)

# %% [markdown]
# ## 6. The experiment
#
# Three starts of the same network: small random weights, Glorot's random weights, and a stack of
# four shallow autoencoders, each trained on the codes of the one below. Then all three are trained
# in the same way. Beside them stand codes of six numbers without hidden layers.


# %%
def error(model):
    """Return the squared error per fresh picture."""
    return float(((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean())


def pretrained(epochs=15):
    """Return a deep network from shallow ones, each trained on the codes of the one below."""
    levels = [
        Autoencoder.dense((d, k), activation=Identity if k == 6 else Sigmoid,
                          output=BernoulliOutput(), rng=k)
        for d, k in zip(SIZES, SIZES[1:], strict=False)
    ]  # fmt: skip
    stack(levels, curves, optimizer=Adam(5e-3), epochs=epochs, batch_size=50, core="vectorized")
    return unfold(levels)


def experiment(model, optimizer=None, epochs=45):
    """Train a network; return its error on fresh pictures at the start and after each epoch."""
    course = [error(model)]

    def note(epoch, model, history):
        course.append(error(model))

    fit(model, curves, optimizer=optimizer or Adam(Cosine(5e-3)), epochs=epochs, batch_size=50,
        core="vectorized", callback=note)  # fmt: skip
    return course


starts = {"small": network(Normal(0.01)), "Glorot": network(), "stack": pretrained()}
errors = {name: experiment(model) for name, model in starts.items()}
logistic = logistic_pca(196, 6)
fit(logistic, curves, optimizer=Adam(Cosine(1e-2)), epochs=45, batch_size=50, core="vectorized")
mean = float(((fresh - curves.mean(axis=0)) ** 2).sum(axis=1).mean())
flat = {"mean picture": mean, "PCA": error(PCA(6).fit(curves)), "logistic PCA": error(logistic)}
for name, value in flat.items():
    print(f"{name:<14} {value:6.2f}")
for name, course in errors.items():
    print(f"deep, {name:<8} {course[-1]:6.2f}   at the start {course[0]:6.2f}")

# %% [markdown]
# The network with small weights reconstructs the mean picture for several epochs, and remains near
# it. Its six numbers vary together, as one number, so they say little about a picture. The other
# two starts give codes that are better than those of PCA and logistic PCA with the same six
# numbers.
#
# The stack starts lower and stays lower. It needed 15 epochs for each of its levels, which is about
# the same computation as 15 epochs of the whole network. Glorot's weights cost nothing, and with
# them and the optimizer Adam this network can be trained without a stack. Neither was known in
# 2006. The claims S16 and S17 of CLAIMS.md measure deeper networks, gradient descent, and stacks of
# Boltzmann machines.

# %%
with style():
    figure = Figure(figsize=(10.5, 4.2))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    for (name, course), look in zip(errors.items(), ("C4--", "C0-", "C2-"), strict=True):
        left.plot(course, look, label=f"deep, {name}")
    for (name, value), height in zip(flat.items(), ("0.3", "0.5", "0.7"), strict=True):
        left.axhline(value, color=height, lw=0.9, zorder=0)
        side = "top" if name == "logistic PCA" else "bottom"
        left.text(45, value, name, ha="right", va=side, fontsize=9, color="0.3")
    left.set(xlabel="epochs of the whole network", ylabel="squared error per fresh picture",
             ylim=(0, 1.25 * mean), title="small random weights stay near the mean")  # fmt: skip
    left.legend(loc="lower left")
    shown = fresh[:8]
    rows = [shown, PCA(6).fit(curves).reconstruct(shown)]
    rows += [starts[name].reconstruct(shown) for name in ("small", "Glorot", "stack")]
    grid = tile(1 - np.clip(as_images(np.concatenate(rows), "rows"), 0, 1), 8)
    right.imshow(grid, vmin=0, vmax=1, cmap="gray")
    places = [(i + 0.5) * grid.shape[0] / 5 for i in range(5)]
    right.set_yticks(places, ["originals", "PCA", "small", "Glorot", "stack"])
    right.set(xticks=[], xlabel="fresh pictures", title="six numbers for each picture")
    right.tick_params(length=0)
    right.spines[:].set_visible(False)
print("see", save_figure(figure, OUT / "16_depth.png"))
show(figure)  # in a notebook

# %% [markdown]
# ## 7. What to change
#
# Each line below is one run of `experiment` with one setting changed, and asks for the squared
# error per fresh picture at the end. Guess it, then run both cells: only what you have guessed is
# run. Without a change, the errors are 4.6 to 4.7 (small), 2.7 to 2.8 (Glorot) and 2.5 (stack); PCA
# has 3.2 to 3.3. After the result comes a comment, with the results of three seeds.

# %%
guess = {
    "small weights, SGD with momentum": None,
    "Glorot's weights, SGD with momentum": None,
    "stack, SGD with momentum": None,
    "stack, each level trained for 2 epochs": None,
    "weights from N(0, 0.1²)": None,
}

# %%
momentum = SGD(0.02, momentum=0.9)
compare(16, guess, {
    "small weights, SGD with momentum": lambda: experiment(network(Normal(0.01)), momentum)[-1],
    "Glorot's weights, SGD with momentum": lambda: experiment(network(), momentum)[-1],
    "stack, SGD with momentum": lambda: experiment(pretrained(), momentum)[-1],
    "stack, each level trained for 2 epochs": lambda: experiment(pretrained(epochs=2))[-1],
    "weights from N(0, 0.1²)": lambda: experiment(network(Normal(0.1)))[-1],
})  # fmt: skip

# %% [markdown]
# ## 8. What was shown

# %%
last = {name: course[-1] for name, course in errors.items()}
assert last["small"] > 0.85 * mean, "small random weights stay near the mean picture"
assert last["Glorot"] < 0.95 * flat["PCA"], "Glorot's weights give a better code than PCA"
assert last["stack"] < 0.95 * flat["PCA"], "so does the stack"
assert last["Glorot"] < 0.95 * flat["logistic PCA"], "and a better code than logistic PCA"
assert errors["stack"][0] < 0.95 * mean, "the stack is no mean picture even before fine-tuning"
print("A deep code of six numbers is better than a linear one of the same size, if the weights at")
print("the start let the gradient through: by their size, or because a stack has learned them.")
