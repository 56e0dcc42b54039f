"""Features for classifiers: codes of several models are classified, and the models not trained on
labels (sections 14.5.1.1 and 14.7).
"""

import functools
from pathlib import Path

import numpy as np
import pytest

from figures.experiments import features
from figures.experiments.features import CANDIDATES, CHOSEN, EPOCHS, UNITS

pytestmark = [pytest.mark.real_data, pytest.mark.claim]

ON = (f"MNIST: {UNITS} sigmoid units, tied weights, Bernoulli output, trained on 50 000 digits without "
      f"labels in {EPOCHS} epochs; strengths chosen on the last 10 000 training digits with another "
      "seed; errors in percent of the 10 000 test digits; three seeds")  # fmt: skip
DAES = ("denoising, Gaussian", "denoising, masking")


@functools.cache
def table(folder: Path, full: bool) -> dict[str, dict[str, np.ndarray]]:
    """Return the test errors of all seeds by classifier and kind of model.

    Reduced: two seeds, 5000 digits, 300 units, and only the kinds that bounds are about.
    """
    n, valid, test = (50_000, 10_000, 10_000) if full else (5000, 2000, 4000)
    d = features.digits(folder / "mnist", n, valid, test)
    kinds = (
        list(CHOSEN) if full else ["raw pixels", "random features", "plain", *DAES, "contractive"]
    )
    rows = {
        kind: [
            features.errors(kind, d, units=UNITS if full else 300, seed=seed,
                            epochs=EPOCHS if full else 10)
            for seed in range(3 if full else 2)
        ]
        for kind in kinds
    }  # fmt: skip
    names = rows["plain"][0]
    return {name: {kind: np.array([row[name] for row in rows[kind]]) for kind in kinds}
            for name in names}  # fmt: skip


def quote(c, found):
    """Record the errors of all kinds, with their strengths."""
    for kind, values in found.items():
        strength = f" ({CHOSEN[kind]:g})" if kind in CANDIDATES else ""
        c.quote(f"test error, {kind}{strength} (%)", values)
