"""The fan of an ensemble: exact quantiles over runs, without keeping the runs.

Work goes in rounds, each of four times the runs of all before it. The first keeps every value; the
windows that it sets let through less and less in the others. A round that is over leaves a file
for each variant, which holds what is known so far; the files of its pieces go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.errors import UsageError
from headwater.simulation.ensemble import Chunk
from headwater.simulation.experiment import Experiment
from headwater.simulation.keeping import sampled_variables
from headwater.simulation.layout import SavedVariable
from headwater.simulation.results.arrays import Coordinate, Field, Results
from headwater.simulation.run import time_unit
from headwater.simulation.store.durable import Checksum, checksums
from headwater.simulation.store.journal import WORK, Record, Store
from headwater.simulation.store.pieces import Piece, Work, cut
from headwater.simulation.store.selection import (
    InFile,
    InMemory,
    Source,
    narrow,
    open_sifted,
    select,
)
from headwater.simulation.store.windows import (
    BLOCK_VALUES,
    Floats,
    Sifted,
    Windows,
    everything,
    joined,
    nothing,
    open_arrays,
    sift,
    to_bytes,
)

FIRST_RUNS = 1024
GROWTH = 4
FOLDER = f"{WORK}/fan"
LARGEST_CHUNK = 96 * 2**20

Rows = npt.NDArray[np.int64]
CarryOut = Callable[[Work, Sequence[Piece]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
    """What a fan is taken of: ``rows`` (elements × times) of a result, under each policy."""

    variables: tuple[SavedVariable, ...]
    rows: Rows
    policies: int
    probabilities: Floats

    @property
    def cells(self) -> int:
        """Number of values that a run has."""
        return len(self.rows) * self.policies


def plan_fan(experiment: Experiment, quantiles: Sequence[float]) -> Fan:
    """Return the cells of an experiment's fan. Sampled variables have none; they are drawn.

    Raises :class:`UsageError` where nothing is left.
    """
    sampled = sampled_variables(experiment)
    times = len(experiment.selection.times)
    layout = experiment.arms[0].built.layout
    variables = tuple(v for v in layout.variables if v.variable not in sampled)
    if not variables:
        raise UsageError(
            "there is nothing to take quantiles of: every output is drawn",
            hint="name `outputs` that are computed",
        )
    rows = [
        element * times + time
        for v in variables
        for element in range(v.start, v.stop)
        for time in range(1 if v.static else times)
    ]
    return Fan(
        variables,
        np.array(rows, dtype=np.int64),
        max(1, len(experiment.policies)),
        np.array(sorted(quantiles), dtype=np.float64),
    )


def fan_chunk(experiment: Experiment) -> int:
    """Return how many runs at a time a fan is taken over."""
    program = experiment.arms[0].built.program
    bytes_per_run = 8 * program.output_size * len(experiment.selection.clock.saved_steps())
    bytes_per_run *= max(1, len(experiment.policies))
    return int(np.clip(LARGEST_CHUNK // max(1, bytes_per_run), 16, 8192))


@dataclass(frozen=True, slots=True, eq=False)
class SiftRuns:
    """The work of one round: what its windows let through. ``windows`` has one for each arm."""

    fan: Fan
    windows: tuple[Windows, ...]
    folder: str

    def files(self, piece: Piece, chunk: Chunk) -> dict[str, bytes]:
        """Return the file of one piece."""
        elements, times, policies, runs = chunk.values.shape
        values = chunk.values.reshape(elements * times, policies, runs)
        rows, windows = self.fan.rows, self.windows[piece.arm]
        step = max(1, BLOCK_VALUES // (policies * runs))
        parts = [
            sift(
                values[rows[a : a + step]].reshape(-1, runs),
                windows.part(a * policies, (a + step) * policies),
            )
            for a in range(0, len(rows), step)
        ]
        sifted = joined(parts)
        parts.clear()
        return {self.name(piece): to_bytes(sifted.arrays)}

    def name(self, piece: Piece) -> str:
        """Return where the file of a piece is."""
        return f"{self.folder}/{piece.number}.{piece.arm}"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is known of one variant between two rounds: windows, what they let through, what is
    found already."""

    windows: Windows
    before: Source
    values: Floats
    found: npt.NDArray[np.bool_]


def first_state(fan: Fan) -> State:
    """Return what is known before any run."""
    cells, quantiles = fan.cells, len(fan.probabilities)
    return State(
        everything(cells, quantiles),
        InMemory(nothing(cells, quantiles)),
        np.full((cells, quantiles), np.nan),
        np.zeros((cells, quantiles), dtype=np.bool_),
    )


def _state_file(state: State, sifted: Sifted) -> bytes:
    w = state.windows
    return to_bytes([w.low, w.high, state.values, state.found, *sifted.arrays])


def _open_state(path: Path) -> State:
    (low, high, values, found, below, inside, seen), offset = open_arrays(path, 7)
    return State(Windows(low, high), InFile(below, inside, seen, path, offset), values, found)


@dataclass(frozen=True, slots=True, eq=False)
class FanRounds:
    """Takes the fan of an experiment, round by round, in a store.

    ``carry_out`` does pieces with a work and returns once they are all noted as done.
    """

    store: Store
    experiment: Experiment
    fan: Fan
    chunk: int
    carry_out: CarryOut
    threads: int

    def run(self) -> list[Floats]:
        """Return the quantiles of each variant: (cells, quantiles)."""
        number, states = self._latest()
        while not all(state.found.all() for state in states):
            states = self._round(number, states)
            number += 1
        return [state.values for state in states]

    def pieces(self) -> list[Piece]:
        """Return the pieces that simulate each run once."""
        rounds = range(len(self._rounds()))
        return [piece for number in rounds for piece in self._pieces(number)]

    def _rounds(self) -> list[range]:
        """Return the chunks of runs of each round, but for those that look again."""
        chunks = -(-self.experiment.runs // self.chunk)
        found, start, stop = [], 0, -(-FIRST_RUNS // self.chunk)
        while start < chunks:
            found.append(range(start, min(stop, chunks)))
            start, stop = stop, stop * GROWTH
        return found

    def _pieces(self, number: int) -> list[Piece]:
        """Return the pieces of a round. One beyond the last goes over all runs again."""
        rounds = self._rounds()
        chunks = rounds[number] if number < len(rounds) else None
        return cut(self.experiment, self.chunk, chunks, f"{number}:")

    def _latest(self) -> tuple[int, list[State]]:
        """Return the round to be done next, and what is known before it."""
        for number in count():
            if not self.store.was_noted(self._state_key(number)):
                break
        if number == 0 or self.store.finished(self._state_key(number - 1)) is None:
            return 0, [first_state(self.fan) for _ in self.experiment.arms]
        names = self._state_names(number - 1)
        return number, [_open_state(self.store.folder / name) for name in names]

    def _round(self, number: int, states: list[State]) -> list[State]:
        """Do a round; what is known after it takes the place of the files that it came from."""
        pieces = self._pieces(number)
        work = SiftRuns(self.fan, tuple(s.windows for s in states), f"{FOLDER}/{number}")
        self.carry_out(work, pieces)
        sources: list[list[Source]] = [[state.before] for state in states]
        for piece in pieces:
            sources[piece.arm].append(open_sifted(self.store.folder / work.name(piece)))
        last = number >= len(self._rounds()) - 1
        name = self._state_names(number)
        kept: list[State] = []
        sums: list[Checksum] = []
        for arm, (state, own) in enumerate(zip(states, sources, strict=True)):
            settled, sifted = self._selected(state, own) if last else self._narrowed(state, own)
            files = {name[arm]: _state_file(settled, sifted)}
            self.store.put(files)
            sums += checksums(files)
            kept.append(_open_state(self.store.folder / name[arm]))
        self.store.note(Record(self._state_key(number), tuple(sums)))
        before = self._state_names(number - 1) if number else []
        self.store.discard([*before, *(work.name(piece) for piece in pieces)])
        return kept

    def _narrowed(self, state: State, sources: Sequence[Source]) -> tuple[State, Sifted]:
        windows, sifted = narrow(
            state.windows, sources, self.fan.probabilities, self.experiment.runs, self.threads
        )
        return State(windows, InMemory(sifted), state.values, state.found), sifted

    def _selected(self, state: State, sources: Sequence[Source]) -> tuple[State, Sifted]:
        values, found, elsewhere = select(
            state.windows, sources, self.fan.probabilities, self.threads
        )
        sifted = nothing(*values.shape)
        values = np.where(state.found, state.values, values)
        settled = np.all(state.found | found, axis=1, keepdims=True)
        low = np.where(settled, np.inf, elsewhere.low)
        high = np.where(settled, np.inf, elsewhere.high)
        return State(Windows(low, high), InMemory(sifted), values, state.found | found), sifted

    def _state_key(self, number: int) -> str:
        return f"state {number}"

    def _state_names(self, number: int) -> list[str]:
        return [f"{FOLDER}/state-{number}.{arm}" for arm in range(len(self.experiment.arms))]


def fan_results(
    experiment: Experiment,
    fan: Fan,
    values: Sequence[Floats] | None,
    attributes: Mapping[str, Any],
) -> Results:
    """Return a fan with its labels; dimension ``quantile`` comes before ``time``.

    Without ``values`` every number is missing.
    """
    if values is None:
        none = np.full((fan.cells, len(fan.probabilities)), np.nan)
        values = [none] * len(experiment.arms)
    layout = experiment.arms[0].built.layout
    own = {d for v in fan.variables for d in v.dimensions}
    name = "quantile"
    while name in own:
        name += "_"
    leading: dict[str, Coordinate] = {}
    if experiment.variants != ("",):
        leading["variant"] = np.array(experiment.variants, dtype=np.str_)
    if experiment.policies:
        leading["policy"] = np.array(experiment.policies, dtype=np.str_)
    coordinates = {**leading, name: fan.probabilities, "time": experiment.selection.times}
    coordinates |= {d: labels for d, labels in layout.coordinates.items() if d in own}
    grid = np.stack(values).reshape(len(values), len(fan.rows), fan.policies, -1)
    fields, first = [], 0
    for v in fan.variables:
        times = 1 if v.static else len(experiment.selection.times)
        last = first + (v.stop - v.start) * times
        part = grid[:, first:last].reshape(len(values), *v.shape, times, fan.policies, -1)
        first = last
        axes = len(v.shape)
        part = part.transpose(0, axes + 2, axes + 3, axes + 1, *range(1, axes + 1))
        dimensions = ["variant", "policy", name, "time", *v.dimensions]
        drop = {d for d in ("variant", "policy") if d not in leading}
        drop |= {"time"} if v.static else set()
        index = tuple(0 if d in drop else slice(None) for d in dimensions)
        kept = tuple(d for d in dimensions if d not in drop)
        fields.append(Field(v.name, kept, np.ascontiguousarray(part[index]), v.attributes))
    unit = time_unit(experiment.arms[0].built.project)
    return Results(tuple(fields), coordinates, attributes, unit)
