"""SMSC.ru: what became of an SMS of ours.

Trust: part of the fields is signed. `sha1` and `md5` are hex digests of `id:phone:status:` and the secret word that
stands in the account's settings; `crc32` proves nothing. No timestamp: the notice and what became of it are the dedupe
key. `err`, `time` and `cost` are not signed and are not believed. `id` is the number that we gave with the message, of
a notice of ours; any other program may have given the same, so `phone` goes along.

Sources: the vendor's pages on the client's handler and on the codes of status; public clients of it.
"""

from typing import Any

from core.outbox.keys import notice_key
from webhooks.fields import last, phone, text, whole
from webhooks.request import Request
from webhooks.signatures import digest_hex, same
from webhooks.verdict import Outcome, Source, duplicate, ignore, process, reject

NAME = "smsc"
DIGESTS = ("sha1", "md5")
SIGNED = ("id", "phone", "status")
ARRIVED = {1: "delivered", 2: "read", 4: "link opened"}
UNDELIVERED = {
    3: "expired",
    20: "cannot be delivered",
    22: "wrong number",
    23: "forbidden",
    24: "not enough money",
    25: "number not reached",
}
LASTING = (22,)
"""Nothing will ever reach this number."""


def judge(request: Request, source: Source) -> Outcome:
    word = source.key("secret")
    fields = last(request.form(lenient=True))
    if not all(text(fields.get(name)) for name in SIGNED):
        return reject(400, "not a report: id, phone or status missing")
    given = {name: text(fields.get(name)).lower() for name in DIGESTS if fields.get(name)}
    if not given:
        return reject(401, "neither sha1 nor md5")
    signed = ":".join([*(text(fields[name]) for name in SIGNED), word])
    if not all(same(digest_hex(signed, name), digest) for name, digest in given.items()):
        return reject(401, "digest mismatch")
    return _follow(fields, source)


def _follow(fields: dict[str, Any], source: Source) -> Outcome:
    number, status = whole(fields["id"]), whole(fields["status"])
    if number is None or number < 1 or status is None:
        return ignore("no number or status of a message")
    told: dict[str, Any] = {"notice": notice_key(number), "phone": phone(fields["phone"])}
    key = f"told:{number}:{told['phone']}"
    if status in ARRIVED:
        key, told = f"{key}:delivered", {"event": "told.delivered", **told}
    elif status in UNDELIVERED:
        why = f"{status} {UNDELIVERED[status]}"
        told = {"event": "told.undelivered", **told, "why": why, "lasting": status in LASTING}
    else:
        return ignore(f"told: {status}")
    return duplicate(key=key) if source.seen(key) else process(key=key, **told)
