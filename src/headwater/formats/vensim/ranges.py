"""Subscript ranges: explicit and numeric lists, ranges inside ranges, aliases and mappings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from headwater.errors import ModelError, Place
from headwater.formats.vensim.equations import Alias, RangeTokens
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.tokens import Token
from headwater.language.names import canonical, free_name
from headwater.language.source import Span
from headwater.language.syntax import Call, Text
from headwater.model.variables import Dimension, Mapping

MAX_ELEMENTS = 1_000_000
MAX_DEPTH = 50
_NUMBERED = re.compile(r"(.*?)(\d+)$", re.DOTALL)

ReadSubscript = Callable[[tuple[str, ...], Place | None], list[str]]


@dataclass(frozen=True, slots=True)
class MapTarget:
    """``-> target``, or ``-> (target: item, item)``; an item is an element or a range."""

    target: str
    items: tuple[str, ...]


@dataclass(slots=True)
class RangeDraft:
    """A range as it is written: elements and other ranges, and what it is mapped to."""

    name: str
    items: list[str] = field(default_factory=list)
    targets: list[MapTarget] = field(default_factory=list)
    span: Span | None = None
    alias_of: str = ""
    documentation: str = ""


def read_range(definition: RangeTokens, read_subscript: ReadSubscript) -> RangeDraft:
    """Read what follows the colon of a range. Raises SyntaxFault."""
    span = definition.entry.equation
    reader = ExpressionReader(span.source, definition.tokens)
    draft = RangeDraft(definition.name, span=span, documentation=definition.entry.comment)
    if _is_external(reader):
        call = reader.expression()
        assert isinstance(call, Call)
        arguments = tuple(a.value for a in call.arguments if isinstance(a, Text))
        draft.items = read_subscript(arguments, span.place)
    elif not reader.at("->"):
        _read_items(reader, draft)
    if reader.accept("->"):
        _read_targets(reader, draft)
    if reader.token.kind != "end":
        reader.fail(f"`{reader.token.text}` cannot follow here")
    return draft


def _is_external(reader: ExpressionReader) -> bool:
    name, following = reader.token, reader.tokens[min(1, len(reader.tokens) - 1)]
    return name.kind == "name" and following.text == "(" and following.kind == "operator"


def _read_items(reader: ExpressionReader, draft: RangeDraft) -> None:
    while True:
        if reader.accept("("):
            first = _item(reader)
            reader.expect("-", "the first element of a numbered run")
            last = reader.token
            draft.items += _run(reader, first, _item(reader), last)
            reader.expect(")", "a numbered run of elements")
        elif reader.token.kind != "end":
            draft.items.append(_item(reader))
        if not reader.accept(","):
            return


def _item(reader: ExpressionReader) -> str:
    token = reader.token
    if token.kind not in ("name", "number"):
        reader.fail("the name of an element or of a range is expected here")
    return reader.advance().text


def _run(reader: ExpressionReader, first: str, last: str, token: Token) -> list[str]:
    """Return ``A1, A2, A3`` for ``(A1-A3)``."""
    a, b = _NUMBERED.match(first), _NUMBERED.match(last)
    if a is None or b is None or _stem(a) != _stem(b):
        reader.fail(
            f"`{first}-{last}` is no run of elements",
            "both ends must be the same word with a number after it, such as (A1-A5)",
            token,
        )
    low, high = int(a.group(2)), int(b.group(2))
    if high < low:
        reader.fail(f"the run of elements `{first}-{last}` goes down", "swap its ends", token)
    if high - low >= MAX_ELEMENTS:
        reader.fail(f"the run of elements `{first}-{last}` is too long", token=token)
    width = len(a.group(2)) if a.group(2).startswith("0") else 1
    return [f"{a.group(1)}{number:0{width}d}" for number in range(low, high + 1)]


def _stem(numbered: re.Match[str]) -> str:
    """The word before the number, for comparison: an underscore before it is as good as a blank."""
    return canonical(numbered.group(1).rstrip("_ "))


def _read_targets(reader: ExpressionReader, draft: RangeDraft) -> None:
    while True:
        if reader.accept("("):
            target = _item(reader)
            reader.expect(":", "the range that is mapped to")
            items = [_item(reader)]
            while reader.accept(","):
                items.append(_item(reader))
            reader.expect(")", "the elements that are mapped to")
            draft.targets.append(MapTarget(target, tuple(items)))
        else:
            draft.targets.append(MapTarget(_item(reader), ()))
        if not reader.accept(","):
            return


def alias_draft(alias: Alias) -> RangeDraft:
    """Return the range that an alias makes: the same elements under another name."""
    span = alias.entry.equation
    return RangeDraft(alias.name, [alias.target], [], span, alias.target, alias.entry.comment)


def make_dimensions(drafts: Sequence[RangeDraft]) -> list[Dimension]:
    """Return the dimensions, with ranges inside ranges replaced by their elements.

    A range whose elements all belong to a larger one has the largest such range as its parent:
    that one numbers the elements. An element that a range lists twice is one element of it, but has
    two places in its mappings. Raises ModelError.
    """
    by_key = {canonical(d.name): d for d in drafts}
    listed = _listed(drafts, by_key)
    elements = {key: _without_repeats(members) for key, members in listed.items()}
    made: list[Dimension] = []
    parents = _parents(by_key, elements)
    for key, draft in by_key.items():
        mappings = tuple(_mapping(draft, t, listed, elements) for t in draft.targets)
        parent = parents.get(key)
        name = by_key[parent].name if parent else ""
        made.append(
            Dimension(draft.name, elements[key], parent=name, mappings=mappings, span=draft.span)
        )
    return made


def repeating(drafts: Sequence[RangeDraft]) -> dict[str, str]:
    """Return the ranges that list an element twice, by look-up name, and the first such element."""
    found: dict[str, str] = {}
    for draft in drafts:
        seen: set[str] = set()
        for item in draft.items:
            if canonical(item) in seen:
                found.setdefault(canonical(draft.name), item)
            seen.add(canonical(item))
    return found


def _listed(
    drafts: Sequence[RangeDraft], by_key: dict[str, RangeDraft]
) -> dict[str, tuple[str, ...]]:
    """Return what each range lists, with the ranges inside it replaced by their elements."""
    listed: dict[str, tuple[str, ...]] = {}
    for draft in drafts:
        _expand(draft, by_key, listed, [])
    return listed


def _expand(
    draft: RangeDraft,
    by_key: dict[str, RangeDraft],
    listed: dict[str, tuple[str, ...]],
    path: list[str],
) -> tuple[str, ...]:
    key = canonical(draft.name)
    if key in listed:
        return listed[key]
    if key in path or len(path) > MAX_DEPTH:
        what = "contains itself" if key in path else "lies too deep in other ranges"
        raise ModelError(f"the range `{draft.name}` {what}", _place(draft))
    found: list[str] = []
    for item in draft.items:
        inner = by_key.get(canonical(item))
        if inner is None:
            found.append(item)
            continue
        seen = set(map(canonical, found))
        members = _expand(inner, by_key, listed, [*path, key])
        found += [m for m in _without_repeats(members) if canonical(m) not in seen]
    if not found:
        raise ModelError(
            f"the range `{draft.name}` has no elements",
            _place(draft),
            "list its elements after the colon",
        )
    listed[key] = tuple(found)
    return listed[key]


def _without_repeats(members: tuple[str, ...]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for member in members:
        first.setdefault(canonical(member), member)
    return tuple(first.values())


def _parents(by_key: dict[str, RangeDraft], elements: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return, for each range, the largest range that holds all of its elements."""
    sets = {key: frozenset(canonical(e) for e in elements[key]) for key in by_key}
    holders: dict[str, list[str]] = {}
    for key, members in sets.items():
        for member in members:
            holders.setdefault(member, []).append(key)
    position = {key: k for k, key in enumerate(by_key)}
    parents: dict[str, str] = {}
    for key, members in sets.items():
        rarest = min(members, key=lambda m: len(holders[m]))
        larger = [h for h in holders[rarest] if h != key and sets[h] >= members]
        # Of ranges with the same elements the first one in the file numbers them.
        best = min(
            (*larger, key), key=lambda h: (-len(sets[h]), bool(by_key[h].alias_of), position[h])
        )
        if best != key:
            parents[key] = best
    return parents


def _mapping(
    draft: RangeDraft,
    target: MapTarget,
    listed: dict[str, tuple[str, ...]],
    elements: dict[str, tuple[str, ...]],
) -> Mapping:
    key, far = canonical(draft.name), canonical(target.target)
    if far not in elements:
        raise ModelError(
            f"`{draft.name}` is mapped to `{target.target}`, which is no range", _place(draft)
        )
    own, items = listed[key], target.items or listed[far]
    if len(items) != len(own):
        own, items = elements[key], target.items or elements[far]
    if len(items) != len(own):
        raise ModelError(
            f"`{draft.name}` has {len(own)} elements and is mapped to {len(items)} of "
            f"`{target.target}`",
            _place(draft),
            f"list one element or range of `{target.target}` for each: -> ({target.target}: …)",
        )
    pairs: list[tuple[str, str]] = []
    for mine, item in zip(own, items, strict=True):
        pairs += [(mine, member) for member in elements.get(canonical(item), (item,))]
    return Mapping(target.target, tuple(pairs))


def subrange(dimensions: Sequence[Dimension], chosen: Sequence[str]) -> Dimension:
    """Return a new dimension of the given elements, under the smallest range that holds them.

    Its name has no signs of its own, which other tools would want in quotes.
    """
    keys = {canonical(e) for e in chosen}
    holding = [d for d in dimensions if keys <= {canonical(e) for e in d.elements}]
    name = " ".join(chosen[:4]) + (f" and {len(chosen) - 4} more" if len(chosen) > 4 else "")
    taken = {d.key for d in dimensions}
    if not holding:
        return Dimension(free_name(name, taken), tuple(chosen))
    parent = min(holding, key=lambda d: len(d.elements))
    ordered = tuple(e for e in parent.elements if canonical(e) in keys)
    top = parent.parent or parent.name
    return replace(Dimension(free_name(f"{parent.name} {name}", taken), ordered), parent=top)


def _place(draft: RangeDraft) -> Place | None:
    return draft.span.place if draft.span else None
