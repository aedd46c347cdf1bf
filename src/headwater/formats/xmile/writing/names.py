"""Identifiers as attributes and elements hold them: the reverse of reading them."""

from __future__ import annotations

from headwater.language.printer import print_name
from headwater.language.tokens import is_plain_name


def attribute(name: str) -> str:
    """Return a name for an attribute; it needs quotes only where it has some of its own."""
    if name != name.strip() or (len(name) > 1 and name[0] == name[-1] == '"'):
        return print_name(name)
    return name


def listed(name: str) -> str:
    """Return a name for a list of subscripts, or for the text of an element."""
    if is_plain_name(name) or name.isalnum():
        return name
    return print_name(name)
