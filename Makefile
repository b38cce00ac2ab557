# Every target sets up .venv by itself. ARGS are passed on: make lab ARGS="--no-browser --port 8899"
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# A learner's environment has no teacher's or maintainer's tools (nbgrader would add its buttons to JupyterLab).
LAB := $(VENV)/.installed-lab
TOOLS := $(VENV)/.installed-test
# An environment can't be moved: .folder says where it was made. .installing is left behind by an interrupted installation.
READY := $(shell [ ! -e $(VENV)/.installing ] && [ "$$(cat $(VENV)/.folder 2>/dev/null)" = "$(CURDIR)" ] \
  && $(PY) -c "" 2>/dev/null && echo yes)

.PHONY: help lab test build site verify bench bands models dictionaries FORCE
help:
	@echo "make lab      open the course in JupyterLab"
	@echo "make test     run every test; what concerns one chapter with CHAPTER=09"
	@echo "make build    make the notebooks from solutions/*.py"
	@echo "make site     make the static site in site/, to be read without running anything"
	@echo "make verify   prove the exercises; one chapter or exercise with ARGS=01, ARGS=1.3"
	@echo "make bench    measure what is claimed to be fast"
	@echo "make models   train those models of the mini-language whose weights are missing; one with ARGS=mini-gelu-1l"
	@echo "make dictionaries  train and measure those dictionaries of chapter 10 that are missing (an hour)"
	@echo "make bands    measure the limits that the chapters assert, over many seeds (an hour)"

lab: $(LAB)
	$(VENV)/bin/course lab $(ARGS)

test: $(TOOLS)
	$(PY) -m pytest -n auto --nbval-lax --nbval-current-env $(if $(CHAPTER),--chapter=$(CHAPTER)) tests solutions $(ARGS)

build: $(TOOLS)
	$(VENV)/bin/course build $(ARGS)

site: $(TOOLS)
	$(VENV)/bin/course site $(ARGS)

verify: $(TOOLS)
	$(VENV)/bin/course verify $(ARGS)

bench: SCRIPTS := $(filter-out bench/bands%,$(wildcard bench/*.py))
bands: SCRIPTS := $(wildcard bench/bands*.py)
bench bands: $(TOOLS)
	@for script in $(SCRIPTS); do echo "== $$script"; $(PY) "$$script" $(ARGS) || exit 1; done

# One thread, and memory that is kept instead of being given back and fetched again at every step.
models dictionaries: export OMP_NUM_THREADS=1
models dictionaries: export MALLOC_MMAP_THRESHOLD_=33554432
models dictionaries: export MALLOC_TRIM_THRESHOLD_=4000000000
models: $(TOOLS)
	$(PY) -m course_utils.lm_training.train_mini $(ARGS)

dictionaries: $(TOOLS)
	$(PY) -m course_utils.lm_training.dictionaries

$(VENV)/.installed-%: pyproject.toml constraints.txt $(if $(READY),,FORCE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "The course needs Python 3.11 or newer; $(PYTHON) is: $$($(PYTHON) --version 2>&1)"; \
	  echo "Name another one like this: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) lacks the venv module. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@if [ -z "$(READY)" ] && [ -e $(VENV)/.installing -o -e $(VENV)/.folder ]; then \
	  echo "$(VENV) is half made, broken or was moved: making it anew."; rm -rf $(VENV); fi
	@[ -x $(PY) ] || $(PYTHON) -m venv $(VENV)
	@touch $(VENV)/.installing
	@echo "Installing the course into $(VENV): a few minutes the first time."
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$*]"
	@echo "$(CURDIR)" > $(VENV)/.folder; rm $(VENV)/.installing; touch $@
