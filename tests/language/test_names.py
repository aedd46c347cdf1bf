"""When two spellings name the same thing (XMILE 1.0, section 3.2.2)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.language.names import canonical

words = st.lists(st.from_regex(r"[A-Za-z0-9%é]+", fullmatch=True), min_size=1, max_size=3)
blanks = st.sampled_from([" ", "_", "  ", "__", " _ ", "\t", "\\n", "\\r\\n", "\u00a0"])


@given(words=words, blanks=st.lists(blanks, min_size=2, max_size=2), quoted=st.booleans())
def test_case_and_blanks_between_words_do_not_matter(
    words: list[str], blanks: list[str], quoted: bool
) -> None:
    expected = "_".join(word.lower() for word in words)
    for spelt in (words, [word.upper() for word in words]):
        text = spelt[0] + "".join(b + w for b, w in zip(blanks, spelt[1:], strict=False))
        for given_name in (text, f" {text} "):
            assert canonical(f'"{given_name}"' if quoted else given_name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_a", "_a"),
        ("a_", "a_"),
        ("__a__b", "_a_b"),
        (" a", "a"),
        ("a ", "a"),
        ("", ""),
        ("_", "_"),
        ("2x", "2x"),
        ("a.b", "a.b"),
        ("Straße", "strasse"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),
    ],
)
def test_names_at_the_edges(name: str, expected: str) -> None:
    assert canonical(name) == expected


@given(name=st.text('aB_ 1.\\n"\u00a0é', max_size=8))
def test_a_form_for_look_ups_is_its_own(name: str) -> None:
    form = canonical(name)
    assert not re.search(r"__| |[A-Z]", form)
    if '"' not in form and "\\" not in form:
        assert canonical(form) == form
