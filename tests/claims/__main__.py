"""Measure every claim in full and write CLAIMS.md: `python -m tests.claims`."""

import sys

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main(["-m", "claim", "--full", "--write-claims", *sys.argv[1:]]))
