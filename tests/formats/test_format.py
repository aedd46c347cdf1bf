"""The canonical layout of model blocks: what it is, and that it changes blanks only."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.case_texts import EVERYTHING, FENCE, case_text, read, without_blanks
from headwater.errors import SyntaxFault
from headwater.formats.literate import read_case_text
from headwater.formats.literate.layout.format import format_text
from headwater.language.printer import print_expression
from headwater.language.syntax import Expression, Text, walk
from headwater.model.case import Case
from language.trees import trees


def formatted(block: str) -> str:
    text = format_text(case_text(block), "case.md")
    return text.split(f"{FENCE}headwater\n")[1].split(FENCE)[0]


def bare(case: Case) -> Case:
    """A case without the text that it was read from."""
    return replace(case, parts=())


SPACING = {
    "aux x = d'or*Cote d'Azur-a'": "aux x = d'or * Cote d'Azur - a'",
    "AUX  a:1=1": "aux a : 1 = 1",
    "aux a=-b*- c^-2": "aux a = -b * -c^-2",
    "aux a : 1 = f( x,y )+(1-z)/ 2": "aux a : 1 = f(x, y) + (1 - z) / 2",
    "aux a : 1 = if(b>=c)and not(d<>e)then 1 else(2)": (
        "aux a : 1 = if (b >= c) and not (d <> e) then 1 else (2)"
    ),
    "aux a [x,y] : 1 = b[ x-1 , * ]+c[1 : 3]": "aux a[x, y] : 1 = b[x - 1, *] + c[1:3]",
    "aux a : person / year = 1": "aux a : person/year = 1",
    "aux a : ship/yea , r=1": "aux a : ship/yea , r = 1",
    "aux a : m3 / ( person * year ) = 1": "aux a : m3/(person*year) = 1",
    'aux a : 1 = "b  c"+1  #why': 'aux a : 1 = "b  c" + 1  #why',
    "aux a : 1 = b{ {why}+1": "aux a : 1 = b { {why} + 1",
    "aux a : 1 = net   births rate": "aux a : 1 = net births rate",
    "constant a : 1 = 1 range -1 to -inf because x-y,z": (
        "constant a : 1 = 1  range -1 to -inf  because x-y, z"
    ),
    'constant a : 1 = 1 uncertain normal(0,1) truncated -1 to 1 shared note "n"': (
        'constant a : 1 = 1  uncertain normal(0, 1) truncated -1 to 1 shared  note "n"'
    ),
    "constant a[d] : 1 = { b:1,others :{c: -2} }": "constant a[d] : 1 = {b: 1, others: {c: -2}}",
    "graph a : 1 of year = (0,-1)(2,3) discrete": "graph a : 1 of year = (0, -1) (2, 3)  discrete",
    "data a : 1 = x/y-z.csv,column b,time c,where d e-f and g h interpolate hold": (
        "data a : 1 = x/y-z.csv, column b, time c, where d e-f and g h  interpolate hold"
    ),
    "dimension a of b=c,d": "dimension a of b = c, d",
    "unit a=b * c": "unit a = b*c",
    "correlate a with b at -0.5": "correlate a with b at -0.5",
    'check "t" when a=0 then b=-1 tolerance 1e-6': (
        'check "t" when a = 0 then b = -1  tolerance 1e-6'
    ),
    'compare a with b from 2000 to 2010   "held out"': (
        'compare a with b from 2000 to 2010 "held out"'
    ),
    'outcome a [b] "c"': 'outcome a[b] "c"',
}


@pytest.mark.parametrize("block", SPACING)
def test_spacing(block: str) -> None:
    assert formatted(block) == SPACING[block] + "\n"


def test_neighbours_stand_in_columns() -> None:
    block = """
flow departures[host] : person/year = young
flow returns[host] : person = migrants
aux x : 1 = 2  note "n"

aux alone : 1 = 2
aux of_several_lines : 1 = 2
  note "n"
"""
    assert formatted(block) == (
        "flow departures[host] : person/year = young\n"
        "flow returns[host]    : person      = migrants\n"
        'aux x                 : 1           = 2  note "n"\n'
        "\n"
        "aux alone : 1 = 2\n"
        "aux of_several_lines : 1 = 2\n"
        '  note "n"\n'
    )


def test_columns_end_where_names_differ_too_much() -> None:
    block = "aux a : 1 = 2\naux a_name_that_is_longer_than_all_the_others : 1 = 2\n"
    assert formatted(block) == block


def test_indentation() -> None:
    block = """
stock a : 1 = {
 home: 1,
        others: 2   # rest
 }
      + b
# in
      - c
    because d,
 e-f
aux g : 1 = min(1,
  h
  )
     * 2
variant v "V"

      note "n"


      aux i : 1 =
       1
        # why
        note "m
          m"
policy p
     a = 1 +
      2
     because x-y
expect e-f "E"
        claim c-d
        that at(x, 1) > 1
         and y
"""
    assert formatted(block) == (
        "stock a : 1 = {\n"
        "    home: 1,\n"
        "    others: 2  # rest\n"
        "  }\n"
        "  + b\n"
        "  # in\n"
        "  - c\n"
        "  because d,\n"
        "    e-f\n"
        "aux g : 1 = min(1,\n"
        "      h\n"
        "    )\n"
        "    * 2\n"
        'variant v "V"\n'
        '  note "n"\n'
        "\n"
        "  aux i : 1 =\n"
        "      1\n"
        "    # why\n"
        '    note "m\n'
        '      m"\n'
        "policy p\n"
        "  a = 1 +\n"
        "    2\n"
        "  because x-y\n"
        'expect e-f "E"\n'
        "  claim c-d\n"
        "  that at(x, 1) > 1\n"
        "    and y\n"
    )


def test_prose_and_line_ends_are_kept() -> None:
    prose = "---\ntime:   0 to 1\n---\n#  A   title  \n\n* b\n\n```python\naux   a\n```\n\ttext  "
    text = prose + f"\n{FENCE}headwater\naux  a=1\n{FENCE}\n  end"
    wanted = prose + f"\n{FENCE}headwater\naux a = 1\n{FENCE}\n  end"
    assert format_text(text, "a.md") == wanted
    windows = text.replace("\n", "\r\n")
    assert format_text(windows, "a.md") == wanted.replace("\n", "\r\n")


def test_blocks_in_lists_keep_their_indentation() -> None:
    text = f"1. A point:\n\n   {FENCE}headwater\n   stock a=1\n    +b\n   {FENCE}\n"
    wanted = f"1. A point:\n\n   {FENCE}headwater\n   stock a = 1\n     + b\n   {FENCE}\n"
    assert format_text(text, "a.md") == wanted


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(SyntaxFault, match=r"a\.md:5:1: error: unknown statement `stok`"):
        format_text(case_text("stok a = 1"), "a.md")


def test_everything_survives() -> None:
    text = case_text(EVERYTHING)
    once = format_text(text, "case.md")
    assert once != text
    assert format_text(once, "case.md") == once
    assert bare(read_case_text(once)) == bare(read_case_text(text))
    assert without_blanks(once) == without_blanks(text)


@st.composite
def spaced(draw: st.DrawFn) -> str:
    """The statements of ``EVERYTHING``, with other blanks where blanks may stand."""
    lines = []
    quoted = False
    for line in EVERYTHING.split("\n"):
        pieces = line.split('"')
        out = []
        for number, piece in enumerate(pieces):
            inside = quoted != (number % 2 == 1)
            content = piece if number else piece.lstrip(" ")
            indent = piece[: len(piece) - len(content)]
            if not inside and "#" not in line and ", " in content:
                content = content.replace(", ", draw(st.sampled_from([",", ", ", " ,   "])))
            if not inside and "#" not in line:
                content = content.replace(" ", draw(st.sampled_from([" ", "  "])))
            out.append(indent + content)
        quoted = quoted != (len(pieces) % 2 == 0)
        lines.append(
            '"'.join(out) + draw(st.sampled_from(["", "", " ", "  # note"])) * (not quoted)
        )
        if not quoted:
            lines += draw(st.sampled_from([[], [], [""], ["", ""], ["  # on its own"]]))
    return "\n".join(lines)


@settings(max_examples=25)
@given(spaced())
def test_blanks_are_all_that_changes(block: str) -> None:
    text = case_text(block)
    once = format_text(text, "case.md")
    assert format_text(once, "case.md") == once
    assert without_blanks(once) == without_blanks(text)
    assert bare(read_case_text(once)) == bare(read(EVERYTHING))


def in_a_case(tree: Expression) -> bool:
    """Tell whether a case can hold an expression: it has no strings, and one kind of line end."""
    texts = any(isinstance(node, Text) for node in walk(tree))
    return not texts and not set("\r\0") & set(print_expression(tree))


@given(trees.filter(in_a_case))
def test_expressions_survive(tree: Expression) -> None:
    text = case_text(f"aux a : 1 = {print_expression(tree)}")
    once = format_text(text, "case.md")
    assert format_text(once, "case.md") == once
    assert without_blanks(once) == without_blanks(text)
    (variable,) = read_case_text(once).project.variables
    assert variable.equations[0].expression == tree  # type: ignore[union-attr]
