"""YAML with places: plain data, and where each value stands in its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from headwater.errors import CaseError, Diagnostics, Place, did_you_mean
from headwater.formats.files import read_text

MAX_BYTES = 20_000_000
MAX_VALUES = 500_000

Scalar = str | int | float | bool | None
Data = Scalar | list["Data"] | dict[str, "Data"]
Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Marked:
    """A value of a YAML file together with its place and a way to complain about it."""

    value: Data
    place: Place
    path: Path_ = ()
    problems: Diagnostics = field(default_factory=Diagnostics)
    places: Mapping[Path_, Place] = field(default_factory=dict)

    def _child(self, key: str | int, value: Data) -> Marked:
        path = (*self.path, key)
        return Marked(value, self.places.get(path, self.place), path, self.problems, self.places)

    def error(self, message: str, hint: str = "") -> None:
        """Record an error at this value's place."""
        self.problems.error(message, self.place, hint)

    def has(self, key: str) -> bool:
        """Whether this mapping has the key."""
        return isinstance(self.value, dict) and key in self.value

    def get(self, key: str) -> Marked:
        """Return the value under ``key``; a missing one has the value ``None``."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return self._child(key, value)

    def items(self) -> Iterator[Marked]:
        """Iterate over a list; records an error for anything else but a missing value."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self.error("expected a list here", "start each entry with `- `")
            return
        for index, value in enumerate(self.value):
            yield self._child(index, value)

    def keys(self) -> Sequence[str]:
        """Keys of a mapping, in file order."""
        return [str(key) for key in self.value] if isinstance(self.value, dict) else []

    def only(self, *known: str) -> None:
        """Record an error for every key of this mapping that is not among the known ones."""
        for key in self.keys():
            if key not in known:
                self.get(key).error(
                    f"unknown key `{key}`", did_you_mean(key, known) or f"known: {', '.join(known)}"
                )

    def text(self, default: str = "") -> str:
        """Return the value as text (numbers are allowed where text is expected)."""
        if self.value is None:
            return default
        if isinstance(self.value, list | dict):
            self.error("expected text here")
            return default
        return str(self.value).strip()

    def number(self) -> float | None:
        """Return a finite number, or ``None`` where there is no value."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.error(f"expected a number, found `{self.value}`")
            return None
        number = float(self.value)
        if number != number or number in (float("inf"), float("-inf")):
            self.error("expected a finite number")
            return None
        return number

    def integer(self) -> int | None:
        """Return a whole number, or ``None`` where there is no value."""
        if self.value is None or (isinstance(self.value, int) and not isinstance(self.value, bool)):
            return self.value
        self.error(f"expected a whole number, found `{self.value}`")
        return None

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        if isinstance(self.value, str):
            return (self.value.strip(),)
        return tuple(item.text() for item in self.items())


def read_yaml(path: Path, kind: str) -> Marked:
    """Read a YAML file.

    Raises:
        CaseError: the file is missing, too large, not UTF-8 or not YAML, or repeats a key.
    """
    text = _read_text(path, kind)
    places: dict[Path_, Place] = {}
    problems = Diagnostics()
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is not None:
            _visit(node, (), places, problems, str(path), text.splitlines())
        problems.raise_errors(CaseError)
        value = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path))
        hint = "indent with blanks, and put texts that hold `: ` or begin with a sign in quotes"
        raise CaseError(f"not valid YAML: {fault.problem}", place, hint) from None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise CaseError(f"not valid YAML: {fault}", Place(str(path))) from None
    return Marked(value, Place(str(path), 1, 1), (), problems, places)


def _read_text(path: Path, kind: str) -> str:
    if not path.exists():
        raise CaseError(
            f"there is no {kind}", Place(str(path)), "every case has one; `headwater new` shows how"
        )
    return read_text(path, str(path), CaseError, max_bytes=MAX_BYTES)


def _visit(
    node: yaml.Node,
    path: Path_,
    places: dict[Path_, Place],
    problems: Diagnostics,
    file: str,
    lines: list[str],
) -> None:
    if len(places) > MAX_VALUES:
        raise CaseError(f"more than {MAX_VALUES:,} values", Place(file), "split the file")
    row, column = node.start_mark.line, node.start_mark.column
    line = lines[row] if row < len(lines) else ""
    places[path] = Place(file, row + 1, column + 1, max(1, len(line) - column), line)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                mark = key.start_mark
                problems.error(
                    f"the key `{name}` stands here twice",
                    Place(file, mark.line + 1, mark.column + 1, len(name), lines[mark.line]),
                )
            seen.add(name)
            _visit(value, (*path, name), places, problems, file, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _visit(value, (*path, index), places, problems, file, lines)
