#!/usr/bin/env bash
# Make .venv beside this file and install livn into it. `setup.sh test` adds what the tests need.
# Works where Python is externally managed (PEP 668) and where Debian has left venv out of it.
set -euo pipefail
cd "$(dirname "$0")"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

if [ ! -x .venv/bin/python ]; then
    if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
        command -v apt-get >/dev/null || { echo "setup.sh: this Python has no venv module" >&2; exit 1; }
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    fi
    python3 -m venv .venv
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install -q 'pip>=25.1'
# The simulator brings a script called livn, too: the last one installed has the name.
if [ "${1:-}" = test ]; then
    .venv/bin/python -m pip install -q --group sim --group test
else
    .venv/bin/python -m pip install -q --group sim
fi
.venv/bin/python -m pip install -q -e '.[plot,mea]'
