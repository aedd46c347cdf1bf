"""A model read as it is written: the slowest and plainest simulator, to hold the compiler to.

It evaluates the syntax tree itself with Python floats, one element and one step at a time, by
Euler's method, and knows nothing of slots, loops, phases or order: a value is looked up when it is
needed. One run; scalar and arrayed equations over whole dimensions.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

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
)
from headwater.model.project import Project
from headwater.model.variables import Data, Graph, Stock

Element = tuple[int, ...]
Place = Mapping[str, int]

BINARY = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "mod": np.mod,
    "//": lambda a, b: np.float64(0.0) if b == 0 else a / b,
    "<": lambda a, b: np.float64(a < b),
    "<=": lambda a, b: np.float64(a <= b),
    ">": lambda a, b: np.float64(a > b),
    ">=": lambda a, b: np.float64(a >= b),
    "=": lambda a, b: np.float64(a == b),
    "<>": lambda a, b: np.float64(a != b),
    "and": lambda a, b: np.float64(bool(a) and bool(b)),
    "or": lambda a, b: np.float64(bool(a) or bool(b)),
}
PLAIN = {
    "abs": np.abs,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "ln": np.log,
    "int": np.floor,
}
REDUCE = {"sum": np.sum, "prod": np.prod, "min": np.min, "max": np.max, "mean": np.mean}


class Naive:
    """Simulates a project; ``run`` gives time × element arrays by name."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.sizes = {d.key: len(d.elements) for d in project.dimensions}
        self.elements = {
            d.key: {canonical(e): k for k, e in enumerate(d.elements)} for d in project.dimensions
        }
        self.specs = project.sim_specs
        self.stocks: dict[Any, Any] = {}
        self.rates: dict[Any, Any] = {}
        self.pending: dict[Any, Any] = {}
        self.memory: dict[Any, Any] = {}
        self.cache: dict[Any, Any] = {}
        self.time = np.float64(0)
        self.starting = True

    def run(self) -> dict[str, np.ndarray]:
        steps = round((self.specs.stop - self.specs.start) / self.specs.step)
        rows: dict[str, list[list[Any]]] = {}
        with np.errstate(all="ignore"):
            for step in range(steps + 1):
                self.time = np.float64(self.specs.start + step * self.specs.step)
                self.cache, self.rates, self.pending = {}, {}, {}
                for variable in self.project.variables:
                    if isinstance(variable, Graph | Data):
                        continue
                    values = [self.value(variable.key, e) for e in self.cells(variable)]
                    rows.setdefault(variable.name, []).append(values)
                    if isinstance(variable, Stock):
                        for element in self.cells(variable):
                            key = (variable.key, element)
                            self.rates[key] = self.net_flow(variable, element)
                self.starting = False
                for key, rate in self.rates.items():
                    self.stocks[key] = self.stocks[key] + np.float64(self.specs.step) * rate
                self.memory.update(self.pending)
        return {
            n: np.array(v)[:, 0] if not self.project.find(n).dimensions else np.array(v)
            for n, v in rows.items()
        }

    def cells(self, variable: Any) -> list[Element]:
        return list(
            itertools.product(*(range(self.sizes[canonical(d)]) for d in variable.dimensions))
        )

    def net_flow(self, variable: Stock, element: Element) -> Any:
        place = self.place(variable, element)
        total = None
        for term in variable.flows:
            value = self.evaluate(term.expression, place)
            if total is None:
                total = value if term.sign > 0 else -value
            else:
                total = total + value if term.sign > 0 else total - value
        return np.float64(0) if total is None else total

    def place(self, variable: Any, element: Element) -> Place:
        keys = [canonical(d) for d in variable.dimensions]
        return dict(zip(keys, element, strict=True))

    def value(self, key: str, element: Element) -> Any:
        variable = self.project.by_key[key]
        place = self.place(variable, element)
        if isinstance(variable, Stock):
            if (key, element) not in self.stocks:
                self.stocks[key, element] = self.evaluate(variable.equations[0].expression, place)
            return self.stocks[key, element]
        if (key, element) not in self.cache:
            self.cache[key, element] = self.evaluate(variable.equations[0].expression, place)
        return self.cache[key, element]

    def evaluate(self, node: Expression, place: Place) -> Any:
        match node:
            case Number(value=value):
                return np.float64(value)
            case Name():
                return self.name(node, place)
            case Unary(operator="-", operand=operand):
                return -self.evaluate(operand, place)
            case Unary(operator="not", operand=operand):
                return np.float64(not self.evaluate(operand, place))
            case Unary(operand=operand):
                return self.evaluate(operand, place)
            case Binary(operator=operator, left=left, right=right):
                return BINARY[operator](self.evaluate(left, place), self.evaluate(right, place))
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                # Both branches are evaluated: what remembers must do so from the start.
                values = self.evaluate(then, place), self.evaluate(otherwise, place)
                return values[0] if self.evaluate(condition, place) else values[1]
            case Call():
                return self.call(node, place)
        raise AssertionError(node)

    def name(self, node: Name, place: Place) -> Any:
        if node.key == "time":
            return self.time
        if node.key in place and node.key not in self.project.by_key:
            return np.float64(place[node.key] + 1)
        variable = self.project.by_key[node.key]
        element: list[int] = []
        for dimension, subscript in zip(variable.dimensions, node.subscripts, strict=True):
            key = canonical(dimension)
            if isinstance(subscript, Name) and subscript.key in self.elements[key]:
                element.append(self.elements[key][subscript.key])
            elif isinstance(subscript, Name) and subscript.key in place:
                element.append(place[subscript.key])
            elif isinstance(subscript, Wildcard):
                element.append(place["*" + key])
            else:
                number = int(np.rint(self.evaluate(subscript, place))) - 1
                if not 0 <= number < self.sizes[key]:
                    return np.float64(0)
                element.append(number)
        return self.value(node.key, tuple(element))

    def call(self, node: Call, place: Place) -> Any:
        key, arguments = node.function.key, node.arguments
        if key in REDUCE and len(arguments) == 1 and self.wildcards(arguments[0]):
            return self.reduce(key, arguments[0], place)
        if key in self.project.by_key:
            return self.look_up(self.project.by_key[key], self.evaluate(arguments[0], place))
        if key in ("previous", "init", "smth1", "delay1"):
            return self.remember(key, node, place)
        values = [self.evaluate(a, place) for a in arguments]
        if key == "step":
            return values[0] if self.time >= values[1] - 1e-6 * self.specs.step else np.float64(0)
        if key in ("min", "max"):
            result = values[0]
            for value in values[1:]:
                result = np.fmin(result, value) if key == "min" else np.fmax(result, value)
            return result
        return PLAIN[key](*values)

    def wildcards(self, node: Expression) -> list[str]:
        found: list[str] = []
        stack = [node]
        while stack:
            top = stack.pop()
            if isinstance(top, Name) and top.subscripts:
                variable = self.project.by_key[top.key]
                for dimension, subscript in zip(variable.dimensions, top.subscripts, strict=True):
                    if isinstance(subscript, Wildcard):
                        found.append(canonical(dimension))
            elif isinstance(top, Binary):
                stack += [top.left, top.right]
            elif isinstance(top, Call):
                stack += top.arguments
            elif isinstance(top, Unary):
                stack.append(top.operand)
        return list(dict.fromkeys(found))

    def reduce(self, key: str, argument: Expression, place: Place) -> Any:
        keys = self.wildcards(argument)
        values = [
            self.evaluate(argument, {**place, **{"*" + k: i for k, i in zip(keys, e, strict=True)}})
            for e in itertools.product(*(range(self.sizes[k]) for k in keys))
        ]
        total = values[0]
        if key in ("sum", "mean"):
            for value in values[1:]:
                total = total + value
            return total if key == "sum" else total / len(values)
        if key == "prod":
            for value in values[1:]:
                total = total * value
            return total
        return REDUCE[key](values)

    def remember(self, key: str, node: Call, place: Place) -> Any:
        where = (id(node), tuple(sorted(place.items())))
        arguments = node.arguments
        given = self.evaluate(arguments[0], place)
        if key == "init":
            return self.memory.setdefault(where, given)
        if key == "previous":
            held = self.memory.setdefault(where, self.evaluate(arguments[1], place))
            self.pending[where] = given
            return held
        time = self.evaluate(arguments[1], place)
        start = self.evaluate(arguments[2], place) if len(arguments) > 2 else given
        dt = np.float64(self.specs.step)
        if key == "smth1":
            held = self.memory.setdefault(where, start)
            self.pending[where] = held + dt * ((given - held) / time)
            return held
        held = self.memory.setdefault(where, start * time)
        self.pending[where] = held + dt * (given - held / time)
        return held / time

    def look_up(self, graph: Any, x: Any) -> Any:
        points = graph.graphs[0]
        return np.interp(x, points.x, points.y)
