"""Views as drawings (XMILE 1.0, sections 5.1.2, 6.1 and 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite

from headwater.errors import SyntaxFault
from headwater.formats.drawings import Drawing, End, Link, Note, Pipe, Point, Shape, Side
from headwater.formats.xmile.document import Node, read_document
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.texts import plain_text
from headwater.language.names import canonical

_SIDES: Mapping[str, Side] = {"top": "top", "left": "left", "right": "right", "center": "center"}
_ENTITIES = frozenset({"stock", "flow", "aux", "module", "gf"})
_QUIET = frozenset({"style", "connector", "alias", "text_box", "simulation_delay", *_ENTITIES})
_NEAR = 60.0
"""A pipe ends at a stock whose middle is no further away than that."""


def read_views(views: Iterable[str], flows: Mapping[str, tuple[str, str]]) -> list[Drawing]:
    """Return the drawings of a model's views, without those of its interface.

    ``flows`` gives the stocks that a flow joins, all by canonical names.
    """
    found: list[Drawing] = []
    for text in views:
        if text.startswith("<"):
            try:
                found += _drawings(read_document(text, "view", frozenset()), flows)
            except SyntaxFault:
                continue
    return [d for d in found if d.shapes or d.pipes or d.notes or d.left_out]


def _drawings(root: Node, flows: Mapping[str, tuple[str, str]]) -> Iterator[Drawing]:
    nodes = list(root.every("view")) if root.tag in ("views", "interface") else [root]
    for node in nodes:
        if node.get("type", "stock_flow") == "stock_flow" and node.get("name") != "interface":
            yield _drawing(node, flows)


def _drawing(view: Node, flows: Mapping[str, tuple[str, str]]) -> Drawing:
    found = Drawing(identifier(view.get("name")))
    keys: dict[str, int] = {}
    uids: dict[str, int] = {}
    for key, node in enumerate(view.children, 1):
        name = identifier(node.get("name"))
        if node.tag in ("stock", "aux", "gf"):
            found.shapes.append(Shape(key, name, _middle(node), _half(node, name)))
            keys.setdefault(canonical(name), key)
        elif node.tag == "flow":
            found.pipes.append(
                Pipe(key, name, _middle(node), None, _SIDES.get(_side(node), "bottom"))
            )
            keys.setdefault(canonical(name), key)
        elif node.tag == "alias":
            of = identifier(node.content("of"))
            found.shapes.append(Shape(key, of, _middle(node), _half(node, of), alias=True))
            uids[node.get("uid")] = key
        elif node.tag == "text_box":
            found.notes.append(Note(plain_text(node.text), _middle(node), _half(node, node.text)))
        elif node.tag == "module":
            found.left_out.append(name)
        elif node.tag not in _QUIET:
            found.left_out.append(f"<{node.tag}>")
    nodes = dict(enumerate(view.children, 1))
    drawn: dict[str, list[Shape]] = {}
    for shape in found.shapes:
        drawn.setdefault(canonical(shape.name), []).append(shape)
    found.pipes = [_with_ends(p, nodes[p.key], drawn, flows) for p in found.pipes]
    places = {s.key: s.at for s in found.shapes} | {p.key: p.at for p in found.pipes}
    for node in view.every("connector"):
        ends = [_end(node.first(t), keys, uids) for t in ("from", "to")]
        if all(ends):
            straight = places[ends[0]].towards(places[ends[1]])
            angle = _number(node.get("angle"), straight)
            found.links.append(Link(ends[0], ends[1], angle, node.get("polarity")[:1]))
    found.left_out = list(dict.fromkeys(found.left_out))
    return found


def _side(node: Node) -> str:
    return node.get("label_side").strip().lower()


def _end(node: Node | None, keys: Mapping[str, int], uids: Mapping[str, int]) -> int:
    """Return the key of what a connector begins or ends at; 0 for what is not drawn."""
    if node is None:
        return 0
    alias = node.first("alias")
    if alias is not None:
        return uids.get(alias.get("uid"), 0)
    return keys.get(canonical(identifier(node.text)), 0)


def _with_ends(
    pipe: Pipe,
    node: Node,
    shapes: Mapping[str, Sequence[Shape]],
    flows: Mapping[str, tuple[str, str]],
) -> Pipe:
    pts = node.first("pts")
    points = [_corner(p) for p in pts.every("pt")] if pts is not None else []
    if len(points) < 2:
        return pipe
    source, target = flows.get(canonical(pipe.name), ("", ""))
    ends: list[End] = []
    for stock, at, via in ((source, points[0], points[1]), (target, points[-1], points[-2])):
        here = shapes.get(stock, ())
        near = min(here, key=lambda s: s.at.distance(at), default=None)
        bend = via if len(points) > 2 else None
        if near is not None and near.at.distance(at) <= max(_NEAR, near.half.x + near.half.y):
            ends.append(End(near.at, near.key, bend))
        else:
            ends.append(End(at, 0, bend))
    return Pipe(pipe.key, pipe.name, pipe.at, (ends[0], ends[1]), pipe.label)


# Places


def _number(text: str, default: float = 0.0) -> float:
    try:
        value = float(text)
    except ValueError:
        return default
    return value if isfinite(value) and abs(value) < 1e6 else default


def _corner(node: Node) -> Point:
    return Point(_number(node.get("x")), _number(node.get("y")))


def _size(node: Node) -> tuple[float, float]:
    return _number(node.get("width")), _number(node.get("height"))


def _middle(node: Node) -> Point:
    """Return the middle: where there is a size, the place is that of the upper left corner."""
    corner, (width, height) = _corner(node), _size(node)
    return Point(corner.x + width / 2, corner.y + height / 2)


def _half(node: Node, name: str) -> Point:
    width, height = _size(node)
    if width > 0 and height > 0:
        return Point(width / 2, height / 2)
    if node.tag == "stock":
        return Point(40.0, 20.0)
    return Point(min(60.0, max(10.0, 3.0 * len(name))), 11.0)
