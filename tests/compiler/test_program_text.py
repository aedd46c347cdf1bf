"""Programs come back from text as they were."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.api import load
from headwater.compiler.fingerprint import program_hash
from headwater.compiler.pipeline import compile_project
from headwater.compiler.program_text import _block_of, program_from_text, program_to_text
from headwater.compiler.targets.llvm import compile_llvm
from headwater.model.deferred import put_off_of
from headwater.model.project import Project
from headwater.simulation import building, kept_programs
from model_lines import project
from random_models import DIMENSIONS, Writer


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 10))
def test_a_program_is_the_same_from_text(seed: int, size: int) -> None:
    model = project(Writer(Random(seed), size).text, dimensions=DIMENSIONS, time=(0, 4, 0.5))
    program = compile_project(model, method="rk4")
    again = program_from_text(program_to_text(program))
    assert again.blocks == program.blocks
    assert (again.slots, again.inputs, again.outputs) == (
        program.slots,
        program.inputs,
        program.outputs,
    )
    assert program_hash(replace(again)) == program_hash(again) == program_hash(program)


def test_special_numbers_survive() -> None:
    text = "aux a = -0.0 * TIME\naux b = 1e308 * 10 + TIME\naux c = TIME * 4.9e-324"
    program = compile_project(project(text))
    again = program_from_text(program_to_text(program))
    values = [
        np.array([i.attribute for i in p.step.instructions if i.op.value == "float"]).tobytes()
        for p in (program, again)
    ]
    assert values[0] == values[1]


def test_a_kept_program_runs_at_other_times_without_its_instructions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HEADWATER_CACHE", str(tmp_path / "cache"))
    program = compile_project(project("stock s = 8; - s / 2", time=(0, 4, 1)))
    again = program_from_text(program_to_text(program))
    later = replace(again, clock=replace(again.clock, stride=2))
    compile_llvm(replace(program, clock=later.clock))
    values = compile_llvm(later).run(np.empty((0, 1)), np.zeros(1, dtype=np.int64))
    assert values[0, :, 0].tolist() == [8, 2, 0.5]
    assert put_off_of(later.step) is not None
    assert program_hash(later) == program_hash(replace(program, clock=later.clock))
    assert later.step.instructions == program.step.instructions
    assert put_off_of(later.step) is None
    assert program_hash(replace(later)) == program_hash(later)


@pytest.mark.parametrize(
    "rows",
    [
        ("AA==", "", "", ""),  # a literal without its number
        ("/w==", "", "", ""),  # no operation has this number
        ("", "AAAAAA==", "", ""),  # an argument of nothing
        ("", "", ""),
    ],
)
def test_code_that_does_not_fit_together_is_refused(rows: tuple[str, ...]) -> None:
    with pytest.raises((ValueError, TypeError)):
        _block_of(*rows)


@pytest.mark.parametrize("text", ["", "[]", "[[],1]", "[[],[-1]]", "[[],[0]]"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        program_from_text(text.encode())


def test_a_program_is_compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiled: list[str] = []
    compile_ = compile_project

    def counted(model: Project, **settings: object) -> object:
        compiled.append(str(settings["outputs"]))
        return compile_(model, **settings)  # type: ignore[arg-type]

    monkeypatch.setenv("HEADWATER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept_programs, "WORTH_SECONDS", 0.0)
    monkeypatch.setattr("headwater.compiler.pipeline.compile_project", counted)
    first = load("turchin-ages").run()
    second = load("turchin-ages").run()
    assert len(compiled) == 1
    assert first.identical(second)
    load("turchin-ages").run(step=0.25)
    assert len(compiled) == 2
    unknown = building.Workshop(load("turchin-ages").project)
    unknown.program_for(building.Recipe())
    unknown = building.Workshop(load("turchin-ages").project)
    unknown.program_for(building.Recipe())
    assert len(compiled) == 4
