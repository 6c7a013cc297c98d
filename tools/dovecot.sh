#!/bin/sh
# Dovecot for the tests of mailboxes: root installs it, anybody else is told how. Those tests are skipped without it.
set -eu
if [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    printf '\n==> Dovecot, for the tests of mailboxes\n'
    if apt-get update -q && apt-get install -y -q --no-install-recommends dovecot-imapd; then
        exit 0
    fi
fi
printf '\nDovecot is missing, so the tests of mailboxes are skipped. To run them too:\n    sudo apt-get install -y dovecot-imapd\n'
