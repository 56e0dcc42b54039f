"""Two sentences of the chapter made exact: the factor of the score (14.5.1), and small noise (14.7).

Figure 14.4 calls the factor between the denoising field and the score an average root mean square
reconstruction error; section 14.7 equates denoising under small noise with contraction.
"""

import numpy as np
import pytest

from figures.experiments.networks import tanh_denoiser
from tinyae import Adam, Autoencoder, Chain, Identity, Tanh, fit
from tinyae.datasets import curve, spiral_curve, wave_curve
from tinyae.nn.jacobian import jacobian
from tinyae.score import (
    mixture_log_density,
    mixture_score,
    optimal_reconstruction,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.training import Cosine

pytestmark = pytest.mark.claim

# -- Erratum 1: r*(x̃) − x̃ = σ² ∇log p_σ(x̃), and what the mean square error has to do with it --


def middles(limits, count):
    """`count` equally spaced parameters, each in the middle of its interval."""
    return limits[0] + (np.arange(count) + 0.5) * (limits[1] - limits[0]) / count


CURVES = {
    "wave": wave_curve(middles((-np.pi, np.pi), 3000)),
    "spiral": spiral_curve(middles((3.0, 15.0), 3000)),
}


def rms(vectors):
    """Root mean square length of the rows."""
    return np.sqrt((vectors**2).sum(axis=1).mean())


def sphere(n, rng):
    """n points spread evenly over the unit sphere, of shape (n, 3)."""
    x = rng.standard_normal((n, 3))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def sphere_nodes(order):
    """Nodes and weights that integrate over the unit sphere: Gauss in height, evenly around."""
    height, weight = np.polynomial.legendre.leggauss(order)
    angle = np.pi * np.arange(2 * order) / order
    height, angle = (g.ravel() for g in np.meshgrid(height, angle, indexing="ij"))
    across = np.sqrt(1.0 - height**2)
    nodes = np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)
    return nodes, np.repeat(weight, 2 * order)


def sphere_score(x, sigma):
    """The score of the unit sphere blurred by N(0, σ²I), in closed form.

    With ρ = ‖x‖ its density is

    p_σ ∝ exp(−(ρ² + 1) / 2σ²) sinh(κ) / κ,  κ = ρ / σ²;   σ² score = (coth κ − 1/κ − ρ) x / ρ.
    """
    rho = np.linalg.norm(x, axis=1, keepdims=True)
    kappa = rho / sigma**2
    return (1.0 / np.tanh(kappa) - 1.0 / kappa - rho) * x / rho / sigma**2


def score_by_differences(x, points, sigma):
    """∇log p_σ of a point set from its log density alone, by central differences."""
    steps = 1e-4 * sigma * np.eye(x.shape[1])
    up, down = (
        [smoothed_log_density(points, x + sign * s, sigma) for s in steps] for sign in (1, -1)
    )
    return (np.array(up) - np.array(down)).T / (2e-4 * sigma)


def factors(c, what, sigmas, found, k, growth_off=0.05, share_off=0.07):
    """Show ‖r − x̃‖ / ‖score‖ against the two errors of r where σ is small.

    `found` holds (‖r − x̃‖, ‖score‖, root mean square error), root mean squares, for each of `sigmas`,
    rising: (σ, 3), or (σ, seeds, 3). A factor that were a root mean square error would stay in one
    proportion to it at every σ; one that is σ² grows σ times as fast, in whatever unit lengths are
    measured. And the mean square error tends to kσ² on data of k dimensions.
    """
    found = np.array(found).reshape(len(sigmas), -1, 3)
    step, score, error = found.transpose(2, 0, 1)  # (σ, seeds) each
    factor = step / score
    growth = (factor / error) / (factor / error)[0] / (np.array(sigmas) / sigmas[0])[:, None]
    c.show(
        f"{what}: ‖r − x̃‖ / ‖score‖ over the root mean square error, from the smallest σ to the "
        "next: its growth over that of σ",
        growth[1],
        at_least=1 - growth_off,
        at_most=1 + growth_off,
    )
    if len(sigmas) > 2:
        c.quote(f"{what}: the same up to the largest σ, {sigmas[-1]:g}", growth[-1])
    c.show(
        f"{what}: k times ‖r − x̃‖ / ‖score‖ over the mean square error, at the smallest σ (k = {k})",
        k * (factor / error**2)[0],
        at_least=1 - share_off,
        at_most=1 + share_off,
    )
    c.quote(f"{what}: the same without k, for each σ", (factor / error**2).ravel())


@pytest.mark.parametrize("name", ["one Gaussian", "three Gaussians"])
def test_the_factor_on_a_line(name, claim):
    c = claim("Erratum 1", "14.5.1",
              f"On a line ({name}), the step r*(x̃) − x̃ of the optimal denoiser is σ² times the "
              "score of the smoothed density, for every σ. Its mean square error is dσ² − σ⁴ "
              "E‖score‖². The factor σ² is not the root mean square error.")  # fmt: skip
    means, variances, shares = {
        "one Gaussian": ([[0.3]], [[[0.64]]], [1.0]),
        "three Gaussians": ([[-1.5], [0.0], [0.8]], [[[0.2]], [[0.1]], [[0.4]]], [0.3, 0.3, 0.4]),
    }[name]
    means, variances, shares = np.array(means), np.array(variances), np.array(shares)
    # The trapezoid rule is exact to rounding, except for x̃ at the ends, where x is cut off.
    grid = np.linspace(-9.0, 9.0, 1201)[:, None]
    inner = np.abs(grid[:, 0]) < 7.0
    density = np.exp(mixture_log_density(grid, means, variances, shares))
    sigmas = np.array([0.05, 0.1, 0.3])
    found, gaps, identities = [], [], []
    for sigma in sigmas:
        best = optimal_reconstruction(grid, grid, sigma, density)  # an integral over x
        wider = variances + sigma**2
        score = mixture_score(grid, means, wider, shares)  # a formula
        joint = density[:, None] * np.exp(-((grid - grid.T) ** 2) / (2 * sigma**2))  # (x, x̃)
        joint /= joint.sum()
        corrupted = joint.sum(axis=0)
        squared = (joint * (best.T - grid) ** 2).sum()
        energy = corrupted @ score[:, 0] ** 2
        step = corrupted @ (best - grid)[:, 0] ** 2
        gaps.append(np.abs(best - grid - sigma**2 * score)[inner].max() / np.sqrt(step))
        identities.append(squared / (sigma**2 - sigma**4 * energy) - 1)
        found.append(np.sqrt([step, energy, squared]))
    c.show(f"{name}: largest |r* − x̃ − σ² score| over its root mean square", gaps, at_most=1e-9)
    c.show(f"{name}: |E‖r* − x‖² / (dσ² − σ⁴E‖score‖²) − 1|", np.abs(identities), at_most=1e-9)
    factors(c, name, sigmas, found, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", CURVES)
def test_the_factor_on_a_curve_in_the_plane(name, claim, full):
    c = claim("Erratum 1", "14.5.1",
              f"The same holds on a curve in the plane ({name}). As σ decreases, the ratio of "
              "the mean square error to σ² tends to 1; the root mean square error does not tend "
              "to σ².")  # fmt: skip
    points, n = CURVES[name], 4000 if full else 500  # the score by differences takes its time
    sigmas, found, gaps, scores = (0.01, 0.03, 0.1), [], [], []
    for seed, sigma in enumerate(sigmas):
        rng = np.random.default_rng(seed)
        x = points[rng.integers(len(points), size=4000)]
        corrupted = x + sigma * rng.standard_normal(x.shape)
        step = optimal_reconstruction(points, corrupted, sigma) - corrupted
        score = score_by_differences(corrupted[:n], points, sigma)
        error = step + corrupted - x
        gaps.append(np.abs(step[:n] - sigma**2 * score).max() / rms(step))
        scores.append(deviation(error, step, sigma))
        found.append((rms(step[:n]), rms(score), rms(error)))
    c.show(f"{name}: largest |r* − x̃ − σ² score| over its root mean square", gaps, at_most=1e-6)
    c.show(f"{name}: |E‖r* − x‖² − (dσ² − σ⁴E‖score‖²)| in standard errors", scores, at_most=3)
    factors(c, name, sigmas, found, 1)


def deviation(error, step, sigma):
    """|mean of ‖r* − x‖² − dσ² + ‖r* − x̃‖²| in standard errors of that mean."""
    gap = (error**2).sum(axis=1) - error.shape[1] * sigma**2 + (step**2).sum(axis=1)
    return abs(gap.mean()) / (gap.std() / np.sqrt(len(gap)))


def test_the_factor_on_a_sphere(claim, full):
    c = claim("Erratum 1", "14.5.1",
              "On a sphere, a manifold of two dimensions, the factor is still σ², but the mean "
              "square error tends to 2σ². The mean square error equals the factor only for "
              "manifolds of one dimension.")  # fmt: skip
    sigmas, n = (0.05, 0.1, 0.2), 1000 if full else 150
    found, gaps, scores = [], [], []
    for seed, sigma in enumerate(sigmas):
        rng = np.random.default_rng(seed)
        nodes, weights = sphere_nodes(round(6 / sigma))
        x = sphere(100_000, rng)
        corrupted = x + sigma * rng.standard_normal(x.shape)
        exact = sphere_score(corrupted, sigma)
        best = optimal_reconstruction(nodes, corrupted[:n], sigma, weights)  # a sum over the nodes
        step = best - corrupted[:n]
        gaps.append(np.abs(step - sigma**2 * exact[:n]).max() / rms(step))
        error = corrupted + sigma**2 * exact - x
        scores.append(deviation(error, sigma**2 * exact, sigma))
        found.append((rms(step), rms(exact[:n]), rms(error)))
    c.show("sphere: largest |r* − x̃ − σ² score| over its root mean square", gaps, at_most=1e-9)
    c.show("sphere: |E‖r* − x‖² − (dσ² − σ⁴E‖score‖²)| in standard errors", scores, at_most=3)
    factors(c, "sphere", sigmas, found, 2)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2])
def test_the_factor_of_a_trained_net(k, claim, full):
    where = {1: "a wave in the plane", 2: "a sphere"}[k]
    c = claim("Erratum 1", "14.5.1",
              f"For a trained denoiser on {where} the factor is also σ², not the root mean "
              "square error.")  # fmt: skip
    sigmas, found = (0.1, 0.2), []
    for sigma in sigmas:
        for seed in range(3 if full else 1):
            rng = np.random.default_rng(seed)
            x, fresh = (curve(n, rng=rng) if k == 1 else sphere(n, rng) for n in (25_000, 2000))
            model = denoiser(x.shape[1], 64, sigma, rng)
            fit(
                model,
                x,
                epochs=30,
                batch_size=250,
                optimizer=Adam(Cosine(0.01)),
                rng=rng,
                core="auto",
            )
            corrupted = fresh + sigma * rng.standard_normal(fresh.shape)
            r = model.reconstruct(corrupted)
            exact = (
                smoothed_score(CURVES["wave"], corrupted, sigma)
                if k == 1
                else sphere_score(corrupted, sigma)
            )
            found.append((rms(r - corrupted), rms(exact), rms(r - fresh)))
    found = np.array(found).reshape(len(sigmas), -1, 3)
    off = np.abs(found[..., 0] / found[..., 1] / np.array(sigmas)[:, None] ** 2 - 1)
    c.show(f"net on {where}: ‖r − x̃‖ / ‖score‖ over σ², minus 1", off.ravel(), at_most=0.1)
    factors(c, f"net on {where}", sigmas, found, k, growth_off=0.1, share_off=0.15)


def denoiser(d, units, sigma, rng):
    """d-units-d, tanh code, linear output; sigma 0 is no noise."""
    return tanh_denoiser(d, units, sigma, rng, weight=4, bias=2, dtype=np.float64)


# -- Erratum 2: what small noise adds to the error of a fixed r ------------------------------------

SIGMAS = np.array([0.1, 0.03, 0.01])


def added(model, x, sigma):
    """(E‖r(x + σε) − x‖² − ‖r(x) − x‖²) / σ², averaged over x; the noise by Gauss and Hermite."""
    d = x.shape[1]
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()
    epsilon = np.stack(np.meshgrid(*[nodes] * d), axis=-1).reshape(-1, d)
    weight = np.stack(np.meshgrid(*[weights] * d), axis=-1).reshape(-1, d).prod(axis=1)
    noisy = (x[:, None] + sigma * epsilon).reshape(-1, d)
    r = model.reconstruct(noisy).reshape(len(x), -1, d)
    squares = ((r - x[:, None]) ** 2).sum(axis=2) @ weight
    clean = ((model.reconstruct(x) - x) ** 2).sum(axis=1)
    return (squares - clean).mean() / sigma**2


def laplacian(model, x):
    """∇²r for one hidden layer and a linear output, (n, d):  ∇²r = Σ_j V_j f″(a_j) ‖W_j‖²."""
    linear, activation = model.encoder.layers
    _, cache = activation.forward(linear.forward(x)[0])
    curved = activation.d2f(*cache) * (linear.params["W"] ** 2).sum(axis=0)
    (last,) = getattr(model.decoder, "layers", (model.decoder,))
    return curved @ last.params["W"]


def two_terms(model, x):
    """Return E‖J_r‖_F² and E[(r − x)·∇²r]."""
    J = jacobian(Chain(model.encoder, model.decoder), x)
    cross = (model.reconstruct(x) - x) * laplacian(model, x)
    return (J**2).sum(axis=(1, 2)).mean(), cross.sum(axis=1).mean()


def random_net(activation, seed):
    """A 3-6-3 net whose every parameter is drawn from N(0, 1), and 50 points from N(0, I)."""
    rng = np.random.default_rng(seed)
    model = Autoencoder.dense((3, 6), activation=activation, rng=rng)
    model.theta[...] = rng.standard_normal(model.theta.shape)
    return model, rng.standard_normal((50, 3))


def test_small_noise_on_a_fixed_net(claim, full):
    c = claim("Erratum 2", "14.7",
              "For a fixed non-linear r, small noise adds σ² (‖J‖² + E[(r − x)·∇²r]) to the "
              "squared error. The contractive penalty σ² ‖J‖² alone is therefore not the limit.")  # fmt: skip
    exact, without, worst = [], [], []
    for seed in range(20 if full else 10):
        model, x = random_net(Tanh, seed)
        contraction, cross = two_terms(model, x)
        values = np.array([added(model, x, sigma) for sigma in SIGMAS])
        exact.append(np.abs(values - contraction - cross) / contraction)
        without.append(np.abs(values - contraction)[-1] / contraction)
        worst.append(laplacian_gap(model, x))
    exact = np.array(exact)
    c.show("∇²r against central differences, relative", worst, at_most=1e-5)
    c.show("with the cross term, error at σ = .01 over ‖J‖²", exact[:, -1], at_most=2e-3)
    order = np.log(exact[:, 1] / exact[:, 2]) / np.log(SIGMAS[1] / SIGMAS[2])
    c.show(
        "order of that error as a power of σ, from σ = .03 to .01", order, at_least=1.8, at_most=2.2
    )
    c.show("without the cross term, error at σ = .01 over ‖J‖², median of the nets",
           np.median(without),
           at_least=0.3)  # fmt: skip
    c.quote("without the cross term, error at σ = .01 over ‖J‖², each net", without)
    for i, sigma in enumerate(SIGMAS):
        c.quote(f"with it, error at σ = {sigma:g} over ‖J‖²", exact[:, i])


def laplacian_gap(model, x, h=3e-4):
    """Largest deviation of the formula for ∇²r from second differences of r, over the largest ∇²r."""
    steps, r = h * np.eye(x.shape[1]), model.reconstruct
    number = sum(r(x + s) - 2.0 * r(x) + r(x - s) for s in steps) / h**2
    exact = laplacian(model, x)
    return np.abs(exact - number).max() / np.abs(exact).max()


def test_noise_of_any_size_on_a_linear_net(claim, full):
    c = claim("Erratum 2", "14.7",
              "For a linear r the cross term E[(r − x)·∇²r] is zero, and noise of any strength "
              "adds exactly σ² ‖J‖².")  # fmt: skip
    gaps, crosses = [], []
    for seed in range(20 if full else 10):
        model, x = random_net(Identity, seed)
        contraction, cross = two_terms(model, x)
        crosses.append(abs(cross))
        gaps += [abs(added(model, x, sigma) / contraction - 1) for sigma in (0.1, 1.0, 5.0)]
    c.show("|added error / (σ² ‖J‖²) − 1|, σ = .1, 1, 5", gaps, at_most=1e-10)
    c.quote("cross term (exactly 0, because ∇²r = 0)", crosses)


@pytest.mark.slow
def test_small_noise_on_a_trained_net(claim, full):
    c = claim("Erratum 2", "14.7",
              "In a trained net the cross term becomes smaller as r(x) approaches x on the "
              "data. It is about a tenth of ‖J‖² after training with much noise, and negligible "
              "after training with little or no noise.")  # fmt: skip
    noises = (0.4, 0.05, 0.0)
    shares, exact, distances = ({s: [] for s in noises} for _ in range(3))
    for seed in range(5 if full else 1):
        for sigma in noises:
            rng = np.random.default_rng(seed)
            x = curve(2000, rng=rng)
            model = denoiser(2, 40, sigma, rng)
            fit(
                model,
                x,
                epochs=400,
                batch_size=250,
                optimizer=Adam(Cosine(0.01)),
                rng=rng,
                core="auto",
            )
            some = x[:200]
            contraction, cross = two_terms(model, some)
            shares[sigma].append(abs(cross) / contraction)
            limit = added(model, some, SIGMAS[-1])
            exact[sigma].append(abs(limit - contraction - cross) / contraction)
            distances[sigma].append(rms(model.reconstruct(x) - x))
    for sigma in noises:
        c.show(f"trained at σ = {sigma}: with the cross term, error at σ = .01 over ‖J‖²", exact[sigma],
               at_most=2e-3)  # fmt: skip
        c.quote(f"trained at σ = {sigma}: root mean square of r − x on the data", distances[sigma])
    c.show("trained at σ = 0.4: |cross term| over ‖J‖²", shares[0.4], at_least=0.05)
    c.show("trained at σ = 0.05: |cross term| over ‖J‖²", shares[0.05], at_most=0.03)
    c.show("trained without noise: |cross term| over ‖J‖²", shares[0.0], at_most=0.005)
