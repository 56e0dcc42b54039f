"""Python source as text: where a symbol stands, its docstring, its body, and what replaces them.

Everything that is not replaced stays byte for byte, so that line numbers and comments of the other
functions remain those of the library.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from functools import lru_cache

WIDTH = 100  # of a line
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Span:
    """The lines of a symbol, counted from 1 and inclusive.

    Attributes
    ----------
    is_class : whether it is a class, of which only the docstring may be replaced
    header_end : the last line of the signature
    doc : first and last line of the docstring, or None
    body : first and last line of the body after the docstring, with its comments
    indent : spaces before the body
    """

    is_class: bool
    header_end: int
    doc: tuple[int, int] | None
    body: tuple[int, int]
    indent: int


@lru_cache(maxsize=8)  # several symbols of one file are asked for in turn
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def definition(source: str, name: str) -> Definition:
    """Return the node of the function or class with that dotted name.

    Raises
    ------
    LookupError
        If the source has no such definition.
    """
    node: ast.AST = _parsed(source)
    for part in name.split("."):
        found = [child for child in node.body if getattr(child, "name", None) == part]
        if not found:
            raise LookupError(f"no definition of {name!r}: {part!r} was not found")
        node = found[-1]
    return node


def defined(source: str) -> list[str]:
    """Return the names of functions, classes and variables at the top level of a source."""
    found = []
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found += [part.id for target in targets if target is not None
                  for part in ast.walk(target) if isinstance(part, ast.Name)]  # fmt: skip
        if isinstance(node, Definition):
            found.append(node.name)
    return found


def span(source: str, name: str) -> Span:
    """Return where a symbol stands.

    Raises
    ------
    ValueError
        If a function has no body besides its docstring, or stands on the line of its signature.
    """
    node = definition(source, name)
    body = list(node.body)
    has_doc = ast.get_docstring(node) is not None
    doc = (body[0].lineno, body[0].end_lineno) if has_doc else None
    first_line = body[0].lineno
    if has_doc:
        body = body[1:]
    is_class = isinstance(node, ast.ClassDef)
    if not body:
        if not is_class:
            raise ValueError(f"{name} has a docstring only, so there is nothing to write")
        return Span(is_class, first_line - 1, doc, (0, -1), node.col_offset + 4)
    decorated = [body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", ()))]
    first, last = min(decorated), body[-1].end_lineno
    header_end = (doc[0] if doc else first) - 1
    if header_end < node.lineno:
        raise ValueError(f"the body of {name} stands on the line of its signature")
    lines = source.splitlines()
    # Comments before the first statement and after the last one belong to the body.
    start = (doc[1] if doc else _signature_end(lines, node, first)) + 1
    while last < len(lines):
        line = lines[last]
        if line.lstrip().startswith("#") and len(line) - len(line.lstrip()) > node.col_offset:
            last += 1
        else:
            break
    return Span(is_class, start - 1 if doc is None else header_end, doc, (start, last),
                body[0].col_offset)  # fmt: skip


def body_of(source: str, name: str) -> str:
    """Return the dedented body of a function, without its docstring."""
    place = span(source, name)
    first, last = place.body
    return textwrap.dedent("\n".join(source.splitlines()[first - 1 : last])) + "\n"


def with_body(source: str, name: str, body: str) -> str:
    """Return the source with another body of the function; its docstring stays."""
    place = span(source, name)
    if place.is_class:
        raise ValueError(f"{name} is a class: only functions have a body to replace")
    lines = source.splitlines(keepends=True)
    first, last = place.body
    text = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * place.indent) + "\n"
    return "".join(lines[: first - 1]) + text + "".join(lines[last:])


def with_docstring(source: str, name: str, text: str | None) -> str:
    """Return the source with another docstring of the symbol, or none; "" is the module itself."""
    lines = source.splitlines(keepends=True)
    if name:
        place = span(source, name)
        start, end = place.doc or (place.header_end + 1, place.header_end)
        indent = place.indent
    else:
        tree, indent = ast.parse(source), 0
        has_doc = ast.get_docstring(tree) is not None
        start, end = (tree.body[0].lineno, tree.body[0].end_lineno) if has_doc else (1, 0)
    new = "" if text is None else quoted(text, indent)
    return "".join(lines[: start - 1]) + new + "".join(lines[end:])


def replaced(text: str, change: str | tuple[str, str]) -> str:
    """Return what takes the place of a text: a new text, or one with (old, new) exchanged.

    Raises
    ------
    ValueError
        If `old` does not occur exactly once.
    """
    if isinstance(change, str):
        return change
    old, new = change
    if text.count(old) != 1:
        raise ValueError(f"{old!r} occurs {text.count(old)} times in the text, expected once")
    return text.replace(old, new)


def quoted(text: str, indent: int) -> str:
    """Return a docstring as source, with its indentation and a final newline."""
    text = textwrap.dedent(text).strip().replace("\\", "\\\\").replace('"""', "'''")
    margin = " " * indent
    if indent + len(text) + 6 > WIDTH:
        text = "\n\n".join(
            part if "\n" in part else textwrap.fill(part, WIDTH - indent - 3)
            for part in text.split("\n\n")
        )
    if "\n" not in text:
        return f'{margin}"""{text}"""\n'
    first, _, rest = text.partition("\n")
    return f'{margin}"""{first}\n{textwrap.indent(textwrap.dedent(rest), margin)}\n{margin}"""\n'


def _signature_end(lines: list[str], node: Definition, first: int) -> int:
    """Return the last line of a signature that no docstring follows."""
    end = first - 1
    while end > node.lineno and (not lines[end - 1].strip() or lines[end - 1].lstrip()[0] == "#"):
        end -= 1
    return end
