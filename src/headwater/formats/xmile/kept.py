"""What a file says beyond the model: kept as it is written, and written back.

Of variables and modules it is their ``display``: elements as XML, attributes as ``@name=value``;
the name itself is among them where it has line breaks. Of the file as a whole it is among the
properties, under the keys that are defined here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headwater.formats.xmile.document import Node, serialize
from headwater.formats.xmile.names import has_breaks

ROOT = "xml"
"""The key of an element of the root."""

HEADER = "header xml"
"""The key of an element of the header."""

SPECS = "sim_specs "
"""How the key of an attribute of the settings begins."""

SETTINGS = "settings xml"
"""The key of an element of the settings."""

PRODUCT = "product "
"""How the key of an attribute of the product begins."""

PLACEHOLDER = "isee:placeholder"
"""What stands among a model's variables to show one of several; nothing may use it (Stella help,
Equation tab of placeholders). It is kept with the views."""

_ROOT_TAGS = frozenset(
    {"header", "sim_specs", "model_units", "dimensions", "behavior", "model", "macro", "style"}
)
METHOD = SPECS + "method"
"""The key of a method that another one stands in for."""

_SPECS = frozenset({"method", "time_units", "pause"})


def of_a_vendor(node: Node) -> bool:
    """Tell whether an element is of another namespace than XMILE's, and kept with the rest."""
    return ":" in node.tag


def attributes_kept(node: Node, known: frozenset[str]) -> Iterator[str]:
    """Yield the attributes of an element that are none of the known ones, as text."""
    return (f"@{k}={v}" for k, v in node.attributes.items() if k not in known)


def name_kept(node: Node) -> Iterator[str]:
    """Yield the name of an element, as an attribute that is kept, where it has line breaks."""
    name = node.get("name")
    if has_breaks(name):
        yield f"@name={name}"


def attribute_of(kept: str) -> tuple[str, str] | None:
    """Return the name and the value of an attribute that is kept; None for an element."""
    if not kept.startswith("@"):
        return None
    name, _, value = kept[1:].partition("=")
    return name, value


def root_elements(root: Node) -> Iterator[tuple[str, str]]:
    """Yield the elements beside the model: preferences of tools, connections to data."""
    for node in root.children:
        if node.tag not in _ROOT_TAGS:
            yield ROOT, node.raw or serialize(node)


def header_elements(header: Node, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the elements of the header that are no plain text."""
    skipped = {*known, "name", "options", "includes"}
    for node in header.children:
        if node.tag not in skipped:
            yield HEADER, node.raw or serialize(node)


def specs_kept(node: Node | None, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the attributes and vendors' elements of the settings, without a part in a run here."""
    skipped = {*known, *_SPECS}
    for key, value in node.attributes.items() if node is not None else ():
        if key not in skipped:
            yield SPECS + key, value
    for child in node.children if node is not None else ():
        if of_a_vendor(child) and child.tag not in skipped:
            yield SETTINGS, serialize(child)
