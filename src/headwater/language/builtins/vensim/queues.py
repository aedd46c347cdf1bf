"""Vensim's queues and what can be asked of them."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, "

_FILLED = (
    "What is in it at the start has ages from one step to the age range and a step more, by the "
    "area of the profile half a step around each, the profile being stretched to the range."
)

QUEUES: tuple[Builtin, ...] = (
    entry(
        "QUEUE_FIFO",
        "inflow: x/time, outflow: x/time, graph profile: any, initial: x, constant age_range: time",
        "x",
        "A stock, moved with steps, of which the oldest leaves first, so that ages can be asked. "
        f"{_FILLED} A negative flow counts as the other one. It is the whole right side of an "
        "equation.",
        theme="delay",
        kind="dynamic",
        example="QUEUE_FIFO(orders, shipments, flat, 100, 3)",
        reference=_MANUAL + "QUEUE FIFO",
        vensim="QUEUE FIFO",
    ),
    entry(
        "QUEUE_FIFO_ATTRIB",
        "inflow: x/time, outflow: x/time, attribute: y, change: y/time, graph profile: any, "
        "graph attribute_profile: any, initial: x, initial_attribute: y, constant age_range: time",
        "x",
        "QUEUE_FIFO with an attribute: what enters has the attribute of its step, and everything "
        "that has entered changes it at the rate `change`. What is in it at the start has the "
        "initial attribute times the attribute's profile at its age.",
        theme="delay",
        kind="dynamic",
        example="QUEUE_FIFO_ATTRIB(orders, shipments, size, 0, flat, flat, 100, 1, 10)",
        reference=_MANUAL + "QUEUE FIFO ATTRIB",
        vensim="QUEUE FIFO ATTRIB",
    ),
    entry(
        "QUEUE_AGE_AVERAGE",
        "queue: x, quantity: x",
        "time",
        "The mean age of the oldest of a queue up to a quantity; of all where that is not above 0 "
        "or more than there is. 0 where nothing is in it; one step where less than nothing is.",
        theme="delay",
        kind="dynamic",
        example="QUEUE_AGE_AVERAGE(waiting, 0)",
        reference=_MANUAL + "QUEUE AGE AVERAGE",
        vensim="QUEUE AGE AVERAGE",
    ),
    entry(
        "QUEUE_AGE_OLDEST",
        "queue: x",
        "time",
        "The age of the oldest in a queue; 0 where nothing is in it, one step where less than "
        "nothing is.",
        theme="delay",
        kind="dynamic",
        example="QUEUE_AGE_OLDEST(waiting)",
        reference=_MANUAL + "QUEUE AGE OLDEST",
        vensim="QUEUE AGE OLDEST",
    ),
    entry(
        "QUEUE_AGE_IN_RANGE",
        "queue: x, least: time, most: time",
        "x",
        "How much of a queue is of an age from the least to the most, both included; one that is "
        "not available is no limit.",
        theme="delay",
        kind="dynamic",
        example="QUEUE_AGE_IN_RANGE(waiting, 5, 10)",
        reference=_MANUAL + "QUEUE AGE IN RANGE",
        vensim="QUEUE AGE IN RANGE",
    ),
    entry(
        "QUEUE_ATTRIB_AVERAGE",
        "queue: x, quantity: x",
        "any",
        "The mean attribute of the oldest of a queue up to a quantity, as QUEUE_AGE_AVERAGE. Not "
        "available where the queue has no attribute.",
        theme="delay",
        kind="dynamic",
        example="QUEUE_ATTRIB_AVERAGE(cars, -1)",
        reference=_MANUAL + "Queues with Attributes",
        vensim="QUEUE ATTRIB AVERAGE",
    ),
    entry(
        "QUEUE_ATTRIB_QUANTITY",
        "queue: x, attributes: any",
        "x",
        "How much of the oldest of a queue has so much of the attribute in all, part of what "
        "entered with a step included; all of it where that is less. Not available where the queue "
        "has no attribute.",
        theme="delay",
        kind="dynamic",
        example="QUEUE_ATTRIB_QUANTITY(orders, capacity * DT)",
        reference=_MANUAL + "QUEUE ATTRIB QUANTITY",
        vensim="QUEUE ATTRIB QUANTITY",
    ),
)
