"""The graphics processor through NVIDIA's Python bindings (the extra ``gpu``)."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.errors import MissingExtra, SimulationError, UsageError

THREADS_PER_BLOCK = 128
HINT = "leave the target out to run on this machine's processor"

Array = npt.NDArray[Any]


class Device:
    """The first device, with its primary context, for as long as the process lives.

    What is allocated is given back by :meth:`release`. Raises :class:`MissingExtra` where the
    bindings are not installed, and :class:`UsageError` where there is no driver or no device.
    """

    def __init__(self) -> None:
        self._driver = _driver()
        self._memory: list[Any] = []
        self._functions: dict[tuple[str, str], Any] = {}
        try:
            self._call("cuInit", 0)
            self._device = self._call("cuDeviceGet", 0)
        except (RuntimeError, SimulationError) as error:  # no driver, or no device
            raise UsageError(f"there is no NVIDIA device: {error}", hint=HINT) from error
        self._context = self._call("cuDevicePrimaryCtxRetain", self._device)
        self._call("cuCtxSetCurrent", self._context)

    @property
    def name(self) -> str:
        """The name that its maker gives it."""
        raw: bytes = self._call("cuDeviceGetName", 256, self._device)
        return raw.split(b"\0")[0].decode("utf-8", "replace")

    def free_bytes(self) -> int:
        """Return how much of its memory is free."""
        free, _ = self._call("cuMemGetInfo")
        return int(free)

    def function(self, text: str, name: str) -> Any:
        """Return an entry of a module in PTX, made ready by the driver, once for each module."""
        known = self._functions.get((text, name))
        if known is None:
            module = self._call("cuModuleLoadData", text.encode("ascii") + b"\0")
            known = self._call("cuModuleGetFunction", module, name.encode("ascii"))
            self._functions[text, name] = known
        return known

    def allocate(self, count: int) -> Any:
        """Return memory for ``count`` numbers of eight bytes."""
        memory = self._call("cuMemAlloc", max(8, 8 * count))
        self._memory.append(memory)
        return memory

    def send(self, memory: Any, values: Array) -> None:
        """Copy an array to the device."""
        whole: Array = np.ascontiguousarray(values)
        self._call("cuMemcpyHtoD", memory, whole.ctypes.data, whole.nbytes)

    def fetch(self, values: Array, memory: Any) -> None:
        """Copy from the device into a contiguous array."""
        self._call("cuMemcpyDtoH", values.ctypes.data, memory, values.nbytes)

    def launch(self, function: Any, count: int, arguments: tuple[Any, ...]) -> None:
        """Run one thread for each of ``count`` runs and wait for all.

        Arguments are memory of the device or whole numbers of 64 bits.
        """
        values = tuple(int(a) for a in arguments)
        types = (ctypes.c_void_p if not isinstance(a, int) else ctypes.c_int64 for a in arguments)
        blocks = -(-count // THREADS_PER_BLOCK)
        shape = (blocks, 1, 1, THREADS_PER_BLOCK, 1, 1)
        self._call("cuLaunchKernel", function, *shape, 0, 0, (values, tuple(types)), 0)
        self._call("cuCtxSynchronize")

    def release(self) -> None:
        """Give back all memory."""
        for memory in self._memory:
            self._driver.cuMemFree(memory)
        self._memory = []

    def _call(self, name: str, *arguments: Any) -> Any:
        status, *results = getattr(self._driver, name)(*arguments)
        if int(status) != 0:
            _, text = self._driver.cuGetErrorString(status)
            reason = text.decode() if isinstance(text, bytes) else str(status)
            raise SimulationError(f"the device refuses {name}: {reason}")
        return results[0] if len(results) == 1 else results


@cache
def first_device() -> Device:
    """Return the first device; see :class:`Device`."""
    return Device()


def _driver() -> Any:
    try:
        from cuda.bindings import driver
    except ImportError as error:
        raise MissingExtra(
            "running on a graphics processor needs NVIDIA's Python bindings",
            hint="pip install 'headwater[gpu]'",
        ) from error
    return driver
