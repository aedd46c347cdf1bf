"""Where the files lie that a model names: parts of it, and data."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from headwater.errors import SyntaxFault
from headwater.formats.files import inside, is_there
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node

BESIDE = "r../"
"""How Stella begins a path that counts from the folder of the file that holds it."""

FILE = "file://"
"""How an address begins that is a path (RFC 8089)."""

_DRIVE = re.compile(r"/[A-Za-z][:|]/")

MAX_FOLDERS = 20
"""The most folders of a path of another computer that are looked for beside the model."""


def resource_of(node: Node) -> str:
    """Return the path or address of the file that an element stands for; Stella calls it url."""
    written = node.get("resource").strip() or node.get("url").strip()
    if written.lower().startswith(FILE):
        path = written[len(FILE) :].removeprefix("localhost")
        return unquote(_of_drive(path))
    return written.removeprefix(BESIDE)


def _of_drive(path: str) -> str:
    """Return the path of a ``file://`` address: ``/C:/lib/a.xml`` is one of a drive."""
    return path[1:] if _DRIVE.match(path) else path


def is_absolute(resource: str) -> bool:
    """Tell whether a path is one of this or another computer, from its root."""
    path = PureWindowsPath(resource)
    return bool(path.drive or path.root)


def locate(context: Context, node: Node, resource: str) -> Path:
    """Return the path of a file, which must lie in the model's folder or below.

    A relative path counts from the file that names it, else from the model. One of another
    computer counts from as many of its last folders as there are beside the model, with a warning.
    Raises SyntaxFault; that there is such a file is not certain.
    """
    folder = context.folder
    if folder is None:
        raise SyntaxFault(f"`{resource}` cannot be read here", node.place)
    windows = PureWindowsPath(resource)
    if is_absolute(resource):
        return _elsewhere(context, folder, node, windows)
    within = _folder_within(context, folder, node)
    if within:
        relative = posixpath.normpath(posixpath.join(within, windows.as_posix()))
        path = inside(folder, relative, node.place, SyntaxFault, "model")
        if is_there(path) or ".." in windows.parts:
            return path
    return inside(folder, resource, node.place, SyntaxFault, "model")


def _folder_within(context: Context, folder: Path, node: Node) -> str:
    """Return the folder of the file that holds an element, from the model's own; empty for that."""
    if node.document.name == context.name:
        return ""
    own = Path(node.document.name).parent
    if not own.is_relative_to(folder) or own == folder:
        return ""
    return own.relative_to(folder).as_posix()


def _elsewhere(context: Context, folder: Path, node: Node, path: PureWindowsPath) -> Path:
    """Find a file whose path is that of the computer on which the model was saved."""
    parts = [p for p in path.parts[1:] if p != ".."][-MAX_FOLDERS:]
    for start in range(len(parts)):
        relative = "/".join(parts[start:])
        found = inside(folder, relative, node.place, SyntaxFault, "model")
        if is_there(found):
            context.warn(
                f"`{relative}` beside the model is read for `{path.as_posix()}`",
                node,
                "the model names a file of the computer on which it was saved",
            )
            return found
    raise SyntaxFault(
        f"`{path.as_posix()}` leads out of the model's folder",
        node.place,
        f"copy `{path.name}` into the model's folder",
    )
