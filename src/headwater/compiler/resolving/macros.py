"""User-defined functions: a call's variables become hidden quantities of the calling equation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.compiler.resolved import Apply, Kind, Literal, Node, Reference
from headwater.compiler.resolving.folding import folded
from headwater.compiler.resolving.subscripts import count
from headwater.compiler.stocks.disciplines import Term
from headwater.language.names import canonical
from headwater.language.syntax import Call, Name
from headwater.model.project import Macro
from headwater.model.variables import AnyVariable, Data, Flow, Graph, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame
    from headwater.compiler.resolving.resolve import Resolver

MAX_DEPTH = 50
MAX_CALLS = 1_000
"""The most calls of macros within macros that one call may lead to."""


def expand(resolver: Resolver, frame: Frame, node: Call, macro: Macro) -> Node:
    """Resolve a macro's call.

    Inside a macro only its own names are known, and those of time. Every variable of it has one
    value for each turn of the axes that the arguments depend on.
    """
    missing = len(macro.parameters) - len(node.arguments)
    if not 0 <= missing <= len(macro.defaults):
        return frame.error(
            node,
            f"the macro `{macro.name}` takes {_arity(macro)}, not {len(node.arguments)}",
            f"its form is {macro.name}({', '.join(macro.parameters)})",
        )
    if not frame.depth:
        resolver.macro_calls = 0
    resolver.macro_calls += 1
    if resolver.macro_calls > MAX_CALLS:
        if resolver.macro_calls > MAX_CALLS + 1:
            return Literal(0.0)
        return frame.error(node, f"the macro `{macro.name}` leads to over {MAX_CALLS:,} calls")
    if frame.depth > MAX_DEPTH:
        resolver.macro_calls = MAX_CALLS + 1
        return frame.error(node, f"the macro `{macro.name}` calls itself without end")
    defaults = macro.defaults[len(macro.defaults) - missing :] if missing else ()
    bound: dict[str, Node] = {}
    functions: dict[str, Name] = {}
    for parameter, argument in zip(macro.parameters, (*node.arguments, *defaults), strict=True):
        function = frame.function_named(argument)
        if function is not None:
            functions[canonical(parameter)] = function
            continue
        value = folded(frame.expression(argument))
        bound[canonical(parameter)] = resolver.shared(frame, f"{macro.name}.{parameter}", value)
    locals_: list[tuple[AnyVariable, Reference]] = []
    for variable in macro.variables:
        if not _is_plain(variable):
            message = f"`{variable.name}` in the macro `{macro.name}` is not a plain variable"
            hint = "a macro has no arrays, graphical functions, conveyors, queues or ovens here"
            frame.error(node, message, hint)
            continue
        kind = Kind.STOCK if isinstance(variable, Stock) else Kind.VALUE
        label = f"{macro.name}.{variable.name}"
        made = resolver.reserve(frame, label, kind, list(bound.values()))
        locals_.append((variable, made))
    inner = frame.inside({**bound, **{v.key: made for v, made in locals_}}, frame.dialect)
    inner.functions = functions
    given = dict(zip(map(canonical, macro.parameters), (*node.arguments, *defaults), strict=True))
    with resolver.preview.inside(given, resolver.specs.start):
        for variable, made in locals_:
            inner.defining = made
            _define(resolver, inner, variable, made)
        inner.defining = None
        return inner.expression(macro.expression)


def _is_plain(variable: AnyVariable) -> bool:
    if isinstance(variable, Graph | Data) or variable.dimensions:
        return False
    if isinstance(variable, Flow):
        special = (variable.leakage, variable.multiplier, variable.overflow, variable.spread)
        return not (variable.graphs or any(special))
    return not (isinstance(variable, Stock) and variable.discipline)


def _arity(macro: Macro) -> str:
    most = len(macro.parameters)
    least = most - len(macro.defaults)
    return count(most, "argument") if least == most else f"{least} to {most} arguments"


def _define(resolver: Resolver, frame: Frame, variable: AnyVariable, made: Reference) -> None:
    equations = getattr(variable, "equations", ())
    if not equations:
        frame.error(None, f"`{variable.name}` has no equation")
        return
    value = frame.expression(equations[0].expression)
    if not isinstance(variable, Stock):
        start = equations[0].initial
        initial = value if start is None else frame.expression(start)
        if isinstance(variable, Flow) and variable.non_negative:
            same = initial is value
            value = Apply("max", (value, Literal(0.0)))
            initial = value if same else Apply("max", (initial, Literal(0.0)))
        resolver.complete(made, initial, value)
        return
    terms = [Term(t.sign, frame.expression(t.expression)) for t in variable.flows]
    if variable.non_negative and equations[0].rate is None:
        resolver.complete(made, value, None)
        resolver.let_flows_decide(variable, made, terms)
        return
    rate: Node = Literal(0.0)
    if equations[0].rate is not None:
        rate = frame.expression(equations[0].rate)
    for term in terms:
        rate = Apply("+" if term.sign > 0 else "-", (rate, term.node))
    resolver.complete(made, value, rate)
