# `make serve` and `make test` do everything on a fresh machine with Python 3.11 or later; the others are for developers.
# Installing is done once and again only when pyproject.toml or constraints.txt changed.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
TESTS ?=
EXAMPLES ?= 200
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: serve test test-code test-pages fuzz-api lint format clean

serve: .venv/.serving
	exec $(BIN)/tenfold serve --host $(HOST) --port $(PORT)

# The pages' tests run apart: Playwright keeps an event loop in its process, and others start loops of their own there.
test: test-code test-pages

# Where this variable is set, each of the run's processes would compile all tests anew: half a minute in sum.
test-code test-pages: export PYTHONDONTWRITEBYTECODE =

# Files stay whole, because fixtures are shared within them, and in the order that tests/conftest.py gives them.
test-code: .venv/.development
	$(BIN)/python -m pytest --cov --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not browser" $(TESTS)

# A page needs no torch: without the other tests and their conftest, each process starts within a second, not ten.
test-pages: .venv/.development
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --confcutdir tests/browser -m browser $(or $(TESTS),tests/browser)

# The service's answers against its own OpenAPI document; the tool keeps to itself, for it brings thirty packages along.
fuzz-api: .venv/.development .cache/fuzz/bin/schemathesis
	$(BIN)/python -m scripts.fuzz_api .cache/fuzz/bin/schemathesis --max-examples=$(EXAMPLES)

.cache/fuzz/bin/schemathesis:
	$(PYTHON) -m venv .cache/fuzz
	.cache/fuzz/bin/python -m pip install --quiet --disable-pip-version-check schemathesis

lint: .venv/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.development
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The test set's pictures are for the gallery, which does without them too: a machine without network is not kept waiting.
.venv/.serving: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable .
	-$(BIN)/python deploy/fetch_test_set.py --into-cache
	touch $@

.venv/.development: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[train,dev,client,docs]'
	touch $@ .venv/.serving

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage build site

include deploy/image.mk
