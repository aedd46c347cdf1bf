"""The left side of an equation in Vensim's terms, and the variables that it needs beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from headwater.formats.vensim.translating.scope import Scope
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Expression,
    Name,
    Number,
    Unary,
    Wildcard,
    transform,
    walk,
)
from headwater.model.variables import AnyVariable, Auxiliary, Dimension, Equation, Stock

MAX_REPEATED = 12
"""The most nodes of an expression that is written twice rather than given a name."""


@dataclass(frozen=True, slots=True)
class Position:
    """One position of the left side.

    ``own`` is the variable's dimension there. ``written`` is the dimension that the equation names,
    None for an element, whose place in ``own`` is ``index``. ``text`` is how Vensim writes it.
    """

    own: Dimension
    written: Dimension | None
    index: int
    text: str

    def is_called(self, dimension: Dimension) -> bool:
        """Tell whether an equation may mean this position by the name of a dimension."""
        keys = {self.own.key, self.written.key if self.written else self.own.key}
        return dimension.key in keys


@dataclass(slots=True)
class Context:
    """What an expression of one equation may refer to."""

    owner: AnyVariable
    scope: Scope
    left: tuple[Position, ...] = ()
    made: list[AnyVariable] = field(default_factory=list)
    parameters: frozenset[str] = frozenset()

    def free_dimensions(self) -> list[str]:
        """Return the ranges of the left side, as Vensim writes them."""
        return [p.text for p in self.left if p.written is not None]


def left_side(
    scope: Scope, dimensions: Sequence[str], subscripts: Sequence[str]
) -> tuple[Position, ...]:
    """Return the positions of a left side; without subscripts, of the whole variable."""
    found: list[Position] = []
    seen: dict[str, int] = {}
    for own_name, text in zip(dimensions, subscripts or dimensions, strict=True):
        own = scope.dimension(own_name)
        assert own is not None
        count = seen.get(own.key, 0)
        seen[own.key] = count + 1
        index = scope.index(own, canonical(text))
        written = scope.dimension(text)
        if index is not None:
            found.append(Position(own, None, index, scope.element(own, index)))
        elif written is own:
            found.append(Position(own, own, -1, scope.alias(own, count)))
        elif written is not None:
            found.append(Position(own, written, -1, scope.alias(written, 0)))
    return tuple(found)


def is_simple(node: Expression) -> bool:
    """Tell whether an expression can be written twice: a name, a number, or little more."""
    for size, part in enumerate(walk(node), 1):
        if size > MAX_REPEATED or is_random(part):
            return False
    return True


def is_random(node: Expression) -> bool:
    """Tell whether a node is a call of a random function, by Vensim's names."""
    return isinstance(node, Call) and node.function.key.startswith("random_")


def named(
    context: Context,
    node: Expression,
    label: str,
    over: Sequence[str],
    initial: Expression | None = None,
) -> Expression:
    """Give an expression a variable of its own; return the reference to it.

    ``over`` are the ranges of the aggregate around it (``range!``) that the expression refers to.
    With ``initial`` the variable is a stock, and the expression its rate.
    """
    scope = context.scope
    nodes = [node] if initial is None else [node, initial]
    own = _own_ranges(context, nodes)
    swaps = {text: scope.another(text) if text in own else text for text in over}
    name = scope.free(f"{scope.name(context.owner.name)} {label}")
    subscripts = (*own, *swaps.values())
    nodes = [transform(n, _without_wildcards(swaps)) for n in nodes]
    start = None if initial is None else nodes[1]
    context.made.append(_variable(context, name, subscripts, nodes[0], start))
    return Name(name, (*map(Name, own), *map(Wildcard, swaps)))


def wildcards(*nodes: Expression) -> list[str]:
    """Return the ranges that stand for all their elements."""
    found = (n.dimension for node in nodes for n in walk(node) if isinstance(n, Wildcard))
    return list(dict.fromkeys(found))


def _variable(
    context: Context,
    name: str,
    subscripts: tuple[str, ...],
    node: Expression,
    initial: Expression | None,
) -> AnyVariable:
    group, span = context.owner.group, context.owner.span
    if initial is None:
        return Auxiliary(
            name=name,
            dimensions=subscripts,
            group=group,
            span=span,
            equations=(Equation(node, subscripts),),
        )
    myself = Name(name, tuple(map(Name, subscripts)))
    rate = transform(node, lambda n: myself if n == Name(ITSELF) else n)
    return Stock(
        name=name,
        dimensions=subscripts,
        group=group,
        span=span,
        equations=(Equation(initial, subscripts, rate=rate),),
    )


ITSELF = "the stock itself"
"""Stands for the stock in the rate that :func:`named` is given."""


def _own_ranges(context: Context, nodes: list[Expression]) -> tuple[str, ...]:
    """Return the ranges of the left side that expressions refer to."""
    used = {n.key for node in nodes for n in walk(node) if isinstance(n, Name)}
    return tuple(t for t in context.free_dimensions() if canonical(t) in used)


def _without_wildcards(swaps: dict[str, str]) -> Callable[[Expression], Expression]:
    def change(node: Expression) -> Expression:
        if isinstance(node, Wildcard) and node.dimension in swaps:
            return Name(swaps[node.dimension])
        return node

    return change


def folded(node: Expression) -> Expression:
    """Return a comparison of numbers as its truth, another expression as it is."""
    match node:
        case Binary(operator=operator, left=Number(value=a), right=Number(value=b)):
            truths = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "=": a == b}
            if operator in truths:
                return Number(float(truths[operator]))
        case Unary(operator="-", operand=Number(value=a)):
            return Number(-a)
    return node
