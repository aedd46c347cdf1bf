"""How cost grows with equations, runs and steps, and how long large models take to compile.

`python benchmarks/scaling.py` (or `make bench-scaling`) prints the tables and the slopes; with
`--page` it writes them as a page of the documentation, with a plot beside it. Times are processor
time of one thread, the best of a few, so that what else the machine does matters little; memory is
the peak of a process of its own. `--threads` compares one thread with two by the clock on the
wall, and nothing else: it needs two processors that have nothing else to do.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from synthetic import Size, equations, write

from headwater.api import load
from headwater.compiler.program import Program
from headwater.compiler.targets.llvm import compile_llvm
from headwater.formats.registry import read_model
from headwater.model.case import Case
from headwater.simulation.building import Recipe, Workshop

EQUATIONS = (10, 30, 100, 300, 1000, 3000, 10_000)
RUNS = (1000, 3000, 10_000, 30_000, 100_000)
STEPS = (100, 300, 1000, 3000, 10_000)
LARGE = {
    "3,500 scalar variables": Size(350),
    "70 variables of 50 elements": Size(7, 50),
    "3,500 variables of 4 elements": Size(350, 4),
    "3,500 variables of 10 elements": Size(350, 10),
}
FORMATS = ("literate", "xmile", "vensim")
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Series:
    """Cost in seconds by size; ``what`` is measured over ``over``."""

    what: str
    over: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def span(self) -> str:
        """Smallest and largest size."""
        return f"{self.sizes[0]:,} to {self.sizes[-1]:,}"

    @property
    def slope(self) -> float:
        """Slope of the logarithms, over all but the smallest sizes: 1 is linear."""
        late = len(self.sizes) // 2
        x, y = np.log(self.sizes[late:]), np.log(self.seconds[late:])
        return float(np.polyfit(x, y, 1)[0])


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least processor time that some work takes."""
    found = float("inf")
    for _ in range(repeats):
        gc.collect()
        begin = time.process_time()
        work()
        found = min(found, time.process_time() - begin)
    return found


def simulate(program: Program, runs: int) -> Callable[[], object]:
    """Return the work of so many runs of a program on one thread, chunk by chunk."""
    executable = compile_llvm(program)
    chunk = min(runs, 1024)
    defaults = np.array([i.default for i in program.inputs])
    inputs = np.ascontiguousarray(np.repeat(defaults[:, None], chunk, axis=1))
    out = np.empty((program.output_size, len(program.clock.saved_steps()), chunk))

    def work() -> None:
        for first in range(0, runs, chunk):
            count = min(chunk, runs - first)
            ids = np.arange(first, first + count, dtype=np.int64)
            result = out if count == chunk else None
            executable.run(np.ascontiguousarray(inputs[:, :count]), ids, 1, out=result)

    work()
    return work


def by_equations(folder: Path) -> list[Series]:
    """Measure reading, compiling and running scalar models of growing size."""
    reading: list[float] = []
    compiling: list[float] = []
    running: list[float] = []
    for count in EQUATIONS:
        size = equations(count)
        path = write(folder / f"e{count}", size)["vensim"]
        model = load(path)
        level = ["level_0"]
        reading.append(best(lambda path=path: read_model(path)))  # type: ignore[misc]
        compiling.append(best(lambda path=path: compile_afresh(path), 2))  # type: ignore[misc]
        runs = max(16, 20_000 // count)
        running.append(best(simulate(model.program(level), runs)) / runs)
    sizes = tuple(equations(count).variables for count in EQUATIONS)
    return [
        Series("reading the file", "equations", sizes, tuple(reading)),
        Series("compiling", "equations", sizes, tuple(compiling)),
        Series("one run of many (400 steps)", "equations", sizes, tuple(running)),
    ]


def compile_afresh(path: Path) -> None:
    """Compile a model from its parsed form to machine code, with no cache."""
    model = read_model(path)
    project = model.project if isinstance(model, Case) else model
    kept = os.environ.get("HEADWATER_CACHE")
    os.environ["HEADWATER_CACHE"] = ""
    try:
        Workshop(project).build(Recipe())
    finally:
        if kept is None:
            del os.environ["HEADWATER_CACHE"]
        else:
            os.environ["HEADWATER_CACHE"] = kept


def by_runs_and_steps(folder: Path) -> list[Series]:
    """Measure a model of 100 equations over runs, and over steps."""
    path = write(folder / "hundred", equations(100))["vensim"]
    program = load(path).program(["level_0"])
    runs = [best(simulate(program, n), 2) for n in RUNS]
    text = path.read_text(encoding="utf-8")
    steps: list[float] = []
    for count in STEPS:
        long = path.with_name(f"s{count}.mdl")
        changed = text.replace("FINAL TIME = 50", f"FINAL TIME = {count * 0.125:g}")
        long.write_text(changed.replace("SAVEPER = 1", "SAVEPER = 12.5"), encoding="utf-8")
        steps.append(best(simulate(load(long).program(["level_0"]), 512)) / 512)
    return [
        Series("an ensemble (100 equations)", "runs", RUNS, tuple(runs)),
        Series("one run of many (100 equations)", "steps", STEPS, tuple(steps)),
    ]


MEASURED = """
import sys, time
begin = time.process_time()
import headwater
ready = time.process_time()
model = headwater.load(sys.argv[1])
from headwater.simulation.building import Recipe
model._workshop.build(Recipe(variant=model._first_variant))
print(time.process_time() - ready, ready - begin)
"""

# On Linux the resources of a process count what its parent had when it was started.
ENSEMBLE = """
import re, resource, sys
from pathlib import Path
import headwater
from headwater.model.uncertainty import Uniform
model = headwater.load(sys.argv[1])
model.ensemble(int(sys.argv[2]), outputs=["level_0"], uncertain={"life_0": Uniform(2, 9)},
               threads=1, progress=False, reduce=lambda chunk: None)
status = Path("/proc/self/status")
own = re.search(r"VmHWM:\\s*(\\d+)", status.read_text()) if status.exists() else None
print(int(own[1]) / 1024 if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def in_process(script: str, cache: Path, *arguments: object) -> list[float]:
    """Return the numbers that a script prints in a process of its own, with that cache.

    Python keeps compiled modules beside it, for all caches there, as it does where a package is
    installed. NumPy has one thread: others of its linear algebra wait for work, which would count
    as processor time.
    """
    own = {"HEADWATER_CACHE": str(cache), "PYTHONPYCACHEPREFIX": str(cache.parent / "python")}
    own["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, **own, "PYTHONDONTWRITEBYTECODE": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(number) for number in done.stdout.split()]


def large_models(folder: Path) -> list[list[str]]:
    """Return rows: a large model, a format, seconds to load and compile, cold and from cache."""
    rows: list[list[str]] = []
    for name, size in LARGE.items():
        paths = write(folder / name.replace(" ", "-").replace(",", ""), size)
        for kind in FORMATS:
            if not rows:
                in_process(MEASURED, folder / "unmeasured", paths[kind])
            cache = folder / f"cache {len(rows)}"
            cold = in_process(MEASURED, cache, paths[kind])[0]
            warm = min(in_process(MEASURED, cache, paths[kind])[0] for _ in range(3))
            rows.append([name, kind, f"{cold:.2f}", f"{warm:.2f}"])
            print("  ".join(rows[-1]), flush=True)
    return rows


def memory(folder: Path) -> list[list[str]]:
    """Return rows: runs whose chunks are not kept, and the peak of memory in MiB."""
    path = write(folder / "hundred", equations(100))["vensim"]
    found = [(n, in_process(ENSEMBLE, folder / "cache", path, n)[0]) for n in RUNS]
    return [[f"{n:,}", f"{peak:.0f}"] for n, peak in found]


def threads(folder: Path) -> None:
    """Print runs a second with one and with two threads, by the clock on the wall."""
    small = write(folder / "small", equations(10))["vensim"]
    cases = {
        "10 equations": (str(small), "level_0"),
        "tajikistan": ("tajikistan", "recruits_total"),
    }
    for name, (path, output) in cases.items():
        program = load(path).program([output])
        executable = compile_llvm(program)
        runs = 200_000 if name == "10 equations" else 20_000
        defaults = np.array([i.default for i in program.inputs])
        inputs = np.ascontiguousarray(np.repeat(defaults[:, None], runs, axis=1))
        ids, rates = np.arange(runs, dtype=np.int64), []
        out = np.empty((program.output_size, len(program.clock.saved_steps()), runs))
        for count in (1, 2):
            taken = []
            for _ in range(REPEATS + 1):
                begin = time.perf_counter()
                executable.run(inputs, ids, 1, threads=count, out=out)
                taken.append(time.perf_counter() - begin)
            rates.append(runs / min(taken))
        one, two = rates
        print(
            f"{name}: {one:,.0f} runs/s, two threads {two:,.0f}: {two / one:.2f} times", flush=True
        )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(series: Sequence[Series], large: list[list[str]], peaks: list[list[str]]) -> str:
    """Return the page of the documentation."""
    shown = [
        [
            s.what,
            s.over,
            f"{s.sizes[0]:,} to {s.sizes[-1]:,}",
            f"{s.seconds[-1]:.3g}",
            f"{s.slope:.2f}",
        ]
        for s in series
    ]
    parts = [
        "# How cost grows",
        "Seconds of one processor, of models that have what large models have: stocks, delays,\n"
        "look-ups, sums over arrays and choices. The slope is that of the logarithms over the\n"
        "upper half of the sizes; 1 means in proportion. `make bench-scaling` measures anew.",
        f"Measured with {platform.python_implementation()} {platform.python_version()} on "
        f"{platform.machine()}, {os.cpu_count()} cores, that other work may have shared.",
        "![Cost by size, both on logarithmic scales](scaling.svg)",
        table(["cost", "over", "sizes", "seconds at the largest", "slope"], shown),
        "## Loading and compiling large models",
        "From the file to machine code, in a fresh process, after Headwater itself is imported: "
        "with an\nempty cache, and with one that has seen the model. Python's own compiled modules "
        "are there, as\nafter an installation.",
        table(["model", "format", "cold", "from cache"], large),
        "## Memory",
        "An ensemble of 100 equations whose chunks are taken in and not kept: the peak of the "
        "process.\nThe first one compiles the model, the others find it in the cache.",
        table(["runs", "MiB"], peaks),
    ]
    return "\n\n".join(parts) + "\n"


def plot(series: Sequence[Series], path: Path) -> None:
    """Draw all series, each in its own panel, with a line of slope 1."""
    import altair as alt

    charts = []
    for s in series:
        pairs = list(zip(s.sizes, s.seconds, strict=True))
        last, cost = pairs[-1]
        values = [{"size": n, "seconds": c, "line": "measured"} for n, c in pairs]
        values += [
            {"size": n, "seconds": cost * n / last, "line": "in proportion"} for n, _ in pairs
        ]
        charts.append(
            alt.Chart(alt.InlineData(values=values), title=f"{s.what}: slope {s.slope:.2f}")
            .mark_line(point=True)
            .encode(
                x=alt.X("size:Q", title=s.over).scale(type="log"),
                y=alt.Y("seconds:Q").scale(type="log"),
                strokeDash=alt.StrokeDash("line:N", title=None),
                color=alt.Color("line:N", title=None),
            )
            .properties(width=260, height=180)
        )
    alt.concat(*charts, columns=2).save(str(path))


def main() -> None:
    """Measure everything, print it, and write the page where one is asked for."""
    options = argparse.ArgumentParser(description="Measure how cost grows with size.")
    options.add_argument("--page", type=Path, help="write a page of the documentation")
    options.add_argument("--threads", action="store_true", help="only compare one thread with two")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HEADWATER_CACHE"] = str(folder / "cache")
        if chosen.threads:
            threads(folder)
            return
        series = [*by_equations(folder), *by_runs_and_steps(folder)]
        for s in series:
            costs = "  ".join(f"{n:,}: {c:.3g}" for n, c in zip(s.sizes, s.seconds, strict=True))
            print(f"{s.what} over {s.over}, slope {s.slope:.2f}:  {costs}", flush=True)
        large, peaks = large_models(folder), memory(folder)
    print("\n".join("  ".join(row) for row in peaks))
    if chosen.page:
        chosen.page.write_text(page(series, large, peaks), encoding="utf-8")
        plot(series, chosen.page.with_suffix(".svg"))


if __name__ == "__main__":
    main()
