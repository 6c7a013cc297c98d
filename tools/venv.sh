#!/bin/sh
# Makes .venv with the Python given; where Debian keeps venv in a package of its own, says how to get it.
set -eu
python=$1

if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python is missing ($python). Install it and run make again:"
    echo "    sudo apt-get install -y python3 python3-venv"
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$("$python" --version) is too old: Naryad needs Python 3.11 or newer. Try: make PYTHON=python3.11 setup"
    exit 1
fi
if [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then
    exit 0
fi
if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    "$python" -m venv --clear .venv
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -q && apt-get install -y -q --no-install-recommends python3-venv
    "$python" -m venv --clear .venv
else
    echo "This Python cannot make virtual environments yet. Run this, then make again:"
    echo "    sudo apt-get install -y python3-venv"
    exit 1
fi
"$python" --version
