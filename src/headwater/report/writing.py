"""Write a file aside and move it into place, so that nobody ever sees half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from headwater.errors import HeadwaterError, Place


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 with ``\\n`` line ends. Makes the folder where it is missing.

    Raises:
        HeadwaterError: the file cannot be written; nothing is left behind then.
    """
    aside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        aside = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
        aside.chmod(0o666 & ~_umask())
        aside.replace(path)
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise HeadwaterError(
            f"cannot write this file: {reason}", Place(str(path)), "choose another place to write"
        ) from error
    except BaseException:
        if aside is not None:
            aside.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the process's mask for new files (it can only be read by setting it)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
