"""NumPy archives of plain numbers and text, written aside and moved into place."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from headwater.errors import DataError
from headwater.writing import write_aside

Floats = npt.NDArray[np.float64]

FORMAT = 1


def write_archive(path: Path, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write arrays, and what is to be said of them as JSON text among them.

    Raises :class:`UsageError` where the file cannot be written.
    """
    about = {**about, "format": FORMAT}
    text = np.array(json.dumps(about, sort_keys=True))
    content = io.BytesIO()
    np.savez(content, about=text, **arrays)
    write_aside(path, content.getvalue(), make_folder=True)


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
