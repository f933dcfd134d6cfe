PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.daybook
FOLDERS := domain projections replay api tests

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow bench lint format lock clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(STAMP) ## make the virtual environment and install everything into it

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Daybook needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## run the main job on a small simulated company
	$(BIN)/daybook demo

test: lint ## check style, types and structure, and run the tests
	$(BIN)/python -m pytest

test-slow: setup ## run the long tests
	$(BIN)/python -m pytest -m slow --hypothesis-profile thorough

bench: setup ## print the benchmarks as JSON lines
	@$(BIN)/python -m tests.benchmarks

lint: setup ## check style and types
	$(BIN)/ruff check $(FOLDERS)
	$(BIN)/ruff format --check $(FOLDERS)
	$(BIN)/mypy

format: setup ## lay out the code, and mend what can be mended
	$(BIN)/ruff check --fix $(FOLDERS)
	$(BIN)/ruff format $(FOLDERS)

lock: ## work the lock file out anew from pyproject.toml
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	.lock-venv/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --upgrade --quiet --output-file requirements.lock

clean: ## remove everything that was made, except data
	rm -rf $(VENV) .lock-venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist daybook.egg-info
	find $(FOLDERS) -name __pycache__ -type d -prune -exec rm -rf {} +
