"""The syntax tree of expressions. Nodes are plain data; every node keeps its span.

Two trees are equal when they have the same structure, whatever their spans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from headwater.language.names import canonical
from headwater.language.source import Span

UnaryOperator = Literal["-", "+", "not"]
BinaryOperator = Literal[
    "^", "*", "/", "//", "mod", "+", "-", "<", "<=", ">", ">=", "=", "<>", "and", "or"
]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number."""

    value: float
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A literal string, an argument of some functions of other dialects."""

    value: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A reference to a variable, a dimension or an element, with optional subscripts.

    ``text`` is the spelling in the source, without quotes; a dot separates a module from a name.
    """

    text: str = field(compare=False)
    subscripts: tuple[Expression, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    key: str = ""

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", canonical(self.text))


@dataclass(frozen=True, slots=True)
class Wildcard:
    """The subscript ``*``: every element (of ``dimension`` where one is named)."""

    dimension: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """The subscript ``first:last``: a run of elements, both ends included."""

    first: Expression
    last: Expression
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Position:
    """The subscript ``@2``: the second dimension of the variable that the equation defines."""

    number: int
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function, macro or graphical function applied to arguments.

    ``function`` carries subscripts when an arrayed graphical function is applied.
    """

    function: Name
    arguments: tuple[Expression, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign or a negation."""

    operator: UnaryOperator
    operand: Expression
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and the operator between them."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """``IF condition THEN then ELSE otherwise``."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NumberTable:
    """The numbers of an array, row by row: alone, the whole right side of an equation.

    It has as many numbers as the equation has elements.
    """

    values: tuple[float, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


Expression = (
    NumberTable
    | Number
    | Text
    | Name
    | Wildcard
    | Slice
    | Position
    | Call
    | Unary
    | Binary
    | Conditional
)


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the direct sub-expressions of a node, in source order."""
    match node:
        case Name(subscripts=parts):
            return parts
        case Number():
            return ()
        case Slice(first=a, last=b) | Binary(left=a, right=b):
            return a, b
        case Call(function=name, arguments=args):
            return (*name.subscripts, *args)
        case Unary(operand=a):
            return (a,)
        case Conditional(condition=a, then=b, otherwise=c):
            return a, b, c
        case _:
            return ()


def walk(node: Expression) -> Iterator[Expression]:
    """Yield a node and everything below it, parents first, without recursion."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        if type(top) is Binary:  # by far the most frequent of those with parts
            stack += (top.right, top.left)
        elif type(top) is not Number:
            stack += reversed(children(top))


def are_equal(one: Expression, other: Expression) -> bool:
    """Tell whether two trees are equal. Long chains of operations do not recurse."""
    stack = [(one, other)]
    while stack:
        a, b = stack.pop()
        if isinstance(a, Binary) and isinstance(b, Binary):
            if a.operator != b.operator:
                return False
            stack += [(a.left, b.left), (a.right, b.right)]
        elif a != b:
            return False
    return True


def subscripts_in(node: Expression) -> Iterator[Expression]:
    """Yield what stands between brackets, the ends of slices apart."""
    for part in walk(node):
        match part:
            case Name(subscripts=found) | Call(function=Name(subscripts=found)):
                for subscript in found:
                    if isinstance(subscript, Slice):
                        yield subscript.first
                        yield subscript.last
                    else:
                        yield subscript


def with_operands(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return a node with its operands and arguments changed, and its subscripts as they are."""
    match node:
        case Unary():
            return replace(node, operand=change(node.operand))
        case Binary():
            return replace(node, left=change(node.left), right=change(node.right))
        case Conditional():
            return replace(
                node,
                condition=change(node.condition),
                then=change(node.then),
                otherwise=change(node.otherwise),
            )
        case Call():
            return replace(node, arguments=tuple(change(a) for a in node.arguments))
        case _:
            return node


def transform(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return the tree with ``change`` applied to every node, children first, without recursion."""
    done: list[Expression] = []
    stack: list[tuple[Expression, tuple[Expression, ...]]] = [(node, ())]
    while stack:
        item, parts = stack.pop()
        if not parts and type(item) is not Number:
            parts = children(item)
            if parts:
                stack.append((item, parts))
                stack += [(part, ()) for part in reversed(parts)]
                continue
        if parts:
            changed = done[-len(parts) :]
            del done[-len(parts) :]
            if any(a is not b for a, b in zip(parts, changed, strict=True)):
                item = _with_children(item, changed)
        done.append(change(item))
    return done[0]


def _with_children(node: Expression, parts: list[Expression]) -> Expression:
    """Return the node with other sub-expressions, as many as it has."""
    match node:
        case Name():
            return replace(node, subscripts=tuple(parts))
        case Slice():
            return Slice(parts[0], parts[1], node.span)
        case Call(function=function):
            count = len(function.subscripts)
            function = replace(function, subscripts=tuple(parts[:count])) if count else function
            return Call(function, tuple(parts[count:]), node.span)
        case Unary(operator=sign):
            return Unary(sign, parts[0], node.span)
        case Binary(operator=operator):
            return Binary(operator, parts[0], parts[1], node.span)
        case Conditional():
            return Conditional(parts[0], parts[1], parts[2], node.span)
        case _:
            return node
