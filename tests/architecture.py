"""Reads the package's own source: which module imports which, and when."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "headwater"


@dataclass(frozen=True)
class Import:
    """One name of one import statement.

    `target` is the imported module's dotted name; `eager` tells whether it is imported when the
    importing module is (not inside a function, not for type checkers only).
    """

    module: str
    target: str
    line: int
    eager: bool


def sources() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    modules = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def tree(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(module: str, known: dict[str, Path]) -> Iterator[Import]:
    """Every import of Headwater's own modules that a module makes, nested ones included."""
    for node, eager in _statements(tree(known[module]).body, eager=True):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            base = _absolute(module, known, node)
            # `from a import b` imports the module a.b where there is one, else the module a.
            names = [name if (name := f"{base}.{a.name}") in known else base for a in node.names]
        for name in names:
            if name == "headwater" or name.startswith("headwater."):
                yield Import(module, name, node.lineno, eager)


def _absolute(module: str, known: dict[str, Path], node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    above = module.split(".")
    up = node.level - (known[module].name == "__init__.py")
    above = above[: len(above) - up]
    return ".".join([*above, node.module] if node.module else above)


def _statements(
    body: list[ast.stmt], eager: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, eager
            continue
        inside = eager and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from _statements(node.body, eager=False)
            yield from _statements(node.orelse, eager)
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, field, []), inside)
        for handler in [*getattr(node, "handlers", []), *getattr(node, "cases", [])]:
            yield from _statements(handler.body, inside)
