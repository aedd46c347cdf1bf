"""Checks as reality checks: the reverse of :mod:`headwater.formats.vensim.reality`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from headwater.errors import HeadwaterError
from headwater.formats.losses import Losses
from headwater.formats.stated_checks import (
    STANDARD_TOLERANCE,
    first_of_each_title,
    lose,
    parts_of,
)
from headwater.formats.vensim.reality import holds_something, read_checks
from headwater.formats.vensim.writing.expressions import Printer
from headwater.formats.vensim.writing.layout import entry
from headwater.formats.vensim.writing.names import quoted
from headwater.language.names import canonical
from headwater.language.source import Source, Span
from headwater.language.syntax import Binary, Expression, Name, Unary, walk
from headwater.model.case import Check
from headwater.model.project import Project

_ENDS_A_FIELD = frozenset('~|"\\\n')


@dataclass(frozen=True, slots=True)
class CheckWriter:
    """Writes the checks of a project whose dialect is Vensim's.

    Vensim brings about what a condition compares, where other formats wait for it. So only checks
    ``from_vensim`` have conditions of anything but time.
    """

    project: Project
    printer: Printer
    losses: Losses
    from_vensim: bool

    def entries(self, checks: Iterable[Check]) -> Iterator[str]:
        """Yield an entry for each check that reads back as it is; the others are losses."""
        for check in first_of_each_title(checks, self.losses):
            reason = self._reason(check)
            found = "" if reason else self._entry(check)
            if found:
                yield found
            else:
                lose(self.losses, check, reason or "that would read back as others")

    def _reason(self, check: Check) -> str:
        """Return why Vensim has no form for a check."""
        project = self.project
        compared = any(
            isinstance(node, Binary) and node.operator == "="
            for part in parts_of(check)
            for node in walk(part)
        )
        key = canonical(check.title)
        if check.at is not None:
            return "at one time alone"
        if check.tolerance != STANDARD_TOLERANCE and compared:
            return "with a tolerance of their own"
        if not check.overrides and not self._parted(check.condition)[0]:
            return "that hold nothing, and wait for no time,"
        if key in project.by_key or key in project.dimension_by_key:
            return "called as a variable or a range is"
        return "with signs in their title that end a field" if _ENDS_A_FIELD & {*key} else ""

    def _entry(self, check: Check) -> str:
        """Return the entry of a check; nothing where it would not read back as the same."""
        limits, consequence = self._parted(check.condition)
        parts: list[Expression] = [Binary("=", o.variable, o.value) for o in check.overrides]
        given = parts[0] if parts else limits.pop(0)
        for part in (*parts[1:], *limits):
            given = Binary("and", given, part)
        left = f"{quoted(check.title)} :THE CONDITION:"
        right = f"{self.printer.text(given)} :IMPLIES: {self.printer.text(consequence)}"
        source = Source(check.title, f"{left} {right}")
        try:
            readings = read_checks(Span(source, 0, len(source.text)), self.project, "", {})
        except HeadwaterError:
            return ""
        again = readings[0].check if readings else None
        wanted = replace(check, tolerance=STANDARD_TOLERANCE)
        same = again is not None and canonical(again.title) == canonical(check.title)
        same = same and replace(again or check, title=check.title) == wanted
        return entry(left, right) if same else ""

    def _parted(self, condition: Expression) -> tuple[list[Expression], Expression]:
        """Return when a statement must hold, each part of it, and the statement.

        A part stays in the statement where Vensim would hold or bring about something for it.
        """
        limits: list[Expression] = []
        while True:
            match condition:
                case Binary(operator="or", left=Unary(operator="not", operand=limit), right=rest):
                    joined = isinstance(limit, Binary) and limit.operator == "and"
                    waits = self.from_vensim or _is_of_time(limit)
                    if joined or holds_something(limit) or not waits:
                        break
                    limits.insert(0, limit)
                    condition = rest
                case _:
                    break
        return limits, condition


def _is_of_time(limit: Expression) -> bool:
    names = [node.key for node in walk(limit) if isinstance(node, Name)]
    return set(names) == {"time"}
