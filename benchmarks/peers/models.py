"""The models that every tool runs, what varies from run to run, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import synthetic
from scipy.stats import qmc

import headwater
from peers import c_program, scalar

DESIGN_ROWS = 1 << 15
SPREAD = 0.1

EPIDEMIC = """---
title: epidemic
time: 0 to 100 day, step 1/32, save 1
---

```headwater
constant contacts : 1/day = 6 assume "as an example"
constant infectivity : 1 = 0.05 assume "as an example"
constant recovery_time : day = 8 assume "as an example"
constant people : person = 10000 assume "as an example"
stock susceptible : person = people - 1
  - infection
stock infected : person = 1
  + infection
  - leaving
stock recovered : person = 0
  + leaving
flow infection : person/day = contacts * susceptible * infectivity * infected / people
flow leaving : person/day = infected / recovery_time
```
"""

PREDATOR_PREY = """---
title: predator and prey
time: 0 to 50 year, step 1/32, save 1
method: rk4
---

```headwater
constant birth : 1/year = 0.6 assume "as an example"
constant predation : 1/animal/year = 0.05 assume "as an example"
constant efficiency : 1 = 0.4 assume "as an example"
constant death : 1/year = 0.3 assume "as an example"
stock prey : animal = 10
  + births - eaten
stock predators : animal = 5
  + grown - deaths
flow births : animal/year = birth * prey
flow eaten : animal/year = predation * prey * predators
flow grown : animal/year = efficiency * predation * prey * predators
flow deaths : animal/year = death * predators
```
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A model, the constants that vary by a tenth around their value, and the outputs."""

    name: str
    title: str
    source: str
    varied: tuple[str, ...]
    outputs: tuple[str, ...]
    kernel: str = ""
    constants: tuple[float, ...] = ()

    @property
    def is_case(self) -> bool:
        """Whether the source is the name of a shipped case rather than a text."""
        return "\n" not in self.source


def benches(equations: Sequence[int]) -> list[Bench]:
    """Return the models, small ones first; synthetic ones of so many equations."""
    found = [
        Bench(
            "epidemic",
            "epidemic, 3 stocks, 3,200 steps of Euler",
            EPIDEMIC,
            ("contacts", "infectivity", "recovery_time"),
            ("susceptible", "infected", "recovered"),
            "sir.c",
            (10_000.0,),
        ),
        Bench(
            "predator-prey",
            "predators and prey, 1,600 steps of RK4",
            PREDATOR_PREY,
            ("birth", "predation", "efficiency", "death"),
            ("prey", "predators"),
            "predator_prey.c",
            (0.0,),
        ),
    ]
    for count in equations:
        size = synthetic.equations(count)
        some = [k * size.sectors // 5 for k in range(5)] if size.sectors >= 5 else [0]
        found.append(
            Bench(
                f"synthetic-{size.variables}",
                f"synthetic, {size.variables:,} equations, 400 steps of Euler",
                synthetic.literate(size),
                tuple(f"rate_{k}" for k in some),
                tuple(name for k in some for name in (f"level_{k}", f"growth_{k}")),
            )
        )
    found.append(
        Bench(
            "tajikistan",
            "the shipped argument, 400 steps of Euler",
            "tajikistan",
            FLAGSHIP_VARIED,
            FLAGSHIP_OUTPUTS,
        )
    )
    return found


FLAGSHIP_VARIED = ("fertility_decline", "share_sent", "ban_rate", "base_job_growth")
FLAGSHIP_OUTPUTS = (
    "population_total",
    "remittances",
    "recruits_total",
    "bans_imposed",
    "transit_income",
    "threat_signals",
    "nonfarm_jobs",
    "entry_bans",
    "naturalised",
    "crackdown_level",
)


def prepare(bench: Bench, folder: Path) -> dict[str, object]:
    """Write a model in every form below ``folder`` and return the task that workers read."""
    folder.mkdir(parents=True, exist_ok=True)
    source = bench.source
    if not bench.is_case:
        (folder / "case").mkdir(exist_ok=True)
        (folder / "case" / "case.md").write_text(bench.source, encoding="utf-8")
        source = str(folder / "case")
    model = headwater.load(source)
    project = model.project_of("")
    plain = scalar.scalar_model(project, bench.outputs)
    (folder / "model.xmile").write_text(scalar.xmile(plain), encoding="utf-8")
    (folder / "model.json").write_text(scalar.rust_json(plain), encoding="utf-8")
    program = model.program(bench.outputs)
    (folder / "model.c").write_text(c_program.c_text(program), encoding="utf-8")
    names = [program.inputs[k].name for k in range(len(program.inputs))]
    rows = [names.index(name) for name in bench.varied]
    central = np.array([program.inputs[row].default for row in rows])
    unit = qmc.LatinHypercube(len(rows), rng=np.random.default_rng(1)).random(DESIGN_ROWS)
    np.save(folder / "design.npy", central * (1 + SPREAD * (2 * unit - 1)))
    np.save(folder / "defaults.npy", np.array([i.default for i in program.inputs]))
    np.save(folder / "times.npy", program.clock.saved_times())
    task: dict[str, object] = {
        "source": source,
        "folder": str(folder),
        "varied": list(bench.varied),
        "plain_varied": [scalar.element_name(n, ()) for n in bench.varied],
        "outputs": list(bench.outputs),
        "plain_outputs": [scalar.element_name(n, ()) for n in bench.outputs],
        "rows": rows,
        "kernel": bench.kernel and str(Path(__file__).parent / "kernels" / bench.kernel),
        "constants": list(bench.constants),
        "steps": program.clock.steps,
        "stride": program.clock.stride,
        "dt": program.clock.dt,
    }
    (folder / "task.json").write_text(json.dumps(task, indent=1), encoding="utf-8")
    return task
