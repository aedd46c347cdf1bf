"""Arrayed equations, subranges, mappings, aggregates; unrolled and as loops alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.compiler.lowering import storage
from headwater.compiler.pipeline import compile_project
from headwater.compiler.program import Op
from headwater.model.variables import Dimension, Mapping
from model_lines import project, run

PLACES = [
    Dimension("place", ("home", "russia", "turkey", "europe")),
    Dimension("host", ("russia", "turkey", "europe"), parent="place"),
    Dimension("age", tuple(str(k) for k in range(1, 61)), numbered=True),
    Dimension("kind", ("a", "b")),
]


def test_elements_dimensions_and_their_numbers():
    found = run(
        project(
            """
            aux n[place] = place * 10
            aux one = n[turkey]
            aux other = n[2]
            aux at_home[place] = IF place = home THEN 1 ELSE 0
            aux sum_abroad = SUM(n[*]) - n[home]
            """,
            dimensions=PLACES[:1],
        )
    )
    np.testing.assert_array_equal(found["n"][0], [10, 20, 30, 40])
    assert found["one"][0] == 30
    assert found["other"][0] == 20
    np.testing.assert_array_equal(found["at_home"][0], [1, 0, 0, 0])
    assert found["sum_abroad"][0] == 90


def test_a_subrange_picks_the_elements_of_its_parent():
    found = run(
        project(
            """
            aux n[place] = place
            aux abroad[host] = n[host] * 100
            aux back[host] = n[place.home] + abroad[host]
            array filled over place
            aux filled[host] = abroad[host]
            aux filled[home] = -1
            """,
            dimensions=PLACES,
        )
    )
    np.testing.assert_array_equal(found["abroad"][0], [200, 300, 400])
    np.testing.assert_array_equal(found["back"][0], [201, 301, 401])
    np.testing.assert_array_equal(found["filled"][0], [-1, 200, 300, 400])


def test_sums_of_small_arrays_are_written_once_in_a_model_of_many(monkeypatch):
    def length(count):
        lines = ["stock level[kind,host] = 1"]
        lines += [f"aux total{k}[kind] = SUM(level[kind,*]) + {k} * TIME" for k in range(count)]
        program = compile_project(project("\n".join(lines), dimensions=PLACES))
        return len(program.step.instructions)

    monkeypatch.setattr(storage, "MOST_UNROLLED", 120)
    # Each has three terms for each of two elements.
    assert length(21) < 0.8 * length(20)


def test_a_large_array_shifts_by_one_and_stays_a_loop():
    model = project(
        """
        stock people[age] = 100 - age; + ageing_in[age] - ageing_out[age]
        flow ageing_in[age] = IF age = 1 THEN 5 ELSE ageing_out[age - 1]
        flow ageing_out[age] = people[age] / 2
        aux everyone = SUM(people[*])
        """.replace("; + ageing_in[age] - ageing_out[age]", "; + ageing_in; - ageing_out"),
        dimensions=PLACES,
        time=(0, 20, 0.25),
    )
    program = compile_project(model)
    assert sum(len(b.instructions) for b in program.blocks.values()) < 150
    found = run(program)
    people = 100.0 - np.arange(1, 61)
    for _ in range(80):
        out = people / 2
        people = people + 0.25 * (np.append(5.0, out[:-1]) - out)
    np.testing.assert_allclose(found["people"][-1], people, rtol=1e-12)
    np.testing.assert_allclose(found["everyone"][-1], people.sum(), rtol=1e-12)


def test_small_and_large_arrays_give_the_same_numbers():
    text = """
    aux x[d] = d ^ 2 - 7 * d + TIME
    aux total = SUM(x)
    aux most = MAX(x[*])
    aux least = MIN(x)
    aux product = PROD(x[*] * 0.1)
    aux mean = MEAN(x)
    aux spread = STDDEV(x[*])
    aux size = SIZE(x) * SIZE(d) / SIZE(x[*])
    aux weighted = SUM(x[*] * x[*]) / SIZE(x[*])
    """
    for n in (5, 40):
        names = tuple(f"e{k}" for k in range(n))
        found = run(project(text, dimensions={"d": names}, time=(0, 2, 1)))
        d = np.arange(1, n + 1)
        x = d**2 - 7 * d + 1.0
        np.testing.assert_allclose(found["x"][1], x, rtol=1e-15)
        for name, value in {
            "total": x.sum(),
            "most": x.max(),
            "least": x.min(),
            "product": np.prod(x * 0.1),
            "mean": x.mean(),
            "spread": x.std(),
            "size": n,
            "weighted": (x * x).mean(),
        }.items():
            np.testing.assert_allclose(found[name][1], value, rtol=1e-13, err_msg=name)


def test_aggregates_over_some_dimensions_of_several():
    found = run(
        project(
            """
            aux m[place, kind] = 10 * place + kind
            aux rows[place] = SUM(m[place, *])
            aux columns[kind] = SUM(m[*, kind])
            aux abroad[kind] = SUM(m[russia:europe, kind])
            aux product[place, kind] = SUM(m[place, *] * w[*, kind])
            aux w[kind, kind2] = kind + kind2
            """.replace("w[kind, kind2]", "w[kind, other]").replace("kind2", "other"),
            dimensions=[*PLACES, Dimension("other", ("a", "b"), parent="kind")],
        )
    )
    m = 10.0 * np.arange(1, 5)[:, None] + np.arange(1, 3)
    np.testing.assert_array_equal(found["rows"][0], m.sum(1))
    np.testing.assert_array_equal(found["columns"][0], m.sum(0))
    np.testing.assert_array_equal(found["abroad"][0], m[1:].sum(0))
    w = np.array([[2.0, 3.0], [3.0, 4.0]])
    np.testing.assert_array_equal(found["product"][0], (m @ w).ravel())


def test_maximum_of_an_array_and_a_number():
    found = run(
        project(
            "aux x[kind] = kind\naux y = MAX(x[*], 1.5)\naux z = MAX(3, MIN(x))", dimensions=PLACES
        )
    )
    assert found["y"][0] == 2
    assert found["z"][0] == 3


def test_extremes_of_several_inside_an_aggregate_are_element_by_element():
    """As in numpy; of one argument they reduce, with what is inside element by element."""
    text = """
    aux x[d] = d ^ 2 - 7 * d + TIME
    aux y[d] = 4 - d
    aux above = SUM(MAX(0, x[*]))
    aux weighted = SUM(x[*] * MIN(x[*], y[*], 2))
    aux product = PROD(MAX(1, 0.1 * x))
    aux least = MIN(MAX(y, x))
    aux spread = STDDEV(MAX(x, MIN(y, 1)))
    aux apart = SUM(MAX(y) - MIN(y, 3))
    aux outside = MIN(3, MAX(1, y))
    """
    for n in (5, 40):
        names = tuple(f"e{k}" for k in range(n))
        found = run(project(text, dimensions={"d": names}, time=(0, 2, 1)))
        d = np.arange(1, n + 1)
        x, y = d**2 - 7 * d + 1.0, 4.0 - d
        for name, value in {
            "above": np.maximum(0, x).sum(),
            "weighted": (x * np.minimum(np.minimum(x, y), 2)).sum(),
            "product": np.prod(np.maximum(1, 0.1 * x)),
            "least": np.maximum(y, x).min(),
            "spread": np.maximum(x, np.minimum(y, 1)).std(),
            "apart": (y.max() - np.minimum(y, 3)).sum(),
            "outside": min(3, max(1, y.max())),
        }.items():
            np.testing.assert_allclose(found[name][1], value, rtol=1e-13, err_msg=name)


@settings(max_examples=15)
@given(
    values=st.lists(st.integers(-5, 5), min_size=1, max_size=7),
    percent=st.floats(-10, 110),
)
def test_percentiles(values: list[int], percent: float) -> None:
    text = "".join(f"aux x[e{k}] = {v}\n" for k, v in enumerate(values))
    names = tuple(f"e{k}" for k in range(len(values)))
    text = f"array x over d\n{text}aux p = PERCENTILE(x, {percent})"
    found = run(project(text, dimensions={"d": names}))
    expected = np.percentile(values, min(100, max(0, percent)))
    np.testing.assert_allclose(found["p"][0], expected, rtol=1e-12, atol=1e-12)


def test_an_index_outside_gives_zero():
    found = run(
        project(
            """
            aux x[age] = age
            aux before[age] = x[age - 1]
            aux far = x[TIME]
            """,
            dimensions=PLACES,
            time=(-1, 62, 1),
        )
    )
    np.testing.assert_array_equal(found["before"][0], np.arange(60))
    np.testing.assert_array_equal(found["far"], [0, 0, *range(1, 61), 0, 0])


def test_mappings_carry_an_equation_from_one_dimension_to_another():
    dimensions = [
        Dimension("country", ("fr", "de", "us")),
        Dimension(
            "region",
            ("eu", "na"),
            mappings=(Mapping("country", (("eu", "fr"), ("eu", "de"), ("na", "us"))),),
        ),
    ]
    found = run(
        project(
            "aux tax[region] = region * 10\naux paid[country] = tax[region] + country",
            dimensions=dimensions,
        )
    )
    np.testing.assert_array_equal(found["paid"][0], [11, 12, 23])


def test_except_leaves_elements_to_other_equations():
    from dataclasses import replace

    model = project(
        """
        array x over place
        aux x[place] = place * 2
        aux x[home] = 50
        """,
        dimensions=PLACES,
    )
    x = model.variables[0]
    first = replace(x.equations[0], excepts=(("home",),))
    model = replace(model, variables=(replace(x, equations=(first, x.equations[1])),))
    np.testing.assert_array_equal(run(model)["x"][0], [50, 4, 6, 8])


def test_arrayed_constants_are_inputs_by_element():
    program = compile_project(
        project("constant c[place, kind] = 3\naux y = SUM(c)", dimensions=PLACES)
    )
    assert [i.name for i in program.inputs][:3] == ["c[home,a]", "c[home,b]", "c[russia,a]"]
    assert run(program)["y"][0] == 24


def test_a_large_folded_constant_is_a_shared_table():
    model = project("constant c[age] = 3\naux y[age] = c[age] * TIME", dimensions=PLACES)
    program = compile_project(model, inputs=[], outputs=["y"])
    assert len(program.tables) == 1
    assert not program.constants.instructions
    np.testing.assert_array_equal(run(program)["y"][2], [6.0] * 60)


def test_graphical_functions_by_element():
    from headwater.model.variables import Graph, GraphicalFunction

    graph = Graph(
        name="g",
        dimensions=("place",),
        graphs=(
            GraphicalFunction((0, 10), (0, 1), subscripts=("home",)),
            GraphicalFunction((0, 10), (0, 5), subscripts=("host",)),
        ),
    )
    from dataclasses import replace

    model = project("aux y[place] = g[place](TIME)\naux z = g[turkey](4)", dimensions=PLACES)
    model = replace(model, variables=(*model.variables, graph))
    found = run(model, stop=10)
    np.testing.assert_allclose(found["y"][5], [0.5, 2.5, 2.5, 2.5])
    assert found["z"][0] == 2


def test_program_size_does_not_grow_with_the_array():
    def size(n):
        dims = {"d": tuple(f"e{k}" for k in range(n)), "f": tuple(f"g{k}" for k in range(n))}
        text = """
        stock s[d, f] = d + f; + SUM(s[d, *]) * 0.001 - s[d, f] * 0.1
        aux total[d] = SUM(s[d, *])
        aux delayed[d] = SMTH3(total[d], 5)
        """
        program = compile_project(project(text, dimensions=dims))
        return sum(len(b.instructions) for b in program.blocks.values())

    assert size(100) == size(30)


def test_accumulators_inside_loops_start_afresh():
    names = tuple(f"e{k}" for k in range(20))
    found = run(
        project(
            "aux x[d, f] = d * 100 + f\naux rows[d] = SUM(x[d, *])",
            dimensions={"d": names, "f": tuple("abcdefghijklmnopqrstuvw")},
        )
    )
    d, f = np.arange(1, 21), np.arange(1, 24)
    np.testing.assert_array_equal(found["rows"][0], (d[:, None] * 100 + f).sum(1))


def test_dead_code_is_not_lowered():
    model = project(
        """
        stock used = 1; + used
        stock unused = 2; + EXP(unused)
        aux also_unused = LN(unused)
        """
    )
    program = compile_project(model, outputs=["used"])
    ops = {i.op for b in program.blocks.values() for i in b.instructions}
    assert not ops & {Op.EXP, Op.LOG}
    assert [s.name for s in program.slots] == ["used", "d(used)"]


@pytest.mark.parametrize("extent", [3, 30])
def test_stocks_states_and_pipelines_of_any_size(extent):
    names = tuple(f"e{k}" for k in range(extent))
    found = run(
        project(
            """
            aux a[d] = PREVIOUS(d * TIME, -d)
            aux b[d] = DELAY(d * TIME, 2)
            aux c[d] = INIT(d + 1) + PREVIOUS(SELF, 0)
            """,
            dimensions={"d": names},
            time=(0, 5, 1),
        )
    )
    d = np.arange(1, extent + 1)
    np.testing.assert_array_equal(found["a"], [-d, 0 * d, d, 2 * d, 3 * d, 4 * d])
    np.testing.assert_array_equal(found["b"], [0 * d, 0 * d, 0 * d, d, 2 * d, 3 * d])
    np.testing.assert_array_equal(found["c"], [(k + 1) * (d + 1) for k in range(6)])


def test_rank_gives_the_place_in_ascending_order():
    model = project(
        """
        array a over d
        aux a[e1] = 5 + TIME * 3
        aux a[e2] = 2
        aux a[e3] = 5
        aux a[e4] = 4
        aux ties[d] = 10 - d
        aux first = RANK(a, 1)
        aux order[d] = RANK(a[*], d)
        aux reversed_ties[d] = RANK(a, d, ties)
        """,
        dimensions={"d": ("e1", "e2", "e3", "e4")},
        time=(0, 1, 1),
    )
    found = run(model)
    assert found["first"][0] == 2
    np.testing.assert_array_equal(found["order"], [[2, 4, 1, 3], [2, 4, 3, 1]])
    np.testing.assert_array_equal(found["reversed_ties"][0], [2, 4, 3, 1])


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=20))
@settings(max_examples=15)
def test_rank_sorts_as_numpy_does(values):
    names = tuple(f"e{k}" for k in range(len(values)))
    lines = [f"aux a[{n}] = {v} * (1 + TIME)" for n, v in zip(names, values, strict=True)]
    text = "\n".join(["array a over d", *lines, "aux order[d] = RANK(a[*], d)"])
    found = run(project(text, dimensions={"d": names}, time=(0, 0, 1)))["order"][0]
    np.testing.assert_array_equal(found - 1, np.argsort(values, kind="stable"))


def test_a_matrix_is_transposed():
    dims = {"i": ("a", "b"), "j": ("x", "y", "z")}
    found = run(project("aux m[i, j] = 10 * i + j\naux t[j, i] = m'", dimensions=dims))
    m = 10.0 * np.arange(1, 3)[:, None] + np.arange(1, 4)
    np.testing.assert_array_equal(found["t"][0], m.T.ravel())


def test_bare_names_of_arrays_are_filled_in_where_the_dialect_does():
    model = project(
        "aux a[place, kind] = place * 10 + kind\naux b[kind] = a[home, kind]\naux c[kind] = 2 * b"
        "\naux d[place, kind] = a + b",
        dimensions=PLACES,
        dialect="xmile",
    )
    found = run(model)
    np.testing.assert_array_equal(found["c"][0], [22, 24])
    np.testing.assert_array_equal(found["d"][0], [22, 24, 32, 34, 42, 44, 52, 54])


def test_a_value_for_the_start_only():
    from dataclasses import replace

    from headwater.language.parser import parse_text

    model = project("stock s = a; + 1\naux a = s * 2")
    s, a = model.variables
    a = replace(a, equations=(replace(a.equations[0], initial=parse_text("7")),))
    found = run(replace(model, variables=(s, a)), stop=2)
    np.testing.assert_array_equal(found["s"], [7, 8, 9])
    np.testing.assert_array_equal(found["a"], [14, 16, 18])
