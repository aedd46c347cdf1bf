"""Macros: functions that a model defines for itself, some with further results.

A macro's further outputs become functions of their own with the same content, named after both:
``FIT : error`` is the output ``error`` of the macro ``FIT``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.tokens import tokenize
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, Name, transform
from headwater.model.project import RESULT, Macro
from headwater.model.variables import AnyVariable, Auxiliary, Data, Graph


@dataclass(frozen=True, slots=True)
class MacroHeader:
    """``:MACRO: NAME(input, input : output)``."""

    name: str
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    span: Span


def read_header(span: Span) -> MacroHeader:
    """Read the header of a macro. Raises SyntaxFault."""
    reader = ExpressionReader(span.source, tokenize(span))
    name = reader.advance()
    if name.kind != "name":
        reader.fail("a macro needs a name", token=name)
    reader.expect("(", "the name of the macro")
    parameters = _names(reader)
    outputs = _names(reader) if reader.accept(":") else ()
    reader.expect(")", "the inputs of the macro")
    every = [canonical(n) for n in (*parameters, *outputs)]
    if len(set(every)) < len(every):
        raise SyntaxFault(f"the macro `{name.text}` has two inputs of one name", span.place)
    return MacroHeader(name.text, parameters, outputs, span)


def _names(reader: ExpressionReader) -> tuple[str, ...]:
    found: list[str] = []
    while reader.token.kind == "name":
        found.append(reader.advance().text)
        if not reader.accept(","):
            break
    return tuple(found)


def output_name(macro: str, output: str) -> str:
    """Return the name of the function that gives one further output of a macro."""
    return f"{macro}{RESULT}{output}"


def make_macros(
    header: MacroHeader, variables: Sequence[AnyVariable]
) -> tuple[list[Macro], list[AnyVariable]]:
    """Return the macro, one more for each of its further outputs, and the functions they need.

    The lookups of a macro become functions of the model, under names that begin with the macro's.
    Raises ModelError.
    """
    variables, functions = _without_lookups(header, variables)
    known = {v.key for v in variables}
    made: list[Macro] = []
    for output in (header.name, *header.outputs):
        if canonical(output) not in known:
            raise ModelError(
                f"the macro `{header.name}` has no equation for its result `{output}`",
                header.span.place,
                f"write {output} = … between its first and last line",
            )
        first = output is header.name
        made.append(
            Macro(
                name=header.name if first else output_name(header.name, output),
                parameters=header.parameters,
                expression=Name(output, (), header.span),
                variables=tuple(variables),
                outputs=header.outputs if first else (),
                span=header.span,
            )
        )
    return made, functions


def _without_lookups(
    header: MacroHeader, variables: Sequence[AnyVariable]
) -> tuple[list[AnyVariable], list[AnyVariable]]:
    names = {v.key: f"{header.name} {v.name}" for v in variables if isinstance(v, Graph)}
    if not names:
        return list(variables), []

    def renamed(node: Expression) -> Expression:
        if isinstance(node, Call) and node.function.key in names:
            return replace(node, function=Name(names[node.function.key], (), node.span))
        return node

    plain: list[AnyVariable] = []
    functions: list[AnyVariable] = []
    for variable in variables:
        if isinstance(variable, Graph):
            name = names[variable.key]
            functions.append(replace(variable, name=name, equations=(), save=False))
            if not variable.equations:
                continue
            calls = tuple(
                replace(e, expression=Call(Name(name), (e.expression,), e.span))
                for e in variable.equations
            )
            variable = Auxiliary(name=variable.name, equations=calls, span=variable.span)
        plain.append(_changed(variable, renamed))
    return plain, functions


def _changed(variable: AnyVariable, change: Callable[[Expression], Expression]) -> AnyVariable:
    if isinstance(variable, Data):
        return variable
    equations = tuple(
        replace(
            e,
            expression=transform(e.expression, change),
            initial=None if e.initial is None else transform(e.initial, change),
            rate=None if e.rate is None else transform(e.rate, change),
        )
        for e in variable.equations
    )
    return replace(variable, equations=equations)
