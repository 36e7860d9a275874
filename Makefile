# Heed's one-word commands. `make help` lists them.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

.PHONY: help install run test check bench lock format
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.runtime ## Make .venv with the pinned dependencies; nothing to do when it is up to date

run: install ## A simulated district, the worker and the console together: the demo
	@$(PY) worker.py demo $(DEMO)

test: $(VENV)/.test ## The whole test suite that needs no server; servers found on PATH widen it
	@$(PY) -m pytest $(if $(TESTS),$(TESTS),-n 3 --dist loadfile --no-loadscope-reorder)

check: $(VENV)/.test ## Format, lint, types, import order, migrations: everything but the tests
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@HEED_HOME=$$(mktemp -d) DJANGO_SETTINGS_MODULE=config.settings PYTHONPATH=. $(PY) -m django makemigrations --check --dry-run

bench: install ## Ratios against named baselines in one run: make bench NAME=scoring
	@$(PY) worker.py bench $(or $(NAME),scoring)

format: $(VENV)/.test ## Put the code into the house's format
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

lock: ## Resolve pyproject.toml anew and pin the result
	@tools/lock.sh

$(VENV)/.runtime: requirements.lock
	@test -x $(PY) || $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Heed needs Python 3.11 (set PYTHON=/path/to/python3.11)"; exit 1; }
	@test -x $(PY) || { echo "Making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the pinned dependencies (once; torch is large)"
	@$(PIP) install --no-deps -r requirements.lock
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements-test.lock
	@echo "Installing the test tools"
	@$(PIP) install --no-deps -r requirements-test.lock
	@touch $@
