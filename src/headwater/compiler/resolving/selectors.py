"""From written subscripts to selectors: which element a reference means."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from headwater.compiler.resolved import (
    Apply,
    Axis,
    Computed,
    ElementNumber,
    Fixed,
    Follow,
    Literal,
    Node,
    Selector,
)
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.compiler.resolving.subscripts import Current, count, element_index, follow, shown
from headwater.errors import did_you_mean
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import (
    Expression,
    Name,
    Number,
    Position,
    Slice,
    Wildcard,
)
from headwater.model.variables import Conveyor, Queue, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame

INVALID = Literal(float("nan"))
"""Stands for an expression that was reported as wrong."""


def _no_array(frame: Frame, name: str) -> tuple[str, str]:
    """Return why a variable takes no subscripts, and what to do about it."""
    variable = frame.resolver.project.find(name)
    if isinstance(variable, Stock) and isinstance(variable.discipline, Conveyor | Queue):
        part = "slat" if isinstance(variable.discipline, Conveyor) else "batch"
        return f"`{name}` takes one subscript: the number of a {part}", "its name is all it holds"
    return f"`{name}` is not an array", "remove the subscripts"


def read_selectors(
    frame: Frame,
    node: Name,
    name: str,
    dimensions: Sequence[DimensionInfo],
    subscripts: Sequence[Expression],
) -> tuple[Selector, ...] | None:
    """Return which elements of ``name`` the subscripts of a reference mean, dimension by dimension.

    None where a subscript is wrong, which is reported.
    """
    if len(subscripts) != len(dimensions):
        if not dimensions:
            frame.error(node, *_no_array(frame, name))
        else:
            names = ", ".join(d.name for d in dimensions)
            frame.error(
                node,
                f"`{name}` has {count(len(dimensions), 'dimension')} ({names}), "
                f"but {count(len(subscripts), 'subscript')} here",
            )
        return None
    occurrences: dict[str, int] = {}
    totals: dict[str, int] = {}
    for subscript in subscripts:
        if isinstance(subscript, Name):
            totals[subscript.key] = totals.get(subscript.key, 0) + 1
    selectors: list[Selector] = []
    for dimension, subscript in zip(dimensions, subscripts, strict=True):
        selector = _selector(frame, node, name, dimension, subscript, occurrences, totals)
        if selector is None:
            return None
        selectors.append(selector)
    return tuple(selectors)


def _selector(
    frame: Frame,
    node: Name,
    name: str,
    dimension: DimensionInfo,
    subscript: Expression,
    occurrences: dict[str, int],
    totals: Mapping[str, int],
) -> Selector | None:
    match subscript:
        case Name(subscripts=inner) if not inner:
            index = element_index(dimension, subscript.key)
            if index is not None:
                return Fixed(index)
            other = frame.resolver.dimensions.get(subscript.key)
            if other is not None and subscript.key not in frame.parameters:
                seen = occurrences.get(subscript.key, 0)
                occurrences[subscript.key] = seen + 1
                if frame.inner is not None and stands_for_all(frame, subscript):
                    every = Wildcard(other.name, subscript.span)
                    return _all(frame, node, dimension, every, occurrences)
                return _follow_dimension(
                    frame, subscript, name, dimension, other, seen, totals[subscript.key]
                )
            if not _is_value(frame, subscript):
                frame.error(
                    subscript,
                    f"`{subscript.text}` is no element of the dimension `{dimension.name}`",
                    frame.resolver.diagnostics.did_you_mean(subscript.text, dimension.elements)
                    or f"elements: {shown(dimension.elements)}",
                )
                return None
        case Number(value=value):
            return _numbered(frame, subscript, dimension, value)
        case Wildcard() | Slice():
            return _all(frame, node, dimension, subscript, occurrences)
        case Position(number=number):
            return _at_position(frame, subscript, dimension, number)
    return _computed(frame, dimension, subscript)


def stands_for_all(frame: Frame, subscript: Expression) -> bool:
    """Tell whether a dimension's name means all its elements in an aggregate.

    Files of XMILE write that for dimensions over which the equation itself does not run.
    """
    if not frame.implicit or not isinstance(subscript, Name):
        return False
    dimension = frame.resolver.dimensions.get(subscript.key)
    if dimension is None or subscript.key in frame.parameters:
        return False
    return not any(
        dimension.key in c.names or _translated(frame, c, dimension) is not None
        for c in frame.current
    )


def _is_value(frame: Frame, name: Name) -> bool:
    if name.key in frame.parameters or frame.quantity_named(name.key) is not None:
        return True
    spelling = find_spelling(name.text, frame.dialect)
    if spelling is not None and not spelling[0].min_args:
        return True
    return bool(frame.resolver.dimensions.holding(name.key)) and "." in name.key


def _numbered(
    frame: Frame, node: Number, dimension: DimensionInfo, value: float
) -> Selector | None:
    """Return the element that a number names, such as a year, else the one of that number."""
    index = dimension.index.get(f"{value:.0f}" if value.is_integer() else f"{value:g}", -1)
    if index < 0 and not dimension.numbered and value.is_integer():
        index = int(value) - 1
    return Fixed(index) if 0 <= index < dimension.size else _outside(frame, node, dimension)


def _outside(frame: Frame, node: Expression, dimension: DimensionInfo) -> Selector | None:
    """Report a subscript that is outside of its dimension whatever happens.

    In XMILE's files it is no mistake (XMILE 1.0, section 3.7.1): their reader tells of it.
    """
    whole = not isinstance(node, Number) or node.value.is_integer()
    if whole and frame.resolver.project.dialect in ("xmile", "stella"):
        return Fixed(-1)
    low, high = dimension.elements[0], dimension.elements[-1]
    text = node.span.text if node.span else "this"
    frame.error(
        node,
        f"`{text}` is no element of the dimension `{dimension.name}`",
        f"its elements go from {low} to {high}"
        if dimension.numbered
        else f"numbers go from 1 to {dimension.size}",
    )
    return None


def current_element(
    frame: Frame, node: Expression, dimension: DimensionInfo, seen: int, total: int
) -> Fixed | Follow | None:
    """Return the current element of a dimension of the equation, as an index in it."""
    found = [c for c in frame.current if dimension.key in c.names]
    if not found:
        found = [c for c in frame.current if _translated(frame, c, dimension) is not None]
        # Ranges with the same elements: the one that a mapping names goes before the others.
        found = [c for c in found if _mapping_names(c, dimension)] or found
        if len({c.axis for c in found if c.axis}) == 1:
            found = found[:1]
    if not found:
        return None
    if len(found) > 1 and total != len(found):
        frame.error(
            node,
            f"the equation runs over `{dimension.name}` more than once, "
            "so its name alone does not say which is meant",
            "give the second one an alias: a dimension with the same elements",
        )
        return Fixed(0)
    chosen = found[seen] if len(found) > 1 else found[0]
    members = _translated(frame, chosen, dimension) or ()
    return Fixed(members[0]) if chosen.axis is None else follow(chosen.axis, members)


def _mapping_names(current: Current, target: DimensionInfo) -> bool:
    """Tell whether a declared mapping leads from one to the other by name."""
    return target.key in current.dimension.maps or not current.names.isdisjoint(target.maps)


def _translated(frame: Frame, current: Current, target: DimensionInfo) -> tuple[int, ...] | None:
    if frame.dialect == "vensim" and target.key not in current.names:
        return frame.resolver.dimensions.mapped(current.elements, current.dimension, target)
    if current.dimension is target:
        return tuple(target.index[e] for e in current.elements)
    if not frame.implicit and current.dimension.root == target.root:
        # A part of a dimension does not stand for the whole unless it is named.
        if target.key not in current.names:
            return None
    return frame.resolver.dimensions.translate(current.elements, current.dimension, target)


def _follow_dimension(
    frame: Frame,
    subscript: Name,
    name: str,
    dimension: DimensionInfo,
    other: DimensionInfo,
    seen: int,
    total: int,
) -> Selector | None:
    where = current_element(frame, subscript, other, seen, total)
    if where is None:
        runs = [c.dimension.name for c in frame.current if c.axis is not None]
        over = f"runs over {', '.join(dict.fromkeys(runs))}" if runs else "has no dimension"
        every = f"{subscript.text}!" if frame.dialect == "vensim" else "*"
        frame.error(
            subscript,
            f"this equation {over}, so `{subscript.text}` names no single element of `{name}`",
            f"pick an element of {other.name}, or aggregate over it with `{every}`: "
            f"SUM({name}[{every}])" + _by_mapping(frame, other),
        )
        return None
    members = where.members if isinstance(where, Follow) else (where.index,)
    keys = tuple(canonical(other.elements[m]) for m in members)
    table = frame.resolver.dimensions.named(keys, other, dimension)
    if table is None:
        table = _shared(frame, keys, other, dimension)
    if table is None:
        frame.error(
            subscript,
            f"`{other.name}` does not fit the dimension `{dimension.name}` of `{name}`"
            f"{_lacking(frame, [other.elements[m] for m in members], other, dimension)}",
            f"elements of {dimension.name}: {shown(dimension.elements)}",
        )
        return None
    return follow(where.axis, table) if isinstance(where, Follow) else Fixed(table[0])


def _shared(
    frame: Frame, elements: Sequence[str], other: DimensionInfo, dimension: DimensionInfo
) -> tuple[int, ...] | None:
    """Return where elements are in a dimension that has some of a range's; -1: it has it not.

    In XMILE's files what an array lacks is 0 (XMILE 1.1, section 3.7.1.1): their reader tells of
    it. None elsewhere.
    """
    if frame.resolver.project.dialect not in ("xmile", "stella"):
        return None
    if dimension.index.keys().isdisjoint(other.index):
        return None
    return tuple(dimension.index.get(e, -1) for e in elements)


def _by_mapping(frame: Frame, other: DimensionInfo) -> str:
    """Tell how a range could stand for another of its size, as Vensim's mappings do."""
    if frame.dialect == "vensim":
        for current in frame.current:
            run = current.dimension
            if current.axis is not None and run.size == other.size:
                return (
                    f"; where elements of {run.name} stand for those of {other.name}, write "
                    f"`-> {other.name}` behind the range {run.name}"
                )
    return ""


def _lacking(
    frame: Frame, elements: Sequence[str], other: DimensionInfo, dimension: DimensionInfo
) -> str:
    """Tell which elements a dimension lacks."""
    named = frame.resolver.dimensions.named
    lacking = [e for e in elements if named((canonical(e),), other, dimension) is None]
    return f", which has no {shown([f'`{e}`' for e in lacking])}" if lacking else ""


def _at_position(
    frame: Frame, node: Position, dimension: DimensionInfo, number: int
) -> Selector | None:
    if not 1 <= number <= len(frame.target):
        frame.error(
            node, f"the left side has {count(len(frame.target), 'dimension')}, not {number}"
        )
        return None
    where = frame.target[number - 1]
    members = where.members if isinstance(where, Follow) else (where.index,)
    if max(members) >= dimension.size:
        frame.error(node, f"`{dimension.name}` has fewer elements than dimension {number}")
        return None
    return where


def _all(
    frame: Frame,
    node: Name,
    dimension: DimensionInfo,
    subscript: Wildcard | Slice,
    occurrences: dict[str, int],
) -> Selector | None:
    if frame.inner is None and isinstance(subscript, Slice):
        return _along_the_equation(frame, dimension, subscript)
    if frame.inner is None:
        frame.error(
            subscript,
            "`*` stands for several elements, but one number is needed here",
            f"aggregate them: SUM({node.text}[…])",
        )
        return None
    if isinstance(subscript, Slice) and not _has_given_ends(dimension, subscript):
        return _ranged(frame, dimension, subscript)
    part = _part_of(frame, dimension, subscript)
    if part is None:
        return None
    key, source, keys = part
    seen = occurrences.get("*" + key, 0)
    occurrences["*" + key] = seen + 1
    if frame.dialect == "vensim":
        seen = 0
    current = frame.inner.get((key, seen))
    if current is None:
        current = Current(frozenset(), source, keys, Axis(len(keys), source.name))
        frame.inner[key, seen] = current
    assert current.axis is not None
    members = frame.resolver.dimensions.named(keys, source, dimension)
    return None if members is None else follow(current.axis, members)


def _along_the_equation(
    frame: Frame, dimension: DimensionInfo, subscript: Slice
) -> Selector | None:
    """Return a run of elements that goes along with those of the equation (section 3.7.1.2)."""
    part = _part_of(frame, dimension, subscript)
    if part is None:
        return None
    _, _, keys = part
    axes = {c.axis for c in frame.current if c.axis is not None}
    axis = axes.pop() if len(axes) == 1 else None
    if axis is None or axis.extent != len(keys):
        runs = f"{axis.extent} of its own" if axis is not None else "not one dimension of its own"
        frame.error(
            subscript,
            f"the run has {count(len(keys), 'element')}, and the equation {runs}",
            "outside of SUM and its kin a run needs an equation of one dimension of its size",
        )
        return None
    return follow(axis, [dimension.index[key] for key in keys])


def _has_given_ends(dimension: DimensionInfo, subscript: Slice) -> bool:
    return all(
        isinstance(end, Number)
        or (isinstance(end, Name) and element_index(dimension, end.key) is not None)
        for end in (subscript.first, subscript.last)
    )


def _ranged(frame: Frame, dimension: DimensionInfo, subscript: Slice) -> Selector:
    """Return all elements of a dimension, of which those of a run count whose ends are computed.

    A dimension's name as an end is the element of the equation: ``SUM(A[1:D])`` sums up to it.
    """
    assert frame.inner is not None
    key = f"{dimension.key}:{subscript.first}:{subscript.last}"
    current = frame.inner.get((key, 0))
    if current is None:
        axis = Axis(dimension.size, dimension.name)
        current = Current(frozenset(), dimension, tuple(dimension.index), axis)
        here = ElementNumber(Follow(axis))
        inner, frame.inner = frame.inner, None
        first, last = (
            _number_of_end(frame, dimension, e) for e in (subscript.first, subscript.last)
        )
        frame.inner = inner
        frame.inner[key, 0] = current
        frame.counted.append(Apply("and", (Apply("<=", (first, here)), Apply("<=", (here, last)))))
    assert current.axis is not None
    return Follow(current.axis)


def _number_of_end(frame: Frame, dimension: DimensionInfo, node: Expression) -> Node:
    if isinstance(node, Name):
        index = element_index(dimension, node.key)
        if index is not None:
            return Literal(index + 1.0)
    return frame.expression(node)


def _part_of(
    frame: Frame, dimension: DimensionInfo, subscript: Wildcard | Slice
) -> tuple[str, DimensionInfo, tuple[str, ...]] | None:
    if isinstance(subscript, Slice):
        ends = [_end_of(frame, dimension, e) for e in (subscript.first, subscript.last)]
        if None in ends:
            return None
        first, last = (int(e) for e in ends if e is not None)
        if last < first:
            frame.error(subscript, "this run of elements is empty", "swap its two ends")
            return None
        keys = tuple(dimension.index)[first : last + 1]
        return f"{dimension.key}:{first}:{last}", dimension, keys
    if not subscript.dimension:
        return dimension.key, dimension, tuple(dimension.index)
    source = frame.resolver.dimensions.get(canonical(subscript.dimension))
    if source is None or (frame.resolver.dimensions.named(source.index, source, dimension) is None):
        frame.error(
            subscript,
            f"`{subscript.dimension}` is no part of the dimension `{dimension.name}`",
            did_you_mean(subscript.dimension, frame.resolver.dimensions.names())
            if source is None
            else f"elements of {dimension.name}: {shown(dimension.elements)}",
        )
        return None
    return source.key, source, tuple(source.index)


def _end_of(frame: Frame, dimension: DimensionInfo, node: Expression) -> int | None:
    if isinstance(node, Name):
        index = element_index(dimension, node.key)
        if index is None:
            frame.error(node, f"`{node.text}` is no element of the dimension `{dimension.name}`")
        return index
    if isinstance(node, Number):
        selector = _numbered(frame, node, dimension, node.value)
        return selector.index if isinstance(selector, Fixed) else None
    frame.error(node, "the ends of a run of elements are element names or numbers")
    return None


def _computed(frame: Frame, dimension: DimensionInfo, subscript: Expression) -> Selector | None:
    """Return the selector of a subscript that is an expression; a static one is evaluated."""
    number = frame.expression(subscript)
    if number is INVALID:
        return None
    offset = 0.0
    if dimension.numbered and dimension.elements[0].lstrip("-").isdigit():
        offset = float(dimension.elements[0]) - 1.0
    axis, values = static_numbers(number)
    if values is None:
        shifted = Apply("-", (number, Literal(offset))) if offset else number
        return Computed(shifted)
    indices = [round(v - offset) - 1 if isfinite(v) else -1 for v in values]
    bounded = [i if 0 <= i < dimension.size else -1 for i in indices]
    if max(bounded) < 0:
        return _outside(frame, subscript, dimension)
    return Fixed(bounded[0]) if axis is None else follow(axis, bounded)


def static_numbers(node: Node) -> tuple[Axis | None, list[float] | None]:
    """Return the values of an expression of literals and one axis, for each turn of the axis.

    The second part is None where the expression depends on anything else.
    """
    match node:
        case Literal(value=value):
            return None, [value]
        case ElementNumber(where=where):
            return where.axis, [float(m + 1) for m in where.members]
        case Apply(function="negate", arguments=(operand,)):
            axis, values = static_numbers(operand)
            return axis, None if values is None else [-v for v in values]
        case Apply(function="+" | "-" | "*" as operator, arguments=(left, right)):
            return _combine(operator, static_numbers(left), static_numbers(right))
    return None, None


def _combine(
    operator: str,
    left: tuple[Axis | None, list[float] | None],
    right: tuple[Axis | None, list[float] | None],
) -> tuple[Axis | None, list[float] | None]:
    (axis_a, a), (axis_b, b) = left, right
    if a is None or b is None or (axis_a and axis_b and axis_a is not axis_b):
        return None, None
    axis = axis_a or axis_b
    size = max(len(a), len(b))
    pairs = itertools.islice(zip(itertools.cycle(a), itertools.cycle(b), strict=False), size)
    operation = {"+": float.__add__, "-": float.__sub__, "*": float.__mul__}[operator]
    return axis, [operation(x, y) for x, y in pairs]
