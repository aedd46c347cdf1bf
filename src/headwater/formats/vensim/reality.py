"""Reality checks: ``name :THE CONDITION: a = 0 :IMPLIES: b = 0`` becomes a check.

What the condition sets equal is held at that value while the check runs; the rest of it limits
when the consequence must hold. Test inputs, the functions of checks (``RC STEP`` and the like) and
conditions on whole arrays are left aside, with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from headwater.errors import Diagnostic
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.tokens import tokenize
from headwater.language.source import Span
from headwater.language.syntax import Binary, Call, Expression, Name, Unary, Wildcard, walk
from headwater.model.case import Check, Override
from headwater.model.project import Project

_OVER_TIME = ("CROSSING", "AT LEAST ONCE")


def read_check(span: Span, project: Project, title: str = "") -> Check | Diagnostic:
    """Return the check that a text states, or a warning why it is left aside.

    Without a ``title`` the text begins with it. Raises SyntaxFault.
    """
    tokens = tokenize(span)
    reader = ExpressionReader(span.source, tokens)
    title = title or reader.advance().text
    for token in tokens:
        if token.kind == "keyword" and token.text in _OVER_TIME:
            return _aside(span, title, f"`:{token.text}:` is about a whole run")
    if reader.at("["):
        return _aside(span, title, "it is about a whole array")
    if not reader.accept("THE CONDITION"):
        return _aside(span, title, "it is a test input, which only Vensim's own checks use")
    condition = reader.expression()
    if not reader.accept("IMPLIES"):
        reader.fail("`:IMPLIES:` is missing after the condition")
    consequence = reader.expression()
    if not reader.ended and not reader.at("IGNORE"):
        reader.fail(f"`{reader.token.text}` cannot follow the consequence of a reality check")
    for part in (condition, consequence):
        reason = _reason(part, project)
        if reason:
            return _aside(span, title, reason)
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


def _aside(span: Span, title: str, reason: str) -> Diagnostic:
    message = f"the reality check `{title}` is left aside: {reason}"
    return Diagnostic(message, span.place, "state it as a `check` of a literate case", "warning")


def _joined(condition: Expression) -> Iterator[Expression]:
    """Yield the parts of a condition that ``:AND:`` joins."""
    stack = [condition]
    while stack:
        part = stack.pop()
        if isinstance(part, Binary) and part.operator == "and":
            stack += [part.right, part.left]
        else:
            yield part


def _reason(expression: Expression, project: Project) -> str:
    """Return why an expression is not about single elements of the model's variables alone."""
    names: dict[int, Name] = {}
    inside: set[int] = set()
    for node in walk(expression):
        if isinstance(node, Wildcard):
            return f"`{node.dimension}!` is about a whole array"
        if isinstance(node, Call):
            if node.function.key.startswith("rc_"):
                return f"`{node.function.text}` is a function of Vensim's own checks"
        elif isinstance(node, Name):
            names[id(node)] = node
            inside |= {id(s) for s in node.subscripts}
            for s in node.subscripts:
                if isinstance(s, Name) and s.key in project.dimension_by_key:
                    return f"`{s.text}` is about a whole array"
    for key, node in names.items():
        if key not in inside and node.key not in project.by_key and node.key != "time":
            return f"`{node.text}` is no variable of the model"
    return ""
