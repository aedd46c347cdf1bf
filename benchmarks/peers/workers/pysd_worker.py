"""PySD, reading the XMILE file; all runs with one loaded model."""

import warnings

import numpy as np
import pysd
from protocol import serve

warnings.simplefilter("ignore")


class Tool:
    def load(self, task):
        self.task = task
        self.model = pysd.read_xmile(str(task.folder / "model.xmile"))

    def _one(self, row):
        return self.model.run(
            params=dict(zip(self.task.plain_varied, row, strict=True)),
            return_columns=self.task.plain_outputs,
            return_timestamps=self.task.times,
        )

    def run(self, rows):
        return [self._one(row) for row in rows]

    def check(self, rows):
        frames = self.run(rows)
        return np.stack([f[self.task.plain_outputs].to_numpy() for f in frames])


serve(Tool())
