"""The constants are what the script that derives them gives."""

import subprocess
import sys
from pathlib import Path

import pytest

from headwater.compiler.elementary import coefficients

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.long
def test_the_script_gives_the_constants():
    script = ROOT / "scripts" / "elementary_coefficients.py"
    made = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert made.stdout == Path(coefficients.__file__).read_text(encoding="utf-8")
