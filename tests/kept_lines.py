"""What traces, graphs, pictures and the command line say, one line of text for each thing.

The files in `tests/kept` hold these lines. People learn from these texts, so each word of them is a
promise, as a default is. Whoever changes one on purpose writes the files anew and looks at the
difference: `python -m tests.kept_lines`.
"""

import argparse
import re
from pathlib import Path

import matplotlib
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.text import Text

from tests.makes import MAKES
from tests.traced_models import CASES, X, dense
from tinyae import SGD, Adam, trace
from tinyae.__main__ import COMMANDS

FOLDER = Path(__file__).parent / "kept"
PICTURES = [("noise, L1 and contraction", 20), ("RBM", None)]
DIAGRAMS = ["all slots", "rbm", "very deep", "walkback"]


def line_of(step):
    """Return all that a step says besides its value, without the line number of the source."""
    source = re.sub(r":\d+", "", step.source)
    parts = [step.phase, step.name, step.formula, step.rule, " ".join(step.inputs), step.equation]
    return " | ".join([*parts, source])


def traces():
    """The different steps of all traced models and optimizers, and the columns of pictures."""
    found = [trace(make(), rows, rng=1) for make, rows in CASES.values()]
    for optimizer in (SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.1)):
        found.append(trace(dense((2, 3)), X, optimizer=optimizer))
    columns = {repr(column) for t in found for column in t.columns}
    return sorted({line_of(step) for t in found for step in t}) + sorted(columns)


def graphs():
    """The nodes of the graphs of all makes, with the classes of what they stand for."""
    lines = []
    for make, build in MAKES.items():
        graph = build().graph()
        lines.append(f"{make}: {graph.note!r}")
        for node in graph.nodes:
            of = ", ".join(type(one).__name__ for one in node.source)
            lines.append(f"{make}: {node!r} of {of}")
    return lines


def artist_line(artist):
    """Return what an artist shows and where, or None for the frame of the axes."""
    if isinstance(artist, Text):
        if not artist.get_text():
            return None
        text = artist.get_text().replace("\n", "⏎")
        what = [text, *artist.get_position(), artist.get_ha(), artist.get_va(), artist.get_color()]
        what += [getattr(artist, "points", ""), "box" if artist.get_bbox_patch() else ""]
    elif isinstance(artist, Line2D):
        what = [*artist.get_data(), artist.get_color(), artist.get_linewidth()]
        what.append(artist.get_linestyle())
    elif isinstance(artist, FancyArrowPatch):
        what = [artist._path_original.vertices, to_hex(artist.get_edgecolor())]
        what += [artist.get_linestyle(), artist.get_linewidth()]
    elif isinstance(artist, Patch):
        box = artist.get_path().transformed(artist.get_patch_transform()).get_extents()
        what = [box.extents, to_hex(artist.get_facecolor()), to_hex(artist.get_edgecolor())]
        what += [artist.get_linestyle(), artist.get_linewidth()]
    else:
        return None
    words = [w if isinstance(w, str) else numbers_of(w) for w in what]
    return " | ".join([type(artist).__name__, str(artist.get_gid()), str(artist.zorder), *words])


def numbers_of(value):
    """Return one or several numbers with two digits after the point."""
    values = value.ravel() if hasattr(value, "ravel") else value
    values = values if hasattr(values, "__len__") else [values]
    return " ".join(f"{v:.2f}" for v in values)


def pictures():
    """The artists of pictures of traces and of diagrams, in the order in which they are drawn."""
    lines = [f"matplotlib {matplotlib.__version__}"]
    for name, step in PICTURES:
        make, rows = CASES[name]
        lines += picture_lines(name, trace(make(), rows, rng=3).draw(step))
    for name in DIAGRAMS:
        lines += picture_lines(name, MAKES[name]().diagram())
    return lines + picture_lines("no cost", MAKES["tied"]().diagram(cost=False, title="T"))


def picture_lines(name, ax):
    """Return the size and the limits of one picture, then its artists."""
    limits = [*ax.figure.get_size_inches(), *ax.get_xlim(), *ax.get_ylim()]
    artists = [one for one in map(artist_line, ax.get_children()) if one]
    return [f"{name}: {numbers_of(limits)}", *(f"{name}: {one}" for one in artists)]


def commands():
    """What the parser of each command says and asks."""
    parsers = argparse.ArgumentParser(prog="tinyae").add_subparsers()
    for command in COMMANDS:
        command.add_command(parsers)
    lines = [f"{one.dest}: {one.help}" for one in parsers._choices_actions]
    for name, parser in parsers.choices.items():
        lines.append(f"{name}: {parser.description!r} {parser.epilog!r}")
        lines += [f"{name}: default {key} = {getattr(value, '__name__', value)}"
                  for key, value in parser._defaults.items()]  # fmt: skip
        for a in parser._actions[1:]:  # the first is --help, which is Python's
            kind = getattr(a.type, "__name__", a.type)
            what = [*a.option_strings, a.dest, a.metavar, a.nargs, kind, repr(a.default)]
            what += [a.choices, a.required, a.const, repr(a.help)]
            lines.append(f"{name}: {' '.join(map(str, what))}")
    return lines


KEPT = {"traces": traces, "graphs": graphs, "pictures": pictures, "commands": commands}


def stated(name):
    """Return the lines of a file."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    for name, lines in KEPT.items():
        (FOLDER / f"{name}.txt").write_text("\n".join(lines()) + "\n", encoding="utf-8")
