# Two commands matter: `make demo` and `make test`. Both work on a fresh machine with Python 3.11, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
LOCK := pip-compile --generate-hashes --allow-unsafe --no-header --no-annotate --strip-extras --quiet \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help setup demo ready test faults soak check format lint types walls snapshots cold-start bench-sync bench-search model lock dovecot clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.made: requirements/run.txt requirements/build.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.made-for-tests: $(VENV)/.made requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.made ## Make .venv with everything clientinbox needs

demo: setup ## Set up and run the demo
	$(BIN)/clientinbox demo

ready: $(VENV)/.made-for-tests dovecot

test: ready ## Set up and pass the tests
	$(BIN)/pytest

faults: ready ## Cuts, kills, full disks, clocks: all that tests/faults promises (half an hour)
	$(BIN)/pytest tests/faults --faults=full -s --timeout 3000

soak: ready ## An hour of `sync --watch` against a restless mailbox
	$(BIN)/python tests/faults/soak.py --minutes 60

check: $(VENV)/.made-for-tests ## Format, lint, types, walls, tests: all that CI asks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(VENV)/.made-for-tests ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

snapshots: $(VENV)/.made-for-tests ## Draw the screens' snapshots anew (look at the report first)
	$(BIN)/pytest tests/tui --snapshot-update

cold-start: $(VENV)/.made-for-tests ## Milliseconds to the first frame, beside an empty Textual app
	$(BIN)/python bench/cold_start.py

bench-sync: $(VENV)/.made-for-tests dovecot ## First sync, no news, 100 new mails, beside mbsync + notmuch (20 minutes)
	$(BIN)/python bench/sync.py

bench-search: $(VENV)/.made-for-tests ## Milliseconds to an answer in the store at $$STORE
	$(BIN)/python bench/search.py $(STORE)

model: $(VENV)/.made requirements/train.txt requirements/weights.txt ## Train the model anew from models/corpus (an hour or two)
	$(PIP) install --require-hashes -r requirements/train.txt
	$(PIP) install --require-hashes --no-deps -r requirements/weights.txt
	$(BIN)/python -m weasel run all models

lock: ## Resolve requirements/*.in anew (needs pip-compile)
	cd requirements && for set in run build dev train; do $(LOCK) --output-file $$set.txt $$set.in || exit 1; done

# The tests talk to a real IMAP server. Where it cannot be installed they say so, and CI does not accept that.
dovecot:
	@if ! command -v dovecot >/dev/null 2>&1 && ! test -x /usr/sbin/dovecot; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			echo "Installing Dovecot for the tests"; \
			{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
				dovecot-imapd openssl >/dev/null; } || echo "Dovecot could not be installed"; \
		else \
			echo "No Dovecot: its tests will be skipped (Debian: apt-get install dovecot-imapd openssl)"; \
		fi; \
	fi

clean: ## Remove what was made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
