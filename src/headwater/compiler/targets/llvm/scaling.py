"""Multiplies by a power of two at a stroke, on processors that have an instruction for it.

AVX-512's ``vscalefpd`` rounds once, and treats overflow and subnormal results as the program's own
instructions do, so that no digit depends on it.
"""

from __future__ import annotations

from headwater.compiler.program import Type
from headwater.compiler.targets.llvm.text import Function, Shape

_REGISTER = Shape(8)
_CURRENT_ROUNDING = 4


def can_scale(function: Function) -> bool:
    """Tell whether the processor has the instruction and the lanes fill registers."""
    processor = function.module.processor
    return (
        processor is not None
        and processor.has("avx512f")
        and function.shape.lanes % _REGISTER.lanes == 0
    )


def scale(function: Function, factor: str, exponent: str) -> str:
    """Write ``factor * 2**exponent`` and return the result."""
    parts = [
        _scale_register(function, _part(function, factor, k), _part(function, exponent, k))
        for k in range(function.shape.lanes // _REGISTER.lanes)
    ]
    width = _REGISTER.lanes
    while len(parts) > 1:
        mask = ", ".join(f"i32 {k}" for k in range(2 * width))
        half = f"<{width} x double>"
        parts = [
            function.value(f"shufflevector {half} {a}, {half} {b}, <{2 * width} x i32> <{mask}>")
            for a, b in zip(parts[::2], parts[1::2], strict=True)
        ]
        width *= 2
    return parts[0]


def _part(function: Function, value: str, number: int) -> str:
    """Return one register's lanes of a vector."""
    lanes = _REGISTER.lanes
    if function.shape.lanes == lanes:
        return value
    whole = function.shape.type(Type.F64)
    mask = ", ".join(f"i32 {number * lanes + k}" for k in range(lanes))
    return function.value(
        f"shufflevector {whole} {value}, {whole} poison, <{lanes} x i32> <{mask}>"
    )


def _scale_register(function: Function, factor: str, exponent: str) -> str:
    row = _REGISTER.type(Type.F64)
    return function.call(
        "llvm.x86.avx512.mask.scalef.pd.512",
        row,
        (row, factor),
        (row, exponent),
        (row, "zeroinitializer"),
        ("i8", "-1"),
        ("i32", str(_CURRENT_ROUNDING)),
    )
