"""Plain data as text that is quick to read back: JSON, whose objects have one name each.

The name tells what an object is, a class or one of the marks below, and its value is the list of
what it is made of. The reader of JSON, which is fast, calls back once for each, inner ones first.
Many objects of one class are written field by field, and a field that takes few values as a choice
of these. Only the classes of the modules that a :class:`Codec` was given can be made, so a text is
never more than data. Texts are for the cache: a version of the package reads its own.

A text is ASCII, in three lines: the sources, the object, and the lengths of the parts that are put
off until something asks for them (see ``deferred.py``), such as the equations of a variable. These
parts follow, one after another. A sum of many terms is no deeper than its terms.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from importlib import import_module
from itertools import accumulate
from json.encoder import encode_basestring_ascii
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from headwater.language.source import Source, Span
from headwater.language.syntax import Binary
from headwater.model.deferred import deferred
from headwater.model.variables import Variable

_TUPLE, _SPAN, _SOURCE, _ARRAY, _PATH = "t", "s", "f", "a", "p"
_ROWS, _CHOICES, _MIXTURE, _CHAIN = "r", "c", "m", "o"
_MODULES = tuple(
    f"headwater.{name}"
    for name in (
        *("errors", "language.source", "language.syntax", "model.variables", "model.uncertainty"),
        *("model.measurement", "model.project", "model.case"),
    )
)

_KNOWN_OF_VARIABLES = ("name", "dimensions", "unit", "documentation", "group", "provenance")
"""What the results of a run show of a variable: the rest of it is decoded when it is asked for."""

_MANY = 8
"""So many objects are written class by class, and those of one class field by field."""


class CannotEncodeError(Exception):
    """Something has no place in a text."""


class Packing(NamedTuple):
    """How an object becomes a tuple of plain data, and how it is made of the tuple's items."""

    pack: Callable[[Any], tuple[Any, ...]]
    unpack: Callable[..., Any]


class Codec:
    """Encodes objects of the dataclasses and enumerations of plain data that ``modules`` define.

    A module is imported when a text holds something of it. ``packed`` gives, for some classes, how
    an object becomes a tuple of plain data, and back. Of the classes in ``put_off`` and those
    derived from them, which are :class:`~headwater.model.deferred.Deferring`, the fields that are
    named there are decoded at once, the others when one of them is asked for.
    """

    def __init__(
        self,
        modules: Sequence[str],
        packed: Mapping[type, Packing] | None = None,
        put_off: Mapping[type, Sequence[str]] | None = None,
    ) -> None:
        self._modules = tuple(modules)
        self._packed = packed or {}
        self._put_off = put_off or {}
        self._kinds: dict[type, _Kind | None] = {}

    def encode(self, value: object) -> bytes:
        """Return an object as text.

        Raises :class:`CannotEncodeError` where it holds what a text cannot, or is nested too
        deeply.
        """
        encoder = _Encoder(self.kind)
        try:
            body = encoder.encode(value)
            lengths = _to_json([*map(len, encoder.parts)])
            head = "\n".join((_to_json(encoder.sources), body, lengths, ""))
            return b"".join(part.encode("ascii") for part in (head, *encoder.parts))
        except RecursionError as error:
            raise CannotEncodeError("its expressions are nested too deeply") from error

    def decode(self, text: bytes, start: int = 0) -> Any:
        """Return what :meth:`encode` was given; ``start`` is where its text begins.

        Raises ValueError, TypeError, LookupError or RecursionError for a text that it did not make.
        """
        return _Decoder(self.marked, text, start).decode()

    def kind(self, item: type) -> _Kind | None:
        """Return how objects of a class are written, None where they have no place in a text."""
        if item not in self._kinds:
            self._kinds[item] = self._kind(item)
        return self._kinds[item]

    def _kind(self, item: type) -> _Kind | None:
        if item.__module__ not in self._modules or not (
            is_dataclass(item) or issubclass(item, Enum)
        ):
            return None
        mark = f"{self._modules.index(item.__module__)}.{item.__qualname__}"
        own = fields(item) if is_dataclass(item) else ()
        known = next((k for base, k in self._put_off.items() if issubclass(item, base)), None)
        packing = self._packed.get(item)
        if known is None:
            return _Kind(item, mark, own, packing=packing)
        places = {field.name: field for field in own}
        rest = tuple(field for field in own if field.name not in known)
        return _Kind(item, mark, tuple(places[name] for name in known), rest, True)

    def marked(self, mark: str) -> _Kind:
        """Return the kind of a mark. Raises LookupError or ValueError where it is no mark."""
        number, _, name = str(mark).partition(".")
        module = import_module(self._modules[int(number)])
        found = vars(module)[name]
        kind = self.kind(found) if isinstance(found, type) else None
        if kind is None or kind.mark != mark:
            raise LookupError(f"`{mark}` is no class of a text")
        return kind


@cache
def model_codec() -> Codec:
    """Return the codec of projects and cases."""
    return Codec(_MODULES, put_off={Variable: _KNOWN_OF_VARIABLES})


@dataclass(frozen=True, slots=True)
class _Kind:
    """How objects of a class are written.

    ``known`` are the fields that are decoded at once, all but those of ``rest``; ``late`` tells
    whether there may be such. Both stand in the text without those last ones that have defaults.
    """

    item: type
    mark: str
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
        return not self.packing


class _Encoder:
    """Writes the text of objects, each by what writes its class."""

    def __init__(self, kind_of: Callable[[type], _Kind | None]) -> None:
        self.sources: list[list[object]] = []
        self.parts: list[str] = []
        self._kind_of = kind_of
        self._places: dict[int, int] = {}
        self._kept: list[Source] = []
        self._writers: dict[type, Callable[[Any], str]] = {
            **_PLAIN,
            tuple: self._tuple,
            Span: self._span,
            Source: lambda value: f'{{"{_SOURCE}":[{self._source(value)}]}}',
        }

    def encode(self, value: Any) -> str:
        kind = type(value)
        write = self._writers.get(kind)
        if write is None:
            write = self._writers[kind] = self._writer(kind)
        return write(value)

    def _writer(self, kind: type) -> Callable[[Any], str]:
        """Return what writes the objects of a class that has not come up before."""
        known = self._kind_of(kind)
        if known is not None:
            content = self._content(known)
            return partial(self._binary, content) if kind is Binary else content
        if issubclass(kind, np.ndarray):
            return _array_text
        if issubclass(kind, PurePath):
            return lambda value: f'{{"{_PATH}":[{_to_json(str(value))}]}}'
        raise CannotEncodeError(f"a {kind.__name__} has no place in a text")

    def _span(self, value: Span) -> str:
        return f'{{"{_SPAN}":[{self._source(value.source)},{value.start},{value.end}]}}'

    def _binary(self, content: Callable[[Any], str], value: Binary) -> str:
        if type(value.left) is not Binary:
            return content(value)
        added: list[Binary] = []
        node: Any = value
        while type(node) is Binary:
            added.append(node)
            node = node.left
        items = [self.encode(node)]
        for item in reversed(added):
            items += (*map(self.encode, (item.operator, item.right, item.span)),)
        return _marked(_CHAIN, items)

    def _tuple(self, items: tuple[Any, ...]) -> str:
        types = [*dict.fromkeys(map(type, items))] if len(items) >= _MANY else []
        kinds = [*map(self._kind_of, types)]
        if kinds and len(kinds) < _MANY and all(kinds):
            if len(kinds) > 1:
                places = [types.index(type(item)) for item in items]
                groups = (tuple(i for i in items if type(i) is item) for item in types)
                return _marked(_MIXTURE, [_to_json(places), *map(self._tuple, groups)])
            if kinds[0] and kinds[0].has_columns:
                return self._rows(kinds[0], items)
        return _marked(_TUPLE, map(self.encode, items))

    def _rows(self, kind: _Kind, items: tuple[Any, ...]) -> str:
        values = [[getattr(item, field.name) for item in items] for field in kind.known]
        while values and all(_is_default(v, kind.known[len(values) - 1]) for v in values[-1]):
            values.pop()
        columns = [*map(self._column, values)]
        if kind.late:
            write = self._part(kind)
            columns.insert(0, _to_json([write(item) for item in items]))
        if not columns:
            return _marked(_TUPLE, map(self.encode, items))
        return _marked(_ROWS, [_to_json(kind.mark), *columns])

    def _column(self, values: list[Any]) -> str:
        """Return values, encoded, or where they are few the places of each among these."""
        texts = [*map(self.encode, values)]
        if any(type(value) not in _PLAIN for value in values):
            places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
            if len(places) <= len(texts) // 2:
                return _marked(_CHOICES, [_list(places), _to_json([places[t] for t in texts])])
        return _list(texts)

    def _content(self, kind: _Kind) -> Callable[[Any], str]:
        """Return what writes an object of a kind by its name and the list of what it holds."""
        if kind.packing:
            pack = kind.packing.pack
            return lambda value: _marked(kind.mark, map(self.encode, pack(value)))
        if issubclass(kind.item, Enum):
            return lambda value: _marked(kind.mark, [_to_json(value.value)])
        values = self._values(kind.known)
        if not kind.late:
            return lambda value: _marked(kind.mark, values(value))
        part = self._part(kind)
        return lambda value: _marked(kind.mark, [str(part(value)), *values(value)])

    def _part(self, kind: _Kind) -> Callable[[Any], int]:
        """Return what writes that which is put off of an object, and returns its place."""
        values = self._values(kind.rest)

        def write(value: Any) -> int:
            self.parts.append(_list(values(value)))
            return len(self.parts) - 1

        return write

    def _values(self, chosen: Sequence[Field[Any]]) -> Callable[[Any], Iterable[str]]:
        """Return what writes some fields, but for the last ones that have their defaults."""
        names = [field.name for field in chosen]
        needed = 1 + max((k for k, f in enumerate(chosen) if f.default is MISSING), default=-1)
        encode = self.encode

        def write(value: Any) -> Iterable[str]:
            given = [getattr(value, name) for name in names]
            while len(given) > needed and _is_default(given[-1], chosen[len(given) - 1]):
                given.pop()
            return map(encode, given)

        return write

    def _source(self, item: Source) -> int:
        place = self._places.get(id(item))
        if place is None:
            place = self._places[id(item)] = len(self.sources)
            self.sources.append([item.name, item.text, item.first_line, item.first_column])
            self._kept.append(item)
        return place


def _list(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"


def _marked(mark: str, texts: Iterable[str]) -> str:
    return f'{{"{mark}":[{",".join(texts)}]}}'


def _array_text(value: npt.NDArray[Any]) -> str:
    content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
    return f'{{"{_ARRAY}":{_to_json([value.dtype.str, list(value.shape), content])}}}'


_to_json = json.JSONEncoder(separators=(",", ":")).encode

_PLAIN: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring_ascii,
    int: int.__repr__,
    float: lambda value: float.__repr__(value) if math.isfinite(value) else _to_json(value),
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
}


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

    def __init__(self, marked: Callable[[str], _Kind], text: bytes, start: int) -> None:
        sources, start = _line(text, start)
        self._body, start = _line(text, start)
        lengths, start = _line(text, start)
        self._text = text
        self._ends = [*accumulate(json.loads(lengths), initial=start)]
        if self._ends[-1] != len(text):
            raise ValueError("the text is not whole")
        self._sources: list[Any] = json.loads(sources)
        self._makers: dict[str, Callable[..., Any]] = {
            _TUPLE: lambda *items: items,
            _SPAN: lambda number, start, end: Span(self._source(number), start, end),
            _SOURCE: self._source,
            _ARRAY: _array,
            _PATH: Path,
            _ROWS: self._rows,
            _MIXTURE: _mixture,
            _CHAIN: _chain,
            _CHOICES: lambda values, places: [values[place] for place in places],
        }
        self._marked = marked
        self._reader = json.JSONDecoder(object_pairs_hook=self._make)

    def decode(self) -> Any:
        return self._reader.decode(self._body)

    def _make(self, pairs: list[tuple[str, list[Any]]]) -> Any:
        ((mark, items),) = pairs
        make = self._makers.get(mark)
        return make(*items) if make else self._maker(mark)(*items)

    def _source(self, number: int) -> Source:
        found = self._sources[number]
        if not isinstance(found, Source):
            found = self._sources[number] = Source(*found)
        return found

    def _rows(self, mark: str, *columns: list[Any]) -> tuple[Any, ...]:
        make = self._maker(mark)
        return tuple([make(*row) for row in zip(*columns, strict=True)])

    def _maker(self, mark: str) -> Callable[..., Any]:
        """Return what makes an object of a class of its first fields, in order."""
        if mark not in self._makers:
            self._makers[mark] = self._maker_of(self._marked(mark))
        return self._makers[mark]

    def _maker_of(self, kind: _Kind) -> Callable[..., Any]:
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
            return deferred(kind.item, known, partial(self._rest, kind, part))

        return make

    def _rest(self, kind: _Kind, part: int) -> Mapping[str, Any]:
        """Return the fields that were put off."""
        text = self._text[self._ends[part] : self._ends[part + 1]]
        values = self._reader.decode(text.decode("ascii"))
        names = [field.name for field in kind.rest]
        return {**_defaults(kind.rest), **dict(zip(names, values, strict=False))}


def _line(text: bytes, start: int) -> tuple[str, int]:
    """Return a line, and where the next begins."""
    end = text.index(b"\n", start)
    return text[start:end].decode("ascii"), end + 1


def _chain(first: Any, *added: Any) -> Any:
    for operator, right, span in zip(added[::3], added[1::3], added[2::3], strict=True):
        first = Binary(operator, first, right, span)
    return first


def _mixture(places: list[int], *groups: tuple[Any, ...]) -> tuple[Any, ...]:
    remaining = [[*reversed(group)] for group in groups]
    return tuple([remaining[place].pop() for place in places])


def _defaults(chosen: Iterable[Field[Any]]) -> dict[str, Any]:
    return {field.name: field.default for field in chosen if field.default is not MISSING}


def _array(kind: str, shape: list[int], content: str) -> Any:
    return np.frombuffer(base64.b64decode(content), np.dtype(kind)).reshape(shape).copy()
