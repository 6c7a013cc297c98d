"""Mailgun: letters to our addresses (routes), and what became of letters we sent.

Trust: the envelope only. `signature` is the hex HMAC-SHA256 with the signing key over timestamp + token; the content is
not covered, so a token is believed once. User variables are merged into the form ahead of Mailgun's own fields:
of repeated ones the last is Mailgun's. 406 stops the vendor's retries, which go on for eight hours with the first
signature; a letter as old as that is still ours. Source: the vendor's documentation and SDKs.
"""

from dataclasses import replace
from typing import Any

from webhooks.fields import at, last, text, whole
from webhooks.letters import from_bytes, from_headers, manners, newest_words, plus_token, said_in
from webhooks.mail.letter import Part
from webhooks.request import MAX_LETTER, Malformed, Refusal, Request, read_json
from webhooks.signatures import hmac_hex, same, whole_seconds
from webhooks.verdict import Outcome, Source, process, reject

NAME = "mailgun"
RETRIES_SECONDS = 8 * 3600
STOP_RETRIES = 406
EVENTS = {
    "accepted": "mail.accepted",
    "delivered": "mail.delivered",
    "failed": "mail.failed",
    "opened": "mail.opened",
    "clicked": "mail.clicked",
    "complained": "mail.complained",
    "unsubscribed": "mail.unsubscribed",
}


def judge(request: Request, source: Source) -> Outcome:
    tracking = "json" in (request.header("Content-Type") or "").lower()
    said = _object(request.json()) if tracking else last(request.form(MAX_LETTER, lenient=True))
    proof = said.get("signature") if tracking else said
    timestamp, token, given = (text(at(proof, name)) for name in ("timestamp", "token", "signature"))
    if not (timestamp and token and given):
        return reject(401, "timestamp, token or signature missing")
    if not same(hmac_hex(source.key("webhook_signing_key"), timestamp + token), given):
        return reject(401, "signature mismatch")
    _check_age(timestamp, source)
    if source.seen(token, "seen_tokens") or source.seen(token):
        return reject(STOP_RETRIES, "token already used")
    outcome = _event(said) if tracking else _letter(request, said)
    return replace(outcome, key=token)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(STOP_RETRIES, "not a JSON object")
    return value


def _check_age(timestamp: str, source: Source) -> None:
    seconds = whole_seconds(timestamp)
    if seconds is None:
        raise Malformed(STOP_RETRIES, "timestamp is not a number")
    if seconds < source.now - RETRIES_SECONDS:
        raise Refusal(STOP_RETRIES, "stale: older than the vendor's retries")
    if seconds > source.now:
        source.check_fresh(seconds)


def _event(said: dict[str, Any]) -> Outcome:
    data = said.get("event-data")
    name, severity = text(at(data, "event")), text(at(data, "severity"))
    return process(
        event=EVENTS.get(name, "mail.other"),
        permanent=severity == "permanent",
        recipient=text(at(data, "recipient")),
        event_id=text(at(data, "id")),
        message_id=text(at(data, "message", "headers", "message-id")),
        detail=text(at(data, "delivery-status", "message")) or text(at(data, "reason")),
    )


def _letter(request: Request, said: dict[str, str]) -> Outcome:
    raw = said.get("body-mime")
    letter = _headers(said) if raw is None else from_bytes(raw)
    written = said.get("body-plain") or said.get("stripped-text")
    normalized: dict[str, Any] = {
        "event": "mail.received",
        "thread_token": plus_token(said.get("recipient")),
        "from": text(said.get("sender")),
        "subject": text(said.get("subject")),
        "message_id": text(said.get("Message-Id")),
        "text": newest_words(written, said.get("body-html")) if raw is None else said_in(letter),
        "attachments": _attachments(request, said),
        **manners(letter, said.get("sender")),
    }
    return process(**normalized)


def _headers(said: dict[str, str]) -> Part:
    try:
        return from_headers(read_json(said.get("message-headers", "[]")))
    except Malformed:
        return from_headers([])


def _attachments(request: Request, said: dict[str, str]) -> int:
    counted = whole(said.get("attachment-count"))
    if counted is not None and counted >= 0:
        return counted
    multipart = (request.header("Content-Type") or "").lower().startswith("multipart/")
    return sum(part.filename is not None for part in request.parts(MAX_LETTER)) if multipart else 0
