"""Predictive sparse decomposition: what the encoder's prediction is worth, and to what (14.8).

Equation 14.19 is taken without halves: ‖x − h D‖² + λ‖h‖₁ + γ‖h − f(x)‖². Where other programs
halve the squares, their λ is half of this one.
"""

import functools
import time

import numpy as np
import pytest

from figures import fig_psd
from figures.fig_psd import excess, steps_to, whiten
from figures.gabor import direction, gabor_fit
from figures.photographs import photographs
from tests.claims.networks import Network, dictionary_start, linear_accuracy
from tests.claims.pictures import digits
from tinyae import PSD, Adam, Cosine, GaussianOutput, fit
from tinyae.datasets import dead_leaves, patches
from tinyae.nn.lasso import Descent, Lasso

pytestmark = pytest.mark.claim
SIDE, ATOMS, GAMMA = 12, 196, 1.0
LOOKS = (0, 1, 2, 3, 5, 10)  # steps after which the criterion is looked at


@functools.cache
def squares(folder, n):
    """n white patches to learn from and 500 of other photographs; or of dead leaves."""
    if folder is None:
        x = dead_leaves(n + 500, SIDE, radii=(4.0, 4.0 * SIDE), rng=0)
        return whiten(x[:n], x[n:])
    pictures = photographs(folder)
    return whiten(patches(pictures[:46], SIDE, n, rng=0), patches(pictures[46:], SIDE, 500, rng=1))


@functools.cache
def trained(folder, n, lam, seed, epochs):
    """A model of patches and the seconds that its training took."""
    model = PSD.dense((SIDE**2, ATOMS), lam=lam, gamma=GAMMA, rng=seed, dtype=np.float32)
    start = time.perf_counter()
    fit(model, squares(folder, n)[0], epochs=epochs, batch_size=250, optimizer=Adam(Cosine(0.015)),
        rng=seed)  # fmt: skip
    return model, time.perf_counter() - start


@pytest.fixture
def on(full, request):
    """Folder, patches, epochs: photographs in full, dead leaves in the reduced form."""
    return (request.getfixturevalue("data_folder"), 24_000, 10) if full else (None, 6_000, 8)


@pytest.mark.slow
def test_steps_from_the_prediction(claim, full, on):
    """Reduced: λ = 2 only, 6000 patches of dead leaves for 8 epochs."""
    folder, n, epochs = on
    c = claim("S43", "14.8", "From the encoder's prediction a few proximal steps come within a hundredth of "
              "the minimum, from zero one step more: the start saves about what it costs to compute. "
              "What spares the optimisation is f by itself.",
              "24 000 white patches 12 × 12 of photographs, 196 atoms, γ = 1, 500 fresh patches of other "
              "photographs")  # fmt: skip
    fresh = squares(folder, n)[1].astype(np.float64)
    for lam in (1.0, 2.0, 3.0) if full else (2.0,):
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
            c.show(f"{name}: that from f over that from zero, greatest of 0 to 5 steps, {way}",
                   (from_f / from_zero)[:6].max(), at_most=1.0)  # fmt: skip
            c.show(f"{name}: criterion from f − from zero, over the minimum, greatest of 0 to 10, {way}",
                   (from_f - from_zero).max(), at_most=1e-5)  # fmt: skip
            c.quote(f"{name}: steps to a hundredth, from f and from zero, {way}",
                    [steps_to(course[f"{start}_{way}"]) for start in ("f", "zero")])  # fmt: skip
        alone = PSD(model.encoder, model.parts["dictionary"], lam=lam, gamma=0.0).copy()
        course = excess(alone, fresh, f)
        c.quote(f"{name}, the same atoms at γ = 0: above the minimum at f and at zero",
                [course["f_plain"][0], course["zero_plain"][0]])  # fmt: skip
        c.quote(f"{name}, γ = 0: steps to a hundredth, from f and from zero, plain",
                [steps_to(course[f"{start}_plain"]) for start in ("f", "zero")])  # fmt: skip


@pytest.mark.slow
def test_f_instead_of_the_optimisation(claim, full, on):
    """Times of one run, side by side, five rounds; reduced as above."""
    folder, n, epochs = on
    c = claim("S43, deployed", "14.8", "Once trained, f alone gives codes in a small part of the time that the "
              "optimisation takes, at a price in the criterion.",
              "the model of S43 with λ = 2, float32, 500 fresh patches; solved: a duality gap of 1e-6")  # fmt: skip
    model = trained(folder, n, 2.0, 0, epochs)[0]
    fresh, ratios = squares(folder, n)[1], []
    for _ in range(5):
        start = time.perf_counter()
        f = model.encode(fresh)
        middle = time.perf_counter()
        h = model.infer(fresh, tol=1e-6)
        ratios.append((time.perf_counter() - middle) / (middle - start))
    c.show("time to solve over time of f, median of 5", np.median(ratios), at_least=5.0)
    c.show("criterion of f over that of h", model.criterion(fresh, f).mean()
           / model.criterion(fresh, h).mean(), at_most=1.5)  # fmt: skip
    c.quote("share of exact zeros in h", (h == 0).mean())
    c.quote("the same in f", (f == 0).mean())
    c.quote("share of the squares of h that f explains", 1 - ((h - f) ** 2).sum() / (h * h).sum())


@pytest.mark.slow
def test_the_criterion_never_rises(claim, full, on):
    """Every patch, every one of 30 steps; reduced as above."""
    folder, n, epochs = on
    c = claim("S43, descent", "14.8", "No step over h raises the criterion of any example, with momentum or "
              "without.", "the model of S43 with λ = 2 in float64, 500 fresh patches, 30 steps from f and zero")  # fmt: skip
    model = trained(folder, n, 2.0, 0, epochs)[0].astype(np.float64)
    fresh = squares(folder, n)[1].astype(np.float64)
    f = model.encode(fresh)
    for accelerated in (False, True):
        rise = []
        for h in (f, np.zeros_like(f)):
            problem = Lasso.of(fresh, model.atoms, model.lam, model.gamma, f)
            descent = Descent(problem, h, accelerated)
            cost = [model.criterion(fresh, descent.h)]
            for _ in range(30):
                descent.step()
                cost.append(model.criterion(fresh, descent.h))
            rise.append((np.diff(cost, axis=0) / cost[0]).max())
        name = "FISTA with restarts" if accelerated else "plain steps"
        c.show(f"{name}: greatest rise in a step, over the criterion at the start", max(rise),
               at_most=1e-13)  # fmt: skip


@pytest.mark.slow
def test_atoms_of_pictures(claim, full, request):
    """3 seeds on photographs; reduced: the figure's 144 atoms of 20 000 patches of dead leaves."""
    folder = request.getfixturevalue("data_folder") if full else None
    c = claim("S43, atoms", "14.8", "Learned from white patches of pictures, most atoms are Gabor functions, "
              "waves under a hill. How small the hill is depends on λ and on the pictures: with many "
              "atoms and a high price it grows as wide as the patch.",
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
        c.quote(f"{name}: share with R² > .6 and a hill narrower than 4 pixels both ways",
                found["narrow"])  # fmt: skip
        c.quote(f"{name}: seconds of training", seconds)

    if full:
        for lam, seeds in ((2.0, (0, 1, 2)), (3.0, (0,))):
            models = [trained(folder, 48_000, lam, seed, 20) for seed in seeds]
            look(f"λ = {lam:g}", [m.atoms for m, _ in models], [s for _, s in models])
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    model = fig_psd.learn(fig_psd.whiten(*fig_psd.squares(20_000, rng, None))[0], 0, 5)
    look("dead leaves, 144 atoms, λ = 3", [model.atoms], [time.perf_counter() - start])


@pytest.mark.slow
def test_psd_is_not_sparse_coding_and_then_regression(claim, full, request):
    """12 000 digits of MNIST, 3 seeds; reduced: 3000 strokes, one seed, half the epochs."""
    folder = request.getfixturevalue("data_folder") if full else None
    c = claim("S43, hybrid", "14.8", "Training encoder and atoms together is another thing than fitting an "
              "encoder to the codes of sparse coding: inferred codes stay near the prediction, and f's own "
              "codes are better ones for its own atoms. The optimum of sparse coding is worse for it. Codes "
              "inferred without the prediction are no easier to predict from PSD's atoms.",
              "MNIST, 12 000 digits, 200 atoms, λ = 3, γ = 1; linear classifiers on 12 000 and on 1000 "
              "labels; fresh digits")  # fmt: skip
    x, y, fresh, labels = digits(folder, *((12_000, 5_000) if full else (3_000, 1_000)))
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

    for seed in range(3) if full else (0,):
        how = {"batch_size": 100, "optimizer": Adam(Cosine(0.005)), "rng": seed}
        error = {}
        for gamma in (0.0, GAMMA):
            model = PSD.dense((784, 200), lam=3.0, gamma=gamma, rng=seed, dtype=np.float32)
            dictionary_start(model, x, seed)
            fit(model, x, epochs=15 if full else 8, **how)
            sparse = PSD(None, model.copy().parts["dictionary"], lam=3.0, gamma=0.0)
            code, of_fresh = sparse.infer(x, steps=100), sparse.infer(fresh, steps=100)
            name = "PSD's atoms" if gamma else "sparse coding's atoms"
            note(f"sparse coding criterion with {name}", sparse.criterion(fresh, of_fresh).mean())
            # The same kind of encoder, fitted to the codes of either dictionary at γ = 0.
            encoder = PSD.dense((784, 200), lam=3.0, gamma=GAMMA, rng=seed + 50, dtype=np.float32)
            regression = Network(encoder.encoder, GaussianOutput())
            fit(regression, (x, code), epochs=30 if full else 15, **how)
            predicted = regression.predict(fresh)
            error[gamma] = ((of_fresh - predicted) ** 2).sum() / (of_fresh**2).sum()
            own = model.encode(fresh) if gamma else predicted
            note(f"sparse coding criterion at the encoder's own code, {name}",
                 sparse.criterion(fresh, own).mean())  # fmt: skip
            note(f"‖h − regression‖² / ‖h‖², {name}, h at γ = 0", error[gamma])
            if gamma:
                f, inferred = model.encode(fresh), model.infer(fresh, steps=100)
                note("‖h − f‖² / ‖h‖², PSD, h inferred with f",
                     ((inferred - f) ** 2).sum() / (inferred**2).sum())  # fmt: skip
                accuracies("PSD's f", model.encode(x), f)
            else:
                accuracies("sparse coding, then regression", regression.predict(x), predicted)
                accuracies("sparse codes themselves", code, of_fresh)
        note(
            "predictability: that error with PSD's atoms over sparse coding's",
            error[GAMMA] / error[0.0],
        )
    accuracies("the pixels", x, fresh)

    def over(first, second):
        return np.divide(found[first], found[second])

    c.show("‖h − f‖² / ‖h‖² of PSD over that of sparse coding and regression",
           over("‖h − f‖² / ‖h‖², PSD, h inferred with f",
                "‖h − regression‖² / ‖h‖², sparse coding's atoms, h at γ = 0"), at_most=0.7)  # fmt: skip
    c.show("sparse coding criterion at the encoder's own code, PSD over sparse coding and regression",
           over("sparse coding criterion at the encoder's own code, PSD's atoms",
                "sparse coding criterion at the encoder's own code, sparse coding's atoms"),
           at_most=1.0)  # fmt: skip
    c.show("sparse coding criterion at its optimum, PSD's atoms over its own",
           over("sparse coding criterion with PSD's atoms",
                "sparse coding criterion with sparse coding's atoms"), at_least=1.0)  # fmt: skip
    for name, values in found.items():
        c.quote(name, values)
