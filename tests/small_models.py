"""Small models whose course is known in closed form."""

from __future__ import annotations

from headwater.api import Case
from headwater.formats.literate.reader import read_case_text

FRONT = """---
title: {title}
time: {time}
method: {method}
---
# Part one

```headwater
"""


def case(
    statements: str,
    time: str = "0 to 10 year, step 1/16, save 1",
    method: str = "rk4",
    title: str = "A small model",
) -> Case:
    """Return a case of one block."""
    text = FRONT.format(title=title, time=time, method=method) + statements + "\n```\n"
    return Case(read_case_text(text))


DECAY = """
stock Stuff Left : kg = start_amount
  - loss
  note "What is left."
flow loss : kg/year = stuff_left * rate
constant rate : 1/year = 0.3  range 0 to 1
  uncertain uniform(0.1, 0.5)
  assume "made up"
constant start_amount : kg = 80
  assume "made up"
"""

ARRAYS = """
dimension host = russia, turkey
stock men[host] : person = {russia: 100, turkey: 10}
  + coming[host]
flow coming[host] : person/year = quota[host]
lever quota[host] : person/year = 2
constant share[host] : 1 = {russia: 0.25, turkey: 0.75}
  uncertain uniform(0, 1)
aux total : person = SUM(men[*])
aux weighted : person = SUM(men[*] * share[*])

policy no_change "No change"
policy open "More may come"
  quota[turkey] = 5
policy shut "Nobody may come from 5 on"
  quota = 2 - STEP(2, 5)

variant plain "As it is"
  aux kept : person = total
variant doubled "Twice"
  aux kept : person = total * factor
  constant factor : 1 = 2
    uncertain uniform(1, 3)
"""
