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
    noise, of_dae, of_linear, of_identity, sizes = GaussianNoise(1.0), [], [], [], []
    for seed in range(3 if full else 1):
        rng = np.random.default_rng(100 + seed)
        x_tilde, errors = noise.corrupt(fresh, rng), []
        for widths, activation in (((64, 100, 100), Tanh), ((64, 257), ReLU)):
            model = Autoencoder.dense(widths, activation=activation, corruption=noise, rng=seed,
                                      dtype=np.float32)  # fmt: skip
            fit(
                model,
                x,
                epochs=20 if full else 40,
                optimizer=Adam(Cosine(6e-3)),
                rng=seed,
                core="auto",
            )
            errors.append(squared_error(fresh, model.reconstruct(x_tilde)))
            sizes.append(model.theta.size)
        linear = LinearDenoiser(x, noise).reconstruct(x_tilde)
        of_dae.append(errors[0] / errors[1])
        of_linear.append(errors[0] / squared_error(fresh, linear))
        of_identity.append(errors[0] / squared_error(fresh, x_tilde))
    c.show("64-100-100-100-64, tanh: error / the corrupted patch's", of_identity, at_most=0.4)
    c.show("its error / the best linear map's", of_linear, at_most=1.0)
    c.show("its error / that of a denoising autoencoder 64-257-64, ReLU", of_dae, at_least=1.0,
           at_most=1.3)  # fmt: skip
    c.quote("number of parameters of both", sizes[:2])


@dataclass(frozen=True)
class NoReconstruction(GaussianOutput):
    """A decoder that is asked for nothing: what remains is the supervised objective."""

    def cost(self, x, a):
        """Zero for each example."""
        return np.zeros(len(a), a.dtype)

    def gradient(self, x, a):
        """Zero."""
        return np.zeros_like(a)


NOISE, DIGIT_WEIGHT = NoisyCode(1.0), Classifier(10, weight=10.0)
HYBRIDS = {
    "supervised only": (Identity, {"output": NoReconstruction()}),
    "noise only": (Identity, {"output": NoReconstruction(), "code": NOISE}),
    "reconstruction only": (Identity, {}),
    "noise and reconstruction": (Identity, {"code": NOISE}),
    "supervised only, rectified units": (ReLU, {"output": NoReconstruction()}),
    "denoising autoencoder with a head": (ReLU, {"corruption": MaskingNoise(0.25)}),
}


@pytest.mark.real_data
@pytest.mark.slow
def test_the_hybrid_of_reconstruction_and_noise(claim, full, data_folder):
    """Inayoshi and Kurita (2005). 500 labelled digits of MNIST; reduced: 2 seeds instead of 10.

    Noise, weight and corruption were chosen on other subsets (seeds 0 to 12).
    """
    x, y, fresh, labels = digits(data_folder, 20_000, 10_000)
    c = claim("S34, hybrid", "14.5.1.1",
              "When labels are few, a linear encoder classifies better if it is also trained on "
              "reconstruction and if noise is added to its hidden layer. A denoising "
              "autoencoder, whose encoder may be non-linear, classifies better still.")  # fmt: skip
    accuracy = {name: [] for name in HYBRIDS}
    for seed in range(100, 110 if full else 102):
        few = np.random.default_rng(seed).choice(len(x), 500, replace=False)
        for name, (activation, slots) in HYBRIDS.items():
            model = Autoencoder.dense((784, 100), activation=activation, head=DIGIT_WEIGHT, rng=seed,
                                      dtype=np.float32, **slots)  # fmt: skip
            fit(model, (x[few], y[few]), epochs=60, batch_size=50, rng=seed,
                optimizer=Adam(Cosine(2e-3)), core="auto")  # fmt: skip
            accuracy[name].append((model.classify(fresh).argmax(axis=1) == labels).mean())
    for name, values in accuracy.items():
        c.quote(f"{name}: accuracy", values)
    mean = {name: np.mean(values) for name, values in accuracy.items()}
    both, plain = accuracy["noise and reconstruction"], mean["supervised only"]
    c.quote("noise and reconstruction − supervised only, seed by seed",
            np.array(both) - accuracy["supervised only"])  # fmt: skip
    c.show(
        "noise and reconstruction − supervised only, mean accuracy",
        np.mean(both) - plain,
        at_least=0.002,
    )
    dae = mean["denoising autoencoder with a head"]
    c.quote("denoising autoencoder − supervised only with rectified units, mean accuracy",
            dae - mean["supervised only, rectified units"])  # fmt: skip
    c.quote("noise only − supervised only, mean", mean["noise only"] - plain)
    c.quote("reconstruction only − supervised only, mean", mean["reconstruction only"] - plain)
    c.show("denoising autoencoder − noise and reconstruction, mean accuracy",
           dae - np.mean(both), at_least=0.0)  # fmt: skip


@pytest.mark.slow
def test_the_recurrent_denoiser(claim, full, request):
    """Behnke (2001). Reduced: one seed, 2500 strokes, fewer units.

    Three quarters of the pixels are missing. With half of them missing, or on patches, the iteration
    still gained on its own first step, but the one-step net of equal size was the better one: by 3 %
    on MNIST, by 3 to 27 % on photographs (one seed each).
    """
    folder = request.getfixturevalue("data_folder") if full else None
    x, _, fresh, _ = digits(folder, 8000 if full else 2500, 1000)
    c = claim("S34, recurrent", "14.5.1.1",
              "A recurrent net fills in missing pixels (three of four) step by step. Its error "
              "after three steps is smaller than after the first, and no larger than the error "
              "of a denoising autoencoder with the same number of parameters. Further steps "
              "hardly change its error. If the denoising autoencoder is applied to its own "
              "output, its error grows.")  # fmt: skip
    k, noise, steps = 150 if full else 100, MaskingNoise(0.75), 3
    rows = {t: [] for t in range(1, steps + 1)}
    best, longer, again, of_dae = [], [], [], []
    for seed in range(3 if full else 1):
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
        x_tilde = noise.corrupt(fresh, np.random.default_rng(100 + seed))
        own = squared_error(fresh, x_tilde)
        errors = [squared_error(fresh, y) / own for y in recurrent.iterates(x_tilde, 2 * steps)]
        for t in rows:
            rows[t].append(errors[t])
        once = single.reconstruct(x_tilde)
        best.append(errors[steps] / errors[1])
        longer.append(errors[2 * steps] / errors[steps])
        again.append(squared_error(fresh, single.reconstruct(once)) / squared_error(fresh, once))
        of_dae.append(errors[steps] * own / squared_error(fresh, once))
    for t, values in rows.items():
        c.quote(f"error after step {t} / the corrupted picture's", values)
    c.show("error after 3 steps / after the first", best, at_most=0.97)
    c.show("error after 6 steps / after 3", longer, at_most=1.05)
    c.show("denoising autoencoder: error of the second pass / of the first", again, at_least=1.2)
    c.show("3 steps / denoising autoencoder with as many parameters", of_dae, at_most=1.01)
    c.quote("number of parameters of both", [recurrent.theta.size, single.theta.size])
