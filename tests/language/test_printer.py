"""The canonical text of expressions: it reads back as the same tree, and needs no change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.language.parser import parse_text
from headwater.language.printer import print_expression, print_name, print_number
from headwater.language.syntax import Binary, Expression, Name, Number
from language.trees import trees

# What is written, and its canonical form: no parenthesis more than the meaning needs.
CANONICAL = [
    ("a+b*c", "a + b * c"),
    ("(a+b)*c", "(a + b) * c"),
    ("(a*b)+c", "a * b + c"),
    ("a-(b-c)", "a - (b - c)"),
    ("(a-b)-c", "a - b - c"),
    ("a/(b*c)", "a / (b * c)"),
    ("a//b mod c", "a // b MOD c"),
    ("(a^b)^c", "(a^b)^c"),
    ("a^(b^c)", "a^b^c"),
    ("-(a^b)", "-a^b"),
    ("(-a)^b", "(-a)^b"),
    ("a^(-b)", "a^-b"),
    ("a^(not b)", "a^(NOT b)"),
    ("-(a*b)", "-(a * b)"),
    ("(-a)*b", "-a * b"),
    ("a*(-b)", "a * -b"),
    ("not(a=b)", "NOT (a = b)"),
    ("a<(b<c)", "a < (b < c)"),
    ("(a or b) and c", "(a OR b) AND c"),
    ("a or (b and c)", "a OR b AND c"),
    ("a!=b", "a <> b"),
    ("if(a)then(b)else(c)", "IF a THEN b ELSE c"),
    ("if a then b else (if c then d else e)", "IF a THEN b ELSE IF c THEN d ELSE e"),
    ("(if a then b else c)+1", "(IF a THEN b ELSE c) + 1"),
    ("1+if a then b else c", "1 + (IF a THEN b ELSE c)"),
    ("f( a ,b )", "f(a, b)"),
    ("net birth rate", "net_birth_rate"),
    ('"net birth rate"', "net_birth_rate"),
    ('"wom+mult"', '"wom+mult"'),
    (r'"a\nb"', "a_b"),
    ("a[ x , * ,*:y,1:3,@2]", "a[x, *, *:y, 1:3, @2]"),
    ("(a)'", "a'"),
    ("(a+b)'", "(a + b)'"),
    ("a {comment}", "a"),
    ("1.50", "1.5"),
    ("007", "7"),
    ("1E+3", "1000"),
    (".5", "0.5"),
    ("1e-7", "1e-07"),
]


@pytest.mark.parametrize(("text", "canonical"), CANONICAL)
def test_canonical_forms(text: str, canonical: str) -> None:
    assert print_expression(parse_text(text)) == canonical


@given(trees)
def test_the_text_reads_back_as_the_same_tree(tree: Expression) -> None:
    assert parse_text(print_expression(tree)) == tree


@given(trees)
def test_printing_is_idempotent(tree: Expression) -> None:
    once = print_expression(tree)
    assert print_expression(parse_text(once)) == once


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_numbers_read_back_to_the_last_bit(value: float) -> None:
    found = parse_text(print_number(value))
    assert isinstance(found, Number)
    assert found.value == value


def test_numbers_that_no_literal_can_hold() -> None:
    assert print_expression(Binary("-", Name("a"), Number(-3))) == "a - -3"
    assert print_expression(Binary("^", Number(-3), Name("a"))) == "(-3)^a"
    assert print_number(float("inf")) == "INF"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Net Rate", "Net_Rate"),
        ("if", '"if"'),
        ("2x", '"2x"'),
        ("_x", '"_x"'),
        ("a.b c", "a.b_c"),
        ("a.2x", '"a.2x"'),
        ('a"b', r'"a\"b"'),
        ("a\\b", r'"a\\b"'),
        ("$", '"$"'),
    ],
)
def test_names_are_quoted_where_they_must_be(name: str, shown: str) -> None:
    assert print_name(name) == shown
    assert parse_text(shown) == Name(name)


def test_long_chains_do_not_recurse() -> None:
    text = " + ".join(["a"] * 50_000)
    assert print_expression(parse_text(text)) == text
    cases = "IF a THEN 1 ELSE " * 300 + "0"
    assert print_expression(parse_text(cases)) == cases
