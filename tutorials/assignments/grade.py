"""Grade a submission: its files in a fresh copy of the library, the checks, points and words.

Only the files that the tasks name are taken from the submission. Every other file is the library's
own, so a changed test, a changed file of `gradcheck` or an installed library earns nothing. A file
can still change what it imports while it runs; where it does so openly, the report has a note. The
submission runs in a process of its own (`process.py`), which sends arrays. They are judged here,
and what should have come is computed here (`Check.want`).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutorials.assignments import mistakes, naming, two_mistakes
from tutorials.assignments.answers import Answer, Limits, Record
from tutorials.assignments.blank import blank
from tutorials.assignments.files import seed_of, take_files
from tutorials.assignments.library import copy_library, files_of
from tutorials.assignments.process import run
from tutorials.assignments.task import Check, Task, Variant

MANIFEST = "tutorials.assignments.manifest"


@dataclass
class CheckResult:
    """One check of a submission: whether it is right, and what the student is told."""

    check: Check
    right: bool
    message: str = ""
    mistake: str = ""  # the name of the listed mistake

    @property
    def score(self) -> float:
        """The points earned."""
        return self.check.points if self.right else 0.0


@dataclass
class TaskResult:
    """All checks of one task."""

    task: Task
    checks: list[CheckResult]
    note: str = ""

    @property
    def score(self) -> float:
        """The points earned."""
        return sum(result.score for result in self.checks)


@dataclass
class Report:
    """What grading found.

    `variant` is the edition it was graded against, `handed_out` the one that the submission's own
    `checks/numbers.json` names, or None.
    """

    tasks: list[TaskResult]
    record: Record
    problems: list[str] = field(default_factory=list)
    variant: int = 0
    handed_out: int | None = None

    @property
    def score(self) -> float:
        """The points earned."""
        return sum(result.score for result in self.tasks)

    @property
    def points(self) -> float:
        """The points that can be earned."""
        return sum(result.task.points for result in self.tasks)

    def __str__(self):
        lines = []
        for result in self.tasks:
            task = result.task
            lines.append(f"{task.id} {task.title}: {result.score:g} of {task.points:g} points")
            for check in result.checks:
                mark = "right" if check.right else "WRONG"
                seen = " (hidden)" if check.check.hidden else ""
                lines.append(f"    {mark}  {check.check.name}{seen}  "
                             f"{check.score:g}/{check.check.points:g}")  # fmt: skip
                if check.message:
                    lines.append(f"           {check.message}")
            if result.note:
                lines.append(f"    {result.note}")
        lines += [f"note: {text}" for text in (*self.problems, *self.record.incidents)]
        lines.append(f"{self.score:g} of {self.points:g} points, {self.record.seconds:.1f} s")
        return "\n".join(lines)

    def as_json(self) -> dict:
        """Return the report in the form that Gradescope reads from results.json."""
        tests = []
        for result in self.tasks:
            for place, check in enumerate(result.checks, start=1):
                task = result.task
                tests.append({
                    "name": f"{task.id} {task.title}: {check.check.name}",
                    "number": f"{task.id}.{place}",
                    "score": check.score,
                    "max_score": check.check.points,
                    "status": "passed" if check.right else "failed",
                    "output": check.message,
                    "output_format": "text",
                    "tags": [task.id, task.level],
                    "visibility": "after_due_date" if check.check.hidden else "visible",
                })  # fmt: skip
        notes = [*self.problems, *self.record.incidents]
        notes += [f"{result.task.id}: {result.note}" for result in self.tasks if result.note]
        return {
            "score": self.score,
            "execution_time": round(self.record.seconds, 3),
            "output": "\n".join(notes),
            "output_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "extra_data": {"variant": self.variant, "variant_of_submission": self.handed_out},
            "tests": tests,
        }


def grade(
    submission: Path,
    tasks: Sequence[Task],
    variant: Variant,
    *,
    limits: Limits | None = None,
    manifest: str = MANIFEST,
    name_mistakes: bool = True,
    cache: bool = True,
) -> Report:
    """Grade a folder, a zip file or a single file.

    Parameters
    ----------
    submission : the handout with the student's work in it, or only the files that the tasks name
    tasks, variant : those of the handout
    limits : what the submission may use
    manifest : the module that lists the tasks, for the process that runs the wrong solutions
    name_mistakes : whether wrong outputs are compared with those of the listed wrong solutions
    cache : whether these outputs are kept for the next submission

    Raises
    ------
    FileNotFoundError
        If there is no such submission.
    """
    if not submission.exists():
        raise FileNotFoundError(f"no submission at {submission}: give a folder or a zip file")
    with tempfile.TemporaryDirectory(prefix="tinyae-submission-") as folder:
        root = Path(folder) / "submission"
        root.mkdir()
        copy_library(root, tasks, compiled=True)
        blank(root, tasks, variant)
        problems = take_files(submission, root, tasks)
        seed = seed_of(submission)
        if seed not in (None, variant.seed):
            problems.insert(
                0,
                f"The submission is of variant {seed}, and was graded against variant "
                f"{variant.seed}: grade it with --variant {seed}, or ask for the right handout.",
            )
        files = list(dict.fromkeys(file for task in tasks for file in files_of(task)))
        record = run(root, [task.checks for task in tasks], variant, limits, files=files)
    report = judged(tasks, variant, record, problems, manifest if name_mistakes else "", cache)
    report.variant, report.handed_out = variant.seed, seed
    return report


def judged(tasks: Sequence[Task], variant: Variant, record: Record, problems: list[str],
           manifest: str = "", cache: bool = True) -> Report:  # fmt: skip
    """Return the report on the answers of a submission."""
    results, start = [], 0
    split: list[tuple[Task, list[Answer], list[tuple]]] = []
    for task in tasks:
        answers = record.answers[start : start + len(task.checks)]
        start += len(task.checks)
        split.append((task, answers, [tuple(check.want(variant)) for check in task.checks]))
    lost = [
        task for task, answers, wants in split
        if any(
            not naming.is_right(check, answer, want) and answer.kind != "NotImplementedError"
            for check, answer, want in zip(task.checks, answers, wants, strict=True)
        )
    ]  # fmt: skip
    known: mistakes.Outputs = {}
    try:
        known = mistakes.known(lost, variant, manifest, cache) if manifest and lost else {}
    except (OSError, RuntimeError) as error:
        problems.append(f"Mistakes could not be told by their output: {error}")
    likes = {
        task.id: naming.mistakes_like(task, answers, wants, known.get(task.id, {}))
        for task, answers, wants in split
    }
    try:
        _name_pairs([each for each in split if each[0] in lost], likes, variant, manifest, cache)
    except (OSError, RuntimeError) as error:
        problems.append(f"Two mistakes at once could not be told by their output: {error}")
    for task, answers, wants in split:
        like = likes[task.id]
        checks = []
        for i, (check, answer, want) in enumerate(zip(task.checks, answers, wants, strict=True)):
            if naming.is_right(check, answer, want):
                checks.append(CheckResult(check, True))
                continue
            found = like.get(i, [])
            message = naming.explain(task, check, answer, want, found)
            checks.append(CheckResult(check, False, message, found[0] if found else ""))
        results.append(TaskResult(task, checks))
    full = {result.task.id for result in results if result.score == result.task.points}
    there = {result.task.id for result in results}
    for result in results:
        missing = [i for i in result.task.needs if i in there and i not in full]
        if result.task.id not in full and missing:
            these = ", ".join(missing)
            result.note = f"This task uses {these}, where points are missing: mend that first."
    return Report(results, record, problems)


def _name_pairs(split: list[tuple[Task, list[Answer], list[tuple]]],
                likes: dict[str, dict[int, list[str]]], variant: Variant, manifest: str,
                cache: bool) -> None:  # fmt: skip
    """Add to `likes` two mistakes at once where no single one explains an array that is wrong."""
    open_ = [
        each for each in split
        if any(not found and each[1][i].arrays is not None
               for i, found in likes[each[0].id].items())
        and two_mistakes.pairs(each[0])
        # A figure is trained for each pair, which takes minutes.
        and not any(file.startswith("figures/") for file in files_of(each[0]))
    ]  # fmt: skip
    if not open_ or not manifest:
        return
    both = mistakes.outputs([task for task, _, _ in open_], variant, manifest, "pairs", cache)
    for task, answers, wants in open_:
        for i, names in naming.mistakes_like(task, answers, wants, both[task.id]).items():
            likes[task.id][i] = likes[task.id][i] or names


def write_json(report: Report, path: Path) -> None:
    """Write results.json in one step, so that a reader never sees half of it.

    The folder is made if it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps(report.as_json(), indent=1), encoding="utf-8")
    shutil.move(draft, path)
