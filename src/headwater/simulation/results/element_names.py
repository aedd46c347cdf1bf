"""Elements of arrays under the names that another model has for them."""

from __future__ import annotations

from dataclasses import replace

from headwater.formats.tables import Column, ResultTable
from headwater.language.names import canonical, split_label
from headwater.model.project import Project
from headwater.model.variables import Dimension
from headwater.simulation.labels import dimensions_of, label


def with_elements_of(table: ResultTable, project: Project, other: Project) -> ResultTable:
    """Return the results of ``project`` with the names that the elements have in ``other``.

    Dimensions of one name and size are taken to have the same elements in the same order, as a
    model has that is written in another format. Neither project has modules.
    """
    renamed = {
        canonical(d.name): {
            canonical(here): there for here, there in zip(d.elements, same.elements, strict=True)
        }
        for d in project.dimensions
        if (same := other.dimension_by_key.get(canonical(d.name))) is not None
        and len(same.elements) == len(d.elements)
    }

    def named(column: Column) -> Column:
        key, elements = split_label(column.name)
        variable = project.by_key.get(key)
        if not elements or variable is None or len(variable.dimensions) != len(elements):
            return column
        found = [
            _name_of(element, dimension, renamed)
            for element, dimension in zip(elements, dimensions_of(project, variable), strict=True)
        ]
        return replace(column, name=label(variable.name, found))

    return ResultTable(tuple(named(c) for c in table.columns))


def _name_of(element: str, dimension: Dimension, renamed: dict[str, dict[str, str]]) -> str:
    return renamed.get(canonical(dimension.name), {}).get(element, element)
