"""Broken cases: whatever is done to a valid one, the only exceptions are Headwater's own."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from formats.case_texts import EVERYTHING, case_text
from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text
from headwater.formats.literate.layout.format import format_text

FRONT = """---
title: A title
time: 2000 to 2010 year, step 1/4, save 1
method: rk4
parts: []
limits:
  - One.
seed: 3
runs: 10
---
# A heading

"""
TEXT = case_text(EVERYTHING, front=FRONT)
LINES = TEXT.split("\n")
SIGNS = list("\n\t\"'#{}()[]:=+-*/^,.<>~`$\\")
WORDS = ["to", "then", "if", "range", "uncertain", "note", "because", "others", "inf", "1e999", "0"]
SCRAPS = [
    "\n  ",
    "```",
    "---",
    "\u00a0",
    "\u2212",
    "\0",
    "é",
    "x" * 300,
    "{a: {b: 1}}",
    "[home, 2]",
]
PIECES = st.sampled_from([*SIGNS, *WORDS, *SCRAPS])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid case after some edits."""
    text = TEXT
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        match draw(st.integers(0, 4)):
            case 0:
                text = text[:at] + text[at + draw(st.integers(1, 40)) :]
            case 1:
                text = text[:at] + draw(PIECES) + text[at:]
            case 2:
                text = text[:at] + draw(st.text(max_size=5)) + text[at:]
            case 3:
                begin = draw(st.integers(0, len(text)))
                text = text[:at] + text[begin : begin + draw(st.integers(1, 200))] + text[at:]
            case _:
                lines = text.split("\n")
                row = draw(st.integers(0, len(lines) - 1))
                lines[row] = draw(st.sampled_from(LINES))
                text = "\n".join(lines)
    return text


@settings(max_examples=120)
@given(mutated())
def test_edits_of_a_case(text: str) -> None:
    for function in (read_case_text, lambda t: format_text(t, "case.md")):
        try:
            function(text)
        except HeadwaterError as error:
            assert error.diagnostics
            assert all(d.message and d.place and d.place.line for d in error.diagnostics)
            error.render()


@settings(max_examples=120)
@given(mutated())
def test_what_can_be_read_can_be_laid_out(text: str) -> None:
    try:
        before = read_case_text(text)
    except HeadwaterError:
        return
    once = format_text(text, "case.md")
    assert format_text(once, "case.md") == once
    after = read_case_text(once)
    assert after.project.variables == before.project.variables
    assert after.policies == before.policies
    assert after.variants == before.variants
    assert after.expectations == before.expectations
    assert after.checks == before.checks


@given(
    st.text(alphabet=st.sampled_from('time,value\n\r"1234567890.-eNa; \t\u00e9'), max_size=80),
    st.sampled_from(["", "time,value\n", "time,value\n1,2\n"]),
)
def test_any_data_file(content: str, start: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.csv").write_text(start + content, encoding="utf-8", newline="")
        try:
            read_case_text(case_text("data a : 1 = a.csv"), folder=folder)
        except HeadwaterError as error:
            assert all(d.message and d.place for d in error.diagnostics)
