"""Reality checks: ``name :THE CONDITION: a = 0 :IMPLIES: b = 0`` becomes a check.

What the condition sets equal is held at that value while the check runs, by way of a test input
(``name :TEST INPUT: a = 0``) too; the rest of it limits when the consequence must hold. The
functions of checks (``RC STEP`` and the like), conditions on whole arrays and a choice between
values to hold are left aside, with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headwater.errors import Diagnostic
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.tokens import tokenize
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import (
    Binary,
    Call,
    Expression,
    Name,
    Unary,
    Wildcard,
    transform,
    walk,
)
from headwater.model.case import Check, Override
from headwater.model.project import Project

_OVER_TIME = ("CROSSING", "AT LEAST ONCE")

TestInputs = Mapping[str, Expression]
"""What each test input sets equal, by look-up name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The check that a text states, and what the reader of the file should know of it."""

    check: Check | None = None
    warning: Diagnostic | None = None


def read_test_input(span: Span, title: str = "") -> tuple[str, Expression] | None:
    """Return a test input's look-up name and what it sets equal; None: the text states no such.

    Without a ``title`` the text begins with it. Raises SyntaxFault.
    """
    reader = ExpressionReader(span.source, tokenize(span))
    title = title or reader.advance().text
    if not reader.accept("TEST INPUT"):
        return None
    assignment = reader.expression()
    if not isinstance(assignment, Binary) or assignment.operator != "=" or not reader.ended:
        reader.fail("a test input sets a variable equal to something: `name = expression`")
    return canonical(title), assignment


def read_check(span: Span, project: Project, title: str, given: TestInputs) -> Reading:
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
    if reader.at("TEST INPUT"):
        return Reading()
    if not reader.accept("THE CONDITION"):
        reader.fail("`:THE CONDITION:` is missing")
    condition = _with_test_inputs(reader.expression(), given)
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
            case Binary(operator="=", left=Name() as name, right=value) if name.key != "time":
                overrides.append(Override(name, value))
            case _:
                limits.append(part)
    if any(holds_something(limit) for limit in limits):
        return _aside(span, title, "its condition leaves open which values are to be held")
    for limit in limits:
        consequence = Binary("or", Unary("not", limit, limit.span), consequence, limit.span)
    check = Check(title, consequence, tuple(overrides), span=span)
    return Reading(check, _of_limits(span, title, limits))


def _with_test_inputs(condition: Expression, given: TestInputs) -> Expression:
    def visit(node: Expression) -> Expression:
        return given.get(node.key, node) if isinstance(node, Name) else node

    return transform(condition, visit)


def holds_something(limit: Expression) -> bool:
    """Tell whether a part of a condition sets equal what is to be held in some cases only."""
    return any(
        isinstance(node, Binary)
        and node.operator == "="
        and isinstance(node.left, Name)
        and node.left.key != "time"
        for node in walk(limit)
    )


def _of_limits(span: Span, title: str, limits: list[Expression]) -> Diagnostic | None:
    """Return the warning that a check tests nothing where its condition does not come about."""
    found = [n.span for n in limits if not any(_is_time(part) for part in walk(n)) and n.span]
    if not found:
        return None
    first = " ".join(found[0].text.split())
    message = f"the reality check `{title}` tests only times at which `{first}`"
    hint = "Vensim brings that about; set a variable equal to a value, and it is held there"
    return Diagnostic(message, span.place, hint, "warning")


def _is_time(node: Expression) -> bool:
    return isinstance(node, Name) and node.key == "time"


def _aside(span: Span, title: str, reason: str) -> Reading:
    message = f"the reality check `{title}` is left aside: {reason}"
    hint = "state it as a `check` of a literate case"
    return Reading(None, Diagnostic(message, span.place, hint, "warning"))


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
