"""Section 14.9: a search engine on a user's own file, by the command line."""

import numpy as np
import pytest

from tinyae.__main__ import main
from tinyae.applications import PCAHashing
from tinyae.applications.hashing import HammingTable
from tinyae.applications.semantic_hash import SemanticHash

pytestmark = [pytest.mark.claim, pytest.mark.slow]

BITS = 20
IMPOSTERS = ("an encoder that is not trained", "codes that are given to other rows")


def postings(folder, rng):
    """Which of 100 words occur in postings to newsgroups (n, 100), and the group of each.

    They are in random order.
    """
    with np.load(folder / "news_w100.npz") as file:
        x, y = file["x"], file["y"]
    order = rng.permutation(len(x))
    return x[order], y[order]


def topics(n, rng):
    """Counts (n, 120) of words in documents on one of four topics, each with its own rates."""
    rates = 0.2 * rng.random((4, 120)) ** 4
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
              "and among all rows within two bits, most are of the query's group. The codes of an "
              "encoder that was not trained find fewer. Signs of principal components are quoted.")  # fmt: skip
    c.on = ("which of 100 words occur in 14 242 postings to newsgroups of four groups, 20 bits, "
            "100-256-20; 2000 further postings as queries; three seeds")  # fmt: skip
    seeds = c.seeds(3 if full else 1)
    rng = np.random.default_rng(seeds[0])
    x, y = postings(request.getfixturevalue("data_folder"), rng) if full else topics(4000, rng)
    cut = 2000 if full else 500
    data, labels, queries, asked = x[cut:], y[cut:], x[:cut], y[:cut]
    np.save(tmp_path / "data.npy", data)
    np.save(tmp_path / "queries.npy", queries)
    chance = (np.bincount(labels) / len(labels))[asked].mean()
    found: dict[str, list[float]] = {}

    def note(who, matches):
        """The share of what was found that is of the query's group, for both kinds of search."""
        found.setdefault(f"nearest, {who}", []).append(
            of_the_same_group(matches["nearest"], labels, asked)[0].mean()
        )
        within, answered = of_the_same_group(matches["radius"], labels, asked)
        found.setdefault(f"radius, {who}", []).append(within.mean())
        found.setdefault(f"answered, {who}", []).append(answered)

    for seed in seeds:
        codes = tmp_path / f"codes{seed}.npz"
        assert main(["hash", str(tmp_path / "data.npy"), "--out", str(codes), "--counts",
                     "--bits", str(BITS), "--seed", str(seed)]) == 0  # fmt: skip
        matches = {}
        for name, option in (("nearest", "10"), ("radius", "2")):
            out = tmp_path / f"{name}.npy"
            assert main(["search", str(codes), str(tmp_path / "queries.npy"), f"--{name}", option,
                         "--out", str(out)]) == 0  # fmt: skip
            matches[name] = np.load(out)
        note("command", matches)
        start = SemanticHash(BITS, kind="counts", epochs=1, learning_rate=0.0, threshold="median",
                             rng=seed).fit(data)  # fmt: skip
        note("an encoder that is not trained", searched(start.transform(data), start.transform(queries)))  # fmt: skip
        coder = SemanticHash.load(codes)
        other = np.random.default_rng(seed).permutation(coder.transform(data))
        note("codes that are given to other rows", searched(other, coder.transform(queries)))
    signs = PCAHashing(BITS).fit(data.astype(np.float64))
    note("signs of principal components", searched(*map(signs.transform, (data, queries))))
    c.quote("share of all rows that are of the query's group: chance", chance)
    for search, what in (
        ("nearest", "share of the ten nearest of the query's group"),
        ("radius", "share of the rows within two bits of the query's group"),
    ):
        c.show(what, found[f"{search}, command"], at_least=0.6)
        for imposter in IMPOSTERS:
            c.control(imposter, what, found[f"{search}, {imposter}"])
        signs = found[f"{search}, signs of principal components"]
        c.quote(f"{what}: signs of principal components", signs)
    for who, values in found.items():
        if who.startswith("answered"):
            c.quote(f"queries with a row within two bits{who.removeprefix('answered')}", values)
