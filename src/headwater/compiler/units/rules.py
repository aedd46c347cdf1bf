"""The unit of an expression, and the rules that its parts must keep.

* A bare number, or an expression made of numbers only, takes whatever unit its place needs in sums,
  comparisons, branches, arguments and as a whole equation; in products it is dimensionless.
* What stands in a contradiction counts as a bare number, so that one mistake is reported once.
* Sums, comparisons, MIN and MAX and the branches of a condition need one unit on all sides.
* The exponent of a power is dimensionless; where it is not a literal number, so is the base.
* Functions follow the table of builtins: EXP and LN take and give numbers without unit, SQRT halves
  exponents, STEP has the unit of its height, TIME and DT that of the model's time.
* A graphical function takes the unit of its abscissae and gives that of its ordinates.
* The result of a macro has the unit that is stated for it, in which the name of an input stands for
  the unit of what is given there; without one it may have any.
* The number of an element counts as a bare number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from headwater.compiler.constants import number_of
from headwater.compiler.units.algebra import ONE, Monomial, Relation, Solver
from headwater.compiler.units.forms import with_units
from headwater.errors import Diagnostics, Place
from headwater.language.builtins import Builtin, find_spelling, form_of
from headwater.language.source import Span
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Unary,
)
from headwater.language.units import Unit
from headwater.language.units_algebra import unit_key

Found = Monomial | None
"""The unit of an expression; None where it takes any."""

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "=", "<>"})
_LOGIC = frozenset({"and", "or"})
_BRANCHES = "the branches of this condition"
_MAX_DENOMINATOR = 1000
_TIME_OF_MODEL = "time$"
"""How a macro of Vensim's names the unit of the model's time."""


@dataclass(frozen=True, slots=True)
class GraphUnits:
    """What a graphical function takes and gives."""

    name: str
    x: Monomial
    y: Monomial


@dataclass(frozen=True, slots=True)
class MacroUnits:
    """The inputs of a macro by :func:`unit_key`, and the unit of its result, where it has one."""

    inputs: Mapping[str, int]
    result: Unit | None


@dataclass(frozen=True, slots=True)
class Operand:
    """An expression with its unit, for messages."""

    node: Expression
    unit: Found


class UnitRules:
    """Applies the rules to expressions, reporting what contradicts them."""

    def __init__(
        self,
        solver: Solver,
        variables: Mapping[str, Monomial],
        graphs: Mapping[str, GraphUnits],
        macros: Mapping[str, MacroUnits],
        time: Monomial,
        dialect: str,
        diagnostics: Diagnostics,
    ) -> None:
        self._solver = solver
        self._variables = variables
        self._graphs = graphs
        self._macros = macros
        self._time = time
        self._dialect = dialect
        self._diagnostics = diagnostics
        self.spelled: Mapping[str, str] = {}
        """How the model spells names of units, where it does so with blanks."""
        self.silent = False
        """Whether contradictions are left unsaid."""

    # Expressions

    def unit(self, node: Expression) -> Found:
        """Return the unit of an expression. Long chains on the left do not recurse."""
        chain: list[Binary] = []
        while isinstance(node, Binary):
            chain.append(node)
            node = node.left
        unit = self._single(node)
        for binary in reversed(chain):
            right = self.unit(binary.right)
            unit = self._binary(binary, unit, right)
        return unit

    def _single(self, node: Expression) -> Found:
        match node:
            case Name():
                return self._name(node)
            case Unary(operator="not", operand=operand):
                self.unit(operand)
                return ONE
            case Unary(operand=operand):
                return self.unit(operand)
            case Conditional():
                return self._cases(node)
            case Call():
                return self._call(node)
        return None

    def _cases(self, node: Conditional) -> Found:
        """Return the unit of a choice. Long chains of cases do not recurse."""
        chain: list[tuple[Conditional, Operand]] = []
        rest: Expression = node
        while isinstance(rest, Conditional):
            self.unit(rest.condition)
            chain.append((rest, Operand(rest.then, self.unit(rest.then))))
            rest = rest.otherwise
        unit = self.unit(rest)
        for case, then in reversed(chain):
            unit = self._same(_BRANCHES, case.span, then, Operand(case.otherwise, unit))
        return unit

    def _branches(self, span: Span | None, then: Expression, otherwise: Expression) -> Found:
        first, second = Operand(then, self.unit(then)), Operand(otherwise, self.unit(otherwise))
        return self._same(_BRANCHES, span, first, second)

    def _name(self, node: Name) -> Found:
        for subscript in node.subscripts:
            if not isinstance(subscript, Name | Number):
                self.unit(subscript)
        known = self._variables.get(node.key)
        if known is not None:
            return known
        found = find_spelling(node.text, self._dialect)
        if found is not None and not found[0].min_args:
            return self._builtin(Call(node, (), node.span), found[0], ())
        return None

    def _binary(self, node: Binary, left: Found, right: Found) -> Found:
        operator = node.operator
        if operator in ("+", "-", "mod"):
            return self._same_sides(node, left, right)
        if operator in _COMPARISONS:
            self._same_sides(node, left, right)
            return ONE
        if operator in _LOGIC:
            return ONE
        if operator == "*":
            return _times(left, right)
        if operator in ("/", "//"):
            return _times(left, None if right is None else right ** Fraction(-1))
        return self._power(node.left, left, node.right, right)

    def _same_sides(self, node: Binary, left: Found, right: Found) -> Found:
        what = {"+": "this sum", "-": "this difference", "mod": "MOD"}.get(
            node.operator, "this comparison"
        )
        first, second = Operand(node.left, left), Operand(node.right, right)
        return self._same(f"the sides of {what}", operator_span(node), first, second)

    def _same(self, what: str, span: Span | None, first: Operand, second: Operand) -> Found:
        if first.unit is None or second.unit is None:
            return second.unit if first.unit is None else first.unit
        relation = self._solver.equate(first.unit, second.unit)
        if relation is not Relation.SAME:
            a, b = self.shown(first.unit), self.shown(second.unit)
            self.report(
                relation,
                f"{what} have different units: {_quoted(first.node)}is in {a}, "
                f"{_quoted(second.node)}in {b}",
                span or second.node.span,
                (first.unit, second.unit),
            )
            # Neither unit is the result's for certain: what surrounds it is no second fault.
            return self._solver.unknown()
        return first.unit

    def _power(self, base: Expression, unit: Found, exponent: Expression, power: Found) -> Found:
        number = number_of(exponent)
        if number is not None:
            if unit is None or number != number or abs(number) > 100:
                return unit
            return unit ** Fraction(number).limit_denominator(_MAX_DENOMINATOR)
        sound = self._must_be(ONE, Operand(exponent, power), "an exponent has no unit")
        reason = "a number with a unit cannot be raised to an exponent that may change"
        hint = "divide it by a reference value first"
        sound = sound and self._must_be(ONE, Operand(base, unit), reason, hint)
        return ONE if unit is not None and sound else None

    def _must_be(self, wanted: Monomial, given: Operand, reason: str, hint: str = "") -> bool:
        """Tell whether an operand has the wanted unit, and report it where it has not."""
        if given.unit is None:
            return True
        relation = self._solver.equate(given.unit, wanted)
        if relation is not Relation.SAME:
            self.report(
                relation,
                f"{reason}: {_quoted(given.node)}is in {self.shown(given.unit)}"
                + ("" if wanted is ONE else f", not {self.shown(wanted)}"),
                given.node.span,
                (given.unit, wanted),
                hint,
            )
        return relation is Relation.SAME

    # Calls

    def _call(self, node: Call) -> Found:
        key = node.function.key
        graph = self._graphs.get(key)
        if graph is not None:
            return self._graph(graph, node.arguments)
        macro = self._macros.get(key)
        if macro is not None:
            return self._macro(macro, [self.unit(a) for a in node.arguments])
        spelling = find_spelling(node.function.text, self._dialect)
        if spelling is None:
            return None
        builtin, form = spelling
        arguments = form.in_table_order(node.arguments)
        return self._builtin(node, with_units(builtin, arguments), arguments)

    def _macro(self, macro: MacroUnits, given: Sequence[Found]) -> Monomial:
        """Return the unit of a macro's result; a unit named as an input is the unit given there."""
        if macro.result is None:
            return self._solver.unknown()
        part: Found
        unit = Monomial(Unit((), macro.result.scale))
        for name, power in macro.result.powers:
            index = macro.inputs.get(unit_key(name))
            if index is not None:
                part = given[index] if index < len(given) else None
            elif unit_key(name) == _TIME_OF_MODEL:
                part = self._time
            else:
                part = Monomial(Unit(((name, Fraction(1)),)))
            unit = unit * (part or self._solver.unknown()) ** power
        return unit

    def _graph(self, graph: GraphUnits, arguments: Sequence[Expression]) -> Found:
        for argument in arguments[:1]:
            given = Operand(argument, self.unit(argument))
            self._must_be(graph.x, given, f"the graphical function `{graph.name}` takes another")
        return graph.y

    def _builtin(self, node: Call, builtin: Builtin, arguments: Sequence[Expression]) -> Found:
        if builtin.name == "LOOKUP" and len(arguments) == 2:
            function = arguments[0]
            graph = self._graphs.get(function.key) if isinstance(function, Name) else None
            return self._graph(graph, arguments[1:]) if graph else None
        if builtin.name == "POWER" and len(arguments) == 2:
            units = [self.unit(a) for a in arguments]
            return self._power(arguments[0], units[0], arguments[1], units[1])
        if builtin.name in ("IF_THEN_ELSE",) and len(arguments) == 3:
            self.unit(arguments[0])
            return self._branches(node.span, arguments[1], arguments[2])
        if builtin.name == "SIZE" or not builtin.parameters:
            return self._result(builtin, {})
        letters: dict[str, tuple[Monomial, Operand]] = {}
        for index, argument in enumerate(arguments):
            parameter = builtin.parameter(index)
            if parameter.role == "text":
                continue
            given = Operand(argument, self.unit(argument))
            if parameter.unit is not None:
                self._argument(node, builtin, parameter.unit, parameter.name, given, letters)
        return self._result(builtin, {k: u for k, (u, _) in letters.items()})

    def _argument(
        self,
        node: Call,
        builtin: Builtin,
        rule: Unit,
        name: str,
        given: Operand,
        letters: dict[str, tuple[Monomial, Operand]],
    ) -> None:
        if given.unit is None:
            return
        wanted = self._instance(rule, letters, given)
        relation = self._solver.equate(given.unit, wanted)
        if relation is Relation.SAME:
            return
        first = next((o for u, o in letters.values() if o is not given), None)
        against = ""
        if first is not None and first.unit is not None:
            against = f" ({_quoted(first.node)}is in {self.shown(first.unit)})"
        self.report(
            relation,
            f"the argument `{name}` of {node.function.text} is in {self.shown(given.unit)}, "
            f"but must be in {self.shown(wanted)}{against}",
            given.node.span,
            (given.unit, wanted),
            f"its form is {form_of(node.function.text, self._dialect) or builtin.signature}",
        )

    def _instance(
        self, rule: Unit, letters: dict[str, tuple[Monomial, Operand]], given: Operand
    ) -> Monomial:
        """Return a parameter's unit with this call's own unknowns for its letters."""
        result = ONE
        for letter, power in rule.powers:
            if letter == "time":
                result = result * self._time**power
                continue
            if letter not in letters:
                letters[letter] = (self._solver.unknown(), given)
            result = result * letters[letter][0] ** power
        return result

    def _result(self, builtin: Builtin, letters: Mapping[str, Monomial]) -> Found:
        if builtin.unit is None:
            return None
        result = ONE
        for letter, power in builtin.unit.powers:
            if letter == "time":
                result = result * self._time**power
            elif letter in letters:
                result = result * letters[letter] ** power
            else:
                # Every argument that would fix it is a bare number.
                return None
        return result

    # Reports

    def shown(self, unit: Monomial) -> str:
        """Return a unit as text."""
        reduced = self._solver.reduced(unit)
        text = reduced.known.spelled(self.spelled)
        if not reduced.unknowns:
            return "1 (no unit)" if reduced.known.is_dimensionless else f"`{text}`"
        return f"`{text}` times a unit not known yet"

    def report(
        self,
        relation: Relation,
        message: str,
        span: Span | None,
        units: tuple[Monomial, Monomial],
        hint: str = "",
    ) -> None:
        """Report a contradiction, with the factor between the units as a hint.

        It is a warning where the units differ by a factor only.
        """
        if self.silent:
            return
        place: Place | None = span.place if span else None
        hint = hint or self._difference(units)
        if relation is Relation.SCALED:
            self._diagnostics.warn(message, place, hint)
        else:
            self._diagnostics.error(message, place, hint)

    def _difference(self, units: tuple[Monomial, Monomial]) -> str:
        rest = self._solver.reduced(units[0] / units[1]).known
        time = self._solver.reduced(self._time).known
        if rest == time:
            return "the first lacks a division by a time, or the second a multiplication"
        if rest ** Fraction(-1) == time:
            return "the first lacks a multiplication by a time, or the second a division"
        return f"they differ by the factor `{rest.spelled(self.spelled)}`"


def operator_span(node: Binary) -> Span | None:
    """Return where the operator itself stands."""
    left, right = node.left.span, node.right.span
    if left is None or right is None or left.source is not right.source:
        return node.span
    between = left.source.text[left.end : right.start].casefold()
    at = between.find(node.operator)
    if at < 0:
        return node.span
    start = left.end + at
    return Span(left.source, start, start + len(node.operator))


def _times(left: Found, right: Found) -> Found:
    if left is None or right is None:
        return right if left is None else left
    return left * right


LONGEST_QUOTED = 60


def _quoted(node: Expression) -> str:
    """Return a short expression's own text, for a message."""
    if node.span is None:
        return "one "
    text = node.span.line
    return f"`{text}` " if len(text) <= LONGEST_QUOTED else f"`{text[:LONGEST_QUOTED].rstrip()}…` "
