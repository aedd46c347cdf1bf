"""Formulas of data as data themselves: their times, and their values at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from headwater.compiler.constants import number_of
from headwater.compiler.functions.data.names import (
    joined_series,
    parts_of,
    series_behind,
    series_of_rule,
)
from headwater.compiler.functions.data.points import (
    data_in,
    grid_of,
    is_linear,
    same_times,
    series_in,
)
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
    nodes,
    op,
)
from headwater.language.builtins import find
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Call, Expression, Name, transform, walk
from headwater.model.variables import AnyVariable, Auxiliary, Constant, Data, Flow, Graph, Lever

_READS = frozenset({"DATA_RAW", "DATA_HOLD", "DATA_LOOK_FORWARD", "DATA_INTERPOLATE"})
IF_MISSING = "DATA_IF_MISSING"
_LONGEST_CHAIN = 12
_LARGEST = 1000


def written_out(
    formula: Expression, known: Mapping[str, AnyVariable], depth: int = 0
) -> Expression:
    """Return a formula of data with the formulas that it names in place of their names.

    So that all of it is computed at the points of the data that it comes down to. Where it would
    be very long, the names stay.
    """

    def change(node: Expression) -> Expression:
        if isinstance(node, Call):
            return without_na(node)
        named = _formula_named(node, known) if isinstance(node, Name) else None
        if named is None or depth > _LONGEST_CHAIN:
            return node
        whole = written_out(named, known, depth + 1)
        return whole if _is_of_data(whole, known) else node

    return transform(formula, change)


def _formula_named(name: Name, known: Mapping[str, AnyVariable]) -> Expression | None:
    variable = known.get(name.key)
    if not isinstance(variable, Auxiliary) or len(variable.equations) != 1:
        return None
    equation = variable.equations[0]
    if equation.excepts or equation.initial is not None or _elements(name) != equation.subscripts:
        return None
    formula = formula_of_data(equation.expression, known)
    filled = formula is not None and any(
        isinstance(part, Call) and _name_of(part) == IF_MISSING and without_na(part) is part
        for part in walk(formula)
    )
    return None if filled else formula


def without_na(formula: Expression) -> Expression:
    """Return a formula without ``X IF MISSING`` where that puts ``:NA:`` for missing data."""
    if isinstance(formula, Call) and _name_of(formula) == IF_MISSING:
        inner, instead = formula.arguments
        return inner if number_of(instead) == NOT_AVAILABLE else formula
    return formula


def _name_of(call: Call) -> str:
    builtin = find(call.function.text, "vensim") or find(call.function.text, "headwater")
    return "" if builtin is None else builtin.name


def _elements(name: Name) -> tuple[str, ...] | None:
    """Return a name's subscripts as an equation's left side has them; None: they are others."""
    said = [s.text for s in name.subscripts if isinstance(s, Name) and not s.subscripts]
    return tuple(said) if len(said) == len(name.subscripts) else None


def formula_of_data(expression: Expression, known: Mapping[str, AnyVariable]) -> Expression | None:
    """Return the formula of which an expression says how it is read; None: it is none of data."""
    if isinstance(expression, Call) and _name_of(expression) in _READS:
        return expression.arguments[0]
    known_as = _is_of_data(expression, known) or _is_line_of_data(expression, known)
    return expression if known_as else None


def _is_line_of_data(expression: Expression, known: Mapping[str, AnyVariable]) -> bool:
    """Tell whether a formula, by way of one name after the other, comes down to one series."""
    for _ in range(_LONGEST_CHAIN):
        keys = {n.key for n in walk(expression) if isinstance(n, Name) and n.key in known}
        changing = [v for v in map(known.__getitem__, keys) if not isinstance(v, Constant | Lever)]
        if len(changing) != 1:
            return False
        only = changing[0]
        if isinstance(only, Data) or is_of_time(only):
            return True
        if not isinstance(only, Auxiliary) or len(only.equations) != 1:
            return False
        expression = only.equations[0].expression
    return False


def _is_of_data(formula: Expression, known: Mapping[str, AnyVariable]) -> bool:
    """Tell whether a formula takes up data and numbers, and nothing else."""
    parts = list(islice(walk(formula), _LARGEST + 1))
    variables = [known[n.key] for n in parts if isinstance(n, Name) and n.key in known]
    rest = [v for v in variables if not isinstance(v, Data) and not is_of_time(v)]
    return len(parts) <= _LARGEST and len(rest) < len(variables) and _are_numbers(rest)


def _are_numbers(variables: Iterable[AnyVariable]) -> bool:
    return all(isinstance(v, Constant | Lever) for v in variables)


def is_of_time(variable: AnyVariable) -> bool:
    """Tell whether a variable is a graphical function of time, as which other formats have data."""
    if not isinstance(variable, Graph | Flow) or not variable.graphs:
        return False
    times = [e.expression for e in variable.equations]
    return bool(times) and all(isinstance(t, Name) and t.key == "time" for t in times)


def times_behind(value: Node) -> Interpolate | None:
    """Return the times of a formula of data, element by element, as functions of themselves."""
    found = parts_of(value, _times)
    if found is None:
        return None
    reference, parts = found
    graph = joined_series(reference.quantity, parts)
    if graph is None:
        return None
    return replace(parts[0], graph=replace(graph, y=graph.x), selectors=reference.selectors)


def _times(rule: Rule, quantity: Quantity) -> Interpolate | None:
    series = series_of_rule(rule, quantity)
    if series is not None:
        plain = series_in(series)
        return plain and replace(plain, graph=replace(plain.graph, y=plain.graph.x))
    for node in nodes(rule.expression):
        if isinstance(node, Interpolate) and node.graph.x is node.graph.y:
            return replace(node, x=Now(), graph=replace(node.graph, kind="continuous"))
    data = list(data_in(rule.expression))
    return grid_of(rule.expression, data, any_of_them=False) if data else None


class _NotOfDataError(Exception):
    """Something in a formula changes in a run other than as data do."""


def value_at(value: Node, when: Node, is_constant: Callable[[Node], bool]) -> Node | None:
    """Return a formula of data at another time than the run's; None where it is none.

    ``is_constant`` tells whether a node is the same at all times.
    """
    if not isinstance(value, Reference):
        return _written_at(value, when, is_constant)
    if value.quantity.kind is not Kind.VALUE:
        return None
    result: Node | None = None
    for rule in reversed(value.quantity.step):
        try:
            place = _placed(rule, value.selectors)
            if place is None:
                continue
            along, conditions = place
            there = _Moved(when, along, is_constant).node(rule.expression)
        except _NotOfDataError:
            return None
        for condition in conditions:
            there = op("if", condition, there, result or Literal(NOT_AVAILABLE))
        result = there
    return result


def _written_at(value: Node, when: Node, is_constant: Callable[[Node], bool]) -> Node | None:
    """Return a formula of data that has no name of its own at another time.

    Lines between its own points are what lines between those of its data make of it.
    """
    data = list(data_in(value))
    if not data or not same_times(data) or not is_linear(value):
        return None
    try:
        return _Moved(when, {}, is_constant).node(value)
    except _NotOfDataError:
        return None


def _placed(
    rule: Rule, selectors: tuple[Selector, ...]
) -> tuple[dict[Axis, Selector], list[Node]] | None:
    """Return what stands for a rule's axes at an element, and when the rule is that element's.

    None where it never is.
    """
    along: dict[Axis, Selector] = {}
    conditions: list[Node] = []
    for target, wanted in zip(rule.target, selectors, strict=True):
        match target, wanted:
            case Fixed(index=index), Fixed(index=other):
                if index != other:
                    return None
            case Fixed(index=index), Follow():
                number = Literal(float(index + 1))
                conditions.append(op("=", ElementNumber(wanted), number))
            case Follow(axis=axis), _ if target.table is None:
                along[axis] = wanted
            case Follow(axis=axis), Fixed(index=index):
                if index not in target.members:
                    return None
                along[axis] = Fixed(target.members.index(index))
            case _:
                raise _NotOfDataError
    return along, conditions


@dataclass(frozen=True, slots=True)
class _Moved:
    """A formula with another time in place of the run's, and elements in place of axes."""

    when: Node
    along: Mapping[Axis, Selector]
    is_constant: Callable[[Node], bool]
    done: dict[int, Node] = field(default_factory=dict)

    def node(self, node: Node) -> Node:
        if id(node) not in self.done:
            self.done[id(node)] = self._new(node)
        return self.done[id(node)]

    def _new(self, node: Node) -> Node:
        match node:
            case Now():
                return self.when
            case Literal():
                return node
            case Apply(arguments=arguments):
                return replace(node, arguments=tuple(map(self.node, arguments)))
            case Aggregate(argument=argument):
                return replace(node, argument=self.node(argument))
            case Interpolate(x=x):
                return replace(node, selectors=self._selectors(node.selectors), x=self.node(x))
            case Reference():
                series = series_behind(node)
                if series is not None:
                    return self.node(series)
                if self.is_constant(node):
                    return replace(node, selectors=self._selectors(node.selectors))
        raise _NotOfDataError

    def _selectors(self, selectors: tuple[Selector, ...]) -> tuple[Selector, ...]:
        return tuple(map(self._selector, selectors))

    def _selector(self, selector: Selector) -> Selector:
        if not isinstance(selector, Follow) or selector.axis not in self.along:
            return selector
        instead = self.along[selector.axis]
        if selector.table is None:
            return instead
        match instead:
            case Fixed(index=index):
                return Fixed(selector.table[index])
            case Follow(axis=axis):
                return Follow(axis, tuple(selector.table[m] for m in instead.members))
        raise _NotOfDataError
