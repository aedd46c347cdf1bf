"""Functions that nothing published tells how to compute, and those that are read by account."""

import numpy as np
import pytest

from formats.xmile.xmile_texts import aux, column, file, read, run, values
from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.formats.xmile import write

BANDS = '<dimensions><dim name="band" size="2"/></dimensions>'
BY_BAND = '<dimensions><dim name="band"/></dimensions>'
SHOWN = aux("x", "TIME * band", BY_BAND) + aux("shown", "PERCENTILE(x, 25, band)", BY_BAND)


def test_the_rest_runs_and_they_have_no_value() -> None:
    text = file(SHOWN + aux("one", "1 + PERCENTILE(x, 5, 4)") + aux("y", "x[2]"), before=BANDS)
    found = run(text)
    assert list(values(found, "y")) == [0, 2, 4, 6, 8, 10]
    assert np.isnan(values(found, "shown")).all() and np.isnan(values(found, "one")).all()
    (told,) = read(text).warnings
    assert told.message == "`shown`, `one` will have no value, for PERCENTILE is not computed"
    assert "published" in told.hint
    findings = Model(read(text)).check(progress=False).findings
    assert not [f for f in findings if f.severity == "error"]
    copy, losses = write(read(text))
    assert not losses and "PERCENTILE(x, 25, band)" in copy


@pytest.mark.parametrize(
    "user", [aux("z", "2 * shown[1]"), '<stock name="z"><eqn>shown[1]</eqn></stock>']
)
def test_what_uses_one_is_refused(user: str) -> None:
    with pytest.raises(HeadwaterError, match="`shown` has no value, for PERCENTILE is not") as told:
        run(file(SHOWN + user, before=BANDS))
    assert "used here" in str(told.value)


def test_stocks_and_flows_must_have_a_value() -> None:
    flow = '<flow name="f"><eqn>CTMEAN(x)</eqn></flow>'
    with pytest.raises(HeadwaterError, match="CTMEAN is not computed here"):
        run(file(SHOWN + flow, before=BANDS))


@pytest.mark.parametrize(
    ("equation", "told"),
    [
        ("PAUSE(TIME = 3)", "game or its interface"),
        ("SOUND(1)", "game or its interface"),
        ("IF ISRUNNING THEN 1 ELSE 2", "game or its interface"),
        ("CLOCKTIME / 60", "of the computer"),
        ("ARRAYSUM(x[*])", "called SUM"),
        ("LOOKUPXY(x[1], 2)", "use LOOKUP"),
        ("HISTORY(x[1], 2, 1)", "a run from before"),
    ],
)
def test_what_belongs_to_an_interactive_run_leaves_the_rest_as_it_is(
    equation: str, told: str
) -> None:
    text = aux("x", "TIME * band", BY_BAND) + aux("a", equation) + aux("b", "2 * TIME")
    project = read(file(text, before=BANDS))
    (warning,) = (w for w in project.warnings if "`a` will have no value" in w.message)
    assert told in warning.hint
    found = run(file(text, before=BANDS))
    assert np.isnan(column(found, "a")).all()
    assert column(found, "b") == [0, 2, 4, 6, 8, 10]
    with pytest.raises(HeadwaterError, match="`a` has no value, for"):
        run(file(text + FLOW.format("a"), before=BANDS))


def test_a_flow_that_names_one_is_told_why_it_stops() -> None:
    with pytest.raises(HeadwaterError, match="CLOCKTIME is not computed here") as told:
        run(file(FLOW.format("2 * CLOCKTIME")))
    assert "of the computer" in told.value.render()


def test_a_variable_may_have_the_name_of_such_a_function() -> None:
    text = file(aux("clocktime", "3") + aux("a", "2 * CLOCKTIME"))
    assert not read(text).warnings
    assert column(run(text), "a") == [6] * 6


READ_SO = {
    "MINSOFT(TIME, 3, 2)": [0, 1, 1.875, 2.5, 2.875, 3],
    "MAXSOFT(TIME, 3, 2)": [3, 3, 3.125, 3.5, 4.125, 5],
    "EXPBOUND(0, 8, TIME, 0, 1, 5)": [0, 0, 2, 4, 6, 8],
    "LOGISTICBOUND(0, 2, TIME, 3, 0)": [1] * 6,
    "PERCENTILE(x, 75)": [0, 1.75, 3.5, 5.25, 7, 8.75],
}
FLOW = '<flow name="f"><eqn>{}</eqn></flow>'


@pytest.mark.parametrize("call", READ_SO)
def test_what_is_read_by_account_is_computed_and_told(call: str) -> None:
    """Once for each function, however many variables use it; others of its name are not meant."""
    name, _, arguments = call.partition("(")
    more = "".join(aux(f"user {k}", call) for k in range(4))
    text = file(SHOWN + FLOW.format(call) + more, before=BANDS)
    assert column(run(text), "f") == pytest.approx(READ_SO[call])
    told = [w for w in read(text).warnings if "is read so" in w.hint]
    assert [w.message.partition(":")[0] for w in told] == ["`f`, `user 0`, `user 1` and 2 others"]
    assert name in told[0].message
    parameters = "".join(f"<parm>p{k}</parm>" for k in range(arguments.count(",") + 1))
    macro = f'<macro name="{name}"><eqn>7</eqn>{parameters}</macro>'
    own = file(aux("x", "1") + FLOW.format(call), after=macro)
    assert column(run(own), "f") == [7] * 6
    assert not read(own).warnings


def test_a_function_of_the_file_that_uses_one_is_told() -> None:
    macro = '<macro name="soft"><eqn>MINSOFT(a, 3, 1)</eqn><parm>a</parm></macro>'
    (told,) = read(file(aux("x", "soft(TIME)"), after=macro)).warnings
    assert told.message.startswith("`soft`: ")


def test_a_macro_of_that_name_is_computed() -> None:
    macro = '<macro name="CTMEAN"><eqn>a + b</eqn><parm>a</parm><parm>b</parm></macro>'
    found = run(file(aux("x", "CTMEAN(1, 2)"), after=macro))
    assert values(found, "x")[0] == 3
