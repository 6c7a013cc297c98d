"""MAX: what customers write to our bot in that messenger.

Trust: a static secret, `X-Max-Bot-Api-Secret`, as we gave it when subscribing. A message is known by its mid; its later
edit has the same one. Source: the vendor's documentation and captured deliveries.
"""

from typing import Any

from webhooks.fields import at, text
from webhooks.request import Request, read_object
from webhooks.signatures import same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "max"
EVENTS = {
    "message_created": "message.received",
    "message_edited": "message.edited",
    "message_removed": "message.removed",
    "message_callback": "button.pressed",
    "bot_started": "chat.started",
    "bot_stopped": "chat.stopped",
    "bot_added": "chat.joined",
    "bot_removed": "chat.left",
}


def judge(request: Request, source: Source) -> Outcome:
    secret = source.key("secret")
    given = request.single("X-Max-Bot-Api-Secret")
    if given is None:
        return reject(401, "secret header missing")
    if not same(secret, given):
        return reject(401, "secret mismatch")
    said = read_object(request.text())
    kind = text(said.get("update_type"))
    if kind not in EVENTS:
        return ignore("nothing follows from this update")
    key = _key(kind, said)
    return duplicate(key=key) if source.seen(key) else process(key=key, event=EVENTS[kind], **_normalized(said))


def _key(kind: str, said: dict[str, Any]) -> str | None:
    pressed, mid = text(at(said, "callback", "callback_id")), text(at(said, "message", "body", "mid"))
    if kind == "message_created":
        return mid or None
    if kind == "message_callback" and pressed:
        return pressed
    return ":".join((kind, mid, text(said.get("timestamp"))))


def _normalized(said: dict[str, Any]) -> dict[str, Any]:
    message = said.get("message")
    return {
        "id": text(at(message, "body", "mid")),
        "user": text(at(message, "sender", "user_id") or at(said, "callback", "user", "user_id")),
        "chat": text(at(message, "recipient", "chat_id") or said.get("chat_id")),
        "name": text(at(message, "sender", "first_name")),
        "text": text(at(message, "body", "text")),
        "data": text(at(said, "callback", "payload")),
    }
