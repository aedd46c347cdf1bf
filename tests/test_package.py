"""What is packaged, and what the package says of itself."""

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


def test_a_model_from_the_cache_needs_no_reader() -> None:
    """Readers of formats are imported where a file is read: most of what a start would cost."""
    script = "import sys, headwater.api; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = result.stdout.split()
    assert "headwater.api" in loaded
    for heavy in ("formats.vensim", "formats.xmile", "formats.literate", "compiler.resolve"):
        assert f"headwater.{heavy}" not in loaded
