"""Models that are written to compare tools: they run, and the comparison sees what differs."""

import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import headwater
from headwater.cli import main

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def agreement(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import agreement

    yield agreement
    for name in [n for n in sys.modules if n.partition(".")[0] in ("agreement", "dialect_models")]:
        del sys.modules[name]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["functions", "ranges", "stella"])
def test_random_models_run_the_same_from_the_other_format(
    agreement, tmp_path: Path, kind: str, seed: int
) -> None:
    model = agreement.WRITERS[kind](seed, "pysd")
    first = tmp_path / f"model{model.suffix}"
    first.write_text(model.text, encoding="utf-8")
    second = first.with_suffix(".xmile" if model.suffix == ".mdl" else ".mdl")
    made = CliRunner().invoke(main, ["convert", str(first), str(second)])
    assert made.exit_code == 0, made.output
    ours, theirs = agreement.run_headwater(first), agreement.run_headwater(second)
    shared = ours.keys() & theirs.keys()
    variables = headwater.load(first).project.variables
    assert len(shared) >= sum(getattr(v, "equations", True) != () for v in variables)  # no lookups
    for name in shared:
        assert np.array_equal(ours[name], theirs[name], equal_nan=True), name


def test_forms_that_a_tool_computes_otherwise_are_left_out(agreement) -> None:
    texts = [agreement.WRITERS["functions"](seed, "simlin").text for seed in range(20)]
    assert not any("DELAY FIXED" in text for text in texts)
    texts = [agreement.WRITERS["functions"](seed, "pysd").text for seed in range(20)]
    assert any("DELAY FIXED" in text for text in texts)


def test_a_difference_is_found_and_told(agreement, tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(
        "con1 = 2 ~~|\ns = INTEG(con1, 1) ~~|\nINITIAL TIME = 0 ~~|\nFINAL TIME = 2 ~~|\n"
        "TIME STEP = 1 ~~|\nSAVEPER = TIME STEP ~~|\n"
    )
    table = tmp_path / "m.mdl.csv"
    table.write_text("time,S,con1\n0,1,2\n1,3,2\n2,5,2\n")
    assert agreement.judge(path, ["con1"]) == ("agree", "")
    table.write_text("time,S,con1\n0,1,2\n1,3,2\n2,6,2\n")
    outcome, told = agreement.judge(path, ["con1"])
    assert outcome == "differ"
    assert told == "s at row 2: 5.0 here, 6.0 there"
    table.unlink()
    assert agreement.judge(path, ["con1"])[0] == "not run by the tool"
