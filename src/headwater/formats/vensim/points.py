"""The points of a lookup: pairs, with or without the range of their graph, or the old list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.language.source import Span

if TYPE_CHECKING:
    from headwater.formats.vensim.expressions import ExpressionReader


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a lookup in order of their abscissae."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    span: Span | None = None


def read_points(reader: ExpressionReader) -> Points:
    """Read ``( [(0,0)-(1,1)], (0,0), (1,1) )``. Raises SyntaxFault."""
    start = reader.token.start
    reader.expect("(", "the name of the lookup")
    if reader.at("["):
        _skip_range(reader)
        reader.accept(",")
    pairs = _pairs(reader) if reader.at("(") else _old_list(reader)
    reader.expect(")", "the points of the lookup")
    if not pairs:
        reader.fail("the lookup has no points", token=reader.tokens[reader.position - 1])
    pairs.sort(key=lambda pair: pair[0])
    return Points(tuple(x for x, _ in pairs), tuple(y for _, y in pairs), reader.span(start))


def _skip_range(reader: ExpressionReader) -> None:
    """Move past the range of the graph and its reference points, which the values do not use."""
    while not reader.at("]"):
        if reader.token.kind == "end":
            reader.fail("`]` is missing after the range of the lookup")
        reader.advance()
    reader.advance()


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
