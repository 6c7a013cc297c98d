"""Vonage: voice and message events.

Trust: the body is signed. `Authorization: Bearer` holds a JWT, HS256 with the signature secret; its `payload_hash` is
the hex SHA-256 of the body and `iat` its age, five minutes by our rule. What became of a call of ours comes to the
address that we gave with it, which names the notice; the token does not cover the address, so the number that was
called goes along. Source: the vendor's documentation and SDKs.
"""

from typing import Any

from webhooks.fields import last, phone, text, whole
from webhooks.request import Request, read_object
from webhooks.signatures import bearer_token, digest_hex, open_jwt, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "vonage"
CALL_STATUSES = {"started": "call.started", "ringing": "call.ringing", "answered": "call.answered"}
UNDELIVERED = ("unanswered", "busy", "cancelled", "failed", "rejected", "timeout")
CALL_ENDS = ("completed", *UNDELIVERED)


def judge(request: Request, source: Source) -> Outcome:
    secret = source.key("signature_secret")
    content = request.content()
    token = bearer_token(request.single("Authorization"))
    if token is None:
        return reject(401, "bearer token missing")
    claims = open_jwt(token, secret)
    if claims is None:
        return reject(401, "token is not signed with HS256 and our secret")
    if (content or request.method != "GET") and not _covers(claims, content):
        return reject(401, "payload_hash does not match the body")
    issued = whole(claims.get("iat"))
    if issued is None:
        return reject(401, "token has no iat")
    source.check_fresh(issued, "iat")
    expires = whole(claims.get("exp"))
    if expires is not None and expires <= source.now:
        return reject(401, "token has expired")
    return _follow(request, source, text(claims.get("jti")) or None)


def _covers(claims: dict[str, Any], content: bytes) -> bool:
    return same(text(claims.get("payload_hash")).lower(), digest_hex(content))


def _follow(request: Request, source: Source, key: str | None) -> Outcome:
    if source.seen(key, "seen_jti"):
        return reject(401, "jti already used")
    if source.seen(key):
        return duplicate(key=key)
    said = read_object(request.text()) if request.body else dict(request.query)
    status = text(said.get("status"))
    if notice := last(request.query).get("notice", ""):
        return _report(text(notice), status, said, source)
    ended = "call.ended" if status in CALL_ENDS else "call.changed"
    normalized: dict[str, Any] = {
        "event": CALL_STATUSES.get(status, ended) if "uuid" in said else "vonage.other",
        "from": phone(said.get("from")),
        "to": phone(said.get("to")),
        "call_id": text(said.get("uuid")),
    }
    return process(key=key, **normalized)


def _report(notice: str, status: str, said: dict[str, Any], source: Source) -> Outcome:
    """Of a call of ours. Carriers say «failed» and «rejected» of much, so nothing is told of the number itself."""
    told: dict[str, Any] = {"notice": notice, "phone": phone(said.get("to"))}
    if not told["phone"]:
        return ignore("told without the number that was called")
    key = f"told:{notice}:{told['phone']}"
    if status == "completed":
        key, told = f"{key}:delivered", {"event": "told.delivered", **told}
    elif status in UNDELIVERED:
        told = {"event": "told.undelivered", **told, "why": status}
    else:
        return ignore(f"told: {status[:40]}")
    return duplicate(key=key) if source.seen(key) else process(key=key, **told)
