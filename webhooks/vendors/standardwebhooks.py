"""Standard Webhooks: any system that follows that specification, both ways.

Trust: the body is signed. `webhook-signature` lists `v1,` + base64 HMAC-SHA256 over `id.timestamp.body`, one of which
must be right (keys rotate); `v1a,` is Ed25519 and counts only where a public key is set. The secret is `whsec_` and
base64, the public key `whpk_` and base64; several may be in force. Five minutes both ways; webhook-id is the dedupe
key. An id with a full stop is refused: `a.1` at T signs the same bytes as `a` at `1.T`.
Source: the specification and its libraries.
"""

import base64
import json
from typing import Any

from core.kernel.addresses import check_url
from core.kernel.errors import Refusal as NotPublic
from webhooks.fields import text
from webhooks.publickeys import ed25519_signed
from webhooks.request import Malformed, Refusal, Request, read_object
from webhooks.signatures import from_base64, hmac_raw, same, whole_seconds
from webhooks.verdict import Outcome, Source, duplicate, process, reject, send

NAME = "standardwebhooks"
SECRET, PUBLIC = "whsec_", "whpk_"
MAX_ID = 256
MAX_SIGNATURES = 32


def judge(request: Request, source: Source) -> Outcome:
    secrets, public = _secrets(source), _keys(source, PUBLIC)
    if not secrets and not public:
        return reject(503, "endpoint has no secret")
    content = request.content()
    delivery, at, given = _headers(request)
    if not any(version == "v1" or (version == "v1a" and public) for version, _ in given):
        return reject(401, "no signature of an accepted version")
    signed = f"{delivery}.{at}.".encode() + content
    if not any(_matches(version, proof, signed, secrets, public) for version, proof in given):
        return reject(401, "no matching signature")
    source.check_fresh(at)
    if request.outbound:
        return _outgoing(request)
    said = read_object(request.text())
    if source.seen(delivery):
        return duplicate(key=delivery)
    return process(key=delivery, event=text(said.get("type")), delivery_id=delivery, data=said.get("data"))


def signed_request(url: str, delivery: str, payload: dict[str, Any], source: Source) -> Request:
    """What we report to a customer's endpoint, ready to send."""
    secrets = _secrets(source)
    if not secrets:
        raise Refusal(503, "endpoint has no secret")
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    at = int(source.now)
    proof = base64.b64encode(hmac_raw(secrets[0], f"{delivery}.{at}.".encode() + body)).decode()
    headers = (
        ("Content-Type", "application/json"),
        ("webhook-id", delivery),
        ("webhook-timestamp", str(at)),
        ("webhook-signature", f"v1,{proof}"),
    )
    return Request("POST", url, headers, body, kind="outbound_request")


def _headers(request: Request) -> tuple[str, int, list[tuple[str, str]]]:
    """webhook-id, webhook-timestamp, and the signatures as (version, base64)."""
    delivery, timestamp, listed = (request.single(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not delivery or not timestamp or not listed:
        raise Malformed(401, "signature headers missing")
    if "." in delivery:
        raise Malformed(400, "webhook-id has a full stop")
    if len(delivery) > MAX_ID or not delivery.isascii() or not delivery.isprintable() or " " in delivery:
        raise Malformed(400, "bad webhook-id")
    seconds = whole_seconds(timestamp)
    if seconds is None or str(seconds) != timestamp:
        raise Malformed(401, "timestamp is not a number")
    signatures = [(version, proof) for version, _, proof in (one.partition(",") for one in listed.split(" ") if one)]
    if len(signatures) > MAX_SIGNATURES:
        raise Malformed(400, "too many signatures")
    return delivery, seconds, signatures


def _matches(version: str, proof: str, signed: bytes, secrets: list[bytes], public: list[str]) -> bool:
    given = from_base64(proof)
    if given is None:
        return False
    if version == "v1":
        return any(same(hmac_raw(secret, signed), given) for secret in secrets)
    return version == "v1a" and any(ed25519_signed(key, given, signed) for key in public)


def _secrets(source: Source) -> list[bytes]:
    decoded = (from_base64(key + "=" * (-len(key) % 4)) for key in _keys(source, SECRET))
    return [secret for secret in decoded if secret]


def _keys(source: Source, prefix: str) -> list[str]:
    """The keys of one kind without their prefix; the setting's name (`whsec`, `whsec_old`) may stand for it."""
    return [
        value.removeprefix(prefix)
        for name, values in source.secret.items()
        for value in (values if isinstance(values, list | tuple) else [values])
        if isinstance(value, str) and (value.startswith(prefix) or _named(name, value, prefix))
    ]


def _named(name: str, value: str, prefix: str) -> bool:
    return name.startswith(prefix.rstrip("_")) and not value.startswith((SECRET, PUBLIC))


def _outgoing(request: Request) -> Outcome:
    """We report to public https addresses only, never into our own network."""
    try:
        check_url(request.url)
    except NotPublic:
        return reject(None, "not a public https address")
    return send()
