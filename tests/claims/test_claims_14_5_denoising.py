"""Denoising pictures: against doing nothing, a median filter and the best linear map (14.2.2, 14.5)."""

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

pytestmark = pytest.mark.claim


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


# corruption and the bounds: error / identity's, / the best linear map's, / the median filter's
CASES = {
    ("digits", "gaussian"): (GaussianNoise(0.5), 0.1, 1.0, 0.5),
    ("digits", "masking"): (MaskingNoise(0.25), 0.45, 1.0, 0.5),
    ("digits", "salt-and-pepper"): (SaltAndPepperNoise(0.25), 0.2, 1.0, 1.0),
    ("patches", "gaussian"): (GaussianNoise(1.0), 0.35, 1.0, 0.75),
    ("patches", "masking"): (MaskingNoise(0.25), 0.3, 0.9, 0.5),
    ("patches", "salt-and-pepper"): (SaltAndPepperNoise(0.25), 0.35, 1.0, 1.0),
}


@pytest.mark.parametrize(("kind", "name"), CASES)
@pytest.mark.slow
def test_denoising(kind, name, claim, full, request):
    """In full MNIST and patches of photographs, 3 seeds; reduced strokes and dead leaves, one."""
    corruption, of_identity, of_linear, of_median = CASES[kind, name]
    x, fresh, output = data_of(kind, name, request.getfixturevalue("data_folder") if full else None)
    c = claim(f"S9, {kind}, {name}", "14.5",
              "The corruption prevents a wide denoising autoencoder from copying its input. On "
              f"fresh {kind} its error is smaller than the corrupted picture's, a median "
              f"filter's and the best linear map's. {corruption!r}")  # fmt: skip
    if kind == "patches" and name == "salt-and-pepper" and not full:
        # Leaves of one grey each are what a median filter is made for: it takes longer to pass it.
        setting = dict(units=256, epochs=40, rate=6e-3, batch_size=50)
    elif kind == "patches":
        setting = dict(units=256, epochs=20 if full else 15, rate=6e-3)
    elif full:
        setting = dict(units=1000, epochs=8, rate=2e-3)
    else:
        setting = dict(units=300, epochs=8, rate=5e-3, batch_size=50)
    ratios = {"identity": [], "linear": [], "median": [], "clipped": []}
    moved = []
    for seed in range(3 if full else 1):
        rng = np.random.default_rng(100 + seed)
        model = learn(x, corruption, output, seed, **setting)
        x_tilde = corruption.corrupt(fresh, rng)
        error = squared_error(fresh, model.reconstruct(x_tilde))
        others = {
            "identity": x_tilde,
            "clipped": np.clip(x_tilde, x.min(), x.max()),
            "median": median_filter(x_tilde),
            "linear": LinearDenoiser(x, corruption).reconstruct(x_tilde),
        }
        for other, r in others.items():
            ratios[other].append(error / squared_error(fresh, r))
        noise = rng.permuted(fresh, axis=1)  # the pixels of a picture in random places
        spread = ((noise - noise.mean(axis=1, keepdims=True)) ** 2).sum()
        moved.append(((model.reconstruct(noise) - noise) ** 2).sum() / spread)
    c.show("error / the corrupted picture's", ratios["identity"], at_most=of_identity)
    c.show("error / the best linear map's", ratios["linear"], at_most=of_linear)
    c.show("error / a 3 × 3 median filter's", ratios["median"], at_most=of_median)
    c.quote("error / the corrupted picture's, clipped to the range of the data", ratios["clipped"])
    c.show(
        "r is not the identity: ‖r(u) − u‖² / variance of u, where u has shuffled pixels",
        moved,
        at_least=0.3,
    )
    wide = model.d_code / model.d_in
    if kind == "patches":
        c.show("overcomplete: code units / inputs", wide, at_least=4)
    else:
        c.quote("code units / inputs", wide)


@pytest.mark.slow
def test_without_corruption_the_same_net_copies(claim, full, request):
    x, fresh, output = data_of(
        "patches", "gaussian", request.getfixturevalue("data_folder") if full else None
    )
    c = claim("S9, copy", "14.5",
              "If the same overcomplete net is trained without corruption, it learns to copy "
              "its input, and its output contains the noise.")  # fmt: skip
    noise, plain, copied = GaussianNoise(1.0), [], []
    for seed in range(3 if full else 1):
        model = learn(x, None, output, seed, units=256, epochs=20 if full else 15, rate=6e-3)
        x_tilde = noise.corrupt(fresh, np.random.default_rng(100 + seed))
        copied.append(
            squared_error(fresh, model.reconstruct(fresh)) / (fresh**2).sum(axis=1).mean()
        )
        plain.append(
            squared_error(fresh, model.reconstruct(x_tilde)) / squared_error(fresh, x_tilde)
        )
    c.show("error on clean patches / mean square of the patches", copied, at_most=0.05)
    c.show(
        "error on corrupted patches / error of the corrupted patches themselves",
        plain,
        at_least=0.7,
    )


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
    z, size = [], []
    for seed in range(10 if full else 3):
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
        size.append(penalty / error)
    c.show(
        f"{name}: distance of the mean loss from its closed form (standard errors)", z, at_most=3.0
    )
    c.show(f"{name}: the penalty itself (standard errors)", size, at_least=30.0)
