"""Time and peak memory of the main job, by number of runs: `make bench`.

Each row is a process of its own, as a user would start it, so start-up and compilation are in it.
The compiled program is cached by the first row; later rows read it. Results go to build/bench.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "bench"


def measure(command: list[str]) -> tuple[float, float | None]:
    """Wall-clock seconds and peak MiB of a command (no memory figure on Windows).

    Raises SystemExit with what the command printed if it fails.
    """
    log = OUTPUT / "log.txt"
    peak = None
    with log.open("w", encoding="utf-8") as stream:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            # Linux counts in KiB, macOS in bytes.
            peak = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
        else:
            process.wait()
        seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text(encoding='utf-8')}")
    return seconds, peak


def main() -> None:
    """Print one row for each number of runs."""
    options = argparse.ArgumentParser(description="Time the main job.")
    options.add_argument("--case", default="tajikistan", help="case to test")
    options.add_argument("--runs", type=int, nargs="+", default=[100, 1000, 10_000, 100_000])
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    print(f"headwater test {chosen.case}, {os.cpu_count()} cores, {platform.platform()}")
    print(f"{'runs':>10} {'seconds':>10} {'runs/s':>10} {'peak MiB':>10}")
    for runs in chosen.runs:
        program = Path(sys.executable).with_name("headwater")
        command = [str(program), "test", chosen.case, "--runs", str(runs)]
        command += ["--seed", str(chosen.seed), "--output", str(OUTPUT / str(runs))]
        seconds, peak = measure(command)
        memory = "-" if peak is None else f"{peak:.0f}"
        print(f"{runs:>10} {seconds:>10.2f} {runs / seconds:>10.0f} {memory:>10}", flush=True)


if __name__ == "__main__":
    main()
