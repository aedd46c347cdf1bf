"""The YAML front matter of a case: title, time, method, parts and defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import yaml

from headwater.errors import CaseError, ModelError, Place, SyntaxFault, did_you_mean
from headwater.formats.literate.clauses.numbers import constant_value, read_number
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.source import Source, Span
from headwater.language.syntax import Expression
from headwater.model.project import SimSpecs

KEYS = (
    "title",
    "time",
    "method",
    "tolerance",
    "parts",
    "license",
    "authors",
    "version",
    "description",
    "limits",
    "seed",
    "runs",
    "design",
    "baseline",
)
METHODS = ("euler", "heun", "midpoint", "rk4", "dopri5", "bosh3", "discrete")
DESIGNS = ("latin", "sobol", "random")
MAX_CHARACTERS = 50_000
MAX_STEPS = 50_000_000
MAX_RUNS = 100_000_000
_OPTION = re.compile(r"(step|save)\b")
_TIME_EXAMPLE = "as in `time: 2000 to 2040 year, step 1/16, save 1`"


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting: where its key stands, and its value as text or as a list of texts."""

    key: Place
    value: Stretch | tuple[Stretch, ...]
    text: str | tuple[str, ...]


@dataclass(slots=True)
class FrontMatter:
    """The settings at the top of a case."""

    sim_specs: SimSpecs = field(default_factory=SimSpecs)
    title: str = ""
    license: str = ""
    version: str = ""
    description: str = ""
    baseline: str = ""
    baseline_place: Place | None = None
    design: str = "latin"
    seed: int = 1
    runs: int = 1000
    authors: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    part_places: tuple[Place, ...] = ()


def read_front_matter(span: Span | None, source: Source, findings: Findings) -> FrontMatter:
    """Read the settings; what is wrong becomes findings."""
    result = FrontMatter()
    if span is None:
        hint = f"begin the file with `---`, a line `time: …`, and `---`; {_TIME_EXAMPLE}"
        findings.error("the case has no front matter", source.place(0, 1), hint, CaseError)
        return result
    if span.end - span.start > MAX_CHARACTERS:
        hint = f"it holds up to {MAX_CHARACTERS:,}; prose goes below it"
        message = f"the front matter has {span.end - span.start:,} characters"
        findings.error(message, source.place(0, 3), hint, CaseError)
        return result
    entries: dict[str, Entry] = {}
    with findings.collecting():
        entries = _entries(span)
    if "time" not in entries and not findings:
        place = source.place(0, 3)
        findings.error("the front matter sets no `time`", place, _TIME_EXAMPLE, CaseError)
    for key, entry in entries.items():
        with findings.collecting():
            _apply(result, key, entry)
    return result


def _apply(result: FrontMatter, key: str, entry: Entry) -> None:
    match key:
        case "title" | "license" | "version" | "description":
            setattr(result, key, _text(entry))
        case "authors" | "limits" | "parts":
            setattr(result, key, _texts(entry))
            if key == "parts":
                result.part_places = tuple(s.place for s in _given(entry))
        case "baseline":
            result.baseline, result.baseline_place = _text(entry), _stretches(entry)[0].place
        case "time":
            known = result.sim_specs
            result.sim_specs = replace(
                _time(_one(entry)), method=known.method, rtol=known.rtol, atol=known.atol
            )
        case "method":
            method = _choice(entry, "method", METHODS)
            result.sim_specs = replace(result.sim_specs, method=method)
        case "tolerance":
            relative, absolute = _tolerance(entry)
            result.sim_specs = replace(result.sim_specs, rtol=relative, atol=absolute)
        case "design":
            result.design = _choice(entry, "design", DESIGNS)
        case "seed":
            result.seed = _whole(entry, 0, 2**63 - 1)
        case "runs":
            result.runs = _whole(entry, 1, MAX_RUNS)
        case _:
            hint = did_you_mean(key, KEYS) or f"the settings are: {', '.join(KEYS)}"
            raise SyntaxFault(f"unknown setting `{key}`", entry.key, hint)


class _NoAliases(yaml.SafeLoader):
    """A loader that refuses anchors and aliases, with which a few lines stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors (&) and aliases (*) are not allowed; quote the text",
                problem_mark=event.start_mark,
            )
        return super().compose_node(parent, index)


def _entries(span: Span) -> dict[str, Entry]:
    """Parse the YAML text and keep the place of every key and value."""
    source = span.source
    try:
        node = yaml.compose(span.text, Loader=_NoAliases)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = span.start + min(mark.index if mark else 0, max(0, len(span.text) - 1))
        hint = 'quote texts that hold `: `, `#` or begin with a sign: `title: "a: b"`'
        raise SyntaxFault(f"not YAML: {error.problem}", source.place(at, at + 1), hint) from None
    except (yaml.YAMLError, RecursionError) as error:
        place = source.place(span.start, span.start + 1)
        hint = "write one `key: value` a line"
        raise SyntaxFault(f"not YAML: {str(error)[:100]}", place, hint) from None
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        place = source.place(span.start, span.start + 1)
        raise SyntaxFault("expected settings", place, "write one `key: value` a line")
    entries: dict[str, Entry] = {}
    for key, value in node.value:
        key_place = _stretch(key, span).place
        if not isinstance(key, yaml.ScalarNode):
            raise SyntaxFault("expected the name of a setting", key_place, ", ".join(KEYS))
        if key.value in entries:
            raise SyntaxFault(f"`{key.value}` is set twice", key_place, "keep one of them")
        entries[key.value] = _entry(key_place, value, span)
    return entries


def _entry(key: Place, value: yaml.Node, span: Span) -> Entry:
    if isinstance(value, yaml.ScalarNode):
        return Entry(key, _stretch(value, span), value.value.strip())
    if isinstance(value, yaml.SequenceNode):
        if all(isinstance(item, yaml.ScalarNode) for item in value.value):
            stretches = tuple(_stretch(item, span) for item in value.value)
            return Entry(key, stretches, tuple(item.value.strip() for item in value.value))
    place = _stretch(value, span).place
    raise SyntaxFault("expected a text or a list of texts", place, "as in `limits: [one, two]`")


def _stretch(node: yaml.Node, span: Span) -> Stretch:
    start, end = span.start + node.start_mark.index, span.start + node.end_mark.index
    text = span.source.text[start:end]
    return Stretch(span.source, start, end, text, text).strip()


def _one(entry: Entry) -> Stretch:
    if not isinstance(entry.value, Stretch):
        raise SyntaxFault("expected one value, not a list", entry.key, "remove the list")
    if not entry.text:
        raise SyntaxFault("the value is missing", entry.key, "write it, or remove the line")
    return entry.value.strip("'\"")


def _stretches(entry: Entry) -> tuple[Stretch, ...]:
    return entry.value if isinstance(entry.value, tuple) else (entry.value,)


def _text(entry: Entry) -> str:
    _one(entry)
    return entry.text if isinstance(entry.text, str) else ""


def _texts(entry: Entry) -> tuple[str, ...]:
    texts = entry.text if isinstance(entry.text, tuple) else (entry.text,)
    return tuple(text for text in texts if text)


def _given(entry: Entry) -> tuple[Stretch, ...]:
    """Return where the texts that are not empty stand."""
    texts = entry.text if isinstance(entry.text, tuple) else (entry.text,)
    return tuple(s for s, text in zip(_stretches(entry), texts, strict=True) if text)


def _choice(entry: Entry, what: str, choices: tuple[str, ...]) -> str:
    word = _text(entry).lower()
    if word not in choices:
        hint = did_you_mean(word, choices) or f"use one of: {', '.join(choices)}"
        raise SyntaxFault(f"unknown {what} `{word}`", _one(entry).place, hint)
    return word


def _tolerance(entry: Entry) -> tuple[float, float]:
    """Read ``RELATIVE`` or ``RELATIVE, ABSOLUTE``; the latter is a thousandth if left out."""
    value = _one(entry)
    try:
        numbers = [float(part) for part in _text(entry).split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or not all(0 < n < 1 for n in numbers):
        hint = "as in `tolerance: 1e-8`, or `tolerance: 1e-8, 1e-6` (relative, absolute)"
        raise SyntaxFault("expected one or two numbers above 0 and below 1", value.place, hint)
    return numbers[0], numbers[-1] if len(numbers) == 2 else numbers[0] * 1e-3


def _whole(entry: Entry, low: int, high: int) -> int:
    value = _one(entry)
    try:
        number = int(_text(entry).replace("_", ""))
    except ValueError:
        raise SyntaxFault("expected a whole number", value.place, "as in `seed: 1`") from None
    if not low <= number <= high:
        raise ModelError(f"{number} is out of range", value.place, f"use {low} to {high}")
    return number


def _time(text: Stretch) -> SimSpecs:
    """Read ``START to STOP UNIT, step S, save S``; S may be an expression in parentheses."""
    text = Stretch.of(text.source, text.start, text.end)
    parts = text.split(",")
    to = parts[0].word("to")
    if to is None:
        raise SyntaxFault("expected `START to STOP`", text.place, _TIME_EXAMPLE)
    start = read_number(parts[0].cut(0, to.start()), "the start time")
    end = parts[0].cut(to.end())
    unit = re.search(r"[^\W\d]\w*$", end.surface)
    stop_text = end.cut(0, unit.start()) if unit and unit.start() else end
    stop = read_number(stop_text, "the stop time")
    options = _options(parts[1:])
    steps = {k: v for k, v in options.items() if isinstance(v, float)}
    moving = {k: v for k, v in options.items() if not isinstance(v, float)}
    step = steps.get("step", 1.0)
    save = steps.get("save", 1.0 if _is_multiple(1.0, step) else step)
    if stop <= start:
        hint = f"write `{stop:g} to {start:g}`" if stop < start else "let the run last"
        raise ModelError(f"the run stops at {stop:g}, not after {start:g}", text.place, hint)
    if step <= 0 or save <= 0:
        raise ModelError("steps must be above 0", text.place, _TIME_EXAMPLE)
    if step > stop - start:
        raise ModelError("the step is longer than the run", text.place, "use a shorter step")
    if (stop - start) / step > MAX_STEPS:
        hint = f"a run has up to {MAX_STEPS:,} steps"
        raise ModelError(f"a run of {(stop - start) / step:,.0f} steps", text.place, hint)
    if not moving and not _is_multiple(save, step):
        hint = f"save every {step:g} or a multiple of it"
        raise ModelError(f"{save:g} is no multiple of the step {step:g}", text.place, hint)
    return SimSpecs(
        start,
        stop,
        step,
        steps.get("save", 0.0) if moving else save,
        time_unit=unit.group() if unit and unit.start() else "",
        step_expression=moving.get("step"),
        save_expression=moving.get("save"),
    )


def _is_multiple(save: float, step: float) -> bool:
    if step <= 0 or save < step:
        return False
    ratio = save / step
    return abs(ratio - round(ratio)) <= 1e-6 * ratio


def _options(parts: list[Stretch]) -> dict[str, float | Expression]:
    """Return the step and the save interval: numbers, or expressions that change with time."""
    found: dict[str, float | Expression] = {}
    for part in parts:
        match = part.find(_OPTION)
        if match is None or match.start():
            hint = did_you_mean(part.first_word(), ("step", "save")) or _TIME_EXAMPLE
            raise SyntaxFault("expected `step` or `save`", part.place, hint)
        if match.group() in found:
            raise SyntaxFault(f"`{match.group()}` is given twice", part.place, "keep one of them")
        value = part.cut(match.end())
        expression = value.expression(f"the {match.group()}")
        if value.plain.startswith("(") and constant_value(expression) is None:
            found[match.group()] = expression
        else:
            found[match.group()] = read_number(value, f"the {match.group()}")
    return found
