"""Material stamped with the time that passes through ordinary stocks (Stella's cycle times)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.readings import a_few_names
from headwater.formats.xmile.document import Node
from headwater.language.syntax import Name
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Flow, Stock

_CYCLE_TIME = re.compile(r"\bcycle[\s_-]*time\b", re.IGNORECASE)


def is_cycle_time(specs: Node | None) -> bool:
    """Tell whether simulation settings choose Stella's method Cycle-time."""
    return specs is not None and bool(_CYCLE_TIME.search(specs.get("method")))


def report_stamps(context: Context, specs: Node | None, project: Project) -> None:
    """Warn of ordinary stocks through which stamped material passes, by any other method.

    Source: isee systems, Stella help, Cycle-Time Rules (version 1.9): by another method Stella
    follows material through conveyors, queues and ovens only.
    """
    if is_cycle_time(specs):
        return
    for variables in (project.variables, *(s.variables for s in project.submodels)):
        found = _ordinary(variables)
        if found:
            span = found[0].span
            context.diagnostics.warn(
                f"{a_few_names([s.name for s in found])}: stamped material passes through, in a "
                "run that is not by Cycle-time",
                span.place if span else None,
                "it is followed first in, first out, as by Cycle-time; Stella follows it through "
                "conveyors, queues and ovens only then",
            )


def _ordinary(variables: Sequence[AnyVariable]) -> list[Stock]:
    """Return the ordinary stocks behind flows that stamp."""
    stocks = [v for v in variables if isinstance(v, Stock)]
    reached = {v.key for v in variables if isinstance(v, Flow) and v.time_stamped}
    found: dict[str, Stock] = {}
    growing = bool(reached)
    while growing:
        growing = False
        for stock in stocks:
            if stock.key not in found and reached.intersection(_ends(stock, 1)):
                found[stock.key] = stock
                reached.update(_ends(stock, -1))
                growing = True
    return [s for s in found.values() if s.discipline is None]


def _ends(stock: Stock, sign: int) -> list[str]:
    terms = [t.expression for t in stock.flows if t.sign == sign]
    return [n.key for n in terms if isinstance(n, Name)]
