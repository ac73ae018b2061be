# make demo    the example on real servers, with its proof; ONCE=1 stops after it
# make test    every check and test, on real servers
# make test-browser   the pages in a real browser; BROWSER="-k admin" for some of it
# make mutants mistakes planted in a copy of the package, each of which the tests must catch
# make bench   what the numbers in the documentation come from
# make soak    traffic of 50 tenants while their clusters fail; SECONDS=10 for a short one
# make audit   known vulnerabilities of the versions in constraints.txt; needs the network, so it is
#              no part of the tests. Without it, or where a version is not found, it fails.
#
# Each sets itself up. PYTHON chooses the interpreter, 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test test-browser lint mutants bench soak audit clean

demo: $(VENV)/installed
	$(BIN)/python -m example_saas.demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

# nginx and Chromium come from Debian's packages; where these cannot be installed, it says so.
test: lint
	$(BIN)/python -m tests.programs nginx
	$(BIN)/python -m tenant_minio.testing.servers --build
	$(BIN)/python -m pytest --numprocesses 3 $(PYTEST)

test-browser: $(VENV)/browser
	$(BIN)/python -m tests.programs chromium
	$(BIN)/python -m tenant_minio.testing.servers --build
	$(BIN)/python -m pytest --numprocesses 2 tests/browser $(BROWSER)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

mutants: $(VENV)/installed
	$(BIN)/python -m tenant_minio.testing.servers --build
	$(BIN)/python -m tests.isolation.mutants $(MUTANTS)

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks $(BENCH)

soak: $(VENV)/installed
	$(BIN)/python -m tenant_minio.testing.servers --build
	$(BIN)/python -m benchmarks.soak $(if $(SECONDS),--seconds $(SECONDS))

# In an environment of its own: it brings much that the package does not need.
audit: $(VENV)/audit/bin/pip-audit
	.ci/audit $<

$(VENV)/audit/bin/pip-audit: constraints.txt
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt pip-audit
	touch $@

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

$(VENV)/browser: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[browser]'
	touch $@

clean:
	rm -rf $(VENV) .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
