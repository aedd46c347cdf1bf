"""Makes an executable of a program, from the cache where its code is already there."""

from __future__ import annotations

from headwater.compiler.program import Program
from headwater.compiler.targets.llvm.executable import LlvmExecutable
from headwater.compiler.targets.llvm.jit import load_object, make_object
from headwater.compiler.targets.llvm.kernel import write_program
from headwater.compiler.targets.llvm.processor import host


def compile_llvm(program: Program, *, lanes: int | None = None) -> LlvmExecutable:
    """Return an executable of ``program`` for this processor."""
    lanes = lanes or host().lanes
    source = write_program(program, lanes)
    return LlvmExecutable(program, lanes, source.rows, load_object(make_object(source.text)))
