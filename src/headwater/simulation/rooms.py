"""Memory for the results of chunks, used again from one ensemble to the next.

Fresh memory costs about as much time as the short runs that fill it, most of it the system's.
"""

from __future__ import annotations

import threading
import weakref

import numpy as np
import numpy.typing as npt

from headwater.compiler.targets.arguments import aligned_array

Floats = npt.NDArray[np.float64]

KEPT_BYTES = 64 * 2**20
"""So much memory that nobody uses is kept, at most."""


class Rooms:
    """Hands out memory. What nobody holds any more comes back by itself and is handed out again."""

    def __init__(self) -> None:
        self._free: list[Floats] = []
        self._lock = threading.RLock()  # a room may be given back while one is taken

    def take(self, shape: tuple[int, ...]) -> Floats:
        """Return an array of a shape, not set, that begins where a line of the cache does."""
        size = int(np.prod(shape))
        memory = self._find(size)
        if memory is None:
            memory = aligned_array((size,))
        # A view of a buffer, not of an array: views of it then keep itself alive, not its base.
        room: Floats = np.frombuffer(memory.data, dtype=np.float64)
        weakref.finalize(room, self._give_back, memory).atexit = False
        return room[:size].reshape(shape)

    def _find(self, size: int) -> Floats | None:
        """Return the smallest free memory that is large enough, and not far too large."""
        with self._lock:
            fitting = [m for m in self._free if size <= len(m) <= 2 * size]
            found = min(fitting, key=len, default=None)
            if found is not None:
                self._free = [m for m in self._free if m is not found]
            return found

    def _give_back(self, memory: Floats) -> None:
        """Keep memory, and let go of what was not used for longest where it becomes too much."""
        with self._lock:
            self._free.append(memory)
            while sum(m.nbytes for m in self._free) > KEPT_BYTES:
                self._free.pop(0)


ROOMS = Rooms()
"""Those of this process."""
