"""What a code responds to on a known manifold, and what one pixel sees of a template (section 14.6)."""

import numpy as np
import pytest

from figures.experiments.turning_digit import rank_correlation
from tests.claims.arcs import (
    arcs,
    leaving,
    length,
    radii_at,
    squared_error,
    tangents_at,
    trained,
    untrained,
)
from tinyae import PCA

pytestmark = [pytest.mark.claim, pytest.mark.slow]

STEP = 0.5  # off the manifold
REACH = 24  # pixels that a digit is moved to either side


class Plane:
    """PCA as a model: a linear code with as many components as the arcs' planes have axes."""

    def __init__(self, x, k):
        self.pca = PCA(k).fit(x)

    def jacobian(self, x):
        return np.broadcast_to(self.pca.components_, (len(x), *self.pca.components_.shape))

    def reconstruct(self, x):
        return self.pca.inverse_transform(self.pca.transform(x))


def test_sensitive_along_the_manifold_only(claim, full):
    c = claim("S50", "14.6",
              "The code of a contractive autoencoder responds to changes along the manifold and "
              "responds little to changes along the radii of the arcs, which are normal to the "
              "manifold. It undoes a step along a radius. Neither an untrained net, nor one "
              "without contraction, nor PCA does that. Steps that leave the planes of the arcs "
              "decide nothing, because PCA undoes them too.",
              "500 points on d arcs of 90° and radius 1.5, each in a plane of its own in 50 "
              "dimensions; tied tanh 50-100-20, contraction with λ = 0.1; PCA with 2d "
              "components. A tangent t is a direction along an arc, n the direction of its "
              "radius. 5 seeds (reduced: 1).")  # fmt: skip
    imposters = ("PCA", "an untrained net", "without contraction")
    for d in (1, 2, 3):
        ratios, kept, leave, leave_kept = (
            {name: [] for name in ("", *imposters)} for _ in range(4)
        )
        for seed in c.seeds(5 if full else 1):
            x, fresh, t, planes = arcs(d, seed)
            steps = STEP * np.random.default_rng(seed).choice([-1, 1], (len(fresh), 1))
            nets = (trained(d, seed), Plane(x, 2 * d), untrained(seed), trained(d, seed, 0.0))
            for name, net in zip(("", *imposters), nets, strict=True):
                J = net.jacobian(fresh)
                along = length(J, tangents_at(t, planes))
                ratios[name].append(along / length(J, radii_at(t, planes)))
                leave[name].append(length(J, leaving(t, planes)) / along)
                for found, n in (
                    (kept, radii_at(t, planes)[:, 0]),
                    (leave_kept, leaving(t, planes)[0]),
                ):
                    found[name].append(squared_error(net.reconstruct, fresh + steps * n) / STEP**2)
        what = f"d = {d}: ‖J t‖ / ‖J n‖, n a radius"
        c.show(what, ratios[""], at_least=2)
        for name in imposters:
            c.control(name, what, ratios[name])
        what = f"d = {d}: squared error after a step along a radius over its square (1: undone)"
        c.show(what, kept[""], at_least=0.5, at_most=1.5)
        for name in imposters:
            c.control(name, what, kept[name])
        for name in ("", "PCA"):
            c.quote(f"d = {d}: ‖J n‖ / ‖J t‖, n leaving the planes{', ' * bool(name)}{name}",
                    leave[name])  # fmt: skip
            c.quote(f"d = {d}: the same after a step that leaves the planes{', ' * bool(name)}{name}",
                    leave_kept[name])  # fmt: skip


def peaks(v):
    """Number of local maxima along the first axis, for each column; a plateau counts once."""
    counts = []
    for column in v.T:
        steps = np.sign(np.diff(column, prepend=-1.0, append=-1.0).round(9))
        steps = steps[steps != 0]
        counts.append(((steps[:-1] > 0) & (steps[1:] < 0)).sum())
    return np.array(counts)


def passing(image):
    """What the middle pixel of each inked row sees while the image passes: (shifts, rows)."""
    wide = np.pad(image.astype(float), ((0, 0), (REACH, REACH)))
    moved = np.stack([np.roll(wide, shift, axis=1) for shift in range(-REACH, REACH + 1)])
    return moved[:, image.max(axis=1) > 0, wide.shape[1] // 2]


def turning(image):
    """Angle (degrees) by which the tangent of the shifted image's path turns with each pixel."""
    wide = np.pad(image.astype(float), ((0, 0), (2, 2)))
    step = [np.roll(wide, shift + 1, axis=1) - np.roll(wide, shift, axis=1) for shift in (0, 1)]
    cosine = (step[0] * step[1]).sum() / (np.linalg.norm(step[0]) * np.linalg.norm(step[1]))
    return np.degrees(np.arccos(cosine))


def test_one_pixel_sees_every_peak_of_the_template(claim, full, digits):
    c = claim("S50, template", "14.6",
              "When an image is shifted, a single pixel passes one peak of brightness for every "
              "peak in the row of the template, in every row of every digit tried.",
              "500 digits of MNIST a seed, 3 seeds (reduced: strokes, 1), shifted by up to 24 "
              "pixels in both directions; all rows with ink; the pixel in the middle column. The "
              "tangent of the shifted image's path turns by the same angle with every pixel.")  # fmt: skip
    images = digits[2].reshape(-1, 28, 28)
    shares, other, corr, mean = ([] for _ in range(4))
    for seed in c.seeds(3 if full else 1):
        rng = np.random.default_rng(seed)
        seen, own, wound = [], [], []
        for image in images[rng.choice(len(images), 500, replace=False)]:
            seen.append(peaks(passing(image)))
            own.append(peaks(image[image.max(axis=1) > 0].T))
            wound.append(turning(image))
        pixel, template = np.concatenate(seen), np.concatenate(own)
        shares.append(np.mean(pixel == template))
        other.append(np.mean(pixel == rng.permutation(template)))
        corr.append(rank_correlation(np.array([counts.mean() for counts in own]), np.array(wound)))
        mean.append(template.mean())
    what = "share of rows where the pixel has as many peaks as the template"
    c.show(what, shares, at_least=1)
    c.control("another row's template", what, other)
    c.quote("peaks of the average inked row", mean)
    c.quote("rank correlation: mean peaks of a digit's rows, turning of the tangent", corr)
