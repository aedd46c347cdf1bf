"""Runs a second in an ensemble, side by side with other tools: `make bench-peers`.

Each tool loads the same model, with the same varied constants and the same kept outputs, in a
process of its own. In every round each tool in turn runs as many simulations as it manages in about
a second; a ratio compares two figures of one round, so that a machine whose speed drifts does no
harm. All kept values are first compared with Headwater's. Needs gcc for the C programs. Results go
to docs/results/speed.json and, as a page of the documentation, speed.md beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from peers import models, table
from peers.tools import Tool, Unusable, Worker, chosen, python_of

HERE = Path(__file__).parent
WORK = HERE.parent / "build" / "bench" / "peers"
RESULTS = HERE.parent / "docs" / "results"
CHECKED_RUNS = 2


@dataclass(slots=True)
class Row:
    """One tool on one model: runs a second in each round, or what went wrong.

    ``difference`` is the largest one from Headwater's values, relative to the largest value of the
    same output.
    """

    tool: str
    title: str
    rates: list[float] = field(default_factory=list)
    difference: float | None = None
    load_seconds: float | None = None
    fault: str = ""


def main() -> None:
    """Measure what was asked for, print the table, write the files."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--models", nargs="+", default=[], help="names; default: all")
    options.add_argument("--tools", nargs="+", default=[], help="names; default: all")
    options.add_argument(
        "--equations", type=int, nargs="+", default=[10, 100, 200, 1000, 10_000],
        help="sizes of the synthetic models",
    )  # fmt: skip
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=1.0, help="length of a measurement")
    options.add_argument("--patience", type=float, default=300.0, help="longest wait for a tool")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    tools = [(tool, _python(tool)) for tool in chosen(given.tools)]
    found = []
    for bench in models.benches(given.equations):
        if given.models and bench.name not in given.models:
            continue
        print(f"\n{bench.title}", flush=True)
        rows = measure(bench, tools, given.rounds, given.seconds, given.patience)
        entry = {"name": bench.name, "title": bench.title, "rows": [asdict(r) for r in rows]}
        found.append(entry)
        print(table.text(entry), flush=True)
    result = {"machine": machine(), "rounds": given.rounds, "models": found}
    given.output.mkdir(parents=True, exist_ok=True)
    _write(given.output / "speed.json", json.dumps(result, indent=1) + "\n")
    _write(given.output / "speed.md", table.markdown(result))


def _python(tool: Tool) -> str:
    try:
        return python_of(tool, WORK / "environments")
    except Unusable as fault:
        print(f"{tool.title} {fault}", flush=True)
        return ""


def measure(
    bench: models.Bench,
    tools: list[tuple[Tool, str]],
    rounds: int,
    seconds: float,
    patience: float,
) -> list[Row]:
    """Return a row for every tool that has to do with the model."""
    folder = WORK / bench.name
    models.prepare(bench, folder)
    rows = {t.name: Row(t.name, t.title) for t, _ in tools if bench.kernel or not t.kernel}
    workers: dict[str, Worker] = {}
    for tool, python in tools:
        if tool.name not in rows:
            continue
        try:
            if not python:
                raise Unusable("is not installed")
            worker = Worker.start(tool, python, folder / "task.json", patience)
            workers[tool.name] = worker
            rows[tool.name].load_seconds = worker.load_seconds
        except Unusable as fault:
            rows[tool.name].fault = str(fault)
    try:
        if rows["headwater"].fault:
            raise SystemExit(f"Headwater: {rows['headwater'].fault}")
        _compare(workers, rows)
        _time(workers, rows, rounds, seconds)
    finally:
        for worker in workers.values():
            worker.stop()
    return list(rows.values())


def _compare(workers: dict[str, Worker], rows: dict[str, Row]) -> None:
    own = np.array(workers["headwater"].ask("check", CHECKED_RUNS)["values"])
    scale = np.maximum(np.abs(own).max(axis=(0, 1)), 1e-300)
    for name in list(workers):
        try:
            values = np.array(workers[name].ask("check", CHECKED_RUNS)["values"])
            if values.shape != own.shape:
                raise Unusable(f"returns {values.shape}, not {own.shape}")
            rows[name].difference = float((np.abs(values - own) / scale).max())
        except Unusable as fault:
            rows[name].fault = str(fault)
            workers.pop(name).stop()


def _time(workers: dict[str, Worker], rows: dict[str, Row], rounds: int, seconds: float) -> None:
    counts = {}
    for name in list(workers):
        try:
            counts[name] = _count(workers[name], seconds)
        except Unusable as fault:
            rows[name].fault = str(fault)
            workers.pop(name).stop()
    for number in range(rounds):
        for name in list(workers):
            try:
                count, times = counts[name]
                answer = workers[name].ask("time", number * count, count, times)
                rows[name].rates.append(count * times / answer["seconds"])
            except Unusable as fault:
                rows[name].fault = str(fault)
                workers.pop(name).stop()


def _count(worker: Worker, seconds: float) -> tuple[int, int]:
    """Return how many runs, how many times over, take about so long."""
    count = 1
    while True:
        taken = worker.ask("time", 0, count, 1)["seconds"]
        if taken >= seconds:
            return count, 1
        if count >= models.DESIGN_ROWS:
            return count, round(seconds / taken) or 1
        wanted = int(count * min(16.0, 1.1 * seconds / max(taken, 1e-6))) + 1
        count = min(wanted if wanted < 512 else -(-wanted // 256) * 256, models.DESIGN_ROWS)


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    compiler = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=False)
    processor = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.is_file():
        lines = described.read_text(encoding="utf-8").splitlines()
        processor = next((x.partition(":")[2].strip() for x in lines if "model name" in x), "")
    return {
        "processor": f"{processor}, {os.cpu_count()} processors",
        "system": platform.system(),
        "python": platform.python_version(),
        "compiler": compiler.stdout.splitlines()[0] if compiler.stdout else "none",
    }


def _write(path: Path, text: str) -> None:
    aside = path.with_suffix(path.suffix + ".part")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
    print(path)


if __name__ == "__main__":
    main()
