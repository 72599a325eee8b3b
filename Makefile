# `make run` and `make test` set up what they need, once; `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
BIN := .venv/bin
LOCK := .tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

.PHONY: run test pictures faults bench felt check format setup lock clean help

run: ## start Canevas with the demonstration's data
	@tools/setup.sh run
	@$(BIN)/canevas serve --demo

test: check ## check, then run every test, browser included
	$(BIN)/python -m pytest -n auto --dist loadgroup
	$(BIN)/python -m pytest -n auto --dist loadgroup tests/e2e

pictures: ## take the pictures of the guides again, from the demonstration
	@tools/setup.sh test
	PICTURES=$(CURDIR)/docs/images $(BIN)/python -m pytest -n 0 -q tests/e2e/test_pictures.py

faults: ## try every fault of the stores for real: kills, full disks, power cuts; a table
	@tools/setup.sh test
	$(BIN)/python -m tests.faults

bench: ## measure against libraries and code written by hand; writes docs/performance.md
	@tools/bench.sh
	@.bench/bin/python -m benchmarks.run $(GROUPS)

felt: ## how fast a step feels: an old processor, a slow line; a table
	@tools/setup.sh test
	$(BIN)/python -m benchmarks.felt

check: ## lint, formatting, types, import rules
	@tools/setup.sh test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: ## rewrite the code in the house's format
	@tools/setup.sh test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: ## everything that `run` and `test` need
	@tools/setup.sh test

lock: ## lock the dependencies again; UPGRADE=1 takes the newest versions
	@tools/setup.sh tools
	$(LOCK) requirements/run.in -o requirements/run.txt
	$(LOCK) requirements/test.in -o requirements/test.txt
	$(LOCK) requirements/bench.in -o requirements/bench.txt
	$(LOCK) requirements/tools.in -o requirements/tools.txt
	$(LOCK) --no-deps requirements/assets.in -o requirements/assets.txt

clean: ## remove all that was set up or built; data stays
	rm -rf .venv .tools .bench web/static/vendor renderers/fonts *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
