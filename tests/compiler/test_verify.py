"""The verifier rejects broken programs, made by hand, and says where they break."""

from dataclasses import replace

import numpy as np
import pytest

from headwater.compiler.program import (
    Block,
    Clock,
    GraphTable,
    Input,
    Instruction,
    Op,
    Output,
    Program,
    Role,
    Slot,
    Table,
)
from headwater.compiler.verify import verify
from headwater.errors import CompileError

ZERO = Instruction(Op.INTEGER, (), 0)
ONE = Instruction(Op.FLOAT, (), 1.0)

GOOD = Program(
    "good",
    Clock(0.0, 1.0, 3),
    "euler",
    (
        Slot("x", Role.INPUT),
        Slot("s", Role.STOCK, 2),
        Slot("d(s)", Role.DERIVATIVE, 2),
        Slot("y", Role.STEP),
    ),
    (Input("x", 0, 0, 1.0),),
    (Output("y", 3),),
    constants=Block(),
    initial=Block(
        (
            Instruction(Op.LOOP, (), 2),
            ONE,
            Instruction(Op.STORE, (0, 1), 1),
            Instruction(Op.END),
        )
    ),
    step=Block((ZERO, Instruction(Op.LOAD, (0,), 0), Instruction(Op.STORE, (0, 1), 3))),
    update=Block(),
    commit=Block(),
)


def test_the_good_program_passes():
    verify(GOOD)


BAD_STEPS = {
    "not made before": (Instruction(Op.NEG, (0,)),),
    "negative value": (ONE, Instruction(Op.NEG, (-1,))),
    "is f64, not i64": (ONE, Instruction(Op.LOAD, (0,), 0)),
    "is i64, not f64": (ZERO, Instruction(Op.NEG, (0,))),
    "it has 1 arguments": (ONE, Instruction(Op.ADD, (0,))),
    "loop that has ended": (
        Instruction(Op.LOOP, (), 2),
        Instruction(Op.TO_FLOAT, (0,)),
        Instruction(Op.END),
        Instruction(Op.NEG, (1,)),
    ),
    "this loop has no end": (Instruction(Op.LOOP, (), 2),),
    "no loop is open": (Instruction(Op.END),),
    "a loop of 0 turns": (Instruction(Op.LOOP, (), 0), Instruction(Op.END)),
    "its value is not a float": (Instruction(Op.FLOAT, (), 1),),
    "its value is not an integer": (Instruction(Op.INTEGER, (), 1.0),),
    "does not fit into 64 bits": (Instruction(Op.INTEGER, (), 2**63),),
    "its value is not a truth value": (Instruction(Op.BOOLEAN, (), 1),),
    "no number 9": (ZERO, Instruction(Op.LOAD, (0,), 9)),
    "no number None": (ZERO, Instruction(Op.LOAD, (0,), None)),
    "index 2 is outside": (Instruction(Op.INTEGER, (), 2), Instruction(Op.LOAD, (0,), 1)),
    "must not write a stock": (ZERO, ONE, Instruction(Op.STORE, (0, 1), 1)),
    "must not write a input": (ZERO, ONE, Instruction(Op.STORE, (0, 1), 0)),
    "must not read a derivative": (ZERO, Instruction(Op.LOAD, (0,), 2)),
    "divisor is not a positive literal": (
        ZERO,
        Instruction(Op.STEP),
        Instruction(Op.IMOD, (0, 1)),
    ),
    "divisor is not a positive literal ": (ZERO, Instruction(Op.IDIV, (0, 0))),
    "it has an attribute": (ONE, Instruction(Op.NEG, (0,), 4)),
}


@pytest.mark.parametrize("message", BAD_STEPS)
def test_a_broken_block_is_rejected(message):
    wanted = {"negative value": "not made before"}.get(message, message.strip())
    with pytest.raises(CompileError, match=wanted):
        verify(replace(GOOD, step=Block(BAD_STEPS[message])))


def test_constants_do_not_know_the_time():
    with pytest.raises(CompileError, match="do not know the time"):
        verify(replace(GOOD, constants=Block((Instruction(Op.TIME),))))


BAD_LISTS = {
    "stocks and derivatives": {"slots": (*GOOD.slots, Slot("t", Role.STOCK))},
    "its size is 0": {"slots": (*GOOD.slots, Slot("t", Role.SCRATCH, 0))},
    "it has no input slot": {"inputs": (Input("x", 1, 0, 1.0),)},
    "offset 1 is outside": {"inputs": (Input("x", 0, 1, 1.0),)},
    "is not its slot's size": {"outputs": (Output("y", 3, ("d",), (2,)),)},
    "dimensions and shape": {"outputs": (Output("s", 1, (), (2,)),)},
    "called static": {"outputs": (Output("y", 3, static=True),)},
    "it has no slot": {"outputs": (Output("y", 30),)},
    "makes no run": {"clock": Clock(0.0, 0.0, 3)},
    "not a vector": {"tables": (Table("t", np.zeros((0,))),)},
    "abscissae decrease": {
        "graphs": (GraphTable("g", "continuous", (np.array([1.0, 0.0]),), (np.zeros(2),)),)
    },
    "points do not match": {
        "graphs": (GraphTable("g", "continuous", (np.array([0.0, 1.0]),), (np.zeros(3),)),)
    },
}


@pytest.mark.parametrize("message", BAD_LISTS)
def test_broken_lists_are_rejected(message):
    with pytest.raises(CompileError, match=message):
        verify(replace(GOOD, **BAD_LISTS[message]))
