"""Stocks and flows that cannot be negative."""

from dataclasses import replace

import numpy as np
import pytest

from headwater.model.variables import Flow, Stock
from model_lines import project, run


def bounded(model, *names):
    """Return the model with these stocks and flows kept from falling below zero."""
    variables = tuple(
        replace(v, non_negative=True) if isinstance(v, Stock | Flow) and v.name in names else v
        for v in model.variables
    )
    return replace(model, variables=variables)


def test_an_outflow_takes_no_more_than_there_is_and_is_received_in_full():
    model = project(
        """
        stock a = 10; - out
        stock b = 0; + out
        flow out = 3
        """,
        time=(0, 3, 0.5),
    )
    found = run(bounded(model, "a"))
    np.testing.assert_allclose(found["a"], [10, 8.5, 7, 5.5, 4, 2.5, 1])
    longer = run(bounded(model, "a"), stop=5)
    np.testing.assert_allclose(longer["a"][-5:], [1, 0, 0, 0, 0])
    np.testing.assert_allclose(longer["out"][-6:], [3, 2, 0, 0, 0, 0])
    np.testing.assert_allclose(longer["a"] + longer["b"], 10)


def test_outflows_are_served_in_their_order_and_inflows_count():
    model = project(
        """
        stock a = 4; + inflow; - first; - second
        flow inflow = 1
        flow first = 3
        flow second = 4
        """,
        time=(0, 3, 1),
    )
    found = run(bounded(model, "a"))
    np.testing.assert_allclose(found["first"], [3, 1, 1, 1])
    np.testing.assert_allclose(found["second"], [2, 0, 0, 0])
    np.testing.assert_allclose(found["a"], [4, 0, 0, 0])


def test_a_negative_inflow_drains_no_more_than_there_is():
    model = project("stock a = 5; + f\nflow f = -2", time=(0, 4, 1))
    found = run(bounded(model, "a"))
    np.testing.assert_allclose(found["a"], [5, 3, 1, 0, 0])
    np.testing.assert_allclose(found["f"], [-2, -2, -1, 0, 0])


def test_flows_in_a_circle_of_stocks_are_still_ordered():
    model = project(
        """
        stock a = 3; + back; - forth
        stock b = 1; + forth; - back
        flow forth = 2
        flow back = 5
        """,
        time=(0, 6, 1),
    )
    found = run(bounded(model, "a", "b"))
    np.testing.assert_allclose(found["a"] + found["b"], 4)
    assert (found["a"] >= 0).all()
    assert (found["b"] >= 0).all()


def test_arrays_are_bounded_element_by_element():
    model = project(
        "stock a[d] = d; - f\nflow f[d] = 1.5", dimensions={"d": ("x", "y", "z")}, time=(0, 2, 1)
    )
    found = run(bounded(model, "a"))
    np.testing.assert_allclose(found["a"], [[1, 2, 3], [0, 0.5, 1.5], [0, 0, 0]])
    np.testing.assert_allclose(found["f"], [[1, 1.5, 1.5], [0, 0.5, 1.5], [0, 0, 0]])


def test_a_flow_that_cannot_be_negative_is_zero_instead():
    model = bounded(project("stock a = 5; + f\nflow f = 2 - TIME", time=(0, 4, 1)), "f")
    np.testing.assert_allclose(run(model)["f"], [2, 1, 0, 0, 0])


def test_an_initial_value_takes_what_a_flow_asks_for_where_its_limit_would_depend_on_it():
    model = project(
        """
        stock a = 10; + back; - out
        stock b = 5 * out
        flow out = 30
        flow back = b / 10
        """,
        time=(0, 2, 1),
    )
    found = run(bounded(model, "a"))
    np.testing.assert_array_equal(found["b"], [150, 150, 150])
    np.testing.assert_array_equal(found["out"], [25, 15, 15])
    np.testing.assert_array_equal(found["a"], [10, 0, 0])


def test_a_stock_that_starts_from_its_own_outflow():
    model = project("stock a = 2.5 * out; - out\nflow out = 4", time=(0, 3, 1))
    found = run(bounded(model, "a"))
    np.testing.assert_array_equal(found["a"], [10, 6, 2, 0])
    np.testing.assert_array_equal(found["out"], [4, 4, 2, 0])


def test_an_initial_value_takes_a_flow_as_it_is_cut_where_it_can():
    model = project(
        "stock a = 10; - out\nstock b = 5 * out\nflow out = 30",
        time=(0, 1, 1),
    )
    np.testing.assert_array_equal(run(bounded(model, "a"))["b"], [50, 50])


@pytest.mark.parametrize("step", [0.25, 0.1, 0.3, 1 / 3, 0.01])
def test_rounding_leaves_no_stock_below_zero(step):
    """What is taken is all there is, to the last digit, though the flows are rounded sums."""
    model = project(
        """
        stock a = 7.3; + inflow; + change; - first; - second
        stock b = 0; + first; + second
        stock c = 0; + inflow; + change
        flow inflow = 1.7 + 0.9 * SIN(3 * TIME)
        flow change = 0.8 * COS(0.7 * TIME)
        flow first = 2.1 + SIN(TIME)
        flow second = MAX(0, a * 0.37 + 1.1 * COS(1.3 * TIME) + 0.7)
        """,
        time=(0, 30, step),
    )
    found = run(bounded(model, "a", "first", "second"))
    assert found["a"].min() == 0
    np.testing.assert_allclose(found["a"] + found["b"] - found["c"], 7.3, rtol=1e-12)
