"""What the last part of a model file sets: integration, equal units, data files, file tags.

Each line is a number and a value. Line 15 has the integration technique in its fourth place: 0 is
Euler's method and 2 the difference method, 1 and 5 are Runge-Kutta of order four, 3 and 4 of order
two, each with an adaptive and a fixed step. Adaptive techniques run with the model's step. Lines
37 to 39 are the date at time 0: year, month, day; line 40 is the unit in which time is counted,
from 0 (years) to 7 (seconds).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from headwater.errors import Diagnostic, Place
from headwater.formats.vensim.sections import Sections
from headwater.model.project import Calendar, CalendarUnit

_INTEGRATION, _EQUIVALENTS, _DATA_FILE, _TAG = 15, 22, 13, 30
YEAR, MONTH, DAY, UNIT = 37, 38, 39, 40
CALENDAR_UNITS: tuple[CalendarUnit, ...] = (
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
)
_METHODS = {"0": "euler", "1": "rk4", "2": "euler", "3": "midpoint", "4": "midpoint", "5": "rk4"}
_ADAPTIVE = {"1": "four", "3": "two"}
_DIFFERENCE = "2"
_TAGGED = re.compile(r"\?([^=]+)=(.+)")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that a run depends on."""

    method: str = "euler"
    warnings: tuple[Diagnostic, ...] = ()
    data_files: tuple[str, ...] = ()
    equivalents: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    calendar: Calendar | None = None


def read_settings(sections: Sections, name: str) -> Settings:
    """Return the settings of the file ``name``."""
    method, technique = "euler", ""
    for value in sections.values(_INTEGRATION):
        parts = value.split(",")
        if len(parts) > 3:
            technique = parts[3].strip()
            method = _METHODS.get(technique, "euler")
    files = [f.strip() for v in sections.values(_DATA_FILE) for f in v.split(",")]
    tagged = [m for v in sections.values(_TAG) if (m := _TAGGED.match(v.strip()))]
    warnings: tuple[Diagnostic, ...] = ()
    if technique in _ADAPTIVE:
        said = (
            f"the settings ask for Runge-Kutta of order {_ADAPTIVE[technique]} that chooses its "
            f"step; it runs as `{method}` with the model's TIME STEP"
        )
        hint = "dopri5 and bosh3 choose their step: headwater run --method dopri5"
        warnings = (Diagnostic(said, Place(name), hint, "warning"),)
    elif technique == _DIFFERENCE:
        said = (
            "the settings ask for the difference method, which reports auxiliaries as they were at "
            "the save before; here every variable is reported as it is at its own time"
        )
        hint = "the stocks are the same; to compare the others, shift them by one SAVEPER"
        warnings = (Diagnostic(said, Place(name), hint, "warning"),)
    return Settings(
        method,
        warnings,
        tuple(dict.fromkeys(f for f in files if f)),
        tuple(sections.values(_EQUIVALENTS)),
        tuple((m.group(1).strip().casefold(), m.group(2).strip()) for m in tagged),
        _calendar(sections),
    )


def _calendar(sections: Sections) -> Calendar | None:
    """Return the date at time 0; None where the file does not say it."""
    said = [next(iter(sections.values(n)), "").strip() for n in (YEAR, MONTH, DAY, UNIT)]
    if not all(text.isdecimal() and len(text) < 6 for text in said):
        return None
    year, month, day, unit = map(int, said)
    return Calendar(year, month, day, CALENDAR_UNITS[unit]) if unit < 8 else None
