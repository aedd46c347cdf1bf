"""From LLVM text to object code, and from object code to a function that can be called."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

from headwater.compiler.targets.llvm.processor import Processor, host, target_machine
from headwater.errors import CompileError

NAME = "headwater_kernel"
"""The function that object code holds."""

LONG_TEXT, LONGER_TEXT = 100_000, 2_000_000
"""For text of more characters LLVM's code generator makes less effort.

It then takes half and a sixth of the time. Long code waits for memory, and runs as quickly.
"""

_POINTER, _INTEGER = ctypes.c_void_p, ctypes.c_int64
_KERNEL_TYPE = ctypes.CFUNCTYPE(
    None,
    *(_POINTER, _INTEGER, _POINTER, _INTEGER),
    *(_POINTER, _INTEGER, _INTEGER, _POINTER, _POINTER, _INTEGER, _INTEGER),
)


def make_object(text: str, processor: Processor | None = None) -> bytes:
    """Return the object code of a module. Raises :class:`CompileError` when LLVM refuses it."""
    effort = 2 - (len(text) > LONG_TEXT) - (len(text) > LONGER_TEXT)
    machine = target_machine(processor or host(), effort)
    return bytes(machine.emit_object(_optimised(text, machine)))


def make_assembly(text: str, processor: Processor | None = None) -> str:
    """Return the assembly of a module, to be read by people."""
    machine = target_machine(processor or host())
    return str(machine.emit_assembly(_optimised(text, machine)))


def _optimised(text: str, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """Read a module and bring its variables into registers.

    Programs come without common or dead code, and every value has its vector form; LLVM's usual
    pipeline takes twice the time and finds nothing more.
    """
    head = f'target triple = "{machine.triple}"\ntarget datalayout = "{machine.target_data}"\n'
    try:
        module = llvm.parse_assembly(head + text)
        module.verify()
    except RuntimeError as error:
        raise CompileError(f"LLVM refuses the generated code: {error}") from error
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
    return module


@dataclass(frozen=True, slots=True)
class Kernel:
    """Loaded code. Calling it releases the interpreter's lock; see ``kernel.py`` for arguments."""

    call: Any
    engine: llvm.ExecutionEngine


def load_object(code: bytes) -> Kernel:
    """Load object code into this process. Raises :class:`CompileError` if that is not allowed."""
    machine = target_machine(host())
    try:
        llvm.check_jit_execution()
        carrier = llvm.parse_assembly(f'target triple = "{machine.triple}"\n')
        engine = llvm.create_mcjit_compiler(carrier, machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
    except (OSError, RuntimeError) as error:
        raise CompileError(f"this system does not let machine code be loaded: {error}") from error
    address = engine.get_function_address(NAME)
    if not address:
        raise CompileError("the object code holds no kernel")
    return Kernel(_KERNEL_TYPE(address), engine)
