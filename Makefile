# Headwater: `make demo` runs the main job, `make test` the tests. Needs only Python 3.11+, make, git.
# Everything created here (virtual environment, caches, results) stays inside the checkout.

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN := .venv/Scripts
else
PYTHON ?= python3
BIN := .venv/bin
endif

VENV_PYTHON := $(BIN)/python
STAMP := .venv/headwater.stamp
LOCK := requirements/lock.txt

# Size and seed of the demonstration: make demo RUNS=1000 SEED=7
RUNS ?= 10000
SEED ?= 1
# Processes that share the tests: make test JOBS=1
JOBS ?= auto
# A test file or any other pytest option: make test ARGS="tests/language -x"
ARGS ?=
# Random edits of valid model files: make fuzz EDITS=1000
EDITS ?= 10000

export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export HEADWATER_CACHE ?= $(CURDIR)/.cache/headwater
export PYTHONUTF8 := 1

PYTEST := $(VENV_PYTHON) -m pytest -q -n $(JOBS) --maxprocesses=8 --dist=loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-deep test test-long conformance fuzz lint format docs bench agreement bench-peers bench-scaling coverage results lock clean distclean

help:
	@echo "make demo         put the shipped argument to the test: scorecard, and build/demo/report.html"
	@echo "make demo-deep    the same, after loops, flips, mixes and a hindcast that its report then shows (longer)"
	@echo "make test         run the tests"
	@echo "make test-long    run every test, the slow ones too"
	@echo "make conformance  run our test models and the published ones (HEADWATER_TEST_MODELS: their folder)"
	@echo "make fuzz         read thousands of randomly edited model files, in bounded time and memory"
	@echo "make lint         check style, format and types"
	@echo "make format       put the source into its canonical format"
	@echo "make docs         build the documentation into build/docs"
	@echo "make bench        time and memory of the main job, by number of runs"
	@echo "make agreement    whether PySD and pysimlin make the same of random models (some minutes)"
	@echo "make bench-peers  runs a second, side by side with other tools (gcc needed; half an hour)"
	@echo "make bench-scaling  how cost grows with equations, runs and steps (some minutes)"
	@echo "make coverage     how often a fit's 90% intervals hold the truth (an hour)"
	@echo "make results      renew the results in docs/results (half an hour)"
	@echo "make lock         resolve requirements/lock.txt anew"
	@echo "make clean        remove results and caches; distclean: the virtual environment too"

setup: $(STAMP)

$(STAMP): $(LOCK) pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit('Headwater needs Python 3.11 or later: make PYTHON=/path/to/python' if sys.version_info < (3, 11) else 0)"
	@echo "Setting up .venv (once; a minute or two) ..."
	$(PYTHON) -m venv .venv
	$(VENV_PYTHON) -m pip install $(if $(CI),--quiet) --only-binary :all: --require-hashes -r $(LOCK)
	$(VENV_PYTHON) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(VENV_PYTHON) -m compileall -q src
	@$(VENV_PYTHON) -c "import pathlib; pathlib.Path('$(STAMP)').touch()"

demo: $(STAMP)
	$(BIN)/headwater test tajikistan --runs $(RUNS) --seed $(SEED) --output build/demo

# What takes longer than the test itself is found first and saved; the report of the test includes it.
FOUND := build/demo/found
demo-deep: $(STAMP)
	$(BIN)/headwater loops tajikistan --claims --seed $(SEED) -o $(FOUND)/loops.json
	$(BIN)/headwater discover tajikistan crackdown-fails --no-tree --seed $(SEED) -o $(FOUND)/crackdown-fails.json
	$(BIN)/headwater discover tajikistan root-causes-end-it --no-tree --seed $(SEED) -o $(FOUND)/root-causes-end-it.json
	$(BIN)/headwater mix tajikistan --times 2030,2040 --seed $(SEED) -o $(FOUND)/mix.json
	$(BIN)/headwater hindcast tajikistan --seed $(SEED) -o build/demo/hindcast
	$(BIN)/headwater test tajikistan --runs $(RUNS) --seed $(SEED) --output build/demo --include $(FOUND) --include build/demo/hindcast

test: $(STAMP)
	$(PYTEST) -m "not long" $(ARGS)

test-long: $(STAMP)
	$(PYTEST) $(ARGS)

conformance: $(STAMP)
	$(BIN)/headwater conformance conformance --output build/conformance/own $(ARGS)
	$(BIN)/headwater conformance --output build/conformance/published $(ARGS)

fuzz: $(STAMP)
	$(VENV_PYTHON) tests/fuzzing.py conformance --suffix .mdl --count $(EDITS)
	$(VENV_PYTHON) tests/fuzzing.py conformance --suffix .xmile --count $(EDITS)

lint: $(STAMP)
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy

format: $(STAMP)
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .

docs: $(STAMP)
	$(VENV_PYTHON) -m sphinx --quiet --fail-on-warning --keep-going -d .cache/doctrees docs build/docs
	@echo "The documentation is in build/docs/index.html"

bench: $(STAMP)
	$(VENV_PYTHON) benchmarks/run.py $(ARGS)

agreement: $(STAMP)
	$(VENV_PYTHON) benchmarks/agreement.py $(ARGS)

bench-peers: $(STAMP)
	$(VENV_PYTHON) benchmarks/compare_tools.py $(ARGS)

bench-scaling: $(STAMP)
	$(VENV_PYTHON) benchmarks/scaling.py --page docs/results/scaling.md $(ARGS)

coverage: $(STAMP)
	$(VENV_PYTHON) benchmarks/calibration_coverage.py --page docs/results/coverage.md $(ARGS)

results: $(STAMP)
	$(VENV_PYTHON) scripts/results.py $(ARGS)

lock: $(STAMP)
	$(VENV_PYTHON) scripts/lock.py

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ('build', 'dist', '.cache')]"

distclean: clean
	$(PYTHON) -c "import shutil; shutil.rmtree('.venv', ignore_errors=True)"
