"""Tables of results are compared by name and by time, each value within what is allowed."""

import numpy as np
import pytest

from headwater.formats.tables import Column, ResultTable
from headwater.simulation.results.comparison import compare_tables

TIMES = np.array([0.0, 1.0, 2.0])


def table(**columns: list[float]) -> ResultTable:
    return ResultTable(tuple(Column(n, TIMES, np.array(v)) for n, v in columns.items()))


def test_names_do_not_mind_case_blanks_and_underscores() -> None:
    expected = ResultTable((Column("Net Birth[Men,Old]", TIMES, np.ones(3)),))
    actual = ResultTable((Column("net_birth[men, OLD]", TIMES, np.ones(3)),))
    assert compare_tables(expected, actual).agrees


def test_a_difference_is_measured_against_the_value_and_the_scale_of_the_column() -> None:
    expected = table(x=[0.0, 100.0, 1000.0])
    # Allowed: a ten-thousandth of the value and a millionth of the column's 1000.
    assert compare_tables(expected, table(x=[0.00099, 100.0109, 1000.1])).agrees
    worst = compare_tables(expected, table(x=[0.0, 100.022, 1000.0])).worst
    assert worst is not None
    assert (worst.column, worst.time) == ("x", 1.0)
    assert worst.size == pytest.approx(0.022 / 0.011)


def test_a_column_or_row_that_lacks_is_told() -> None:
    found = compare_tables(table(x=[1.0, 1.0, 1.0], y=[2.0, 2.0, 2.0]), table(x=[1.0, 1.0, 1.0]))
    assert found.missing == ("y",)
    assert not found.agrees
    short = ResultTable((Column("x", TIMES[:2], np.ones(2)),))
    assert compare_tables(table(x=[1.0, 1.0, 1.0]), short).missing_times == (2.0,)


def test_an_empty_cell_says_nothing_and_a_missing_value_never_agrees() -> None:
    assert compare_tables(table(x=[1.0, np.nan, np.nan]), table(x=[1.0, 7.0, 8.0])).agrees
    assert not compare_tables(table(x=[1.0, 1.0, 1.0]), table(x=[1.0, np.nan, 1.0])).agrees


def test_times_printed_with_six_digits_find_their_row() -> None:
    exact = ResultTable((Column("x", np.array([10.03125, 10.0625]), np.array([3.0, 4.0])),))
    printed = ResultTable((Column("x", np.array([10.0312, 10.0625]), np.array([3.0, 4.0])),))
    assert compare_tables(printed, exact).agrees


def test_rounding_of_the_expected_values_can_be_allowed_for() -> None:
    expected, actual = table(x=[0.07, 0.00678, 0.0]), table(x=[0.07, 0.0067843, 0.0])
    assert not compare_tables(expected, actual).agrees
    assert compare_tables(expected, actual, rounding=0.5e-5).agrees
