"""MAX: what customers write to our bot in that messenger.

Trust: a static secret, `X-Max-Bot-Api-Secret`, as we gave it when subscribing. A message is known by its mid; its later
edit has the same one. Only a talk of one person with the bot is theirs (`person`); what is said in a group is nobody's.
A file comes with the address from which it can be fetched. Times are in milliseconds. Source: the vendor's
documentation, its own client and captured deliveries.
"""

from typing import Any

from webhooks.fields import at, filled, text, whole
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
MEDIA = ("image", "video", "audio", "file")


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
    if at(said, "message", "sender", "is_bot") is True:
        return ignore("written by a bot")
    key = _key(kind, said)
    return duplicate(key=key) if source.seen(key) else process(key=key, event=EVENTS[kind], **_normalized(kind, said))


def _key(kind: str, said: dict[str, Any]) -> str | None:
    pressed, mid = text(at(said, "callback", "callback_id")), text(at(said, "message", "body", "mid"))
    if kind == "message_created":
        return mid or None
    if kind == "message_callback" and pressed:
        return pressed
    return ":".join((kind, mid, text(said.get("timestamp"))))


def _normalized(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    message = said.get("message")
    sender = at(message, "sender") or at(said, "callback", "user") or said.get("user")
    user, attached = text(at(sender, "user_id")), _attached(message)
    alone = kind in ("bot_started", "bot_stopped") or at(message, "recipient", "chat_type") == "dialog"
    words = "\n".join(filter(None, (text(at(message, "body", "text")), *map(_words, attached))))
    files = [file for one in attached if (file := _file(one))]
    read = words or files or kind != "message_created"
    milliseconds = whole(at(message, "timestamp") or said.get("timestamp"))
    return {
        "id": text(at(message, "body", "mid")),
        "user": user,
        "chat": text(at(message, "recipient", "chat_id") or said.get("chat_id")),
        "name": " ".join(filter(None, (text(at(sender, "first_name")), text(at(sender, "last_name"))))),
        "text": words,
        "data": text(at(said, "callback", "payload")),
        **filled(
            person=user if alone else None,
            at=milliseconds // 1000 if milliseconds else None,
            answers=_answered(message),
            files=files or None,
        ),
        **({} if read else {"unread": True}),
    }


def _attached(message: Any) -> list[Any]:
    found = at(message, "body", "attachments")
    return found if isinstance(found, list) else []


def _answered(message: Any) -> str:
    link = at(message, "link")
    return text(at(link, "message", "mid")) if at(link, "type") == "reply" else ""


def _file(one: Any) -> dict[str, str]:
    """Empty without an address."""
    url = text(at(one, "payload", "url")) if text(at(one, "type")) in MEDIA else ""
    return filled(id=url, name=text(at(one, "filename"))) if url else {}


def _words(one: Any) -> str:
    """A place and a card of a person, as words."""
    kind = text(at(one, "type"))
    if kind == "location":
        point = ", ".join(filter(None, (text(at(one, "latitude")), text(at(one, "longitude")))))
        return f"📍 {point}" if point else ""
    if kind == "contact":
        card = text(at(one, "payload", "vcf_info")).replace("\r", "").split("\n")
        told = [row.partition(":")[2] for row in card if row.startswith(("FN", "TEL"))]
        return f"👤 {' '.join(filter(None, told))}" if any(told) else ""
    return text(at(one, "payload", "url")) if kind == "share" else ""
