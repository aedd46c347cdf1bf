"""Numbers that are solved for: Vensim wants vectors along the last range of the left side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from headwater.formats.vensim.translating.memory import Arguments, Special
from headwater.language.syntax import Call, Expression, Name, Number, walk
from headwater.model.variables import Auxiliary, Equation

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

_VECTORS = ("scale", "zero", "zero_scale", "guess")
_NUMBERS = ("skip", "tolerance", "max_iterations", "method")


def _find_zero(translator: Translator, node: Call, given: Arguments) -> Expression:
    left = translator.context.left
    if not left or left[-1].written is None:
        return translator.fail(
            node,
            "Vensim's FIND ZERO finds the elements of an array, all in one equation",
            "give the variable a dimension, of one element if need be",
        )
    count = given.get("count") or Call(Name("ELMCOUNT"), (Name(left[-1].text),))
    vectors = [_vector(translator, given[key], key.replace("_", " ")) for key in _VECTORS]
    arguments = (*vectors, count, *(given[key] for key in _NUMBERS))
    return Call(Name("FIND ZERO"), arguments, node.span)


def _by_priority(translator: Translator, node: Call, given: Arguments) -> Expression:
    left = translator.context.left
    shape = given.get("shape")
    if shape is not None and shape != Number(1.0):
        return translator.fail(
            node,
            "Vensim's ALLOCATE BY PRIORITY has no shape but the rectangle, which is number 1",
            "write 1, or ALLOCATE_AVAILABLE with profiles of their own",
        )
    if not left or left[-1].written is None or _over(translator, given) != left[-1].text:
        return translator.fail(
            node,
            "Vensim's ALLOCATE BY PRIORITY allocates over the last subscript of the left side",
            "give the variable, the requests and the priorities that dimension last",
        )
    vectors = [_vector(translator, given[key], key) for key in ("request", "priority")]
    count = Call(Name("ELMCOUNT"), (Name(left[-1].text),))
    arguments = (*vectors, count, given["width"], given["supply"])
    return Call(Name("ALLOCATE BY PRIORITY"), arguments, node.span)


def _over(translator: Translator, given: Arguments) -> str:
    """Return the range over which is allocated: the one that is named, or the requests' last."""
    ranges = {part.text for part in translator.context.left if part.written is not None}
    size = given["size"]
    if isinstance(size, Name) and not size.subscripts and size.text in ranges:
        return size.text
    last = {_last(n) for n in walk(given["request"]) if isinstance(n, Name)} & ranges
    return last.pop() if len(last) == 1 else ""


def _last(node: Name) -> str:
    match node.subscripts:
        case (*_, Name(text=text)):
            return text
    return ""


def _vector(translator: Translator, node: Expression, label: str) -> Expression:
    """Return what has an element for each of the left side's: a name, or a variable made for it."""
    context = translator.context
    last = context.left[-1].text
    if isinstance(node, Name) and node.subscripts and node.subscripts[-1] == Name(last):
        return node
    ranges = tuple(context.free_dimensions())
    name = context.scope.free(f"{context.scope.name(context.owner.name)} {label}")
    equation = Equation(node, ranges)
    group, span = context.owner.group, context.owner.span
    made = Auxiliary(name=name, dimensions=ranges, equations=(equation,), group=group, span=span)
    context.made.append(made)
    return Name(name, tuple(map(Name, ranges)))


SPECIAL: Mapping[str, Special] = {
    "ALLOCATE_BY_PRIORITY": _by_priority,
    "FIND_ZERO": _find_zero,
}
