"""What a narrow code forces, and what capacity undoes: section 14.1."""

import numpy as np
import pytest

from tinyae import PCA, Adam, Autoencoder, Chain, Identity, Linear, Tanh, fit, minimize
from tinyae.nn import Uniform
from tinyae.tangents import principal_angles
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

TO_ROUNDING = {"maxiter": 20_000, "maxfun": 40_000, "maxcor": 20, "ftol": 1e-16, "gtol": 1e-8}


def gaussian_cloud(d, condition, n, rng):
    """Points with eigenvalues from 1 down to 1/condition, in random directions, off the origin."""
    Q, _ = np.linalg.qr(rng.standard_normal((d, d)))
    spread = np.sqrt(np.logspace(0, -np.log10(condition), d))
    return (rng.standard_normal((n, d)) * spread) @ Q.T + rng.standard_normal(d)


def against_pca(model, x, pca, k):
    """Largest angle of the decoder's span to PCA's, and the loss over its optimum, minus one."""
    angle = principal_angles(model.decoder.layers[0].params["W"], pca.components_)[-1]
    return angle, model.loss(x) / (0.5 * pca.spectrum_[k:].sum()) - 1


@pytest.mark.slow
def test_linear_autoencoder_is_pca(claim, full):
    pytest.importorskip("scipy")
    c = claim("S1", "14.1", "A linear autoencoder with a code narrower than its input, trained on "
              "squared error, finds the principal subspace.")  # fmt: skip
    d, k = 20, 5
    for condition in (20, 1e4):
        angles, losses, adam_angles, adam_losses, first_angles, first_losses = (
            [] for _ in range(6)
        )
        for seed in c.seeds(3 if full else 1):
            rng = np.random.default_rng(seed)
            x = gaussian_cloud(d, condition, 300, rng)
            pca = PCA(k).fit(x)
            model = Autoencoder.dense((d, k), activation=Identity, rng=seed)
            first, trained = model.copy(), model.copy()
            fit(trained, x, epochs=5000 if full else 1000, batch_size=300, rng=seed,
                optimizer=Adam(Cosine(0.1)), core="auto")  # fmt: skip
            minimize(model, x, options=TO_ROUNDING)
            for m, a, b in ((model, angles, losses), (trained, adam_angles, adam_losses),
                            (first, first_angles, first_losses)):  # fmt: skip
                angle, excess = against_pca(m, x, pca, k)
                a.append(angle)
                b.append(abs(excess))
        at = f"condition {condition:g}"
        for what, values, before in (
            (f"largest angle to the principal subspace (rad), {at}", angles, first_angles),
            (f"|loss / half the discarded eigenvalues − 1|, {at}", losses, first_losses),
        ):
            c.show(what, values, at_most=1e-3 if values is angles else 1e-6)
            c.control("before training", what, before)
        c.quote(f"the same angle after Adam alone, whole batch, {at}", adam_angles)
        c.quote(f"the same for the loss after Adam alone, whole batch, {at}", adam_losses)


def arcs(m, d, n, angle, rng, planes):
    """Points of an m-dimensional manifold: m arcs of `angle`, each in its own plane of d-space."""
    t = rng.uniform(-angle / 2, angle / 2, (n, m))
    return np.concatenate([np.cos(t), np.sin(t)], axis=1) @ planes[: 2 * m]


@pytest.mark.slow
def test_nonlinear_beats_pca(claim, full):
    c = claim("S2", "14.1",
              "A non-linear autoencoder whose code has the manifold's own dimension keeps "
              "information that PCA of the same size loses where the manifold is curved.")  # fmt: skip
    d = 20
    for m in (1, 2):
        ratios, errors, of_linear = [], [], []
        for seed in c.seeds(4 if full else 2):
            rng = np.random.default_rng(seed)
            planes, _ = np.linalg.qr(rng.standard_normal((d, d)))
            x, fresh = (arcs(m, d, n, np.pi, rng, planes) for n in (1000, 1000))
            linear = ((fresh - PCA(m).fit(x).reconstruct(fresh)) ** 2).sum(axis=1).mean()
            for unit in (Tanh, Identity):
                model = Autoencoder.dense((d, 64, m), activation=unit, code_activation=Identity,
                                          rng=seed)  # fmt: skip
                fit(model, x, epochs=200 if full else 100, batch_size=50, rng=seed,
                    optimizer=Adam(Cosine(0.01)), core="auto")  # fmt: skip
                error = ((fresh - model.reconstruct(fresh)) ** 2).sum(axis=1).mean()
                if unit is Tanh:
                    errors.append(error)
                (ratios if unit is Tanh else of_linear).append(linear / error)
        what = f"fresh error, PCA over autoencoder, {m} arc(s) in {d} dimensions"
        c.show(what, ratios, at_least=2)
        c.control("the same net with linear units", what, of_linear)
        c.quote(f"squared error of the autoencoder, {m} arc(s) of radius 1", errors)


def memoriser(d, rng):
    """d-100-1 and back through 500 units whose bends are strewn over the code's interval."""
    encoder = Chain(Linear(d, 100, rng=rng, init=Uniform((3 / d) ** 0.5, 1.0)), Tanh(),
                    Linear(100, 1, rng=rng, init=Uniform((3 / 100) ** 0.5)), Tanh())  # fmt: skip
    decoder = Chain(Linear(1, 500, rng=rng, init=Uniform(60.0, 60.0)), Tanh(),
                    Linear(500, d, rng=rng, init=Uniform(0.01)))  # fmt: skip
    return Autoencoder(encoder, decoder)


def solve_output(model, x, ridge=1e-12):
    """Set the decoder's last layer to the ridge solution for the codes of x."""
    hidden = Chain(*model.decoder.layers[:-1]).forward(model.encode(x))[0]
    A = np.concatenate([hidden, np.ones((len(x), 1))], axis=1)
    solution = A.T @ np.linalg.solve(A @ A.T + ridge * np.eye(len(x)), x)
    last = model.decoder.layers[-1]
    last.params["W"][...], last.params["b"][...] = solution[:-1], solution[-1]


@pytest.mark.slow
def test_one_number_memorises(claim, full):
    c = claim("S3", "14.1",
              "With enough capacity, the encoder can map every training example to a number of "
              "its own and the decoder can map this number back to the example. Such a model "
              "learns nothing useful about the distribution of the data.")  # fmt: skip
    n, d = 40, 10
    gaps, train, largest, fresh_ratio, before, nearest = [], [], [], [], [], []
    rounded, of_pca, largest_of_pca, of_mean = [], [], [], []
    for seed in c.seeds(4 if full else 2):
        rng = np.random.default_rng(seed)
        x, fresh = rng.standard_normal((n, d)), rng.standard_normal((2000, d))
        model = memoriser(d, rng)
        fit(model, x, epochs=1500, batch_size=n, rng=seed,
            optimizer=Adam(Cosine(3e-3), beta2=0.99), core="auto")  # fmt: skip
        variance = x.var(axis=0).mean()
        before.append(((model.reconstruct(x) - x) ** 2).mean() / variance)
        solve_output(model, x)
        h = np.sort(model.encode(x)[:, 0])
        gaps.append(np.diff(h).min() / (h[-1] - h[0]))
        misses = ((model.decode(model.encode(x)) - x) ** 2).mean(axis=1) / variance
        train.append(misses.mean())
        largest.append(misses.max())
        to_nearest = ((fresh[:, None] - x) ** 2).sum(axis=2).min(axis=1).mean() / d
        error = ((model.reconstruct(fresh) - fresh) ** 2).mean()
        fresh_ratio.append(error / to_nearest)
        nearest.append(to_nearest / variance)
        code = np.sort(np.round(h * n / 2))
        rounded.append(np.diff(code).min() / (code[-1] - code[0]))
        misses = ((PCA(1).fit(x).reconstruct(x) - x) ** 2).mean(axis=1) / variance
        of_pca.append(misses.mean())
        largest_of_pca.append(misses.max())
        of_mean.append(((fresh - x.mean(axis=0)) ** 2).mean() / to_nearest)
    moved = ("not the bound, but the ridge of the decoder's last layer: from 1e-8 to 1e-12, after "
             "two codes of one seed lay so near to each other that 1e-8 took capacity away")  # fmt: skip
    for what, values, bound, imposter, wrong in (
        ("smallest distance between two codes / range of the codes", gaps, {"at_least": 1e-7},
         "codes rounded to steps of 1/20", rounded),
        ("training error / variance", train, {"at_most": 1e-3, "moved": moved},
         "PCA with one component", of_pca),
        ("largest error of a training example / variance", largest,
         {"at_most": 1e-3, "moved": moved},
         "PCA with one component", largest_of_pca),
        ("error on fresh data / error of the nearest training point", fresh_ratio,
         {"at_least": 2}, "the mean of the training data", of_mean),
    ):  # fmt: skip
        c.show(what, values, **bound)
        c.control(imposter, what, wrong)
    c.quote("training error / variance, after gradient training only", before)
    c.quote("distance² to the nearest training point / variance", nearest)
