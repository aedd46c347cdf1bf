"""The results as tables: for a terminal, and for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

Entry = Mapping[str, Any]


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
