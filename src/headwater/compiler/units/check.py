"""Checks the units of every equation, and infers those that are not given."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headwater.compiler.units.algebra import Monomial, Relation, Solver
from headwater.compiler.units.rules import GraphUnits, MacroUnits, UnitRules
from headwater.errors import Diagnostic, Diagnostics, HeadwaterError
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, Name, walk
from headwater.language.units import STELLA, Definition, Unit, UnitTable
from headwater.language.units_algebra import names_with_blanks, unit_key
from headwater.model.project import Macro, Project
from headwater.model.variables import (
    AnyVariable,
    Conveyor,
    Data,
    Flow,
    Graph,
    Oven,
    Stock,
)

_WHERE_UNITS_STAND = {
    "headwater": "write the unit after the name, or 1 where there is none",
    "vensim": "write the unit between the tildes, or Dmnl where there is none",
    "xmile": "write it into `<units>`, or 1 where there is none",
}


@dataclass(frozen=True, slots=True)
class UnitReport:
    """What was found: contradictions, and the unit of every variable whose unit is known.

    ``contradicted`` are the variables, by canonical name, in whose equations contradictions are.
    """

    diagnostics: tuple[Diagnostic, ...]
    units: Mapping[str, Unit]
    contradicted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Claim:
    """An equation to check: ``expression`` is in the unit of ``variable``, or per time.

    ``option`` names what of a conveyor or an oven it gives; ``of_time`` are those in time.
    """

    variable: AnyVariable
    expression: Expression
    per_time: bool = False
    graph_input: bool = False
    option: str = ""
    of_time: bool = False


def check_units(project: Project) -> list[Diagnostic]:
    """Return what is wrong with the units of a project: errors for contradictions.

    Variables without a unit get theirs from the equations around them; a warning names those whose
    unit cannot be told. A project in which no variable has a unit is not checked.
    """
    return list(examine_units(project).diagnostics)


def examine_units(project: Project) -> UnitReport:
    """Return contradictions and the units of all variables by canonical name."""
    if not any(v.unit.strip() for v in project.variables):
        return UnitReport((), {})
    return _Examination(project).run()


class _Examination:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.diagnostics = Diagnostics()
        self.solver = Solver()
        self.table = self._unit_table()
        self.time = self._time_unit()
        self.given: dict[str, Unit | None] = {}
        self.unit: dict[str, Monomial] = {}
        graphs: dict[str, GraphUnits] = {}
        for variable in project.variables:
            unit = self._declared(variable)
            self.unit[variable.key] = unit
            if isinstance(variable, Graph):
                graphs[variable.key] = GraphUnits(variable.name, self._input_unit(variable), unit)
        values = {
            v.key: self.unit[v.key]
            for v in project.variables
            if not isinstance(v, Graph) or v.equations
        }
        self.graphs = graphs
        self.rules = UnitRules(
            self.solver,
            values,
            graphs,
            {canonical(m.name): self._macro(m) for m in project.macros},
            self.time,
            project.dialect,
            self.diagnostics,
        )
        if project.dialect != "headwater":
            self.rules.spelled = names_with_blanks(v.unit for v in project.variables)

    def _unit_table(self) -> UnitTable:
        definitions = [Definition(u.name, u.equation, u.aliases) for u in self.project.units]
        stella = self.project.dialect in ("xmile", "stella")
        try:
            return UnitTable(definitions, built_in=STELLA if stella else ())
        except HeadwaterError as error:
            self.diagnostics.items.extend(error.diagnostics)
            return UnitTable()

    def _time_unit(self) -> Monomial:
        text = self.project.sim_specs.time_unit.strip()
        unit = self._parsed(text, None) if text else None
        return self.solver.unknown() if unit is None else Monomial(unit)

    def _parsed(self, text: str, span: Span | None) -> Unit | None:
        try:
            return self.table.parse(text, span)
        except HeadwaterError as error:
            self.diagnostics.items.extend(error.diagnostics)
            return None

    def _declared(self, variable: AnyVariable) -> Monomial:
        text = variable.unit.strip()
        unit = self._parsed(text, variable.unit_span or variable.span) if text else None
        self.given[variable.key] = unit
        return self.solver.unknown() if unit is None else Monomial(unit)

    def _macro(self, macro: Macro) -> MacroUnits:
        """Return the units of a macro; those of its own variables are not checked."""
        inputs = {unit_key(name): place for place, name in enumerate(macro.parameters)}
        result = macro.expression
        texts = {v.key: v.unit.strip() for v in macro.variables}
        text = texts.get(result.key, "") if isinstance(result, Name) else ""
        try:
            return MacroUnits(inputs, self.table.parse(text) if text else None)
        except HeadwaterError:
            return MacroUnits(inputs, None)

    def _input_unit(self, graph: Graph) -> Monomial:
        text = graph.input_unit.strip()
        unit = self._parsed(text, graph.unit_span or graph.span) if text else None
        return self.solver.unknown() if unit is None else Monomial(unit)

    def run(self) -> UnitReport:
        contradicted: set[str] = set()
        for claim in self._in_order(self._claims()):
            before = len(self.diagnostics.items)
            self._check(claim)
            if any(d.severity == "error" for d in self.diagnostics.items[before:]):
                contradicted.add(claim.variable.key)
        units: dict[str, Unit] = {}
        unknown: list[AnyVariable] = []
        for variable in self.project.variables:
            reduced = self.solver.reduced(self.unit[variable.key])
            if not reduced.unknowns:
                units[variable.key] = reduced.known
            elif not variable.unit.strip():
                unknown.append(variable)
        self._warn_unknown(unknown)
        return UnitReport(tuple(self.diagnostics.items), units, frozenset(contradicted))

    def _warn_unknown(self, variables: Sequence[AnyVariable]) -> None:
        if not variables:
            return
        names = ", ".join(f"`{v.name}`" for v in variables[:8])
        more = f" and {len(variables) - 8} more" if len(variables) > 8 else ""
        span = variables[0].span
        self.diagnostics.warn(
            f"no unit is given for {names}{more}, and none follows from the equations",
            span.place if span else None,
            _WHERE_UNITS_STAND.get(self.project.dialect, _WHERE_UNITS_STAND["xmile"]),
        )

    def _claims(self) -> list[_Claim]:
        claims: list[_Claim] = []
        for variable in self.project.variables:
            if isinstance(variable, Data):
                continue
            if isinstance(variable, Flow) and variable.leakage is not None:
                continue  # Its equation is the fraction that leaks: of what is there, or per time.
            for equation in variable.equations:
                is_graph = isinstance(variable, Graph)
                claims.append(_Claim(variable, equation.expression, graph_input=is_graph))
                if equation.initial is not None:
                    claims.append(_Claim(variable, equation.initial, graph_input=is_graph))
                if equation.rate is not None:
                    claims.append(_Claim(variable, equation.rate, per_time=True))
            if isinstance(variable, Stock):
                claims += [_Claim(variable, t.expression, per_time=True) for t in variable.flows]
                claims += _options(variable)
        return claims

    def _in_order(self, claims: Sequence[_Claim]) -> list[_Claim]:
        """Return claims with few variables of unknown unit first: they settle the others' units."""
        open_: list[set[str]] = []
        waiting: dict[str, list[int]] = {}
        for number, claim in enumerate(claims):
            names = {claim.variable.key, *_names(claim.expression)}
            unknown = {n for n in names if n in self.given and self.given[n] is None}
            open_.append(unknown)
            for name in unknown:
                waiting.setdefault(name, []).append(number)
        heap = [(len(unknown), number) for number, unknown in enumerate(open_)]
        heapq.heapify(heap)
        done = [False] * len(claims)
        ordered: list[_Claim] = []
        while heap:
            size, number = heapq.heappop(heap)
            if done[number] or size != len(open_[number]):
                continue
            done[number] = True
            ordered.append(claims[number])
            for name in list(open_[number]):
                for other in waiting.pop(name, ()):
                    if not done[other]:
                        open_[other].discard(name)
                        heapq.heappush(heap, (len(open_[other]), other))
        return ordered

    def _is_told(self, claim: _Claim) -> bool:
        """Tell whether every variable of an equation has a unit of its own."""
        names = {claim.variable.key, *_names(claim.expression)}
        return all(self.given[n] is not None for n in names if n in self.given)

    def _check(self, claim: _Claim) -> None:
        # Other tools infer no units, and leave aside equations in which one is missing.
        self.rules.silent = self.project.dialect != "headwater" and not self._is_told(claim)
        found = self.rules.unit(claim.expression)
        if found is None:
            return
        variable = claim.variable
        wanted = self.unit[variable.key]
        if claim.graph_input:
            wanted = self.graphs[variable.key].x
        if claim.of_time:
            wanted = self.time
        if claim.per_time:
            wanted = wanted / self.time
        relation = self.solver.equate(found, wanted)
        if relation is Relation.SAME:
            return
        is_, must = self.rules.shown(found), self.rules.shown(wanted)
        text = claim.expression.span.line if claim.expression.span else ""
        what = f"`{text}`" if 0 < len(text) <= 40 else "this expression"
        if claim.option:
            message = f"the {claim.option} of `{variable.name}` is in {is_}, but must be in {must}"
        elif claim.per_time:
            message = (
                f"{what} flows into or out of the stock `{variable.name}` and is in {is_}, "
                f"but must be in {must} (the stock's unit per time)"
            )
        elif claim.graph_input:
            message = f"{what} is in {is_}, but `{variable.name}` takes {must}"
        elif isinstance(variable, Stock):
            message = f"the initial value of `{variable.name}` is in {is_}, but the stock in {must}"
        else:
            message = f"`{variable.name}` is in {must}, but its equation gives {is_}"
        self.rules.report(relation, message, claim.expression.span, (found, wanted))


def _options(stock: Stock) -> Iterator[_Claim]:
    """Yield what a conveyor or an oven says beside its initial value: times and amounts."""
    times: list[tuple[str, Expression | None]] = []
    amounts: list[Expression | None] = []
    match stock.discipline:
        case Conveyor() as belt:
            times = [("transit time", e.expression) for e in belt.lengths]
            amounts = [belt.capacity, *belt.contents]
            if belt.inflow_limit is not None:
                yield _Claim(stock, belt.inflow_limit, per_time=True, option="inflow limit")
        case Oven() as oven:
            times = [
                ("cook time", oven.cook_time),
                ("fill time", oven.fill_time),
                ("clean time", oven.clean_time),
            ]
            amounts = [oven.capacity]
    for option, expression in times:
        if expression is not None:
            yield _Claim(stock, expression, option=option, of_time=True)
    for expression in amounts:
        if expression is not None:
            yield _Claim(stock, expression, option="capacity or content")


def _names(expression: Expression) -> set[str]:
    found: set[str] = set()
    for node in walk(expression):
        if isinstance(node, Name):
            found.add(node.key)
        elif isinstance(node, Call):
            found.add(node.function.key)
    return found
