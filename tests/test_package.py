"""What is packaged, and what the package says of itself."""

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import headwater

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_version_is_the_one_that_is_packaged() -> None:
    assert headwater.__version__ == PROJECT["version"] == metadata.version("headwater")


def test_the_wheel_holds_the_whole_package(tmp_path: Path) -> None:
    """Cases, templates and type marker too, not only what Python imports."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    result = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    packaged = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    package = ROOT / "src" / "headwater"
    source = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "headwater/py.typed" in packaged
    assert source <= packaged, f"not packaged: {sorted(source - packaged)}"


def test_a_model_from_the_cache_needs_no_reader(tmp_path: Path) -> None:
    """What reads, compiles and writes code is imported where it works: most of a start's cost."""
    script = """if True:
        import sys, headwater
        from headwater.formats import remembering
        from headwater.simulation import kept_programs
        from headwater.simulation.building import Recipe
        remembering.WORTH_SECONDS = kept_programs.WORTH_SECONDS = 0.0
        model = headwater.load(sys.argv[1])
        model._workshop.build(Recipe(variant=model._first_variant))
        print(*sys.modules)"""
    model = tmp_path / "models" / "model.mdl"
    model.parent.mkdir()
    lines = [f"v{k} = v{k - 1} * 2 + EXP(v{k - 1}) ~ ~|" for k in range(1, 9)]
    settings = ("INITIAL TIME = 0", "FINAL TIME = 1", "TIME STEP = 1", "SAVEPER = 1", "v0 = 1")
    model.write_text("\n".join([*lines, *(f"{line} ~ ~|" for line in settings)]))
    loaded: list[str] = []
    for _ in range(2):
        result = subprocess.run(
            [sys.executable, "-c", script, str(model)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "HEADWATER_CACHE": str(tmp_path / "cache")},
        )
        before, loaded = loaded, result.stdout.split()
    assert {"headwater.formats.vensim", "headwater.compiler.pipeline"} <= set(before)
    assert "headwater.compiler.targets.llvm.jit" in loaded
    heavy = (
        "formats.vensim",
        "formats.xmile",
        "formats.literate",
        "model.case",
        "compiler.resolved",
    )
    heavy += ("model.uncertainty", "compiler.targets.llvm.kernel", "simulation.structure")
    assert not {f"headwater.{name}" for name in heavy} & set(loaded)
    assert not {"importlib.metadata", "xarray", "scipy", "yaml"} & set(loaded)
