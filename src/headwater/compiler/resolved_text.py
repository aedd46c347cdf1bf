"""The resolved model and its order as text, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headwater.compiler.ordering.order import Phase, Schedule, Task
from headwater.compiler.ordering.slices import Part
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Computed,
    Draw,
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
    ResolvedModel,
    Rule,
    Selector,
)

_STEP_WORD = {Kind.STOCK: "rate", Kind.STATE: "next", Kind.PIPELINE: "input"}
_MAX_MEMBERS = 6


def model_text(model: ResolvedModel) -> str:
    """Return every quantity with its rules, hidden ones included."""
    return "\n".join(line for q in model.quantities for line in _quantity(q)) + "\n"


def schedule_text(schedule: Schedule) -> str:
    """Return what is computed once, at the start and in every step, in order."""
    lines: list[str] = []
    start = [t for t in schedule.start if schedule.phase[t.quantity] is Phase.CONSTANT]
    parts = {
        "once, from the inputs": start,
        "at the start": [t for t in schedule.start if t not in start],
        "in every step": [
            t
            for t in schedule.step
            if t.quantity.kind is Kind.VALUE and schedule.phase[t.quantity] is Phase.STEP
        ],
    }
    for title, tasks in parts.items():
        lines.append(f"{title}:")
        for task in tasks:
            lines += _task(task)
    return "\n".join(lines) + "\n"


def _task(task: Task) -> Iterator[str]:
    if task.part is not None:
        yield f"  {_slice(task.quantity, task.part)}"
        return
    if task.system is None:
        yield f"  {_cell(task.quantity, task.element)}"
        return
    each = "each element of " if task.system.extents else ""
    yield f"  solve for {each}{', '.join(_cell(*cell) for cell in task.system.unknowns)}, with"
    yield from (f"    {_cell(*cell)}" for cell in task.system.others)


def _slice(quantity: Quantity, part: Part) -> str:
    fixed = dict(part)
    names = [
        quantity.elements[position][fixed[position]] if position in fixed else "*"
        for position in range(len(quantity.shape))
    ]
    return f"{quantity.name}[{', '.join(names)}]"


def _cell(quantity: Quantity, element: int | None) -> str:
    if element is None or element < 0 or not quantity.shape:
        return quantity.name
    return f"{quantity.name} element {element + 1}"


def _quantity(quantity: Quantity) -> Iterator[str]:
    shape = f"[{' × '.join(map(str, quantity.shape))}]" if quantity.shape else ""
    yield f"{quantity.kind.value} {quantity.name}{shape}"
    if quantity.kind is Kind.VALUE and _same(quantity):
        yield from (f"  {line}" for rule in quantity.step for line in _rule("=", rule))
        return
    word = _STEP_WORD.get(quantity.kind, "step")
    for label, rules in (("start", quantity.initial), (word, quantity.step)):
        yield from (f"  {line}" for rule in rules for line in _rule(label, rule))
    yield from (f"  {line}" for rule in quantity.lag for line in _rule("lag", rule))


def _same(quantity: Quantity) -> bool:
    pairs = zip(quantity.initial, quantity.step, strict=False)
    return len(quantity.initial) == len(quantity.step) and all(a is b for a, b in pairs)


def _rule(label: str, rule: Rule) -> Iterator[str]:
    target = f"[{', '.join(map(_selector, rule.target))}] " if rule.target else ""
    yield f"{label} {target}{expression_text(rule.expression)}"


def expression_text(node: Node) -> str:
    """Return an expression as text; long chains on the left do not recurse."""
    chain: list[Apply] = []
    while isinstance(node, Apply) and _is_infix(node):
        chain.append(node)
        node = node.arguments[0]
    text = _single(node)
    for apply in reversed(chain):
        text = f"({text} {apply.function} {expression_text(apply.arguments[1])})"
    return text


def _is_infix(node: Apply) -> bool:
    word = node.function in ("and", "or", "mod")
    return len(node.arguments) == 2 and (word or not node.function.isidentifier())


def _single(node: Node) -> str:
    match node:
        case Literal(value=value):
            return f"{value:.15g}"
        case Reference(quantity=quantity, selectors=selectors):
            return quantity.name + _subscripts(selectors)
        case ElementNumber(where=where):
            return f"#{_selector(where)}"
        case Apply(function=function, arguments=arguments):
            return f"{function}({', '.join(map(expression_text, arguments))})"
        case Aggregate(function=function, axes=axes, argument=argument):
            over = ", ".join(a.name for a in axes)
            return f"{function} over {over} of {expression_text(argument)}"
        case Interpolate(graph=graph, selectors=selectors, x=x):
            return f"{graph.name}{_subscripts(selectors)}({expression_text(x)})"
        case Now(at_step=at_step):
            return "TIME of the step" if at_step else "TIME"
        case Draw(distribution=distribution, arguments=arguments):
            return f"{distribution}({', '.join(map(expression_text, arguments))})"
        case _:
            return f"{type(node).__name__.lower()}(…)"


def _subscripts(selectors: Sequence[Selector]) -> str:
    return f"[{', '.join(map(_selector, selectors))}]" if selectors else ""


def _selector(selector: Selector) -> str:
    match selector:
        case Fixed(index=index):
            return str(index + 1)
        case Follow(axis=axis, table=None):
            return axis.name
        case Follow(axis=axis, table=table):
            members = [str(k + 1) for k in (table or ())[:_MAX_MEMBERS]]
            more = " …" if len(table or ()) > _MAX_MEMBERS else ""
            return f"{axis.name}→({' '.join(members)}{more})"
        case Computed(number=number):
            return expression_text(number)
