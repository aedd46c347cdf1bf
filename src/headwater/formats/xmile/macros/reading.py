"""Macros: functions that a file defines (XMILE 1.0, section 4.8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headwater.errors import SyntaxFault
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.macros.filters import Filter, is_built_in, read_filter
from headwater.formats.xmile.macros.overloads import Forms, forms_of, macros_with_calls
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.specs import read_specs
from headwater.formats.xmile.texts import plain_text
from headwater.formats.xmile.variables.equation_text import is_written
from headwater.formats.xmile.variables.equations import read_expression
from headwater.formats.xmile.variables.reading import VariableReader
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.syntax import Binary, Expression, Name, Number
from headwater.model.project import RESULT, Macro, OwnRun


def read_macro(context: Context, node: Node, variables: VariableReader) -> Macro | None:
    """Return a macro; None where it is wrong (reported)."""
    name = identifier(node.get("name"))
    if not name:
        context.error("this macro has no name", node, 'write name="…"')
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
    _check_modules(context, inner, name)
    return Macro(
        name,
        tuple(parameters),
        expression,
        tuple(variables.read(inner)),
        defaults=_defaults(context, node, name),
        documentation=plain_text(node.content("doc")),
        span=node.span,
        run=_own_run(context, node, name),
    )


def names_of(nodes: Iterable[Node]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the canonical names of macros, and those of the namespaces that they are in."""
    nodes = list(nodes)
    spaces = (part for n in nodes for part in n.get("namespace").split(","))
    names = (identifier(n.get("name")) for n in nodes)
    return frozenset(map(canonical, names)), frozenset(canonical(s) for s in spaces if s.strip())


def read_macros(
    context: Context, nodes: Iterable[Node], variables: VariableReader
) -> tuple[list[Macro], Forms, list[Filter]]:
    """Return the macros of all files of a model, which share their names, and which are filters."""
    found: list[tuple[Node, Macro]] = []
    filters: list[Filter] = []
    for node in nodes:
        if node.get("filter") and is_built_in(context, node):
            continue
        macro = read_macro(context, node, variables)
        if macro is not None and node.get("filter"):
            macro, filter_ = read_filter(context, node, macro)
            filters += [filter_] if filter_ is not None else []
        if macro is None:
            continue
        key = canonical(macro.name)
        if not any(canonical(m.name) == key and is_same(m, macro) for _, m in found):
            found.append((node, macro))
    forms = forms_of(context, found)
    return macros_with_calls([m for _, m in found], forms), forms, filters


def _own_run(context: Context, node: Node, name: str) -> OwnRun | None:
    """Return the settings of a macro that runs on its own (section 4.8.3)."""
    specs = node.first("sim_specs")
    if specs is None:
        return None
    found: dict[str, Expression] = {"dt": Number(1.0)}
    for tag in ("start", "stop", "dt"):
        setting = specs.first(tag)
        if setting is not None:
            written = read_expression(context, setting, f"{name}: the {tag}")
            found |= {tag: written} if written is not None else {}
        elif tag != "dt":
            context.error(
                f"the macro `{name}` has simulation settings without a {tag} time",
                specs,
                f"write <{tag}>…</{tag}>: a number, or an expression of its parameters",
            )
    length = specs.first("dt")
    if length is not None and length.flag("reciprocal"):
        found["dt"] = Binary("/", Number(1.0), found["dt"])
    method = read_specs(context, _only_method(specs)).method
    if len(found) < 3:
        return None
    context.warn(
        f"the macro `{name}` runs on its own, and gives what it holds at its stop time",
        specs,
        "two of the standard's examples, which sum an array or search it, expect the step that "
        "begins then as well: for such a macro write a stop time one DT later",
    )
    return OwnRun(found["start"], found["stop"], found["dt"], method)


def _only_method(specs: Node) -> Node:
    """Return settings of which only the method is left, the rest being expressions."""
    return replace(specs, children=[])


def _check_modules(context: Context, nodes: Iterable[Node], name: str) -> None:
    for node in nodes:
        if node.tag == "module":
            context.error(
                f"the macro `{name}` has a module",
                node,
                "write the variables of the module into the macro",
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
