"""What expressions mean: XMILE 1.0, sections 3.2 and 3.3, example by example."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import SyntaxFault
from headwater.language.parser import MAX_DEPTH, parse_expression, parse_reference, parse_text
from headwater.language.source import Source
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
    transform,
    walk,
)

A, B, C, D = (Name(letter) for letter in "abcd")


def test_the_sample_expressions_of_the_standard() -> None:
    assert parse_text("a*b") == Binary("*", A, B)
    assert parse_text("(x < 5) and (y >= 3)") == Binary(
        "and", Binary("<", Name("x"), Number(5)), Binary(">=", Name("y"), Number(3))
    )
    assert parse_text("(-3)^x") == Binary("^", Unary("-", Number(3)), Name("x"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0.0), (".375", 0.375), ("14.", 14.0), ("6E5", 6e5), ("8.123e-10", 8.123e-10)],
)
def test_the_sample_numbers_of_the_standard(text: str, value: float) -> None:
    assert parse_text(text) == Number(value)


def test_signs_are_no_part_of_numbers() -> None:
    assert parse_text("-1") == Unary("-", Number(1))
    assert parse_text("+8.123e-10") == Unary("+", Number(8.123e-10))


# Each line binds tighter than the ones below it (table of section 3.3.1).
LEVELS: list[list[str]] = [
    ["*", "/", "//", "mod"],
    ["+", "-"],
    ["<", "<=", ">", ">="],
    ["=", "<>"],
    ["and"],
    ["or"],
]


@pytest.mark.parametrize("operator", [o for level in LEVELS for o in level])
def test_operators_of_one_level_group_from_the_left(operator: str) -> None:
    level = next(line for line in LEVELS if operator in line)
    for other in level:
        expected = Binary(other, Binary(operator, A, B), C)  # type: ignore[arg-type]
        assert parse_text(f"a {operator} b {other} c") == expected


def test_higher_levels_bind_tighter() -> None:
    for high, line in enumerate(LEVELS):
        for lower in LEVELS[high + 1 :]:
            for tight in line:
                for loose in lower:
                    product = Binary(tight, B, C)  # type: ignore[arg-type]
                    assert parse_text(f"a {loose} b {tight} c") == Binary(loose, A, product)  # type: ignore[arg-type]
                    product = Binary(tight, A, B)  # type: ignore[arg-type]
                    assert parse_text(f"a {tight} b {loose} c") == Binary(loose, product, C)  # type: ignore[arg-type]


def test_powers_group_from_the_right_and_bind_tighter_than_signs() -> None:
    assert parse_text("a^b^c") == Binary("^", A, Binary("^", B, C))
    assert parse_text("-a^b") == Unary("-", Binary("^", A, B))
    assert parse_text("a^-b^c") == Binary("^", A, Unary("-", Binary("^", B, C)))
    assert parse_text("a^-b*c") == Binary("*", Binary("^", A, Unary("-", B)), C)


def test_signs_and_not_bind_tighter_than_products_and_comparisons() -> None:
    assert parse_text("-a*b") == Binary("*", Unary("-", A), B)
    assert parse_text("-a mod b") == Binary("mod", Unary("-", A), B)
    assert parse_text("not a = b") == Binary("=", Unary("not", A), B)
    assert parse_text("NOT NOT a AND b") == Binary("and", Unary("not", Unary("not", A)), B)


PYTHON_OPERATORS = {"+": "+", "-": "-", "*": "*", "/": "/", "%": "mod", "**": "^"}
PYTHON_NODES = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "mod",
    ast.Pow: "^",
}


def from_python(node: ast.expr) -> Expression:
    """Translate Python's own syntax tree; its arithmetic has the standard's precedence."""
    match node:
        case ast.Name(id=name):
            return Name(name)
        case ast.BinOp(left=left, op=op, right=right):
            return Binary(PYTHON_NODES[type(op)], from_python(left), from_python(right))  # type: ignore[arg-type, index]
        case ast.UnaryOp(op=op, operand=operand):
            return Unary("-" if isinstance(op, ast.USub) else "+", from_python(operand))
    raise AssertionError(ast.dump(node))


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 3) -> list[str]:
    """Tokens of an arithmetic expression, as Python writes it."""
    tokens = draw(st.lists(st.sampled_from(["+", "-"]), max_size=2))
    if depth and draw(st.booleans()):
        tokens += ["(", *draw(arithmetic(depth - 1)), ")"]
    else:
        tokens.append(draw(st.sampled_from("abcxyz")))
    if draw(st.integers(0, 3)):
        tokens.append(draw(st.sampled_from(sorted(PYTHON_OPERATORS))))
        tokens += draw(arithmetic(max(depth - 1, 0))) if depth else ["a"]
    return tokens


@given(arithmetic())
def test_arithmetic_groups_as_in_python(tokens: list[str]) -> None:
    ours = " ".join(PYTHON_OPERATORS.get(t, t) for t in tokens)
    theirs = ast.parse(" ".join(tokens), mode="eval").body
    assert parse_text(ours) == from_python(theirs)


def test_conditionals() -> None:
    assert parse_text("IF a THEN b ELSE c + d") == Conditional(A, B, Binary("+", C, D))
    assert parse_text("if (a) then (b) else (c)") == Conditional(A, B, C)
    chain = parse_text("if a then 1 else if b then 2 else 3")
    assert chain == Conditional(A, Number(1), Conditional(B, Number(2), Number(3)))
    nested = parse_text("if a then if b then 1 else 2 else 3")
    assert nested == Conditional(A, Conditional(B, Number(1), Number(2)), Number(3))
    assert parse_text("1 + if a then b else c") == Binary("+", Number(1), Conditional(A, B, C))


def test_a_conditional_may_be_written_as_a_function() -> None:
    assert parse_text("IF THEN ELSE(a, b, c) * d") == Binary("*", Conditional(A, B, C), D)
    nested = parse_text("if a then b else if then else(b, c, d)")
    assert nested == Conditional(A, B, Conditional(B, C, D))


def test_and_or_and_mod_may_be_written_as_functions() -> None:
    assert parse_text("MOD(a, b) + c") == Binary("+", Binary("mod", A, B), C)
    assert parse_text("NOT AND (a, b, c)") == Unary("not", parse_text("a AND b AND c"))
    assert parse_text("IF OR(a = b, c) THEN d ELSE a") == parse_text("IF a = b OR c THEN d ELSE a")
    assert parse_text("a AND (b)") == Binary("and", A, B)


@pytest.mark.parametrize("text", ["AND(a)", "OR()", "MOD(a)", "MOD(a, b, c)"])
def test_operators_written_as_functions_need_their_values(text: str) -> None:
    with pytest.raises(SyntaxFault, match="two"):
        parse_text(text)


def test_calls_and_subscripts() -> None:
    assert parse_text("ABS(a)") == Call(Name("abs"), (A,))
    assert parse_text("f()") == Call(Name("f"), ())
    assert parse_text("max (a, -b)") == Call(Name("max"), (A, Unary("-", B)))
    assert parse_text("table[north](a)") == Call(Name("table", (Name("north"),)), (A,))
    assert parse_text("A[1, *]") == Name("a", (Number(1), Wildcard()))
    assert parse_text("A[1:3]") == Name("a", (Slice(Number(1), Number(3)),))
    assert parse_text("a[*:Inner region]") == Name("a", (Wildcard("Inner_region"),))
    assert parse_text("A[DimM, @1, @2]") == Name("a", (Name("DimM"), Position(1), Position(2)))
    assert parse_text("a[i - 1]") == Name("a", (Binary("-", Name("i"), Number(1)),))


def test_transposition_binds_tighter_than_powers() -> None:
    assert parse_text("a'^b") == Binary("^", Call(Name("transpose"), (A,)), B)
    assert parse_text("A[M, 1, N]'") == Call(
        Name("transpose"), (Name("a", (Name("m"), Number(1), Name("n"))),)
    )


def test_a_string_stands_where_an_operand_can() -> None:
    assert parse_text("f('data.csv', a)") == Call(Name("f"), (Text("data.csv"), A))


def test_comments_are_blanks() -> None:
    assert parse_text("a*b { take product of a and b } + c { then add c }") == parse_text("a*b+c")
    assert parse_text("a {one}\n + {two\nlines} b") == Binary("+", A, B)


def test_hash_comments_where_the_format_has_them() -> None:
    text = 'a # one\n + "b # no comment" # two'
    found = parse_expression(Source("case.md", text), hash_comments=True)
    assert found == Binary("+", A, Name("b # no comment"))
    with pytest.raises(SyntaxFault, match="`#` cannot stand here"):
        parse_text(text)


def test_unequal_has_a_second_spelling() -> None:
    assert parse_text("a != b") == parse_text("a <> b")


def test_only_the_range_is_read() -> None:
    source = Source("case.md", "aux x : 1 = a + b  because c")
    found = parse_expression(source, 12, 17)
    assert found == Binary("+", A, B)
    assert found.span
    assert found.span.text == "a + b"


def test_spans_cover_parentheses_and_operands() -> None:
    tree = parse_text("(a + b) * f(c)")
    spans = {node.span.text for node in walk(tree) if node.span}
    assert spans == {"(a + b) * f(c)", "(a + b)", "a", "b", "f(c)", "c"}


def test_references() -> None:
    source = Source("case.md", "stock net migrants[host, *] : person")
    found = parse_reference(source, 6, 27)
    assert found == Name("net_migrants", (Name("host"), Wildcard()))
    with pytest.raises(SyntaxFault, match="cannot follow"):
        parse_reference(Source("case.md", "a + b"))
    with pytest.raises(SyntaxFault, match="name is missing"):
        parse_reference(Source("case.md", "5"))


def test_a_long_sum_is_read_and_transformed_without_recursion() -> None:
    tree = parse_text("+".join(["a"] * 100_000))
    assert sum(isinstance(node, Name) for node in walk(tree)) == 100_000
    renamed = transform(tree, lambda n: B if isinstance(n, Name) else n)
    assert {node.key for node in walk(renamed) if isinstance(node, Name)} == {"b"}


def test_transform_keeps_what_does_not_change() -> None:
    tree = parse_text("if a[x] then -f(b) else c[1:2] + g[d](1)")
    assert transform(tree, lambda n: n) is tree
    swapped = transform(tree, lambda n: Number(0) if n in (B, D) else n)
    assert swapped == parse_text("if a[x] then -f(0) else c[1:2] + g[0](1)")


@pytest.mark.parametrize("shape", ["({})", "f({})", "a[{}]", "-{}", "2^{}", "if a then {} else b"])
def test_deep_nesting_is_a_fault_and_half_of_it_is_none(shape: str) -> None:
    text = "x"
    for _ in range(MAX_DEPTH // 3):
        text = shape.format(text)
    parse_text(text)
    for _ in range(MAX_DEPTH):
        text = shape.format(text)
    with pytest.raises(SyntaxFault, match="levels deep"):
        parse_text(text)


def test_a_caller_deep_in_calls_gets_a_fault_too() -> None:
    def descend(levels: int) -> Expression:
        return descend(levels - 1) if levels else parse_text("f(" * 60 + "1" + ")" * 60)

    with pytest.raises(SyntaxFault, match="levels deep"):
        descend(700)


def test_a_long_chain_of_cases_is_read() -> None:
    tree = parse_text("if a then 1 else " * 300 + "0")
    assert sum(isinstance(node, Conditional) for node in walk(tree)) == 300
    with pytest.raises(SyntaxFault, match="more than 300 cases"):
        parse_text("if a then 1 else " * 600 + "0")
