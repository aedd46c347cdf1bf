"""Modules and what connects them (XMILE 1.0, sections 3.7.4 and 4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node, serialize
from headwater.formats.xmile.kept import attributes_kept, name_kept
from headwater.formats.xmile.names import identifier, qualified
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, transform, walk
from headwater.model.project import Connection, Module, Submodel
from headwater.model.rewriting import rewrite

_MAX_DEPTH = 20
"""The most modules within one another in which names are looked for."""


def read_modules(context: Context, nodes: Iterable[Node], model: str = "") -> tuple[Module, ...]:
    """Return the modules among the elements of the ``<variables>`` block of a model of that name.

    Some tools list a connection on both of the modules that it joins: it is kept where it leads.
    """
    found: dict[str, Module] = {}
    pending: list[tuple[Connection, Node]] = []
    for node in nodes:
        if node.tag != "module":
            continue
        name = identifier(node.get("name"))
        if not name:
            context.error("this module has no name", node, 'write name="…"')
            continue
        found[canonical(name)] = Module(name, name, (), _display(node), node.span)
        pending += ((c, node) for c in _qualified(node, name, model))
    return tuple(_connected(context, found, pending))


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


def _connected(
    context: Context, modules: dict[str, Module], pending: Sequence[tuple[Connection, Node]]
) -> list[Module]:
    """Return the modules, each with the connections that lead into it."""
    into: dict[str, dict[str, Connection]] = {key: {} for key in modules}
    for connection, node in pending:
        owner, _, inner = connection.target.partition(".")
        key = canonical(owner)
        if key not in into:
            # Upwards, or deeper: the first module that was named carries it.
            key, inner = next(iter(into)), connection.target
        known = into[key].setdefault(canonical(inner), Connection(inner, connection.origin))
        if _last(known.origin) != _last(connection.origin):
            context.error(
                f"`{connection.target}` is connected twice, to `{known.origin}` and to "
                f"`{connection.origin}`",
                node,
                "an input takes one value: leave one of the connections out",
            )
    return [replace(m, connections=tuple(into[k].values())) for k, m in modules.items()]


def _last(name: str) -> str:
    return canonical(name).rpartition(".")[2]


def without_empty_modules(context: Context, models: Sequence[Submodel]) -> tuple[Submodel, ...]:
    """Return models without the modules that have no model yet and that nothing refers to (3.7.4).

    A module may be drawn and named before its model is there.
    """
    if not any(m.modules for m in models):
        return tuple(models)
    known = {canonical(m.name) for m in models}
    used = {
        part
        for model in models
        for text in (*_names(model), *(c.origin for m in model.modules for c in m.connections))
        for part in canonical(text).split(".")[:-1]
    }

    def is_there(module: Module) -> bool:
        key = canonical(module.name)
        if canonical(module.model) in known or key in used or module.connections:
            return True
        context.diagnostics.warn(
            f"the module `{module.name}` has no model, and is left out",
            module.span.place if module.span else None,
        )
        return False

    return tuple(replace(m, modules=tuple(filter(is_there, m.modules))) for m in models)


def _names(model: Submodel) -> Iterator[str]:
    found: list[str] = []

    def note(expression: Expression) -> Expression:
        for node in walk(expression):
            name = node.function if isinstance(node, Call) else node
            if isinstance(name, Name) and "." in name.text:
                found.append(name.text)
        return expression

    for variable in model.variables:
        rewrite(variable, note)
    yield from found


def named_from_the_root(
    own: Submodel, submodels: Sequence[Submodel], dimensions: Iterable[str]
) -> tuple[Submodel, ...]:
    """Return models in whose equations ``module.name`` may mean a module that lies elsewhere.

    Modules of the model itself, and dimensions, come first; then those of the root model, by which
    Stella's first versions wrote an input; then a module anywhere, whose name is its alone (3.7.4).
    The root model is the first.
    """
    by_key = {canonical(m.name): m for m in submodels}
    paths: dict[str, list[str]] = {}

    def gather(modules: Iterable[Module], prefix: str, depth: int) -> None:
        for module in modules:
            paths.setdefault(canonical(module.name), []).append(f"{prefix}{module.name}")
            inner = by_key.get(canonical(module.model))
            if inner is not None and depth < _MAX_DEPTH:
                gather(inner.modules, f"{prefix}{module.name}.", depth + 1)

    gather(own.modules, "", 0)
    outer = {canonical(m.name): m.name for m in own.modules}
    found = {key: one[0] for key, one in paths.items() if len(one) == 1} | outer
    for name in dimensions:
        found.pop(canonical(name), None)

    def of(model: Submodel) -> Submodel:
        near = {canonical(m.name) for m in model.modules}
        away = {key: path for key, path in found.items() if key not in near}
        local = {v.key for v in model.variables if "." in v.key}

        def full(node: Expression) -> Expression:
            if isinstance(node, Name):
                owner, dot, _ = node.key.partition(".")
                if dot and owner in away and node.key not in local:
                    rest = node.text.partition(".")[2]
                    return replace(node, text=f".{away[owner]}.{rest}", key="")
            return node

        def change(expression: Expression) -> Expression:
            return transform(expression, full)

        if not away:
            return model
        return replace(model, variables=tuple(rewrite(v, change) for v in model.variables))

    return tuple(map(of, (own, *submodels)))
