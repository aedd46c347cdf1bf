"""Vensim's set-ups of sensitivity simulations (.vsc) against scipy's distributions."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from headwater.api import Model, load
from headwater.cli import main
from headwater.errors import HeadwaterError
from headwater.formats.vensim.files.sensitivity import read_setup

MODEL = """{UTF-8}
who: men, women ~~|
rate[who] = 0.1, 0.2 ~~|
loss = 0.05 ~~|
start = 100 ~~|
double = 2 * start ~~|
law == 3 ~~|
FINAL TIME = 1 ~~|
INITIAL TIME = 0 ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""
RUNS = 4000


@pytest.fixture
def model(tmp_path: Path) -> Model:
    (tmp_path / "model.mdl").write_text(MODEL)
    return load(tmp_path / "model.mdl")


def setup(tmp_path: Path, text: str) -> Path:
    (tmp_path / "setup.vsc").write_text(text, newline="")
    return tmp_path / "setup.vsc"


def test_the_first_line_and_what_it_leaves_out(tmp_path: Path) -> None:
    found = read_setup(setup(tmp_path, "250,M,77,,0\r\nloss=RANDOM UNIFORM(0,1)\r\n"))
    assert (found.runs, found.method, found.seed) == (250, "multivariate", 77)
    usual = read_setup(setup(tmp_path, "{UTF-8}\n,L\nloss = RANDOM_UNIFORM( 0 , 1 )\n"))
    assert (usual.runs, usual.method, usual.seed) == (200, "hypercube", 1234)
    assert usual.changing[0].numbers == (0.0, 1.0)


# Each is cut off at its minimum and maximum; wide ones leave the distribution whole.
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RANDOM UNIFORM(11,15)", stats.uniform(11, 4)),
        ("RANDOM NORMAL(-90,90,5,2)", stats.norm(5, 2)),
        ("RANDOM NORMAL(5,90,5,2)", stats.truncnorm(0, 50, 5, 2)),
        ("RANDOM TRIANGULAR(.5,1.5,.5,1,1.5)", stats.triang(0.5, 0.5, 1)),
        ("RANDOM EXPONENTIAL(0,999,3,2)", stats.expon(3, 2)),
        ("RANDOM WEIBULL(0,999,2,0,3)", stats.weibull_min(2, 0, 3)),
        ("RANDOM GAMMA(0,999,3,1,2)", stats.gamma(3, 1, 2)),
        ("RANDOM BETA(0,9,2,5,1,4)", stats.beta(2, 5, 1, 4)),
    ],
)
def test_draws_are_those_of_the_distribution(
    model: Model, tmp_path: Path, line: str, expected: stats.rv_continuous
) -> None:
    for method in "ML":
        file = setup(tmp_path, f"{RUNS},{method},5\nloss={line}\n")
        drawn = model.sensitivity_samples(file).values["loss"]
        assert stats.kstest(drawn, expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RANDOM POISSON(0,999,4,0,1)", stats.poisson(4)),
        ("RANDOM BINOMIAL(0,99,0.3,20,0,1)", stats.binom(20, 0.3)),
        ("RANDOM NEGATIVE BINOMIAL(0,9999,0.2,3,0,1)", stats.nbinom(3, 0.2, loc=3)),
    ],
)
def test_counts_are_those_of_the_distribution(
    model: Model, tmp_path: Path, line: str, expected: stats.rv_discrete
) -> None:
    drawn = model.sensitivity_samples(setup(tmp_path, f"{RUNS},L\nstart={line}\n")).values["start"]
    values, counts = np.unique(drawn, return_counts=True)
    # A Latin hypercube holds each count to the nearest whole slices.
    assert np.abs(counts - RUNS * expected.pmf(values)).max() < 2


def test_counts_are_cut_off_with_their_ends(model: Model, tmp_path: Path) -> None:
    file = setup(tmp_path, f"{RUNS},L\nstart=RANDOM POISSON(2,4,4,0,1)\n")
    values, counts = np.unique(model.sensitivity_samples(file).values["start"], return_counts=True)
    shares = stats.poisson(4).pmf([2, 3, 4])
    assert values.tolist() == [2, 3, 4]
    np.testing.assert_allclose(counts / RUNS, shares / shares.sum(), atol=1e-3)


def test_a_constant_after_the_other(model: Model, tmp_path: Path) -> None:
    text = "3,U\nstart=VECTOR(10,20,5)\nrate[women]=RANDOM UNIFORM(0,1)\n"
    found = model.sensitivity_samples(setup(tmp_path, text))
    assert found.runs == 6
    assert found.values["start"].tolist() == [10, 15, 20, 100, 100, 100]
    assert found.values["rate[women]"][:3].tolist() == [0.2, 0.2, 0.2]
    assert len(set(found.values["rate[women]"])) == 4


def test_a_grid_has_all_combinations(model: Model, tmp_path: Path) -> None:
    text = "2,G\nstart=RANDOM UNIFORM(0,4)\nloss=RANDOM UNIFORM(0,8)\n"
    found = model.sensitivity_samples(setup(tmp_path, text))
    # The middles of two equally probable parts each.
    pairs = list(zip(found.values["start"].tolist(), found.values["loss"].tolist(), strict=True))
    assert pairs == [(1, 2), (1, 6), (3, 2), (3, 6)]


def test_a_table_gives_the_values(model: Model, tmp_path: Path) -> None:
    (tmp_path / "mine.tab").write_text("START\trate[men]\tNOISE SEED\n1\t0.5\t7\n2\t\t8\n")
    found = model.sensitivity_samples(setup(tmp_path, r"9,F,,C:\work\mine.tab,0" + "\n"))
    assert found.runs == 2
    assert {n: v.tolist() for n, v in found.values.items()} == {
        "start": [1, 2],
        "rate[men]": [0.5, 0.5],
    }


def test_an_empty_interval_changes_nothing(model: Model, tmp_path: Path) -> None:
    text = "2,M\nstart=RANDOM UNIFORM(5,5)\nloss=RANDOM UNIFORM(0,1)\n"
    assert list(model.sensitivity_samples(setup(tmp_path, text)).values) == ["loss"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10,X\nloss=RANDOM UNIFORM(0,1)", "`X` is no method"),
        ("ten,M\nloss=RANDOM UNIFORM(0,1)", "`ten`, no number"),
        ("10,M\nloss=RANDOM UNIFROM(0,1)", "did you mean `RANDOM UNIFORM`"),
        ("10,M\nloss=RANDOM UNIFORM(0)", "needs 2 numbers"),
        ("10,M\nloss 5", "changes no constant"),
        ("10,M", "no constant changes"),
        ("10,F", "needs a file"),
        ("10,F,,mine.tab", "no file `mine.tab`"),
        ("10,M\nlos=RANDOM UNIFORM(0,1)", "did you mean `loss`"),
        ("10,M\ndouble=RANDOM UNIFORM(0,1)", "`double` is no constant"),
        ("10,M\nlaw=RANDOM UNIFORM(0,1)", "`law` is a constant that cannot be changed"),
        ("10,M\nrate=RANDOM UNIFORM(0,1)", r"`rate` has 2 elements(.|\n)*rate\[men\]"),
        ("10,M\nloss=VECTOR(0,1,0.1)", "VECTOR"),
        ("10,M\nloss=RANDOM BETA(0,1,-1,2,0,1)", "no distribution"),
        ("10,M\nloss=RANDOM NORMAL(0,1,0,-1)", "stretched"),
        ("999999,G\nloss=RANDOM UNIFORM(0,1)\nstart=RANDOM UNIFORM(0,1)", "runs"),
    ],
)
def test_what_cannot_be_done_is_said(model: Model, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        model.sensitivity_samples(setup(tmp_path, text))


def test_the_command_runs_a_set_up(
    tmp_path: Path, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    del model
    file = setup(tmp_path, "4,M,1\nstart=RANDOM UNIFORM(0,10)\n")
    output = tmp_path / "runs.csv"
    words = ["ensemble", str(tmp_path / "model.mdl"), "--sensitivity", str(file)]
    (tmp_path / "other.cin").write_text("loss = 0.25\n")
    words += ["--changes", str(tmp_path / "other.cin"), "--outputs", "double,loss"]
    with pytest.raises(SystemExit) as status:
        main([*words, "--times", "1", "-o", str(output)])
    assert status.value.code == 0
    head, *rows = [line.split(",") for line in output.read_text().splitlines()]
    assert head == ["Run", "Time", "double", "loss", "start"]
    assert len(rows) == 4
    assert all(float(row[2]) == 2 * float(row[4]) for row in rows)
    assert {row[3] for row in rows} == {"0.25"}
    assert "no input is uncertain" not in capsys.readouterr().err
