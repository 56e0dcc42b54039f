"""An argument that is refused is named in the message, by the name under which it was given.

Every public function is called with a text in the place of one number, array or yes-or-no.
"""

import re

import numpy as np
import pytest

from tests.input_judge import outcome
from tests.valid_calls import calls_here

CALLS = calls_here()
# Arguments that a message calls by another name.
OTHERWISE = {"Weights.values": "weights", "Classifier.check.y": "labels"}


def name_of(call, argument):
    """The name in the message: that of the argument, but for those that have another."""
    owner, _, method = call.rpartition(".")
    if argument == "rows":  # several arrays, each with a name of its own
        return "P" if owner in ("SNEMap", "TSNEMap") else "x"
    if method == "inverse_transform" and owner.endswith("Transformer"):
        return f"{argument}|h"  # codes of a model
    return OTHERWISE.get(f"{call}.{argument}", argument)


def of_plain_kind(value):
    """Whether it is a number, an array or a truth value: what a text is never taken for."""
    return isinstance(value, (bool, int, float, np.ndarray))


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", CALLS)
def test_a_text_in_the_place_of_a_number_is_refused_by_name(name):
    call, wrong = CALLS[name], []
    for argument, value in call.arguments().items():
        # A transformer does not look at y, and `fit` gives the progress.
        unused = argument == "y" and name.endswith((".partial_fit", ".score"))
        if unused or argument == "progress" or not of_plain_kind(value):
            continue
        _, error = outcome(call, {**call.arguments(), argument: "a text"})
        if error is None or not re.search(rf"\b({name_of(name, argument)})\b", str(error)):
            wrong.append(f"{argument}: {error!r:.150}")
    assert not wrong, "\n".join(wrong)
