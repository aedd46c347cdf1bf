"""What of a file nothing here knows or computes: told, since it might matter."""

from __future__ import annotations

from collections.abc import Iterable

from headwater.formats.without_value import without_value
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.readings import a_few_names
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.modules.bodies import KINDS, variables_of
from headwater.language.builtins.unsupported import why_unsupported
from headwater.model.project import Project
from headwater.model.variables import Auxiliary

_ROOT = frozenset(
    {
        *("header", "sim_specs", "model_units", "dimensions", "behavior", "style", "data"),
        *("model", "macro", "prefs", "default_format", "ai_information", "interface", "views"),
    }
)
_MODEL = frozenset(
    {
        *("sim_specs", "behavior", "variables", "views", "view", "display", "interface", "doc"),
        *("dimensions", "style"),
        *KINDS,
    }
)
_SPECS = frozenset(
    {
        *("start", "stop", "dt", "run", "pause", "method", "time_units", "doc"),
        *("save_step", "savestep", "saveper"),
    }
)
_VARIABLES = frozenset(KINDS)
_GROUP = frozenset({*KINDS, "entity", "doc", "display", "format"})
_SETS = ("scenario",)
"""What the names of vendors' elements hold whose values a run of theirs may take."""


def report_unknown(context: Context, roots: Iterable[Node]) -> None:
    """Warn of elements beside the variables that are not known, and of scenarios."""
    for root in roots:
        _report(context, root, _ROOT)
        for model in root.every("model"):
            _report(context, model, _MODEL)
            for block in model.every("variables"):
                _report(context, block, _VARIABLES)
            for node in variables_of(model):
                if node.tag == "group":
                    _report(context, node, _GROUP)
            for specs in model.every("sim_specs"):
                _report(context, specs, _SPECS)
        for specs in root.every("sim_specs"):
            _report(context, specs, _SPECS)


def report_not_computed(context: Context, project: Project) -> None:
    """Warn of auxiliaries that have no value, by the function that none is known for."""
    found: dict[str, list[Auxiliary]] = {}
    for variable, function in without_value(project):
        found.setdefault(function, []).append(variable)
    for function, without in found.items():
        names = a_few_names([v.name for v in without])
        context.diagnostics.warn(
            f"{names} will have no value, for {function} is not computed",
            without[0].span.place if without[0].span else None,
            why_unsupported(function, project.dialect),
        )


def _report(context: Context, node: Node, known: frozenset[str]) -> None:
    for child in node.children:
        vendors = ":" in child.tag
        if vendors and not any(word in child.tag.lower() for word in _SETS):
            continue
        if child.tag in known:
            continue
        message = f"<{node.tag}> has an element <{child.tag}>, which is not known here"
        if child.tag.lower() in known:
            context.error(message, child, f"XMILE writes it <{child.tag.lower()}>")
            continue
        context.warn(message, child, "it has no part in the run")
