"""The arguments that Stella gives to every random function (Stella help, Statistical builtins)."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from formats.xmile.xmile_texts import aux, column, file, run, specs
from headwater.cli import main


def draws(call: str, stop: float = 1999) -> np.ndarray:
    found = run(file(aux("x", call), settings=specs(stop)), target="llvm")
    return np.asarray(column(found, "x"))


def cut(distribution: stats.rv_continuous, low: float, high: float) -> object:
    inside = distribution.cdf(high) - distribution.cdf(low)
    return lambda x: np.clip((distribution.cdf(x) - distribution.cdf(low)) / inside, 0, 1)


@pytest.mark.parametrize(
    ("call", "below"),
    [
        ("NORMAL(5, 2, NAN, 4, 9)", cut(stats.norm(5, 2), 4, 9)),
        ("EXPRND(3, NAN, NAN, 6)", cut(stats.expon(0, 3), 0, 6)),
        ("GAMMA(2, 3, NAN, 3)", cut(stats.gamma(2, 0, 3), 3, np.inf)),
        ("BETA(2, 5, 8)", stats.beta(2, 5).cdf),
    ],
)
def test_minimum_and_maximum_cut_the_distribution(call: str, below: object) -> None:
    assert stats.kstest(draws(call), below).pvalue > 1e-3


def test_what_is_never_inside_becomes_the_limit() -> None:
    assert set(draws("UNIFORM(0, 1, NAN, 5, 7)", 3)) == {5}


def test_a_sample_time_holds_the_draw() -> None:
    text = file(
        aux("x", "NORMAL(0, 1, 3, NAN, NAN, 2)") + aux("y", "NORMAL(0, 1, 3)"),
        settings=specs(6, 0.5),
    )
    found = run(text)
    x = column(found, "x")
    assert [len(set(x[k : k + 4])) for k in (0, 4, 8)] == [1, 1, 1]
    assert len(set(x[::4])) == 4
    assert len(set(column(found, "y"))) == 13


def test_a_held_draw_changes_at_whole_multiples_of_its_time() -> None:
    """Random builtins: with 1 it changes at the times 1, 2, 3 and so on, whatever DT is."""
    settings = specs(3.5, 0.5).replace("<start>0", "<start>0.5")
    x = column(run(file(aux("x", "NORMAL(0, 1, 3, NAN, NAN, 1)"), settings=settings)), "x")
    changes = [0.5 * (k + 1) for k in range(1, 7) if x[k] != x[k - 1]]
    assert changes == [1, 2, 3]


def test_arrivals_per_time_unit_are_told_where_others_read_them_per_step(tmp_path: Path) -> None:
    model = tmp_path / "m.stmx"
    text = file(aux("x", "POISSON(8, 3)"), settings=specs(3, 0.25), header="")
    model.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["convert", str(model), str(tmp_path / "m.xmile")])
    assert "`POISSON` has a mean per time unit" in result.output
