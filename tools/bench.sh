#!/usr/bin/env bash
# Sets up .bench, the environment of `make bench`: the site's libraries and those that it is measured against.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh run
print=$({ pwd; cat tools/bench.sh requirements/{run,bench}.txt; } | sha256sum | cut -d' ' -f1)
[ -x .bench/bin/python ] && [ "$(cat .bench/set-up 2>/dev/null)" = "$print" ] && exit
echo "Installation des bibliothèques auxquelles on se mesure…" >&2
rm -rf .bench
base=$(.venv/bin/python -c 'import sys; print(sys._base_executable)')
.tools/bin/uv venv --quiet --python "$base" .bench
.tools/bin/uv pip install --quiet --require-hashes --python .bench/bin/python \
    -r requirements/run.txt -r requirements/bench.txt
printf %s "$print" >.bench/set-up
