# Two commands do all: `make demo` and `make test`. Each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PIP := $(BIN)/pip --disable-pip-version-check -q
PACKAGES := plugin webhooks tests/support
FAST := build/fast

.DEFAULT_GOAL := help
.PHONY: help demo test setup check fix run bench compile crash translations schemas clean

help: ## list every target
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

demo: $(VENV)/.runtime ## play the whole story against embedded look-alikes (ARGS=--once ends by itself)
	@$(BIN)/stdc demo $(ARGS)

test: $(VENV)/.dev ## pass every test (ARGS="-k door" for some)
	@$(BIN)/pytest -n 2 $(ARGS)

setup: $(VENV)/.dev ## make the virtual environment, with what development needs

check: $(VENV)/.dev ## format, lint, types, import contracts, docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/pytest -q --durations=0 --durations-min=60 tests/docs

fix: $(VENV)/.dev ## format, and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

run: $(VENV)/.runtime ## serve with ./config.toml (first: .venv/bin/stdc init)
	@$(BIN)/stdc run $(ARGS)

bench: $(FAST)/.made ## print the measured promises, compiled (ARGS=--quick or --check)
	@cd $(FAST) && $(abspath $(BIN))/python -m tests.benchmarks $(ARGS)

compile: $(FAST)/.made ## compile what reads and decides, from the same source (needs gcc)

crash: $(VENV)/.dev ## kill web and worker 200 times on each database and compare (ARGS="--kills 20")
	@$(BIN)/python -m tests.e2e.crash --store sqlite $(ARGS)
	@$(BIN)/python -m tests.e2e.crash --store postgresql $(ARGS)

translations: $(VENV)/.dev ## compile the pages' texts after editing a messages.po
	@$(BIN)/pybabel -q compile -d plugin/ui/translations

schemas: $(VENV)/.dev ## write the JSON Schemas by which editors know the mapping files
	@$(BIN)/python -m plugin.mappings.editors

clean: ## remove the virtual environment, caches and the demo's folder
	rm -rf $(VENV) build demo artefacts *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(FAST)/.made: deploy/compiled.txt $(shell find plugin webhooks -name '*.py') | $(VENV)/.dev
	@echo "compiling into $(FAST); this takes a minute or two"
	@rm -rf $(FAST) && mkdir -p $(FAST) && cp -R plugin webhooks $(FAST)
	@for one in tests docs mappings deploy pyproject.toml; do ln -s ../../$$one $(FAST)/$$one; done
	@cd $(FAST) && $(abspath $(BIN))/mypyc --ignore-missing-imports $$(cat deploy/compiled.txt) \
	  > compile.log 2>&1 || { tail -n 20 compile.log; exit 1; }
	@touch $@

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.runtime: $(VENV)/bin/pip pyproject.toml constraints.txt
	@echo "installing what the service needs"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "installing what development needs"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@
