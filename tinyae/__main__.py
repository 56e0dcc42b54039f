"""The command line: `python -m tinyae digits`, `hash`, `search` and `trace`."""

from __future__ import annotations

import argparse
import os
import sys

from tinyae.applications import digits
from tinyae.commands import hash_command, search_command, trace_command
from tinyae.text import adapt_outputs


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 2 after an error, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tinyae")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (digits, hash_command, search_command, trace_command):
        command.add_command(commands)
    options = parser.parse_args(arguments)
    try:
        status = options.run(options)
        sys.stdout.flush()  # so that a closed pipe is noticed here
    except KeyboardInterrupt:
        print("python -m tinyae: interrupted; no file was written", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (Python flushes it at the end)
        return 0
    except MemoryError:
        print("python -m tinyae: there is not enough memory for this", file=sys.stderr)
        return 2
    except (OSError, ValueError, TypeError, ArithmeticError) as error:
        print(f"python -m tinyae: {error}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    adapt_outputs()
    sys.exit(main())
