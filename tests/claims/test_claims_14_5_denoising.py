"""Denoising pictures: against doing nothing, a median filter and the best linear map (14.2.2, 14.5)."""

from dataclasses import dataclass

import numpy as np
import pytest

from figures.experiments.denoising import learn
from figures.experiments.denoising_baselines import (
    LinearDenoiser,
    mean_and_variance,
    median_filter,
)
from tests.claims.pictures import digits, squares, without_means
from tinyae import (
    Autoencoder,
    BernoulliOutput,
    GaussianNoise,
    GaussianOutput,
    Identity,
    MaskingNoise,
    SaltAndPepperNoise,
)
from tinyae.applications.digits import squared_error
from tinyae.criterion.corruption import Corruption

pytestmark = pytest.mark.claim

LESS = 0.995  # of another's error: the other itself is at 1


def data_of(kind, name, folder):
    """The pictures and the output distribution for one corruption.

    Masking and salt-and-pepper are done to grey values themselves, where 0 is black and 1 white.
    """
    if kind == "digits":
        x, _, fresh, _ = digits(folder, 10_000, 2000) if folder else digits(None, 3000, 500)
        return x, fresh, BernoulliOutput()
    if name == "gaussian":
        return *without_means(*squares(folder)), GaussianOutput()
    return *squares(folder), BernoulliOutput()


# Corruption and the bounds: error / identity's, / the best linear map's, / the median filter's,
# / that of the same net trained without corruption.
CASES = {
    ("digits", "gaussian"): (GaussianNoise(0.5), 0.1, LESS, 0.5, 0.9),
    ("digits", "masking"): (MaskingNoise(0.25), 0.45, LESS, 0.5, 0.9),
    ("digits", "salt-and-pepper"): (SaltAndPepperNoise(0.25), 0.2, LESS, LESS, 0.9),
    ("patches", "gaussian"): (GaussianNoise(1.0), 0.35, LESS, 0.75, 0.5),
    ("patches", "masking"): (MaskingNoise(0.25), 0.3, 0.9, 0.5, 0.5),
    ("patches", "salt-and-pepper"): (SaltAndPepperNoise(0.25), 0.35, LESS, LESS, 0.5),
}


@dataclass(frozen=True)
class OfAnother(Corruption):
    """x̃ is another picture, corrupted: what a net trained with shuffled targets is given."""

    corruption: Corruption

    def corrupt(self, x, rng, *, progress=1.0):
        """Draw x̃."""
        return self.corruption.corrupt(rng.permutation(x), rng, progress=progress)


# What the net is compared with, in the order in which its error and theirs are measured.
CLEAN, SHUFFLED = "the same net trained without corruption", "a net trained with shuffled targets"
OTHERS = ("the identity", "clipped", "a median filter", "the best linear map", "the mean picture",
          CLEAN, SHUFFLED)  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), CASES)
@pytest.mark.slow
def test_denoising(kind, name, claim, full, request):
    """In full MNIST and patches of photographs, 3 seeds; reduced strokes and dead leaves, one."""
    corruption, of_identity, of_linear, of_median, of_clean = CASES[kind, name]
    x, fresh, output = data_of(kind, name, request.getfixturevalue("data_folder") if full else None)
    c = claim(f"S9, {kind}, {name}", "14.5",
              "The corruption prevents a wide denoising autoencoder from copying its input. On "
              f"fresh {kind} its error is smaller than the corrupted picture's, a median "
              "filter's, the best linear map's and that of the same net trained without "
              f"corruption. {corruption!r}")  # fmt: skip
    if kind == "patches" and name == "salt-and-pepper" and not full:
        # Leaves of one grey each are what a median filter is made for: it takes longer to pass it.
        setting = dict(units=256, epochs=40, rate=6e-3, batch_size=50)
    elif kind == "patches":
        setting = dict(units=256, epochs=20 if full else 15, rate=6e-3)
    else:
        setting = dict(units=1000, epochs=8, rate=2e-3, batch_size=100 if full else 50)
    error = {name: [] for name in ("net", *OTHERS)}
    moved = {"net": [], CLEAN: []}
    for seed in c.seeds(3 if full else 1):
        rng = np.random.default_rng(seed)
        model = learn(x, corruption, output, seed, **setting)
        clean = learn(x, None, output, seed, **setting)
        x_tilde = corruption.corrupt(fresh, rng)
        brief = {**setting, "epochs": 2}
        shuffled = learn(x, OfAnother(corruption), output, seed, **brief)
        found = (model.reconstruct(x_tilde), x_tilde, np.clip(x_tilde, x.min(), x.max()),
                 median_filter(x_tilde), LinearDenoiser(x, corruption).reconstruct(x_tilde),
                 np.broadcast_to(x.mean(axis=0), fresh.shape), clean.reconstruct(x_tilde),
                 shuffled.reconstruct(x_tilde))  # fmt: skip
        for values, r in zip(error.values(), found, strict=True):
            values.append(squared_error(fresh, r))
        noise = rng.permuted(fresh, axis=1)  # the pixels of a picture in random places
        spread = ((noise - noise.mean(axis=1, keepdims=True)) ** 2).sum()
        for values, one in zip(moved.values(), (model, clean), strict=True):
            values.append(((one.reconstruct(noise) - noise) ** 2).sum() / spread)
    error = {name: np.array(values) for name, values in error.items()}
    copies = [CLEAN] if kind == "patches" else []  # on digits it removes much of the noise too
    for what, other, bound, imposters in (
        ("error / the corrupted picture's", "the identity", of_identity, copies),
        ("error / the best linear map's", "the best linear map", of_linear, [CLEAN]),
        ("error / a 3 × 3 median filter's", "a median filter", of_median, copies),
        (f"error / that of {CLEAN}", CLEAN, of_clean, ["the identity"]),
    ):
        what = f"{kind}, {name}: {what}"
        c.show(what, error["net"] / error[other], at_most=bound)
        for imposter in (*imposters, "the mean picture", SHUFFLED):
            c.control(imposter, what, error[imposter] / error[other])
    c.quote(f"{kind}, {name}: error / the corrupted picture's, clipped to the range of the data",
            error["net"] / error["clipped"])  # fmt: skip
    what = f"{kind}, {name}: ‖r(u) − u‖² / variance of u, where u has shuffled pixels"
    if copies:
        c.show(what, moved["net"], at_least=0.3)
        c.control(CLEAN, what, moved[CLEAN])
    else:
        c.quote(what, moved["net"])
        c.quote(f"{CLEAN}: {what}", moved[CLEAN])
    c.quote(f"{kind}, {name}: code units / inputs", model.d_code / model.d_in)


@pytest.mark.slow
def test_without_corruption_the_same_net_copies(claim, full, request):
    x, fresh, output = data_of(
        "patches", "gaussian", request.getfixturevalue("data_folder") if full else None
    )
    c = claim("S9, copy", "14.5",
              "If the same overcomplete net is trained without corruption, it learns to copy "
              "its input, and its output contains the noise. Trained with corruption, it does "
              "neither.")  # fmt: skip
    noise = GaussianNoise(1.0)
    copied, kept = {"without": [], "with": []}, {"without": [], "with": []}
    for seed in c.seeds(3 if full else 1):
        x_tilde = noise.corrupt(fresh, np.random.default_rng(seed))
        for name, corruption in (("without", None), ("with", noise)):
            model = learn(
                x, corruption, output, seed, units=256, epochs=20 if full else 15, rate=6e-3
            )
            clean, own = (fresh**2).sum(axis=1).mean(), squared_error(fresh, x_tilde)
            copied[name].append(squared_error(fresh, model.reconstruct(fresh)) / clean)
            kept[name].append(squared_error(fresh, model.reconstruct(x_tilde)) / own)
    for what, found, bounds in (
        ("error on clean patches / mean square of the patches", copied, {"at_most": 0.05}),
        ("error on corrupted patches / error of the corrupted patches themselves", kept,
         {"at_least": 0.7}),
    ):  # fmt: skip
        c.show(what, found["without"], **bounds)
        c.control("the same net trained with corruption", what, found["with"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gaussian", "masking", "salt-and-pepper"])
def test_the_denoising_loss_of_a_linear_net(name, claim, full):
    """Over many corruptions: their mean is a clean loss and their variance a penalty on ∂r/∂x."""
    c = claim("S9, loss", "14.5",
              "For a linear net, the denoising loss equals the loss at the mean corrupted input "
              "plus ½ Σ_i var(x̃_i) ‖∂r/∂x_i‖². With Gaussian noise, it equals the loss without "
              "noise plus ½ σ² ‖∂r/∂x‖² (equations 14.14, 14.16, 14.17).")  # fmt: skip
    p, low, high, sigma = 0.3, -1.0, 2.0, 0.4
    corruption = {"gaussian": GaussianNoise(sigma), "masking": MaskingNoise(p),
                  "salt-and-pepper": SaltAndPepperNoise(p, low, high)}[name]  # fmt: skip
    z, without, doubled = [], [], []
    for seed in c.seeds(10 if full else 3):
        rng = np.random.default_rng(seed)
        model = Autoencoder.dense((6, 8), activation=Identity, rng=rng, corruption=corruption)
        model.theta += 0.2 * rng.standard_normal(model.theta.size)  # biases too
        x = rng.standard_normal((20, 6))
        mean, variance = mean_and_variance(corruption, x)
        slopes = (
            model.decoder.layers[0].params["W"].T @ model.encoder.layers[0].params["W"].T
        )  # ∂r/∂x
        penalty = 0.5 * (variance @ (slopes**2).sum(axis=0)).mean()
        wanted = 0.5 * ((x - model.reconstruct(mean)) ** 2).sum(axis=1).mean() + penalty
        drawn = [model.loss(x, rng=rng) for _ in range(4000)]
        error = np.std(drawn) / len(drawn) ** 0.5
        z.append(abs(np.mean(drawn) - wanted) / error)
        without.append(abs(np.mean(drawn) - wanted + penalty) / error)
        doubled.append(abs(np.mean(drawn) - wanted - penalty) / error)
    what = f"{name}: distance of the mean loss from its closed form (standard errors)"
    c.show(what, z, at_most=4.0, moved="≤ 3 at first, which one of 370 seeds breaks by chance")
    c.control("the closed form without the penalty", what, without)
    c.control("the closed form without the factor ½", what, doubled)
