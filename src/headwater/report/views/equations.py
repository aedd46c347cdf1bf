"""Every equation of the model, section by section, with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from headwater.argument.results import TestResult
from headwater.language.printer import print_expression, print_name
from headwater.language.source import Source
from headwater.language.syntax import Expression
from headwater.language.tokens import tokenize
from headwater.model.case import Case
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Equation,
    Flow,
    Graph,
    GraphicalFunction,
    Lever,
    Series,
    Stock,
)
from headwater.report import words
from headwater.report.links import Link, Register, anchor, file_name, variable_anchor
from headwater.report.prose import Prose, Section

_KINDS: tuple[tuple[type[AnyVariable], str], ...] = (
    (Stock, "stock"),
    (Flow, "flow"),
    (Auxiliary, "auxiliary"),
    (Constant, "constant"),
    (Lever, "lever"),
    (Graph, "graphical function"),
    (Data, "data series"),
)
MOST_POINTS = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable as the report shows it. ``variant`` names the rival structure it belongs to."""

    anchor: str
    name: str
    kind: str
    unit: str
    lines: tuple[Markup, ...]
    note: Markup
    range: str
    uncertainty: str
    sources: tuple[Link, ...]
    claims: tuple[Link, ...]
    assumption: Markup
    variant: str

    @property
    def unsupported(self) -> bool:
        """Whether the equation names neither a source, nor a claim, nor an assumption."""
        return not (self.sources or self.claims or self.assumption)


@dataclass(frozen=True, slots=True)
class Group:
    """The equations under one heading of the case, with the prose that stands there."""

    anchor: str
    file: str
    title: str
    prose: Markup
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of the case, or the whole model where it is no literate case."""

    anchor: str
    title: str
    prose: Markup
    groups: tuple[Group, ...]

    @property
    def size(self) -> int:
        """Number of equations."""
        return sum(len(g.entries) for g in self.groups)


def chapters(result: TestResult, register: Register, prose: Prose) -> list[Chapter]:
    """Return the model, file by file and heading by heading, in the order of the case."""
    case = result.case
    view = Equations(register, prose)
    entries = [(variable, view.entry(variable, variant)) for variable, variant in _all(case)]
    if not case.parts:
        return [_unwritten(case, entries)]
    placed: set[str] = set()
    found = []
    for part in case.parts:
        file = file_name(case, part.source)
        groups = []
        for number, section in enumerate(prose.sections(part.source)):
            own = [e for v, e in entries if _stands_in(v, section)]
            placed.update(e.anchor for e in own)
            groups.append(
                Group(
                    anchor("section", f"{file} {number}"),
                    file,
                    section.title,
                    section.prose,
                    tuple(own),
                )
            )
        found.append(_chapter(file, groups))
    elsewhere = [e for _, e in entries if e.anchor not in placed]
    if elsewhere:
        group = Group("section-other", "", "Elsewhere", Markup(""), tuple(elsewhere))
        found.append(Chapter("part-other", "Elsewhere", Markup(""), (group,)))
    return [c for c in found if c.groups or c.prose]


def _all(case: Case) -> Iterator[tuple[AnyVariable, str]]:
    for variable in case.project.variables:
        yield variable, ""
    for variant in case.variants:
        for variable in variant.variables:
            yield variable, variant.name


def _stands_in(variable: AnyVariable, section: Section) -> bool:
    span = variable.span
    return (
        span is not None
        and span.source.name == section.source.name
        and section.start <= span.start < section.end
    )


def _chapter(file: str, groups: Sequence[Group]) -> Chapter:
    """Make a file's first heading the chapter's title, and its prose the introduction."""
    title, prose = file.removesuffix(".md").replace("_", " "), Markup("")
    rest = list(groups)
    while rest and not rest[0].entries and not (title and prose):
        first = rest.pop(0)
        title, prose = first.title or title, prose + first.prose
    if rest and rest[0] is groups[0] and rest[0].title:
        title = rest[0].title
    return Chapter(anchor("part", file), title, prose, tuple(g for g in rest if _has_content(g)))


def _has_content(group: Group) -> bool:
    return bool(group.entries or group.prose)


def _unwritten(case: Case, entries: Sequence[tuple[AnyVariable, Entry]]) -> Chapter:
    """Group the variables of a model that has no prose by the groups of its file."""
    titles = list(dict.fromkeys(v.group for v, _ in entries))
    notes = {g.name: g.documentation for g in case.project.groups}
    groups = tuple(
        Group(
            anchor("section", title or "all"),
            "",
            title or "All equations",
            Markup("<p>{}</p>").format(notes[title]) if notes.get(title) else Markup(""),
            tuple(e for v, e in entries if v.group == title),
        )
        for title in titles
    )
    return Chapter("part-model", case.title or case.project.name, Markup(""), groups)


class Equations:
    """Turns variables into entries whose names are links."""

    def __init__(self, register: Register, prose: Prose) -> None:
        self.register = register
        self.prose = prose

    def entry(self, variable: AnyVariable, variant: str) -> Entry:
        """Return what the page says of one variable, as it is in a variant (empty: outside)."""
        because = variable.provenance.because
        sources = tuple(s for s in map(self.register.source, because) if s)
        claims = tuple(c for c in map(self.register.claim, because) if c)
        return Entry(
            anchor=variable_anchor(variable, variant),
            name=print_name(variable.name),
            kind=next(word for kind, word in _KINDS if isinstance(variable, kind)),
            unit=variable.unit,
            lines=tuple(self._lines(variable)),
            note=self.prose.inline(variable.documentation),
            range=words.limits(variable.range) if variable.range else "",
            uncertainty=words.uncertainty(variable.uncertainty) if variable.uncertainty else "",
            sources=sources,
            claims=claims,
            assumption=self.prose.inline(variable.provenance.assumption),
            variant=variant,
        )

    def _lines(self, variable: AnyVariable) -> Iterator[Markup]:
        name = print_name(variable.name)
        match variable:
            case Stock():
                for equation in variable.equations:
                    yield self._line(name, equation, Markup("starts at"))
                for term in variable.flows:
                    sign = "+" if term.sign > 0 else "−"
                    yield Markup('<span class="op">{}</span> {}').format(
                        sign, self.expression(term.expression)
                    )
            case Data():
                yield from (_series(name, s) for s in variable.series)
            case Graph():
                for equation in variable.equations:
                    yield self._line(name, equation, Markup("= graph of"))
                yield from (_graph(name, g) for g in variable.graphs)
            case _:
                for equation in variable.equations:
                    yield self._line(name, equation, Markup('<span class="op">=</span>'))

    def _line(self, name: str, equation: Equation, verb: Markup) -> Markup:
        line = _owner(name, equation.subscripts) + Markup("{} {}").format(
            verb, self.expression(equation.expression)
        )
        if equation.rate is not None:
            line += Markup(", rate {}").format(self.expression(equation.rate))
        return line

    def expression(self, expression: Expression) -> Markup:
        """Return an expression in which every known variable is a link to its equation."""
        text = print_expression(expression)
        pieces, at = [], 0
        for token in tokenize(Source("equation", text)):
            if token.kind != "name":
                continue
            target = self.register.variable(token.text)
            if target is None:
                continue
            pieces.append(escape(text[at : token.start]))
            spelling = text[token.start : token.end]
            pieces.append(Markup('<a href="{}">{}</a>').format(target.target, spelling))
            at = token.end
        return Markup("").join([*pieces, escape(text[at:])])


def _owner(name: str, subscripts: Sequence[str]) -> Markup:
    """Return the elements that a line speaks of; a line about the whole variable needs no name."""
    if not subscripts:
        return Markup("")
    return Markup('<span class="own">{}[{}]</span> ').format(name, ", ".join(subscripts))


def _graph(name: str, graph: GraphicalFunction) -> Markup:
    points = [
        f"({words.exact(x)}, {words.exact(y)})" for x, y in zip(graph.x, graph.y, strict=True)
    ]
    if len(points) > MOST_POINTS:
        left = len(points) - MOST_POINTS
        points = [*points[: MOST_POINTS - 1], f"… {left} more …", points[-1]]
    kind = "" if graph.kind == "continuous" else f"{graph.kind}: "
    return _owner(name, graph.subscripts) + f"{kind}{' '.join(points)}"


def _series(name: str, series: Series) -> Markup:
    span = f"{words.count(len(series.times), 'point')}"
    if len(series.times):
        first, last = words.year(series.times[0]), words.year(series.times[-1])
        span += f", {first} to {last}; from {words.number(series.values[0])}"
        span += f" to {words.number(series.values[-1])}"
    return _owner(name, series.subscripts) + span
