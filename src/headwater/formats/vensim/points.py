"""The points of a lookup: pairs, with or without the range of their graph, or the old list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.language.source import Span
from headwater.model.uncertainty import Range

if TYPE_CHECKING:
    from headwater.formats.vensim.expressions import ExpressionReader


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a lookup in order of their abscissae; ``scale`` is that of the y axis."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    span: Span | None = None
    scale: Range | None = None


def read_points(reader: ExpressionReader) -> Points:
    """Read ``( [(0,0)-(1,1)], (0,0), (1,1) )``. Raises SyntaxFault."""
    start = reader.token.start
    reader.expect("(", "the name of the lookup")
    scale: Range | None = None
    if reader.at("["):
        scale = _scale(reader)
        reader.accept(",")
    pairs = _pairs(reader) if reader.at("(") else _old_list(reader)
    reader.expect(")", "the points of the lookup")
    if not pairs:
        reader.fail("the lookup has no points", token=reader.tokens[reader.position - 1])
    pairs.sort(key=lambda pair: pair[0])
    x, y = zip(*pairs, strict=True)
    return Points(x, y, reader.span(start), scale)


def _scale(reader: ExpressionReader) -> Range | None:
    """Return the scale of the y axis; ``[(x, y)-(x, y)]`` may hold reference points too."""
    numbers: list[float] = []
    before = ""
    while not reader.at("]"):
        token = reader.token
        if token.kind == "end":
            reader.fail("`]` is missing after the range of the lookup")
        if token.kind == "number":
            numbers.append(-float(token.text) if before == "-" else float(token.text))
        before = reader.advance().text
    reader.advance()
    low, high = (numbers[1], numbers[3]) if len(numbers) > 3 else (0.0, 0.0)
    return Range(low, high) if low < high else None


def _pairs(reader: ExpressionReader) -> list[tuple[float, float]]:
    pairs: list[tuple[float, float]] = []
    while reader.accept("("):
        x = read_number(reader)
        reader.expect(",", "the abscissa of a point")
        pairs.append((x, read_number(reader)))
        reader.expect(")", "a point")
        if not reader.accept(","):
            break
    return pairs


def _old_list(reader: ExpressionReader) -> list[tuple[float, float]]:
    """Read all abscissae and then all ordinates, without parentheses."""
    numbers: list[float] = []
    while reader.token.kind == "number" or reader.at("+", "-"):
        numbers.append(read_number(reader))
        if not reader.accept(","):
            break
    half = len(numbers) // 2
    if len(numbers) % 2:
        reader.fail(
            f"the lookup has {len(numbers)} numbers, which make no pairs",
            "write pairs: (x1,y1),(x2,y2)",
        )
    return list(zip(numbers[:half], numbers[half:], strict=True))


def read_number(reader: ExpressionReader) -> float:
    """Read a number with any signs. Raises SyntaxFault."""
    sign = 1.0
    while reader.at("+", "-"):
        sign = -sign if reader.advance().text == "-" else sign
    if reader.token.kind != "number":
        reader.fail("a number is expected here")
    return sign * float(reader.advance().text)
