"""Checks as statements of a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from headwater.errors import Diagnostics, HeadwaterError
from headwater.formats.literate.declarations.experiments import read_check
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.markdown import read_document
from headwater.formats.literate.text.statements import split_block
from headwater.formats.literate.writing.clauses import quoted
from headwater.formats.literate.writing.terms import Terms
from headwater.formats.losses import Losses
from headwater.formats.stated_checks import (
    STANDARD_TOLERANCE,
    first_of_each_title,
    lose,
    reason_against,
)
from headwater.language.printer import print_expression, print_number
from headwater.language.source import Source
from headwater.language.syntax import Binary, Expression, Name
from headwater.model.case import Check, Override
from headwater.model.project import Project
from headwater.model.variables import Auxiliary

_CLAUSES = ("tolerance", "note")


def check_statements(
    checks: Iterable[Check], project: Project, terms: Terms, losses: Losses
) -> Iterator[str]:
    """Yield the checks of a project that is written in ``terms``; those without a form are lost."""
    for check in first_of_each_title(checks, losses):
        reason = reason_against(check, project, terms.known, "headwater")
        made = None if reason else _in_terms(check, terms)
        text = _statement(made) if made is not None else ""
        if text:
            yield text
        else:
            lose(losses, check, reason or "that need variables of their own, or have no form here,")


def _in_terms(check: Check, terms: Terms) -> Check | None:
    """Return a check in the functions of the literate case; None: it needs more than those."""
    own = Terms(terms.project, Losses(), Diagnostics())
    owner = Auxiliary(name=check.title, equations=())

    def here(node: Expression) -> Expression:
        return own.expression(owner, node)

    overrides: list[Override] = []
    for override in check.overrides:
        name = here(override.variable)
        if not isinstance(name, Name):
            return None
        overrides.append(Override(name, here(override.value)))
    made = replace(check, condition=here(check.condition), overrides=tuple(overrides))
    return None if own.made or own.diagnostics.items or own.losses.report() else made


def _statement(check: Check) -> str:
    """Return a check's statement; nothing where it would not read back as the same."""
    if check.overrides and check.at is not None:
        return ""
    title, condition = quoted(check.title), _text(check.condition)
    if check.overrides:
        parts: list[Expression] = [Binary("=", o.variable, o.value) for o in check.overrides]
        held = parts[0]
        for part in parts[1:]:
            held = Binary("and", held, part)
        text = f"check {title}\n    when {_text(held)} then {condition}"
    elif check.at is not None:
        text = f"check {title} at {print_number(check.at)} {condition}"
    else:
        text = f"check {title} always {condition}"
    if check.tolerance != STANDARD_TOLERANCE:
        text += f"\n  tolerance {print_number(check.tolerance)}"
    return text if _read_again(text) == check else ""


def _text(expression: Expression) -> str:
    """Return an expression's text; in parentheses where it begins with the name of a clause."""
    text = print_expression(expression)
    return f"({text})" if text.lower().startswith(_CLAUSES) else text


def _read_again(text: str) -> Check | None:
    findings = Findings()
    document = read_document(Source("case.md", f"```headwater\n{text}\n```\n"), findings)
    statements = [s for block in document.blocks for s in split_block(block, findings)]
    try:
        checks = list(map(read_check, statements))
    except HeadwaterError:
        return None
    return checks[0] if len(checks) == 1 and not len(findings) else None
