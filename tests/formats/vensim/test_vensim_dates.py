"""Calendar dates in Vensim's models, against Python's own calendar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.vensim.running import Values, control, values
from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.formats.vensim import project_of, write
from headwater.formats.xmile import write as write_xmile
from headwater.language.source import Source
from headwater.model.project import Project
from headwater.simulation.building import TargetName
from headwater.simulation.run import Request

TARGETS: list[TargetName] = ["reference", "llvm"]
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
ALL = "".join(f"m{k} = GET TIME VALUE(0, shift, {k}) ~~|\n" for k in (1, 2, 3, 4, 6, 7, 8, 9))


def dated(text: str, date: str, unit: str, stop: float, step: float = 1.0) -> Project:
    """A model whose settings say the date at time 0 and the unit of time, as Vensim stores them."""
    year, month, day = map(int, date.split("-"))
    lines = f"35:Date\n36:YYYY-MM-DD\n37:{year}\n38:{month}\n39:{day}\n40:{UNITS.index(unit)}\n"
    whole = text + control(stop, step) + "///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,0,0,0\n" + lines
    return project_of(Source("model.mdl", whole), None, "model")


def found(model: Project, *names: str, target: TargetName = "llvm") -> list[Values]:
    results = Model(model).results(Request(target=target))
    return [values(results, name) for name in names]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("date", "unit", "step"),
    [
        ("2000-1-1", "day", 1.0),
        ("1899-12-30", "day", 29.0),
        ("2024-2-28", "hour", 7.0),
        ("1600-2-29", "week", 13.0),
        ("2023-8-1", "minute", 617.0),
        ("1970-1-1", "second", 86_399.5),
    ],
)
def test_dates_of_a_run_are_those_of_the_calendar(
    date: str, unit: str, step: float, target: TargetName
) -> None:
    text = (
        ALL
        + "shift = 0 ~~|\nm5 = GET TIME VALUE(0, 0, 5) ~~|\nfirst = GET TIME VALUE(1, 0, 4) ~~|\n"
    )
    model = dated(text, date, unit, 60 * step, step)
    names = [f"m{k}" for k in range(1, 10)]
    rows = np.array(found(model, *names, target=target)).T
    start = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC)
    for turn, row in enumerate(rows):
        now = start + timedelta(**{f"{unit}s": turn * step})
        quarter = (now.month + 2) // 3
        # isoweekday counts from Monday as 1; the year 0 had 366 days.
        day = [now.isoweekday() % 7, now.toordinal() + 365, now.hour, now.minute]
        assert row[:8].tolist() == [now.year, quarter, now.month, now.day, *day]
        assert row[8] == pytest.approx(now.second + now.microsecond / 1e6, abs=1e-3)
    (first,) = found(model, "first", target=target)
    assert set(first.tolist()) == {float(start.day)}


@settings(max_examples=20, deadline=None)
@given(days=st.lists(st.integers(-700_000, 2_900_000), min_size=1, max_size=5))
def test_any_day_of_the_calendar(days: list[int]) -> None:
    """An offset leads to the date that far away, before the base date too."""
    text = "".join(
        f"y{k} = GET TIME VALUE(0, {day}, 1) ~~|\nm{k} = GET TIME VALUE(0, {day}, 3) ~~|\n"
        f"d{k} = GET TIME VALUE(0, {day}, 4) ~~|\n"
        for k, day in enumerate(days)
    )
    model = dated(text, "2000-1-1", "day", 1)
    for k, day in enumerate(days):
        now = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=day)
        year, month, of_month = found(model, f"y{k}", f"m{k}", f"d{k}")
        assert (year[0], month[0], of_month[0]) == (now.year, now.month, now.day), day


@pytest.mark.parametrize("target", TARGETS)
def test_years_quarters_and_months_have_months_of_thirty_days(target: TargetName) -> None:
    """By the manual such models count in years of 360 days: a quarter of a month is 7.5 days."""
    model = dated(ALL + "shift = -1 ~~|\n", "2000-3-1", "month", 14, 0.25)
    names = [f"m{k}" for k in (1, 2, 3, 4, 7)]
    rows = np.array(found(model, *names, target=target)).T
    for turn, row in enumerate(rows.tolist()):
        months = 2000 * 12 + 2 + turn / 4 - 1
        year, month = divmod(int(months // 1), 12)
        day = (months % 1) * 30
        assert row == [year, month // 3 + 1, month + 1, day // 1 + 1, day % 1 * 24]


def test_a_year_that_is_the_time_itself() -> None:
    model = dated("y = GET TIME VALUE(0, 1990, 1) ~~|\n", "0-1-1", "year", 10, 0.125)
    (year,) = found(model, "y")
    assert year.tolist() == [1990 + k // 8 for k in range(81)]


@pytest.mark.parametrize(
    ("call", "unit", "why"),
    [
        ("GET TIME VALUE(2, 0, 1)", "day", "computer's clock"),
        ("GET TIME VALUE(0, 0, 5)", "month", "no day of the week"),
        ("GET TIME VALUE(0, 0, 10)", "day", "no measure 10"),
        ("GET TIME VALUE(0, 0, Time)", "day", "are whole numbers"),
    ],
)
def test_what_the_manual_leaves_open_is_refused(call: str, unit: str, why: str) -> None:
    with pytest.raises(HeadwaterError, match=why):
        found(dated(f"x = {call} ~~|\n", "2000-1-1", unit, 2), "x")


def test_dates_need_a_date_at_time_0() -> None:
    text = "x = GET TIME VALUE(0, 0, 1) ~~|\n" + control(2)
    with pytest.raises(HeadwaterError, match="needs the date at time 0"):
        found(project_of(Source("model.mdl", text), None, "model"), "x")
    with pytest.raises(HeadwaterError, match="2000-2-30, which is no date"):
        found(dated("x = GET TIME VALUE(0, 0, 1) ~~|\n", "2000-2-30", "day", 2), "x")


def test_the_date_at_time_0_is_kept(tmp_path: Path) -> None:
    model = dated("x = GET TIME VALUE(0, 0, 1) ~~|\n", "2023-8-1", "week", 4)
    back = project_of(Source("model.mdl", write(model, "model").text), tmp_path, "model")
    assert back.sim_specs == model.sim_specs
    assert found(back, "x")[0].tolist() == [2023] * 5
    assert any("date at time 0" in loss.message for loss in write_xmile(model)[1])
