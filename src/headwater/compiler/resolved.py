"""The resolved model: what checking produces and ordering and lowering consume.

Names have become quantities, subscripts have become selectors, and delays and their kin have
become hidden stocks and states. A rule computes some elements of a quantity; its axes are the
counters that run over them. Nothing here can be wrong in a way that the user could cause.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import prod

import numpy as np
import numpy.typing as npt

from headwater.language.source import Span
from headwater.model.variables import GraphKind


class Kind(Enum):
    """How a quantity gets its value."""

    VALUE = "value"  # computed from its rules whenever it is needed
    STOCK = "stock"  # initial value, then moved by its rate
    STATE = "state"  # initial value, then replaced between steps
    FROZEN = "frozen"  # computed once, at the start
    PIPELINE = "pipeline"  # the input as it was a fixed time ago
    INPUT = "input"  # given per run
    DATA = "data"  # a series over time


@dataclass(eq=False, slots=True)
class Axis:
    """A counter from 0 to ``extent`` - 1. Two axes are the same only if they are one object."""

    extent: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """One element, by its index from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class Follow:
    """The element that goes with an axis: ``table[counter]``, or the counter itself."""

    axis: Axis
    table: tuple[int, ...] | None = None

    @property
    def members(self) -> tuple[int, ...]:
        """The index for each value of the counter."""
        return tuple(range(self.axis.extent)) if self.table is None else self.table

    def at(self, turn: int) -> int:
        """Return the index for one value of the counter."""
        return turn if self.table is None else self.table[turn]


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """The element whose number, from 1, an expression gives; there may be none of that number."""

    number: Node


Selector = Fixed | Follow | Computed


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Tabulated:
    """One of a table of numbers, by the counters of ``axes`` (row-major, the last one fastest)."""

    values: npt.NDArray[np.float64]
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The value of one element of a quantity; ``outside`` is that of an element there is not."""

    quantity: Quantity
    selectors: tuple[Selector, ...] = ()
    span: Span | None = None
    outside: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ElementNumber:
    """The number, from 1, of the element that goes with an axis."""

    where: Follow


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An operator or an elementary function by its canonical name."""

    function: str
    arguments: tuple[Node, ...]
    span: Span | None = None


def op(name: str, *arguments: Node) -> Node:
    """Return an operation, as one writes it."""
    return Apply(name, arguments)


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """``sum``, ``prod``, ``min`` or ``max`` of the argument over all values of the axes."""

    function: str
    axes: tuple[Axis, ...]
    argument: Node
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Interpolate:
    """A graphical function at ``x``."""

    graph: GraphSet
    selectors: tuple[Selector, ...]
    x: Node
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Now:
    """The current time; with ``at_step`` that of the step's beginning, in all its stages."""

    at_step: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class StepLength:
    """The length of the current step, in a run whose step changes."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """The number that a bisection looks for, inside of its condition."""


@dataclass(frozen=True, slots=True, eq=False)
class Bisection:
    """The number between ``low`` and ``high`` at which ``balance`` turns from positive to not.

    The balance is positive where the number that is looked for lies above the ``unknown``, and 0
    at that number.
    """

    unknown: Unknown
    balance: Node
    low: Node
    high: Node
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A number that a repetition keeps from one turn to the next, inside of its expressions."""


@dataclass(frozen=True, slots=True, eq=False)
class Repetition:
    """What the ``result`` is after a number of turns, by numbers that each turn gives anew.

    Each of ``kept`` is ``first`` before the first turn, and ``following``, of what all of them were
    before it, after a turn. Turns are taken as long as ``goes_on`` is true of what is kept; where
    it is so after as many as ``most``, the result is NaN.
    """

    kept: tuple[Kept, ...]
    first: tuple[Node, ...]
    following: tuple[Node, ...]
    goes_on: Node
    most: int
    result: Node


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """A random number, the same in all stages of a step.

    ``stream`` tells draws apart, and ``selectors`` the elements of an arrayed equation (of the
    given ``shape``). With a ``seed`` of its own the sequence is the same in every run.
    """

    distribution: str
    arguments: tuple[Node, ...]
    stream: int
    seed: int | None = None
    selectors: tuple[Selector, ...] = ()
    shape: tuple[int, ...] = ()
    span: Span | None = None


Node = (
    Literal
    | Tabulated
    | Reference
    | ElementNumber
    | Apply
    | Aggregate
    | Interpolate
    | Now
    | StepLength
    | Unknown
    | Bisection
    | Kept
    | Repetition
    | Draw
)


@dataclass(frozen=True, slots=True, eq=False)
class GraphSet:
    """The graphical functions of one variable. ``rows`` gives, for each element, its row.

    Where they are of several kinds ``others`` has, for each kind but ``kind``, a set that is 1 on
    its rows and 0 on all others, and the functions read in that kind. ``points`` are the times at
    which data are available that are not so between them.
    """

    name: str
    kind: GraphKind
    shape: tuple[int, ...]
    rows: npt.NDArray[np.int64]
    x: tuple[npt.NDArray[np.float64], ...]
    y: tuple[npt.NDArray[np.float64], ...]
    missing: frozenset[int] = frozenset()
    others: tuple[tuple[GraphSet, GraphSet], ...] = ()
    points: tuple[npt.NDArray[np.float64], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """How a number is found that its own equation depends on, at one and the same time.

    ``zero``: the rule's expression is what the number must make 0; otherwise it is what the number
    must be equal to. ``guess`` is where the search starts, ``scale`` what makes numbers of it that
    are about 1 in size, ``tolerance`` how near is near enough, and ``turns`` are the most turns.
    """

    zero: bool
    guess: Node
    scale: Node
    tolerance: Node
    turns: int


@dataclass(eq=False, slots=True)
class Rule:
    """Computes the elements ``target`` of a quantity, for every value of the axes.

    With a ``search`` they are solved for where the equations lead back to them.
    """

    axes: tuple[Axis, ...]
    target: tuple[Fixed | Follow, ...]
    expression: Node
    span: Span | None = None
    search: Search | None = None
    _mentioned: tuple[Quantity, ...] | None = field(default=None, repr=False)
    _changes: bool = field(default=False, repr=False)

    @property
    def extent(self) -> int:
        """Number of elements computed."""
        return prod(axis.extent for axis in self.axes)

    @property
    def expressions(self) -> tuple[Node, ...]:
        """The expression, and those that a search for the numbers starts from."""
        found = self.search
        before = () if found is None else (found.guess, found.scale, found.tolerance)
        return (self.expression, *before)

    @property
    def mentioned(self) -> tuple[Quantity, ...]:
        """The quantities in the expressions, each once, in their order."""
        if self._mentioned is None:
            found: dict[Quantity, None] = {}
            for node in itertools.chain.from_iterable(map(nodes, self.expressions)):
                if isinstance(node, Reference):
                    found[node.quantity] = None
                elif isinstance(node, Now | StepLength | Draw):
                    self._changes = True
            self._mentioned = tuple(found)
        return self._mentioned

    @property
    def changes(self) -> bool:
        """Whether the expression changes during a run even if what it mentions does not."""
        return self.mentioned is not None and self._changes


@dataclass(eq=False, slots=True)
class Quantity:
    """A variable of the model, or a hidden one made for a function with memory.

    ``initial`` and ``step`` are the rules at the start and during the run: the value in both cases
    for VALUE; the initial value and the rate (STOCK), next value (STATE) or input (PIPELINE).
    ``lag`` is the delay of a PIPELINE, in time units. ``missing`` are elements without a value;
    ``elements`` are the names of the elements of each dimension. ``origin`` is the visible variable
    that a hidden quantity serves. A VALUE that is ``held`` keeps throughout a step what it is at
    the step's beginning.
    """

    name: str
    kind: Kind
    shape: tuple[int, ...] = ()
    dimensions: tuple[str, ...] = ()
    elements: tuple[tuple[str, ...], ...] = ()
    initial: list[Rule] = field(default_factory=list)
    step: list[Rule] = field(default_factory=list)
    lag: list[Rule] = field(default_factory=list)
    defaults: npt.NDArray[np.float64] | None = None
    graph: GraphSet | None = None
    origin: Quantity | None = None
    save: bool = True
    missing: frozenset[int] = frozenset()
    span: Span | None = None
    held: bool = False

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)


def target_cells(shape: tuple[int, ...], rule: Rule) -> npt.NDArray[np.int64]:
    """Return the row-major index of the element that a rule computes, for all turns of its axes.

    The result is flat, the last axis fastest.
    """
    flat = np.zeros(tuple(a.extent for a in rule.axes), dtype=np.int64)
    place = {axis: k for k, axis in enumerate(rule.axes)}
    for extent, selector in zip(shape, rule.target, strict=True):
        flat *= extent
        if isinstance(selector, Fixed):
            flat += selector.index
        else:
            along = [1] * len(rule.axes)
            along[place[selector.axis]] = selector.axis.extent
            flat += np.array(selector.members, dtype=np.int64).reshape(along)
    return flat.ravel()


@dataclass(eq=False, slots=True)
class ResolvedModel:
    """All quantities, in the order in which they were met; ``by_key`` has the visible ones."""

    name: str
    quantities: list[Quantity]
    by_key: dict[str, Quantity]


def parts(node: Node) -> Sequence[Node]:
    """Return the direct sub-expressions of a node, subscripts included."""
    match node:  # the most frequent kinds first: this is asked of every node again and again
        case Apply(arguments=arguments) | Draw(arguments=arguments):
            return arguments
        case Reference(selectors=()):
            return ()
        case Reference(selectors=selectors):
            return _numbers(selectors)
        case Aggregate(argument=argument):
            return (argument,)
        case Bisection(balance=balance, low=low, high=high):
            return balance, low, high
        case Repetition(first=first, following=following, goes_on=goes_on, result=result):
            return *first, *following, goes_on, result
        case Interpolate(selectors=selectors, x=x):
            return *_numbers(selectors), x
        case _:
            return ()


def _numbers(selectors: tuple[Selector, ...]) -> tuple[Node, ...]:
    return tuple([s.number for s in selectors if isinstance(s, Computed)])


def nodes(root: Node) -> Iterator[Node]:
    """Yield a node and everything below it, each once, without recursion."""
    stack = [root]
    seen: set[int] = set()
    while stack:
        top = stack.pop()
        if id(top) not in seen:
            seen.add(id(top))
            yield top
            stack.extend(parts(top))


def children_first(root: Node) -> list[Node]:
    """Return a node and everything below it, each once and after its parts."""
    found: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((p, False) for p in parts(node))
    return found


def axes_used(*roots: Node) -> list[Axis]:
    """Return the axes that nodes depend on from outside of themselves, by name.

    Those of one name stand in the order in which they were met, so that a model becomes the same
    program in every process.
    """
    met: dict[Axis, None] = {}
    for root in roots:
        used: dict[Axis, None] = {}
        inner: set[Axis] = set()
        for node in nodes(root):
            used.update(dict.fromkeys(_own_axes(node)))
            if isinstance(node, Aggregate):
                inner.update(node.axes)
        met.update((axis, None) for axis in used if axis not in inner)
    return sorted(met, key=lambda axis: axis.name)


def _own_axes(node: Node) -> Iterable[Axis]:
    match node:
        case (
            Reference(selectors=selectors)
            | Draw(selectors=selectors)
            | Interpolate(selectors=selectors)
        ):
            return [s.axis for s in selectors if isinstance(s, Follow)]
        case ElementNumber(where=where):
            return (where.axis,)
        case Tabulated(axes=axes):
            return axes
        case _:
            return ()
