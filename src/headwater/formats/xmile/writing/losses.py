"""What a file in XMILE cannot say, gathered while it is written."""

from __future__ import annotations

from headwater.errors import Diagnostic, Place
from headwater.language.source import Span

MAX_NAMED = 8


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
