"""Reality checks: ``name :THE CONDITION: a = 0 :IMPLIES: b = 0`` becomes a check.

What the condition sets equal is held at that value while the check runs, by way of a test input
(``name :TEST INPUT: a = 0``) too; the rest of it limits when the consequence must hold. Behind
a name may stand ranges: then it is a check for each element. A choice between values to hold,
what is about a whole run, and what compares with another run are left aside, with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

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
    subscripts_in,
    transform,
    walk,
)
from headwater.model.case import Check, Override
from headwater.model.project import Project
from headwater.model.trajectories import why_no_path

_OF_OTHER_RUNS = ("rc_compare", "rc_compare_check")
_OVER_TIME = ("CROSSING", "AT LEAST ONCE")


@dataclass(frozen=True, slots=True)
class TestInput:
    """What a test input sets equal, for each element of the ranges that stand behind its name."""

    assignment: Expression
    subscripts: tuple[Name, ...] = ()


TestInputs = Mapping[str, TestInput]
"""Test inputs by look-up name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The check that a text states, and what the reader of the file should know of it.

    Without a check, ``reason`` tells why.
    """

    check: Check | None = None
    warning: Diagnostic | None = None
    reason: str = ""


def read_test_input(span: Span, title: str = "") -> tuple[str, TestInput] | None:
    """Return a test input's look-up name and what it sets equal; None: the text states no such.

    Without a ``title`` the text begins with it. Raises SyntaxFault.
    """
    reader = ExpressionReader(span.source, tokenize(span))
    title = title or reader.advance().text
    subscripts = _read_subscripts(reader)
    if not reader.accept("TEST INPUT"):
        return None
    assignment = reader.expression()
    if not isinstance(assignment, Binary) or assignment.operator != "=" or not reader.ended:
        reader.fail("a test input sets a variable equal to something: `name = expression`")
    return canonical(title), TestInput(assignment, subscripts)


def read_checks(span: Span, project: Project, title: str, given: TestInputs) -> tuple[Reading, ...]:
    """Return the checks that a text states, or warnings why they are left aside.

    A text about a range states a check for each of its elements. Without a ``title`` the text
    begins with it. Raises SyntaxFault.
    """
    tokens = tokenize(span)
    reader = ExpressionReader(span.source, tokens)
    title = title or reader.advance().text
    for token in tokens:
        if token.kind == "keyword" and token.text in _OVER_TIME:
            return (_aside(span, title, f"`:{token.text}:` is about a whole run"),)
    subscripts = _read_subscripts(reader)
    if reader.at("TEST INPUT"):
        return ()
    if not reader.accept("THE CONDITION"):
        reader.fail("`:THE CONDITION:` is missing")
    condition = _with_test_inputs(reader.expression(), given)
    if not reader.accept("IMPLIES"):
        reader.fail("`:IMPLIES:` is missing after the condition")
    consequence = reader.expression()
    if not reader.ended and not reader.at("IGNORE"):
        reader.fail(f"`{reader.token.text}` cannot follow the consequence of a reality check")
    found: list[Reading] = []
    for elements in product(*(_elements(project, s) for s in subscripts)):
        own = f"{title}[{', '.join(e.text for e in elements)}]" if elements else title
        parts = [_at(part, subscripts, elements) for part in (condition, consequence)]
        reading = _reading(span, project, own, parts[0], parts[1])
        if reading.check is None:
            return (_aside(span, title, reading.reason),)
        found.append(replace(reading, warning=None) if found else reading)
    return tuple(found)


def _read_subscripts(reader: ExpressionReader) -> tuple[Name, ...]:
    """Return the ranges and elements that stand behind a title."""
    if not reader.at("["):
        return ()
    found = reader.subscripts()
    if not all(isinstance(s, Name) for s in found):
        reader.fail("ranges and elements can stand here")
    return tuple(s for s in found if isinstance(s, Name))


def _elements(project: Project, subscript: Name) -> list[Name]:
    dimension = project.dimension_by_key.get(subscript.key)
    return [Name(e) for e in dimension.elements] if dimension else [subscript]


def _at(expression: Expression, subscripts: Sequence[Name], elements: Sequence[Name]) -> Expression:
    """Return an expression with elements in the place of the ranges that they are from."""
    chosen = {s.key: e for s, e in zip(subscripts, elements, strict=True)}
    inside = {id(s) for s in subscripts_in(expression)}

    def visit(node: Expression) -> Expression:
        if id(node) in inside and isinstance(node, Name):
            return chosen.get(node.key, node)
        return node

    return transform(expression, visit)


def _reading(
    span: Span, project: Project, title: str, condition: Expression, consequence: Expression
) -> Reading:
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
    reason = why_no_path(check, project)
    if reason:
        return _aside(span, title, reason)
    return Reading(check, _of_limits(span, title, limits))


def _with_test_inputs(condition: Expression, given: TestInputs) -> Expression:
    def visit(node: Expression) -> Expression:
        found = given.get(node.key) if isinstance(node, Name) else None
        if found is None or not isinstance(node, Name):
            return node
        if len(found.subscripts) != len(node.subscripts):
            return node
        asked = [s for s in node.subscripts if isinstance(s, Name)]
        return _at(found.assignment, found.subscripts, asked) if asked else found.assignment

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
    return Reading(None, Diagnostic(message, span.place, hint, "warning"), reason)


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
    added_up: set[int] = set()
    nodes = list(walk(expression))
    for node in nodes:
        if isinstance(node, Call):
            if node.function.key in _OF_OTHER_RUNS:
                return f"`{node.function.text}` compares with another run"
            added_up |= {id(part) for a in node.arguments for part in walk(a)}
        elif isinstance(node, Name):
            names[id(node)] = node
            inside |= {id(s) for s in node.subscripts}
    for node in nodes:
        if isinstance(node, Wildcard) and id(node) not in added_up:
            return f"`{node.dimension}!` is about a whole array"
        if id(node) in inside and isinstance(node, Name) and node.key in project.dimension_by_key:
            return f"`{node.text}` is about a whole array"
    for key, node in names.items():
        if key not in inside and node.key not in project.by_key and node.key != "time":
            return f"`{node.text}` is no variable of the model"
    return ""
