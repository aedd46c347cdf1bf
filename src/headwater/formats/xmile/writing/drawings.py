"""Drawings as views (XMILE 1.0, sections 5.1.2, 6.1 and 6.2).

Stocks keep their size. Those of other things, colours and fonts are left to the tool that shows a
view, since sketches count them otherwise: words have no symbol there, and clouds no size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headwater.formats.drawings import Drawing, End, Pipe, Point, Shape, edge
from headwater.formats.losses import Losses
from headwater.formats.xmile.writing.names import attribute
from headwater.formats.xmile.writing.tags import Tag
from headwater.language.names import canonical
from headwater.language.printer import print_name, print_number

_STOCK = Point(22.5, 17.5)
"""Half the size of a stock in Stella where a drawing gives none."""

_SHORT = 50.0


@dataclass(frozen=True, slots=True)
class _Element:
    """What a variable is written as: its element, and the stocks that a flow joins."""

    tag: str
    name: str
    source: str = ""
    target: str = ""


def view_tags(
    drawings: Sequence[Drawing], variables: Sequence[Tag], losses: Losses
) -> Iterator[Tag]:
    """Yield a view for each drawing; ``variables`` are the elements of the model."""
    elements = _elements(variables)
    alias = 0
    for number, drawing in enumerate(drawings):
        writer = _ViewWriter(drawing, elements, losses, alias)
        yield writer.view(f"View {number + 1}")
        alias += sum(s.alias for s in drawing.shapes)
    if drawings:
        losses.add("sizes of words, colours, fonts and hidden arrows of sketches are not written")


def _elements(variables: Sequence[Tag]) -> dict[str, _Element]:
    sources: dict[str, str] = {}
    targets: dict[str, str] = {}
    for tag in variables:
        for child in tag.children if tag.name == "stock" else ():
            ends = {"inflow": targets, "outflow": sources}.get(child.name)
            if ends is not None:
                ends[canonical(child.text)] = canonical(tag.attributes["name"])
    found: dict[str, _Element] = {}
    for tag in variables:
        name = tag.attributes.get("name", "")
        key = canonical(name)
        if tag.name in ("stock", "flow", "aux", "gf"):
            kind = "aux" if tag.name == "gf" else tag.name
            found[key] = _Element(kind, name, sources.get(key, ""), targets.get(key, ""))
    return found


class _ViewWriter:
    def __init__(
        self, drawing: Drawing, elements: Mapping[str, _Element], losses: Losses, alias: int
    ) -> None:
        self._drawing = drawing
        self._elements = elements
        self._losses = losses
        self._uid = {
            s.key: alias + k for k, s in enumerate((s for s in drawing.shapes if s.alias), 1)
        }
        self._shapes = {s.key: s for s in drawing.shapes}

    def view(self, title: str) -> Tag:
        drawing = self._drawing
        tag = Tag("view", {"type": "stock_flow", "name": drawing.name or title})
        for name in drawing.left_out:
            what = "what a sketch shows beside the model's variables is not written"
            self._losses.add(what, name)
        tag.children += (t for s in drawing.shapes if (t := self._shape(s)) is not None)
        tag.children += (t for p in drawing.pipes if (t := self._pipe(p)) is not None)
        tag.children += self._links()
        for note in drawing.notes:
            tag.children.append(Tag("text_box", _box(note.at, note.half), note.text))
        return tag

    def _element(self, name: str) -> _Element | None:
        found = self._elements.get(canonical(name))
        return found or self._elements.get(canonical(f"{name} value"))

    def _shape(self, shape: Shape) -> Tag | None:
        element = self._element(shape.name)
        if element is None:
            return None
        if shape.alias:
            of = Tag("of", text=print_name(element.name))
            return Tag("alias", {**_at(shape.at), "uid": str(self._uid[shape.key])}, children=[of])
        if element.tag == "flow":
            self._losses.add("flows that a sketch shows as a word get a short pipe", shape.name)
            return self._flow(Pipe(shape.key, shape.name, shape.at), element)
        if element.tag == "stock":
            return Tag("stock", {**_box(shape.at, shape.half), "name": attribute(element.name)})
        return Tag(element.tag, {**_at(shape.at), "name": attribute(element.name)})

    def _pipe(self, pipe: Pipe) -> Tag | None:
        element = self._element(pipe.name)
        if element is None:
            return None
        if element.tag == "flow":
            return self._flow(pipe, element)
        self._losses.add("pipes of variables that are no flows are not written", pipe.name)
        return Tag(element.tag, {**_at(pipe.at), "name": attribute(element.name)})

    def _flow(self, pipe: Pipe, element: _Element) -> Tag:
        points = self._points(pipe, element)
        pts = Tag("pts", children=[Tag("pt", _at(p)) for p in points])
        side = {"label_side": pipe.label} if pipe.ends else {}
        return Tag(
            "flow", {**_at(pipe.at), "name": attribute(element.name), **side}, children=[pts]
        )

    def _points(self, pipe: Pipe, element: _Element) -> list[Point]:
        """Return the points of a pipe, from where it comes to where it leads."""
        if pipe.ends is None:
            x, y = pipe.at.x, pipe.at.y
            return [Point(x - _SHORT, y), Point(x + _SHORT, y)]
        first, last = pipe.ends
        source, target = element.source, element.target
        if (self._is(last, source) and not self._is(first, source)) or (
            self._is(first, target) and not self._is(last, target)
        ):
            first, last = last, first
        way = [*reversed(self._half(pipe, first)), pipe.at, *self._half(pipe, last)]
        return [p for k, p in enumerate(way) if not 0 < k < len(way) - 1 or _bends(way, k)]

    def _is(self, end: End, key: str) -> bool:
        shape = self._shapes.get(end.shape)
        return bool(key) and shape is not None and canonical(shape.name) == key

    def _half(self, pipe: Pipe, end: End) -> list[Point]:
        """Return the corner of a pipe between its valve and one of its ends, and the end.

        Pipes run along the page; the point that the arrow keeps tells which way first.
        """
        via = end.via or end.at
        level = abs(via.y - pipe.at.y) <= abs(via.x - pipe.at.x)
        corner = Point(end.at.x, pipe.at.y) if level else Point(pipe.at.x, end.at.y)
        half = self._half_of(end)
        if corner.distance(end.at) <= half.y:
            return [edge(half, corner, pipe.at) if end.shape else corner]
        return [corner, edge(half, end.at, corner) if end.shape else end.at]

    def _half_of(self, end: End) -> Point:
        """Return half the size of the stock at which a pipe ends."""
        shape = self._shapes.get(end.shape)
        element = None if shape is None else self._element(shape.name)
        is_box = shape is not None and element is not None and element.tag == "stock"
        return shape.half if shape is not None and is_box and not shape.alias else _STOCK

    def _links(self) -> Iterator[Tag]:
        drawing = self._drawing
        names = {s.key: s.name for s in drawing.shapes} | {p.key: p.name for p in drawing.pipes}
        for number, link in enumerate(drawing.links, 1):
            ends = [self._element(names[k]) for k in (link.start, link.end)]
            if any(e is None for e in ends) or link.end in self._uid:
                continue
            sign = {"polarity": link.polarity} if link.polarity else {}
            yield Tag(
                "connector",
                {"uid": str(number), "angle": _number(link.angle), **sign},
                children=[
                    self._end("from", link.start, ends[0]),
                    self._end("to", link.end, ends[1]),
                ],
            )

    def _end(self, tag: str, key: int, element: _Element | None) -> Tag:
        if key in self._uid:
            return Tag(tag, children=[Tag("alias", {"uid": str(self._uid[key])})])
        return Tag(tag, text=print_name(element.name) if element else "")


def _bends(way: Sequence[Point], index: int) -> bool:
    before, here, after = way[index - 1 : index + 2]
    return not (before.x == here.x == after.x or before.y == here.y == after.y)


def _box(middle: Point, half: Point) -> dict[str, str]:
    """Return the attributes of a thing with a size: its place is that of its upper left corner."""
    corner = Point(middle.x - half.x, middle.y - half.y)
    return {**_at(corner), "width": _number(2 * half.x), "height": _number(2 * half.y)}


def _at(point: Point) -> dict[str, str]:
    return {"x": _number(point.x), "y": _number(point.y)}


def _number(value: float) -> str:
    return print_number(round(value, 3))
