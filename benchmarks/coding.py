"""Boltzmann machines, sparse codes and dictionaries: `python -m benchmarks coding`.

scikit-learn has all three. Both libraries do the same job in one process, in turn, on one thread,
and what each of them finds is measured with the same function. Times are processor time, which
other work of the machine disturbs less; a ratio is scikit-learn's time over tinyae's.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import report
from benchmarks.runner import busy_seconds
from tinyae import PSD, RBM, SGD, Adam, fit, sparse_code
from tinyae.datasets import strokes
from tinyae.models import ContrastiveDivergence, PersistentContrastiveDivergence
from tinyae.sparse_coding import Dictionary
from tinyae.training import Cosine

PEER = "scikit-learn"
HIDDEN, RATE, EPOCHS = 256, 0.05, 3  # of the machines
ATOMS, SIDE = 196, 12  # of a dictionary, and pixels along the side of a patch
Jobs = dict[str, Callable[[], Any]]  # by the name of the library


def in_turn(jobs: Jobs, rounds: int) -> tuple[dict[str, np.ndarray], dict[str, Any], float]:
    """Return seconds by name and round, what was found, and how many cores were busy otherwise."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    found = {}
    start, before, own = time.perf_counter(), busy_seconds(), time.process_time()
    for _ in range(rounds):
        for name, job in jobs.items():
            begun = time.thread_time()
            found[name] = job()
            seconds[name].append(time.thread_time() - begun)
    others = busy_seconds() - before - (time.process_time() - own)
    beside = max(others, 0.0) / (time.perf_counter() - start)
    return {name: np.array(each) for name, each in seconds.items()}, found, beside


def lines_of(
    what: str, seconds: dict[str, np.ndarray], quality: dict[str, str], peer: str = PEER
) -> list[str]:
    """Return a line for each job: the ratio is the peer's time in the same round over its own."""
    lines = []
    for name, each in seconds.items():
        ratio = seconds[peer] / each
        lines.append(
            f"| {what} | {name} | {1e3 * np.median(each):.1f} | {np.median(ratio):.2f} "
            f"| {ratio.min():.2f} … {ratio.max():.2f} | {quality[name]} |"
        )
        what = ""
    return lines


def binary_digits(n: int, seed: int, dtype: type) -> np.ndarray:
    """Return digits of zeros and ones, (n, 784)."""
    return (strokes(n, rng=seed)[0].reshape(n, -1) > 0.5).astype(dtype)


def machine_part(rounds: int, n: int = 2000, d: int = 784) -> list[str]:
    """Train machines in both precisions, with batches of 10 and 100; return lines of the table."""
    from sklearn.neural_network import BernoulliRBM

    lines: list[str] = []
    for dtype in (np.float64, np.float32):
        middle = slice((784 - d) // 2, (784 + d) // 2)
        x, held = (binary_digits(*which, dtype)[:, middle] for which in ((n, 0), (n // 8, 1)))
        for batch in (10, 100):
            rules = {"CD-1": ContrastiveDivergence(1),
                     "PCD-1": PersistentContrastiveDivergence(1, batch)}  # fmt: skip

            def ours(rule: Any, core: str, x: np.ndarray = x, batch: int = batch) -> RBM:
                rbm = RBM(d, HIDDEN, rule=rule, dtype=x.dtype)
                fit(rbm, x, optimizer=SGD(RATE), epochs=EPOCHS, batch_size=batch, core=core)
                return rbm

            def theirs(x: np.ndarray = x, batch: int = batch) -> Any:
                return BernoulliRBM(HIDDEN, learning_rate=RATE, batch_size=batch, n_iter=EPOCHS,
                                    random_state=0).fit(x)  # fmt: skip

            jobs: Jobs = {f"tinyae, {name}": lambda rule=rule: ours(rule, "vectorized")
                          for name, rule in rules.items()}  # fmt: skip
            jobs["tinyae, PCD-1, layers"] = lambda rule=rules["PCD-1"]: ours(rule, "layers")
            jobs[PEER] = theirs
            seconds, found, beside = in_turn(jobs, rounds)
            found[PEER] = as_machine(found[PEER])
            quality = {name: f"{rbm.pseudo_log_likelihood(held).mean():.1f} nats"
                       for name, rbm in found.items()}  # fmt: skip
            what = f"{d}-{HIDDEN}, batch {batch}, {np.dtype(dtype)}, beside {beside:.1f}"
            lines += lines_of(what, seconds, quality)
    return lines


def as_machine(peer: Any) -> RBM:
    """Return scikit-learn's machine as an `RBM`, so that both are measured alike."""
    k, d = peer.components_.shape
    rbm = RBM(d, k, dtype=peer.components_.dtype)
    rbm.parts["hidden"].params["W"][...] = peer.components_.T
    rbm.parts["hidden"].params["b"][...] = peer.intercept_hidden_
    rbm.parts["visible"].params["b"][...] = peer.intercept_visible_
    return rbm


def patches(n: int, seed: int) -> np.ndarray:
    """Return patches of drawn digits with a little noise, (n, 144), of mean 0 and deviation 1."""
    rng = np.random.default_rng(seed)
    images, found = strokes(max(100, n // 10), rng=seed)[0].reshape(-1, 28, 28), []
    while len(found) < n:
        image, (row, column) = images[rng.integers(len(images))], rng.integers(0, 28 - SIDE, 2)
        patch = image[row : row + SIDE, column : column + SIDE].ravel()
        if patch.std() > 0.05:
            found.append((patch - patch.mean()) / patch.std())
    return np.array(found) + 0.05 * rng.standard_normal((n, SIDE * SIDE))


def costs(x: np.ndarray, D: np.ndarray, h: np.ndarray, lam: float) -> np.ndarray:
    """Return ‖x − h D‖² + λ‖h‖₁ for each row."""
    return ((x - h @ D) ** 2).sum(axis=1) + lam * np.abs(h).sum(axis=1)


def random_atoms() -> np.ndarray:
    """Return atoms of unit norm in random directions, (196, 144)."""
    D = np.random.default_rng(1).standard_normal((ATOMS, SIDE * SIDE))
    return D / np.linalg.norm(D, axis=1, keepdims=True)


def code_part(rounds: int, n: int = 500, few: int = 20) -> list[str]:
    """Find codes with two dictionaries and three prices; return lines of the table.

    Least-angle regression is slow, so it codes the first `few` rows and its time is multiplied.
    """
    from sklearn.decomposition import sparse_encode

    x = patches(n, 0)
    data = patches(ATOMS, 5)
    dictionaries = {"random": random_atoms(),
                    "patches": data / np.linalg.norm(data, axis=1, keepdims=True)}  # fmt: skip
    lines: list[str] = []
    for which, D in dictionaries.items():
        for lam in (0.25, 1.0, 4.0):
            settings = {"alpha": lam / 2, "max_iter": 10_000}
            jobs: Jobs = {
                "tinyae": lambda D=D, lam=lam: sparse_code(x, D, lam),
                "scikit-learn, lasso_cd":
                    lambda D=D, s=settings: sparse_encode(x, D, algorithm="lasso_cd", **s),
                "scikit-learn, lasso_lars":
                    lambda D=D, s=settings: sparse_encode(x[:few], D, algorithm="lasso_lars", **s),
            }  # fmt: skip
            seconds, found, beside = in_turn(jobs, rounds)
            seconds["scikit-learn, lasso_lars"] *= n / few
            least = costs(x, D, sparse_code(x, D, lam, tol=1e-12), lam)
            quality = {
                name: f"{costs(x[: len(h)], D, h, lam).sum() / least[: len(h)].sum() - 1:.0e} above"
                for name, h in found.items()
            }
            used = np.count_nonzero(found["tinyae"]) / n
            what = f"{which} atoms, λ {lam:g}, {used:.0f} used, beside {beside:.1f}"
            lines += lines_of(what, seconds, quality, "scikit-learn, lasso_cd")
    return lines


def dictionary_part(rounds: int, n: int = 4000, epochs: int = 4, lam: float = 2.0) -> list[str]:
    """Learn a dictionary, and code these and other rows with it; return lines of the table.

    tinyae learns by PSD without an encoder and with one. The dictionaries are compared by the codes
    of least cost, which all jobs compute within their time. An encoder gives approximate codes at
    once, which scikit-learn has nothing to set against; their cost and time stand beside. Both
    libraries start from the same random atoms.
    """
    from sklearn.decomposition import MiniBatchDictionaryLearning

    x, held, start = patches(n, 0), patches(n // 8, 9), random_atoms()
    both = np.concatenate([held, x])

    def ours(gamma: float, epochs: int) -> tuple[np.ndarray, np.ndarray, PSD]:
        d = SIDE * SIDE
        model = PSD(None, Dictionary(d, ATOMS), lam=lam, gamma=0.0)
        if gamma > 0:
            model = PSD.dense((d, ATOMS), lam=lam, gamma=gamma)
        model.atoms[...] = start
        fit(model, x, optimizer=Adam(Cosine(0.03)), epochs=epochs, batch_size=100)
        return model.atoms, sparse_code(both, model.atoms, lam), model

    def theirs(epochs: int) -> tuple[np.ndarray, np.ndarray, None]:
        learner = MiniBatchDictionaryLearning(
            ATOMS, alpha=lam / 2, max_iter=epochs, batch_size=256, fit_algorithm="cd", tol=0.0,
            transform_algorithm="lasso_cd", dict_init=start, max_no_improvement=None,
            random_state=0,
        )  # fmt: skip
        h = learner.fit(x).transform(both)
        return learner.components_, h, None

    half = max(1, epochs // 2)
    jobs: Jobs = {
        f"tinyae, sparse coding, {2 * epochs - 2} epochs": lambda: ours(0.0, 2 * epochs - 2),
        f"tinyae, PSD with γ 0.1, {2 * epochs} epochs": lambda: ours(0.1, 2 * epochs),
        f"{PEER}, {half} epochs": lambda: theirs(half),
        f"{PEER}, {epochs} epochs": lambda: theirs(epochs),
    }
    seconds, found, beside = in_turn(jobs, rounds)
    quality = {}
    for name, (D, h, model) in found.items():
        quality[name] = f"{costs(held, D, h[: len(held)], lam).mean():.2f}"
        if model is not None and model.encoder is not None:
            begun = time.thread_time()
            h = model.encode(both)
            quality[name] += (
                f"; the encoder's codes {costs(held, D, h[: len(held)], lam).mean():.2f}, "
                f"in {1e3 * (time.thread_time() - begun):.0f} ms"
            )
    what = f"{n} patches, {ATOMS} atoms, λ {lam:g}, beside {beside:.1f}"
    return lines_of(what, seconds, quality, f"{PEER}, {epochs} epochs")


PARTS = {
    "Boltzmann machines (quality: pseudo-log-likelihood of other rows, more is better)":
        machine_part,
    "Sparse codes (quality: share by which the cost is above the least)": code_part,
    "Dictionaries (quality: least cost of other rows with it, less is better)":
        dictionary_part,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the command; print the section and, if asked, write it; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks coding", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each job runs (5)")
    parser.add_argument("--write", action="store_true",
                        help="write the results to this machine's page")  # fmt: skip
    options = parser.parse_args(arguments)
    report.begin()
    run = report.Run(options.rounds, 1)
    lines = [
        f"Jobs for which {PEER} is the usual choice, in one process, in turn, with one thread. A "
        f"ratio is {PEER}'s processor time over that of the row, in the same round; above 1, the "
        "row is faster. The machines of tinyae use the vectorized core unless the row says "
        f"otherwise. {PEER} has persistent chains only, and draws their hidden units before the "
        "parameters move, which saves it a product. Codes of both libraries have a duality gap of "
        "at most 1e-8 of the cost of zero codes. A dictionary's time includes coding its own and "
        "some other rows."
    ]
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, which the quality shows
        for title, part in PARTS.items():
            new = ["", f"**{title}**", "", "| job | by | ms | ratio | least … most | quality |",
                   "|---|---|---:|---:|---:|---:|", *part(options.rounds)]  # fmt: skip
            print("\n".join(new), flush=True)
            lines += new
    lines += ["", run.words('"beside" is the number of cores that were busy with other work')]
    if options.write:
        report.write({"coding, 1 thread": "\n".join(lines)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
