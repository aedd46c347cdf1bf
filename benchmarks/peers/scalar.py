"""A model with every array written out element by element, for tools that know no arrays.

The functions with memory (delays, smoothing) are written out too, as the stocks that they are. Only
what the outputs need is kept. Two writers follow: XMILE, and the JSON of BPTK-Py's Rust engine.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from headwater.compiler.pipeline import compile_stages
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    ElementNumber,
    Fixed,
    Follow,
    Interpolate,
    Kind,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    Rule,
    Selector,
    Tabulated,
    target_cells,
)
from headwater.model.project import Project

Tree = float | str | tuple[Any, ...]
"""A number, the name of a variable, or an operator with its operands."""

Turn = Mapping[Axis, int]


class CannotWrite(Exception):
    """The model has something that not all of the tools know."""


@dataclass(frozen=True, slots=True)
class Line:
    """One scalar variable: a *stock* with its initial value and rate, or a value.

    ``points`` make it a graphical function of its equation.
    """

    name: str
    equation: Tree
    rate: Tree | None = None
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Scalar:
    """A model without arrays, and its times."""

    name: str
    start: float
    stop: float
    step: float
    save: float
    method: str
    lines: tuple[Line, ...]


def scalar_model(project: Project, outputs: Sequence[str]) -> Scalar:
    """Write out a project. Raises :class:`CannotWrite` for what is no plain equation."""
    stages = compile_stages(project, outputs)
    clock = stages.program.clock
    wanted = [stages.model.by_key[name] for name in map(_key, outputs)]
    writer = _Writer()
    for quantity in _needed(wanted):
        writer.add(quantity)
    return Scalar(
        project.name,
        clock.start,
        clock.start + clock.steps * clock.dt,
        clock.dt,
        clock.dt * clock.stride,
        stages.program.method,
        tuple(writer.lines),
    )


def element_name(name: str, index: Sequence[int]) -> str:
    """Return the name of one element, by its places from 1."""
    plain = "".join(c if c.isalnum() else "_" for c in name.lower()).strip("_")
    return "_e".join([f"v_{plain}", *(str(i + 1) for i in index)])


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


def _needed(outputs: Sequence[Quantity]) -> list[Quantity]:
    found: dict[Quantity, None] = {}
    stack = list(outputs)
    while stack:
        quantity = stack.pop()
        if quantity in found:
            continue
        found[quantity] = None
        for rule in (*quantity.initial, *quantity.step):
            stack.extend(rule.mentioned)
    return list(found)


@dataclass(slots=True)
class _Writer:
    lines: list[Line] = field(default_factory=list)
    tables: int = 0

    def add(self, quantity: Quantity) -> None:
        match quantity.kind:
            case Kind.INPUT:
                assert quantity.defaults is not None
                for index, value in np.ndenumerate(quantity.defaults.reshape(quantity.shape)):
                    self.lines.append(Line(element_name(quantity.name, index), float(value)))
            case Kind.VALUE:
                for name, tree in self._elements(quantity, quantity.step).items():
                    self.lines.append(Line(name, tree))
            case Kind.FROZEN:
                for name, tree in self._elements(quantity, quantity.initial).items():
                    self.lines.append(Line(name, tree, 0.0))
            case Kind.STOCK:
                rates = self._elements(quantity, quantity.step)
                for name, tree in self._elements(quantity, quantity.initial).items():
                    self.lines.append(Line(name, tree, rates.get(name, 0.0)))
            case _:
                raise CannotWrite(f"`{quantity.name}` is a {quantity.kind.value}")

    def _elements(self, quantity: Quantity, rules: Sequence[Rule]) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for rule in rules:
            turns = itertools.product(*(range(a.extent) for a in rule.axes))
            for cell, turn in zip(target_cells(quantity.shape, rule), turns, strict=True):
                index = [int(i) for i in np.unravel_index(cell, quantity.shape or (1,))]
                name = element_name(quantity.name, index if quantity.shape else ())
                found[name] = self.tree(rule.expression, dict(zip(rule.axes, turn, strict=True)))
        return found

    def tree(self, node: Node, turn: Turn) -> Tree:
        match node:
            case Literal(value=value):
                return float(value)
            case Tabulated(values=values, axes=axes):
                return float(values[tuple(turn[a] for a in axes)])
            case Reference(quantity=quantity, selectors=selectors):
                index = _indices(selectors, turn)
                inside = all(0 <= i < n for i, n in zip(index, quantity.shape, strict=True))
                return element_name(quantity.name, index) if inside else 0.0
            case ElementNumber(where=where):
                return float(where.members[turn[where.axis]] + 1)
            case Now(at_step=False):
                return ("time",)
            case Apply(function="//", arguments=(a, b)):
                over, under = self.tree(a, turn), self.tree(b, turn)
                return ("if", ("=", under, 0.0), 0.0, ("/", over, under))
            case Apply(function=function, arguments=arguments):
                return (function, *(self.tree(a, turn) for a in arguments))
            case Aggregate(function=function, axes=axes, argument=argument):
                return self._fold(function, axes, argument, turn)
            case Interpolate():
                return self._table(node, turn)
        raise CannotWrite(f"an equation has a {type(node).__name__.lower()}")

    def _fold(self, function: str, axes: tuple[Axis, ...], argument: Node, turn: Turn) -> Tree:
        operator = {"sum": "+", "prod": "*"}.get(function, function)
        inner = itertools.product(*(range(a.extent) for a in axes))
        parts = [self.tree(argument, {**turn, **dict(zip(axes, i, strict=True))}) for i in inner]
        total = parts[0]
        for part in parts[1:]:
            total = (operator, total, part)
        return total

    def _table(self, node: Interpolate, turn: Turn) -> Tree:
        if node.graph.kind != "continuous":
            raise CannotWrite(f"the graphical function `{node.graph.name}` is {node.graph.kind}")
        index = _indices(node.selectors, turn)
        cell = int(np.ravel_multi_index(index, node.graph.shape)) if index else 0
        row = int(node.graph.rows.ravel()[cell])
        points = zip(node.graph.x[row].tolist(), node.graph.y[row].tolist(), strict=True)
        self.tables += 1
        name = f"v_table_{self.tables}"
        self.lines.append(Line(name, self.tree(node.x, turn), points=tuple(points)))
        return name


def _indices(selectors: tuple[Selector, ...], turn: Turn) -> tuple[int, ...]:
    return tuple(_index(s, turn) for s in selectors)


def _index(selector: Selector, turn: Turn) -> int:
    match selector:
        case Fixed(index=index):
            return index
        case Follow(axis=axis):
            return selector.members[turn[axis]]
    raise CannotWrite("an equation computes a subscript")


def xmile(model: Scalar) -> str:
    """Return the model as XMILE 1.0. Every stock has one biflow, its rate."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">',
        f"<header><vendor>Headwater</vendor><product>benchmark</product>"
        f"<name>{escape(model.name)}</name></header>",
        f'<sim_specs method="{model.method}"><start>{model.start!r}</start>'
        f"<stop>{model.stop!r}</stop><dt>{model.step!r}</dt>"
        f"<savestep>{model.save!r}</savestep></sim_specs>",
        "<model><variables>",
    ]
    for line in model.lines:
        parts.extend(_xmile_line(line))
    return "\n".join([*parts, "</variables></model></xmile>", ""])


def _xmile_line(line: Line) -> Iterator[str]:
    equation = f"<eqn>{escape(_text(line.equation))}</eqn>"
    if line.rate is not None:
        flow = f"{line.name}_rate"
        yield f'<stock name="{line.name}">{equation}<inflow>{flow}</inflow></stock>'
        yield f'<flow name="{flow}"><eqn>{escape(_text(line.rate))}</eqn></flow>'
        return
    if line.points:
        xs, ys = (",".join(repr(p) for p in axis) for axis in zip(*line.points, strict=True))
        equation += f"<gf><xpts>{xs}</xpts><ypts>{ys}</ypts></gf>"
    yield f'<aux name="{line.name}">{equation}</aux>'


INFIX = frozenset(["+", "-", "*", "/", "^", "<", "<=", ">", ">=", "=", "<>"])


def _text(tree: Tree) -> str:
    if isinstance(tree, float):
        return f"({tree!r})" if tree < 0 else repr(tree)
    if isinstance(tree, str):
        return tree
    function, *operands = tree
    parts = [_text(operand) for operand in operands]
    match function:
        case "time":
            return "TIME"
        case "negate":
            return f"(-{parts[0]})"
        case "if":
            return f"(IF {parts[0]} THEN {parts[1]} ELSE {parts[2]})"
        case "and" | "or":
            return f"({parts[0]} {function.upper()} {parts[1]})"
        case "log":
            return f"LN({parts[0]})"
        case "exp" | "max" | "min" | "sqrt" | "abs" | "sin" | "cos":
            return f"{function.upper()}({', '.join(parts)})"
    if function in INFIX:
        return f"({parts[0]} {function} {parts[1]})"
    raise CannotWrite(f"an equation has `{function}`")


def rust_json(model: Scalar) -> str:
    """Return the model in the format of BPTK-Py's Rust engine.

    Times count from 0 there, so that TIME is the engine's time plus the model's start.
    """
    stocks: list[dict[str, Any]] = []
    constants: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for line in model.lines:
        tree = _json(line.equation)
        plain = tree["type"] == "literal"
        if line.rate is not None:
            rate = _json(line.rate)
            stocks.append({"name": line.name, "initial_value": tree, "equation": rate})
        elif line.points:
            table = {"type": "literal", "value": f"{line.name}_points"}
            call = {"type": "call", "function": "lookup", "args": [tree, table]}
            others.append({"name": line.name, "equation": call})
        else:
            (constants if plain else others).append({"name": line.name, "equation": tree})
    tables = {f"{n.name}_points": {"points": n.points} for n in model.lines if n.points}
    specs = {"starttime": model.start, "stoptime": model.stop, "dt": model.step}
    entities = {"stocks": stocks, "converters": others, "constants": constants}
    found = {"name": "model", "specs": specs, "entities": entities}
    return json.dumps(found | ({"graphical_functions": tables} if tables else {}))


BINARY = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow", "and": "and", "or": "or"}
BINARY |= {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "=": "eq", "<>": "neq"}


def _json(tree: Tree) -> dict[str, Any]:
    if isinstance(tree, float):
        return {"type": "literal", "value": tree}
    if isinstance(tree, str):
        return {"type": "ref", "name": tree}
    function, *operands = tree
    parts = [_json(operand) for operand in operands]
    if function in BINARY:
        return {"type": "binary_op", "op": BINARY[function], "left": parts[0], "right": parts[1]}
    if function == "negate":
        return {"type": "unary_op", "op": "neg", "operand": parts[0]}
    if function == "if":
        return {"type": "if", "condition": parts[0], "then": parts[1], "else": parts[2]}
    return {"type": "call", "function": {"log": "ln"}.get(function, function), "args": parts}
