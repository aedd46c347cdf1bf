"""Values that must be known before a model is compiled: orders of delays, control variables.

Evaluates scalar expressions of numbers, of other scalar variables and of time, straight from the
syntax, with the constants' own values. What depends on a stock, a series or a random number has no
such value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice, product
from typing import TYPE_CHECKING

from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    NumberTable,
    Unary,
    transform,
    walk,
)
from headwater.model.project import Project, SimSpecs
from headwater.model.variables import AnyVariable, Data, Graph, Stock

if TYPE_CHECKING:
    from headwater.language.builtins import Builtin

MAX_DEPTH = 60
MAX_CASES = 1000
"""The most cases that are looked at where elements of arrays differ."""

Values = Mapping[str, float]


class Preview:
    """Evaluates expressions of one project. ``used`` collects the variables that were looked up."""

    def __init__(self, project: Project, specs: SimSpecs) -> None:
        self._project = project
        self._specs = specs
        self._parsed: dict[str, Expression] = {}
        self.used: set[str] = set()
        self._open: set[str] = set()
        self._parameters: Values = {}

    @contextmanager
    def inside(self, arguments: Mapping[str, Expression], time: float) -> Iterator[None]:
        """Let names be a macro's parameters alone, by their arguments at a time, for a while."""
        outside = self._parameters
        told = {key: self.value(argument, time) for key, argument in arguments.items()}
        # A name that nothing has keeps a macro closed whose parameters are not known.
        self._parameters = {"": 0.0, **{k: v for k, v in told.items() if v is not None}}
        try:
            yield
        finally:
            self._parameters = outside

    def value(self, node: Expression, time: float) -> float | None:
        """Return the value of an expression at a time, None where it is not known."""
        try:
            return self._value(node, time, self._parameters, self._project.dialect, 0)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None

    def values(self, node: Expression, time: float) -> list[float] | None:
        """Return what an expression may be at a time, for any elements of the arrays in it.

        None where one of these values is not known.
        """
        arrays = list(dict.fromkeys(n for n in walk(node) if isinstance(n, Name) and n.subscripts))
        if not arrays or any(isinstance(n, Call) and n.function.subscripts for n in walk(node)):
            return None
        known = [self._of_elements(name.key, time) for name in arrays]
        if any(not values for values in known):
            return None
        cases = list(islice(product(*known), MAX_CASES + 1))
        found = [self.value(_with(node, dict(zip(arrays, c, strict=True))), time) for c in cases]
        told = [value for value in found if value is not None]
        return told if len(told) == len(cases) <= MAX_CASES else None

    def _of_elements(self, key: str, time: float) -> list[float]:
        """Return the different values of an array's elements; none where one is not known."""
        variable = self._project.by_key.get(key)
        if variable is None or isinstance(variable, Stock | Graph | Data):
            return []
        self.used.add(key)
        found: set[float] = set()
        for equation in variable.equations:
            match equation.expression:
                case NumberTable(values=values):
                    found |= set(values)
                case expression:
                    value = self.value(expression, time)
                    if value is None:
                        return []
                    found.add(value)
        return sorted(found)

    def _value(
        self, node: Expression, time: float, names: Values, dialect: str, depth: int
    ) -> float | None:
        if depth > MAX_DEPTH:
            return None

        def inner(part: Expression) -> float | None:
            return self._value(part, time, names, dialect, depth + 1)

        match node:
            case Number(value=value):
                return value
            case Name(subscripts=()):
                return self._name(node, time, names, dialect, depth)
            case Unary(operator=operator, operand=operand):
                found = inner(operand)
                return None if found is None else _UNARY[operator](found)
            case Binary(operator=operator, left=left, right=right):
                a, b = inner(left), inner(right)
                return None if a is None or b is None else float(_BINARY[operator](a, b))
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                holds = inner(condition)
                return None if holds is None else inner(then if holds else otherwise)
            case Call(function=function, arguments=arguments) if not function.subscripts:
                return self._call(function, [inner(a) for a in arguments], time, dialect, depth)
        return None

    def _name(
        self, node: Name, time: float, names: Values, dialect: str, depth: int
    ) -> float | None:
        if node.key in names:
            return names[node.key]
        variable = None if names else self._project.by_key.get(node.key)
        if variable is not None:
            self.used.add(variable.key)
            expression = _scalar_equation(variable)
            if expression is None or variable.key in self._open:
                return None
            self._open.add(variable.key)
            try:
                return self._value(expression, time, {}, self._project.dialect, depth + 1)
            finally:
                self._open.discard(variable.key)
        return self._call(node, [], time, dialect, depth)

    def _call(
        self,
        function: Name,
        arguments: Sequence[float | None],
        time: float,
        dialect: str,
        depth: int,
    ) -> float | None:
        spelling = find_spelling(function.text, dialect)
        if spelling is None or any(a is None for a in arguments):
            return None
        builtin = spelling[0]
        numbers = [a for a in arguments if a is not None]
        if builtin.kind in ("random", "table", "array", "aggregate"):
            return None
        if builtin.name in _PLAIN and numbers:
            return float(_PLAIN[builtin.name](*numbers))
        context = self._context(builtin.name, time)
        if context is not None:
            return context
        if builtin.name == "INIT":
            return numbers[0]
        return self._defined(builtin, numbers, time, depth)

    def _defined(
        self, builtin: Builtin, numbers: Sequence[float], time: float, depth: int
    ) -> float | None:
        if not builtin.definition or builtin.kind == "dynamic":
            return None
        names = {canonical(p.name): v for p, v in zip(builtin.parameters, numbers, strict=False)}
        for parameter, default in builtin.defaults.items():
            if canonical(parameter) not in names:
                found = self._value(self._text(default), time, {}, "headwater", depth + 1)
                if found is None:
                    return None
                names[canonical(parameter)] = found
        # A name that no variable has keeps a definition without parameters closed.
        closed = names or {"": 0.0}
        return self._value(self._text(builtin.definition), time, closed, "headwater", depth + 1)

    def _text(self, text: str) -> Expression:
        if text not in self._parsed:
            self._parsed[text] = parse_text(text, "<definition>")
        return self._parsed[text]

    def _context(self, name: str, time: float) -> float | None:
        specs = self._specs
        known = {
            "TIME": time,
            "DT": specs.step,
            "STARTTIME": specs.start,
            "STOPTIME": specs.stop,
            "SAVEPER": specs.save_step or specs.step,
            "INF": math.inf,
        }
        return known.get(name)


def _with(node: Expression, numbers: Mapping[Name, float]) -> Expression:
    """Return an expression with numbers in the place of arrays' elements."""

    def change(part: Expression) -> Expression:
        if isinstance(part, Name) and part in numbers:
            return Number(numbers[part], part.span)
        return part

    return transform(node, change)


def _scalar_equation(variable: AnyVariable) -> Expression | None:
    if isinstance(variable, Stock | Graph | Data) or variable.dimensions:
        return None
    if len(variable.equations) != 1:
        return None
    equation = variable.equations[0]
    return equation.expression


def _safe(a: float, b: float) -> float:
    return a / b if b else 0.0


_UNARY: Mapping[str, Callable[[float], float]] = {
    "-": lambda a: -a,
    "+": lambda a: a,
    "not": lambda a: float(not a),
}
_BINARY: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": _safe,
    "^": lambda a, b: math.pow(a, b),
    "mod": lambda a, b: a - b * math.floor(a / b),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
}
_PLAIN: Mapping[str, Callable[..., float]] = {
    "ABS": abs,
    "ARCCOS": math.acos,
    "ARCSIN": math.asin,
    "ARCTAN": math.atan,
    "COS": math.cos,
    "EXP": math.exp,
    "INT": math.floor,
    "LN": math.log,
    "LOG10": math.log10,
    "MAX": max,
    "MIN": min,
    "SIN": math.sin,
    "SQRT": math.sqrt,
    "TAN": math.tan,
}
