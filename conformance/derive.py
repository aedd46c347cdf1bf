"""Writes the recorded outputs of the models in this folder, from closed forms and by hand.

``python conformance/derive.py`` writes every ``output.csv`` anew; nothing here knows Headwater. The
rule that each model tests stands in ``README.md``.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent

Columns = Mapping[str, Sequence[float | None]]


def write(name: str, times: Sequence[float], columns: Columns) -> None:
    """Write one table; None is a cell of which the rule says nothing."""
    with (HERE / name / "output.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["Time", *columns])
        for k, time in enumerate(times):
            cells = (values[k] for values in columns.values())
            rows.writerow([repr(time), *("" if v is None else repr(v) for v in cells)])


def steps(stop: float, dt: float = 1.0) -> list[float]:
    """The times from 0 to ``stop``."""
    return [round(k * dt, 10) for k in range(round(stop / dt) + 1)]


def integrated(start: float, rates: Sequence[float], dt: float = 1.0) -> list[float]:
    """A stock of those net flows, by Euler's method."""
    values = [start]
    for rate in rates[:-1]:
        values.append(values[-1] + dt * rate)
    return values


def methods() -> None:
    """A decay of h = 1/2 a step is multiplied by the Taylor polynomial of exp(-h) of that order."""
    h, times = 0.5, steps(4, 0.5)
    for name, order in (("rk2", 2), ("rk4", 4)):
        factor = sum((-h) ** k / math.factorial(k) for k in range(order + 1))
        decay = [100 * factor**n for n in range(len(times))]
        write(name, times, {"x": decay, "y": [t * t / 2 for t in times]})
    times = steps(2, 0.1)
    on = [5.0 if k >= 3 else 0.0 for k in range(21)]
    pulse = [1.0 if k in (6, 7) else 0.0 for k in range(21)]
    write("steps_not_binary", times, {"x": times, "s": on, "p": pulse})


def modules_and_macros() -> None:
    """Tanks that lose a quarter each step; a stock of a growing stream; functions."""
    first, second = [0.0], [0.0]
    for _ in range(6):
        drained = first[-1] / 4
        second.append(second[-1] + drained - second[-1] / 4)
        first.append(first[-1] + 8 - drained)
    both = [a + b for a, b in zip(first, second, strict=True)]
    write("modules", steps(6), {"First.level": first, "Second.level": second, "seen": both})
    total = integrated(1, [2 * t for t in steps(4)])
    nested = {"Basin.Store.total": total, "kept": [2 * x for x in total]}
    write("modules_nested", steps(4), nested)
    carbon = [100.0]
    for _ in range(3):
        carbon.append(carbon[-1] + 10 - carbon[-1] / 100)
    felt = [x / 100 for x in carbon]
    write("modules_by_name", steps(3), {"Nature.Climate.CO2": carbon, "Energy.felt": felt})
    t = steps(5)
    added = integrated(10, [2 * x for x in t])
    write("macros", t, {"a": [5 * x for x in t], "b": added, "c": [2**x for x in t]})


def macros_that_repeat() -> None:
    """Runs to the end at each call, and calls of themselves, by what each amounts to."""
    t = [float(k) for k in range(7)]
    grown = {x: (1 + x / 2 + (x / 2) ** 2 / 2) ** 2 for x in t}
    columns: dict[str, Sequence[float | None]] = {
        "a": [float(math.factorial(max(int(x), 1))) for x in t],
        "b": [24 + x for x in t],
        "c": [grown[x] for x in t],
        "d": [x * grown[2] for x in t],
    }
    write("macros_own_runs", t, columns)
    columns = {
        "a": [float(math.gcd(48 + int(x), 18)) for x in t],
        "b": [x * (x + 1) / 2 for x in t],
        "c": [x * (x + 1) * (x + 2) / 6 for x in t],
        "d": [5050 + x for x in t],
    }
    write("macros_recursive", t, columns)
    arriving, starting = [0, 2, 0, 0, 0, 0, 0], [3, 1, 4, 2, 0, 0, 0]
    ending = [0, *starting[:-1]]
    line = integrated(8, [a - b for a, b in zip(arriving, starting, strict=True)])
    columns = {"line": line, "arriving": arriving, "starting": starting}
    write("queue_waiting", t, {**columns, "belt": ending, "ending": ending})


def belts() -> None:
    """What enters a conveyor leaves after the transit time, less what leaks on the way."""
    entering, leaving = [6, 6, 0, 0, 0, 0, 0, 0], [3, 3, 3, 6, 6, 0, 0, 0]
    net = [a - b for a, b in zip(entering, leaving, strict=True)]
    belt = integrated(9, net)
    write("conveyor", steps(7), {"entering": entering, "leaving": leaving, "belt": belt})
    later = [5.0, 6.0, 7.0, 8.0]
    write("conveyor_leak", later, {"leaving": [10 * 0.6] * 4, "leaking": [10 * 0.4] * 4})
    kept = 10 * 0.9**4
    steady = {"leaving": [kept] * 4, "leaking": [10 - kept] * 4}
    write("conveyor_exponential_leak", later, steady)
    taken = [4, 1] * 4 + [4]
    out = [0, 0, *taken[:-2]]
    outside = integrated(20, [-x for x in taken])
    content = integrated(0, [a - b for a, b in zip(taken, out, strict=True)])
    write("conveyor_capacity", steps(8), {"outside": outside, "belt": content, "leaving": out})
    served, done = [3, 2, 3, 2, 0, 0, 0], [0, 3, 2, 3, 2, 0, 0]
    line = integrated(0, [a - b for a, b in zip([5, 5, 0, 0, 0, 0, 0], served, strict=True)])
    desk = integrated(0, [a - b for a, b in zip(served, done, strict=True)])
    spread_evenly()
    # Twice as fast, twice as much leaves until all of before has; half as fast, half as much.
    t = steps(12, 0.5)
    speeds = [6.0 if 3 <= v < 5 else 1.5 if 7 <= v < 11 else 3.0 for v in t]
    content = integrated(12, [3 - v for v in speeds], 0.5)
    columns = {"entering": [3.0] * len(t), "leaving": speeds, "belt": content}
    write("conveyor_fifo", t, columns)
    write("queue", steps(6), {"line": line, "served": served, "desk": desk, "done": done})


def spread_evenly() -> None:
    """Six places of half a time unit; one inflow goes to the last, the other to all alike."""
    t = steps(8, 0.5)
    entering = [4.0 if v < 1 else 0.0 for v in t]
    joining = [12.0 if v == 2 else 6.0 if v == 2.5 else 0.0 for v in t]
    places, belt, leaving = [1.0] * 6, [], []
    for a, b in zip(entering, joining, strict=True):
        belt.append(sum(places))
        leaving.append(places[0] / 0.5)
        places = [p + b * 0.5 / 6 for p in [*places[1:], a * 0.5]]
    columns = {"entering": entering, "joining": joining, "leaving": leaving, "belt": belt}
    write("conveyor_spread", t, columns)


def limits() -> None:
    """Flows in their order until the stock is empty; flows that do not turn round."""
    first, second = [3, 3, 0, 0, 0], [4, 0, 0, 0, 0]
    left = integrated(10, [-a - b for a, b in zip(first, second, strict=True)])
    columns = {"s": left, "first": first, "second": second, "t": integrated(0, second)}
    write("non_negative_stock", steps(4), columns)
    free = [2 - t for t in steps(5)]
    held = [max(0.0, x) for x in free]
    columns = {"s": integrated(10, held), "f": held, "u": integrated(10, free), "g": free}
    write("non_negative_flow", steps(5), columns)


def vensim_delays() -> None:
    """By hand: when what entered at each step leaves."""
    t = steps(7)
    fixed = {"y": [-1, -1, -1, 0, 1, 2, 3, 4], "z": [5, *t[:-1]], "h": [0, 0, 0, *t[:-3]]}
    write("delay_fixed", t, fixed)
    material = {
        "m": [7, 7, 7, 7, 0, 1, 6, 8, 6, 7, 8],
        "i": [7, 7, 7, 7, 0, 1, 4, 5, 6, 7, 8],
        "n": [7, 7, 0, 1, 2, 3, -1, -1, 4, 5, 6],
        "j": [7, 7, 0, 1, 2, 3, 3, 3, 4, 5, 6],
    }
    write("delay_material", steps(10), material)
    batches = [0, 5, 0, 0, 0, 3, 0, 0, 3, 0]
    write("delay_batch", steps(9), {"b": batches, "out": integrated(0, batches)})
    leaky = [0.0] * 4 + [10 * 0.9**4] * 5
    write("delay_conveyor", steps(8), {"c": leaky, "d": [2, 2, 2, 2, 0, 0, 0, 0, 0]})
    write("depreciation", steps(8), {"d": [10, 10, 10, 7.5, 5, 2.5, 0, 0, 0]})
    level, rows, out = [5.0, 10.0, 10.0, 10.0], [], []
    for step in range(5):
        rows.append(level)
        level = [level[0] + 2, *(0.9 * x for x in level[1:])]
        out.append(level[-1] if step % 2 else 0.0)
        if step % 2:
            level = [0.0, *level[:-1]]
    names = ("vitro", "a1", "a2", "a3")
    cohorts = {f"pop[{n}]": [row[k] for row in rows] for k, n in enumerate(names)}
    write("shift_if_true", steps(4), {**cohorts, "out": out})


def arithmetic() -> None:
    """Rounding, operators, division by zero."""
    x = [t - 3.5 for t in steps(7)]
    towards_zero = {
        "a": [math.trunc(v) for v in x],
        "b": [math.fmod(v, 2) for v in x],
        "c": [2 * math.trunc(v / 2) for v in x],
    }
    write("rounding_vensim", steps(7), towards_zero)
    downwards = {
        "a": [math.floor(v) for v in x],
        "b": [v - 2 * math.floor(v / 2) for v in x],
        "d": [v + 2 * math.floor(v / -2) for v in x],
    }
    write("rounding_xmile", steps(7), downwards)
    columns = {"a": [0, -1, -4], "c": [18] * 3, "d": [-4] * 3, "e": [1, 0, 1]}
    write("precedence", steps(2), columns)
    write("division_by_zero", steps(2), {"a": [-6, 0, 6], "b": [-6, 9, 6]})


def arrays() -> None:
    """Parts of arrays, shares of a supply, initial values one after the other."""
    t = steps(2)
    columns = {"y[a]": [10 * v for v in t], "y[b]": [20 * v for v in t]}
    write("partial_array", t, {**columns, "total": [30 * v for v in t]})
    demand, got = (4.0, 6.0, 8.0), []
    for time in steps(7):
        left, row = 3 * time, []
        for wanted in demand:
            row.append(min(wanted, left))
            left -= row[-1]
        got.append(row)
    shares = {f"got[s{k + 1}]": [row[k] for row in got] for k in range(3)}
    write("allocation", steps(7), shares)
    t = steps(3)
    chain = {f"x[c{k + 1}]": [2 * 3.0**k + v for v in t] for k in range(4)}
    active = [None, *(2 * v + 1 for v in t[1:])]
    write("initial_order", t, {**chain, "first": [54] * 4, "t": active, "s": [100] * 4})


def solved() -> None:
    """Loops that settle; a circle and a line, shares of income, cube roots; markets by hand."""
    t = steps(4)
    load = [(900 + 100 * v) / 800 / (1 + (900 + 100 * v) / 1600) for v in t]
    calls = [800 * v for v in load]
    columns: dict[str, Sequence[float | None]] = {
        "load": load,
        "calls": calls,
        "served": integrated(0, calls),
    }
    for k in (1, 2, 3):
        columns[f"root[s{k}]"] = [math.sqrt(k * (1 + v)) for v in t]
        columns[f"start[s{k}]"] = [math.sqrt(k) / 2**n for n in range(5)]
    # first = second / 4 + 3 and second * 4 / 3 = first / 2 + t
    second = [(1.5 + v) / (4 / 3 - 1 / 8) for v in t]
    columns |= {"first": [v / 4 + 3 for v in second], "second": second}
    write("simultaneous", t, columns)
    # y (y + 1) = (24 + t) / 2, and x is one more.
    y = [(math.sqrt(49 + 2 * v) - 1) / 2 for v in t]
    # What each good sells for is its share of the income; the first price stays at 2.
    income = 2 * 1 / 0.5
    prices = {"bread": 2.0, "wine": 0.3 * income / 2, "coal": 0.2 * income / 4}
    cubes = {
        f"cube[r{r},s{k}]": [(r * (k + v)) ** (1 / 3) for v in t] for r in (1, 2) for k in (1, 2)
    }
    columns = {"x[s1]": [v + 1 for v in y], "x[s2]": y, "income": [income] * 5}
    columns |= {f"price[{good}]": [p] * 5 for good, p in prices.items()}
    write("find_zero", t, {**columns, **cubes})
    # 100 are asked for, (7 - price) / 4 of them; (price - 1) / 4 of the room is offered.
    room = [80 + 10 * v for v in t]
    price = [(700 + v) / (100 + v) for v in room]
    asked = [100 * (7 - p) / 4 for p in price]
    market: dict[str, Sequence[float | None]] = {
        "price": price,
        "asked[d1]": [0.6 * v for v in asked],
        "asked[d2]": [0.4 * v for v in asked],
        "offered[s1]": [(v - 20) * (p - 1) / 4 for v, p in zip(room, price, strict=True)],
        "offered[s2]": [20 * (p - 1) / 4 for p in price],
        "mark": [6, 3.75, 3, 2.25, None],
        "given[o1]": [5, 10, 10, 10, 10],
        "given[o2]": [0, 2.5, 10, 17.5, 20],
    }
    write("markets", t, market)


def inputs() -> None:
    """Pulses and ramps, graphical functions."""
    t = steps(6, 0.5)
    ramp = [2 * min(2.0, max(0.0, v - 1)) for v in t]

    def at(*times: float, height: float = 1.0) -> list[float]:
        return [height if v in times else 0.0 for v in t]

    pulses = {"p": at(2.0), "q": at(2.0, 2.5), "t": at(1.0, 3.0), "r": ramp}
    write("pulse_vensim", t, pulses)
    train = at(1.0, 3.0, 5.0, height=12.0)
    columns = {"p": at(2.0, height=12.0), "q": train, "area": integrated(0, train, 0.5), "r": ramp}
    write("pulse_xmile", t, columns)
    repeated = {"p": [12.0 * (v >= 2) for v in t], "always": [v / 0.5 for v in t]}
    write("pulse_stella", t, columns | repeated | {"once": columns["p"]})
    x = [v / 2 - 1 for v in steps(8)]
    inside = [min(2.0, max(0.0, v)) for v in x]
    straight = [1 + 2 * v if v <= 1 else 4 - v for v in inside]
    beyond = [1 + 2 * v if v <= 1 else 4 - v for v in x]
    before = [1 if v < 1 else 3 if v < 2 else 2 for v in x]
    after = [1 if v <= 0 else 3 if v <= 1 else 2 for v in x]
    write("graph_types", steps(8), {"a": straight, "b": beyond, "c": before})
    slope = [0, 0, None, 2, 0.5, -1, None, 0, 0]
    area = [v + v * v if v <= 1 else 4 * v - v * v / 2 - 1.5 for v in inside]
    columns = {"a": straight, "b": beyond, "c": before, "d": after, "e": slope, "g": area}
    write("lookups", steps(8), columns)


def graph_readings() -> None:
    """Areas under pieces of straight lines and steps, in whichever order; the first crossing."""
    t = steps(6, 0.5)

    def below(v: float) -> float:
        """The area under the lines (1, 0) (2, 4) (4, 2) from 1 to v, which go on beyond."""
        return 2 * (v - 1) ** 2 if v <= 2 else 2 + (4 * (v - 2) - (v - 2) ** 2 / 2)

    inside = [min(4.0, max(1.0, v)) for v in t]
    line = [below(v) for v in inside]
    stairs = [3 * (v - 1) if v <= 2 else 3 + (v - 2) for v in inside]
    beyond = [below(v) - 2 if v >= 2 else 2 - below(v) for v in t]
    first = [1.0 if v <= 1 else 2.0 if v >= 5 else 1 + (v - 1) / 4 for v in t]
    columns = {"a": line, "b": stairs, "c": beyond, "d": first}
    write("graph_areas", t, columns)
    points = [2 + v if v <= 2 else 4 + 2 * (v - 2) for v in steps(4, 0.5)]
    people = integrated(100, [p * 0.75 for p in points], 0.5)
    shares = {"share[north]": [0.25] * 9, "share[south]": [0.5] * 9}
    kept = [v + 1 for v in steps(4, 0.5)]
    columns = {"people": people, "pull": points, **shares, "kept": kept}
    write("data_import", steps(4, 0.5), columns)


def calendars() -> None:
    """Dates by Python's calendar; months of thirty days where time is in months."""
    days = [date(1999, 11, 15) + timedelta(days=16 * k) for k in range(51)]
    columns: dict[str, list[float]] = {
        "year": [d.year for d in days],
        "quarter": [(d.month + 2) // 3 for d in days],
        "month": [d.month for d in days],
        "day": [d.day for d in days],
        "weekday": [d.isoweekday() % 7 for d in days],
        # Python counts 1 January of the year 1 as 1; the year 0 was a leap year.
        "days": [d.toordinal() + 365 for d in days],
        "yesterday": [(d - timedelta(days=1)).day for d in days],
        "first": [11] * 51,
    }
    write("dates", steps(800, 16), columns)
    halves = [2 * (2000 * 12 + 2) + k for k in range(61)]
    months = {
        "year": [h // 24 for h in halves],
        "month": [h % 24 // 2 + 1 for h in halves],
        "day": [1 + 15 * (h % 2) for h in halves],
    }
    write("dates_of_months", steps(30, 0.5), months)


def waiting_lines() -> None:
    """Entries one by one: how many, and when they came."""
    line: list[list[float]] = []
    found: dict[str, list[float]] = {n: [] for n in ("shipped", "work", "cycle", "oldest")}
    for t in range(11):
        here = sum(n for n, _ in line)
        ready = sum(n for n, came in line if t - came >= 2)
        out = min(4.0, ready)
        ages = sum(n * (t - came) for n, came in line)
        for name, value in (
            ("shipped", out),
            ("work", here),
            ("cycle", ages / here if here else 0.0),
            ("oldest", max((t - came for _, came in line), default=0.0)),
        ):
            found[name].append(value)
        line.append([8.0 if t < 3 else 0.0, t])
        line = _without(line, out)
    # Two a year of 10, 11 and 12 miles, which lose one each year; one a year goes from the fifth.
    cars: list[list[float]] = []
    attributes: dict[str, list[float]] = {"mileage": [], "of nine": []}
    for t in range(11):
        each = [(n, 10 + came - (t - came)) for n, came in cars]
        total = sum(n for n, _ in each)
        attributes["mileage"].append(sum(n * a for n, a in each) / total if total else 0.0)
        left, taken = 9.0, 0.0
        for n, a in each:
            part = min(n, left / a)
            left, taken = left - part * a, taken + part
        attributes["of nine"].append(taken)
        cars.append([2.0 if t < 3 else 0.0, t])
        cars = _without(cars, 1.0 if t > 4 else 0.0)
    write("queue_fifo", steps(10), {**found, **attributes})


def _without(line: list[list[float]], out: float) -> list[list[float]]:
    """Take the oldest out of a line."""
    rest = []
    for n, came in line:
        gone = min(n, out)
        out -= gone
        if n - gone > 0:
            rest.append([n - gone, came])
    return rest


def vectors_as_lookups() -> None:
    """Through (0, 2), (2, 4), (4, 4) and (6, 1): areas by pieces, the first place of a value."""
    areas = {-1: -2, 0: 0, 1: 2.5, 2: 6, 3: 10, 4: 14, 5: 17.25, 6: 19, 7: 20}
    longer = {**areas, -1: -1.5, 7: 19.25}
    none = -(2.0**109)
    places = {1: 6, 2: 0, 3: 1, 4: 2}
    prolonged = {**places, -1: -3, 0: -2}
    x = range(-1, 8)
    columns: dict[str, list[float]] = {
        "area": [areas[v] for v in x],
        "longer area": [longer[v] for v in x],
        "place": [places.get(v, none) for v in x],
        "any place": [prolonged.get(v, none) for v in x],
        "inverse": [places.get(v, none) for v in x],
    }
    write("vector_lookup", steps(8), columns)
    # IRS Publication 946, table A-1, for property of five years.
    shares = [20, 32, 19.2, 11.52, 11.52, 5.76, 0, 0, 0, 0]
    later = [0.0, 0.0, *shares[:-2]]
    depreciation = [10 * a + 5 * b for a, b in zip(shares, later, strict=True)]
    write("depreciation_schedule", steps(9), {"d": depreciation})


def curves() -> None:
    """Ways from 1 to 9 and corners at 5 that are rounded where the two differ by less than 2."""
    t = steps(10)

    def between(share: Sequence[float]) -> list[float]:
        return [1 + 8 * min(1.0, max(0.0, s)) for s in share]

    def logistic(x: float) -> float:
        return 1 / (1 + math.exp(-1.5 * (x - 5)))

    def exponential(x: float, k: float) -> float:
        u = min(1.0, max(0.0, (x - 2) / 6))
        return (math.exp(k * u) - 1) / (math.exp(k) - 1)

    a, b = logistic(2), logistic(8)
    off = {4: 0.125, 5: 0.5, 6: 0.125}
    # The squares of -2 to 2 in order are 0, 1, 1, 4, 4 times the time.
    columns = {
        "logistic": between([logistic(x) for x in t]),
        "logistic from": between([(logistic(x) - a) / (1 - a) for x in t]),
        "logistic between": between([(logistic(x) - a) / (b - a) for x in t]),
        "slow": between([exponential(x, 2) for x in t]),
        "straight": between([(x - 2) / 6 for x in t]),
        "fast": between([exponential(x, -2) for x in t]),
        "capped": [min(x, 5.0) - off.get(round(x), 0) for x in t],
        "raised": [max(x, 5.0) + off.get(round(x), 0) for x in t],
        "lower quarter": [1.0 * x for x in t],
        "high one": [4.0 * x for x in t],
    }
    write("bounded_curves", t, columns)
    x, t = [-1.0, 2.0, 5.0], steps(3)
    of_parts = {
        "above": [sum(max(0.0, v) for v in x)] * 4,
        "weighted": [sum(v * max(0.0, v - now) for v in x) for now in t],
        "below": [sum(min(v, 1.0) for v in x)] * 4,
        "least": [min(max(now, v) for v in x) for now in t],
        "most": [max(min(3.0, v) - max(0.0, v) for v in x)] * 4,
        "product": [math.prod(max(1.0, v) for v in x)] * 4,
        **{f"each[P{k + 1}]": [max(v, now) for now in t] for k, v in enumerate(x)},
    }
    write("extremes_in_sums", t, of_parts)


def profiles() -> None:
    """Half of what two ask for alike, at 8 and 6: the cut is at 7, 1 from the middle of each.

    The part of a profile beyond that is what the second gets, or what the first lacks.
    """
    t = steps(4)
    rectangle = [0.5 - 1 / (v + 4) for v in t]
    changing = [
        2 * r * r if v < 2 else math.exp(-1 / (v + 4)) / 2
        for v, r in zip(t, rectangle, strict=True)
    ]
    columns: dict[str, list[float]] = {}
    for run in (1, 2):
        for name, tail in (("plain", rectangle), ("rectangle", rectangle), ("changing", changing)):
            town, farm = ([10 * run * (1 - x) for x in tail], [10 * run * x for x in tail])
            for use, values in (("town", town), ("farm", farm)):
                place = f"{use},{run}" if name == "plain" else f"{run},{use}"
                columns[f"{name}[{place}]"] = values
    write("allocation_profiles", t, columns)


def others() -> None:
    """Models that run in spite of their units, and statements about draws, which are all true."""
    stock = integrated(5, [2, 2, 2])
    wrong, right = [s + 3 for s in stock], [3 * s for s in stock]
    write("unit_errors", steps(2), {"stock": stock, "wrong sum": wrong, "right": right})
    names = ("normal", "exponential", "uniform", "gamma", "poisson", "binomial")
    write("random_moments", steps(3), {name: [1] * 4 for name in names})
    # Full after the step at 2, so closed from 3 on; two time units later it empties.
    filling = [2, 2, 2, 0, 0, 0, 2, 2, 2, 0]
    emptying = [0, 0, 0, 0, 0, 6, 0, 0, 0, 0]
    content = integrated(0, [a - b for a, b in zip(filling, emptying, strict=True)])
    write("oven", steps(9), {"filling": filling, "emptying": emptying, "oven": content})


def cycle_times() -> None:
    """Material that is stamped with the time: a conveyor and a stock, a queue and an oven."""
    # 12 from the start leave the belt in four days, 3 a day, and are sold at once. From day 4 on 6
    # come off it each day that entered four days before; 4 a day are sold, the oldest first.
    line = [[day, 3, None] for day in range(4)] + [[day, 6, day - 4] for day in range(4, 13)]
    sold: list[list[tuple[int, int]]] = []
    for day in steps(12):
        wanted, gone = 4, []
        for batch in line:
            if batch[0] <= day and wanted and batch[1]:
                part = min(wanted, batch[1])
                wanted, batch[1] = wanted - part, batch[1] - part
                if batch[2] is not None:
                    gone.append((part, int(day) - batch[2]))
        sold.append(gone)
    so_far = [[pair for day in sold[: k + 1] for pair in day] for k in range(13)]
    amounts = [sum(n for n, _ in day) for day in sold]
    write(
        "cycle_times",
        steps(12),
        {
            "drying time": [0] * 4 + [4] * 9,
            "spread of drying times": [0] * 13,
            "stamped": amounts,
            "time to sale now": [
                sum(n * age for n, age in day) / amount if amount else 0
                for day, amount in zip(sold, amounts, strict=True)
            ],
            "longest": [max((age for _, age in pairs), default=0) for pairs in so_far],
            "shortest": [min((age for _, age in pairs), default=0) for pairs in so_far],
            "sold a day": [sum(amounts[: k + 1]) / (k + 1) for k in range(13)],
        },
    )
    # 2 an hour fill the oven at 0, 1 and 2, cook for two hours, and leave at 5, after 5, 4 and 3.
    # At 6 it takes what came at 3, 4 and 5, which leaves at 9; at 10 what came at 6, 7 and 8.
    first, both = math.sqrt(2 / 3), math.sqrt((25 + 16 + 9 + 36 + 25 + 16) / 6 - 4.5**2)
    write(
        "cycle_times_oven",
        steps(10),
        {
            "emptying": [0] * 5 + [6, 0, 0, 0, 6, 0],
            "mean": [0] * 5 + [4] * 4 + [4.5] * 2,
            "deviation": [0] * 5 + [first] * 4 + [both] * 2,
            "longest": [0] * 5 + [5] * 4 + [6] * 2,
            "shortest": [0] * 5 + [3] * 6,
            "newest now": [0] * 5 + [3, 0, 0, 0, 4, 0],
            "time now": [0] * 5 + [4, 0, 0, 0, 5, 0],
            "waited": [0] * 6 + [2, 0, 0, 0, 3],
        },
    )


def main() -> None:
    """Write all outputs."""
    for part in (
        *(methods, modules_and_macros, macros_that_repeat, belts, limits, vensim_delays),
        *(arithmetic, arrays, solved, inputs, graph_readings, calendars, waiting_lines),
        *(cycle_times, vectors_as_lookups, curves, profiles, others),
    ):
        part()


if __name__ == "__main__":
    main()
