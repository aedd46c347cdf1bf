"""Modules become part of the model around them (XMILE 1.0, sections 3.7.4 and 4.7).

A variable ``x`` of a module ``m`` becomes ``m.x``. Inside the module its own names come first; a
name that begins with a dot is one of the root model. An input that is connected takes its value
from the variable it is connected to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from headwater.errors import Diagnostics, ModelError, Place, did_you_mean
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, transform
from headwater.model.project import Module, Project, Submodel
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Data,
    Equation,
    Flow,
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
    variables = flattening.variables("", project.variables, project.modules)
    flattening.diagnostics.raise_errors(ModelError)
    return replace(project, variables=tuple(variables), modules=(), submodels=())


class _Flattening:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.submodels: Mapping[str, Submodel] = {canonical(s.name): s for s in project.submodels}
        self.diagnostics = Diagnostics()

    def variables(
        self, prefix: str, own: Iterable[AnyVariable], modules: Iterable[Module], depth: int = 0
    ) -> list[AnyVariable]:
        """Return the variables of a model whose name is ``prefix``, with those of its modules."""
        own, modules = list(own), list(modules)
        local = {v.key for v in own} | {canonical(m.name) for m in modules}
        found = [_moved(v, prefix, local) for v in own]
        for module in modules:
            found += self._module(prefix, module, local, depth)
        return found

    def _module(
        self, prefix: str, module: Module, outside: set[str], depth: int
    ) -> list[AnyVariable]:
        name = _joined(prefix, module.name)
        place = module.span.place if module.span else None
        submodel = self.submodels.get(canonical(module.model or module.name))
        if submodel is None:
            self.diagnostics.error(
                f"no model `{module.model or module.name}` for the module `{name}`",
                place,
                did_you_mean(module.model, [s.name for s in self.project.submodels]),
            )
            return []
        if depth >= MAX_DEPTH:
            self.diagnostics.error(f"the module `{name}` contains itself", place)
            return []
        found = self.variables(name, submodel.variables, submodel.modules, depth + 1)
        return self._connected(prefix, module, name, found, outside, place)

    def _connected(
        self,
        prefix: str,
        module: Module,
        name: str,
        variables: list[AnyVariable],
        outside: set[str],
        place: Place | None,
    ) -> list[AnyVariable]:
        """Return a module's variables with its inputs taken from outside."""
        by_key = {v.key: k for k, v in enumerate(variables)}
        own = canonical(module.name) + "."
        for connection in module.connections:
            target = canonical(connection.target).removeprefix(own)
            at = by_key.get(canonical(_joined(name, target)))
            if at is None:
                self.diagnostics.error(
                    f"the module `{name}` has no variable `{connection.target}` to connect",
                    place,
                    did_you_mean(connection.target, [v.name for v in variables]),
                )
                continue
            origin = _renamed(Name(connection.origin), prefix, outside)
            variables[at] = _input(variables[at], origin)
        return variables


def _input(variable: AnyVariable, origin: Expression) -> AnyVariable:
    """Return a variable that takes the value of another, element by element."""
    if isinstance(origin, Name) and variable.dimensions:
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


def _moved(variable: AnyVariable, prefix: str, local: set[str]) -> AnyVariable:
    """Return a variable under its qualified name, with the names in its equations qualified."""

    def change(node: Expression) -> Expression:
        match node:
            case Name():
                return _renamed(node, prefix, local)
            case Call(function=function):
                renamed = _renamed(function, prefix, local)
                return node if renamed is function else replace(node, function=renamed)
        return node

    name = _joined(prefix, variable.name)
    if isinstance(variable, Data):
        return replace(variable, name=name)
    equations = tuple(
        replace(
            e,
            expression=transform(e.expression, change),
            initial=None if e.initial is None else transform(e.initial, change),
            rate=None if e.rate is None else transform(e.rate, change),
        )
        for e in variable.equations
    )
    if isinstance(variable, Stock):
        flows = tuple(
            replace(t, expression=transform(t.expression, change)) for t in variable.flows
        )
        return replace(variable, name=name, equations=equations, flows=flows)
    return replace(variable, name=name, equations=equations)


def _renamed(name: Name, prefix: str, local: set[str]) -> Name:
    if name.text.startswith("."):
        return Name(name.text[1:], name.subscripts, name.span)
    first = name.key.partition(".")[0]
    if prefix and (name.key in local or first in local):
        return Name(_joined(prefix, name.text), name.subscripts, name.span)
    return name
