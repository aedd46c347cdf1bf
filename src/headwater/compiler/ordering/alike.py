"""Element equations that are alike become one rule over their elements.

Files often give an array one equation for each element, which differ in nothing but the elements
and numbers that they name. As one rule, with tables of what differs, they are ordered, lowered and
compiled once, and can become a loop. Each element is still computed by the same operations, so no
digit changes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np
import numpy.typing as npt

from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Computed,
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
    StepLength,
    Tabulated,
)
from headwater.compiler.resolving.subscripts import follow

LONGEST = 200
"""Parts of the longest expressions that are compared: long ones are seldom alike."""

Slot = int | float
"""What may differ between alike equations: the index of an element, or a number."""


def join_alike(quantities: Sequence[Quantity]) -> None:
    """Join the rules of each quantity that are alike."""
    for quantity in quantities:
        if quantity.kind is Kind.STOCK:
            quantity.initial = _joined(quantity, quantity.initial)
            quantity.step = _joined(quantity, quantity.step)
        elif quantity.kind is Kind.VALUE and _are_same(quantity.initial, quantity.step):
            quantity.step = _joined(quantity, quantity.step)
            quantity.initial = list(quantity.step)


def _are_same(some: Sequence[Rule], others: Sequence[Rule]) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


def _joined(quantity: Quantity, rules: list[Rule]) -> list[Rule]:
    """Return the rules, those that are alike as one in the place of the first of them."""
    if len(rules) < 2:
        return rules
    groups: dict[object, list[_Read]] = {}
    for place, rule in enumerate(rules):
        read = _read(rule)
        key = place if read is None else read.form
        groups.setdefault(key, []).append(read or _Read(rule))
    return [
        group[0].rule if len(group) == 1 else _one_rule(quantity, group)
        for group in groups.values()
    ]


@dataclass(slots=True)
class _Read:
    """A rule for one element, taken apart into its ``form`` and what may differ in it."""

    rule: Rule
    form: tuple[object, ...] = ()
    slots: list[Slot] = field(default_factory=list)

    @property
    def cell(self) -> tuple[int, ...]:
        """The element that the rule computes."""
        return tuple(s.index for s in self.rule.target if isinstance(s, Fixed))


class _CannotCompareError(Exception):
    """An expression holds something by which each element is a case of its own."""


class _Reader:
    """Takes an expression apart, in the order in which :class:`_Writer` puts one together."""

    def __init__(self) -> None:
        self.form: list[object] = []
        self.slots: list[Slot] = []
        self._axes: dict[Axis, int] = {}
        self._seen: set[int] = set()

    def read(self, node: Node, fixed: bool = False) -> None:
        """Read a node. ``fixed``: its numbers and elements are part of the form."""
        if id(node) in self._seen and not isinstance(node, Literal | Now | StepLength):
            raise _CannotCompareError
        self._seen.add(id(node))
        if len(self._seen) > LONGEST:
            raise _CannotCompareError
        match node:
            case Literal(value=value):
                self._slot(value, struct.pack("<d", value), fixed or value != value)
            case Reference(quantity=quantity, selectors=selectors, outside=outside):
                self.form += ("reference", quantity, struct.pack("<d", outside))
                self._select(selectors, fixed)
            case Apply(function=function, arguments=arguments):
                self.form += ("apply", function, len(arguments))
                for place, argument in enumerate(arguments):
                    # A power of a small whole number is made of products.
                    self.read(argument, fixed or (function == "^" and place == 1))
            case Aggregate(function=function, axes=axes, argument=argument):
                self.form += ("aggregate", function, *(self._axis(axis) for axis in axes))
                self.read(argument, fixed)
            case Interpolate(graph=graph, selectors=selectors, x=x):
                self.form += ("interpolate", id(graph))
                self._select(selectors, fixed)
                self.read(x, fixed)
            case ElementNumber(where=where):
                self.form += ("number", self._axis(where.axis), where.table)
            case Now(at_step=at_step):
                self.form += ("now", at_step)
            case StepLength():
                self.form.append("step length")
            case _:
                raise _CannotCompareError

    def _axis(self, axis: Axis) -> tuple[int, int, str]:
        return self._axes.setdefault(axis, len(self._axes)), axis.extent, axis.name

    def _select(self, selectors: Sequence[Selector], fixed: bool) -> None:
        for selector in selectors:
            match selector:
                case Fixed(index=index):
                    self._slot(index, index, fixed or index < 0)
                case Follow(axis=axis, table=table):
                    self.form += ("follow", self._axis(axis), table)
                case Computed():
                    raise _CannotCompareError

    def _slot(self, value: Slot, key: object, fixed: bool) -> None:
        self.form += ("fixed", key) if fixed else ("slot", type(value))
        if not fixed:
            self.slots.append(value)


def _read(rule: Rule) -> _Read | None:
    """Return a rule taken apart, or None where it stays as it is."""
    if rule.axes or rule.search or not rule.target or isinstance(rule.expression, Literal):
        return None
    reader = _Reader()
    try:
        reader.read(rule.expression)
    except _CannotCompareError:
        return None
    return _Read(rule, tuple(reader.form), reader.slots)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The axes of a joined rule, and what it computes at each turn of them."""

    axes: tuple[Axis, ...]
    target: tuple[Fixed | Follow, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents of the axes."""
        return tuple(axis.extent for axis in self.axes)


def _one_rule(quantity: Quantity, group: list[_Read]) -> Rule:
    """Return the rule of all that the rules of a group compute."""
    group = sorted(group, key=lambda read: read.cell)
    cells = [read.cell for read in group]
    slots = list(zip(*(read.slots for read in group), strict=True))
    grid = _box(quantity, cells)
    if grid is None or not all(_fits(grid, s) for s in slots):
        axis = Axis(len(cells), "element")
        members = zip(*cells, strict=True)
        grid = _Grid((axis,), tuple(_chosen(axis, of_position) for of_position in members))
    first = group[0].rule
    writer = _Writer(grid, iter(slots))
    return replace(
        first,
        axes=grid.axes,
        target=grid.target,
        expression=writer.write(first.expression),
        _mentioned=None,
    )


def _chosen(axis: Axis, members: Sequence[int]) -> Fixed | Follow:
    return Fixed(members[0]) if len(set(members)) == 1 else follow(axis, members)


def _box(quantity: Quantity, cells: Sequence[tuple[int, ...]]) -> _Grid | None:
    """Return the axes of cells that are all the combinations of members of each dimension."""
    members = [sorted(set(of_position)) for of_position in zip(*cells, strict=True)]
    if len(set(cells)) != len(cells) or prod(map(len, members)) != len(cells):
        return None
    names = quantity.dimensions or ("element",) * len(members)
    axes: list[Axis] = []
    target: list[Fixed | Follow] = []
    for name, chosen in zip(names, members, strict=True):
        if len(chosen) == 1:
            target.append(Fixed(chosen[0]))
            continue
        axes.append(Axis(len(chosen), name))
        target.append(follow(axes[-1], chosen))
    return _Grid(tuple(axes), tuple(target))


def _fits(grid: _Grid, values: Sequence[Slot]) -> bool:
    """Tell whether what differs can be told by the axes: an index by one of them."""
    if isinstance(values[0], float):
        return True
    return len(_changing(np.array(values).reshape(grid.shape))) <= 1


def _changing(values: npt.NDArray[np.int64]) -> list[int]:
    """Return the axes along which values change."""
    return [k for k in range(values.ndim) if (values != values.take([0], axis=k)).any()]


class _Writer:
    """Puts an expression together again, with tables of what differs."""

    def __init__(self, grid: _Grid, slots: Iterator[Sequence[Slot]]) -> None:
        self._grid = grid
        self._slots = slots

    def write(self, node: Node, fixed: bool = False) -> Node:
        """Return the expression of all elements for that of the first one."""
        match node:
            case Literal(value=value):
                return node if fixed or value != value else self._number(node)
            case Reference(selectors=selectors):
                return replace(node, selectors=self._select(selectors, fixed))
            case Apply(function=function, arguments=arguments):
                new = [
                    self.write(argument, fixed or (function == "^" and place == 1))
                    for place, argument in enumerate(arguments)
                ]
                return replace(node, arguments=tuple(new))
            case Aggregate(argument=argument):
                return replace(node, argument=self.write(argument, fixed))
            case Interpolate(selectors=selectors, x=x):
                chosen = self._select(selectors, fixed)
                return replace(node, selectors=chosen, x=self.write(x, fixed))
            case _:
                return node

    def _number(self, node: Literal) -> Node:
        values = next(self._slots)
        if len({struct.pack("<d", v) for v in values}) == 1:
            return node
        return Tabulated(np.array(values, dtype=np.float64), self._grid.axes)

    def _select(self, selectors: Sequence[Selector], fixed: bool) -> tuple[Selector, ...]:
        return tuple(
            self._index(s) if isinstance(s, Fixed) and not fixed and s.index >= 0 else s
            for s in selectors
        )

    def _index(self, selector: Fixed) -> Selector:
        values = np.array(next(self._slots), dtype=np.int64).reshape(self._grid.shape)
        changing = _changing(values)
        if not changing:
            return selector
        (along,) = changing
        picked = values[tuple(slice(None) if k == along else 0 for k in range(values.ndim))]
        return follow(self._grid.axes[along], tuple(picked.tolist()))
