"""A model as a graph of nodes: its data, its layers, its noise, its outputs and its costs.

A node names the nodes that it reads, so that the arrows need no list of their own. Two nodes that
read each other are joined by an arrow with two heads, as in an undirected model. A graph holds no
positions in inches and imports no matplotlib; `drawing/layout.py` and `drawing/diagram.py` draw it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tinyae.checks.numbers import truth, whole_number
from tinyae.text import in_short

KINDS = ("data", "layer", "noise", "output", "cost")
PLACES = ("left", "top", "right", "inside", "bottom")


@dataclass(frozen=True)
class Node:
    """One node of a graph.

    Attributes
    ----------
    name : the name by which other nodes read this one, unique in its graph
    kind : "data", "layer", "noise" (something random is added or drawn), "output" (a distribution
        of x) or "cost" (a term of the loss)
    text : what is written on the node, one or several lines
    inputs : the names of the nodes that it reads
    shape : for data (width,), for a layer (width of the input, width of the output)
    place : "left" (a column that is read upwards, as the encoder), "top" (a row from left to right,
        as the code), "right" (a column that is read downwards, as the decoder), "inside" (below
        the top row) or "bottom" (between the ends of the columns)
    part : the name of the part of the model, such as "encoder f"
    note : further words beside the node
    corrupted : whether it is x̃ or a layer on the way from x̃ to the code; its arrows are dashed
    source : the objects of the model that the node stands for
    """

    name: str
    kind: str
    text: str
    inputs: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    place: str = "left"
    part: str = ""
    note: str = ""
    corrupted: bool = False
    source: tuple[object, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("name", "kind", "text", "place", "part", "note"):
            if not isinstance(getattr(self, name), str):
                got = in_short(getattr(self, name))
                raise TypeError(f"the {name} of a node must be a text, got {got}")
        for name, known in (("kind", KINDS), ("place", PLACES)):
            if getattr(self, name) not in known:
                got = getattr(self, name)
                raise ValueError(f"the {name} of a node is one of {', '.join(known)}, got {got!r}")
        inputs = self.inputs
        if not isinstance(inputs, tuple) or not all(isinstance(one, str) for one in inputs):
            raise TypeError(
                f"the inputs of a node are a tuple of names such as ('x',), got {in_short(inputs)}"
            )
        for name in ("shape", "source"):
            if not isinstance(getattr(self, name), tuple):
                got = in_short(getattr(self, name))
                raise TypeError(f"the {name} of a node is a tuple such as (784,), got {got}")
        for width in self.shape:
            whole_number(width, "a width in the shape of a node", least=0)
        truth(self.corrupted, "corrupted")

    @property
    def size(self) -> str:
        """The shape in words: "784" for data and "784 → 128" for a layer."""
        return " → ".join(str(width) for width in self.shape)


@dataclass(frozen=True)
class Graph:
    """Nodes that read each other, the title of their diagram, and a note below the title.

    Without a title, `model.diagram()` writes the class and the number of parameters. Raises
    ValueError if two nodes have one name, or if a node reads one that does not exist.
    """

    nodes: tuple[Node, ...]
    title: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.nodes, tuple) or not all(isinstance(n, Node) for n in self.nodes):
            raise TypeError(f"a Graph takes a tuple of Node objects, got {in_short(self.nodes)}")
        for name in ("title", "note"):
            if not isinstance(getattr(self, name), str):
                got = in_short(getattr(self, name))
                raise TypeError(f"the {name} of a graph must be a text, got {got}")
        if not self.nodes:
            raise ValueError("a Graph needs at least one node, got none")
        names = [node.name for node in self.nodes]
        for node in self.nodes:
            if names.count(node.name) > 1:
                raise ValueError(f"two nodes are called {node.name!r}: give each its own name")
            for name in node.inputs:
                if name not in names:
                    raise ValueError(f"node {node.name!r} reads {name!r}, which is no node")

    def __repr__(self) -> str:
        return f"Graph({self.title!r}, {len(self.nodes)} nodes, {len(self.edges())} arrows)"

    def __getitem__(self, name: str) -> Node:
        """Return the node with this name, or raise KeyError."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(f"no node {name!r}; there are {', '.join(node.name for node in self.nodes)}")

    def edges(self) -> tuple[tuple[str, str], ...]:
        """Return (from, to) for every arrow, in the order of the nodes."""
        return tuple((name, node.name) for node in self.nodes for name in node.inputs)

    def without_costs(self) -> Graph:
        """Return the graph without its costs, and without data that only they read."""
        kept = [node for node in self.nodes if node.kind != "cost"]
        read = {name for node in kept for name in node.inputs}
        only = {name for node in self.nodes if node.kind == "cost" for name in node.inputs} - read
        kept = [node for node in kept if node.name not in only or node.inputs]
        left = {node.name for node in kept}
        kept = [replace(n, inputs=tuple(i for i in n.inputs if i in left)) for n in kept]
        return Graph(tuple(kept), self.title, self.note)
