"""Vensim's sketches as drawings (Vensim's reference manual, "Sketch Information", "Objects").

A line is a list of fields: its kind, the number of the object, and what that kind says. Words are
variables (10), valves (11) and comments (12), which are clouds too; arrows (1) join them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from headwater.formats.drawings import (
    Drawing,
    End,
    Link,
    Note,
    Pipe,
    Point,
    Shape,
    Side,
    angle_through,
)
from headwater.language.names import canonical

ARROW, VARIABLE, VALVE, COMMENT = 1, 10, 11, 12
CLOUD = "48"
ATTACHED = 1 << 5
"""The bit in the shape of a valve and of the word that is its flow's name."""
ITS_OWN = 1
"""The bit of a word that is no shadow of a variable elsewhere."""
TEXT_FOLLOWS = 1 << 2
HEAD = 4
"""The shape of the arrow to that end of a pipe to which it flows."""
STRAIGHT = 0
"""The shape of an arrow whose point does not bend it."""
PIPE = 20
"""Arrows that are thicker are pipes."""

_FIELD = re.compile(r'"((?:\\"|[^"])*)"(?=,|$)|([^,]*)')
_POINT = re.compile(r"\((-?\d+),(-?\d+)\)")
_POLARITIES = {43: "+", 45: "-", ord("S"): "+", ord("s"): "+", ord("O"): "-", ord("o"): "-"}


@dataclass(frozen=True, slots=True)
class _Word:
    kind: int
    key: int
    name: str
    at: Point
    half: Point
    shape: int
    bits: int


@dataclass(frozen=True, slots=True)
class _Arrow:
    start: int
    end: int
    shape: int
    hidden: bool
    polarity: int
    thickness: int
    handle: Point | None


@dataclass(slots=True)
class _Page:
    name: str = ""
    words: dict[int, _Word] = field(default_factory=dict)
    arrows: list[_Arrow] = field(default_factory=list)
    pipes: dict[int, list[_Arrow]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def read_sketches(views: Iterable[str], known: Iterable[str]) -> list[Drawing]:
    """Return the drawings of a model. ``known`` are the canonical names of its variables.

    A variable that stands in several places is itself in the first that is no shadow, and an alias
    in the others.
    """
    pages = [_page(v) for v in views if v.startswith("\\\\")]
    names = frozenset(known)
    owners: dict[str, tuple[int, int]] = {}
    for own in (True, False):
        for number, page in enumerate(pages):
            for word in page.words.values():
                if word.kind == VARIABLE and bool(word.bits & ITS_OWN) == own:
                    owners.setdefault(canonical(word.name), (number, word.key))
    return [_drawing(number, page, names, owners) for number, page in enumerate(pages)]


def _page(text: str) -> _Page:
    page = _Page()
    lines = iter(text.splitlines()[1:])
    for line in lines:
        if line.startswith("*"):
            page.name = line[1:].strip()
        elif line[:1].isdigit():
            _object(page, line, lines)
    return page


def _object(page: _Page, line: str, following: Iterator[str]) -> None:
    """Add the object of a line; the text of a comment may stand in the next one."""
    fields = _fields(line)
    kind, key = _number(fields, 0), _number(fields, 1)
    if kind == ARROW:
        found = _POINT.search(line)
        x, y = map(float, found.groups()) if found else (0.0, 0.0)
        handle = Point(x, y) if x or y else None
        start, end, shape, hidden, polarity, thickness = (_number(fields, k) for k in range(2, 8))
        handle = None if shape == STRAIGHT else handle
        arrow = _Arrow(start, end, shape, hidden != 0, polarity, thickness, handle)
        page.arrows.append(arrow)
        if thickness > PIPE:
            page.pipes.setdefault(start, []).append(arrow)
    elif kind in (VARIABLE, VALVE, COMMENT):
        x, y, width, height, shape, bits = (_number(fields, k) for k in range(3, 9))
        name = fields[2] if len(fields) > 2 else ""
        if kind == COMMENT and bits & TEXT_FOLLOWS:
            name = next(following, "")
        at, half = Point(float(x), float(y)), Point(float(width), float(height))
        page.words[key] = _Word(kind, key, name, at, half, shape, bits)
    else:
        page.others.append("a picture")


def _fields(line: str) -> list[str]:
    """Return the fields of a line; a name with a comma stands in quotes."""
    found: list[str] = []
    at = 0
    while at <= len(line):
        match = _FIELD.match(line, at)
        assert match is not None
        quoted = match.group(1)
        found.append(match.group(2) if quoted is None else quoted.replace('\\"', '"'))
        at = match.end() + 1
    return found


def _number(fields: list[str], index: int) -> int:
    text = fields[index] if index < len(fields) else ""
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0


def _drawing(
    number: int, page: _Page, known: frozenset[str], owners: dict[str, tuple[int, int]]
) -> Drawing:
    found = Drawing(page.name, left_out=list(dict.fromkeys(page.others)))
    valves = {w.key: w for w in page.words.values() if w.kind == VALVE and w.shape & ATTACHED}
    objects: dict[int, Point] = {}
    names = dict[int, int]()
    for word in page.words.values():
        if word.kind == COMMENT:
            if word.bits & TEXT_FOLLOWS and word.name.strip():
                found.notes.append(Note(word.name.strip(), word.at, word.half))
        elif word.kind == VARIABLE and canonical(word.name) in known:
            valve = valves.get(word.key - 1) if word.shape & ATTACHED else None
            alias = owners[canonical(word.name)] != (number, word.key)
            if valve is not None and not alias:
                found.pipes.append(_pipe(page, word, valve))
                objects[word.key] = objects[valve.key] = valve.at
                names[valve.key] = word.key
            else:
                found.shapes.append(Shape(word.key, word.name, word.at, word.half, alias))
                objects[word.key] = word.at
        elif word.kind == VARIABLE:
            found.left_out.append(word.name)
    for arrow in page.arrows:
        ends = (arrow.start, arrow.end)
        if arrow.thickness > PIPE or arrow.hidden or not all(e in objects for e in ends):
            continue
        start, end = (names.get(e, e) for e in ends)
        angle = angle_through(objects[ends[0]], arrow.handle, objects[ends[1]])
        if start != end:
            found.links.append(Link(start, end, angle, _POLARITIES.get(arrow.polarity, "")))
    return found


def _pipe(page: _Page, word: _Word, valve: _Word) -> Pipe:
    """Return the pipe of a valve: the end with an arrow's head is where it leads to."""
    ends: list[tuple[bool, End]] = []
    for arrow in page.pipes.get(valve.key, ()):
        target = page.words.get(arrow.end)
        if target is not None:
            shape = target.key if target.kind == VARIABLE else 0
            ends.append((arrow.shape == HEAD, End(target.at, shape, arrow.handle)))
    ends.sort(key=lambda e: e[0])
    pair = (ends[0][1], ends[1][1]) if len(ends) == 2 else None
    return Pipe(word.key, word.name, valve.at, pair, _side(valve.at, word.at))


def _side(valve: Point, label: Point) -> Side:
    across, down = label.x - valve.x, label.y - valve.y
    if abs(across) > 2 * abs(down):
        return "right" if across > 0 else "left"
    return "top" if down < 0 else "bottom"
