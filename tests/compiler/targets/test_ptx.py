"""The PTX target without a graphics processor: its code carried out by the book, and assembled.

The machine of ``ptx_machine`` gives the bytes of the processor's target, and NVIDIA's assembler
(``ptxas``, where it is installed) accepts what it is given.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import sysconfig
import types
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headwater
from compiler.systems import KEPLER, compiled
from compiler.targets.assembling import epidemic, oscillator
from compiler.targets.ptx_machine import Machine
from compiler.targets.random_programs import random_program
from compiler.targets.test_adaptive_bytes import adaptive_program
from headwater.compiler.elementary import expand
from headwater.compiler.lowering.events import with_horizon
from headwater.compiler.program import Tolerance
from headwater.compiler.targets.llvm import adaptive, compile_llvm
from headwater.compiler.targets.ptx import compile_ptx, executable
from headwater.compiler.targets.ptx.code import ENTRY, write_ptx
from headwater.compiler.targets.ptx.device import Device
from headwater.errors import MissingExtra, UsageError

SEED = 11
RUNS = 3


def carried_out(program, inputs, ids):
    """Return the result of the entry, thread by thread, as the device would leave it."""
    machine = Machine(write_ptx(program).text)
    shape = (program.output_size, len(program.clock.saved_steps()), inputs.shape[1])
    result = machine.store(bytes(8 * int(np.prod(shape))))
    given = machine.store(np.ascontiguousarray(inputs).tobytes())
    names = machine.store(np.asarray(ids, np.int64).tobytes())
    count = inputs.shape[1]
    arguments = [given, count, names, SEED, result, shape[1] * count, count, count]
    for thread in range(count + 2):  # threads beyond the last run do nothing
        machine.run(ENTRY, arguments, thread)
    found = np.frombuffer(machine.read(result, 8 * int(np.prod(shape)))).reshape(shape).copy()
    found[np.isnan(found)] = np.nan
    return found


def assert_same_bytes(program, runs=RUNS):
    inputs = np.random.default_rng(1).normal(size=(len(program.inputs), runs)) * 3
    ids = np.arange(runs) + 5
    expected = compile_llvm(program).run(inputs, ids, SEED)
    found = carried_out(program, inputs, ids)
    np.testing.assert_array_equal(found, expected)
    assert found.tobytes() == expected.tobytes()


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32), elementary=st.booleans())
def test_random_programs_give_the_bytes_of_the_processor(seed, elementary):
    random = Random(seed)
    assert_same_bytes(random_program(random, elementary, random.choice([5, 30, 80])), runs=2)


@pytest.mark.parametrize(
    "program", [epidemic(), oscillator("rk4", 40, 0.25)], ids=["epidemic", "oscillator"]
)
def test_small_models_give_the_bytes_of_the_processor(program):
    assert_same_bytes(program)


ZERO = """
constant c = 1
aux x = FIND_ZERO(left, 1, 1e-9, 20)
aux left = x * x + c
"""


@pytest.mark.parametrize(
    ("text", "name", "given"),
    [
        (KEPLER, "anomaly", [[1.0, 1.5, 2.5], [0.0, 0.5, 0.8]]),
        (ZERO, "x", [[-4.0, 1.0, -9.0]]),
    ],
    ids=["turns", "zeros"],
)
def test_each_thread_searches_by_itself(text, name, given):
    """Three runs that take fewer turns or more; one of the zeros there is not."""
    program = compiled(text, [name], [v.split()[1] for v in text.split("\n") if "constant" in v])
    inputs, ids = np.array(given), np.arange(3)
    expected = compile_llvm(program).run(inputs, ids, SEED)
    assert carried_out(program, inputs, ids).tobytes() == expected.tobytes()


@settings(max_examples=6)
@given(seed=st.integers(0, 2**32))
def test_methods_that_choose_their_step_give_the_bytes_of_the_processor(seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adaptive, "MOST_ATTEMPTS", 25)  # since most random programs are wild
        patch.setenv("HEADWATER_CACHE", "")
        assert_same_bytes(adaptive_program(Random(seed), 20), runs=2)


@pytest.mark.parametrize("method", ["dopri5", "bosh3"])
def test_an_oscillator_in_steps_of_its_own_gives_the_bytes_of_the_processor(method):
    program = replace(oscillator("rk4", 8, 0.25), method=method, tolerance=Tolerance(1e-6, 1e-9))
    assert_same_bytes(with_horizon(expand(program)))


def test_the_flagship_gives_the_bytes_of_the_processor():
    model = headwater.load("tajikistan")
    program = model.program(["population_total", "recruits_total"])
    inputs = np.array([[i.default] for i in program.inputs])
    found = carried_out(program, inputs, [0])
    assert found.tobytes() == compile_llvm(program).run(inputs, np.array([0]), SEED).tobytes()


def _assembler() -> str | None:
    packages = Path(sysconfig.get_path("platlib"))
    inside = packages / "nvidia" / "cuda_nvcc" / "bin" / "ptxas"
    return str(inside) if inside.is_file() else shutil.which("ptxas")


@pytest.mark.parametrize("name", ["epidemic", "tajikistan"])
@pytest.mark.parametrize("device", ["sm_75", "sm_90"])
def test_nvidias_assembler_accepts_the_code(tmp_path, name, device):
    assembler = _assembler()
    if assembler is None:
        pytest.skip("ptxas is missing: install the packages of requirements/ptx.txt")
    if name == "epidemic":
        program = epidemic()
    else:
        program = headwater.load(name).program(["population_total"])
    (tmp_path / "code.ptx").write_text(write_ptx(program).text)
    command = [assembler, f"-arch={device}", "code.ptx", "-o", "code.cubin"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "code.cubin").stat().st_size > 0


def test_no_operation_is_left_to_the_assembler_to_contract():
    text = write_ptx(epidemic()).text
    for operation in ("add.f64", "sub.f64", "mul.f64", "div.f64", "mad.f64", ".approx", ".ftz"):
        assert operation not in text


class FakeDriver(types.ModuleType):
    """NVIDIA's bindings as far as they are used, with the machine as the device."""

    def __init__(self):
        super().__init__("cuda.bindings.driver")
        self.machine = None
        self.freed = []

    def __getattr__(self, name):
        if name in ("cuInit", "cuCtxSetCurrent", "cuCtxSynchronize"):
            return lambda *_: (0,)
        if name in ("cuDeviceGet", "cuDevicePrimaryCtxRetain"):
            return lambda *_: (0, 0)
        raise AttributeError(name)

    def cuMemGetInfo(self):
        return 0, 2**20, 2**20

    def cuModuleLoadData(self, image):
        assert image.endswith(b"\0")
        self.machine = Machine(image[:-1].decode())
        return 0, self.machine

    def cuModuleGetFunction(self, module, name):
        return 0, name.decode()

    def cuMemAlloc(self, size):
        return 0, Pointer(self.machine.store(bytes(size)))

    def cuMemFree(self, memory):
        self.freed.append(memory)
        return (0,)

    def cuMemcpyHtoD(self, memory, source, size):
        self.machine.write(int(memory), ctypes.string_at(source, size))
        return (0,)

    def cuMemcpyDtoH(self, target, memory, size):
        ctypes.memmove(target, self.machine.read(int(memory), size), size)
        return (0,)

    def cuLaunchKernel(self, name, *shape):
        values, _ = shape[-2]
        assert shape[0] * shape[3] >= values[-1]
        for thread in range(values[-1]):
            self.machine.run(name, list(values), thread)
        return (0,)


class Pointer:
    """An address of the device, which is not a whole number."""

    def __init__(self, address):
        self.address = address

    def __int__(self):
        return self.address


@pytest.mark.parametrize("batch", [2, 100])
def test_runs_come_back_in_their_places_whatever_the_batch(monkeypatch, batch):
    driver = FakeDriver()
    bindings = types.ModuleType("cuda.bindings")
    bindings.driver = driver
    monkeypatch.setitem(sys.modules, "cuda", types.ModuleType("cuda"))
    monkeypatch.setitem(sys.modules, "cuda.bindings", bindings)
    monkeypatch.setattr(executable, "LARGEST_BATCH", batch)
    monkeypatch.setattr(executable, "first_device", cache(Device))
    program = epidemic(steps=20)
    inputs, ids = np.random.default_rng(2).uniform(1, 9, (len(program.inputs), 5)), np.arange(5)
    done = []
    found = compile_ptx(program).run(inputs, ids, SEED, progress=done.append)
    assert found.tobytes() == compile_llvm(program).run(inputs, ids, SEED).tobytes()
    assert sum(done) == 5
    assert len(driver.freed) == 3


def test_without_a_device_the_error_says_what_is_missing():
    try:
        from cuda.bindings import driver

        present = driver.cuInit(0)[0] == 0
    except (ImportError, RuntimeError):
        present = False
    if present:
        pytest.skip("this machine has an NVIDIA device")
    with pytest.raises((MissingExtra, UsageError), match="NVIDIA"):
        headwater.load("galam-javarone").run(target="ptx")
