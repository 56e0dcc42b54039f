"""Every default of the public interface, against the table in `public_defaults`.

A default is a promise: figures, claims and the scripts of others depend on it. Whoever changes one
on purpose changes the table too: `python -m tests.test_defaults` prints it anew.
"""

import inspect
import re
import textwrap

from tests.public_defaults import TABLE
from tests.valid_calls import MODULES


def shown(value):
    """The name of a class or function, the repr of any other value."""
    return value.__name__ if inspect.isclass(value) or inspect.isfunction(value) else repr(value)


def defaults_of(function):
    """The parameters that have a default, as "name=value" separated by commas."""
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(f"{p.name}={shown(p.default)}" for p in parameters if p.default is not p.empty)


def public_defaults():
    """The defaults of every public function, constructor and method that has some, by its name."""
    found = {}
    for module in MODULES:
        for name in module.__all__:
            it = getattr(module, name)
            if not callable(it) or name == "Figure":  # whose arguments are matplotlib's
                continue
            found[name] = defaults_of(it)
            if inspect.isclass(it):
                for key in vars(it):
                    if not key.startswith("_") and inspect.isroutine(getattr(it, key)):
                        found[f"{name}.{key}"] = defaults_of(getattr(it, key))
    return {name: text for name, text in sorted(found.items()) if text}


def lines_of(defaults):
    """The table as text: one entry after the other, long ones on several lines."""
    for name, text in defaults.items():
        yield from textwrap.wrap(f"{name}: {text}", 100, subsequent_indent="    ",
                                 break_long_words=False, break_on_hyphens=False)  # fmt: skip


def test_every_default_is_as_stated():
    entries = [line.split(": ", 1) for line in re.sub(r"\n +", " ", TABLE).strip().splitlines()]
    found, stated = public_defaults(), dict(entries)
    assert len(found) > 150 and len(stated) == len(entries)
    assert found == stated


def test_a_changed_default_is_noticed():
    def f(x, rng=0, *, scale=1.0, kind=None, of=int):
        """A function with defaults of several kinds."""

    assert defaults_of(f) == "rng=0, scale=1.0, kind=None, of=int"


if __name__ == "__main__":
    print(*lines_of(public_defaults()), sep="\n")
