"""SendGrid: letters to our addresses (Inbound Parse), and what became of letters we sent (Event Webhook).

Trust: the body is signed. `X-Twilio-Email-Event-Webhook-Signature` is base64 of ECDSA (P-256, SHA-256, DER) over
the `…-Timestamp` header and the raw bytes, trailing CRLF included. Source: the vendor's documentation and SDKs.
"""

from typing import Any

from webhooks.fields import at, text
from webhooks.letters import from_bytes, manners, newest_words, plus_token, said_in
from webhooks.publickeys import ecdsa_signed
from webhooks.request import MAX_LETTER, Malformed, Request, read_json
from webhooks.signatures import from_base64, whole_seconds
from webhooks.verdict import Outcome, Source, duplicate, process, reject

NAME = "sendgrid"
HEADER = "X-Twilio-Email-Event-Webhook-"
EVENTS = {
    "processed": "mail.accepted",
    "delivered": "mail.delivered",
    "deferred": "mail.delayed",
    "bounce": "mail.failed",
    "dropped": "mail.failed",
    "open": "mail.opened",
    "click": "mail.clicked",
    "spamreport": "mail.complained",
    "unsubscribe": "mail.unsubscribed",
}


def judge(request: Request, source: Source) -> Outcome:
    key = source.key("verification_key_spki_b64")
    content = request.content(MAX_LETTER)
    given, timestamp = request.single(f"{HEADER}Signature"), request.single(f"{HEADER}Timestamp")
    if given is None or timestamp is None:
        return reject(401, "signature header missing")
    seconds = whole_seconds(timestamp)
    if seconds is None:
        return reject(401, "timestamp is not a number")
    if not ecdsa_signed(key, from_base64(given) or b"", timestamp.encode() + content):
        return reject(401, "signature mismatch")
    source.check_fresh(seconds)
    if "multipart/" in (request.header("Content-Type") or "").lower():
        return _letter(request, source)
    return _events(request.json(MAX_LETTER), source)


def _events(said: Any, source: Source) -> Outcome:
    """A batch; of it only what was not seen before counts."""
    if not isinstance(said, list) or not all(isinstance(event, dict) for event in said):
        raise Malformed(400, "not a list of events")
    fresh = [event for event in said if not source.seen(text(event.get("sg_event_id")) or None)]
    if said and not fresh:
        return duplicate(key=text(said[0].get("sg_event_id")))
    events = [
        {
            "event": EVENTS.get(text(event.get("event")), "mail.other"),
            "event_id": text(event.get("sg_event_id")),
            "recipient": text(event.get("email")),
            "message_id": text(event.get("smtp-id")),
            "detail": text(event.get("reason")),
        }
        for event in fresh
    ]
    return process(key=events[0]["event_id"] or None if events else None, events=events)


def _letter(request: Request, source: Source) -> Outcome:
    """`charsets` says what each field was written in, as the sender's mailer chose; `email` is a raw letter."""
    plain = {part.name: part for part in request.parts(MAX_LETTER) if part.filename is None}
    charsets = _lenient_json(plain["charsets"].lenient_text("utf-8")) if "charsets" in plain else {}
    said = {name: part.lenient_text(text(at(charsets, name))) for name, part in plain.items()}
    letter = from_bytes(plain["email"].content if "email" in plain else said.get("headers", ""))
    envelope = _lenient_json(said.get("envelope", "{}"))
    key = text(letter.first("Message-ID")).strip() or None
    normalized: dict[str, Any] = {
        "event": "mail.received",
        "thread_token": plus_token(at(envelope, "to", 0)) or plus_token(said.get("to")),
        "from": text(at(envelope, "from")),
        "subject": text(said.get("subject")),
        "message_id": key,
        "text": said_in(letter) if "email" in said else newest_words(said.get("text"), said.get("html")),
        **manners(letter, at(envelope, "from")),
    }
    return duplicate(key=key) if source.seen(key) else process(key=key, **normalized)


def _lenient_json(written: str) -> Any:
    try:
        return read_json(written)
    except Malformed:
        return {}
