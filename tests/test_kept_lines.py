"""The words of traces, graphs, pictures and the command line, against the files in `tests/kept`."""

import re
from dataclasses import replace

import pytest

from tests.kept_lines import KEPT, line_of, pictures, stated
from tests.traced_models import CASES
from tinyae import trace

NUMBER = re.compile(r"-?\d+\.\d\d")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", ["traces", "graphs", "commands"])
def test_every_word_is_as_stated(name):
    found, kept = KEPT[name](), stated(name)
    assert len(kept) > 90
    assert sorted(set(found) - set(kept)) == []
    assert found == kept


@pytest.mark.slow
def test_pictures_show_what_is_stated_where_it_is_stated():
    """Places depend on the width of letters, so other versions of matplotlib compare words only."""
    found, kept = pictures(), stated("pictures")
    assert [NUMBER.sub("…", line) for line in found[1:]] == [
        NUMBER.sub("…", line) for line in kept[1:]
    ]
    if found[0] == kept[0]:
        for now, line in zip(found[1:], kept[1:], strict=True):
            for one, other in zip(NUMBER.findall(now), NUMBER.findall(line), strict=True):
                assert abs(float(one) - float(other)) < 0.03, line


def test_a_changed_word_is_noticed():
    make, rows = CASES["plain"]
    step, kept = trace(make(), rows)["h1"], stated("traces")
    assert line_of(step) in kept
    for part in ("phase", "name", "formula", "rule", "equation", "source"):
        assert line_of(replace(step, **{part: getattr(step, part) + "x"})) not in kept
    assert line_of(replace(step, inputs={})) not in kept
