"""Charting, Hessian eigenmaps, unfolding, SNE and t-SNE on rolled-up sheets (section 14.6)."""

import numpy as np
import pytest

from figures.experiments.turning_digit import rank_correlation
from tests.claims.rolls import leaping_edges, neighbors_kept, on_sheet, roll
from tinyae import PCA
from tinyae.datasets.swiss_roll import ANGLES, roll_length
from tinyae.embeddings import (
    SNE,
    TSNE,
    Charting,
    HessianEigenmaps,
    MaximumVarianceUnfolding,
    NeighborGraph,
)
from tinyae.embeddings.chart_covariances import coupled_covariances

pytestmark = [pytest.mark.claim, pytest.mark.slow]


def ranks(y, sheet):
    """Rank correlations of the two coordinates with those of the sheet."""
    return [rank_correlation(y[:, i], sheet[:, i]) for i in range(2)]


def first_rolls_without_leaps(seeds, count, n, neighbors):
    """The first rolls of n points whose graph has no leaping edge, and how many were passed over."""
    found, passed_over = [], 0
    for seed in seeds:
        x, sheet, *_ = roll(seed, n, 0)
        if leaping_edges(x, sheet, neighbors):
            passed_over += 1
        else:
            found.append((x, sheet))
        if len(found) == count:
            break
    return found, passed_over


def test_charting_and_hessian_eigenmaps_unroll_a_roll(claim, full):
    c = claim("S40", "14.6",
              "Charting and Hessian eigenmaps unroll the median roll: they find both "
              "coordinates. Charting loses the first coordinate on about one roll of five. PCA "
              "does not find them.",
              on="10 rolls of 1000 points (reduced: 7), 6 neighbours for Hessian eigenmaps and "
                 "12 for charting, whose coordinates are determined up to a linear map")  # fmt: skip
    data = [roll(seed)[:2] for seed in c.seeds(10 if full else 7)]
    flat = np.array([ranks(on_sheet(PCA(2).fit_transform(x), sheet), sheet) for x, sheet in data])
    for name, method in (("Hessian eigenmaps", HessianEigenmaps(2, n_neighbors=6)),
                         ("charting, after the best linear map", Charting(2))):  # fmt: skip
        found = []
        for x, sheet in data:
            y = method.fit(x).embedding_
            found.append(ranks(on_sheet(y, sheet) if "linear" in name else y, sheet))
        for i, which in enumerate(("first", "second")):
            what = f"{name}: median rank correlation, {which}"
            c.show(what, np.median(found, axis=0)[i], at_least=0.99)
            c.control("PCA, after the best linear map", what, np.median(flat, axis=0)[i])
            c.quote(f"{name}: {which} coordinate, every roll", np.array(found)[:, i])


def normals(sheet):
    """Unit normals (n, 3) of the roll at places on the sheet (n, 2)."""
    t = np.sqrt(2.0 * (sheet[:, 0] + roll_length(ANGLES[0])))
    for _ in range(6):  # the angle at this arc length, by Newton's method
        t -= (roll_length(t) - sheet[:, 0] - roll_length(ANGLES[0])) / np.sqrt(1.0 + t * t)
    along = np.stack([np.cos(t) - t * np.sin(t), 0.0 * t, np.sin(t) + t * np.cos(t)], axis=1)
    normal = np.cross(along, [0.0, 1.0, 0.0])
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def tilt(covariances, true):
    """Median angle (degrees) between the thinnest direction of each chart and the true normal."""
    thin = np.linalg.eigh(covariances)[1][:, :, 0]
    return np.degrees(np.median(np.arccos(np.minimum(np.abs((thin * true).sum(axis=1)), 1.0))))


def test_charts_are_coupled(claim, full):
    c = claim("S40, charts", "14.6",
              "In charting, the covariance of each chart is coupled with those of the charts "
              "around it. On a noisy sheet the charts then lie better along the sheet than "
              "charts that are found one by one. Charts that are averaged with others from "
              "anywhere on the sheet lie worse.",
              on="20 rolls of 400 points (reduced: 8), noise 0.5, 8 neighbours; the median angle "
                 "between the thinnest direction of a chart and the normal of the sheet")  # fmt: skip
    ratios, shuffled, degrees = [], [], []
    for seed in c.seeds(20 if full else 8):
        x, sheet, *_ = roll(seed, 400, 0, noise=0.5)
        graph, true = NeighborGraph(8).fit(x), normals(sheet)
        coupled, alone = (coupled_covariances(x, graph, np.arange(400), coupled=kind)
                          for kind in (True, False))  # fmt: skip
        others = np.random.default_rng(seed).integers(400, size=(400, 8))
        mixed = 0.5 * (alone + alone[others].mean(axis=1))
        degrees.append(tilt(coupled, true))
        ratios.append(degrees[-1] / tilt(alone, true))
        shuffled.append(tilt(mixed, true) / tilt(alone, true))
    what = "angle between chart and sheet, coupled over alone"
    c.show(what, ratios, at_most=0.85)
    c.control("averaged with charts from anywhere", what, shuffled)
    c.quote("angle between chart and sheet, coupled (degrees)", degrees)


def test_unfolding_keeps_every_rod(claim, full):
    pytest.importorskip("scipy")
    c = claim("S40, unfolding", "14.6",
              "Maximum variance unfolding finds both coordinates of a roll and keeps every "
              "distance within a neighbourhood up to a stated tolerance. A descent that stops "
              "early stretches the rods. Small errors add up: a smaller tolerance gives less "
              "variance.",
              on="the first 3 rolls of 500 points whose graph of 6 neighbours has no edge from "
                 "one turn to another (reduced: the first roll of 250 points); tolerance 0.01 "
                 "of the mean squared rod, for the largest error of a squared length")  # fmt: skip
    n, count = (500, 3) if full else (250, 1)
    data, passed_over = first_rolls_without_leaps(c.seeds(40), count, n, 6)
    c.quote("rolls left out, because an edge joins two turns", passed_over)
    found, worst, eight, rounds, flat, lengths = [], [], [], [], [], []
    for x, sheet in data:
        model = MaximumVarianceUnfolding(2).fit(x)
        early = MaximumVarianceUnfolding(2, rounds=8).fit(x)
        found.append(ranks(model.embedding_, sheet))
        flat.append(ranks(PCA(2).fit_transform(x), sheet))
        worst.append(np.abs(model.excess_).max())
        eight.append(np.abs(early.excess_).max())
        rounds.append(model.rounds_)
        lengths.append(early.spectrum_.sum() / model.spectrum_.sum())
    what = "largest error of a squared rod, in units of their mean"
    c.show(what, worst, at_most=0.01)
    c.control("eight rounds", what, eight)
    for i, which in enumerate(("first", "second")):
        what = f"median rank correlation, {which}"
        c.show(what, np.median(found, axis=0)[i], at_least=0.98,
               moved="0.99 at first, when only rolls of 500 points were unfolded")  # fmt: skip
        c.control("PCA", what, np.median(flat, axis=0)[i])
    c.quote("rounds", rounds)
    c.quote("variance after eight rounds over that at the tolerance", lengths)
    x, sheet, *_ = roll(c.seeds(1)[0], 150, 0)
    inner = sheet[:, 0] < 30
    tolerances = [MaximumVarianceUnfolding(2, tol=tol).fit(x[inner]) for tol in (0.1, 0.01, 0.001)]
    variances = [model.spectrum_.sum() for model in tolerances]
    c.show("one turn of a roll, tolerance .001: largest error of a squared rod",
           np.abs(tolerances[2].excess_).max(), at_most=0.001)  # fmt: skip
    c.control("tolerance .01", "one turn of a roll, tolerance .001: largest error of a squared rod",
              np.abs(tolerances[1].excess_).max())  # fmt: skip
    for tol, variance in zip((0.1, 0.01), variances, strict=False):
        c.quote(f"one turn of a roll: variance at tolerance {tol:g} over that at .001",
                variance / variances[2])  # fmt: skip


def test_stochastic_neighbours_stay_together(claim, full):
    c = claim("S40, neighbours", "14.6",
              "SNE and t-SNE keep more neighbours together than PCA does, but they do not "
              "always unroll the sheet.",
              on="3 rolls of 500 points (reduced: 1), perplexity 30 and 500 steps. \"Neighbours "
                 "kept\" is the fraction of a point's 10 nearest points in the embedding that "
                 "are among its 10 nearest points on the sheet")  # fmt: skip
    data = [roll(seed, 500, 0)[:2] for seed in c.seeds(3 if full else 1)]
    flat = [neighbors_kept(PCA(2).fit_transform(x), sheet) for x, sheet in data]
    c.quote("PCA: neighbours kept", flat)
    for name, method, more in (("SNE", SNE, 0.15), ("t-SNE", TSNE, 0.3)):
        maps = [method(2, steps=500).fit(x).embedding_ for x, _ in data]
        untrained = [method(2, steps=1).fit(x).embedding_ for x, _ in data]
        kept, first = ([neighbors_kept(y, sheet) for y, (_, sheet) in zip(ys, data, strict=True)]
                       for ys in (maps, untrained))  # fmt: skip
        better = [max(rank_correlation(column, sheet[:, 0]) for column in PCA(2).fit_transform(y).T)
                  for y, (_, sheet) in zip(maps, data, strict=True)]  # fmt: skip
        c.quote(f"{name}: neighbours kept", kept)
        what = f"{name}: neighbours kept, less what PCA of the same roll keeps, median"
        c.show(what, np.median(np.subtract(kept, flat)), at_least=more,
               moved="half of the neighbours at first, now compared with PCA")  # fmt: skip
        c.control("the map after one step", what, np.median(np.subtract(first, flat)))
        c.quote(f"{name}: rank correlation of its better axis", better)
