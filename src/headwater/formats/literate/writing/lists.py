"""Values by element: one for all, or a list in braces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from headwater.language.names import canonical
from headwater.language.printer import print_name
from headwater.model.variables import Dimension

Cell = tuple[str, ...]
OTHERS = "others"


def listed(values: Mapping[Cell, str], dimensions: Sequence[Dimension], depth: int = 1) -> str:
    """Return the values of all elements, by canonical names, as nested lists.

    Where all of an array are the same there is no list; the value that most elements have is that
    of ``others``.
    """
    if not dimensions:
        return values[()]
    first, rest = dimensions[0], dimensions[1:]
    parts: dict[str, str] = {}
    for element in first.elements:
        key = canonical(element)
        inner = {cell[1:]: v for cell, v in values.items() if cell[0] == key}
        parts[element] = listed(inner, rest, depth + 1)
    first_value = next(iter(parts.values()))
    if len(set(parts.values())) == 1 and not first_value.startswith("{"):
        return first_value
    common, count = Counter(parts.values()).most_common(1)[0]
    taken = any(canonical(e) == OTHERS for e in first.elements)
    entries = [
        f"{_key(e)}: {text}" for e, text in parts.items() if text != common or count == 1 or taken
    ]
    if count > 1 and not taken:
        entries.append(f"{OTHERS}: {common}")
    return _braces(entries, depth)


def _key(element: str) -> str:
    return element if element.isdigit() else print_name(element)


def _braces(entries: Sequence[str], depth: int) -> str:
    short = "{" + ", ".join(entries) + "}"
    if len(short) <= 80 and "\n" not in short:
        return short
    indent = "\n" + "  " * (depth + 2)
    return "{" + indent + f",{indent}".join(entries) + "}"
