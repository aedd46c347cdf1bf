"""Auxiliaries that ask for a function which nothing published tells how to compute."""

import numpy as np
import pytest

from formats.xmile.xmile_texts import aux, file, read, run, values
from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.formats.xmile import write

BANDS = '<dimensions><dim name="band" size="2"/></dimensions>'
BY_BAND = '<dimensions><dim name="band"/></dimensions>'
SHOWN = aux("x", "TIME * band", BY_BAND) + aux("shown", "PERCENTILE(x, 25, band)", BY_BAND)


def test_the_rest_runs_and_they_have_no_value() -> None:
    text = file(SHOWN + aux("one", "1 + PERCENTILE(x, 5)") + aux("y", "x[2]"), before=BANDS)
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


@pytest.mark.parametrize("call", ["MINSOFT(TIME, 3, 0.1)", "LOGISTICBOUND(1, 2, TIME, 3, 4, 0)"])
def test_soft_limits_and_curves_are_refused_with_what_to_do(call: str) -> None:
    """Used by FRIDA (github.com/metno/WorldTransFRIDA); no page that we found defines them."""
    flow = f'<flow name="f"><eqn>{call}</eqn></flow>'
    name, _, arguments = call.partition("(")
    with pytest.raises(HeadwaterError, match=f"{name} is not computed here") as told:
        run(file(flow))
    assert "define a macro of that name" in str(told.value)
    parameters = "".join(f"<parm>p{k}</parm>" for k in range(arguments.count(",") + 1))
    macro = f'<macro name="{name}"><eqn>p0 + p1</eqn>{parameters}</macro>'
    found = run(file(flow, after=macro))
    assert values(found, "f")[0] == 3


def test_a_macro_of_that_name_is_computed() -> None:
    macro = '<macro name="PERCENTILE"><eqn>a + b</eqn><parm>a</parm><parm>b</parm></macro>'
    found = run(file(aux("x", "PERCENTILE(1, 2)"), after=macro))
    assert values(found, "x")[0] == 3
