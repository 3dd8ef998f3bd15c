PYTHON ?= python3
PORT ?= 8000
DASHBOARD_PORT ?= 8501
BIN := .venv/bin

.PHONY: run test check bench study clean

run: .venv/run.stamp          ## the demonstration: candidate pages and staff dashboard
	$(BIN)/itemwise demo --port $(PORT) --dashboard-port $(DASHBOARD_PORT)

test: .venv/test.stamp        ## the whole test suite
	@sh .ci/services
	$(BIN)/pytest -n auto -m "not slow"

check: .venv/test.stamp       ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/bench.stamp      ## times against the peers that are installed, as ratios
	$(BIN)/itemwise bench

study: .venv/test.stamp       ## slow studies: recovery, coverage, power
	$(BIN)/pytest -m slow

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/run.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/test.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

.venv/bench.stamp: .venv/test.stamp
	$(BIN)/python -m pip install --quiet --editable '.[test,bench]'
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info
