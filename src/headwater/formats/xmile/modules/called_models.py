"""Models that equations call like functions, ``maximum(Balance)`` (XMILE 1.0, section 3.3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headwater.formats.xmile.context import Context
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.model.project import Macro, Submodel
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable


def called_models(context: Context, own: Submodel, others: Sequence[Submodel]) -> list[Macro]:
    """Return a macro for each model that is called: of its one input, and with its one output."""
    by_key = {canonical(m.name): m for m in others}
    if context.called.isdisjoint(by_key):
        return []
    variables = [v for m in (own, *others) for v in m.variables]
    taken = {v.key for v in own.variables} | context.macros
    return [
        macro
        for key in _called(variables)
        if key in by_key and key not in taken
        for macro in _as_macro(context, by_key[key])
    ]


def _called(variables: Iterable[AnyVariable]) -> list[str]:
    """Return the canonical names of what equations call, each once."""
    found: dict[str, None] = {}

    def note(expression: Expression) -> Expression:
        found.update((n.function.key, None) for n in walk(expression) if isinstance(n, Call))
        return expression

    for variable in variables:
        rewrite(variable, note)
    return list(found)


def _as_macro(context: Context, model: Submodel) -> list[Macro]:
    inputs = [v for v in model.variables if v.access == "input"]
    outputs = [v for v in model.variables if v.access == "output"]
    if len(inputs) != 1 or len(outputs) != 1 or model.modules:
        first = model.variables[0].span if model.variables else None
        context.diagnostics.error(
            f"the model `{model.name}` is called like a function, and has {len(inputs)} inputs and "
            f"{len(outputs)} outputs" + (", and modules" if model.modules else ""),
            first.place if first else None,
            "such a model has one of each; connect it as a module instead",
        )
        return []
    inside = tuple(v for v in model.variables if v is not inputs[0])
    (result,) = outputs
    return [Macro(model.name, (inputs[0].name,), Name(result.name), inside, span=result.span)]
