"""Calls: macros, graphical functions, and builtins under Vensim's names or by their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headwater.formats.vensim.translating import aggregates, memory, noise, pulses, solved
from headwater.formats.vensim.translating.equation import is_random
from headwater.formats.vensim.translating.graphs import graph_call, inverse, look_up
from headwater.formats.vensim.translating.operators import floor
from headwater.language.builtins import Builtin, Spelling, find_spelling
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.syntax import Call, Expression, Name, Number, walk
from headwater.model.variables import Flow, Graph

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

_ALONE = frozenset({"DELAY_FIXED", "SAMPLE_IF_TRUE", "INIT", "SIMULTANEOUS", "FIND_ZERO"})


def has_random(node: Expression) -> bool:
    """Tell whether a translated expression draws random numbers."""
    return any(map(is_random, walk(node)))


def call(translator: Translator, node: Call, *, alone: bool = False) -> Expression:
    """Translate a call; ``alone`` tells that it is the whole right side of an equation."""
    world, key = translator.world, node.function.key
    macro = None if translator.closed else world.macros.get(key)
    if macro is not None:
        name = Name(translator.renamed(macro.name), (), node.function.span)
        return Call(name, _macro_arguments(translator, macro.arguments(node.arguments)), node.span)
    dialect = "headwater" if translator.closed else world.dialect
    spelling = find_spelling(node.function.text, dialect)
    local = not translator.closed and key in translator.context.parameters
    if local and spelling is None:
        return Call(node.function, translator.arguments(node.arguments), node.span)
    variable = None if translator.closed else world.variables.get(key)
    if isinstance(variable, Graph | Flow) and variable.graphs:
        return graph_call(translator, node.function, variable, node.arguments)
    if spelling is None:
        return translator.fail(node, f"no function is called `{node.function.text}`")
    arguments = spelling[1].in_table_order(node.arguments)
    return builtin(translator, node, spelling[0], arguments, alone=alone)


def _macro_arguments(translator: Translator, nodes: Sequence[Expression]) -> tuple[Expression, ...]:
    """Translate arguments, of which the name of a graphical function is one."""
    found: list[Expression] = []
    for node in nodes:
        variable = translator.world.variables.get(node.key) if isinstance(node, Name) else None
        is_function = isinstance(variable, Graph) and not variable.equations
        name = translator.function_name(node) if is_function else None
        found.append(name or translator.expression(node))
    return tuple(found)


def builtin(
    translator: Translator,
    node: Call,
    found: Builtin,
    arguments: Sequence[Expression],
    *,
    alone: bool = False,
) -> Expression:
    """Translate the call of a builtin."""
    name = found.name
    if name in aggregates.READERS:
        reduced = aggregates.READERS[name](translator, node, arguments)
        if reduced is not None:
            return reduced
    if name == "LOOKUP":
        return look_up(translator, node, arguments)
    if name == "LOOKUPINV":
        return inverse(translator, node, arguments)
    for special in (memory.SPECIAL, pulses.SPECIAL, noise.SPECIAL, solved.SPECIAL):
        if name in special:
            made = special[name](translator, node, _bound(translator, found, arguments))
            if made is not None:
                return made if alone or not _stands_alone(made) else translator.named(made, "value")
    if name == "INF":
        return Number(float("inf"), node.span)
    if name == "NAN":
        translator.lost("`NAN` is written `:NA:`, which is a number to Vensim")
        return Number(NOT_AVAILABLE, node.span)
    if name == "TIME":
        return Name("Time", (), node.span)
    if name == "INT":
        return floor(translator, translator.expression(arguments[0]))
    if name == "LOG10":
        translator.lost("`LOG10` is written `LOG(x, 10)`, which may differ in the last digit")
        return Call(Name("LOG"), (*translator.arguments(arguments), Number(10.0)), node.span)
    return _plain(translator, node, found, arguments, alone)


def _stands_alone(node: Expression) -> bool:
    spelling = find_spelling(node.function.text, "vensim") if isinstance(node, Call) else None
    return spelling is not None and spelling[0].name in _ALONE


def _plain(
    translator: Translator,
    node: Call,
    found: Builtin,
    arguments: Sequence[Expression],
    alone: bool,
) -> Expression:
    """Return a builtin under its name in Vensim, or by its definition."""
    manner = next((f.name for f in found.aliases.get("vensim", ()) if f.name[0] == ":"), "")
    if manner:
        made = Call(Name(manner), _by_role(translator, found, arguments), node.span)
        return made if alone else translator.named(made, "value")
    spelling = _spelling(found, len(arguments))
    if spelling is not None:
        translated = _by_role(translator, found, arguments)
        if not translated and not found.parameters:
            return Name(spelling.name, (), node.span)
        made = Call(Name(spelling.name), _filled(spelling, found, translated), node.span)
        return made if alone or not _stands_alone(made) else translator.named(made, "value")
    if found.definition:
        bound = _bound(translator, found, arguments)
        shared = {k: translator.twice(v) if _uses(found, k) > 1 else v for k, v in bound.items()}
        return translator.defined(parse_text(found.definition), shared)
    return translator.fail(
        node,
        f"Vensim has no `{found.name}`",
        "write the equation with other functions, or convert to another format",
    )


def _spelling(found: Builtin, count: int) -> Spelling | None:
    """Return Vensim's name for a builtin with that many arguments, or that many and defaults."""
    for form in found.aliases.get("vensim", ()):
        most = found.max_args if form.max_args is None else form.max_args
        least = found.min_args if form.min_args is None else form.min_args
        names = [p.name for p in found.parameters]
        if form.name.startswith(":") or (most is not None and count > most):
            continue
        if all(n in found.defaults or n == "seed" for n in names[count:least]):
            return form
    return None


def _filled(
    form: Spelling, found: Builtin, arguments: tuple[Expression, ...]
) -> tuple[Expression, ...]:
    every = [p.name for p in found.parameters]
    least = found.min_args if form.min_args is None else form.min_args
    if "seed" in every:  # which Vensim's functions want
        least = max(least, every.index("seed") + 1)
    names = every[len(arguments) : least]
    given = (*arguments, *(parse_text(found.defaults.get(n, "0")) for n in names))
    return tuple(given[k] for k in form.order) if form.order else given


def _by_role(
    translator: Translator, found: Builtin, arguments: Sequence[Expression]
) -> tuple[Expression, ...]:
    translated: list[Expression] = []
    for index, argument in enumerate(arguments):
        role = found.parameter(index).role
        if role == "graph":
            name = translator.function_name(argument)
            translated.append(name or translator.fail(argument, "this is no graphical function"))
        elif found.name == "ELMCOUNT" and isinstance(argument, Name):
            translated.append(argument)
        else:
            translated.append(translator.expression(argument))
    return tuple(translated)


def _bound(
    translator: Translator, found: Builtin, arguments: Sequence[Expression]
) -> dict[str, Expression]:
    """Return translated arguments by the names of their parameters, defaults included."""
    bound: dict[str, Expression] = {}
    for index, parameter in enumerate(found.parameters):
        if index < len(arguments):
            bound[canonical(parameter.name)] = translator.expression(arguments[index])
        elif parameter.name in found.defaults:
            default = parse_text(found.defaults[parameter.name])
            bound[canonical(parameter.name)] = translator.defined(default, {})
    return bound


def _uses(found: Builtin, parameter: str) -> int:
    tree = parse_text(found.definition)
    return sum(isinstance(n, Name) and n.key == parameter for n in walk(tree))
