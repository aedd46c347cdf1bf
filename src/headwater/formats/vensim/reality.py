"""Reality checks: ``name :THE CONDITION: a = 0 :IMPLIES: b = 0`` becomes a check.

What the condition sets equal is held at that value while the check runs; the rest of it limits
when the consequence must hold. Test inputs, and conditions on whole arrays, are left aside.
"""

from __future__ import annotations

from collections.abc import Iterator

from headwater.formats.vensim.equations import RealityCheck
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.tokens import tokenize
from headwater.language.syntax import Binary, Call, Expression, Name, Unary, Wildcard, walk
from headwater.model.case import Check, Override
from headwater.model.project import Project


def read_check(found: RealityCheck, project: Project) -> Check | None:
    """Return the check that an entry states, None where it cannot be one. Raises SyntaxFault."""
    span = found.entry.equation
    reader = ExpressionReader(span.source, tokenize(span))
    title = reader.advance().text
    if not reader.accept("THE CONDITION"):
        return None
    condition = reader.expression()
    if not reader.accept("IMPLIES"):
        reader.fail("`:IMPLIES:` is missing after the condition")
    consequence = reader.expression()
    if not all(_is_plain(e, project) for e in (condition, consequence)):
        return None
    overrides: list[Override] = []
    limits: list[Expression] = []
    for part in _joined(condition):
        match part:
            case Binary(operator="=", left=Name() as name, right=value):
                overrides.append(Override(name, value))
            case _:
                limits.append(part)
    for limit in limits:
        consequence = Binary("or", Unary("not", limit, limit.span), consequence, limit.span)
    return Check(title, consequence, tuple(overrides), span=span)


def _joined(condition: Expression) -> Iterator[Expression]:
    """Yield the parts of a condition that ``:AND:`` joins."""
    stack = [condition]
    while stack:
        part = stack.pop()
        if isinstance(part, Binary) and part.operator == "and":
            stack += [part.right, part.left]
        else:
            yield part


def _is_plain(expression: Expression, project: Project) -> bool:
    """Tell whether an expression is about single elements of the model's variables alone."""
    names: dict[int, Name] = {}
    inside: set[int] = set()
    for node in walk(expression):
        if isinstance(node, Wildcard):
            return False
        if isinstance(node, Call):
            if node.function.key.startswith("rc_"):
                return False
        elif isinstance(node, Name):
            names[id(node)] = node
            inside |= {id(s) for s in node.subscripts}
            if any(
                isinstance(s, Name) and s.key in project.dimension_by_key for s in node.subscripts
            ):
                return False
    outside = [n for key, n in names.items() if key not in inside]
    return all(n.key in project.by_key or n.key == "time" for n in outside)
