"""What Stella's help says, in so many words, that is easily taken for granted otherwise."""

import numpy as np
import pytest

from formats.xmile.xmile_texts import (
    aux,
    column,
    file,
    read,
    results_of,
    run,
    specs,
    values,
    warnings,
)
from headwater.formats import vensim
from headwater.formats.xmile import write
from headwater.language.source import Source

STELLA = "<header><vendor>isee systems, inc.</vendor><product version='3'>Stella</product></header>"
DIMENSION = '<dimensions><dim name="D"><elem name="p"/><elem name="q"/><elem name="r"/></dim>'
DIMENSIONS = f"{DIMENSION}</dimensions>"
BY_D = '<dimensions><dim name="D"/></dimensions>'
A = (
    f'<aux name="A">{BY_D}<element subscript="p"><eqn>6</eqn></element>'
    '<element subscript="q"><eqn>-2</eqn></element><element subscript="r"><eqn>8</eqn></element>'
    "</aux>"
)


def of_stella(variables: str, stop: float = 2, step: float = 0.5, before: str = "") -> str:
    return file(variables, settings=specs(stop, step), header=STELLA, before=before)


@pytest.mark.parametrize(
    ("equation", "expected"),
    [("SINWAVE(-4, 2)", [0, 4, 0, -4, 0]), ("COSWAVE(-4, 2)", [4, 0, -4, 0, 4])],
)
def test_a_wave_has_the_size_of_its_amplitude(equation: str, expected: list[float]) -> None:
    """Test input builtins: the absolute value of the amplitude is used."""
    found = column(run(of_stella(aux("w", equation))), "w")
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("MAX(A)", [8, 8, 8]),
        ("MIN(A)", [-2, -2, -2]),
        ("A / MAX(A)", [0.75, -0.25, 1]),
        ("MAX(A * A)", [64, 64, 64]),
        ("MIN(MAX(A, 0))", [0, 0, 0]),
        ("MAX(A, 0)", [6, 0, 8]),
        ("MAX(A[D])", [6, -2, 8]),
        ("SUM(A)", [12, 12, 12]),
    ],
)
@pytest.mark.parametrize("name", ["model.xmile", "model.stmx"])
def test_the_extreme_of_one_array_is_that_of_all_its_elements(
    equation: str, expected: list[float], name: str
) -> None:
    """Array builtins: of one array, across its elements; of two arguments, of these.

    That holds in an equation of the array's own dimension too, where ``*`` is not needed
    (blog.iseesystems.com, Working with Array Equations in Version 10).
    """
    z = f'<aux name="Z">{BY_D}<eqn>{equation}</eqn></aux>'
    found = run(file(A + z, settings=specs(1), before=DIMENSIONS), name=name)
    assert values(found, "Z")[0].tolist() == expected


def test_the_extreme_of_one_array_stays_that_in_vensims_language() -> None:
    z = f'<aux name="Z">{BY_D}<eqn>A / MAX(A) + MIN(A, 0)</eqn></aux>'
    model = read(file(A + z, settings=specs(1), before=DIMENSIONS))
    text = vensim.write(model, "model").text
    assert "A[D] / VMAX(A[D!]) + MIN(A[D], 0)" in text
    found = vensim.project_of(Source("model.mdl", text), None, "model")
    assert values(results_of(found), "Z")[0].tolist() == [0.75, -2.25, 1]


@pytest.mark.parametrize("chance", ["-0.2", "1.4"])
@pytest.mark.parametrize(("name", "expected"), [("BINOMIAL", 10), ("NEGBINOMIAL", 10)])
def test_a_probability_that_is_none_is_one(chance: str, name: str, expected: float) -> None:
    """Statistical builtins: BINOMIAL's success probability outside 0 to 1 is set to 1."""
    found = column(run(of_stella(aux("b", f"{name}(10, {chance})"))), "b")
    assert found == [expected] * 5


def test_poisson_counts_what_arrives_in_a_step_in_stella() -> None:
    """A mean of mu * DT (BPTK-Py, SD DSL Functions); the standard's has the mean that is given."""
    variables = aux("n", "POISSON(8)")
    settings = specs(500, 0.25)
    stellas = column(run(file(variables, settings=settings, header=STELLA)), "n")
    standard = column(run(file(variables, settings=settings)), "n")
    # Of 2001 draws of a Poisson number the mean is off by 5 sqrt(mean / 2001) in one run of 10^6.
    assert np.mean(stellas) == pytest.approx(2, abs=0.16)
    assert np.var(stellas) == pytest.approx(2, abs=0.4)
    assert np.mean(standard) == pytest.approx(8, abs=0.32)


def test_poisson_of_stella_says_how_it_is_read_and_comes_out_the_same() -> None:
    project = read(of_stella(aux("n", "POISSON(8, 3)")))
    assert "what POISSON computes" in warnings(project)
    written, lost = write(project)
    assert "POISSON(8, 3)" in written
    assert lost == []
    assert column(run(written), "n") == column(run(of_stella(aux("n", "POISSON(8, 3)"))), "n")


def test_a_step_of_one_needs_no_word() -> None:
    assert warnings(read(of_stella(aux("n", "POISSON(8)"), step=1))) == ""


def test_the_standards_poisson_in_a_file_for_stella_is_told() -> None:
    lost = write(read(file(aux("n", "POISSON(8)"))))[1]
    assert ["times DT" in d.message for d in lost] == [True]


@pytest.mark.parametrize("name", ["POISSON", "NPV"])
def test_a_macro_of_that_name_is_the_file_s_own(name: str) -> None:
    parameters = "<parm>x</parm><parm>y</parm>"
    macro = f'<macro name="{name}">{parameters}<eqn>x * 2 + y</eqn></macro>'
    text = file(aux("n", f"{name}(20, 2)"), header=STELLA, after=macro)
    assert column(run(text), "n") == [42] * 6


@pytest.mark.parametrize(
    ("stop", "step", "last", "whole"),
    [(10, 3, 9, 9), (11, 3, 12, 9), (10, 4, 8, 8), (1, 0.1, 1, 1)],
)
def test_a_run_is_as_long_as_the_multiple_of_dt_closest_to_it(
    stop: float, step: float, last: float, whole: float
) -> None:
    """Model Settings, on a DT that does not divide the length of the run; the standard has none."""
    text = of_stella(aux("t", "TIME"), stop, step)
    assert column(run(text), "t")[-1] == pytest.approx(last)
    assert ("no multiple of the step" in warnings(read(text))) == (last > stop)
    standard = file(aux("t", "TIME"), settings=specs(stop, step))
    assert column(run(standard), "t")[-1] == pytest.approx(whole)


def test_the_scale_of_a_gamma_distribution_is_one_where_it_is_left_out() -> None:
    found = run(of_stella(aux("a", "GAMMA(2)") + aux("b", "GAMMA(2, 1)"), stop=400, step=1))
    for name in "ab":  # mean 2 and variance 2; five standard errors of 401 draws
        assert np.mean(column(found, name)) == pytest.approx(2, abs=5 * np.sqrt(2 / 401))


@pytest.mark.parametrize("name", ["RUNCOUNT", "SENSIRUNCOUNT", "SENSIRUNTOTAL"])
def test_no_run_went_before(name: str) -> None:
    """Simulation builtins: RUNCOUNT counts the complete runs before this one, 0 at first.

    The others are 0 in a run that is no part of a set of sensitivity runs.
    """
    assert column(run(of_stella(aux("n", name), step=1)), "n") == [0, 0, 0]


QUEUE = (
    '<stock name="Q"><eqn>0</eqn><inflow>i</inflow><inflow>j</inflow><outflow>g</outflow><queue/>'
    '</stock><flow name="i"><eqn>2</eqn></flow><flow name="g"/><flow name="o"/>'
    '<flow name="j"><eqn>IF TIME MOD 2 = 0 THEN 3 ELSE 0</eqn></flow>'
    '<stock name="C"><eqn>0</eqn><inflow>g</inflow><outflow>o</outflow>'
    '<conveyor discrete="true" one_at_a_time="{}" batch_integrity="{}"><len>1</len>'
    "<capacity>{}</capacity></conveyor></stock>"
)
"""Batches of 2 and 3 at even times, of 2 at odd ones, for a belt that is empty again each time."""


@pytest.mark.parametrize(
    ("one", "whole", "capacity", "taken", "waiting"),
    [
        # [2 3] 2; [3 2] 3; [2 2 3] 2; [2 3 2] 2; [3 2 2 3] 3
        ("true", "true", 4, [2, 3, 2, 2, 3], [0, 1, 1, 2, 2]),
        # [2 3] 2; [3 2] 3; [2 2 3] 2 2; [3 2] 3; [2 2 3] 2 2
        ("false", "true", 4, [2, 3, 4, 3, 4], [0, 1, 1, 1, 1]),
        ("false", "true", 5, [5, 2, 5, 2, 5], [0, 0, 0, 0, 0]),
        # [2 3] 2 and 2 of 3; [1 2] all; and so on
        ("false", "false", 4, [4, 3, 4, 3, 4], [0, 1, 0, 1, 0]),
    ],
)
def test_each_inflow_brings_a_queue_a_batch_of_its_own(
    one: str, whole: str, capacity: int, taken: list[float], waiting: list[float]
) -> None:
    """Queue Computation: each inflow that is not 0 delivers a batch, in the inflows' order."""
    text = file(QUEUE.format(one, whole, capacity) + aux("n", "SIZE(Q)"), settings=specs(4))
    found = run(text)
    assert column(found, "g") == taken
    assert column(found, "n") == waiting


def test_an_inflow_of_nothing_brings_no_batch() -> None:
    flows = "".join(
        f'<flow name="f{k}"><eqn>{v}</eqn></flow>' for k, v in enumerate(("0.1", "0.7", "0"))
    )
    names = "".join(f"<inflow>f{k}</inflow>" for k in range(3))
    queue = f'<stock name="Q"><eqn>0</eqn>{names}<queue/></stock>'
    found = run(file(flows + queue + aux("n", "SIZE(Q)"), settings=specs(2, 0.1)))
    assert column(found, "n") == [2 * k for k in range(21)]
