"""The shipped published models against closed forms: states of rest and thresholds to 1e-6.

Expected values are computed here from the papers' equations (next-generation matrices, roots of
polynomials, a plain restatement of a yearly map), never from the cases' own formulas.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.optimize import brentq

import headwater

WITHIN = 1e-6


@cache
def case(name: str) -> headwater.Case:
    loaded = headwater.load(name)
    assert isinstance(loaded, headwater.Case)
    return loaded


def ends(name: str, variable: str, stop: float, samples: dict[str, object], **how) -> np.ndarray:
    """A variable at ``stop`` in each of the sampled runs of one policy and one variant."""
    how = {"policies": [case(name).policies[0]], "variants": case(name).variants[:1] or None} | how
    size = len(np.atleast_1d(next(iter(samples.values()))))
    found = case(name).ensemble(
        runs=size,
        outputs=[variable],
        samples={k: np.broadcast_to(v, size) for k, v in samples.items()},
        uncertain={},
        times=[stop],
        stop=stop,
        progress=False,
        threads=1,
        **how,
    )
    return found[variable].values.reshape(size, -1)[:, 0]


def threshold(above: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> float:
    """Where ``above`` turns from false to true, by narrowing to a sixteenth in each round."""
    while high - low > 1e-9 * high:
        grid = np.linspace(low, high, 17)
        turned = np.asarray(above(grid), dtype=bool)
        first = int(turned.argmax())
        assert turned[first:].all() and first > 0, "not a threshold"
        low, high = float(grid[first - 1]), float(grid[first])
    return (low + high) / 2


class TestMcCluskeySantoprete:
    NAME = "mccluskey-santoprete"
    ARRIVALS, LEAVING, EXITS = 1000.0, 0.02, 0.1

    def draws(self, size: int) -> dict[str, np.ndarray]:
        random = np.random.default_rng(5)
        return {
            "share_to_adherents": random.uniform(0.2, 0.9, size),
            "promotion_rate": random.uniform(0.05, 0.3, size),
            "relapse_rate": random.uniform(0.05, 0.3, size),
        }

    def reproduction(self, contact: float, share: float, promotion: float, relapse: float) -> float:
        """Spectral radius of the next-generation matrix (van den Driessche and Watmough 2002)."""
        won = contact * self.ARRIVALS / self.LEAVING
        new = np.array([[0, share * won], [0, (1 - share) * won]])
        leaving = self.LEAVING + self.EXITS
        moves = np.array([[leaving + promotion, -relapse], [-promotion, leaving + relapse]])
        return float(np.abs(np.linalg.eigvals(new @ np.linalg.inv(moves))).max())

    def test_state_of_rest(self) -> None:
        draws = self.draws(24)
        unit = [self.reproduction(1.0, *row) for row in zip(*draws.values(), strict=True)]
        number = np.linspace(1.15, 5, 24)
        contact = number / np.array(unit)
        recruiters = self.LEAVING * (number - 1) / contact
        susceptible = self.ARRIVALS / (self.LEAVING * number)
        won = contact * susceptible * recruiters
        leaving = self.LEAVING + self.EXITS
        adherents = (draws["share_to_adherents"] * won + draws["relapse_rate"] * recruiters) / (
            leaving + draws["promotion_rate"]
        )
        expected = {"susceptible": susceptible, "adherents": adherents, "recruiters": recruiters}
        for variable, values in expected.items():
            found = ends(self.NAME, variable, 4000, draws | {"contact_rate": contact})
            np.testing.assert_allclose(found, values, rtol=WITHIN)

    def test_threshold(self) -> None:
        """A vanishing number of recruiters grows or dwindles, in the linear range, for ages."""
        for row in zip(*self.draws(3).values(), strict=True):
            fixed = dict(zip(self.draws(3), row, strict=True)) | {"first_recruiters": 1e-9}

            def grows(contact: np.ndarray, fixed: dict[str, float] = fixed) -> np.ndarray:
                samples = {"contact_rate": contact} | fixed
                early, late = (ends(self.NAME, "recruiters", t, samples) for t in (300, 600))
                return late > early

            unit = self.reproduction(1.0, *row)
            found = threshold(grows, 0.7 / unit, 1.3 / unit)
            assert self.reproduction(found, *row) == pytest.approx(1, rel=WITHIN)

    def test_stated_formulas(self) -> None:
        draws = self.draws(8) | {"contact_rate": np.linspace(4e-6, 3e-5, 8)}
        rows = zip(draws["contact_rate"], *self.draws(8).values(), strict=True)
        number = np.array([self.reproduction(*row) for row in rows])
        assert (number > 1).any() and (number < 1).any()
        found = ends(self.NAME, "reproduction_number", 1000, draws)
        np.testing.assert_allclose(found, number, rtol=1e-12)
        rest = np.where(number > 1, self.LEAVING * (number - 1) / draws["contact_rate"], 0)
        found = ends(self.NAME, "recruiters_at_rest", 1000, draws)
        np.testing.assert_allclose(found, rest, rtol=1e-9)

    def test_extinction_below(self) -> None:
        draws = self.draws(12)
        unit = np.array([self.reproduction(1.0, *row) for row in zip(*draws.values(), strict=True)])
        for variable in ("recruiters", "adherents"):
            samples = draws | {"contact_rate": np.linspace(0, 0.95, 12) / unit}
            assert (ends(self.NAME, variable, 4000, samples) < WITHIN).all()


class TestCastilloChavezSong:
    NAME = "castillo-chavez-song"
    EXIT = 0.02 + 0.2

    def shares(self, core: object, following: object, centre: object, stop: float = 20_000):
        samples = {"core_pull": core, "following_pull": following, "centre_pull": centre}
        samples = dict(zip(samples, np.broadcast_arrays(*samples.values()), strict=True))
        samples["return_rate"] = np.full(samples["core_pull"].shape, 0.2)
        return [
            ends(self.NAME, variable, stop, samples)
            for variable in ("core_share", "following_share", "centre_share")
        ]

    def test_shares_at_rest(self) -> None:
        r1, r2, r3 = (a.ravel() for a in np.meshgrid([1.2, 3], [1.25, 2, 5], [0.6, 0.95, 1.1, 4]))
        following = 1 - 1 / r2
        found = self.shares(self.EXIT * r1, self.EXIT * r2, self.EXIT * r3 / following)
        np.testing.assert_allclose(found[0], 1 - 1 / r1, atol=WITHIN)
        np.testing.assert_allclose(found[1], following, atol=WITHIN)
        expected = np.where(r3 > 1, following * (1 - 1 / r3), 0)
        np.testing.assert_allclose(found[2], expected, atol=WITHIN)
        samples = {"core_pull": self.EXIT * r1, "following_pull": self.EXIT * r2}
        samples |= {"centre_pull": self.EXIT * r3 / following, "return_rate": 0.2}
        stated = ends(self.NAME, "centre_share_at_rest", 1000, samples)
        np.testing.assert_allclose(stated, expected, atol=1e-12)

    def test_threshold_of_the_core(self) -> None:
        def grows(pull: np.ndarray) -> np.ndarray:
            samples = {"core_pull": pull, "return_rate": 0.2, "first_core": 1.0}
            samples["arrivals"] = 1e12  # so that the core stays a vanishing share
            return ends(self.NAME, "core", 200, samples) > 1

        assert threshold(grows, 0.1, 0.5) / self.EXIT == pytest.approx(1, rel=WITHIN)

    def test_thresholds_inside_the_core(self) -> None:
        """Shares at rest fall along a line in 1 / pull; the line meets zero at the threshold."""

        def meets_zero(pulls: np.ndarray, shares: np.ndarray) -> float:
            slope, level = np.polyfit(1 / pulls, shares, 1)
            return -slope / level

        pulls = self.EXIT * np.array([1.3, 1.6, 2.0])
        _, found, _ = self.shares(0.8, pulls, 0.0)
        assert meets_zero(pulls, found) / self.EXIT == pytest.approx(1, rel=WITHIN)
        following = 0.55
        _, _, found = self.shares(0.8, self.EXIT / (1 - following), pulls / following)
        number = meets_zero(pulls / following, found) * following / self.EXIT
        assert number == pytest.approx(1, rel=WITHIN)

    def test_extinction_below(self) -> None:
        core, _, _ = self.shares(self.EXIT * np.array([0.5, 0.9, 0.98]), 1.0, 1.0)
        assert (core < WITHIN).all()
        _, following, centre = self.shares(0.8, self.EXIT * np.array([0.5, 0.9, 0.98]), 5.0)
        assert (following < WITHIN).all() and (centre < WITHIN).all()


class TestGalamJavarone:
    NAME = "galam-javarone"

    def test_state_of_rest(self) -> None:
        share, involvement = (
            a.ravel() for a in np.meshgrid([0.1, 0.3, 0.5, 0.8], [0, 0.05, 0.31, 0.9, 2])
        )
        rest = np.maximum(0, share - involvement / 0.7 * (1 - share))
        samples = {"sensitive_share": share, "activeness": 0.7, "core_works": 1.0}
        found = ends(self.NAME, "opponents", 4000, samples | {"involvement": involvement})
        np.testing.assert_allclose(found, rest, atol=WITHIN)

    def test_course(self) -> None:
        """Opponents follow the logistic curve."""
        params = {"sensitive_share": 0.4, "activeness": 0.8, "core_works": 1, "involvement": 0.25}
        run = case(self.NAME).run(params, ["opponents"], step=1 / 16)
        rate, first = 0.8 * 0.4 - 0.25 * 0.6, 0.4 * 0.01
        grown = first * np.exp(rate * np.minimum(run.time.values, 500))
        np.testing.assert_allclose(
            run.opponents.values, grown / (1 + 0.8 / rate * (grown - first)), rtol=WITHIN
        )

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
    def test_required_involvement(self, share: float) -> None:
        def dwindles(involvement: np.ndarray) -> np.ndarray:
            samples = {"involvement": involvement, "sensitive_share": share, "activeness": 0.9}
            samples |= {"core_works": 1.0, "first_opponents": 1e-12}
            return ends(self.NAME, "opponents", 100, samples) < share * 1e-12

        found = threshold(dwindles, 0.01, 5)
        assert found == pytest.approx(0.9 * share / (1 - share), rel=WITHIN)


class TestCommittedMinority:
    NAME = "committed-minority"

    def b_at_rest(self, committed: float, keeps: float = 1.0) -> float:
        """B in the state of rest on the branch from ``committed`` = 0, as a root of a cubic.

        With the middle m = a / keeps and B = 1 - a - m, A is at rest where
        keeps (committed + A) m = A B; a = committed + A is the smaller of the roots.
        """
        both = 1 + 1 / keeps
        roots = np.roots([-both - 1, 1 + committed * both, -committed])
        return float(1 - both * min(roots.real)) if abs(roots.imag).max() == 0 else 0.0

    def test_critical_share(self) -> None:
        def tips(committed: np.ndarray) -> np.ndarray:
            found = ends(self.NAME, "holders_of_b", 30_000, {"committed": committed})
            return found < 1e-3

        assert threshold(tips, 0.05, 0.3) == pytest.approx(1 - np.sqrt(3) / 2, rel=WITHIN)

    def test_critical_share_with_stubborn_moderates(self) -> None:
        """At half the conversations lost the discriminant 9 p^2 - 10 p + 1 is zero at 1/9."""

        def tips(committed: np.ndarray) -> np.ndarray:
            samples = {"committed": committed, "stubbornness": 0.5}
            return ends(self.NAME, "holders_of_b", 30_000, samples) < 1e-3

        assert threshold(tips, 0.05, 0.3) == pytest.approx(1 / 9, rel=WITHIN)

    @pytest.mark.parametrize(("stubbornness", "critical"), [(0, 1 - np.sqrt(3) / 2), (0.5, 1 / 9)])
    def test_stated_critical_share(self, stubbornness: float, critical: float) -> None:
        run = case(self.NAME).run({"stubbornness": stubbornness}, ["critical_share"])
        assert run.critical_share.values.ravel()[0] == pytest.approx(critical, rel=1e-12)

    @pytest.mark.parametrize("stubbornness", [0.0, 0.3])
    def test_state_of_rest(self, stubbornness: float) -> None:
        committed = np.array([0.01, 0.05, 0.09, 0.11, 0.2])
        samples = {"committed": committed, "stubbornness": stubbornness}
        expected = [self.b_at_rest(p, 1 - stubbornness) for p in committed]
        assert expected[3] > 0 and expected[4] == 0
        for variable in ("holders_of_b", "b_at_rest"):
            found = ends(self.NAME, variable, 5000, samples)
            np.testing.assert_allclose(found, expected, atol=WITHIN)


class TestRiotersBystanders:
    NAME = "rioters-bystanders"

    @pytest.mark.parametrize(
        ("rioters", "bystanders", "recruitment", "calming"),
        [(2, 2, 0.3, 0.7), (3, 3, 0.6, 0.25), (2, 3, 0.5, 0.9), (3, 2, 0.8, 0.4), (1, 2, 0.3, 0.8)],
    )
    def test_tipping_point(
        self, rioters: int, bystanders: int, recruitment: float, calming: float
    ) -> None:
        def tips(first: np.ndarray) -> np.ndarray:
            samples = {"usual_beginning": first, "recruitment_rate": recruitment}
            samples |= {"calming_without_help": calming, "rioters_needed": float(rioters)}
            samples |= {"bystanders_needed": float(bystanders)}
            return ends(self.NAME, "rioters", 3000, samples) > 0.5

        def balance(share: float) -> float:
            return recruitment * share ** (rioters - 1) - calming * (1 - share) ** (bystanders - 1)

        expected = brentq(balance, 0, 1, xtol=1e-14)
        if (rioters, bystanders) == (2, 2):
            assert expected == pytest.approx(calming / (calming + recruitment), rel=1e-12)
        assert threshold(tips, 0.01, 0.99) == pytest.approx(expected, rel=WITHIN)
        if rioters == bystanders:  # the case states a formula for these alone
            params = {"recruitment_rate": recruitment, "calming_without_help": calming}
            params |= {"rioters_needed": rioters, "bystanders_needed": bystanders}
            run = case(self.NAME).run(params, ["tipping_point"])
            assert run.tipping_point.values.ravel()[0] == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize(("recruitment", "calming"), [(0.6, 0.4), (0.3, 0.5)])
    def test_one_is_enough(self, recruitment: float, calming: float) -> None:
        """Without numbers to need, the crowd follows the logistic curve to all or none."""
        model = case(self.NAME).with_variant("one")
        params = {"recruitment_rate": recruitment, "calming_without_help": calming}
        run = model.run(params | {"usual_beginning": 0.2}, ["rioters"], step=1 / 8, stop=200)
        odds = 0.2 / 0.8 * np.exp((recruitment - calming) * run.time.values)
        np.testing.assert_allclose(run.rioters.values, odds / (1 + odds), rtol=WITHIN)


class TestTurchinAges:
    NAME = "turchin-ages"
    AGES = 45

    def course(self, years: np.ndarray, wages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The yearly map, written out: shares of radicals and of elites in each year."""
        ages = self.AGES
        naive, radical, moderate = (
            np.full(ages, 0.9 / ages),
            np.full(ages, 0.1 / ages),
            np.zeros(45),
        )
        elites, radicals, course = 0.01, [], []
        for n, (year, wage) in enumerate(zip(years, wages, strict=True)):
            radicals.append(radical.sum())
            course.append(elites)
            bulge = 0.2 * np.exp(-((year - 1965) ** 2) / 100)
            driven = 0.1 + (0.9 - wage) + 50 * (elites - 0.01) + bulge
            pull = min(max(driven, 0.1), 1) - moderate.sum()
            catching = min(max(pull * radicals[n] + 0.0005, 0), 1)
            turning = min(0.5 * radicals[n - 10], 1) if n > 10 else 0.0
            elites += 0.003 * (0.9 - wage) / wage - (elites - 0.01) * moderate.sum()
            older = (naive[:-1], radical[:-1], moderate[:-1])
            naive = np.append(1 / ages, older[0] * (1 - catching))
            radical = np.append(0, older[1] * (1 - turning) + older[0] * catching)
            moderate = np.append(0, older[2] + older[1] * turning)
        return np.array(radicals), np.array(course)

    @pytest.mark.parametrize("policy", ["no_change", "wages_recover"])
    def test_course(self, policy: str) -> None:
        years = np.arange(1810, 2101)
        turns = [1810, 1840, 1850, 1910, 1940, 1970, 2000, 2020, 2025, 2100]
        last = 0.9 if policy == "wages_recover" else 0.75
        levels = [0.9, 0.9, 0.75, 0.75, 0.9, 0.9, 0.75, 0.75, last, last]
        radicals, elites = self.course(years, np.interp(years, turns, levels))
        run = case(self.NAME).with_policy(policy).run(outputs=["radicals", "elites"])
        np.testing.assert_allclose(run.radicals.values, radicals, atol=1e-12)
        np.testing.assert_allclose(run.elites.values, elites, atol=1e-12)

    def test_threshold(self) -> None:
        """Few radicals grow where susceptibility exceeds 2 / (ages - 1).

        In the linear range a year's naive catch on at the rate a * radicals and stay radical until
        they leave: those of age i number i * a * radicals / ages, and their sum is one radical's
        heirs, a * (ages - 1) / 2.
        """

        def grows(susceptibility: np.ndarray) -> np.ndarray:
            samples = {"least_susceptibility": susceptibility, "first_radicals": 1e-12}
            samples |= {"spontaneous": 0.0, "forcing": 0.0}
            early, late = (ends(self.NAME, "radicals", t, samples) for t in (2300, 2600))
            return late > early

        assert threshold(grows, 0.03, 0.06) == pytest.approx(2 / (self.AGES - 1), rel=WITHIN)

    def test_state_of_rest(self) -> None:
        """Without forcing the map settles at a fixed point, a root of its geometric sums."""
        ages, last = self.AGES, np.arange(self.AGES)

        def groups(catching: float, turning: float) -> tuple[float, float]:
            naive = (1 - catching) ** last / ages
            radical = catching / ages * ((1 - turning) ** last - (1 - catching) ** last)
            radical = radical / (catching - turning)
            return float(radical.sum()), float(1 - naive.sum() - radical.sum())

        def gap(radicals: float) -> float:
            turning = 0.5 * radicals

            def catch(catching: float) -> float:
                _, moderates = groups(catching, turning)
                return (0.1 - moderates) * radicals + 0.0005 - catching

            catching = brentq(catch, turning * (1e-9), turning * (1 - 1e-7), xtol=1e-15)
            return groups(catching, turning)[0] - radicals

        expected = brentq(gap, 0.03, 0.15, xtol=1e-14)
        samples = {
            "forcing": np.zeros(1),
            "spontaneous": 0.0005,
            "least_susceptibility": 0.1,
            "aversion": 1.0,
            "disenchantment_strength": 0.5,
        }
        (found,) = ends(self.NAME, "radicals", 6000, samples)
        assert found == pytest.approx(expected, rel=WITHIN)
