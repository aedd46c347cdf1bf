"""Renew the results in docs/results: `make results`, or `python scripts/results.py [PAGE...]`.

A page shows what commands print. Below each line `<!-- result: COMMAND -->` stands a block of text,
which is replaced by the command's output. The same seeds give the same output.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "results"
WIDTH = 110
RESULT = re.compile(
    r"(<!-- result: (?P<command>[^\n]*) -->\n\n```text\n)(?:.*?\n)??(```\n)", re.DOTALL
)
SECONDS = re.compile(r", \d+ s$", re.MULTILINE)
"""How long it took is not a result."""


def printed(command: str, folder: Path) -> str:
    """Run a command of Headwater's in a folder and return what it prints."""
    program, *rest = shlex.split(command)
    if program != "headwater":
        raise SystemExit(f"`{command}` is no command of Headwater's")
    done = subprocess.run(
        [sys.executable, "-m", "headwater", *rest],
        cwd=folder,
        env=os.environ | {"COLUMNS": str(WIDTH), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    lines = [line.rstrip() for line in SECONDS.sub("", done.stdout).strip("\n").splitlines()]
    return "\n".join(lines)


def renewed(text: str) -> str:
    """Return a page with the output of its commands, which share a folder."""
    with TemporaryDirectory() as folder:

        def replace(match: re.Match[str]) -> str:
            print(f"  {match['command']}", flush=True)
            output = printed(match["command"], Path(folder))
            return f"{match.group(1)}{output}\n{match.group(3)}"

        return RESULT.sub(replace, text)


def main() -> int:
    """Renew the chosen pages."""
    pages = sorted(p.stem for p in FOLDER.glob("*.md") if RESULT.search(p.read_text("utf-8")))
    options = argparse.ArgumentParser(description="Renew the results in docs/results.")
    options.add_argument("page", nargs="*", help=f"any of {', '.join(pages)}; all if left out")
    chosen = options.parse_args().page or pages
    for name in chosen:
        path = FOLDER / f"{name}.md"
        print(path, flush=True)
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
