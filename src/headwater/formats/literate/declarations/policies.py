"""Policies: settings of levers, with those taken from other policies merged in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NoReturn

from headwater.errors import ModelError, SyntaxFault, did_you_mean
from headwater.formats.literate.clauses.common import read_text
from headwater.formats.literate.clauses.numbers import constant_value, short
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.headers import (
    cut_title,
    read_ids,
    read_name,
    read_names,
    read_reference,
    reference_text,
    split_setting,
)
from headwater.formats.literate.text.statements import (
    Clause,
    Statement,
    body_indent,
    clauses_by_keyword,
    group_lines,
)
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.names import canonical
from headwater.model.case import Policy, Setting
from headwater.model.variables import AnyVariable, Lever

_CLAUSES = ("probe", "note", "because")


@dataclass(frozen=True, slots=True)
class DeclaredPolicy:
    """A policy as it stands in the text: its own settings only."""

    policy: Policy
    name: Stretch
    parents: tuple[Stretch, ...]


def read_policy(statement: Statement, findings: Findings) -> DeclaredPolicy:
    """Read one policy. Raises :class:`SyntaxFault`; mistakes in its lines become findings."""
    head = Stretch.of(statement.source, statement.head.end, statement.lines[0].end)
    start = head.word("from")
    inherited = head.cut(start.end()) if start else None
    if inherited is not None and not inherited:
        hint = "name policies declared in this case"
        raise SyntaxFault("`from` names nothing", head.place, hint)
    name, title = cut_title(head.cut(0, start.start()) if start else head)
    parents = tuple(inherited.split(",")) if inherited else ()
    policy = Policy(
        read_name(name, "the policy's name"),
        title,
        parents=read_names(inherited, "the policy's name") if inherited else (),
        span=name.span,
    )
    settings: dict[str, Setting] = {}
    clauses: list[Clause] = []
    indent = body_indent(statement)
    for lines in group_lines(statement.source, statement.lines[1:], indent, findings):
        with findings.collecting():
            line = Stretch.of(statement.source, lines[0].start, lines[-1].end)
            if line.first_word() in _CLAUSES and split_setting(line) is None:
                clauses.append(_clause(line))
                continue
            setting, stretch = _setting(line)
            key = canonical(reference_text(setting.lever))
            if key in settings:
                first = settings[key].span
                findings.duplicate(
                    "setting of",
                    setting.lever.text,
                    stretch.place,
                    first.place if first else stretch.place,
                )
            settings[key] = setting
    found = clauses_by_keyword(clauses, _CLAUSES, "a policy")
    if "probe" in found and found["probe"].body:
        extra = found["probe"].body
        raise SyntaxFault(f"unexpected `{short(extra)}`", extra.place, "`probe` stands alone")
    policy = replace(
        policy,
        settings=tuple(settings.values()),
        documentation=read_text(found, "note", "the note"),
        because=read_ids(found["because"]) if "because" in found else (),
        probe="probe" in found,
    )
    return DeclaredPolicy(policy, name, parents)


def _clause(line: Stretch) -> Clause:
    word = line.first_word()
    return Clause(word, line.cut(0, len(word)), line.cut(len(word)))


def _setting(line: Stretch) -> tuple[Setting, Stretch]:
    sides = split_setting(line)
    if sides is None or not sides[0] or not sides[1]:
        hint = "write `lever = expression`; a policy's other lines are probe, note and because"
        raise SyntaxFault("expected the setting of a lever", line.place, hint)
    left, right = sides
    return Setting(read_reference(left, "a lever"), right.expression(), left.span), left


def merge_policies(declared: Iterable[DeclaredPolicy], findings: Findings) -> tuple[Policy, ...]:
    """Give each policy the settings of the policies it is made ``from``; later ones prevail."""
    by_key: dict[str, DeclaredPolicy] = {}
    for item in declared:
        key = canonical(item.policy.name)
        if key in by_key:
            findings.duplicate("policy", item.policy.name, item.name.place, by_key[key].name.place)
        else:
            by_key[key] = item
    merged: dict[str, tuple[Setting, ...]] = {}
    for key in by_key:
        with findings.collecting():
            if key not in merged:
                _merge(key, by_key, merged)
    return tuple(
        replace(item.policy, settings=merged.get(key, item.policy.settings))
        for key, item in by_key.items()
    )


def _merge(
    key: str, by_key: dict[str, DeclaredPolicy], merged: dict[str, tuple[Setting, ...]]
) -> None:
    """Fill ``merged`` for a policy and all that it is made from, without recursion."""
    path: list[str] = [key]
    while path:
        item = by_key[path[-1]]
        parents = [canonical(parent) for parent in item.policy.parents]
        for parent, stretch in zip(parents, item.parents, strict=True):
            if parent not in by_key or parent in path:
                # Reported once, not for every policy that is made from this one.
                merged.update((p, by_key[p].policy.settings) for p in path)
                _refuse(stretch, parent in by_key, by_key.values())
        waiting = next((parent for parent in parents if parent not in merged), None)
        if waiting is not None:
            path.append(waiting)
            continue
        settings: dict[str, Setting] = {}
        for setting in (*(s for p in parents for s in merged[p]), *item.policy.settings):
            _override(settings, setting)
        merged[path.pop()] = tuple(settings.values())


def _refuse(parent: Stretch, known: bool, policies: Iterable[DeclaredPolicy]) -> NoReturn:
    if known:
        hint = "a policy cannot be made from itself"
        raise ModelError(f"`{parent.text}` is made from this one", parent.place, hint)
    hint = did_you_mean(parent.text, (p.policy.name for p in policies))
    hint = hint or f'declare it: `policy {parent.text} "Title"`'
    raise ModelError(f"no policy `{parent.text}`", parent.place, hint)


def _override(settings: dict[str, Setting], setting: Setting) -> None:
    """Add a setting after the earlier ones that it replaces are gone."""
    for key, earlier in list(settings.items()):
        whole = not setting.lever.subscripts
        if earlier.lever == setting.lever or (whole and earlier.lever.key == setting.lever.key):
            del settings[key]
    settings[canonical(reference_text(setting.lever))] = setting


def check_settings(
    policies: Iterable[DeclaredPolicy],
    variables: dict[str, AnyVariable],
    unread: set[str],
    findings: Findings,
) -> None:
    """Report settings of what is no lever; ``unread`` names variables that could not be read."""
    levers = [v.name for v in variables.values() if isinstance(v, Lever)]
    for item in policies:
        for setting in item.policy.settings:
            key = setting.lever.key
            variable = variables.get(key)
            place = setting.span.place if setting.span else None
            if isinstance(variable, Lever):
                with findings.collecting():
                    _check_range(setting, variable)
            if key in unread or isinstance(variable, Lever):
                continue
            if variable is None:
                hint = did_you_mean(setting.lever.text, levers)
                hint = hint or (f"the levers are: {', '.join(levers[:20])}" if levers else "")
                hint = hint or f"declare it: `lever {setting.lever.text} : unit = baseline`"
                findings.error(f"no lever `{setting.lever.text}`", place, hint, ModelError)
            else:
                what = type(variable).__name__.lower()
                hint = "a policy sets levers only; declare it as a lever"
                message = f"`{variable.name}` is a {what}, not a lever"
                findings.error(message, place, hint, ModelError)


def _check_range(setting: Setting, lever: Lever) -> None:
    value = constant_value(setting.expression)
    limits = lever.range
    if value is not None and limits and not limits.low <= value <= limits.high:
        place = setting.expression.span.place if setting.expression.span else None
        message = f"{value:g} is outside of the lever's range {limits.low:g} to {limits.high:g}"
        raise ModelError(message, place, "correct the setting or widen the range")
