"""Letters and messages: an answer goes into its order's thread, a new one becomes an order or waits for a person."""

import re
from collections.abc import Mapping
from typing import Any

from core.chats import actions as chats
from core.events import LetterBounced
from core.kernel.actor import Actor, contact
from core.kernel.mailboxes import bare_address
from core.kernel.read import fetch, fetchrow
from core.kernel.work import acting, emit
from core.people.queries import actor_of
from core.sources import actions, requests
from core.sources.follow.result import Result
from core.sources.follow.tickets import bring
from core.sources.mapping import LENGTHS, Mapped
from core.sources.matching import telephone
from core.sources.queries import SourceView
from core.sources.threads import order_of_token
from core.tasks.actions import later

IDS = ("message_id", "event_id", "id")
OURS = ("imap", "smtp", "ses-sns")
"""Kinds whose letters we opened ourselves."""
LOST = ("mail.failed", "mail.complained")
ATTACH = "mail.attachments"
NO_WORDS = "📎"
_DELAYED = re.compile(r"(?im)^\s*action:\s*(delayed|delivered|relayed|expanded)|will (?:be )?retr(?:y|ied)")


async def follow(source: SourceView, key: str, event: Mapping[str, Any]) -> Result:
    """A letter that a machine wrote is not answered and makes nothing; one that did not arrive stops our letters."""
    if event.get("event") == "mail.bounced":
        return await _bounced(source, event)
    if event.get("event") in LOST and event.get("lasting"):
        return await _lost(source, event)
    if event.get("event") != "mail.received":
        return Result("nothing")
    if event.get("is_auto"):
        return Result("nothing", facts={"why": "automatic"})
    subject, text, sender = (_text(event.get(name)) for name in ("subject", "text", "from"))
    order_id = _thread(source, event)
    if order_id is not None and await _exists(order_id):
        if await _is_stranger(order_id, sender):
            return await _quarantine(source, key, order_id, sender, text or subject)
        return await _answer(source, key, order_id, sender, text or subject, _has_files(source, event))
    words, more = _parted("\n".join(part for part in (subject, text) if part))
    external = next((str(event[name]) for name in IDS if event.get(name)), key)
    if source.kind in OURS:
        more |= {"email": sender, "letter": key}
    words = words or (NO_WORDS if _has_files(source, event) else "")
    return await _new(source, external, Mapped(words=words, name=sender[:200]), more)


async def _new(source: SourceView, external: str, found: Mapped, more: Mapping[str, Any]) -> Result:
    """With the order of a request its letter comes when that is settled."""
    waiting = await requests.request_of(source.id, f"letter:{external}")
    result = await bring(source, "letter", external, found, more)
    if result.what == "order" and result.order_id and (waiting is None or waiting.state == "done"):
        await along(source.id, result.order_id, {**more, "name": found.name})
    return result


async def along(source_id: str, order_id: int, facts: Mapping[str, Any]) -> None:
    """What a letter has beside the order's words: those that had no room there (`rest`), and its files."""
    if facts.get("rest"):
        async with acting(await writer(order_id, str(facts.get("name") or ""))):
            await say(order_id, facts["rest"].strip())
    if facts.get("letter"):
        await attach(source_id, facts["letter"], order_id, "request")


def _parted(text: str) -> tuple[str, dict[str, str]]:
    """The words of an order, and as `rest` those that have no room there."""
    most = LENGTHS["words"]
    if len(text) <= most:
        return text, {}
    at = max(text.rfind(" ", 1, most), text.rfind("\n", 1, most))
    words = text[: at if at > 0 else most]
    return words, {"rest": text[len(words) :]}


async def written(source: SourceView, key: str, event: Mapping[str, Any]) -> Result:
    """A message of a messenger in which we can't answer: a person looks at it."""
    text = _text(event.get("text"))
    if event.get("event") != "message.received" or not text:
        return Result("nothing")
    phone = telephone(str(event.get("from") or ""))
    facts = {"words": text[: LENGTHS["words"]], "name": _text(event.get("name") or event.get("user"))[:200]}
    await requests.ask(source.id, f"message:{event.get('id') or key}", "message", "waiting", phone, facts)
    return Result("request")


async def _answer(
    source: SourceView, key: str, order_id: int, sender: str, text: str, has_files: bool = False
) -> Result:
    """Whoever has the thread's address may write in it; it stands there as the words of the order's contact. The files
    follow, opened outside this work."""
    if not (text or has_files) or not await actions.first_time(source.id, f"letter:{key}"):
        return Result("seen" if text else "nothing", order_id)
    if text:
        async with acting(await writer(order_id, sender)):
            await say(order_id, text)
    if has_files:
        await attach(source.id, key, order_id, "chat")
    return Result("message", order_id)


async def say(order_id: int, text: str) -> None:
    """All of it into the customer's thread, in as many messages as that takes."""
    parts = (text[start : start + chats.MAX_TEXT] for start in range(0, len(text), chats.MAX_TEXT))
    for part in parts:
        if part.strip():
            await chats.post(order_id, "customer", part)


async def attach(source_id: str, key: str, order_id: int, phase: str) -> None:
    """Have the letter's files put into the order, soon."""
    args = {"source": source_id, "key": key, "order": order_id, "phase": phase}
    await later(ATTACH, args, key=f"{source_id}:{key}"[:100])


def _thread(source: SourceView, event: Mapping[str, Any]) -> int | None:
    """The order whose token stands in the address; of our own boxes also by our Message-ID, both proved already."""
    proved = str(event.get("thread") or "")
    if source.kind in OURS and proved[:1] == "t" and proved[1:].isdigit():
        return int(proved[1:])
    return order_of_token(str(event.get("thread_token") or ""))


def _has_files(source: SourceView, event: Mapping[str, Any]) -> bool:
    return source.kind in OURS and bool(event.get("attachments"))


_WRITERS = """
SELECT k.email FROM orders_orders o JOIN customers_contacts k ON k.customer_id = o.customer_id AND k.email <> ''
WHERE o.id = $1 AND k.active
"""


async def _is_stranger(order_id: int, sender: str) -> bool:
    """Somebody who holds a thread's address but is not of those whom we wrote to: a letter that was passed on, or an
    address that leaked. Where we know nobody's address the token alone is believed."""
    known = {row["email"] for row in await fetch(_WRITERS, order_id)}
    return bool(known) and bare_address(sender).lower() not in known


async def _quarantine(source: SourceView, key: str, order_id: int, sender: str, text: str) -> Result:
    """Kept, never answered, shown to a person."""
    words, more = _parted(text)
    facts = {"words": words, "name": sender[:200], "stranger_in": order_id, **more}
    await requests.ask(source.id, f"stranger:{key}", "letter", "waiting", "", facts)
    return Result("quarantine", order_id, {"why": "a stranger answers a known thread"})


async def _bounced(source: SourceView, event: Mapping[str, Any]) -> Result:
    """Our letter can't be delivered: that address is told nothing more, and the news go by another channel. A delay is
    no failure."""
    order_id = _thread(source, event)
    if order_id is None or source.kind not in OURS or _DELAYED.search(str(event.get("text") or "")):
        return Result("nothing", facts={"why": "bounce"})
    row = await fetchrow("SELECT contact_id FROM orders_orders WHERE id = $1", order_id)
    if row is None or row["contact_id"] is None:
        return Result("nothing", order_id)
    await emit(LetterBounced(order_id, row["contact_id"]))
    return Result("bounce", order_id)


_ADDRESSED = "SELECT id FROM customers_contacts WHERE email = ANY($1::text[]) AND active ORDER BY id"


async def _lost(source: SourceView, event: Mapping[str, Any]) -> Result:
    """Who carries our letters says that an address takes none, or wants none: whoever of our contacts has it is told
    nothing more there, and what the letter told goes by another channel once. Believed of one who signs all that is
    said."""
    addresses = event.get("recipients")
    if source.needs.trust != "body" or not isinstance(addresses, list):
        return Result("nothing")
    known = [bare_address(_text(one)).lower() for one in addresses]
    found = [row["id"] for row in await fetch(_ADDRESSED, [one for one in known if one])]
    for contact_id in found:
        if await actions.first_time(source.id, f"lost:{event.get('message_id')}:{contact_id}"):
            await emit(LetterBounced(None, contact_id))
    return Result("bounce" if found else "nothing", facts={"why": str(event["event"])})


async def _exists(order_id: int) -> bool:
    return await fetchrow("SELECT 1 AS one FROM orders_orders WHERE id = $1", order_id) is not None


async def writer(order_id: int, sender: str) -> Actor:
    row = await fetchrow("SELECT contact_id FROM orders_orders WHERE id = $1", order_id)
    known = await actor_of(contact(row["contact_id"])) if row and row["contact_id"] else None
    return known or Actor("system", 0, frozenset({"*"}), name=sender[:200])


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
