"""A column of nodes in the picture of a trace: which steps are written on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """The nodes of one layer, named by the steps whose rows they show.

    Attributes
    ----------
    value : step that is written in the nodes
    before : step that is written above the nodes, such as the sum a1 below a unit h1, or ""
    adjoint : step that is written below the nodes, or ""
    adjoint_before : step that is written below that: the adjoint of `before`, or ""
    weights : step whose entries are written on the edges from the column to the left, or "" if
        the nodes of both columns are joined one by one
    weights_adjoint : step that is written below the weights, or ""
    transposed : whether the weights are the transpose of what that step holds
    starts : whether no edge leads to this column
    """

    value: str
    before: str = ""
    adjoint: str = ""
    adjoint_before: str = ""
    weights: str = ""
    weights_adjoint: str = ""
    transposed: bool = False
    starts: bool = False
