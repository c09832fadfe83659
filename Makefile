# Both targets make their own environment in .venv; they need only Python >= 3.11 and a package index.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: report test check docs bench reproduce clean

report: .venv/core  ## the main job: one page on the bundled, really trained network
	$(BIN)/softmax-geometry report --out report.html

test: .venv/dev check  ## everything: style, types, import contracts, proofs, tests
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto  # a process for each core

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

docs: .venv/dev  ## the handbook: docs/_build/html/index.html; warnings are errors
	$(BIN)/python -m sphinx -W --keep-going -n -q -j auto docs docs/_build/html
	$(BIN)/python -m docs.links docs/_build/html

bench: .venv/bench  ## ratios against named alternatives, measured in one run
	$(BIN)/python -m benchmarks

reproduce: .venv/dev  ## every number and figure of README and docs again: make reproduce DATA=… [ONLY=STAGE] [MINUTES=…]
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m reliability.reproduction \
	  $(if $(DATA),--data $(DATA)) $(if $(ONLY),--only $(ONLY)) $(if $(MINUTES),--minutes $(MINUTES))

.venv/core: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c constraints.txt -e .
	touch $@

.venv/dev: .venv/core
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	touch $@

.venv/bench: .venv/dev
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[bench]'
	$(BIN)/python -m pip install -q -c constraints.txt --no-deps pytorch-ood  # its torchvision does not go with every torch
	touch $@

clean:
	rm -rf .venv build dist *.egg-info docs/_build docs/generated report.html report.json
