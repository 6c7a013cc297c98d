"""What the inbox keeps of a delivery: the request as it came and what was made of it, sealed. A line of JSON, then the
body's own bytes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from core.sources.mapping import said_in
from core.sources.vault import seal, unseal

INBOX = "hook:"
HIDDEN = "•••"
SHORTEST_HIDDEN = 6


@dataclass(frozen=True)
class Kept:
    """`action` is the verdict's (process, quarantine…), `normalized` the delivery in the desk's words, `at` when it was
    received."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    action: str
    at: datetime
    reason: str = ""
    normalized: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def said(self) -> Any:
        """The body's JSON, read once however many events came in it: look, don't change."""
        return said_in(self.body)


def inbox_of(source_id: str) -> str:
    """The name of a source's deliveries in the inbox."""
    return INBOX + source_id


def source_of(inbox: str) -> str:
    return inbox.removeprefix(INBOX)


def pack(source_id: str, kept: Kept) -> bytes:
    """The standard JSON writer keeps numbers of any length and halves of surrogate pairs, which others send."""
    head = {
        "method": kept.method,
        "url": kept.url,
        "headers": kept.headers,
        "action": kept.action,
        "at": kept.at.isoformat(),
        "reason": kept.reason,
        "normalized": kept.normalized,
    }
    return seal(source_id, json.dumps(head).encode() + b"\n" + kept.body)


def unpack(source_id: str, sealed: bytes) -> Kept:
    """Raises vault.Locked."""
    head, _, body = unseal(source_id, sealed).partition(b"\n")
    said = json.loads(head)
    headers = tuple((name, value) for name, value in said.pop("headers"))
    return Kept(**{**said, "headers": headers, "body": body, "at": datetime.fromisoformat(said["at"])})


def masked(text: str, secrets: Iterable[Any]) -> str:
    """The text for an administrator's eyes: secrets that stand in it are not shown."""
    for secret in sorted((str(one) for one in secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST_HIDDEN:
            text = text.replace(secret, HIDDEN)
    return text
