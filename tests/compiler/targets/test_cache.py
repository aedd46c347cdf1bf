"""The cache of compiled code: hits, corruption, several processes, folders that cannot be used."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from compiler.targets.assembling import epidemic
from headwater.compiler.fingerprint import program_hash
from headwater.compiler.program import Instruction
from headwater.compiler.targets.llvm import cache, compile_llvm, kernel


@pytest.fixture
def compilations(monkeypatch):
    """The programs that were compiled, not loaded."""
    names = []

    def write(program, lanes, processor):
        names.append(program.name)
        return write_program(program, lanes, processor)

    write_program = kernel.write_program
    monkeypatch.setattr(kernel, "write_program", write)
    return names


def result(program=None):
    inputs = np.array([[6.0], [0.05], [8.0]])
    return compile_llvm(program or epidemic()).run(inputs, np.arange(1))


def entries(folder):
    return sorted((folder / "llvm").glob("*.object"))


def test_a_program_is_compiled_once(compilations, own_cache):
    first = result()
    np.testing.assert_array_equal(result(), first)
    assert compilations == ["epidemic"]
    assert len(entries(own_cache)) == 1


def test_what_the_code_depends_on_makes_another_entry(compilations, own_cache):
    result()
    result(epidemic(steps=321))
    compile_llvm(epidemic(), lanes=1)
    assert len(compilations) == 3
    assert len(entries(own_cache)) == 3


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other"])
def test_a_damaged_entry_is_compiled_again(compilations, own_cache, damage):
    expected = result()
    (path,) = entries(own_cache)
    content = path.read_bytes()
    path.write_bytes(
        {
            "cut": content[: len(content) // 2],
            "flip": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
            "empty": b"",
            "other": b"not an object at all",
        }[damage]
    )
    np.testing.assert_array_equal(result(), expected)
    assert len(compilations) == 2
    assert entries(own_cache)[0].read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_folder_that_others_may_write_is_not_trusted(compilations, own_cache):
    result()
    (own_cache / "llvm").chmod(0o777)
    assert cache.load(entries(own_cache)[0].stem) is None


def test_a_folder_that_cannot_be_made_means_no_cache(compilations, monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("in the way")
    monkeypatch.setenv("HEADWATER_CACHE", str(file / "below"))
    np.testing.assert_array_equal(result(), result())
    assert len(compilations) == 2


def test_an_empty_variable_means_no_cache(compilations, monkeypatch):
    monkeypatch.setenv("HEADWATER_CACHE", "")
    assert cache.directory() is None
    result()
    result()
    assert len(compilations) == 2


def test_the_entries_not_used_for_longest_are_deleted(own_cache, monkeypatch):
    for age, name in enumerate("abcd"):
        cache.save(name, cache.Code(1, b"x" * 100))
        os.utime(own_cache / "llvm" / f"{name}.object", (1e9 - age, 1e9 - age))
    monkeypatch.setattr(cache, "MOST_ENTRIES", 3)
    cache.save("e", cache.Code(1, b"y"))
    assert [path.stem for path in entries(own_cache)] == ["a", "b", "e"]
    monkeypatch.setattr(cache, "LARGEST_TOTAL", 200)
    cache.save("f", cache.Code(2, b"z", 8))
    assert [path.stem for path in entries(own_cache)] == ["e", "f"]
    assert cache.load("f") == cache.Code(2, b"z", 8)


def test_files_that_were_never_finished_are_deleted(own_cache):
    cache.save("a", cache.Code(1, b"x"))
    left = own_cache / "llvm" / "half.tmp"
    left.write_bytes(b"")
    cache.save("b", cache.Code(1, b"x"))
    assert left.exists()  # it may still be written
    os.utime(left, (1e9, 1e9))
    cache.save("c", cache.Code(1, b"x"))
    assert not left.exists()


SCRIPT = """
import numpy as np
from compiler.targets.assembling import epidemic
from headwater.compiler.targets.llvm import compile_llvm
for steps in range(100, 106):
    executable = compile_llvm(epidemic(steps=steps))
    inputs = np.array([[6.0], [0.05], [8.0]])
    print(executable.run(inputs, np.arange(1))[:, -1].tobytes().hex())
"""


def test_two_processes_may_compile_at_once(own_cache):
    paths = os.pathsep.join(p for p in sys.path if p)
    environment = {**os.environ, "PYTHONPATH": paths}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    printed = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert printed[0] == printed[1] and printed[0].count("\n") == 6
    assert len(entries(own_cache)) == 6
    assert not list((own_cache / "llvm").glob("*.tmp"))


def test_a_fingerprint_is_of_the_whole_content():
    program = epidemic()
    assert program_hash(program) == program_hash(epidemic())
    assert program_hash(program) == program_hash(replace(program, notes=("a remark",)))
    code = list(program.step.instructions)
    code[0] = Instruction(code[0].op, code[0].arguments, 1)
    changed = replace(program.step, instructions=tuple(code))
    others = [
        replace(program, name="other"),
        replace(program, method="euler"),
        replace(program, clock=replace(program.clock, dt=0.5)),
        replace(program, slots=(replace(program.slots[0], name="else"), *program.slots[1:])),
        replace(program, inputs=(replace(program.inputs[0], default=7.0), *program.inputs[1:])),
        replace(program, outputs=program.outputs[1:]),
        replace(program, step=changed),
        replace(program, initial=program.step, step=program.initial),
    ]
    assert len({program_hash(p) for p in (program, *others)}) == 9
