"""Modules become part of the model around them (XMILE 1.0, sections 3.7.4 and 4.7).

A variable ``x`` of a module ``m`` becomes ``m.x``. Inside a module its own names are known, those
of its modules (``n.x``) and, with a dot in front, those of the root model (``.x``); another name
of the root model is none of its own. An input that is connected takes its value from the variable
it is connected to, and where that is a graphical function of nothing that changes, it is that
function. A connection may name a module by its own name wherever it lies, as Stella does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from headwater.errors import Diagnostics, ModelError, Place, did_you_mean
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, subscripts_in, transform, walk
from headwater.model.deferred import changed
from headwater.model.project import Connection, Module, Project, Submodel
from headwater.model.rewriting import rewrite
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Equation,
    Flow,
    Graph,
    Stock,
)

MAX_DEPTH = 20


def flatten(project: Project) -> Project:
    """Return the project without modules.

    Raises ModelError for unknown models, modules that contain themselves and connections that
    lead nowhere.
    """
    if not project.modules:
        return project
    flattening = _Flattening(project)
    flattening.add("", project.variables, project.modules)
    flattening.connect()
    flattening.diagnostics.raise_errors(ModelError)
    variables = tuple(flattening.variables.values())
    return replace(project, variables=variables, modules=(), submodels=())


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names mean inside one model: ``local`` ones are its own, ``shadowed`` the root's."""

    prefix: str
    local: frozenset[str]
    shadowed: frozenset[str]
    subscripts: frozenset[str]

    def renamed(self, name: Name) -> Name:
        """Return a name as the flat model has it."""
        if name.text.startswith("."):
            return Name(name.text[1:], name.subscripts, name.span)
        if self.prefix and (self._knows(name.key) or self._knows(name.key.partition(".")[0])):
            return Name(_joined(self.prefix, name.text), name.subscripts, name.span)
        return name

    def _knows(self, key: str) -> bool:
        return key in self.local or key in self.shadowed

    def moved(self, expression: Expression) -> Expression:
        """Return an expression with its names as the flat model has them."""
        kept = {id(n) for n in subscripts_in(expression) if self._is_subscript(n)}

        def change(node: Expression) -> Expression:
            match node:
                case Name():
                    return node if id(node) in kept else self.renamed(node)
                case Call(function=function):
                    renamed = self.renamed(function)
                    return node if renamed is function else replace(node, function=renamed)
            return node

        return transform(expression, change)

    def moved_variable(self, variable: AnyVariable) -> AnyVariable:
        """Return a variable by its full name, with the names in its expressions; see ``moved``."""
        name = _joined(self.prefix, variable.name)

        def move(own: AnyVariable) -> AnyVariable:
            return replace(rewrite(own, self.moved), name=name)

        return changed(variable, move, {"name": name})

    def _is_subscript(self, node: Expression) -> bool:
        """Tell whether a subscript names a dimension or an element, not a variable."""
        if not isinstance(node, Name) or node.subscripts:
            return False
        return node.key in self.subscripts or node.key.partition(".")[0] in self.subscripts


@dataclass(frozen=True, slots=True)
class _Link:
    """A connection: where it leads, and from where, in full names if they are the scope's own."""

    target: str
    origin: Name
    written: Connection
    module: str
    place: Place | None


class _Flattening:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.submodels: Mapping[str, Submodel] = {canonical(s.name): s for s in project.submodels}
        self.diagnostics = Diagnostics()
        self.variables: dict[str, AnyVariable] = {}
        self.links: list[_Link] = []
        self.paths: dict[str, list[str]] = {}
        self.names = _own_names(project.variables, project.modules)
        self.subscripts = frozenset(
            canonical(n) for d in project.dimensions for n in (d.name, *d.elements)
        )

    def add(
        self, prefix: str, own: Iterable[AnyVariable], modules: Iterable[Module], depth: int = 0
    ) -> None:
        """Add the variables of a model whose name is ``prefix``, with those of its modules."""
        own, modules = list(own), list(modules)
        scope = _Scope(prefix, _own_names(own, modules), self.names, self.subscripts)
        for variable in own:
            moved = scope.moved_variable(variable)
            if moved.key in self.variables:
                self._twice(moved)
            self.variables.setdefault(moved.key, moved)
        for module in modules:
            self._add_module(scope, module, depth)

    def _twice(self, variable: AnyVariable) -> None:
        self.diagnostics.error(
            f"`{variable.name}` is defined twice",
            variable.span.place if variable.span else None,
            "case, blanks and underscores do not tell names apart",
        )

    def _add_module(self, scope: _Scope, module: Module, depth: int) -> None:
        name = _joined(scope.prefix, module.name)
        place = module.span.place if module.span else None
        submodel = self.submodels.get(canonical(module.model or module.name))
        if submodel is None:
            self.diagnostics.error(
                f"no model `{module.model or module.name}` for the module `{name}`",
                place,
                did_you_mean(module.model, [s.name for s in self.project.submodels]),
            )
            return
        if depth >= MAX_DEPTH:
            self.diagnostics.error(f"the module `{name}` contains itself", place)
            return
        own = canonical(module.name) + "."
        self.paths.setdefault(canonical(module.name), []).append(canonical(name))
        for connection in module.connections:
            target = canonical(connection.target).removeprefix(own)
            full = target[1:] if target.startswith(".") else canonical(_joined(name, target))
            origin = scope.renamed(Name(connection.origin))
            self.links.append(_Link(full, origin, connection, name, place))
        self.add(name, submodel.variables, submodel.modules, depth + 1)

    def connect(self) -> None:
        """Give the inputs that are connected the values of what they are connected to."""
        origins: dict[str, str] = {}
        for link in self.links:
            target = self._reached(link.target, link.written.target, link.module)
            origin_key = self._reached(link.origin.key, link.written.origin, link.module)
            origin = link.origin if origin_key == link.origin.key else Name(origin_key)
            variable = self.variables.get(target)
            if variable is None:
                inside = canonical(link.module) + "."
                known = [v.name for k, v in self.variables.items() if k.startswith(inside)]
                name = link.written.target
                self.diagnostics.error(
                    f"the module `{link.module}` has no variable `{name}` to connect",
                    link.place,
                    did_you_mean(name, [n[len(inside) :] for n in known]),
                )
            elif isinstance(variable, Stock) and variable.flows:
                self.diagnostics.error(
                    f"the stock `{variable.name}` has flows and cannot be an input as well",
                    link.place,
                    "connect a converter or a flow instead",
                )
            else:
                self.variables[target] = _input(variable, origin)
                origins[target] = origin.key
        for target in origins:
            table = self._table(target, origins)
            variable = self.variables[target]
            if table is not None and isinstance(variable, Auxiliary):
                common = {f.name: getattr(variable, f.name) for f in fields(Auxiliary)}
                own = {"graphs": table.graphs, "equations": table.equations}
                self.variables[target] = Graph(**common | own)

    def _table(self, key: str, origins: Mapping[str, str]) -> Graph | None:
        """Return the graphical function that an input stands for, whose own value is no matter."""
        start, seen = key, set[str]()
        while key in origins and key not in seen:
            seen.add(key)
            key = origins[key]
        found, variable = self.variables.get(key), self.variables[start]
        if not isinstance(found, Graph) or found.dimensions != variable.dimensions:
            return None
        plain = not any(isinstance(n, Name) for e in found.equations for n in walk(e.expression))
        return found if plain else None

    def _reached(self, key: str, written: str, module: str) -> str:
        """Return the full name that one end of a connection has.

        Where nothing in the scope has the name, its first part is the name of a module anywhere:
        the one nearest to the model that lists the connection.
        """
        if key in self.variables:
            return key
        owner, _, inner = canonical(written).partition(".")
        near = canonical(module).split(".")[:-1]

        def shared(path: str) -> int:
            return sum(a == b for a, b in zip(path.split("."), near, strict=False))

        paths = sorted(self.paths.get(owner, ()), key=shared, reverse=True)
        if len(paths) > 1 and shared(paths[0]) == shared(paths[1]):
            return key
        full = f"{paths[0]}.{inner}" if paths else key
        return full if full in self.variables else key


def _own_names(variables: Iterable[AnyVariable], modules: Iterable[Module]) -> frozenset[str]:
    return frozenset({v.key for v in variables} | {canonical(m.name) for m in modules})


def _input(variable: AnyVariable, origin: Name) -> AnyVariable:
    """Return a variable that takes the value of another, element by element."""
    if variable.dimensions:
        origin = replace(origin, subscripts=tuple(Name(d) for d in variable.dimensions))
    kind = Flow if isinstance(variable, Flow) else Auxiliary
    return kind(
        name=variable.name,
        dimensions=variable.dimensions,
        unit=variable.unit,
        documentation=variable.documentation,
        group=variable.group,
        save=variable.save,
        span=variable.span,
        unit_span=variable.unit_span,
        equations=(Equation(origin, span=variable.span),),
    )


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
