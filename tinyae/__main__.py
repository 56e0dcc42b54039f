"""The command line: `tinyae fit`, `encode`, `reconstruct`, `info`, `digits`, `figures`, and more.

`python -m tinyae` is the same program.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

import tinyae
from tinyae.applications import digits
from tinyae.commands import (
    encode_command,
    explore_command,
    figures_command,
    fit_command,
    hash_command,
    info_command,
    search_command,
    trace_command,
)
from tinyae.text import adapt_outputs

# Each module has `add_command(commands)`, which adds a parser whose default `run` is a function of
# the parsed options that returns the exit status.
COMMANDS = (fit_command, encode_command, info_command, digits, figures_command, hash_command,
            search_command, trace_command, explore_command)  # fmt: skip


def program() -> str:
    """Return how this program was called: "tinyae", or "python -m tinyae"."""
    return "tinyae" if Path(sys.argv[0]).stem == "tinyae" else "python -m tinyae"


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the options of a command; argparse ends the program at a wrong one."""
    parser = argparse.ArgumentParser(
        prog=program(), description=(tinyae.__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--version", action="version", version=f"tinyae {tinyae.__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_command(commands)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 2 after an error, 130 after Ctrl-C."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == [figures_command.NAME]:  # which parses its options itself
            return figures_command.run(arguments[1:], program())
        options = parsed(arguments)
        status = options.run(options)
        sys.stdout.flush()  # so that a closed pipe is noticed here
    except KeyboardInterrupt:
        print(f"{program()}: interrupted; no file was written", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (Python flushes it at the end)
        return 0
    except MemoryError:
        print(f"{program()}: there is not enough memory for this", file=sys.stderr)
        return 2
    except (OSError, ValueError, TypeError, ArithmeticError) as error:
        print(f"{program()}: {error}", file=sys.stderr)
        return 2
    return status


def console() -> int:
    """Run the console script `tinyae`, whose process this is, and return its exit status."""
    # SIGTERM raises SystemExit, so that files are closed and temporary folders are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    adapt_outputs()
    return main()


if __name__ == "__main__":
    sys.exit(console())
