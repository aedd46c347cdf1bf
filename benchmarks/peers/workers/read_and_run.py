"""Runs every model file below a folder with one tool, and writes its variables over time as CSV.

``read_and_run.py TOOL FOLDER``: FILE gives FILE.csv, or FILE.txt with the reason why not.
"""

import os
import sys
import warnings
from pathlib import Path


def with_simlin(file):
    import simlin

    return simlin.load(str(file)).run().results


def with_pysd(file):
    import pysd

    read = pysd.read_vensim if file.suffix == ".mdl" else pysd.read_xmile
    return read(str(file)).run()


def main():
    run = {"simlin": with_simlin, "pysd": with_pysd}[sys.argv[1]]
    warnings.simplefilter("ignore")
    for file in sorted(p for p in Path(sys.argv[2]).iterdir() if p.suffix in (".mdl", ".stmx")):
        try:
            run(file).to_csv(f"{file}.csv")
        except Exception as fault:  # what a tool cannot run is a result
            Path(f"{file}.txt").write_text(f"{type(fault).__name__}: {fault}", encoding="utf-8")
        print(file.name, file=answers, flush=True)


answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what a tool prints is not an answer
main()
