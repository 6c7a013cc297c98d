"""A raw letter, from our SMTP/LMTP port or an IMAP box.

Trust: the sender none; the thread is proved by the reply token in the address or by the MAC in our Message-ID. The
envelope is in the headers `MAIL FROM` and `RCPT TO`; the body is MIME as it came. What cannot be opened within limits,
or cannot be attributed, is quarantined: kept raw, shown to a person, never answered. Our own letters are dropped.
Sources: RFC 5322, 2045, 3834, 3464; mailers' habits.
"""

import re
from collections.abc import Mapping
from typing import Any

from webhooks.mail import automatic, text, threads
from webhooks.mail.letter import Part, TooComplex, open_letter
from webhooks.request import MAX_LETTER, Request
from webhooks.signatures import digest_hex
from webhooks.verdict import Outcome, Source, duplicate, ignore, process

NAME = "mail"

_OWN = ("mail_address", "imap_user")
_DELIVERED = ("Delivered-To", "X-Original-To")
_RECIPIENTS = (*_DELIVERED, "To", "Cc")
_BAD_DMARC = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)


def judge(request: Request, source: Source) -> Outcome:
    raw = request.content(MAX_LETTER)
    try:
        letter = open_letter(raw)
    except TooComplex as error:
        return _quarantine(str(error))
    sender, envelope = _envelope(request)
    recipients = envelope or letter.addresses(*_RECIPIENTS)
    loop = automatic.why_loop(letter, recipients, envelope or _ours(letter, source))
    if loop is not None:
        return Outcome("invalid", "drop", None, loop)
    key = letter.first("Message-ID") or digest_hex(raw)
    if any(source.seen(name, among) for name in (key, key.strip("<> ")) for among in ("seen", "seen_message_ids")):
        return duplicate(key=key)
    return _judge(letter, sender, envelope, source, key)


def _judge(letter: Part, sender: str | None, envelope: list[str], source: Source, key: str) -> Outcome:
    writers = letter.addresses("From")
    if len(letter.all("From")) > 1 or len(writers) > 1 or not (writers or sender):
        return Outcome("valid", "quarantine", None, "ambiguous sender", {"from": sender}, key)
    if _BAD_DMARC.search(letter.first("Authentication-Results")):
        return _quarantine("the sender's domain disowns the letter", key, sender)
    thread = _thread(letter, envelope, source)
    if thread.forged and thread.ticket is None:
        return _quarantine("wrong reply token", key, sender)
    if automatic.is_receipt(letter):
        return ignore("a notice that a letter was read")
    return process(None, key=key, **_facts(letter, sender, thread))


def _facts(letter: Part, sender: str | None, thread: threads.Thread) -> dict[str, Any]:
    return {
        "event": "mail.bounced" if automatic.is_bounce(letter) else "mail.received",
        "from": next(iter(letter.addresses("From")), sender),
        "subject": letter.first("Subject"),
        "thread": thread.ticket,
        "by": thread.by,
        "text": text.words(letter),
        "attachments": text.attachments(letter),
        "is_auto": automatic.is_automatic(letter, sender),
        "may_autoreply": automatic.may_answer(letter, sender),
    }


def _thread(letter: Part, envelope: list[str], source: Source) -> threads.Thread:
    known = source.secret.get("reply_token_of_ticket")
    tokens = {str(ticket): str(token) for ticket, token in known.items()} if isinstance(known, Mapping) else {}
    key = source.secret.get("message_id_key")
    return threads.find(
        [*envelope, *letter.addresses(*_RECIPIENTS)],
        [*letter.all("In-Reply-To"), *letter.all("References")],
        tokens,
        key if isinstance(key, str) and key else None,
    )


def _envelope(request: Request) -> tuple[str | None, list[str]]:
    """The sender (empty for a notice, None when no envelope came with the letter) and the recipients."""
    senders = [_bare(value) for name, value in request.headers if name.upper() == "MAIL FROM"]
    recipients = [_bare(value) for name, value in request.headers if name.upper() == "RCPT TO"]
    return (senders[0] if senders else None), recipients


def _ours(letter: Part, source: Source) -> list[str]:
    """Our own address where no envelope tells it: the source's, or where its server says that it put the letter, or
    the only one that the letter names."""
    set_here = [str(source.config[name]) for name in _OWN if "@" in str(source.config.get(name) or "")]
    named = letter.addresses("To", "Cc")
    return set_here or letter.addresses(*_DELIVERED) or (named if len(set(map(str.lower, named))) == 1 else [])


def _bare(path: str) -> str:
    """`<ivan@client.test> SIZE=100` → `ivan@client.test`."""
    found = re.match(r"\s*<([^<>]*)>", path)
    return (found[1] if found else path).strip()


def _quarantine(reason: str, key: str | None = None, sender: str | None = None) -> Outcome:
    return Outcome("invalid", "quarantine", None, reason, {"from": sender} if sender else {}, key)
