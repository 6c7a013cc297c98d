#!/bin/sh
# What some tests talk to: Chromium opens the pages, Dovecot keeps the mailboxes. Root installs what is missing, anybody
# else is told how. Those tests are skipped without it.
set -eu
missing=
if ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1 &&
    ! command -v google-chrome >/dev/null 2>&1; then
    missing="$missing chromium"
fi
if [ ! -x /usr/sbin/dovecot ] || [ ! -x /usr/lib/dovecot/imap ]; then
    missing="$missing dovecot-imapd"
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    printf '\n==> For the tests of pages and mailboxes:%s\n' "$missing"
    # shellcheck disable=SC2086
    if apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; then
        exit 0
    fi
fi
printf '\nMissing:%s. The tests that need it are skipped. To run them too:\n    sudo apt-get install -y%s\n' "$missing" "$missing"
