"""Data that are held between their points, read by functions of data, also by way of XMILE."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats.vensim.running import control, values
from headwater.api import load
from headwater.compiler.functions.data.moments import constant, moment
from headwater.compiler.resolved import Apply, Literal, Node, Now
from headwater.formats.registry import find_writer, read_model
from headwater.model.case import Case
from headwater.simulation.run import Request

NOTHING = -(2.0**109)
POINTS = "Time,seen\n1,10\n3,30\n4,20\n"
MODES = {
    "before": [NOTHING, 10, 10, 30, 20, NOTHING, NOTHING],
    "line": [NOTHING, 10, 20, 30, 20, NOTHING, NOTHING],
    "after": [NOTHING, 10, 30, 30, 20, NOTHING, NOTHING],
}


def text(way: str) -> str:
    return (
        f"seen {way} := GET DIRECT DATA('seen.csv', ',', 'A', 'B2') ~~|\n"
        "before = GET DATA BETWEEN TIMES(seen, Time, -1) ~~|\n"
        "line = GET DATA BETWEEN TIMES(seen, Time, 0) ~~|\n"
        "after = GET DATA BETWEEN TIMES(seen, Time, 1) ~~|\n"
        "last = GET DATA LAST TIME(seen) ~~|\nother = seen ~~|\n" + control(6.0)
    )


@pytest.mark.parametrize(
    ("way", "ending"),
    [
        *((":HOLD BACKWARD:", ending) for ending in (".mdl", ".xmile", ".md")),
        *((":INTERPOLATE:", ending) for ending in (".mdl", ".xmile", ".md")),
        *((":LOOK FORWARD:", ending) for ending in (".mdl", ".md")),
    ],
)
def test_between_times(tmp_path: Path, way: str, ending: str) -> None:
    """Between points the mode decides, whatever the data's own way; beyond them there is none."""
    (tmp_path / "seen.csv").write_text(POINTS, encoding="utf-8")
    source = tmp_path / "source.mdl"
    source.write_text(text(way), encoding="utf-8")
    found = read_model(source)
    project = found.project if isinstance(found, Case) else found
    path = tmp_path / f"made{ending}"
    written = find_writer(path).write(project, "made", lambda _: ())
    for name, content in written.files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    path.write_text(written.text, encoding="utf-8")
    run = load(path).results(Request(check_finite=False))
    for name, expected in MODES.items():
        assert list(values(run, name)) == expected, name
    assert set(values(run, "last")) == {4.0}


NOW = Now()
ONE, TWO = Literal(1.0), Literal(2.0)


@pytest.mark.parametrize(
    ("x", "found"),
    [
        (NOW, (1.0, 0.0)),
        (Apply("+", (NOW, TWO)), (1.0, 2.0)),
        (Apply("+", (TWO, NOW)), (1.0, 2.0)),
        (Apply("-", (NOW, Apply("*", (TWO, Literal(1.5))))), (1.0, -3.0)),
        (Apply("negate", (Apply("-", (NOW, TWO)),)), (-1.0, 2.0)),
        (Apply("-", (ONE, Apply("+", (NOW, TWO)))), (-1.0, -1.0)),
        (Apply("+", (Apply("/", (ONE, TWO)), NOW)), (1.0, 0.5)),
        (Apply("*", (TWO, NOW)), None),
        (Apply("+", (NOW, NOW)), None),
        (ONE, None),
    ],
)
def test_moments_beside_the_time(x: Node, found: tuple[float, float] | None) -> None:
    assert moment(x) == found


def test_constants() -> None:
    assert constant(Apply("negate", (Apply("-", (ONE, TWO)),))) == 1.0
    assert constant(Apply("/", (ONE, Literal(0.0)))) is None
    assert constant(NOW) is None
