"""Gather the mistakes of a case, so that several are reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from headwater.errors import Diagnostic, HeadwaterError, ModelError, Place, SyntaxFault

MAX_FINDINGS = 50


@dataclass(slots=True)
class Findings:
    """Mistakes found so far, and the kind of error that the first of them was.

    After ``MAX_FINDINGS`` the reading stops: what follows is rarely about something else.
    """

    items: list[Diagnostic] = field(default_factory=list)
    kind: type[HeadwaterError] = SyntaxFault

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
        """Raise every finding as one error, if there is one."""
        if self.items:
            raise self.kind(self.items)

    def _add(self, item: Diagnostic, kind: type[HeadwaterError]) -> None:
        if not self.items:
            self.kind = kind
        if len(self.items) < MAX_FINDINGS:
            if item not in self.items:
                self.items.append(item)
            return
        if len(self.items) == MAX_FINDINGS:
            self.items.append(Diagnostic("there are more mistakes; correct these first"))
        raise self.kind(self.items)
