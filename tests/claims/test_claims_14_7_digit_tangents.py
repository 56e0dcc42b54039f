"""Tangents of written digits: local PCA, the code, the reconstruction, from few digits (14.6, 14.7).

Settings were chosen on digits that are neither trained on nor reported, see
`figures/experiments/digit_tangents.py`.
"""

import functools

import numpy as np
import pytest

from figures.experiments import digit_tangents as digits

pytestmark = [pytest.mark.claim, pytest.mark.slow, pytest.mark.real_data]

COUNTS, FEW = (300, 1000, 4000, 20_000), (300, 1000)
NETS = {"contractive": digits.contractive, "denoiser": digits.denoiser,
        "deep denoiser": digits.deep_denoiser}  # fmt: skip
CODE, REC, RANGE = WORDS = ("∂h/∂x", "∂r/∂x", "the range of ∂r/∂x")
LOCAL, PCA, RANDOM = "local PCA", "PCA of all digits", "random directions"
BARE = {"contractive": "untrained net", "denoiser": "untrained net",
        "deep denoiser": "untrained deep net"}  # fmt: skip
METHODS = (LOCAL, PCA, RANDOM, *(f"{net}, {word}" for net in NETS for word in WORDS))
UNTRAINED = tuple(f"{net}, {word}" for net in ("untrained net", "untrained deep net")
                  for word in WORDS)  # fmt: skip
MEASURED = (
    "Share of the squared length of three changes of an MNIST test digit (a move across, a move "
    "down, a turn) in the span of five directions, mean over the changes and 60 digits (reduced: "
    "40). The contractive code and the denoiser have one layer of 300 tied sigmoid units, the deep "
    "denoiser has two layers of 300 rectifiers; 600 steps (reduced: 200 units, 300 steps). The "
    "number of neighbours of local PCA, λ and σ were chosen on other digits."
)


@functools.cache
def read(folder):
    """The digits, read once."""
    return digits.from_folder(folder)


@functools.cache
def shares(folder, n, seed, full):
    """For each method the share, a mean over the three motions, that five directions hold."""
    count, units, steps = (60, 300, 600) if full else (40, 200, 300)
    x, fresh = read(folder).drawn(n, count, seed)
    found = digits.without_networks(x, fresh, seed=seed)

    def note(name, model):
        for word, of in zip(WORDS, digits.OF, strict=True):
            found[f"{name}, {word}"] = digits.of_network(model, fresh, of)

    for name, make in NETS.items():
        model = make(x, seed=seed, units=units, steps=steps)
        note(name, model)
        if n in FEW and name != "contractive":  # untrained it is the denoiser
            note(BARE[name], make(x, seed=seed, units=units, steps=0))
    return {name: digits.held(T, fresh).mean() for name, T in found.items()}


def table(folder, seeds, full):
    """Shares of every method, one for each seed, by number of digits; the reduced form has few."""
    found = {}
    for n in COUNTS if full else FEW:
        each = [shares(folder, n, seed, full) for seed in seeds]
        found[n] = {name: np.array([one[name] for one in each]) for name in each[0]}
    return found


def test_tangents_of_digits(claim, full, data_folder):
    c = claim("S67", "14.7",
              "True motions of a digit lie in the directions in which the reconstruction moves, "
              "the left singular vectors of ∂r/∂x, which span its range. The code's leading "
              "directions, the right singular vectors of ∂h/∂x, hold much less of them, for a "
              "contractive code and for denoisers. The right singular vectors of ∂r/∂x hold more "
              "than those of the code and less than the range.",
              MEASURED)  # fmt: skip
    found = table(data_folder, c.seeds(3 if full else 1), full)
    for n in FEW:
        for net, bare in BARE.items():
            for word, least in ((REC, 0.01), (RANGE, 0.05)):
                what = f"{n} digits, {net}: share held by {word} − by ∂h/∂x"
                c.show(what, found[n][f"{net}, {word}"] - found[n][f"{net}, {CODE}"],
                       at_least=least)  # fmt: skip
                c.control(bare, what, found[n][f"{bare}, {word}"] - found[n][f"{bare}, {CODE}"])
    c = claim("S67", "14.6",
              "From 300 and from 1000 digits, the leading singular vectors of ∂h/∂x of a "
              "contractive code with one layer hold less than 60 % of what local PCA holds of the true "
              "motions: the advantage over local PCA that the chapter states does not appear. The range of "
              "∂r/∂x of a denoiser with two layers of rectifiers holds about as much as local PCA "
              "from 300 digits, and less from 1000 or more.",
              MEASURED)  # fmt: skip
    for n in COUNTS:
        for name in METHODS + UNTRAINED * (n in FEW):
            c.quote(f"{n} digits: share held by {name}", found[n][name] if n in found else None)
    for n in FEW:
        code, local = found[n][f"contractive, {CODE}"], found[n][LOCAL]
        what = f"{n} digits: share held by local PCA / by ∂h/∂x of the contractive code"
        c.show(what, local / code, at_least=1.7)
        c.control("the range of a denoiser's ∂r/∂x in place of ∂h/∂x", what,
                  local / found[n][f"denoiser, {RANGE}"])  # fmt: skip
        what = f"{n} digits: share held by ∂h/∂x of the contractive code / by random directions"
        c.show(what, code / found[n][RANDOM], at_least=3)
        c.control("untrained net", what, found[n][f"untrained net, {CODE}"] / found[n][RANDOM])
    best, local = found[300][f"deep denoiser, {RANGE}"], found[300][LOCAL]
    imposters = (PCA, f"untrained deep net, {RANGE}", f"deep denoiser, {CODE}")
    what = "300 digits: share held by the deep denoiser's range / by local PCA"
    c.show(what, best / local, at_least=0.65,
           moved="≥ 0.8 at first, which the small nets of the reduced form just reach")  # fmt: skip
    for imposter in imposters:
        c.control(imposter, what, found[300][imposter] / local)
    what = "300 digits: the same, mean over the seeds"
    c.show(what, (best / local).mean(), at_least=1.0, full_only=True)
    for imposter in imposters:
        c.control(imposter, what, (found[300][imposter] / local).mean())


def several(folder, n, seed, full):
    """Shares of one deep denoiser's code and range, of several ranges together, of local PCA."""
    count, units, steps, fresh_digits = (3, 300, 600, 60) if full else (3, 200, 300, 40)
    x, fresh = read(folder).drawn(n, fresh_digits, seed)
    nets = digits.deep_denoisers(x, count, seed=seed, units=units, steps=steps)
    found = {of: digits.of_network(nets[0], fresh, of) for of in ("code", "range")}
    found["together"] = digits.together(nets, fresh)
    found["local"] = digits.without_networks(x, fresh, seed=seed)[LOCAL]
    return {name: digits.held(T, fresh).mean() for name, T in found.items()}


def test_several_denoisers(claim, full, data_folder):
    c = claim("S67", "14.7",
              "The directions in which the reconstructions of three deep denoisers move together "
              "hold more of the true motions than those of one denoiser. They hold more than "
              "local PCA from 300 digits.",
              f"The leading eigenvectors of Σ J Jᵀ, J = ∂r/∂x. {MEASURED}")  # fmt: skip
    found, seeds = {}, c.seeds(3 if full else 1)
    for n in FEW if full else FEW[:1]:
        each = [several(data_folder, n, seed, full) for seed in seeds]
        found[n] = {name: np.array([one[name] for one in each]) for name in each[0]}
    for n in FEW:
        for name, words in (("together", "all together"), ("range", "one"), ("local", LOCAL)):
            c.quote(f"{n} digits: share held by {words}", found[n][name] if n in found else None)
    few = found[300]
    what = "300 digits: share held by all together / by one"
    c.show(what, few["together"] / few["range"], at_least=1.02)
    what = "300 digits: share held by all together / by local PCA"
    c.show(what, few["together"] / few["local"], at_least=1.05, full_only=True)
    c.control("∂h/∂x of the one", what, few["code"] / few["local"])
