"""Whether Headwater and other tools make the same of random Vensim and Stella models.

For each kind of model and each tool, models are written without the functions that the tool is
known to compute by another rule (``dialect_models.forms``), run by both, and compared variable by
variable at every saved time. Where a change of the constants in their last digits moves our own
result as far, the model says nothing and is counted apart. What differs is kept, with what each
tool made of it. Exit status 1 if anything differs.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from dialect_models.ranges import RangesWriter
from dialect_models.stella import StellaWriter
from dialect_models.vensim import VensimWriter
from dialect_models.writing import Writer
from peers.tools import HERE, Tool, Unusable, chosen, python_of

import headwater
from headwater.errors import HeadwaterError, SimulationError

Series = dict[str, npt.NDArray[np.float64]]
TOLERANCE = 1e-6
NUDGE = 1e-11


Written = Writer | RangesWriter
WRITERS: dict[str, type[Written]] = {
    "functions": VensimWriter,
    "ranges": RangesWriter,
    "stella": StellaWriter,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two tools part first: ``ours`` and ``theirs`` at a row of a column."""

    column: str
    row: int
    ours: float
    theirs: float


def canonical(column: str) -> str:
    """Return a column's name in one spelling for all tools."""
    plain = column.strip().strip('"').lower().replace("_", " ")
    return re.sub(r"\s*([\[\],])\s*", r"\1", plain)


def run_headwater(path: Path, constants: Sequence[str] = ()) -> Series:
    """Run a model and return its columns; the ``constants`` are first moved in their last digits.

    Raises :class:`HeadwaterError`.
    """
    model = headwater.load(path)
    plain = model.run()
    if constants:
        plain = model.run({name: plain[name].values * (1 + NUDGE) for name in constants})
    found: Series = {}
    for name, variable in plain.data_vars.items():
        full = variable if "time" in variable.dims else variable.expand_dims(time=plain["time"])
        own = [d for d in full.dims if d != "time"]
        values = full.transpose("time", *own).values
        for index in np.ndindex(*values.shape[1:]):
            labels = [str(full[d].values[i]) for d, i in zip(own, index, strict=True)]
            column = f"{name}[{','.join(labels)}]" if labels else str(name)
            found[canonical(column)] = values[(slice(None), *index)]
    return found


def read_columns(path: Path) -> Series:
    """Read a table with variables as columns."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    words = {"": "nan", "True": "1", "False": "0"}
    values = np.array([[float(words.get(x, x)) for x in row] for row in rows[1:]])
    return {canonical(name): values[:, k] for k, name in enumerate(rows[0])}


def first_difference(ours: Series, theirs: Series) -> Difference | None:
    """Return where two runs part first, of the columns that both have."""
    found: list[Difference] = []
    for name in ours.keys() & theirs.keys():
        one, two = ours[name], theirs[name]
        if len(one) != len(two):
            return Difference(name, min(len(one), len(two)), float(len(one)), float(len(two)))
        known = np.abs(one[np.isfinite(one)])
        scale = float(known.max()) if known.size else 0.0
        apart = np.abs(one - two) > TOLERANCE * scale + 1e-9
        apart |= np.isnan(one) != np.isnan(two)
        if apart.any():
            row = int(np.argmax(apart))
            found.append(Difference(name, row, float(one[row]), float(two[row])))
    return min(found, key=lambda d: (d.row, d.column), default=None)


def judge(path: Path, constants: Sequence[str]) -> tuple[str, str]:
    """Return the outcome for one model, and what to tell of it."""
    table = path.with_name(path.name + ".csv")
    try:
        ours = run_headwater(path)
    except SimulationError as error:
        return "not finite", str(error)
    except HeadwaterError as error:
        return "differ", f"Headwater stops: {error}"
    if not table.is_file():
        return "not run by the tool", ""
    theirs = read_columns(table)
    difference = first_difference(ours, theirs)
    if difference is None:
        return ("agree", "") if ours.keys() & theirs.keys() else ("differ", "no common column")
    moved = first_difference(ours, run_headwater(path, constants))
    if moved is not None and moved.row <= difference.row + 2:
        return "unstable", ""
    d = difference
    return "differ", f"{d.column} at row {d.row}: {d.ours!r} here, {d.theirs!r} there"


def compare(kind: str, tool: Tool, python: str, seeds: range, folder: Path) -> Counter[str]:
    """Write models, run them by both, print what differs, and return how many came out how."""
    folder.mkdir(parents=True, exist_ok=True)
    models: dict[Path, Written] = {}
    for seed in seeds:
        model = WRITERS[kind](seed, tool.name)
        path = folder / f"{seed}{model.suffix}"
        path.write_text(model.text, encoding="utf-8")
        models[path] = model
    command = [python, str(HERE / "workers" / "read_and_run.py"), tool.name, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for done, _ in enumerate(process.stdout, 1):
            print(f"\r{kind}, {tool.title}: {done} of {len(models)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    outcomes: Counter[str] = Counter()
    for path, model in models.items():
        outcome, told = judge(path, model.constants)
        outcomes[outcome] += 1
        if told and outcome == "differ":
            print(f"{path}: {told}", flush=True)
        elif outcome != "differ":
            for file in folder.glob(f"{path.stem}.*"):
                file.unlink()
    return outcomes


def main() -> int:
    """Compare by the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", default="simlin,pysd", help="names, separated by commas")
    parser.add_argument("--kinds", default=",".join(WRITERS), help="functions, ranges, stella")
    parser.add_argument("--count", type=int, default=100, help="models of each kind and tool")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--environments", type=Path, default=Path("build/bench/peers/environments"))
    parser.add_argument("--keep", type=Path, default=Path("build/agreement"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    seeds = range(options.first, options.first + options.count)
    print("| models | tool | " + " | ".join(COLUMNS) + " |")
    print("|---" * (2 + len(COLUMNS)) + "|")
    differ = 0
    for tool in (t for t in chosen(options.tools.split(",")) if t.requirements):
        try:
            python = python_of(tool, options.environments)
        except Unusable as reason:
            print(f"{tool.title}: {reason}", file=sys.stderr)
            continue
        for kind in options.kinds.split(","):
            found = compare(kind, tool, python, seeds, options.keep / f"{kind}-{tool.name}")
            differ += found["differ"]
            counts = " | ".join(str(found[name]) for name in COLUMNS)
            print(f"| {kind} | {tool.title} | {counts} |", flush=True)
    return 1 if differ else 0


COLUMNS = ("agree", "differ", "unstable", "not finite", "not run by the tool")

if __name__ == "__main__":
    sys.exit(main())
