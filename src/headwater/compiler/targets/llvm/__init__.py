"""The LLVM target: machine code for this processor, whose vector lanes are runs."""

from headwater.compiler.targets.llvm.compile import compile_llvm

__all__ = ["compile_llvm"]
