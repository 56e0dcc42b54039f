"""The plan of the library: imports only point down, no circle, and no module that is too long."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import tinyae

ROOT = Path(tinyae.__file__).parent
# A package may import from those before it; a module at the top level counts as a package, and so
# does the list of names `tinyae` itself.
ORDER = (
    "checks numerics text version files drawing nn training criterion core models sparse_coding "
    "tracing embeddings densities tangents score datasets plotting applications estimators "
    "persistence export exploring tinyae commands __main__"
).split()
# Names that a package offers although a lower package defines them, with the reason.
OFFERED_HIGHER = {
    "plotting": {"drawing.canvas"},  # users find all drawing in one place
}
LONGEST, MOST_CODE = 200, 150  # lines of a module, and lines of code in one that is longer
# Longer modules of which more is code, with the reason.
LONG = {
    "models/autoencoder.py": "the one class that everyone reads: its slots stand side by side",
}


def modules() -> dict[str, Path]:
    """Every module but the packages' lists of names, by its dotted name below tinyae."""
    paths = (p for p in ROOT.rglob("*.py") if p.name != "__init__.py")
    return {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in paths}


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements in a module or statement, at any depth; expressions hold no import."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for part in getattr(node, field, ()):
            yield part
            yield from statements(part)


def imports(text: str) -> set[str]:
    """The modules of tinyae that a text imports, in functions and under TYPE_CHECKING too."""
    found = set()
    for node in statements(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.removeprefix("tinyae.") for name in names if name.startswith("tinyae")}
    return found


def upward(graph: dict[str, set[str]]) -> list[str]:
    """The arrows of a graph of modules that point to a package that comes later."""
    wrong = []
    for module, targets in graph.items():
        for target in sorted(targets):
            a, b = module.partition(".")[0], target.partition(".")[0]
            if b not in ORDER or ORDER.index(b) > ORDER.index(a):
                wrong.append(f"{module} imports {target}")
    return wrong


def circles(graph: dict[str, set[str]]) -> list[str]:
    """The modules that can be reached from themselves, each with what leads there."""

    def reached(start: str) -> set[str]:
        found, front = set(), [start]
        while front:
            for target in graph.get(front.pop(), ()):
                if target not in found:
                    found.add(target)
                    front.append(target)
        return found

    return [module for module in graph if module in reached(module)]


def test_imports_only_point_down():
    graph = {name: imports(path.read_text(encoding="utf-8")) for name, path in modules().items()}
    assert len(graph) > 80
    assert not upward(graph)
    assert not circles(graph)


def test_a_package_s_list_of_names_imports_its_own_modules_only():
    for path in ROOT.glob("*/__init__.py"):
        package = path.parent.name
        offered = OFFERED_HIGHER.get(package, set())
        found = imports(path.read_text(encoding="utf-8"))
        assert offered <= found, "no longer offered there"
        for target in found - offered:
            assert target.startswith(f"{package}."), f"tinyae/{package}/__init__.py: {target}"


def test_wrong_arrows_and_circles_are_found():
    """Under TYPE_CHECKING, inside a function, and over three modules."""
    text = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tinyae.models.rbm import RBM"
    )
    assert upward({"nn.layers": imports(text)}) == ["nn.layers imports models.rbm"]
    assert imports("def f():\n    import tinyae.score.score") == {"score.score"}
    graph = {"nn.a": {"nn.b"}, "nn.b": {"nn.c"}, "nn.c": {"nn.a"}, "nn.d": {"nn.a"}}
    assert circles(graph) == ["nn.a", "nn.b", "nn.c"] and not upward(graph)


def code_lines(text: str) -> int:
    """How many lines hold code: no blank lines, comments or docstrings."""
    docstrings = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            docstrings |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped and token.type != tokenize.ENDMARKER:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def test_no_module_is_too_long(measured):
    sizes = {}
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        if text.count("\n") > LONGEST and code_lines(text) > MOST_CODE:
            sizes[name] = code_lines(text)
    packages = [p for p in ROOT.iterdir() if (p / "__init__.py").exists()]
    counts = {p.name: len(list(p.glob("*.py"))) - 1 for p in packages}
    measured(f"modules: {', '.join(f'{name} {counts[name]}' for name in ORDER if name in counts)}")
    assert set(sizes) <= set(LONG), f"split these, or say why not: {sizes}"
    assert set(LONG) <= set(sizes), "no longer long"
