"""Variables in Vensim's terms: flows are auxiliaries, and a stock's flows are its rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from headwater.formats.flow_limits import Limits
from headwater.formats.losses import has_looks
from headwater.formats.vensim.translating.equation import Context, Position, left_side
from headwater.formats.vensim.translating.expressions import Translator, World
from headwater.formats.vensim.translating.graphs import graph_call
from headwater.formats.vensim.translating.scope import one_line
from headwater.formats.vensim.writing.hidden import expressions_of
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Expression,
    Name,
    Number,
    NumberTable,
    Unary,
    walk,
)
from headwater.model.uncertainty import Range
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
    Provenance,
    Series,
    Stock,
)

NO_PARAMETERS: frozenset[str] = frozenset()


class _Common(TypedDict):
    name: str
    dimensions: tuple[str, ...]
    unit: str
    documentation: str
    group: str
    range: Range | None


def _as_limited(variable: AnyVariable, limits: Mapping[str, AnyVariable]) -> AnyVariable:
    """Return a stock as its limits see it; a conveyor has become another one by now."""
    seen = limits.get(variable.key)
    if not isinstance(variable, Stock) or not isinstance(seen, Stock) or seen.discipline:
        return variable
    return replace(variable, flows=seen.flows)


class VariableTranslator:
    """Translates the variables of a model or, with ``parameters``, of a macro."""

    def __init__(self, world: World, parameters: frozenset[str] = NO_PARAMETERS) -> None:
        self._world = world
        self._scope = world.scope
        self._parameters = parameters
        own = () if parameters else world.project.variables
        seen = [_as_limited(v, world.limits) for v in own]
        self._limits = Limits(seen, world.scope.name, "TIME STEP")
        self._called = {
            name.key
            for expression in expressions_of(own)
            for node in walk(expression)
            if isinstance(node, Call)
            for name in (node.function, *node.arguments[:1])
            if isinstance(name, Name)
        }

    def all(self, variables: Iterable[AnyVariable]) -> tuple[AnyVariable, ...]:
        """Return the variables in their order, each after those that it needs."""
        return tuple(made for v in variables for made in self.one(v))

    def one(self, variable: AnyVariable) -> list[AnyVariable]:
        """Return a variable after those that its equations need beside it."""
        if variable.key in self._scope.controls:
            return []
        self._report(variable)
        made: list[AnyVariable] = []
        result = self._translated(variable, made)
        return [*made, *result]

    def _translated(self, variable: AnyVariable, made: list[AnyVariable]) -> list[AnyVariable]:
        match variable:
            case Data():
                return [self._data(variable)]
            case Graph(equations=()):
                return [self._function(variable, self._common(variable), variable.save)]
            case Graph() | Flow(graphs=(_, *_)):
                return self._of_graph(variable, made)
            case Stock():
                return [self._stock(variable, made)]
        equations = tuple(self._equation(variable, e, made) for e in variable.equations)
        kind = Constant if isinstance(variable, Constant | Lever) else Auxiliary
        return [kind(**self._common(variable), equations=equations)]

    # Parts

    def _common(self, variable: AnyVariable) -> _Common:
        own = left_side(self._scope, variable.dimensions, ())
        return {
            "name": self._name(variable),
            "dimensions": tuple(p.text for p in own),
            "unit": one_line(variable.unit),
            "documentation": variable.documentation,
            "group": one_line(variable.group),
            "range": variable.range,
        }

    def _name(self, variable: AnyVariable) -> str:
        plain = variable.key in self._parameters
        return one_line(variable.name) if plain else self._scope.name(variable.name)

    def _translator(
        self, variable: AnyVariable, left: tuple[Position, ...], made: list[AnyVariable]
    ) -> Translator:
        context = Context(variable, self._scope, left, made, self._parameters)
        return Translator(self._world, context)

    def _left(self, variable: AnyVariable, subscripts: Sequence[str]) -> tuple[Position, ...]:
        return left_side(self._scope, variable.dimensions, subscripts)

    def _equation(
        self, variable: AnyVariable, equation: Equation, made: list[AnyVariable]
    ) -> Equation:
        left = self._left(variable, equation.subscripts)
        translator = self._translator(variable, left, made)
        initial = equation.initial
        alone = initial is None and not isinstance(variable, Stock | Graph)
        read = translator.whole if alone else translator.expression
        if isinstance(equation.expression, NumberTable):
            read = translator.whole
        expression = self._bounded(variable, left, read(equation.expression))
        if initial is not None:
            initial = self._bounded(variable, left, translator.expression(initial))
        return Equation(
            expression,
            tuple(p.text for p in left),
            self._excepts(variable, equation),
            initial,
            None if equation.rate is None else translator.expression(equation.rate),
            equation.span,
        )

    def _bounded(
        self, variable: AnyVariable, left: Sequence[Position], asked: Expression
    ) -> Expression:
        """Return the value of a flow that cannot be negative, or that a stock limits."""
        if isinstance(variable, Flow) and variable.non_negative:
            asked = Call(Name("MAX"), (asked, Number(0.0)))
        return self._limits.cut(variable, [p.text for p in left], asked)

    def _excepts(self, variable: AnyVariable, equation: Equation) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(p.text for p in self._left(variable, group)) for group in equation.excepts
        )

    # Stocks

    def _stock(self, stock: Stock, made: list[AnyVariable]) -> Stock:
        equations = [self._equation(stock, e, made) for e in stock.equations]
        if stock.flows or all(e.rate is None for e in equations):
            whole = self._left(stock, ())
            named = any(e.subscripts for e in stock.equations)
            if len(equations) > 1 or named or any(p.written is None for p in whole):
                equations = [
                    replace(e, rate=self._rate_of(stock, given, made))
                    for e, given in zip(equations, stock.equations, strict=True)
                ]
            else:
                rate = self._net(self._translator(stock, whole, made), stock)
                equations = [replace(e, rate=rate) for e in equations]
        return Stock(**self._common(stock), equations=tuple(equations))

    def _rate_of(self, stock: Stock, given: Equation, made: list[AnyVariable]) -> Expression:
        """Return the net flow of the elements that one equation defines."""
        left = self._left(stock, given.subscripts)
        return self._net(self._translator(stock, left, made), stock)

    def _net(self, translator: Translator, stock: Stock) -> Expression:
        net: Expression | None = None
        variables = translator.world.variables
        for term in stock.flows:
            left = [p.text for p in translator.context.left]
            taken = self._limits.taken(stock, term, left)
            amount = taken or translator.of_flow(term.expression)
            flow = variables.get(getattr(term.expression, "key", ""))
            if term.sign > 0 and isinstance(flow, Flow) and flow.multiplier is not None:
                amount = Binary("*", amount, translator.of_flow(flow.multiplier))
            if net is None:
                net = amount if term.sign > 0 else Unary("-", amount)
            else:
                net = Binary("+" if term.sign > 0 else "-", net, amount)
        return Number(0.0) if net is None else net

    # Graphical functions

    def _function(self, variable: AnyVariable, common: _Common, save: bool) -> Graph:
        graphs = variable.graphs if isinstance(variable, Graph | Flow) else ()
        own = tuple(p.text for p in self._left(variable, ()))
        found = tuple(
            GraphicalFunction(
                g.x,
                g.y,
                "continuous",
                tuple(p.text for p in self._left(variable, g.subscripts)) or own,
                g.scale,
            )
            for g in graphs
        )
        return Graph(**common, graphs=found, save=save)

    def _of_graph(self, variable: Graph | Flow, made: list[AnyVariable]) -> list[AnyVariable]:
        """Return a variable that is a function of its equation."""
        common = self._common(variable)
        if self._is_plain(variable):
            graph = variable.graphs[0]
            equations = [self._equation(variable, e, made) for e in variable.equations]
            graphs = tuple(
                replace(graph, kind="continuous", subscripts=e.subscripts) for e in equations
            )
            return [Graph(**common, graphs=graphs, equations=tuple(equations))]
        name = self._scope.name(f"{variable.name} lookup")
        bare: _Common = {**common, "name": name, "unit": "", "documentation": "", "range": None}
        equations = [self._call(variable, e, made) for e in variable.equations]
        return [
            self._function(variable, bare, save=False),
            Auxiliary(**common, equations=tuple(equations)),
        ]

    def _is_plain(self, variable: Graph | Flow) -> bool:
        graph = variable.graphs[0]
        keys = list(map(canonical, graph.subscripts))
        whole = not keys or keys == list(map(canonical, variable.dimensions))
        bounded = isinstance(variable, Flow) and variable.non_negative
        bounded = bounded or self._limits.of(variable) or variable.key in self._called
        return len(variable.graphs) == 1 and whole and graph.kind == "continuous" and not bounded

    def _call(self, variable: Graph | Flow, given: Equation, made: list[AnyVariable]) -> Equation:
        left = self._left(variable, given.subscripts)
        translator = self._translator(variable, left, made)
        subscripts = tuple(Name(s) for s in given.subscripts or variable.dimensions)
        name = Name(variable.name, subscripts, given.span)
        value = graph_call(translator, name, variable, (given.expression,))
        value = self._bounded(variable, left, value)
        return Equation(value, tuple(p.text for p in left), self._excepts(variable, given))

    # Data

    def _data(self, data: Data) -> Data:
        series = tuple(
            Series(
                s.times,
                s.values,
                tuple(p.text for p in self._left(data, s.subscripts)),
                s.origin,
            )
            for s in data.series
        )
        return Data(**self._common(data), series=series, interpolation=data.interpolation)

    # What has no place

    def _report(self, variable: AnyVariable) -> None:
        add, name, span = self._world.losses.add, variable.name, variable.span
        if isinstance(variable, Lever):
            add("what a policy may set is written as a constant", name, span)
        if variable.uncertainty is not None:
            add("uncertainty is not written", name, span)
        if variable.provenance != Provenance():
            add("what an equation rests on (claims, assumptions) is not written", name, span)
        if has_looks(variable.display):
            add("the looks of variables are not written", name, span)
        if isinstance(variable, Flow) and variable.time_stamped:
            add("that a flow stamps what it moves with the time is not written", name, span)
        self._refuse(variable)

    def _refuse(self, variable: AnyVariable) -> None:
        what = ""
        if isinstance(variable, Stock) and variable.discipline is not None:
            what = f"is {_KINDS[type(variable.discipline).__name__]}, which Vensim does not have"
            why = self._world.refused.get(variable.key)
            what = (
                what
                if why is None
                else f"is a conveyor that {why}, which no delay of Vensim's does"
            )
        elif variable.key in self._limits.refused:
            why = self._limits.refused[variable.key]
            what = f"cannot fall below 0, and what that means for {why}, cannot be written"
        elif variable.key in self._world.driven:
            return
        elif isinstance(variable, Flow) and (variable.leakage is not None or variable.overflow):
            what = "leaks or overflows, which no flow of Vensim's does"
        elif not isinstance(variable, Data | Graph) and not variable.equations:
            what = "has no equation"
        if what:
            place = variable.span.place if variable.span else None
            hint = "remove that, or convert to another format"
            self._world.diagnostics.error(f"`{variable.name}` {what}", place, hint)


_KINDS = {"Conveyor": "a conveyor", "Queue": "a queue", "Oven": "an oven"}
