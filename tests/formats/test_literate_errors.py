"""What is wrong with a case, where, and what to do: one clear error for each mistake."""

import pytest

from formats.case_texts import FIRST_LINE, case_text, fault
from headwater.errors import CaseError, Diagnostic, HeadwaterError, ModelError, SyntaxFault
from headwater.formats.literate import read_case_text

DIMENSIONS = "dimension place = home, north\n"


def only(error: HeadwaterError) -> Diagnostic:
    assert len(error.diagnostics) == 1, str(error)
    return error.diagnostics[0]


def spot(found: Diagnostic) -> str:
    """The characters that the carets stand under."""
    place = found.place
    assert place is not None
    return place.text[place.column - 1 : place.column - 1 + place.width]


# The block, words of the message, the characters pointed at, words of the hint.
MISTAKES = {
    "unknown statement": ("stok a : 1 = 1", "unknown statement `stok`", "stok", "`stock`"),
    "another tool's word": ("parameter a : 1 = 1", "unknown statement", "parameter", "`constant`"),
    "no keyword": ("+ births", "expected a keyword", "+ births", "indent"),
    "clause at the margin": ('aux a : 1 = 1\nnote "n"', "unknown statement", "note", "indent"),
    "indented at first": ('  note "n"', "continues no statement", 'note "n"', "left margin"),
    "no name": ("stock", "expected a name", "stock", "stock name : unit"),
    "no equation": ("stock a : person", "expected `= …`", "a", "stock name : unit"),
    "nothing after =": ("aux a : 1 =", "nothing follows", "=", "aux name : unit"),
    "no unit": ("aux a : = 1", "the unit is missing", ":", "aux name : unit"),
    "no input unit": ("graph a : 1 of = (0, 1) (1, 1)", "the unit is missing", ":", "graph name"),
    "number as a name": ("aux 2 : 1 = 1", "a name is missing", "2", "name of a variable"),
    "unknown clause": (
        "aux a : 1 = 1\n  becuase b",
        "unknown clause `becuase`",
        "becuase",
        "`because`",
    ),
    "unknown clause after a number": (
        "constant a : 1 = 1  uncertian normal(1, 2)",
        "unknown clause `uncertian`",
        "uncertian",
        "`uncertain`",
    ),
    "clause twice": ('aux a : 1 = 1 note "n" note "m"', "given twice", "note", "keep one"),
    "because nothing": ("aux a : 1 = 1 because", "names nothing", "because", "claims.yaml"),
    "because words": ('aux a : 1 = 1 because "it is so"', "is no id", '"it is so"', "`assume`"),
    "note without quotes": ("aux a : 1 = 1 note why", "in quotes", "why", "straight double"),
    "curly quotes": ("aux a : 1 = 1 note “why”", "in quotes", "“why”", "straight double"),
    "empty note": ('aux a : 1 = 1 note ""', "is empty", '""', "remove"),
    "open quote": ('aux a : 1 = 1 note "why', "never closed", '"', "closing"),
    "open comment": ("aux a : 1 = 1 {why", "never closed", "{", "closing"),
    "range without to": ("aux a : 1 = 1 range 0", "two numbers", "0", "range LOW to HIGH"),
    "range of a name": ("aux a : 1 = 1 range 0 to b", "expected the high end", "b", "1/3"),
    "range upside down": ("aux a : 1 = 1 range 3 to 2", "3 is above", "3 to 2", "range 2 to 3"),
    "value out of range": ("constant a : 1 = 5 range 0 to 2", "5 is outside", "5", "widen"),
    "value out of its distribution": (
        "constant a : 1 = 5 uncertain uniform(0, 2)",
        "outside of its own distribution",
        "5",
        "correct",
    ),
    "value out of its truncation": (
        "constant a : 1 = 5 uncertain normal(5, 1) truncated 0 to 4",
        "outside of its own distribution",
        "5",
        "correct",
    ),
    "distribution out of range": (
        "constant a : 1 = 1 range 0 to 2 uncertain uniform(0, 3)",
        "outside of the range",
        "uniform(0, 3)",
        "widen",
    ),
    "uncertain aux": ("aux a : 1 = 1 uncertain normal(0, 1)", "takes no", "uncertain", "because"),
    "no distribution": ("constant a : 1 = 1 uncertain", "distribution", "uncertain", "lognormal"),
    "unknown distribution": (
        "constant a : 1 = 1 uncertain unifrom(0, 1)",
        "unknown distribution",
        "unifrom",
        "`uniform`",
    ),
    "arguments": ("constant a : 1 = 1 uncertain normal(1)", "other arguments", "normal(1)", "sd"),
    "uniform upside down": (
        "constant a : 1 = 1 uncertain uniform(2, 1)",
        "not below",
        "uniform(2, 1)",
        "low, high",
    ),
    "mode outside": (
        "constant a : 1 = 1 uncertain triangular(0, 3, 2)",
        "the mode 3 is outside",
        "triangular(0, 3, 2)",
        "low, mode, high",
    ),
    "no spread": ("constant a : 1 = 1 uncertain normal(1, 0)", "not above 0", "normal(1, 0)", "sd"),
    "gsd of one": (
        "constant a : 1 = 1 uncertain lognormal(1, 1)",
        "not above 1",
        "lognormal(1, 1)",
        "gsd",
    ),
    "negative median": (
        "constant a : 1 = 1 uncertain lognormal(-1, 2)",
        "median -1",
        "lognormal(-1, 2)",
        "gsd",
    ),
    "beta shapes": ("constant a : 1 = 1 uncertain beta(0, 1)", "shapes", "beta(0, 1)", "beta"),
    "weight of zero": ("constant a : 1 = 1 uncertain discrete(1: 0)", "weight 0", "0", "leave out"),
    "value twice": (
        "constant a : 1 = 1 uncertain discrete(1: 1, 1: 2)",
        "listed twice",
        "1",
        "keep one",
    ),
    "no weight": ("constant a : 1 = 1 uncertain discrete(1, 2)", "value: weight", "1", "discrete"),
    "empty truncation": (
        "constant a : 1 = 1 uncertain uniform(0, 1) truncated 2 to 3",
        "leaves no value",
        "2 to 3",
        "0 to 1",
    ),
    "truncated alone": (
        "constant a : 1 = 1 truncated 0 to 1",
        "needs `uncertain`",
        "truncated",
        "",
    ),
    "not finite": ("constant a : 1 = 1 range 0 to 1/0", "must be finite", "1/0", "finite"),
    "constant of 1/0": ("constant a : 1 = 1/0", "not a finite number", "1/0", "finite"),
    "unknown dimension": (
        DIMENSIONS + "aux a[plase] : 1 = 1",
        "no dimension `plase`",
        "a[plase]",
        "`place`",
    ),
    "list without dimension": (
        "aux a : 1 = {home: 1}",
        "needs a dimension",
        "{home: 1}",
        "declare",
    ),
    "element missing": (
        DIMENSIONS + "aux a[place] : 1 = {home: 1}",
        "no value for `north`",
        "{home: 1}",
        "others",
    ),
    "unknown element": (
        DIMENSIONS + "aux a[place] : 1 = {hom: 1, others: 2}",
        "no element `hom`",
        "hom",
        "`home`",
    ),
    "element twice": (
        DIMENSIONS + "aux a[place] : 1 = {home: 1, home: 2}",
        "given twice",
        "home",
        "keep one",
    ),
    "element without value": (
        DIMENSIONS + "aux a[place] : 1 = {home: 1, north}",
        "element: value",
        "north",
        "others",
    ),
    "subscript of a declaration": (
        DIMENSIONS + "aux a[place + 1] : 1 = 1",
        "name of a dimension",
        "place + 1",
        "name[place, age]",
    ),
    "element of a subrange": (
        DIMENSIONS + "dimension away of place = south",
        "no element `south`",
        "away",
        "`north`",
    ),
    "parent missing": (
        "dimension away of place = south",
        "no dimension `place`",
        "away",
        "declare",
    ),
    "element listed twice": ("dimension place = a, b, A", "listed twice", "a, b, A", "keep one"),
    "numbers upside down": ("dimension age = 5 to 1", "above the last", "5 to 1", "1 to 5"),
    "too many elements": ("dimension age = 1 to 10000000", "too many", "1 to 10000000", "100,000"),
    "dimension without elements": ("dimension age", "expected `= elements`", "age", "1 to 5"),
    "unit with a factor": ("unit ton = 1000 kilogram", "no factors", "1000 kilogram", "factor"),
    "point without y": ("graph g : 1 = (0) (1, 2)", "two coordinates", "(0)", "(0, 1)"),
    "one point": ("graph g : 1 = (0, 1)", "two points", "(0, 1)", "(0, 1) (2, 1.5)"),
    "points out of order": ("graph g : 1 = (1, 0) (0, 1)", "does not lie after", "(0, 1)", "order"),
    "no points": ("graph g : 1 = 3 + x", "expected a point", "3 + x", "(0, 1)"),
    "two kinds of graph": (
        "graph g : 1 = (0, 1) (1, 2) discrete continuous",
        "one kind",
        "continuous",
        "keep one",
    ),
    "flow without name": ("stock a : 1 = 1\n  +", "nothing follows the `+`", "+", "+ name"),
    "check without title": ("check always a > 1", "title", "always a > 1", "always CONDITION"),
    "check of nothing": ('check "t"', "always, at or when", '"t"', "always CONDITION"),
    "when without then": ('check "t" when a = 0', "needs `then`", "when", "then"),
    "when a condition": (
        'check "t" when a > 0 then b = 0',
        "name = value",
        "a > 0",
        "when migrants",
    ),
    "expect without claim": ("expect e\n  that a > 1", "has no `claim`", "e", "claim claim_id"),
    "expect without that": ("expect e\n  claim c", "has no `that`", "e", "that"),
    "clause of expect": (
        "expect e\n  claim c\n  taht a > 1",
        "unknown clause `taht`",
        "taht",
        "`that`",
    ),
    "link without freed": (
        "expect e\n  claim c\n  that a > 1\n  link b cut 0",
        "freed",
        "b cut 0",
        "freed -1 to 1",
    ),
    "link freed at a point": (
        "expect e\n  claim c\n  that a > 1\n  link b cut 0 freed 1 to 1",
        "two different",
        "1 to 1",
        "-1 to 1",
    ),
    "horizon": (
        "expect e\n  claim c\n  that a > 1\n  horizon soon",
        "horizon",
        "soon",
        "horizon long",
    ),
    "compare without series": ("compare a", "a variable and a series", "a", "with series"),
    "used and held out": ('compare a with b used "held out"', "unexpected", "used", "held out"),
    "coefficient": (
        "constant a : 1 = 1 uncertain normal(1, 1)\nconstant b : 1 = 1 uncertain normal(1, 1)\n"
        "correlate a with b at 1",
        "out of range",
        "1",
        "between -1 and 1",
    ),
    "correlated with a plain constant": (
        "constant a : 1 = 1 uncertain normal(1, 1)\nconstant b : 1 = 1\ncorrelate a with b at 0.5",
        "`b` is not uncertain",
        "a with b at 0.5",
        "uncertain DISTRIBUTION",
    ),
    "correlated with nothing": (
        "constant stay : 1 = 1 uncertain normal(1, 1)\ncorrelate stay with stary at 0.5",
        "no constant `stary`",
        "stay with stary at 0.5",
        "`stay`",
    ),
    "policy without setting": (
        "lever a : 1 = 1\npolicy p\n  a + 1",
        "setting of a lever",
        "a + 1",
        "lever = expression",
    ),
    "unknown lever": (
        "lever effort : 1 = 1\npolicy p\n  efort = 2",
        "no lever `efort`",
        "efort",
        "`effort`",
    ),
    "setting of a constant": (
        "constant a : 1 = 1\npolicy p\n  a = 2",
        "is a constant, not a lever",
        "a",
        "lever",
    ),
    "setting out of range": (
        "lever a : 1 = 1 range 0 to 2\npolicy p\n  a = 3",
        "outside of the lever's range",
        "3",
        "widen",
    ),
    "unknown parent": (
        "policy nothing\npolicy p from notihng",
        "no policy `notihng`",
        "notihng",
        "`nothing`",
    ),
    "made from itself": ("policy p from q\npolicy q from p", "made from", "p", "itself"),
    "name taken by a dimension": (
        DIMENSIONS + "aux place : 1 = 1",
        "both a dimension and a variable",
        "place",
        "rename",
    ),
    "policy in a variant": (
        "variant v\n  policy p",
        "unknown clause `policy`",
        "policy",
        "stock",
    ),
    "less indented": (
        "variant v\n    aux a : 1 = 1\n  aux b : 1 = 1",
        "continues no statement",
        "aux b : 1 = 1",
        "indent it by 4",
    ),
    "expression": ("aux a : 1 = 1 + * 2", "missing", "*", ""),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str) -> None:
    block, message, characters, hint = MISTAKES[name]
    found = only(fault(block))
    assert message in found.message
    assert spot(found) == characters
    assert hint in found.hint
    rendered = found.render()
    assert rendered.startswith("case.md:")
    assert f"{'^' * len(characters)}" in rendered


def test_mistakes_are_reported_together() -> None:
    error = fault(
        "stok a : 1 = 1\naux b : 1 = (1\naux b2 : 1 = 1 range 2 to 1 note why\npolicy p\n  c = 1"
    )
    lines = [d.place.line - FIRST_LINE for d in error.diagnostics if d.place]
    assert lines == [0, 1, 2, 4]


def test_what_could_not_be_read_is_not_called_unknown() -> None:
    error = fault("lever a : 1 = (1\npolicy p\n  a = 2")
    assert "never closed" in only(error).message


def test_values_are_checked_beside_other_mistakes() -> None:
    error = fault("stok a : 1 = 1\nconstant b : 1 = 3 range 0 to 2")
    assert [d.place.line - FIRST_LINE for d in error.diagnostics if d.place] == [0, 1]


def test_duplicates_show_both_places() -> None:
    found = only(fault("aux Net Births : 1 = 1\naux net_births : 1 = 2"))
    assert "declared twice" in found.message
    assert str(found.place) == f"case.md:{FIRST_LINE + 1}:5"
    assert f"case.md:{FIRST_LINE}:5" in found.hint


@pytest.mark.parametrize(
    "block",
    [
        "dimension a = b\ndimension A = c",
        "unit a = b\nunit A = c",
        "policy a\npolicy A",
        "variant a\nvariant A",
        'check "a" always b = 1\ncheck "a" always b = 2',
        "expect a\n  claim c\n  that d > 1\nexpect a\n  claim c\n  that d > 1",
        "outcome a\noutcome A",
        "lever a : 1 = 1\npolicy p\n  a = 1\n  A = 2",
        "variant v\n  aux a : 1 = 1\n  aux A : 1 = 1",
    ],
)
def test_declared_twice(block: str) -> None:
    error = fault(block)
    assert "declared twice" in only(error).message
    assert isinstance(error, ModelError)


def test_many_mistakes_end_with_a_word() -> None:
    error = fault("stok a : 1 = 1\n" * 1000)
    assert len(error.diagnostics) < 100
    assert "more mistakes" in error.diagnostics[-1].message


def test_the_first_mistake_decides_the_kind_of_error() -> None:
    assert isinstance(fault("aux a : 1 = 1 range 2 to 1\nstok b"), ModelError)
    assert isinstance(fault("stok b\naux a : 1 = 1 range 2 to 1"), SyntaxFault)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("```headwater\naux a : 1 = 1\n", "never closed", "```"),
        ("~~~ headwater\naux a : 1 = 1\n```\n", "never closed", "~~~"),
        ("```headwate\naux a : 1 = 1\n```\n", "unknown block language", "`headwater`"),
        ("```headwater run\naux a : 1 = 1\n```\n", "no further words", "headwater"),
        ("> ```headwater\n> aux a : 1 = 1\n> ```\n", "quotation", "move"),
    ],
)
def test_blocks(text: str, message: str, hint: str) -> None:
    with pytest.raises(SyntaxFault) as raised:
        read_case_text("---\ntime: 0 to 1\n---\n" + text)
    found = only(raised.value)
    assert message in found.message
    assert hint in found.hint
    assert found.place and found.place.line == 4


def test_a_line_too_long_to_be_meant() -> None:
    found = only(fault("aux a : 1 = " + "b + " * 2_500_000 + "b"))
    assert "10,000,013 characters" in found.message
    assert len(found.render()) < 1000


def test_long_prose_is_no_mistake() -> None:
    text = case_text("aux a : 1 = 1") + "\n" + "word " * 2_000_000
    assert [v.name for v in read_case_text(text).project.variables] == ["a"]


def test_too_many_lines() -> None:
    with pytest.raises(SyntaxFault, match=r"lines"):
        read_case_text("---\ntime: 0 to 1\n---\n" + "\n" * 300_000)


def test_no_front_matter() -> None:
    with pytest.raises(CaseError) as raised:
        read_case_text("# A case\n")
    assert "time:" in only(raised.value).hint
