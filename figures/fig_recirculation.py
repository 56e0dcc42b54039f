"""Recirculation at work: the 4-2-4 problem, weights that grow alike, and when it is a gradient.

Hinton and McClelland's rule (introduction of chapter 14) sends no error backwards. With W = Vᵀ its
encoder's update has the gradient's direction as λ → 1. From weights drawn apart W and Vᵀ soon come
close by themselves, and the update with them, until the error vanishes: near its own rest the rule
goes another way than the gradient.
"""

from __future__ import annotations

import numpy as np

from figures.common import train
from tinyae import SGD, Autoencoder, BernoulliOutput, GaussianOutput, Recirculation
from tinyae.criterion.outputs import Output
from tinyae.nn import Normal, Uniform
from tinyae.plotting import Figure, style

NUMBER = "recirculation"
NAME = "fig_recirculation"
TITLE = "recirculation: 4-2-4 solved, symmetry, the gradient as λ → 1 (introduction)"
TOLERANCES = {"solved": 0, "median_symmetry_after": 0.02, "greatest_median_cosine": 0.02,
              "linear_cosine_at_0.75": 0.005, "sigmoid_cosine_at_0.75": 0.005}  # fmt: skip
LAMBDAS = (0.0, 0.5, 0.75, 0.9, 0.95, 0.99)
EPS = 20.0  # for the mean over a sweep, that is 5 for each of the four examples
KEPT = np.unique(np.geomspace(1, 1000, 60).round().astype(int))  # sweeps that are looked at


def cosine(u: np.ndarray, v: np.ndarray) -> float:
    """Cosine of the angle between two matrices."""
    return float((u * v).sum() / np.linalg.norm(u) / np.linalg.norm(v))


def weights(model: Recirculation | Autoencoder) -> tuple[dict, dict, dict, dict]:
    """Return parameters and gradients of the encoder's affine layer, then of the decoder's."""
    encoder, decoder = model.parts["encoder"].layers[0], model.parts["decoder"]
    return encoder.params, encoder.grads, decoder.params, decoder.grads


def alike(output: Output, lam: float, regress: bool, seed: int) -> tuple[Recirculation, np.ndarray]:
    """Return an 8-3-8 net with V = Wᵀ, weights from N(0, ¼) and small biases, and one example."""
    rng = np.random.default_rng(seed)
    model = Recirculation.dense((8, 3), output=output, regression=lam,
                                regress_hidden=regress, rng=rng, init=Normal(0.5))  # fmt: skip
    encoder, _, decoder, _ = weights(model)
    decoder["W"][...] = encoder["W"].T
    encoder["b"][...], decoder["b"][...] = rng.normal(0, 0.1, 3), rng.normal(0, 0.1, 8)
    return model, rng.random((1, 8))


def updates(model: Recirculation, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return ΔW, ΔV of the rule and −∂W, −∂V of back-propagation, each layer's own share."""
    p, twin = model.trace(x), model.unfold()
    twin.loss_and_grad(x)
    _, encoder, _, decoder = weights(twin)
    return p.dW, p.dV, -encoder["W"], -decoder["W"]


def start(d: int, k: int, seed: int, lam: float = 0.75, regress: bool = True) -> Recirculation:
    """Return an untied d-k-d net with sigmoid visible units and weights from U(−½, ½)."""
    return Recirculation.dense((d, k), output=BernoulliOutput(), regression=lam,
                               regress_hidden=regress, init=Uniform(0.5), rng=seed)  # fmt: skip


def solved(model: Recirculation | Autoencoder, x: np.ndarray) -> bool:
    """Whether every output is within .4 of its target."""
    return bool(np.abs(model.reconstruct(x) - x).max() < 0.4)


def course(
    model: Recirculation, eps: float, sweeps: np.ndarray, decay: float = 0.0
) -> dict[str, np.ndarray]:
    """Train on the d one-hot examples at once; look before the first sweep and after `sweeps`.

    Returns for each look: `symmetry`, the cosine of W and Vᵀ; `cosine`, that of ΔW and −∂W;
    `codes` (looks, d, k); `solved`. `decay` is the share of every weight lost in a sweep.
    """
    x, twin = np.eye(model.d_in), model.unfold()
    (encoder, _, decoder, _), (_, gradient, _, _) = weights(model), weights(twin)
    found: dict[str, list] = {"symmetry": [], "cosine": [], "codes": [], "solved": []}

    def look():
        twin.theta[...] = model.theta
        twin.loss_and_grad(x)
        p = model.trace(x)
        found["symmetry"].append(cosine(encoder["W"], decoder["W"].T))
        found["cosine"].append(cosine(p.dW, -gradient["W"]))
        found["codes"].append(p.h1)
        found["solved"].append(solved(model, x))

    def after(sweep, *_):
        encoder["W"][...] *= 1.0 - decay
        decoder["W"][...] *= 1.0 - decay
        if sweep in wanted:
            look()

    wanted = set(sweeps.tolist())
    look()
    train(model, x, optimizer=SGD(eps), epochs=int(sweeps[-1]), batch_size=len(x), shuffle=False,
          callback=after)  # fmt: skip
    return {key: np.array(values) for key, values in found.items()}


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Follow 4-2-4 nets from untied weights; compare the updates of nets with V = Wᵀ."""
    sweeps = KEPT[KEPT <= 300] if quick else KEPT
    runs = [course(start(4, 2, s), EPS, sweeps) for s in range(seed, seed + (5 if quick else 20))]
    numbers: dict = {"sweeps": np.concatenate([[0], sweeps]), "codes": runs[0]["codes"]}
    for key in ("symmetry", "cosine", "solved"):
        numbers[key] = np.array([run[key] for run in runs])
    for name, output in (("linear", GaussianOutput()), ("sigmoid", BernoulliOutput())):
        table = []
        for lam in LAMBDAS:
            pairs = [updates(*alike(output, lam, True, s)) for s in range(seed, seed + 20)]
            table.append([cosine(dW, down) for dW, _, down, _ in pairs])
        numbers[f"{name}_cosines"] = np.array(table)
        numbers[f"{name}_cosine_at_0.75"] = float(np.mean(table[LAMBDAS.index(0.75)]))
    numbers["nets"] = len(runs)
    numbers["solved"] = numbers["solved"].astype(int)
    numbers["solved_by"] = numbers["solved"].sum(axis=0)
    numbers["solved"] = int(numbers["solved_by"][-1])
    numbers["median_symmetry_after"] = float(np.median(numbers["symmetry"], axis=0)[-1])
    numbers["greatest_median_cosine"] = float(np.median(numbers["cosine"], axis=0).max())
    numbers["median_cosine_after"] = float(np.median(numbers["cosine"], axis=0)[-1])
    return numbers


def draw(numbers: dict) -> Figure:
    """Codes of one net; W against Vᵀ; ΔW against −∂W, by sweep and, where V = Wᵀ, by λ."""
    with style():
        figure = Figure(figsize=(10.0, 8.0))
        (square, like), (toward, tied) = figure.subplots(2, 2)
        codes = np.asarray(numbers["codes"])
        for i, (color, marker) in enumerate(zip(("C0", "C1", "C2", "C3"), "osD^", strict=True)):
            h = codes[:, i]
            square.plot(*h.T, "-", color=color, linewidth=1.2)
            square.plot(*h[0], marker, color=color, markerfacecolor="white", markersize=7)
            square.plot(*h[-1], marker, color=color, markersize=8)
            word = "".join("1" if j == i else "0" for j in range(4))
            right = h[-1, 0] < 0.5  # the side on which there is room
            square.annotate(f"x = {word}", h[-1], (9 if right else -9, 0), ha="left" if right else
                            "right", va="center", textcoords="offset points")  # fmt: skip
        square.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal", xlabel="$h_1$",
                   ylabel="$h_2$", title="4-2-4, λ = .75: one net's codes, ◦ to •")  # fmt: skip
        sweeps, nets = numbers["sweeps"], numbers["nets"]
        for axes, key, label in ((like, "symmetry", "cosine of W and Vᵀ"),
                                 (toward, "cosine", "cosine of ΔW and −∂W")):  # fmt: skip
            lines = np.asarray(numbers[key])
            axes.plot(sweeps, lines.T, color="C3", linewidth=0.7, alpha=0.7)
            axes.plot([], [], color="C3", linewidth=0.7, label=f"{nets} nets")
            axes.plot(sweeps, np.median(lines, axis=0), color="C1", linewidth=2.6, label="median")
            axes.set_xscale("symlog", linthresh=1, linscale=0.4)
            axes.set_xticks([0, 1, 10, 100, 1000], ["0", "1", "10", "100", "1000"])
            axes.minorticks_off()
            axes.set(xlabel="sweeps through the four examples", ylabel=label, ylim=(-1.05, 1.05),
                     xlim=(0, sweeps[-1]))  # fmt: skip
            axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
            axes.plot(sweeps, np.asarray(numbers["solved_by"]) / nets, ":", color="0.3",
                      label="share of the nets that solve it")  # fmt: skip
            axes.legend(loc="lower right")
        like.set_title("from weights drawn apart, W and Vᵀ grow alike")
        toward.set_title("the update turns to the gradient, and leaves it\nas the error vanishes")
        change = 1.0 - np.array(LAMBDAS)
        for name, color, look in (("sigmoid", "C1", "s-"), ("linear", "C2", "o--")):
            table = np.asarray(numbers[f"{name}_cosines"])
            tied.fill_between(change, table.min(axis=1), table.max(axis=1), color=color, alpha=0.2,
                              linewidth=0)  # fmt: skip
            tied.plot(change, table.mean(axis=1), look, color=color, label=f"{name} visible units")
        tied.set_xscale("log")
        tied.invert_xaxis()
        tied.set_xticks(change, [f"{lam:g}" for lam in LAMBDAS])
        tied.minorticks_off()
        tied.set(xlabel="λ", ylabel="cosine of ΔW and −∂W", ylim=(None, 1.05),
                 title="where V = Wᵀ: the gradient's direction as λ → 1\n"
                 "(mean and range of 20 nets 8-3-8)")  # fmt: skip
        tied.legend(loc="lower right")
    return figure
