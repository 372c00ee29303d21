# Everything a developer types. `make` alone explains itself.
#
# HOST, PORT, PFH_DATA_DIR and every other PFH_ variable of the caller reach the program as they are.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet
# More arguments for pytest, the benchmark or the hub: make test ARGS="-k money"
ARGS ?=

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

## Set-up: each file below is a stamp, made again only when what it depends on has changed.

$(PYTHON):
	@found=""; for name in python3 python3.11 python3.12 python3.13 python3.14; do \
	  if command -v "$$name" >/dev/null && "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found="$$name"; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo 'Python 3.11 or newer is needed, and none was found in PATH. On Debian: apt install python3 python3-venv' >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make virtual environments. On Debian: apt install python3-venv" >&2; exit 1; fi; \
	echo "Making $(VENV) with $$("$$found" --version) …"; \
	"$$found" -m venv $(VENV)

$(VENV)/.run-lock: requirements/run.txt requirements/build.txt | $(PYTHON)
	@echo 'Installing what the hub needs …'
	@$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	@touch $@

$(VENV)/.dev-lock: requirements/dev.txt | $(PYTHON)
	@echo 'Installing what the hub, its tests and its checks need …'
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.run-lock

# The package itself, linked to src/; Hatchling comes from the lock, so nothing is fetched.
$(VENV)/.package: pyproject.toml hatch_build.py requirements/run.in | $(VENV)/.run-lock
	@$(PYTHON) hatch_build.py
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup setup-dev assets bytecode
setup: $(VENV)/.run-lock $(VENV)/.package assets bytecode
setup-dev: $(VENV)/.dev-lock $(VENV)/.package assets bytecode

# As pip does for every package that it installs: else each command compiles the hub anew where
# Python may not write (PYTHONDONTWRITEBYTECODE), which is a quarter of the start.
bytecode: $(VENV)/.package
	@$(PYTHON) -m compileall -q src/pfh

assets: $(VENV)/.run-lock ## Build the front-end assets when their sources have changed
	@$(PYTHON) hatch_build.py

## Use

.PHONY: run stack test browser-test check format lock bench
run: setup ## Set everything up and start the hub (HOST, PORT, PFH_DATA_DIR)
	@exec $(BIN)/pfh run $(ARGS)

stack: setup-dev ## Start the cluster's servers on this machine (ARGS="status", ARGS="down")
	@$(BIN)/pfh dev stack $(or $(ARGS),up)

test: setup-dev ## Set everything up and run every test
	$(BIN)/pytest $(ARGS)

browser-test: setup-dev ## Run the tests in Chromium alone
	$(BIN)/pytest -m chromium $(ARGS)

check: $(VENV)/.dev-lock $(VENV)/.package ## Lint, types, layers, documents, spelling (under a minute)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/pytest -q -n0 tests/architecture

format: $(VENV)/.dev-lock ## Format, and fix what the linter can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev ## Measure, and print the tables of bench/README.md (ARGS="--help")
	$(PYTHON) -m bench $(ARGS)

## Upkeep

.PHONY: docs upgrade clean hooks
docs: $(VENV)/.dev-lock $(VENV)/.package ## Write the tables of docs/reference anew from the program
	$(PYTHON) -m tests.architecture.reference_tables
	$(PYTHON) -m pfh.entry.web.openapi > docs/reference/openapi.json

# The tests run on the very versions that the hub runs on.
dev_CONSTRAINTS := --constraints requirements/run.txt --constraints requirements/build.txt
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links

lock: $(VENV)/.dev-lock ## Write requirements/*.txt again after a change of requirements/*.in
	$(BIN)/$(LOCK) $(ARGS) requirements/build.in --output-file requirements/build.txt
	$(BIN)/$(LOCK) $(ARGS) requirements/run.in --output-file requirements/run.txt
	$(BIN)/$(LOCK) $(ARGS) requirements/dev.in --output-file requirements/dev.txt $(dev_CONSTRAINTS)

upgrade: ## Lock the newest versions that requirements/*.in allow
	@$(MAKE) lock ARGS=--upgrade

hooks: $(VENV)/.dev-lock ## Check every commit before it is made
	$(BIN)/pre-commit install --hook-type pre-commit --hook-type commit-msg

clean: ## Delete what was built and every cache; keep data and .venv
	rm -rf dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
	  src/pfh/entry/web/static/dist
