#!/usr/bin/env bash
# Resolves pyproject.toml in a fresh environment and writes requirements.lock and requirements-test.lock.
# torch is installed first: with it there, no other package can bring another build.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3.11}" -m venv "$scratch/venv"
python="$scratch/venv/bin/python"
wanted() { "$python" -c "import tomllib; d = tomllib.load(open('pyproject.toml', 'rb')); print('\n'.join($1))"; }
frozen() { "$python" -m pip freeze --exclude pip --exclude setuptools | sed -E 's/^torch( @ .*|==.*)$/torch==2.13.0/' | sort -f; }

"$python" -m pip install --quiet torch==2.13.0
wanted "d['project']['dependencies']" > "$scratch/runtime.txt"
"$python" -m pip install --quiet -r "$scratch/runtime.txt"
{ echo "# Made by tools/lock.sh from pyproject.toml; change that file, not this one."; frozen; } > "$scratch/runtime.lock"
wanted "d['dependency-groups']['test']" > "$scratch/test.txt"
"$python" -m pip install --quiet -r "$scratch/test.txt"
{ echo "# Made by tools/lock.sh: the test tools, on top of requirements.lock."; frozen | grep -vxFf "$scratch/runtime.lock"; } > "$scratch/test.lock"
mv "$scratch/runtime.lock" requirements.lock
mv "$scratch/test.lock" requirements-test.lock
wc -l requirements.lock requirements-test.lock
