# Everything sets up .venv by itself; a machine needs Python 3.11 to 3.13 with venv, and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
# The first interpreter that is new enough.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	2>/dev/null && { echo $$p; break; }; done)
BIN := $(VENV)/bin
# Raw entries, for the benchmarks and for making the models anew.
STRUCTURES ?= ../shared/structures
# Two processes; each test file stays in one, so that its structures are read once.
PYTEST_ARGS ?= -n 2 --dist loadfile

.PHONY: help demo test check lint types docs package bench models notebooks poses wheel clean

help:
	@echo 'make demo     install, and print inhibitors against resistance mutations (demo/)'
	@echo 'make test     install, and run the tests'
	@echo 'make check    what CI runs: lint, types, docstrings, tests, package'
	@echo 'make bench    speed and accuracy, with recorded results (benchmarks/)'
	@echo 'make models   prepare the models in structures/ anew from raw entries'
	@echo 'make notebooks  run the notebooks and write them with their outputs'
	@echo 'make poses    place the library in the models anew (an hour)'
	@echo 'make wheel    build the sdist and, from it, the wheel (dist/)'

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 to 3.13 was found; name one: make PYTHON=/path/to/python' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Stamps: an installation is made again when pyproject.toml changes.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo 'Installing into $(VENV); the first time this takes a minute or two.' >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo 'Installing into $(VENV); the first time this takes a minute or two.' >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	@$(BIN)/trkstruct matrix -o demo

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

docs: $(VENV)/.installed-dev
	$(BIN)/python -m numpydoc.hooks.validate_docstrings $$(find trkstruct -name '*.py' | sort)

wheel: $(VENV)/.installed-dev
	rm -rf dist
	$(BIN)/python scripts/get_3dmol.py build/3dmol
	$(BIN)/python -m build --outdir dist .

# The wheel in a clean environment, and this editable install, both away from the sources.
package: wheel
	@scripts/check_package.sh '$(BIN)/python' dist/*.whl

check: lint types docs package
	@CI=true $(MAKE) --no-print-directory test

# Speed first, on a quiet machine; each writes its results beside itself.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	for script in benchmarks/speed/*.py benchmarks/accuracy/*.py; do \
		$(BIN)/python $$script $(STRUCTURES); done
	$(BIN)/python benchmarks/scale/run.py
	$(BIN)/python benchmarks/scale/kills.py
	$(BIN)/python benchmarks/placement/shipped.py
	$(BIN)/python benchmarks/placement/series.py
	$(BIN)/python benchmarks/placement/run.py $(STRUCTURES) $(STRUCTURES)/../ligand_poses

notebooks: $(VENV)/.installed-dev
	$(BIN)/python scripts/build_notebooks.py

poses: $(VENV)/.installed-dev
	$(BIN)/python scripts/place_library.py
	$(BIN)/trkstruct data check

models: $(VENV)/.installed-dev
	$(BIN)/python scripts/prepare_models.py $(STRUCTURES)
	$(BIN)/trkstruct data check

clean:
	rm -rf $(VENV) build dist demo bench-out .pytest_cache .ruff_cache .mypy_cache .hypothesis *.egg-info
