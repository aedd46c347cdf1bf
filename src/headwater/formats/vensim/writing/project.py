"""A whole file from a project that is in Vensim's own terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headwater.formats.losses import Losses, Written
from headwater.formats.vensim.writing.checks import CheckWriter
from headwater.formats.vensim.writing.control import control_entries, settings
from headwater.formats.vensim.writing.data import DataFile
from headwater.formats.vensim.writing.entries import EntryWriter
from headwater.formats.vensim.writing.expressions import Printer
from headwater.formats.vensim.writing.hidden import find_hidden
from headwater.formats.vensim.writing.layout import Texts, entry, group
from headwater.formats.vensim.writing.macros import MacroWriter
from headwater.formats.vensim.writing.ranges import RangeWriter, written_dimensions
from headwater.language.names import canonical
from headwater.model.case import Check
from headwater.model.project import Group, Project
from headwater.model.variables import AnyVariable

CONTROL_GROUP = "control"


def write_project(
    project: Project,
    name: str,
    losses: Losses,
    checks: Sequence[Check] = (),
    *,
    from_vensim: bool = False,
) -> Written:
    """Return a project whose dialect is Vensim's as the text of a file ``name``.

    ``from_vensim`` tells that its checks are Vensim's own.
    """
    return _Writer(project, name, losses).write(checks, from_vensim)


class _Writer:
    def __init__(self, project: Project, name: str, losses: Losses) -> None:
        self._project = project
        self._losses = losses
        self._hidden = find_hidden(project)
        self._data = DataFile(f"{name}_data.csv")
        self._printer = Printer(self._hidden.inline, self._hidden.outputs)
        self._control = ""

    def write(self, checks: Sequence[Check], from_vensim: bool) -> Written:
        project = self._project
        stated = CheckWriter(project, self._printer, self._losses, from_vensim)
        parts = [
            "{UTF-8}\n",
            *self._macros(),
            *self._ranges(),
            *stated.entries(checks),
            *self._variables(),
            *self._views(),
            settings(project, self._losses),
        ]
        if project.documentation.strip():
            self._losses.add("the documentation of the model as a whole is not written")
        if project.properties:
            self._losses.add("facts of the file's header, such as its author, are not written")
        text = self._data.text()
        files = {self._data.name: text} if text else {}
        return Written("".join(parts), self._losses.report(), files)

    def _entries(self, printer: Printer) -> EntryWriter:
        return EntryWriter(printer, self._project.dimension_by_key, self._data, self._losses)

    def _macros(self) -> Iterator[str]:
        writer = MacroWriter(self._hidden, self._entries, self._losses)
        yield from map(writer.write, self._project.macros)

    def _ranges(self) -> Iterator[str]:
        dimensions = written_dimensions(self._project)
        for line in RangeWriter(dimensions, self._losses).lines(dimensions):
            yield entry("", line)

    def _variables(self) -> Iterator[str]:
        """Yield the variables in their order, with a header wherever their group changes."""
        project, writer = self._project, self._entries(self._printer)
        waiting = {canonical(g.name): g for g in project.groups}
        self._control = control_entries(project, self._printer)
        if CONTROL_GROUP not in waiting:
            yield self._control
        loose = [v for v in project.variables if not v.group]
        here = ""
        for variable in [*loose, *(v for v in project.variables if v.group)]:
            if variable.key in self._hidden.skipped:
                continue
            key = canonical(variable.group)
            if key != here:
                yield from self._headers(key, variable, waiting)
                here = key
            yield writer.write(variable)
        yield from map(self._header, waiting.values())

    def _headers(self, key: str, variable: AnyVariable, waiting: dict[str, Group]) -> Iterator[str]:
        """Yield the header of a variable's group, after those of groups that come before it."""
        while key in waiting and next(iter(waiting)) != key:
            yield self._header(waiting.pop(next(iter(waiting))))
        found = waiting.pop(key, None)
        known = {canonical(g.name): g for g in self._project.groups}
        yield self._header(found or known.get(key) or Group(variable.group))

    def _header(self, found: Group) -> str:
        if found.parent:
            self._losses.add("groups within groups stand beside each other", found.name)
        texts = Texts(self._losses)
        header = group(texts.unit(found.name), texts.comment(found.documentation, found.name))
        if canonical(found.name) == CONTROL_GROUP:
            header, self._control = header + self._control, ""
        return header

    def _views(self) -> Iterator[str]:
        views = self._project.views
        kept = [v for v in views if v.startswith("\\\\")]
        if len(kept) < len(views):
            self._losses.add("diagrams are not written")
        yield from kept
