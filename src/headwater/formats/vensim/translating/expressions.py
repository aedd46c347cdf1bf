"""Expressions in Vensim's terms: every subscript written, every function one of Vensim's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from headwater.errors import Diagnostics
from headwater.formats.losses import Losses
from headwater.formats.seeds import OTHER_DRAWS
from headwater.formats.vensim.translating import arrays, functions, operators
from headwater.formats.vensim.translating.equation import Context, is_simple, named, wildcards
from headwater.formats.vensim.translating.scope import Scope
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    NumberTable,
    Text,
    Unary,
)
from headwater.model.project import Dialect, Macro, Project
from headwater.model.variables import AnyVariable, Flow, Graph

INVALID = Number(0.0)
"""Stands for an expression that was reported."""


@dataclass(slots=True)
class World:
    """What all equations of a model share.

    ``refused`` tells why conveyors are not written, ``driven`` are the flows around these,
    ``limits`` the stocks as their limits see them.
    """

    project: Project
    scope: Scope
    losses: Losses
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    variables: Mapping[str, AnyVariable] = field(default_factory=dict)
    macros: Mapping[str, Macro] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    driven: frozenset[str] = frozenset()
    limits: Mapping[str, AnyVariable] = field(default_factory=dict)

    @property
    def dialect(self) -> Dialect:
        """The dialect that the model is written in."""
        return self.project.dialect

    @property
    def implicit(self) -> bool:
        """Whether an array's bare name means the element at hand (XMILE's rule)."""
        return self.dialect in ("xmile", "stella")


class Translator:
    """Translates the expressions of one equation. ``inside`` tells that it is in an aggregate."""

    def __init__(self, world: World, context: Context) -> None:
        self.world = world
        self.context = context
        self.inside = False
        self.bound: Mapping[str, Expression] = {}
        self.closed = False

    @property
    def scope(self) -> Scope:
        """The names of the model."""
        return self.world.scope

    def fail(self, node: Expression, message: str, hint: str = "") -> Expression:
        """Report what cannot be said in Vensim's terms."""
        span = node.span or self.context.owner.span
        where = f"`{self.context.owner.name}`: {message}"
        self.world.diagnostics.error(where, span.place if span else None, hint)
        return INVALID

    def lost(self, what: str) -> None:
        """Report a loss of the variable at hand."""
        owner = self.context.owner
        self.world.losses.add(what, owner.name, owner.span)

    def twice(self, node: Expression, label: str = "part") -> Expression:
        """Return a translated expression fit to be written more than once."""
        return node if is_simple(node) else self.named(node, label)

    def named(
        self,
        node: Expression,
        label: str,
        initial: Expression | None = None,
        over: Sequence[str] | None = None,
    ) -> Expression:
        """Give a translated expression a variable of its own; return the reference to it.

        ``over`` are the ranges of the aggregate around it; all that it names, if left out.
        """
        if functions.has_random(node):
            self.lost(OTHER_DRAWS)
        if over is None:
            parts = [node] if initial is None else [node, initial]
            over = wildcards(*parts) if self.inside else ()
        return named(self.context, node, label, over, initial)

    # Expressions

    def whole(self, node: Expression) -> Expression:
        """Translate the right side of an equation: some functions must stand there alone."""
        if isinstance(node, NumberTable):
            return node
        if isinstance(node, Call):
            return functions.call(self, node, alone=True)
        return self.expression(node)

    def expression(self, node: Expression) -> Expression:
        """Translate an expression. Long chains on the left do not recurse."""
        chain: list[Binary] = []
        while isinstance(node, Binary):
            chain.append(node)
            node = node.left
        result = self._beside(node, chain[-1].right) if chain else self._single(node)
        for link in reversed(chain):
            right = self._beside(link.right, link.left)
            result = operators.binary(self, link, result, right)
        return result

    def _beside(self, node: Expression, other: Expression) -> Expression:
        """Translate one side of an operator: an element's name beside its dimension's is of it."""
        if isinstance(node, Name) and isinstance(other, Name) and not node.subscripts:
            dimension = self.scope.dimension(other.text)
            if dimension is not None and node.key not in self.world.variables:
                index = self.scope.index(dimension, node.key)
                if index is not None:
                    return Number(float(index + 1))
        return self.expression(node)

    def _single(self, node: Expression) -> Expression:
        match node:
            case Number() | Text():
                return node
            case Name():
                return self._name(node)
            case Call():
                return functions.call(self, node)
            case Unary(operator="+", operand=operand):
                return self.expression(operand)
            case Unary(operator=operator, operand=operand):
                return Unary(operator, self.expression(operand), node.span)
            case Conditional():
                return operators.conditional(self, node)
        return self.fail(node, "this has no place in an expression of Vensim's")

    def _name(self, node: Name) -> Expression:
        if not node.subscripts and node.key in self.bound:
            return self.bound[node.key]
        if not node.subscripts and node.key in self.context.parameters:
            return node
        variable = None if self.closed else self.world.variables.get(node.key)
        if isinstance(variable, Graph) and not variable.equations:
            return self.fail(node, "a graphical function is no array of its points in Vensim")
        if variable is not None:
            return arrays.reference(self, node, variable)
        if not node.subscripts and not self.closed:
            number = arrays.number(self, node)
            if number is not None:
                return number
        spelling = find_spelling(node.text, "headwater" if self.closed else self.world.dialect)
        if spelling is not None and not spelling[0].min_args and not node.subscripts:
            return functions.builtin(self, Call(node, (), node.span), spelling[0], ())
        return self.fail(node, f"nothing is called `{node.text}`")

    def defined(self, definition: Expression, bound: Mapping[str, Expression]) -> Expression:
        """Translate the definition of a builtin, whose parameters stand for translated parts."""
        before = self.bound, self.closed
        self.bound, self.closed = bound, True
        try:
            return self.expression(definition)
        finally:
            self.bound, self.closed = before

    def of_flow(self, node: Expression) -> Expression:
        """Translate a flow of a stock, in which an array's bare name means the element at hand."""
        if isinstance(node, Name) and not node.subscripts:
            variable = self.world.variables.get(node.key)
            if variable is not None and variable.dimensions:
                node = replace(node, subscripts=tuple(map(Name, variable.dimensions)))
        return self.expression(node)

    def arguments(self, nodes: Sequence[Expression]) -> tuple[Expression, ...]:
        """Translate the arguments of a call."""
        return tuple(map(self.expression, nodes))

    def function_name(self, node: Expression) -> Name | None:
        """Return the name of a graphical function, with the subscripts that Vensim wants."""
        if not isinstance(node, Name):
            return None
        if node.key in self.context.parameters:
            return node
        variable = self.world.variables.get(node.key)
        if variable is None:
            return None
        found = arrays.reference(self, node, variable)
        if not isinstance(found, Name):
            return None
        if isinstance(variable, Graph | Flow) and variable.equations:
            return replace(found, text=self.scope.name(f"{variable.name} lookup"), key="")
        return found

    def renamed(self, text: str) -> str:
        """Return the name of a variable or macro as Vensim has it."""
        return text if canonical(text) in self.context.parameters else self.scope.name(text)
