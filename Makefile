# `make help` lists the targets. Nothing but git, make, python3 (3.11 or later) and python3-venv is needed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run setup check test test-long bench study lock clean

# A distribution builds its Python with every optimisation, whoever builds one by hand seldom does, and pages take a quarter longer
# with that: the system's own is taken where it will do.
PYTHON ?= $(shell /usr/bin/python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo python3)
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po)
TEMPLATES := $(wildcard templates)
# Small helpings: the walks, the slowest tests, stand side by side and would all fall to one process.
PARALLEL := -n auto --maxprocesses 4 --maxschedchunk 4
DAILY := not slow and not long
SLOW := slow and not long
export PYTHONDONTWRITEBYTECODE :=

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: .venv/.runtime $(CATALOGUES:.po=.mo) ## Start the demo university: site, worker, beat and broker on this machine
	@exec $(BIN)/python -m enrolhub.launch

setup: .venv/.runtime .venv/.development $(CATALOGUES:.po=.mo) ## Make .venv from the lock files and compile the message catalogues

check: setup ## Format, lint, types, import contracts, templates, migrations; known advisories where ADVISORIES_URL answers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(if $(TEMPLATES),$(BIN)/djlint templates --lint --quiet)
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python .ci/advisories.py requirements.lock requirements-dev.lock

test: setup ## Install what the tests need, then run all that is neither slow nor long on SQLite and on PostgreSQL
	@tests/servers/install.sh
	$(BIN)/python -m tests.servers.run sqlite $(PARALLEL) -m "$(DAILY)"
	$(BIN)/python -m tests.servers.run postgresql $(PARALLEL) -m "$(DAILY)"

test-long: setup ## The slow tests side by side; then the long ones: launches, kills, large directories, long property runs
	@tests/servers/install.sh
	$(BIN)/python -m tests.servers.run sqlite $(PARALLEL) -m "$(SLOW)"
	$(BIN)/python -m tests.servers.run postgresql $(PARALLEL) -m "$(SLOW)"
	$(BIN)/python -m tests.servers.run sqlite -m long
	$(BIN)/python -m tests.servers.run postgresql -m long

bench: setup ## Measure the nights and the participants page on both databases
	@tests/servers/install.sh
	$(BIN)/python -m benchmarks

study: setup ## How often guards stop a right night and what they let through of a wrong one: an hour or two; STUDY="--courses 500 --nights 20 --poisoned 33" for less
	@tests/servers/install.sh
	$(BIN)/python -m benchmarks.study $(STUDY)

lock: .venv/.runtime ## Resolve the dependencies of pyproject.toml anew into the lock files
	$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet uv
	var/lock/bin/uv pip compile $(LOCK_FLAGS) --extra embedded --extra apogee --extra cas pyproject.toml -o requirements.lock
	var/lock/bin/uv pip compile $(LOCK_FLAGS) --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock

LOCK_FLAGS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"

clean: ## Remove what the targets made, except the data under var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov var/static var/lock
	rm -f locale/*/LC_MESSAGES/*.mo

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed ($(PYTHON) is older). Name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.lock | .venv/bin/python
	@echo "Installing the locked dependencies into .venv (a minute, once)"
	@$(PIP_INSTALL) -r requirements.lock
	@touch $@

.venv/.development: requirements-dev.lock | .venv/.runtime
	@echo "Installing the tools for tests and checks into .venv"
	@$(PIP_INSTALL) -r requirements-dev.lock
	@touch $@

%.mo: %.po | .venv/.runtime
	@$(BIN)/pybabel --quiet compile --domain=$(basename $(notdir $<)) --input-file=$< --output-file=$@
