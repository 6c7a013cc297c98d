#!/bin/sh
# Chromium for the tests of pages: root installs it, anybody else is told how. Those tests are skipped without it.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    printf '\n==> Chromium, for the tests of pages\n'
    if apt-get update -q && apt-get install -y -q --no-install-recommends chromium; then
        exit 0
    fi
fi
printf '\nChromium is missing, so the tests of pages are skipped. To run them too:\n    sudo apt-get install -y chromium\n'
