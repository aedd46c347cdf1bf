"""PTX, the assembly of NVIDIA's processors, from the same LLVM text as machine code is made of."""

from headwater.compiler.targets.ptx.executable import compile_ptx

__all__ = ["compile_ptx"]
