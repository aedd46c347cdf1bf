"""Colours can be read by everyone: contrast by the formula of WCAG 2.2, in light and dark."""

import re
from itertools import combinations
from pathlib import Path

import pytest

import headwater.report

STYLE = Path(headwater.report.__file__).parent / "static" / "report.css"


def palettes() -> dict[str, dict[str, str]]:
    """The colours of both themes; the dark one replaces some of the light one."""
    css = STYLE.read_text(encoding="utf-8")
    light, dark = (
        dict(
            re.findall(
                r"--([\w]+): (#[0-9a-f]{6});", css[match.start() : css.index("}", match.start())]
            )
        )
        for match in list(re.finditer(r":root \{", css))[:2]
    )
    return {"light": light, "dark": light | dark}


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2, section "relative luminance")."""
    channels = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    colors = palettes()[theme]
    texts = ("ink", "muted", "accent", "holds", "depends", "fails", "built", "none")
    series = [name for name in colors if re.fullmatch(r"s\d", name)]
    assert len(series) == 7
    faint = {
        (name, ground): contrast(colors[name], colors[ground])
        for name in (*texts, *series)
        for ground in ("paper", "panel")
        if contrast(colors[name], colors[ground]) < 4.5
    }
    assert not faint


def seen_without_green_cones(color: str) -> tuple[float, ...]:
    """A colour as a deuteranope sees it (Viénot, Brettel and Mollon 1999, linear RGB)."""
    red, green, blue = ((int(color[k : k + 2], 16) / 255) ** 2.2 for k in (1, 3, 5))
    yellow = 0.29275 * red + 0.70725 * green
    return (yellow, yellow, -0.02234 * red + 0.02234 * green + blue)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_verdicts_differ_for_the_colour_blind(theme: str) -> None:
    colors = palettes()[theme]
    names = ("holds", "depends", "fails")
    for first, second in combinations(names, 2):
        a, b = (seen_without_green_cones(colors[n]) for n in (first, second))
        assert max(abs(x - y) for x, y in zip(a, b, strict=True)) > 0.03, (first, second)
