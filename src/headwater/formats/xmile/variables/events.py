"""Events by which a variable stops a run (XMILE 1.0, sections 3.4.2 and 4.1.2)."""

from __future__ import annotations

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node


def warn_of_stops(context: Context, node: Node, name: str) -> None:
    """Tell of the events that would stop a run, which goes on here to its stop time.

    Messages and pauses are for somebody who watches, and change no value.
    """
    for holder in (node, *node.every("element")):
        for poster in holder.every("event_poster"):
            for threshold in poster.every("threshold"):
                if any(_stops(event) for event in threshold.every("event")):
                    falls = threshold.get("direction").strip().lower() == "decreasing"
                    passes = "falls below" if falls else "rises above"
                    context.warn(
                        f"an event stops the run when `{name}` {passes} {threshold.get('value')}",
                        threshold,
                        "the run goes on here: leave out what comes after that, "
                        "or let the flows stop",
                    )


def _stops(event: Node) -> bool:
    return event.get("sim_action").strip().lower() == "stop"
