"""Variables that a macro's call defines beside its value: ``x = FIT(a, b : error)``."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.errors import ModelError
from headwater.formats.vensim.equations import Equation, Formula
from headwater.formats.vensim.macros import MacroHeader, output_name
from headwater.formats.vensim.shapes import Shapes
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.model import variables as model
from headwater.model.variables import AnyVariable, Auxiliary


def output_variables(
    equation: Equation, headers: Sequence[MacroHeader], shapes: Shapes
) -> list[AnyVariable]:
    """Return the variables that the further outputs of an equation's macro calls define.

    Raises ModelError.
    """
    calls = _macro_calls(equation)
    made: list[AnyVariable] = []
    for macro, names in equation.outputs:
        header = _header(headers, macro, len(names), equation)
        call = calls[canonical(macro)]
        for output, name in zip(header.outputs, names, strict=True):
            made.append(_variable(equation, call, output_name(header.name, output), name, shapes))
    return made


def _macro_calls(equation: Equation) -> dict[str, Call]:
    if not isinstance(equation.right, Formula):
        return {}
    found: dict[str, Call] = {}
    for node in walk(equation.right.expression):
        if isinstance(node, Call):
            found.setdefault(node.function.key, node)
    return found


def _variable(
    equation: Equation, call: Call, function: str, name: Name, shapes: Shapes
) -> AnyVariable:
    written = tuple(s.text for s in name.subscripts if isinstance(s, Name))
    place = equation.entry.equation.place
    dimensions = shapes.of_variable(name.text, [written], [place])
    expression: Expression = Call(Name(function, (), call.span), call.arguments, call.span)
    made = model.Equation(expression, written, span=call.span)
    return Auxiliary(name=name.text, dimensions=dimensions, equations=(made,), span=name.span)


def _header(
    headers: Sequence[MacroHeader], name: str, count: int, equation: Equation
) -> MacroHeader:
    place = equation.entry.equation.place
    for header in headers:
        if canonical(header.name) == canonical(name):
            if len(header.outputs) == count:
                return header
            raise ModelError(
                f"the macro `{header.name}` has {len(header.outputs)} further outputs, not {count}",
                place,
            )
    raise ModelError(f"`{name}` is no macro, so it has no further outputs", place)
