"""The commands of the assignments: make, grade, selftest, list.

python -m tutorials.assignments make OUT --tasks 01,04 --variant 3
python -m tutorials.assignments grade SUBMISSION --tasks 01,04 --variant 3 --json results.json
python -m tutorials.assignments selftest
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tutorials.assignments.answers import MB, Limits
from tutorials.assignments.blank import DOCSTRINGS
from tutorials.assignments.grade import MANIFEST, grade, write_json
from tutorials.assignments.task import Task, Variant

IDS = re.compile(r"([0-9]{1,2}|[tT][0-9]|[, ])+")
FORMATS = ("py", "nbgrader", "otter", "gradescope")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m tutorials.assignments",
                                  description="Assignments from the library.")  # fmt: skip
    commands = top.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--tasks", default="", help="ids such as 01,04,T2 or 1 4 t2; all if not given"
    )
    common.add_argument("--variant", type=int, default=0, metavar="SEED",
                        help="the edition: other numbers, sizes, unit and output")  # fmt: skip
    common.add_argument("--manifest", default=MANIFEST, help=argparse.SUPPRESS)
    make = commands.add_parser("make", parents=[common], help="write a handout")
    make.add_argument("out", type=Path, help="a new folder")
    words = "of blank functions: what and shapes, the library's own, or none"
    make.add_argument("--docstrings", choices=DOCSTRINGS, default="contract", help=words)
    make.add_argument("--format", choices=FORMATS, default="py")
    make.add_argument("--no-hints", dest="hints", action="store_false",
                      help="leave out the hints of the usual mistakes")  # fmt: skip
    make.add_argument("--solutions", action="store_true", help="keep the bodies: the answer key")
    judge = commands.add_parser("grade", parents=[common], help="grade a submission")
    judge.add_argument("submission", type=Path, help="folder, zip file, or single file")
    judge.add_argument("--json", type=Path, help="write results.json, as Gradescope reads it")
    judge.add_argument("--seconds", type=float, default=Limits.seconds, help="for each check")
    judge.add_argument("--memory", type=int, default=Limits.memory // MB, help="in MB")
    commands.add_parser("selftest", parents=[common], help="grade the graders")
    commands.add_parser("list", parents=[common], help="print the tasks")
    return top


def chosen(ids: str, manifest: str) -> list[Task]:
    """Return the tasks with these ids, in the order of the manifest.

    Raises
    ------
    ValueError
        If there is no task with one of the ids.
    """
    tasks = importlib.import_module(manifest).TASKS
    wanted = [task_id(text) for text in ids.replace(",", " ").split()]
    unknown = [one for one in wanted if one not in {task.id for task in tasks}]
    if unknown:
        every = ", ".join(task.id for task in tasks)
        raise ValueError(f"no task {', '.join(unknown)}; there are {every}")
    return [task for task in tasks if not wanted or task.id in wanted]


def task_id(text: str) -> str:
    """Return an id as the manifest has it: "1" is "01", and "t3" is "T3"."""
    return text.zfill(2) if text.isdecimal() else text.upper()


def with_ids_in_one(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the ids after --tasks in one: `--tasks 01 04, T2` is `01,04,T2`."""
    found: list[str] = []
    for text in arguments:
        if len(found) > 1 and found[-2] == "--tasks" and IDS.fullmatch(text):
            found[-1] += f",{text}"
        else:
            found.append(text)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    args = parser().parse_args(with_ids_in_one(sys.argv[1:] if arguments is None else arguments))
    try:
        tasks = chosen(args.tasks, args.manifest)
        if args.variant < 0:
            raise ValueError(f"--variant must be a whole number from 0, got {args.variant}")
        return run(args, tasks, Variant(args.variant))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def run(args: argparse.Namespace, tasks: Sequence[Task], variant: Variant) -> int:
    """Run the command that was asked for."""
    if args.command == "make":
        from tutorials.assignments.formats import write
        from tutorials.assignments.make import Handout

        handout = Handout(
            tasks, variant, args.docstrings, args.solutions, args.hints, args.manifest
        )
        write(args.format, args.out, handout)
        points = sum(task.points for task in tasks)
        print(f"{args.out}: {len(tasks)} tasks, {points:g} points, variant {variant.seed}")
        return 0
    if args.command == "grade":
        limits = Limits(seconds=args.seconds, memory=args.memory * MB)
        report = grade(args.submission, tasks, variant, limits=limits, manifest=args.manifest)
        if args.json:
            write_json(report, args.json)
        print(report)
        return 0
    if args.command == "selftest":
        from tutorials.assignments.selftest import selftest

        result = selftest(tasks, variant, args.manifest)
        print(result)
        return 0 if result.passed else 1
    for task in tasks:
        print(f"{task.id:>3}  {task.points:4g} points  {task.minutes:3d} min  {task.level:8}  "
              f"needs {', '.join(task.needs) or '-':12}  {task.title}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
