"""Every step that the traced models have, as one line of text, and every column of their pictures.

`trace_lines.txt` holds these lines. A trace is a text that people learn from, so each word of it is
a promise, as a default is. Whoever changes one on purpose writes the file anew and looks at the
difference: `python -m tests.trace_lines`.
"""

import re
from pathlib import Path

from tests.traced_models import CASES, X, dense
from tinyae import SGD, Adam, trace

FILE = Path(__file__).with_suffix(".txt")


def line_of(step):
    """Return all that a step says besides its value, without the line number of the source."""
    source = re.sub(r":\d+", "", step.source)
    parts = [step.phase, step.name, step.formula, step.rule, " ".join(step.inputs), step.equation]
    return " | ".join([*parts, source])


def trace_lines():
    """Return the different lines of all traced models and optimizers, sorted."""
    traces = [trace(make(), rows, rng=1) for make, rows in CASES.values()]
    for optimizer in (SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.1)):
        traces.append(trace(dense((2, 3)), X, optimizer=optimizer))
    columns = {repr(column) for t in traces for column in t.columns}
    return sorted({line_of(step) for t in traces for step in t}) + sorted(columns)


if __name__ == "__main__":
    FILE.write_text("\n".join(trace_lines()) + "\n", encoding="utf-8")
