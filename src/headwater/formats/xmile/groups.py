"""Groups: named sets of variables, which tools call sectors (XMILE 1.0, section 4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.modules.bodies import members_of
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.texts import plain_text
from headwater.language.names import canonical
from headwater.model.project import Group


def read_groups(context: Context, nodes: Iterable[Node]) -> tuple[Group, ...]:
    """Return the groups among the elements of a ``<variables>`` block."""
    found: dict[str, Group] = {}
    for node in nodes:
        if node.tag == "group":
            name = identifier(node.get("name"))
            if not name:
                context.error("this group has no name", node, 'write name="…"')
                continue
            found.setdefault(canonical(name), Group(name, plain_text(node.content("doc"))))
    return tuple(found.values())


def group_of(groups: Sequence[Group], nodes: Iterable[Node]) -> dict[str, str]:
    """Return, for the canonical name of each variable in a group, the group's name."""
    known = {canonical(g.name): g.name for g in groups}
    found: dict[str, str] = {}
    for node in nodes:
        if node.tag == "group":
            name = known.get(canonical(identifier(node.get("name"))), "")
            for member in members_of(node):
                found.setdefault(canonical(identifier(member)), name)
    return found
