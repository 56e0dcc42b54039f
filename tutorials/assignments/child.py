"""The process of a submission: it runs `got` of a check when the grader asks, and sends the arrays.

It is started as a script, with the folder of the submission first on the path. The checks come as
source text over a pipe, and they contain neither references nor hints (`slices.py`). What should
have come stays with the grader. Arrays are sent as bytes with their shape, never as pickles, since
the grader must not run what a submission sends. Every answer repeats a number that the grader
draws for each question.

Usage: child.py SUBMISSION SCRATCH QUESTIONS ANSWERS, the last two being file descriptors.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import types

LARGEST = 2**23  # bytes of one array


def arrays(found: object) -> list[dict]:
    """Return what a check got, ready to be sent."""
    import numpy as np

    sent = []
    for value in found if isinstance(found, tuple | list) else (found,):
        array = np.array(np.asarray(value), order="C")
        if array.dtype.kind not in "biufc" or array.dtype.itemsize > 16:
            sent.append({"dtype": f"object, not an array of numbers: {type(value).__name__}"})
        elif array.nbytes > LARGEST:
            raise ValueError(f"the array of shape {array.shape} is too large to be an answer")
        else:
            data = base64.b64encode(array.tobytes()).decode("ascii")
            sent.append({"dtype": array.dtype.str, "shape": list(array.shape), "data": data})
    return sent


def failure(error: BaseException, root: str, at_work=lambda yes: None) -> dict:
    """Return an exception in words, with the last line of the submission that it passed.

    Frames are the grader's business only, so it says when it is at work. Nothing of the submission
    runs meanwhile.
    """
    try:
        text = str(error)[:500]
    except BaseException as second:  # an exception of the submission may have its own __str__
        text = f"its text cannot be read: {type(second).__name__}"
    places = []
    trace = error.__traceback__
    at_work(True)
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(root):
            places.append((file, trace.tb_lineno))
        trace = trace.tb_next
    at_work(False)
    place = f"{os.path.relpath(places[-1][0], root)}, line {places[-1][1]}" if places else ""
    return {"kind": type(error).__name__, "text": text, "place": place}


def main(root: str, scratch: str, questions: int, answers: int) -> None:
    """Answer the questions of the grader until there are no more."""
    private = os.fdopen(questions, "r", encoding="utf-8")
    sink = os.fdopen(answers, "w", encoding="utf-8")
    setup = json.loads(private.readline())
    limit_resources(setup["memory"], setup["file_size"], setup["processes"])
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    from integrity import Integrity
    from watch import start_watching

    sys.path[0] = root
    del sys.modules["watch"], sys.modules["integrity"]
    import ctypes  # noqa: F401 (before the hook, since numpy may import it later)
    import warnings

    import numpy as np

    warnings.simplefilter("error", RuntimeWarning)  # overflow, log 0 and 0/0 are failures
    np.seterr(all="warn")
    modules = make_modules(setup["modules"])
    variant = modules["variant"].Variant(setup["seed"])
    integrity = Integrity(root, setup["files"])
    got = {(m, f): getattr(modules[m], f) for m, f in setup["functions"]}
    for name in [n for n in sys.modules if n == "checks" or n.startswith("checks.")]:
        sys.modules[name] = types.ModuleType(name)  # they stay out of reach of the submission
    state = {"nonce": ""}

    def send(message: dict) -> None:
        sink.write(json.dumps({"nonce": state["nonce"], **message}) + "\n")
        sink.flush()

    at_work = start_watching(
        lambda sentence: send({"incident": sentence}), hidden=setup["hidden"], root=root,
        scratch=scratch,
    )  # fmt: skip
    try:
        import tinyae  # noqa: F401 (its time does not count as that of the first check)

        integrity.replaced()  # nor does that of the first look; what is found is found again
    except BaseException:  # each check will tell
        pass
    send({"ready": True})
    for line in private:
        question = json.loads(line)
        state["nonce"] = question["nonce"]
        function = got[question["module"], question["function"]]
        answer: dict = {}
        try:
            got_now = function(variant)
            changed = integrity.replaced()
            if changed:
                names = ", ".join(changed[:3])
                send({"incident": f"replaced {names} while it ran, which the checks use"})
                raise RuntimeError(f"this check does not count, since {names} was replaced")
            answer["arrays"] = arrays(got_now)
        except BaseException as error:  # sys.exit and KeyboardInterrupt are answers too
            answer["failure"] = failure(error, root, at_work)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError, io.UnsupportedOperation):
                pass
        send(answer)


def make_modules(sources: dict[str, str]) -> dict[str, types.ModuleType]:
    """Return the modules of the package `checks`, made from their source."""
    package = types.ModuleType("checks")
    package.__path__ = []
    sys.modules["checks"] = package
    made: dict[str, types.ModuleType] = {}

    class Finder:
        """Finds the modules of the package in the sources."""

        @staticmethod
        def find_spec(name, path=None, target=None):
            head, _, tail = name.partition(".")
            if head != "checks" or tail not in sources:
                return None
            from importlib.machinery import ModuleSpec

            return ModuleSpec(name, Finder)

        @staticmethod
        def create_module(spec):
            return None

        @staticmethod
        def exec_module(module):
            tail = module.__name__.partition(".")[2]
            exec(compile(sources[tail], f"<checks/{tail}.py>", "exec"), module.__dict__)

    sys.meta_path.insert(0, Finder)
    for name in sources:
        __import__(f"checks.{name}")
        made[name] = sys.modules[f"checks.{name}"]
    sys.meta_path.remove(Finder)
    return made


def limit_resources(memory: int, file_size: int, processes: int) -> None:
    """Limit address space, written files and processes, where the system knows such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = [("RLIMIT_AS", memory), ("RLIMIT_FSIZE", file_size), ("RLIMIT_CORE", 0)]
    if processes:
        wanted.append(("RLIMIT_NPROC", processes))
    for name, value in wanted:
        kind = getattr(resource, name, None)
        if kind is not None:
            try:
                resource.setrlimit(kind, (value, value))
            except (ValueError, OSError):  # a lower limit is in force already
                pass


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
