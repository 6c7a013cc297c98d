"""What mail vendors share: whose thread a letter belongs to, whether a machine wrote it, and its text."""

import re
from collections.abc import Iterable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

from webhooks.fields import text

MAX_HEADERS = 500
_LISTS = ("list-id", "list-unsubscribe", "list-post", "list-help")


def plus_token(address: Any) -> str | None:
    """`t1842.k7Qp` of `desk+t1842.k7Qp@in.example.test`: the surest sign of a thread."""
    local, _, _ = parseaddr(text(address))[1].rpartition("@")
    return local.partition("+")[2] or None


def manners(headers: Iterable[tuple[str, str]]) -> dict[str, bool]:
    """`is_auto`: a machine wrote it. `may_autoreply`: we may answer by machine (RFC 3834).

    Outlook puts X-Auto-Response-Suppress into people's letters too: it forbids our answer and says no more.
    """
    named = {name.lower(): value.strip().lower() for name, value in list(headers)[:MAX_HEADERS]}
    is_auto = (
        named.get("auto-submitted", "no").partition(";")[0].strip() != "no"
        or named.get("precedence") in ("bulk", "junk", "list", "auto_reply")
        or named.get("return-path") == "<>"
        or "x-autoreply" in named
        or any(name in named for name in _LISTS)
    )
    return {"is_auto": is_auto, "may_autoreply": not is_auto and "x-auto-response-suppress" not in named}


def header_pairs(raw: Any) -> list[tuple[str, str]]:
    """Headers as vendors send them: pairs, or objects with a name and a value."""
    pairs = []
    for item in raw if isinstance(raw, list) else ():
        if isinstance(item, list) and len(item) == 2:
            pairs.append((text(item[0]), text(item[1])))
        elif isinstance(item, dict):
            named = {key.lower(): value for key, value in item.items()}
            pairs.append((text(named.get("name")), text(named.get("value"))))
    return pairs


def written_pairs(block: str) -> list[tuple[str, str]]:
    """Headers in one block of text, continuation lines joined."""
    joined = re.sub(r"\r?\n[ \t]+", " ", block)
    return [(name, value) for name, found, value in (line.partition(":") for line in joined.splitlines()) if found]


def open_letter(raw: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The plain text and the headers of a raw letter; what cannot be read is empty."""
    try:
        letter = message_from_bytes(raw, _class=EmailMessage, policy=default)
        body = letter.get_body(("plain", "html"))
        said = body.get_content() if body is not None else ""
        headers = [(name, str(value)) for name, value in letter.items()]
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError):
        return "", []
    return text(said).strip(), headers
