"""Graphical functions as Stella's equations list them: ``GRAPH(TIME) (0, 1), (1, 2.5)``.

Files that were made from such lists have the call in the equation, with its points behind it or in
a ``<gf>``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from headwater.formats.xmile.document import Node

_CALL = re.compile(r"\s*GRAPH\s*\(", re.IGNORECASE)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POINT = rf"\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)"
_POINTS = re.compile(rf"\s*(?:{_POINT}\s*(?:,\s*|$))+")


def with_points(node: Node) -> Node:
    """Return a variable whose listed points are graphical functions; others as they are."""
    children = [with_points(c) if c.tag == "element" else c for c in node.children]
    equation = node.first("eqn")
    listed = _listed(equation) if equation is not None else None
    if equation is not None and listed is not None:
        input_, points = listed
        children = [input_ if c is equation else c for c in children]
        if node.first("gf") is None:
            if not points:
                return node
            children.append(_function(equation, points))
    same = all(a is b for a, b in zip(children, node.children, strict=False))
    return (
        node if same and len(children) == len(node.children) else replace(node, children=children)
    )


def _listed(equation: Node) -> tuple[Node, list[tuple[str, str]]] | None:
    """Return the input of a function that is the whole equation, and the points behind it."""
    text = equation.text
    call = _CALL.match(text)
    if call is None:
        return None
    depth, at = 1, call.end()
    while depth and at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    rest = text[at:].strip()
    if depth or (rest and _POINTS.fullmatch(rest) is None):
        return None
    source = equation.source()
    before = text[: call.end()]
    line = source.first_line + before.count("\n")
    after = len(before) - before.rfind("\n") - 1
    column = after + 1 if "\n" in before else source.first_column + after
    input_ = replace(equation, text=text[call.end() : at - 1], text_line=line, text_column=column)
    return input_, re.findall(_POINT, rest)


def _function(equation: Node, points: list[tuple[str, str]]) -> Node:
    def made(tag: str, text: str = "", *children: Node) -> Node:
        return replace(equation, tag=tag, attributes={}, children=list(children), text=text)

    abscissae, ordinates = (",".join(axis) for axis in zip(*points, strict=True))
    return made("gf", "", made("xpts", abscissae), made("ypts", ordinates))
