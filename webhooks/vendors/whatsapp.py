"""WhatsApp Cloud API: messages of customers, and what became of ours.

Trust: the body is signed. `X-Hub-Signature-256` is `sha256=` + hex HMAC-SHA256 with the app secret over the raw bytes,
escapes as sent; the older SHA-1 header is not enough. The address is checked by GET: hub.challenge comes back when
hub.verify_token is ours. Deliveries are batches of up to 3 MB and are repeated; each message is known by its wamid.
A report on a message of ours carries the notice's key, as it was given with it. A file comes as an id alone.
Source: the vendor's documentation.
"""

from collections.abc import Iterator
from typing import Any

from webhooks.fields import at, filled, last, phone, text, whole
from webhooks.request import Request, read_object
from webhooks.signatures import hmac_hex, same
from webhooks.verdict import Outcome, Source, challenge, duplicate, ignore, process, reject

NAME = "whatsapp"
PREFIX = "sha256="
MAX_CHALLENGE = 256
MAX_BATCH = 3 << 20
MEDIA = ("image", "video", "audio", "document", "sticker")
ARRIVED = ("delivered", "read", "played")
LASTING = (131021, 131026, 130497)
"""No message will ever reach this number."""
SHUT = 131047
"""They did not write for a day."""


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
        account = text(at(value, "metadata", "phone_number_id"))
        names = {text(at(one, "wa_id")): text(at(one, "profile", "name")) for one in _list(value, "contacts")}
        for message in _list(value, "messages"):
            yield {**_message(message), **filled(account=account, name=names.get(text(at(message, "from"))))}
        for status in _list(value, "statuses"):
            yield {**_status(status), **filled(account=account)}


def _message(message: Any) -> dict[str, Any]:
    """Words, a file with or without words, a mark put to a message of ours; or what the vendor does not pass on."""
    kind = text(at(message, "type"))
    words = _words(message, kind)
    file = _file(at(message, kind)) if kind in MEDIA else {}
    event = {"reaction": "message.reacted", "system": "message.system"}.get(kind, "message.received")
    answered = text(at(message, "context", "id")) or text(at(message, "reaction", "message_id"))
    return {
        "event": event,
        "id": text(at(message, "id")),
        "from": phone(at(message, "from")),
        "kind": kind,
        "text": words,
        **filled(at=whole(at(message, "timestamp")), answers=answered, file=file or None),
        **({} if words or file or event != "message.received" else {"unread": True}),
    }


def _words(message: Any, kind: str) -> str:
    said = at(message, kind)
    if kind == "text":
        return text(at(said, "body"))
    if kind == "button":
        return text(at(said, "text"))
    if kind == "interactive":
        return text(at(said, text(at(said, "type")), "title"))
    if kind == "location":
        place = ", ".join(filter(None, (text(at(said, "name")), text(at(said, "address")))))
        point = ", ".join(filter(None, (text(at(said, "latitude")), text(at(said, "longitude")))))
        return f"📍 {place} {point}".replace("  ", " ").strip() if place or point else ""
    if kind == "contacts":
        return "\n".join(filter(None, map(_card, said if isinstance(said, list) else [])))
    return text(at(said, "caption")) if kind in MEDIA else ""


def _card(one: Any) -> str:
    phones = [text(at(each, "phone")) for each in _list(one, "phones")]
    told = " ".join(filter(None, (text(at(one, "name", "formatted_name")), *phones)))
    return f"👤 {told}" if told else ""


def _file(said: Any) -> dict[str, str]:
    """Empty without an id, by which alone it can be fetched."""
    media_id = text(at(said, "id"))
    return filled(id=media_id, name=text(at(said, "filename"))) if media_id else {}


def _status(status: Any) -> dict[str, Any]:
    """Of a message of ours; one that carries no key was sent by another program. «Read» means that it arrived, no more:
    what counts as a reaction is an answer."""
    state, message_id = text(at(status, "status")), text(at(status, "id"))
    notice = text(at(status, "biz_opaque_callback_data"))
    told: dict[str, Any] = {"event": "message.status", "id": f"{message_id}:{state}", "message_id": message_id}
    told |= {"status": state, "phone": phone(at(status, "recipient_id"))}
    if not notice or state not in (*ARRIVED, "failed"):
        return told
    if state in ARRIVED:
        return {**told, "event": "told.delivered", "notice": notice}
    error = at(status, "errors", 0)
    code, title = whole(at(error, "code")), text(at(error, "title")) or text(at(error, "message"))
    why = f"{code or ''} {title}".strip() or state
    known = {"lasting": code in LASTING, "shut": code == SHUT}
    return {**told, "event": "told.undelivered", "notice": notice, "why": why, **known}


def _list(value: Any, name: str) -> list[Any]:
    found = at(value, name)
    return found if isinstance(found, list) else []
