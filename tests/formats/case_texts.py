"""Small literate cases for tests, and what they parse to."""

import re
from pathlib import Path

from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text
from headwater.language.parser import parse_text
from headwater.language.syntax import Expression
from headwater.model.case import Case

FRONT = "---\ntime: 2000 to 2010 year, step 1/4\n---\n"
FENCE = "`" * 3
FIRST_LINE = 5
"""The line that a block's first statement stands on in :func:`case_text`."""


def case_text(*blocks: str, front: str = FRONT) -> str:
    """A case of one file, with a block for each text."""
    fenced = (f"{FENCE}headwater\n{b.rstrip()}\n{FENCE}\n" for b in blocks)
    return front + "\n".join(fenced)


def read(block: str, folder: Path | None = None, front: str = FRONT) -> Case:
    """Read a case with one block."""
    return read_case_text(case_text(block, front=front), folder=folder)


def fault(block: str, folder: Path | None = None, front: str = FRONT) -> HeadwaterError:
    """Read a block that cannot be read, and return the error."""
    try:
        read(block, folder, front)
    except HeadwaterError as error:
        return error
    raise AssertionError("the block was read without an error")


def expression(text: str) -> Expression:
    """The tree of an expression."""
    return parse_text(text)


def without_blanks(text: str) -> str:
    """The text without blanks, so that only its characters count."""
    return re.sub(r"\s+", "", text)


# Every statement and clause at least once.
EVERYTHING = """
dimension place = home, north, south      # a comment
dimension abroad of place = north, south
dimension cohort = 1 to 3
unit usd = dollar

stock people[place] : person = {home: 1000, others: 10}
  + arrivals[place]
  - departures[place]
  because census
flow arrivals[place] : person/year = people[place] * (births {per head} - 0.5 * -rate)
flow departures[place] : person/year = if time > 2005 and not (rate = 0) then
    people[place] / stay
    else rate * "odd # name"
aux "odd # name" : person = sum(people[*])  note "A quoted name; # is no comment."
aux by_age[place, cohort] : 1 = {home: {1: 0.5, others: 0}, abroad: {others: 1/3}}
constant births : 1/year = 0.03 range 0 to 0.1 uncertain uniform(0.01, 0.05) because census, un-2024
constant rate : 1/year = 1e-3
  range -inf to 1
  uncertain normal(0, 0.1) truncated -1/2 to 1/2 shared
  assume "Nobody
          knows."
constant stay : year = 2.5 uncertain lognormal(2.5, 1.3)
constant share : 1 = 0.4 uncertain beta(2, 3)
constant spread : 1 = 4 uncertain beta(2, 3, 0, 10)
constant peak : 1 = 2 uncertain triangular(0, 1 + 1, 3)
constant kind : 1 = 1 uncertain discrete(0: 1, 1: 2.5)
graph pull[abroad] : 1 of usd = {north: (0, 1) (1, 2), south: (0, -1)
    (2, 1.5)} discrete
lever effort : 1 = 1 range 0 to 10
correlate births with rate at -0.3

variant first "First reading"
  note "What it says."
  because census
  aux pressure[abroad] : 1 = pull[abroad](time - 2000)
    note "nested"

  # a second variable
  aux extra : 1 = 1
variant second "Second reading"
  aux pressure[abroad] : 1 = 0
  aux extra : 1 = 2

policy no_change
policy more "More effort" from no_change
  effort = 1 + step(4, 2004)
  note "Rises in 2004."
  because un-2024
policy none "Nobody"
  probe
  effort = 0

check "empty stays empty" when people = 0 and rate = 0 then departures[home] = 0
  tolerance 1e-6
check "never below zero" always people[home] >= 0
check "in time" at 2005 people[home] < 1e9

expect growth-continues "People grow"
  claim growth, births-1
  that at(people[home], 2010, more) > 1.1 * at(people[home], 2000)
      and mean(share, 2000, 2010) < 1
  effect change(people[home], 2000, 2010) "people"
  link births cut 0 freed -0.05 to 0.05
  link rate cut 0 freed -1 to 1
  horizon short
  because "A tenth can be seen."
compare people[home] with share from 2002 to 2008 used
  note "Used."
compare people[north] with share "held out"
outcome people[home] "People at home"
"""
