# `make demo` and `make test` need Python 3.11 or newer and make, nothing else: the environment is made here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint format types bench mutants docs build clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/senl-ae demo

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/python bench/bench.py

mutants: $(VENV)/.installed
	$(BIN)/python bench/mutants.py --rooms senl_ae/grade --sample 300
	$(BIN)/python bench/mutants.py --rooms senl_ae/read/cells senl_ae/read/words --sample 100

docs: $(VENV)/.installed
	$(BIN)/python docs/make_reference.py

build: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check build
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) dist senl-ae-demo bench/work
