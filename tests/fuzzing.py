"""Random edits of valid model files: each is read, or refused with one clear error, and quickly.

``python tests/fuzzing.py FOLDER --count 10000`` tries edits of every model below a folder, in
processes of their own that may take neither more than the seconds nor the memory that are stated
here. Edits are numbered: the same number is the same edit, ``--first`` repeats one.
"""

import argparse
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

SECONDS = 5.0
GIBIBYTE = 2**30
BATCH = 250
PATIENCE = 120.0

# Pieces that mean something to one format or the other.
PIECES = [
    *"()[]{},;:=<>+-*/^!~|\"'\\\n\t 0",
    *(":EXCEPT:", "INTEG(", "->", "<->", "(A1-A9)", "é", "~~|"),
    *(
        "1e308",
        "1e-320",
        "-1",
        "999999999",
        "0.0000001",
        ":NA:",
        ":RAW:",
        ":MACRO:",
        "\0",
        "\ufeff",
    ),
    *(":END OF MACRO:", "DELAY3(", "SMOOTH N(", "WITH LOOKUP(", "VECTOR SELECT(", "SUM(", "Time"),
    *(
        "DELAY N(1,1e9,1,1e6)",
        "(a1-a99999999)",
        "TABBED ARRAY(",
        "GET DIRECT DATA('a','b','c','d')",
    ),
    *(
        "<eqn>",
        "</eqn>",
        "<dim>",
        "&lt;",
        "&amp;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<gf>",
        "</gf>",
    ),
    *("<dt>", "<array/>", "<module name='m'/>", 'size="4000000"', 'reciprocal="true"', "{", "}"),
    *(
        "DELAYN(x,1,9999999)",
        "HISTORY(",
        "PREVIOUS(SELF, 0)",
        "x[*]",
        "//",
        "[1:99999]",
        "IF",
        "MOD",
    ),
]


def mutated(rng: random.Random, text: str) -> str:
    """A text with a few edits: characters, pieces, and stretches moved, doubled or cut."""
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        if not text:
            return text
        at = rng.randrange(len(text))
        size = rng.choice([0, 0, 1, 1, 2, 8, 40, 200])
        kind = rng.random()
        if kind < 0.55:
            piece = rng.choice(PIECES)
        elif kind < 0.8:
            start = rng.randrange(len(text))
            piece = text[start : start + rng.choice([1, 5, 20, 60, 400])]
        elif kind < 0.9:
            piece = rng.choice(PIECES) * rng.choice([2, 10, 300])
        else:
            piece = ""
        text = text[:at] + piece + text[at + size :]
    return text


def problem(path: Path) -> str:
    """What is wrong with how one file is read: nothing, an exception, or its time."""
    from headwater.compiler.pipeline import compile_project
    from headwater.compiler.units.check import check_units
    from headwater.errors import HeadwaterError
    from headwater.formats.registry import read_model
    from headwater.model.case import Case

    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = read_model(path)
            project = model.project if isinstance(model, Case) else model
            check_units(project)
            compile_project(project)
    except HeadwaterError as error:
        if not error.diagnostics or not all(d.message for d in error.diagnostics):
            return "an error without a message"
    except MemoryError:
        return "out of memory"
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
        return f"{type(error).__name__}: {str(error)[:200]} at {where}"
    took = time.process_time() - start
    return f"took {took:.1f} s" if took > SECONDS else ""


def edited(models: list[Path], number: int) -> tuple[Path, str]:
    """The model that an edit is of, and its text."""
    rng = random.Random(number)
    model = models[rng.randrange(len(models))]
    text = model.read_bytes().decode("utf-8", "replace")
    return model, mutated(rng, text)


def _peak() -> int:
    """Return the most bytes of memory that this process has had.

    On Linux the resources used by a process count what its parent had when it was started.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(
            r"VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii", errors="replace")
        )
        if found:
            return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _limited(first: int, count: int, models: list[Path]) -> None:
    """Try edits in this process, which is ended by what goes beyond its limits."""
    resource.setrlimit(resource.RLIMIT_AS, (4 * GIBIBYTE, 4 * GIBIBYTE))
    for number in range(first, first + count):
        model, text = edited(models, number)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / model.name
            path.write_text(text, encoding="utf-8", errors="replace")
            print(f"at {number}", flush=True)
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS + 1.0)
            found = problem(path)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        used = _peak()
        if used > GIBIBYTE and not found:
            found = f"took {used / GIBIBYTE:.1f} GiB"
        if found:
            print(f"edit {number} of {model}: {found}", flush=True)


def _run(first: int, count: int, folder: Path, suffix: str) -> list[str]:
    """Try a batch in a process of its own; what ends it is a finding, and the rest goes on."""
    found: list[str] = []
    while count > 0:
        words = [sys.executable, __file__, str(folder), "--first", str(first)]
        words += ["--count", str(count), "--suffix", suffix, "--here"]
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, check=False, timeout=PATIENCE + count
            )
            output, status = done.stdout, done.returncode
            errors = done.stderr
        except subprocess.TimeoutExpired as error:
            output, status = str(error.stdout or b"", "utf-8"), -1
            errors = ""
        lines = output.splitlines()
        found += [line for line in lines if line.startswith("edit ")]
        last = max((int(x.split()[1]) for x in lines if x.startswith("at ")), default=first)
        if status == 0:
            break
        found.append(f"edit {last} ended its process ({status}): {errors.strip()[-300:]}")
        count -= last + 1 - first
        first = last + 1
    return found


def campaign(folder: Path, suffix: str, first: int, count: int, *, show: bool = False) -> list[str]:
    """Try edits ``first`` to ``first + count`` of the models in a folder; return what is wrong."""
    found: list[str] = []
    for start in range(first, first + count, BATCH):
        found += _run(start, min(BATCH, first + count - start), folder, suffix)
        if show:
            print(f"{start + BATCH - first} tried, {len(found)} findings", file=sys.stderr)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--suffix", default=".mdl")
    parser.add_argument("--here", action="store_true", help="in this process")
    given = parser.parse_args()
    if given.here:
        models = sorted(p for p in given.folder.rglob("*") if p.suffix.lower() == given.suffix)
        _limited(given.first, given.count, models)
        return 0
    found = campaign(given.folder, given.suffix, given.first, given.count, show=True)
    print("\n".join([*found, f"{given.count} edits, {len(found)} findings"]))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
