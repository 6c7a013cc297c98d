"""VK: what people write to the company's community (Callback API).

Trust: a static secret in the body, `secret`, and our `group_id`. The address is confirmed with a code of ours; every
other delivery is answered `ok`, or it comes again. event_id is the dedupe key; a message's number is its talk's own.
Only a talk of one person with the community is theirs (`person`). Files come with the address from which they can be
fetched; films come without one. Source: the vendor's documentation and schema.
"""

from typing import Any

from webhooks.fields import at, filled, text, whole
from webhooks.request import Request, read_object
from webhooks.signatures import same
from webhooks.verdict import Outcome, Source, challenge, duplicate, ignore, process, reject

NAME = "vk"
OK = ("text/plain", "ok")
EVENTS = {
    "message_new": "message.received",
    "message_edit": "message.edited",
    "message_event": "button.pressed",
    "message_allow": "chat.started",
    "message_deny": "chat.stopped",
}
PEOPLE = 2_000_000_000
"""Numbers of people stand below; communities have negative ones, groups of people larger ones."""


def judge(request: Request, source: Source) -> Outcome:
    secret = source.key("secret")
    said = read_object(request.text())
    if not _our_group(said, source):
        return reject(403, "unknown group_id")
    given = said.get("secret")
    confirmation = said.get("type") == "confirmation"
    if given is None and not confirmation:
        return reject(403, "secret missing")
    if given is not None and not same(secret, text(given)):
        return reject(403, "secret mismatch")
    if confirmation:
        return challenge(source.key("confirmation"))
    key = text(said.get("event_id")) or None
    if source.seen(key):
        return duplicate(key=key, response=OK)
    return _follow(said, key)


def _our_group(said: dict[str, Any], source: Source) -> bool:
    ours = whole(source.secret.get("group_id"))
    return ours is None or whole(said.get("group_id")) == ours


def _follow(said: dict[str, Any], key: str | None) -> Outcome:
    event = EVENTS.get(text(said.get("type")))
    message = at(said, "object", "message")
    if event is None or at(message, "out") == 1:
        return ignore("nothing follows from this event", response=OK)
    user = text(at(message, "from_id") or at(said, "object", "user_id"))
    chat = text(at(message, "peer_id") or at(said, "object", "peer_id"))
    alone = 0 < (whole(user) or 0) < PEOPLE and chat in ("", user)
    number = text(at(message, "conversation_message_id"))
    words, files = _words(message), [file for one in _attached(message) if (file := _file(one))]
    normalized: dict[str, Any] = {
        "event": event,
        "user": user,
        "chat": chat,
        "id": f"{chat}:{number}" if number else "",
        "text": words,
        **filled(
            person=user if alone else None,
            name=f"vk.com/id{user}" if alone else None,
            account=text(said.get("group_id")),
            at=whole(at(message, "date")),
            answers=text(at(message, "reply_message", "id")),
            files=files or None,
        ),
        **({} if words or files or event != "message.received" else {"unread": True}),
    }
    return process(key=key, response=OK, **normalized)


def _words(message: Any) -> str:
    place = at(message, "geo", "coordinates")
    point = ", ".join(filter(None, (text(at(place, "latitude")), text(at(place, "longitude")))))
    links = [text(at(one, "link", "url")) for one in _attached(message) if at(one, "type") == "link"]
    return "\n".join(filter(None, (text(at(message, "text")), f"📍 {point}" if point else "", *links)))


def _attached(message: Any) -> list[Any]:
    found = at(message, "attachments")
    return found if isinstance(found, list) else []


def _file(one: Any) -> dict[str, str]:
    """Empty for what has no address of its own."""
    kind = text(at(one, "type"))
    said = at(one, kind)
    if kind == "photo":
        return filled(id=_largest(said))
    if kind == "doc":
        return filled(id=text(at(said, "url")), name=text(at(said, "title"))) if text(at(said, "url")) else {}
    if kind == "audio_message":
        return filled(id=text(at(said, "link_mp3")) or text(at(said, "link_ogg")))
    return {}


def _largest(photo: Any) -> str:
    sizes = at(photo, "sizes")
    known = [one for one in sizes if text(at(one, "url"))] if isinstance(sizes, list) else []
    widest = max(known, key=lambda one: (whole(at(one, "width")) or 0) * (whole(at(one, "height")) or 0), default=None)
    return text(at(photo, "orig_photo", "url")) or text(at(widest, "url"))
