# Sourced by quickstart.sh, test.sh and screenshots.sh: makes or reuses the virtual environment, first on PATH.
#
#   PYTHON=python3.12        the interpreter to make it with
#   NARROWS_VENV=/some/dir   where it stands; .venv in the repository by default
#
# `environment [EXTRAS]` installs the project, editable, with the versions in constraints.txt; pip shows its progress.
# Nothing is installed when nothing changed: a stamp in the environment, one for each choice of extras, holds the
# checksum of what was installed.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-python3}
NARROWS_VENV=${NARROWS_VENV:-.venv}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} # two threads a process can be ten times slower where cores are shared

environment() {
  local extras=${1:-} stamp
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "error: PYTHON=$PYTHON is $("$PYTHON" --version 2>&1); narrows needs Python 3.11 or newer" >&2
    exit 2
  }
  [ -x "$NARROWS_VENV/bin/pip" ] || "$PYTHON" -m venv "$NARROWS_VENV"
  export PATH="$(cd "$NARROWS_VENV/bin" && pwd):$PATH"
  stamp="$PWD $(cat pyproject.toml constraints.txt | cksum)"
  [ "$(cat "$NARROWS_VENV/.narrows-$extras" 2>/dev/null)" = "$stamp" ] && return
  python -m pip install --disable-pip-version-check --constraint constraints.txt --editable ".${extras:+[$extras]}" >&2
  echo "$stamp" >"$NARROWS_VENV/.narrows-$extras"
}
