"""Objects of plain data that get some of their fields only when one of these is asked for.

A large model comes from the cache in a moment because the equations of a variable are decoded when
something asks for them; what only runs a compiled program never does. To everyone else such an
object is like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

_LOCK = RLock()
_MISSING = object()
_set = object.__setattr__

Made = TypeVar("Made", bound="Deferring")


class Deferring:
    """A base of dataclasses with slots that :func:`deferred` can make."""

    __slots__ = ("_rest",)

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Any]]

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


def changed(item: Made, change: Callable[[Made], Made], known: Mapping[str, Any]) -> Made:
    """Return ``change(item)``, or where fields of it are put off what becomes that when asked.

    ``change`` gives an object of the same class, with the fields ``known``, and leaves what else
    is there already as it is.
    """
    if put_off_of(item) is None:
        return change(item)
    there = {name: _there(item, name) for name in type(item).__dataclass_fields__}
    at_once = {name: value for name, value in there.items() if value is not _MISSING} | dict(known)

    def rest() -> Mapping[str, Any]:
        made = change(item)
        return {name: getattr(made, name) for name in there if name not in at_once}

    return deferred(type(item), at_once, rest)


def _there(item: Deferring, name: str) -> Any:
    try:
        return object.__getattribute__(item, name)
    except AttributeError:
        return _MISSING


def put_off_of(item: Deferring) -> Callable[[], Mapping[str, Any]] | None:
    """Return what will give the fields that were put off, None where none are any more."""
    try:
        found: Callable[[], Mapping[str, Any]] | None = object.__getattribute__(item, "_rest")
    except AttributeError:  # made as any other
        return None
    return found
