"""Expressions as XMILE writes them: the functions of other dialects under the table's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from headwater.formats.losses import Losses
from headwater.formats.seeds import OTHER_DRAWS, without_open_seed
from headwater.language.builtins import Builtin, find_spelling
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.language.source import Span
from headwater.language.syntax import (
    Call,
    Expression,
    Name,
    Number,
    NumberTable,
    Text,
    Wildcard,
    transform,
    walk,
)
from headwater.model.project import Dialect, Macro
from headwater.model.variables import Stock

_MANUAL = "Vensim Reference Manual"
_IN_A_STEP = "`POISSON` has the mean that is given; in Stella, and in a .stmx file, that times DT"
_PER_UNIT = (
    "`POISSON` has a mean per time unit, as in Stella, where the file's name ends in .stmx; read "
    "from others, its mean is that of a step"
)
_FOREIGN = "is no function of XMILE or Stella; Headwater reads it, other tools may not"
_MARK = Name("\ue000")
_NEXT_LIST = f", {print_expression(_MARK)}, "
"""What stands in the text where the subscripts of a container's element end."""


class ExpressionWriter:
    """Writes the expressions of one project. ``known`` are its variables by canonical name.

    ``of_stella`` tells that a step is a time unit, or that the file will say that it is Stella's.
    """

    def __init__(
        self,
        dialect: Dialect,
        known: Mapping[str, object],
        macros: tuple[Macro, ...],
        losses: Losses,
        *,
        of_stella: bool = False,
    ) -> None:
        self._dialect = dialect
        self._by_stella = of_stella
        self._known = known
        self._names = frozenset(known)
        self._macros = frozenset(canonical(m.name) for m in macros)
        self._own = self._names | self._macros
        self._losses = losses

    def text(self, expression: Expression, owner: str, span: Span | None = None) -> str:
        """Return an expression as an equation's text."""
        if isinstance(expression, Number):
            return print_expression(expression)
        if self._dialect == "vensim":
            expression = transform(expression, self._translated)
        for node in walk(expression):
            self._check(node, owner, span)
        text = print_expression(transform(expression, self._of_stella))
        return text.replace(_NEXT_LIST, "][")

    def _of_stella(self, node: Expression) -> Expression:
        """Return a function of Stella's by the name that it has there, for the same arguments.

        A pulse says that it comes once, since without an interval Stella's comes in each step.
        """
        match node:
            case Name(key=key, subscripts=(*element, part)) if self._is_part(key, len(element)):
                return replace(node, subscripts=(*element, _MARK, part)) if element else node
            case Call(function=Name(key="pulse"), arguments=(magnitude, first)) if (
                "pulse" not in self._own
            ):
                return replace(node, arguments=(magnitude, first, Number(0.0)))
            case Call(
                function=Name(key="allocate"),
                arguments=(supply, Name(subscripts=()) as over, *rest),
            ) if "allocate" not in self._own:
                lists = (transform(a, lambda n: _all_elements(n, over)) for a in rest)
                return replace(node, arguments=(supply, over, *lists))
            case Call(function=function) if function.key not in self._own:
                spelling = find_spelling(function.text, "xmile")
                names = () if spelling is None else spelling[0].aliases.get("stella", ())
                if names and not names[0].order:
                    own = Name(names[0].name, function.subscripts, function.span)
                    return replace(node, function=own)
        return node

    def _is_part(self, key: str, subscripts: int) -> bool:
        """Tell whether a name with one more subscript is that of a slat or a batch."""
        stock = self._known.get(key)
        return (
            isinstance(stock, Stock)
            and stock.discipline is not None
            and len(stock.dimensions) == subscripts
        )

    def _translated(self, node: Expression) -> Expression:
        match node:
            case Call(function=function, arguments=arguments):
                if function.key in self._macros or function.key in self._names:
                    return node
                spelling = find_spelling(function.text, "vensim")
                if spelling is None:
                    return node
                builtin, form = spelling
                arguments = form.in_table_order(arguments)
                kept = without_open_seed(builtin, arguments, self._known)
                if kept != arguments and _may_be_set(arguments[-1], self._names):
                    self._losses.add(f"{OTHER_DRAWS}: a macro's seed is left out", function.text)
                return replace(node, function=_named(function, builtin), arguments=kept)
            case Name(subscripts=(), key=key) if key not in self._names:
                # In a macro, `name$` is the model's: one of time and its bounds, of all that exist.
                spelling = find_spelling(node.text.rstrip("$"), "vensim")
                if spelling is not None and not spelling[0].min_args:
                    return _named(node, spelling[0])
        return node

    def _check(self, node: Expression, owner: str, span: Span | None) -> None:
        match node:
            case Call(function=function) if function.key not in self._own:
                spelling = find_spelling(function.text, "xmile")
                own = () if spelling is None else spelling[0].aliases.get("stella", ())
                if function.key == "stella_poisson" and not self._by_stella:
                    self._losses.add(_PER_UNIT, owner, span)
                if spelling is not None and spelling[1] in own:
                    return
                if function.key == "poisson":
                    self._losses.add(_IN_A_STEP, owner, span)
                if spelling is not None and _MANUAL in spelling[0].reference:
                    self._losses.add(f"`{spelling[0].name}` {_FOREIGN}", owner, span)
            case Wildcard(dimension=dimension) if dimension:
                what = "a range of elements is written `*:range`, which other tools may not read"
                self._losses.add(what, owner, span)
            case Text() | NumberTable():
                self._losses.add("an equation holds what XMILE does not know", owner, span)


def _all_elements(node: Expression, over: Name) -> Expression:
    """Return an array given by one element of a dimension with all of them, as in Stella."""
    match node:
        case Name(subscripts=subscripts) if subscripts:
            every = (
                Wildcard() if isinstance(s, Name) and s.key == over.key and not s.subscripts else s
                for s in subscripts
            )
            return replace(node, subscripts=tuple(every))
    return node


def _may_be_set(seed: Expression, names: frozenset[str]) -> bool:
    """Tell whether a seed is what a macro is called with, which may be a number."""
    inside = [part for part in walk(seed) if isinstance(part, Name)]
    return any(part.key not in names for part in inside)


def _named(name: Name, builtin: Builtin) -> Name:
    return Name(builtin.name, name.subscripts, name.span)
