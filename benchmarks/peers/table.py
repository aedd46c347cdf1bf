"""The results as tables: for a terminal, and for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

Entry = Mapping[str, Any]

INTRODUCTION = """\
# Speed beside other tools

How many simulations a second an ensemble runs once the model is loaded: the same model, the same
constants varied from run to run, the same outputs kept, by every tool through its own Python
interface. The models are written by Headwater's exporter, arrays element by element, so that all
tools can read them. *Plain C* is generated from the same equations and compiled with
`gcc -O3 -march=native`, one run after another; *vector C* is written by hand for the model, with
vectors across runs, and is the limit to approach. Each round measures every tool for about a
second, one after another; *Headwater is* the median of the ratios within a round, the spread their
smallest and largest. *Differs by* is the largest difference from Headwater's values, relative to
the largest value of the output: a tool that is off by tenths did not run the model as asked, but
by Euler's method where that of Runge and Kutta was asked for. Headwater hands its results over in
pieces (`reduce`), and the C programs write into one buffer again and again, so that the price of
new memory is in neither. `make bench-peers` repeats all of it.
"""


def text(entry: Entry) -> str:
    """Return one model's table for a terminal."""
    lines = [f"{'':<24}{'runs/s':>12}{'Headwater is':>14}{'spread':>16}{'differs by':>12}"]
    for title, cells in _rows(entry):
        lines.append(f"{title:<24}{cells[0]:>12}{cells[1]:>14}{cells[2]:>16}{cells[3]:>12}")
    return "\n".join(lines)


def markdown(result: Mapping[str, Any]) -> str:
    """Return every model's table, and what they were measured on, as Markdown."""
    machine = result["machine"]
    parts = [
        INTRODUCTION,
        f"Measured on: {machine['processor']}; {machine['system']}, Python {machine['python']}, "
        f"{machine['compiler']}. {result['rounds']} rounds; one thread where nothing else is said.",
    ]
    for entry in result["models"]:
        head = "| tool | runs a second | Headwater is | spread | differs by |"
        lines = [f"\n**{entry['title']}**\n", head, "|---|--:|--:|--:|--:|"]
        lines += [f"| {title} | {' | '.join(cells)} |" for title, cells in _rows(entry)]
        parts.append("\n".join(lines))
    return "\n".join(parts) + "\n"


def _rows(entry: Entry) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    """Yield the cells of each tool: rate, ratio, its spread, difference of the values."""
    own = entry["rows"][0]["rates"]
    for row in entry["rows"]:
        rates = row["rates"]
        if not rates:
            fault = row["fault"].replace("|", " ").split("\n")[0][:120]
            yield f"{row['title']}: {fault}", ("–", "–", "–", "–")
            continue
        found = sorted(a / b for a, b in zip(own, rates, strict=False))
        ratio = f"{_figure(median(found))} ×"
        spread = f"{_figure(found[0])}–{_figure(found[-1])}"
        difference = f"{row['difference']:.0e}" if row["difference"] else "0"
        same = row is entry["rows"][0]
        yield (
            row["title"],
            (
                _figure(median(rates)),
                "" if same else ratio,
                "" if same else spread,
                "" if same else difference,
            ),
        )


def _figure(value: float) -> str:
    if value >= 100:
        digits = len(str(int(value))) - 3
        return f"{round(value / 10**digits) * 10**digits:,}"
    return f"{value:.3g}"
