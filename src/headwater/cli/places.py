"""Files and folders that a command writes: looked at before any work is done for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from headwater.errors import UsageError

MADE_WITH_FOLDERS = ".json"


class FileToWrite(click.ParamType[Path]):
    """A file that a command writes, with one of some extensions; any will do where none is named.

    The folder must be there, except for a saved finding (.json), whose folder is made.
    """

    name = "file"

    def __init__(self, *extensions: str) -> None:
        self.extensions = extensions

    def convert(self, value: Any, param: Any, ctx: Any) -> Path:
        """Return the path. Raises :class:`UsageError` where no such file can be written."""
        from headwater.writing import check_folder, check_place

        del param, ctx
        path = Path(value)
        if self.extensions and path.suffix.lower() not in self.extensions:
            raise UsageError(
                f"cannot write `{path}`: unknown extension `{path.suffix}`"
                if path.suffix
                else f"cannot write `{path}`: it has no extension",
                hint=f"use {' or '.join(self.extensions)}",
            )
        if path.suffix.lower() == MADE_WITH_FOLDERS and not path.is_dir():
            check_folder(path.parent, path)
        else:
            check_place(path)
        return path


class FolderToWrite(click.ParamType[Path]):
    """A folder that a command writes files into, and makes if it is not there."""

    name = "folder"

    def convert(self, value: Any, param: Any, ctx: Any) -> Path:
        """Return the path. Raises :class:`UsageError` where nothing can be written there."""
        from headwater.writing import check_folder

        del param, ctx
        check_folder(Path(value))
        return Path(value)
