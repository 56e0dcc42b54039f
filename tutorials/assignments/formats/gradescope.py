"""The zip file of an autograder for Gradescope, and the handout of the students.

    OUT/handout/          what students get
    OUT/autograder.zip    setup.sh, run_autograder, and the project that grades

Gradescope runs `setup.sh` once, when it builds the image. For each submission it runs
`/autograder/run_autograder`, with the files in /autograder/submission, and reads
/autograder/results/results.json.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from tutorials.assignments.library import PROJECT
from tutorials.assignments.make import Handout, make

SETUP = """\
#!/usr/bin/env bash
set -e
apt-get update
apt-get install -y python3 python3-pip python3-venv
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install "numpy>=1.24" "matplotlib>=3.7"
"""
RUN = """\
#!/usr/bin/env bash
# Written by the parent process of the grader, never by the submission.
AUTOGRADER="${{AUTOGRADER:-/autograder}}"
PYTHON="${{PYTHON:-$AUTOGRADER/venv/bin/python}}"
mkdir -p "$AUTOGRADER/results"
cd "$AUTOGRADER/source"
OPENBLAS_NUM_THREADS=1 "$PYTHON" -B -m tutorials.assignments grade "$AUTOGRADER/submission" \\
    --tasks {tasks} --variant {seed} --manifest {manifest} \\
    --json "$AUTOGRADER/results/results.json"
"""
# What grades: the library, the tasks, the table of planted mistakes, and the figures if asked for.
FOLDERS = ("tinyae", "tutorials/assignments")
PLANTED = "tests/planted_mistakes.py"


def write_gradescope(out: Path, handout: Handout) -> None:
    """Write the handout and the autograder's zip file."""
    make(out / "handout", handout)
    folders = [*FOLDERS, *(["figures"] if (out / "handout" / "figures").is_dir() else [])]
    ids = ",".join(task.id for task in handout.tasks)
    run = RUN.format(tasks=ids, seed=handout.variant.seed, manifest=handout.manifest)
    with zipfile.ZipFile(out / "autograder.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        _script(archive, "setup.sh", SETUP)
        _script(archive, "run_autograder", run)
        if (PROJECT / PLANTED).is_file():
            archive.write(PROJECT / PLANTED, PLANTED)
        for folder in folders:
            for path in sorted((PROJECT / folder).rglob("*")):
                unwanted = {"__pycache__", "out"} & set(path.relative_to(PROJECT).parts)
                if path.is_file() and not unwanted:
                    archive.write(path, path.relative_to(PROJECT).as_posix())


def _script(archive: zipfile.ZipFile, name: str, text: str) -> None:
    """Add a file that may be executed, whatever the system that packs it."""
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o755 << 16
    archive.writestr(info, text)
