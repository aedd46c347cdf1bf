"""What a file of another format cannot say, gathered while it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headwater.errors import Diagnostic, Place
from headwater.language.source import Span

MAX_NAMED = 8


@dataclass(frozen=True, slots=True)
class Written:
    """A model as the text of a file.

    ``losses`` are what of the model the file does not say. ``files`` are further files that it
    refers to, by their paths relative to its folder.
    """

    text: str
    losses: list[Diagnostic]
    files: Mapping[str, str] = field(default_factory=dict)


def has_looks(display: Sequence[str]) -> bool:
    """Tell whether more is kept of a variable's looks than where the lines of its name break."""
    return any(not text.startswith("@name=") for text in display)


CHANGEABLE = "constants that nothing may change (`==`) are written as any other"


class Losses:
    """Names of what each loss concerns; one finding for each kind of loss."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}
        self._places: dict[tuple[str, str], Place | None] = {}

    def add(self, what: str, name: str = "", span: Span | None = None, hint: str = "") -> None:
        """Add that ``what`` happens to the variable ``name``, or to the model as a whole."""
        key = (what, hint)
        self._places.setdefault(key, span.place if span else None)
        names = self._found.setdefault(key, [])
        if name and name not in names[-1:]:
            names.append(name)

    def report(self) -> list[Diagnostic]:
        """Return the findings, as warnings."""
        return [
            Diagnostic(f"{what}{_names(names)}", self._places[what, hint], hint, "warning")
            for (what, hint), names in self._found.items()
        ]


def _names(names: list[str]) -> str:
    if not names:
        return ""
    names = list(dict.fromkeys(names))
    shown = ", ".join(f"`{n}`" for n in names[:MAX_NAMED])
    more = f", … ({len(names)} in all)" if len(names) > MAX_NAMED else ""
    return f": {shown}{more}"
