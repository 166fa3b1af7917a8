# One command each; "make help" lists them. Needs Python 3.11 or newer, make and git.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
INSTALL_LOG := $(VENV)/install.log
SOURCES := proxyd imap_frontend smtp_frontend admin
ARGS ?=
# Half of the run waits for servers and clients, so four processes keep two cores busy. Whole files
# stay together: a file shares its company. In the order of their names: by number of tests the
# heaviest, which have few, would come last, and one process alone would end the run.
SIDE_BY_SIDE ?= -n 4 --dist loadfile --no-loadscope-reorder
SCRIPTS ?=
IMAPTEST ?= imaptest
TIMES ?= 20
QUICK := tests/domain tests/imapwire tests/dialogues tests/test_architecture.py tests/test_waiting.py

.DEFAULT_GOAL := help
.PHONY: help demo test quick lint format fuzz explore bench soak compliance stress clean packages

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.app ## a complete proxy on embedded defaults; ARGS="--json --data DIR" is passed on
	@$(VENV)/bin/proxyd demo $(ARGS)

test: packages $(VENV)/.test ## everything the continuous integration runs
	@$(MAKE) --no-print-directory lint
	$(PY) -m pytest $(SIDE_BY_SIDE) $(ARGS)

quick: $(VENV)/.test ## for a contributor, some 40 s: rules, wire, dialogues, architecture; no server needed
	$(PY) -m pytest $(SIDE_BY_SIDE) $(QUICK) $(ARGS)

lint: $(VENV)/.test ## style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: $(VENV)/.test ## bring the sources into the one form
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

explore: $(VENV)/.test ## property tests with inputs that no run had before; ARGS="tests/sim"
	HYPOTHESIS_PROFILE=explore $(PY) -m pytest $(SIDE_BY_SIDE) $(or $(ARGS),tests/domain tests/imapwire tests/mailtext tests/service tests/sim tests/strict)

bench: packages $(VENV)/.test ## measure against a direct connection to the same server
	$(PY) -m tests.bench.run $(ARGS)

soak: packages $(VENV)/.test ## many clients for long; ARGS="--minutes 60 --clients 200"
	$(PY) -m tests.bench.soak $(ARGS)

fuzz: $(VENV)/.test ## throw octets at all readers; TIMES=100 is how much more than "make test" does
	FUZZ_TIMES=$(TIMES) $(PY) -m pytest tests/fuzz $(ARGS)

compliance: packages $(VENV)/.test ## ImapTest's scripts: SCRIPTS=…/src/tests IMAPTEST=…/imaptest
	$(PY) -m tests.compliance.run $(SCRIPTS) --imaptest $(IMAPTEST) $(ARGS)

stress: packages $(VENV)/.test ## ImapTest's stress, directly and through proxyd; ARGS="--seconds 120 --seed 7"
	$(PY) -m tests.compliance.stress --imaptest $(IMAPTEST) $(ARGS)

clean: ## remove what these commands made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

packages:
	@tests/install-packages

# The environment is made once and brought up to date when pyproject.toml changed.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "proxyd needs Python 3.11 or newer; $(PYTHON) is older. Name another:" \
			"make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.app: pyproject.toml | $(VENV)/bin/python
	@echo "Installing proxyd into $(VENV) (once; about a minute) …" >&2
	@$(PY) -m pip install --disable-pip-version-check -e . >$(INSTALL_LOG) 2>&1 \
		|| { tail -n 20 $(INSTALL_LOG) >&2; exit 1; }
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	@echo "Installing proxyd and what its tests need into $(VENV) …" >&2
	@$(PY) -m pip install --disable-pip-version-check -e '.[test]' >$(INSTALL_LOG) 2>&1 \
		|| { tail -n 20 $(INSTALL_LOG) >&2; exit 1; }
	@touch $(VENV)/.app $@
