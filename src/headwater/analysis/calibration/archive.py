"""NumPy archives of plain numbers and text, written aside and moved into place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from headwater.errors import DataError

Floats = npt.NDArray[np.float64]

FORMAT = 1


def write_aside(path: Path, write: Any) -> None:
    """Call ``write`` with a file beside ``path`` and move that into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as file:
            write(file)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_archive(path: Path, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write arrays, and what is to be said of them as JSON text among them."""
    about = {**about, "format": FORMAT}
    text = np.array(json.dumps(about, sort_keys=True))
    write_aside(path, lambda file: np.savez(file, about=text, **arrays))


def read_archive(path: Path, what: str) -> tuple[dict[str, Any], dict[str, Floats]]:
    """Return what an archive says, and its arrays. Raises :class:`DataError`."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(str(arrays.pop("about")))
    except (OSError, ValueError, KeyError, BadZipFile, EOFError):
        raise unreadable(path, what) from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise unreadable(path, what)
    return about, arrays


def unreadable(path: Path, what: str) -> DataError:
    """Return the error of a file that is not what it should be."""
    return DataError(f"`{path}` is no {what} that this version can read", hint="fit again")
