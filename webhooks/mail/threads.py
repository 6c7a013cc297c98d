"""Which ticket a letter answers: by proof, never by its subject.

Two proofs: the plus part of the address we sent from (`desk+t1842.k7Qp@…`: the ticket and its reply token), and our own
Message-ID named in In-Reply-To or References, `<t1842.<nonce>.<mac>@…>`, whose MAC only we can make. The plus part
comes first: it survives mailers that drop References. A wrong token is somebody guessing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from webhooks.signatures import hmac_hex, same

_PLUS = re.compile(r"\+(t[0-9]{1,18})\.([A-Za-z0-9_-]{1,64})@")
_OURS = re.compile(r"<(t[0-9]{1,18})\.([0-9a-z]{1,32})\.([0-9a-f]{16})@[^<>@\s]{1,255}>")
_MAC = 16


@dataclass(frozen=True)
class Thread:
    """`forged`: a reply token was given and none was right."""

    ticket: str | None = None
    by: Literal["plus-token", "message-id"] | None = None
    forged: bool = False


def message_id(ticket: str, nonce: str, domain: str, key: str) -> str:
    """The Message-ID of what we send about a ticket; `nonce` is unique to the letter."""
    return f"<{ticket}.{nonce}.{_mac(ticket, nonce, key)}@{domain}>"


def find(recipients: Iterable[str], references: Iterable[str], tokens: Mapping[str, str], key: str | None) -> Thread:
    """`recipients`: envelope first, then headers; `references`: In-Reply-To first; `tokens` by ticket."""
    given = [match for address in recipients for match in _PLUS.finditer(address)]
    for ticket, token in (match.groups() for match in given):
        if same(tokens.get(ticket), token) or same(_folded(tokens.get(ticket)), token):
            return Thread(ticket, "plus-token")
    if key:
        for match in (match for text in references for match in _OURS.finditer(text)):
            if same(_mac(match[1], match[2], key), match[3]):
                return Thread(match[1], "message-id", bool(given))
    return Thread(forged=bool(given))


def _folded(token: str | None) -> str | None:
    """Some mailers lower the case of an address."""
    return token.lower() if token is not None else None


def _mac(ticket: str, nonce: str, key: str) -> str:
    return hmac_hex(key, f"message-id:{ticket}.{nonce}")[:_MAC]
