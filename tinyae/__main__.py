"""The command line: `python -m tinyae digits [FOLDER]`."""

from __future__ import annotations

import argparse
import sys

from tinyae.applications.digits import compress
from tinyae.text import adapt_outputs


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tinyae")
    commands = parser.add_subparsers(dest="command", required=True)
    digits = commands.add_parser(
        "digits",
        help="compress digits to 32 numbers and compare with PCA",
        description="Train an autoencoder 784-256-32 on digits, print the test errors of it and of "
        "PCA, and draw originals and reconstructions.",
    )
    digits.add_argument("folder", nargs="?", metavar="FOLDER",
                        help="folder of the MNIST files; default: generated digits")  # fmt: skip
    digits.add_argument("--epochs", type=int, default=10, help="passes over the digits (10)")
    digits.add_argument("--seed", type=int, default=0, help="seed of weights and order (0)")
    digits.add_argument("--out", default="out", help="folder for the picture (out)")
    options = parser.parse_args(arguments)
    try:
        errors, history, path = compress(
            options.folder, epochs=options.epochs, seed=options.seed, out=options.out
        )
    except (OSError, ValueError, TypeError) as error:
        print(f"python -m tinyae: {error}", file=sys.stderr)
        return 2
    print(f"trained on {'MNIST' if options.folder is not None else 'generated strokes'}: {history}")
    print("squared error per test image")
    for name, value in errors.items():
        print(f"    {name:<26}{value:8.2f}")
    print(f"picture: {path}")
    return 130 if history.stopped == "interrupted" else 0


if __name__ == "__main__":
    adapt_outputs()
    sys.exit(main())
