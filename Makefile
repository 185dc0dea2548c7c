# Every target needs python3 (3.10 to 3.13) with venv, make, and a package index.
#   make course             run every chapter; CHAPTER=02_mlp_gan runs one
#   make test               what CI runs: style, unit tests, notebooks at smoke scale
#   make test-full          the tests marked `full`, and the notebooks at the cpu scale
#   make test-colab         the notebooks with Colab's packages: PYTHON=python3.13
#   make claims             the theory chapters from two other seeds (authors)
#   make lab                open JupyterLab on the notebooks
#   make notebooks          rebuild the notebooks from notebooks/src (authors)
#   make address URL=…      install from, and name, another address (authors)
#   make clean              remove the environment (runs/ stays)

PYTHON ?= python3
REQUIREMENTS ?= requirements.txt
CHAPTER ?=
WORKERS ?= auto
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := $(VENV)/installed-$(subst /,-,$(REQUIREMENTS))
INSTALLED := $(PACKAGES)-ganutils
# A file is one worker's, longest first (its conftest.py says which); at most 4 workers,
# each holds 1 to 2 GB.
PYTEST := $(BIN)/python -m pytest -q -n $(WORKERS) --maxprocesses 4 --dist loadfile \
  --no-loadscope-reorder
NBVAL := $(PYTEST) -p no:cacheprovider --nbval --nbval-current-env notebooks

export TF_CPP_MIN_LOG_LEVEL ?= 3
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: course test lint unit notebook-tests test-full test-colab claims lab \
  notebooks address clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

course: $(INSTALLED)
	$(BIN)/python tools/run_course.py $(CHAPTER)

test: lint unit notebook-tests

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

unit: $(INSTALLED)
	$(PYTEST) -m "not full"

# Strict: every output is compared, except in cells tagged nbval-ignore-output.
notebook-tests: $(INSTALLED)
	GANUTILS_SCALE=smoke $(NBVAL)

test-full: $(INSTALLED)
	$(PYTEST) -m full
	GANUTILS_SCALE=cpu $(NBVAL)

test-colab: $(INSTALLED)
	$(BIN)/python tools/colab.py --python $(PYTHON)

claims: $(INSTALLED)
	$(BIN)/python tools/check_claims.py $(CHAPTER)

lab: $(INSTALLED)
	$(BIN)/jupyter lab notebooks

notebooks: $(INSTALLED)
	$(BIN)/python tools/build_notebooks.py $(CHAPTER)

address: $(INSTALLED)
	$(BIN)/python tools/address.py "$(URL)"

clean:
	rm -rf $(VENV) build ganutils.egg-info

$(PACKAGES): $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 10) <= v \
	  <= (3, 13) else "Expected Python 3.10 to 3.13; received %d.%d. Name another: make PYTHON=python3.12" % v)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --upgrade -r $(REQUIREMENTS)
	touch $@

# This clone as an editable package: every kernel of the environment imports it.
$(INSTALLED): $(PACKAGES) pyproject.toml
	$(BIN)/python -m pip install -q --no-index --no-deps --no-build-isolation -e .
	touch $@

# The same requirements without upper bounds: what a weekly CI run tries.
runs/newest.txt: requirements.txt
	mkdir -p runs
	sed 's/,<[0-9.]*//' requirements.txt > $@
