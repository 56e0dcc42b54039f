"""Measure every claim in full and write the pages: `python -m tests.claims`."""

import sys

import pytest

from tests.claims.page import write_pages

if __name__ == "__main__":
    status = pytest.main(["-m", "claim", "--full", "--write-claims", *sys.argv[1:]])
    write_pages()
    sys.exit(status)
