"""Gather the mistakes of a case, so that several are reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from headwater.errors import Diagnostic, HeadwaterError, ModelError, Place, SyntaxFault

MAX_FINDINGS = 50


@dataclass(slots=True)
class Findings:
    """Mistakes found so far, and the kind of error that each of them is.

    After ``MAX_FINDINGS`` the reading stops: what follows is rarely about something else.
    """

    kinds: dict[Diagnostic, type[HeadwaterError]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.kinds)

    def error(
        self,
        message: str,
        place: Place | None = None,
        hint: str = "",
        kind: type[HeadwaterError] = SyntaxFault,
    ) -> None:
        """Add a mistake."""
        self._add(Diagnostic(message, place, hint), kind)

    def duplicate(self, what: str, name: str, second: Place, first: Place) -> None:
        """Add a name that is declared twice, showing both places."""
        hint = f"the first is at {first}; rename or remove one"
        self.error(f"the {what} `{name}` is declared twice", second, hint, ModelError)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Turn an error raised inside into findings and go on after the block."""
        try:
            yield
        except HeadwaterError as error:
            for item in error.diagnostics:
                self._add(item, type(error))

    def raise_all(self) -> None:
        """Raise every finding as one error of the first one's kind, if there is one.

        Findings stand in the order of their places, file by file.
        """
        if self.kinds:
            files = {_file(item): i for i, item in reversed(list(enumerate(self.kinds)))}
            items = sorted(self.kinds, key=lambda item: (files[_file(item)], *_position(item)))
            kind = self.kinds[items[0]]
            if len(items) == MAX_FINDINGS:
                items.append(Diagnostic("there are more mistakes; correct these first"))
            raise kind(items)

    def _add(self, item: Diagnostic, kind: type[HeadwaterError]) -> None:
        if len(self.kinds) < MAX_FINDINGS:
            self.kinds.setdefault(item, kind)
        if len(self.kinds) == MAX_FINDINGS:
            self.raise_all()


def _file(item: Diagnostic) -> str:
    return item.place.file if item.place else ""


def _position(item: Diagnostic) -> tuple[int, int]:
    return (item.place.line, item.place.column) if item.place else (0, 0)
