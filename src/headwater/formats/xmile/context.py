"""What the parts of the reader share: where the file lies, and what has been found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from headwater.errors import Diagnostic, Diagnostics, HeadwaterError, ModelError, SyntaxFault
from headwater.formats.xmile.document import Node

MAX_FINDINGS = 100


@dataclass(slots=True)
class Context:
    """Mistakes are collected, so that all of a file's are told at once, up to a bound.

    ``folder`` is where files that the model refers to must lie; None: it may refer to none.
    ``vensims`` tells that Vensim has written the file, with its own functions, ``stellas`` that
    Stella's rules hold where they are not the standard's. ``own`` are functions whose names the
    file gives to something else, of those that Stella reads in a way of its own. ``macros`` has the
    canonical names of the model's macros, and ``spaces`` those of the namespaces that they are in.
    ``called`` has those of all that the equations read so far call.
    """

    name: str
    folder: Path | None
    vensims: bool = False
    stellas: bool = False
    own: frozenset[str] = frozenset()
    macros: frozenset[str] = frozenset()
    spaces: frozenset[str] = frozenset()
    called: set[str] = field(default_factory=set)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    _is_syntax: bool = False
    _errors: int = 0
    _warnings: int = 0

    def error(self, message: str, node: Node, hint: str = "") -> None:
        """Add a mistake at an element."""
        self.diagnostics.error(message, node.place, hint)
        self._count()

    def warn(self, message: str, node: Node, hint: str = "") -> None:
        """Add a warning at an element."""
        self._warnings += 1
        if self._warnings <= MAX_FINDINGS:
            self.diagnostics.warn(message, node.place, hint)

    def _count(self) -> None:
        """Give up where a file has so many mistakes that more would not help."""
        self._errors += 1
        if self._errors >= MAX_FINDINGS:
            self.finish()

    def add(self, fault: HeadwaterError, about: str = "") -> None:
        """Add what another part has raised; ``about`` says which variable it concerns."""
        self._is_syntax = self._is_syntax or isinstance(fault, SyntaxFault)
        for d in fault.diagnostics:
            message = f"{about}: {d.message}" if about else d.message
            self.diagnostics.error(message, d.place, d.hint)
            self._count()

    def finish(self) -> tuple[Diagnostic, ...]:
        """Raise every error, or return the warnings."""
        self.diagnostics.raise_errors(SyntaxFault if self._is_syntax else ModelError)
        return tuple(self.diagnostics.items)
