"""What a call means: a macro, a graphical function or a builtin."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from headwater.compiler.functions.lookups.graphs import read_in_kind
from headwater.compiler.resolved import GraphSet, Interpolate, Node
from headwater.compiler.resolving.selectors import INVALID, read_selectors
from headwater.compiler.resolving.subscripts import count
from headwater.language.builtins import Builtin, find_spelling, form_of, suggest
from headwater.language.builtins.unsupported import why_unsupported
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame


def resolve_call(frame: Frame, node: Call) -> Node:
    """Resolve a call. The model's own macros and graphical functions come before builtins."""
    key = node.function.key
    resolver = frame.resolver
    macro = resolver.macros.get(key)
    if macro is not None:
        return resolver.expand_macro(frame, node, macro)
    if key in frame.clock and not node.arguments:
        return frame.clock[key]
    if key in frame.functions:
        function = frame.functions[key]
        return _graph_value(frame, node, resolver.graphs[function.key], function, node.arguments)
    if key in resolver.graphs:
        return _graph_value(frame, node, resolver.graphs[key], node.function, node.arguments)
    spelling = find_spelling(node.function.text, frame.dialect)
    if spelling is not None:
        builtin, form = spelling
        arguments = form.in_table_order(node.arguments)
        if not _arity(frame, node, builtin, form.min_args, form.max_args):
            return INVALID
        return frame.builtin(node, builtin, arguments)
    return _not_a_function(frame, node)


def _not_a_function(frame: Frame, node: Call) -> Node:
    """Report a call of what is no function here, with the likeliest reason."""
    resolver = frame.resolver
    if frame.quantity_named(node.function.key) is not None:
        return frame.error(
            node.function,
            f"`{node.function.text}` is a variable, not a function",
            f"write {node.function.text} * (…) to multiply, or [ ] for subscripts",
        )
    reason = why_unsupported(node.function.text, frame.dialect)
    if reason:
        return frame.error(node.function, f"{node.function.text} is not computed here", reason)
    names = chain(resolver.graph_names(), (m.name for m in resolver.macros.values()))
    hint = resolver.diagnostics.did_you_mean(node.function.text, names)
    hint = _as_a_name(frame, node) or hint or suggest(node.function.text, frame.dialect)
    return frame.error(node.function, f"no function `{node.function.text}`", hint)


def _as_a_name(frame: Frame, node: Call) -> str:
    """Return what to write where a call is spelled as a variable that has parentheses."""
    spelled = node.span.text if node.span else ""
    quantity = frame.quantity_named(canonical(spelled))
    return f'put the name in double quotes: "{quantity.name}"' if quantity else ""


def _arity(frame: Frame, node: Call, builtin: Builtin, least: int | None, most: int | None) -> bool:
    """Tell whether a builtin takes as many arguments as it is given; report it where not."""
    given = len(node.arguments)
    least = builtin.min_args if least is None else least
    most = builtin.max_args if most is None else most
    if least <= given and (most is None or given <= most):
        return True
    wanted = count(least if most is None else most, "argument")
    if most is None:
        wanted = f"at least {wanted}"
    elif least < most:
        wanted = f"{least} to {wanted}"
    frame.error(
        node,
        f"{node.function.text} takes {wanted}, not {given}",
        why_unsupported(node.function.text, frame.dialect)
        or f"its form is {form_of(node.function.text, frame.dialect) or builtin.signature}",
    )
    return False


def _graph_value(
    frame: Frame, node: Call, graph: GraphSet, name: Name, arguments: Sequence[Expression]
) -> Node:
    """Resolve the call of a graphical function, each element read in the way of its kind."""
    found = _graph_call(frame, node, graph, name, arguments)
    return read_in_kind(found) if isinstance(found, Interpolate) else found


def _graph_call(
    frame: Frame, node: Call, graph: GraphSet, name: Name, arguments: Sequence[Expression]
) -> Node:
    """Resolve the call of a graphical function, every element read in the same way."""
    if len(arguments) != 1:
        return frame.error(
            node,
            f"the graphical function `{name.text}` takes 1 argument, not {len(arguments)}",
            f"write {name.text}(x)",
        )
    dimensions = frame.resolver.graph_dimensions[name.key]
    subscripts = name.subscripts
    if not subscripts and dimensions and (frame.implicit or frame.inner is not None):
        subscripts = tuple(Name(d.name) for d in dimensions)
    selectors = read_selectors(frame, name, name.text, dimensions, subscripts)
    x = frame.expression(arguments[0])
    return INVALID if selectors is None else Interpolate(graph, selectors, x, node.span)


def graph_argument(frame: Frame, node: Call, function: Expression, x: Expression) -> Node:
    """Resolve ``LOOKUP(graph, x)``."""
    if isinstance(function, Name) and function.key in frame.functions:
        function = frame.functions[function.key]
    if isinstance(function, Name) and function.key in frame.resolver.graphs:
        graph = frame.resolver.graphs[function.key]
        return _graph_call(frame, node, graph, function, (x,))
    return frame.error(
        function,
        "the first argument is not a graphical function",
        "name one, such as LOOKUP(effect, x)",
    )
