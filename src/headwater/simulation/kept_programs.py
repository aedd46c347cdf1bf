"""Compiled programs on disk, by the model's file and the recipe.

A model is known by the fingerprint of the files that it was read from; a program is compiled again
when a file, the recipe or this package changes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable
from hashlib import sha256

from headwater.cache import Shelf, stamp_of_source
from headwater.collection import without_collection
from headwater.compiler.program import Program
from headwater.model.encoding import CannotEncodeError
from headwater.version import __version__

WORTH_SECONDS = 0.05
"""Programs that were compiled in less time are not kept."""

SHELF = Shelf("programs", ".program", b"headwater program 2\n")


def kept_program(model: str, recipe: Hashable, compile_: Callable[[], Program]) -> Program:
    """Return a model's program for a recipe from disk, or compile and keep it.

    ``model`` is its fingerprint; without one nothing is kept. Raises what ``compile_`` raises.
    """
    from headwater.compiler.program_text import program_from_text, program_to_text

    if not model:
        return compile_()
    key = _key(model, recipe)
    found = SHELF.load(key)
    if found is not None:
        with (
            contextlib.suppress(ValueError, TypeError, LookupError, RecursionError),
            without_collection(),
        ):
            return program_from_text(found)
    began = time.perf_counter()
    program = compile_()
    if time.perf_counter() - began > WORTH_SECONDS:
        with contextlib.suppress(CannotEncodeError), without_collection():
            SHELF.save(key, program_to_text(program))
    return program


def _key(model: str, recipe: Hashable) -> str:
    source = stamp_of_source("language", "model", "compiler", "simulation")
    return sha256("\n".join((model, repr(recipe), __version__, source)).encode()).hexdigest()
