"""The exports that benchmarks compare tools on are the same model."""

import ctypes
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import headwater

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from peers import models

    yield models
    for name in [n for n in sys.modules if n == "synthetic" or n.partition(".")[0] == "peers"]:
        del sys.modules[name]


@pytest.mark.parametrize(("number", "pieces"), [(0, 0), (1, 0), (2, 0), (2, 20), (3, 0)])
def test_the_exports_of_a_benchmark_run_as_the_model_does(
    models, tmp_path: Path, number: int, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pieces:  # as a very large model is written
        monkeypatch.setattr(models.c_program, "LONGEST", pieces)
        monkeypatch.setattr(models.c_program, "PIECE", pieces // 2)
    bench = models.benches([30])[number]
    task = models.prepare(bench, tmp_path)
    values = dict(zip(bench.varied, np.load(tmp_path / "design.npy")[0].tolist(), strict=True))
    model = headwater.load(task["source"])
    expected = model.run(values, bench.outputs, target="reference")
    wanted = np.stack([expected[name].values for name in bench.outputs], axis=-1)

    plain = dict(zip(task["plain_varied"], values.values(), strict=True))
    found = headwater.load(tmp_path / "model.xmile").run(plain, task["plain_outputs"])
    read = np.stack([found[name].values for name in task["plain_outputs"]], axis=-1)
    assert read == pytest.approx(wanted, rel=1e-9, abs=1e-12)

    if shutil.which("gcc") is None:
        pytest.skip("gcc is missing: the C program is not tried")
    library = tmp_path / "model.so"
    source = str(tmp_path / "model.c")
    flags = ["-O1", "-shared", "-fPIC", "-ffp-contract=off"]
    subprocess.run(["gcc", *flags, source, "-lm", "-o", str(library)], check=True)
    inputs = np.load(tmp_path / "defaults.npy")
    inputs[task["rows"]] = list(values.values())
    out = np.empty_like(wanted)
    simulate = ctypes.CDLL(str(library)).simulate_all
    simulate(
        ctypes.c_void_p(inputs.ctypes.data), ctypes.c_int64(1), ctypes.c_void_p(out.ctypes.data)
    )
    assert out == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert json.loads((tmp_path / "model.json").read_text())["entities"]["stocks"]
