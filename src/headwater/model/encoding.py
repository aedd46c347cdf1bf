"""Plain data as text that is quick to read back: JSON, whose objects have one name each.

The name tells what an object is, the number of a class or one of the marks below, and its value is
the list of what it is made of. The reader of JSON, which is fast, calls back once for each, inner
ones first. Only the classes that a :class:`Codec` was given can be made, so a text is never more
than data. Texts are for the cache: a version of the package reads its own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from headwater import errors
from headwater.language import source, syntax
from headwater.language.source import Source, Span
from headwater.model import case, measurement, project, uncertainty, variables

_TUPLE, _SPAN, _SOURCE, _ARRAY, _PATH = "t", "s", "f", "a", "p"
_PLAIN = (str, int, float, bool, type(None))


class CannotEncodeError(Exception):
    """Something has no place in a text."""


class Codec:
    """Encodes objects of some classes: dataclasses and enumerations of plain data.

    ``packed`` gives, for some classes, how an object becomes a tuple of plain data, and back.
    """

    def __init__(
        self, classes: Sequence[type], packed: Mapping[type, Packing] | None = None
    ) -> None:
        self._classes = tuple(classes)
        self._numbers = {item: number for number, item in enumerate(self._classes)}
        self._packed = dict(packed or {})

    def encode(self, value: object) -> str:
        """Return an object as text.

        Raises :class:`CannotEncodeError` where it holds what a text cannot, or is nested too
        deeply.
        """
        encoder = _Encoder(self._numbers, self._packed)
        try:
            body = encoder.encode(value)
            parts = (json.dumps(part, separators=(",", ":")) for part in (encoder.sources, body))
            return "\n".join(parts)
        except RecursionError as error:
            raise CannotEncodeError("its expressions are nested too deeply") from error

    def decode(self, text: str) -> Any:
        """Return what :meth:`encode` was given.

        Raises ValueError, TypeError, LookupError or RecursionError for a text that it did not make.
        """
        sources, _, body = text.partition("\n")
        found = [Source(*item) for item in json.loads(sources)]
        makers: dict[str, Callable[..., Any]] = {
            _TUPLE: lambda *items: items,
            _SPAN: lambda number, start, end: Span(found[number], start, end),
            _SOURCE: lambda number: found[number],
            _ARRAY: _array,
            _PATH: Path,
        }
        makers |= {str(number): self._maker(item) for number, item in enumerate(self._classes)}

        def make(pairs: list[tuple[str, list[Any]]]) -> Any:
            ((mark, items),) = pairs
            return makers[mark](*items)

        return json.loads(body, object_pairs_hook=make)

    def _maker(self, item: type) -> Callable[..., Any]:
        """Return what makes an object of its first fields, in order."""
        if item in self._packed:
            return self._packed[item].unpack
        if issubclass(item, Enum) or not any(field.kw_only for field in _fields(item)):
            return item
        names = [field.name for field in _fields(item)]
        return lambda *values: item(**dict(zip(names, values, strict=False)))


class Packing(NamedTuple):
    """How an object becomes a tuple of plain data, and how it is made of the tuple's items."""

    pack: Callable[[Any], tuple[Any, ...]]
    unpack: Callable[..., Any]


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
    return Codec(dataclasses_of(*modules))


_FIELDS: dict[type, tuple[Field[Any], ...]] = {}


def _fields(item: Any) -> tuple[Field[Any], ...]:
    found = _FIELDS.get(item)
    if found is None:
        found = _FIELDS[item] = fields(item)
    return found


class _Encoder:
    def __init__(self, numbers: Mapping[type, int], packed: Mapping[type, Packing]) -> None:
        self.sources: list[list[object]] = []
        self._numbers = numbers
        self._packed = packed
        self._places: dict[int, int] = {}
        self._kept: list[Source] = []

    def encode(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is tuple:
            return {_TUPLE: [*map(self.encode, value)]}
        if kind is Span:
            return {_SPAN: [self._source(value.source), value.start, value.end]}
        if kind is Source:
            return {_SOURCE: [self._source(value)]}
        if isinstance(value, np.ndarray):
            content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
            return {_ARRAY: [value.dtype.str, list(value.shape), content]}
        if isinstance(value, PurePath):
            return {_PATH: [str(value)]}
        number = self._numbers.get(kind)
        if number is None:
            raise CannotEncodeError(f"a {kind.__name__} has no place in a text")
        if kind in self._packed:
            return {number: [*map(self.encode, self._packed[kind].pack(value))]}
        if isinstance(value, Enum):
            return {number: [value.value]}
        given = [getattr(value, field.name) for field in _fields(kind)]
        for field in reversed(_fields(kind)):
            if not _is_default(given[-1], field):
                break
            given.pop()
        return {number: [*map(self.encode, given)]}

    def _source(self, item: Source) -> int:
        place = self._places.get(id(item))
        if place is None:
            place = self._places[id(item)] = len(self.sources)
            self.sources.append([item.name, item.text, item.first_line, item.first_column])
            self._kept.append(item)
        return place


def _is_default(value: Any, field: Field[Any]) -> bool:
    default = field.default
    if value is default or type(value) is not type(default):
        return value is default
    if isinstance(value, float):
        return repr(value) == repr(default)
    return (type(value) in _PLAIN or value == ()) and bool(value == default)


def _array(kind: str, shape: list[int], content: str) -> Any:
    return np.frombuffer(base64.b64decode(content), np.dtype(kind)).reshape(shape).copy()
