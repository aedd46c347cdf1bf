"""Headwater through its public interface, on one thread or on two (``--threads 2``)."""

import sys
from dataclasses import replace

import numpy as np
from protocol import serve

import headwater

THREADS = int(sys.argv[sys.argv.index("--threads") + 1]) if "--threads" in sys.argv else 1


def _certain(project):
    """Return the project without uncertainties of its own: only the design's constants vary."""
    variables = [
        replace(v, uncertainty=None) if getattr(v, "uncertainty", None) else v
        for v in project.variables
    ]
    return replace(project, variables=tuple(variables))


class Tool:
    def load(self, task):
        self.task = task
        self.model = headwater.Model(_certain(headwater.load(task.source).project_of("")))
        self.run(task.design[:16])

    def run(self, rows):
        """Run an ensemble whose results are handed over in memory that is used again."""
        return self._ensemble(rows, reduce=lambda _: None)

    def _ensemble(self, rows, reduce=None):
        samples = {name: rows[:, k] for k, name in enumerate(self.task.varied)}
        return self.model.ensemble(
            len(rows),
            outputs=self.task.outputs,
            samples=samples,
            threads=THREADS,
            progress=False,
            reduce=reduce,
        )

    def check(self, rows):
        found = self._ensemble(rows)
        columns = [found[name].values.reshape(len(rows), -1) for name in self.task.outputs]
        return np.stack(columns, axis=-1)


serve(Tool())
