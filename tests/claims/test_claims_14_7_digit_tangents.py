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
AVERAGED = "deep denoiser, the range of ∂r/∂x over noisy copies"
BARE = {"contractive": "untrained net", "denoiser": "untrained net",
        "deep denoiser": "untrained deep net"}  # fmt: skip
METHODS = (LOCAL, PCA, RANDOM, *(f"{net}, {word}" for net in NETS for word in WORDS), AVERAGED,
           *(f"{net}, {word}" for net in dict.fromkeys(BARE.values()) for word in WORDS))  # fmt: skip
MEASURED = (
    "Share of the squared length of three changes of an MNIST test digit (a move across, a move "
    "down, a turn) in the span of five directions, mean over the changes and 100 digits (reduced: "
    "40). The contractive code and the denoiser have one layer of 400 tied sigmoid units, the deep "
    "denoiser has two layers of 400 rectifiers; 1000 steps (reduced: 200 units, 300 steps). The "
    "number of neighbours of local PCA, λ and σ were chosen on other digits."
)


@functools.cache
def read(folder):
    """The digits, read once."""
    return digits.from_folder(folder)


@functools.cache
def shares(folder, n, seed, full):
    """For each method the share, a mean over the three motions, that five directions hold."""
    fresh_count, units, steps, copies = (100, 400, 1000, 4) if full else (40, 200, 300, 2)
    x, fresh = read(folder).drawn(n, fresh_count, seed)
    found = digits.without_networks(x, fresh, seed=seed)

    def note(name, model):
        for word, of in zip(WORDS, digits.OF, strict=True):
            found[f"{name}, {word}"] = digits.of_network(model, fresh, of)

    for name, make in NETS.items():
        model = make(x, seed=seed, units=units, steps=steps)
        note(name, model)
        if name == "deep denoiser":
            found[AVERAGED] = digits.averaged(model, fresh, seed=seed, copies=copies)
        if name != "contractive":  # untrained it is the denoiser
            note(BARE[name], make(x, seed=seed, units=units, steps=0))
    return {name: digits.held(T, fresh).mean() for name, T in found.items()}


@pytest.fixture
def measure(data_folder, full):
    """A function of n and seeds that gives for each method its shares, one for each seed."""

    def found(n, seeds):
        each = [shares(data_folder, n, seed, full) for seed in seeds]
        return {name: np.array([one[name] for one in each]) for name in METHODS}

    return found


def test_the_tangents_are_in_the_reconstruction(claim, full, measure):
    c = claim("S67", "14.7",
              "The true motions of a digit lie in the directions in which the reconstruction "
              "moves, the left singular vectors of ∂r/∂x, which span its range. The code's "
              "leading directions, the right singular vectors of ∂h/∂x, hold much less of them. "
              "This is so for a contractive code and for denoisers. The right singular vectors "
              "of ∂r/∂x hold more than those of the code.",
              MEASURED)  # fmt: skip
    for n in FEW:
        found = measure(n, c.seeds(3 if full else 1))
        for net, bare in BARE.items():
            for word, least in ((REC, 0.02), (RANGE, 0.07)):
                what = f"{n} digits, {net}: share held by {word} − by ∂h/∂x"
                c.show(what, found[f"{net}, {word}"] - found[f"{net}, {CODE}"], at_least=least)
                c.control(bare, what, found[f"{bare}, {word}"] - found[f"{bare}, {CODE}"])


def test_tangents_from_few_digits(claim, full, measure):
    c = claim("S67", "14.6",
              "From 300 and from 1000 digits, local PCA holds more of the true motions than the "
              "leading singular vectors of ∂h/∂x of a contractive code with one layer: the "
              "advantage over local PCA that the chapter states does not appear. The range of "
              "∂r/∂x of a deep denoiser, averaged over noisy copies of the digit, holds more "
              "than local PCA from 300 digits.",
              MEASURED)  # fmt: skip
    seeds = c.seeds(3 if full else 1)
    for n in COUNTS:
        found = measure(n, seeds) if full or n in FEW else None
        for name in METHODS:
            c.quote(f"{n} digits: share held by {name}", found and found[name])
    for n in FEW:
        found = measure(n, seeds)
        what = f"{n} digits: share held by local PCA − by ∂h/∂x of the contractive code"
        code = found[f"contractive, {CODE}"]
        c.show(what, found[LOCAL] - code, at_least=0.08)
        c.control("the deep denoiser's range in place of the code", what,
                  found[LOCAL] - found[AVERAGED])  # fmt: skip
        what = f"{n} digits: share held by ∂h/∂x of the contractive code / by random directions"
        c.show(what, code / found[RANDOM], at_least=3)
        c.control("untrained net", what, found[f"untrained net, {CODE}"] / found[RANDOM])
    found = measure(300, seeds)
    what = "300 digits: share held by the deep denoiser's range over noisy copies / by local PCA"
    c.show(what, found[AVERAGED] / found[LOCAL], at_least=1.0, full_only=True)
    for imposter in (PCA, f"untrained deep net, {RANGE}", f"deep denoiser, {CODE}"):
        c.control(imposter, what, found[imposter] / found[LOCAL])
