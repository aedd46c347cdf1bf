"""A whole case from a project: settings, dimensions, and a section for each group."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

import yaml

from headwater.errors import Diagnostics, ModelError
from headwater.formats.aligned_vectors import with_aligned_vectors
from headwater.formats.flow_limits import report_limits
from headwater.formats.held_data import report_data
from headwater.formats.literate.layout.format import format_text
from headwater.formats.literate.writing.checks import check_statements
from headwater.formats.literate.writing.data import DataFiles
from headwater.formats.literate.writing.names import with_free_names
from headwater.formats.literate.writing.terms import Terms
from headwater.formats.literate.writing.units import written_units
from headwater.formats.literate.writing.variables import StatementWriter
from headwater.formats.losses import Losses, Written
from headwater.formats.missing_elements import with_all_elements
from headwater.formats.separate_flows import with_separate_flows
from headwater.formats.unlimited_memories import with_unlimited_memories
from headwater.formats.unlimited_starts import with_unlimited_starts
from headwater.formats.written_out_macros import without_macros
from headwater.language.names import canonical
from headwater.language.printer import print_expression, print_name, print_number
from headwater.language.syntax import Name
from headwater.language.units import STANDARD_TABLE
from headwater.model.case import Check
from headwater.model.project import Project, SimSpecs
from headwater.model.variables import AnyVariable, Auxiliary, Dimension, Flow, Graph

FENCE = "```"
_METHODS = {"rk2": "heun"}
_SPECIAL = re.compile(r"^(\s*)([#>`~-])", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")
_SAVING = frozenset({"saveper", "saveper_value"})
METHODS = ("euler", "heun", "midpoint", "rk4", "discrete", "dopri5", "bosh3")


def write_text(
    project: Project,
    name: str,
    contradicted: Callable[[Project], Collection[str]] | None = None,
    checks: Sequence[Check] = (),
) -> Written:
    """Return a project without modules as a case, and what of it the case does not say.

    ``contradicted`` returns the variables of a project whose units contradict others; as many
    units as it takes go into the notes, since the literate case checks its units before every run.
    Raises ModelError for what has no form.
    """
    return _Writer(project, name, contradicted, checks).write()


class _Writer:
    def __init__(
        self,
        project: Project,
        name: str,
        contradicted: Callable[[Project], Collection[str]] | None,
        checks: Sequence[Check],
    ) -> None:
        self._original = project
        self._checks = checks
        self._losses = Losses()
        self._name = name
        found = Diagnostics()
        report_data(project, "headwater", self._losses)
        prepared = with_aligned_vectors(project, self._losses)
        prepared = with_free_names(prepared, self._losses)
        prepared = without_macros(prepared, self._losses, found)
        prepared = with_all_elements(prepared, self._losses)
        prepared = written_units(prepared, self._losses, contradicted)
        prepared = with_unlimited_starts(prepared, self._losses)
        prepared = with_unlimited_memories(prepared, self._losses)
        separated = with_separate_flows(prepared, self._losses)
        self._limited = separated.limited
        self._terms = Terms(separated.project, self._losses, found)
        self._data = DataFiles(f"{name}_data")

    def write(self) -> Written:
        """Return the case as one file, with its data beside it."""
        statements = StatementWriter(self._terms, self._data, self._limited)
        sections = list(self._sections(statements))
        sections += self._stated()
        self._terms.diagnostics.raise_errors(ModelError)
        made = [s for v in self._terms.made for s in statements.write(v)]
        first = [*self._units(), *self._dimensions(), *made]
        parts = [self._settings(), *_block(first), *sections]
        self._report()
        text = format_text("\n".join(parts), f"{self._name}.md")
        return Written(text, self._losses.report(), dict(self._data.files))

    # Settings

    def _settings(self) -> str:
        project, specs = self._terms.project, self._terms.project.sim_specs
        unit = specs.time_unit.strip().replace(" ", "_")
        if unit and not _WORD.fullmatch(unit):
            self._losses.add(f"the unit of time `{specs.time_unit}` is not written")
            unit = ""
        method = _METHODS.get(specs.method, specs.method)
        if method not in METHODS:
            self._losses.add(f"the method `{specs.method}` has no form: rk4 is written")
            method = "rk4"
        save = specs.save_step or specs.step
        ratio = save / specs.step if specs.step else 1.0
        if abs(ratio - round(ratio)) > 1e-6 * ratio:
            self._losses.add("a save interval that is no multiple of the step becomes the step")
            save = specs.step
        span = f"{print_number(specs.start)} to {print_number(specs.stop)}"
        numbers = {"step": print_number(specs.step), "save": print_number(save)}
        steps = ", ".join(f"{word} {text}" for word, text in (numbers | self._moving()).items())
        settings = {
            "title": project.name or self._name,
            "time": f"{span} {unit}".rstrip() + f", {steps}",
            "method": method,
        }
        if (specs.rtol, specs.atol) != (SimSpecs().rtol, SimSpecs().atol):
            settings["tolerance"] = f"{print_number(specs.rtol)}, {print_number(specs.atol)}"
        description = " ".join(project.documentation.split())
        if description:
            settings["description"] = description
        text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=100)
        return f"---\n{text}---\n"

    def _moving(self) -> dict[str, str]:
        """Return the step and the save interval where they change during the run, as text."""
        specs, known = self._terms.project.sim_specs, self._terms.known
        found: dict[str, str] = {}
        steps = "time_step" in known
        for word, expression, moves in (
            ("step", specs.step_expression, steps),
            ("save", specs.save_expression, steps or not _SAVING.isdisjoint(known)),
        ):
            if expression is not None and moves:
                owner = Auxiliary(name=word, equations=())
                found[word] = f"({print_expression(self._terms.expression(owner, expression))})"
        return found

    def _report(self) -> None:
        project, specs = self._terms.project, self._terms.project.sim_specs
        if specs.calendar is not None:
            self._losses.add("the date at time 0, which GET_TIME_VALUE needs, is not written")
        written = self._moving()
        step = specs.step_expression if "step" not in written else None
        saved = specs.save_expression if "save" not in written else None
        computed = (specs.start_expression, specs.stop_expression, step)
        follows = isinstance(saved, Name) and saved.key in ("time_step", "dt")
        if any(e is not None for e in computed) or not (saved is None or follows):
            what = "settings that the model computes are written as the numbers that they are now"
            self._losses.add(what)
        if specs.pause:
            self._losses.add("the interval at which an interactive run stops is not written")
        if project.views:
            self._losses.add("diagrams are not written")
        report_limits(project.variables, self._losses)
        for variable in project.variables:
            graphs = variable.graphs if isinstance(variable, Graph | Flow) else ()
            if any(g.scale is not None for g in graphs):
                what = "the scales on which graphical functions are shown are not written"
                self._losses.add(what, variable.name, variable.span)
        if project.properties:
            self._losses.add("facts of the file's header, such as its author, are not written")
        for dimension in project.dimensions:
            if dimension.mappings:
                what = "mappings between dimensions are written out by element"
                self._losses.add(what, dimension.name, dimension.span)

    # Declarations

    def _units(self) -> Iterator[str]:
        project = self._terms.project
        used = {w for v in project.variables for w in _WORD.findall(v.unit.casefold())}
        used |= set(_WORD.findall(project.sim_specs.time_unit.casefold()))
        for unit in project.units:
            if project.dialect == "vensim" and used.isdisjoint(
                n.casefold() for n in (unit.name, *unit.aliases)
            ):
                what = "names of units that no variable has are not written"
                self._losses.add(what, unit.name, unit.span)
                continue
            own = STANDARD_TABLE.named(unit.name)
            for alias in (a for a in unit.aliases if STANDARD_TABLE.named(a) != own):
                yield f"unit {print_name(alias)} = {unit.name}"
            if unit.equation:
                yield f"unit {print_name(unit.name)} = {unit.equation}"

    def _dimensions(self) -> Iterator[str]:
        project = self._terms.project
        used = {canonical(d) for v in project.variables for d in v.dimensions}
        for dimension in project.dimensions:
            if dimension.span is not None or dimension.key in used or project.dialect != "vensim":
                yield self._dimension(dimension)

    @staticmethod
    def _dimension(dimension: Dimension) -> str:
        of = f" of {print_name(dimension.parent)}" if dimension.parent else ""
        elements = dimension.elements
        run = (
            [str(k) for k in range(int(elements[0]), int(elements[0]) + len(elements))]
            if (elements[0].isdigit())
            else []
        )
        if dimension.numbered and list(elements) == run:
            listed = f"{elements[0]} to {elements[-1]}"
        else:
            listed = ", ".join(e if e.isdigit() else print_name(e) for e in elements)
        return f"dimension {print_name(dimension.name)}{of} = {listed}"

    # Variables

    def _sections(self, statements: StatementWriter) -> Iterator[str]:
        """Yield the variables, with a heading wherever their group changes."""
        project = self._terms.project
        known = {canonical(g.name): g for g in project.groups}
        loose = [v for v in project.variables if not v.group]
        here, held = "", list[AnyVariable]()
        for variable in [*loose, *(v for v in project.variables if v.group)]:
            if canonical(variable.group) != here:
                yield from _block([s for v in held for s in statements.write(v)])
                here, held = canonical(variable.group), []
                group = known.get(here)
                yield f"\n## {_plain(variable.group)}\n"
                if group is not None and group.documentation.strip():
                    yield f"{_prose(group.documentation)}\n"
                if group is not None and group.parent:
                    what = "groups within groups stand beside each other"
                    self._losses.add(what, group.name)
            held.append(variable)
        yield from _block([s for v in held for s in statements.write(v)])

    def _stated(self) -> Iterator[str]:
        """Yield the checks, under a heading of their own."""
        given = self._checks, self._original, self._terms, self._losses
        stated = list(check_statements(*given))
        if stated:
            yield "\n## Checks\n"
            yield from _block(stated)


def _block(statements: Sequence[str]) -> Iterator[str]:
    if statements:
        body = "\n\n".join(statements)
        body = re.sub(r"\n\n(?=(?:unit|dimension) )", "\n", body)
        yield f"{FENCE}headwater\n{body}\n{FENCE}\n"


def _plain(title: str) -> str:
    return " ".join(title.split()).strip("# ") or "Other"


def _prose(text: str) -> str:
    """Return a text as a paragraph in which nothing is a heading, a list or a block."""
    return _SPECIAL.sub(r"\1\\\2", text.strip())
