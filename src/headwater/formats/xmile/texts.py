"""Documentation: plain text with escape sequences, or HTML (XMILE 1.0, section 4.1)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\([nt\\])")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}
_MARKUP = re.compile(r"\s*<(?:!DOCTYPE|html|body|p|div|span)\b", re.IGNORECASE)


def plain_text(text: str) -> str:
    """Return a text with its escape sequences resolved; HTML is left as it is."""
    if "\\" not in text or _MARKUP.match(text):
        return text
    return _ESCAPE.sub(lambda m: _ESCAPES[m.group(1)], text)


def escaped_text(text: str) -> str:
    """Return a text that :func:`plain_text` turns into ``text`` again, blanks at its ends apart."""
    if plain_text(text.strip()) == text:
        return text
    found = text.replace("\\", "\\\\")
    head = found[: len(found) - len(found.lstrip())]
    tail = found[len(found.rstrip()) :] if found.strip() else ""
    return _visible(head) + found[len(head) : len(found) - len(tail)] + _visible(tail)


def _visible(blanks: str) -> str:
    return blanks.replace("\n", "\\n").replace("\t", "\\t")
