"""What one hidden layer can do and what it cannot, and the examples that depth saves (14.3)."""

import copy

import numpy as np
import pytest

from figures.experiments import folded_line as line
from tests.claims.networks import Network
from tinyae import Chain, GaussianOutput, Linear, Sigmoid, Tanh, minimize
from tinyae.datasets import swiss_roll

pytestmark = pytest.mark.claim

UNITS = (4, 16, 64, 256)
FOLDS = (3, 4, 5)
FEW = 24  # examples


def sheet(n, rng):
    """n points of a curved sheet in three dimensions, each coordinate with variance 1."""
    x = swiss_roll(n, rng=rng)[0]
    return (x - x.mean(axis=0)) / x.std(axis=0)


def copied(x, target, fresh, units, rng):
    """Return what one layer of random tanh units gives on fresh rows; its decoder fits the target.

    The weights have a standard deviation of 1, so the units are not linear on the data.
    """
    W, b = rng.standard_normal((3, units)), rng.standard_normal(units)

    def code(rows):
        return np.hstack([np.ones((len(rows), 1)), np.tanh(rows @ W + b)])

    decoder = np.linalg.lstsq(code(x), target, rcond=None)[0]
    return code(fresh) @ decoder


def relative(found, wanted):
    """Return the squared error over the variance."""
    return ((found - wanted) ** 2).sum() / ((wanted - wanted.mean(axis=0)) ** 2).sum()


def test_one_hidden_layer_copies_along_the_data(claim, full):
    c = claim("S57", "14.3",
              "An autoencoder with one hidden layer copies its input as exactly as wanted where the "
              "data are, given enough hidden units. Far from the data it does not copy.",
              on="2000 points of a swiss roll and 2000 fresh ones, three coordinates of variance 1; "
              "random tanh units, a decoder by least squares; far: five times as far from the "
              "mean")  # fmt: skip
    found, shuffled, far = [], [], []
    for seed in c.seeds(5 if full else 2):
        rng = np.random.default_rng(seed)
        x, fresh = sheet(2000, rng), sheet(2000, rng)
        found.append([relative(copied(x, x, fresh, k, rng), fresh) for k in UNITS])
        other = rng.permutation(x)
        shuffled.append([relative(copied(x, other, fresh, k, rng), fresh) for k in UNITS])
        far.append(relative(copied(x, x, 5.0 * fresh, UNITS[-1], rng), 5.0 * fresh))
    found, shuffled = np.array(found), np.array(shuffled)
    for i, k in enumerate(UNITS):
        c.quote(f"{k} units: error / variance, fresh", found[:, i])
    c.show("256 units: largest error / variance, fresh", found[:, -1], at_most=1e-4)
    what = "256 units: largest error / variance, fresh"
    c.control("far from the data", what, far)
    c.control("decoder fitted to other rows", what, shuffled[:, -1])
    what = "error, four times the units / before"
    c.show(what, found[:, 1:] / found[:, :-1], at_most=0.5)
    c.control("decoder fitted to other rows", what, shuffled[:, 1:] / shuffled[:, :-1])


@pytest.mark.slow
def test_one_layer_cannot_give_the_code_that_is_wanted(claim, full):
    pytest.importorskip("scipy")
    c = claim("S57", "14.3",
              "With one layer, an encoder cannot obey every constraint on its code. Here exactly one "
              "of nine units is to be active, another one for each of nine clusters. The middle "
              "cluster is the mean of the others, so no half-plane holds it alone. One more hidden "
              "layer gives this code.",
              on="a 3 × 3 grid of clusters in the plane, 20 points each; sigmoid codes, and 20 tanh "
              "units for the deep encoder; squared error of the code by L-BFGS, best of the "
              "starts")  # fmt: skip
    starts, shallow, deep = 3 if full else 1, [], []
    centres = np.stack(np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]), axis=-1).reshape(-1, 2)
    wanted = np.repeat(np.eye(9), 20, axis=0)
    encoders = {
        "shallow": lambda rng: Chain(Linear(2, 9, rng=rng), Sigmoid()),
        "deep": lambda rng: Chain(
            Linear(2, 20, rng=rng), Tanh(), Linear(20, 9, rng=rng), Sigmoid()
        ),
    }
    for seed in c.seeds(5 if full else 2):
        rng = np.random.default_rng(seed)
        x = np.repeat(centres, 20, axis=0) + 0.05 * rng.standard_normal((180, 2))
        for name, values in (("shallow", shallow), ("deep", deep)):
            misses = []
            for _ in range(starts):
                model = Network(encoders[name](rng), GaussianOutput())
                minimize(model, (x, wanted), options={"maxiter": 2000, "maxfun": 4000})
                misses.append(np.abs(model.predict(x) - wanted).max())
            values.append(min(misses))
    what = "one layer: largest error of the code"
    c.show(what, shallow, at_least=0.49)
    c.control("one more hidden layer", what, deep)
    what = "one more hidden layer: largest error of the code"
    c.show(what, deep, at_most=0.1)
    c.control("one layer", what, shallow)


def test_both_nets_can_be_the_folded_line(rng):
    """The deep net by its construction, the shallow one by least squares on many points."""
    for k in (1, 2, 5):
        peaks = rng.uniform(line.LOW, line.HIGH, k)
        y = line.folded(line.GRID, peaks)
        deep, bends = line.net_of_folds(peaks), line.bends_of(peaks)
        assert len(bends) == 2**k
        np.testing.assert_allclose(deep.reconstruct(line.GRID), y, atol=1e-12)
        found = line.shallow_with_bends(line.GRID, y, bends)
        np.testing.assert_allclose(found, y, atol=1e-9)


@pytest.mark.slow
def test_depth_saves_examples(claim, full):
    pytest.importorskip("scipy")
    c = claim("S57", "14.3",
              "Depth can reduce the number of training examples exponentially. A line that is folded "
              "k times has 2 to the k pieces. A deep net of k layers learns it from 24 examples for "
              "3, 4 and 5 folds. One hidden layer needs more examples with every fold, even if its "
              "units bend at the right places before it is trained. The deep net has no such "
              "advantage if the function has as many pieces of random heights. It has to begin "
              "near a solution: from ordinary random weights it does not learn the line, though "
              "it learns a single fold from them.",
              on="folds with random peaks between 0.3 and 0.7, examples at random places; learned: "
              "mean squared error at most 0.05 of the variance on 4000 fresh places. Deep: layers "
              "of two ReLU units that begin as the best of many random folds, then all weights by "
              "L-BFGS. One layer: straight lines between the examples, a unit for each of "
              "them")  # fmt: skip
    few, few_shallow, few_random, needed, growth, random_heights = ([] for _ in range(6))
    ordinary, one_fold, more, gained = [], [], [], []
    for seed in c.seeds(5 if full else 2):
        rng = np.random.default_rng(seed)
        count = {}
        for k in FOLDS:
            x, y, true, bends = problem(k, rng)
            ways = {
                "deep": lambda n, x=x, y=y, k=k: line.deep(x[:n], y[:n], k, rng),
                "one layer": lambda n, x=x, y=y: line.shallow(x[:n], y[:n]),
                "bends": lambda n, x=x, y=y, z=bends: line.shallow_with_bends(x[:n], y[:n], z),
            }
            for name, learn in ways.items():
                count[name, k] = first(learn, true)
            start = line.net_of_folds(line.best_folds(x[:FEW], y[:FEW], k, copy.deepcopy(rng)))
            few.append(line.error(ways["deep"](FEW), true))
            gained.append(few[-1] / line.error(start.reconstruct(line.GRID), true))
            few_shallow.append(line.error(ways["one layer"](FEW), true))
            ordinary.append(line.error(line.deep_from_random(x[:FEW], y[:FEW], k, rng), true))
            places = np.concatenate([x, line.GRID])
            y, true = np.split(line.random_pieces(places, 2**k, rng), [len(x)])
            few_random.append(line.error(line.deep(x[:FEW], y[:FEW], k, rng), true))
        needed.append([[count[name, k] for k in FOLDS] for name in ways])
        growth.append(means(FOLDS[-1], rng) / means(FOLDS[0], rng))
        bent = np.array([means(k, rng, bends=True) for k in FOLDS])
        more.append((bent[1:] / bent[:-1]).min())
        single = []
        for _ in range(20):
            x1, y1, true1, _ = problem(1, rng)
            net = line.deep_from_random(x1[:FEW], y1[:FEW], 1, rng)
            single.append(line.error(net, true1))
        one_fold.append(np.median(single))
        if full or not random_heights:  # of the last random heights; this takes the most time
            n = first(lambda n, x=x, y=y: line.shallow(x[:n], y[:n]), true)
            m = first(lambda n, x=x, y=y: line.deep(x[:n], y[:n], FOLDS[-1], rng), true)
            random_heights.append(n / m)
    needed = np.array(needed, float)  # seed, way, folds
    for i, name in enumerate(("deep", "one layer", "one layer with the right bends")):
        for j, k in enumerate(FOLDS):
            c.quote(f"{name}, {k} folds: examples needed", needed[:, i, j])
    deep, one = needed[:, 0], needed[:, 1]
    what = "deep net, 24 examples, 3 to 5 folds: error / variance"
    c.show(what, few, at_most=0.01)
    c.control("one layer through the examples", what, few_shallow)
    c.control("deep net, random heights", what, few_random)
    what = "deep net, 24 examples, best of ten ordinary random starts: error / variance"
    c.show(what, ordinary, at_least=0.2)
    c.control("from the best of many random folds", what, few)
    what = "one fold, 24 examples, the same random starts: error / variance, median of 20 lines"
    c.show(what, one_fold, at_most=line.ENOUGH)
    c.control("3 to 5 folds", what, ordinary)
    what = "deep net, 24 examples: error / that of the best random folds, before it is trained"
    c.show(what, gained, at_most=0.5)
    c.control("not trained", what, 1.0)
    what = "5 folds: examples that one layer needs / that the deep net needs"
    c.show(what, one[:, -1] / deep[:, -1], at_least=4)
    c.control("as many pieces of random heights", what, random_heights)
    what = "one layer: examples for 5 folds / for 3 folds, means of 20 lines"
    c.show(
        what, growth, at_least=3, moved="of one line each at first, which varied between 2 and 4"
    )
    c.control("deep net", what, deep[:, -1] / deep[:, 0])
    # A fold more doubles the output weights that the examples have to determine.
    what = "one layer with the right bends: examples for one fold more, means of 20 lines, least growth"
    c.show(what, more, at_least=1.5)
    c.control("deep net", what, (deep[:, 1:] / deep[:, :-1]).min(axis=1))


def problem(k, rng):
    """Return examples x and y of a line that is folded k times, y on the grid, and the bends."""
    x = rng.random((line.SIZES[-1], 1))
    peaks = rng.uniform(line.LOW, line.HIGH, k)
    return x, line.folded(x, peaks), line.folded(line.GRID, peaks), line.bends_of(peaks)


def means(k, rng, bends=False):
    """Return the mean number of examples that one layer needs for k folds, of 20 lines.

    With `bends` its units bend at the right places before it is trained.
    """
    found = []
    for _ in range(20):
        x, y, true, places = problem(k, rng)
        ways = {
            False: lambda n, x=x, y=y: line.shallow(x[:n], y[:n]),
            True: lambda n, x=x, y=y, z=places: line.shallow_with_bends(x[:n], y[:n], z),
        }
        found.append(first(ways[bends], true))
    return np.mean(found)


def first(learn, true):
    """Return the smallest of `line.SIZES` after which the function is learned."""
    for n in line.SIZES:
        if line.error(learn(n), true) <= line.ENOUGH:
            return n
    return 2 * line.SIZES[-1]
