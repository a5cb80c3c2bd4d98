# Ask PanDA. `make` lists what can be done; every target sets up what it needs.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export HAYSTACK_TELEMETRY_ENABLED := False
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run serve test lint unit bench extension lock clean

help: ## this list
	@echo "Ask PanDA: answers about PanDA jobs, on the page where the question comes up."
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 20

run: .venv/runtime extension ## everything at once: backend, demo monitor with failed jobs, a browser with the sidebar
	@$(BIN)/python -m tests.demo

serve: .venv/runtime ## the backend alone, in the foreground
	@$(BIN)/askpanda serve

extension: extension/node_modules/.locked ## extension/dist/{chromium,firefox} and the store zips
	@cd extension && npm run --silent build

test: .venv/test .venv/programs extension/node_modules/.locked ## everything: lint, types, layers, unit, API, stores, models, browsers
	@sh scripts/test

lint: .venv/test extension/node_modules/.locked ## ruff, mypy, layers, eslint, tsc
	@sh scripts/lint

bench: .venv/test extension ## figures with their spread
	@$(BIN)/python -m benchmarks

lock: ## locks the versions anew (wants uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build -q -o requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build --extra test -q -o requirements-test.lock -c requirements.lock
	cd extension && npm install --package-lock-only

clean: ## removes what was built here; the state folder stays
	rm -rf .venv extension/node_modules extension/dist .cache build *.egg-info

.venv/runtime: requirements.lock pyproject.toml
	@sh scripts/need python3 venv=python3-venv
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing the Python packages of requirements.lock (one to two minutes)"
	@$(BIN)/pip install -q --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: requirements-test.lock .venv/runtime
	@echo "Installing the Python packages of requirements-test.lock"
	@$(BIN)/pip install -q --require-hashes -r requirements-test.lock
	@touch $@

.venv/programs: .venv/runtime
	@sh scripts/need chromium firefox-esr java=default-jre-headless mvn=maven,default-jre-headless postgres=postgresql
	@touch $@

extension/node_modules/.locked: extension/package-lock.json
	@sh scripts/need node=nodejs,npm npm
	@echo "Installing the packages of extension/package-lock.json"
	@cd extension && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
