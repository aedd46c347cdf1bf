"""From the syntax tree back to text, in one canonical form with the fewest parentheses.

``parse_text(print_expression(e)) == e`` for every tree that the parser can build. Names keep their
spelling, with ``_`` for blanks; keywords are upper case.
"""

from __future__ import annotations

import math
import re

from headwater.language.parser import BINDING, UNARY_BINDING
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    NumberTable,
    Position,
    Slice,
    Text,
    Unary,
    Wildcard,
)
from headwater.language.tokens import KEYWORDS, is_plain_name

_BLANKS = re.compile(r"[\s_\u00a0]+")
_ATOM = 10
_LOWEST = 0
_WORDS = {"and": "AND", "or": "OR", "mod": "MOD"}


def print_expression(expression: Expression) -> str:
    """Return the canonical text of an expression.

    Operators stand between blanks, except ``^``; long chains on the left do not recurse.
    """
    return _print(expression)[0]


def print_name(name: str) -> str:
    """Return a name as it is written in an expression: with ``_`` for blanks, quoted if need be."""
    parts = [_BLANKS.sub("_", part.strip()) for part in name.split(".")]
    first, rest = parts[0], parts[1:]
    if all(map(is_plain_name, rest)) and (is_plain_name(first) or (not first and rest)):
        bare = ".".join(parts)
        if bare.lower() not in KEYWORDS:
            return bare
    return f'"{_escape(name, chr(34))}"'


def print_number(value: float) -> str:
    """Return the shortest text that reads back as ``value``; whole numbers carry no point."""
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text.replace("e+", "e")


def _print(node: Expression) -> tuple[str, int]:
    """Return the text of a node and how tightly its outermost operator binds."""
    match node:
        case Number(value=value):
            negative = value < 0 or math.copysign(1.0, value) < 0
            return print_number(value), UNARY_BINDING if negative else _ATOM
        case NumberTable(values=values):
            return ", ".join(map(print_number, values)), _LOWEST
        case Text(value=value):
            return f"'{_escape(value, chr(39))}'", _ATOM
        case Name(text=text, subscripts=subscripts):
            return print_name(text) + (_list(subscripts, "[]") if subscripts else ""), _ATOM
        case Wildcard(dimension=dimension):
            return f"*:{print_name(dimension)}" if dimension else "*", _ATOM
        case Position(number=number):
            return f"@{number}", _ATOM
        case Slice(first=first, last=last):
            return f"{_print(first)[0]}:{_print(last)[0]}", _ATOM
        case Call():
            return _call(node), _ATOM
        case Unary(operator=operator, operand=operand):
            inner = _wrapped(operand, UNARY_BINDING)
            return ("NOT " if operator == "not" else operator) + inner, UNARY_BINDING
        case Binary():
            return _chain(node), BINDING[node.operator]
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            tests = [f"IF {_print(condition)[0]} THEN {_print(then)[0]}"]
            while isinstance(otherwise, Conditional):
                condition, then = otherwise.condition, otherwise.then
                tests.append(f"IF {_print(condition)[0]} THEN {_print(then)[0]}")
                otherwise = otherwise.otherwise
            return " ELSE ".join([*tests, _print(otherwise)[0]]), _LOWEST


def _call(node: Call) -> str:
    function, arguments = node.function, node.arguments
    if _is_transposition(node):
        inner = arguments[0]
        bare = isinstance(inner, Name) or (isinstance(inner, Call) and not _is_transposition(inner))
        text = _print(inner)[0]
        return f"{text}'" if bare else f"({text})'"
    return _print(function)[0] + _list(arguments, "()")


def _is_transposition(node: Call) -> bool:
    function = node.function
    return function.key == "transpose" and not function.subscripts and len(node.arguments) == 1


def _chain(node: Binary) -> str:
    """Print a binary operation and those nested on its left, from the innermost outwards."""
    links: list[Binary] = [node]
    while isinstance(links[-1].left, Binary) and not _needs_parentheses(links[-1]):
        links.append(links[-1].left)
    innermost = links[-1]
    least = BINDING[innermost.operator] + (innermost.operator == "^")
    parts = [_wrapped(innermost.left, least)]
    for link in reversed(links):
        operator = link.operator
        right_binding = BINDING[operator] + (operator != "^")
        if operator == "^":
            right = _exponent(link.right)
            parts.append(f"^{right}")
        else:
            parts.append(f" {_WORDS.get(operator, operator)} {_wrapped(link.right, right_binding)}")
    return "".join(parts)


def _needs_parentheses(link: Binary) -> bool:
    """Tell whether the left operand, itself binary, must stand in parentheses."""
    left = link.left
    if not isinstance(left, Binary):
        return False
    binding = BINDING[link.operator]
    return BINDING[left.operator] < binding or link.operator == "^"


def _exponent(node: Expression) -> str:
    """Print the right side of ``^``: a sign there needs no parentheses."""
    if isinstance(node, Unary) and node.operator != "not":
        return _print(node)[0]
    return _wrapped(node, BINDING["^"])


def _wrapped(node: Expression, least: int) -> str:
    text, binding = _print(node)
    return text if binding >= least else f"({text})"


def _list(items: tuple[Expression, ...], brackets: str) -> str:
    return brackets[0] + ", ".join(_print(item)[0] for item in items) + brackets[1]


def _escape(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n")
