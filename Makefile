# Every target sets itself up: a machine with Python 3.11+ and make needs nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-postgresql check lint types architecture bench guards docs clean coverage mutants

demo: $(VENV)/.installed
	@$(BIN)/portaldesk demo

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto $(ARGS)
	@if found=$$($(BIN)/python tests/postgresql.py); then \
	  echo "== Once more, what has a store, on $$found"; \
	  PORTALDESK_TEST_ENGINE=postgresql $(BIN)/python -m pytest -n auto $(ARGS) && echo "Ran on SQLite and on $$found."; \
	else echo "Ran on SQLite alone: $$found."; fi

# the same tests with every store on a PostgreSQL server that the tests start themselves
test-postgresql: $(VENV)/.installed-dev
	PORTALDESK_TEST_ENGINE=postgresql $(BIN)/python -m pytest -n auto $(ARGS)

check: lint types architecture test

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

architecture: $(VENV)/.installed-dev
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	@for bar in startup change; do echo "== $$bar"; $(BIN)/python benchmarks/$$bar.py || exit 1; done

# Branch coverage of what decides about access, by the tests that speak for it alone (see tools/mutants.py).
DECIDES := src/portaldesk/gate/*,src/portaldesk/rules/*,src/portaldesk/store/seals.py,src/portaldesk/store/canonical.py,src/portaldesk/key_generations.py
coverage: $(VENV)/.installed-dev
	$(BIN)/python -m coverage run -m pytest -m "not slow" $$($(BIN)/python tools/mutants.py --tests)
	$(BIN)/python -m coverage report --show-missing --include='$(DECIDES)' --fail-under=98

# An hour or more; a table and what survived at the end. Goes on where it was stopped.
mutants: $(VENV)/.installed-dev
	$(BIN)/python tools/mutants.py

guards: $(VENV)/.installed-dev
	$(BIN)/python -m portaldesk.gate.guards

docs: $(VENV)/.installed-dev
	$(BIN)/python -m portaldesk.cli.reference docs/reference.md
	PYTHONPATH=tests:tests/cli $(BIN)/python tests/callers/table.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up the developers' tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .ruff_cache .import_linter_cache
