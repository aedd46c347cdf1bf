"""What is known of the files of a suite that cannot match the output recorded beside them."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from headwater.errors import Place, UsageError
from headwater.formats.files import read_text

PUBLISHED = Path(__file__).with_name("findings.toml")
NAME = "findings.toml"
"""A suite of one's own has its findings in a file of this name in its folder."""

_NEEDED = ("file", "reason")
_FIELDS = (*_NEEDED, "output", "error", "without", "until", "digits", "unrecorded", "alarms")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a file that cannot match the recorded output beside it.

    ``reason`` says why, from the specification. What is right instead: ``output`` names another
    file that holds the model's output; ``error`` is a part of the message that it must stop with;
    ``without`` are columns that cannot agree, while all others must; ``until`` is the time up to
    which rows must agree; ``digits`` is how many decimal places the recorded output has; with
    ``unrecorded`` the model runs, and no output is recorded for it. ``alarms`` are parts of the
    messages about units, one each, and there are no others.
    """

    reason: str
    output: str = ""
    error: str = ""
    without: tuple[str, ...] = ()
    until: float = math.inf
    digits: int | None = None
    unrecorded: bool = False
    alarms: tuple[str, ...] = ()


def findings(folder: Path | None = None) -> Mapping[str, Finding]:
    """Return the findings by file, relative to the suite's folder.

    Those of the published suite, unless ``folder`` has a file ``findings.toml``. Raises UsageError
    where that is not in order.
    """
    own = folder / NAME if folder is not None else None
    return _read(own if own is not None and own.is_file() else PUBLISHED)


@cache
def _read(path: Path) -> dict[str, Finding]:
    place = Place(path.name)
    try:
        listed = tomllib.loads(read_text(path, path.name, UsageError)).get("finding", [])
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the findings are no TOML: {error}", place) from error
    found: dict[str, Finding] = {}
    for item in listed:
        _check(item, place)
        found[item["file"]] = Finding(
            " ".join(item["reason"].split()),
            item.get("output", ""),
            item.get("error", ""),
            tuple(item.get("without", ())),
            float(item.get("until", math.inf)),
            item.get("digits"),
            bool(item.get("unrecorded", False)),
            tuple(item.get("alarms", ())),
        )
    return found


def _check(item: Any, place: Place) -> None:
    if not isinstance(item, dict) or not all(
        isinstance(item.get(name), str) and item[name] for name in _NEEDED
    ):
        raise UsageError("a finding needs a `file` and a `reason`", place)
    unknown = sorted(set(item) - set(_FIELDS))
    if unknown:
        raise UsageError(
            f"the finding of `{item['file']}` has `{unknown[0]}`, which is not known",
            place,
            f"known: {', '.join(_FIELDS)}",
        )
