#!/usr/bin/env bash
# Every check: format, lint, types, imports, tests. `bash scripts/test.sh slow` adds the tests that take minutes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
environment test

ruff format --check .
ruff check .
mypy
lint-imports --no-logo # the contracts in pyproject.toml: which room may know which
# worksteal: a worker begins with one half of the tests, so that few fixtures and caches are made twice
pytest -n "$(env -u OMP_NUM_THREADS nproc)" --dist worksteal -m "$([ "${1:-}" = slow ] && echo 'slow or not slow' || echo 'not slow')"
