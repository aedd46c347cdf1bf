"""Header, settings, dimensions and units of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headwater.formats.losses import Losses
from headwater.formats.xmile.document import NAMESPACE, OWN_SPACE, VENDOR_SPACES
from headwater.formats.xmile.kept import HEADER, METHOD, PRODUCT, SETTINGS, SPECS
from headwater.formats.xmile.specs import (
    ADAPTIVE,
    METHODS,
    OWN_PROPERTIES,
    PROPERTIES,
    SPACE,
)
from headwater.formats.xmile.texts import escaped_text
from headwater.formats.xmile.writing.names import attribute
from headwater.formats.xmile.writing.tags import Tag, raw
from headwater.language.printer import print_expression, print_number
from headwater.language.syntax import Expression, Name
from headwater.model.project import Dialect, Project, SimSpecs, UnitDefinition
from headwater.model.variables import Conveyor, Dimension, Flow, Queue, Stock

_METHODS = {ours: theirs for theirs, ours in reversed(METHODS.items())} | {"discrete": "Euler"}
_SHOWN = {"euler": "Euler", "rk2": "RK2", "rk4": "RK4"}


def name_of_method(method: str) -> str:
    """Return XMILE's name of a method that it has."""
    return _METHODS[method]


def root_attributes(properties: Iterable[tuple[str, str]], *, own: bool = False) -> dict[str, str]:
    """Return the attributes of the root: the version and the namespaces, with our ``own``."""
    spaces = {**VENDOR_SPACES, **(OWN_SPACE if own else {})}
    spaces |= {k.removeprefix(SPACE): v for k, v in properties if k.startswith(SPACE)}
    return {
        "version": "1.0",
        "xmlns": NAMESPACE,
        **{f"xmlns:{prefix}": space for prefix, space in spaces.items()},
    }


def header_tag(project: Project, options: list[Tag]) -> Tag:
    """Return the header: which tool wrote the file, its name, and the options that it uses."""
    given = list(project.properties)
    if not {"vendor", "product"} & dict(given).keys():
        given = [*OWN_PROPERTIES.items(), *given]
    children: list[Tag] = []
    for key, value in given:
        if key in PROPERTIES:
            children.append(Tag(key, text=escaped_text(value)))
        elif key.startswith(PRODUCT) and children:
            own = children[-1].attributes
            children[-1].attributes = {**own, key.removeprefix(PRODUCT): value}
        elif key == HEADER:
            children.append(raw(value))
    children.append(Tag("name", text=project.name))
    if options:
        children.append(Tag("options", children=options))
    return Tag("header", children=children)


def option_tags(project: Project) -> list[Tag]:
    """Return which optional features a model uses (section 2.2.1)."""
    models = [project.variables, *(s.variables for s in project.submodels)]
    variables = [v for model in models for v in model]
    disciplines = [v.discipline for v in variables if isinstance(v, Stock)]
    arrays = max((len(v.dimensions) for v in variables), default=0)
    found: list[Tag] = []
    conveyors = [d for d in disciplines if isinstance(d, Conveyor)]
    if conveyors:
        arrest = any(c.arrest is not None for c in conveyors)
        leak = any(isinstance(v, Flow) and v.leakage is not None for v in variables)
        flags = {"arrest": arrest, "leak": leak}
        found.append(Tag("uses_conveyor", {k: "true" for k, v in flags.items() if v}))
    if any(isinstance(d, Queue) for d in disciplines):
        overflow = any(isinstance(v, Flow) and v.overflow for v in variables)
        found.append(Tag("uses_queue", {"overflow": "true"} if overflow else {}))
    if arrays:
        outside = {"invalid_index_value": "NaN"} if project.outside_is_nan else {}
        found.append(Tag("uses_arrays", {"maximum_dimensions": str(arrays), **outside}))
    if project.modules:
        found.append(Tag("uses_submodels"))
    if project.macros:
        found.append(Tag("uses_macros", {"recursive_macros": "true", "option_filters": "false"}))
    if project.views:
        found.append(Tag("has_model_view"))
    return found


def specs_tag(
    specs: SimSpecs, dialect: Dialect, properties: Iterable[tuple[str, str]], losses: Losses
) -> Tag:
    """Return the settings of a run, with what other tools say there."""
    method = _METHODS.get(specs.method, "")
    if specs.method == "midpoint":
        losses.add("the midpoint method becomes XMILE's RK2, which is Heun's method")
        method = "rk2"
    elif not method:
        losses.add(f"the method `{specs.method}` is none of XMILE's: rk4 is written")
        method = "rk4"
    if specs.method == "discrete":
        losses.add("that the step is part of the model and must not be shortened is not written")
    settings = {
        "start": specs.start_expression,
        "stop": specs.stop_expression,
        "step": specs.step_expression,
    }
    own = dialect in ("xmile", "stella")
    computed = [name for name, expression in settings.items() if expression and not own]
    saved = specs.save_expression
    if saved is not None and not (isinstance(saved, Name) and saved.key in ("time_step", "dt")):
        computed.append("save interval")
    if computed:
        losses.add(
            "settings that the model computes are written as the numbers that they are now: "
            + ", ".join(computed)
        )
    if specs.calendar is not None:
        losses.add("the date at time 0, which GET_TIME_VALUE needs, is not written")
    attributes = {"method": _SHOWN.get(method, method)}
    if specs.time_unit:
        attributes["time_units"] = specs.time_unit
    if specs.pause:
        attributes["pause"] = print_number(specs.pause)
    if specs.save_step:
        attributes["isee:save_interval"] = print_number(specs.save_step)
    attributes |= {
        k.removeprefix(SPECS): v
        for k, v in properties
        if k.startswith(SPECS) and (k != METHOD or specs.method in ADAPTIVE.values())
    }
    return Tag(
        "sim_specs",
        attributes,
        children=[
            Tag("start", text=_setting(specs.start, specs.start_expression if own else None)),
            Tag("stop", text=_setting(specs.stop, specs.stop_expression if own else None)),
            _step_tag(specs.step, specs.step_expression if own else None),
            *(raw(v) for k, v in properties if k == SETTINGS),
        ],
    )


def _setting(number: float, expression: Expression | None) -> str:
    return print_number(number) if expression is None else print_expression(expression)


def _step_tag(step: float, expression: Expression | None) -> Tag:
    """Return the step; a fraction of 1 as its reciprocal."""
    if expression is not None:
        return Tag("dt", text=print_expression(expression))
    count = round(1 / step) if 0 < step < 1 else 0
    if count and 1.0 / count == step:
        return Tag("dt", {"reciprocal": "true"}, str(count))
    return Tag("dt", text=print_number(step))


def dimension_tags(
    dimensions: Iterable[Dimension], dialect: Dialect, losses: Losses
) -> Iterator[Tag]:
    """Yield the dimensions. Ranges of XMILE's own are known again by their elements."""
    for dimension in dimensions:
        if dimension.parent and dialect not in ("xmile", "stella"):
            what = "ranges of a dimension become dimensions of their own"
            losses.add(what, dimension.name, dimension.span)
        if dimension.mappings:
            losses.add("mappings between dimensions are lost", dimension.name, dimension.span)
        tag = Tag("dim", {"name": attribute(dimension.name)})
        if dimension.numbered:
            tag.attributes = {**tag.attributes, "size": str(len(dimension.elements))}
        else:
            tag.children += [Tag("elem", {"name": attribute(e)}) for e in dimension.elements]
        yield tag


def unit_tags(units: Iterable[UnitDefinition]) -> Iterator[Tag]:
    """Yield the definitions of units."""
    for unit in units:
        children = [Tag("eqn", text=unit.equation)] if unit.equation else []
        children += [Tag("alias", text=alias) for alias in unit.aliases]
        yield Tag("unit", {"name": unit.name}, children=children)
