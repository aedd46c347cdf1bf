"""Vensim's functions over vectors: selecting, ranking, reordering, inverting a matrix.

A vector is what an argument is along its last subscript. Where an equation's left side runs over
that subscript, the function looks at all of its elements at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Computed,
    Draw,
    ElementNumber,
    Fixed,
    Follow,
    Interpolate,
    Kind,
    Literal,
    Node,
    Reference,
    Selector,
    Tabulated,
    children_first,
    nodes,
    op,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import Call, Expression, Name


def number_along(axis: Axis) -> Node:
    """Return the number, from 0, of the element that an axis has come to."""
    return op("-", ElementNumber(Follow(axis)), Literal(1.0))


def with_axis_replaced(node: Node, axis: Axis, other: Axis) -> Node:
    """Return a node with another axis in the place of one, wherever it occurs."""
    done: dict[int, Node] = {}
    for part in children_first(node):
        done[id(part)] = _moved_one(part, axis, other, done)
    return done[id(node)]


def _moved_one(node: Node, axis: Axis, other: Axis, done: Mapping[int, Node]) -> Node:
    """Return one node with the axis replaced, its parts being done."""

    def turned(selectors: tuple[Selector, ...]) -> tuple[Selector, ...]:
        return tuple(_turned(s, axis, other, done) for s in selectors)

    def same(old: Sequence[object], new: Sequence[object]) -> bool:
        return all(a is b for a, b in zip(old, new, strict=True))

    match node:
        case Reference(selectors=selectors) if not same(selectors, new := turned(selectors)):
            return replace(node, selectors=new)
        case Apply(arguments=arguments):
            changed = tuple(done[id(a)] for a in arguments)
            return node if same(arguments, changed) else replace(node, arguments=changed)
        case Draw(arguments=arguments, selectors=selectors):
            changed = tuple(done[id(a)] for a in arguments)
            return replace(node, arguments=changed, selectors=turned(selectors))
        case Aggregate(argument=argument) if done[id(argument)] is not argument:
            return replace(node, argument=done[id(argument)])
        case Interpolate(selectors=selectors, x=x):
            return replace(node, selectors=turned(selectors), x=done[id(x)])
        case ElementNumber(where=where) if where.axis is axis:
            return ElementNumber(Follow(other, where.table))
        case Tabulated(axes=axes) if axis in axes:
            return replace(node, axes=tuple(other if a is axis else a for a in axes))
    return node


def _turned(selector: Selector, axis: Axis, other: Axis, done: Mapping[int, Node]) -> Selector:
    if isinstance(selector, Follow) and selector.axis is axis:
        return Follow(other, selector.table)
    if isinstance(selector, Computed) and done[id(selector.number)] is not selector.number:
        return Computed(done[id(selector.number)])
    return selector


def vector_axis(frame: Frame, node: Call, value: Node, back: int = 1) -> Axis | None:
    """Return the axis of the last subscript (or the one ``back`` from the end) of an argument.

    Reports an argument that the equation does not run over.
    """
    for part in nodes(value):
        if isinstance(part, Reference) and len(part.selectors) >= back:
            selector = part.selectors[-back]
            if isinstance(selector, Follow):
                return selector.axis
    frame.error(
        node,
        f"{node.function.text} needs a vector over a subscript of the left side",
        "write the range of the left side as the last subscript of its first argument",
    )
    return None


INVALID = Literal(float("nan"))


# Selection


def _select(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    def both() -> Node:
        return op("+", frame.expression(arguments[0]), frame.expression(arguments[1]))

    pair, axes, _ = frame.aggregate(both)
    assert isinstance(pair, Apply)
    selection, expression = pair.arguments
    missing, action, error = (frame.expression(a) for a in arguments[2:])
    if not axes:
        return frame.error(node, "VECTOR SELECT needs arrays", "mark subscripts with `!`")
    chosen = op("<>", selection, Literal(0.0))
    count = Aggregate("sum", axes, op("if", chosen, Literal(1.0), Literal(0.0)), node.span)
    results = [_action(k, axes, selection, expression, chosen, count) for k in range(11)]
    if isinstance(action, Literal):
        if not 0 <= action.value < len(results):
            return frame.error(node, f"VECTOR SELECT knows no numerical action {action.value:g}")
        value = results[int(action.value)]
    else:
        value = INVALID
        for number, result in enumerate(results):
            here = op("=", op("floor", action), Literal(float(number)))
            value = op("if", here, result, value)
    value = op("if", op("=", count, Literal(0.0)), missing, value)
    return _checked(value, count, error)


def _action(
    number: int,
    axes: tuple[Axis, ...],
    selection: Node,
    expression: Node,
    chosen: Node,
    count: Node,
) -> Node:
    weighted = op("*", selection, expression)
    values = [weighted] * 5 + [op("^", expression, selection)] + [expression] * 5
    kind = ("sum", "prod", "min", "max", "mean")[number % 5 if number < 5 else (number - 6) % 5]
    if number == 5:
        kind = "prod"
    neutral = {"prod": 1.0, "min": float("inf"), "max": float("-inf")}.get(kind, 0.0)
    argument = op("if", chosen, values[number], Literal(neutral))
    total = Aggregate("sum" if kind == "mean" else kind, axes, argument)
    return op("/", total, count) if kind == "mean" else total


def _checked(value: Node, count: Node, error: Node) -> Node:
    """Return the value, or what is no number where the selection is an error."""
    if isinstance(error, Literal) and error.value == 0:
        return value
    none, several = op("=", count, Literal(0.0)), op(">", count, Literal(1.0))
    odd = op("=", op("mod", error, Literal(2.0)), Literal(1.0))
    high = op(">=", error, Literal(2.0))
    wrong = op("or", op("and", odd, none), op("and", high, several))
    return op("if", wrong, INVALID, value)


# Order


def _ranks(frame: Frame, node: Call, arguments: Sequence[Expression]) -> tuple[Node, Axis] | None:
    """Return the rank, from 1, of each element of a vector, with the vector's axis."""
    value = frame.expression(arguments[0])
    direction = frame.expression(arguments[1])
    axis = vector_axis(frame, node, value)
    if axis is None:
        return None
    up = op(">", direction, Literal(0.0))
    name = node.function.text
    key = frame.resolver.shared(frame, f"{name}.key", op("if", up, value, op("negate", value)))
    other = Axis(axis.extent, axis.name)
    rival = with_axis_replaced(key, axis, other)
    earlier = op("<", number_along(other), number_along(axis))
    before = op("or", op("<", rival, key), op("and", op("=", rival, key), earlier))
    ahead = Aggregate("sum", (other,), op("if", before, Literal(1.0), Literal(0.0)), node.span)
    rank = op("+", ahead, Literal(1.0))
    return frame.resolver.hidden(frame, f"{name}.rank", Kind.VALUE, rank, rank), axis


def _rank(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _ranks(frame, node, arguments)
    return INVALID if found is None else found[0]


def _sort_order(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    found = _ranks(frame, node, arguments)
    if found is None:
        return INVALID
    rank, axis = found
    other = Axis(axis.extent, axis.name)
    place = ElementNumber(Follow(axis))
    hit = op("=", with_axis_replaced(rank, axis, other), place)
    chosen = op("if", hit, number_along(other), Literal(0.0))
    return Aggregate("sum", (other,), chosen, node.span)


def _reorder(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    vector = frame.expression(arguments[0])
    order = frame.expression(arguments[1])
    axis = vector_axis(frame, node, vector)
    if axis is None:
        return INVALID
    whole = frame.resolver.shared(frame, f"{node.function.text}.vector", vector)
    if not isinstance(whole, Reference):
        return INVALID
    order = frame.resolver.shared(frame, f"{node.function.text}.order", order)
    wanted = Computed(op("+", order, Literal(1.0)))
    selectors = tuple(
        _through(wanted, s) if isinstance(s, Follow) and s.axis is axis else s
        for s in whole.selectors
    )
    last = Literal(float(axis.extent - 1))
    inside = op("and", op(">=", order, Literal(0.0)), op("<=", order, last))
    value = Reference(whole.quantity, selectors, node.span)
    return op("if", inside, value, Literal(NOT_AVAILABLE))


def _through(wanted: Computed, selector: Follow) -> Selector:
    """Return the selector of the element that the ``wanted`` place on an axis goes with."""
    table = selector.members
    if table == tuple(range(len(table))):
        return wanted
    number: Node = Literal(0.0)
    for place, member in enumerate(table):
        here = op("=", wanted.number, Literal(float(place + 1)))
        number = op("if", here, Literal(float(member + 1)), number)
    return Computed(number)


def _element_map(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """The element that lies so many places after another one in the whole array."""
    element = frame.expression(arguments[0])
    offset = frame.expression(arguments[1])
    if not isinstance(element, Reference) or not element.selectors:
        return frame.error(
            node, f"the first argument of {node.function.text} is an element of an array"
        )
    shape = element.quantity.shape
    flat: Node = Literal(0.0)
    for extent, selector in zip(shape, element.selectors, strict=True):
        flat = op("+", op("*", flat, Literal(float(extent))), _index(selector))
    place = op("+", flat, op("floor", op("+", offset, Literal(0.5))))
    place = frame.resolver.shared(frame, f"{node.function.text}.place", place)
    selectors: list[Selector] = []
    rest: Node = place
    for position, extent in reversed(list(enumerate(shape))):
        size = Literal(float(extent))
        number = rest if position == 0 else op("mod", rest, size)
        selectors.append(Computed(op("+", number, Literal(1.0))))
        rest = op("floor", op("/", rest, size))
    inside = op(
        "and",
        op(">=", place, Literal(0.0)),
        op("<", place, Literal(float(element.quantity.size))),
    )
    value = Reference(element.quantity, tuple(reversed(selectors)), node.span)
    return op("if", inside, value, Literal(NOT_AVAILABLE))


def _index(selector: Selector) -> Node:
    match selector:
        case Fixed(index=index):
            return Literal(float(index))
        case Follow():
            return op("-", ElementNumber(selector), Literal(1.0))
        case Computed(number=number):
            return op("-", number, Literal(1.0))


# Dimensions and matrices


def _count(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    name = arguments[0]
    dimension = frame.resolver.dimensions.get(name.key) if isinstance(name, Name) else None
    if dimension is None:
        return frame.error(node, f"{node.function.text} needs the name of a dimension")
    return Literal(float(dimension.size))


def _invert(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """Gauss-Jordan elimination, one hidden matrix a step, each beside the identity."""
    matrix = frame.expression(arguments[0])
    row, column = vector_axis(frame, node, matrix, 2), vector_axis(frame, node, matrix, 1)
    if row is None or column is None:
        return INVALID
    size = row.extent
    if column.extent != size or row is column:
        return frame.error(node, "INVERT MATRIX needs a square matrix over two subscripts")
    name = node.function.text
    r, c = Axis(size, "row"), Axis(2 * size, "column")
    left = _square(frame, name, matrix, row, column, r, c)
    identity = op("=", op("-", number_along(c), Literal(float(size))), number_along(r))
    inside = op("<", number_along(c), Literal(float(size)))
    start = op("if", inside, left, op("if", identity, Literal(1.0), Literal(0.0)))
    current = _kept(frame, f"{name}.0", start, r, c)
    for k in range(size):
        current = _kept(frame, f"{name}.{k + 1}", _eliminated(frame, current, k, r, c), r, c)
    wanted = {r: Follow(row), c: Follow(column, tuple(range(size, 2 * size)))}
    return Reference(current.quantity, _put(current.selectors, wanted), node.span)


def _square(
    frame: Frame, name: str, matrix: Node, row: Axis, column: Axis, r: Axis, c: Axis
) -> Node:
    """Return the matrix along new axes, ``c`` being twice as long and repeating the columns."""
    whole = frame.resolver.shared(frame, f"{name}.matrix", matrix)
    assert isinstance(whole, Reference)
    size = row.extent
    selectors: list[Selector] = []
    for selector in whole.selectors:
        if isinstance(selector, Follow) and selector.axis is row:
            selectors.append(Follow(r, selector.table))
        elif isinstance(selector, Follow) and selector.axis is column:
            members = selector.members
            selectors.append(Follow(c, tuple(members[k % size] for k in range(2 * size))))
        else:
            selectors.append(selector)
    return Reference(whole.quantity, tuple(selectors))


def _kept(frame: Frame, label: str, value: Node, r: Axis, c: Axis) -> Reference:
    del r, c
    return frame.resolver.hidden(frame, label, Kind.VALUE, value, value)


def _put(selectors: Sequence[Selector], wanted: Mapping[Axis, Selector]) -> tuple[Selector, ...]:
    return tuple(wanted.get(s.axis, s) if isinstance(s, Follow) else s for s in selectors)


def _eliminated(frame: Frame, current: Reference, k: int, r: Axis, c: Axis) -> Node:
    """Return the matrix after step ``k``: the row with the largest number in column ``k`` up."""

    def at(row: Selector, column: Selector) -> Node:
        return Reference(current.quantity, _put(current.selectors, {r: row, c: column}))

    other = Axis(r.extent, "pivot")
    here, step = number_along(other), Literal(float(k))
    size = op("abs", at(Follow(other), Fixed(k)))
    candidate = op("if", op(">=", here, step), size, Literal(-1.0))
    largest = Aggregate("max", (other,), candidate)
    best = frame.resolver.shared(frame, "pivot.size", largest)
    hit = op("and", op(">=", here, step), op(">=", size, best))
    first = Aggregate("min", (other,), op("if", hit, here, Literal(float(r.extent))))
    pivot = frame.resolver.shared(frame, "pivot", first)
    chosen = Computed(op("+", pivot, Literal(1.0)))
    scaled = op("/", at(chosen, Follow(c)), at(chosen, Fixed(k)))
    line = frame.resolver.shared(frame, "pivot.row", scaled)
    mine = number_along(r)
    swapped = op("if", op("=", mine, pivot), Literal(float(k)), mine)
    source = Computed(op("+", swapped, Literal(1.0)))
    reduced = op("-", at(source, Follow(c)), op("*", at(source, Fixed(k)), line))
    return op("if", op("=", mine, step), line, reduced)


Reader = Callable[[Frame, Call, Sequence[Expression]], Node]

VECTORS: Mapping[str, Reader] = {
    "ELMCOUNT": _count,
    "VECTOR_SELECT": _select,
    "VECTOR_RANK": _rank,
    "VECTOR_SORT_ORDER": _sort_order,
    "VECTOR_REORDER": _reorder,
    "VECTOR_ELM_MAP": _element_map,
    "INVERT_MATRIX": _invert,
}
