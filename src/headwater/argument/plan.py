"""What a test is going to compute, worked out and checked before any run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from headwater.argument.conditions import Needs, Vocabulary, inspect, names_in, sides
from headwater.argument.ledger.anchors import read_document, resolve
from headwater.argument.ledger.claims import Figure, Ledger, cross_check, read_ledger
from headwater.argument.ledger.evidence import inspect_evidence
from headwater.argument.ledger.sources import SourceRecord, read_sources
from headwater.errors import CaseError, Diagnostics, Place, did_you_mean
from headwater.formats.files import inside
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Binary, Expression, Number
from headwater.model.case import Case, Expectation
from headwater.model.variables import AnyVariable, Constant, Graph, Provenance


@dataclass(frozen=True, slots=True)
class Plan:
    """A case that is ready to be tested.

    ``outputs`` are canonical names of all variables that must be saved; ``needs`` tells for each
    expectation what it compares. ``quotes`` are the claims' spans, verified, where the case ships
    the document that makes them.
    """

    case: Case
    ledger: Ledger
    sources: tuple[SourceRecord, ...]
    outputs: tuple[str, ...]
    needs: dict[str, Needs] = field(default_factory=dict)
    quotes: Mapping[str, str] = field(default_factory=dict)


def prepare(case: Case) -> Plan:
    """Read a case's claims and sources and check everything that its test will use.

    Raises:
        CaseError: with every problem found.
    """
    if case.folder is None:
        raise CaseError("this model is not a case folder, so it has no claims to test")
    sources = read_sources(case.folder / "sources.yaml")
    ledger = read_ledger(case.folder / "claims.yaml")
    problems = Diagnostics()
    rested_on = {identity for identity, _ in provenance_ids(case)}
    tested = {claim for e in case.expectations for claim in e.claims}
    cross_check(ledger, {s.id for s in sources}, tested, rested_on, problems)
    _check_ids(case, ledger, sources, problems)
    inspect_evidence(ledger, case.project, problems)
    plan = _inspect_conditions(case, ledger, sources, problems)
    problems.raise_errors(CaseError)
    return replace(plan, quotes=_shipped_quotes(case.folder, ledger, sources))


def _shipped_quotes(
    folder: Path, ledger: Ledger, sources: tuple[SourceRecord, ...]
) -> Mapping[str, str]:
    record = next(s for s in sources if s.id == ledger.source)
    if not record.file:
        return {}
    place = record.place or Place(ledger.file)
    path = inside(folder, record.file, place, CaseError)
    return resolve(ledger, read_document(path), str(path))


def all_variables(case: Case) -> Iterator[AnyVariable]:
    """Yield the variables of the base and of every variant."""
    yield from case.project.variables
    for variant in case.variants:
        yield from variant.variables


def provenance_ids(case: Case) -> Iterator[tuple[str, AnyVariable | None]]:
    """Yield every id that a variable, policy or variant rests on."""
    for variable in all_variables(case):
        for identity in variable.provenance.because:
            yield identity, variable
    for policy in case.policies:
        yield from ((identity, None) for identity in policy.because)
    for variant in case.variants:
        yield from ((identity, None) for identity in variant.because)


def _check_ids(
    case: Case, ledger: Ledger, sources: tuple[SourceRecord, ...], problems: Diagnostics
) -> None:
    known = {c.id for c in ledger.claims} | {s.id for s in sources}
    for identity, variable in provenance_ids(case):
        if identity not in known:
            what = f"`{variable.name}` rests on" if variable else "a policy or variant rests on"
            problems.error(
                f"{what} `{identity}`, which is neither a claim nor a source",
                variable.span.place if variable and variable.span else None,
                did_you_mean(identity, known) or "add it to claims.yaml or sources.yaml",
            )
    for variable in all_variables(case):
        if isinstance(variable, Constant) and variable.provenance == Provenance():
            problems.error(
                f"the constant `{variable.name}` names neither a source nor an assumption",
                variable.span.place if variable.span else None,
                'add `because ID` or `assume "reason"`',
            )
    _check_loops(case, problems)


def _check_loops(case: Case, problems: Diagnostics) -> None:
    """A loop's claims are judged with it and without it, so each must be put to runs."""
    tested = {claim for e in case.expectations for claim in e.claims}
    for loop in case.loops:
        for claim in loop.claims:
            if claim not in tested:
                problems.error(
                    f"the loop `{loop.title}` names `{claim}`, which no expectation tests",
                    loop.span.place if loop.span else None,
                    did_you_mean(claim, tested) or "name a claim that an `expect` statement tests",
                )


def vocabulary(case: Case) -> Vocabulary:
    """Return the words that the case's conditions may use."""
    variables, constants = set(), set()
    for variable in all_variables(case):
        if isinstance(variable, Constant):
            constants.add(variable.key)
        elif not (isinstance(variable, Graph) and not variable.equations):
            variables.add(variable.key)
    specs = case.project.sim_specs
    policies = {canonical(p.name) for p in case.policies} | {""}
    return Vocabulary(
        frozenset(variables | constants),
        frozenset(constants),
        frozenset(policies),
        specs.start,
        specs.stop,
    )


def _inspect_conditions(
    case: Case, ledger: Ledger, sources: tuple[SourceRecord, ...], problems: Diagnostics
) -> Plan:
    words = vocabulary(case)
    outputs: set[str] = set()
    needs: dict[str, Needs] = {}
    for expectation in case.expectations:
        found = inspect(expectation.condition, words, problems)
        effect = effect_of(expectation)
        if effect is not None and expectation.effect is not None:
            extra = inspect(effect, words, problems)
            found.variables |= extra.variables
            found.constants |= extra.constants
            found.policies |= extra.policies
        _check_links(expectation, words, problems)
        needs[expectation.name] = found
        outputs |= found.variables.keys() | found.constants.keys()
    for claim in ledger.claims:
        for figure in claim.model:
            outputs |= _model_needs(figure, words, problems)
    followed: list[tuple[Expression, Span | None]] = [
        *((o.variable, o.span) for o in case.outcomes),
        *((c.variable, c.span) for c in case.comparisons),
    ]
    for expression, span in followed:
        outputs |= _followed(expression, span, words, problems)
    _check_variants(case, outputs, problems)
    return Plan(case, ledger, sources, tuple(sorted(outputs)), needs)


def _check_variants(case: Case, outputs: set[str], problems: Diagnostics) -> None:
    """What is looked at must be there under every rival structure."""
    base = {v.key for v in case.project.variables}
    for variant in case.variants:
        own = base | {v.key for v in variant.variables}
        for key in sorted(outputs - own):
            holders = [v.name for v in case.variants if key in {x.key for x in v.variables}]
            problems.error(
                f"the variant `{variant.name}` has no variable `{key}`, which the test looks at",
                variant.span.place if variant.span else None,
                f"it is only in {', '.join(f'`{n}`' for n in holders)}: declare it there too, or "
                "outside of the variants",
            )


def effect_of(expectation: Expectation) -> Expression | None:
    """Return the expression of the effect size: as stated, else left side / right side."""
    if expectation.effect is not None:
        return expectation.effect
    pair = sides(expectation.condition)
    if pair is None:
        return None
    left, right = pair
    if isinstance(right, Number):
        return left
    return Binary("/", left, right)


def _check_links(expectation: Expectation, words: Vocabulary, problems: Diagnostics) -> None:
    for link in expectation.links:
        name = link.variable
        if name.key not in words.constants:
            problems.error(
                f"the link `{name.text}` is not a constant",
                name.span.place if name.span else None,
                did_you_mean(name.key, words.constants)
                or "a link is carried by a constant that can be cut",
            )


def _model_needs(figure: Figure, words: Vocabulary, problems: Diagnostics) -> set[str]:
    if figure.compute is None:
        problems.error("a model figure needs `compute`", figure.place)
        return set()
    found = Diagnostics()
    needs = inspect(figure.compute, words, found)
    for item in found.items:
        problems.error(item.message, figure.place, item.hint)
    return {*needs.variables, *needs.constants}


def _followed(
    expression: Expression, span: Span | None, words: Vocabulary, problems: Diagnostics
) -> set[str]:
    keys = {n.key for n in names_in([expression])}
    for key in sorted(keys - words.variables):
        problems.error(
            f"no variable `{key}`",
            span.place if span else None,
            did_you_mean(key, words.variables),
        )
    return keys & words.variables
