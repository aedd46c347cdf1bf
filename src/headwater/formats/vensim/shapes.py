"""Over which dimensions a variable runs: what its equations' left sides have in common.

A position of the subscripts is the range that all equations write there, or the range that has
exactly the elements that they define together. Where no range has just those, the variable has only
a part of one, and that part becomes a dimension of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from headwater.errors import ModelError, Place
from headwater.formats.vensim.ranges import subrange
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, Wildcard, walk
from headwater.model.variables import Dimension


class Shapes:
    """The dimensions of a model, and those that variables need beside them."""

    def __init__(
        self, dimensions: Sequence[Dimension], repeating: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.dimensions = list(dimensions)
        self._repeating = repeating
        self._by_key = {d.key: d for d in dimensions}
        self._by_elements: dict[frozenset[str], Dimension] = {}
        self._known: set[str] = set()
        # An alias comes after the range that it is another name of, wherever it stands.
        for dimension in sorted(dimensions, key=lambda d: bool(d.parent)):
            keys = frozenset(map(canonical, dimension.elements))
            self._by_elements.setdefault(keys, dimension)
            self._known |= keys

    def find(self, name: str) -> Dimension | None:
        """Return the range of that name."""
        return self._by_key.get(canonical(name))

    def elements(self, name: str) -> tuple[str, ...]:
        """Return the elements of a range, or the one element that ``name`` is."""
        found = self.find(name)
        return found.elements if found else (name,)

    def is_known(self, name: str) -> bool:
        """Tell whether a name is a range or an element."""
        return canonical(name) in self._by_key or canonical(name) in self._known

    def check_aggregates(self, expression: Expression, place: Place | None) -> None:
        """Refuse an aggregate over a range that lists an element twice. Raises ModelError.

        The manual does not say whether such an element counts twice.
        """
        if not self._repeating:
            return
        for node in walk(expression):
            over = node.dimension if isinstance(node, Wildcard) else ""
            if isinstance(node, Call) and node.function.key == "elmcount":
                over = next((a.text for a in node.arguments if isinstance(a, Name)), "")
            element = self._repeating.get(canonical(over)) if over else None
            if element is not None:
                raise ModelError(
                    f"`{over}` lists `{element}` twice: how often does that count here?",
                    node.span.place if node.span else place,
                    "aggregate over a range that lists each element once",
                )

    def of_variable(
        self, name: str, left_sides: Sequence[tuple[str, ...]], places: Sequence[Place | None]
    ) -> tuple[str, ...]:
        """Return the names of a variable's dimensions. Raises ModelError."""
        counts = {len(subscripts) for subscripts in left_sides}
        if len(counts) > 1:
            first = len(left_sides[0])
            odd = next(k for k, s in enumerate(left_sides) if len(s) != first)
            raise ModelError(
                f"`{name}` has {first} subscripts in one equation and {len(left_sides[odd])} "
                "in this one",
                places[odd],
            )
        for subscripts, place in zip(left_sides, places, strict=True):
            for written in subscripts:
                if not self.is_known(written):
                    raise ModelError(
                        f"`{written}` is neither a subscript range nor an element of one",
                        place,
                        f"define the range: {written}: element1, element2",
                    )
        return tuple(self._position([s[k] for s in left_sides]) for k in range(len(left_sides[0])))

    def _position(self, written: Sequence[str]) -> str:
        names = {canonical(w): w for w in written}
        if len(names) == 1:
            only = self.find(written[0])
            if only is not None:
                return only.name
        chosen: dict[str, str] = {}
        for name in names.values():
            for element in self.elements(name):
                chosen.setdefault(canonical(element), element)
        keys = frozenset(chosen)
        for key in names:
            candidate = self._by_key.get(key)
            if candidate and frozenset(map(canonical, candidate.elements)) == keys:
                return candidate.name
        found = self._by_elements.get(keys)
        if found is None:
            found = subrange(self.dimensions, list(chosen.values()))
            self.dimensions.append(found)
            self._by_elements[keys] = found
            self._by_key[found.key] = found
        return found.name
