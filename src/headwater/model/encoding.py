"""Plain data as text that is quick to read back: JSON, whose objects have one name each.

The name tells what an object is, the number of a class or one of the marks below, and its value is
the list of what it is made of. The reader of JSON, which is fast, calls back once for each, inner
ones first. Many objects of one class are written field by field, and a field that takes few values
as a choice of these. Only the classes that a :class:`Codec` was given can be made, so a text is
never more than data. Texts are for the cache: a version of the package reads its own.

A text is lines: the sources, the object, and one line for each part that is put off until something
asks for it (see ``deferred.py``), such as the equations of a variable.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from headwater import errors
from headwater.language import source, syntax
from headwater.language.source import Source, Span
from headwater.model import case, measurement, project, uncertainty, variables
from headwater.model.deferred import deferred

_TUPLE, _SPAN, _SOURCE, _ARRAY, _PATH, _ROWS, _CHOICES = "t", "s", "f", "a", "p", "r", "c"
_PLAIN = (str, int, float, bool, type(None))

_KNOWN_OF_VARIABLES = ("name", "dimensions", "unit", "documentation", "group", "provenance")
"""What the results of a run show of a variable: the rest of it is decoded when it is asked for."""

_MANY = 8
"""So many objects of one class in a row are written field by field."""


class CannotEncodeError(Exception):
    """Something has no place in a text."""


class Packing(NamedTuple):
    """How an object becomes a tuple of plain data, and how it is made of the tuple's items."""

    pack: Callable[[Any], tuple[Any, ...]]
    unpack: Callable[..., Any]


class Codec:
    """Encodes objects of some classes: dataclasses and enumerations of plain data.

    ``packed`` gives, for some classes, how an object becomes a tuple of plain data, and back.
    Of the classes in ``put_off`` and those derived from them, which are
    :class:`~headwater.model.deferred.Deferring`, the fields that are named there are decoded at
    once, the others when one of them is asked for.
    """

    def __init__(
        self,
        classes: Sequence[type],
        packed: Mapping[type, Packing] | None = None,
        put_off: Mapping[type, Sequence[str]] | None = None,
    ) -> None:
        self._kinds: dict[type, _Kind] = {}
        for number, item in enumerate(classes):
            known = next((k for base, k in (put_off or {}).items() if issubclass(item, base)), None)
            self._kinds[item] = _kind(item, number, known, (packed or {}).get(item))

    def encode(self, value: object) -> str:
        """Return an object as text.

        Raises :class:`CannotEncodeError` where it holds what a text cannot, or is nested too
        deeply.
        """
        encoder = _Encoder(self._kinds)
        try:
            body = _to_json(encoder.encode(value))
            return "\n".join((_to_json(encoder.sources), body, *encoder.parts))
        except RecursionError as error:
            raise CannotEncodeError("its expressions are nested too deeply") from error

    def decode(self, text: str) -> Any:
        """Return what :meth:`encode` was given.

        Raises ValueError, TypeError, LookupError or RecursionError for a text that it did not make.
        """
        return _Decoder(self._kinds.values(), text).decode()


def dataclasses_of(*modules: ModuleType) -> list[type]:
    """Return the dataclasses and enumerations that modules define, in a fixed order."""
    found = {
        f"{item.__module__}.{item.__qualname__}": item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, type) and item.__module__ == module.__name__
        if is_dataclass(item) or issubclass(item, Enum)
    }
    return [item for _, item in sorted(found.items())]


@cache
def model_codec() -> Codec:
    """Return the codec of projects and cases."""
    modules = (errors, source, syntax, variables, uncertainty, measurement, project, case)
    put_off: dict[type, Sequence[str]] = {variables.Variable: _KNOWN_OF_VARIABLES}
    return Codec(dataclasses_of(*modules), put_off=put_off)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How objects of a class are written.

    ``known`` are the fields that are decoded at once, all but those of ``rest``; ``late`` tells
    whether there may be such. Both stand in the text without those last ones that have defaults.
    """

    item: type
    number: int
    known: tuple[Field[Any], ...]
    rest: tuple[Field[Any], ...] = ()
    late: bool = False
    packing: Packing | None = None

    @property
    def by_name(self) -> bool:
        """Whether fields are given by name when an object is made."""
        return any(field.kw_only for field in self.known)

    @property
    def has_columns(self) -> bool:
        """Whether many objects can be written field by field."""
        if issubclass(self.item, Enum) or self.item in (Span, Source):
            return False
        return self.late or not self.packing


def _kind(item: type, number: int, known: Sequence[str] | None, packing: Packing | None) -> _Kind:
    own = fields(item) if is_dataclass(item) else ()
    if known is None:
        return _Kind(item, number, own, packing=packing)
    places = {field.name: field for field in own}
    rest = tuple(field for field in own if field.name not in known)
    return _Kind(item, number, tuple(places[name] for name in known), rest, True, packing)


class _Encoder:
    def __init__(self, kinds: Mapping[type, _Kind]) -> None:
        self.sources: list[list[object]] = []
        self.parts: list[str] = []
        self._kinds = kinds
        self._places: dict[int, int] = {}
        self._kept: list[Source] = []

    def encode(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is tuple:
            return self._tuple(value)
        if kind is Span:
            return {_SPAN: [self._source(value.source), value.start, value.end]}
        if kind is Source:
            return {_SOURCE: [self._source(value)]}
        if isinstance(value, np.ndarray):
            content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
            return {_ARRAY: [value.dtype.str, list(value.shape), content]}
        if isinstance(value, PurePath):
            return {_PATH: [str(value)]}
        known = self._kinds.get(kind)
        if known is None:
            raise CannotEncodeError(f"a {kind.__name__} has no place in a text")
        if isinstance(value, Enum):
            return {known.number: [value.value]}
        return {known.number: self._content(known, value)}

    def _tuple(self, items: tuple[Any, ...]) -> Any:
        kind = self._kinds.get(type(items[0])) if len(items) >= _MANY else None
        if not kind or not kind.has_columns or any(type(item) is not kind.item for item in items):
            return {_TUPLE: [*map(self.encode, items)]}
        given = [field.name for field in _without_defaults(kind.known, items)]
        columns = [self._column([getattr(item, name) for item in items]) for name in given]
        if kind.late:
            columns.insert(0, [self._part(kind, item) for item in items])
        if not columns:
            return {_TUPLE: [*map(self.encode, items)]}
        return {_ROWS: [kind.number, *columns]}

    def _column(self, values: list[Any]) -> Any:
        """Return values, encoded, or where they are few the places of each among these."""
        encoded = [*map(self.encode, values)]
        if all(type(value) in _PLAIN for value in values):
            return encoded
        texts = [*map(_to_json, encoded)]
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        if len(places) > len(texts) // 2:
            return encoded
        few = dict(zip(texts, encoded, strict=True))
        return {_CHOICES: [[few[text] for text in places], [places[text] for text in texts]]}

    def _content(self, kind: _Kind, value: Any) -> list[Any]:
        if kind.packing and not kind.late:
            return [*map(self.encode, kind.packing.pack(value))]
        values = self._values(kind.known, value)
        return [self._part(kind, value), *values] if kind.late else values

    def _part(self, kind: _Kind, value: Any) -> int:
        """Write what is put off of an object, and return its place."""
        packed = kind.packing.pack(value) if kind.packing else None
        later = [*map(self.encode, packed)] if packed else self._values(kind.rest, value)
        self.parts.append(_to_json(later))
        return len(self.parts) - 1

    def _values(self, chosen: Sequence[Field[Any]], value: Any) -> list[Any]:
        given = _without_defaults(chosen, (value,))
        return [self.encode(getattr(value, field.name)) for field in given]

    def _source(self, item: Source) -> int:
        place = self._places.get(id(item))
        if place is None:
            place = self._places[id(item)] = len(self.sources)
            self.sources.append([item.name, item.text, item.first_line, item.first_column])
            self._kept.append(item)
        return place


def _without_defaults(chosen: Sequence[Field[Any]], items: Sequence[Any]) -> Sequence[Field[Any]]:
    """Return fields but for the last ones that have their defaults in all objects."""
    for count in range(len(chosen), 0, -1):
        last = chosen[count - 1]
        if not all(_is_default(getattr(item, last.name), last) for item in items):
            return chosen[:count]
    return ()


def _to_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _is_default(value: Any, field: Field[Any]) -> bool:
    default = field.default
    if value is default or type(value) is not type(default):
        return value is default
    if isinstance(value, float):
        return repr(value) == repr(default)
    if is_dataclass(value):
        own = fields(value)
        pairs = ((getattr(item, f.name), f) for item in (value, default) for f in own)
        return all(_is_default(found, f) for found, f in pairs)
    return (type(value) in _PLAIN or value == ()) and bool(value == default)


class _Decoder:
    """Makes the object of one text."""

    def __init__(self, kinds: Iterable[_Kind], text: str) -> None:
        sources, self._body, *self._parts = text.split("\n")
        self._sources: list[Any] = json.loads(sources)
        self._makers: dict[str, Callable[..., Any]] = {
            _TUPLE: lambda *items: items,
            _SPAN: lambda number, start, end: Span(self._source(number), start, end),
            _SOURCE: self._source,
            _ARRAY: _array,
            _PATH: Path,
            _ROWS: self._rows,
            _CHOICES: lambda values, places: [values[place] for place in places],
        }
        self._makers |= {str(kind.number): self._maker(kind) for kind in kinds}
        self._reader = json.JSONDecoder(object_pairs_hook=self._make)

    def decode(self) -> Any:
        return self._reader.decode(self._body)

    def _make(self, pairs: list[tuple[str, list[Any]]]) -> Any:
        ((mark, items),) = pairs
        return self._makers[mark](*items)

    def _source(self, number: int) -> Source:
        found = self._sources[number]
        if not isinstance(found, Source):
            found = self._sources[number] = Source(*found)
        return found

    def _rows(self, number: int, *columns: list[Any]) -> tuple[Any, ...]:
        make = self._makers[str(number)]
        return tuple([make(*row) for row in zip(*columns, strict=True)])

    def _maker(self, kind: _Kind) -> Callable[..., Any]:
        """Return what makes an object of its first fields, in order."""
        if kind.late:
            return self._late_maker(kind)
        if kind.packing:
            return kind.packing.unpack
        if not kind.by_name:
            return kind.item
        names = [field.name for field in kind.known]
        return lambda *values: kind.item(**dict(zip(names, values, strict=False)))

    def _late_maker(self, kind: _Kind) -> Callable[..., Any]:
        """Return what makes an object of the number of its part and its first known fields."""
        names = [field.name for field in kind.known]
        defaults = _defaults(kind.known)
        needed = len(names) - len(defaults)

        def make(part: int, *values: Any) -> Any:
            if len(values) < needed:
                raise TypeError("fields are missing")
            known = {**defaults, **dict(zip(names, values, strict=False))}
            return deferred(kind.item, known, partial(self._rest, kind, self._parts[part]))

        return make

    def _rest(self, kind: _Kind, part: str) -> Mapping[str, Any]:
        """Return the fields that were put off."""
        values = self._reader.decode(part)
        names = [field.name for field in kind.rest]
        if kind.packing:
            made = kind.packing.unpack(*values)
            return {name: getattr(made, name) for name in names}
        return {**_defaults(kind.rest), **dict(zip(names, values, strict=False))}


def _defaults(chosen: Iterable[Field[Any]]) -> dict[str, Any]:
    return {field.name: field.default for field in chosen if field.default is not MISSING}


def _array(kind: str, shape: list[int], content: str) -> Any:
    return np.frombuffer(base64.b64decode(content), np.dtype(kind)).reshape(shape).copy()
