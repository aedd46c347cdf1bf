"""Values listed by element, ``{home: 1, russia: 2.5, others: 0}``, and the dimensions they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import TypeVar

from headwater.errors import ModelError, SyntaxFault, did_you_mean
from headwater.formats.literate.text.headers import DeclaredName, read_name
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.names import canonical
from headwater.model.variables import Dimension

OTHERS = "others"
MAX_ELEMENTS = 1_000_000
T = TypeVar("T")


def is_list(text: Stretch) -> bool:
    """Tell whether a value is a list by element."""
    return text.plain.startswith("{")


def find_dimensions(
    declared: DeclaredName, known: Mapping[str, Dimension]
) -> tuple[Dimension, ...]:
    """Return the dimensions that a declaration names. Raises :class:`ModelError`."""
    found: list[Dimension] = []
    for name in declared.dimensions:
        dimension = known.get(canonical(name))
        if dimension is None:
            hint = did_you_mean(name, (d.name for d in known.values()))
            hint = hint or f"declare it: `dimension {name} = first, second`"
            raise ModelError(f"no dimension `{name}`", declared.stretch.place, hint)
        found.append(dimension)
    size = 1
    for dimension in found:
        size *= len(dimension.elements)
    if size > MAX_ELEMENTS:
        hint = f"a variable holds up to {MAX_ELEMENTS:,} elements"
        raise ModelError(
            f"`{declared.name}` would have {size:,} elements", declared.stretch.place, hint
        )
    return tuple(found)


def read_list(
    text: Stretch,
    dimensions: tuple[Dimension, ...],
    known: Mapping[str, Dimension],
    leaf: Callable[[Stretch], T],
) -> list[tuple[tuple[str, ...], T]]:
    """Read a list by element; lists nest, one level a dimension.

    A key is an element, a dimension (all of its elements), or ``others`` (every element that no
    other key names). Returns one entry an element, in the order of the dimensions.
    Raises :class:`SyntaxFault` or :class:`ModelError`.
    """
    values: dict[tuple[str, ...], T] = {}
    _collect(text, dimensions, known, leaf, ((),), values)
    order = product(*(d.elements for d in dimensions))
    return [(key, values[key]) for key in order]


def _collect(
    text: Stretch,
    dimensions: tuple[Dimension, ...],
    known: Mapping[str, Dimension],
    leaf: Callable[[Stretch], T],
    prefixes: tuple[tuple[str, ...], ...],
    values: dict[tuple[str, ...], T],
) -> None:
    if not dimensions:
        if is_list(text):
            hint = "declare its dimensions after the name: `name[place]`"
            raise SyntaxFault("a list by element needs a dimension", text.place, hint)
        value = leaf(text)
        values.update((prefix, value) for prefix in prefixes)
        return
    if not is_list(text):
        rest = product(*(d.elements for d in dimensions))
        value = leaf(text)
        values.update((p + r, value) for r in list(rest) for p in prefixes)
        return
    if not text.plain.endswith("}"):
        hint = "a list by element is the whole value: `{home: 1, others: 0}`"
        raise SyntaxFault("text follows the list", text.place, hint)
    for part, names in _entries(text, dimensions[0], known):
        longer = tuple((*prefix, name) for prefix in prefixes for name in names)
        _collect(part, dimensions[1:], known, leaf, longer, values)


def _entries(
    text: Stretch, dimension: Dimension, known: Mapping[str, Dimension]
) -> list[tuple[Stretch, tuple[str, ...]]]:
    """Return each value of one level of a list with the elements that take it."""
    by_key = {canonical(e): e for e in dimension.elements}
    given: set[str] = set()
    rest: Stretch | None = None
    entries: list[tuple[Stretch, tuple[str, ...]]] = []
    for part in text.inside().split(","):
        colon = part.surface.find(":")
        if colon < 0:
            place = part.place if part else text.place
            raise SyntaxFault("expected `element: value`", place, "as in {home: 1, others: 0}")
        key, value = part.cut(0, colon), part.cut(colon + 1)
        name = element_key(key)
        if name == OTHERS and name not in by_key:
            if rest is not None:
                raise ModelError("`others` is given twice", key.place, "keep one of them")
            rest = value
            continue
        if name in by_key:
            names: tuple[str, ...] = (by_key[name],)
        elif name in known and {canonical(e) for e in known[name].elements} <= by_key.keys():
            names = tuple(by_key[canonical(e)] for e in known[name].elements)
        else:
            hint = did_you_mean(key.text, [*dimension.elements, OTHERS])
            hint = hint or f"its elements are: {', '.join(dimension.elements[:20])}"
            raise ModelError(f"`{dimension.name}` has no element `{key.text}`", key.place, hint)
        twice = [n for n in names if n in given]
        if twice:
            raise ModelError(f"`{twice[0]}` is given twice", key.place, "keep one of them")
        given.update(names)
        entries.append((value, names))
    missing = tuple(e for e in dimension.elements if e not in given)
    if missing and rest is None:
        listed = ", ".join(f"`{m}`" for m in missing[:5])
        hint = f"add `{missing[0]}: …`, or `others: …` for every element not listed"
        raise ModelError(f"no value for {listed}", text.place, hint)
    if rest is not None and missing:
        entries.append((rest, missing))
    return entries


def element_key(text: Stretch) -> str:
    """Return the canonical name of an element that a list names. Raises :class:`SyntaxFault`."""
    if text.text.startswith('"'):
        return canonical(read_name(text, "the name of an element"))
    return canonical(text.text)
