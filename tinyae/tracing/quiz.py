"""A quiz on a trace: which number stands at a place? Answers are checked to three digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.text import for_stream
from tinyae.tracing.explanation import explanation
from tinyae.tracing.scalars import number
from tinyae.tracing.step import Step

QUIT = ("q", "quit")


def ask_questions(
    trace: Sequence[Step],
    rng: np.random.Generator | int,
    questions: int,
    ask: Callable[[str], str],
) -> int:
    """Ask for entries of steps that have a rule; return how many answers were right."""
    rng, questions = generator(rng, "questions"), whole_number(questions, "questions")
    if not callable(ask):
        raise TypeError(f"ask must be a function such as input, got {ask!r:.60}")
    can_be_asked = [
        step for step in trace if step.rule and step.phase != "given" and np.size(step.value)
    ]
    if not can_be_asked:
        raise ValueError("no step of this trace has a rule by which an entry can be computed")
    right = 0
    for i in range(1, questions + 1):
        step = can_be_asked[rng.integers(len(can_be_asked))]
        index = tuple(int(rng.integers(size)) for size in np.shape(step.value))
        answer = asked(step, index, f"{i}/{questions}  ", ask)
        if answer is None:
            break
        right += verdict(step, index, answer)
    return right


def asked(
    step: Step, index: tuple[int, ...], before: str, ask: Callable[[str], str]
) -> float | None:
    """Ask for one entry until the answer is a number; None for q, or at the end of the input."""
    text = for_stream(before + question(step, index))
    while True:
        try:
            answer = ask(text).strip()
        except EOFError:
            return None
        if answer.lower() in QUIT:
            return None
        found = read_number(answer)
        if found is not None:
            return found
        text = "a number such as -0.125, or q to stop: "


def question(step: Step, index: tuple[int, ...]) -> str:
    """Return the formula of a step, the single numbers in it, and the entry that is asked for."""
    single = [f"{name} = {number(one)}" for name, one in step.inputs.items() if np.ndim(one) == 0]
    known = f"   ({', '.join(single)})" if single else ""
    place = f"[{','.join(map(str, index))}]" if index else ""
    return f"{step.name} = {step.formula}{known};  {step.name}{place} = "


def read_number(text: str) -> float | None:
    """Return a number that was typed, with a point or a comma, or None."""
    try:
        return float(text.replace("−", "-").replace(",", "."))
    except ValueError:
        return None


def verdict(step: Step, index: tuple[int, ...], answer: float) -> bool:
    """Print whether an answer is right, and the explanation; return whether it is."""
    right = agrees(answer, float(step.value[index]), rounding(step))
    word = "right" if right else f"not {number(answer)}"
    print(for_stream(f"{word}:\n{explanation(step, index)}"))
    return right


def rounding(step: Step) -> float:
    """Return how far from 0 an entry may be that is 0 without rounding."""
    finite = (np.abs(one[np.isfinite(one)]) for one in step.inputs.values())
    largest = max((one.max(initial=0.0) for one in finite), default=0.0)
    return 10.0 * np.finfo(np.result_type(step.value, np.float32)).eps * float(largest)


def agrees(answer: float, value: float, rounding: float = 0.0) -> bool:
    """Whether an answer equals a value to three significant digits, or up to rounding."""
    if not np.isfinite(value) or not np.isfinite(answer):
        return answer == value
    unit = 10.0 ** (np.floor(np.log10(abs(value))) - 2.0) if value else 1e-9
    return bool(abs(answer - value) <= max(0.51 * unit, rounding))
