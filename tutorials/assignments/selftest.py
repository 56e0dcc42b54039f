"""Grade the graders: the reference, the stubs, the needed tasks alone, and all wrong solutions.

reference   full points, in a process of its own like any submission
stubs       no point for a blank task
needs       each task gets full points in a library in which all other tasks are blank, except
            those that it needs
wrong       each listed wrong solution loses points, and the grader tells its name, by all
            checks and by the visible ones alone
planted     the mistakes of `tests/planted_mistakes.py` that fall inside a task: caught / tried
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutorials.assignments import mistakes, naming
from tutorials.assignments.answers import Answer, Limits
from tutorials.assignments.blank import blank
from tutorials.assignments.grade import MANIFEST, grade
from tutorials.assignments.library import copy_library
from tutorials.assignments.task import Task, Variant

# The library itself is graded, perhaps on a machine that is busy.
PATIENT = Limits(seconds=300.0, total_seconds=3600.0, deaths=1000)


@dataclass
class Count:
    """How many mistakes were tried, caught, and named."""

    tried: int = 0
    caught: int = 0
    caught_visible: int = 0
    named: int = 0
    named_visible: int = 0
    missed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def add(self, task: Task, name: str, answers: Sequence[Answer], wants: Sequence[tuple],
            known: dict[str, list[Answer]]) -> None:  # fmt: skip
        """Count one mistake by its answers."""
        self.tried += 1
        lost = [
            not naming.is_right(*each) for each in zip(task.checks, answers, wants, strict=True)
        ]
        visible = [bad for bad, check in zip(lost, task.checks, strict=True) if not check.hidden]
        if not any(lost):
            self.missed.append(f"{task.id}: {name}")
            return
        self.caught += 1
        self.caught_visible += any(visible)
        if name not in known:
            return
        self.named += self._is_named(task, name, answers, wants, known, False)
        if any(visible):
            self.named_visible += self._is_named(task, name, answers, wants, known, True)

    def _is_named(self, task, name, answers, wants, known, visible_only) -> bool:
        """Return whether the mistake is told first, or one with the same hint.

        A planted mistake may be told by the name of one that gives the same in all checks.
        """
        like = naming.mistakes_like(task, answers, wants, known, visible_only)
        hints = mistakes.hints(task)
        told = [found[0] for found in like.values() if found]
        equal = bool(told) and hints[told[0]] == hints[name]
        if told and name not in {wrong.name for wrong in task.wrong}:
            equal = equal or all(map(naming.same, known[told[0]], answers))
        if not equal and not visible_only:
            self.unnamed.append(f"{task.id}: {name}, told {told[:1]}")
        return equal


@dataclass
class Result:
    """What the self-test found."""

    points: float = 0.0
    failures: list[str] = field(default_factory=list)
    wrong: Count = field(default_factory=Count)
    planted: Count = field(default_factory=Count)

    def __str__(self):
        w, p = self.wrong, self.planted
        lines = [
            f"reference, stubs and needs: {len(self.failures)} failures, {self.points:g} points",
            *(f"    {text}" for text in self.failures),
            f"wrong solutions: {w.caught} of {w.tried} caught, "
            f"{w.caught_visible} by visible checks",
            f"    named rightly: {w.named} of {w.caught}; by visible checks alone "
            f"{w.named_visible} of {w.caught_visible}",
            *(f"    missed {text}" for text in w.missed),
            *(f"    not named {text}" for text in w.unnamed),
            f"planted mistakes: {p.caught} of {p.tried} caught, {p.caught_visible} by visible "
            "checks",
            f"    named rightly: {p.named} of {p.caught}",
            *(f"    missed {text}" for text in p.missed),
            *(f"    not named {text}" for text in p.unnamed),
        ]
        return "\n".join(lines)

    @property
    def passed(self) -> bool:
        """Whether all is right; a planted mistake may be in what a task does not ask for."""
        w = self.wrong
        return not self.failures and not w.missed and not w.unnamed


def selftest(tasks: Sequence[Task], variant: Variant, manifest: str = MANIFEST) -> Result:
    """Run everything on some tasks of the manifest."""
    result = Result(points=sum(task.points for task in tasks))
    _reference_and_stubs(tasks, variant, result, manifest)
    wants = {task.id: [tuple(check.want(variant)) for check in task.checks] for task in tasks}
    alone = mistakes.outputs(tasks, variant, manifest, "needs", cache=False)
    for task in tasks:
        for check, answer, want in zip(
            task.checks, alone[task.id]["alone"], wants[task.id], strict=True
        ):
            if not naming.is_right(check, answer, want):
                result.failures.append(
                    f"{task.id} with its needs alone: {check.name}: {answer.failure or 'wrong'}"
                )
    wrong = mistakes.outputs(tasks, variant, manifest, "wrong", cache=False)
    planted = mistakes.outputs(tasks, variant, manifest, "planted", cache=False)
    for task in tasks:
        known = {**wrong[task.id], **planted[task.id]}
        for name, answers in wrong[task.id].items():
            result.wrong.add(task, name, answers, wants[task.id], known)
        for name, answers in planted[task.id].items():
            result.planted.add(task, name, answers, wants[task.id], known)
    return result


def _reference_and_stubs(tasks, variant, result, manifest) -> None:
    """Grade the library itself and the handout as it leaves the teacher."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy_library(root, tasks)
        for task in tasks:
            if task.file:
                path = root / task.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(task.filled(task.solution, variant), encoding="utf-8")
        settings = {"manifest": manifest, "name_mistakes": False, "limits": PATIENT}
        report = grade(root, tasks, variant, **settings)
        for task in report.tasks:
            for check in task.checks:
                if not check.right:
                    text = f"{task.task.id} reference: {check.check.name}: {check.message}"
                    result.failures.append(text)
        result.failures += report.problems + report.record.incidents
        blank(root, tasks, variant)
        report = grade(root, tasks, variant, **settings)
        for task in report.tasks:
            if task.score:
                result.failures.append(f"{task.task.id} stub: {task.score:g} points")
        result.failures += report.record.incidents
