"""Names that the literate case has a meaning of its own for."""

from __future__ import annotations

from dataclasses import replace

from headwater.formats.losses import Losses
from headwater.language.builtins import BUILTINS
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, subscripts_in, transform
from headwater.model.project import Project
from headwater.model.rewriting import rewrite

RESERVED = frozenset(canonical(b.name) for b in BUILTINS.values() if not b.min_args)
"""The names of the values of the language."""


def with_free_names(project: Project, losses: Losses) -> Project:
    """Return a project of another dialect in which no variable has the name of a builtin value.

    Names go onto one line.
    """
    if project.dialect == "headwater":
        return project
    renamed: dict[str, str] = {}
    dimensions = project.dimension_by_key
    for variable in project.variables:
        if variable.key in RESERVED or variable.key in dimensions:
            renamed[variable.key] = f"{_one_line(variable.name)} value"
            what = "names that mean something else here become `… value`"
            losses.add(what, variable.name, variable.span)

    def changed(expression: Expression) -> Expression:
        inside = {id(s) for s in subscripts_in(expression)}

        def change(node: Expression) -> Expression:
            match node:
                case Name(key=key) if key in renamed and id(node) not in inside:
                    return Name(renamed[key], node.subscripts, node.span)
                case Call(function=Name(key=key) as function) if key in renamed:
                    return replace(
                        node, function=Name(renamed[key], function.subscripts, function.span)
                    )
            return node

        return transform(expression, change)

    variables = []
    for variable in project.variables:
        made = rewrite(variable, changed) if renamed else variable
        name = renamed.get(variable.key, _one_line(variable.name))
        variables.append(replace(made, name=name, group=_one_line(variable.group)))
    groups = tuple(replace(g, name=_one_line(g.name)) for g in project.groups)
    return replace(project, variables=tuple(variables), groups=groups)


def _one_line(name: str) -> str:
    return " ".join(name.replace("\\n", " ").replace("\\r", " ").split())
