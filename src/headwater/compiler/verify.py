"""Checks that a typed program is well formed, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from headwater.compiler.program import (
    ENDS,
    SIGNATURES,
    Attribute,
    Block,
    Op,
    Program,
    Role,
    Type,
)
from headwater.errors import CompileError

_WRITABLE: Mapping[str, frozenset[Role]] = {
    "constants": frozenset({Role.CONSTANT, Role.SCRATCH}),
    "initial": frozenset({Role.CONSTANT, Role.STOCK, Role.STATE, Role.SCRATCH}),
    "step": frozenset({Role.STEP, Role.HELD, Role.DERIVATIVE, Role.SCRATCH}),
    "update": frozenset({Role.NEXT, Role.SCRATCH}),
    "commit": frozenset({Role.STATE, Role.SCRATCH}),
    "horizon": frozenset({Role.HORIZON, Role.SCRATCH}),
}
_READABLE: Mapping[str, frozenset[Role]] = {
    "constants": frozenset({Role.INPUT, Role.CONSTANT, Role.SCRATCH}),
    "initial": frozenset({Role.INPUT, Role.CONSTANT, Role.STOCK, Role.STATE, Role.SCRATCH}),
    "step": frozenset(
        {
            Role.INPUT,
            Role.CONSTANT,
            Role.STOCK,
            Role.STATE,
            Role.STEP,
            Role.HELD,
            Role.SCRATCH,
        }
    ),
    "update": frozenset(
        {
            Role.INPUT,
            Role.CONSTANT,
            Role.STOCK,
            Role.STATE,
            Role.STEP,
            Role.HELD,
            Role.DERIVATIVE,
            Role.NEXT,
            Role.SCRATCH,
        }
    ),
    "commit": frozenset({Role.INPUT, Role.CONSTANT, Role.STATE, Role.NEXT, Role.SCRATCH}),
    "horizon": frozenset({Role.INPUT, Role.CONSTANT, Role.HORIZON, Role.SCRATCH}),
}
_TIMELESS = frozenset({Op.TIME, Op.STEP})
_DIVISIONS = frozenset({Op.IDIV, Op.IMOD})
_PLAIN = (
    frozenset(Op)
    - _TIMELESS
    - _DIVISIONS
    - {
        *(Op.FLOAT, Op.INTEGER, Op.BOOLEAN, Op.LOOP, Op.LOAD, Op.STORE),
        *(Op.TABLE, Op.INDEX_TABLE, Op.LOOKUP),
    }
)
"""Operations that are known by their arguments alone."""


def verify(program: Program) -> None:
    """Raise CompileError when a program breaks a rule of the typed program."""
    _check_lists(program)
    for name, block in program.blocks.items():
        _BlockCheck(program, name, block).run()


def _fail(program: Program, where: str, message: str) -> None:
    raise CompileError(
        f"{program.name}: {where}: {message}",
        hint="this is a mistake of the compiler; please report it with the model",
    )


def _check_lists(program: Program) -> None:
    slots = program.slots
    for number, slot in enumerate(slots):
        if slot.size < 1:
            _fail(program, f"slot {number} ({slot.name})", f"its size is {slot.size}")
    stocks = [s.size for s in slots if s.role is Role.STOCK]
    derivatives = [s.size for s in slots if s.role is Role.DERIVATIVE]
    if stocks != derivatives:
        _fail(program, "slots", "stocks and derivatives do not match one to one")
    for item in program.inputs:
        if not 0 <= item.slot < len(slots) or slots[item.slot].role is not Role.INPUT:
            _fail(program, f"input {item.name}", "it has no input slot")
        if not 0 <= item.offset < slots[item.slot].size:
            _fail(program, f"input {item.name}", f"offset {item.offset} is outside its slot")
    _check_outputs(program)
    _check_tables(program)
    if program.clock.dt <= 0 or program.clock.steps < 0 or program.clock.stride < 1:
        _fail(program, "clock", f"{program.clock} makes no run")


def _check_outputs(program: Program) -> None:
    for item in program.outputs:
        if not 0 <= item.slot < len(program.slots):
            _fail(program, f"output {item.name}", "it has no slot")
        slot = program.slots[item.slot]
        if int(np.prod(item.shape, dtype=np.int64)) != slot.size:
            _fail(program, f"output {item.name}", f"its shape {item.shape} is not its slot's size")
        if len(item.shape) != len(item.dimensions):
            _fail(program, f"output {item.name}", "its dimensions and shape do not match")
        if slot.role in (Role.SCRATCH, Role.NEXT):
            _fail(program, f"output {item.name}", f"a {slot.role.value} slot does not last")
        if item.static and slot.role not in (Role.INPUT, Role.CONSTANT):
            _fail(program, f"output {item.name}", "it is called static and is not")


def _check_tables(program: Program) -> None:
    vectors = [(t.name, t.values.shape) for t in program.tables]
    vectors += [(t.name, t.values.shape) for t in program.index_tables]
    for name, shape in vectors:
        if len(shape) != 1 or not shape[0]:
            _fail(program, f"table {name}", "it is not a vector with values")
    for graph in program.graphs:
        if not graph.x or len(graph.x) != len(graph.y):
            _fail(program, f"graph {graph.name}", "its rows do not match")
        for x, y in zip(graph.x, graph.y, strict=True):
            if not len(x) or len(x) != len(y):
                _fail(program, f"graph {graph.name}", "a row's points do not match")
            if (np.diff(x) < 0).any():
                _fail(program, f"graph {graph.name}", "a row's abscissae decrease")


class _BlockCheck:
    """One pass over a block: types, scopes, slots, attributes."""

    def __init__(self, program: Program, name: str, block: Block) -> None:
        self.program = program
        self.name = name
        self.block = block
        self.types: list[Type] = []
        self.live: list[bool] = []
        self.opened: list[int] = []
        self.sizes = {
            Op.LOAD: [s.size for s in program.slots],
            Op.TABLE: [len(t.values) for t in program.tables],
            Op.INDEX_TABLE: [len(t.values) for t in program.index_tables],
            Op.LOOKUP: [len(g.x) for g in program.graphs],
        }

    def run(self) -> None:
        """Check the block."""
        for position, (op, arguments, attribute) in enumerate(self.block.instructions):
            self._check(position, op, arguments, attribute)
        if self.opened:
            self._fail(self.opened[-1], "this loop has no end")

    def _fail(self, position: int, message: str) -> None:
        instruction = self.block.instructions[position]
        where = f"{self.name} {position} ({instruction.op.value})"
        _fail(self.program, where, message)

    def _check(
        self, position: int, op: Op, arguments: tuple[int, ...], attribute: Attribute
    ) -> None:
        signature = SIGNATURES[op]
        if len(arguments) != len(signature.arguments):
            self._fail(position, f"it has {len(arguments)} arguments")
        for argument, wanted in zip(arguments, signature.arguments, strict=True):
            if not 0 <= argument < position:
                self._fail(position, f"value {argument} is not made before it")
            if not self.live[argument]:
                self._fail(position, f"value {argument} was made in a loop that has ended")
            if self.types[argument] is not wanted:
                found = self.types[argument].value
                self._fail(position, f"value {argument} is {found}, not {wanted.value}")
        self._check_attribute(position, op, arguments, attribute)
        self.types.append(signature.result)
        self.live.append(True)
        if op is Op.LOOP:
            self.opened.append(position)
        elif op in ENDS:
            if not self.opened:
                self._fail(position, "no loop is open")
            begin = self.opened.pop()
            self.live[begin:position] = [False] * (position - begin)

    def _check_attribute(
        self, position: int, op: Op, arguments: tuple[int, ...], attribute: Attribute
    ) -> None:
        if op in _PLAIN:
            if attribute is not None:
                self._fail(position, "it has an attribute")
            return
        match op:
            case Op.FLOAT:
                if not isinstance(attribute, float):
                    self._fail(position, "its value is not a float")
            case Op.INTEGER:
                if not isinstance(attribute, int) or isinstance(attribute, bool):
                    self._fail(position, "its value is not an integer")
                elif not -(2**63) <= attribute < 2**63:
                    self._fail(position, "its value does not fit into 64 bits")
            case Op.BOOLEAN:
                if not isinstance(attribute, bool):
                    self._fail(position, "its value is not a truth value")
            case Op.LOOP:
                if not isinstance(attribute, int) or attribute < 1:
                    self._fail(position, f"a loop of {attribute} turns")
            case Op.LOAD | Op.STORE:
                self._check_slot(position, op, arguments, attribute)
            case Op.TABLE | Op.INDEX_TABLE | Op.LOOKUP:
                self._check_index(position, arguments, attribute, self.sizes[op])
            case _ if op in _TIMELESS and self.name == "constants":
                self._fail(position, "constants do not know the time")
            case _ if op in _DIVISIONS:
                divisor = self._literal(arguments[1])
                if divisor is None or divisor <= 0:
                    self._fail(position, "its divisor is not a positive literal")
            case _:
                if attribute is not None:
                    self._fail(position, "it has an attribute")

    def _check_slot(
        self, position: int, op: Op, arguments: tuple[int, ...], attribute: Attribute
    ) -> None:
        self._check_index(position, arguments, attribute, self.sizes[Op.LOAD])
        role = self.program.slots[int(attribute or 0)].role
        allowed = (_WRITABLE if op is Op.STORE else _READABLE)[self.name]
        if role not in allowed:
            verb = "write" if op is Op.STORE else "read"
            self._fail(position, f"the block {self.name} must not {verb} a {role.value} slot")

    def _check_index(
        self,
        position: int,
        arguments: tuple[int, ...],
        attribute: Attribute,
        sizes: list[int],
    ) -> None:
        if not isinstance(attribute, int) or not 0 <= attribute < len(sizes):
            self._fail(position, f"there is no number {attribute} of that kind")
            return
        index = self._literal(arguments[0])
        if index is not None and not 0 <= index < sizes[attribute]:
            self._fail(position, f"index {index} is outside of {sizes[attribute]} elements")

    def _literal(self, value: int) -> int | None:
        instruction = self.block.instructions[value]
        if instruction.op is not Op.INTEGER:
            return None
        return int(instruction.attribute or 0)
