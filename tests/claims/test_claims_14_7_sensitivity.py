"""How codes of digits respond: singular values, leading units, finite and small steps (14.7)."""

import numpy as np
import pytest

from figures.experiments import sensitivity
from tinyae import Contractive, GaussianNoise, WeightDecay
from tinyae.datasets import mnist

pytestmark = pytest.mark.claim

DIGITS = "3000 MNIST digits, 300 tied sigmoid units"
PLAIN = {"plain": {}, "weight decay": {"penalties": WeightDecay(0.05)}}


@pytest.fixture(scope="module")
def digits(data_folder):
    """3000 training digits and 300 test digits, in float32."""
    x, _ = mnist(data_folder / "mnist", dtype=np.float32)
    test, _ = mnist(data_folder / "mnist", "test", dtype=np.float32)
    return x[:3000], test[:300]


@pytest.mark.real_data
@pytest.mark.slow
def test_small_and_finite_steps(claim, full, digits):
    c = claim("S63", "14.7",
              "Contraction makes the code resist infinitesimal changes of the input. Per unit of its "
              "length, a finite change moves a contracted code more than an infinitesimal one; for "
              "every other net here it moves the code less. Denoising makes the reconstruction "
              "resist changes as large as its noise, but it resists infinitesimal changes as well.",
              f"{DIGITS}; contraction with λ = 2, denoising with σ = 0.6, weight decay with λ = "
              "0.05. At 300 test digits, the input is changed in a random direction by 0.01 (small) "
              "or by 16 (the noise of the denoiser has a length of about 17).")  # fmt: skip
    x, test = digits
    slots = {
        **PLAIN,
        "denoising": {"corruption": GaussianNoise(0.6)},
        "a tenth of the noise": {"corruption": GaussianNoise(0.06)},
        "contractive": {"penalties": Contractive(2.0)},
    }
    code, r = ({name: [] for name in slots} for _ in range(2))
    errors = {name: [] for name in slots}
    for seed in c.seeds(5 if full else 1):
        for name, model in sensitivity.networks(x, slots, seed).items():
            model = model.astype(np.float64)
            for found, apply in ((code, model.encode), (r, model.reconstruct)):
                rng = np.random.default_rng(seed)
                found[name].append(sensitivity.responses(apply, test, sensitivity.STEPS, rng))
            errors[name].append(sensitivity.unexplained(model, test))
    code, r = ({name: np.array(v) for name, v in found.items()} for found in (code, r))
    what = "‖Δf‖ at a small step, contractive / plain"
    c.show(what, code["contractive"][:, 0] / code["plain"][:, 0], at_most=0.4)
    c.control("denoising", what, code["denoising"][:, 0] / code["plain"][:, 0])
    what = "‖Δf‖ per unit of the step, step 16 / small step, contractive"
    growth = {name: v[:, -1] / v[:, 0] for name, v in code.items()}
    c.show(what, growth["contractive"], at_least=1.1)
    for name in ("plain", "weight decay", "denoising"):
        c.control(name, what, growth[name])
    what = "‖Δr‖ at step 16, denoising / plain"
    c.show(what, r["denoising"][:, -1] / r["plain"][:, -1], at_most=0.9)
    c.control("a tenth of the noise", what, r["a tenth of the noise"][:, -1] / r["plain"][:, -1])
    what = "‖Δr‖ at a small step, denoising / plain"
    c.show(what, r["denoising"][:, 0] / r["plain"][:, 0], at_most=0.9)
    c.control("a tenth of the noise", what, r["a tenth of the noise"][:, 0] / r["plain"][:, 0])
    for name in slots:
        for values, letter in ((code, "f"), (r, "r")):
            for i in (0, -2, -1):
                what = f"‖Δ{letter}‖ per unit of the step, step {sensitivity.STEPS[i]:g}, {name}"
                c.quote(what, values[name][:, i])
        c.quote(f"squared error over variance, {name}", errors[name])


@pytest.mark.real_data
@pytest.mark.slow
def test_most_directions_are_contracted(claim, full, digits):
    c = claim("S64", "14.7",
              "Contraction makes most singular values of a digit's Jacobian smaller than 1, but some "
              "stay above 1. A small part of the units has most of the squared norm of the "
              "Jacobian at a digit. Weight decay with about the same norm gives similar singular "
              "values, but does not concentrate the norm in few units.",
              f"{DIGITS}, contraction with λ = 1, weight decay with λ = 0.05; 40 test digits. The "
              "control with λ = 100 does not reconstruct digits.")  # fmt: skip
    x, test = digits
    slots = {**PLAIN, "contractive": {"penalties": Contractive(1.0)},
             "λ = 100": {"penalties": Contractive(100.0)}}  # fmt: skip
    names = ("below", "above", "some", "leading", "norm", "error")
    found = {name: {kind: [] for kind in slots} for name in names}
    for seed in c.seeds(5 if full else 1):
        for kind, model in sensitivity.networks(x, slots, seed).items():
            s = sensitivity.spectra(model, test[:40])
            values = ((s < 1).mean(), (s > 1).sum(axis=1).mean(), (s[:, 0] > 1).mean(),
                      sensitivity.leading_units(model, test[:40]), (s**2).sum(axis=1).mean(),
                      sensitivity.unexplained(model, test))  # fmt: skip
            for name, value in zip(names, values, strict=True):
                found[name][kind].append(value)
    what = "share of singular values below 1, contractive"
    c.show(what, found["below"]["contractive"], at_least=0.9)
    c.control("plain", what, found["below"]["plain"])
    what = "share of digits with a singular value above 1, contractive"
    c.show(what, found["some"]["contractive"], at_least=0.95)
    c.control("a penalty so strong that nothing is reconstructed", what, found["some"]["λ = 100"])
    what = "share of ‖J‖² in a tenth of the units, contractive"
    c.show(what, found["leading"]["contractive"], at_least=0.6)
    c.control("weight decay", what, found["leading"]["weight decay"])
    c.control("plain", what, found["leading"]["plain"])
    what = "‖J‖², contractive / weight decay"
    norm = {kind: np.array(values) for kind, values in found["norm"].items()}
    c.show(what, norm["contractive"] / norm["weight decay"], at_least=0.7, at_most=1.4)
    c.control("plain", what, norm["plain"] / norm["weight decay"])
    what = "squared error over variance, contractive"
    c.show(what, found["error"]["contractive"], at_most=0.6)
    c.control("λ = 100", what, found["error"]["λ = 100"])
    for kind in slots:
        if kind != "contractive":
            c.quote(f"share of singular values below 1, {kind}", found["below"][kind])
        c.quote(f"singular values above 1 at a digit, {kind}", found["above"][kind])
        c.quote(f"‖J‖², {kind}", found["norm"][kind])
        if kind != "contractive":
            c.quote(f"squared error over variance, {kind}", found["error"][kind])


STRENGTHS = (1.0, 2.0, 8.0, 32.0, 100.0)


@pytest.mark.real_data
@pytest.mark.slow
def test_no_contraction_reconstructs_digits(claim, full, digits):
    c = claim("S37, norms", "14.7",
              "A linear map is a contraction if its operator norm is at most 1; the penalty is on the "
              "squared Frobenius norm, which is an upper bound of the squared operator norm. On "
              "digits, an encoder is a contraction at almost no digit if its net explains about half of "
              "the variance. It is one at most digits only if the penalty is so strong that the mean of "
              "the digits would reconstruct them better.",
              f"{DIGITS}, contraction with λ = 1 to 100; 40 test digits.")  # fmt: skip
    x, test = digits
    within, small, ratios, errors = ({lam: [] for lam in STRENGTHS} for _ in range(4))
    for seed in c.seeds(5 if full else 1):
        found = sensitivity.norms_by_strength(x, test, STRENGTHS, seed)
        for lam, norms in zip(STRENGTHS, found, strict=True):
            within[lam].append((norms.operator <= 1).mean())
            small[lam].append((norms.frobenius <= 1).mean())
            ratios[lam].append((norms.operator / norms.frobenius).max())
            errors[lam].append(norms.error)
    c.quote("operator norm over Frobenius norm, largest of all digits, λ = 1", ratios[1.0])
    for lam in (1.0, 2.0):
        what = f"share of digits where the encoder is a contraction, λ = {lam:g}"
        c.show(what, within[lam], at_most=0.05)
        c.control("λ = 100", what, within[100.0])
        what = f"squared error over variance, λ = {lam:g}"
        c.show(what, errors[lam], at_most=0.8)
        c.control("λ = 100", what, errors[100.0])
    for lam in STRENGTHS:
        if lam > 2:
            c.quote(f"share of digits where the encoder is a contraction, λ = {lam:g}", within[lam])
            c.quote(f"squared error over variance, λ = {lam:g}", errors[lam])
        c.quote(f"share of digits with a Frobenius norm of at most 1, λ = {lam:g}", small[lam])
