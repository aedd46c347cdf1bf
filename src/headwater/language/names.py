"""Identifiers: when two spellings name the same thing (XMILE 1.0, section 3.2.2)."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

_BLANKS = re.compile(r"(?:[\s_\u00a0]|\\n|\\r)+")


@lru_cache(maxsize=100_000)
def canonical(name: str) -> str:
    """Return the form under which a name is looked up.

    Case, and runs of spaces, underscores, non-breaking spaces and escaped line breaks, do not
    matter, nor does whether an accent is part of its letter or a character of its own (Unicode's
    canonical equivalence); surrounding quotes are dropped.

    >>> canonical('"Net  Birth_rate"') == canonical("net birth\\\\nrate")
    True
    """
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"')
    name = _BLANKS.sub("_", name.strip())
    if name.isascii():
        return name.casefold()
    return normalize("NFC", normalize("NFD", name).casefold())
