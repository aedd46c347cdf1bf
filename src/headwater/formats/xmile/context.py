"""What the parts of the reader share: where the file lies, and what has been found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from headwater.errors import Diagnostic, Diagnostics, HeadwaterError, ModelError, SyntaxFault
from headwater.formats.xmile.document import Node


@dataclass(slots=True)
class Context:
    """Mistakes are collected, so that all of a file's are told at once.

    ``folder`` is where files that the model refers to must lie; None: it may refer to none.
    """

    name: str
    folder: Path | None
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    _is_syntax: bool = False

    def error(self, message: str, node: Node, hint: str = "") -> None:
        """Add a mistake at an element."""
        self.diagnostics.error(message, node.place, hint)

    def warn(self, message: str, node: Node, hint: str = "") -> None:
        """Add a warning at an element."""
        self.diagnostics.warn(message, node.place, hint)

    def add(self, fault: HeadwaterError, about: str = "") -> None:
        """Add what another part has raised; ``about`` says which variable it concerns."""
        self._is_syntax = self._is_syntax or isinstance(fault, SyntaxFault)
        for d in fault.diagnostics:
            message = f"{about}: {d.message}" if about else d.message
            self.diagnostics.error(message, d.place, d.hint)

    def finish(self) -> tuple[Diagnostic, ...]:
        """Raise every error, or return the warnings."""
        self.diagnostics.raise_errors(SyntaxFault if self._is_syntax else ModelError)
        return tuple(self.diagnostics.items)
