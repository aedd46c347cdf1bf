"""The blocks of a program as parts that the kernel can call or contain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from headwater.compiler.program import Block, Instruction, Op, Type
from headwater.compiler.targets.llvm.block import BlockWriter, Tools
from headwater.compiler.targets.llvm.facts import ALWAYS_VARYING, Facts, analyse
from headwater.compiler.targets.llvm.memory import Memory, scratch_of
from headwater.compiler.targets.llvm.nearness import brought_near
from headwater.compiler.targets.llvm.split import Piece, Plan, confined, plan
from headwater.compiler.targets.llvm.text import Function, Module

AfterStore = Callable[[int, int], None]

CONTEXT = "ptr noalias %frame, ptr noalias %runs, i64 %seed, i64 %step, {time} %time"


@dataclass(frozen=True, slots=True)
class Moment:
    """Names of time and step where a part is run."""

    time: str
    step: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Writes what carries out a block: its instructions in place, or calls of functions.

    ``own_time``: in the blocks of a step, each lane has a time of its own.
    """

    module: Module
    tools: Tools
    inline: bool
    own_time: bool = False

    def prepare(self, name: str, block: Block, of_step: bool = False) -> Part:
        """Return a part for a block; where it is not inline its functions are written.

        ``of_step`` tells that it is the step block, or what is left of it.
        """
        code = block.instructions if self.inline else brought_near(block.instructions)
        own_time = self.own_time and of_step
        varying = ALWAYS_VARYING | {Op.TIME} if own_time else ALWAYS_VARYING
        facts = analyse(code, self.tools.program, varying=varying)
        time = self.module.shape.type(Type.F64, uniform=not own_time)
        if self.inline or not code:
            return Part(self, code, facts, (), time)
        frame, program = self.tools.memory.frame, self.tools.program
        pieces = plan(code, frame)
        scratch = scratch_of(program, code) if of_step else frozenset()
        variables = confined(pieces, code, scratch)
        names = []
        for number, piece in enumerate(pieces.pieces):
            names.append(f"{name}.{number}")
            tools = replace(self.tools, memory=Memory(frame, frozenset(variables[number])))
            self._write_piece(names[-1], time, code, facts, tools, pieces, piece)
        return Part(self, code, facts, tuple(names), time)

    def _write_piece(
        self,
        name: str,
        time: str,
        code: Sequence[Instruction],
        facts: Facts,
        tools: Tools,
        pieces: Plan,
        piece: Piece,
    ) -> None:
        function = Function(self.module)
        tools.memory.declare_variables(function)
        tools.memory.clear_variables(function)
        writer = PieceWriter(function, code, facts, tools, pieces)
        for item in piece.items:
            writer.write_item(item)
        function.line("ret void")
        context = CONTEXT.format(time=time)
        function.finish(name, "void", context, "noinline nounwind alignstack(64)")


@dataclass(frozen=True, slots=True)
class Part:
    """A block, ready to be carried out anywhere in the kernel. ``time`` is the type of its time."""

    parts: Parts
    code: Sequence[Instruction]
    facts: Facts
    names: tuple[str, ...]
    time: str = "double"

    def write(
        self, function: Function, moment: Moment, after_store: AfterStore | None = None
    ) -> None:
        """Carry out the block.

        ``after_store`` is called after each store of an inline block, with its slot and element.
        """
        if self.parts.inline:
            writer = BlockWriter(
                function, self.code, self.facts, self.parts.tools, moment.time, moment.step
            )
            for place, (op, arguments, attribute) in enumerate(self.code):
                function.cut()
                writer.write(range(place, place + 1))
                if after_store is not None and op is Op.STORE:
                    element = self.code[arguments[0]].attribute
                    after_store(int(attribute or 0), int(element or 0))
        for name in self.names:
            function.line(
                f"call void @{name}(ptr %frame, ptr %runs, i64 %seed, "
                f"i64 {moment.step}, {self.time} {moment.time})"
            )


class PieceWriter(BlockWriter):
    """Writes one piece of a block; fetches what it needs of the pieces before it."""

    def __init__(
        self,
        function: Function,
        code: Sequence[Instruction],
        facts: Facts,
        tools: Tools,
        pieces: Plan,
    ) -> None:
        super().__init__(function, code, facts, tools)
        self.pieces = pieces

    def write_item(self, item: range) -> None:
        """Write an instruction or a whole loop, after fetching the values that it uses."""
        for place in item:
            for argument in self.code[place].arguments:
                if argument not in item:
                    self._fetch(argument)
        self.write(item)
        if item.start in self.pieces.rows:
            self._keep(item.start)

    def _fetch(self, value: int) -> None:
        if value in self.scalars or value in self.vectors:
            return
        if value in self.pieces.rows:
            self._read_back(value)
            return
        for argument in self.code[value].arguments:
            self._fetch(argument)
        self.write_instruction(value, self.code[value])

    def _keep(self, value: int) -> None:
        """Store a value in its row, truth values as integers."""
        kind, uniform = self.facts.types[value], self.facts.uniform[value]
        name = (self.scalars if uniform else self.vectors)[value]
        stored = self.shape.type(kind, uniform)
        if kind is Type.BOOL:
            stored = self.shape.type(Type.I64, uniform)
            name = self.function.value(f"zext {self.shape.type(kind, uniform)} {name} to {stored}")
        address = self.tools.memory.row(self.function, str(self.pieces.rows[value]))
        self.function.line(f"store {stored} {name}, ptr {address}, align 8")

    def _read_back(self, value: int) -> None:
        kind, uniform = self.facts.types[value], self.facts.uniform[value]
        address = self.tools.memory.row(self.function, str(self.pieces.rows[value]))
        stored = self.shape.type(Type.I64 if kind is Type.BOOL else kind, uniform)
        name = self.function.value(f"load {stored}, ptr {address}, align 8")
        if kind is Type.BOOL:
            truth = self.shape.type(kind, uniform)
            name = self.function.value(f"trunc {stored} {name} to {truth}")
        self.define(value, name)
