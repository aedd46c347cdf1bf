"""What a conveyor is made of: its stock, its flows, and where need be the slats of its belt.

The arithmetic is that of :mod:`headwater.compiler.stocks.conveyors`, in its order, so that the run
is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from math import floor

from headwater.language.syntax import (
    Binary,
    BinaryOperator,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Wildcard,
)
from headwater.model.project import Project
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Conveyor,
    Dimension,
    Equation,
    Flow,
    Leakage,
    Stock,
)

_ZERO, _ONE, _STEP = Number(0.0), Number(1.0), Name("DT")


def moving(project: Project) -> list[Stock]:
    """Return the conveyors, queues and ovens of a model."""
    return [v for v in project.variables if isinstance(v, Stock) and v.discipline is not None]


@dataclass(slots=True)
class Belt:
    """A conveyor of a fixed transit time of ``steps`` steps.

    ``pushed`` are the flows that leave conveyors, ``below`` the conditions under which a conveyor
    stops to which an outflow leads. ``made`` are further variables.
    """

    stock: Stock
    spec: Conveyor
    entering: Sequence[Flow]
    leaving: Sequence[Flow]
    length: Expression
    steps: int
    pushed: Collection[str]
    below: Mapping[str, Expression]
    has_slats: bool
    made: list[AnyVariable] = field(default_factory=list)

    @property
    def slats(self) -> Dimension:
        """The dimension of the slats; the first is the exit."""
        elements = tuple(f"{self.stock.name} {k}" for k in range(1, self.steps + 1))
        return Dimension(f"{self.stock.name} slats", elements)

    def parts(self) -> Iterator[AnyVariable]:
        """Yield the stock and its flows, as they are to be written."""
        yield replace(self.stock, discipline=None, non_negative=False)
        exit_ = next(f for f in self.leaving if f.leakage is None)
        if self.has_slats:
            yield from self._row(exit_)
        else:
            start = Binary("/", self._of(self.stock.name), self.length)
            delay = Call(Name("DELAY"), (self._arriving(), self.length, start), self.stock.span)
            yield _driven(exit_, delay)
        yield from self._inflows()

    def _of(self, name: str, *slat: Expression) -> Name:
        return Name(name, (*map(Name, self.stock.dimensions), *slat))

    # What enters

    def _arriving(self) -> Expression:
        """Return the rate at which material comes."""
        return _chain("+", [self._of(f.name) for f in self.entering])

    def _inflows(self) -> Iterator[AnyVariable]:
        """Yield the inflows that are held back: none is negative, the first comes first."""
        limits = list(self._limits())
        before: list[Flow] = []
        for flow in self.entering:
            if flow.key in self.pushed:
                continue
            if not limits and self.spec.arrest is None:
                yield replace(flow, non_negative=True)
                continue
            asked = f"{flow.name} asked"
            self.made.append(_asked(flow, asked))
            pushed = [f for f in self.entering if f.key in self.pushed]
            allowed = self._allowed(limits, list({f.key: f for f in (*before, *pushed)}.values()))
            positive = _call("MAX", _ZERO, self._of(asked))
            value = positive if allowed is None else _call("MIN", positive, allowed)
            if self.spec.arrest is not None:
                value = _call(
                    "MIN", positive, Conditional(self.spec.arrest, _ZERO, allowed or positive)
                )
            before.append(flow)
            yield _driven(flow, value)

    def _limits(self) -> Iterator[Expression]:
        if self.spec.capacity is not None:
            capacity = _call("MAX", _ZERO, self.spec.capacity)
            room = Binary("/", Binary("-", capacity, self._of(self.stock.name)), _STEP)
            yield Binary("+", room, _chain("+", [self._of(f.name) for f in self.leaving]))
        if self.spec.inflow_limit is not None:
            yield _call("MAX", _ZERO, self.spec.inflow_limit)

    def _allowed(self, limits: Sequence[Expression], used: Sequence[Flow]) -> Expression | None:
        if not limits:
            return None
        tightest = reduce(lambda a, b: _call("MIN", a, b), limits)
        if used:
            tightest = Binary("-", tightest, _chain("+", [self._of(f.name) for f in used]))
        return _call("MAX", _ZERO, tightest)

    # The belt

    def _row(self, exit_: Flow) -> Iterator[AnyVariable]:
        """Yield the outflows; the slats, what leaks from them and what is left go to ``made``."""
        name, slat = self.stock.name, Name(self.slats.name)
        load, rest, entry = f"{name} belt", f"{name} left", f"{name} arriving"
        self._make(entry, [Equation(Binary("*", self._arriving(), _STEP))], False)
        leaks = [_Leak(self, f, f.leakage) for f in self.leaving if f.leakage is not None]
        self._make(f"{name} profile", self._each(lambda k: self._profile(leaks, k)), True)
        remaining: Expression = self._of(load, slat)
        for leak in leaks:
            yield leak.flow_from(remaining)
            remaining = Binary("-", remaining, self._of(leak.taken, slat))
        self._make(rest, [Equation(remaining)], True)
        held = self._stop(exit_)
        out = Binary("/", self._of(rest, self._slat(1)), _STEP)
        yield _driven(exit_, out if held is None else Conditional(held, _ZERO, out))

        def moved(k: int) -> Expression:
            following: Expression = _ZERO if k == self.steps else self._of(rest, self._slat(k + 1))
            if k == 1 and held is not None:
                waits = Conditional(held, self._of(rest, self._slat(1)), _ZERO)
                following = Binary("+", following, waits)
            return Binary("+", following, self._of(entry)) if k == self.steps else following

        self._make(
            load, self._each(lambda k: self._kept(load, k, moved(k), self._start(leaks, k))), True
        )
        for leak in leaks:
            leak.allot(self._of(entry))

    def _kept(self, name: str, k: int, following: Expression, start: Expression) -> Expression:
        """Return what a slat has after a step; on a belt that stands still what it had."""
        if self.spec.arrest is not None:
            following = Conditional(self.spec.arrest, self._of(name, self._slat(k)), following)
        return Call(Name("PREVIOUS"), (following, start))

    def _stop(self, flow: Flow) -> Expression | None:
        found = [e for e in (self.spec.arrest, self.below.get(flow.key)) if e is not None]
        return _chain("or", found) if found else None

    def _profile(self, leaks: Sequence[_Leak], k: int) -> Expression:
        """Return the share of a batch that is left when it arrives on a slat."""
        left: Expression = _ONE
        for leak in leaks:
            left = leak.after(left, k)
        return _call("MAX", _ZERO, left) if leaks else left

    def _start(self, leaks: Sequence[_Leak], k: int) -> Expression:
        """Return what lies on a slat at the start: the stock's content by the profile."""
        name = self.stock.name
        weight = self._of(f"{name} profile", self._slat(k))
        whole: Expression = Number(float(self.steps))
        if leaks:
            whole = _call("SUM", self._of(f"{name} profile", Wildcard(self.slats.name)))
        return _call("SAFEDIV", Binary("*", self._of(name), weight), whole)

    def _slat(self, k: int) -> Name:
        return Name(self.slats.elements[k - 1])

    def _each(self, expression: Callable[[int], Expression]) -> list[Equation]:
        """Return an equation for each slat."""
        own = self.stock.dimensions
        return [
            Equation(expression(k), (*own, self.slats.elements[k - 1]))
            for k in range(1, self.steps + 1)
        ]

    def _make(self, name: str, equations: Sequence[Equation], slats: bool) -> None:
        dimensions = (*self.stock.dimensions, *([self.slats.name] if slats else []))
        self.made.append(
            Auxiliary(
                name=name,
                dimensions=dimensions,
                unit=self.stock.unit,
                equations=tuple(equations),
                span=self.stock.span,
            )
        )


@dataclass(slots=True)
class _Leak:
    """One leakage of a belt, from the slat ``first`` to the slat ``last`` (the exit is 0)."""

    belt: Belt
    flow: Flow
    option: Leakage

    @property
    def taken(self) -> str:
        """The name of what it takes from each slat."""
        return f"{self.flow.name} taken"

    @property
    def first(self) -> int:
        """The slat nearest to the exit from which it takes."""
        steps = self.belt.steps
        return min(steps - 1, max(0, -floor(0.5 - steps * (1.0 - self.option.end))))

    @property
    def last(self) -> int:
        """The slat furthest from the exit from which it takes."""
        steps = self.belt.steps
        if self.option.start <= 0:
            return steps - 1
        return max(self.first, min(steps - 1, floor(steps * (1.0 - self.option.start) - 0.5)))

    @property
    def _count(self) -> int:
        return max(0, self.last - self.first + 1)

    @property
    def _fraction(self) -> Expression:
        asked = _call("MAX", _ZERO, self.belt._of(f"{self.flow.name} fraction"))
        return asked if self.belt.spec.exponential_leakage else _call("MIN", _ONE, asked)

    def flow_from(self, here: Expression) -> Flow:
        """Return the flow; what it takes of what is ``here`` becomes a variable."""
        belt = self.belt
        self.belt.made.append(_asked(self.flow, f"{self.flow.name} fraction"))
        slat = belt.slats.name
        stop = belt._stop(self.flow)
        if belt.spec.exponential_leakage:
            share = _call("MIN", _ONE, Binary("*", self._fraction, _STEP))
            wanted: Expression = Binary("*", here, share)
        else:
            wanted = _call("MIN", here, belt._of(self._allotted, Name(slat)))
        wanted = _call("MAX", _ZERO, wanted)
        wanted = wanted if stop is None else Conditional(stop, _ZERO, wanted)
        zone = [self.first <= k < self.last + 1 for k in range(belt.steps)]
        equations = [Equation(wanted)]
        if not all(zone):
            own = belt.stock.dimensions
            out = [e for e, inside in zip(belt.slats.elements, zone, strict=True) if not inside]
            excepts = tuple((*own, e) for e in out)
            equations = [Equation(_ZERO, e) for e in excepts]
            equations.append(Equation(wanted, (*own, slat), excepts))
        belt._make(self.taken, equations, True)
        whole = _call("SUM", belt._of(self.taken, Wildcard(slat)))
        return _driven(self.flow, Binary("/", whole, _STEP))

    @property
    def _allotted(self) -> str:
        return f"{self.flow.name} allotted"

    def after(self, left: Expression, k: int) -> Expression:
        """Return what it leaves of a batch before the slat ``k``, counted from 1."""
        passed = Number(float(max(0, self.last - max(self.first, k) + 1)))
        if self.belt.spec.exponential_leakage:
            kept = _call("MAX", _ZERO, Binary("-", _ONE, Binary("*", self._fraction, _STEP)))
            return Binary("*", left, Binary("^", kept, passed))
        lost = _call("SAFEDIV", Binary("*", self._fraction, passed), Number(float(self._count)))
        return Binary("-", left, lost)

    def allot(self, entry: Expression) -> None:
        """Say how much a linear leakage takes from each slat: what is fixed as material enters."""
        belt, count = self.belt, Number(float(self._count))
        if belt.spec.exponential_leakage:
            return
        each = _call("SAFEDIV", self._fraction, count)

        def equation(k: int) -> Expression:
            following: Expression = _call("SAFEDIV", Binary("*", self._fraction, entry), count)
            if k < belt.steps:
                following = belt._of(self._allotted, belt._slat(k + 1))
            profile = belt._of(f"{belt.stock.name} profile", belt._slat(k))
            leaks = [_Leak(belt, f, f.leakage) for f in belt.leaving if f.leakage is not None]
            entered = _call("SAFEDIV", belt._start(leaks, k), profile)
            return belt._kept(self._allotted, k, following, Binary("*", entered, each))

        belt._make(self._allotted, belt._each(equation), True)


def _driven(flow: Flow, value: Expression) -> Flow:
    """Return a flow that is what its conveyor makes of it."""
    return replace(flow, equations=(Equation(value),), graphs=(), non_negative=False, leakage=None)


def _asked(flow: Flow, name: str) -> AnyVariable:
    """Return what the equation of a flow asks for, under another name."""
    return replace(flow, name=name, leakage=None, documentation="", range=None)


def _call(name: str, *arguments: Expression) -> Call:
    return Call(Name(name), arguments)


def _chain(operator: BinaryOperator, parts: Sequence[Expression]) -> Expression:
    whole = parts[0] if parts else _ZERO
    for part in parts[1:]:
        whole = Binary(operator, whole, part)
    return whole
