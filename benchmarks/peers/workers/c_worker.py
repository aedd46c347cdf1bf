"""A C program in this process: the generated one, or the one written by hand (``--kernel``)."""

import ctypes
import subprocess
import sys

import numpy as np
from protocol import serve

FLAGS = ["-O3", "-march=native", "-shared", "-fPIC"]
KERNEL = "--kernel" in sys.argv


class Tool:
    def load(self, task):
        self.task = task
        source = task.kernel if KERNEL else task.folder / "model.c"
        made = task.folder / ("kernel.so" if KERNEL else "model.so")
        subprocess.run(["gcc", *FLAGS, str(source), "-lm", "-o", str(made)], check=True)
        self.function = ctypes.CDLL(str(made)).simulate_all
        self.defaults = np.load(task.folder / "defaults.npy")
        self.kept = np.empty(0)

    def run(self, rows):
        runs = len(rows)
        if KERNEL:
            return self._kernel(np.ascontiguousarray(rows.T))
        inputs = np.repeat(self.defaults[:, None], runs, axis=1)
        inputs[self.task.rows] = rows.T
        out = self._memory(runs)
        pointers = (ctypes.c_void_p(a.ctypes.data) for a in (inputs, out))
        given, taken = pointers
        self.function(given, ctypes.c_int64(runs), taken)
        return out.reshape(runs, len(self.task.times), len(self.task.outputs))

    def _kernel(self, inputs):
        runs = inputs.shape[1]
        out = self._memory(runs)
        numbers = [ctypes.c_int64(self.task.steps), ctypes.c_int64(self.task.stride)]
        constants = [ctypes.c_double(c) for c in (self.task.dt, *self.task.constants)]
        given, taken = (ctypes.c_void_p(a.ctypes.data) for a in (inputs, out))
        self.function(given, ctypes.c_int64(runs), taken, *numbers, *constants)
        shaped = out.reshape(len(self.task.outputs), len(self.task.times), runs)
        return shaped.transpose(2, 1, 0)

    def _memory(self, runs):
        """The result's memory, used again where it fits: new memory costs as much as the runs."""
        size = runs * len(self.task.times) * len(self.task.outputs)
        if len(self.kept) != size:
            self.kept = np.empty(size)
        return self.kept

    def check(self, rows):
        whole = np.resize(rows, (64, rows.shape[1]))
        return self.run(whole)[: len(rows)].copy()


serve(Tool())
