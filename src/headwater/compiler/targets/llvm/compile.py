"""Makes an executable of a program, from the cache where its code is already there."""

from __future__ import annotations

from headwater.collection import without_collection
from headwater.compiler.fingerprint import program_hash
from headwater.compiler.program import Program
from headwater.compiler.targets.llvm import cache
from headwater.compiler.targets.llvm.executable import LlvmExecutable
from headwater.compiler.targets.llvm.jit import load_object, make_object
from headwater.compiler.targets.llvm.processor import Processor, host
from headwater.errors import CompileError

WIDEST = 64


def compile_llvm(program: Program, *, lanes: int | None = None) -> LlvmExecutable:
    """Return an executable of ``program`` for this processor.

    ``lanes`` is the number of runs that are simulated side by side, a power of two; by default
    what is quickest here. It does not change a digit of the result. Raises
    :class:`~headwater.errors.CompileError` when the program or the system does not allow it.
    """
    processor = host()
    if lanes is not None and (lanes < 1 or lanes > WIDEST or lanes & (lanes - 1)):
        raise CompileError(f"{lanes} lanes: their number is a power of two up to {WIDEST}")
    code = _code(program, lanes or 0, processor)
    return LlvmExecutable(program, code.lanes, code.rows, load_object(code.binary))


def kept_code(program: Program) -> tuple[str, cache.Code] | None:
    """Return what :func:`compile_llvm` keeps of a program for this processor, and its name."""
    name = cache.key(program_hash(program), 0, host())
    code = cache.load(name)
    return None if code is None else (name, code)


def _code(program: Program, lanes: int, processor: Processor) -> cache.Code:
    """Return the code of a program for so many lanes, 0: as many as suit it."""
    name = cache.key(program_hash(program), lanes, processor)
    code = cache.load(name)
    if code is None or not code.lanes:
        code = _make(program, lanes, processor)
        cache.save(name, code)
    return code


def _make(program: Program, lanes: int, processor: Processor) -> cache.Code:
    # Imported here: code from the cache needs nothing of what writes it.
    from headwater.compiler.targets.llvm.kernel import write_program
    from headwater.compiler.targets.llvm.sizing import lanes_for

    lanes = lanes or lanes_for(program, processor)
    with without_collection():
        source = write_program(program, lanes, processor)
    return cache.Code(source.rows, make_object(source.text, processor), lanes)
