"""Measure every claim in full and write the pages: `python -m tests.claims`."""

import os
import sys

import pytest

from tests.claims.fingerprint import ROOT
from tests.claims.page import write_pages
from tests.claims.trained import VARIABLE

if __name__ == "__main__":
    os.environ.setdefault(VARIABLE, str(ROOT / ".trained"))
    status = pytest.main(["-m", "claim", "--full", "--write-claims", *sys.argv[1:]])
    write_pages()
    nothing_left = status == pytest.ExitCode.NO_TESTS_COLLECTED and "--resume" in sys.argv
    sys.exit(0 if nothing_left else status)
