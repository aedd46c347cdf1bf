"""Which variables of one model are those of another under new names.

Two kinds of evidence count: the same equation, up to names that are known to be renamed; and the
same role, which is that an equation of both models differs in the one name only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    NumberTable,
    Unary,
    transform,
    walk,
)
from headwater.model.diff.neutral import Neutral

Pairs = dict[str, str]
MAX_PAIRS = 250_000
_SAME_EQUATION = 2.0
_ALIKE = 0.6


def find_renames(first: Mapping[str, Neutral], second: Mapping[str, Neutral]) -> Pairs:
    """Return the names of ``first`` that have another name in ``second``."""
    renamed: Pairs = {}
    while True:
        found = _round(first, second, renamed)
        if not found:
            return renamed
        renamed |= found


def _round(first: Mapping[str, Neutral], second: Mapping[str, Neutral], renamed: Pairs) -> Pairs:
    """Return the pairs for which there is evidence now, the best first."""
    gone = [k for k in first if k not in second and k not in renamed]
    taken = set(renamed.values())
    new = [k for k in second if k not in first and k not in taken]
    if not gone or not new or len(gone) * len(new) > MAX_PAIRS:
        return {}
    roles = _roles(first, second, renamed, set(gone), set(new))
    scores: list[tuple[float, float, str, str]] = []
    for a in gone:
        for b in new:
            score = _score(first[a], second[b], renamed, roles[a, b])
            if score > 0:
                scores.append((score, _likeness(a, b), a, b))
    found: Pairs = {}
    for _, _, a, b in sorted(scores, key=lambda s: (-s[0], -s[1])):
        if a not in found and b not in found.values():
            found[a] = b
    return found


def _score(a: Neutral, b: Neutral, renamed: Pairs, votes: int) -> float:
    if a.kind != b.kind or len(a.dimensions) != len(b.dimensions):
        return 0.0
    alike = _same_content(a, b, {**renamed, a.key: b.key})
    if alike and (votes or not _is_trivial(a) or _likeness(a.key, b.key) >= _ALIKE):
        return _SAME_EQUATION + votes
    return float(votes)


def _same_content(a: Neutral, b: Neutral, renamed: Pairs) -> bool:
    if a.graphs != b.graphs or a.expressions.keys() != b.expressions.keys():
        return False
    if a.kind == "data":
        return getattr(a.variable, "series", ()) == getattr(b.variable, "series", ())
    return all(with_names(e, renamed) == b.expressions[part] for part, e in a.expressions.items())


def _is_trivial(a: Neutral) -> bool:
    """Tell whether a variable says too little for its equation to be evidence: a number."""
    return not a.graphs and all(isinstance(e, Number | NumberTable) for e in a.expressions.values())


def _likeness(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b).ratio()


def _roles(
    first: Mapping[str, Neutral],
    second: Mapping[str, Neutral],
    renamed: Pairs,
    gone: set[str],
    new: set[str],
) -> Counter[tuple[str, str]]:
    """Count in how many equations a new name stands exactly where an old one stood."""
    votes: Counter[tuple[str, str]] = Counter()
    for key, a in first.items():
        b = second.get(renamed.get(key, key))
        if b is None:
            continue
        for part, expression in a.expressions.items():
            other = b.expressions.get(part)
            if other is not None:
                expected = with_names(expression, renamed)
                votes.update(_pairs(expected, other, gone, new))
    return votes


def _pairs(a: Expression, b: Expression, gone: set[str], new: set[str]) -> set[tuple[str, str]]:
    """Return the pairs of names in which alone two expressions differ, none if in more."""
    found: Pairs = {}
    for x, y in _together(a, b):
        if isinstance(x, Name) and isinstance(y, Name):
            if x.key == y.key:
                continue
            if x.key not in gone or y.key not in new or found.get(x.key, y.key) != y.key:
                return set()
            found[x.key] = y.key
        elif not _same_node(x, y):
            return set()
    return set(found.items())


def _together(a: Expression, b: Expression) -> Iterator[tuple[Expression, Expression]]:
    left, right = list(walk(a)), list(walk(b))
    if len(left) != len(right):
        yield Number(0.0), Number(1.0)
        return
    yield from zip(left, right, strict=True)


def _same_node(x: Expression, y: Expression) -> bool:
    if type(x) is not type(y):
        return False
    match x, y:
        case (Binary(operator=p), Binary(operator=q)) | (Unary(operator=p), Unary(operator=q)):
            return p == q
        case Call(function=f), Call(function=g):
            return f.key == g.key and len(f.subscripts) == len(g.subscripts)
        case Conditional(), Conditional():
            return True
    return x == y


def with_names(node: Expression, renamed: Pairs) -> Expression:
    """Return an expression with the new names."""
    if not renamed:
        return node

    def change(part: Expression) -> Expression:
        match part:
            case Name(key=key) if key in renamed:
                return Name(renamed[key], part.subscripts, part.span)
            case Call(function=Name(key=key) as function) if key in renamed:
                name = Name(renamed[key], function.subscripts, function.span)
                return Call(name, part.arguments, part.span)
        return part

    return transform(node, change)
