"""The denoising autoencoder, put together (task 14)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import (
    linear,
    output_of,
    sigmoid,
    slope,
    unit,
    unit_class,
)

AUTOENCODER = "tinyae/models/autoencoder.py"
SIGMA, LAM, CODE_NOISE, BETA = 0.4, 0.2, 0.3, 0.7


def network(variant):
    """Return x in (0, 1) and the parameters W, b, V, c of an autoencoder with one hidden layer."""
    n, d, k = variant.sizes
    rng = variant.rng("autoencoder")
    x = rng.uniform(0.1, 0.9, (n, d))
    return x, [0.7 * rng.normal(size=shape) for shape in ((d, k), (k,), (k, d), (d,))]


def model_of(variant, corruption=None, penalties=(), code=None):
    """Return the autoencoder of the submission with these slots."""
    from tinyae import Autoencoder, Chain

    _, (W, b, V, c) = network(variant)
    encoder = Chain(linear(W, b), unit_class(variant.unit)())
    return Autoencoder(encoder, linear(V, c), output=output_of(variant.output),
                       corruption=corruption, penalties=penalties, code=code)  # fmt: skip


def learned(variant, model):
    """Return loss and gradients of W, b, V, c for one batch."""
    x, _ = network(variant)
    loss = model.loss_and_grad(x, rng=variant.rng("noise"))
    return np.array(loss), *(p for p in _split(variant, model.grad))


def _split(variant, flat):
    _, d, k = variant.sizes
    parts = np.split(flat, np.cumsum([d * k, k, k * d]))
    return [p.reshape(s) for p, s in zip(parts, ((d, k), (k,), (k, d), (d,)), strict=True)]


def by_hand(variant, sigma=0.0, lam=0.0, code_noise=0.0, beta=0.0):
    """Return loss and gradients of W, b, V, c, written out."""
    x, (W, b, V, c) = network(variant)
    rng, n = variant.rng("noise"), len(x)
    noisy = x + sigma * rng.standard_normal(x.shape) if sigma else x
    pre = noisy @ W + b
    h = unit(variant.unit, pre)
    gain = 1.5 if code_noise else 1.0
    z = gain * h + code_noise * rng.standard_normal(h.shape) if code_noise else h
    a = z @ V + c
    if variant.output == "gaussian":
        cost, ga = 0.5 * ((x - a) ** 2).sum(), (a - x) / n
    else:
        r = sigmoid(a)
        cost, ga = -(x * np.log(r) + (1 - x) * np.log(1 - r)).sum(), (r - x) / n
    loss = (cost + lam * np.abs(h).sum() + 0.5 * beta * (h * h).sum()) / n
    gh = gain * (ga @ V.T) + lam * np.sign(h) / n + beta * h / n
    gpre = gh * slope(variant.unit, pre)
    return np.array(loss), noisy.T @ gpre, gpre.sum(axis=0), z.T @ ga, ga.sum(axis=0)


def got_plain(variant):
    return learned(variant, model_of(variant))


def want_plain(variant):
    return by_hand(variant)


def got_denoising(variant):
    from tinyae import GaussianNoise

    return learned(variant, model_of(variant, corruption=GaussianNoise(SIGMA)))


def want_denoising(variant):
    return by_hand(variant, sigma=SIGMA)


def got_sparse(variant):
    from tinyae import L1, GaussianNoise

    halves = (L1(LAM / 2), L1(LAM / 2))
    return learned(variant, model_of(variant, corruption=GaussianNoise(SIGMA), penalties=halves))


def want_sparse(variant):
    return by_hand(variant, sigma=SIGMA, lam=LAM)


def noisy_code(beta):
    """Return a code z = 1.5 u + noise whose cost is half the square of u."""
    from tinyae.criterion.code import Code

    class Noisy(Code):
        has_prior = beta > 0

        def forward(self, u, rng, *, progress=1.0):
            return 1.5 * u + progress * CODE_NOISE * rng.standard_normal(u.shape), None

        def backward(self, gz, cache, costs, weights):
            return 1.5 * gz

        def kl(self, u):
            return 0.5 * (u * u).sum(axis=1)

        def kl_gradient(self, u):
            return u

    code = Noisy()
    object.__setattr__(code, "beta", beta)
    return code


def got_random_code(variant):
    from tinyae import L1

    return learned(variant, model_of(variant, penalties=L1(LAM), code=noisy_code(0.0)))


def want_random_code(variant):
    return by_hand(variant, lam=LAM, code_noise=CODE_NOISE)


def got_prior(variant):
    from tinyae import GaussianNoise

    model = model_of(variant, corruption=GaussianNoise(SIGMA), code=noisy_code(BETA))
    return learned(variant, model)


def want_prior(variant):
    return by_hand(variant, sigma=SIGMA, code_noise=CODE_NOISE, beta=BETA)


def _twice(progress):
    return 2.0 * SIGMA * progress


def got_given(variant):
    from tinyae import GaussianNoise

    x, _ = network(variant)
    model = model_of(variant, corruption=GaussianNoise(_twice), code=noisy_code(0.0))
    model.progress = 0.5
    found = learned(variant, model)
    p = model.forward(x, variant.rng("other"), x + 1.0)
    return *found, p.x, p.x_tilde, p.gh, p.ga


def want_given(variant):
    x, (_, _, V, _) = network(variant)
    zeros = np.zeros((len(x), len(V))), np.zeros_like(x)
    found = by_hand(variant, sigma=SIGMA, code_noise=CODE_NOISE / 2)
    return *found, x, x + 1.0, *zeros


TASK_14 = Task(
    id="14", title="The denoising autoencoder, put together", minutes=75, tutorial="07",
    needs=("01", "02", "03", "04", "11", "13"),
    symbols=(
        Symbol(AUTOENCODER, "Autoencoder.forward",
               "Run one batch x (n, d) through corruption, encoder, code and decoder; return a "
               "`Pass`.\n\n"
               "If `x_tilde` is given, it is the encoder's input and nothing is drawn. Otherwise "
               "it is `corrupted(x, self.corruption, rng, self.progress)`, which is x if there "
               "is no corruption. `self.encoder` gives u. The code h is `self.code.mean` of u, or u "
               "itself if there is no code or its mean is the identity. The input z of the decoder "
               "is drawn by `self.code.forward(u, rng, progress=self.progress)`, and is h without "
               "a code. Draw the corruption first, then the code. The statement shows the fields "
               "of `Pass`. Both adjoints `gh` and `ga` are zeros."),
        Symbol(AUTOENCODER, "Autoencoder.criterion",
               "Return the loss of a pass, one number, and set its adjoints.\n\n"
               "The loss is the mean over the examples of the cost of the output, plus the mean "
               "cost of the code if `self.code.has_prior`, plus every penalty. Add the derivative "
               "of the first term to `p.ga`. Set `p.gu` to the derivative of the second, if there "
               "is one. A penalty adds its own. `p.costs` are the costs divided by n. The weights "
               "`p.weights` are None here."),
        Symbol(AUTOENCODER, "Autoencoder.backward",
               "Return the criterion of a pass and add its gradient into the layers.\n\n"
               "Go back through the decoder, through `code_backward`, and through the encoder. The "
               "caches are in the pass: `decoder_cache` and `unit_cache`. `labels` is None here."),
        Symbol(AUTOENCODER, "Autoencoder.code_backward",
               "Return the adjoint of the encoder's output u, given gz, the adjoint of the "
               "decoder's input.\n\n"
               "Without a code, u and z are h, and the penalties have put their part into `p.gh`. "
               "With a code, `self.code.backward(gz, p.code_cache, p.costs, p.each)` goes back "
               "through the draw. `p.gu` is the part of the code's cost, or None."),
    ),
    statement="14.md",
    level="advanced",
    checks=(
        Check("autoencoder", 1.5, got_plain, want_plain,
              property="loss and gradients of an autoencoder without slots",
              case="two examples, one input and one code unit"),
        Check("denoising", 1.5, got_denoising, want_denoising,
              property="the encoder sees the noisy input, the target is the clean one",
              case="one example and one unit"),
        Check("random code", 1, got_random_code, want_random_code,
              property="the decoder reads the drawn code, penalties read its mean",
              case="one example and one unit with noise on the code"),
        Check("two penalties", 1.5, got_sparse, want_sparse, hidden=True,
              property="every penalty adds to the loss and to the adjoint of the code",
              case="one example, one unit and L1"),
        Check("a code with a cost", 1.5, got_prior, want_prior, hidden=True,
              property="the cost of the code is in the loss and in the gradient",
              case="one example and one unit whose code has a prior"),
        Check("given noise and schedule", 1, got_given, want_given, hidden=True,
              property="a given x_tilde is used as it is, and `progress` reaches the corruption",
              case="one example"),
    ),
    wrong=(
        Wrong("the encoder sees the clean input",
              "The encoder is given x: give it x_tilde, or nothing is denoised.",
              {"Autoencoder.forward": ("self.encoder.forward(x_tilde)", "self.encoder.forward(x)")}),
        Wrong("the noisy input as the target",
              "The target is the noisy input: it is the clean x (14.9). This net learns to copy "
              "the noise.",
              {"Autoencoder.criterion": (
                  "cost, gradient = self.output.cost(p.x, p.a), self.output.gradient(p.x, p.a)",
                  "cost, gradient = self.output.cost(p.x_tilde, p.a), "
                  "self.output.gradient(p.x_tilde, p.a)")}),
        Wrong("sum over the batch",
              "Loss and gradient are n times too large: take the mean over the examples.",
              {"Autoencoder.criterion": ("loss = cost.sum() / len(p.x)\np.ga += gradient / len(p.x)",
                                         "loss = cost.sum()\np.ga += gradient")}),
        Wrong("mean in the loss only",
              "The gradient is n times too large: the 1/n is in the loss only.",
              {"Autoencoder.criterion": ("p.ga += gradient / len(p.x)", "p.ga += gradient")}),
        Wrong("the encoder is left out",
              "The encoder gets no gradient: go on from the code through the encoder.",
              {"Autoencoder.backward": (
                  "self.encoder.backward(self.code_backward(p, gz), p.unit_cache)\n", "")}),
        Wrong("the decoder reads the mean code",
              "The decoder is given the mean of the code: it reads z, the drawn one.",
              {"Autoencoder.forward": ("self.decoder.forward(z)", "self.decoder.forward(h)")}),
        Wrong("penalties without a gradient",
              "The penalties change the loss and not the gradient: add `p.gh` to the adjoint of "
              "the code.",
              {"Autoencoder.code_backward": ("return gz + p.gh", "return gz")}),
        Wrong("penalties lost behind a code",
              "With a code, the part of the penalties is lost: `p.gh` belongs to it as well.",
              {"Autoencoder.code_backward": (
                  "gu + (p.gh if p.h is p.u else self.code.mean.backward(p.gh, p.mean_cache))",
                  "gu")}),
        Wrong("cost of the code without a gradient",
              "The cost of the code changes the loss and not the gradient: add `p.gu`.",
              {"Autoencoder.code_backward": ("return gu if p.gu is None else gu + p.gu",
                                             "return gu")}),
        Wrong("the last penalty only", "Only the last penalty is counted: add all of them.",
              {"Autoencoder.criterion": ("loss = loss + penalty.add(p)",
                                         "loss = loss + (penalty.add(p) if penalty is "
                                         "self.penalties[-1] else 0.0)")}),
        Wrong("the same noise at every pass",
              "The noise does not come from `rng`: every pass then sees the same corruption.",
              {"Autoencoder.forward": ("corrupted(x, self.corruption, rng,",
                                       "corrupted(x, self.corruption, np.random.default_rng(0),")}),
    ),
)  # fmt: skip


TASKS = (TASK_14,)
