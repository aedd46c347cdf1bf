"""Diagrams of a model, whatever file they come from: what stands where, and what leads where.

XMILE 1.0 has views (sections 5 and 6), Vensim sketches (its reference manual, "Sketch
Information"). Places are of the middle of a thing, with y downwards; angles are in degrees,
counterclockwise from the right, as XMILE counts them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["top", "bottom", "left", "right", "center"]

NEARLY_STRAIGHT = 3.0
"""An arc that begins so few degrees off its chord is drawn as a straight line."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a page."""

    x: float
    y: float

    def towards(self, other: Point) -> float:
        """Return the direction of another point."""
        return math.degrees(math.atan2(self.y - other.y, other.x - self.x))

    def distance(self, other: Point) -> float:
        """Return how far away another point is."""
        return math.hypot(self.x - other.x, self.y - other.y)


@dataclass(frozen=True, slots=True)
class Shape:
    """A variable that is drawn, or with ``alias`` another place where it is shown."""

    key: int
    name: str
    at: Point
    half: Point = Point(40.0, 20.0)
    alias: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """Where a pipe ends: at a shape, or in a cloud. ``via`` is the corner before it."""

    at: Point
    shape: int = 0
    via: Point | None = None


@dataclass(frozen=True, slots=True)
class Pipe:
    """A flow with its valve. A pipe that is not drawn has no ends."""

    key: int
    name: str
    at: Point
    ends: tuple[End, End] | None = None
    label: Side = "bottom"


@dataclass(frozen=True, slots=True)
class Note:
    """A text."""

    text: str
    at: Point
    half: Point


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow from a shape or a pipe to another; ``angle`` is its direction at the start."""

    start: int
    end: int
    angle: float
    polarity: str = ""


@dataclass(slots=True)
class Drawing:
    """One page. ``left_out`` are names of what is drawn and has no place here."""

    name: str = ""
    shapes: list[Shape] = field(default_factory=list)
    pipes: list[Pipe] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


# Arcs


def angle_through(start: Point, handle: Point | None, end: Point) -> float:
    """Return the direction in which an arc through ``handle`` leaves its start.

    The tangent and the chord to the handle hold the angle that the handle's chord has at the end.
    """
    straight = start.towards(end)
    if handle is None or start.distance(end) == 0 or min(map(handle.distance, (start, end))) == 0:
        return straight % 360
    first = start.towards(handle)
    return (first + _turn(end.towards(handle) - end.towards(start)) * -1) % 360


def middle_of_arc(start: Point, angle: float, end: Point) -> Point | None:
    """Return the middle of the arc that leaves ``start`` so; None where it is a straight line."""
    off = _turn(angle - start.towards(end))
    if abs(off) < NEARLY_STRAIGHT or start.distance(end) == 0:
        return None
    off = max(-170.0, min(170.0, off))
    rise = start.distance(end) / 2 * math.tan(math.radians(off) / 2)
    across = math.radians(start.towards(end) + 90)
    x, y = (start.x + end.x) / 2, (start.y + end.y) / 2
    return Point(x + rise * math.cos(across), y - rise * math.sin(across))


def edge(half: Point, at: Point, outside: Point) -> Point:
    """Return where the line from the middle of a box to a point outside of it leaves the box."""
    dx, dy = outside.x - at.x, outside.y - at.y
    shares = [h / abs(d) for h, d in ((half.x, dx), (half.y, dy)) if d]
    share = min([1.0, *shares])
    return Point(at.x + share * dx, at.y + share * dy)


def _turn(degrees: float) -> float:
    """Return an angle between -180 and 180 degrees."""
    return (degrees + 180) % 360 - 180
