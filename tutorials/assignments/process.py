"""A submission in a process of its own, with limits on time, memory, output and processes.

The grader asks one check after another. If the process ends or is too slow, the check is lost and
a new process goes on with the next one, so one endless loop does not cost the points of the rest.
The limits protect the grader from accidents. They are no sandbox: see `docs/teachers.md`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tutorials.assignments.answers import Answer, Limits, Record, array_of, failed, plain
from tutorials.assignments.library import PROJECT
from tutorials.assignments.slices import slices, variant_source
from tutorials.assignments.source_text import defined
from tutorials.assignments.surroundings import (
    clean_environment,
    descendants,
    font_lists,
    processes_of_user,
)
from tutorials.assignments.task import Check, Variant

# What a submission may not read. An environment of Python may stand in the project's folder, so
# these are its parts and not the whole.
HIDDEN = tuple(PROJECT / name for name in ("tinyae", "tutorials", "figures", "tests", ".git"))
CHILD = Path(__file__).with_name("child.py")
LARGEST_ANSWER = 2**25  # characters; the arrays are smaller, see `child.py`
START_SECONDS = 20.0  # Python and NumPy on a busy machine


class _EndedError(Exception):
    """The process is over, or the grader ended it; the text says why."""

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


class Submission:
    """The running process of a submission.

    Parameters
    ----------
    root : folder whose `tinyae` is graded
    checks : all that may be asked
    record : where incidents and output are noted
    hidden : folders that it may not read
    files : those that the student writes, relative to root
    """

    def __init__(self, root: Path, checks: Sequence[Check], variant: Variant, limits: Limits,
                 record: Record, hidden: Sequence[Path] = HIDDEN,
                 files: Sequence[str] = ()):  # fmt: skip
        self.limits, self.record, self.started = limits, record, False
        self.scratch = Path(tempfile.mkdtemp(prefix="tinyae-grading-"))
        for fonts in font_lists():  # else matplotlib looks for all fonts, which takes seconds
            shutil.copy(fonts, self.scratch)
        ask_read, ask_write = os.pipe()
        answer_read, answer_write = os.pipe()
        command = [sys.executable, "-I", "-B", str(CHILD), str(root), str(self.scratch),
                   str(ask_read), str(answer_write)]  # fmt: skip
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(ask_read, answer_write),
            cwd=self.scratch,
            env=clean_environment(self.scratch),
            start_new_session=True,
        )
        os.close(ask_read)
        os.close(answer_write)
        record.processes += 1
        self.ask_fd, self.answer_fd = ask_write, answer_read
        self.buffer = b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.answer_fd, selectors.EVENT_READ, "answer")
        self.selector.register(self.process.stdout, selectors.EVENT_READ, "output")
        os.set_blocking(self.answer_fd, False)
        os.set_blocking(self.process.stdout.fileno(), False)
        setup = {
            "modules": {"variant": variant_source(), **slices(checks)},
            "functions": sorted({names(check) for check in checks}),
            "seed": variant.seed,
            "memory": limits.memory,
            "file_size": limits.file_size,
            "processes": processes_of_user() + 8,
            "hidden": [str(folder) for folder in hidden],
            "files": {file: defined_in(file) for file in files},
        }
        self.setup = setup

    def start(self) -> None:
        """Hand over the checks and wait until the process has imported the library."""
        self._write(self.setup)
        self._await("", self.limits.seconds + START_SECONDS)
        self.started = True

    def ask(self, check: Check) -> Answer:
        """Return what the submission gives for a check."""
        module, function = names(check)
        nonce = secrets.token_hex(16)
        self._write({"nonce": nonce, "module": module, "function": function})
        answer = self._await(nonce, self.limits.seconds)
        failure = answer.get("failure")
        if isinstance(failure, dict):
            return failed(failure)
        try:
            return Answer(arrays=tuple(array_of(sent) for sent in answer["arrays"]))
        except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
            text = f"what came is no array of numbers: {plain(error)}"
            return Answer(failure=text, kind="answer")

    def close(self) -> None:
        """End the process and everything that it started, and remove its folder."""
        for pid in descendants(self.process.pid):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.selector.close()
        for fd in (self.ask_fd, self.answer_fd):
            with contextlib.suppress(OSError):
                os.close(fd)
        self.process.stdout.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _write(self, message: dict) -> None:
        data = (json.dumps(message) + "\n").encode()
        try:
            while data:
                data = data[os.write(self.ask_fd, data) :]
        except BrokenPipeError:
            raise self._over() from None

    def _await(self, nonce: str, seconds: float) -> dict:
        """Return the next answer with this number, noting output and incidents."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _EndedError(
                    "time", f"no answer after {seconds:g} s: is there an endless loop?"
                )
            for key, _ in self.selector.select(left):
                if key.data == "output":
                    self._take_output()
                    continue
                try:
                    data = os.read(self.answer_fd, 65536)
                except BlockingIOError:
                    continue
                if not data:
                    raise self._over()
                self.buffer += data
                if len(self.buffer) > LARGEST_ANSWER:
                    raise _EndedError("answer", "the answer is too large")
                while b"\n" in self.buffer:
                    line, _, self.buffer = self.buffer.partition(b"\n")
                    message = self._message(line, nonce)
                    if message is not None:
                        return message

    def _message(self, line: bytes, nonce: str) -> dict | None:
        """Return an answer, or None for an incident and for what the grader did not ask for."""
        try:
            message = json.loads(line)
            genuine = secrets.compare_digest(str(message["nonce"]).encode(), nonce.encode())
        except (ValueError, KeyError, TypeError, RecursionError):
            genuine, message = False, {}
        if not genuine:
            self._note("wrote an answer of its own into the grader's pipe; it was not counted")
            return None
        if "incident" in message:
            self._note(plain(message["incident"]))
            return None
        return message

    def _note(self, sentence: str) -> None:
        sentence = f"The submission {sentence}."
        if sentence not in self.record.incidents and len(self.record.incidents) < 20:
            self.record.incidents.append(sentence)

    def _take_output(self) -> None:
        try:
            data = os.read(self.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return
        if not data:
            if self.process.stdout in self.selector.get_map():
                self.selector.unregister(self.process.stdout)
            return
        room = self.limits.output - len(self.record.output)
        if room > 0:
            self.record.output += data.decode("utf-8", "replace")[:room]
        self.record.printed += len(data)
        if self.record.printed > self.limits.most_output:
            raise _EndedError("output", f"it printed more than {self.limits.most_output} bytes")

    def _over(self) -> _EndedError:
        """Return how the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2.0)
        with contextlib.suppress(_EndedError, OSError, ValueError):
            for _ in range(100):
                self._take_output()
        code = self.process.returncode
        if code is not None and code < 0:
            return _EndedError("ended", f"the process was ended by {signal.Signals(-code).name}")
        return _EndedError("ended", f"the process ended by itself, with exit code {code}")


def defined_in(file: str) -> list[str]:
    """Return the names that the library's own version of a file defines; none if it has none."""
    path = PROJECT / file
    return defined(path.read_text(encoding="utf-8")) if path.is_file() else []


def names(check: Check) -> tuple[str, str]:
    """Return module and function of what a check gets."""
    return check.got.__module__.rpartition(".")[2], check.got.__name__


def run(root: Path, groups: Sequence[Sequence[Check]], variant: Variant,
        limits: Limits | None = None, hidden: Sequence[Path] = HIDDEN,
        files: Sequence[str] = ()) -> Record:  # fmt: skip
    """Ask a submission all checks of several tasks, and return its answers in that order.

    `files` are those that the student writes.
    """
    limits = Limits() if limits is None else limits
    record, begin = Record(), time.monotonic()
    every = [check for group in groups for check in group]
    process, given_up = None, None
    try:
        for group in groups:
            deaths = 0
            for check in group:
                if time.monotonic() - begin > limits.total_seconds:
                    text = f"not run: the submission had used its {limits.total_seconds:g} s"
                    given_up = Answer(failure=text, kind="time")
                if given_up is not None:
                    record.answers.append(given_up)
                    continue
                if deaths >= limits.deaths:
                    text = f"not run: the process had ended in {deaths} checks of this task"
                    record.answers.append(Answer(failure=text, kind="ended"))
                    continue
                try:
                    if process is None:
                        process = Submission(root, every, variant, limits, record, hidden, files)
                        process.start()
                    answer = process.ask(check)
                except _EndedError as end:
                    deaths += 1
                    answer = Answer(failure=str(end), kind=end.kind)
                    if not process.started:
                        answer.failure = f"the library could not be imported: {end}"
                        given_up = answer
                    process.close()
                    process = None
                record.answers.append(answer)
    finally:
        if process is not None:
            process.close()
    if record.printed > limits.output:
        record.incidents.append(
            f"The submission printed {record.printed} bytes, of which {limits.output} are kept."
        )
    record.seconds = time.monotonic() - begin
    return record
