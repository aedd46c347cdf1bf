"""The syntax tree as Vensim's text: the reverse of reading its expressions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from headwater.formats.vensim.writing.names import number, points, quoted
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Text,
    Unary,
    Wildcard,
)
from headwater.model.variables import GraphicalFunction

_BINDING = {
    "or": 1,
    "and": 2,
    "=": 4,
    "<>": 4,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "^": 8,
}
_NOT, _SIGN, _ATOM, _LOWEST = 3, 7, 10, 0
_WORDS = {"and": ":AND:", "or": ":OR:"}


class Printer:
    """Prints the expressions of one model.

    ``inline`` are the functions, by canonical name, that stand where they are called; ``outputs``
    the names of the further results of macro calls.
    """

    def __init__(
        self,
        inline: Mapping[str, GraphicalFunction],
        outputs: Mapping[Call, tuple[Name, ...]],
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self._inline = inline
        self._outputs = outputs
        self._renamed = renamed or {}

    def text(self, node: Expression) -> str:
        """Return the text of an expression."""
        return self._print(node)[0]

    def _print(self, node: Expression) -> tuple[str, int]:
        """Return the text of a node and how tightly its outermost operator binds."""
        match node:
            case Number(value=value):
                signed = math.copysign(1.0, value) < 0 and value != NOT_AVAILABLE
                return number(value), _SIGN if signed else _ATOM
            case Name():
                return self.name(node), _ATOM
            case Wildcard(dimension=dimension):
                return f"{quoted(dimension)}!", _ATOM
            case Text(value=value):
                return f"'{value}'", _ATOM
            case Unary(operator="+", operand=operand):
                return self._print(operand)
            case Unary(operator="-", operand=operand):
                return "-" + self._wrapped(operand, _SIGN + 1), _SIGN
            case Unary(operand=operand):
                return f":NOT: {self._wrapped(operand, _ATOM)}", _NOT
            case Binary():
                return self._chain(node), _BINDING[node.operator]
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                parts = ", ".join(map(self.text, (condition, then, otherwise)))
                return f"IF THEN ELSE({parts})", _ATOM
            case Call():
                return self._call(node), _ATOM
        raise AssertionError(node)

    def name(self, node: Name) -> str:
        """Return a reference, with its subscripts."""
        text = quoted(self._renamed.get(node.key, node.text))
        if not node.subscripts:
            return text
        return f"{text}[{', '.join(map(self.text, node.subscripts))}]"

    def _call(self, node: Call) -> str:
        arguments = ", ".join(map(self.text, node.arguments))
        graph = self._inline.get(node.function.key)
        if graph is not None:
            return f"WITH LOOKUP({arguments}, {points(graph)})"
        further = self._outputs.get(node)
        if further:
            arguments += " : " + ", ".join(map(self.name, further))
        return f"{self.name(node.function)}({arguments})"

    def _chain(self, node: Binary) -> str:
        """Print a binary operation and those nested on its left, from the innermost outwards."""
        links = [node]
        while isinstance(links[-1].left, Binary) and not _is_looser(links[-1].left, links[-1]):
            links.append(links[-1].left)
        innermost = links[-1]
        least = _BINDING[innermost.operator] + (innermost.operator == "^")
        parts = [self._wrapped(innermost.left, least)]
        for link in reversed(links):
            operator = link.operator
            right = self._wrapped(link.right, _BINDING[operator] + (operator != "^"))
            word = _WORDS.get(operator, operator)
            parts.append(f"^{right}" if operator == "^" else f" {word} {right}")
        return "".join(parts)

    def _wrapped(self, node: Expression, least: int) -> str:
        text, binding = self._print(node)
        return text if binding >= least else f"({text})"


def _is_looser(left: Binary, link: Binary) -> bool:
    """Tell whether the left operand, itself binary, must stand in parentheses."""
    return link.operator == "^" or _BINDING[left.operator] < _BINDING[link.operator]
