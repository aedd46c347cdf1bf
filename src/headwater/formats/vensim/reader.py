"""Reads a Vensim model: its text, its entries, then ranges, macros, variables and control."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from headwater.errors import DataError, Diagnostic, HeadwaterError, SyntaxFault
from headwater.formats.vensim.control import Control, others, read_control
from headwater.formats.vensim.data_formulas import data_names
from headwater.formats.vensim.encoding import read_source
from headwater.formats.vensim.entries import Entry, Listing, list_entries
from headwater.formats.vensim.equations import (
    Alias,
    Definition,
    Equation,
    Integral,
    RangeTokens,
    RealityCheck,
    TextValue,
    holds_text,
    read_definition,
)
from headwater.formats.vensim.files.data import DataFiles
from headwater.formats.vensim.files.external import (
    ExternalFiles,
    MissingFileError,
    missing_files,
    moved_files,
)
from headwater.formats.vensim.further_outputs import output_variables
from headwater.formats.vensim.limited import warning_of_stages
from headwater.formats.vensim.macros import MacroHeader, make_macros, read_header
from headwater.formats.vensim.ranges import (
    RangeDraft,
    alias_draft,
    make_dimensions,
    read_range,
    repeating,
)
from headwater.formats.vensim.readings import warnings_of_readings
from headwater.formats.vensim.reality import read_checks, read_test_input
from headwater.formats.vensim.sections import Sections, split_sections
from headwater.formats.vensim.settings import Settings, read_settings
from headwater.formats.vensim.shapes import Shapes
from headwater.formats.vensim.standard_macros import with_standard_macros
from headwater.formats.vensim.units import read_equivalents
from headwater.formats.vensim.variables import Draft, VariableMaker
from headwater.language.names import canonical
from headwater.language.source import Source
from headwater.model.case import Case, Check
from headwater.model.project import Calendar, Group, Macro, Project
from headwater.model.variables import AnyVariable

_ASKS_FOR_DATES = "get_time_value"

MAX_FINDINGS = 100
"""Mistakes that are told at once; a file with more of them is no model."""

T = TypeVar("T")
P = ParamSpec("P")


def read_model_file(path: Path) -> Project | Case:
    """Read a model file; one with reality checks is a case.

    Raises SyntaxFault, ModelError, DataError or MissingExtra.
    """
    reader = _Reader(read_source(path), path.parent, path.stem)
    project = reader.run()
    return Case(project, checks=reader.checks) if reader.checks else project


def project_of(source: Source, folder: Path | None, name: str) -> Project:
    """Return the model of a text; files that it refers to must lie in ``folder``."""
    return _Reader(source, folder, name).run()


class _Reader:
    def __init__(self, source: Source, folder: Path | None, name: str) -> None:
        self._source = source
        self._name = name
        self._sections: Sections = split_sections(source)
        self._settings: Settings = read_settings(self._sections, source.name)
        self._files = ExternalFiles(folder, dict(self._settings.tags))
        self._data_files = DataFiles(folder, self._settings.data_files)
        self.checks: tuple[Check, ...] = ()
        self._found: list[Diagnostic] = []
        self._missing: list[Diagnostic] = []
        self._kind: type[HeadwaterError] = SyntaxFault

    def run(self) -> Project:
        listing = list_entries(self._source, self._sections)
        listing = with_standard_macros(listing, self._source.text)
        headers = [h for s in listing.macros if (h := self._tried(read_header, s))]
        definitions = self._definitions(listing.entries)
        self._raise()
        shapes = self._shapes([d for e, d in definitions if e.macro < 0])
        drafts = collect(d for e, d in definitions if e.macro < 0 and isinstance(d, Equation))
        control = read_control(drafts, self._settings.method, self._source.name)
        of_model = (e for draft in drafts.values() for e in draft.equations)
        taken = (d.left.key for _, d in definitions if isinstance(d, Equation))
        maker = VariableMaker(shapes, self._files, self._data_files, data_names(of_model), taken)
        macros, functions = self._macros(maker, headers, definitions, shapes)
        variables = self._variables(maker, others(drafts, control)) + functions
        variables += self._further_outputs(drafts, headers, shapes)
        self._raise()
        self._data_files.warn(self._source.name)
        project = self._project(listing, shapes, control, macros, variables)
        stated = [d for e, d in definitions if isinstance(d, RealityCheck)]
        texts = [d.entry.equation for d in stated]
        given = dict(g for text in texts if (g := self._tried(read_test_input, text)))
        tried = [self._tried(read_checks, text, project, "", given) for text in texts]
        self._raise()
        readings = [reading for found in tried for reading in found or ()]
        self.checks = tuple(r.check for r in readings if r.check)
        aside = [r.warning for r in readings if r.warning]
        aside += moved_files(self._files.moved)
        equations = [d for _, d in definitions if isinstance(d, Equation)]
        aside += [*self._stages(equations), *warnings_of_readings(equations)]
        return replace(project, warnings=(*project.warnings, *aside))

    def _stages(self, equations: Iterable[Equation]) -> list[Diagnostic]:
        """Return the warning that limits of stocks act in each stage of a Runge-Kutta method."""
        named = {
            e.left.key: e.left.name
            for e in equations
            if isinstance(e.right, Integral) and e.right.limited
        }
        method = self._settings.method
        if method == "euler" or not named:
            return []
        return [warning_of_stages(list(named.values()), method, self._source.name)]

    def _project(
        self,
        listing: Listing,
        shapes: Shapes,
        control: Control,
        macros: Sequence[Macro],
        variables: Sequence[AnyVariable],
    ) -> Project:
        groups = {canonical(g.name): Group(g.name, g.comment) for g in listing.groups}
        return Project(
            name=self._name,
            variables=tuple(variables),
            sim_specs=replace(control.specs, calendar=self._calendar(listing)),
            dimensions=tuple(shapes.dimensions),
            units=read_equivalents(list(self._settings.equivalents)),
            groups=tuple(groups.values()),
            macros=tuple(macros),
            dialect="vensim",
            file=self._source.name,
            views=self._sections.sketches,
            warnings=self._settings.warnings,
        )

    def _calendar(self, listing: Listing) -> Calendar | None:
        """Return the date at time 0 where a model asks for dates; in others it is a label."""
        asks = any(_ASKS_FOR_DATES in canonical(e.equation.text) for e in listing.entries)
        return self._settings.calendar if asks else None

    # Mistakes are collected, so that all of a file's are told at once.

    def _tried(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return work(*args, **kwargs)
        except MissingFileError as error:
            self._missing += error.diagnostics
            return None
        except HeadwaterError as error:
            if not self._found:
                self._kind = type(error)
            if len(self._found) < MAX_FINDINGS:
                self._found += error.diagnostics
            return None

    def _raise(self) -> None:
        missing = self._missing[:1]
        if len(self._files.missing) > 1:
            missing = [missing_files(self._files.missing)]
        if missing and not self._found:
            self._kind = DataError
        if missing or self._found:
            raise self._kind([*missing, *self._found])

    # Parts

    def _definitions(self, entries: Iterable[Entry]) -> list[tuple[Entry, Definition]]:
        entries = list(entries)
        held = [self._tried(read_definition, e) for e in entries if holds_text(e)]
        texts = {d.key: d.text for d in held if isinstance(d, TextValue)}
        found: list[tuple[Entry, Definition]] = []
        for entry in entries:
            if holds_text(entry):
                continue
            definition = self._tried(read_definition, entry, texts)
            if definition is not None:
                found.append((entry, definition))
        return found

    def _shapes(self, definitions: Iterable[Definition]) -> Shapes:
        drafts: list[RangeDraft] = []
        for definition in definitions:
            draft: RangeDraft | None = None
            if isinstance(definition, RangeTokens):
                draft = self._tried(read_range, definition, self._files.elements)
            elif isinstance(definition, Alias):
                draft = alias_draft(definition)
            if draft is not None:
                drafts.append(draft)
        self._raise()
        return Shapes(make_dimensions(drafts), repeating(drafts))

    def _macros(
        self,
        maker: VariableMaker,
        headers: Sequence[MacroHeader],
        definitions: Sequence[tuple[Entry, Definition]],
        shapes: Shapes,
    ) -> tuple[list[Macro], list[AnyVariable]]:
        made: list[Macro] = []
        functions: list[AnyVariable] = []
        for number, header in enumerate(headers):
            inside = (d for e, d in definitions if e.macro == number and isinstance(d, Equation))
            drafts = collect(inside)
            variables = self._variables(maker, drafts.values())
            variables += self._further_outputs(drafts, headers, shapes)
            macros, hoisted = self._tried(make_macros, header, variables) or ([], [])
            made += macros
            functions += hoisted
        return made, functions

    def _variables(self, maker: VariableMaker, drafts: Iterable[Draft]) -> list[AnyVariable]:
        made: list[AnyVariable] = []
        for draft in drafts:
            made += self._tried(maker.make, draft) or []
        return made

    def _further_outputs(
        self, drafts: dict[str, Draft], headers: Sequence[MacroHeader], shapes: Shapes
    ) -> list[AnyVariable]:
        made: list[AnyVariable] = []
        for draft in drafts.values():
            for equation in draft.equations:
                if equation.outputs:
                    made += self._tried(output_variables, equation, headers, shapes) or []
        return made


def collect(equations: Iterable[Equation]) -> dict[str, Draft]:
    """Return the equations by variable, in the order in which variables are first defined.

    Vensim's sketches leave a list of what a variable depends on beside its equation.
    """
    drafts: dict[str, Draft] = {}
    for equation in equations:
        key = equation.left.key
        if key not in drafts:
            drafts[key] = Draft(equation.left.name)
        drafts[key].equations.append(equation)
    for draft in drafts.values():
        draft.equations = [e for e in draft.equations if not e.is_unwritten] or draft.equations
    return drafts
