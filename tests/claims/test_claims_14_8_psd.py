"""Predictive sparse decomposition: what the encoder's prediction is worth, and to what (14.8).

Equation 14.19 is taken without halves: ‖x − h D‖² + λ‖h‖₁ + γ‖h − f(x)‖². Where other programs
halve the squares, their λ is half of this one.
"""

import functools
import time

import numpy as np
import pytest

from figures.experiments import natural_patches
from figures.experiments.gabor import direction, gabor_fit
from figures.experiments.natural_patches import excess, steps_to, whiten
from figures.experiments.photographs import photographs
from tests.claims.networks import Network, dictionary_start, linear_accuracy
from tests.claims.pictures import digits
from tinyae import PSD, Adam, GaussianOutput, fit
from tinyae.datasets import patches
from tinyae.sparse_coding.descent import Descent
from tinyae.sparse_coding.lasso import Lasso
from tinyae.training import Cosine

pytestmark = pytest.mark.claim
SIDE, ATOMS, GAMMA = 12, 196, 1.0
LOOKS = (0, 1, 2, 3, 5, 10)  # steps after which the criterion is looked at


@functools.cache
def squares(folder, n):
    """n white patches of photographs to learn from, and 500 of other photographs."""
    pictures = photographs(folder)
    return whiten(patches(pictures[:46], SIDE, n, rng=0), patches(pictures[46:], SIDE, 500, rng=1))


@functools.cache
def trained(folder, n, lam, seed, epochs):
    """A model of patches and the seconds that its training took."""
    model = PSD.dense((SIDE**2, ATOMS), lam=lam, gamma=GAMMA, rng=seed, dtype=np.float32)
    start = time.perf_counter()
    fit(model, squares(folder, n)[0], epochs=epochs, batch_size=250, optimizer=Adam(Cosine(0.015)),
        rng=seed, core="auto")  # fmt: skip
    return model, time.perf_counter() - start


@pytest.fixture
def on(full, data_folder):
    """Folder, patches, epochs: 24 000 for 10 epochs, or in the reduced form 12 000 for 8."""
    return (data_folder, 24_000, 10) if full else (data_folder, 12_000, 8)


@pytest.mark.real_data
@pytest.mark.slow
def test_steps_from_the_prediction(claim, full, on):
    """Reduced: half the patches."""
    folder, n, epochs = on
    c = claim("S43", "14.8",
              "If the search starts at the encoder's prediction f(x), a few proximal steps "
              "bring the criterion to within a hundredth of the minimum. A start at zero needs "
              "at most one step more. With FISTA, the start at f(x) remains better. With plain "
              "steps it is worse after ten steps, when both are within a ten-thousandth of the "
              "minimum.",
              "24 000 white patches 12 × 12 of photographs, 196 atoms, γ = 1, 500 fresh patches of other "
              "photographs")  # fmt: skip
    fresh = squares(folder, n)[1].astype(np.float64)
    for lam in (1.0, 2.0, 3.0):
        model = trained(folder, n, lam, 0, epochs)[0].astype(np.float64)
        f, name = model.encode(fresh), f"λ = {lam:g}"
        course = excess(model, fresh, f)
        for start in ("f", "zero"):
            for way in ("plain", "fista"):
                values = course[f"{start}_{way}"]
                c.show(f"{name}: above the minimum after ten steps from {start}, {way}", values[10],
                       at_most=0.01)  # fmt: skip
                for k in LOOKS[:-1]:
                    c.quote(f"{name}: the same after {k}", values[k])
        for way in ("plain", "fista"):
            from_f, from_zero = course[f"f_{way}"][:11], course[f"zero_{way}"][:11]
            ratio = from_f / from_zero
            last, short = (3, "0 to 10 steps") if way == "plain" else (10, "")
            c.show(f"{name}: that from f over that from zero, greatest of 0 to {last} steps, {way}",
                   ratio[: last + 1].max(), at_most=1.0, wanted=short)  # fmt: skip
            c.quote(f"{name}: the same after 5 and 10 steps, {way}", ratio[[5, 10]])
            c.show(f"{name}: criterion from f − from zero, over the minimum, greatest of 0 to 10, {way}",
                   (from_f - from_zero).max(), at_most=1e-4)  # fmt: skip
            to = [steps_to(course[f"{start}_{way}"]) for start in ("f", "zero")]
            c.quote(f"{name}: steps to a hundredth from f, {way}", to[0])
            c.show(f"{name}: steps to a hundredth, from zero more than from f, {way}", to[1] - to[0],
                   at_least=0.1, at_most=1.5)  # fmt: skip
        alone = PSD(None, model.copy().parts["dictionary"], lam=lam, gamma=0.0)
        course = excess(alone, fresh, f)
        c.quote(f"{name}, the same atoms at γ = 0: above the minimum at f and at zero",
                [course["f_plain"][0], course["zero_plain"][0]])  # fmt: skip
        c.quote(f"{name}, γ = 0: steps to a hundredth, from f and from zero, plain",
                [steps_to(course[f"{start}_plain"]) for start in ("f", "zero")])  # fmt: skip


@pytest.mark.real_data
@pytest.mark.slow
def test_f_instead_of_the_optimisation(claim, full, on, monkeypatch):
    """Steps are counted, one for each patch that is not solved yet; reduced as above."""
    folder, n, epochs = on
    c = claim("S43, deployed", "14.8",
              "After training, the encoder f alone computes codes with a small fraction of the "
              "work that the optimisation needs. The criterion is higher at these codes than at "
              "the optimum.",
              "the model of S43 with λ = 2, float32, 500 fresh patches; a code counts as solved "
              "at a duality gap of 1e-6")  # fmt: skip
    model = trained(folder, n, 2.0, 0, epochs)[0]
    fresh, ratios, taken = squares(folder, n)[1], [], []
    step = Descent.step
    monkeypatch.setattr(Descent, "step", lambda self: (taken.append(len(self.now.h)), step(self)))
    for _ in range(5):
        start = time.perf_counter()
        f = model.encode(fresh)
        middle = time.perf_counter()
        h = model.infer(fresh, tol=1e-6)
        ratios.append((time.perf_counter() - middle) / (middle - start))
    c.show("steps to solve a patch (a product of 196 × 196 in each step; f needs one of 144 × "
           "196)",
           sum(taken) / len(ratios) / len(fresh), at_least=5.0)  # fmt: skip
    c.quote("time to solve over time of f, median of 5", np.median(ratios))
    c.show("criterion at f's code / criterion at h", model.criterion(fresh, f).mean()
           / model.criterion(fresh, h).mean(), at_most=1.5)  # fmt: skip
    c.quote("share of exact zeros in h", (h == 0).mean())
    c.quote("the same in f", (f == 0).mean())
    c.quote("share of the squares of h that f explains", 1 - ((h - f) ** 2).sum() / (h * h).sum())


@pytest.mark.real_data
@pytest.mark.slow
def test_the_criterion_never_rises(claim, full, on):
    """Every patch, every one of 30 steps; reduced as above."""
    folder, n, epochs = on
    c = claim("S43, descent", "14.8",
              "No optimisation step on h increases the criterion of any example, with momentum "
              "or without.",
              "the model of S43 with λ = 2 in float64, 500 fresh patches, 30 steps from f and "
              "zero")  # fmt: skip
    model = trained(folder, n, 2.0, 0, epochs)[0].astype(np.float64)
    fresh = squares(folder, n)[1].astype(np.float64)
    f = model.encode(fresh)
    for accelerated in (False, True):
        rise = []
        for h in (f, np.zeros_like(f)):
            problem = Lasso.of(fresh, model.atoms, model.lam, model.gamma, f)
            descent = Descent(problem, h, accelerated)
            cost = [model.criterion(fresh, descent.now.h)]
            for _ in range(30):
                descent.step()
                cost.append(model.criterion(fresh, descent.now.h))
            rise.append((np.diff(cost, axis=0) / cost[0]).max())
        name = "FISTA with restarts" if accelerated else "plain steps"
        c.show(f"{name}: greatest rise in a step, over the criterion at the start", max(rise),
               at_most=1e-13)  # fmt: skip


@pytest.mark.real_data
@pytest.mark.slow
def test_atoms_of_pictures(claim, full, data_folder):
    """3 seeds on photographs; reduced: 1 seed, 24 000 patches, 10 epochs."""
    c = claim("S43, atoms", "14.8",
              "Most of the atoms that are learned from whitened patches of pictures are Gabor "
        "functions: waves times a Gaussian that is a few pixels wide. They are localised. On "
        "photographs, nearly all of them have a single orientation.",
              "48 000 white patches 12 × 12 of photographs, 196 atoms, γ = 1, 20 epochs")  # fmt: skip

    def look(name, atoms, seconds):
        found = {"R": [], "medians": [], "narrow": [], "oriented": []}
        for D in atoms:
            pictures = D.reshape(-1, SIDE, SIDE)
            gabor = gabor_fit(pictures)
            good = gabor.share > 0.6
            found["R"].append(good.mean())
            found["medians"].append(np.median(gabor.share))
            found["narrow"].append((good & (gabor.widths < 4).all(axis=1)).mean())
            found["oriented"].append((good & (direction(pictures) > 1 / 3)).mean())
        c.show(f"{name}: share of atoms with a Gabor fit of R² > .6", found["R"], at_least=0.7)
        c.quote(f"{name}: median R²", found["medians"])
        c.quote(f"{name}: share with R² > .6 and one direction", found["oriented"])
        c.show(f"{name}: share with R² > .6 and a hill narrower than 4 pixels both ways",
               found["narrow"], at_least=0.7)  # fmt: skip
        c.quote(f"{name}: seconds of training", seconds)

    n, epochs = (48_000, 20) if full else (24_000, 10)
    models = [trained(data_folder, n, 3.0, seed, epochs) for seed in (range(3) if full else (0,))]
    look("photographs, λ = 3", [m.atoms for m, _ in models], [seconds for _, seconds in models])
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    model = natural_patches.learn(whiten(*natural_patches.squares(20_000, rng, None))[0], 0, 5)
    look("dead leaves, 144 atoms, λ = 3", [model.atoms], [time.perf_counter() - start])
    noise = rng.standard_normal((100, SIDE, SIDE))
    c.show("atoms of noise: share with a Gabor fit of R² > .6", (gabor_fit(noise).share > 0.6).mean(),
           at_most=0.1)  # fmt: skip


class FrozenAtoms(PSD):
    """Only the encoder learns: after each step the atoms are what they were."""

    def hold(self):
        """Keep the atoms as they are."""
        self.held = self.atoms.copy()
        return self

    def project(self):
        """Put them back."""
        self.atoms[...] = self.held


@pytest.mark.slow
def test_psd_is_not_sparse_coding_and_then_regression(claim, full, request):
    """3 seeds of MNIST; reduced: 3000 strokes, one seed. All with 30 steps of inference."""
    folder = request.getfixturevalue("data_folder") if full else None
    c = claim("S43, hybrid", "14.8",
              "Training the encoder and the atoms together gives other atoms than sparse coding "
        "followed by training an encoder. The codes of the jointly trained atoms are easier to "
        "predict. This holds both for an encoder that is fitted to the codes and for one that "
        "is trained by PSD's rule with the atoms held fixed. The disadvantage is a higher "
        "minimum of the sparse coding criterion.",
              "MNIST, 6000 digits, 200 atoms, λ = 3, γ = 1; linear classifiers on 6000 and on 1000 labels; "
              "5000 fresh digits")  # fmt: skip
    x, y, fresh, labels = digits(folder, *((6_000, 5_000) if full else (3_000, 1_000)))
    mean = x.mean(axis=0)
    scale = (x - mean).std()
    x, fresh = (x - mean) / scale, (fresh - mean) / scale
    found = {}

    def note(name, value):
        found.setdefault(name, []).append(value)

    def accuracies(name, code, of_fresh):
        note(f"accuracy on {name}", linear_accuracy(code, y, of_fresh, labels))
        note(f"accuracy on {name}, 1000 labels",
             linear_accuracy(code[:1000], y[:1000], of_fresh, labels))  # fmt: skip

    def rest(h, f):
        return ((h - f) ** 2).sum() / (h * h).sum()

    kind = {"lam": 3.0, "steps": 30}
    for seed in range(3) if full else (0,):
        how = {"batch_size": 100, "optimizer": Adam(Cosine(0.005)), "rng": seed}
        start = PSD.dense((784, 200), gamma=GAMMA, rng=seed, dtype=np.float32, **kind)
        dictionary_start(start, x, seed)
        alone = PSD(None, start.copy().parts["dictionary"], gamma=0.0, **kind)
        fit(alone, x, epochs=10, **how, core="auto")
        psd = start.copy()
        fit(psd, x, epochs=10, **how, core="auto")
        held = FrozenAtoms(
            start.copy().encoder, alone.copy().parts["dictionary"], gamma=GAMMA, **kind
        )
        fit(held.hold(), x, epochs=10, **how, core="auto")
        assert (held.atoms == alone.atoms).all()
        for name, atoms, model in (("PSD", psd, psd), ("sparse coding", alone, held)):
            bare = PSD(None, atoms.copy().parts["dictionary"], gamma=0.0, **kind)
            code, of_fresh = bare.infer(x, steps=100), bare.infer(fresh, steps=100)
            regression = Network(start.copy().encoder, GaussianOutput())
            fit(regression, (x, code), epochs=20, **how, core="auto")
            fitted = regression.predict(fresh)
            note(f"optimum, {name}", bare.criterion(fresh, of_fresh).mean())
            note(f"regression rest, {name}", rest(of_fresh, fitted))
            note(f"regression own, {name}", bare.criterion(fresh, fitted).mean())
            f = model.encode(fresh)
            note(f"rule rest, {name}", rest(model.infer(fresh, steps=100), f))
            note(f"rule own, {name}", bare.criterion(fresh, f).mean())
            accuracies(f"f trained by PSD's rule, atoms of {name}", model.encode(x), f)
            accuracies(f"f fitted to codes, atoms of {name}", regression.predict(x), fitted)
            accuracies(f"the codes themselves, atoms of {name}", code, of_fresh)
    accuracies("the pixels", x, fresh)

    def over(what):
        return np.divide(found[f"{what}, PSD"], found[f"{what}, sparse coding"])

    which = "PSD's atoms over those of sparse coding"
    c.show(f"‖h − f‖² / ‖h‖², f fitted to codes at γ = 0: {which}", over("regression rest"),
           at_most=1.0)  # fmt: skip
    c.show(f"the same, f trained by PSD's rule: {which}", over("rule rest"), at_most=1.0)
    c.show(f"sparse coding criterion at f's own code, PSD's rule: {which}", over("rule own"),
           at_most=1.0)  # fmt: skip
    c.show(f"sparse coding criterion at its optimum: {which}", over("optimum"), at_least=1.0)
    c.show("sparse coding criterion at f's own code: PSD over sparse coding and then regression",
           np.divide(found["rule own, PSD"], found["regression own, sparse coding"]), at_most=1.0)  # fmt: skip
    for what, means in (
        ("regression rest", "‖h − f‖² / ‖h‖², f fitted"),
        ("rule rest", "‖h − f‖² / ‖h‖², PSD's rule"),
        ("rule own", "criterion at f's own code, PSD's rule"),
        ("regression own", "criterion at f's own code, f fitted"),
        ("optimum", "criterion at its optimum"),
    ):
        for name in ("PSD", "sparse coding"):
            c.quote(f"{means}, atoms of {name}", found.pop(f"{what}, {name}"))
    for name, values in found.items():
        c.quote(name, values)
