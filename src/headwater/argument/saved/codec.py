"""Plain dataclasses to and from JSON values. Only the types that are asked for are ever built."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

Made = TypeVar("Made")


def encode(value: Any) -> Any:
    """Return a value as what JSON can hold: dataclasses as objects, a number that is not finite as
    null. Raises ``TypeError`` for anything else."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): encode(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [encode(v) for v in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"a {type(value).__name__} cannot be saved")


def decode(kind: type[Made], value: Any) -> Made:
    """Build ``kind`` from what :func:`encode` returned; a null where a number is wanted is NaN.

    Raises ``ValueError`` where it does not fit.
    """
    return typing.cast(Made, _decode(kind, value))


def _decode(kind: Any, value: Any) -> Any:
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return (
            None
            if value is None
            else _decode(next(k for k in inside if k is not type(None)), value)
        )
    if origin is typing.Literal:
        return _checked(value, value in inside)
    if origin is tuple:
        _checked(value, isinstance(value, list))
        if inside[1:] == (...,):
            return tuple(_decode(inside[0], v) for v in value)
        _checked(value, len(value) == len(inside))
        return tuple(_decode(k, v) for k, v in zip(inside, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        _checked(value, isinstance(value, dict))
        return {k: _decode(inside[1], v) for k, v in value.items()}
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value)
    if kind is float:
        return math.nan if value is None else float(_checked(value, _is_number(value)))
    if kind is int:
        return _checked(value, isinstance(value, int) and not isinstance(value, bool))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return _checked(value, isinstance(value, kind))


def _dataclass(kind: Any, value: Any) -> Any:
    _checked(value, isinstance(value, dict))
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    missing = [f.name for f in fields if f.name not in value]
    if missing:
        raise ValueError(f"`{missing[0]}` is missing")
    return kind(**{f.name: _decode(hints[f.name], value[f.name]) for f in fields})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked(value: Any, fits: bool) -> Any:
    if not fits:
        raise ValueError(f"`{str(value)[:40]}` is not what is expected here")
    return value
