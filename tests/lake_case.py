"""A small case whose verdicts follow from closed forms: a lake that drains."""

from __future__ import annotations

import hashlib
from pathlib import Path

STEP, YEARS = 0.25, 10.0
STEPS = int(YEARS / STEP)
# Euler: lake = 100 (1 - rate * step)^steps, so half is gone by the end above one rate.
THRESHOLD = (1 - 0.5 ** (1 / STEPS)) / STEP

CASE = """---
title: A lake that drains
time: 2000 to 2010 year, step 1/4, save 1
baseline: no_change
---
# Lake

```headwater
stock lake : litre = 100
  - drained
flow drained : litre/year = lake * rate * effect
constant rate : 1/year = 0.1  uncertain uniform(0, 0.2)  because report
constant weight : 1 = 1  uncertain uniform(0.5, 1.5)  because dry-years
constant unused : 1 = 1  uncertain uniform(0, 1)  assume "no equation needs it"
lever dam : 1 = 1  range 0 to 1
aux effect : 1 = weight * dam
aux idle : 1 = unused
data gauge : litre = data/gauge.csv, column litre, time year

variant slow "Slow"
  aux effect : 1 = 1 * dam * weight ^ 0
variant shut "Nothing drains"
  aux effect : 1 = 0 * weight * dam

policy no_change "No change"
policy dammed "A dam"
  dam = 0

outcome lake "Water in the lake"
compare lake with gauge from 2000 to 2002 used

expect half-gone "Half is gone by 2010"
  claim dries-out
  that at(lake, 2010) < 50
  link rate cut 0 freed -0.2 to 0.2

expect dam-keeps "The dam keeps all the water"
  claim dam-helps
  that at(lake, 2010, dammed) >= at(lake, 2010)
  effect at(lake, 2010) - at(lake, 2010, dammed) "litres lost"
  link rate cut 0 freed -0.2 to 0.2

expect never-empty "The lake is never empty"
  claim never-dry
  that min(lake, 2000, 2010) > 0
  link rate cut 0 freed -0.2 to 0.2
```
"""

TEXT = "The lake dries out. A dam helps. It is never dry. Dry years count. It held 100 litres."


def ledger() -> str:
    rows = [
        ("dries-out", "The lake dries out.", "tested", ""),
        ("dam-helps", "A dam helps.", "tested", ""),
        ("never-dry", "It is never dry.", "tested", ""),
        ("dry-years", "Dry years count.", "assumed", "reason: a weight"),
        (
            "held",
            "It held 100 litres.",
            "data-checked",
            "evidence: [{claimed: 100, compute: 'at(gauge, 2000)', source: report}]\n"
            "    model: [{claimed: 100, compute: 'at(lake, 2000)'}]",
        ),
    ]
    lines = ["source: report", "claims:"]
    for name, span, state, more in rows:
        start = TEXT.index(span)
        digest = hashlib.sha256(span.encode()).hexdigest()
        lines += [
            f"  - id: {name}",
            f"    text: In our words, {name}",
            "    kind: cause",
            f"    state: {state}",
            "    target: {selector: [",
            f"      {{type: TextPositionSelector, start: {start}, end: {start + len(span)}}},",
            f"      {{type: TextDigestSelector, value: {digest}}}]}}",
        ]
        if more:
            lines.append(f"    {more}")
    return "\n".join(lines) + "\n"


def write_lake(root: Path) -> None:
    """Write the case into a folder."""
    (root / "data").mkdir()
    (root / "case.md").write_text(CASE, encoding="utf-8")
    (root / "claims.yaml").write_text(ledger(), encoding="utf-8")
    (root / "sources.yaml").write_text("- {id: report, type: report, title: Lakes}\n")
    (root / "data" / "gauge.csv").write_text("year,litre\n2000,80\n2002,100\n")
