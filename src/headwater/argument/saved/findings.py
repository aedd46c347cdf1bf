"""What other commands found of a case, in the form in which it is saved and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.analysis.hindcast import Row
from headwater.argument.discovering import CentralFlip, ShareFlip
from headwater.argument.loop_findings import LoopFindings


@dataclass(frozen=True, slots=True)
class About:
    """Where findings come from. ``state`` is a fingerprint of the model that they were made with.

    ``drawn_from`` says whether constants were drawn from the prior, or from which posterior.
    """

    kind: str
    state: str
    command: str
    seed: int
    drawn_from: str


@dataclass(frozen=True, slots=True)
class SeriesFound:
    """One series of a hindcast over both periods, at its data points.

    ``low``, ``median`` and ``high`` are the 5th, 50th and 95th percentile of the fitted model.
    """

    label: str
    times: tuple[float, ...]
    data: tuple[float, ...]
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HindcastFound:
    """A hindcast: fitted up to ``split``, judged after it. ``draws`` of the posterior are shown."""

    variant: str
    start: float
    split: float
    stop: float
    constants: tuple[str, ...]
    draws: int
    agree: bool
    rows: tuple[Row, ...]
    series: tuple[SeriesFound, ...]
    told_data: tuple[str, ...]
    told_tables: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlipsFound:
    """The nearest changes that turn one expectation."""

    expectation: str
    central: tuple[CentralFlip, ...]
    shares: tuple[ShareFlip, ...]
    runs: int


@dataclass(frozen=True, slots=True)
class MixFound:
    """A mix of levers, or a policy of the case (``policy`` is its name, and ``levels`` empty)."""

    policy: str
    levels: Mapping[str, float]
    aims: tuple[float, ...]
    effort: float


@dataclass(frozen=True, slots=True)
class MixesFound:
    """What a search for mixes ended with, judged on ``runs`` draws of seed ``judged_seed``."""

    outcome: str
    label: str
    lower_is_better: bool
    times: tuple[float, ...]
    start: float
    found: tuple[MixFound, ...]
    policies: tuple[MixFound, ...]
    searched: int
    scenarios: int
    runs: int
    judged_seed: int


@dataclass(frozen=True, slots=True)
class SavedLoops:
    """A file of loops."""

    about: About
    found: LoopFindings


@dataclass(frozen=True, slots=True)
class SavedHindcast:
    """A file of a hindcast."""

    about: About
    found: HindcastFound


@dataclass(frozen=True, slots=True)
class SavedFlips:
    """A file of flips: one entry for each expectation."""

    about: About
    found: tuple[FlipsFound, ...]


@dataclass(frozen=True, slots=True)
class SavedMixes:
    """A file of mixes."""

    about: About
    found: MixesFound


Saved = SavedLoops | SavedHindcast | SavedFlips | SavedMixes
KINDS: Mapping[str, type[Saved]] = {
    "loops": SavedLoops,
    "hindcast": SavedHindcast,
    "flips": SavedFlips,
    "mixes": SavedMixes,
}
