"""Conditions and figures over outcomes, such as ``at(recruits, 2034, crackdown) >= 0.9``.

An expression is evaluated over a :class:`Record`: many runs of a model, or one set of data series.
Inside ``at``, ``mean``, ``total``, ``change`` and the three-argument ``min`` and ``max`` names are
variables over time; outside they are constants as drawn in each run.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from headwater.errors import CaseError, Diagnostics, did_you_mean
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Unary,
    Wildcard,
    children,
)

Values = npt.NDArray[np.float64]

OVER_TIME = {"at": 2, "mean": 3, "min": 3, "max": 3, "total": 3, "change": 3}
POINTWISE: Mapping[str, tuple[int, Callable[..., Values]]] = {
    "abs": (1, np.abs),
    "exp": (1, np.exp),
    "ln": (1, np.log),
    "log10": (1, np.log10),
    "sqrt": (1, np.sqrt),
    "min": (2, np.minimum),
    "max": (2, np.maximum),
}
COMPARISONS: Mapping[str, Callable[[Values, Values], npt.NDArray[np.bool_]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "<>": np.not_equal,
}
ARITHMETIC: Mapping[str, Callable[[Values, Values], Values]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": np.divide,
    "^": np.power,
    "mod": np.mod,
}


class Record(Protocol):
    """What conditions are evaluated over."""

    def sample(self, name: Name, policy: str, times: Values) -> Values:
        """Return a variable at ``times``: shape ``(runs, times)`` plus unselected dimensions."""
        ...

    def constant(self, name: Name) -> Values:
        """Return a constant in each run: shape ``(runs,)`` or ``()``."""
        ...

    def grid(self, names: Sequence[Name], start: float, stop: float) -> Values:
        """Return the times from ``start`` to ``stop`` at which the variables are known."""
        ...


@dataclass(slots=True)
class Needs:
    """What a condition must be given: variables over time, constants, policies and times."""

    variables: dict[str, Name] = field(default_factory=dict)
    constants: dict[str, Name] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)
    times: list[float] = field(default_factory=list)


def evaluate(expression: Expression, record: Record) -> Values:
    """Return the value of a condition or figure in each run (truth as 0 or 1).

    Division by zero gives an infinite or undefined value, never an exception.
    """
    with np.errstate(all="ignore"):
        return np.asarray(_value(expression, record), dtype=np.float64)


def _value(node: Expression, record: Record) -> Values:
    if isinstance(node, Name):
        return record.constant(node)
    if isinstance(node, Call) and _is_over_time(node):
        return _over_time(node, record)
    return _combine(node, lambda child: _value(child, record))


def _is_over_time(call: Call) -> bool:
    key = call.function.key
    return key in OVER_TIME and len(call.arguments) >= OVER_TIME[key]


def _over_time(call: Call, record: Record) -> Values:
    key, arguments = call.function.key, call.arguments
    count = OVER_TIME[key]
    policy = arguments[count].key if len(arguments) > count else ""  # type: ignore[union-attr]
    times = [float(_value(t, record)) for t in arguments[1:count]]

    def sample(at: Values) -> Values:
        return _series(arguments[0], record, policy, at)

    if key == "at":
        return sample(np.array(times))[..., 0]
    if key == "change":
        ends = sample(np.array(times))
        return np.asarray(ends[..., 1] - ends[..., 0])
    names = [n for n in names_in([arguments[0]]) if n.key != "time"]
    grid = record.grid(names, times[0], times[1])
    values = sample(grid)
    if key in ("min", "max"):
        return np.asarray(getattr(values, key)(axis=-1))
    integral = np.trapezoid(values, grid, axis=-1)
    return np.asarray(integral if key == "total" else integral / (grid[-1] - grid[0]))


def sample_series(node: Expression, record: Record, policy: str, times: Values) -> Values:
    """Return an expression of variables at ``times``: shape ``(runs, times)``."""
    with np.errstate(all="ignore"):
        values = _series(node, record, policy, times)
        return np.atleast_2d(np.asarray(values, dtype=np.float64))


def _series(node: Expression, record: Record, policy: str, times: Values) -> Values:
    if isinstance(node, Name):
        if node.key == "time":
            return times
        values = record.sample(node, policy, times)
        if values.ndim > 2:
            raise CaseError(
                f"`{node.text}` has more than one element here",
                node.span.place if node.span else None,
                "name one element, or aggregate with SUM or MEAN",
            )
        return values
    if isinstance(node, Call) and node.function.key in ("sum", "mean"):
        (array,) = node.arguments
        assert isinstance(array, Name)
        values = record.sample(array, policy, times)
        axes = tuple(range(2, values.ndim))
        return np.asarray(values.sum(axes) if node.function.key == "sum" else values.mean(axes))
    return _combine(node, lambda child: _series(child, record, policy, times))


def _combine(node: Expression, value: Callable[[Expression], Values]) -> Values:
    match node:
        case Number(value=number):
            return np.asarray(number, dtype=np.float64)
        case Unary(operator="not", operand=inner):
            return 1.0 - _truth(value(inner))
        case Unary(operator=sign, operand=inner):
            return np.asarray(-value(inner) if sign == "-" else value(inner))
        case Binary(operator="and", left=left, right=right):
            return np.minimum(_truth(value(left)), _truth(value(right)))
        case Binary(operator="or", left=left, right=right):
            return np.maximum(_truth(value(left)), _truth(value(right)))
        case Binary(operator="//", left=left, right=right):
            below = value(right)
            return np.asarray(np.where(below == 0, 0.0, value(left) / below))
        case Binary(operator=sign, left=left, right=right) if sign in COMPARISONS:
            return _compare(sign, value(left), value(right))
        case Binary(operator=sign, left=left, right=right):
            return ARITHMETIC[sign](value(left), value(right))
        case Conditional(condition=test, then=then, otherwise=otherwise):
            truth = _truth(value(test))
            chosen = np.where(truth == 1.0, value(then), value(otherwise))
            return np.where(np.isnan(truth), np.nan, chosen)
        case Call(function=function, arguments=arguments) if function.key in POINTWISE:
            return POINTWISE[function.key][1](*(value(a) for a in arguments))
        case _:
            raise AssertionError(f"not validated: {node}")


def _truth(values: Values) -> Values:
    """Return 1 where a value is true, 0 where it is false, NaN where it is undefined."""
    return np.where(np.isnan(values), np.nan, (values != 0).astype(np.float64))


def _compare(sign: str, left: Values, right: Values) -> Values:
    """Compare; where a side is undefined the result is undefined, not false."""
    undefined = np.isnan(left) | np.isnan(right)
    return np.where(undefined, np.nan, COMPARISONS[sign](left, right))


def sides(condition: Expression) -> tuple[Expression, Expression] | None:
    """Return the two sides of a condition that is one comparison."""
    if isinstance(condition, Binary) and condition.operator in COMPARISONS:
        return condition.left, condition.right
    return None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that conditions may use, in canonical form."""

    variables: frozenset[str]
    constants: frozenset[str]
    policies: frozenset[str]
    start: float
    stop: float


def inspect(expression: Expression, words: Vocabulary, problems: Diagnostics) -> Needs:
    """Check a condition before any run and return what it needs.

    Every problem is added to ``problems``: unknown names, policies and functions, wrong numbers of
    arguments, times that are not numbers or lie outside the run.
    """
    needs = Needs()
    _Inspector(words, problems, needs).outside(expression)
    return needs


@dataclass(slots=True)
class _Inspector:
    words: Vocabulary
    problems: Diagnostics
    needs: Needs

    def error(self, node: Expression, message: str, hint: str = "") -> None:
        self.problems.error(message, node.span.place if node.span else None, hint)

    def outside(self, node: Expression) -> None:
        """Visit what stands outside the functions over time."""
        match node:
            case Name() if node.key in self.words.constants:
                self.needs.constants[node.key] = node
            case Name() if node.key in self.words.variables:
                self.error(
                    node,
                    f"`{node.text}` changes over time",
                    f"say when: `at({node.text}, 2030)`",
                )
            case Name():
                self.unknown(node, self.words.constants)
            case Call() if _is_over_time(node):
                self.over_time(node)
            case _:
                self.shared(node, self.outside)

    def over_time(self, call: Call) -> None:
        key, arguments = call.function.key, call.arguments
        count = OVER_TIME[key]
        self.inside(arguments[0])
        moments = [self.moment(a) for a in arguments[1:count]]
        if len(moments) == 2 and None not in moments and not moments[0] < moments[1]:  # type: ignore[operator]
            self.error(call, "the first time must be before the second")
        for policy in arguments[count : count + 1]:
            if not isinstance(policy, Name):
                self.error(policy, "the last argument names a policy")
            elif policy.key not in self.words.policies:
                self.error(
                    policy,
                    f"no policy `{policy.text}`",
                    did_you_mean(policy.key, self.words.policies),
                )
            else:
                self.needs.policies.add(policy.key)
        if len(arguments) > count + 1:
            self.error(call, f"`{key}` takes at most {count + 1} arguments")
        if len(arguments) == count:
            self.needs.policies.add("")

    def moment(self, node: Expression) -> float | None:
        inner = node.operand if isinstance(node, Unary) and node.operator == "-" else node
        if not isinstance(inner, Number):
            self.error(node, "a time must be a number")
            return None
        value = inner.value if inner is node else -inner.value
        if not self.words.start <= value <= self.words.stop:
            self.error(
                node,
                f"time {value:g} is outside the run",
                f"runs go from {self.words.start:g} to {self.words.stop:g}",
            )
        self.needs.times.append(value)
        return value

    def inside(self, node: Expression) -> None:
        """Visit an expression of variables over time."""
        match node:
            case Name(key="time"):
                return
            case Name() if node.key in self.words.variables | self.words.constants:
                self.needs.variables[node.key] = node
            case Name():
                self.unknown(node, self.words.variables)
            case Call(function=function, arguments=(Name() as array,)) if function.key in (
                "sum",
                "mean",
            ):
                self.inside(array)
            case _:
                self.shared(node, self.inside)

    def shared(self, node: Expression, visit: Callable[[Expression], None]) -> None:
        if isinstance(node, Call):
            key = node.function.key
            if key in OVER_TIME and key not in POINTWISE:
                self.error(node, f"`{key}` takes {OVER_TIME[key]} arguments and a policy")
                return
            if key not in POINTWISE:
                known = sorted(OVER_TIME.keys() | POINTWISE.keys())
                self.error(
                    node,
                    f"a condition cannot use the function `{node.function.text}`",
                    did_you_mean(key, known) or "known: " + ", ".join(known),
                )
                return
            if len(node.arguments) != POINTWISE[key][0]:
                self.error(node, f"`{key}` takes {POINTWISE[key][0]} argument(s) here")
        elif not isinstance(node, Number | Unary | Binary | Conditional):
            self.error(node, "this cannot stand in a condition")
            return
        for child in children(node):
            visit(child)

    def unknown(self, node: Name, candidates: frozenset[str]) -> None:
        self.error(node, f"no variable `{node.text}`", did_you_mean(node.key, candidates))


def select(
    values: Values, dimensions: Mapping[str, Sequence[str]], name: Name, problems_to: str = ""
) -> Values:
    """Pick the subscripted elements of ``values``, whose trailing axes are ``dimensions``.

    Raises:
        CaseError: an element or the number of subscripts does not fit.
    """
    if not name.subscripts:
        return values
    if len(name.subscripts) != len(dimensions):
        raise CaseError(
            f"`{name.text}` has {len(dimensions)} dimension(s), not {len(name.subscripts)}",
            name.span.place if name.span else None,
            problems_to,
        )
    index: list[int | slice] = []
    for subscript, (dimension, elements) in zip(name.subscripts, dimensions.items(), strict=True):
        if isinstance(subscript, Wildcard):
            index.append(slice(None))
            continue
        index.append(_element(subscript, dimension, elements))
    return np.asarray(values[(..., *index)])


def _element(subscript: Expression, dimension: str, elements: Sequence[str]) -> int:
    text = subscript.text if isinstance(subscript, Name) else ""
    if isinstance(subscript, Number):
        text = f"{subscript.value:g}"
    keys = [canonical(e) for e in elements]
    if canonical(text) not in keys:
        raise CaseError(
            f"`{text}` is not an element of {dimension}",
            subscript.span.place if subscript.span else None,
            did_you_mean(text, elements) or "elements: " + ", ".join(elements),
        )
    return keys.index(canonical(text))


def names_in(expressions: Sequence[Expression]) -> Iterator[Name]:
    """Yield every variable that the expressions name, subscripts left out."""
    stack = list(expressions)
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            yield node
        else:
            stack.extend(children(node))
