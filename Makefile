# Each target does one thing; `make run` and `make test` are all that a newcomer needs.
.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format types layers screens bench vitals messages vendor build clean doctor browser
SHELL := /bin/bash

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BIN := .venv/bin
PYTEST := $(BIN)/pytest
# What lies in tests/ takes the whole site: no fast test is there, and to read it takes seconds.
FAST := $(PYTEST) meadow -n 2 -m
# Three processes, for each waits a third of its time; a file at a time in the order of conftest.py.
# They are given the files that have such tests, for each of them reads all that it is given.
LONG := $(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder -m "browser or slow" \
  $$(grep -rlE 'mark\.(browser|slow)' --include='test_*.py' meadow tests)

# Images often forbid Python to keep what it compiled: every start of Meadow would take 3 s more.
unexport PYTHONDONTWRITEBYTECODE

# Trust whom the machine trusts (a company's own certificate authority, say), where it says so.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := 1
endif

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(UV) ## Make .venv from uv.lock
	@$(UV) sync --frozen --quiet
	@echo "ready: $(BIN)/meadow"

.uv/bin/uv:
	@command -v python3 >/dev/null || { echo "Python 3.11 or later is needed: apt-get install python3 python3-venv"; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; python3 is $$(python3 -V)"; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "python3 has no venv module: apt-get install python3-venv"; exit 1; }
	@python3 -m venv .uv
	@.uv/bin/python -m pip --version >/dev/null 2>&1 || .uv/bin/python -m ensurepip
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8,<1'

run: setup ## Start everything, with the demo community
	@exec $(BIN)/meadow up --demo

test: setup browser ## Run every test, the fast ones first; what fails keeps nothing else from running
	@failed=; trap 'exit 130' INT TERM; \
	$(FAST) "not browser and not slow" || failed=fast; \
	$(LONG) || failed="$${failed:+$$failed and }long"; \
	[ -z "$$failed" ] || { echo "make test: the $$failed tests failed, see above"; exit 1; }

# chromium-headless-shell has no window to draw: the tests take it where there is one, for it does the
# same with a third less of the machine.
APT := export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends
browser:
	@wanted="chromium fonts-noto-cjk fontconfig"; root=$$([ "$$(id -u)" = 0 ] && command -v apt-get); \
	if ! command -v chromium >/dev/null || ! fc-list :lang=zh 2>/dev/null | grep -q .; then \
	  [ -n "$$root" ] || { echo "The browser tests need Chromium and Chinese fonts: sudo apt-get install $$wanted"; exit 1; }; \
	  ( $(APT) $$wanted >/dev/null ) || exit 1; \
	fi; \
	command -v chromium-headless-shell >/dev/null || [ -z "$$root" ] || \
	  timeout 120 bash -c "$(APT) chromium-headless-shell" >/dev/null 2>&1 || \
	  echo "without chromium-headless-shell the browser tests take longer"

check: lint types layers ## Lint, types, layers and the tests that need no engine but PostgreSQL
	@exec $(FAST) "not browser and not slow and not engines"

lint: setup ## Lint and check the format of code and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/djlint --check --lint meadow

format: setup ## Put code and templates into the house format
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/djlint --reformat --quiet meadow

types: setup ## Check the types
	@$(BIN)/mypy meadow

layers: setup ## Check that packages import downward only
	@$(BIN)/lint-imports

screens: setup browser ## Make the pictures in docs/screens
	@$(BIN)/meadow screens

bench: setup ## Measure against the budgets (NAME=feed)
	@$(BIN)/meadow bench $(NAME)

vitals: setup browser ## Measure layout shift and largest paint of Hot on a slow phone (URL=http://…)
	@$(BIN)/meadow vitals $(if $(URL),--url $(URL))

messages: setup ## Collect the words to translate
	@$(BIN)/meadow messages

vendor: setup ## Fetch the pinned browser files
	@$(BIN)/meadow vendor

build: setup ## Build the style sheet, words and static files
	@$(BIN)/meadow build

clean: ## Remove what was built; .venv and the data folder stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis .prepared dist
	@if [ -x $(BIN)/meadow ]; then $(BIN)/meadow build --clean; fi

doctor: setup ## Say what runs, what is wrong and how to mend it
	@$(BIN)/meadow doctor
