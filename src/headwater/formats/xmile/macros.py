"""Macros: functions that a file defines (XMILE 1.0, section 4.8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headwater.errors import SyntaxFault
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.equations import is_written, read_expression
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.texts import plain_text
from headwater.formats.xmile.variables import VariableReader
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.syntax import Expression, Name
from headwater.model.project import RESULT, Macro

FILTERS = frozenset({"non_negative"})
"""Options whose filters have their meaning built in."""


def read_macro(context: Context, node: Node, variables: VariableReader) -> Macro | None:
    """Return a macro; None where it is wrong (reported) or a filter that is built in."""
    name = identifier(node.get("name"))
    if not name:
        context.error("this macro has no name", node, 'write name="…"')
        return None
    if node.get("filter"):
        if name.lower() not in FILTERS:
            message = f"the option filter `{name}` cannot be carried out"
            context.error(message, node, "only the filter `non_negative` is known")
        return None
    if node.first("sim_specs") is not None:
        message = f"the macro `{name}` runs with simulation settings of its own"
        context.error(message, node, "write it as an expression, or as a recursive macro")
        return None
    equation = node.first("eqn")
    if equation is None or not is_written(equation):
        context.error(f"the macro `{name}` has no equation", node, "write <eqn>…</eqn>")
        return None
    expression = read_expression(context, equation, name)
    block = node.first("variables")
    parameters = [identifier(p.text) for p in node.every("parm")]
    if expression is None:
        return None
    inner = _without_parameters(block.children if block is not None else (), parameters)
    return Macro(
        name,
        tuple(parameters),
        expression,
        tuple(variables.read(inner)),
        defaults=_defaults(context, node, name),
        documentation=plain_text(node.content("doc")),
        span=node.span,
    )


def with_further_results(macros: Sequence[Macro]) -> tuple[Macro, ...]:
    """Return macros that name their further results, as Vensim's do.

    Such a result, ``FIT : error``, is written as a macro of its own with the same content.
    """
    found = {canonical(m.name): m for m in macros}
    for macro in macros:
        owner, _, result = macro.name.partition(RESULT)
        first = found.get(canonical(owner)) if result else None
        named = isinstance(macro.expression, Name) and macro.expression.key == canonical(result)
        if first is not None and named:
            if is_same(macro, replace(first, expression=macro.expression, outputs=())):
                found[canonical(owner)] = replace(first, outputs=(*first.outputs, result))
    return tuple(found.values())


def is_same(one: Macro, other: Macro) -> bool:
    """Tell whether two macros compute the same: files of one model may each bring a copy."""
    return _bare(one) == _bare(other)


def _bare(macro: Macro) -> Macro:
    variables = tuple(replace(v, documentation="", display=()) for v in macro.variables)
    return replace(macro, name="", documentation="", variables=variables)


def _without_parameters(nodes: Iterable[Node], parameters: Iterable[str]) -> list[Node]:
    """Return the variables that are no parameters: Stella lists those as well, with examples."""
    given = {canonical(p) for p in parameters}
    return [n for n in nodes if canonical(identifier(n.get("name"))) not in given]


def _defaults(context: Context, node: Node, name: str) -> tuple[Expression, ...]:
    found: list[Expression] = []
    for parameter in node.every("parm"):
        written = parameter.get("default").strip()
        if not written:
            if found:
                message = f"the macro `{name}`: `{parameter.text.strip()}` has no default"
                context.error(
                    message, parameter, "every parameter after one with a default needs one"
                )
            continue
        try:
            found.append(parse_text(written, context.name))
        except SyntaxFault as fault:
            context.add(fault, f"the macro `{name}`")
    return tuple(found)
