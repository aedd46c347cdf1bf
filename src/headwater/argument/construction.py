"""Could the verdict have been otherwise? The *by construction* test.

Each expectation's own link is cut, and then its sign is freed; the same draws are used otherwise.
A claim that holds, or fails, in all three ensembles does so by construction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from headwater.argument.results import Construction
from headwater.argument.trials import Trials
from headwater.errors import Diagnostics
from headwater.language.printer import print_expression
from headwater.model.case import Expectation, Link
from headwater.model.uncertainty import Range

CONSTRUCTION_RUNS = 500


class Simulate(Protocol):
    """Runs an ensemble of ``runs`` draws and evaluates expectations over it."""

    def __call__(
        self,
        expectations: Sequence[Expectation],
        runs: int,
        fixed: Mapping[str, float],
        freed: Mapping[str, Range],
    ) -> Trials:
        """``fixed`` and ``freed`` replace the ranges of the constants they name."""
        ...


def construction_test(
    expectations: Sequence[Expectation], runs: int, simulate: Simulate
) -> dict[str, Construction]:
    """Return the outcome of the test for every expectation that names its link.

    Expectations with the same links share their ensembles.
    """
    linked = [e for e in expectations if e.links]
    if not linked:
        return {}
    count = min(runs, CONSTRUCTION_RUNS)
    stated = simulate(linked, count, {}, {})
    found: dict[str, Construction] = {}
    for links, members in _by_links(linked).items():
        cut = simulate(members, count, {_label(k): k.cut for k in links}, {})
        freed = simulate(members, count, {}, {_label(k): k.freed for k in links})
        for expectation in members:
            name = expectation.name
            found[name] = Construction(
                links=tuple(_label(k) for k in links),
                cases=count,
                stated=stated.result(name),
                cut=cut.result(name),
                freed=freed.result(name),
            )
    return found


def _by_links(
    expectations: Sequence[Expectation],
) -> dict[tuple[Link, ...], list[Expectation]]:
    groups: dict[tuple[Link, ...], list[Expectation]] = {}
    for expectation in expectations:
        groups.setdefault(expectation.links, []).append(expectation)
    return groups


def _label(link: Link) -> str:
    return print_expression(link.variable)


def untestable(expectations: Sequence[Expectation]) -> Diagnostics:
    """Return a warning for each expectation whose link cannot be tested, or only to one side."""
    found = Diagnostics()
    for expectation in expectations:
        if not expectation.links:
            found.warn(
                f"`{expectation.name}` names no link, so it cannot be told whether its verdict was "
                "built in",
                expectation.span.place if expectation.span else None,
                "add `link CONSTANT cut VALUE freed LOW to HIGH`",
            )
        for link in expectation.links:
            if not link.freed.low < link.cut < link.freed.high:
                found.warn(
                    f"the freed range of `{_label(link)}` does not reach to both sides of "
                    f"{link.cut:g}, where it is cut",
                    link.variable.span.place if link.variable.span else None,
                    "let `freed` reach below and above the value at which the link is absent",
                )
    return found
