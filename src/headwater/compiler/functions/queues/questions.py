"""What can be asked of a Vensim queue: ages and attributes of what is in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from headwater.compiler.functions.data.functions import Reader
from headwater.compiler.functions.memory.slots import step_number
from headwater.compiler.functions.queues.rows import Content, place_number, rows_of
from headwater.compiler.resolved import Aggregate, Axis, Literal, Node, Reference, op
from headwater.compiler.resolving.expressions import Frame
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Call, Expression

_ZERO = Literal(0.0)
_NONE, _EVER = Literal(NOT_AVAILABLE), Literal(math.inf)

_TRACE = Literal(1e-9)
"""The share of what came in with a step that may be left over from rounding."""

_SLACK = 1e-6
"""The share of a step by which an age may miss a limit."""

Question = Callable[[Frame, Content, Sequence[Node]], Node]


def _asked(question: Question, *, of_attributes: bool = False) -> Reader:
    def read(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
        queue = frame.expression(arguments[0])
        rows = rows_of(frame.resolver, queue.quantity) if isinstance(queue, Reference) else None
        if not isinstance(queue, Reference) or rows is None:
            return _NONE
        if of_attributes and not rows.attributed:
            return _NONE
        shared = frame.resolver.shared
        given = [
            shared(frame, f"{node.function.text}.{number}", frame.expression(argument))
            for number, argument in enumerate(arguments[1:], 1)
        ]
        axis = Axis(rows.axis.extent, "place")
        return question(frame, Content(rows, queue.selectors, axis), given)

    return read


def _sum(content: Content, value: Node) -> Node:
    return Aggregate("sum", (content.axis,), value)


def _age(frame: Frame, content: Content) -> Node:
    """How old what came in at a place is now."""
    steps = op("+", step_number(frame), Literal(float(content.rows.first)))
    return content.rows.times_dt(op("-", steps, place_number(content.axis)))


def _within(content: Content, low: Node, high: Node) -> Node:
    """What of a place lies between two values of the total that came in."""
    rows = content.rows
    before = content.row(rows.before)
    end = op("+", before, content.row(rows.amount))
    return op("max", _ZERO, op("-", op("min", end, high), op("max", before, low)))


def _remaining(content: Content) -> Node:
    return _within(content, content.total(content.rows.removed), _EVER)


def _oldest_first(content: Content, quantity: Node) -> Node:
    """What of a place is among the oldest of that quantity; all where there is no more, or 0."""
    rows = content.rows
    removed = content.total(rows.removed)
    some = op("and", op(">", quantity, _ZERO), op("<", quantity, content.total(rows.level)))
    return _within(content, removed, op("if", some, op("+", removed, quantity), _EVER))


def _is_negative(content: Content) -> Node:
    return op("<", content.total(content.rows.level), _ZERO)


def _step(content: Content) -> Literal:
    return Literal(content.rows.dt)


def _average_age(frame: Frame, content: Content, given: Sequence[Node]) -> Node:
    part = _oldest_first(content, given[0])
    ages = _sum(content, op("*", part, _age(frame, content)))
    mean = op("safe_divide", ages, _sum(content, part))
    return op("if", _is_negative(content), _step(content), mean)


def _oldest_age(frame: Frame, content: Content, given: Sequence[Node]) -> Node:
    del given
    trace = op("*", _TRACE, content.row(content.rows.amount))
    waits = op(">", _remaining(content), trace)
    age = op("if", waits, _age(frame, content), _ZERO)
    oldest = Aggregate("max", (content.axis,), age)
    return op("if", _is_negative(content), _step(content), oldest)


def _in_range(frame: Frame, content: Content, given: Sequence[Node]) -> Node:
    """What is of an age from one to another; a limit that is not available is none."""
    slack = Literal(_SLACK * content.rows.dt)
    low = op("if", op("=", given[0], _NONE), op("negate", _EVER), op("-", given[0], slack))
    high = op("if", op("=", given[1], _NONE), _EVER, op("+", given[1], slack))

    def inside(age: Node) -> Node:
        return op("and", op(">=", age, low), op("<=", age, high))

    here = op("if", inside(_age(frame, content)), _remaining(content), _ZERO)
    level = content.total(content.rows.level)
    debt = op("if", inside(_step(content)), level, _ZERO)
    return op("if", _is_negative(content), debt, _sum(content, here))


def _attribute(content: Content) -> Node:
    return op("+", content.row(content.rows.base), content.total(content.rows.drift))


def _average_attribute(frame: Frame, content: Content, given: Sequence[Node]) -> Node:
    part = _oldest_first(content, given[0])
    total = _sum(content, op("*", part, _attribute(content)))
    mean = op("safe_divide", total, _sum(content, part))
    newest = content.newest(frame, content.rows.base)
    newest_attribute = op("+", newest, content.total(content.rows.drift))
    return op("if", _is_negative(content), newest_attribute, mean)


def _quantity_of_attributes(frame: Frame, content: Content, given: Sequence[Node]) -> Node:
    """How much of the oldest has so much of the attribute in all; part of what entered counts."""
    rows, shared = content.rows, frame.resolver.shared
    removed, drift = content.total(rows.removed), content.total(rows.drift)
    gone = _within(content, _ZERO, removed)
    taken = _sum(content, op("*", gone, content.row(rows.base)))
    taken = shared(frame, "QUEUE ATTRIB QUANTITY.taken", taken)
    before = content.row(rows.before)
    by_base = op("-", content.row(rows.weights), taken)
    older = op("+", by_base, op("*", drift, op("-", before, removed)))
    older = op("if", op("<=", before, removed), _ZERO, older)
    attribute, remaining = _attribute(content), _remaining(content)
    asked = op("safe_divide", op("-", given[0], older), attribute)
    part = op("max", _ZERO, op("min", remaining, asked))
    free = op("if", op("<=", older, given[0]), remaining, _ZERO)
    return _sum(content, op("if", op(">", attribute, _ZERO), part, free))


QUEUE_QUESTIONS: Mapping[str, Reader] = {
    "QUEUE_AGE_AVERAGE": _asked(_average_age),
    "QUEUE_AGE_OLDEST": _asked(_oldest_age),
    "QUEUE_AGE_IN_RANGE": _asked(_in_range),
    "QUEUE_ATTRIB_AVERAGE": _asked(_average_attribute, of_attributes=True),
    "QUEUE_ATTRIB_QUANTITY": _asked(_quantity_of_attributes, of_attributes=True),
}
