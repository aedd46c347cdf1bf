"""pysimlin, in the fastest way that its interface has: one simulation, reset for every run."""

import time

import numpy as np
import simlin
from protocol import serve


class Tool:
    def load(self, task):
        self.task = task
        self.model = simlin.load(str(task.folder / "model.xmile"))
        self.simulation = self.model.simulate()
        self.simulation.run_to_end()
        ways = [self._reset, self._anew]
        self.one = min(ways, key=lambda way: self._seconds(way, task.design[:5]))

    def _seconds(self, way, rows):
        began = time.perf_counter()
        try:
            for row in rows:
                way(row)
        except Exception:
            return float("inf")
        return time.perf_counter() - began

    def _reset(self, row):
        self.simulation.reset()
        for name, value in zip(self.task.plain_varied, row, strict=True):
            self.simulation.set_value(name, float(value))
        return self._finish(self.simulation)

    def _anew(self, row):
        given = dict(zip(self.task.plain_varied, map(float, row), strict=True))
        return self._finish(self.model.simulate(overrides=given))

    def _finish(self, simulation):
        simulation.run_to_end()
        return [simulation.get_series(name) for name in self.task.plain_outputs]

    def run(self, rows):
        return [self.one(row) for row in rows]

    def check(self, rows):
        every = np.stack([np.stack(series, axis=-1) for series in self.run(rows)])
        return every[:, :: self.task.stride]  # it returns every step


serve(Tool())
