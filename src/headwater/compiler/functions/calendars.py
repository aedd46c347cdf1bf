"""Calendar dates as functions of time: Vensim's GET TIME VALUE.

Years, quarters and months count in a calendar of twelve months of 30 days each. Shorter units
count in the Gregorian calendar, carried back before its time. The algorithm is Hinnant's:
https://howardhinnant.github.io/date_algorithms.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from headwater.compiler.functions.memory.delays import Arguments, Maker
from headwater.compiler.resolved import Literal, Node, Now, op
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call
from headwater.model.project import Calendar

_DAY = 86_400.0
_SECONDS: Mapping[str, float] = {
    "year": 360 * _DAY,
    "quarter": 90 * _DAY,
    "month": 30 * _DAY,
    "week": 7 * _DAY,
    "day": _DAY,
    "hour": 3_600.0,
    "minute": 60.0,
    "second": 1.0,
}
_EVEN = frozenset({"year", "quarter", "month"})
_SLACK = Literal(1e-3)
"""Seconds by which a time may fall short of a whole day, hour or minute."""

_FROM_MARCH = 60.0
"""Days from 1 January of the year 0, a leap year, to its 1 March."""


def _whole(a: Node, b: float) -> Node:
    return op("floor", op("/", a, Literal(b)))


def _rest(a: Node, count: Node, size: float) -> Node:
    return op("-", a, op("*", Literal(size), count))


def _plus(a: Node, b: float) -> Node:
    return op("+", a, Literal(b))


@dataclass(frozen=True, slots=True)
class _Moment:
    """A day, counted from 1 January of the year 0, and the seconds since its midnight.

    ``year``, ``month`` and ``day`` are its date; ``even`` tells that months have 30 days.
    """

    count: Node
    seconds: Node
    year: Node
    month: Node
    day: Node
    even: bool


def first_day(calendar: Calendar) -> int:
    """Return the day of time 0, counted from 1 January of the year 0.

    Raises ValueError where there is no such date.
    """
    if calendar.unit in _EVEN:
        if not (1 <= calendar.month <= 12 and 1 <= calendar.day <= 31):
            raise ValueError("no such date")
        return 360 * calendar.year + 30 * (calendar.month - 1) + calendar.day - 1
    # Four hundred years, which are 146,097 days, keep the year within what dates can have.
    return date(calendar.year + 400, calendar.month, calendar.day).toordinal() - 146_097 + 365


def _moment(frame: Frame, name: str, time: Node, calendar: Calendar) -> _Moment:
    shared = frame.resolver.shared
    passed = shared(frame, f"{name}.seconds", op("*", time, Literal(_SECONDS[calendar.unit])))
    days = shared(frame, f"{name}.days", _whole(op("+", passed, _SLACK), _DAY))
    count = shared(frame, f"{name}.day", _plus(days, float(first_day(calendar))))
    seconds = _rest(passed, days, _DAY)
    if calendar.unit in _EVEN:
        year = _whole(count, 360.0)
        of_year = _rest(count, year, 360.0)
        month = _whole(of_year, 30.0)
        day = _plus(_rest(of_year, month, 30.0), 1.0)
        return _Moment(count, seconds, year, _plus(month, 1.0), day, True)
    return _Moment(count, seconds, *_gregorian(frame, name, count), False)


def _gregorian(frame: Frame, name: str, count: Node) -> tuple[Node, Node, Node]:
    """Return year, month and day; years are counted from March, so that leap days come last."""

    def shared(label: str, value: Node) -> Node:
        return frame.resolver.shared(frame, f"{name}.{label}", value)

    since = shared("since", _plus(count, -_FROM_MARCH))
    era = shared("era", _whole(since, 146_097.0))
    of_era = shared("of era", _rest(since, era, 146_097.0))
    leaps = op("-", _whole(of_era, 36_524.0), _whole(of_era, 1_460.0))
    leaps = op("-", leaps, _whole(of_era, 146_096.0))
    year = shared("of year", _whole(op("+", of_era, leaps), 365.0))
    before = op("-", op("+", op("*", Literal(365.0), year), _whole(year, 4.0)), _whole(year, 100.0))
    of_year = shared("from March", op("-", of_era, before))
    march = shared("month", _whole(_plus(op("*", Literal(5.0), of_year), 2.0), 153.0))
    begins = _whole(_plus(op("*", Literal(153.0), march), 2.0), 5.0)
    late = op(">=", march, Literal(10.0))
    month = _plus(march, 3.0), _plus(march, -9.0)
    whole = op("+", year, op("*", Literal(400.0), era))
    return (
        op("if", late, _plus(whole, 1.0), whole),
        op("if", late, month[1], month[0]),
        _plus(op("-", of_year, begins), 1.0),
    )


def _year(moment: _Moment) -> Node:
    return moment.year


def _quarter(moment: _Moment) -> Node:
    return _plus(_whole(_plus(moment.month, -1.0), 3.0), 1.0)


def _month(moment: _Moment) -> Node:
    return moment.month


def _day(moment: _Moment) -> Node:
    return moment.day


def _weekday(moment: _Moment) -> Node:
    # 1 January of the year 0 was a Saturday.
    return op("mod", _plus(moment.count, 6.0), Literal(7.0))


def _days(moment: _Moment) -> Node:
    return moment.count


def _hour(moment: _Moment) -> Node:
    return _whole(op("+", moment.seconds, _SLACK), 3_600.0)


def _minutes(moment: _Moment) -> Node:
    return _whole(op("+", moment.seconds, _SLACK), 60.0)


def _minute(moment: _Moment) -> Node:
    return op("mod", _minutes(moment), Literal(60.0))


def _second(moment: _Moment) -> Node:
    return op("max", Literal(0.0), _rest(moment.seconds, _minutes(moment), 60.0))


_MEASURES: Mapping[int, Callable[[_Moment], Node]] = {
    1: _year,
    2: _quarter,
    3: _month,
    4: _day,
    5: _weekday,
    6: _days,
    7: _hour,
    8: _minute,
    9: _second,
}


def _time_value(frame: Frame, node: Call, arguments: Arguments) -> Node:
    relative, measure = (_whole_number(arguments[k]) for k in ("relative_to", "measure"))
    name, specs = node.function.text, frame.resolver.specs
    if relative is None or measure is None:
        return frame.error(node, f"the first and the last argument of {name} are whole numbers")
    if relative not in (0, 1):
        return frame.error(
            node,
            f"{name} of the computer's clock would make every run another one",
            "write 0 (now) or 1 (at the start) as its first argument",
        )
    start: Node = Now() if relative == 0 else Literal(specs.start)
    time = op("+", start, arguments["offset"])
    if measure == 0:
        return time
    reading = _MEASURES.get(measure)
    if reading is None:
        return frame.error(node, f"{name} has no measure {measure} here", "it has 0 to 9")
    calendar = specs.calendar
    if calendar is None:
        return frame.error(
            node,
            f"{name} needs the date at time 0, which this model does not have",
            "only 0, the model's own time, can be its last argument",
        )
    try:
        first_day(calendar)
    except ValueError:
        written = f"{calendar.year}-{calendar.month}-{calendar.day}"
        return frame.error(node, f"the model's date at time 0 is {written}, which is no date")
    if measure == 5 and calendar.unit in _EVEN:
        return frame.error(
            node,
            f"{name} has no day of the week where time is counted in {calendar.unit}s",
            "months then have 30 days each; count time in days or weeks",
        )
    return reading(_moment(frame, name, time, calendar))


def _whole_number(node: Node) -> int | None:
    return int(node.value) if isinstance(node, Literal) and node.value.is_integer() else None


CALENDARS: Mapping[str, Maker] = {"GET_TIME_VALUE": _time_value}
