"""Modules and what connects them (XMILE 1.0, sections 3.7.4 and 4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node, serialize
from headwater.formats.xmile.kept import attributes_kept, name_kept
from headwater.formats.xmile.names import identifier, qualified
from headwater.language.names import canonical
from headwater.language.syntax import Expression, Name, transform
from headwater.model.project import Connection, Module, Submodel
from headwater.model.rewriting import rewrite


def read_modules(context: Context, nodes: Iterable[Node], model: str = "") -> tuple[Module, ...]:
    """Return the modules among the elements of the ``<variables>`` block of a model of that name.

    Some tools list a connection on both of the modules that it joins: it is kept where it leads.
    """
    found: dict[str, Module] = {}
    pending: list[Connection] = []
    for node in nodes:
        if node.tag != "module":
            continue
        name = identifier(node.get("name"))
        if not name:
            context.error("this module has no name", node, 'write name="…"')
            continue
        found[canonical(name)] = Module(name, name, (), _display(node), node.span)
        pending += _qualified(node, name, model)
    return tuple(_connected(found, pending))


def _display(node: Node) -> tuple[str, ...]:
    shown = (serialize(c) for c in node.children if c.tag not in ("connect", "connect2"))
    known = frozenset({"name", "resource", "url"})
    return (*name_kept(node), *attributes_kept(node, known), *shown)


def _qualified(node: Node, name: str, model: str) -> list[Connection]:
    """Return the connections of a module with targets that name their module.

    A target without a module lies in this module (4.7.1); that of Stella's ``<connect2>`` lies in
    the model around it.
    """
    second = list(node.every("connect2"))
    around = f"{model}." if second else f"{name}."
    found: list[Connection] = []
    for connect in second or node.every("connect"):
        target, origin = qualified(connect.get("to")), qualified(connect.get("from"))
        if not target or not origin:
            continue
        if "." not in target:
            target = around + target
        found.append(Connection(target, origin))
    return found


def _connected(modules: dict[str, Module], pending: Sequence[Connection]) -> list[Module]:
    """Return the modules, each with the connections that lead into it."""
    into: dict[str, dict[str, Connection]] = {key: {} for key in modules}
    for connection in pending:
        owner, _, inner = connection.target.partition(".")
        key = canonical(owner)
        if key not in into:
            # Upwards, or deeper: the first module that was named carries it.
            key = next(iter(into))
            into[key].setdefault(canonical(connection.target), connection)
            continue
        into[key].setdefault(canonical(inner), Connection(inner, connection.origin))
    return [replace(m, connections=tuple(into[k].values())) for k, m in modules.items()]


def named_from_the_root(
    submodels: Sequence[Submodel], modules: Iterable[Module], dimensions: Iterable[str]
) -> tuple[Submodel, ...]:
    """Return models in whose equations ``module.name`` may mean a module of the root model.

    Stella's first versions wrote an input of a module by the full name of what it is connected
    to. Modules of the model itself, and dimensions, come first.
    """
    outer = {canonical(m.name) for m in modules} - set(map(canonical, dimensions))

    def of(model: Submodel) -> Submodel:
        away = outer - {canonical(m.name) for m in model.modules}

        def full(node: Expression) -> Expression:
            if isinstance(node, Name):
                owner, dot, _ = node.key.partition(".")
                if dot and owner in away:
                    return replace(node, text=f".{node.text}", key="")
            return node

        def change(expression: Expression) -> Expression:
            return transform(expression, full)

        return replace(model, variables=tuple(rewrite(v, change) for v in model.variables))

    return tuple(map(of, submodels)) if outer else tuple(submodels)
