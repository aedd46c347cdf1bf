"""From a program to one that also computes derivatives, in forward mode.

Beside each slot that depends on a chosen input stands one with its derivatives in some
*directions*, one for each input. Stocks get stocks, memory gets memory, so that the derivatives go
with the run through every step of any method. What is not differentiable is taken as it is on the
side where it is computed: the branch that was chosen, the segment of a graphical function, 0 for
what is rounded. See Griewank and Walther, *Evaluating Derivatives* (2008), chapters 3 and 9.

Within a block, a value's derivatives are those by its *sources*: what is loaded, or a value before
it. These are shared by all directions. Only what is stored, and values with too many sources,
which become sources themselves, are computed in each direction. In a short program the directions
are written one after another; in a longer one a loop over them follows each stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from headwater.compiler.derivatives.activity import Activity, find_activity
from headwater.compiler.derivatives.cost import fewest_operations
from headwater.compiler.derivatives.rules import CHOOSING, GUARDED, Rest, Rules
from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.lowering.liveness import prune, with_blocks
from headwater.compiler.program import (
    ENDS,
    SIGNATURES,
    Block,
    GraphTable,
    Input,
    Instruction,
    Op,
    Output,
    Program,
    Role,
    Slot,
    Type,
)
from headwater.compiler.targets.llvm.facts import Range, analyse
from headwater.compiler.verify import verify

DIRECTION = "direction"
DIMENSION = "constant"

UNROLLED = 6000
"""Up to so many derivatives of single values, directions are written one after another."""

STRETCH = 150
"""Instructions before a loop over the directions."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which derivatives a program computes.

    ``inputs`` are numbers of the program's inputs. A run has ``width`` of them at once, from the
    one on that an input named :data:`DIRECTION` gives; where all fit there is no such input.
    """

    inputs: tuple[int, ...]
    width: int

    @property
    def groups(self) -> int:
        """Number of runs that the derivatives of one run take."""
        return -(-len(self.inputs) // self.width)


def differentiate(program: Program, plan: Plan) -> Program:
    """Return the program with, after each output, its derivatives: an output named ``d(name)``.

    It has one more dimension, ``constant``, last, of size ``plan.width``; outputs without any
    derivative that is not 0 have none. Inputs and outputs of the program stay as they are, and its
    numbers are the same to the last bit. Raises :class:`ModelError` for what has no derivative.
    """
    seeds: dict[int, int] = {}
    for number, place in enumerate(plan.inputs):
        slot = program.inputs[place].slot
        mask = 1 << number if plan.groups == 1 else (1 << plan.width) - 1
        seeds[slot] = seeds.get(slot, 0) | mask
    work = _Work(program, plan, find_activity(program, seeds))
    work.make_slots()
    blocks = {
        name: _Transform(work, name, block).block() if name != "horizon" else block
        for name, block in program.blocks.items()
    }
    result = replace(
        with_blocks(program, blocks),
        name=f"derivatives of {program.name}",
        slots=tuple(work.slots),
        inputs=(*program.inputs, *work.inputs),
        outputs=(*program.outputs, *_outputs(work)),
        graphs=tuple(work.graphs),
    )
    result = prune(result)
    verify(result)
    return result


@dataclass(slots=True)
class _Work:
    """What the blocks of the new program share. ``tangent`` is the slot of each slot's own."""

    program: Program
    plan: Plan
    activity: Activity
    slots: list[Slot] = field(init=False)
    graphs: list[GraphTable] = field(init=False)
    tangent: dict[int, int] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    known: dict[tuple[int, int], float] = field(default_factory=dict)
    unrolled: bool = field(init=False)

    def __post_init__(self) -> None:
        self.slots = list(self.program.slots)
        self.graphs = list(self.program.graphs)
        self.unrolled = self.plan.width == 1 or self.activity.work <= UNROLLED

    def make_slots(self) -> None:
        """Make the slots of derivatives; stocks and their rates in the same order."""
        slots, active = self.program.slots, self.activity.slots
        stocks = [k for k, s in enumerate(slots) if s.role is Role.STOCK]
        rates = [k for k, s in enumerate(slots) if s.role is Role.DERIVATIVE]
        moving = {s: active[s] for s in stocks if active.get(s)}
        paired = {r for s, r in zip(stocks, rates, strict=True) if s in moving}
        for number, slot in enumerate(slots):
            if active.get(number) or number in paired:
                role = Role.CONSTANT if slot.role is Role.INPUT else slot.role
                self.tangent[number] = self.add(f"d({slot.name})", role, slot.size)
        if self.plan.groups == 1:
            self._note_seeds()
        else:
            self.slots.append(Slot(DIRECTION, Role.INPUT))
            self.inputs.append(Input(DIRECTION, len(self.slots) - 1, 0, 0.0))

    def _note_seeds(self) -> None:
        """Note what the derivatives of inputs are, where every run has all directions."""
        width = self.plan.width
        for number, place in enumerate(self.plan.inputs):
            given = self.program.inputs[place]
            slot = self.tangent[given.slot]
            for cell in range(self.slots[slot].size):
                self.known.setdefault((slot, cell), 0.0)
            self.known[slot, given.offset * width + number] = 1.0

    def add(self, name: str, role: Role, size: int) -> int:
        """Add a slot with ``width`` cells for each of ``size`` values."""
        self.slots.append(Slot(name, role, size * self.plan.width))
        return len(self.slots) - 1


def _outputs(work: _Work) -> Iterator[Output]:
    for item in work.program.outputs:
        if item.slot in work.tangent:
            yield Output(
                f"d({item.name})",
                work.tangent[item.slot],
                (*item.dimensions, DIMENSION),
                (*item.shape, work.plan.width),
                item.static,
            )


@dataclass(slots=True)
class _Item:
    """Something to compute in each direction: the derivative of ``place``, or what it stores.

    ``sum`` are its sources and the derivatives by them; where there are none ``rest`` is computed
    from the derivatives of its arguments.
    """

    place: int
    mask: int
    sum: Mapping[int, int]
    rest: Rest | None = None


class _Transform:
    """One block while its derivatives are added.

    ``new`` are the values of the old block in the new one, and ``partials`` their derivatives by
    sources. ``tangents`` are derivatives by direction and source, of those that were computed and
    can be reached here; ``loaded`` are sources that are read where they are needed, with the first
    of their cells.
    """

    def __init__(self, work: _Work, name: str, block: Block) -> None:
        self.work = work
        self.name = name
        self.code = block.instructions
        self.masks = work.activity.blocks[name]
        self.width = work.plan.width
        self.rules = Rules(work.program, work.graphs, BlockBuilder(work.known))
        self.builder: BlockBuilder = self.rules.builder
        self.new: dict[int, int] = {}
        self.partials: dict[int, dict[int, int]] = {}
        self.tangents: list[dict[int, int]] = [{} for _ in range(self.width)]
        self.loaded: dict[int, int] = {}
        self.ranges: Sequence[Range | None] = analyse(self.code, work.program).ranges
        self.written = {int(i.attribute or 0) for i in self.code if i.op is Op.STORE}
        self.most = fewest_operations(self.code, self.masks, self.width)
        self.waiting: list[_Item] = []
        self.kept: dict[int, int] = {}
        self.kept_slot = -1
        self.direction = 0

    def block(self) -> Block:
        """Return the block with derivatives."""
        builder = self.builder
        builder.accumulators |= self._written_in_loops()
        if self.name == "constants":
            self._seed()
        loops: list[AbstractContextManager[int]] = []
        for place, instruction in enumerate(self.code):
            if instruction.op is Op.LOOP:
                self._flush()
                loops.append(builder.loop(int(instruction.attribute or 0)))
                self.new[place] = loops[-1].__enter__()
            elif instruction.op in ENDS:
                self._flush()
                for condition in instruction.arguments:
                    builder.leave_when(self.new[condition])
                loops.pop().__exit__(None, None, None)
            else:
                self._instruction(place, instruction)
                if len(self.waiting) >= STRETCH:
                    self._flush()
        self._flush()
        if self.kept:
            slots, size = self.work.slots, len(self.kept) * self.width
            slots[self.kept_slot] = replace(slots[self.kept_slot], size=size)
        return builder.block()

    def _written_in_loops(self) -> set[int]:
        """Return the slots, with those of their derivatives, that some loop writes."""
        depth, found = 0, set()
        for op, _, attribute in self.code:
            depth += (op is Op.LOOP) - (op in ENDS)
            if op is Op.STORE and depth:
                found.add(int(attribute or 0))
        return found | {self.work.tangent[s] for s in found if s in self.work.tangent}

    def _seed(self) -> None:
        """Set the derivatives of the inputs: 1 in the direction of each, 0 in the others."""
        builder, plan = self.builder, self.work.plan
        for number, place in enumerate(plan.inputs):
            given = self.work.program.inputs[place]
            slot = self.work.tangent[given.slot]
            for j in range(self.width):
                index = builder.integer(given.offset * self.width + j)
                if plan.groups == 1:
                    if j == number:
                        builder.store(slot, index, builder.number(1.0))
                    continue
                direction = builder.load(self.work.inputs[0].slot, builder.integer(0))
                mine = builder.emit(Op.EQ, direction, builder.number(float(number - j)))
                one, zero = builder.number(1.0), builder.number(0.0)
                builder.store(slot, index, builder.emit(Op.SELECT, mine, one, zero))

    # Instructions

    def _instruction(self, place: int, instruction: Instruction) -> None:
        """Copy an instruction, and add its derivatives."""
        op, arguments, attribute = instruction
        builder, values = self.builder, [self.new[a] for a in arguments]
        if op is Op.STORE:
            builder.store(int(attribute or 0), values[0], values[1])
            if int(attribute or 0) in self.work.tangent:
                self._store(place, values[0])
            return
        if op is Op.FLOAT:
            assert isinstance(attribute, float)
            self.new[place] = builder.number(attribute)
        elif op is Op.INTEGER:
            self.new[place] = builder.integer(int(attribute or 0))
        elif op is Op.BOOLEAN:
            self.new[place] = builder.boolean(bool(attribute))
        elif op is Op.LOAD:
            self.new[place] = builder.load(int(attribute or 0), values[0])
        else:
            self.new[place] = builder.emit(op, *values, attribute=attribute)
        if not self.masks[place] or SIGNATURES[op].result is Type.I64:
            return  # a whole number has no slope: what is made of a number's bits
        if op is Op.LOAD:
            self._load(place, values[0])
        elif op in GUARDED or self._drops(place):
            self._guarded(place)
        else:
            self._differentiate(place, self._rest(place))

    def _rest(self, place: int) -> Rest:
        """Write what all directions share of an operation; return the rest."""
        op, arguments, attribute = self.code[place]
        values = [self.new[a] for a in arguments]
        if op is Op.LOOKUP:
            return self.rules.look_up(int(attribute or 0), values[0], values[1])
        active = [bool(self.masks[a]) for a in arguments]
        return self.rules.rest(op, values, self.new[place], active)

    def _differentiate(self, place: int, rest: Rest) -> None:
        """Write a value's derivatives by its sources."""
        given = [self.partials.get(a, {}) for a in self.code[place].arguments]
        found: dict[int, int] = {}
        for source in dict.fromkeys(s for partial in given for s in partial):
            derivative = rest([partial.get(source) for partial in given])
            if derivative is not None and self.builder.literal(derivative) != 0.0:
                found[source] = derivative
        self.partials[place] = found
        if len(found) > self.most:
            self._make_source(place)

    def _guarded(self, place: int) -> None:
        """An infinite derivative is none at all where its argument does not move or is left out."""
        for argument in self.code[place].arguments:
            if self.masks[argument]:
                self._make_source(argument)
        rest = self._rest(place)
        self.partials[place] = {place: self.builder.number(1.0)}
        self._in_each_direction(_Item(place, self.masks[place], {}, rest))

    def _drops(self, place: int) -> bool:
        """Whether a choice leaves out what only one side depends on, be it infinite."""
        op, arguments, _ = self.code[place]
        if op not in CHOOSING:
            return False
        a, b = (self.partials.get(x, {}) for x in arguments[CHOOSING[op] :])
        return a.keys() != b.keys()

    def _make_source(self, place: int) -> None:
        """Compute a value's derivatives in each direction, unless it is a source already."""
        partial = self.partials.get(place, {})
        if place in partial or not partial:
            return
        self.partials[place] = {place: self.builder.number(1.0)}
        self._in_each_direction(_Item(place, self.masks[place], partial))

    def _load(self, place: int, index: int) -> None:
        """What a block does not write itself is read where it is needed."""
        slot = int(self.code[place].attribute or 0)
        self.partials[place] = {place: self.builder.number(1.0)}
        row = self._row(slot, self.code[place].arguments[0], index)
        if slot in self.written:
            tangent = self.work.tangent[slot]

            def read(_: Sequence[int | None]) -> int:
                return self.builder.load(tangent, self._cell(row))

            self._in_each_direction(_Item(place, self.masks[place], {}, read))
        else:
            self.loaded[place] = row

    def _store(self, place: int, index: int) -> None:
        slot = int(self.code[place].attribute or 0)
        position, value = self.code[place].arguments
        row, tangent = self._row(slot, position, index), self.work.tangent[slot]

        def put(tangents: Sequence[int | None]) -> int | None:
            given = tangents[0]
            value = self.builder.number(0.0) if given is None else given
            self.builder.store(tangent, self._cell(row), value)
            return None

        mask = self.work.activity.slots.get(slot, 0)
        self._in_each_direction(_Item(place, mask, self.partials.get(value, {}), put))

    def _row(self, slot: int, index: int, value: int) -> int:
        """Return the first cell of an element's derivatives; an index outside means the nearest."""
        emit, builder = self.builder.emit, self.builder
        size = self.work.program.slots[slot].size
        known = self.ranges[index]
        if known is None or known[0] < 0 or known[1] >= size:
            zero, last = builder.integer(0), builder.integer(size - 1)
            value = emit(Op.ISELECT, emit(Op.ILT, value, zero), zero, value)
            value = emit(Op.ISELECT, emit(Op.ILT, last, value), last, value)
        return emit(Op.IMUL, value, builder.integer(self.width))

    def _cell(self, row: int) -> int:
        return self.builder.emit(Op.IADD, row, self.direction)

    # Directions

    def _in_each_direction(self, item: _Item) -> None:
        if not self.work.unrolled:
            self.waiting.append(item)
            return
        for j in range(self.width):
            if item.mask >> j & 1:
                self.direction = self.builder.integer(j)
                self._compute(item, self.tangents[j], j)

    def _flush(self) -> None:
        """Write the loop over directions for what is waiting."""
        if not self.waiting:
            return
        items, self.waiting = self.waiting, []
        reached: dict[int, int] = {}
        with self.builder.loop(self.width) as index:
            self.direction = index
            for item in items:
                self._compute(item, reached, None)
                if item.place in reached:
                    self._keep(item.place, reached[item.place])

    def _compute(self, item: _Item, tangents: dict[int, int], j: int | None) -> None:
        """Write an item in the current direction, which is ``j`` where it is a literal."""
        store = self.code[item.place].op is Op.STORE
        if item.sum or store:
            terms = [(self._tangent(s, tangents, j), factor) for s, factor in item.sum.items()]
            found = self.rules.sum(terms)
            if store and item.rest is not None:
                item.rest([found])
        else:
            assert item.rest is not None
            given = self.code[item.place].arguments
            found = item.rest([self._tangent(a, tangents, j) for a in given])
        if found is not None and not store and self.builder.literal(found) != 0.0:
            tangents[item.place] = found

    def _tangent(self, source: int, tangents: dict[int, int], j: int | None) -> int | None:
        """Return a source's derivative in the current direction; None where it is 0."""
        if source in tangents:
            return tangents[source]
        if not self.masks[source] >> (j or 0) & 1 and j is not None:
            return None
        if source in self.loaded:
            slot = self.work.tangent[int(self.code[source].attribute or 0)]
            found = self.builder.load(slot, self._cell(self.loaded[source]))
            return None if self.builder.literal(found) == 0.0 else found
        if source in self.kept:
            row = self.builder.integer(self.kept[source] * self.width)
            tangents[source] = self.builder.load(self.kept_slot, self._cell(row))
        return tangents.get(source)

    def _keep(self, place: int, tangent: int) -> None:
        """Put a source's derivative where later loops over directions find it."""
        if not self.kept:
            self.kept_slot = self.work.add(f"derivatives in {self.name}", Role.SCRATCH, 1)
        number = self.kept.setdefault(place, len(self.kept))
        row = self.builder.integer(number * self.width)
        self.builder.store(self.kept_slot, self._cell(row), tangent)
