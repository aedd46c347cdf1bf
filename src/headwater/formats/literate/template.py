"""The small case that ``headwater new`` writes, to start one's own from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from uuid import uuid4

from headwater.errors import Place, UsageError
from headwater.formats.literate import ENTRY

_TEMPLATE = "template"
_TITLE = "Why the reservoir runs low"


def create_case(folder: Path, title: str = "") -> list[Path]:
    """Write a complete case with that title into a new or empty folder; return its files.

    The files are written aside and moved into place together. Raises
    :class:`~headwater.errors.UsageError` where the folder holds something or cannot be written.
    """
    title = " ".join(title.split()) or _TITLE
    place = Place(str(folder))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("this is there already", place, "name a new or an empty folder")
    template = files("headwater.formats.literate") / _TEMPLATE
    aside: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = folder.parent / f".headwater-{uuid4().hex}.tmp"
        aside.mkdir()
        names = sorted(_copy(template, aside, title))
        if folder.exists():
            folder.rmdir()
        aside.replace(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "choose a folder that you may write to"
        raise UsageError(f"the case cannot be written: {reason}", place, hint) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
    return [folder / name for name in names]


def _copy(template: Traversable, folder: Path, title: str) -> Iterator[Path]:
    """Write the template's files below ``folder``; yield their paths relative to it."""
    waiting = [(template, Path())]
    while waiting:
        source, relative = waiting.pop()
        for item in source.iterdir():
            below = relative / item.name
            if item.is_dir():
                (folder / below).mkdir()
                waiting.append((item, below))
                continue
            content = item.read_bytes()
            if below == Path(ENTRY):
                content = _titled(content.decode("utf-8"), title).encode("utf-8")
            (folder / below).write_bytes(content)
            yield below


def _titled(text: str, title: str) -> str:
    """Put the title into the front matter and the first heading."""
    quoted = json.dumps(title, ensure_ascii=False)
    text = text.replace(f"title: {_TITLE}\n", f"title: {quoted}\n", 1)
    return text.replace(f"\n# {_TITLE}\n", f"\n# {title}\n", 1)
