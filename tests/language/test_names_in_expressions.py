"""Identifiers in expressions: XMILE 1.0, section 3.2.2."""

import pytest

from headwater.errors import SyntaxFault
from headwater.language.builtins import find
from headwater.language.parser import parse_text
from headwater.language.syntax import Binary, Name


def name(text: str) -> Name:
    found = parse_text(text)
    assert isinstance(found, Name)
    return found


@pytest.mark.parametrize(
    "spelling",
    [
        "wom_multiplier",
        '"wom multiplier"',
        r'"wom\nmultiplier"',
        "wom______multiplier",
        "WOM_Multiplier",
        "wom multiplier",
        "wom \t multiplier",
        "wom\u00a0multiplier",
    ],
)
def test_equivalent_spellings(spelling: str) -> None:
    assert name(spelling).key == "wom_multiplier"


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("Cash_Balance", "Cash_Balance"),
        ("draining2", "draining2"),
        ('"wom multiplier"', "wom multiplier"),
        (r'"revenue\ngap"', "revenue\ngap"),
        (r'"a \"quoted\" name"', 'a "quoted" name'),
        (r'"back\\slash"', "back\\slash"),
        ('"2x"', "2x"),
        ('"$"', "$"),
        ('"a {no comment} + b"', "a {no comment} + b"),
        ("größe", "größe"),
        ("人口", "人口"),
        ("CO₂_in_air", "CO₂_in_air"),
        ("low–high", "low–high"),
        ("cost$", "cost$"),
    ],
)
def test_spellings_are_kept(text: str, spelled: str) -> None:
    assert name(text).text == spelled


def test_an_apostrophe_between_letters_belongs_to_a_name() -> None:
    """Stella writes such names without quotes; one at the end transposes."""
    assert name("Women's_share").text == "Women's_share"
    assert name("driver's own rate").text == "driver's own rate"
    found = parse_text("women's_share'*b'")
    assert isinstance(found, Binary)
    transposed = parse_text('TRANSPOSE("women\'s_share")')
    assert found.left == transposed


def test_case_does_not_matter_beyond_the_roman_letters() -> None:
    assert name("STRASSE") == name("straße")
    assert name("ΣΊΣΥΦΟΣ") == name("σίσυφος")


def test_wide_blanks_and_letters_are_no_blanks_and_no_roman_letters() -> None:
    with pytest.raises(SyntaxFault, match=r"U\+2003"):
        parse_text("a\u2003b")
    assert name("ａ").key != "a"
    assert name("price（net）").text == "price（net）"


def test_qualified_names() -> None:
    assert name("marketing.expenditures").text == "marketing.expenditures"
    assert name(".cost").text == ".cost"
    assert name('isee.utils."find it"').text == "isee.utils.find it"
    with pytest.raises(SyntaxFault, match=r"`\.` cannot stand here"):
        parse_text("funcs . find")


def test_words_join_into_one_name_up_to_a_keyword() -> None:
    assert parse_text("net birth rate + b") == Binary("+", Name("net_birth_rate"), Name("b"))
    assert parse_text("net rate mod b c") == Binary("mod", Name("net_rate"), Name("b_c"))
    assert name("cohort 2").key == "cohort_2"
    assert parse_text("notable and android") == Binary("and", Name("notable"), Name("android"))


def test_line_breaks_do_not_join_words() -> None:
    with pytest.raises(SyntaxFault, match="an operator is missing between `a b` and `c`"):
        parse_text("a b\nc")


def test_keywords_can_be_quoted() -> None:
    assert parse_text('"if" + "Mod"') == Binary("+", Name("if"), Name("mod"))


def test_functions_are_found_whatever_their_case() -> None:
    for spelling in ("smth1", "SMTH1", "Smth1"):
        found = find(spelling)
        assert found
        assert found.name == "SMTH1"
    assert find("if then else") is find("IF_THEN_ELSE")
