"""From an entry to what it defines: the left side, and one of several kinds of right side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from headwater.errors import SyntaxFault
from headwater.formats.vensim import limited
from headwater.formats.vensim.entries import Entry
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.points import Points, read_number, read_points
from headwater.formats.vensim.tokens import COMMENT, Token, tokenize
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, Name, Number, Text, Unary, walk
from headwater.model.variables import Interpolation

INTERPOLATIONS: dict[str, Interpolation] = {
    "RAW": "raw",
    "INTERPOLATE": "linear",
    "HOLD BACKWARD": "hold",
    "LOOK FORWARD": "look_forward",
}

_EXTERNAL = re.compile(r"get_(xls|direct|vdf|odbc|123)_(data|constants|lookups|subscript)$")
UNWRITTEN = "a_function_of"
"""What stands for an equation that is not written yet: a list of what it will depend on."""

_WHOLE = ("integ", "active_initial", limited.KEY)
_BETWEEN = re.compile(r",|\\t")
"""What stands between the numbers of a table beside blanks: some files spell a tab as ``\\t``."""
_TABBED = re.compile(r"=?\s*TABBED[ \t_]+ARRAY\s*\(", re.IGNORECASE)
_TEXT = re.compile(r":\s*IS\s*:", re.IGNORECASE)
_CONTINUED = re.compile(r"\\[ \t]*\n")
_ASIDE = re.compile(rf"\"(?:[^\"\\]|\\.)*\"|{COMMENT}", re.DOTALL)
"""What holds no number of a table, though there may be digits in it: quoted names, comments."""
_CELL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Left:
    """The left side of an equation. ``unchangeable``: ``==`` follows it."""

    name: str
    subscripts: tuple[str, ...] = ()
    excepts: tuple[tuple[str, ...], ...] = ()
    interpolation: Interpolation | None = None
    span: Span | None = None
    unchangeable: bool = False

    @property
    def key(self) -> str:
        """The name for look-ups."""
        return canonical(self.name)


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression. ``initial`` is the value at initialisation only (ACTIVE INITIAL).

    ``data``: it is set by ``:=``.
    """

    expression: Expression
    initial: Expression | None = None
    data: bool = False


@dataclass(frozen=True, slots=True)
class Integral:
    """A stock: its net flow and its initial value. ``limited``: its limits are in both (SINTEG)."""

    rate: Expression
    initial: Expression
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list or a table of numbers; one row where there is no ``;``."""

    rows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class WithLookup:
    """A variable that is the function ``points`` of ``argument``."""

    argument: Expression
    points: Points


@dataclass(frozen=True, slots=True)
class Lookup:
    """A function that other equations call."""

    points: Points


@dataclass(frozen=True, slots=True)
class External:
    """Values in another file. ``what``: data, constants, lookups; ``of_run``: by variable."""

    what: str
    arguments: tuple[str, ...]
    of_run: bool = False


@dataclass(frozen=True, slots=True)
class Unsaid:
    """No right side: a data variable whose values come with the run."""


Right = Formula | Integral | Numbers | WithLookup | Lookup | External | Unsaid


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation of a variable. ``points`` are those of inline lookups inside the formula."""

    left: Left
    right: Right
    entry: Entry
    points: tuple[Points, ...] = ()
    outputs: tuple[tuple[str, tuple[Name, ...]], ...] = ()

    @property
    def is_unwritten(self) -> bool:
        """Whether the right side only lists what it will depend on."""
        said = self.right.expression if isinstance(self.right, Formula) else None
        return isinstance(said, Call) and said.function.key == UNWRITTEN


@dataclass(frozen=True, slots=True)
class RangeTokens:
    """A subscript range: what follows the colon, still to be read."""

    name: str
    tokens: tuple[Token, ...]
    entry: Entry


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name for a subscript range (``<->``)."""

    name: str
    target: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class RealityCheck:
    """A condition that must hold: ``name :THE CONDITION: … :IMPLIES: …``, or a test input."""

    name: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class TextValue:
    """A variable that holds a text (``name :IS: 'text'``), such as the name of a data file."""

    name: str
    text: str
    entry: Entry

    @property
    def key(self) -> str:
        """The name for look-ups."""
        return canonical(self.name)


Definition = Equation | RangeTokens | Alias | RealityCheck | TextValue


def holds_text(entry: Entry) -> bool:
    """Tell whether an entry defines a variable that holds a text."""
    return _TEXT.search(entry.equation.text) is not None


def read_definition(entry: Entry, texts: Mapping[str, str] = MappingProxyType({})) -> Definition:
    """Return what an entry defines; ``texts`` are the variables that hold a text, by look-up name.

    Raises SyntaxFault.
    """
    span = entry.equation
    table = _tabbed_array(entry)
    if table is not None:
        return table
    tokens = tokenize(span)
    reader = ExpressionReader(span.source, tokens)
    if any(t.kind == "keyword" and t.text in ("THE CONDITION", "TEST INPUT") for t in tokens):
        name = tokens[0].text if tokens[0].kind == "name" else ""
        return RealityCheck(name, entry)
    first = reader.token
    if first.kind != "name":
        reader.fail("an equation begins with the name of what it defines")
    if len(tokens) > 2 and tokens[1].text == "<->" and tokens[2].kind == "name":
        return Alias(first.text, tokens[2].text, entry)
    if tokens[1].kind == "operator" and tokens[1].text == ":":
        return RangeTokens(first.text, tuple(tokens[2:]), entry)
    left = _left(reader)
    if reader.accept("IS"):
        return _text_value(left, reader, entry)
    right = _limited(left, _right(reader, texts), entry)
    _check_memory(right)
    if not reader.ended and not reader.at("IGNORE"):
        reader.fail(
            f"`{reader.token.text}` cannot follow here",
            "an operator may be missing, or the `|` that ends the equation before",
        )
    return Equation(left, right, entry, tuple(reader.points), tuple(reader.outputs))


def _left(reader: ExpressionReader) -> Left:
    token = reader.advance()
    subscripts = _names(reader) if reader.at("[") else ()
    excepts: list[tuple[str, ...]] = []
    interpolation: Interpolation | None = None
    while reader.token.kind == "keyword" and not reader.at("IS"):
        word = reader.token.text
        if word == "EXCEPT":
            reader.advance()
            while reader.at("["):
                excepts.append(_names(reader))
                reader.accept(",")
        elif word in INTERPOLATIONS:
            reader.advance()
            interpolation = INTERPOLATIONS[word]
        else:
            reader.fail(f"`:{word}:` cannot stand on the left side")
    span = reader.span(token.start)
    return Left(token.text, subscripts, tuple(excepts), interpolation, span, reader.at("=="))


def _names(reader: ExpressionReader) -> tuple[str, ...]:
    found = reader.subscripts()
    if any(not isinstance(s, Name) for s in found):
        reader.fail("`!` cannot stand on the left side", token=reader.tokens[reader.position - 1])
    return tuple(s.text for s in found if isinstance(s, Name))


def _text_value(left: Left, reader: ExpressionReader, entry: Entry) -> TextValue:
    if reader.token.kind != "text":
        reader.fail("`:IS:` needs a text", "write it between single quotes")
    text = reader.advance().text
    if not reader.ended:
        reader.fail("the equation of a text is the text alone")
    return TextValue(left.name, text, entry)


def _right(reader: ExpressionReader, texts: Mapping[str, str]) -> Right:
    if reader.ended:
        return Unsaid()
    if reader.at("("):
        return _lookup(reader, texts)
    data = reader.at(":=")
    if not (reader.accept("=") or reader.accept("==") or reader.accept(":=")):
        reader.fail("`=` is missing after the left side")
    if reader.ended:
        reader.fail("the equation has no right side", "give it a number or an expression")
    right = _after_equals(reader, texts)
    return replace(right, data=data) if isinstance(right, Formula) else right


def _lookup(reader: ExpressionReader, texts: Mapping[str, str]) -> Right:
    following = reader.tokens[reader.position + 1]
    if following.kind == "name" and _EXTERNAL.match(canonical(following.text)):
        reader.advance()
        right = _external(reader.expression(), texts)
        reader.expect(")", "the call")
        if right is None:
            reader.fail("this is no lookup")
        return right
    if following.kind == "name":
        _refuse_parentheses(reader)
    return Lookup(read_points(reader))


def _refuse_parentheses(reader: ExpressionReader) -> None:
    """Say of ``name (word)`` on a left side what Vensim wants: quotes around the whole name."""
    name = reader.tokens[reader.position - 1]
    close = next((t for t in reader.tokens[reader.position :] if t.text == ")"), None)
    if close is None:
        return
    whole = " ".join(reader.source.text[name.start : close.end].split())
    message = "`(` after a name begins the points of a lookup, which are numbers"
    reader.fail(message, f'if `{whole}` is a name, put it in double quotes: "{whole}"')


def _after_equals(reader: ExpressionReader, texts: Mapping[str, str]) -> Right:
    start = reader.position
    first = reader.token
    if first.kind == "name" and canonical(first.text) == UNWRITTEN:
        reader.position = len(reader.tokens) - 1
        return Formula(Call(Name(first.text), (), reader.span(first.start)))
    expression = reader.expression()
    if reader.at(",", ";"):
        reader.position = start
        return _numbers(reader)
    if not isinstance(expression, Call) or expression.function.subscripts:
        return Formula(expression)
    key, arguments = expression.function.key, expression.arguments
    if key == "integ":
        _check_count(expression, 2, "INTEG(rate, initial value)")
        return Integral(arguments[0], arguments[1])
    if key == "active_initial":
        _check_count(expression, 2, "ACTIVE INITIAL(value, initial value)")
        return Formula(arguments[0], arguments[1])
    if key == "with_lookup":
        number = arguments[1]
        assert isinstance(number, Number)
        return WithLookup(arguments[0], reader.points[int(number.value)])
    return _external(expression, texts) or Formula(expression)


def _limited(left: Left, right: Right, entry: Entry) -> Right:
    """Return the stock that a SINTEG defines, or the right side as it is."""
    if not isinstance(right, Formula) or not isinstance(right.expression, Call):
        return right
    call = right.expression
    if call.function.key != limited.KEY:
        return right
    own = Name(left.name, tuple(Name(s) for s in left.subscripts), left.span)
    rate, initial = limited.limited_stock(call, own, in_macro=entry.macro >= 0)
    return Integral(rate, initial, limited=rate is not call.arguments[0])


def _check_memory(right: Right) -> None:
    """Refuse a stock inside of an expression, where Vensim does not allow it."""
    match right:
        case Formula(expression=first, initial=second) | Integral(rate=first, initial=second):
            parts = [first] if second is None else [first, second]
        case _:
            return
    for node in (n for part in parts for n in walk(part)):
        if isinstance(node, Call) and node.function.key in _WHOLE:
            raise SyntaxFault(
                f"{node.function.text} must be the whole right side of an equation",
                node.span.place if node.span else None,
                "give it a variable of its own",
            )


def _check_count(call: Call, count: int, form: str) -> None:
    if len(call.arguments) != count:
        place = call.span.place if call.span else None
        name = call.function.text
        message = f"{name} takes {count} arguments, not {len(call.arguments)}"
        raise SyntaxFault(message, place, f"its form is {form}")


def literal(node: Expression) -> float | None:
    """Return the number, with or without a minus sign, that an expression is."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number):
        return -node.operand.value
    return None


def _external(expression: Expression, texts: Mapping[str, str]) -> External | None:
    if not isinstance(expression, Call):
        return None
    match = _EXTERNAL.match(expression.function.key)
    if match is None:
        return None
    place = expression.span.place if expression.span else None
    of_run = match.group(1) == "vdf" and match.group(2) in ("data", "constants")
    if match.group(1) not in ("xls", "direct") and not of_run:
        raise SyntaxFault(
            f"{expression.function.text} reads from a source that is not supported",
            place,
            "save the values as CSV or Excel and use GET DIRECT",
        )
    given: list[str] = []
    for argument in expression.arguments:
        if isinstance(argument, Text):
            given.append(argument.value)
        elif isinstance(argument, Name) and argument.key in texts:
            given.append(texts[argument.key])
        elif of_run and len(given) > 1 and (number := literal(argument)) is not None:
            given.append(repr(number))
        else:
            raise SyntaxFault(
                f"the arguments of {expression.function.text} are texts between single quotes, or "
                "variables that hold a text (:IS:)",
                place,
            )
    return External(match.group(2), tuple(given), of_run)


def _numbers(reader: ExpressionReader) -> Numbers:
    rows: list[tuple[float, ...]] = []
    row: list[float] = []
    while reader.token.kind != "end":
        row.append(_constant(reader))
        if reader.accept(";"):
            rows.append(tuple(row))
            row = []
        elif not reader.accept(","):
            break
    if row:
        rows.append(tuple(row))
    return Numbers(tuple(rows))


def _constant(reader: ExpressionReader) -> float:
    if reader.at("NA"):
        number = reader.expression()
        assert isinstance(number, Number)
        return number.value
    return read_number(reader)


def _tabbed_array(entry: Entry) -> Equation | None:
    """Read ``name[…] = TABBED ARRAY(numbers)``, whose numbers stand between blanks, row by row."""
    span = entry.equation
    text = _ASIDE.sub(lambda aside: " " * len(aside.group()), span.text)
    equals = text.find("=")
    head = _TABBED.match(text, equals + 1) if equals >= 0 else None
    if head is None:
        return None
    close = text.rfind(")")
    reader = ExpressionReader(
        span.source, tokenize(Span(span.source, span.start, span.start + equals))
    )
    left = _left(reader)
    rows: list[tuple[float, ...]] = []
    body = _CONTINUED.sub(" ", text[head.end() : close if close > 0 else len(text)])
    for line in body.splitlines():
        words = _BETWEEN.sub(" ", line).split()
        if not all(_CELL.fullmatch(word) for word in words):
            raise SyntaxFault("TABBED ARRAY holds something that is not a number", span.place)
        if words:
            rows.append(tuple(float(word) for word in words))
    if not rows:
        raise SyntaxFault("TABBED ARRAY holds no numbers", span.place)
    return Equation(left, Numbers(tuple(rows)), entry)
