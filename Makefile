# Two commands are enough: `make demo` shows the product, `make test` proves it. Both make .venv themselves.
# They need Python 3.11 or newer with venv, git and make; no root, no uv, no Docker.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format hapi oracle mutate-smart picture screens requirements clean

help:  ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/run.stamp  ## a sandbox EHR with a dozen invented patients, one of them enrolled, until Ctrl-C
	@$(BIN)/pickupday demo --serve

setup: $(VENV)/dev.stamp  ## everything a developer needs, in .venv

test: $(VENV)/dev.stamp  ## every test this machine can run; the last lines say what was skipped and how to enable it
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/dev.stamp  ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp  ## put the code in the house's format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

hapi: $(VENV)/dev.stamp  ## a real HAPI FHIR JPA server on a loopback port (needs Java 17 and Maven)
	$(BIN)/python tests/hapi/server.py

oracle: $(VENV)/dev.stamp  ## compare the planner with an independent CP-SAT model for SECONDS (600) from SEED (0) on; resumable
	$(BIN)/python tests/oracle/run.py --seconds $(or $(SECONDS),600) --seed $(or $(SEED),0)

mutate-smart: $(VENV)/dev.stamp  ## take each guard of the SMART launch away in turn: a test must notice (minutes)
	$(BIN)/python tests/smart/mutate.py

picture: $(VENV)/dev.stamp  ## draw docs/plan.svg anew
	$(BIN)/python docs/picture.py

screens: $(VENV)/dev.stamp  ## draw the pictures of the page in docs/screens anew (needs Chromium)
	$(BIN)/python -m tests.browser.screens

requirements: $(VENV)/dev.stamp  ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml requirements/dev.in -o requirements/dev.txt

clean:  ## remove .venv and every cache inside the repository
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "PickupDay needs Python 3.11 or newer with venv: none found on PATH (set PYTHON=...)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "no venv: on Debian and Ubuntu install the package python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up .venv (once, about a minute) ..."
	@$(INSTALL) --require-hashes -r requirements/run.txt
	@$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@
