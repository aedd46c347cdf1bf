"""Under which assumptions does an expectation hold? Boxes, a tree, and the nearest flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from headwater.analysis.calibration.store import PRIOR, drawn_from, posterior_for
from headwater.analysis.discovery import DENSE, Conditions, discover
from headwater.analysis.flips import REACH, Flip, Shares, nearest_flip, nearest_shift
from headwater.analysis.regional import Inputs
from headwater.analysis.sensitivity import GIVE_RANGES
from headwater.analysis.trees import Leaf, grow
from headwater.argument.conditions import Values, evaluate
from headwater.argument.ensembles import Ensembles
from headwater.argument.plan import Plan, prepare
from headwater.argument.results import Trial
from headwater.argument.trials import Trials, trial
from headwater.argument.verdicts import FAILS_UP_TO, HOLDS_FROM, Verdict
from headwater.errors import UsageError, did_you_mean
from headwater.language.printer import print_expression
from headwater.model.case import Case, Expectation
from headwater.simulation.distributions import quantile
from headwater.simulation.progress import Bar
from headwater.simulation.sampling import Factor

SHIFT_RUNS = 500
HALF = 0.5
STRETCHES = (1.0, 1.05, 1.1, 1.2, 1.3)
"""A shift is found on few draws; on those that verify it, it may have to be that much longer."""


@dataclass(frozen=True, slots=True)
class Move:
    """An input that moves: from the middle of its range to a place (a share of draws below it).

    ``start`` and ``end`` are in ``unit``; None where rival structures give it different ranges.
    """

    input: str
    unit: str
    place: float
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class CentralFlip:
    """The nearest change that turns the case with every input in the middle of its range.

    ``met`` tells whether the condition is met there; None where it cannot be computed. ``moves`` is
    empty where nothing was found in ``points`` runs. ``distance`` is in normal scores. A change
    is shown only if a run of its own, made last, turns.
    """

    structure: str
    met: bool | None
    moves: tuple[Move, ...]
    distance: float
    points: int


@dataclass(frozen=True, slots=True)
class ShareFlip:
    """The smallest shift of ranges that carries the verdict, or the majority, over a border.

    ``aim`` is *holds*, *fails*, *most* or *few*; ``before`` and ``after`` are the trials as stated
    and shifted, the latter on draws of its own. ``turned`` tells whether it did what was aimed at.
    """

    aim: str
    moves: tuple[Move, ...]
    distance: float
    before: Trial
    after: Trial | None
    turned: bool
    ensembles: int
    runs: int


@dataclass(frozen=True, slots=True)
class Discovery:
    """All that was found of one expectation.

    ``by_structure`` has conditions within each rival structure alone, where there are several.
    """

    expectation: Expectation
    condition: str
    trial: Trial
    conditions: Conditions | None
    by_structure: Mapping[str, Conditions | None]
    leaves: tuple[Leaf, ...]
    central: tuple[CentralFlip, ...]
    shares: tuple[ShareFlip, ...]
    runs: int
    seed: int
    simulations: int
    drawn_from: str = PRIOR


@dataclass(frozen=True, slots=True)
class DiscoverOptions:
    """How to look. ``most``: inputs that a flip may move. ``tree`` needs scikit-learn.

    With ``posterior``, the result of a fit, the constants that it fitted are drawn from there, and
    stand at their medians in the central cases; flips do not move them.
    """

    runs: int = 2000
    seed: int = 1
    dense: float = DENSE
    most: int = 3
    tree: bool = True
    flips: bool = True
    threads: int = 0
    progress: bool = True
    posterior: Path | None = None


def named(case: Case, name: str) -> tuple[Expectation, ...]:
    """Return the expectation of that name, or all that test the claim of that id.

    Raises:
        UsageError: neither exists.
    """
    own = [e for e in case.expectations if e.name == name]
    own = own or [e for e in case.expectations if name in e.claims]
    if own:
        return tuple(own)
    known = {e.name for e in case.expectations} | {c for e in case.expectations for c in e.claims}
    raise UsageError(
        f"no expectation or tested claim `{name}`",
        hint=did_you_mean(name, known)
        or ("there are: " + ", ".join(e.name for e in case.expectations))
        or "the case has no expectations",
    )


def discover_case(case: Case, expectation: Expectation, options: DiscoverOptions) -> Discovery:
    """Run an ensemble for one expectation and look for what it hangs on.

    Raises:
        CaseError: the case is not in order.
        UsageError: nothing is uncertain.
        MissingExtra: the tree needs scikit-learn.
    """
    plan = _only(prepare(case), expectation)
    ensembles = Ensembles(
        plan,
        options.seed,
        case.defaults.design,
        options.threads,
        options.progress,
        posterior_for(case, options.posterior),
    )
    if not ensembles.factors:
        raise UsageError("there is no uncertain input", hint=GIVE_RANGES)
    trials = Trials([expectation], ensembles.variants, options.runs)
    for batch in ensembles.main(options.runs):
        trials.add(batch)
    truth, name = trials.truth[expectation.name], expectation.name
    inputs, structures = ensembles.inputs(options.runs), ensembles.variants
    several = len(structures) > 1
    look = _Look(ensembles, expectation, inputs, options)
    central, shares = look.flips(trials.result(name)) if options.flips else ((), ())
    return Discovery(
        expectation=expectation,
        condition=print_expression(expectation.condition),
        trial=trials.result(name),
        conditions=discover(inputs, truth, structures, dense=options.dense),
        by_structure={
            s: discover(inputs, row[None], dense=options.dense)
            for s, row in zip(structures, truth, strict=True)
            if several
        },
        leaves=grow(inputs, truth, structures) if options.tree else (),
        central=central,
        shares=shares,
        runs=options.runs,
        seed=options.seed,
        simulations=ensembles.simulations,
        drawn_from=drawn_from(ensembles.posterior),
    )


def _only(plan: Plan, expectation: Expectation) -> Plan:
    """Return the plan that saves what one expectation needs, and runs the policies it compares."""
    needs = plan.needs[expectation.name]
    return replace(plan, outputs=tuple(sorted({*needs.variables, *needs.constants})))


@dataclass(frozen=True, slots=True)
class _Look:
    """The search for flips of one expectation."""

    ensembles: Ensembles
    expectation: Expectation
    inputs: Inputs
    options: DiscoverOptions

    def flips(self, before: Trial) -> tuple[tuple[CentralFlip, ...], tuple[ShareFlip, ...]]:
        structures, aims = self.ensembles.variants, _aims(before)
        steps = len(structures) + len(aims)
        with Bar("looking for flips", steps, show=self.options.progress) as bar:
            central, shares = [], []
            for structure in structures:
                central.append(self._central(structure))
                bar.advance(1)
            for aim in aims:
                shares.append(self._share(aim, before))
                bar.advance(1)
        return tuple(central), tuple(shares)

    def _central(self, structure: str) -> CentralFlip:
        def truth(scores: Values) -> Values:
            medians = self.ensembles.fitted_medians(scores.shape[1])
            return np.asarray(self._truth(ndtr(scores), [structure], medians)[0])

        count, most = len(self.ensembles.factors), self.options.most
        search = nearest_flip(truth, count, most=most, seed=self.options.seed)
        start = float(truth(np.zeros((count, 1)))[0])
        found, own = search.found, self.ensembles.factors_of(structure)
        if found is not None and float(truth(found.change[:, None])[0]) != 1 - start:
            found = None
        return CentralFlip(
            structure,
            None if np.isnan(start) else bool(start),
            self._moves(found, own),
            found.distance if found else float("nan"),
            search.points,
        )

    def _share(self, aim: str, before: Trial) -> ShareFlip:
        runs = min(SHIFT_RUNS, self.options.runs)
        scores = self._scores(self.options.seed, runs)
        fitted = self.ensembles.fitted(runs, self.options.seed)
        level = _level(aim)

        def measure(shift: Values) -> Shares:
            truth = self._truth(ndtr(scores + shift[:, None]), samples=fitted)
            return _measured(aim, truth, scores)

        most, count = self.options.most, len(self.ensembles.factors)
        found, asked = nearest_shift(measure, count, level, most=most)
        after, turned = None, False
        if found is not None:
            found, after = self._verified(aim, found)
            turned = _meets(aim, after)
        return ShareFlip(
            aim,
            self._moves(found, None),
            found.distance if found else float("nan"),
            before,
            after,
            turned,
            asked,
            runs,
        )

    def _verified(self, aim: str, found: Flip) -> tuple[Flip, Trial]:
        """Run a shift on draws of its own, and lengthen it a little where it falls short there."""
        runs, seed = self.options.runs, self.options.seed + 1
        fresh, fitted = self._scores(seed, runs), self.ensembles.fitted(runs, seed)
        longest = REACH / float(np.abs(found.change).max())
        for stretch in STRETCHES:
            own = Flip(found.change * min(stretch, longest), found.distance * min(stretch, longest))
            truth = self._truth(ndtr(fresh + own.change[:, None]), samples=fitted)
            after = trial(dict(zip(self.ensembles.variants, truth, strict=True)))
            if _meets(aim, after) or stretch >= longest:
                break
        return own, after

    def _truth(
        self,
        points: Values,
        structures: Sequence[str] | None = None,
        samples: Mapping[str, Values] | None = None,
    ) -> Values:
        chosen = structures or self.ensembles.variants
        truth = np.full((len(chosen), points.shape[1]), np.nan)
        for batch in self.ensembles.at(points, [self.expectation], chosen, samples):
            where = slice(batch.first, batch.first + batch.runs)
            row = evaluate(self.expectation.condition, batch)
            truth[chosen.index(batch.variant), where] = row
        return truth

    def _scores(self, seed: int, runs: int) -> Values:
        return np.asarray(ndtri(self.ensembles.draws(runs, seed)))

    def _moves(self, flip: Flip | None, own: Mapping[str, Factor] | None) -> tuple[Move, ...]:
        """Say a change in the inputs' own units; ``own`` are the ranges of one structure."""
        found = []
        for k in flip.moved if flip else ():
            factor = self.ensembles.factors[k]
            assert flip is not None
            place = float(ndtr(flip.change[k]))
            start = end = None
            if own is not None or factor.name not in self.inputs.by_place:
                uncertainty = (own or {}).get(factor.key, factor).uncertainty
                ends = quantile(uncertainty, np.array([0.5, place]))
                start, end = float(ends[0]), float(ends[1])
            found.append(Move(factor.name, self.inputs.units[k], place, start, end))
        return tuple(found)


def _aims(before: Trial) -> tuple[str, ...]:
    """Return the borders that are worth crossing: the majority's, and a settled verdict's."""
    value = before.overall.value
    if np.isnan(value):
        return ()
    majority = "few" if value >= HALF else "most"
    if before.verdict is not Verdict.DEPENDS:
        return (majority,)
    return (majority, "holds" if value >= HALF else "fails")


def _level(aim: str) -> float:
    return {"holds": HOLDS_FROM, "fails": FAILS_UP_TO}.get(aim, HALF)


def _measured(aim: str, truth: Values, scores: Values) -> Shares:
    """Return the share that must cross the level: of all cases, or of the hardest structure."""
    known = np.where(np.isnan(truth), 0.0, truth)
    shares = np.nanmean(truth, axis=1)
    slopes = known @ scores.T / scores.shape[1]
    if aim in ("most", "few"):
        return Shares(float(shares.mean()), slopes.mean(axis=0))
    hardest = int(shares.argmin() if aim == "holds" else shares.argmax())
    return Shares(float(shares[hardest]), slopes[hardest])


def _meets(aim: str, after: Trial) -> bool:
    value = after.overall.value
    if aim in ("most", "few"):
        return value > HALF if aim == "most" else value < HALF
    return after.verdict is (Verdict.HOLDS if aim == "holds" else Verdict.FAILS)
