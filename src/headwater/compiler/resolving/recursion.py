"""Macros that call themselves as often as a run decides: `IF n <= 1 THEN 1 ELSE n * FACT(n - 1)`.

Where numbers alone tell how deep the calls go, each becomes a part of the equation. Otherwise a
call goes down, by the arguments of one call after another, until none follows; then up again: at
each level the macro's equation is worked out with what the call below it gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import TYPE_CHECKING

from headwater.compiler.resolved import Kept, Literal, Node, Repetition, op
from headwater.language.names import canonical
from headwater.language.syntax import Call, Conditional, Expression, Name, children, transform, walk
from headwater.model.project import Macro

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame

MOST_CALLS = 10_000
"""The most calls of a macro within one another."""

BELOW = "\0below"
"""The name of what the call below gave, which no file can have."""

_ZERO, _ONE = Literal(0.0), Literal(1.0)


class Endless(Exception):
    """Numbers alone do not end the calls of a macro by itself."""


def is_linear(macro: Macro) -> bool:
    """Tell whether a macro is one equation that leads to one call of itself at most."""
    if macro.variables or macro.run is not None:
        return False
    return _most_calls(macro.expression, canonical(macro.name)) == 1


def _most_calls(node: Expression, key: str) -> int:
    """Return the most calls that one evaluation leads to; 2 stands for any more than can be."""
    match node:
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            if _calls(condition, key):
                return 2
            return max(_most_calls(then, key), _most_calls(otherwise, key))
        case Call(function=Name(key=name), arguments=arguments) if name == key:
            return 2 if any(_calls(a, key) for a in arguments) else 1
    return min(sum(_most_calls(part, key) for part in children(node)), 2)


def _calls(node: Expression, key: str) -> bool:
    return any(isinstance(n, Call) and n.function.key == key for n in walk(node))


def repeated(frame: Frame, macro: Macro, bound: Mapping[str, Node]) -> Node:
    """Resolve a call of a linear macro whose arguments that are numbers are ``bound``."""
    key = canonical(macro.name)
    first = tuple(bound.values())
    depth, level, so_far = Kept(), Kept(), Kept()
    kept = {name: Kept() for name in bound}
    goes_on, given = _next_call(frame, macro, key, kept)
    if goes_on is _ONE:
        raise Endless
    counted = (op("+", depth, _ONE), *given)
    names = (depth, *kept.values())
    deepest = Repetition(names, (_ZERO, *first), counted, goes_on, MOST_CALLS, depth)
    calls = frame.resolver.shared(frame, f"{macro.name}.calls", deepest)

    def at(number: Node, below: Node) -> Node:
        """Return what the call at a depth gives, by what the one below it gives."""
        arguments: dict[str, Node] = {BELOW: below}
        for name in bound:
            turn, here = Kept(), {n: Kept() for n in bound}
            _, after = _next_call(frame, macro, key, here)
            arguments[name] = Repetition(
                (turn, *here.values()),
                (_ZERO, *first),
                (op("+", turn, _ONE), *after),
                op("<", turn, number),
                MOST_CALLS,
                here[name],
            )
        return frame.within(arguments).expression(_closed_off(macro.expression, key))

    upward = at(op("-", op("-", calls, level), _ONE), so_far)
    return Repetition(
        (level, so_far),
        (_ZERO, at(calls, _ZERO)),
        (op("+", level, _ONE), upward),
        op("<", level, calls),
        MOST_CALLS,
        op("if", op("=", calls, calls), so_far, Literal(nan)),
    )


def _next_call(
    frame: Frame, macro: Macro, key: str, values: Mapping[str, Node]
) -> tuple[Node, list[Node]]:
    """Return whether a call leads to another one (1 or 0), and its arguments."""
    inner = frame.within(values)
    names = [canonical(p) for p in macro.parameters]
    whether, given = _follow(inner, macro, key, macro.expression)
    wanted = [given.get(n, values[n]) for n in names if n in values]
    return whether, wanted


def _follow(frame: Frame, macro: Macro, key: str, node: Expression) -> tuple[Node, dict[str, Node]]:
    """Return whether an expression leads to a call, and the arguments of that."""
    match node:
        case Call(function=Name(key=name), arguments=arguments) if name == key:
            given = zip(map(canonical, macro.parameters), macro.arguments(arguments), strict=True)
            found = {n: frame.expression(a) for n, a in given if n not in frame.arrays}
            return _ONE, found
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            test = frame.expression(condition)
            one, first = _follow(frame, macro, key, then)
            other, second = _follow(frame, macro, key, otherwise)
            if one is _ZERO and other is _ZERO:
                return _ZERO, {}
            chosen = {n: op("if", test, v, second.get(n, v)) for n, v in (first or second).items()}
            return op("if", test, one, other), chosen
    for part in children(node):
        whether, found = _follow(frame, macro, key, part)
        if whether is not _ZERO:
            return whether, found
    return _ZERO, {}


def _closed_off(expression: Expression, key: str) -> Expression:
    """Return an equation in which the macro's calls of itself stand for what they gave."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Call) and node.function.key == key:
            return Name(BELOW)
        return node

    return transform(expression, change)
