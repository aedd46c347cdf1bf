"""User-defined functions: a call's variables become hidden quantities of the calling equation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.compiler.resolved import Apply, Kind, Literal, Node, Reference
from headwater.compiler.resolving.array_arguments import ArrayArgument, array_argument, choices
from headwater.compiler.resolving.folding import folded
from headwater.compiler.resolving.own_runs import read_locals, run_on_its_own
from headwater.compiler.resolving.recursion import Endless, is_linear, repeated
from headwater.compiler.resolving.subscripts import count
from headwater.compiler.stocks.disciplines import Term
from headwater.language.names import canonical
from headwater.language.syntax import Call, Name, Number
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
        if canonical(macro.name) in frame.calling and is_linear(macro):
            raise Endless
        if resolver.macro_calls > MAX_CALLS + 1:
            return Literal(0.0)
        return frame.error(node, f"the macro `{macro.name}` leads to over {MAX_CALLS:,} calls")
    if frame.depth > MAX_DEPTH:
        raise Endless
    try:
        inner = _with_arguments(frame, node, macro)
        if macro.run is not None:
            return run_on_its_own(inner, node, macro, inner.parameters)
        if canonical(macro.name) in frame.calling or not is_linear(macro):
            return _inside(resolver, frame, inner, node, macro)
        return _recursive(resolver, frame, inner, node, macro)
    except Endless:
        if frame.depth:
            raise
        resolver.macro_calls = MAX_CALLS + 1
        return frame.error(
            node,
            f"the macro `{macro.name}` calls itself without end",
            "numbers alone must end its calls, or it must be one equation that leads to one call "
            "of itself at most",
        )


def _recursive(resolver: Resolver, frame: Frame, inner: Frame, node: Call, macro: Macro) -> Node:
    """Resolve a call of a macro that calls itself: written out where numbers alone end that."""
    made, found = len(resolver.made), len(resolver.diagnostics.items)
    try:
        return _inside(resolver, frame, inner, node, macro)
    except Endless:
        del resolver.made[made:]
        del resolver.diagnostics.items[found:]
        resolver.macro_calls = 1
        inner.calling = frame.calling
        return repeated(inner, macro, inner.parameters)


def _with_arguments(frame: Frame, node: Call, macro: Macro) -> Frame:
    """Return a frame in which a macro's parameters stand for its arguments.

    What a call leaves out is worked out inside, where it may name the parameters before it.
    """
    resolver = frame.resolver
    bound: dict[str, Node] = {}
    inner = frame.inside(bound, frame.dialect)
    functions: dict[str, Name] = {}
    arrays: dict[str, ArrayArgument] = {}
    inner.functions, inner.arrays = functions, arrays
    inner.calling = frame.calling | {canonical(macro.name)}
    required = len(macro.parameters) - len(macro.defaults)
    for number, parameter in enumerate(macro.parameters):
        given = number < len(node.arguments)
        argument = node.arguments[number] if given else macro.defaults[number - required]
        outer, key = frame if given else inner, canonical(parameter)
        function = outer.function_named(argument)
        array = array_argument(outer, macro, parameter, argument)
        if function is not None:
            functions[key] = function
        elif array is not None:
            arrays[key] = array
        else:
            value = folded(outer.expression(argument))
            bound[key] = resolver.shared(frame, f"{macro.name}.{parameter}", value)
    return inner


def _inside(resolver: Resolver, frame: Frame, inner: Frame, node: Call, macro: Macro) -> Node:
    """Resolve a macro's equation, with a hidden quantity for each of its variables."""
    locals_: list[tuple[AnyVariable, Reference]] = []
    bound = inner.parameters
    if frame.repeated:
        return _within_a_repetition(frame, inner, node, macro)
    depends = [*bound.values(), *_functions(inner, node), *choices(inner.arrays.values())]
    for variable in macro.variables:
        if not _is_plain(variable):
            message = f"`{variable.name}` in the macro `{macro.name}` is not a plain variable"
            hint = "a macro has no arrays, graphical functions, conveyors, queues or ovens here"
            frame.error(node, message, hint)
            continue
        kind = Kind.STOCK if isinstance(variable, Stock) else Kind.VALUE
        label = f"{macro.name}.{variable.name}"
        made = resolver.reserve(frame, label, kind, depends)
        locals_.append((variable, made))
    inner.parameters = {**bound, **{v.key: made for v, made in locals_}}
    given = dict(
        zip(map(canonical, macro.parameters), macro.arguments(node.arguments), strict=True)
    )
    with resolver.preview.inside(given, resolver.specs.start):
        for variable, made in locals_:
            inner.defining = made
            _define(resolver, inner, variable, made)
        inner.defining = None
        return inner.expression(macro.expression)


def _functions(inner: Frame, node: Call) -> list[Node]:
    """Return the arguments that are elements of arrays of graphical functions, as they are read."""
    graphs = inner.resolver.graphs
    arrays = [f for f in inner.functions.values() if graphs[f.key].rows.ndim]
    return [inner.graph_argument(node, function, Number(0.0)) for function in arrays]


def _within_a_repetition(frame: Frame, inner: Frame, node: Call, macro: Macro) -> Node:
    """Resolve a macro's call inside of what is repeated within one step of the model."""
    stock = next((v for v in macro.variables if isinstance(v, Stock)), None)
    if stock is not None:
        return frame.error(
            node,
            f"the macro `{macro.name}` has the stock `{stock.name}`, and is called by one that "
            "runs on its own or calls itself",
            "give it simulation settings too, or write its equation out",
        )
    return read_locals(inner, inner.parameters, macro, frame.clock, False).expression(
        macro.expression
    )


def _is_plain(variable: AnyVariable) -> bool:
    if isinstance(variable, Graph | Data) or variable.dimensions:
        return False
    if isinstance(variable, Flow):
        special = (variable.leakage, variable.multiplier, variable.overflow, variable.spread)
        return not (variable.graphs or variable.time_stamped or any(special))
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
