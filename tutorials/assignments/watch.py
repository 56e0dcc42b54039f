"""What a submission may not do while it is graded: an audit hook that refuses it and tells.

Python reports what a program does as audit events (PEP 578), and a hook, once added, cannot be
removed from Python. The hook refuses to start processes, to connect, to read the grader's files, to
write outside the temporary folder, and to look at the grader's variables. It is a fence against
curiosity and accidents and no sandbox: code in C is not seen. `docs/teachers.md` says how to grade
in a container.

The file imports nothing of the project, since it runs in the process of the submission.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from collections.abc import Callable

PROCESSES = ("os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec", "os.system",
             "os.startfile", "subprocess.Popen", "pty.spawn")  # fmt: skip
FONT_LISTS = ("fc-list", "system_profiler")  # what matplotlib starts when it is first imported
SIGNALS = ("os.kill", "os.killpg", "signal.pthread_kill")
SECRETS = ("gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames",
           "sys._current_exceptions", "sys.settrace", "sys.setprofile", "sys.addaudithook",
           "cpython.run_command", "sys.monitoring.register_callback")  # fmt: skip
LIMITS = ("resource.setrlimit", "resource.prlimit")
WRITES = ("os.remove", "os.rmdir", "os.mkdir", "os.rename", "os.link", "os.symlink", "os.chmod",
          "os.chown", "os.truncate", "os.utime", "shutil.rmtree", "shutil.move")  # fmt: skip
READS = ("os.listdir", "os.scandir", "os.walk")
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/System", "/Library", "/dev/null", "/dev/urandom")
FRAMES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame")


class RefusedError(PermissionError):
    """What the submission did is not allowed while it is graded."""


def start_watching(
    report: Callable[[str], None], *, hidden: list[str], root: str, scratch: str
) -> Callable[[bool], None]:
    """Add the hook, and return the function that the grader calls around its own work.

    Parameters
    ----------
    report : is called with a sentence at the first incident of each kind
    hidden : folders whose files may not be read
    root, scratch : folder of the submission, which may be read, and the one that may be written to

    Besides these two, only Python's own files and those of the system may be read.
    """
    hidden = [os.path.realpath(folder) for folder in hidden]
    root, scratch = os.path.realpath(root), os.path.realpath(scratch)
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    readable = [root, scratch, *map(os.path.realpath, prefixes), *SYSTEM]
    seen: set[str] = set()
    own = [False]  # whether the grader itself is at work, in the thread in which it works
    thread, now = get_ident(), get_ident
    realpath, sep, fsdecode = os.path.realpath, os.sep, os.fsdecode
    busy: set[int] = set()  # threads in which the hook itself is at work

    def below(path: str, folder: str) -> bool:
        return path == folder or path.startswith(folder.rstrip(sep) + sep)

    def refuse(sentence: str, kind: str) -> None:
        if kind not in seen:
            seen.add(kind)
            report(sentence)
        raise RefusedError(f"the grader refuses this: the submission {sentence}")

    def check_path(path, writes: bool) -> None:
        if isinstance(path, int) or path is None:
            return
        place = realpath(fsdecode(path))
        if writes and not below(place, scratch) and place != os.devnull:
            refuse(f"tried to write {place}", "write")
        if below(place, root) or below(place, scratch):
            return
        if any(below(place, folder) for folder in hidden):
            refuse(f"tried to read a file of the grader: {place}", "read")
        if not any(below(place, folder) for folder in readable):
            refuse(f"tried to read {place}", "elsewhere")
        if f"{sep}site-packages{sep}tinyae{sep}" in place:
            refuse("tried to read an installed copy of the library", "installed")

    def look(event: str, args: tuple) -> None:
        if event == "subprocess.Popen" and str(args[0]).endswith(FONT_LISTS):
            raise RefusedError("the grader starts no process")  # matplotlib goes on without it
        if event == "open":
            path, mode, flags = args
            writes = bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            check_path(path, writes or (isinstance(mode, str) and mode[:1] in "wax+"))
        elif event in PROCESSES:
            refuse(f"tried to start a process ({event})", "process")
        elif event in SIGNALS:
            refuse(f"tried to send a signal ({event})", "signal")
        elif event.startswith("socket.") and event != "socket.gethostname":
            refuse(f"tried to use the network ({event})", "network")
        elif event in SECRETS or (event == "object.__getattr__" and args[1] in FRAMES):
            name = event if event in SECRETS else args[1]
            refuse(f"tried to look at the variables of the grader ({name})", "variables")
        elif event == "sys._getframe":
            caller = sys._getframe(2).f_code.co_filename
            if below(caller, root) and not caller.endswith(f"{sep}__init__.py"):
                refuse("tried to look at the variables of the grader (sys._getframe)", "variables")
        elif event in LIMITS:
            refuse(f"tried to change its limits ({event})", "limits")
        elif event.startswith("ctypes."):
            refuse(f"tried to call code in C ({event})", "ctypes")
        elif event in WRITES:
            for path in args[:2]:
                if isinstance(path, str | bytes | os.PathLike):
                    check_path(path, True)
        elif event in READS:
            check_path(args[0] if args else None, False)

    def hook(event: str, args: tuple) -> None:
        here = now()
        if here in busy or (own[0] and here == thread):
            return
        busy.add(here)
        try:
            look(event, args)
        finally:
            busy.discard(here)

    sys.addaudithook(hook)

    def grader_at_work(yes: bool) -> None:
        own[0] = yes

    return grader_at_work
