"""Features for classifiers: models learn without labels, and their codes are classified
(sections 14.5.1.1 and 14.7).
"""

from pathlib import Path

import numpy as np
import pytest

from figures.experiments import features
from figures.experiments.features import CANDIDATES, CHOSEN, EPOCHS, FEW, NEIGHBOURS, UNITS

pytestmark = [pytest.mark.real_data, pytest.mark.claim, pytest.mark.slow]

ON = (
    f"MNIST; {UNITS} sigmoid units, tied weights, Bernoulli output; {EPOCHS} epochs on 50 000 "
    "digits without labels. The number after the name is the strength, chosen on the last 10 000 "
    "training digits with another seed. Errors in percent of the 10 000 test digits, three seeds"
)
NOISY = ("denoising, Gaussian", "denoising, masking")
BOUNDED = ("raw pixels", "random features", "plain", *NOISY, "contractive")


def table(folder: Path, full: bool) -> dict[str, dict[str, np.ndarray]]:
    """Return the test errors of all seeds, by classifier and by kind of model.

    Reduced: one seed, 5000 digits, 300 units, and only the kinds that bounds are about.
    """
    d = features.digits(folder, *((50_000, 10_000, 10_000) if full else (5000, 2000, 4000)))
    size = {"units": UNITS, "epochs": EPOCHS} if full else {"units": 300, "epochs": 8}
    # The seeds are fixed and not derived from the claim's name: they are also the numbers of the
    # blocks of labelled digits, and the full form with them takes hours.
    rows = {
        kind: [features.errors(kind, d, seed=seed, **size) for seed in range(3 if full else 1)]
        for kind in (CHOSEN if full else BOUNDED)
    }
    return {
        name: {kind: np.array([row[name] for row in found]) for kind, found in rows.items()}
        for name in rows["plain"][0]
    }


def errors_with_shuffled_labels(folder: Path) -> tuple[float, float, float]:
    """Return the test errors on raw pixels if the labels are shuffled; few digits are enough.

    They are those of softmax regression with all and with few labels, and of the nearest
    neighbours. The labels that choose the epoch and the weight decay are right.
    """
    d = features.digits(folder, 5000, 2000, 2000)
    d = d._replace(y=np.random.default_rng(0).permutation(d.y))
    voted = features.neighbours(d.x, d.y, d.x_test, d.y_test)
    regression = features.linear(d, seed=0, epochs=2)[1]
    return regression, features.few(d, seed=0, epochs=5), voted


def quote(c, found, after=""):
    """Record the errors of all kinds, with their means and their strengths."""
    for kind in CHOSEN:
        values = found.get(kind)
        strength = f" {CHOSEN[kind]:g}" if kind in CANDIDATES else ""
        c.quote(f"test error (%), {kind}{strength}{after}", values)
        c.quote(f"the same, mean over the seeds, {kind}{after}",
                None if values is None else values.mean())  # fmt: skip


def test_features_help_a_classifier(claim, full, data_folder):
    found = table(data_folder / "mnist", full)
    c = claim("S35", "14.5.1.1",
              "Softmax regression on codes makes fewer errors if the codes come from a denoising or "
              "a contractive autoencoder than if they come from a plain one. The codes of an untrained "
              "encoder (random features) and the raw pixels are controls, and both are worse. Random "
              "features are nearer to the plain codes than the plain codes are to the best ones, and "
              "weight decay does not help here.", ON)  # fmt: skip
    linear = found["linear"]
    quote(c, linear)
    shuffled, few_shuffled, voted = errors_with_shuffled_labels(data_folder / "mnist")
    raw, random = linear["raw pixels"], linear["random features"]
    what = "random features − plain (percentage points)"
    c.show(what, random - linear["plain"], at_least=0.2)
    c.control("pixels with shuffled labels", what, random - shuffled)
    for kind in (*NOISY, "contractive"):
        what = f"plain − {kind} (percentage points)"
        c.show(what, linear["plain"] - linear[kind], at_least=0.2)
        c.control("random features", what, linear["plain"] - random)
        what = f"random features − {kind} (points)"
        c.show(what, random - linear[kind], at_least=0.5)
        c.control("pixels with shuffled labels", what, random - shuffled)
        what = f"raw pixels − {kind} (points)"
        c.show(what, raw - linear[kind], at_least=0.5)
        c.control("pixels with shuffled labels", what, raw - shuffled)
    c = claim("S35, few labels", "14.5.1.1",
              f"With {FEW} labels the same models win, and by more percentage points over the plain "
              "autoencoder. Codes of the sparse autoencoder and of the RBM are as good. Random features "
              "do no better than the raw pixels.",
              f"{ON}; the labels are those of another {FEW} digits for each seed. The weight decay "
              "of the regression is the best of three on the validation digits")  # fmt: skip
    few = found["few labels"]
    quote(c, few)
    for kind in (*NOISY, "contractive"):
        what = f"plain − {kind} (points)"
        c.show(what, few["plain"] - few[kind], at_least=0.2)
        c.control("random features", what, few["plain"] - few["random features"])
        c.quote(f"the same less that with all labels, mean, {kind} (points)",
                (few["plain"] - few[kind] - linear["plain"] + linear[kind]).mean())  # fmt: skip
        what = f"raw pixels − {kind} (points)"
        c.show(what, few["raw pixels"] - few[kind], at_least=0.5)
        c.control("pixels with shuffled labels", what, few["raw pixels"] - few_shuffled)
    c = claim("S35, neighbours", "14.5.1.1",
              f"The {NEIGHBOURS} nearest codes vote. For this classifier the order of the models is "
              "another one; the strengths were chosen for softmax regression. The raw pixels are a "
              "strong control: codes gain little on them. Codes of the contractive autoencoder are "
              "better than those of an untrained encoder.", ON)  # fmt: skip
    near = found["neighbours"]
    quote(c, near)
    quote(c, found["neighbours, few labels"], f", {FEW} labels")
    what = "random features − contractive (points)"
    c.show(what, near["random features"] - near["contractive"], at_least=0.2)
    c.control("pixels with shuffled labels", what, near["random features"] - voted)
