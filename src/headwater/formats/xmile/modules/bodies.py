"""Where the variables of a model stand, and which model of a file is the one that runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from headwater.formats.xmile.document import Node
from headwater.formats.xmile.names import identifier
from headwater.language.names import canonical
from headwater.model.project import Module, Submodel

KINDS = ("stock", "flow", "aux", "gf", "module", "group")
"""Elements that make a model."""


def variables_of(model: Node) -> Sequence[Node]:
    """Return the elements of a model's variables; old files have them in the model itself.

    Those that a tool has written inside a group count as if they stood beside it.
    """
    blocks = list(model.every("variables"))
    if blocks:
        return [n for block in blocks for c in block.children for n in (c, *_grouped(c))]
    return [n for c in model.children if c.tag in KINDS for n in (c, *_grouped(c))]


def members_of(group: Node) -> Iterator[str]:
    """Yield the names of the variables of a group."""
    return (n.get("name") for n in (*group.every("entity"), *_grouped(group)))


def _grouped(node: Node) -> Iterator[Node]:
    if node.tag == "group":
        yield from (c for c in node.children if c.tag in KINDS)


def is_module_of(name: str, models: Iterable[Node]) -> bool:
    """Tell whether one of these models has a module of that name."""
    key = canonical(name)
    return any(
        node.tag == "module" and canonical(identifier(node.get("name"))) == key
        for model in models
        for node in variables_of(model)
    )


def unused(modules: Iterable[Module], submodels: Sequence[Submodel]) -> frozenset[str]:
    """Return the canonical names of the models that no module leads to."""
    left = {canonical(m.name): m for m in submodels}
    pending = list(modules)
    while pending:
        reached = left.pop(canonical(pending.pop().model), None)
        pending += reached.modules if reached is not None else ()
    return frozenset(left)
