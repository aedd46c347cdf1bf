"""Numbers that bring their own labels: arrays of xarray, series and frames of pandas.

Neither library is imported: what they give is told by its type, and goes by label, never by place.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from headwater.errors import UsageError
from headwater.language.names import canonical
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Dimension
from headwater.simulation.labels import dimensions_of


def by_label(
    project: Project, variable: AnyVariable, text: str, value: Any
) -> Mapping[str, Any] | None:
    """Return the numbers by element, ``"a"`` or ``"a,b"``, or None where a value has no labels.

    Raises :class:`UsageError` where an array's dimensions are not those of the variable, which
    the caller named by ``text``.
    """
    library = type(value).__module__.partition(".")[0]
    if library == "xarray" and value.ndim:
        return _of_array(dimensions_of(project, variable), text, value)
    if library == "pandas" and hasattr(value, "columns"):
        rows, columns = list(value.index), list(value.columns)
        cells = product(range(len(rows)), range(len(columns)))
        return {f"{rows[i]},{columns[j]}": value.iat[i, j] for i, j in cells}
    if library == "pandas" and hasattr(value, "index"):
        return _of_series(dimensions_of(project, variable), value)
    return None


def _of_array(own: tuple[Dimension, ...], text: str, value: Any) -> dict[str, Any]:
    # A dimension that has the name of a variable has an underscore behind it in our datasets.
    keys = [canonical(str(d)).removesuffix("_") for d in value.dims]
    wanted = [d.key.removesuffix("_") for d in own]
    if sorted(keys) != sorted(wanted):
        raise UsageError(
            f"the value of `{text}` has the dimensions {', '.join(map(str, value.dims))}",
            hint=f"give it those of the variable: {', '.join(d.name for d in own) or 'none'}",
        )
    ordered = value.transpose(*(value.dims[keys.index(key)] for key in wanted))
    labels = [
        ordered.coords[dim].values.tolist() if dim in ordered.coords else list(known.elements)
        for dim, known in zip(ordered.dims, own, strict=True)
    ]
    if ordered.shape != tuple(map(len, labels)):
        raise UsageError(
            f"the value of `{text}` has shape {ordered.shape} and no labels",
            hint=f"give it {' × '.join(str(len(d.elements)) for d in own)} numbers, or coordinates",
        )
    names = (",".join(map(str, elements)) for elements in product(*labels))
    return dict(zip(names, ordered.values.ravel().tolist(), strict=True))


def _of_series(own: tuple[Dimension, ...], value: Any) -> dict[str, Any] | None:
    labels = list(value.index)
    known = {canonical(e) for d in own for e in d.elements}
    if labels == list(range(len(labels))) and not all(str(i) in known for i in labels):
        return None
    joined = (",".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in labels)
    return dict(zip(joined, value.tolist(), strict=True))
