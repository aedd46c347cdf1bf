"""The one exception tree, and the diagnostics that every error carries.

A :class:`Diagnostic` says what is wrong, where (file, line, column, the line itself) and what to
do about it. Passes collect diagnostics so that several mistakes are reported at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Literal

MAX_QUOTED_LINE = 160
MOST_CANDIDATES, LONGEST_WORD, MOST_SUGGESTIONS = 1000, 200, 100


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line of a file. Lines and columns count from 1."""

    file: str
    line: int = 0
    column: int = 0
    width: int = 1
    text: str = ""

    def __str__(self) -> str:
        if self.line == 0:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a message, a place and a way out."""

    message: str
    place: Place | None = None
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def render(self) -> str:
        """Return the finding as text, with the line and a caret under the place."""
        head = f"{self.place}: " if self.place else ""
        lines = [f"{head}{self.severity}: {self.message}"]
        if self.place and self.place.text:
            lines += _quote(self.place)
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


def _quote(place: Place) -> list[str]:
    text = place.text
    start = max(0, place.column - 1)
    if len(text) > MAX_QUOTED_LINE:
        left = max(0, start - MAX_QUOTED_LINE // 2)
        text = text[left : left + MAX_QUOTED_LINE]
        start -= left
    text = text.expandtabs(1)
    carets = "^" * max(1, min(place.width, len(text) - start))
    return [f"    {text}", f"    {' ' * start}{carets}"]


class HeadwaterError(Exception):
    """Base of every error that Headwater raises on purpose."""

    exit_status = 2

    def __init__(
        self,
        message: str | Iterable[Diagnostic],
        place: Place | None = None,
        hint: str = "",
    ) -> None:
        if isinstance(message, str):
            self.diagnostics: tuple[Diagnostic, ...] = (Diagnostic(message, place, hint),)
        else:
            self.diagnostics = tuple(message)
        super().__init__(self.render())

    def render(self) -> str:
        """Return every diagnostic as text."""
        return "\n".join(d.render() for d in self.diagnostics)


class SyntaxFault(HeadwaterError):
    """Text that does not follow the grammar of its format."""


class ModelError(HeadwaterError):
    """A model that is not well formed: unknown names, dimensions, circular equations."""


class UnitError(ModelError):
    """Units that contradict each other."""


class DataError(HeadwaterError):
    """A data file that is missing, malformed or holds values that cannot be used."""


class CaseError(HeadwaterError):
    """A case whose claims, sources or experiments are not in order."""


class CompileError(HeadwaterError):
    """A model that a target cannot express, or a typed program that fails verification."""


class SimulationError(HeadwaterError):
    """A run that cannot start or go on, for example because a value is not finite."""


class UsageError(HeadwaterError):
    """A command or call whose arguments do not fit."""


class StoreError(HeadwaterError):
    """Kept results that cannot be written or read, or that belong to another experiment."""


class ClusterError(HeadwaterError):
    """A cluster that cannot be reached, was lost, or does not compute as this machine does."""


class MissingExtra(HeadwaterError):
    """An optional dependency that is not installed."""


class DataWarning(UserWarning):
    """Data that a model can run without, and that are missing."""


@dataclass(slots=True)
class Diagnostics:
    """A list of findings that a pass adds to and raises at its end."""

    items: list[Diagnostic] = field(default_factory=list)
    _seen: set[Diagnostic] = field(default_factory=set, repr=False, compare=False)

    def error(self, message: str, place: Place | None = None, hint: str = "") -> None:
        """Add an error."""
        self._add(Diagnostic(message, place, hint))

    def warn(self, message: str, place: Place | None = None, hint: str = "") -> None:
        """Add a warning."""
        self._add(Diagnostic(message, place, hint, "warning"))

    def _add(self, item: Diagnostic) -> None:
        if item not in self._seen:
            self._seen.add(item)
            self.items.append(item)

    def did_you_mean(self, word: str, candidates: Iterable[str]) -> str:
        """Suggest a name; not where so much is wrong already that it would not help."""
        return did_you_mean(word, candidates) if len(self.items) < MOST_SUGGESTIONS else ""

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that stop the work."""
        return [d for d in self.items if d.severity == "error"]

    def raise_errors(self, kind: type[HeadwaterError]) -> None:
        """Raise ``kind`` with every error found, if there is one."""
        if self.errors:
            raise kind(self.errors)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` for the closest candidate, or an empty string.

    Of very many candidates only those with the same first letter count.
    """
    if len(word) > LONGEST_WORD:
        return ""
    by_lower = {c.lower(): c for c in candidates if len(c) <= LONGEST_WORD}
    if len(by_lower) > MOST_CANDIDATES:
        alike = (c for c in by_lower if c[:1] == word[:1].lower())
        by_lower = {c: by_lower[c] for c in islice(alike, MOST_CANDIDATES)}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean `{by_lower[close[0]]}`?" if close else ""
