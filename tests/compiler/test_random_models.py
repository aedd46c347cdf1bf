"""Random models give the same numbers three ways: read as written, interpreted, compiled."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.compiler.elementary.expand import expand
from headwater.compiler.lowering import storage
from headwater.compiler.pipeline import compile_project
from headwater.compiler.targets.llvm import compile_llvm
from headwater.compiler.targets.reference import compile_reference
from headwater.compiler.verify import verify
from model_lines import project, run
from naive import Naive
from random_models import DIMENSIONS, Writer


def written(seed, size):
    return project(Writer(Random(seed), size).text, dimensions=DIMENSIONS, time=(0, 4, 0.5))


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 8))
def test_the_compiled_model_does_what_is_written(seed, size):
    model = written(seed, size)
    wanted = Naive(model).run()
    found = run(model)
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        values = values.reshape(found[name].shape)
        np.testing.assert_allclose(found[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


@settings(max_examples=6)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 8), folded=st.booleans())
def test_both_targets_agree(seed, size, folded):
    model = written(seed, size)
    program = compile_project(model, inputs=[] if folded else None, method="rk4")
    inputs = np.array([[i.default] * 3 for i in program.inputs]).reshape(-1, 3)
    inputs = inputs * np.array([1.0, 1.1, 0.7])
    ids = np.arange(3)
    expanded = expand(program)
    verify(expanded)
    wanted = compile_reference(expanded).run(inputs, ids)
    found = compile_llvm(program).run(inputs, ids)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), size=st.integers(2, 8))
def test_what_is_saved_does_not_change_what_it_is(seed, size):
    model = written(seed, size)
    everything = run(model)
    chosen = Random(seed).sample(sorted(everything), 2)
    alone = run(model, outputs=chosen, inputs=[])
    for name in chosen:
        np.testing.assert_array_equal(alone[name], everything[name])


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32), size=st.integers(2, 12))
def test_loops_and_unrolled_arrays_give_the_same_bytes(seed, size):
    model = written(seed, size)
    found = []
    for largest in (1, 16, 64):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(storage, "UNROLLED_SIZE", largest)
            program = compile_project(model, method="heun")
        inputs = np.array([[i.default] for i in program.inputs]).reshape(-1, 1)
        found.append(compile_reference(program).run(inputs, np.zeros(1, np.int64)).tobytes())
    assert found[1:] == found[:-1]
