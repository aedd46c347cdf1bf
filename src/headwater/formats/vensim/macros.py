"""Macros: functions that a model defines for itself, some with further results.

A macro's further outputs become functions of their own with the same content, named after both:
``FIT : error`` is the output ``error`` of the macro ``FIT``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.errors import ModelError, SyntaxFault
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.tokens import tokenize
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Name
from headwater.model.project import Macro
from headwater.model.variables import AnyVariable


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
    return f"{macro} : {output}"


def make_macros(header: MacroHeader, variables: Sequence[AnyVariable]) -> list[Macro]:
    """Return the macro and one more for each of its further outputs. Raises ModelError."""
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
                header.name if first else output_name(header.name, output),
                header.parameters,
                Name(output, (), header.span),
                tuple(variables),
                header.outputs if first else (),
                header.span,
            )
        )
    return made
