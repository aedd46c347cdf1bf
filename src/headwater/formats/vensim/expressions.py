"""Vensim's expressions, by operator precedence.

From the loosest: ``:OR:``, ``:AND:``, ``:NOT:``, comparisons, ``+ -``, ``* /``, signs, ``^`` (which
groups to the right). ``IF THEN ELSE`` becomes a conditional, every other function a call by the
name that the file gives it; ``x!`` inside or outside of brackets stands for all elements of ``x``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from headwater.errors import SyntaxFault
from headwater.formats.vensim.points import Points, read_points
from headwater.formats.vensim.tokens import Token
from headwater.language.builtins.vensim.values import NOT_AVAILABLE
from headwater.language.source import Source, Span
from headwater.language.syntax import (
    Binary,
    BinaryOperator,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Text,
    Unary,
    Wildcard,
)

MAX_DEPTH = 150

_NOT = 3
_COMPARISON = 4
_SIGN = 7
_POWER = 8
_BINDING: dict[str, tuple[int, BinaryOperator]] = {
    "OR": (1, "or"),
    "AND": (2, "and"),
    "=": (_COMPARISON, "="),
    "<>": (_COMPARISON, "<>"),
    "<": (_COMPARISON, "<"),
    "<=": (_COMPARISON, "<="),
    ">": (_COMPARISON, ">"),
    ">=": (_COMPARISON, ">="),
    "+": (5, "+"),
    "-": (5, "-"),
    "*": (6, "*"),
    "/": (6, "/"),
    "^": (_POWER, "^"),
}


class ExpressionReader:
    """Reads expressions from a list of tokens; ``position`` is the next token to read.

    The points of an inline lookup go to ``points``, and the second argument of ``WITH LOOKUP``
    becomes their number there. ``outputs`` has, by macro, the names that its further outputs get.
    """

    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.position = 0
        self.points: list[Points] = []
        self.outputs: list[tuple[str, tuple[Name, ...]]] = []
        self._depth = 0

    # Tokens

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.position]

    @property
    def ended(self) -> bool:
        """Whether every token is read."""
        return self.token.kind == "end"

    def advance(self) -> Token:
        """Return the next token and move past it."""
        token = self.tokens[self.position]
        if token.kind != "end":
            self.position += 1
        return token

    def at(self, *texts: str) -> bool:
        """Tell whether the next token is one of these operators or keywords."""
        return self.token.kind in ("operator", "keyword") and self.token.text in texts

    def accept(self, text: str) -> bool:
        """Move past an operator or keyword if it comes next."""
        if self.at(text):
            self.position += 1
            return True
        return False

    def expect(self, text: str, after: str) -> Token:
        """Return the operator that must come next. Raises SyntaxFault."""
        if not self.at(text):
            self.fail(f"`{text}` is missing after {after}")
        return self.advance()

    def fail(self, message: str, hint: str = "", token: Token | None = None) -> NoReturn:
        """Raise SyntaxFault at a token, the next one by default."""
        found = token or self.token
        raise SyntaxFault(message, self.source.place(found.start, max(found.end, 1)), hint)

    def span(self, start: int) -> Span:
        """Return the span from a character up to the last token that was read."""
        return Span(self.source, start, self.tokens[self.position - 1].end)

    # Expressions

    def expression(self, binding: int = 0) -> Expression:
        """Read an expression whose operators bind tighter than ``binding``."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(
                f"the expression is nested more than {MAX_DEPTH} levels deep",
                "split it into several variables",
            )
        start = self.token.start
        left = self._operand()
        while True:
            found = self._operator()
            if found is None or found[0] <= binding:
                break
            tightness, operator = found
            self.advance()
            # The power groups to the right: its right side may hold another power.
            right = self.expression(tightness - 1 if operator == "^" else tightness)
            left = Binary(operator, left, right, self.span(start))
        self._depth -= 1
        return left

    def _operator(self) -> tuple[int, BinaryOperator] | None:
        token = self.token
        if token.kind not in ("operator", "keyword"):
            return None
        return _BINDING.get(token.text)

    def _operand(self) -> Expression:
        token = self.token
        start = token.start
        if token.kind == "number":
            self.advance()
            return Number(float(token.text), self.span(start))
        if token.kind == "text":
            self.advance()
            return Text(token.text, self.span(start))
        if token.kind == "name":
            return self._named()
        if self.accept("("):
            inner = self.expression()
            self.expect(")", "the expression in parentheses")
            return inner
        if self.at("+", "-"):
            sign = self.advance().text
            operand = self.expression(_SIGN)
            return operand if sign == "+" else Unary("-", operand, self.span(start))
        if self.accept("NOT"):
            return Unary("not", self.expression(_NOT), self.span(start))
        if self.accept("NA"):
            return Number(NOT_AVAILABLE, self.span(start))
        message = f"`{token.text}` cannot stand here"
        if token.kind == "end":
            message = "an expression is missing here"
        return self.fail(message, "a number, a name or `(` is expected")

    def _named(self) -> Expression:
        token = self.advance()
        if self.accept("!"):
            return Wildcard(token.text, self.span(token.start))
        subscripts = self.subscripts() if self.at("[") else ()
        name = Name(token.text, subscripts, self.span(token.start))
        if not self.at("("):
            return name
        if name.key == "with_lookup":
            return self._with_lookup(name)
        arguments = self.arguments(token.text)
        span = self.span(token.start)
        if name.key == "if_then_else" and len(arguments) == 3 and not subscripts:
            return Conditional(*arguments, span)
        return Call(name, arguments, span)

    def arguments(self, name: str) -> tuple[Expression, ...]:
        """Read the arguments of a call, with its parentheses."""
        self.expect("(", f"`{name}`")
        found: list[Expression] = []
        if self.accept(")"):
            return ()
        while True:
            found.append(self.expression())
            if not self.accept(","):
                break
        if self.accept(":"):
            self.outputs.append((name, self._output_names()))
        self.expect(")", f"the arguments of `{name}`")
        return tuple(found)

    def _output_names(self) -> tuple[Name, ...]:
        names: list[Name] = []
        while True:
            token = self.token
            if token.kind != "name":
                self.fail("a further output of a macro needs a name")
            found = self._named()
            if not isinstance(found, Name):
                self.fail("a further output of a macro is a name, not an expression", token=token)
            names.append(found)
            if not self.accept(","):
                return tuple(names)

    def _with_lookup(self, name: Name) -> Expression:
        self.expect("(", "WITH LOOKUP")
        argument = self.expression()
        self.expect(",", "the input of WITH LOOKUP")
        self.points.append(read_points(self))
        self.expect(")", "the points of WITH LOOKUP")
        assert name.span is not None
        number = Number(float(len(self.points) - 1))
        return Call(name, (argument, number), self.span(name.span.start))

    def subscripts(self) -> tuple[Expression, ...]:
        """Read the subscripts of a name, with their brackets."""
        self.expect("[", "the name")
        found: list[Expression] = []
        while True:
            found.append(self._subscript())
            if not self.accept(","):
                break
        self.expect("]", "the subscripts")
        return tuple(found)

    def _subscript(self) -> Expression:
        token = self.advance()
        if token.kind not in ("name", "number"):
            self.fail(
                "this is no subscript",
                "a subscript is the name of a range or of an element",
                token,
            )
        if self.accept("!"):
            return Wildcard(token.text, self.span(token.start))
        return Name(token.text, (), self.span(token.start))
