"""BPTK-Py: its Rust engine, on the model in the engine's own format."""

import json

import numpy as np
from BPTK_Py._rust_engine import RustSdEngine
from protocol import serve


class Tool:
    def load(self, task):
        self.task = task
        self.text = (task.folder / "model.json").read_text(encoding="utf-8")
        json.loads(self.text)
        self.model = RustSdEngine().load_model(self.text)
        self.run(task.design[:1])

    def run(self, rows):
        found = []
        for row in rows:
            for name, value in zip(self.task.plain_varied, row, strict=True):
                self.model.set_constant(name, float(value))
            found.append(self.model.simulate(self.task.plain_outputs))
        return found

    def check(self, rows):
        kept = []
        for series in self.run(rows):
            columns = []
            for name in self.task.plain_outputs:
                points = sorted((float(t), v) for t, v in series[name].items())
                times, values = np.array(points).T
                columns.append(np.interp(self.task.times, times, values))
            kept.append(np.stack(columns, axis=-1))
        return np.stack(kept)


serve(Tool())
