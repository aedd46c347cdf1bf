"""Drawings as sketches, in the layout that Vensim's reference manual shows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from headwater.formats.drawings import (
    Drawing,
    End,
    Link,
    Note,
    Pipe,
    Point,
    Shape,
    Side,
    middle_of_arc,
)
from headwater.formats.vensim.sketches import ARROW, CLOUD, COMMENT, HEAD, VALVE, VARIABLE
from headwater.formats.vensim.writing.names import quoted, spelled
from headwater.language.names import canonical

_TITLE = "\\\\\\---/// Sketch information - do not modify anything except names"
_VERSION = "V300  Do not put anything below this section - it will be ignored"
_LOOKS = "$192-192-192,0,Arial|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0"
_SHADOW = "128-128-128,0-0-0,|12||128-128-128"
_TAIL = 100
_THICK = 22
_LABEL = 16.0
_VALVE = Point(6.0, 8.0)
_CLOUD = Point(10.0, 8.0)


def sketch_text(
    drawing: Drawing, title: str, name: Callable[[str], str], is_stock: Callable[[str], bool]
) -> str:
    """Return one view. ``name`` gives the name of a variable as the file spells it."""
    return _SketchWriter(drawing, name, is_stock).text(title)


class _SketchWriter:
    def __init__(
        self, drawing: Drawing, name: Callable[[str], str], is_stock: Callable[[str], bool]
    ) -> None:
        self._drawing = drawing
        self._name = name
        self._is_stock = is_stock
        self._count = itertools.count(1)
        self._ids: dict[int, int] = {}
        self._places: dict[int, Point] = {}

    def text(self, title: str) -> str:
        """Return the lines of the view."""
        drawing = self._drawing
        lines = [_TITLE, _VERSION, f"*{spelled(drawing.name or title)}", _LOOKS]
        lines += map(self._shape, drawing.shapes)
        for pipe in drawing.pipes:
            lines += self._pipe(pipe)
        for note in drawing.notes:
            lines += self._note(note)
        lines += (line for link in drawing.links for line in self._link(link))
        return "\n".join(lines) + "\n"

    def _place(self, key: int, at: Point) -> int:
        number = next(self._count)
        self._ids[key], self._places[key] = number, at
        return number

    def _shape(self, shape: Shape) -> str:
        number = self._place(shape.key, shape.at)
        box = 3 if self._is_stock(canonical(shape.name)) and not shape.alias else 8
        word = _word(VARIABLE, number, quoted(self._name(shape.name)), shape.at, shape.half)
        if shape.alias:
            return f"{word},8,2,0,3,-1,0,0,0,{_SHADOW}"
        return f"{word},{box},3,0,0,0,0,0,0"

    def _pipe(self, pipe: Pipe) -> Iterator[str]:
        """Yield clouds, the two halves of the pipe, its valve, and the flow's name next to it."""
        name = quoted(self._name(pipe.name))
        half = Point(min(60.0, max(10.0, 3.0 * len(name))), 11.0)
        if pipe.ends is None:
            number = self._place(pipe.key, pipe.at)
            yield f"{_word(VARIABLE, number, name, pipe.at, half)},8,3,0,0,0,0,0,0"
            return
        words: list[tuple[int, End]] = []
        for end in pipe.ends:
            number = self._ids.get(end.shape, 0)
            if not number:
                number = next(self._count)
                yield f"{_word(COMMENT, number, CLOUD, end.at, _CLOUD)},0,3,0,0,-1,0,0,0"
            words.append((number, end))
        arrows = [next(self._count), next(self._count)]
        valve, label = next(self._count), self._place(pipe.key, pipe.at)
        for number, (word, end), shape in zip(arrows, reversed(words), (HEAD, _TAIL), strict=True):
            via = end.via or Point((pipe.at.x + end.at.x) / 2, (pipe.at.y + end.at.y) / 2)
            looks = f"{shape},0,0,{_THICK},0,0,0,-1--1--1,"
            yield f"{ARROW},{number},{valve},{word},{looks},{_points(via)}"
        beside = _beside(pipe.at, pipe.label, half)
        yield f"{_word(VALVE, valve, '0', pipe.at, _VALVE)},34,3,0,0,1,0,0,0"
        yield f"{_word(VARIABLE, label, name, beside, half)},40,3,0,0,-1,0,0,0"

    def _note(self, note: Note) -> Iterator[str]:
        yield f"{_word(COMMENT, next(self._count), '0', note.at, note.half)},8,4,0,0,-1,0,0,0"
        yield spelled(note.text)

    def _link(self, link: Link) -> Iterator[str]:
        start, end = (self._ids.get(k, 0) for k in (link.start, link.end))
        if not start or not end:
            return
        places = [self._places[k] for k in (link.start, link.end)]
        middle = middle_of_arc(places[0], link.angle, places[1])
        half_way = Point(*((a + b) / 2 for a, b in zip(*map(_pair, places), strict=True)))
        bent, at = int(middle is not None), middle or half_way
        sign = ord(link.polarity) if link.polarity in ("+", "-") else 0
        number = next(self._count)
        yield f"{ARROW},{number},{start},{end},{bent},0,{sign},0,0,64,0,-1--1--1,,{_points(at)}"


def _word(kind: int, number: int, name: str, at: Point, half: Point) -> str:
    places = (at.x, at.y, half.x, half.y)
    return f"{kind},{number},{name},{','.join(str(round(v)) for v in places)}"


def _pair(at: Point) -> tuple[float, float]:
    return at.x, at.y


def _points(at: Point) -> str:
    return f"1|({round(at.x)},{round(at.y)})|"


def _beside(at: Point, side: Side, half: Point) -> Point:
    across = {"left": -half.x - _LABEL, "right": half.x + _LABEL}.get(side, 0.0)
    down = {"top": -_LABEL, "bottom": _LABEL}.get(side, 0.0)
    return Point(at.x + across, at.y + down)
