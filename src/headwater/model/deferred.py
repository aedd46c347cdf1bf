"""Objects of plain data that get some of their fields only when one of these is asked for.

A large model comes from the cache in a moment because the equations of a variable are decoded when
something asks for them; what only runs a compiled program never does. To everyone else such an
object is like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

_LOCK = RLock()
_set = object.__setattr__

Made = TypeVar("Made", bound="Deferring")


class Deferring:
    """A base of dataclasses with slots that :func:`deferred` can make."""

    __slots__ = ("_rest",)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Fill in the fields that were put off: one that is there never comes here."""
            if name not in type(self).__dataclass_fields__:
                kind = type(self).__name__
                raise AttributeError(f"'{kind}' object has no attribute '{name}'")
            with _LOCK:
                rest = put_off_of(self)
                if rest is not None:
                    for field, value in rest().items():
                        _set(self, field, value)
                    _set(self, "_rest", None)
            return object.__getattribute__(self, name)


def deferred(
    kind: type[Made], known: Mapping[str, Any], rest: Callable[[], Mapping[str, Any]]
) -> Made:
    """Return an object with the fields ``known``; ``rest`` gives all others, at most once."""
    made = object.__new__(kind)
    for field, value in known.items():
        _set(made, field, value)
    _set(made, "_rest", rest)
    return made


def put_off_of(item: Deferring) -> Callable[[], Mapping[str, Any]] | None:
    """Return what will give the fields that were put off, None where none are any more."""
    try:
        found: Callable[[], Mapping[str, Any]] | None = object.__getattribute__(item, "_rest")
    except AttributeError:  # made as any other
        return None
    return found
