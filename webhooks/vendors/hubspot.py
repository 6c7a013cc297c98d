"""HubSpot: changes of tickets, deals, contacts.

Trust: the body is signed. v3 is base64 HMAC-SHA256 with the client secret over method + URI + body + timestamp in
milliseconds, five minutes both ways. The URI is our public one, with only the escapes of `DECODED` resolved. v1 (hex
SHA-256 of secret + body) and v2 (secret + method + URI + body) know no time; they count only where the company asks for
them in `accept_versions`, and never beside a v3 header. Deliveries are batches. Source: the vendor's documentation.
"""

import re
from typing import Any

from webhooks.fields import text, whole
from webhooks.request import Malformed, Refusal, Request
from webhooks.signatures import digest_hex, hmac_base64, same, whole_seconds
from webhooks.verdict import Outcome, Source, duplicate, process, reject

NAME = "hubspot"
DECODED = {"3A": ":", "2F": "/", "3F": "?", "40": "@", "21": "!", "24": "$"}
DECODED |= {"27": "'", "28": "(", "29": ")", "2A": "*", "2C": ",", "3B": ";"}
CHANGES = {
    "creation": "created",
    "propertyChange": "changed",
    "deletion": "deleted",
    "privacyDeletion": "deleted",
    "merge": "merged",
    "restore": "restored",
    "associationChange": "linked",
}


def judge(request: Request, source: Source) -> Outcome:
    secret = source.key("client_secret")
    content = request.content()
    accepted = source.config.get("accept_versions") or ["v3"]
    if request.header("X-HubSpot-Signature-v3") is not None and "v3" in accepted:
        _check_v3(secret, content, request, source)
    else:
        _check_older(secret, content, request, source, accepted)
    said = request.json() if content else []
    events = said if isinstance(said, list) else [said]
    if not all(isinstance(event, dict) for event in events):
        return reject(400, "not a list of events")
    return _follow(events, source)


def _check_v3(secret: str, content: bytes, request: Request, source: Source) -> None:
    given, stamp = request.single("X-HubSpot-Signature-v3"), request.single("X-HubSpot-Request-Timestamp")
    milliseconds = whole_seconds(stamp)
    if stamp is None or milliseconds is None:
        raise Malformed(401, "timestamp missing or not a number")
    source.check_fresh(milliseconds / 1000, "timestamp in milliseconds")
    signed = (request.method + _uri(request, source)).encode("utf-8", "surrogateescape") + content + stamp.encode()
    if not same(hmac_base64(secret, signed), given):
        raise Refusal(401, "signature mismatch")


def _check_older(secret: str, content: bytes, request: Request, source: Source, accepted: Any) -> None:
    given, version = request.single("X-HubSpot-Signature"), request.single("X-HubSpot-Signature-Version") or "v1"
    if given is None:
        raise Refusal(401, "signature header missing")
    if version not in accepted or version not in ("v1", "v2"):
        raise Refusal(401, f"signature version {text(version)[:10]} is not accepted")
    covered = request.method + _uri(request, source, decode=False) if version == "v2" else ""
    if not same(digest_hex((secret + covered).encode("utf-8", "surrogateescape") + content), given):
        raise Refusal(401, "signature mismatch")


def _uri(request: Request, source: Source, *, decode: bool = True) -> str:
    uri = text(source.config.get("public_url")) or request.url
    if not decode:
        return uri
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: DECODED.get(found[1].upper(), found[0]), uri)


def _follow(said: list[dict[str, Any]], source: Source) -> Outcome:
    events = [_normalized(event) for event in said]
    fresh = [event for event in events if not source.seen(event["id"])]
    if events and not fresh:
        return duplicate(key=events[0]["id"])
    if not fresh:
        return process(events=[])
    return process(key=fresh[0]["id"] or None, **fresh[0], others=fresh[1:])


def _normalized(said: dict[str, Any]) -> dict[str, Any]:
    kind, _, change = text(said.get("subscriptionType")).partition(".")
    return {
        "event": f"crm.{kind or 'object'}.{CHANGES.get(change, 'changed')}",
        "entity_id": text(said.get("objectId")),
        "attempt": whole(said.get("attemptNumber")),
        "id": text(said.get("eventId")),
        "property": text(said.get("propertyName")),
        "value": text(said.get("propertyValue")),
    }
