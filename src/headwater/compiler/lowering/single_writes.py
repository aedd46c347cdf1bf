"""States of which each step replaces one element: only that one is computed and stored.

A hidden row that keeps what was, or what is to come, has a place for each step of a run. Its rule
says of every place what it holds next: what it held, but for one place. Carried out as it stands,
each step would pass over all places, and a run would cost the square of its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from headwater.compiler.program import Op
from headwater.compiler.resolved import (
    Apply,
    Axis,
    ElementNumber,
    Follow,
    Kind,
    Node,
    Quantity,
    Reference,
    Rule,
    axes_used,
)

if TYPE_CHECKING:
    from headwater.compiler.lowering.expression_code import ExpressionCode

FEWEST = 17
"""Places from which on it is worth the trouble: fewer are unrolled."""


@dataclass(frozen=True, slots=True)
class SingleWrite:
    """What a step replaces: for each row of the state, the ``value`` at the place ``number``.

    Both are rules of ``rows``, which stands for the state without its places.
    """

    rows: Quantity
    number: Rule
    value: Rule


def single_writes(quantities: Iterable[Quantity]) -> Mapping[Quantity, SingleWrite]:
    """Return the states that are of this kind, by their rules."""
    found = {q: _of(q) for q in quantities if q.kind is Kind.STATE and len(q.step) == 1}
    return {quantity: write for quantity, write in found.items() if write is not None}


def _of(quantity: Quantity) -> SingleWrite | None:
    rule = quantity.step[0]
    whole = [s.axis for s in rule.target if isinstance(s, Follow) and s.table is None]
    if len(whole) != len(quantity.shape) or list(rule.axes) != whole or not whole:
        return None
    place = whole[-1]
    match rule.expression:
        case Apply(
            "if",
            (Apply("=", (ElementNumber(Follow(axis, None)), number)), value, Reference() as kept),
        ):
            same = kept.quantity is quantity and _are_axes(kept, whole)
            if axis is not place or not same or place.extent < FEWEST:
                return None
            if place in axes_used(number, value):
                return None
            return _split(quantity, rule, number, value)
    return None


def _are_axes(reference: Reference, axes: list[Axis]) -> bool:
    return len(reference.selectors) == len(axes) and all(
        isinstance(s, Follow) and s.table is None and s.axis is a
        for s, a in zip(reference.selectors, axes, strict=True)
    )


def _split(quantity: Quantity, rule: Rule, number: Node, value: Node) -> SingleWrite:
    rows = Quantity(f"row of {quantity.name}", Kind.STATE, quantity.shape[:-1])
    axes, target = rule.axes[:-1], rule.target[:-1]
    return SingleWrite(
        rows, Rule(axes, target, number, rule.span), Rule(axes, target, value, rule.span)
    )


def write_place(
    code: ExpressionCode, quantity: Quantity, state: int, number: int, value: int
) -> None:
    """Put the value of each row into its place; a number that is no place changes nothing."""
    builder, emit = code.builder, code.builder.emit
    extent = quantity.shape[-1]
    zero, one = builder.integer(0), builder.integer(1)
    with code.each(prod(quantity.shape[:-1])) as rows:
        for row in rows:
            asked = builder.load(number, row)
            nearest = emit(Op.RINT, asked)
            place = emit(Op.ISUB, emit(Op.TO_INTEGER, nearest), one)
            inside = emit(
                Op.AND, emit(Op.ILE, zero, place), emit(Op.ILT, place, builder.integer(extent))
            )
            hit = emit(Op.AND, inside, emit(Op.EQ, asked, nearest))
            within = emit(Op.ISELECT, inside, place, zero)
            first = emit(Op.IMUL, row, builder.integer(extent))
            index = emit(Op.IADD, first, within)
            kept = builder.load(state, index)
            builder.store(state, index, emit(Op.SELECT, hit, builder.load(value, row), kept))
