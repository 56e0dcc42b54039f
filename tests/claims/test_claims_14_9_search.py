"""Section 14.9: a search engine on a user's own file, by the command line."""

import numpy as np
import pytest

from tinyae.__main__ import main
from tinyae.applications.hashing import HammingTable
from tinyae.applications.semantic_hash import SemanticHash

pytestmark = [pytest.mark.claim, pytest.mark.slow]

BITS = 20


def postings(folder):
    """Which of 100 words occur in postings to newsgroups (n, 100), and the group of each.

    They are in random order.
    """
    with np.load(folder / "news_w100.npz") as file:
        x, y = file["x"], file["y"]
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], y[order]


def topics(n):
    """Counts (n, 60) of words in documents on one of four topics, each with its own rates."""
    rng = np.random.default_rng(0)
    rates = 0.8 * rng.random((4, 60)) ** 4
    y = rng.integers(4, size=n)
    return rng.poisson(rates[y]), y


def of_the_same_group(matches, y, asked):
    """Share of the rows found for each query that are of its group; None where none was found."""
    query, row = matches[:, :2].T
    found = np.bincount(query, minlength=len(asked))
    right = np.bincount(query, weights=y[row] == asked[query], minlength=len(asked))
    return right[found > 0] / found[found > 0], (found > 0).mean()


def searched(rows, codes):
    """Matches (query, row) of the ten nearest rows by their codes, and of those within two bits."""
    table = HammingTable(rows)
    found, _ = table.nearest(codes, 10)
    nearest = np.stack([np.repeat(np.arange(len(codes)), 10), found.ravel()], axis=1)
    return {"nearest": nearest, "radius": np.stack(table.lookup_pairs(codes, 2), axis=1)}


def test_documents_are_found_by_the_command_line(claim, full, request, tmp_path):
    """Reduced: generated documents, one seed."""
    c = claim("S47", "14.9",
              "Semantic hashing finds documents on the subject of a query, in a user's own file by "
              "`python -m tinyae hash` and `search`: among the ten rows with the nearest codes, "
              "and among all rows within two bits, most are of the query's group. An encoder that "
              "was not trained finds fewer, and codes that are given to other documents find no "
              "more than chance.")  # fmt: skip
    c.on = ("which of 100 words occur in 14 242 postings to newsgroups of four groups, 20 bits, "
            "100-256-20; 2000 further postings as queries; three seeds")  # fmt: skip
    x, y = postings(request.getfixturevalue("data_folder")) if full else topics(4000)
    cut = 2000 if full else 500
    data, labels, queries, asked = x[cut:], y[cut:], x[:cut], y[:cut]
    np.save(tmp_path / "data.npy", data)
    np.save(tmp_path / "queries.npy", queries)
    chance = (np.bincount(labels) / len(labels))[asked].mean()
    names = ("ten nearest", "within two bits", "queries answered", "untrained", "untrained within",
             "shuffled", "shuffled within")  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in names}

    def note_control(name, rows, codes):
        matches = searched(rows, codes)
        found[name].append(of_the_same_group(matches["nearest"], labels, asked)[0].mean())
        found[f"{name} within"].append(
            of_the_same_group(matches["radius"], labels, asked)[0].mean()
        )

    for seed in range(3 if full else 1):
        codes = tmp_path / f"codes{seed}.npz"
        assert main(["hash", str(tmp_path / "data.npy"), "--out", str(codes), "--counts",
                     "--bits", str(BITS), "--seed", str(seed)]) == 0  # fmt: skip
        matches = {}
        for name, option in (("nearest", "10"), ("radius", "2")):
            out = tmp_path / f"{name}.npy"
            assert main(["search", str(codes), str(tmp_path / "queries.npy"), f"--{name}", option,
                         "--out", str(out)]) == 0  # fmt: skip
            matches[name] = np.load(out)
        found["ten nearest"].append(of_the_same_group(matches["nearest"], labels, asked)[0].mean())
        within, answered = of_the_same_group(matches["radius"], labels, asked)
        found["within two bits"].append(within.mean())
        found["queries answered"].append(answered)
        start = SemanticHash(BITS, kind="counts", epochs=1, learning_rate=0.0, threshold="median",
                             rng=seed).fit(data)  # fmt: skip
        note_control("untrained", start.transform(data), start.transform(queries))
        coder = SemanticHash.load(codes)
        shuffled = np.random.default_rng(seed).permutation(coder.transform(data))
        note_control("shuffled", shuffled, coder.transform(queries))
    own, within, untrained, untrained_within = (
        np.array(found[name])
        for name in ("ten nearest", "within two bits", "untrained", "untrained within")
    )
    what = "of the query's group"
    c.quote("share of all rows that are of the query's group: chance", chance)
    c.show(f"share of the ten nearest {what}", own, at_least=0.6)
    c.show(f"share of the rows within two bits {what}", within, at_least=0.6)
    c.show("queries with a row within two bits", found["queries answered"], at_least=0.7)
    c.quote(f"share of the ten nearest {what}, encoder not trained", untrained)
    c.show("the same, trained − not trained", own - untrained, at_least=0.05)
    c.quote(f"share of the rows within two bits {what}, encoder not trained", untrained_within)
    c.show(
        "the same within two bits, trained − not trained", within - untrained_within, at_least=0.05
    )
    c.show(f"share of the ten nearest {what}, codes of other rows, − chance",
           np.abs(np.array(found["shuffled"]) - chance), at_most=0.03)  # fmt: skip
    c.show(f"share of the rows within two bits {what}, codes of other rows, − chance",
           np.abs(np.array(found["shuffled within"]) - chance), at_most=0.03)  # fmt: skip
