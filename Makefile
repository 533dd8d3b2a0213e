# Every verb sets up what it needs, in the project's own virtual environment. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
CC ?= cc
ARGS ?=

WORLD_SOURCE := sim_bridge/perilune_sim/world/src
WORLD_SOURCES := setup.py sim_bridge/perilune_sim/world/build.py firmware/perilune/wire/schema.py $(wildcard $(WORLD_SOURCE)/*)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# LOCKED=1: nothing is installed but what .ci/requirements.txt names, by hash. Made by `make lock` for these extras:
LOCK := .ci/requirements.txt
LOCKED_EXTRAS := logs report campaign parquet boards flash test lint audit
ifdef LOCKED
INSTALL = $(PIP) install --require-hashes -r $(LOCK) && $(PIP) install --no-deps --no-build-isolation -e .
else
INSTALL = $(PIP) install -e '.[$(1)]'
endif
, := ,
FAIL = { echo "make: error: $(1)" >&2; exit 2; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: $(shell sed -n "s/^\([a-z][a-z-]*\):.*/\1/p" $(firstword $(MAKEFILE_LIST))) tools-firmware tools-emulators tools-lint

##@ To begin
help: ## list the verbs
	@awk -F ':.*## ' '/^##@ / { printf "%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMPS)/report $(STAMPS)/world ## make the virtual environment and build the simulated Moon

##@ To fly
sil: setup ## fly the whole nominal descent on the real VM, write a report
	@$(BIN)/perilune fly nominal $(ARGS)

fly: setup ## fly anything: make fly ARGS="nominal --seed 7"
	@$(BIN)/perilune fly $(or $(ARGS),nominal)

matrix: setup ## fly the fault matrix: make matrix ARGS="--only 'lrf*'"
	@$(BIN)/perilune matrix $(ARGS)

campaign: setup $(STAMPS)/campaign ## fly many runs, say what they prove: make campaign ARGS=nominal
	@$(BIN)/perilune campaign $(if $(filter-out -%,$(firstword $(ARGS))),,$(if $(findstring --resume,$(ARGS)),,smoke)) $(ARGS)

bench: setup ## measure the closed loop: times real time, and where time goes
	@$(BIN)/perilune bench $(ARGS)

bench-peers: setup $(STAMPS)/validate ## our closed loop and Basilisk's in turn on one core
	@$(BIN)/python -m perilune_rig.bench.peers $(ARGS)

list: setup ## list scenarios, vehicles, and the rungs available here
	@$(BIN)/perilune list

doctor: setup ## show what this machine has, what is missing, how to get it
	@$(BIN)/perilune doctor

##@ To test
test: setup $(STAMPS)/test ## run the tests: make test ARGS="-k verdict"
	@$(BIN)/python -m pytest -q $(ARGS)

test-boards: tools-firmware tools-emulators setup $(STAMPS)/test $(STAMPS)/boards ## the same descents bit for bit on vm, process, every emulator
	@PERILUNE_REQUIRE_RUNGS='vm process rp2040 rp2040py wired stm32 stm32f4 m33 rv32' $(BIN)/python -m pytest -q -m boards $(ARGS)

test-m33: tools-firmware tools-emulators setup $(STAMPS)/test $(STAMPS)/boards ## a Cortex-M33's arithmetic and its first ticks, bit for bit
	@$(BIN)/perilune board check --rung m33
	@$(BIN)/python -m perilune_rig.bitexact.rungs_compared nominal_terminal --rung m33 --ticks 100

test-wiring: tools-firmware setup $(STAMPS)/test $(STAMPS)/boards ## the last metres over wires, a broken wire found
	@$(BIN)/python -m pytest -q -m boards tests/boards/test_wired_flight.py $(ARGS)

test-wheel: setup $(STAMPS)/test ## build wheel and sdist, install each afresh, fly there
	@$(BIN)/python -m pytest -q -m wheel $(ARGS)

test-browser: setup $(STAMPS)/test $(STAMPS)/browser ## the live page in a real browser (needs a Chromium)
	@$(BIN)/python -m pytest -q -m browser $(ARGS)

hostile: tools-firmware setup $(STAMPS)/boards ## every link fault, forgery, damaged frame, attack on images
	@$(BIN)/python -m perilune_rig.hostile $(ARGS)

fuzz-ports: tools-firmware setup $(STAMPS)/boards $(STAMPS)/test ## streams into each port of the images: make fuzz-ports MINUTES=30
	@$(BIN)/python -m perilune_rig.hostile.fuzz_ports --minutes $(or $(MINUTES),5) $(ARGS)

soak: setup ## ten million frames with damage through both codecs
	@$(BIN)/python -m perilune_rig.hostile.soak $(ARGS)

fuzz: setup $(STAMPS)/test ## fuzz every decoder and reader longer: make fuzz EXAMPLES=20000
	@PERILUNE_FUZZ_EXAMPLES=$(or $(EXAMPLES),5000) $(BIN)/python -m pytest -q tests/fuzz --timeout=3600 $(ARGS)

##@ Boards
hil-emulated: tools-firmware setup $(STAMPS)/boards ## a whole nominal descent on the emulated RP2040, with budget
	@$(BIN)/python -m perilune_rig.bitexact.rungs_compared nominal --rung rp2040 --budget $(ARGS)

hil-terminal: tools-firmware setup $(STAMPS)/boards ## the same for the end of that descent, as CI does
	@$(BIN)/python -m perilune_rig.bitexact.rungs_compared nominal_terminal --rung rp2040 --budget $(ARGS)

ladder: tools-firmware tools-emulators setup $(STAMPS)/boards ## a table of every rung here: speed, tick, collection, heap
	@$(BIN)/python -m perilune_rig.bitexact.ladder $(ARGS)

firmware: tools-firmware setup ## build a board's firmware: make firmware BOARD=RPI_PICO FLIGHT=1
	@$(BIN)/python -m perilune_rig.boards.build $(if $(FLIGHT),--flight) $(or $(BOARD),RPI_PICO) \
		build/$(if $(FLIGHT),flight,firmware)-$(or $(BOARD),RPI_PICO).uf2

flash: setup $(STAMPS)/flash ## flash a board: make flash ARGS="--port /dev/ttyACM0"
	@$(BIN)/perilune flash --board $(or $(BOARD),RPI_PICO) $(ARGS)

##@ The source
coverage: setup $(STAMPS)/test ## branches the flight tests reach; fails below 95 %
	@$(BIN)/coverage run --branch --source=$(or $(SOURCE),firmware) -m pytest -q $(or $(ARGS),tests/firmware)
	@$(BIN)/coverage report --skip-covered --show-missing

mutants: setup $(STAMPS)/test ## change the flight software, see whether a test fails
	@$(BIN)/python -m tests.mutants $(ARGS)

lint: tools-lint setup $(STAMPS)/test $(STAMPS)/lint $(STAMPS)/stubs audit ## check style, types, security: ruff, pyright, cppcheck, pip-audit
	@$(BIN)/ruff check --output-format concise .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --warnings
	@$(BIN)/pyright --warnings --project .ci/pyright-firmware.json
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--template=gcc $(WORLD_SOURCE)/world_unity.c

audit: setup $(STAMPS)/audit ## compare the locked requirements with published vulnerabilities
	@.ci/audit

sbom: setup $(STAMPS)/audit ## list every locked requirement as CycloneDX: build/sbom.json
	@$(BIN)/python .ci/sbom build/sbom.json

lock: setup $(STAMPS)/audit ## make .ci/requirements.txt anew from pyproject.toml, with hashes
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --no-header $(if $(UPGRADE),--upgrade) $(LOCKED_EXTRAS:%=--extra %) pyproject.toml -o $(LOCK)

format: $(STAMPS)/lint ## put the source into the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

##@ Evidence and documents
validate: setup $(STAMPS)/validate ## compare the dynamics with Basilisk over a whole descent
	@$(BIN)/python -m perilune_sim.world.validate $(ARGS)

evidence: setup ## measure what takes minutes, write it into docs/evidence.md
	@$(BIN)/python -m perilune_rig.bench.measure $(ARGS)

picture: setup $(STAMPS)/picture ## fly Resilience ours and as flown, draw docs/resilience.png
	@$(BIN)/python -m perilune_rig.bench.picture $(ARGS)

docs: setup $(STAMPS)/campaign ## generate the documents that come from the source
	@$(BIN)/python -m perilune_host.wire_docs
	@$(BIN)/python -m perilune_host.tick_docs
	@$(BIN)/python -m perilune_rig.scenario.docs
	@$(BIN)/python -m perilune_rig.campaign.evidence.docs

site: setup $(STAMPS)/site ## build the documents as a site, into build/site
	@$(BIN)/mkdocs build --quiet --strict

golden: setup ## keep the flights of tests/golden as they fly now, for review
	@$(BIN)/python -m perilune_rig.bitexact.golden --update

##@ House-keeping
hooks: $(STAMPS)/lint ## check style and types before each commit from now on
	@$(BIN)/pre-commit install

clean: ## remove what was built and flown, keep the environment
	@rm -rf build out .pytest_cache .ruff_cache .hypothesis .coverage *.egg-info
	@rm -f sim_bridge/perilune_sim/world/_world.c sim_bridge/perilune_sim/world/_world*.o sim_bridge/perilune_sim/world/_world*.so $(STAMPS)/world
	@find firmware host hil_rig sim_bridge tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the virtual environment and the stubs too
	@rm -rf $(VENV) typings

# The environment, made in one go or not at all.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
		|| $(call FAIL,Python 3.10 or newer is needed and $(PYTHON) is not: install it or give PYTHON=/path/to/python3)
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
		|| { rm -rf $(VENV); $(call FAIL,$(PYTHON) cannot make a virtual environment: apt-get install python3-venv); }

# Building the world needs a C compiler and Python's headers.
$(STAMPS)/report: pyproject.toml setup.py | $(BIN)/python
	@command -v $(CC) >/dev/null || $(call FAIL,no C compiler ($(CC)): apt-get install gcc or set CC)
	@$(BIN)/python -c 'import os, sysconfig; open(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null \
		|| $(call FAIL,Python.h is missing: apt-get install python3-dev)
	@echo "installing perilune and what it needs into $(VENV)"
	@$(call INSTALL,logs$(,)report)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/world: $(WORLD_SOURCES) $(STAMPS)/report
	@PYTHONWARNINGS=ignore $(BIN)/python -m perilune_sim.world.build
	@touch $@

# Compilers of the firmware, QEMU, and the linter of C, from the distribution.
tools-firmware tools-emulators tools-lint: tools-%:
	@.ci/packages $*

$(STAMPS)/test $(STAMPS)/lint $(STAMPS)/validate $(STAMPS)/boards $(STAMPS)/browser $(STAMPS)/campaign $(STAMPS)/flash $(STAMPS)/audit $(STAMPS)/site $(STAMPS)/picture: $(STAMPS)/%: $(STAMPS)/report
	@echo "installing what '$*' needs into $(VENV)"
	@$(if $(filter $*,$(LOCKED_EXTRAS)),$(if $(LOCKED),true,$(call INSTALL,$*)),$(PIP) install -e '.[$*]')
	@touch $@

# MicroPython's own modules as pyright sees them, apart from CPython's. The version is in pyproject.toml.
$(STAMPS)/stubs: $(STAMPS)/lint
	@echo "installing MicroPython's type stubs into typings/rp2"
	@$(PIP) install --upgrade --target typings/rp2 "$$(sed -n '/^stubs = /,/^]/s/.*"\(.*\)".*/\1/p' pyproject.toml)"
	@touch $@
