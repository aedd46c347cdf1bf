"""From tokens to the syntax tree: a Pratt parser for XMILE's expressions (XMILE 1.0, section 3.3).

Binding, from the tightest: subscripts and calls, ``'`` (transposition), Stella's ``*.*`` (inner
product of arrays), ``^`` (right to left), unary ``+ - NOT``, ``* / // MOD``, ``+ -``,
``< <= > >=``, ``= <>``, ``AND``, ``OR``, ``IF THEN ELSE``. ``//`` is safe division (0 where the
divisor is 0).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn, TypeVar, cast

from headwater.errors import SyntaxFault
from headwater.language.source import Source, Span
from headwater.language.syntax import (
    Binary,
    BinaryOperator,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Position,
    Slice,
    Text,
    Unary,
    UnaryOperator,
    Wildcard,
)
from headwater.language.tokens import Token, tokenize

MAX_DEPTH = 100
MAX_CASES = 300

BINDING: dict[str, int] = {
    "or": 1,
    "and": 2,
    "=": 3,
    "<>": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "//": 6,
    "mod": 6,
    "^": 8,
    "*.*": 9,
}
"""How tightly each binary operator binds. Unary operators bind at UNARY_BINDING."""

INNER_PRODUCT = "INNER_PRODUCT"
"""The function that Stella writes as ``a *.* b``, of two arrays."""

UNARY_BINDING = 7
_UNARY = frozenset({"+", "-", "not"})
_AS_FUNCTIONS = frozenset({"and", "or", "mod"})
_IF_FORM = "write `IF condition THEN value ELSE value`"
_Parsed = TypeVar("_Parsed")
_CLOSING = {"(": ")", "[": "]"}


def parse_expression(
    source: Source, start: int = 0, end: int | None = None, *, hash_comments: bool = False
) -> Expression:
    """Parse characters ``start`` to ``end`` of ``source`` as one expression.

    ``hash_comments`` lets ``#`` begin a comment that runs to the end of the line.
    Raises SyntaxFault with the place of the first mistake and a way out.
    """
    parser = _Parser(source, tokenize(source, start, end, hash_comments=hash_comments))
    return parser.guarded(parser.whole)


def parse_text(text: str, name: str = "<expression>") -> Expression:
    """Parse a text that stands in no file, such as an argument of a command."""
    return parse_expression(Source(name, text))


def parse_reference(source: Source, start: int = 0, end: int | None = None) -> Name:
    """Parse one name with optional subscripts, such as the left side of an equation.

    Raises SyntaxFault.
    """
    parser = _Parser(source, tokenize(source, start, end))
    return parser.guarded(parser.whole_reference)


class _Parser:
    """Recursive descent over a list of tokens, iterative on the left."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.index = 0
        self.token = tokens[0]
        self.depth = 0

    def guarded(self, parse: Callable[[], _Parsed]) -> _Parsed:
        """Run ``parse``; a caller that is itself deep in calls still gets a fault, no traceback."""
        try:
            return parse()
        except RecursionError:
            self._too_deep()

    def whole(self) -> Expression:
        """Parse every token as one expression."""
        if self._ended():
            self._fail(self.token, "an expression is missing here", "write a number or an equation")
        found = self.expression(0)
        if not self._ended():
            self._trailing()
        return found

    def whole_reference(self) -> Name:
        """Parse every token as one reference."""
        if self.token.kind != "name":
            self._fail(self.token, "a name is missing here", "write the name of a variable")
        name = self._name(self._advance())
        if not self._ended():
            self._trailing()
        return name

    def expression(self, least: int) -> Expression:
        """Parse an expression whose operators bind tighter than ``least``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._too_deep()
        left = self._prefix()
        while True:
            operator = self.token.text
            binding = BINDING.get(operator, 0) if self.token.kind in ("operator", "keyword") else 0
            if binding <= least:
                break
            self._advance()
            # `^` groups from the right: its right side may hold another `^`.
            right = self.expression(binding - 1 if operator == "^" else binding)
            if operator == "*.*":
                left = Call(Name(INNER_PRODUCT), (left, right), _join(left, right))
                continue
            left = Binary(cast(BinaryOperator, operator), left, right, _join(left, right))
        self.depth -= 1
        return left

    def _too_deep(self) -> NoReturn:
        self._fail(
            self.token,
            f"the expression nests more than {MAX_DEPTH} levels deep",
            "give inner parts names of their own as auxiliaries",
        )

    def _prefix(self) -> Expression:
        signs: list[Token] = []
        while self.token.text in _UNARY and self.token.kind in ("operator", "keyword"):
            signs.append(self._advance())
        if not signs:
            return self._operand()
        self.depth += len(signs)
        operand = self.expression(UNARY_BINDING)
        self.depth -= len(signs)
        for sign in reversed(signs):
            span = Span(self.source, sign.start, cast(Span, operand.span).end)
            operand = Unary(cast(UnaryOperator, sign.text), operand, span)
        return operand

    def _operand(self) -> Expression:
        token = self.token
        if token.kind == "number":
            self._advance()
            return Number(float(token.text), self._span(token))
        if token.kind == "name":
            self._advance()
            return self._reference(token)
        if token.kind == "text":
            self._advance()
            return Text(token.text, self._span(token))
        if token.kind == "keyword" and token.text == "if":
            self._advance()
            return self._conditional(token)
        if token.kind == "keyword" and token.text in _AS_FUNCTIONS and self._next().text == "(":
            self._advance()
            return self._called_operator(token)
        if token.kind == "operator" and token.text == "(":
            self._advance()
            inner = self.expression(0)
            self._close(token)
            return self._transposed(replace(inner, span=self._from(token.start)))
        return self._missing_operand()

    def _called_operator(self, word: Token) -> Expression:
        """``AND(a, b, ...)``, ``OR(a, b, ...)``, ``MOD(a, b)``, as older Stella files have them."""
        operands = self._list(self._advance(), subscripts=False)
        least, most = (2, 2) if word.text == "mod" else (2, MAX_DEPTH)
        if not least <= len(operands) <= most:
            shown = word.text.upper()
            self._fail(
                word,
                f"{shown} takes {'two' if most == least else 'two or more'} values",
                f"write `a {shown} b`",
            )
        span = self._from(word.start)
        left, *others = operands
        for right in others:
            left = Binary(cast(BinaryOperator, word.text), left, right, span)
        return left

    def _reference(self, token: Token) -> Expression:
        name = self._name(token)
        if not self._at("("):
            return self._transposed(name)
        arguments = self._list(self._advance(), subscripts=False)
        call = Call(name, arguments, self._from(token.start))
        return self._transposed(call)

    def _name(self, token: Token) -> Name:
        if not self._at("["):
            return Name(token.text, (), self._span(token))
        bracket = self._advance()
        subscripts = self._list(bracket, subscripts=True)
        if not subscripts:
            self._fail(bracket, "the subscripts are missing", "write `name[element]`")
        if self._at("["):
            self._fail(
                self.token,
                "a second list of subscripts",
                "write all subscripts in one list: `a[x, y]`",
            )
        return Name(token.text, subscripts, self._from(token.start))

    def _transposed(self, operand: Expression) -> Expression:
        if not self._at("'"):
            return operand
        span = self._span(self._advance())
        if self._at("'"):
            self._fail(self.token, "a second `'` undoes the first", "remove both")
        return Call(Name("transpose", (), span), (operand,), _join(operand, span))

    def _list(self, opening: Token, *, subscripts: bool) -> tuple[Expression, ...]:
        items: list[Expression] = []
        if self._at(_CLOSING[opening.text]):
            self._advance()
            return ()
        while True:
            items.append(self._subscript() if subscripts else self.expression(0))
            if not self._at(","):
                break
            comma = self._advance()
            if self._at(",") or self._at(_CLOSING[opening.text]):
                what = "subscript" if subscripts else "argument"
                self._fail(comma, f"{what} missing after `,`", f"remove the `,` or add the {what}")
        self._close(opening)
        return tuple(items)

    def _subscript(self) -> Expression:
        token = self.token
        if self._at("*"):
            self._advance()
            if not self._at(":"):
                return Wildcard("", self._span(token))
            self._advance()
            if self.token.kind != "name":
                self._fail(self.token, "a dimension is missing after `*:`", "write `a[*:subrange]`")
            dimension = self._advance().text
            return Wildcard("_".join(dimension.split()), self._from(token.start))
        if self._at("@"):
            self._advance()
            if self.token.kind != "number" or not self.token.text.isdigit():
                self._fail(self.token, "a position is missing after `@`", "write `@1`, `@2` ...")
            return Position(int(self._advance().text), self._from(token.start))
        first = self.expression(0)
        if not self._at(":"):
            return first
        self._advance()
        last = self.expression(0)
        return Slice(first, last, _join(first, last))

    def _conditional(self, start: Token) -> Expression:
        if self._word("then") and self._next().text == "else":
            return self._conditional_call(start)
        cases: list[tuple[Token, Expression, Expression]] = []
        while True:
            condition = self.expression(0)
            self._expect_word("then", start)
            cases.append((start, condition, self.expression(0)))
            self._expect_word("else", start)
            if len(cases) > MAX_CASES:
                self._fail(start, f"more than {MAX_CASES} cases", "use a graphical function")
            if not self._word("if") or self._next().text == "then":
                break
            start = self._advance()
        otherwise = self.expression(0)
        for first, condition, then in reversed(cases):
            otherwise = Conditional(condition, then, otherwise, self._from(first.start))
        return otherwise

    def _conditional_call(self, start: Token) -> Expression:
        self._advance()
        self._advance()
        if not self._at("("):
            self._fail(self.token, "the condition after IF is missing", _IF_FORM)
        arguments = self._list(self._advance(), subscripts=False)
        span = self._from(start.start)
        if len(arguments) != 3:
            raise SyntaxFault(
                f"IF THEN ELSE takes 3 arguments, not {len(arguments)}",
                span.place,
                "write `IF THEN ELSE(condition, value, otherwise)`",
            )
        return Conditional(*arguments, span)

    def _at(self, text: str) -> bool:
        return self.token.text == text and self.token.kind == "operator"

    def _next(self) -> Token:
        """The token after the current one."""
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def _word(self, text: str) -> bool:
        return self.token.text == text and self.token.kind == "keyword"

    def _ended(self) -> bool:
        return self.token.kind == "end"

    def _advance(self) -> Token:
        token = self.token
        self.index += 1
        self.token = self.tokens[min(self.index, len(self.tokens) - 1)]
        return token

    def _expect_word(self, word: str, start: Token) -> None:
        if self._word(word):
            self._advance()
            return
        if self._ended():
            self._fail(start, f"this IF has no {word.upper()}", _IF_FORM)
        self._unexpected(f"{word.upper()} is missing before {self._shown(self.token)}", _IF_FORM)

    def _close(self, opening: Token) -> None:
        closing = _CLOSING[opening.text]
        if self._at(closing):
            self._advance()
            return
        if self._ended():
            self._fail(opening, f"`{opening.text}` is never closed", f"add `{closing}`")
        self._unexpected(
            f"expected `{closing}` before {self._shown(self.token)}",
            f"close the `{opening.text}` of column "
            f"{self.source.place(opening.start, opening.end).column} first",
        )

    def _missing_operand(self) -> NoReturn:
        token = self.token
        before = self.tokens[self.index - 1] if self.index else None
        if token.kind == "end" and before:
            self._fail(
                before, f"something is missing after {self._shown(before)}", "add the operand"
            )
        if token.kind == "operator" and token.text in _CLOSING.values():
            opened = before is not None and before.text in _CLOSING
            if opened or before is None or self.depth == 1:
                self._unbalanced(token)
        if before and before.kind in ("operator", "keyword"):
            self._fail(
                token,
                f"a value is missing between {self._shown(before)} and {self._shown(token)}",
                _operand_hint(token),
            )
        self._fail(
            token, f"an expression cannot begin with {self._shown(token)}", _operand_hint(token)
        )

    def _unbalanced(self, token: Token) -> NoReturn:
        before = self.tokens[self.index - 1] if self.index else None
        if before and before.text in _CLOSING:
            self._fail(before, "nothing stands between the parentheses", "write a value there")
        self._fail(
            token,
            f"`{token.text}` closes nothing",
            f"remove it, or add `{'(' if token.text == ')' else '['}` before",
        )

    def _trailing(self) -> NoReturn:
        if self.token.kind == "operator" and self.token.text in (")", "]"):
            self._unbalanced(self.token)
        self._unexpected(f"{self._shown(self.token)} cannot follow here", "")

    def _unexpected(self, message: str, hint: str) -> NoReturn:
        """Fail at the current token, which follows a complete operand."""
        token, before = self.token, self.tokens[self.index - 1]
        after_value = before.kind in ("number", "name", "text") or before.text in (")", "]", "'")
        begins_value = token.kind in ("number", "name", "text") or token.text in ("(", "if")
        if after_value and begins_value:
            self._fail(
                token,
                f"an operator is missing between {self._shown(before)} and {self._shown(token)}",
                f"write `{_brief(before)} * {_brief(token)}` to multiply"
                if before.kind in ("number", "name")
                else "write `*` to multiply",
            )
        if token.text == "," and before.kind == "number":
            hint = "numbers take a decimal point: `1.5`; commas separate arguments"
        elif token.text == ":":
            hint = "a range `first:last` may stand only between square brackets"
        elif token.text == "[":
            hint = "subscripts follow a name: `name[element]`"
        self._fail(token, message, hint)

    def _shown(self, token: Token) -> str:
        if token.kind == "end":
            return "the end"
        return f"`{_brief(token)}`" if token.kind != "keyword" else token.text.upper()

    def _fail(self, token: Token, message: str, hint: str = "") -> NoReturn:
        raise SyntaxFault(message, self._span(token).place, hint)

    def _span(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    def _from(self, start: int) -> Span:
        return Span(self.source, start, self.tokens[self.index - 1].end)


def _operand_hint(token: Token) -> str:
    if token.text == "*":
        return '`*` multiplies two values; as "every element" it stands between square brackets'
    if token.text == "@":
        return "`@1` may stand only between square brackets"
    return "add a number, a name or a parenthesis there"


def _brief(token: Token) -> str:
    return token.text if len(token.text) <= 40 else token.text[:37] + "..."


def _join(first: Expression | Span, last: Expression | Span) -> Span:
    begin = first if isinstance(first, Span) else first.span
    stop = last if isinstance(last, Span) else last.span
    return cast(Span, begin).to(cast(Span, stop))
