"""Write findings to JSON files, and read them back for a report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from headwater.argument.saved.codec import decode, encode
from headwater.argument.saved.findings import (
    KINDS,
    About,
    Saved,
    SavedFlips,
    SavedHindcast,
    SavedLoops,
    SavedMixes,
)
from headwater.argument.saved.state import state_of
from headwater.errors import DataError, Place, UsageError
from headwater.model.case import Case
from headwater.writing import write_aside

FORMAT = "headwater findings 1"
MOST_BYTES = 50 * 2**20


@dataclass(frozen=True, slots=True)
class Included:
    """Findings for the report of a test, by kind, each in the order in which it was given."""

    loops: tuple[SavedLoops, ...] = ()
    hindcasts: tuple[SavedHindcast, ...] = ()
    flips: tuple[SavedFlips, ...] = ()
    mixes: tuple[SavedMixes, ...] = ()


def write_findings(saved: Saved, path: Path) -> None:
    """Write findings as JSON: the same findings give the same bytes."""
    document = {"format": FORMAT, **encode(saved)}
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    write_aside(path, (text + "\n").encode(), make_folder=True)


def read_findings(path: Path) -> Saved:
    """Read findings.

    Raises:
        DataError: it cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        document = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError("it holds no findings of Headwater")
        kind = decode(About, document.get("about")).kind
        return decode(KINDS[kind], document)
    except (OSError, ValueError, KeyError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError(
            f"these findings cannot be read: {reason}",
            Place(str(path)),
            "run the command that writes them again",
        ) from None


def read_included(paths: Sequence[Path], case: Case) -> Included:
    """Read the findings in files and folders (their ``.json`` files with findings, by name).

    Raises:
        UsageError: a path does not exist, a folder has none, or the case has changed since.
        DataError: a file cannot be read.
    """
    states = {kind: state_of(case, kind) for kind in KINDS}
    every: list[Saved] = []
    for path in paths:
        for file in _files(path):
            saved = read_findings(file)
            if saved.about.state != states[saved.about.kind]:
                raise UsageError(
                    f"`{file}` was found with another state of this case",
                    hint=f"run again: {saved.about.command}",
                )
            every.append(saved)
    return Included(
        loops=tuple(s for s in every if isinstance(s, SavedLoops)),
        hindcasts=tuple(s for s in every if isinstance(s, SavedHindcast)),
        flips=tuple(s for s in every if isinstance(s, SavedFlips)),
        mixes=tuple(s for s in every if isinstance(s, SavedMixes)),
    )


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    found = [f for f in sorted(path.glob("*.json")) if _has_findings(f)] if path.is_dir() else []
    if not found:
        raise UsageError(
            f"there are no findings in `{path}`",
            hint="`headwater loops`, `discover`, `mix` and `hindcast` write them with --output",
        )
    yield from found


def _has_findings(path: Path) -> bool:
    """Tell whether a file says that it is one; others in a folder are passed over."""
    try:
        with path.open(encoding="utf-8") as file:
            return FORMAT in file.read(MOST_BYTES)
    except (OSError, ValueError):
        return False
