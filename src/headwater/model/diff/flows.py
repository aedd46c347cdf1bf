"""Flows that a format wants for what another writes in the stock itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from headwater.language.names import canonical
from headwater.language.syntax import Name, walk
from headwater.model.diff.neutral import RATE, VALUE, Neutral


def without_made_flows(
    found: Mapping[str, Neutral], other: Mapping[str, Neutral]
) -> dict[str, Neutral]:
    """Return variables without the flows that a conversion has made of stocks' rates.

    Such a one is called the net flow of its stock, which is all that uses it; the other model does
    not have it.
    """
    kept = dict(found)
    for key, stock in found.items():
        name = canonical(f"net flow of {stock.variable.name}")
        flow = found.get(name)
        if stock.kind != "stock" or flow is None or name in other:
            continue
        rate = stock.expressions.get((RATE, ()))
        alone = isinstance(rate, Name) and rate.key == name
        if (
            alone
            and not _is_used(found, name, key)
            and all(w == VALUE for w, _ in flow.expressions)
        ):
            parts = {part: e for part, e in stock.expressions.items() if part != (RATE, ())}
            parts |= {(RATE, cells): e for (_, cells), e in flow.expressions.items()}
            kept[key] = replace(stock, expressions=parts)
            del kept[name]
    return kept


def _is_used(found: Mapping[str, Neutral], name: str, stock: str) -> bool:
    """Tell whether anything but a stock names a variable."""
    return any(
        isinstance(node, Name) and node.key == name
        for key, one in found.items()
        if key != stock
        for expression in one.expressions.values()
        for node in walk(expression)
    )
