# Every target sets up what it needs by itself: Python 3.11 or newer and make are enough.
#   make PYTHON=/path/to/python3.12 test     chooses the interpreter
#   make JOBS=1 test                         one test process

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/sh

PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { command -v "$$candidate"; break; }; done)
JOBS ?= auto
BIN := .venv/bin
PIP_QUIET := -qq --disable-pip-version-check --no-input
# Built twice, a wheel has the same bytes: its times are those of the last commit.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 315532800)

.PHONY: help dev demo test lint format bench docs torture mutation lock audit build clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

# $(call venv,DIRECTORY,REQUIREMENTS): a virtual environment with exactly what the lock file names, and this tree in it.
# --no-build-isolation: the build back end comes from the lock file as well.
define venv
	@[ -n "$(PYTHON)" ] || { echo "make: Python 3.11 or newer is needed; name it with make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) cannot make virtual environments;" \
		"on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(1) with $(PYTHON) …" >&2
	@[ -x $(1)/bin/python ] || "$(PYTHON)" -m venv $(1)
	@$(1)/bin/python -m pip install $(PIP_QUIET) --require-hashes -r $(2) >&2
endef
# Compiled as pip compiles what it copies: where PYTHONDONTWRITEBYTECODE is set, every start would do it anew.
install_tree = $(1)/bin/python -m pip install $(PIP_QUIET) --no-deps --no-build-isolation --editable . >&2 \
	&& $(1)/bin/python -m compileall -q secretctl

.venv/.ready: requirements/dev.txt pyproject.toml
	$(call venv,.venv,requirements/dev.txt)
	@$(call install_tree,.venv)
	@touch $@

.venv-demo/.ready: requirements/demo.txt pyproject.toml
	$(call venv,.venv-demo,requirements/demo.txt)
	@$(call install_tree,.venv-demo)
	@touch $@

.venv-mutation/.ready: requirements/dev.txt pyproject.toml
	$(call venv,.venv-mutation,requirements/dev.txt)
	@.venv-mutation/bin/python -m pip install $(PIP_QUIET) mutmut==3.8.1 >&2
	@$(call install_tree,.venv-mutation)
	@touch $@

.venv-lock/.ready: requirements/lock.txt
	$(call venv,.venv-lock,requirements/lock.txt)
	@touch $@

dev: .venv/.ready ## the development environment, in .venv

demo: .venv-demo/.ready ## the main job on a real registry in a temporary directory
	@PATH="$(CURDIR)/.venv-demo/bin:$$PATH" sh demo/run.sh

test: .venv/.ready ## the whole suite with its coverage
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=term-missing:skip-covered

torture: .venv/.ready ## the long sweeps: kills, errors, writers, leaks, hostile text
	$(BIN)/python -m pytest -n $(JOBS) -m torture

lint: .venv/.ready ## style, formatting, types and architecture
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.ready ## mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/.ready ## every figure with its goal, and docs/performance.md (FIGURES="batch api": only those)
	$(BIN)/python -m benchmarks.run $(or $(FIGURES),--markdown docs/performance.md)

docs: .venv/.ready ## everything in README and docs/ that is made from the code
	$(BIN)/python -m docs.make

build: .venv/.ready ## source archive and wheel in dist/, the same bytes every time
	$(BIN)/python -c 'import pathlib, hatchling.build as b; pathlib.Path("dist").mkdir(exist_ok=True); \
		print("dist/" + b.build_sdist("dist")); print("dist/" + b.build_wheel("dist"))'

COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(UPGRADE) pyproject.toml
lock: .venv-lock/.ready ## the lock files again, after a change of pyproject.toml (UPGRADE=--upgrade: newest)
	$(COMPILE) --extra sql --group dev --output-file requirements/dev.txt
	$(COMPILE) --group build --output-file requirements/demo.txt
	$(COMPILE:pyproject.toml=) --group lock --output-file requirements/lock.txt
	$(PYTHON) requirements/sbom.py

mutation: .venv-mutation/.ready ## defects planted in the core that no test sees: an hour (MUTANTS="secretctl.parsers.*": only those)
	.venv-mutation/bin/mutmut run $(if $(MUTANTS),'$(MUTANTS)')
	.venv-mutation/bin/mutmut results

audit: .venv/.ready ## known vulnerabilities of what is locked (asks a public database, so it needs a network)
	$(PYTHON) -m venv .venv-audit && .venv-audit/bin/python -m pip install $(PIP_QUIET) pip-audit
	.venv-audit/bin/pip-audit --disable-pip --require-hashes --requirement requirements/dev.txt

clean: ## everything that make made
	rm -rf .venv .venv-demo .venv-lock .venv-mutation .venv-audit build dist htmlcov mutants .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
