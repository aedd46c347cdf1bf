"""Names, dimensions and elements of a model, and what Vensim calls them.

In Vensim an element is the same wherever its name stands, a name belongs to a variable, a range or
an element, and the same range cannot stand for two different positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from headwater.formats.losses import Losses
from headwater.formats.vensim.control import CONTROLS
from headwater.language.builtins import BUILTINS
from headwater.language.names import canonical, free_name
from headwater.language.syntax import Name, Number
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Auxiliary, Constant, Dimension, Equation

_RESERVED = frozenset(
    {"time", *CONTROLS}
    | {canonical(s.name) for b in BUILTINS.values() for s in b.aliases.get("vensim", ())}
)


MAX_ALIASES = 50


def one_line(name: str) -> str:
    """Return a name without the line breaks that XMILE writes as ``\\n``."""
    return " ".join(name.replace("\\n", " ").replace("\\r", " ").split())


def _same_controls(project: Project) -> Iterator[str]:
    """Yield the variables that say again when a run starts, stops, steps or saves."""
    specs = project.sim_specs
    values = (specs.start, specs.stop, specs.step, specs.save_step or specs.step)
    for key, value in zip(CONTROLS, values, strict=True):
        variable = project.by_key.get(key)
        if not isinstance(variable, Constant | Auxiliary) or variable.dimensions:
            continue
        match variable.equations:
            case (Equation(expression=Number(value=said)),) if said == value:
                yield key
            case (Equation(expression=Name(key="time_step" | "dt", subscripts=())),):
                if value == specs.step:
                    yield key


class Scope:
    """What the names of a model mean, and how they are written."""

    def __init__(self, project: Project, losses: Losses) -> None:
        self._losses = losses
        self._dimensions: dict[str, Dimension] = {d.key: d for d in project.dimensions}
        self._taken = {v.key for v in project.variables} | self._dimensions.keys() | _RESERVED
        self._made: dict[str, Dimension] = {}
        self._elements = self._rename_elements()
        self.controls = frozenset(_same_controls(project))
        self._renamed = self._rename_variables(project.variables)

    # Dimensions

    def dimension(self, name: str) -> Dimension | None:
        """Return the model's dimension of that name."""
        return self._dimensions.get(canonical(name))

    def root(self, dimension: Dimension) -> Dimension:
        """Return the topmost dimension above one."""
        seen = {dimension.key}
        while dimension.parent:
            above = self.dimension(dimension.parent)
            if above is None or above.key in seen:
                break
            seen.add(above.key)
            dimension = above
        return dimension

    def index(self, dimension: Dimension, key: str) -> int | None:
        """Return the place of an element, from 0; it may be written ``dimension.element``."""
        keys = [canonical(e) for e in dimension.elements]
        if key not in keys and "." in key:
            owner, _, element = key.rpartition(".")
            if owner in (dimension.key, self.root(dimension).key):
                key = element
        return keys.index(key) if key in keys else None

    def holding(self, key: str) -> list[Dimension]:
        """Return the dimensions that have an element of that canonical name."""
        return [d for d in self._dimensions.values() if key in map(canonical, d.elements)]

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return all dimensions as Vensim has them."""
        own = (
            replace(d, elements=self.elements(d), numbered=False, name=one_line(d.name))
            for d in self._dimensions.values()
        )
        return (*own, *self._made.values())

    def elements(self, dimension: Dimension) -> tuple[str, ...]:
        """Return the elements of a dimension as Vensim has them."""
        return tuple(self.element(dimension, k) for k in range(len(dimension.elements)))

    def element(self, dimension: Dimension, index: int) -> str:
        """Return one element as Vensim has it."""
        name = dimension.elements[index]
        return self._elements.get((self.root(dimension).key, canonical(name)), one_line(name))

    def alias(self, dimension: Dimension, number: int) -> str:
        """Return the name under which a dimension stands a further time in an equation."""
        if number == 0:
            return one_line(dimension.name)
        label = f"{dimension.key} {number}"
        if label not in self._made:
            name = self.free(f"{one_line(dimension.name)} {number + 1}")
            parent = one_line(dimension.name)
            self._made[label] = Dimension(name, self.elements(dimension), parent)
        return self._made[label].name

    def another(self, text: str) -> str:
        """Return a further name for the range that Vensim knows by ``text``."""
        for dimension in list(self._dimensions.values()):
            for number in range(MAX_ALIASES):
                if number and f"{dimension.key} {number}" not in self._made:
                    break
                if canonical(self.alias(dimension, number)) == canonical(text):
                    return self.alias(dimension, number + 1)
        raise AssertionError(text)

    def part(self, dimension: Dimension, first: int, last: int) -> Dimension:
        """Return a range of its own for a run of elements."""
        label = f"{dimension.key}:{first}:{last}"
        if label not in self._dimensions:
            elements = dimension.elements[first : last + 1]
            name = self.free(f"{dimension.name} {elements[0]} to {elements[-1]}")
            part = Dimension(name, elements, parent=self.root(dimension).name)
            self._dimensions[label] = part
        return self._dimensions[label]

    # Names

    def free(self, wish: str) -> str:
        """Return a name that nothing has yet, and keep it."""
        name = free_name(wish, self._taken)
        self._taken.add(canonical(name))
        return name

    def name(self, text: str) -> str:
        """Return a variable's name as Vensim has it."""
        return self._renamed.get(canonical(text), one_line(text))

    def _rename_variables(self, variables: Iterable[AnyVariable]) -> Mapping[str, str]:
        renamed: dict[str, str] = {}
        for variable in variables:
            if variable.key in _RESERVED and variable.key not in self.controls:
                renamed[variable.key] = self.free(f"{one_line(variable.name)} value")
                what = "names that are Vensim's own become `… value`"
                self._losses.add(what, variable.name, variable.span)
        return renamed

    def _rename_elements(self) -> Mapping[tuple[str, str], str]:
        renamed: dict[tuple[str, str], str] = {}
        owners: dict[str, Sequence[str]] = {}
        for dimension in self._dimensions.values():
            if self.root(dimension) is not dimension:
                continue
            keys = [canonical(e) for e in dimension.elements]
            for key, element in zip(keys, dimension.elements, strict=True):
                shared = owners.get(key)
                plain = shared is None or list(shared) == keys
                if plain and not element.isdigit() and key not in self._taken:
                    owners.setdefault(key, keys)
                    continue
                wish = f"{one_line(dimension.name)} {one_line(element)}"
                renamed[dimension.key, key] = self.free(wish)
                what = "elements that Vensim cannot tell apart by name alone get longer names"
                self._losses.add(what, dimension.name, dimension.span)
        self._taken |= owners.keys()
        return renamed
