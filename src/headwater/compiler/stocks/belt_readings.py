"""What equations may ask of conveyors and ovens (isee systems, Stella help, Discrete builtins).

Equations are read before the stocks are built: an answer is made ready here, and filled in there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.functions.arrays.vectors import Reader
from headwater.compiler.resolved import (
    Aggregate,
    Axis,
    Follow,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
)
from headwater.compiler.resolving.assembling import (
    ONE,
    ZERO,
    Hidden,
    add,
    at_most,
    both,
    choose,
    drive,
    less,
    multiply,
    number,
    position,
    subtract,
)
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.subscripts import whole_region
from headwater.compiler.stocks.admission import arrivals
from headwater.compiler.stocks.disciplines import Vessel
from headwater.language.syntax import Call, Expression, Name
from headwater.model.variables import Auxiliary, Conveyor, Oven, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

_INVALID = Literal(float("nan"))
_A_LITTLE = 1e-6


@dataclass(frozen=True, slots=True)
class Ages:
    """How much of a conveyor is of an age from ``low`` to below ``high``: to be filled in."""

    answer: Reference
    container: Reference
    low: Node
    high: Node | None


def _container(
    frame: Frame, node: Call, argument: Expression, kinds: Mapping[type, str]
) -> tuple[Stock, Reference] | None:
    """Return the stock that an argument names and the element that is meant; report others.

    A module's input that is connected to a stock stands for it.
    """
    named = connected(frame, argument) if isinstance(argument, Name) else None
    found = frame.expression(named) if named is not None else None
    if isinstance(found, Reference):
        variable = frame.resolver.variable_of(found.quantity)
        if isinstance(variable, Stock) and type(variable.discipline) in kinds:
            return variable, found
    wanted = " or ".join(kinds.values())
    frame.error(argument, f"{node.function.text} needs the name of {wanted}")
    return None


def connected(frame: Frame, name: Name) -> Name:
    """Return the name of what a variable repeats element by element, or the name itself."""
    seen: set[str] = set()
    while (quantity := frame.quantity_named(name.key)) is not None and name.key not in seen:
        seen.add(name.key)
        variable = frame.resolver.variable_of(quantity)
        if not isinstance(variable, Auxiliary) or len(variable.equations) != 1:
            break
        (equation,) = variable.equations
        origin, every = equation.expression, tuple(map(Name, variable.dimensions))
        partial = equation.excepts or equation.subscripts not in ((), variable.dimensions)
        if partial or not isinstance(origin, Name) or origin.subscripts != every:
            break
        name = Name(origin.text, name.subscripts, name.span)
    return name


def _capacity(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    kinds = {Conveyor: "a conveyor", Oven: "an oven"}
    found = _container(frame, node, arguments[0], kinds)
    if found is None:
        return _INVALID
    variable, element = found
    assert isinstance(variable.discipline, Conveyor | Oven)
    if variable.discipline.capacity is None:
        return Literal(float("inf"))
    resolver, quantity = frame.resolver, element.quantity
    region = whole_region(resolver.dimensions_of(quantity))
    asked = resolver.frame(quantity, region, "capacity").expression(variable.discipline.capacity)
    made = Hidden(resolver, quantity, region).value("capacity of all", asked)
    return Reference(made.quantity, element.selectors, node.span)


def _state(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """OSTATE: what an oven does in a step."""
    found = _container(frame, node, arguments[0], {Oven: "an oven"})
    if found is None:
        return _INVALID
    variable, element = found
    assert isinstance(variable.discipline, Oven)
    if variable.discipline.clean_time is not None:
        message = (
            f"what {node.function.text} is while `{variable.name}` is cleaned is not published"
        )
        return frame.error(node, message, "ask for what flows in and out of it")
    made = _made_ready(frame, element.quantity, "state", frame.resolver.oven_states)
    return Reference(made, element.selectors, node.span)


def _processing(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """PROCTIME: the transit or cook time of what enters now, else of what entered last."""
    kinds = {Conveyor: "a conveyor", Oven: "an oven"}
    found = _container(frame, node, arguments[0], kinds)
    if found is None:
        return _INVALID
    element = found[1]
    made = _made_ready(frame, element.quantity, "processing", frame.resolver.processing)
    return Reference(made, element.selectors, node.span)


def _made_ready(
    frame: Frame, stock: Quantity, label: str, asked: dict[Quantity, Quantity]
) -> Quantity:
    """Return what will hold the answer, which the stock fills in when it is built."""
    if stock not in asked:
        region = whole_region(frame.resolver.dimensions_of(stock))
        asked[stock] = Hidden(frame.resolver, stock, region).make(label, Kind.VALUE)
    return asked[stock]


def fill_in_processing(resolver: Resolver, vessel: Vessel, time: Node) -> None:
    """Answer how long what enters stays, where that was asked; before anything has, ``time``."""
    asked = resolver.processing.get(vessel.quantity)
    if asked is None:
        return
    hidden = vessel.hidden
    stay = hidden.value("stay", time)
    kept = hidden.state("stay of the last")
    now = choose(less(ZERO, arrivals(vessel)), stay, hidden.at(kept))
    drive(asked, vessel.region, now)
    hidden.define(kept, stay, hidden.at(asked))


def _age_count(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """AGECOUNT: how much of a conveyor has been on it for so long."""
    found = _container(frame, node, arguments[0], {Conveyor: "a conveyor"})
    if found is None:
        return _INVALID
    variable, element = found
    assert isinstance(variable.discipline, Conveyor)
    if variable.discipline.arrest is not None:
        message = f"`{variable.name}` can be arrested, so that places on it tell no ages"
        return frame.error(node, message, "keep ages apart in an array of stocks")
    low, *rest = (frame.expression(a) for a in arguments[1:])
    high = rest[0] if rest else None
    depends = [element, low, *rest]
    answer = frame.resolver.reserve(frame, node.function.text, Kind.VALUE, depends)
    asked = Ages(answer, element, low, high)
    frame.resolver.ages.setdefault(element.quantity, []).append(asked)
    return answer


def fill_in_ages(
    resolver: Resolver, vessel: Quantity, belt: Quantity, axis: Axis, slats: Quantity
) -> None:
    """Answer how much of a conveyor is of an age, where that was asked.

    What entered last, on the slat farthest from the exit, is of the age 0.
    """
    dt = resolver.clock.dt
    for asked in resolver.ages.get(vessel, ()):
        own = Axis(axis.extent, axis.name)
        here = asked.container.selectors
        steps = subtract(subtract(Reference(slats, here), ONE), position(own))
        age = multiply(steps, number(dt))
        slack = number(_A_LITTLE * dt)
        within = at_most(asked.low, add(age, slack))
        if asked.high is not None:
            within = both(within, less(add(age, slack), asked.high))
        content = Reference(belt, (*here, Follow(own)))
        total = Aggregate("sum", (own,), choose(within, content, ZERO))
        resolver.complete(asked.answer, total, total)


BELT_READINGS: Mapping[str, Reader] = {
    "AGECOUNT": _age_count,
    "CAPACITY": _capacity,
    "OSTATE": _state,
    "PROCTIME": _processing,
}
