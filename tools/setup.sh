#!/usr/bin/env bash
# Sets up once what a make target needs; does nothing when nothing has changed since.
#   setup.sh tools   .tools: uv, and what makes the web font
#   setup.sh run     also .venv: what the site needs, htmx and the fonts; no browser
#   setup.sh test    also the checkers, a browser and PostgreSQL's server
set -euo pipefail
cd "$(dirname "$0")/.."

goal=${1:?tools, run or test}
PYTHON=${PYTHON:-}
TOOLS=.tools/bin/python
VENV=.venv/bin/python
MADE=(web/static/vendor/htmx.min.js web/static/vendor/source-sans-3.woff2 web/static/vendor/source-sans-3-plus.woff2 renderers/fonts/SourceSans3.ttf)

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# Debian's packages, when we may install them; otherwise says what to ask for.
debian() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "Il manque $1. Demandez à l'administrateur de la machine d'installer : $2 (sur Debian : apt-get install $2), puis relancez."
    fi
    say "Installation de $2…"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    # shellcheck disable=SC2086  # several packages
    apt-get install -y -qq --no-install-recommends $2 >/dev/null
}

suits() { command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
    local name
    for name in $PYTHON python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if suits "$name"; then
            PYTHON=$name
            can_make_venv "$name" && return
        fi
    done
    debian "Python 3.11 ou plus récent, avec venv" "python3 python3-venv"
    for name in /usr/bin/python3 python3; do
        if suits "$name" && can_make_venv "$name"; then PYTHON=$name; return; fi
    done
    fail "Cette machine n'a pas de Python 3.11 ou plus récent. Installez-le, puis relancez avec PYTHON=/chemin/de/python3."
}

# uv keeps what it downloads at home, or here for who has none.
[ -w "${HOME:-/nonexistent}" ] || export UV_CACHE_DIR=$PWD/.tools/cache

# A stamp holds the hash of all that decides of a part, and of the place: environments don't move.
print_of() { { pwd; cat tools/setup.sh "$@"; } | sha256sum | cut -d' ' -f1; }
done_already() { [ -x "$2" ] && [ -f "$1" ] && [ "$(cat "$1")" = "$3" ]; }

TOOLS_PRINT=$(print_of requirements/tools.txt)
RUN_PRINT=$(print_of requirements/{tools,run,assets}.txt tools/assets.py pyproject.toml)
TEST_PRINT=$(print_of requirements/{tools,run,assets,test}.txt tools/assets.py pyproject.toml)

tools_ready() { done_already .tools/set-up "$TOOLS" "$TOOLS_PRINT"; }
run_ready() {
    local made
    for made in "${MADE[@]}"; do [ -f "$made" ] || return 1; done
    done_already .venv/set-up-run "$VENV" "$RUN_PRINT"
}
test_ready() { done_already .venv/set-up-test "$VENV" "$TEST_PRINT"; }

set_up_tools() {
    tools_ready && return
    find_python
    say "Préparation des outils…"
    rm -rf .tools/bin .tools/lib .tools/lib64 .tools/set-up
    "$PYTHON" -m venv .tools
    "$TOOLS" -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: \
        -r requirements/tools.txt
    printf %s "$TOOLS_PRINT" >.tools/set-up
}

# Install exactly what the given locks hold: with uv, or more slowly with pip where uv can't reach its index.
install() {
    local lock locks=()
    if .tools/bin/uv pip sync --quiet --require-hashes --python "$VENV" "$@"; then return; fi
    say "uv n'a pas abouti ; nouvel essai avec pip…"
    for lock in "$@"; do locks+=(-r "$lock"); done
    "$TOOLS" -m pip --python "$VENV" install -qq --disable-pip-version-check --require-hashes "${locks[@]}"
}

set_up_venv() {
    local base
    say "Installation des bibliothèques…"
    rm -f .venv/set-up-*
    base=$("$TOOLS" -c 'import sys; print(sys._base_executable)')
    if ! [ -x "$VENV" ] || [ "$(cat .venv/place 2>/dev/null)" != "$PWD" ]; then  # its commands name their place
        "$base" -m venv --clear --without-pip .venv
        printf %s "$PWD" >.venv/place
    fi
    install "$@"
    .tools/bin/uv pip install --quiet --offline --no-build-isolation --no-deps --python "$VENV" -e .
    say "Polices et htmx…"
    "$TOOLS" tools/assets.py
    printf %s "$RUN_PRINT" >.venv/set-up-run
}

set_up_browser() {
    local name driver=(.venv/lib/python3*/site-packages/playwright/driver/node)
    "${driver[0]}" --version >/dev/null 2>&1 || debian "une bibliothèque pour piloter le navigateur" "libatomic1"
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then return; fi
    done
    if compgen -G "${PLAYWRIGHT_BROWSERS_PATH:-${HOME:-/}/.cache/ms-playwright}/chromium*" >/dev/null; then return; fi
    debian "un navigateur pour les tests" "chromium"
}

# The tests start a server of their own; one that the system starts is none of ours.
set_up_postgresql() {
    if compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null; then return; fi
    debian "PostgreSQL pour les tests" "postgresql"
}

# Once the checkers are there, they stay, at the versions of the lock.
test_locks() { [ ! -x .venv/bin/pytest ] || echo requirements/test.txt; }

main() {
    case $goal in
        tools) tools_ready || set_up_tools ;;
        run) run_ready || { set_up_tools && set_up_venv requirements/run.txt $(test_locks); } ;;
        test)
            if ! { run_ready && test_ready; }; then
                set_up_tools
                set_up_venv requirements/run.txt requirements/test.txt
                printf %s "$TEST_PRINT" >.venv/set-up-test
            fi
            set_up_browser
            set_up_postgresql
            ;;
        *) fail "setup.sh tools | run | test" ;;
    esac
}

main
