"""A program as PTX: the kernel of the LLVM target for one lane, and one thread a run around it.

Strict IEEE 754 as everywhere: LLVM writes every operation with its rounding (``add.rn``), which
forbids the assembler to contract it, and the elementary functions are our own. The digits are
therefore those of the other targets. Source: *Parallel Thread Execution ISA*, version 6.3, sections
on floating-point instructions and on the state spaces.
"""

from __future__ import annotations

from dataclasses import dataclass

import llvmlite.binding as llvm

from headwater.compiler.fingerprint import program_hash
from headwater.compiler.program import Program
from headwater.compiler.targets.llvm import cache
from headwater.compiler.targets.llvm.jit import NAME
from headwater.compiler.targets.llvm.kernel import write_program
from headwater.compiler.targets.llvm.processor import Processor
from headwater.errors import CompileError

TRIPLE = "nvptx64-nvidia-cuda"
DEVICE = Processor(TRIPLE, "sm_70", "+ptx63", 1)
"""The oldest processors and version of PTX that drivers in use support; newer ones read it too."""

ENTRY = "headwater_runs"

ENTRY_TEXT = """\
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()

define ptx_kernel void @{entry}(ptr addrspace(1) %inputs, i64 %input_stride,
    ptr addrspace(1) %runs, i64 %seed, ptr addrspace(1) %result, i64 %value_stride,
    i64 %time_stride, i64 %count) {{
entry:
  %frame = alloca [{rows} x double], align 64
  %finite = alloca i8
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %width = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %thread_wide = zext i32 %thread to i64
  %block_wide = zext i32 %block to i64
  %width_wide = zext i32 %width to i64
  %before = mul i64 %block_wide, %width_wide
  %run = add i64 %before, %thread_wide
  %mine = icmp slt i64 %run, %count
  br i1 %mine, label %simulate, label %done
simulate:
  %input = getelementptr double, ptr addrspace(1) %inputs, i64 %run
  %identity = getelementptr i64, ptr addrspace(1) %runs, i64 %run
  %column = getelementptr double, ptr addrspace(1) %result, i64 %run
  %own_input = addrspacecast ptr addrspace(1) %input to ptr
  %own_identity = addrspacecast ptr addrspace(1) %identity to ptr
  %own_column = addrspacecast ptr addrspace(1) %column to ptr
  call void @{kernel}(ptr %own_input, i64 %input_stride, ptr %own_identity, i64 %seed,
      ptr %own_column, i64 %value_stride, i64 %time_stride, ptr %finite, ptr %frame, i64 1, i64 1)
  br label %done
done:
  ret void
}}
"""


@dataclass(frozen=True, slots=True)
class PtxCode:
    """A module in PTX; every thread of its entry needs ``rows`` doubles of local memory."""

    text: str
    rows: int


def write_ptx(program: Program) -> PtxCode:
    """Return a program as PTX, from the cache where it is there.

    The entry ``headwater_runs`` takes the inputs (input × run), the distance of their rows, the
    identities of the runs, the seed, the result (saved value × saved time × run), the distances of
    its values and of its times, and the number of runs. Raises :class:`CompileError` where LLVM has
    no code generator for PTX or refuses the program.
    """
    name = cache.key(program_hash(program), 1, DEVICE)
    known = cache.load(name)
    if known is not None:
        return PtxCode(known.binary.decode("ascii"), known.rows)
    source = write_program(program, 1)
    text = _assembly(_module(source.text, max(1, source.rows)))
    cache.save(name, cache.Code(source.rows, text.encode("ascii")))
    return PtxCode(text, source.rows)


def _module(kernel: str, rows: int) -> str:
    """Return the kernel as a function of the module's own, with the entry that calls it.

    Names with dots are no names in PTX: LLVM renames those that are not seen from outside. The
    frame becomes local memory of the thread, which the processor interleaves, where the kernel
    stands in the entry itself.
    """
    text = f"\n{kernel}".replace("\ndefine ", "\ndefine internal ")
    head, mark, rest = text.partition(f"define internal void @{NAME}(")
    signature, brace, body = rest.partition(" {\n")
    inlined = signature.replace("alignstack(64)", "") + " alwaysinline"
    entry = ENTRY_TEXT.format(entry=ENTRY, kernel=NAME, rows=rows)
    return head + mark + inlined + brace + body + "\n" + entry


def _assembly(text: str) -> str:
    machine = _machine()
    head = f'target triple = "{TRIPLE}"\ntarget datalayout = "{machine.target_data}"\n'
    try:
        module = llvm.parse_assembly(head + text)
        module.verify()
    except RuntimeError as error:
        raise CompileError(f"LLVM refuses the generated code: {error}") from error
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    passes = builder.getModulePassManager()
    passes.run(module, builder)
    return str(machine.emit_assembly(module))


def _machine() -> llvm.TargetMachine:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        target = llvm.Target.from_triple(TRIPLE)
    except RuntimeError as error:
        raise CompileError(f"this build of LLVM makes no code for NVIDIA: {error}") from error
    return target.create_target_machine(cpu=DEVICE.name, features=DEVICE.features, opt=2)
