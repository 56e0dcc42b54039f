"""Diagrams of models, and the figures and axes that everything is drawn into.

Graph  what a model consists of, as nodes that read each other
Node   one datum, layer, noise, output or cost of a graph

`model.graph()` returns the graph of a model, and `model.diagram()` draws it. The names here import
no matplotlib. `tinyae.plotting` offers figures, the style and saving.

Modules:

graph.py             nodes and graphs, without any drawing
layout.py            where the nodes of a graph stand, and the lines of the arrows
labels.py            text that grows and shrinks with its axes
diagram.py           a graph drawn into axes
canvas.py            figures, axes, the style, saving and showing
alternative_text.py  titles, axes and legends of a figure in words
animation.py         an animated GIF of a figure
"""

from tinyae.drawing.graph import Graph, Node

__all__ = ["Graph", "Node"]
