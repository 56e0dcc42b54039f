"""Two forces are needed, and what cannot be learned from neighbours alone (section 14.6)."""

import numpy as np
import pytest

from figures.experiments.unseen_variations import FAR, INSIDE, METHODS, Copies, measure
from tests.claims.arcs import (
    arcs,
    length,
    radii_at,
    tangents_at,
    trained,
    unexplained,
)

pytestmark = [pytest.mark.claim, pytest.mark.slow]

STRENGTHS = (0.0, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0)


def test_neither_force_alone_finds_the_manifold(claim, full):
    c = claim("S62, forces", "14.6",
              "Neither force alone is useful. Reconstruction alone gives a code that responds "
              "across the manifold nearly as much as along it. Contraction alone gives a code "
              "that does not know the input. With both, the code knows the place on the "
              "manifold and responds mainly along it.",
              "500 points on two arcs of 90° and radius 1.5 in 50 dimensions; tied tanh "
              "50-100-20; λ = 0, 0.1 and 100, with others quoted. A tangent t is a direction "
              "along an arc, n the direction of its radius. 5 seeds (reduced: 1).")  # fmt: skip
    ratio, lost = ({lam: [] for lam in STRENGTHS} for _ in range(2))
    for seed in c.seeds(5 if full else 1):
        _, fresh, t, axes = arcs(2, seed)
        for lam in STRENGTHS:
            net = trained(2, seed, lam)
            J = net.jacobian(fresh)
            ratio[lam].append(length(J, tangents_at(t, axes)) / length(J, radii_at(t, axes)))
            lost[lam].append(unexplained(net.reconstruct, fresh))
    what = "λ = 0.1: ‖J t‖ / ‖J n‖, n a radius"
    c.show(what, ratio[0.1], at_least=2)
    c.control("reconstruction alone, λ = 0", what, ratio[0.0])
    what = "λ = 0.1: squared error over the variance"
    c.show(what, lost[0.1], at_most=0.1)
    c.control("contraction alone, λ = 100", what, lost[100.0])
    for lam in STRENGTHS:
        c.quote(f"λ = {lam:g}: ‖J t‖ / ‖J n‖", ratio[lam])
        c.quote(f"λ = {lam:g}: squared error over the variance, all strengths", lost[lam])


def test_unseen_variations(claim, full):
    c = claim("S62, unseen", "14.6",
              "Local methods cannot generalise to unseen variations. If half of all combinations "
              "of features never occur in training, local PCA's tangents at the other half are "
              "much worse, and a contractive encoder's are as good as at the seen ones. But an "
              "encoder cannot generalise to a part of the curve that it has never seen.",
              "400 points on 2⁵ parallel half circles of radius 1.5 in 50 dimensions, noise "
              "0.05, and 300 fresh points. Combinations: the 16 copies with an even number of "
              "switches off are for training. Range: angles from −45° to 45° for training, 75° "
              "to 90° unseen. Tied tanh encoder, 20 units, λ = 0.01; the number of neighbours of "
              "local PCA is the best at other points like the training points. 5 seeds "
              "(reduced: 1).")  # fmt: skip
    by_copy, by_range, by_whole = (
        np.array([measure(*where, seed=seed) for seed in c.seeds(5 if full else 1)])
        for where in (
            (Copies(parity=1), Copies(parity=-1)),
            (Copies(span=INSIDE), Copies(span=FAR)),
            (Copies(), Copies(span=INSIDE), Copies(span=FAR)),
        )
    )
    added = by_copy[:, 1] - by_copy[:, 0]
    what = "unseen combinations: degrees that local PCA loses"
    c.show(what, added[:, 0], at_least=25)
    c.control("a contractive encoder", what, added[:, 1])
    what = "unseen combinations: degrees that the encoder loses"
    c.show(what, added[:, 1], at_most=5)
    c.control("local PCA", what, added[:, 0])
    what = "unseen range: degrees that the encoder loses"
    c.show(what, by_range[:, 1, 1] - by_range[:, 0, 1], at_least=15)
    c.control("trained on the whole range", what, by_whole[:, 2, 1] - by_whole[:, 1, 1])
    for i, name in enumerate(METHODS):
        for data, kind in ((by_copy, "combinations"), (by_range, "range")):
            for j, which in enumerate(("seen", "unseen")):
                c.quote(f"{which} {kind}: degrees from the true tangent, {name}", data[:, j, i])
