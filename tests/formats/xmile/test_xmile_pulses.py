"""Pulses and ramps without all of their arguments: Stella's help says what each then does."""

import numpy as np
import pytest

from formats.xmile.xmile_texts import HEADER, aux, column, file, read, run, specs
from headwater.errors import HeadwaterError
from headwater.formats.xmile import write

STELLA = "<header><vendor>isee systems, inc.</vendor><product version='3'>Stella</product></header>"
QUARTERS = specs(stop=1, step=0.25)
TIMES = np.arange(5) / 4


def compute(text: str, name: str, path: str = "model.xmile") -> list[float]:
    return column(run(text, name=path), name)


def of_stella(variables: str) -> str:
    return file(variables, settings=QUARTERS, header=STELLA)


def test_a_pulse_without_an_interval_comes_in_each_step_in_stella() -> None:
    found = compute(of_stella(aux("p", "PULSE(3 + TIME, 0.5)")), "p")
    np.testing.assert_array_equal(found, np.where(TIMES >= 0.5, (3 + TIMES) / 0.25, 0))


def test_it_comes_once_in_a_standard_file() -> None:
    found = compute(file(aux("p", "PULSE(3, 0.5)"), settings=QUARTERS), "p")
    np.testing.assert_array_equal(found, [0, 0, 12, 0, 0])


@pytest.mark.parametrize("header", [HEADER, STELLA])
def test_an_interval_of_zero_is_one_pulse(header: str) -> None:
    found = compute(file(aux("p", "PULSE(3, 0.5, 0)"), settings=QUARTERS, header=header), "p")
    np.testing.assert_array_equal(found, [0, 0, 12, 0, 0])


@pytest.mark.parametrize("header", [HEADER, STELLA])
def test_a_pulse_that_begins_at_no_time_empties_a_stock_at_once(header: str) -> None:
    variables = (
        '<stock name="s"><eqn>5</eqn><outflow>p</outflow></stock>'
        '<flow name="p"><eqn>PULSE(s)</eqn></flow>' + aux("q", "isee.pulse(TIME)")
    )
    text = file(variables, settings=QUARTERS, header=header)
    np.testing.assert_array_equal(compute(text, "s"), [5, 0, 0, 0, 0])
    np.testing.assert_array_equal(compute(text, "q"), TIMES / 0.25)


def test_a_ramp_begins_with_the_run() -> None:
    settings = QUARTERS.replace("<start>0", "<start>0.5")
    found = compute(file(aux("r", "RAMP(8)"), settings=settings, header=STELLA), "r")
    np.testing.assert_array_equal(found, [0, 2, 4])


def test_a_function_of_that_name_is_the_file_s_own() -> None:
    macro = '<macro name="PULSE"><parm>x</parm><eqn>x * 2</eqn></macro>'
    text = file(aux("p", "PULSE(21)"), settings=QUARTERS, header=STELLA, after=macro)
    np.testing.assert_array_equal(compute(text, "p"), [42] * 5)


def test_a_pulse_that_comes_once_says_so_to_stella() -> None:
    text = file(aux("p", "PULSE(3, 0.5)"), settings=QUARTERS)
    written = write(read(text))[0]
    assert "PULSE(3, 0.5, 0)" in written
    again = compute(written, "p", "copy.stmx")
    np.testing.assert_array_equal(again, [0, 0, 12, 0, 0])


def test_no_argument_at_all_is_an_error() -> None:
    with pytest.raises(HeadwaterError, match="PULSE"):
        run(of_stella(aux("p", "PULSE()")))
