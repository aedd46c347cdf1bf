"""The block builder: what it folds, shares and forwards, and what it must not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.compiler.lowering.builder import BlockBuilder, wrap
from headwater.compiler.program import Op
from headwater.compiler.targets.reference import VALUES

FLOATS = st.floats(allow_nan=True, allow_infinity=True)
WORDS = st.integers(-(2**63), 2**63 - 1)
BINARY = ["ADD", "SUB", "MUL", "DIV", "MIN", "MAX", "COPYSIGN"]
UNARY = ["NEG", "ABS", "SQRT", "FLOOR", "CEIL", "TRUNC", "RINT"]
INTEGER = ["IADD", "ISUB", "IMUL", "IAND", "IOR", "IXOR", "SHL", "SHR", "SAR"]


def bits(value):
    return np.float64(value).view(np.int64)


@pytest.mark.parametrize("name", BINARY)
@given(a=FLOATS, b=FLOATS)
def test_folding_two_floats_gives_the_bits_that_numpy_gives(name, a, b):
    build = BlockBuilder()
    folded = build.literal(build.emit(Op[name], build.number(a), build.number(b)))
    with np.errstate(all="ignore"):
        wanted = float(VALUES[Op[name]](np.float64(a), np.float64(b)))
    assert bits(folded) == bits(wanted) or (math.isnan(folded) and math.isnan(wanted))


@pytest.mark.parametrize("name", UNARY)
@given(a=FLOATS)
def test_folding_one_float_gives_the_bits_that_numpy_gives(name, a):
    build = BlockBuilder()
    folded = build.literal(build.emit(Op[name], build.number(a)))
    with np.errstate(all="ignore"):
        wanted = float(VALUES[Op[name]](np.float64(a)))
    assert bits(folded) == bits(wanted) or (math.isnan(folded) and math.isnan(wanted))


@pytest.mark.parametrize("name", INTEGER)
@given(a=WORDS, b=WORDS)
def test_folding_integers_wraps_as_64_bits_do(name, a, b):
    build = BlockBuilder()
    folded = build.literal(build.emit(Op[name], build.integer(a), build.integer(b)))
    with np.errstate(all="ignore"):
        assert folded == int(VALUES[Op[name]](np.int64(a), np.int64(b)))


@given(a=FLOATS)
def test_conversion_to_an_integer_saturates(a):
    build = BlockBuilder()
    folded = build.literal(build.emit(Op.TO_INTEGER, build.number(a)))
    with np.errstate(all="ignore"):
        assert folded == int(VALUES[Op.TO_INTEGER](np.float64(a)))


def test_wrap_is_twos_complement():
    assert wrap(2**63) == -(2**63)
    assert wrap(2**64 + 5) == 5
    assert wrap(-(2**63) - 1) == 2**63 - 1


def test_elementary_functions_are_never_folded():
    build = BlockBuilder()
    for name in ("EXP", "LOG", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN"):
        assert build.literal(build.emit(Op[name], build.number(0.5))) is None


def test_zero_times_a_value_is_kept_because_the_value_may_be_nan():
    build = BlockBuilder()
    time = build.emit(Op.TIME)
    product = build.emit(Op.MUL, build.number(0.0), time)
    assert build.literal(product) is None
    assert build.emit(Op.ADD, build.number(0.0), time) != time  # -0 + 0 is +0


def test_one_times_a_value_is_the_value():
    build = BlockBuilder()
    time = build.emit(Op.TIME)
    assert build.emit(Op.MUL, time, build.number(1.0)) == time
    assert build.emit(Op.DIV, time, build.number(1.0)) == time


def test_signed_zeros_are_two_literals():
    build = BlockBuilder()
    assert build.number(0.0) != build.number(-0.0)
    assert build.number(0.0) == build.number(0.0)


def test_equal_instructions_are_shared():
    build = BlockBuilder()
    time = build.emit(Op.TIME)
    assert build.emit(Op.NEG, time) == build.emit(Op.NEG, time)


def test_a_stored_value_is_forwarded_to_a_load():
    build = BlockBuilder()
    time, zero = build.emit(Op.TIME), build.integer(0)
    build.store(3, zero, time)
    assert build.load(3, zero) == time


def test_a_store_at_a_computed_index_forgets_what_was_known():
    build = BlockBuilder()
    time, zero = build.emit(Op.TIME), build.integer(0)
    build.store(3, zero, time)
    build.store(3, build.emit(Op.STEP), build.number(1.0))
    assert build.load(3, zero) != time


def test_loads_are_shared_only_while_nothing_is_stored():
    build = BlockBuilder()
    index = build.emit(Op.STEP)
    first = build.load(3, index)
    assert build.load(3, index) == first
    build.store(3, index, build.number(1.0))
    assert build.load(3, index) != first


def test_a_value_made_in_a_loop_is_not_used_after_it():
    build = BlockBuilder()
    time = build.emit(Op.TIME)
    with build.loop(4):
        inside = build.emit(Op.NEG, time)
    assert build.emit(Op.NEG, time) != inside


def test_an_accumulator_is_read_again_in_every_turn():
    build = BlockBuilder()
    zero = build.integer(0)
    build.accumulators.add(7)
    start = build.number(0.0)
    build.store(7, zero, start)
    with build.loop(4):
        inside = build.load(7, zero)
        assert inside != start
        build.store(7, zero, build.emit(Op.ADD, inside, build.emit(Op.TIME)))
    after = build.load(7, zero)
    assert build.instructions[after].op is Op.LOAD


def test_cells_known_from_earlier_blocks_are_literals():
    build = BlockBuilder({(2, 0): 4.0})
    assert build.literal(build.load(2, build.integer(0))) == 4.0
    assert build.literal(build.load(2, build.integer(1))) is None
