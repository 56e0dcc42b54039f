"""Pictures of things that turn, ordered by the graph of their neighbours (section 14.6, fig. 14.8)."""

import numpy as np
import pytest

from figures.experiments.turning_digit import joined, rank_correlation
from tinyae import PCA
from tinyae.datasets import turning_digit
from tinyae.embeddings import Isomap, LaplacianEigenmaps, LocallyLinear, TangentAlignment

pytestmark = [pytest.mark.claim, pytest.mark.slow]

RUN = 100  # frames of a film in one run


def test_a_digit_that_turns_is_a_curve(claim, full):
    c = claim("Fig. 14.8", "14.6",
              "Pictures of one object that turns lie on a curve. The graph of their nearest "
              "neighbours orders them by angle, for most drawings of a digit. PCA does not.",
              on="every digit, 5 drawings of each (reduced: 3), turned from −90° to 90° in steps "
                 "of 2.5°; embedding with one coordinate; the smallest number of neighbours (at "
                 "least 2) for which the graph is connected")  # fmt: skip
    angles = np.radians(np.arange(-90, 90.1, 2.5))
    found, pca = [], []
    for seed in c.seeds(5 if full else 3):
        for digit in range(10):
            x = turning_digit(angles, digit=digit, rng=seed)
            found.append(rank_correlation(joined(Isomap, x, 2).embedding_[:, 0], angles))
            pca.append(rank_correlation(PCA(1).fit_transform(x)[:, 0], angles))
    what = "Isomap: rank correlation with the angle"
    c.show(what, found, at_least=0.99, share=0.8,
           moved="95 % of the drawings measured at first, now a share of all drawings with its "
                 "confidence")  # fmt: skip
    c.control("PCA", what, pca)


@pytest.fixture(scope="module")
def objects(data_folder):
    """Pictures (1000, 1024), whose (1000,), which view (1000,)."""
    with np.load(data_folder / "coil20_32x32_1000.npz") as file:
        return file["x"].reshape(1000, -1) / 255.0, file["obj"], file["view"]


@pytest.mark.real_data
def test_objects_that_turn(claim, objects):
    c = claim("Fig. 14.8", "14.6",
              "The same holds for photographs of objects on a turntable, for at least half of "
              "the objects.",
              on="COIL-20 at 32 × 32: 20 objects, 50 views each, 5° apart; embedding with one "
                 "coordinate for each object; the smallest number of neighbours (at least 2) "
                 "for which the object's graph is connected")  # fmt: skip
    x, which, view = objects

    def ordered(find):
        """How many objects have a rank correlation above .99."""
        ranks = [rank_correlation(find(x[which == one]), view[which == one]) for one in np.unique(which)]  # fmt: skip
        return int((np.array(ranks) > 0.99).sum())

    flat = ordered(lambda own: PCA(1).fit_transform(own)[:, 0])
    for name, method in (("Isomap", Isomap), ("Laplacian eigenmaps", LaplacianEigenmaps)):
        what = f"{name}: objects of 20 with rank correlation above .99"
        c.show(what, ordered(lambda own, m=method: joined(m, own, 2).embedding_[:, 0]), at_least=10)
        c.control("PCA", what, flat)
    for name, method, least in (("Isomap, from 3 neighbours on", Isomap, 3),
                                ("locally linear embedding", LocallyLinear, 2),
                                ("tangent-space alignment, from 3 on", TangentAlignment, 3)):  # fmt: skip
        c.quote(f"{name}: objects of 20 with rank correlation above .99",
                ordered(lambda own, m=method, n=least: joined(m, own, n).embedding_[:, 0]))  # fmt: skip


@pytest.mark.real_data
def test_a_face_that_turns(claim, full, data_folder):
    c = claim("Fig. 14.8", "14.6",
              "In a film of a face that does more than turn, the graph orders few runs of frames "
              "by time: one coordinate is not enough. Of a digit that only turns, it orders all "
              "runs.",
              on="Frey faces, 1965 frames of 20 × 28; embedding with one coordinate, Isomap with "
                 "10 neighbours on all frames, or with 8 on runs of 100 frames, which start at "
                 "every 10th frame (reduced: every 60th); the digit: 400 pictures from −90° to "
                 "90°. The best run was chosen in the embedding of all frames, and is measured "
                 "in an embedding of its own")  # fmt: skip
    with np.load(data_folder / "frey.npz") as file:
        x = file["x"].reshape(1965, -1) / 255.0
    steady = turning_digit(np.linspace(-np.pi / 2, np.pi / 2, 400), digit=4, rng=c.seeds(1)[0])

    def runs_above(y):
        """The share of runs of y whose rank correlation with time is above .9, and the best."""
        ranks = [rank_correlation(y[i : i + RUN], np.arange(RUN)) for i in range(len(y) - RUN + 1)]
        return np.mean(np.array(ranks) > 0.9), int(np.argmax(ranks))

    def own_runs_above(pictures, step):
        """The same share, with an embedding for each run."""
        ranks = [rank_correlation(joined(Isomap, pictures[i : i + RUN], 8).embedding_[:, 0], np.arange(RUN))
                 for i in range(0, len(pictures) - RUN + 1, step)]  # fmt: skip
        return np.mean(np.array(ranks) > 0.9)

    share, best = runs_above(joined(Isomap, x, 10).embedding_[:, 0])
    what = "share of runs of 100 frames with rank correlation above .9, embedding of all frames"
    c.show(what, share, at_most=0.2)
    c.control("a digit that only turns", what,
              runs_above(joined(Isomap, steady, 10).embedding_[:, 0])[0])  # fmt: skip
    what = "share of runs of 100 frames with rank correlation above .9, separate embeddings"
    c.show(what, own_runs_above(x, 10 if full else 60), at_most=0.2)
    c.control("a digit that only turns", what, own_runs_above(steady, 60))
    c.quote("first frame of the best run in the embedding of all frames", best)
    run = x[best : best + RUN]
    c.quote("the best run, separate embedding: rank correlation",
            rank_correlation(joined(Isomap, run, 8).embedding_[:, 0], np.arange(RUN)))  # fmt: skip
    c.quote("the best run, PCA: rank correlation",
            rank_correlation(PCA(1).fit_transform(run)[:, 0], np.arange(RUN)))  # fmt: skip
