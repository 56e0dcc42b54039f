"""Contractive autoencoders: what the penalty does to Jacobian, code and weights (section 14.7)."""

import numpy as np
import pytest

from figures.experiments.tied_digits import learn
from tests.claims.networks import Network, accuracy
from tinyae import (
    L1,
    Adam,
    Autoencoder,
    BernoulliOutput,
    CategoricalOutput,
    Chain,
    Contractive,
    GaussianNoise,
    HigherOrderContractive,
    Identity,
    KLSparsity,
    Linear,
    ReconstructionContractive,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
    WeightDecay,
    fit,
    gradcheck,
    minimize,
)
from tinyae.datasets import mnist, strokes
from tinyae.nn import Glorot, Normal
from tinyae.nn.jacobian import jacobian
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


@pytest.fixture(scope="module")
def digits(data_folder):
    """Training digits, their labels, 2000 test digits and their labels, in float32."""
    x, y = mnist(data_folder / "mnist", dtype=np.float32)
    test, labels = mnist(data_folder / "mnist", "test", dtype=np.float32)
    return x, y, test[:2000], labels[:2000]


def contraction(model, x):
    """Mean of Σ_j s_j² ‖W_j‖², the closed form of ‖J‖² for one sigmoid layer, and the share of
    saturated units.
    """
    h, W = model.encode(x), model.encoder.layers[0].params["W"]
    s = h * (1 - h)
    return ((s * s) @ (W * W).sum(axis=0)).mean(), ((h < 0.05) | (h > 0.95)).mean()


def nats(model, x):
    """Mean −log p(x | f(x)) without noise or penalty."""
    return model.output.cost(x, model.decoder.forward(model.encode(x))[0]).mean()


def squared(model, x):
    """Mean ‖x − r(x)‖² without noise."""
    return ((x - model.reconstruct(x)) ** 2).sum(axis=1).mean()


@pytest.mark.real_data
@pytest.mark.slow
def test_contraction_on_digits(claim, full, digits):
    c = claim("S10", "14.7",
              "The contractive penalty makes a digit's code much less sensitive to its input "
              "than plain training, denoising or weight decay do. It does so by saturating the "
              "units.",
              "10 000 MNIST digits, 1000 tied sigmoid units, contraction with λ = 1, weight decay with "
              "λ = 0.001, denoising with σ = 0.3 (reduced: 3000 digits, 300 units, λ = 2).")  # fmt: skip
    x, _, test, _ = digits
    # The contraction is summed over units, so fewer of them take a larger weight.
    units, n, epochs, batch, lam = (1000, 10_000, 6, 125, 1.0) if full else (300, 3000, 4, 40, 2.0)
    slots = {
        "plain": {},
        "weight decay": {"penalties": WeightDecay(1e-3)},
        "denoising": {"corruption": GaussianNoise(0.3)},
        "contractive": {"penalties": Contractive(lam)},
    }
    norms, saturated, costs, errors = ({name: [] for name in slots} for _ in range(4))
    for seed in range(3 if full else 1):
        for name, slot in slots.items():
            model = learn(
                x[:n], units, seed=seed, epochs=epochs, rate=5e-3, batch_size=batch, **slot
            )
            norm, share = contraction(model, test)
            norms[name].append(norm)
            saturated[name].append(share)
            costs[name].append(nats(model, test))
            errors[name].append(squared(model, test))
    norms = {name: np.array(values) for name, values in norms.items()}
    c.show("‖J‖² on test digits, contractive / plain", norms["contractive"] / norms["plain"],
           at_most=0.1)  # fmt: skip
    c.show("saturated units, contractive − plain (share)",
           np.array(saturated["contractive"]) - saturated["plain"], at_least=0.2)  # fmt: skip
    c.show("‖J‖², contractive / denoising", norms["contractive"] / norms["denoising"], at_most=0.5)
    c.show("‖J‖², denoising / weight decay", norms["denoising"] / norms["weight decay"],
           at_most=0.97)  # fmt: skip
    c.show("‖J‖², weight decay / plain", norms["weight decay"] / norms["plain"], at_most=0.97)
    for name in slots:
        c.quote(f"‖J‖², {name}", norms[name])
        c.quote(f"saturated units, {name}", saturated[name])
        c.quote(f"reconstruction cost (nats), {name}", costs[name])
        c.quote(f"squared error, {name}", errors[name])


@pytest.mark.real_data
@pytest.mark.slow
def test_contraction_at_equal_reconstruction(claim, full, digits):
    c = claim("S10", "14.7",
              "Here each penalty is as strong as possible if the reconstruction cost on "
              "validation digits may increase by at most a fifth. The code is still least "
              "sensitive with contraction. Weight decay gives nearly as little sensitivity, and "
              "denoising gives more sensitivity than weight decay.",
              "4000 MNIST digits, 300 tied sigmoid units (reduced: 1500, 100); the strengths of "
              "the penalties are chosen on 1000 other digits, separately for each seed.")  # fmt: skip
    x, _, test, _ = digits
    units, n = (300, 4000) if full else (100, 1500)
    held_out = x[-1000:]
    kinds = {
        "contractive": (0.2, 1.6, lambda lam: {"penalties": Contractive(lam)}),
        "denoising": (0.3, 1.2, lambda sigma: {"corruption": GaussianNoise(sigma)}),
        "weight decay": (0.004, 0.064, lambda lam: {"penalties": WeightDecay(lam)}),
    }
    norms, costs = ({name: [] for name in ("plain", *kinds)} for _ in range(2))
    for seed in range(3 if full else 1):
        setting = {"seed": seed, "epochs": 4, "rate": 5e-3, "batch_size": 40}
        chosen = {"plain": learn(x[:n], units, **setting)}
        limit = 1.2 * nats(chosen["plain"], held_out)
        for name, (low, high, slot) in kinds.items():
            for _ in range(4):  # bisect the logarithm of the strength
                middle = (low * high) ** 0.5
                model = learn(x[:n], units, **setting, **slot(middle))
                if nats(model, held_out) <= limit:
                    low, chosen[name] = middle, model
                else:
                    high = middle
        for name in norms:
            norms[name].append(contraction(chosen[name], test)[0])
            costs[name].append(nats(chosen[name], test) / nats(chosen["plain"], test))
    norms = {name: np.array(values) for name, values in norms.items()}
    for name in kinds:
        c.show(f"reconstruction cost on test digits over plain's, {name}", costs[name],
               at_least=1.05, at_most=1.25)  # fmt: skip
    c.show("at equal reconstruction: ‖J‖², contractive / denoising",
           norms["contractive"] / norms["denoising"], at_most=0.8)  # fmt: skip
    c.show("at equal reconstruction: ‖J‖², contractive / weight decay",
           norms["contractive"] / norms["weight decay"], at_most=1.0)  # fmt: skip
    c.show("at equal reconstruction: ‖J‖², denoising / plain",
           norms["denoising"] / norms["plain"], at_most=0.9)  # fmt: skip
    c.show("at equal reconstruction: ‖J‖², weight decay / plain",
           norms["weight decay"] / norms["plain"], at_most=0.9)  # fmt: skip
    c.show("at equal reconstruction: ‖J‖², denoising / weight decay",
           norms["denoising"] / norms["weight decay"], at_least=1.1,
           wanted="below 1, the published order")  # fmt: skip


def linear_accuracy(codes, labels, test_codes, test_labels):
    """Test accuracy of softmax regression on standardised codes."""
    mean, scale = codes.mean(axis=0), codes.std(axis=0) + 1e-3
    model = Network(Linear(codes.shape[1], 10, rng=0, init=Normal(0.0)), CategoricalOutput())
    rows = (((codes - mean) / scale).astype(float), np.eye(10)[labels])
    fit(model, rows, epochs=30, batch_size=50, optimizer=Adam(Cosine(5e-3)), core="auto")
    return accuracy(model.predict((test_codes - mean) / scale), test_labels)


def halved(x):
    """28 × 28 digits averaged down to 14 × 14, rows of 196."""
    return x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)


def sensitivity(model, x):
    """Mean ‖∂h/∂x‖² and mean ‖∂r/∂x‖², by exact tangents."""
    net = Chain(model.encoder, model.decoder, model.output.mean)
    return [(jacobian(part, x) ** 2).sum(axis=(1, 2)).mean() for part in (model.encoder, net)]


@pytest.mark.real_data
@pytest.mark.slow
def test_contracting_the_code_or_the_reconstruction(claim, full, digits):
    c = claim("S11", "14.7",
              "The contractive penalty can apply to the encoder f or to the whole map g∘f. Each "
              "makes its own map less sensitive, with about the same reconstruction error. "
              "Neither code is classified better than the other, than the code without "
              "contraction, or than the pixels.",
              "2000 MNIST digits of 14 × 14, 80 tied sigmoid units (reduced: one net each), λ = 0.5 for f "
              "and 0.8 for g∘f, softmax regression on 2000 labels.")  # fmt: skip
    x, y, test, labels = digits
    n, units = 2000, 80  # fewer would leave the accuracies to chance
    few, test = halved(x[:n]), halved(test)
    penalties = {"plain": (), "f": Contractive(0.5), "g∘f": ReconstructionContractive(0.8)}
    norms, errors, accuracies = ({name: [] for name in penalties} for _ in range(3))
    for seed in range(3 if full else 1):
        for name, penalty in penalties.items():
            model = learn(
                few, units, seed=seed, epochs=8, rate=1e-2, batch_size=25, penalties=penalty
            )
            norms[name].append(sensitivity(model, test[:100]))
            errors[name].append(squared(model, test))
            accuracies[name].append(
                linear_accuracy(model.encode(few), y[:n], model.encode(test), labels)
            )
    norms = {name: np.array(values) for name, values in norms.items()}
    c.show("squared error, contracting f / contracting g∘f",
           np.array(errors["f"]) / errors["g∘f"], at_least=0.8, at_most=1.25)  # fmt: skip
    c.show("‖∂h/∂x‖², contracting f / plain", norms["f"][:, 0] / norms["plain"][:, 0], at_most=0.9)
    c.show("‖∂r/∂x‖², contracting g∘f / plain", norms["g∘f"][:, 1] / norms["plain"][:, 1],
           at_most=0.9)  # fmt: skip
    c.show("‖∂h/∂x‖², contracting f / contracting g∘f", norms["f"][:, 0] / norms["g∘f"][:, 0],
           at_most=0.9)  # fmt: skip
    c.show("‖∂r/∂x‖², contracting g∘f / contracting f", norms["g∘f"][:, 1] / norms["f"][:, 1],
           at_most=0.9)  # fmt: skip
    pixels = linear_accuracy(few, y[:n], test, labels)
    accuracies = {name: np.array(values) for name, values in accuracies.items()}
    c.show("test accuracy on the code, contracting f − contracting g∘f",
           accuracies["f"] - accuracies["g∘f"], at_least=-0.03, at_most=0.03)  # fmt: skip
    for name in ("f", "g∘f"):
        c.show(f"test accuracy on the code, contracting {name} − plain",
               accuracies[name] - accuracies["plain"], at_most=0.03)  # fmt: skip
        c.show(f"test accuracy, the code when contracting {name} − pixels",
               accuracies[name] - pixels, at_most=0.03)  # fmt: skip
    for name in penalties:
        c.quote(f"squared error, {name}", errors[name])
        c.quote(f"test accuracy of a linear classifier on the code, {name}", accuracies[name])
    c.quote("test accuracy of a linear classifier on the pixels", pixels)


@pytest.mark.slow
def test_deep_contraction_is_exact(claim, full):
    c = claim("S13", "14.7",
              "The contractive penalty of a whole deep encoder can be trained exactly, without "
              "the layer-by-layer approximation.")  # fmt: skip
    for depth in (2, 3):
        worst = []
        for seed in range(5 if full else 2):
            for unit in (Sigmoid, Tanh, Softplus, ReLU):
                for tied in (True, False):
                    rng = np.random.default_rng(seed)
                    model = Autoencoder.dense((6, 5, 4, 3)[: depth + 1], activation=unit, rng=seed,
                                              tied=tied, penalties=Contractive(0.7))  # fmt: skip
                    model.theta[...] += 0.3 * rng.standard_normal(model.theta.size)
                    report = gradcheck(model, rng.normal(size=(5, 6)))
                    worst.append(report.max_relative_error)
        c.show(f"gradient of the joint penalty, depth {depth}: largest relative error", worst,
               at_most=1e-12)  # fmt: skip


def curvature(model, x, step=1e-4):
    """‖∂J/∂x‖² of each row, by central differences of the Jacobian."""
    total = np.zeros(len(x))
    for e in step * np.eye(x.shape[1]):
        slope = (model.jacobian(x + e) - model.jacobian(x - e)) / (2 * step)
        total += (slope**2).sum(axis=(1, 2))
    return total


@pytest.mark.slow
def test_higher_order_contraction(claim, full):
    c = claim("S14", "14.7",
              "The squared difference between the Jacobian at a point and at a random "
              "neighbour, divided by σ², is an estimate of how fast the Jacobian changes. The "
              "estimate becomes exact as σ tends to zero.")  # fmt: skip
    draws = 5000 if full else 1500
    sigmas = (0.3, 0.1, 0.03, 0.01)
    for name, sizes in (("one layer", (5, 7)), ("deep", (5, 7, 4))):
        ratios = {sigma: [] for sigma in sigmas}
        for seed in range(5 if full else 3):
            rng = np.random.default_rng(seed)
            x = rng.normal(size=(20, 5))
            model = Autoencoder.dense(sizes, activation=Sigmoid, rng=seed)
            exact = curvature(model, x).mean()
            rows = np.repeat(x, draws, axis=0)
            plain = model.loss(rows)
            for sigma in sigmas:
                twin = Autoencoder(model.encoder, model.decoder,
                                   penalties=HigherOrderContractive(1.0 / sigma**2, sigma))  # fmt: skip
                ratios[sigma].append((twin.loss(rows, rng=rng) - plain) / exact)
        for sigma in sigmas[:-1]:
            c.quote(f"{name}: term / σ² over ‖∂J/∂x‖² at σ = {sigma:g}", ratios[sigma])
        c.show(f"{name}: |term / σ² over ‖∂J/∂x‖² − 1| at σ = {sigmas[-1]:g}",
               np.abs(np.array(ratios[sigmas[-1]]) - 1), at_most=0.02)  # fmt: skip
        away = np.abs(np.array([ratios[sigma] for sigma in sigmas]) - 1)
        c.show(f"{name}: the same distance at σ = .01 over that at σ = .3", away[-1] / away[0],
               at_most=0.3)  # fmt: skip


def code_penalty(model, x):
    """Mean ‖J‖² of the code."""
    return (model.jacobian(x) ** 2).sum(axis=(1, 2)).mean()


def planes(seed, n=300, d=12):
    """Noisy points near a 3-D subspace, centred nowhere in particular."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, d)) + 0.1 * rng.normal(size=(n, d))
    return x / x.std()


@pytest.mark.slow
def test_scale_cheat(claim, full):
    pytest.importorskip("scipy")
    c = claim("S15", "14.7",
              "Without tied weights, the encoder's weights can shrink while the decoder's "
              "weights grow. The penalty then vanishes, but the code has not improved. Tied "
              "weights prevent this.")  # fmt: skip
    eps = 1e-4
    for unit in (Identity, ReLU):
        penalties, changes, tied_changes = [], [], []
        for seed in range(5 if full else 3):
            x = planes(seed)
            model = Autoencoder.dense((12, 5), activation=unit, rng=seed)
            twin = Autoencoder.dense((12, 5), activation=unit, rng=seed, tied=True)
            for net in (model, twin):
                fit(net, x, epochs=40, optimizer=Adam(Cosine(0.02)), rng=seed, core="auto")
            r, error = model.reconstruct(x), squared(twin, x)
            for key in ("W", "b"):
                model.encoder.layers[0].params[key][...] *= eps
                twin.encoder.layers[0].params[key][...] *= eps
            model.decoder.layers[0].params["W"][...] /= eps
            penalties.append(code_penalty(model, x))
            changes.append(np.abs(model.reconstruct(x) - r).max() / np.abs(r).max())
            tied_changes.append(squared(twin, x) / error)
        name = type(unit()).__name__
        c.show(f"{name} code, untied, scaled by 1e-4: ‖J‖²", penalties, at_most=1e-6)
        c.show(f"{name} code, untied, scaled by 1e-4: largest change of r over largest r", changes,
               at_most=1e-12)  # fmt: skip
        c.show(f"{name} code, tied, scaled by 1e-4: squared error, after / before", tied_changes,
               at_least=3)  # fmt: skip
    found = {tied: [] for tied in (False, True)}
    for seed in range(5 if full else 3):
        x = planes(seed)
        for tied in found:
            plain = Autoencoder.dense((12, 3), activation=Identity, rng=seed, tied=tied)
            minimize(plain, x, options={"maxiter": 2000})
            error = squared(plain, x)
            model = Autoencoder(plain.encoder, plain.decoder, penalties=Contractive(0.3))
            minimize(
                model, x, options={"maxiter": 5000, "maxfun": 8000, "ftol": 1e-16, "gtol": 1e-10}
            )
            found[tied].append((code_penalty(model, x), squared(model, x) / error))
    found = {tied: np.array(values) for tied, values in found.items()}
    c.show(
        "training continued from the plain optimum, untied: ‖J‖²", found[False][:, 0], at_most=1e-3
    )
    c.show("training continued from the plain optimum, untied: squared error, after / before",
           found[False][:, 1], at_most=1.01)  # fmt: skip
    c.show("training continued from the plain optimum, tied: ‖J‖²", found[True][:, 0], at_least=1)
    c.show("training continued from the plain optimum, tied: squared error, after / before",
           found[True][:, 1], at_least=1.5)  # fmt: skip


def spread(h):
    """Mean distance of an activation from ½, and mean distance between the codes of two inputs."""
    half = len(h) // 2
    return np.abs(h - 0.5).mean(), np.linalg.norm(h[:half] - h[half : 2 * half], axis=1).mean()


@pytest.mark.slow
def test_codes_spread_through_the_hypercube(claim, full):
    c = claim("S51", "14.7",
              "The contractive penalty moves sigmoid codes to the corners of their hypercube. "
              "Two codes are closer to each other than without the penalty. But the distance "
              "between codes is large compared with how little a code now changes with its "
              "input.",
              "2000 generated strokes of 14 × 14 (reduced: 1000), 100 tied sigmoid units, λ = "
              "0.5.")  # fmt: skip
    n = 2000 if full else 1000
    names = ("plain", "contractive")
    corners, distances, norms, errors = ({name: [] for name in names} for _ in range(4))
    for seed in range(5 if full else 2):
        x = halved(strokes(n + 500, rng=seed)[0])
        x, fresh = x[:n], x[n:]
        for name, penalty in zip(names, ((), Contractive(0.5)), strict=True):
            model = Autoencoder.dense((196, 100), tied=True, rng=seed, penalties=penalty,
                                      output=BernoulliOutput())  # fmt: skip
            fit(
                model,
                x,
                epochs=15,
                batch_size=25,
                optimizer=Adam(Cosine(5e-3)),
                rng=seed,
                core="auto",
            )
            corner, distance = spread(model.encode(fresh))
            corners[name].append(corner)
            distances[name].append(distance)
            norms[name].append(contraction(model, fresh)[0] ** 0.5)
            errors[name].append(squared(model, fresh))
    norms = {name: np.array(values) for name, values in norms.items()}
    c.show("mean |h − ½|, contractive − plain",
           np.array(corners["contractive"]) - corners["plain"], at_least=0.05)  # fmt: skip
    c.show("distance between two codes, contractive / plain",
           np.array(distances["contractive"]) / distances["plain"], at_most=0.9)  # fmt: skip
    moved = {name: np.array(distances[name]) / norms[name] for name in names}
    c.show("distance between two codes over the root of mean ‖J‖², contractive / plain",
           moved["contractive"] / moved["plain"], at_least=1.2)  # fmt: skip
    for name in names:
        c.quote(f"mean |h − ½|, {name}", corners[name])
        c.quote(f"distance between two codes, {name}", distances[name])
        c.quote(f"squared error, {name}", errors[name])


def mixtures(atoms, n, rng):
    """Rows that are each a positive mixture of two of the atoms."""
    a = np.zeros((n, len(atoms)))
    for row in a:
        row[rng.choice(len(atoms), 2, replace=False)] = rng.uniform(0.5, 1.5, 2)
    return a @ atoms


@pytest.mark.slow
def test_sparsity_keeps_the_error_high_elsewhere(claim, full):
    c = claim("S51", "14.2.1",
              "An overcomplete code without a sparsity penalty reconstructs any input. With the "
              "penalty, the error stays high away from the data; the penalty thus has the "
              "effect of a partition function. The ratio of the error off the data to the error "
              "on the data does not measure this: the plain ReLU net has the larger ratio, but "
              "only because its error on the data is almost 0.",
              "2000 positive mixtures of 2 out of 32 atoms in 16 dimensions, 64 tied units; λ = "
              "0.1 for L1, and for KL to a rate of 0.05. Points off the data are drawn from a "
              "Gaussian with the mean and covariance of the data.")  # fmt: skip
    kinds = {
        "ReLU, plain": (ReLU, ()), "ReLU, L1": (ReLU, L1(0.1)),
        "sigmoid, plain": (Sigmoid, ()), "sigmoid, KL": (Sigmoid, KLSparsity(0.05, 0.1)),
    }  # fmt: skip
    on, off = ({name: [] for name in kinds} for _ in range(2))
    for seed in range(5 if full else 2):
        rng = np.random.default_rng(seed)
        atoms = rng.normal(size=(32, 16))
        atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
        x, fresh = mixtures(atoms, 2000, rng), mixtures(atoms, 500, rng)
        other = rng.multivariate_normal(x.mean(axis=0), np.cov(x.T), 500)
        total = fresh.var(axis=0).sum()
        for name, (unit, penalty) in kinds.items():
            model = Autoencoder.dense((16, 64), activation=unit, tied=True, init=Glorot(), rng=seed,
                                      penalties=penalty)  # fmt: skip
            fit(
                model,
                x,
                epochs=40,
                batch_size=50,
                optimizer=Adam(Cosine(1e-2)),
                rng=seed,
                core="auto",
            )
            on[name].append(squared(model, fresh) / total)
            off[name].append(squared(model, other) / total)
    ratio = {name: np.array(off[name]) / on[name] for name in kinds}
    c.show("error off the data over their variance, ReLU, plain", off["ReLU, plain"], at_most=0.01)
    c.show("error off the data over their variance, ReLU, L1", off["ReLU, L1"], at_least=0.2)
    c.show("error off / on the data, ReLU, L1", ratio["ReLU, L1"], at_least=2)
    c.show("error off / on the data, ReLU: plain over L1", ratio["ReLU, plain"] / ratio["ReLU, L1"],
           at_least=2)  # fmt: skip
    c.show("error off / on the data, sigmoid: KL over plain",
           ratio["sigmoid, KL"] / ratio["sigmoid, plain"], at_least=1.1)  # fmt: skip
    for name in kinds:
        c.quote(f"error on the data over their variance, {name}", on[name])
        if name != "ReLU, L1":
            c.quote(f"error off / on the data, {name}", ratio[name])
