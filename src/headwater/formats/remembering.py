"""Models that were read before, on disk, so that a large file is parsed once.

An entry lists every file that was read, with a fingerprint of its content; when one of them has
changed, the model is read again. Where files are looked for, as data of Vensim and XMILE are beside
the model, the names in that folder count too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headwater.cache import Shelf, stamp_of_source
from headwater.collection import without_collection
from headwater.formats.files import DATA_VARIABLE, Reading, noting
from headwater.model.encoding import CannotEncodeError, model_codec
from headwater.model.project import Project
from headwater.version import __version__

if TYPE_CHECKING:
    from headwater.model.case import Case

WORTH_SECONDS = 0.05
"""Models that were read in less time are not kept."""

SHELF = Shelf("models", ".model", b"headwater model 2\n")


@dataclass(frozen=True, slots=True)
class Remembered:
    """A model, and the fingerprint of all that it was read from (empty: not known)."""

    model: Project | Case
    fingerprint: str


def remember(path: Path) -> Remembered:
    """Return the model in a file or folder, from the cache where nothing has changed.

    Raises what :func:`~headwater.formats.registry.read_model` raises.
    """
    key = _key(path)
    found = SHELF.load(key)
    if found is not None:
        with contextlib.suppress(ValueError, TypeError, LookupError, RecursionError):
            kept = _unpack(found)
            if kept is not None:
                return kept
    # The import counts: a model from the cache needs no reader.
    began = time.perf_counter()
    from headwater.formats.registry import read_model

    with noting() as reading:
        model = read_model(path)
    taken = time.perf_counter() - began
    fingerprint = _fingerprint(reading, _folders(reading, model))
    if fingerprint and taken > WORTH_SECONDS:
        with contextlib.suppress(CannotEncodeError):
            SHELF.save(key, _pack(reading, model))
    return Remembered(model, fingerprint)


def _key(path: Path) -> str:
    """Return the name of an entry. Diagnostics show the path as it was given."""
    allowed = os.environ.get(DATA_VARIABLE, "")
    parts = (str(path), str(path.absolute()), allowed, __version__)
    stamps = (stamp_of_source("language", "model"), stamp_of_source("formats"))
    return hashlib.sha256("\n".join((*parts, *stamps)).encode()).hexdigest()


def _project(model: Project | Case) -> Project:
    return model if isinstance(model, Project) else model.project


def _folders(reading: Reading, model: Project | Case) -> list[str]:
    """Return the folders whose names count: those in which files were looked for."""
    return [] if _project(model).dialect == "headwater" else sorted(reading.folders)


def _fingerprint(reading: Reading, folders: Sequence[str]) -> str:
    """Return the fingerprint of what was read, empty where something was sought and not found."""
    if not reading.complete or not reading.files:
        return ""
    parts = [f"{file} {digest}" for file, digest in sorted(reading.files.items())]
    parts += [f"{folder} {_listing(folder)}" for folder in folders]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _listing(folder: str) -> str:
    names = sorted(p.name for p in Path(folder).iterdir())
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _pack(reading: Reading, model: Project | Case) -> bytes:
    folders = _folders(reading, model)
    head = json.dumps([reading.files, folders])
    fingerprint = _fingerprint(reading, folders)
    with without_collection():
        text = model_codec().encode(model)
    return b"\n".join((head.encode(), fingerprint.encode(), text))


def _unpack(content: bytes) -> Remembered | None:
    """Return what an entry holds, None where a file has changed since."""
    middle = content.index(b"\n")
    end = content.index(b"\n", middle + 1)
    files, folders = json.loads(content[:middle])
    fingerprint = content[middle + 1 : end].decode()
    now = _read_again(files)
    if now is None or _fingerprint(now, folders) != fingerprint:
        return None
    with without_collection():
        model = model_codec().decode(content, end + 1)
    return Remembered(model, fingerprint)


def _read_again(files: Iterable[str]) -> Reading | None:
    reading = Reading()
    try:
        for file in files:
            reading.note(Path(file), Path(file).read_bytes())
    except OSError:
        return None
    return reading
