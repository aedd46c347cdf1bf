"""Identifiers as attributes and elements hold them (XMILE 1.0, section 3.2.2)."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\.|[^".]+', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BREAK = re.compile(r"\s*(?:\\[nr]|[\n\r])\s*")
_LINES = re.compile(r"\s*(?:(?<!\\)\\[nr]|[\n\r])\s*")


def identifier(text: str) -> str:
    """Return an identifier without the quotes and blanks around it; the rest as it is spelled.

    A line break, which a diagram shows, is a blank.
    """
    text = text.strip()
    if _QUOTED.fullmatch(text):
        return _ESCAPE.sub(r"\1", _LINES.sub(" ", text[1:-1]))
    return without_breaks(text)


def without_breaks(name: str) -> str:
    """Return a name on one line: breaks, escaped or not, are one blank each.

    >>> without_breaks("births \\\\nper year")
    'births per year'
    """
    return _BREAK.sub(" ", name)


def has_breaks(text: str) -> bool:
    """Tell whether an identifier, as it is spelled, has breaks of its line.

    >>> has_breaks(r"births\\nper year"), has_breaks(r'"a backslash \\\\n"')
    (True, False)
    """
    text = text.strip()
    if _QUOTED.fullmatch(text):
        return _LINES.search(text[1:-1]) is not None
    return without_breaks(text) != text


def qualified(text: str) -> str:
    """Return a name that may begin with those of modules, each part without its own quotes.

    >>> qualified('Climate."CO2_from_energy_Gt/y"')
    'Climate.CO2_from_energy_Gt/y'
    """
    text = text.strip()
    parts = _PART.findall(text)
    if "".join(parts) != text:
        return identifier(text)
    return "".join(identifier(part) for part in parts)


def split_identifiers(text: str) -> list[str]:
    """Return the identifiers of a list separated by commas."""
    if not text.strip():
        return []
    if '"' not in text:
        return [identifier(part) for part in text.split(",")]
    found: list[str] = []
    start = at = 0
    while at < len(text):
        if text[at] == ",":
            found.append(identifier(text[start:at]))
            start = at + 1
        quoted = _QUOTED.match(text, at) if text[at] == '"' else None
        if text[at] == '"' and quoted is None:
            return [identifier(part) for part in text.split(",")]
        at = quoted.end() if quoted else at + 1
    return [*found, identifier(text[start:])]
