"""Random syntax trees, as the parser can build them."""

from hypothesis import strategies as st

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
)

BINARY = ("^", "*", "/", "//", "mod", "+", "-", "<", "<=", ">", ">=", "=", "<>", "and", "or")

plain_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
spellings = st.one_of(
    st.sampled_from(["a", "b", "TIME", "net birth rate", "m.x", ".root", "if", "2x", "_x", "x_"]),
    st.sampled_from(
        ['say "hi"', "back\\slash", "a.b c", "Größe", "low–high", "–x", "a\nb", "$", "."]
    ),
    plain_texts.filter(lambda t: t.strip() != ""),
)
numbers = st.floats(min_value=0, allow_nan=False, allow_infinity=False).map(Number)
leaves = st.one_of(numbers, spellings.map(Name), plain_texts.map(Text))


def _subscripts(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    dimensions = st.sampled_from(["", "Region", "sub range", "2x"])
    return st.one_of(
        inner,
        dimensions.map(lambda d: Wildcard("_".join(d.split()))),
        st.integers(1, 9).map(Position),
        st.builds(Slice, inner, inner),
    )


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    lists = st.lists(inner, max_size=3).map(tuple)
    references = st.builds(
        Name, spellings, st.lists(_subscripts(inner), min_size=1, max_size=3).map(tuple)
    )
    functions = st.one_of(st.builds(Name, st.sampled_from(["f", "MAX", "transpose"])), references)
    return st.one_of(
        references,
        st.builds(Call, functions, lists),
        st.builds(Unary, st.sampled_from(["-", "+", "not"]), inner),
        st.builds(Binary, st.sampled_from(BINARY), inner, inner),
        st.builds(Conditional, inner, inner, inner),
    )


trees: st.SearchStrategy[Expression] = st.recursive(leaves, _larger, max_leaves=12)
