"""`python -m tinyae trace`: one training step of a tiny model, to step through in a terminal.

Enter shows the next step; a number is an answer to the question for one of its entries, and is
checked; q ends. In a pipe there is nobody to ask, and all steps are printed as a table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.criterion.contraction import Contractive
from tinyae.criterion.corruption import GaussianNoise
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.criterion.penalties import L1, Penalty
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.helmholtz import HelmholtzMachine
from tinyae.models.rbm import RBM
from tinyae.models.recirculation import Recirculation
from tinyae.nn.activations import ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.dense import half_of_mirror
from tinyae.nn.model import Model
from tinyae.sparse_coding.psd import PSD
from tinyae.text import for_stream
from tinyae.tracing.quiz import QUIT, question, read_number, verdict
from tinyae.tracing.sequence import Trace
from tinyae.tracing.step import Step
from tinyae.tracing.tables import FORMATS, shown
from tinyae.tracing.tracer import trace
from tinyae.training.optimizers import SGD

UNITS = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU, "softplus": Softplus}
MODELS = ("autoencoder", "vae", "recirculation", "psd", "rbm", "helmholtz")
MOST = 64  # units of a layer; with more, nobody reads the numbers
HINT = "Enter: next step, a number: your answer, q: end"
EXAMPLES = """\
examples:
    python -m tinyae trace 2-3-2
    python -m tinyae trace 2-3-2 --noise 0.3 --l1 0.1 --contraction 0.1 --unit tanh
    python -m tinyae trace 3-2 --model rbm
    python -m tinyae trace 2-3-2 --picture net.svg
    python -m tinyae trace 2-3-2 --table md > table.md
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command `trace` to a command line."""
    parser = commands.add_parser(
        "trace",
        help="one training step of a tiny model, operation by operation",
        description=fill(
            "Show one training step of a tiny model, operation by operation. Enter goes on to the "
            "next step, a number is your answer to the question for an entry, q ends. In a pipe "
            "all steps are printed.",
            79,
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("sizes", metavar="SIZES",
        help="widths of the layers, such as 2-3-2; or 2-3, from the input to the code")  # fmt: skip
    add("--model", choices=MODELS, default="autoencoder", help="(autoencoder)")
    add("--unit", choices=tuple(UNITS), help="of hidden layers (sigmoid)")
    add("--noise", type=float, default=0.0, metavar="SIGMA", help="Gaussian corruption (0)")
    add("--l1", type=float, default=0.0, metavar="LAMBDA", help="L1 penalty on the code (0)")
    add("--contraction", type=float, default=0.0, metavar="LAMBDA", help="contraction (0)")
    add("--rows", type=int, default=2, metavar="N", help="examples in the batch (2)")
    add("--rate", type=float, default=0.1, help="learning rate of the update (0.1)")
    add("--seed", type=int, default=0, help="of weights, data and noise (0)")
    add("--table", choices=FORMATS, help="print all steps as a table of this form")
    add("--picture", metavar="FILE", help="draw the network with its numbers, .svg or .png")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    model, x = made(options)
    found = trace(model, x, rng=options.seed, optimizer=SGD(options.rate))
    if options.picture:
        from tinyae.drawing.canvas import save_figure  # here, because it imports matplotlib

        # A table may go to a file, so the report does not go with it.
        report = sys.stdout if options.table is None else sys.stderr
        print(f"wrote {save_figure(found.draw(), options.picture)}", file=report)
        if options.table is None:
            return 0
    if options.table is not None:
        print(found.table(options.table))
    elif sys.stdin.isatty() and sys.stdout.isatty():
        step_through(found, options.seed, input)
    else:
        print(found)
    return 0


def made(options: argparse.Namespace) -> tuple[Model, NDArray]:
    """Return the model and the batch that the options ask for."""
    sizes = widths(options.sizes, options.model)
    unit, rows = UNITS[options.unit or "sigmoid"], whole_number(options.rows, "--rows")
    if options.model != "autoencoder" and (options.noise or options.l1 or options.contraction):
        raise ValueError("--noise, --l1 and --contraction are for --model autoencoder only")
    if options.unit is not None and options.model in ("psd", "rbm", "helmholtz"):
        raise ValueError(f"--model {options.model} has units of its own: leave --unit out")
    rng = generator(options.seed, "samples")
    if options.model in ("rbm", "helmholtz"):
        x = (rng.random((rows, sizes[0])) < 0.5).astype(float)
    else:
        x = np.round(rng.standard_normal((rows, sizes[0])), 1)
    seed = options.seed
    if options.model == "rbm":
        return RBM(*sizes, rng=seed), x
    if options.model == "helmholtz":
        return HelmholtzMachine(sizes, rng=seed), x
    if options.model == "recirculation":
        return Recirculation.dense((sizes[0], sizes[1]), activation=unit, rng=seed), x
    if options.model == "psd":
        return PSD.dense(sizes, lam=0.1, gamma=1.0, rng=seed, steps=3), x
    if options.model == "vae":
        return Autoencoder.dense(sizes, activation=unit, code=GaussianCode(), rng=seed), x
    penalties: list[Penalty] = [L1(options.l1)] * bool(options.l1)
    penalties += [Contractive(options.contraction)] * bool(options.contraction)
    noise = GaussianNoise(options.noise) if options.noise else None
    return Autoencoder.dense(sizes, activation=unit, corruption=noise, penalties=penalties,
                             rng=seed), x  # fmt: skip


def widths(text: str, model: str) -> tuple[int, ...]:
    """Return the widths from the input to the code; "2-3-2" and "2-3" give (2, 3)."""
    parts = text.split("-")
    if len(parts) < 2 or not all(part.isdecimal() and 1 <= int(part) <= MOST for part in parts):
        raise ValueError(
            f"SIZES are widths from 1 to {MOST} with - between them, such as 2-3-2, got {text!r}"
        )
    sizes = tuple(map(int, parts))
    sizes = half_of_mirror(sizes) or sizes
    if len(sizes) > 2 and model in ("rbm", "recirculation", "psd"):
        raise ValueError(f"--model {model} has one hidden layer: give SIZES such as 3-2")
    if len(sizes) > 2 and len(parts) == len(sizes) and model in ("autoencoder", "vae"):
        raise ValueError(
            f"the layers of an autoencoder are the same from both ends, such as 4-3-2-3-4, got "
            f"{text}"
        )
    return sizes


def step_through(found: Trace, seed: int, ask: Callable[[str], str]) -> None:
    """Show the steps one by one; what is given is shown at once."""
    rng = generator(seed, "questions")
    print(for_stream(f"{found.heading()}\n{HINT}\n"))
    for number, step in enumerate(found):
        if step.rule and step.phase != "given":
            index = tuple(int(rng.integers(size)) for size in np.shape(step.value))
            if not _answered(step, index, for_stream(f"next: {question(step, index)}"), ask):
                return
        print(for_stream(line(number, step)))
    print(f"loss {found.loss:.6g}: the model's own, and so is its gradient")


def _answered(step: Step, index: tuple[int, ...], text: str, ask: Callable) -> bool:
    """Ask for one entry; return False for q, or at the end of the input."""
    while True:
        try:
            answer = ask(text).strip()
        except EOFError:
            return False
        if answer.lower() in QUIT:
            return False
        if not answer:
            return True
        value = read_number(answer)
        if value is not None:
            verdict(step, index, value)
            return True
        text = f"({HINT}) "


def line(number: int, step: Step) -> str:
    """Return a step as text: what it is, and below that its value."""
    where = ", ".join(word for word in (step.equation, step.source) if word)
    name = step.name if step.formula == "given" else f"{step.name} = {step.formula}"
    value = "\n".join(f"     {row}" for row in shown(step.value).split("\n"))
    return f"{number:>3}  {step.phase}: {name}{f'   ({where})' * bool(where)}\n{value}"
