"""The ``outcome`` statement: direction and threshold."""

from __future__ import annotations

import pytest

from headwater.errors import HeadwaterError
from headwater.formats.literate.layout.format import format_text
from headwater.formats.literate.reader import read_case_text
from headwater.model.case import Enough, Outcome

HEAD = "---\ntime: 0 to 2 year, step 1\n---\n```headwater\nstock fish : ton = 1\n"


def outcome(text: str) -> Outcome:
    """The outcome that a block declares."""
    (found,) = read_case_text(f"{HEAD}{text}\n```\n", "case.md", None).outcomes
    return found


@pytest.mark.parametrize(
    ("text", "better", "good"),
    [
        ('outcome fish "Fish"', "", None),
        ("outcome fish better lower", "lower", None),
        ("outcome fish\n  better Higher", "higher", None),
        ("outcome fish\n  good at most 80%", "lower", Enough(0.8, at_most=True, relative=True)),
        ("outcome fish good at least 0.3", "higher", Enough(0.3, at_most=False)),
        ("outcome fish good at least -2", "higher", Enough(-2.0, at_most=False)),
        (
            "outcome fish\n  better higher\n  good at most 1/4",
            "higher",
            Enough(0.25, at_most=True),
        ),
    ],
)
def test_direction_and_threshold(text: str, better: str, good: Enough | None) -> None:
    found = outcome(text)
    assert (found.better, found.good) == (better, good)
    assert found.variable.key == "fish"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("outcome", "expected a variable"),
        ("outcome fish better more", "expected lower or higher"),
        ("outcome fish better", "expected lower or higher"),
        ("outcome fish good 3", "expected `at most` or `at least`"),
        ("outcome fish good", "expected `at most` or `at least`"),
        ("outcome fish good at most x", "what is good enough"),
        ("outcome fish better lower better lower", "given twice"),
    ],
)
def test_what_cannot_be_read_has_a_place_and_a_way_out(text: str, said: str) -> None:
    with pytest.raises(HeadwaterError, match=said) as caught:
        outcome(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.place is not None and diagnostic.place.line == 6


def test_the_formatter_leaves_it_as_it_is() -> None:
    text = f"{HEAD}outcome fish\n  better higher\n  good at least 80%\n```\n"
    assert format_text(text, "case.md") == text
    wide = text.replace("better higher", "better    higher").replace("  good", "    good")
    assert format_text(format_text(wide, "a"), "a") == format_text(wide, "a")
