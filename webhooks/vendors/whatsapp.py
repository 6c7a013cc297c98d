"""WhatsApp Cloud API: messages of customers, and what became of ours.

Trust: the body is signed. `X-Hub-Signature-256` is `sha256=` + hex HMAC-SHA256 with the app secret over the raw bytes,
escapes as sent; the older SHA-1 header is not enough. The address is checked by GET: hub.challenge comes back when
hub.verify_token is ours. Deliveries are batches of up to 3 MB and are repeated; each message is known by its wamid.
Source: the vendor's documentation.
"""

from collections.abc import Iterator
from typing import Any

from webhooks.fields import at, last, phone, text
from webhooks.request import Request, read_object
from webhooks.signatures import hmac_hex, same
from webhooks.verdict import Outcome, Source, challenge, duplicate, ignore, process, reject

NAME = "whatsapp"
PREFIX = "sha256="
MAX_CHALLENGE = 256
MAX_BATCH = 3 << 20


def judge(request: Request, source: Source) -> Outcome:
    if request.method == "GET":
        return _handshake(request, source)
    secret = source.key("app_secret")
    content = request.content(MAX_BATCH)
    given = request.single("X-Hub-Signature-256")
    if given is None:
        return reject(401, "X-Hub-Signature-256 missing")
    if not given.startswith(PREFIX):
        return reject(401, "malformed signature header")
    if not same(hmac_hex(secret, content), given.removeprefix(PREFIX)):
        return reject(401, "signature mismatch")
    said = read_object(request.text(MAX_BATCH))
    if said.get("object") != "whatsapp_business_account":
        return ignore("not of a WhatsApp account")
    return _follow(list(_notices(said)), source)


def _handshake(request: Request, source: Source) -> Outcome:
    asked = last(request.query)
    if len(asked) != len(request.query) or asked.get("hub.mode") != "subscribe":
        return reject(403, "not a handshake")
    if not same(source.key("verify_token"), asked.get("hub.verify_token")):
        return reject(403, "verify_token mismatch")
    said = asked.get("hub.challenge", "")
    return challenge(said) if 0 < len(said) <= MAX_CHALLENGE else reject(400, "hub.challenge missing")


def _follow(notices: list[dict[str, Any]], source: Source) -> Outcome:
    if not notices:
        return ignore("no message and no status")
    fresh = [notice for notice in notices if not source.seen(notice["id"])]
    if not fresh:
        return duplicate(key=notices[0]["id"])
    return process(key=fresh[0]["id"], **fresh[0], others=fresh[1:])


def _notices(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for value in (at(change, "value") for entry in _list(said, "entry") for change in _list(entry, "changes")):
        for message in _list(value, "messages"):
            yield {
                "event": "message.received",
                "id": text(at(message, "id")),
                "from": phone(at(message, "from")),
                "kind": text(at(message, "type")),
                "text": text(at(message, "text", "body")),
            }
        for status in _list(value, "statuses"):
            state = text(at(status, "status"))
            message_id = text(at(status, "id"))
            yield {"event": "message.status", "id": f"{message_id}:{state}", "message_id": message_id, "status": state}


def _list(value: Any, name: str) -> list[Any]:
    found = at(value, name)
    return found if isinstance(found, list) else []
