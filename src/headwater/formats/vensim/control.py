"""When a run starts, stops, steps and saves: the four control variables of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from headwater.errors import ModelError, Place
from headwater.formats.vensim.equations import Formula
from headwater.formats.vensim.units import split_units
from headwater.formats.vensim.variables import Draft
from headwater.language.syntax import Expression, Name, Number, Unary, walk
from headwater.model.project import SimSpecs

CONTROLS = ("initial_time", "final_time", "time_step", "saveper")


@dataclass(frozen=True, slots=True)
class Control:
    """The settings of a run; ``moving`` are the control variables that change during it."""

    specs: SimSpecs
    moving: tuple[Draft, ...] = ()


def read_control(drafts: Mapping[str, Draft], method: str, file: str) -> Control:
    """Return the control of a model from its equations. Raises ModelError."""
    missing = [name for name in CONTROLS[:3] if name not in drafts]
    if missing:
        names = [name.replace("_", " ").upper() for name in missing]
        hint = f"add an equation, such as `{names[0]} = 1 ~~|`"
        raise ModelError(f"the model does not set {', '.join(names)}", Place(file), hint)
    expressions = {name: _expression(drafts[name]) for name in CONTROLS if name in drafts}
    expressions.setdefault("saveper", Name("TIME STEP"))
    moving = _moving(drafts, expressions)
    numbers = {name: _number(e) for name, e in expressions.items()}
    computed = {name: e for name, e in expressions.items() if numbers[name] is None}
    specs = SimSpecs(
        start=numbers["initial_time"] or 0.0,
        stop=numbers["final_time"] or 0.0,
        step=numbers["time_step"] or 0.0,
        save_step=numbers["saveper"] or 0.0,
        method=method,
        time_unit=_time_unit(drafts),
        start_expression=computed.get("initial_time"),
        stop_expression=computed.get("final_time"),
        step_expression=computed.get("time_step"),
        save_expression=computed.get("saveper"),
    )
    return Control(
        specs, tuple(drafts[name] for name in CONTROLS if name in moving and name in drafts)
    )


def _expression(draft: Draft) -> Expression:
    first = draft.equations[0]
    place = first.entry.equation.place
    if len(draft.equations) > 1:
        raise ModelError(
            f"`{draft.name}` is defined twice", draft.equations[1].entry.equation.place
        )
    if not isinstance(first.right, Formula) or first.left.subscripts:
        raise ModelError(f"`{draft.name}` must be a number or an expression", place)
    return first.right.expression


def _number(node: Expression) -> float | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number):
        return -node.operand.value
    return None


def _time_unit(drafts: Mapping[str, Draft]) -> str:
    for name in ("time_step", "final_time", "initial_time", "saveper"):
        if name in drafts:
            unit, _ = split_units(drafts[name].equations[0].entry.units)
            if unit:
                return unit
    return ""


def _moving(drafts: Mapping[str, Draft], expressions: Mapping[str, Expression]) -> set[str]:
    """Return the control variables that depend on time, themselves or through other variables."""
    found: set[str] = set()
    for name, expression in expressions.items():
        if "time" in _reached(expression, drafts):
            found.add(name)
    return found


def _reached(expression: Expression, drafts: Mapping[str, Draft]) -> set[str]:
    """Return the canonical names that an expression depends on."""
    seen: set[str] = set()
    stack = list(_names(expression))
    while stack:
        key = stack.pop()
        if key in seen:
            continue
        seen.add(key)
        draft = drafts.get(key)
        for equation in draft.equations if draft else ():
            if isinstance(equation.right, Formula):
                stack.extend(_names(equation.right.expression))
    return seen


def _names(expression: Expression) -> Iterable[str]:
    return (node.key for node in walk(expression) if isinstance(node, Name))


def others(drafts: Mapping[str, Draft], control: Control) -> Sequence[Draft]:
    """Return the drafts that become variables: all but the control variables that stay fixed."""
    moving = {id(d) for d in control.moving}
    return [d for key, d in drafts.items() if key not in CONTROLS or id(d) in moving]
