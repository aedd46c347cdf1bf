"""Work that makes very many objects at once, and Python's collector of cyclic garbage.

The collector visits every object that is there, again and again while there are more, to find
circles that nothing else refers to. Trees and programs have none: visiting them took a third of the
time in which a large model was read and compiled.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the collector, and let it count all that was made meanwhile as old."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            _count_as_old()
            gc.enable()


def _count_as_old() -> None:
    """Pass the objects that are there to the oldest generation, which is visited seldom.

    Freezing them and undoing it does that in no time. Where a program has frozen objects of its
    own, these must stay as they are.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
