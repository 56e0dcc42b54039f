"""Two forces are needed, and what cannot be learned from neighbours alone (section 14.6)."""

import numpy as np
import pytest

from figures.experiments import tangent_planes as planes
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
D, RADIUS, SWITCHES = 50, 1.5, 5
WHOLE, INSIDE, FAR = ((-np.pi / 2, np.pi / 2), (-np.pi / 4, np.pi / 4), (5 * np.pi / 12, np.pi / 2))


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


def copies(n, rng, axes, parity=None, span=WHOLE):
    """Points on 2⁵ parallel copies of a half circle, and their tangents (n, 1, 50).

    parity : +1 or −1 for the copies with an even or odd number of switches that are off; all of
        them if None
    span : range of the angle
    """
    s, t = 2.0 * rng.integers(0, 2, (n, SWITCHES)) - 1.0, rng.uniform(*span, n)
    if parity is not None:
        s[s.prod(axis=1) != parity, 0] *= -1.0
    x, true = (RADIUS * np.stack(part, axis=1) @ axes[SWITCHES:]
               for part in ((np.sin(t), np.cos(t)), (np.cos(t), -np.sin(t))))  # fmt: skip
    return x + s @ axes[:SWITCHES] + 0.05 * rng.standard_normal((n, D)), true[:, None]


def errors(x, parts, seed):
    """Angle to the true tangent at each part: of local PCA, the encoder and the non-local net.

    Local PCA has the number of neighbours that is best at the first part, which is like x.
    """
    encoder = planes.contractive(x, 0.01, seed=seed)
    net = planes.nonlocal_net(x, 1, 3, seed=seed)
    by_neighbors = planes.errors_by_neighbors(x, *parts[0])
    m = min(by_neighbors, key=by_neighbors.get)
    return np.array([
        (planes.local_error(x, *part, m), planes.encoder_error(encoder, *part),
         planes.degrees(net.tangents(part[0]), part[1])) for part in parts
    ])  # fmt: skip


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
              "local PCA is the best at fresh points like the training points. 5 seeds "
              "(reduced: 1).")  # fmt: skip
    by_copy, by_range, by_whole = [], [], []
    for seed in c.seeds(5 if full else 1):
        rng = np.random.default_rng(seed)
        axes = np.linalg.qr(rng.standard_normal((D, SWITCHES + 2)))[0].T
        seen, *parts = (
            copies(n, rng, axes, parity) for n, parity in ((400, 1), (300, 1), (300, -1))
        )
        by_copy.append(errors(seen[0], parts, seed))
        for span, found in ((INSIDE, by_range), (WHOLE, by_whole)):
            seen, *parts = (copies(n, rng, axes, span=angles)
                            for n, angles in ((400, span), (300, INSIDE), (300, FAR)))  # fmt: skip
            found.append(errors(seen[0], parts, seed))
    by_copy, by_range, by_whole = (np.array(found) for found in (by_copy, by_range, by_whole))
    added = by_copy[:, 1] - by_copy[:, 0]
    what = "unseen combinations: degrees that local PCA loses"
    c.show(what, added[:, 0], at_least=25)
    c.control("a contractive encoder", what, added[:, 1])
    what = "unseen combinations: degrees that the encoder loses"
    c.show(what, added[:, 1], at_most=5)
    c.control("local PCA", what, added[:, 0])
    what = "unseen range: degrees that the encoder loses"
    c.show(what, by_range[:, 1, 1] - by_range[:, 0, 1], at_least=15)
    c.control("trained on the whole range", what, by_whole[:, 1, 1] - by_whole[:, 0, 1])
    for i, name in enumerate(("local PCA", "contractive encoder", "non-local network")):
        for data, kind in ((by_copy, "combinations"), (by_range, "range")):
            for j, which in enumerate(("seen", "unseen")):
                c.quote(f"{which} {kind}: degrees from the true tangent, {name}", data[:, j, i])
