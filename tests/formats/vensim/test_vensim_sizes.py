"""Files and arrays that are larger than any model's: in good time, and in little memory."""

import contextlib
import time
from pathlib import Path

import numpy as np
import pytest

from headwater.api import load
from headwater.errors import HeadwaterError, SimulationError

SETTINGS = "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"


def test_a_name_and_a_number_of_a_hundred_thousand_letters(tmp_path: Path) -> None:
    path = tmp_path / "long.mdl"
    path.write_text(f"{{UTF-8}}\n{'n' * 100_000} = 1.{'0' * 100_000} ~~|\n{SETTINGS}")
    start = time.process_time()
    model = load(path)
    assert time.process_time() - start < 2
    (name,) = model.variables
    assert model.run()[name].values == 1.0


def test_a_long_vector_is_sorted_in_memory_that_grows_with_its_length(tmp_path: Path) -> None:
    count = 3000
    path = tmp_path / "sorted.mdl"
    path.write_text(
        f"{{UTF-8}}\nitem: (i1-i{count}) ~~|\nsize[item] = MODULO(item * 7919, 10007) + Time ~~|\n"
        f"order[item] = VECTOR SORT ORDER(size[item], 1) ~~|\n{SETTINGS}"
    )
    model = load(path)
    assert sum(slot.size for slot in model.program().slots) < 20 * count
    wanted = np.argsort(np.arange(1, count + 1) * 7919 % 10007)
    np.testing.assert_array_equal(model.run()["order"].values[-1], wanted)


def test_a_run_without_enough_memory_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(f"{{UTF-8}}\na = Time ~~|\n{SETTINGS}")
    model = load(path)

    def none(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("headwater.compiler.targets.arguments.np.empty", none)
    with pytest.raises(SimulationError, match="GiB of memory"):
        model.run()


@pytest.mark.parametrize(
    "equation",
    [
        f"a = 1 ~ {'[' * 50_000} ~|",
        f"a = {'107' * 20_000}x ~~|",
        f"a := GET DIRECT DATA('{'d/' * 20_000}', ',', 'A', 'B2') ~~|",
    ],
)
def test_long_runs_of_one_sign_are_read_at_once(tmp_path: Path, equation: str) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(f"{{UTF-8}}\n{equation}\n{SETTINGS}", encoding="utf-8")
    start = time.process_time()
    with contextlib.suppress(HeadwaterError):
        load(path)
    assert time.process_time() - start < 1.5
