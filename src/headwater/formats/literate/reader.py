"""From the files of a case to a :class:`~headwater.model.case.Case`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from headwater.errors import CaseError, HeadwaterError, ModelError, Place, did_you_mean
from headwater.formats.files import inside, read_text
from headwater.formats.literate import ENTRY
from headwater.formats.literate.declarations.dimensions import read_dimensions, read_unit
from headwater.formats.literate.declarations.expectations import read_comparison, read_expectation
from headwater.formats.literate.declarations.experiments import (
    read_check,
    read_correlation,
    read_variant,
)
from headwater.formats.literate.declarations.fitting import read_fitting
from headwater.formats.literate.declarations.loops import read_loop
from headwater.formats.literate.declarations.outcomes import read_outcome
from headwater.formats.literate.declarations.policies import (
    DeclaredPolicy,
    check_settings,
    merge_policies,
    read_policy,
)
from headwater.formats.literate.declarations.variables import Scope, read_variable
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.frontmatter import FrontMatter, read_front_matter
from headwater.formats.literate.text.headers import reference_text, split_declaration
from headwater.formats.literate.text.markdown import Document, Heading, read_document
from headwater.formats.literate.text.statements import VARIABLE_KEYWORDS, Statement, split_block
from headwater.formats.literate.text.tables import Tables
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.source import Source, Span
from headwater.language.syntax import Name
from headwater.model.case import (
    Case,
    Check,
    Comparison,
    Defaults,
    Expectation,
    Fitting,
    NamedLoop,
    Outcome,
    Part,
    Variant,
)
from headwater.model.project import Group, Project, UnitDefinition
from headwater.model.uncertainty import Correlation
from headwater.model.variables import AnyVariable, Constant

MAX_PARTS = 1000


@dataclass(slots=True)
class _Content:
    """What the statements of a case declare, in order."""

    variables: dict[str, AnyVariable] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    units: list[UnitDefinition] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    policies: list[DeclaredPolicy] = field(default_factory=list)
    correlations: list[Correlation] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    loops: list[NamedLoop] = field(default_factory=list)
    fittings: list[Fitting] = field(default_factory=list)


def read_case(path: Path) -> Case:
    """Read the case in a folder, or the one that a Markdown file begins.

    Raises :class:`~headwater.errors.HeadwaterError` with every mistake that was found.
    """
    entry = path / ENTRY if path.is_dir() else path
    if path.is_dir() and not entry.exists():
        hint = f"a case is a folder with a file {ENTRY}; `headwater new` makes one"
        raise CaseError(f"the folder has no {ENTRY}", Place(str(path)), hint)
    text = read_text(entry, str(entry), CaseError)
    return _read(Source(str(entry), text), entry.parent)


def read_case_text(text: str, name: str = ENTRY, folder: Path | None = None) -> Case:
    """Read a case from one text. Without a ``folder`` it can name no parts and no data files.

    Raises :class:`~headwater.errors.HeadwaterError` with every mistake that was found.
    """
    return _read(Source(name, text.replace("\r\n", "\n").replace("\r", "\n")), folder)


def _read(source: Source, folder: Path | None) -> Case:
    findings = Findings()
    first = read_document(source, findings)
    front = read_front_matter(first.front_matter, source, findings)
    documents = [first, *_read_parts(front, source, folder, findings)]
    statements = [
        statement
        for document in documents
        for block in document.blocks
        for statement in split_block(block, findings)
    ]
    dimensions = read_dimensions((s for s in statements if s.keyword == "dimension"), findings)
    scope = Scope({d.key: d for d in dimensions}, findings, folder, Tables())
    content = _contents(statements, scope)
    policies = merge_policies(content.policies, findings)
    _check(content, {d.key for d in dimensions}, findings)
    baseline = _baseline(front, [p.name for p in policies], findings)
    findings.raise_all()
    title = front.title or next((h.title for h in first.headings), "")
    title = title or (folder.name if folder else "")
    project = Project(
        name=title,
        variables=tuple(content.variables.values()),
        sim_specs=front.sim_specs,
        dimensions=dimensions,
        units=tuple(content.units),
        groups=_groups(statements),
        documentation=front.description,
        file=source.name,
    )
    design = cast(Literal["latin", "sobol", "random"], front.design)
    defaults = Defaults(front.runs, front.seed, design, baseline)
    parts = tuple(Part(d.source, tuple(b.span for b in d.blocks)) for d in documents)
    bare = Case(project=project, folder=folder, title=title, policies=policies, parts=parts)
    return _filled(replace(bare, defaults=defaults), front, content)


def _contents(statements: Iterable[Statement], scope: Scope) -> _Content:
    """Return what statements say; findings go to those of the scope."""
    content = _Content()
    for statement in statements:
        before = len(scope.findings)
        with scope.findings.collecting():
            _read_statement(statement, content, scope)
        if len(scope.findings) > before:
            content.unread.update(_declared_names(statement))
    return content


def _filled(case: Case, front: FrontMatter, content: _Content) -> Case:
    """Return a case with what its front matter and its statements say beside the model."""
    return replace(
        case,
        authors=front.authors,
        version=front.version,
        license=front.license,
        description=front.description,
        limits=front.limits,
        variants=tuple(content.variants),
        correlations=tuple(content.correlations),
        checks=tuple(content.checks),
        expectations=tuple(content.expectations),
        comparisons=tuple(content.comparisons),
        outcomes=tuple(content.outcomes),
        loops=tuple(content.loops),
        fitting=content.fittings[0] if content.fittings else None,
    )


def _read_parts(
    front: FrontMatter, source: Source, folder: Path | None, findings: Findings
) -> list[Document]:
    documents: list[Document] = []
    if len(front.parts) > MAX_PARTS:
        hint = f"a case has up to {MAX_PARTS:,} parts"
        raise CaseError(f"{len(front.parts):,} parts are too many", front.part_places[0], hint)
    seen: set[Path] = set()
    for name, place in zip(front.parts, front.part_places, strict=True):
        with findings.collecting():
            if folder is None:
                hint = "save the case into a folder first"
                raise CaseError("a text without a folder has no parts", place, hint)
            path = inside(folder, name, place, CaseError)
            if path.resolve() in seen or path.resolve() == Path(source.name).resolve():
                raise CaseError(f"`{name}` is read twice", place, "list each part once")
            seen.add(path.resolve())
            text = read_text(path, str(path), CaseError, asked_at=place)
            part = read_document(Source(str(path), text), findings)
            if part.front_matter:
                hint = "keep the settings in the case's first file"
                where = part.front_matter.place
                raise CaseError("a part has no front matter of its own", where, hint)
            documents.append(part)
    return documents


def _read_statement(statement: Statement, content: _Content, scope: Scope) -> None:
    match statement.keyword:
        case "dimension":
            return
        case "unit":
            content.units.append(read_unit(statement))
        case "correlate":
            content.correlations.append(read_correlation(statement))
        case "variant":
            content.variants.append(read_variant(statement, scope))
        case "policy":
            content.policies.append(read_policy(statement, scope.findings))
        case "check":
            content.checks.append(read_check(statement))
        case "expect":
            expectation = read_expectation(statement, scope.findings)
            if expectation:
                content.expectations.append(expectation)
        case "compare":
            content.comparisons.append(read_comparison(statement))
        case "outcome":
            content.outcomes.append(read_outcome(statement))
        case "loop":
            content.loops.append(read_loop(statement))
        case "fit":
            content.fittings.append(read_fitting(statement))
        case _:
            variable = read_variable(statement, scope)
            if variable is None:
                return
            first = content.variables.setdefault(variable.key, variable)
            if first is not variable:
                scope.findings.duplicate(
                    "variable", variable.name, _place(variable.span), _place(first.span)
                )


def _declared_names(statement: Statement) -> list[str]:
    """Return the canonical name of a variable whose statement has mistakes, where it has one."""
    if statement.keyword not in VARIABLE_KEYWORDS:
        return []
    try:
        name = split_declaration(statement).name
    except HeadwaterError:
        name = statement.body
    return [canonical(name.surface.split("[")[0].split(":")[0].split("=")[0])]


def _place(span: Span | None) -> Place:
    return span.place if span else Place("")


def _check(content: _Content, dimensions: set[str], findings: Findings) -> None:
    """Look for names declared twice, and for experiments with what is not there."""
    for key in dimensions & content.variables.keys():
        variable = content.variables[key]
        hint = "rename one: in an equation a dimension stands for the number of its element"
        message = f"`{variable.name}` is both a dimension and a variable"
        findings.error(message, _place(variable.span), hint, ModelError)
    _check_twice(
        "variant", ((v.name, canonical(v.name), v.span) for v in content.variants), findings
    )
    _check_twice("expectation", ((e.name, e.name, e.span) for e in content.expectations), findings)
    _check_twice("check", ((c.title, c.title, c.span) for c in content.checks), findings)
    _check_twice("unit", ((u.name, canonical(u.name), u.span) for u in content.units), findings)
    _check_twice(
        "outcome",
        (
            (o.variable.text, canonical(reference_text(o.variable)), o.span)
            for o in content.outcomes
        ),
        findings,
    )
    variables = dict(content.variables)
    for variant in content.variants:
        variables.update((v.key, v) for v in variant.variables if v.key not in variables)
    _check_twice("loop", ((n.title, n.title, n.span) for n in content.loops), findings)
    _check_twice("fit", (("fit", "", f.span) for f in content.fittings), findings)
    _check_named(content, variables, findings)
    check_settings(content.policies, variables, content.unread, findings)
    for correlation in content.correlations:
        for name in (correlation.first, correlation.second):
            _check_correlated(name, correlation, variables, content.unread, findings)


def _check_named(content: _Content, variables: dict[str, AnyVariable], findings: Findings) -> None:
    """Look for loops and fits that name what is not there."""
    named = [(n, "a loop passes variables") for loop in content.loops for n in loop.through]
    for cut in (loop.cut for loop in content.loops if loop.cut):
        named += [
            (n, "a link leads from one variable to another") for n in (cut.source, cut.target)
        ]
    for fitting in content.fittings:
        named += [(n, "name compared variables and constants") for n in fitting.series]
        named += [(n, "name compared variables and constants") for n in fitting.free]
    known = [v.name for v in variables.values()]
    for name, otherwise in named:
        if name.key not in variables and name.key not in content.unread:
            hint = did_you_mean(name.text, known) or otherwise
            findings.error(f"no variable `{name.text}`", _place(name.span), hint, ModelError)


def _check_twice(
    what: str, items: Iterable[tuple[str, str, Span | None]], findings: Findings
) -> None:
    seen: dict[str, Span | None] = {}
    for name, key, span in items:
        if key in seen:
            findings.duplicate(what, name, _place(span), _place(seen[key]))
        seen.setdefault(key, span)


def _check_correlated(
    name: str,
    correlation: Correlation,
    variables: dict[str, AnyVariable],
    unread: set[str],
    findings: Findings,
) -> None:
    reference = parse_text(name)
    key = reference.key if isinstance(reference, Name) else ""
    variable = variables.get(key)
    if key in unread or (isinstance(variable, Constant) and variable.uncertainty):
        return
    place = _place(correlation.span)
    if variable is None:
        uncertain = [v.name for v in variables.values() if v.uncertainty]
        hint = did_you_mean(name, uncertain) or "name two uncertain constants"
        findings.error(f"no constant `{name}`", place, hint, ModelError)
    else:
        hint = f"add `uncertain DISTRIBUTION` to `{variable.name}`, or remove the line"
        findings.error(f"`{variable.name}` is not uncertain", place, hint, ModelError)


def _baseline(front: FrontMatter, policies: list[str], findings: Findings) -> str:
    if not front.baseline:
        return policies[0] if policies else ""
    for name in policies:
        if canonical(name) == canonical(front.baseline):
            return name
    hint = did_you_mean(front.baseline, policies)
    hint = hint or f"the policies are: {', '.join(policies) or 'none'}"
    findings.error(f"no policy `{front.baseline}`", front.baseline_place, hint, CaseError)
    return ""


def _groups(statements: Iterable[Statement]) -> tuple[Group, ...]:
    """Return the headings that hold variables, and those around them, in order.

    A heading of level 1 is a title, no group, unless variables stand right below it.
    """
    groups: dict[str, Group] = {}
    for statement in statements:
        if statement.keyword not in VARIABLE_KEYWORDS or not statement.headings:
            continue
        chain: list[Heading] = [h for h in statement.headings[:-1] if h.level > 1]
        parent = ""
        for heading in (*chain, statement.headings[-1]):
            groups.setdefault(heading.title, Group(heading.title, parent=parent))
            parent = heading.title
    return tuple(replace(g, parent="") if g.parent == g.name else g for g in groups.values())
