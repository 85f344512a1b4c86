# What a person runs. Everything is built by SwiftPM; this file only says in which order.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build test smoke suite demo soak snapshots lint bench clean

# What `make demo` runs, and the same runs again to show their scores, which are in the store by then.
DEMO := pipelines/quickstart.json5
DEMO_RECIPE := --network resnet8 --epochs 2 --seeds 2 --by el2n,grand,forgetting
DIGITS := --set dataset.path=data/digits.csv.gz --set dataset.image=8x8 --set dataset.validation=0.2 \
    --set stages.accuracy.evaluate.on=validation
FASHION_MNIST := /usr/share/datasets/fashion-mnist
# For `make bench`: TORCH=1 makes this environment with torch, PYTHON names a Python that has torch already, and
# BENCH holds options of Benchmarks/compare.py, for instance BENCH="--workloads train --rounds 5".
BENCH_VENV := .build/bench-venv
# For the records of runs: which commit a program was built from, and whether anything was changed since.
export CURATE_COMMIT ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null && \
    { git diff --quiet HEAD 2>/dev/null || echo +; })
PYTHON ?=
TORCH ?=
BENCH ?=

help: ## Print the targets.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | \
	    while IFS=$$'\t' read -r name text; do printf '  make %-9s  %s\n' "$$name" "$$text"; done

build: ## Build the release binary, .build/release/curate.
	@.ci/install-dependencies
	@swift build -c release --product curate

demo: ## Install what is missing, build, and run pipelines/quickstart.json5 on Fashion-MNIST (or the shipped digits).
	@.ci/install-dependencies --demo
	@swift build -c release --product curate
	@if [[ -d "$(FASHION_MNIST)" ]]; then \
	    set -x; .build/release/curate run $(DEMO); \
	    .build/release/curate score "$(FASHION_MNIST)" $(DEMO_RECIPE); \
	else \
	    set -x; .build/release/curate run $(DEMO) $(DIGITS); \
	    .build/release/curate score data/digits.csv.gz --image 8x8 --validation 0.2 $(DEMO_RECIPE); \
	fi

test: ## Install what is missing and run every test.
	@.ci/install-dependencies
	@.ci/test

smoke: ## Run the tests that neither train nor kill: what to run while writing.
	@.ci/install-dependencies
	@.ci/test --smoke

# `swift test` alone would build everything again, with other flags than the program has.
suite: ## Run the tests whose names match ONLY, for instance make suite ONLY=ScoreJobTests.
	@swift build -c release --build-tests
	@swift test -c release --skip-build --filter '$(or $(ONLY),$(error name the tests: make suite ONLY=ScoreJobTests))'

soak: ## Run every test with all that could go on for ever: 500 kills of a pipeline, a million mutated files.
	@.ci/install-dependencies
	@CURATE_SOAK=1 .ci/test

snapshots: ## Write the help texts beside the tests and the tables of the docs anew.
	@CURATE_UPDATE_SNAPSHOTS=1 $(MAKE) --no-print-directory suite ONLY='HelpTests|ProcessTests|PipelineReferenceTests'

lint: ## Check the style, which way the rooms know each other, and the code of the fast kernels.
	@.ci/install-dependencies
	@.ci/lint

bench: $(if $(TORCH),$(if $(PYTHON),,$(BENCH_VENV)/ready)) ## Measure the engine; TORCH=1 installs PyTorch and measures it in turn.
	@.ci/install-dependencies
	@swift build -c release --product curate-benchmark
	@swift build -c release --product curate
	@$(or $(PYTHON),$(if $(TORCH),$(BENCH_VENV)/bin/python,python3)) Benchmarks/compare.py \
	    $(if $(PYTHON)$(TORCH),--torch) $(BENCH)
	@for network in resnet8 mlp:256; do .build/release/curate-benchmark --workload losses --network $$network; done

# pip's own settings (PIP_INDEX_URL and the like) decide where torch comes from and which build of it.
$(BENCH_VENV)/ready:
	@python3 -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/pip install --quiet torch numpy
	@touch $@

clean: ## Remove what was built.
	@rm -rf .build
