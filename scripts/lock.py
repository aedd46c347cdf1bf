"""Resolve `requirements/lock.txt` anew: one set of versions for all systems, with hashes.

Run by `make lock`. The resolver (uv) is installed beside the other tools if it is missing; it is
not locked itself, because nothing but this script needs it.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "lock.txt"
EXTRAS = ("report", "files", "excel", "analysis", "fit", "cluster", "docs", "test")
COMMENT = """\
# Exact versions for Linux, macOS and Windows, Python 3.11 to 3.14.
# Written by `make lock` (see scripts/lock.py for the command); do not edit.
"""


def main() -> int:
    """Write the lock file; the exit status is the resolver's."""
    if importlib.util.find_spec("uv") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml"]
    for extra in EXTRAS:
        command += ["--extra", extra]
    command += ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    command += ["--generate-hashes", "--no-header", "--no-emit-index-url", "--upgrade", "--quiet"]
    command += ["--cache-dir", str(ROOT / ".cache" / "uv")]
    resolved = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False)
    if resolved.returncode == 0:
        LOCK.write_text(COMMENT + resolved.stdout, encoding="utf-8", newline="\n")
    return resolved.returncode


if __name__ == "__main__":
    sys.exit(main())
