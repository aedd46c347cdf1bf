"""Every mistake is reported with its place, the line, a caret and a way out."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headwater.errors import SyntaxFault
from headwater.language.parser import parse_expression, parse_text
from headwater.language.printer import print_expression
from headwater.language.source import Source

# The text, where the caret stands (first column, width), and what the message and hint say.
FAULTS = [
    ("", 1, 1, "an expression is missing", "write a number"),
    ("{nothing}", 10, 1, "an expression is missing", "write a number"),
    ("2x + 1", 1, 2, "the number `2` runs into `x`", "`2 * x`"),
    ("1e", 1, 2, "the number `1` runs into `e`", "double quotes"),
    ("1e999", 1, 5, "too large", "`INF`"),
    ("a == b", 3, 2, "`==` is no operator", "write one sign"),
    ("a ** 2", 3, 2, "`**` is no operator", "`^`"),
    ("a && b", 3, 2, "`&&` is no operator", "`AND`"),
    ("a || b", 3, 2, "`||` is no operator", "`OR`"),
    ("a => b", 3, 2, "`=>` is no operator", "`>=`"),
    ("!a", 1, 1, "`!` cannot stand here", "`NOT`"),
    ("5 % 2", 3, 1, "`%` cannot stand here", "MOD"),
    ("???", 1, 2, "`??` is no operator", "never written"),
    ("(a + b", 1, 1, "`(` is never closed", "add `)`"),
    ("f(a, b", 2, 1, "`(` is never closed", "add `)`"),
    ("a[x", 2, 1, "`[` is never closed", "add `]`"),
    ("a + b)", 6, 1, "`)` closes nothing", "remove it, or add `(`"),
    ("a]", 2, 1, "`]` closes nothing", "remove it, or add `[`"),
    ("(a]", 3, 1, "expected `)` before `]`", "column 1"),
    ("()", 1, 1, "nothing stands between the parentheses", "write a value"),
    ("a +", 3, 1, "something is missing after `+`", "operand"),
    ("a + )", 5, 1, "a value is missing between `+` and `)`", "add a number"),
    ("* a", 1, 1, "an expression cannot begin with `*`", "every element"),
    ("a * / b", 5, 1, "a value is missing between `*` and `/`", "add a number"),
    ("f(a,)", 4, 1, "argument missing after `,`", "remove the `,`"),
    ("a[x,]", 4, 1, "subscript missing after `,`", "remove the `,`"),
    ("a[]", 2, 1, "the subscripts are missing", "name[element]"),
    ("a[x][y]", 5, 1, "a second list of subscripts", "one list"),
    ("(a)[x]", 4, 1, "`[` cannot follow here", "subscripts follow a name"),
    ("1,5", 2, 1, "`,` cannot follow here", "decimal point"),
    ("a:b", 2, 1, "`:` cannot follow here", "square brackets"),
    ("2 (a)", 3, 1, "an operator is missing between `2` and `(`", "`2 * (`"),
    ("(a) b", 5, 1, "an operator is missing between `)` and `b`", "`*`"),
    ('a "b"', 3, 3, "an operator is missing between `a` and `b`", "`a * b`"),
    ("a 25.5", 3, 4, "an operator is missing between `a` and `25.5`", "`a * 25.5`"),
    ("5.5.5", 4, 2, "an operator is missing between `5.5` and `.5`", "`5.5 * .5`"),
    ("if a then b", 1, 2, "this IF has no ELSE", "IF condition THEN value ELSE value"),
    ("if a, b", 5, 1, "THEN is missing before `,`", "IF condition THEN value ELSE value"),
    ("if a then b + c)", 16, 1, "ELSE is missing before `)`", "IF condition"),
    ("if then else + 1", 14, 1, "the condition after IF is missing", "IF condition"),
    ("if then else(a, b)", 1, 18, "takes 3 arguments, not 2", "condition, value, otherwise"),
    ('"abc', 1, 1, '`"` is never closed', 'closing `"`'),
    ('a + ""', 5, 2, "the name between the quotes is empty", ""),
    (r'"a\qb"', 1, 6, r"`\q` is no escape sequence", "backslash"),
    ("'abc", 1, 1, "`'` is never closed", "closing `'`"),
    ("a''", 3, 1, "a second `'`", "remove both"),
    ("{abc", 1, 1, "the comment `{` is never closed", "closing `}`"),
    ("{a {b} c}", 9, 1, "`}` cannot stand here", "do not nest"),
    ("a × b", 3, 1, "`×` (U+00D7) is no operator", "write `*`"),
    ("a ≤ b", 3, 1, "`≤` (U+2264)", "write `<=`"),
    ("−1", 1, 1, "`−` (U+2212)", "write `-`"),
    ("a + （b）", 5, 1, "`（` (U+FF08)", "write `(`"),
    ("“a b”", 1, 1, "`“` (U+201C)", 'write `"`'),
    ("a; b", 2, 1, "`;` cannot stand here", "separated by `,`"),
    ("$a", 1, 1, "`$` cannot stand here", "double quotes"),
    ("a\x00", 2, 1, "U+0000 cannot stand here", "double quotes"),
    ("a[@b]", 4, 1, "a position is missing after `@`", "`@1`"),
    ("@1", 1, 1, "an expression cannot begin with `@`", "square brackets"),
    ("a[*:1]", 5, 1, "a dimension is missing after `*:`", "subrange"),
]


@pytest.mark.parametrize(("text", "column", "width", "message", "hint"), FAULTS)
def test_a_mistake_has_a_place_and_a_way_out(
    text: str, column: int, width: int, message: str, hint: str
) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse_text(text)
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert hint in found.hint
    assert found.place
    assert (found.place.line, found.place.column, found.place.width) == (1, column, width)


def test_the_line_is_shown_with_a_caret() -> None:
    source = Source("case.md", "aux a : 1 =\n  b + 2cd * e\n")
    with pytest.raises(SyntaxFault) as caught:
        parse_expression(source, 11)
    assert str(caught.value) == (
        "case.md:2:7: error: the number `2` runs into `cd`\n"
        "      b + 2cd * e\n"
        "          ^^^\n"
        "  write `2 * cd`, or put a name that begins with a digit in double quotes"
    )


SNIPPETS = st.sampled_from(
    [*"a1.e+-^()[],:*@\"'{}\\<=>\n#é ", "if ", " then ", " else ", "not ", " mod ", "//"]
)


def check_parses_or_is_a_fault(text: str, hash_comments: bool) -> None:
    try:
        tree = parse_expression(Source("fuzz", text), hash_comments=hash_comments)
    except SyntaxFault as fault:
        assert str(fault)
    else:
        assert parse_text(print_expression(tree)) == tree


@given(st.one_of(st.text(), st.lists(SNIPPETS).map("".join)), st.booleans())
@example("a\ud800", False)
@example("²", False)
@example("٣", False)
def test_any_text_parses_or_is_a_fault(text: str, hash_comments: bool) -> None:
    check_parses_or_is_a_fault(text, hash_comments)


@given(st.binary())
def test_any_bytes_parse_or_are_a_fault(data: bytes) -> None:
    check_parses_or_is_a_fault(data.decode("latin-1"), True)


@pytest.mark.parametrize(
    "line",
    [
        "a + " * 2_500_000 + "a",
        "(" * 10_000_000,
        "9" * 10_000_000,
        "a" * 10_000_000,
        '"' * 10_000_001,
    ],
    ids=["sum", "parentheses", "digits", "name", "quotes"],
)
def test_a_line_of_ten_megabytes_is_a_fault_within_seconds(line: str) -> None:
    began = time.perf_counter()
    with pytest.raises(SyntaxFault, match="the limit is"):
        parse_text(line)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "piece", ["a + ", "(", "-", "2^", "f(", "a[", "if a then 1 else ", "9", "not ", "a ", "'", '"']
)
def test_the_longest_texts_take_seconds_at_most(piece: str) -> None:
    began = time.perf_counter()
    try:
        print_expression(parse_text(piece * (290_000 // len(piece)) + "1"))
    except SyntaxFault as fault:
        assert str(fault)
    assert time.perf_counter() - began < 20
