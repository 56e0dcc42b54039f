"""Overcomplete codes: what they copy, and what sparsity makes of them (sections 14.2 and 14.2.1)."""

import numpy as np
import pytest

from figures.experiments import tied_digits
from figures.experiments.unit_atoms import UnitAtoms, start
from tinyae import (
    L1,
    PCA,
    Adam,
    Autoencoder,
    BernoulliOutput,
    Classifier,
    GaussianOutput,
    Identity,
    KLSparsity,
    Model,
    ReLU,
    Sigmoid,
    StudentT,
    fit,
    minimize,
)
from tinyae.criterion.penalties import Penalty
from tinyae.training import Cosine

pytestmark = pytest.mark.claim
DIGITS = "12 000 MNIST digits, fresh ones from its test set (reduced: 2500 and 2000 strokes)"


def unit_atoms(x, k, penalty, seed, activation=ReLU):
    """Return an untrained code of k units whose atoms have norm 1."""
    return start(x, k, penalty, activation, weights=seed, pictures=np.random.default_rng(seed))


def train(model, rows, seed, *, rate=1e-3, epochs=5):
    """Train by Adam with batches of 50; return the model."""
    fit(
        model,
        rows,
        epochs=epochs,
        batch_size=50,
        rng=seed,
        optimizer=Adam(Cosine(rate)),
        core="auto",
    )
    return model


def squared_error(x, r):
    """‖x − r‖² per picture."""
    return float(((x - r) ** 2).sum(axis=1).mean())


class ValueOnly(L1):
    """An imposter of L1: the penalty is reported, but its gradient is missing."""

    def add(self, p):
        """Return λ Σ |h| / n and leave gh as it is."""
        return self.lam * np.abs(p.h).sum() / len(p.h)


class Squared(Penalty):
    """λ Σ h², a Gaussian prior on the code."""

    def __init__(self, lam):
        self.lam = lam

    def add(self, p):
        """Return λ Σ h² / n; gh += 2 λ h / n."""
        p.gh += 2 * self.lam / len(p.h) * p.h
        return self.lam * (p.h**2).sum() / len(p.h)


def largest_step(values):
    """Greatest ratio of a value to the one before it: below 1 if they fall throughout."""
    return np.max(np.array(values[1:]) / np.array(values[:-1]))


def test_overcomplete_linear_copies(claim, full):
    pytest.importorskip("scipy")
    c = claim("S4", "14.2",
              "With at least as many code units as inputs, even a linear autoencoder can learn "
              "to copy its input. It copies noise too, which is not data, so it has learned "
              "nothing useful about the data.")  # fmt: skip
    d = 20
    early, narrow, linear, one_less = [], [], [], {"data": [], "noise": []}
    units = {20: "20 linear units", 30: "30 linear units"}
    data, noise_errors = ({k: [] for k in units} for _ in range(2))
    for seed in c.seeds(4 if full else 2):
        rng = np.random.default_rng(seed)
        t = rng.uniform(0, 2 * np.pi, (500, 2))
        plane, _ = np.linalg.qr(rng.standard_normal((d, d)))
        x = np.concatenate([np.cos(t), np.sin(t)], axis=1) @ plane[:4]
        x += 0.1 * rng.standard_normal(x.shape)
        noise = rng.uniform(-1, 1, (1000, d))

        def relative(model, points):
            return ((model.reconstruct(points) - points) ** 2).sum() / (points**2).sum()

        equal, wide, slim = (
            Autoencoder.dense((d, k), activation=Identity, rng=seed) for k in (20, 30, 4)
        )
        fit(wide, x, epochs=20, optimizer=Adam(Cosine(0.01)), rng=seed, core="auto")
        early.append(relative(wide, noise))
        for model in (equal, wide, slim):
            minimize(
                model, x, options={"maxiter": 5000, "maxfun": 9000, "ftol": 1e-30, "gtol": 1e-9}
            )
        for k, model in ((20, equal), (30, wide)):
            data[k].append(relative(model, x))
            noise_errors[k].append(relative(model, noise))
        narrow.append(relative(slim, noise))
        linear.append(relative(PCA(4).fit(x), noise))
        for key, points in (("data", x), ("noise", noise)):
            one_less[key].append(relative(PCA(19).fit(x), points))
    for k, name in units.items():
        for key, values, points in (
            ("data", data, "the data"), ("noise", noise_errors, "uniform noise"),
        ):  # fmt: skip
            what = f"relative squared error on {points}, {name} for 20 inputs"
            c.show(what, values[k], at_most=1e-8)
            c.control("the best linear map through 19 units", what, one_less[key])
    c.quote("the same on noise during training, after 20 epochs of Adam", early)
    c.show("relative squared error on the noise with 4 units", narrow, at_least=0.5)
    c.control("30 units", "relative squared error on the noise with 4 units", noise_errors[30])
    c.quote("the same for PCA with 4 components", linear)


@pytest.mark.slow
def test_l1_shrinks_codes(claim, full, digits):
    c = claim("S5", "14.2.1",
              "An absolute-value penalty on the code corresponds to a Laplace prior. A larger "
              "penalty weight gives smaller codes, if the decoder's weights cannot compensate "
              "for them.",
              f"{DIGITS}; 128 units, λ = 0, 0.1, 0.3 and 1.")  # fmt: skip
    x, _, fresh, _ = digits
    lams = (0.0, 0.1, 0.3, 1.0)
    for activation, output, rate in (
        (Sigmoid, BernoulliOutput(), 3e-3),
        (Identity, GaussianOutput(), 1e-3),
    ):
        steps, first, last, errors, of_value = [], [], [], [], []
        for seed in c.seeds(3 if full else 1):
            sizes = []
            for penalty in (*map(L1, lams), ValueOnly(lams[-1])):
                model = Autoencoder.dense((784, 128), activation=activation, tied=True, rng=seed,
                                          output=output, penalties=penalty, dtype=x.dtype)  # fmt: skip
                train(model, x, seed, rate=rate)
                sizes.append(np.abs(model.encode(fresh)).mean())
                if penalty == L1(lams[-1]):
                    errors.append(squared_error(fresh, model.reconstruct(fresh)))
            *sizes, imposter = sizes
            of_value.append(imposter / sizes[0])
            steps.append(largest_step(sizes))
            first.append(sizes[0])
            last.append(sizes[-1])
        unit = f"{activation.__name__.lower()} code, tied weights"
        what = f"mean abs(h) at one λ over that at the λ below, largest, {unit}"
        c.show(what, steps, at_most=0.999)
        c.control("λ = 1 without the penalty's gradient", what, of_value)
        c.quote(f"mean abs(h) at λ = 0, {unit}", first)
        c.quote(f"mean abs(h) at λ = {lams[-1]:g}, {unit}", last)
        c.quote(f"squared error per picture at λ = {lams[-1]:g}, {unit}", errors)


def kurtosis(h):
    """Excess kurtosis: the mean over the units, and that of all codes as one sample."""
    h = h.astype(float)
    z = h - h.mean(axis=0)
    each = (z**4).mean(axis=0) / (z**2).mean(axis=0) ** 2 - 3
    return each.mean(), ((h - h.mean()) ** 4).mean() / h.var() ** 2 - 3


def equal_size(build, penalty, size, lam):
    """The model with this penalty whose mean abs(h) is `size`, by secants of log size against λ."""
    tried = []
    for _ in range(5):
        model, found = build(penalty(float(lam)))
        tried.append((lam, np.log(found / size)))
        if abs(tried[-1][1]) < 0.01:
            break
        if len(tried) == 1:
            lam = lam * np.exp(tried[-1][1])
        else:
            (a, u), (b, v) = tried[-2:]
            lam = float(np.clip(b - v * (b - a) / (v - u), b / 2, 2 * b))
    return model, found


@pytest.mark.slow
def test_student_t_has_heavier_tails(claim, full, digits):
    c = claim("S6", "14.2.1",
              "A logarithmic penalty corresponds to a Student-t prior. It shrinks large codes "
              "less than the absolute value does: at equal mean size its codes have heavier "
              "tails, if codes exceed 1. On pixels from 0 to 1 the codes are smaller and log(1 "
              "+ h²) is about h²; there the tails of a single unit are lighter than with the "
              "absolute value.",
              f"{DIGITS}; 64 linear units, atoms of norm 1, λ = 2 (pixels from 0 to 5) and 0.3, and "
              "for L1 the λ that gives the same mean size.")  # fmt: skip
    train_x, _, fresh_x, _ = digits
    for scale, lam, l1 in ((5.0, 2.0, 1.0), (1.0, 0.3, 0.2)):
        x, fresh = (np.float32(scale) * v for v in (train_x, fresh_x))
        of_units, of_all, ratios, unit_gain, all_gain, of_squared = [], [], [], [], [], []
        for seed in c.seeds(3 if full else 1):

            def build(penalty):
                model = train(unit_atoms(x, 64, penalty, seed, Identity), x, seed)
                return model, np.abs(model.encode(fresh)).mean()

            student, size = build(StudentT(lam))
            laplace, found = equal_size(build, L1, size, l1)
            (unit_t, all_t), (unit_l, all_l) = (
                kurtosis(m.encode(fresh)) for m in (student, laplace)
            )
            ratios.append(size / found)
            of_units.append(unit_l)
            of_all.append(all_l)
            unit_gain.append(unit_t - unit_l)
            all_gain.append(all_t - all_l)
            if scale > 1 and len(of_squared) == 0:
                squared = equal_size(build, Squared, size, l1)[0]
                of_squared = np.subtract(kurtosis(squared.encode(fresh)), (unit_l, all_l))
        at = f"pixels from 0 to {scale:g}"
        of_unit = f"mean excess kurtosis of a unit, Student-t minus L1, {at}"
        of_all_codes = f"excess kurtosis of all codes, Student-t minus L1, {at}"
        c.show(f"mean abs(h), Student-t over L1, {at}", ratios, at_least=0.97, at_most=1.03)
        if scale > 1:
            c.show(of_all_codes, all_gain, at_least=0.5)
            c.show(of_unit, unit_gain, at_least=0.02)
            for what, value in ((of_unit, of_squared[0]), (of_all_codes, of_squared[1])):
                c.control("h² of equal mean size in place of Student-t", what, value)
        else:
            c.quote(of_all_codes, all_gain)
            c.show(of_unit, unit_gain, at_most=0.0,
                   moved="quoted at first, and bounded after it was measured")  # fmt: skip
        c.quote(f"excess kurtosis of all codes, L1, {at}", of_all)
        c.quote(f"mean excess kurtosis of a unit, L1, {at}", of_units)


@pytest.mark.slow
def test_kl_holds_the_rate(claim, full, digits):
    c = claim("S6", "14.2.1",
              "A penalty on the divergence between a target rate and each unit's mean over the "
              "batch keeps the mean activation of the units at that rate, if its weight is "
              "large enough. The target rate costs reconstruction: where the units keep to the "
              "rate, the reconstruction is poor; where digits are still reconstructed well, the "
              "units are more active than the target.",
              f"{DIGITS}; 128 tied sigmoid units, target 0.1, λ = 100, 3, 1 and 0.")  # fmt: skip
    x, _, fresh, _ = digits
    rho, lams = 0.1, (100.0, 3.0, 1.0, 0.0)
    rates, errors = [], []
    for seed in c.seeds(3 if full else 1):
        for lam in lams:
            model = tied_digits.learn(x, 128, seed=seed, epochs=10 if full else 20, rate=5e-3,
                                      batch_size=50, penalties=KLSparsity(rho, lam))  # fmt: skip
            rates.append(model.encode(fresh).mean(axis=0) / rho)
            errors.append(squared_error(fresh, model.reconstruct(fresh)))
    rates = np.array(rates).reshape(-1, len(lams), 128)
    errors = np.array(errors).reshape(-1, len(lams))
    means, within = rates.mean(axis=2), (np.abs(rates - 1) < 0.1).mean(axis=2)
    mean_picture = squared_error(fresh, x.mean(axis=0))
    what = "mean activation / target, fresh data, λ = 100"
    c.show(what, means[:, 0], at_least=0.9, at_most=1.1)
    c.control("λ = 0", what, means[:, 3])
    what = "share of units whose own mean is within 10 % of the target, λ = 100"
    c.show(what, within[:, 0], at_least=0.6)
    c.control("λ = 0", what, within[:, 3])
    c.quote(
        "largest relative difference between a unit's mean activation and the target, λ = 100",
        np.abs(rates[:, 0] - 1).max(axis=1),
    )
    c.show("mean activation / target, λ = 1", means[:, 2], at_least=1.3)
    c.control("λ = 100", "mean activation / target, λ = 1", means[:, 0])
    what = "squared error, λ = 100 / the mean picture's"
    c.show(what, errors[:, 0] / mean_picture, at_least=0.5)
    c.control("λ = 0", what, errors[:, 3] / mean_picture)
    what = "squared error, λ = 1 / the mean picture's"
    c.show(what, errors[:, 2] / mean_picture, at_most=0.4)
    c.control("λ = 100", what, errors[:, 0] / mean_picture)
    c.quote("squared error of the mean picture", mean_picture)
    for i, lam in enumerate(lams):
        c.quote(f"squared error per picture, λ = {lam:g}", errors[:, i])
    c.quote("mean activation / target, λ = 3", means[:, 1])
    c.quote("mean activation / target, λ = 0", means[:, 3])


@pytest.mark.slow
def test_true_zeros(claim, full, digits):
    c = claim("S7", "14.2.1",
              "Rectified units with an absolute-value penalty give codes with exact zeros. The "
              "weight of the penalty determines how many zeros there are. Sigmoid units give no "
              "exact zeros.",
              f"{DIGITS}; 256 units, atoms of norm 1.")  # fmt: skip
    x, _, fresh, _ = digits
    lams = (0.0, 0.1, 0.3, 1.0)
    table, sigmoid = [], []
    for seed in c.seeds(3 if full else 1):
        for lam in lams:
            model = train(unit_atoms(x, 256, L1(lam), seed), x, seed)
            zero = model.encode(fresh) == 0
            dead = zero.all(axis=0)
            table.append((zero.mean(), zero[:, ~dead].mean(), dead.mean(),
                          squared_error(fresh, model.reconstruct(fresh))))  # fmt: skip
        for lam in (0.1, 1.0):
            model = train(unit_atoms(x, 256, L1(lam), seed, Sigmoid), x, seed)
            sigmoid.append((model.encode(fresh) == 0).mean())
    table = np.array(table).reshape(-1, len(lams), 4)
    zeros, living, dead, error = np.moveaxis(table, 2, 0)
    sigmoid = np.array(sigmoid).reshape(-1, 2)
    for name, share in (("share of exact zeros", zeros),
                        ("share of exact zeros among units that are not dead", living)):  # fmt: skip
        c.show(f"{name}, λ = 0", share[:, 0], at_most=0.6)
        c.control(f"λ = {lams[-1]:g}", f"{name}, λ = 0", share[:, -1])
        c.show(f"{name}, λ = {lams[-1]:g}", share[:, -1], at_least=0.9)
        c.control("sigmoid code", f"{name}, λ = {lams[-1]:g}", sigmoid[:, 1])
        what = f"{name}: smallest increase from one λ to the next"
        c.show(what, np.diff(share).min(axis=1), at_least=0.01)
        c.control("sigmoid code", what, np.diff(sigmoid)[:, 0])
    for i, lam in enumerate(lams):
        c.quote(f"share of exact zeros among living units, λ = {lam:g}", living[:, i])
        c.quote(f"share of dead units, λ = {lam:g}", dead[:, i])
        c.quote(f"squared error per picture, λ = {lam:g}", error[:, i])
    what = "share of exact zeros in a sigmoid code, λ = 0.1 and 1"
    c.show(what, sigmoid.ravel(), at_most=0)
    c.control("rectified code", what, zeros[:, [1, 3]].ravel())


class SoftmaxRegression(Model):
    """A linear classifier on given codes."""

    def __init__(self, d, classes):
        self.head = Classifier(classes)
        super().__init__({"linear": self.head.layer(d, np.float64)})

    def objective(self, h, y, *, rng):
        """Mean cross-entropy of the labels."""
        logits, cache = self.parts["linear"].forward(h)
        loss, glogits = self.head.loss_and_gradient(y, logits)
        self.parts["linear"].backward(glogits, cache)
        return loss

    def accuracy(self, h, y):
        """Share of codes whose most likely class is the label."""
        return (self.parts["linear"].forward(h)[0].argmax(axis=1) == y).mean()


class LabelsOnly(Autoencoder):
    """The same network under the classification loss alone."""

    def criterion(self, p):
        """No reconstruction cost and no Ω: all adjoints stay zero."""
        return 0.0


def linear_reconstruction(h, x, fresh_h):
    """Reconstruct fresh codes by the affine decoder that is best on (h, x) in least squares."""
    A, B = (np.concatenate([v, np.ones((len(v), 1))], axis=1).astype(float) for v in (h, fresh_h))
    return B @ np.linalg.solve(A.T @ A + 1e-3 * np.eye(A.shape[1]), A.T @ x)


@pytest.mark.slow
def test_sparse_and_supervised(claim, full, digits):
    pytest.importorskip("scipy")
    c = claim("S8", "14.2.1",
              "A sparse code can serve two tasks at once. If it is trained on reconstruction "
              "and on labels together, it classifies better than the unsupervised code and "
              "reconstructs better than the code of a classifier.",
              f"{DIGITS}; 64 rectified units, atoms of norm 1, L1 with λ = 0.03.")  # fmt: skip
    x, y, fresh, fresh_y = digits
    accuracy, errors, shuffled, of_labels = [], [], [], []
    for seed in c.seeds(3 if full else 1):
        built = {"activation": ReLU, "rng": seed, "dtype": x.dtype, "penalties": L1(0.03)}
        run = {"seed": seed, "rate": 3e-3, "epochs": 10}
        head = Classifier(10, weight=10.0)
        plain = train(UnitAtoms.dense((784, 64), **built), x, **run)
        both = train(UnitAtoms.dense((784, 64), head=head, **built), (x, y), **run)
        only = train(LabelsOnly.dense((784, 64), head=head, **built), (x, y), **run)
        order = np.random.default_rng(seed).permutation(len(y))
        wrong = train(UnitAtoms.dense((784, 64), head=head, **built), (x, y[order]), **run)
        shuffled.append((wrong.classify(fresh).argmax(axis=1) == fresh_y).mean())
        heavy = Classifier(10, weight=1e4)
        heavy = train(UnitAtoms.dense((784, 64), head=heavy, **built), (x, y), **run)
        of_labels.append(squared_error(fresh, heavy.reconstruct(fresh)))
        h, fresh_h = plain.encode(x).astype(float), plain.encode(fresh).astype(float)
        on_code = SoftmaxRegression(64, 10)
        minimize(on_code, (h, y), options={"maxiter": 300})
        accuracy.append([on_code.accuracy(fresh_h, fresh_y),
                         *((m.classify(fresh).argmax(axis=1) == fresh_y).mean() for m in (both, only))])  # fmt: skip
        decoded = linear_reconstruction(only.encode(x), x, only.encode(fresh))
        errors.append([squared_error(fresh, plain.reconstruct(fresh)),
                       squared_error(fresh, both.reconstruct(fresh)), squared_error(fresh, decoded)])  # fmt: skip
    accuracy, errors = np.array(accuracy).T, np.array(errors).T
    what = "test error rate, joint criterion / softmax regression on the unsupervised code"
    c.show(what, (1 - accuracy[1]) / (1 - accuracy[0]), at_most=0.9)
    c.control("joint criterion with shuffled labels", what,
              (1 - np.array(shuffled)) / (1 - accuracy[0]))  # fmt: skip
    what = "squared error, joint criterion / classifier's code with its best linear decoder"
    c.show(what, errors[1] / errors[2], at_most=0.95)
    c.control("labels a thousand times heavier", what, of_labels / errors[2])
    for i, name in enumerate(("unsupervised", "joint", "labels only")):
        c.quote(f"accuracy, {name}", accuracy[i])
        c.quote(f"squared error per picture, {name}", errors[i])
