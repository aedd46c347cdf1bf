"""What can be told of the values of a block before any code is made.

A value is *uniform* when it is the same in all lanes; it then needs one scalar operation instead of
a vector of them. Integers have a *range* where one can be told, which saves bounds checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.compiler.program import SIGNATURES, Instruction, Op, Program, Type

Range = tuple[int, int]
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
ALWAYS_VARYING = frozenset({Op.RUN, Op.LOAD})


@dataclass(slots=True)
class Facts:
    """One entry per value: its type, whether it is uniform, its range, and who needs it wide.

    ``wide[v]`` says that a uniform ``v`` is used by an operation on vectors.
    """

    types: list[Type]
    uniform: list[bool]
    ranges: list[Range | None]
    wide: list[bool]


def analyse(
    instructions: Sequence[Instruction],
    program: Program | None,
    parameters: Sequence[tuple[Type, bool]] = (),
    varying: frozenset[Op] = ALWAYS_VARYING,
) -> Facts:
    """Return the facts of a sequence of instructions.

    ``parameters`` are type and uniformity of values that exist before the first instruction; the
    first instruction makes the value after them. ``varying`` are operations whose results differ
    from lane to lane whatever their arguments.
    """
    facts = Facts(
        [t for t, _ in parameters], [u for _, u in parameters], [None] * len(parameters), []
    )
    for instruction in instructions:
        op, arguments, _ = instruction
        facts.types.append(SIGNATURES[op].result)
        uniform = op not in varying and all(facts.uniform[a] for a in arguments)
        facts.uniform.append(uniform)
        whole = facts.types[-1] is Type.I64
        facts.ranges.append(_range(instruction, facts, program) if whole else None)
    facts.wide = [False] * len(facts.types)
    for place, instruction in enumerate(instructions, len(parameters)):
        if not facts.uniform[place] or instruction.op is Op.STORE:
            for argument in _wide_arguments(instruction, facts):
                facts.wide[argument] |= facts.uniform[argument]
    return facts


def _wide_arguments(instruction: Instruction, facts: Facts) -> tuple[int, ...]:
    """Arguments that are read as vectors by an operation on vectors."""
    op, arguments, _ = instruction
    if op in (Op.SELECT, Op.ISELECT):
        return arguments[1:]  # a uniform condition selects whole vectors
    if op is Op.LOAD or (op in (Op.STORE, Op.LOOKUP) and facts.uniform[arguments[0]]):
        return arguments[1:]
    return arguments


def _range(instruction: Instruction, facts: Facts, program: Program | None) -> Range | None:
    op, arguments, attribute = instruction
    if op is Op.INTEGER:
        return int(attribute or 0), int(attribute or 0)
    if op is Op.LOOP:
        return 0, max(int(attribute or 0) - 1, 0)
    if op is Op.STEP and program is not None:
        return 0, program.clock.steps
    if op is Op.INDEX_TABLE and program is not None:
        values = program.index_tables[int(attribute or 0)].values
        return int(values.min()), int(values.max())
    given = [facts.ranges[a] for a in arguments]
    if op is Op.IMOD and given[1]:
        return 0, given[1][1] - 1
    if op is Op.IAND and given[1] and given[1][0] >= 0:
        return 0, given[1][1]
    if op is Op.ISELECT and given[1] and given[2]:
        return min(given[1][0], given[2][0]), max(given[1][1], given[2][1])
    if op in _INTERVALS and given[0] and given[1]:
        low, high = _INTERVALS[op](given[0], given[1])
        return (low, high) if low >= _LOWEST and high <= _HIGHEST else None
    return None


def _products(a: Range, b: Range) -> Range:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _quotients(a: Range, b: Range) -> Range:
    ends = [x // max(y, 1) for x in a for y in b]
    return min(ends), max(ends)


_INTERVALS = {
    Op.IADD: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    Op.ISUB: lambda a, b: (a[0] - b[1], a[1] - b[0]),
    Op.IMUL: _products,
    Op.IDIV: _quotients,
}
