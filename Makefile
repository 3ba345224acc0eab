# Short names for what a contributor runs; `make` alone lists them.
PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))

.PHONY: help test lint bench docs baseline ci

help:
	@echo "test   the test suite"
	@echo "lint   style, types and import contracts"
	@echo "bench  speed and memory, printed (minutes)"
	@echo "docs   write docs/parameters.md and docs/tables.md again"
	@echo "baseline  record the expected results of the small runs again"
	@echo "ci     all that a change must pass, in a fresh .venv"

test:
	$(PYTHON) -m pytest -n 2 --dist loadfile

lint:
	$(BIN)ruff check .
	$(BIN)ruff format --check .
	$(BIN)mypy
	$(BIN)lint-imports --no-cache

bench:
	$(PYTHON) -m benchmarks.population --borrowers 2_000_000 --days 60
	$(PYTHON) -m benchmarks.purchase
	$(PYTHON) -m benchmarks.deal
	$(PYTHON) -m benchmarks.contagion

docs:
	$(PYTHON) -m sim.studies.reference_pages docs

baseline:
	$(PYTHON) tests/baselines/refresh.py

ci:
	.ci/run
