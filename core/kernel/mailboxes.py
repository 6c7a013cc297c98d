"""The bare address of what a mailer wrote of somebody."""

from email.utils import parseaddr

MOST = 500
"""Letters that are looked at: an address has 320 at most."""


def bare_address(said: str) -> str:
    """`ivan@example.com` of `Иван <ivan@example.com>`, of a list its first; empty when there is none."""
    try:
        return parseaddr(said[:MOST])[1]
    except RecursionError:  # comments in comments: the parser calls itself for each
        return ""
