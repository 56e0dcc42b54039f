"""The forerunners of denoising autoencoders, each through the same kit, each beside one (14.5.1.1)."""

from dataclasses import dataclass

import numpy as np
import pytest

from figures.experiments.denoising_baselines import LinearDenoiser
from tests.claims.pictures import digits, squares, without_means
from tinyae import (
    Adam,
    Autoencoder,
    BernoulliOutput,
    Classifier,
    GaussianNoise,
    GaussianOutput,
    Identity,
    MaskingNoise,
    NoisyCode,
    ReLU,
    Tanh,
    fit,
)
from tinyae.applications.digits import squared_error
from tinyae.models import RecurrentDenoiser
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


DEEP, WIDE = ((64, 100, 100), Tanh), ((64, 257), ReLU)


def patch_denoiser(shape, x, noise, seed, epochs):
    """A net of this shape after so many epochs on patches x; 0 leaves it untrained."""
    widths, activation = shape
    model = Autoencoder.dense(widths, activation=activation, corruption=noise, rng=seed,
                              dtype=np.float32)  # fmt: skip
    if epochs:
        fit(model, x, epochs=epochs, optimizer=Adam(Cosine(6e-3)), rng=seed, core="auto")
    return model


@pytest.mark.slow
def test_the_mlp_denoiser(claim, full, request):
    """LeCun (1987), Gallinari et al. (1987): a net with hidden layers, trained to undo noise.

    Reduced: one seed, and dead leaves for photographs; there are fewer of them, to be seen more often.
    """
    x, fresh = without_means(*squares(request.getfixturevalue("data_folder") if full else None))
    c = claim("S34, MLP", "14.5.1.1",
              "A multilayer net that is trained to denoise patches is an autoencoder with "
              "corruption. Its purpose is the clean picture, so its hidden layers do not have "
              "to form a useful code. It removes most of the noise, and more than the best "
              "linear map removes. It removes less than a denoising autoencoder of one wide "
              "layer with the same number of parameters.")  # fmt: skip
    noise, epochs = GaussianNoise(1.0), 20 if full else 40
    names = ("deep", "wide", "untrained", "linear", "none")
    errors = {name: [] for name in names}
    *seeds, other = c.seeds(4 if full else 2)
    for seed in seeds:
        x_tilde = noise.corrupt(fresh, np.random.default_rng(seed))
        nets = [
            patch_denoiser(shape, x, noise, seed, n)
            for shape, n in ((DEEP, epochs), (WIDE, epochs), (DEEP, 0))
        ]
        found = [net.reconstruct(x_tilde) for net in nets]
        found += [LinearDenoiser(x, noise).reconstruct(x_tilde), x_tilde]
        for name, r in zip(names, found, strict=True):
            errors[name].append(squared_error(fresh, r))
    second = patch_denoiser(WIDE, x, noise, other, epochs).reconstruct(x_tilde)
    deep, wide, untrained, linear, none = map(np.array, errors.values())
    what = "64-100-100-100-64, tanh: error / the corrupted patch's"
    c.show(
        what, deep / none, at_most=0.4, moved="≤ 0.35 at first, widened after the first full run"
    )
    c.control("the net before training", what, untrained / none)
    what = "its error / the best linear map's"
    c.show(what, deep / linear, at_most=0.995)
    c.control("the net before training", what, untrained / linear)
    c.control("the corrupted patch", what, none / linear)
    what = "its error / that of a denoising autoencoder 64-257-64, ReLU"
    c.show(what, deep / wide, at_least=1.05, at_most=1.3,
           moved="at first between 0.8 and 1.2, that is, neither was expected to be better")  # fmt: skip
    c.control("a second wide net", what, squared_error(fresh, second) / wide[-1])
    c.control("the net before training", what, untrained / wide)
    c.quote("number of parameters of both", [net.theta.size for net in nets[:2]])


@dataclass(frozen=True)
class NoReconstruction(GaussianOutput):
    """A decoder that is asked for nothing: what remains is the supervised objective."""

    def cost(self, x, a):
        """Zero for each example."""
        return np.zeros(len(a), a.dtype)

    def gradient(self, x, a):
        """Zero."""
        return np.zeros_like(a)


@dataclass(frozen=True)
class Strength:
    """How strong the noise on the code, the labels against reconstruction, and the masking are."""

    sigma: float = 0.0
    weight: float = 30.0
    fraction: float = 0.0


SIGMAS, WEIGHTS, FRACTIONS = (1.0, 2.0, 4.0), (10.0, 30.0, 100.0), (0.25, 0.5, 0.75)
# Unit, whether the input is reconstructed, and the strengths that are compared on validation rows.
HYBRIDS = {
    "supervised only": (Identity, False, [Strength()]),
    "noise only": (Identity, False, [Strength(sigma) for sigma in SIGMAS]),
    "reconstruction only": (Identity, True, [Strength(0.0, weight) for weight in WEIGHTS]),
    "noise and reconstruction": (
        Identity, True, [Strength(sigma, weight) for sigma in SIGMAS for weight in WEIGHTS]),
    "supervised only, rectified units": (ReLU, False, [Strength()]),
    "denoising autoencoder with a head": (
        ReLU, True, [Strength(0.0, weight, p) for weight in WEIGHTS for p in FRACTIONS]),
}  # fmt: skip
COMPARED = ("supervised only", "noise and reconstruction", "supervised only, rectified units",
            "denoising autoencoder with a head")  # fmt: skip


def classifier(kind, strength, x, y, seed):
    """A net with a softmax head after training on x (500, 784) and labels y."""
    unit, reconstructs, _ = HYBRIDS[kind]
    model = Autoencoder.dense(
        (784, 100), activation=unit, head=Classifier(10, weight=strength.weight), rng=seed,
        output=GaussianOutput() if reconstructs else NoReconstruction(),
        code=NoisyCode(strength.sigma) if strength.sigma else None,
        corruption=MaskingNoise(strength.fraction) if strength.fraction else None,
        dtype=np.float32,
    )  # fmt: skip
    fit(model, (x, y), epochs=60, batch_size=50, rng=seed, optimizer=Adam(Cosine(2e-3)),
        core="auto")  # fmt: skip
    return model


def accuracy(kind, strength, rows, test, seed, shuffled=False):
    """The share of right labels on test rows after training on 500 of the rows."""
    (x, y), (fresh, labels) = rows, test
    rng = np.random.default_rng(seed)
    few = rng.choice(len(x), 500, replace=False)
    given = rng.permutation(y[few]) if shuffled else y[few]
    model = classifier(kind, strength, x[few], given, seed)
    return float((model.classify(fresh).argmax(axis=1) == labels).mean())


def best_strength(kind, rows, valid, seeds, full):
    """The strength with the highest mean accuracy on validation rows over these seeds.

    Reduced: the labels have the middle one of their weights.
    """
    candidates = [one for one in HYBRIDS[kind][2] if full or one.weight == WEIGHTS[1]]
    if len(candidates) == 1:
        return candidates[0]
    means = [
        np.mean([accuracy(kind, strength, rows, valid, seed) for seed in seeds])
        for strength in candidates
    ]
    return candidates[int(np.argmax(means))]


@pytest.mark.real_data
@pytest.mark.slow
def test_the_hybrid_of_reconstruction_and_noise(claim, full, data_folder):
    """Inayoshi and Kurita (2005). 500 labelled digits of MNIST; reduced: 4 seeds instead of 10."""
    x, y, fresh, labels = digits(data_folder, 20_000, 10_000)
    rows, valid, test = (x[:10_000], y[:10_000]), (x[10_000:], y[10_000:]), (fresh, labels)
    c = claim("S34, hybrid", "14.5.1.1",
              "When labels are few, a linear encoder classifies better if it is also trained on "
              "reconstruction and if noise is added to its hidden layer. "
              "An encoder of rectified units classifies better if it is part of a "
              "denoising autoencoder, and better than the linear one does.",
              on="500 labelled digits of MNIST, 100 hidden units. The strengths of the noise, of "
                 "the labels and of the masking are the best of three each on 10 000 other training "
                 "digits, with other seeds; 10 000 test digits")  # fmt: skip
    n, choosing = (10, 3) if full else (4, 1)
    seeds = c.seeds(n + choosing)
    seeds, others = seeds[:n], seeds[n:]
    found = {
        kind: np.array([accuracy(kind, strength, rows, test, seed) for seed in seeds])
        for kind in (HYBRIDS if full else COMPARED)
        for strength in [best_strength(kind, rows, valid, others, full)]
    }
    for kind in HYBRIDS:
        c.quote(f"{kind}: accuracy", found.get(kind))
    plain, both, rectified, dae = (found[kind] for kind in COMPARED)
    for kind in ("noise only", "reconstruction only"):
        c.quote(f"{kind} − supervised only, mean",
                (found[kind] - plain).mean() if full else None)  # fmt: skip
    shuffled = accuracy(COMPARED[1], Strength(1.0), rows, test, seeds[0], shuffled=True)
    for what, better, worse, least, moved in (
        ("noise and reconstruction − supervised only", both, plain, 0.0,
         "≥ 0.002 at first, with strengths that had been chosen on test digits"),
        ("denoising autoencoder − supervised only with rectified units", dae, rectified, 0.002, ""),
        ("denoising autoencoder − noise and reconstruction", dae, both, 0.007,
         "≥ 0.002 at first, raised because rectified units with labels alone reach that"),
    ):  # fmt: skip
        c.quote(f"{what}, seed by seed", better - worse)
        c.show(f"{what}, mean accuracy", (better - worse).mean(), at_least=least, moved=moved)
        if worse is both:
            imposter = "rectified units, supervised only"
            c.control(imposter, f"{what}, mean accuracy", (rectified - worse).mean())
        if worse is not plain:
            imposter = "the linear encoder, supervised only"
            c.control(imposter, f"{what}, mean accuracy", (plain - worse).mean())
        c.control("shuffled labels", f"{what}, mean accuracy", shuffled - worse.mean())
    c.quote("gain of the denoising autoencoder − gain of the linear hybrid, mean accuracy",
            ((dae - rectified) - (both - plain)).mean())  # fmt: skip


@pytest.mark.slow
def test_the_recurrent_denoiser(claim, full, request):
    """Behnke (2001). Reduced: one seed, 2500 strokes, fewer units."""
    folder = request.getfixturevalue("data_folder") if full else None
    x, _, fresh, _ = digits(folder, 8000 if full else 2500, 1000)
    c = claim("S34, recurrent", "14.5.1.1",
              "A recurrent net fills in missing pixels (three of four) step by step. Its error "
              "after three steps is smaller than after the first, and about that of a denoising "
              "autoencoder with the same number of parameters. Further steps hardly change its "
              "error. If the denoising autoencoder is applied to its own "
              "output, its error grows.",
              on="three quarters of the pixels are missing. This was chosen because recurrence pays "
                 "there: with half of the pixels missing, or on patches of photographs, the net "
                 "with one step had the smaller error")  # fmt: skip
    k, noise, steps = 150 if full else 100, MaskingNoise(0.75), 3
    rows = {t: [] for t in range(1, steps + 1)}
    best, longer, again, of_dae = [], [], [], []
    first_of_dae, second, dae_best, dae_longer = [], [], [], []
    for seed in c.seeds(3 if full else 1):
        options = dict(
            output=BernoulliOutput(), activation=ReLU, corruption=noise, rng=seed, dtype=np.float32
        )
        recurrent = RecurrentDenoiser.dense((784, k), steps=steps, **options)
        single = Autoencoder.dense((784, 3 * k // 2), **options)
        for model in (recurrent, single):
            fit(
                model,
                x,
                epochs=8,
                batch_size=100 if full else 50,
                rng=seed,
                optimizer=Adam(Cosine(2e-3)),
                core="auto",
            )
        x_tilde = noise.corrupt(fresh, np.random.default_rng(seed))
        own = squared_error(fresh, x_tilde)
        errors = [squared_error(fresh, y) / own for y in recurrent.iterates(x_tilde, 2 * steps)]
        for t in rows:
            rows[t].append(errors[t])
        passes = [x_tilde]  # of the denoising autoencoder through itself
        for _ in range(2 * steps):
            passes.append(single.reconstruct(passes[-1]))
        dae = [squared_error(fresh, y) / own for y in passes]
        best.append(errors[steps] / errors[1])
        longer.append(errors[2 * steps] / errors[steps])
        second.append(errors[2] / errors[1])
        again.append(dae[2] / dae[1])
        dae_best.append(dae[steps] / dae[1])
        dae_longer.append(dae[2 * steps] / dae[steps])
        of_dae.append(errors[steps] / dae[1])
        first_of_dae.append(errors[1] / dae[1])
    for t, values in rows.items():
        c.quote(f"error after step {t} / the corrupted picture's", values)
    itself = "a denoising autoencoder applied to its own output"
    what = "error after 3 steps / after the first"
    c.show(what, best, at_most=0.97)
    c.control(itself, what, dae_best)
    what = "error after 6 steps / after 3"
    c.show(what, longer, at_most=1.05)
    c.control(itself, what, dae_longer)
    what = "denoising autoencoder: error of the second pass / of the first"
    c.show(what, again, at_least=1.2)
    c.control("the recurrent net", what, second)
    what = "3 steps / denoising autoencoder with as many parameters"
    c.show(what, of_dae, at_most=1.025,
           moved="≤ 1.02 at first, later ≤ 1.01, which a fresh seed broke")  # fmt: skip
    c.control("the recurrent net after one step", what, first_of_dae)
    c.quote("number of parameters of both", [recurrent.theta.size, single.theta.size])
