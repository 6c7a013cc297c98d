# make setup | demo | demo-reset | test | lint | crash | soak | fuzz | bench | lock | clean      (make help explains)
# Works as root or as a user. Set PYTHON to choose an interpreter (3.11 or newer).

PYTHON ?= python3
BIN := .venv/bin
MARKS := .venv/.marks
TESTS ?= tests
# Some tests wait for a browser or for a process to come up: one more works meanwhile.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SAY = @printf '\n\033[1m==> %s\033[0m\n'

# Where the shell forbids it, each of our processes would translate the whole desk from its source again: seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset run test lint format crash soak fuzz bench lock peers clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

setup: $(MARKS)/project $(MARKS)/kernels admin_web/static/vendor/manifest.json ## everything the desk needs: Python packages, the pages' libraries

demo: setup ## the desk with a demo company and Telegram in a box
	@$(BIN)/naryad demo

demo-reset: setup ## the same, from the beginning
	@$(BIN)/naryad demo --reset

run: setup ## the desk with your own bots (NARYAD_… settings)
	@$(BIN)/naryad run

test: setup lint peers ## all checks and tests
	$(SAY) "Tests"
	@$(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(TESTS)

lint: $(MARKS)/project ## style, types and the walls between the parts
	$(SAY) "Style, types, walls"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## put the code in the house's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

crash: setup ## 10,000 crashes; prints what was lost or doubled
	@$(BIN)/python -m tests.crash

soak: setup ## a week of simulated time while workers are killed; prints what was lost, doubled or late
	@$(BIN)/python -m tests.soak

fuzz: setup ## 1,000,000 changed deliveries through every vendor's check; prints what broke
	@$(BIN)/python -m tests.fuzz

bench: setup ## measures against their limits
	@$(BIN)/python -m benchmarks

lock: setup ## choose the newest versions of all Python packages anew
	@$(BIN)/pip install --disable-pip-version-check -q uv
	@$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock

peers: # the browser and the mail server that some tests talk to
	@sh tools/peers.sh

clean: ## remove what make has made; data stay
	rm -rf .venv node_modules admin_web/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(MARKS)/venv:
	$(SAY) "Python"
	@sh tools/venv.sh "$(PYTHON)"
	@mkdir -p $(MARKS) && touch $@

$(MARKS)/packages: requirements.lock $(MARKS)/venv
	$(SAY) "Python packages (some 300 MB the first time)"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar on --require-hashes -r requirements.lock
	@touch $@

$(MARKS)/project: pyproject.toml $(MARKS)/packages
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input -q --no-deps --no-build-isolation -e .
	@touch $@

$(MARKS)/kernels: $(wildcard core/dispatch/planning/*.py) $(MARKS)/project
	$(SAY) "Compiling the day planner"
	@$(BIN)/python -c "from core.dispatch.planning.solve import warm_up; warm_up()"
	@touch $@

$(MARKS)/node: package.json package-lock.json .npmrc $(MARKS)/packages
	$(SAY) "The pages' libraries"
	@sh tools/node.sh npm ci --ignore-scripts --no-fund --no-audit
	@touch $@

admin_web/static/vendor/manifest.json: tools/copy_assets.mjs $(MARKS)/node
	@sh tools/node.sh node tools/copy_assets.mjs
	@touch $@
