"""A tree of XML to be written, laid out with one element a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from headwater.formats.xmile.kept import attribute_of
from headwater.language.names import canonical

REPLACEMENT = "\ufffd"
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Tag:
    """An element: with a text, or with children. ``raw`` is XML to stand in its place as it is."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Tag] = field(default_factory=list)
    raw: str = ""


def raw(text: str) -> Tag:
    """Return what stands in the document as it is."""
    return Tag("", raw=text)


def add_kept(tag: Tag, kept: Iterable[str]) -> None:
    """Give an element the attributes and children that are kept as they were written.

    The name with its line breaks stands for the same name alone: it may have changed since.
    """
    for text in kept:
        given = attribute_of(text)
        if given is None:
            tag.children.append(raw(text))
        elif given[0] != "name" or canonical(given[1]) == canonical(tag.attributes["name"]):
            tag.attributes = {**tag.attributes, given[0]: given[1]}


def render(tag: Tag) -> str:
    """Return a document with one root element."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', *_lines(tag, 0), ""]
    return "\n".join(lines)


def _lines(tag: Tag, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if tag.raw:
        yield indent + legal(tag.raw)
        return
    attributes = "".join(f" {k}={quoteattr(legal(v))}" for k, v in tag.attributes.items())
    head = f"{indent}<{tag.name}{attributes}"
    if tag.children:
        yield f"{head}>"
        for child in tag.children:
            yield from _lines(child, depth + 1)
        yield f"{indent}</{tag.name}>"
    elif tag.text:
        written = escape(legal(tag.text), {"\r": "&#13;"})
        yield f"{head}>{written}</{tag.name}>"
    else:
        yield f"{head}/>"


def legal(text: str) -> str:
    """Return a text without the characters that XML forbids."""
    return _ILLEGAL.sub(REPLACEMENT, text)
