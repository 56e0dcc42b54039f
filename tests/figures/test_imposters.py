"""The check of the figures fails for networks that have not learned what the figure shows."""

import json

import numpy as np
import pytest

from figures import common
from figures.catalogue import FIGURES
from figures.experiments import binary_digits, denoising, spiral

pytestmark = pytest.mark.slow


def wrong(module):
    """The names of the numbers of the quick form that the check complains about."""
    expected = json.loads((common.EXPECTED / f"{module.NAME}.quick.json").read_text("utf-8"))
    problems = common.compare(module.compute(seed=0, quick=True), expected, module.CHECKED)
    return {problem.split()[0] for problem in problems}


def test_narrow_weights_do_not_learn_the_field(monkeypatch):
    def learn(seed, *, sigma, weight, bias, epochs, units):
        return spiral.learn(seed, sigma=sigma, weight=2, bias=2, epochs=epochs, units=units)

    monkeypatch.setattr(FIGURES["14.5"], "learn", learn)
    assert {"median_cosine", "mean_cosine"} <= wrong(FIGURES["14.5"])


def test_the_identity_does_not_denoise(monkeypatch):
    class Identity:
        def reconstruct(self, x):
            return x

    monkeypatch.setattr(denoising, "learn", lambda *_, **__: Identity())
    assert {f"{kind}_dae" for kind in FIGURES["denoising"].KINDS} <= wrong(FIGURES["denoising"])


def test_independent_pixels_are_no_samples(monkeypatch):
    def pixels(model, state, *, steps, rng):
        mean = np.full(state.shape[1], 0.11)  # the ink of the data, so that only shapes differ
        return binary_digits.bits(np.broadcast_to(mean, state.shape), rng)

    monkeypatch.setattr(binary_digits, "gsn_chain", pixels)
    monkeypatch.setattr(FIGURES["samples"], "gsn_chain", pixels)
    assert "distance_chain" in wrong(FIGURES["samples"])
