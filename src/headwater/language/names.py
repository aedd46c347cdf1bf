"""Identifiers: when two spellings name the same thing (XMILE 1.0, section 3.2.2)."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache
from unicodedata import normalize

_BLANKS = re.compile(r"(?:[\s_\u00a0]|\\n|\\r)+")


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@lru_cache(maxsize=100_000)
def canonical(name: str) -> str:
    """Return the form under which a name is looked up.

    Case, and runs of spaces, underscores, non-breaking spaces and escaped line breaks, do not
    matter, nor does whether an accent is part of its letter or a character of its own (Unicode's
    canonical equivalence); surrounding quotes are dropped.

    >>> canonical('"Net  Birth_rate"') == canonical("net birth\\\\nrate")
    True
    """
    plain = name.replace(" ", "_")
    if plain.isascii() and plain.isidentifier() and "__" not in plain:
        if plain[0] != "_" != plain[-1]:
            return plain.lower()  # nearly every name, in a fraction of the time
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"')
    name = _BLANKS.sub("_", name.strip())
    if name.isascii():
        return name.casefold()
    return normalize("NFC", normalize("NFD", name).casefold())


def free_name(wish: str, taken: Container[str]) -> str:
    """Return a name whose look-up form is not among those ``taken``: the wish, or with a number.

    >>> free_name("Start", {"start", "start_2"})
    'Start 3'
    """
    name, number = wish, 1
    while canonical(name) in taken:
        number += 1
        name = f"{wish} {number}"
    return name


def split_label(text: str) -> tuple[str, tuple[str, ...]]:
    """Split ``Name[a, b]`` into the look-up form of the name and those of its elements.

    Brackets and commas inside double quotes are part of a name, and only the last brackets are
    those of elements.

    >>> split_label("Net Migration[Home, russia]")
    ('net_migration', ('home', 'russia'))
    >>> split_label('"odds [%], now"[Home]')
    ('odds_[%],_now', ('home',))
    """
    text = text.strip()
    if not text.endswith("]") or "[" not in text:
        return canonical(text), ()
    quoted = _QUOTED.match(text)
    name, _, inside = text[:-1].rpartition("[")
    if quoted and text[quoted.end() :].lstrip().startswith("["):
        name, inside = quoted.group(), text[quoted.end() :].lstrip()[1:-1]
    return canonical(name), tuple(canonical(part) for part in split_at_commas(inside))


def split_at_commas(text: str) -> list[str]:
    """Return the parts of a list, without those that are empty.

    Commas inside brackets and inside double quotes do not count.

    >>> split_at_commas('flow[home,russia], "a, b", total')
    ['flow[home,russia]', '"a, b"', 'total']
    """
    parts: list[str] = []
    if '"' not in text and "[" not in text:
        return [part for part in map(str.strip, text.split(",")) if part]
    depth, start, at = 0, 0, 0
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted:
            at = quoted.end()
            continue
        depth += {"[": 1, "]": -1}.get(text[at], 0)
        if text[at] == "," and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    stripped = (part.strip() for part in (*parts, text[start:]))
    return [part for part in stripped if part]
