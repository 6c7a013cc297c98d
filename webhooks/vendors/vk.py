"""VK: what people write to the company's community (Callback API).

Trust: a static secret in the body, `secret`, and our `group_id`. The address is confirmed with a code of ours; every
other delivery is answered `ok`, or it comes again. event_id is the dedupe key. Source: the vendor's documentation.
"""

from typing import Any

from webhooks.fields import at, text, whole
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
    normalized: dict[str, Any] = {
        "event": event,
        "user": text(at(message, "from_id") or at(said, "object", "user_id")),
        "chat": text(at(message, "peer_id") or at(said, "object", "peer_id")),
        "id": text(at(message, "conversation_message_id")),
        "text": text(at(message, "text")),
    }
    return process(key=key, response=OK, **normalized)
