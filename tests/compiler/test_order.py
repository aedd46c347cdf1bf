"""The order of computation, circles, and when a value is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.compiler.ordering.sorting import components
from headwater.compiler.pipeline import compile_project
from headwater.compiler.program import Role
from headwater.errors import ModelError
from model_lines import project, run


def circle(text, **settings):
    with pytest.raises(ModelError) as caught:
        compile_project(project(text, **settings))
    (fault,) = caught.value.diagnostics
    return fault


def test_a_circle_is_named_in_order_with_places():
    fault = circle("aux a = b + 1\naux b = 2 * c\naux c = a\naux d = a")
    assert fault.message.endswith("in a circle: a -> b -> c -> a")
    assert fault.place.line == 1
    assert "`b` at model.txt:2:5" in fault.hint
    assert "`c` at model.txt:3:5" in fault.hint


def test_a_variable_that_depends_on_itself():
    assert circle("aux a = a + 1").message == "the equation depends on itself: a -> a"
    assert circle("stock a = a; + 1").message == "the initial value depends on itself: a -> a"


def test_the_shortest_circle_is_shown():
    fault = circle("aux a = b + d\naux b = c\naux c = a\naux d = a")
    assert fault.message.endswith("a -> d -> a")


def test_initial_values_can_be_circular_where_equations_are_not():
    fault = circle("stock a = b; + 1\nstock b = a; + 1")
    assert "initial values" in fault.message
    assert fault.message.endswith("a -> b -> a")


def test_stocks_delays_and_memory_break_a_circle():
    found = run(project("stock s = 1; + f\nflow f = s\naux p = PREVIOUS(q, 1)\naux q = 2 * p"))
    np.testing.assert_array_equal(found["s"], 2.0 ** np.arange(11))
    np.testing.assert_array_equal(found["q"], 2.0 ** np.arange(1, 12))
    feedback = run(project("aux x = 1 + SMTH1(x, 2, 0)", time=(0, 2, 1)))
    np.testing.assert_allclose(feedback["x"], [1, 1.5, 2])


def test_a_hidden_stock_shows_as_the_variable_that_has_it():
    fault = circle("aux a = DELAY1(b, 2)\naux b = a")
    assert fault.message.endswith("a -> b -> a")
    assert "initial values" in fault.message


@pytest.mark.parametrize("size", [4, 40])
def test_elements_may_depend_on_other_elements_of_the_same_array(size):
    names = tuple(f"e{k}" for k in range(size))
    found = run(
        project(
            """
            array fib over d
            aux fib[d] = IF d <= 2 THEN 1 ELSE fib[d - 1] + fib[d - 2]
            """,
            dimensions={"d": names},
        )
    )
    wanted = [1.0, 1.0]
    while len(wanted) < size:
        wanted.append(wanted[-1] + wanted[-2])
    np.testing.assert_array_equal(found["fib"][0], wanted)


def test_elements_of_two_arrays_may_take_turns():
    found = run(
        project(
            "aux a[d] = 1 + b[d - 1]\naux b[d] = 2 * a[d] * (1 + 0 * TIME)",
            dimensions={"d": ("x", "y", "z")},
        )
    )
    np.testing.assert_array_equal(found["a"][0], [1, 3, 7])
    np.testing.assert_array_equal(found["b"][0], [2, 6, 14])


def test_a_real_circle_between_elements():
    fault = circle(
        "array a over d\naux a[x] = a[y]\naux a[y] = a[z]\naux a[z] = a[x]",
        dimensions={"d": ("x", "y", "z")},
    )
    assert "a[x] -> a[y] -> a[z] -> a[x]" in fault.message


def test_initial_values_of_array_elements_in_order():
    found = run(
        project("stock s[d] = 5 + s[d - 1]; + 0", dimensions={"d": ("x", "y", "z")}, time=(0, 1, 1))
    )
    np.testing.assert_array_equal(found["s"][1], [5, 10, 15])


def test_what_depends_on_constants_only_is_not_computed_in_every_step():
    program = compile_project(
        project("constant k = 2\naux a = EXP(k) * 3\nstock s = a; + a * s"), outputs=["s", "a"]
    )
    assert "exp" in {i.op.value for i in program.constants.instructions}
    assert "exp" not in {i.op.value for i in program.step.instructions}
    assert [o.static for o in program.outputs] == [False, True]
    roles = {s.name: s.role for s in program.slots}
    assert roles["a"] is Role.CONSTANT


def test_constant_parts_of_equations_are_computed_once():
    program = compile_project(
        project("constant k = 2\nconstant m = 3\nstock s = 1; + EXP(k / m) * s"), outputs=["s"]
    )
    assert "exp" not in {i.op.value for i in program.step.instructions}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_components_are_those_of_scipy_and_come_after_what_they_need(edges):
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    needs = {k: [b for a, b in edges if a == k] for k in range(13)}
    found = list(components(range(13), needs.__getitem__))
    rows, columns = zip(*edges, strict=True) if edges else ((), ())
    matrix = coo_array((np.ones(len(edges)), (rows, columns)), shape=(13, 13))
    _, labels = connected_components(matrix, connection="strong")
    groups = {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels}
    assert {frozenset(g) for g in found} == groups
    place = {item: k for k, group in enumerate(found) for item in group}
    assert all(place[b] <= place[a] for a, b in edges)


def test_delays_that_start_from_each_other_keep_their_lengths():
    """Elements start one from another, so they are ordered one by one; each has its own delay."""
    text = """
array x over d
aux x[p] = DELAY(TIME, lag[p], 7)
aux x[q] = DELAY(TIME, lag[q], INIT(x[p]) + 1)
aux x[r] = DELAY(TIME, lag[r], INIT(x[q]) + 1)
constant lag[d] = d
"""
    found = run(project(text, dimensions={"d": ["p", "q", "r"]}, time=(0, 4, 1)))
    expected = [[7, 8, 9], [0, 8, 9], [1, 0, 9], [2, 1, 0], [3, 2, 1]]
    np.testing.assert_array_equal(found["x"], expected)


def test_initial_values_in_a_circle_are_told_how_to_part():
    text = "stock a = b; + r\nstock b = a; + r\nconstant r = 1"
    with pytest.raises(ModelError, match="initial values depend on each other") as caught:
        compile_project(project(text))
    assert "give one of them an initial value" in str(caught.value)
    assert "SIMULTANEOUS" not in str(caught.value)
