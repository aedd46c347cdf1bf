"""What is wrong with a Vensim model is told in Vensim's words."""

import pytest

from formats.vensim.running import control, run, values
from headwater.api import Model
from headwater.compiler.units.check import check_units
from headwater.errors import HeadwaterError
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.model.project import Project


def project(text: str) -> Project:
    whole = text + control(2).replace("~~", "~ Month ~")
    found = project_of(Source("model.mdl", whole), None, "model")
    assert isinstance(found, Project)
    return found


@pytest.mark.parametrize(
    ("equation", "said"),
    [
        ("x = DELAY3I(Time)", r"its form is DELAY3I\(input, delay_time, initial\)"),
        ("x = SMOOTH3I(Time)", r"its form is SMOOTH3I\(input, averaging_time, initial\)"),
        ("x = INTEGER(Time, 2)", r"its form is INTEGER\(number\)"),
        ("x = SMTH1(Time, 2)", "did you mean `SMOOTH`"),
        ("x = IF(Time > 1, 2, 3)", "did you mean `IF THEN ELSE`"),
        ("x = COHORT SHIFT(one, 1)", "functions of external libraries are not read"),
        ("x = 2 * SMOOTH", r"write SMOOTH\(input, averaging_time\)"),
        ("x = 5 / (one - 1)", "infinite"),
        ("x = SUM(one)", r"SUM\(sales\[region!\]\)"),
        ("x = 5 / zero", "which is 0(.|\n)*use ZIDZ"),
        ("x = INTEG(one, ACTIVE INITIAL(one, 2))", "ACTIVE INITIAL must be the whole right side"),
        ("x = ACTIVE INITIAL(one, INTEG(one, 2))", "INTEG must be the whole right side"),
    ],
)
def test_functions_have_vensims_names(equation: str, said: str) -> None:
    text = f"{equation} ~~|\none = 1 ~~|\nzero = one - 1 ~~|\n"
    with pytest.raises(HeadwaterError, match=said):
        Model(project(text)).run()


def test_alarms_of_units_have_vensims_names() -> None:
    text = (
        "a = 3 ~ kg ~|\nx = DELAY3I(a, a, a) ~ kg ~|\ny = RANDOM UNIFORM(a, 3 * x / x, 0) ~ kg ~|\n"
    )
    found = "\n".join(d.render() for d in check_units(project(text)))
    assert "the argument `delay_time` of DELAY3I is in `kg`" in found
    assert "its form is DELAY3I(input, delay_time, initial)" in found
    assert "SMTH" not in found
    assert "DELAY3(" not in found


@pytest.mark.parametrize("call", ["GET DATA LAST TIME(none)", "GET DATA AT TIME(none, 1)"])
def test_an_unknown_name_in_a_data_function_is_one_mistake(call: str) -> None:
    with pytest.raises(HeadwaterError) as caught:
        run(f"x = {call} ~~|\n", 1)
    assert [d.message for d in caught.value.diagnostics] == ["no variable `none`"]


@pytest.mark.parametrize("taken", ["stock", "stock[host]"])
def test_an_array_that_is_taken_whole_is_to_be_summed_over_its_range(taken: str) -> None:
    text = f"host: russia, turkey ~~|\nstock[host] = 1, 2 ~~|\nall = {taken} ~~|\n"
    with pytest.raises(HeadwaterError, match=r"SUM\(stock\[host!\]\)"):
        run(text, 1)


def test_a_reading_that_the_manual_leaves_open_is_told() -> None:
    text = "s = INTEG(2 * RANDOM WEIBULL(0, 9, {}, 0, 1, 0), 1) ~~|\n"
    (warning,) = project(text.format("Time")).warnings
    assert "read as the distribution of scale 1" in warning.message
    assert project(text.format(1)).warnings == ()


MACRO_UNITS = """
:MACRO: SLOPE OF(x, span)
SLOPE OF = (x - SMOOTH(x, span)) / span ~ x/span ~|
:END OF MACRO:
:MACRO: TICKS(x)
TICKS = TIME STEP$ + 0 * x ~ Time$ ~|
:END OF MACRO:
:MACRO: BARE(x)
BARE = 2 * x ~~|
:END OF MACRO:
height = 3 + RAMP(rise, 1, 3) ~ m ~|
rise = 1 ~ m/Month ~|
wait = 4 ~ Month ~|
speed = SLOPE OF(height, wait) ~ {speed} ~|
gain = SLOPE OF(height, wait) * TICKS(1) / height ~ Dmnl ~|
any = BARE(height) / height ~ Dmnl ~|
"""


@pytest.mark.parametrize(("unit", "alarms"), [("m/Month", 0), ("m", 1)])
def test_results_of_macros_have_the_unit_of_what_is_given(unit: str, alarms: int) -> None:
    found = check_units(project(MACRO_UNITS.replace("{speed}", unit)))
    assert len([d for d in found if d.severity == "error"]) == alarms


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "a = 3 ~~|\nb = a \u2212 1 ~~|\n",
            "`\u2212` (U+2212) is part of the name; the operator is `-`",
        ),
        (
            "a = 3 ~~|\nb = a \u2264 2 ~~|\n",
            "`\u2264` (U+2264) is part of the name; the operator is `<=`",
        ),
        ("net\u200bpay = 3 ~~|\nb = netpay * 2 ~~|\n", "that is not seen (U+200B); take it out"),
        ("netpay = 3 ~~|\nb = net\u200bpay * 2 ~~|\n", "that is not seen (U+200B); take it out"),
        (
            "d: x, y ~~|\ne: p, q ~~|\na[d] = 1, 2 ~~|\nb[e] = a[d] ~~|\n",
            "where elements of e stand for those of d, write `-> d` behind the range e",
        ),
    ],
)
def test_hints_for_names_that_only_look_right(text: str, told: str) -> None:
    with pytest.raises(HeadwaterError) as error:
        run(text, 1)
    (found,) = error.value.diagnostics
    assert told in found.hint


def test_names_may_have_signs_that_look_like_operators() -> None:
    found = run("price \u2212 cost = 3 ~~|\nb = price \u2212 cost * 2 ~~|\n", 1)
    assert values(found, "b")[0] == 6


def test_a_mapping_as_the_hint_says() -> None:
    text = "d: x, y ~~|\ne: p, q -> d ~~|\na[d] = 1, 2 ~~|\nb[e] = a[d] ~~|\n"
    assert list(values(run(text, 1), "b")[0]) == [1, 2]
