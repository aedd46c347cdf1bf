"""Elements of a file that nothing here knows: told, since they might matter to a run."""

from __future__ import annotations

from collections.abc import Iterable

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node

_ROOT = frozenset(
    {
        *("header", "sim_specs", "model_units", "dimensions", "behavior", "style", "data"),
        *("model", "macro", "prefs", "default_format", "ai_information", "interface", "views"),
    }
)
_MODEL = frozenset(
    {
        *("sim_specs", "behavior", "variables", "views", "view", "display", "interface", "doc"),
        *("stock", "flow", "aux", "gf", "module", "group"),
    }
)
_SPECS = frozenset(
    {
        *("start", "stop", "dt", "run", "pause", "method", "time_units", "doc"),
        *("save_step", "savestep", "saveper"),
    }
)
_SETS = ("scenario",)
"""What the names of vendors' elements hold whose values a run of theirs may take."""


def report_unknown(context: Context, roots: Iterable[Node]) -> None:
    """Warn of elements beside the variables that are not known, and of scenarios."""
    for root in roots:
        _report(context, root, _ROOT)
        for model in root.every("model"):
            _report(context, model, _MODEL)
            for specs in model.every("sim_specs"):
                _report(context, specs, _SPECS)
        for specs in root.every("sim_specs"):
            _report(context, specs, _SPECS)


def _report(context: Context, node: Node, known: frozenset[str]) -> None:
    for child in node.children:
        vendors = ":" in child.tag
        if vendors and not any(word in child.tag.lower() for word in _SETS):
            continue
        if child.tag in known:
            continue
        message = f"<{node.tag}> has an element <{child.tag}>, which is not known here"
        context.warn(message, child, "it has no part in the run")
