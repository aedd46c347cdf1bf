"""The processor that code is made for: its name, features and the width of its vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import llvmlite.binding as llvm


@dataclass(frozen=True, slots=True)
class Processor:
    """A machine to compile for. ``lanes`` is the number of doubles that one register holds."""

    triple: str
    name: str
    features: str
    lanes: int

    def has(self, feature: str) -> bool:
        """Tell whether a feature, by LLVM's name for it, is there."""
        return f"+{feature}" in self.features.split(",")


@cache
def host() -> Processor:
    """Return the processor that this process runs on."""
    triple = llvm.get_process_triple()
    try:
        features = llvm.get_host_cpu_features()
    except RuntimeError:  # LLVM cannot ask this operating system
        features = llvm.FeatureMap()
    return Processor(triple, llvm.get_host_cpu_name(), features.flatten(), _lanes(features))


def _lanes(features: dict[str, bool]) -> int:
    if features.get("avx512f") and features.get("avx512dq") and features.get("avx512vl"):
        return 8
    return 4 if features.get("avx2") else 2


@cache
def initialize() -> None:
    """Make LLVM ready to generate code, once per process."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def target_machine(processor: Processor, effort: int = 2) -> llvm.TargetMachine:
    """Return LLVM's code generator for a processor; ``effort`` is 0 to 3."""
    initialize()
    target = llvm.Target.from_triple(processor.triple)
    return target.create_target_machine(
        cpu=processor.name,
        features=processor.features,
        opt=effort,
        reloc="pic",
        codemodel="small",
        jit=True,
    )
