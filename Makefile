# Two commands do everything on a fresh machine:  make demo  |  make test
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SUBJECTS := kit audio learning losses tower_losses methods loader image pairs pairs_learning timeseries graph text

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint types docs pictures benchmarks check clean

help:           ## this list
	@grep -hE '^[a-z-]+: *.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: $(VENV)/installed      ## install, make pairs of real digit scans, train, compare; pictures in demo/
	$(BIN)/pairgen lexicon || echo "Without WordNet all but the synonym swap works; make pairgen lexicon work later."
	$(BIN)/pairgen demo

test: $(VENV)/developer      ## install with everything the tests need, run them
	$(BIN)/python -m pytest -m "not slow"

test-all: $(VENV)/developer  ## the slow ones too
	$(BIN)/python -m pytest

lint: $(VENV)/developer      ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/developer     ## strict types
	$(BIN)/mypy

docs: $(VENV)/developer      ## the documentation, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

pictures: $(VENV)/developer  ## the pictures of pairs in the documentation, made anew
	$(BIN)/python docs/pictures.py

benchmarks: $(VENV)/developer  ## that every benchmark runs; figures come from python -m benchmarks SUBJECT
	printf '%s\n' $(SUBJECTS) | OMP_WAIT_POLICY=PASSIVE xargs -P 2 -I SUBJECT $(BIN)/python -m benchmarks SUBJECT --quick

check: test lint types docs benchmarks  ## all that CI does

clean:          ## everything that make made
	rm -rf $(VENV) build dist site demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/developer: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/installed
