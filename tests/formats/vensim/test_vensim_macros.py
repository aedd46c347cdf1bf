"""Macros within macros and with lookups of arrays, as Vensim's manual has them (Macros)."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import control, run, values
from headwater.api import load
from headwater.cli import main
from headwater.simulation.building import TargetName

TARGETS: list[TargetName] = ["reference", "llvm"]
LOOKUPS = "s: a, b ~~|\ng[a]((0,0),(1,1)) ~~|\ng[b]((0,0),(1,5)) ~~|\n"


@pytest.mark.parametrize("target", TARGETS)
def test_a_lookup_of_an_array_is_an_argument(target: TargetName) -> None:
    """Each element's macro has its own lookup, where nothing else of it is of an element."""
    text = (
        ":MACRO: READ(f, x)\nREAD = f(x) ~~|\n:END OF MACRO:\n"
        ":MACRO: GATHER(f, x)\nGATHER = INTEG(rate, 0) ~~|\nrate = READ(f, x) ~~|\n"
        f":END OF MACRO:\n{LOOKUPS}y[s] = READ(g[s], 0.5) ~~|\nz[s] = GATHER(g[s], 0.4) ~~|\n"
        "all = SUM(READ(g[s!], Time / 4)) ~~|\none = READ(g[b], 0.2) ~~|\n"
    )
    found = run(text, 2, target=target)
    assert values(found, "y")[0].tolist() == [0.5, 2.5]
    assert values(found, "z").tolist() == [[0, 0], [0.4, 2], [0.8, 4]]
    assert values(found, "all").tolist() == [0, 1.5, 3]
    assert values(found, "one")[0] == 1


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_further_results_within_a_macro(tmp_path: Path, ending: str) -> None:
    text = (
        "{UTF-8}\n:MACRO: PAIR(x : twice)\nPAIR = x + 1 ~~|\ntwice = x * 2 ~~|\n:END OF MACRO:\n"
        ":MACRO: OUTER(x : most)\nOUTER = PAIR(x : other) ~~|\nmost = other + 100 ~~|\n"
        ":END OF MACRO:\na = OUTER(3 + Time : w) ~~|\nb = w ~~|\n"
    )
    path, made = tmp_path / "model.mdl", tmp_path / f"made.{ending}"
    path.write_text(text + control(1), encoding="utf-8")
    assert CliRunner().invoke(main, ["convert", str(path), str(made)]).exit_code == 0
    for each in (load(path), load(made)):
        found = each.run()
        assert found["a"].values.tolist() == [4, 5]
        assert found["b"].values.tolist() == [106, 108]
    if ending == "mdl":
        assert "PAIR(x : other)" in made.read_text(encoding="utf-8")


@pytest.mark.parametrize("gap", ["\n", " \\\n\t\t", " "])
def test_the_header_of_a_macro_may_go_on_in_the_next_line(gap: str) -> None:
    text = (
        f":MACRO:{gap}MANY\\\n\tTIMES(a,\\\n\tb)\nMANY TIMES = a * b ~~|\n:END OF MACRO:\n"
        "x = MANY TIMES(3, 4) ~~|\n"
    )
    found = run(text, 1)
    assert values(found, "x")[0] == 12.0
