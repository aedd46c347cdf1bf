"""What one entry of the table of builtin functions says, and the short notation it is written in.

An entry's parameters are written as one text: ``"input: x, delay_time: time, [initial: x]"``. Each
has a name and a unit; brackets make it optional, and ``...`` after the last lets it repeat. Before
the name may stand a role: ``array``, ``graph``, ``constant`` or ``text``. Units are products of
``x`` and ``y`` (whatever the argument has, the same wherever the letter occurs), ``time`` (the
model's unit of time) and ``1``; ``any`` is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, cast

from headwater.language.units import Unit, parse_unit

T = TypeVar("T")

Kind = Literal["elementary", "aggregate", "time", "input", "dynamic", "random", "array", "table"]
Shape = Literal["pointwise", "aggregate", "either", "scalar"]
Role = Literal["value", "array", "graph", "constant", "text"]
Theme = Literal[
    "mathematical",
    "logical",
    "statistical",
    "delay",
    "test input",
    "time",
    "miscellaneous",
    "array",
    "graphical",
    "financial",
    "simultaneous equations",
]

STANDARD_SECTIONS: Mapping[str, str] = {
    "mathematical": "XMILE 1.0, 3.5.1",
    "statistical": "XMILE 1.0, 3.5.2",
    "delay": "XMILE 1.0, 3.5.3",
    "test input": "XMILE 1.0, 3.5.4",
    "time": "XMILE 1.0, 3.5.5",
    "miscellaneous": "XMILE 1.0, 3.5.6",
    "array": "XMILE 1.0, 3.7.1.3",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a builtin.

    ``unit`` is None where any unit will do. ``role``: a plain value, a whole array, the name of a
    graphical function, an expression that must not change during a run, or a string.
    """

    name: str
    unit: Unit | None
    role: Role = "value"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Spelling:
    """A builtin's name in another dialect.

    ``order`` lists, for each argument as that dialect writes it, the parameter it fills (counted
    from 0); empty: the same order. ``min_args`` and ``max_args`` narrow the arity; None: the same.
    """

    name: str
    order: tuple[int, ...] = ()
    min_args: int | None = None
    max_args: int | None = None

    def in_table_order(self, arguments: Sequence[T]) -> tuple[T, ...]:
        """Return the arguments of a call in this spelling as the table lists its parameters."""
        if not self.order:
            return tuple(arguments)
        placed = sorted(zip(self.order, arguments, strict=False), key=lambda pair: pair[0])
        return tuple(argument for _, argument in placed)


@dataclass(frozen=True, slots=True)
class Builtin:
    """One builtin function.

    ``kind`` says which pass deals with it:

    elementary  computed from its arguments alone, element by element
    aggregate   reduces the wildcards of its array arguments
    time        a value of the run: TIME, DT, STARTTIME, STOPTIME
    input       a function of time: STEP, RAMP, PULSE
    dynamic     has a memory; expanded into stocks and auxiliaries, or kept between steps
    random      draws from a stream
    array       about arrays: SIZE, RANK, transposition
    table       about graphical functions

    ``shape`` is the dimension rule: pointwise (every dimension of the arguments, which must fit
    the equation's), aggregate (wildcards of the arguments go away), either (aggregate where an
    argument is a whole array, else pointwise), scalar (one number).

    ``unit`` and the parameters' units are the unit rule: products of ``x``, ``y`` and ``time``;
    None: not checked. ``definition``, where given, is the meaning as an expression in the
    parameters' names and other builtins; a parameter left out counts as its ``defaults`` entry.
    """

    name: str
    kind: Kind
    shape: Shape
    theme: Theme
    parameters: tuple[Parameter, ...]
    unit: Unit | None
    doc: str
    reference: str
    definition: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    repeats: bool = False
    aliases: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)

    @property
    def min_args(self) -> int:
        """The fewest arguments."""
        return sum(not p.optional for p in self.parameters)

    @property
    def max_args(self) -> int | None:
        """The most arguments; None: any number."""
        return None if self.repeats else len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """Return the parameter that argument ``index`` fills (the last one where it repeats)."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    @property
    def signature(self) -> str:
        """The call as documentation writes it, such as ``DELAY(input, delay_time[, initial])``."""
        return self.signature_as(Spelling(self.name))

    def signature_as(self, spelling: Spelling) -> str:
        """Return the call in a spelling of another dialect, as documentation writes it."""
        names = self.names_as(spelling)
        if not names:
            return spelling.name
        least = self.min_args if spelling.min_args is None else spelling.min_args
        text = ""
        for index, name in enumerate(names):
            shown = f"{', ' if index else ''}{name}"
            text += f"[{shown}]" if index >= least else shown
        more = ", ..." if self.repeats and spelling.max_args is None else ""
        return f"{spelling.name}({text}{more})"

    def names_as(self, spelling: Spelling) -> tuple[str, ...]:
        """Return the names of the parameters as a spelling of another dialect lists them."""
        order = spelling.order or range(len(self.parameters))
        return tuple(self.parameters[i].name for i in order)[: spelling.max_args]


_Names = str | Spelling | tuple[str | Spelling, ...]
_PARAMETER = re.compile(
    r"(\[?)(?:(array|graph|constant|text) )?(\w+): ([^,\]]+?)(\]?)(\.\.\.)?(?:, |$)"
)


def entry(
    name: str,
    parameters: str,
    unit: str,
    doc: str,
    *,
    theme: Theme,
    kind: Kind = "elementary",
    shape: Shape = "pointwise",
    definition: str = "",
    defaults: Mapping[str, str] | None = None,
    example: str = "",
    reference: str = "",
    vensim: _Names = (),
    stella: _Names = (),
) -> Builtin:
    """Build one entry of the table from the short notation of this module."""
    listed, repeats = _parameters(parameters)
    aliases = {
        dialect: _spellings(names)
        for dialect, names in (("vensim", vensim), ("stella", stella))
        if names
    }
    return Builtin(
        name,
        kind,
        shape,
        theme,
        listed,
        _unit(unit),
        doc,
        reference or STANDARD_SECTIONS[theme],
        definition,
        defaults or {},
        example,
        repeats,
        aliases,
    )


def _parameters(text: str) -> tuple[tuple[Parameter, ...], bool]:
    found: list[Parameter] = []
    repeats = False
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            raise ValueError(f"parameters not understood: {text[at:]!r}")
        opening, role, name, unit, _, dots = match.groups()
        found.append(Parameter(name, _unit(unit), cast(Role, role or "value"), bool(opening)))
        repeats = bool(dots)
        at = match.end()
    return tuple(found), repeats


def _unit(text: str) -> Unit | None:
    return None if text == "any" else parse_unit(text)


def _spellings(names: _Names) -> tuple[Spelling, ...]:
    listed = names if isinstance(names, tuple) else (names,)
    return tuple(Spelling(n) if isinstance(n, str) else n for n in listed)
