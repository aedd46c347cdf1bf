"""Resolves the expressions of one equation: names, subscripts, calls.

Every mistake is reported with its place and a suggestion; the rest of the equation is still read,
so that several mistakes are found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from headwater.compiler.resolved import (
    Apply,
    Axis,
    Fixed,
    Follow,
    Kind,
    Literal,
    Node,
    Quantity,
    Reference,
    Selector,
)
from headwater.compiler.resolving.array_arguments import ArrayArgument, value_of
from headwater.compiler.resolving.calls import graph_argument, resolve_call
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.compiler.resolving.element_numbers import element_number, running_number
from headwater.compiler.resolving.folding import folded
from headwater.compiler.resolving.graph_points import points_named, values_at_points
from headwater.compiler.resolving.selectors import (
    INVALID,
    read_selectors,
    stands_for_all,
)
from headwater.compiler.resolving.subscripts import Current, element_index
from headwater.errors import Diagnostics, Place
from headwater.language.builtins import BUILTINS, Builtin, find_spelling, form_of
from headwater.language.builtins.unsupported import WITHOUT_ARGUMENTS, why_unsupported
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Position,
    Slice,
    Text,
    Unary,
    Wildcard,
    children,
    walk,
)
from headwater.language.tokens import odd_characters
from headwater.model.variables import Conveyor, Queue, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

Inner = dict[tuple[str, int], Current]


@dataclass(slots=True)
class Draws:
    """Names the random streams of one equation: by variable, part of it, and place in that."""

    variable: str
    part: str
    count: int = 0

    def next_name(self) -> str:
        """Return the name of the next stream."""
        self.count += 1
        return "\0".join((canonical(self.variable), self.part, str(self.count)))


@dataclass(slots=True)
class Frame:
    """The names and axes of one equation while it is resolved.

    ``parameters`` are names that stand for expressions: a macro's or a definition's arguments.
    In a ``closed`` frame (a macro, a definition) no other variable has a name. ``functions`` and
    ``arrays`` are the parameters of a macro that stand for graphical functions and for whole
    arrays, ``calling`` the macros that are open, and ``clock`` is what the names of time stand for
    in one that runs on its own. What stands in a repetition (``repeated``) is worked out anew in
    each turn, and has no quantities of its own.
    ``inner`` holds the axes of the aggregate being read; None outside of aggregates. ``counted``
    are the conditions that its elements must meet to count.
    ``defining`` is what the equation defines, where that is a variable of a macro. ``recalled``
    pairs what an equation defines with what stands for it in the equation itself.
    """

    resolver: Resolver
    owner: Quantity
    axes: tuple[Axis, ...] = ()
    target: tuple[Fixed | Follow, ...] = ()
    current: tuple[Current, ...] = ()
    parameters: Mapping[str, Node] = field(default_factory=dict)
    inner: Inner | None = None
    implicit: bool = False
    dialect: str = "headwater"
    draws: Draws = field(default_factory=lambda: Draws("", ""))
    depth: int = 0
    closed: bool = False
    functions: Mapping[str, Name] = field(default_factory=dict)
    arrays: Mapping[str, ArrayArgument] = field(default_factory=dict)
    calling: frozenset[str] = frozenset()
    clock: Mapping[str, Node] = field(default_factory=dict)
    repeated: bool = False
    counted: list[Node] = field(default_factory=list)
    defining: Reference | None = None
    recalled: tuple[Reference, Node] | None = None

    @property
    def diagnostics(self) -> Diagnostics:
        """Where mistakes are reported."""
        return self.resolver.diagnostics

    def error(self, node: Expression | None, message: str, hint: str = "") -> Literal:
        """Report a mistake at ``node`` and return what stands for it."""
        place = place_of(node) or (self.owner.span.place if self.owner.span else None)
        self.diagnostics.error(message, place, hint)
        return INVALID

    def all_axes(self) -> tuple[Axis, ...]:
        """Return the axes of the equation and of the aggregates around the current place."""
        inner = self.inner or {}
        extra = dict.fromkeys(c.axis for c in inner.values() if c.axis is not None)
        return (*self.axes, *extra)

    # Expressions

    def expression(self, node: Expression) -> Node:
        """Resolve an expression. Long chains on the left do not recurse."""
        chain: list[Binary] = []
        while isinstance(node, Binary):
            chain.append(node)
            node = node.left
        result = self._beside(node, chain[-1].right) if chain else self._single(node)
        for binary in reversed(chain):
            right = self._beside(binary.right, binary.left)
            result = Apply(binary.operator, (result, right), binary.span)
        return result

    def _beside(self, node: Expression, other: Expression) -> Node:
        """Resolve one side of an operator: an element's name beside its dimension's is of that."""
        if isinstance(node, Name) and isinstance(other, Name) and not node.subscripts:
            dimension = self.resolver.dimensions.get(other.key)
            if dimension is not None and self.quantity_named(node.key) is None:
                index = element_index(dimension, node.key)
                if index is not None and self._value_of_language(node) is None:
                    return Literal(float(self.resolver.dimensions.number(dimension, index)))
        return self.expression(node)

    def _single(self, node: Expression) -> Node:
        match node:
            case Number(value=value):
                return Literal(value)
            case Name():
                return self._name(node)
            case Call():
                return resolve_call(self, node)
            case Unary(operator="+", operand=operand):
                return self.expression(operand)
            case Unary(operator=operator, operand=operand):
                name = "negate" if operator == "-" else "not"
                return Apply(name, (self.expression(operand),), node.span)
            case Conditional():
                return self._cases(node)
            case Text():
                return self.error(node, "a text cannot stand for a number")
            case Wildcard() if self.dialect == "vensim":
                return running_number(self, node)
            case Wildcard() | Slice() | Position():
                return self.error(node, "this can only stand inside the brackets of a subscript")
        raise AssertionError(node)

    def _cases(self, node: Conditional) -> Node:
        """Resolve a choice. Long chains of cases do not recurse."""
        chain: list[tuple[Node, Node, Conditional]] = []
        rest: Expression = node
        while isinstance(rest, Conditional):
            test = self.expression(rest.condition)
            known = folded(test) if self.closed else None
            if not isinstance(known, Literal):
                chain.append((test, self.expression(rest.then), rest))
            elif known.value != 0:
                rest = rest.then
                break
            rest = rest.otherwise
        result = self.expression(rest)
        for test, then, case in reversed(chain):
            result = Apply("if", (test, then, result), case.span)
        return result

    # Names

    def _name(self, node: Name) -> Node:
        if self.closed and self.dialect == "vensim" and node.key.endswith("$"):
            return self._outside(node)
        if not node.subscripts and node.key in self.parameters:
            return self._recall(self.parameters[node.key])
        if node.key in self.arrays:
            return value_of(self, node, self.arrays[node.key])
        if not node.subscripts and node.key in self.clock:
            return self.clock[node.key]
        quantity = self.quantity_named(node.key)
        if quantity is not None:
            return self._recall(self._variable(node, quantity))
        value = self._value_of_language(node)
        if value is not None:
            return value
        points = values_at_points(self, node)
        if points is not None:
            return points
        if node.subscripts and node.key == "self":
            return self._recall(self._variable(node, self.owner))
        if node.key in self.resolver.graphs:
            return self.error(
                node,
                f"`{node.text}` is a graphical function and has no value of its own",
                f"give it an argument: {node.text}(x)",
            )
        if not node.subscripts:
            found = element_number(self, node)
            if found is None and node.key in self.resolver.macros:
                found = resolve_call(self, Call(node, (), node.span))
            if found is None:
                found = self._constant_function(node)
            if found is not None:
                return found
        return self._unknown(node)

    def _value_of_language(self, node: Name) -> Node | None:
        """Return a value of the language, as the time, if a name means it before an element.

        In Vensim's equations all names are the model's own.
        """
        if self.dialect == "vensim" or node.subscripts:
            return None
        resolver = self.resolver
        if node.key in resolver.macros or resolver.dimensions.get(node.key) is not None:
            return None
        is_graph = not self.closed and node.key in resolver.graphs
        return None if is_graph else self._constant_function(node)

    def _recall(self, node: Node) -> Node:
        """Return what stands for a reference to what the equation itself defines."""
        if self.recalled is None or not isinstance(node, Reference):
            return node
        own, before = self.recalled
        same = node.quantity is own.quantity and node.selectors == own.selectors
        return before if same else node

    def own(self, arguments: Iterable[Expression]) -> Reference | None:
        """Return what the equation defines, where these arguments of a call in it name it.

        A stock has its value before its rate is computed, so there is nothing to recall in a rate.
        """
        own = self.defining or Reference(self.owner, self.target)
        if own.quantity.kind is Kind.STOCK:
            return None
        if self.closed:
            names = {key for key, node in self.parameters.items() if node is own}
        else:
            names = {canonical(self.owner.name)}
        named = (n for a in arguments for n in walk(a) if isinstance(n, Name))
        return own if any(n.key in names for n in named) else None

    def quantity_named(self, key: str) -> Quantity | None:
        """Return the variable of a canonical name, where the equation may use it."""
        return None if self.closed else self.resolver.quantities.get(key)

    def _outside(self, node: Name) -> Node:
        """Resolve ``name$``, by which a Vensim macro means the model's variable of that name."""
        opened = replace(self, closed=False, parameters={})
        return opened._name(replace(node, text=node.text.rstrip("$"), key=node.key.rstrip("$")))

    def _unknown(self, node: Name) -> Node:
        spelling = find_spelling(node.text, self.dialect)
        if spelling is not None:
            return self.error(
                node,
                f"`{node.text}` is a function and needs arguments",
                f"write {form_of(node.text, self.dialect)}",
            )
        if self.closed and node.key in self.resolver.quantities:
            return self.error(
                node,
                f"`{node.text}` is a variable of the model, which a macro does not know",
                "make it a parameter, and give it as an argument",
            )
        reason = why_unsupported(node.text, self.dialect)
        if reason and node.key in WITHOUT_ARGUMENTS and not node.subscripts:
            return self.error(node, f"{node.text} is not computed here", reason)
        names = (q.name for q in self.resolver.quantities.values())
        known = chain(names, self.resolver.graph_names())
        close = self.resolver.diagnostics.did_you_mean(node.text, known)
        hints = (close, odd_characters(node.text) or odd_characters(close))
        hint = "; ".join(filter(None, hints)) or "define it, or correct the name"
        return self.error(node, f"no variable `{node.text}`", hint)

    def _constant_function(self, node: Name) -> Node | None:
        spelling = find_spelling(node.text, self.dialect)
        if spelling is None or spelling[0].min_args:
            return None
        return self.builtin(Call(node, (), node.span), spelling[0], ())

    def _variable(self, node: Name, quantity: Quantity) -> Node:
        dimensions = self.resolver.dimensions_of(quantity)
        subscripts = node.subscripts
        own = len(dimensions)
        if len(subscripts) == own + 1 and self._has_parts(quantity, subscripts[own]):
            # A slat or a batch: what the function for the elements of queues tells.
            whole = replace(node, subscripts=subscripts[:own])
            part = Call(Name("QELEM"), (whole, subscripts[own]), node.span)
            return self.builtin(part, BUILTINS["QELEM"], part.arguments)
        if not subscripts and dimensions:
            if self.inner is not None:
                subscripts = (Wildcard(),) * len(dimensions)
            elif self.implicit:
                subscripts = tuple(Name(d.name) for d in dimensions)
            else:
                return self._missing_subscripts(node, quantity, dimensions)
        selectors = read_selectors(self, node, quantity.name, dimensions, subscripts)
        if selectors is None:
            return INVALID
        return Reference(quantity, selectors, node.span, self.resolver.outside)

    def _has_parts(self, quantity: Quantity, subscript: Expression) -> bool:
        variable = self.resolver.variable_of(quantity)
        container = isinstance(variable, Stock) and isinstance(
            variable.discipline, Conveyor | Queue
        )
        return container and not isinstance(subscript, Wildcard | Slice)

    def _missing_subscripts(
        self, node: Name, quantity: Quantity, dimensions: Sequence[DimensionInfo]
    ) -> Node:
        names = ", ".join(d.name for d in dimensions)
        known = {name for c in self.current for name in c.names}
        inside = all(d.key in known for d in dimensions)
        vensims = self.dialect == "vensim"
        every = ", ".join(f"{d.name}!" if vensims else "*" for d in dimensions)
        return self.error(
            node,
            f"`{quantity.name}` is an array over {names} and needs subscripts here",
            f"write {quantity.name}[{names}]"
            if inside
            else f"pick an element, or aggregate: SUM({quantity.name}[{every}])",
        )

    # Calls

    def graph_argument(self, node: Call, function: Expression, x: Expression) -> Node:
        """Resolve ``LOOKUP(graph, x)``."""
        return graph_argument(self, node, function, x)

    def builtin(self, node: Call, builtin: Builtin, arguments: Sequence[Expression]) -> Node:
        """Resolve the call of a builtin whose arguments are as many as it takes."""
        return self.resolver.builtin(self, node, builtin, arguments)

    def defined(self, builtin: Builtin, arguments: Sequence[Expression]) -> dict[str, Node]:
        """Resolve the arguments of a builtin by the names of its parameters, defaults included."""
        bound: dict[str, Node] = {}
        for index, parameter in enumerate(builtin.parameters):
            key = canonical(parameter.name)
            if index < len(arguments):
                bound[key] = self.expression(arguments[index])
            elif parameter.name in builtin.defaults:
                default = self.resolver.parsed(builtin.defaults[parameter.name])
                bound[key] = self.inside({}).expression(default)
        return bound

    def inside(self, parameters: Mapping[str, Node], dialect: str = "headwater") -> Frame:
        """Return a frame for a definition or macro, in which only its parameters have names."""
        return Frame(
            self.resolver,
            self.owner,
            self.axes,
            self.target,
            self.current,
            parameters,
            self.inner,
            self.implicit,
            dialect,
            self.draws,
            self.depth + 1,
            True,
            calling=self.calling,
            clock=self.clock,
            repeated=self.repeated,
            counted=self.counted,
        )

    def within(self, parameters: Mapping[str, Node], *, repeated: bool = True) -> Frame:
        """Return a frame for more of the same macro, in which its parameters stand for these."""
        inner = self.inside(parameters, self.dialect)
        inner.functions, inner.arrays = self.functions, self.arrays
        inner.repeated = self.repeated or repeated
        return inner

    def function_named(self, node: Expression) -> Name | None:
        """Return the graphical function, without a value of its own, that an argument names."""
        if not isinstance(node, Name) or node.key in self.parameters:
            return None
        if node.key in self.functions:
            return self.functions[node.key]
        graphs = self.resolver.graphs
        return node if node.key in graphs and node.key not in self.resolver.quantities else None

    def has_array(self, node: Expression, *, alone: bool = False) -> bool:
        """Tell whether an argument is an array here: a wildcard, or an array's bare name.

        In the one argument of MIN or MAX (``alone``), those of several arguments are one as well,
        and so is a bare name over the equation's own dimensions.
        """
        stack: list[Expression] = [node]
        while stack:
            top = stack.pop()
            match top:
                case Name(key=key, subscripts=subscripts):
                    if any(isinstance(s, Wildcard | Slice) for s in subscripts):
                        return True
                    if any(stands_for_all(self, s) for s in subscripts):
                        return True
                    if not subscripts and (key in self.arrays or points_named(self, top)):
                        return True
                    quantity = None if key in self.parameters else self.quantity_named(key)
                    if quantity is not None and quantity.shape and not subscripts:
                        known = {n for c in self.current for n in c.names}
                        dims = self.resolver.dimensions_of(quantity)
                        is_element = self.implicit and all(d.key in known for d in dims)
                        if alone or not is_element:
                            return True
                case Call() if self._aggregates(top, alone):
                    continue
                case Call(function=function) if self._of_all(function):
                    return True
            stack.extend(children(top))
        return False

    def _of_all(self, function: Name) -> bool:
        """Tell whether a graphical function is called for several of its elements."""
        return any(isinstance(s, Wildcard) or stands_for_all(self, s) for s in function.subscripts)

    def _aggregates(self, call: Call, alone: bool) -> bool:
        spelling = find_spelling(call.function.text, self.dialect)
        if spelling is None or spelling[0].shape not in ("aggregate", "either"):
            return False
        return not alone or spelling[0].shape == "aggregate" or len(call.arguments) == 1

    def cell(self) -> tuple[tuple[Selector, ...], tuple[int, ...]]:
        """Return what tells the elements that are being computed apart, and their shape."""
        extra = [c.axis for c in (self.inner or {}).values() if c.axis is not None]
        selectors = (*self.target, *(Follow(a) for a in extra))
        return selectors, (*self.owner.shape, *(a.extent for a in extra))

    def own_reference(self, node: Call) -> Node:
        """Return a reference to the element that the equation computes."""
        if self.depth:
            return self.error(node, f"{node.function.text} cannot be used in a definition")
        return Reference(self.owner, self.target, node.span)

    def aggregate(
        self, read: Callable[[], Node]
    ) -> tuple[Node, tuple[Axis, ...], tuple[Node, ...]]:
        """Resolve the argument of an aggregate.

        Returns it with the axes of its wildcards, and conditions that elements must meet to count.
        """
        outer, counted = self.inner, self.counted
        self.inner, self.counted = {}, []
        try:
            argument = read()
            axes = tuple(c.axis for c in self.inner.values() if c.axis is not None)
            return argument, axes, tuple(self.counted)
        finally:
            self.inner, self.counted = outer, counted


def place_of(node: Expression | None) -> Place | None:
    """Return where a node stands."""
    return node.span.place if node is not None and node.span is not None else None
