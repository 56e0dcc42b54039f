"""Predictive sparse decomposition of sounds and of short films (14.8)."""

import numpy as np
import pytest

from figures.experiments.chirps import CHIRPS, LENGTH, chirps, learn, spread, untrained
from figures.experiments.drifting_patches import ATOMS, D, films, selectivity, whiten
from tinyae import PCA, PSD

pytestmark = [pytest.mark.claim, pytest.mark.slow]

N, FRESH = 3000, 1000
SHORT = 1.0  # an atom is a short tone if its spread is below; a Gaussian tone has ½, noise about 14


def criteria(model, start, other, fresh):
    """The sparse coding criterion of fresh examples, a mean, for several atoms and codes."""
    bare, *random = (
        PSD(None, m.copy().parts["dictionary"], lam=m.lam, gamma=0.0) for m in (model, start, other)
    )
    f = model.encode(fresh)
    at = {
        "f": f,
        "zero": np.zeros_like(f),
        "other examples": np.roll(f, 1, axis=0),
        "untrained": start.encode(fresh),
        "optimum": bare.infer(fresh, steps=100),
    }
    found = {name: bare.criterion(fresh, h).mean() for name, h in at.items()}
    for name, one in zip(("random", "other random"), random, strict=True):
        found[name] = one.criterion(fresh, one.infer(fresh, steps=100)).mean()
    return found


def show_codes(c, name, found):
    """Bound what is common to both kinds of data: the atoms are learned, and f predicts codes.

    `found` has a list over the seeds for each name of `criteria`.
    """
    of = {key: np.array([one[key] for one in found]) for key in found[0]}
    what = f"{name}: sparse coding criterion at its optimum, learned atoms / random atoms"
    c.show(what, of["optimum"] / of["random"], at_most=0.75)
    c.control("other random atoms", what, of["other random"] / of["random"])
    what = f"{name}: sparse coding criterion at f's code / at the code zero"
    c.show(what, of["f"] / of["zero"], at_most=0.95)
    c.control("f of another example", what, of["other examples"] / of["zero"])
    c.control("an untrained f", what, of["untrained"] / of["zero"])
    c.quote(f"{name}: the same at the optimum", of["optimum"] / of["zero"])


def test_atoms_of_sounds_are_short_tones(claim, full):
    """Reduced: 1 seed instead of 3."""
    c = claim("S65", "14.8",
              "PSD learns features of one-dimensional sounds. Its atoms are tones that are short in "
              "time and narrow in frequency, as the chirps are of which the sounds consist. After "
              "training, the encoder alone predicts the codes.",
              f"{N} windows of {LENGTH} samples with {CHIRPS} chirps each, 128 atoms, λ = 2, γ = 1, "
              f"8 epochs; {FRESH} fresh windows; three seeds")  # fmt: skip
    found, share, controls = [], [], {}
    for seed in c.seeds(3 if full else 1):
        rng = np.random.default_rng(seed)
        x, fresh = chirps(N, rng), chirps(FRESH, rng)
        model, start = learn(x, seed, epochs=8), untrained(LENGTH, 128, seed)
        other = untrained(LENGTH, 128, np.random.default_rng([seed, 1]))
        found.append(criteria(model, start, other, fresh))
        share.append((spread(model.atoms) < SHORT).mean())
        for name, atoms in (
            ("random atoms", start.atoms),
            ("principal components", PCA(LENGTH).fit(x).components_),
            ("the windows themselves", x),
        ):
            controls.setdefault(name, []).append((spread(atoms) < SHORT).mean())
    what = f"sounds: share of atoms with 2π · spread in time · spread in frequency < {SHORT:g}"
    c.show(what, share, at_least=0.6)
    for name, values in controls.items():
        c.control(name, what, values)
    show_codes(c, "sounds", found)


def test_atoms_of_films_move(claim, full):
    """Reduced: 1 seed instead of 3."""
    c = claim("S65, films", "14.8",
              "PSD learns features of short films. Where the pictures drift to the right or to the "
              "left, most atoms move in one of the two directions. They do not if the frames of each "
              "film are in a random order. After training, the encoder alone predicts the codes.",
              f"{N} films of 5 frames of 8 × 8 pixels, dead leaves that drift by one pixel from frame "
              f"to frame, whitened; {ATOMS} atoms, λ = 2, γ = 1, 5 epochs; {FRESH} fresh films; "
              "three seeds")  # fmt: skip
    found, moving, controls = [], [], {}
    for seed in c.seeds(3 if full else 1):
        rng = np.random.default_rng(seed)
        x, fresh = whiten(films(N, rng), films(FRESH, rng))
        model, start = learn(x, seed, epochs=5, atoms=ATOMS), untrained(D, ATOMS, seed)
        other = untrained(D, ATOMS, np.random.default_rng([seed, 1]))
        found.append(criteria(model, start, other, fresh))
        moving.append(selectivity(model.atoms))
        mixed = whiten(*(films(n, rng, in_order=False) for n in (N, FRESH)))[0]
        for name, atoms in (
            ("frames in random order", learn(mixed, seed, epochs=5, atoms=ATOMS).atoms),
            ("principal components", PCA(ATOMS).fit(x).components_),
            ("random atoms", start.atoms),
        ):
            controls.setdefault(name, []).append(selectivity(atoms))
    what = "films: |power to the right − to the left| / power of both, over all atoms"
    c.show(what, moving, at_least=0.5)
    for name, values in controls.items():
        c.control(name, what, values)
    show_codes(c, "films", found)
