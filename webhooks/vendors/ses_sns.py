"""Amazon SES through SNS: letters to our addresses, bounces and complaints of letters we sent.

Trust: the body is signed. JSON under `text/plain`; RSA (PKCS #1 v1.5) over chosen fields as `name\\nvalue\\n`,
SignatureVersion 1 with SHA-1, 2 with SHA-256, and never both tried. The certificate is fetched only from https on
`sns.<region>.amazonaws.com`; `secret.cert_pem_served_at` holds what was fetched. Anybody may point a topic at our URL:
TopicArn must be ours. SNS tries for an hour. Source: the vendor's documentation and SDKs.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webhooks.fields import at, text
from webhooks.letters import from_bytes, from_headers, manners, plus_token, said_in
from webhooks.publickeys import certificate, in_force, rsa_signed
from webhooks.request import Malformed, Refusal, Request, read_object
from webhooks.signatures import from_base64, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "ses-sns"
RETRIES_SECONDS = 3600 + 300
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": NOTIFICATION,
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}
ALGORITHMS = {"1": "sha1", "2": "sha256"}
_HOST = r"https://sns\.[a-z]{2}(-[a-z]+){1,2}-[0-9]\.amazonaws\.com(\.cn)?"
CERTIFICATE_URL = re.compile(_HOST + r"/SimpleNotificationService-[A-Za-z0-9]+\.pem")
SUBSCRIBE_URL = re.compile(_HOST + r"/\?[\x21-\x7e]+")
MOST_RECIPIENTS = 50
MOST_BUCKET, MOST_KEY = 100, 2000
"""More signs than S3 takes, so that what was cut is refused."""
LISTED = {"Bounce": ("bounce", "bouncedRecipients"), "Complaint": ("complaint", "complainedRecipients")}
FATES = {
    "Bounce": "mail.failed",
    "Complaint": "mail.complained",
    "Delivery": "mail.delivered",
    "Send": "mail.accepted",
    "Reject": "mail.failed",
    "DeliveryDelay": "mail.delayed",
}


def judge(request: Request, source: Source) -> Outcome:
    said = read_object(request.text())
    signed = SIGNED.get(text(said.get("Type")))
    if signed is None:
        return reject(400, "unknown Type")
    _check_signature(said, signed, source)
    if not same(text(said.get("TopicArn")), source.setting("topic_arn")):
        return reject(403, "unexpected TopicArn")
    _check_age(text(said.get("Timestamp")), source)
    key = text(said.get("MessageId")) or None
    if source.seen(key):
        return duplicate(key=key)
    if said["Type"] == "SubscriptionConfirmation":
        return _confirm(text(said.get("SubscribeURL")), key)
    return ignore("unsubscribed") if said["Type"] != "Notification" else _notice(_string(said, "Message"), key)


def _string(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _check_signature(said: dict[str, Any], signed: tuple[str, ...], source: Source) -> None:
    algorithm = ALGORITHMS.get(text(said.get("SignatureVersion")))
    if algorithm is None:
        raise Refusal(403, "unknown SignatureVersion")
    url = text(said.get("SigningCertURL"))
    if not CERTIFICATE_URL.fullmatch(url):
        raise Refusal(403, "SigningCertURL is not Amazon's")
    cert = certificate(text(at(source.secret, "cert_pem_served_at", url)))
    if cert is None or not in_force(cert, source.now):
        raise Refusal(403, "no certificate in force at SigningCertURL")
    signature = from_base64(text(said.get("Signature"))) or b""
    if not rsa_signed(cert, signature, _signed_bytes(said, signed), algorithm):
        raise Refusal(403, "signature mismatch")


def _signed_bytes(said: dict[str, Any], signed: tuple[str, ...]) -> bytes:
    """Subject is left out when absent. A field that is not text has no bytes to sign."""
    lines = []
    for name in signed:
        value = said.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise Malformed(400, f"{name} missing")
        lines.append(f"{name}\n{value}\n")
    return "".join(lines).encode("utf-8", "surrogatepass")


def _check_age(timestamp: str, source: Source) -> None:
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        raise Malformed(400, "Timestamp is not a time") from None
    if moment.tzinfo is None:
        raise Malformed(400, "Timestamp has no zone")
    if moment.timestamp() < source.now - RETRIES_SECONDS:
        raise Refusal(403, "stale: older than the vendor's retries")
    if moment.timestamp() > source.now + 300:
        raise Refusal(403, "Timestamp too new")


def _confirm(url: str, key: str | None) -> Outcome:
    if not SUBSCRIBE_URL.fullmatch(url):
        return reject(403, "SubscribeURL is not Amazon's")
    return Outcome("valid", "confirm_subscription", 200, normalized={"get": url}, key=key)


def _notice(message: str, key: str | None) -> Outcome:
    try:
        said = read_object(message)
    except Malformed:
        return ignore("the topic's own note, not a notice of SES")
    kind = text(said.get("notificationType") or said.get("eventType"))
    if kind != "Received":
        return process(key=key, **_fate(kind, said))
    outcome = process(key=key, **_letter(said))
    if "FAIL" in (at(said, "receipt", "virusVerdict", "status"), at(said, "receipt", "spamVerdict", "status")):
        return Outcome("valid", "quarantine", 200, "spam or a virus, says SES", outcome.normalized, key)
    return outcome


def _fate(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    """What became of a letter of ours. `lasting`: its `recipients` will take none; else the failure may pass."""
    listed = LISTED.get(kind)
    named = at(said, *listed) if listed else None
    recipients = [text(at(one, "emailAddress")) for one in named[:MOST_RECIPIENTS]] if isinstance(named, list) else []
    lasting = kind == "Complaint" or (kind == "Bounce" and at(said, "bounce", "bounceType") == "Permanent")
    return {
        "event": FATES.get(kind, "mail.other"),
        "message_id": text(at(said, "mail", "messageId")),
        "recipient": text(at(said, "mail", "destination", 0)),
        "recipients": [one for one in recipients if one],
        "lasting": lasting,
    }


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter with its envelope."""

    raw: bytes
    sender: str
    recipients: tuple[str, ...]


def letter_in(request: Request) -> Letter | None:
    """The raw letter of a notice that was judged valid; None when SES was told to put it elsewhere."""
    raw = _content(_said(request))
    return Letter(raw, *envelope_in(request)) if raw.strip() else None


def envelope_in(request: Request) -> tuple[str, tuple[str, ...]]:
    """The sender and the recipients of the letter of a notice that was judged valid."""
    said = _said(request)
    listed = at(said, "receipt", "recipients") or at(said, "mail", "destination")
    recipients = listed[:MOST_RECIPIENTS] if isinstance(listed, list) else []
    return text(at(said, "mail", "source")), tuple(filter(None, map(text, recipients)))


def _said(request: Request) -> dict[str, Any]:
    return read_object(_string(read_object(request.text()), "Message"))


def _letter(said: dict[str, Any]) -> dict[str, Any]:
    """`mail.stored`: the letter lies in a bucket, under `stored`."""
    raw = _content(said)
    letter, place = from_bytes(raw), None if raw.strip() else _place(said)
    recipient = at(said, "receipt", "recipients", 0) or at(said, "mail", "destination", 0)
    return {
        "event": "mail.received" if place is None else "mail.stored",
        "thread_token": plus_token(recipient),
        "from": text(at(said, "mail", "source")),
        "subject": text(at(said, "mail", "commonHeaders", "subject")),
        "message_id": text(at(said, "mail", "messageId")),
        "text": said_in(letter),
        **manners(letter if letter.fields else from_headers(at(said, "mail", "headers"))),
        **({} if place is None else {"stored": place}),
    }


def _place(said: dict[str, Any]) -> dict[str, str] | None:
    """Where SES put a letter; its `key` has the rule's prefix already."""
    action = at(said, "receipt", "action")
    if text(at(action, "type")).upper() != "S3":
        return None
    bucket, key = text(at(action, "bucketName")), at(action, "objectKey")
    return {"bucket": bucket[:MOST_BUCKET], "key": key[:MOST_KEY] if isinstance(key, str) else ""}


def _content(said: dict[str, Any]) -> bytes:
    """The raw letter, when SES was told to put it into the notice."""
    raw = _string(said, "content").encode("utf-8", "replace")
    if text(at(said, "receipt", "action", "encoding")).upper() != "BASE64":
        return raw
    try:
        return base64.b64decode(raw)
    except binascii.Error:
        return b""
