"""Identifiers as attributes and elements hold them (XMILE 1.0, section 3.2.2)."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\.|[^".]+', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n"}


def identifier(text: str) -> str:
    """Return an identifier without the quotes and blanks around it; the rest as it is spelled."""
    text = text.strip()
    if _QUOTED.fullmatch(text):
        return _ESCAPE.sub(lambda m: _ESCAPES.get(m.group(1), m.group(1)), text[1:-1])
    return text


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
