"""Letters and messages: an answer goes into its order's thread, a new one becomes an order or waits for a person."""

from collections.abc import Mapping
from typing import Any

from core.chats import actions as chats
from core.kernel.actor import Actor, contact
from core.kernel.read import fetchrow
from core.kernel.work import acting
from core.people.queries import actor_of
from core.sources import actions, requests
from core.sources.follow.result import Result
from core.sources.follow.tickets import bring
from core.sources.mapping import LENGTHS, Mapped
from core.sources.matching import telephone
from core.sources.queries import SourceView
from core.sources.threads import order_of_token

IDS = ("message_id", "event_id", "id")


async def follow(source: SourceView, key: str, event: Mapping[str, Any]) -> Result:
    """A letter that a machine wrote is not answered and makes nothing."""
    if event.get("event") != "mail.received":
        return Result("nothing")
    if event.get("is_auto"):
        return Result("nothing", facts={"why": "automatic"})
    subject, text, sender = (_text(event.get(name)) for name in ("subject", "text", "from"))
    order_id = order_of_token(str(event.get("thread_token") or ""))
    if order_id is not None and await _exists(order_id):
        return await _answer(source, key, order_id, sender, text or subject)
    words = "\n".join(part for part in (subject, text) if part)[: LENGTHS["words"]]
    external = next((str(event[name]) for name in IDS if event.get(name)), key)
    return await bring(source, "letter", external, Mapped(words=words, name=sender[:200]))


async def written(source: SourceView, key: str, event: Mapping[str, Any]) -> Result:
    """A message of another messenger: a person looks at it, for we can't answer there."""
    text = _text(event.get("text"))
    if event.get("event") != "message.received" or not text:
        return Result("nothing")
    phone = telephone(str(event.get("from") or ""))
    facts = {"words": text[: LENGTHS["words"]], "name": _text(event.get("name") or event.get("user"))[:200]}
    await requests.ask(source.id, f"message:{event.get('id') or key}", "message", "waiting", phone, facts)
    return Result("request")


async def _answer(source: SourceView, key: str, order_id: int, sender: str, text: str) -> Result:
    """Whoever has the thread's address may write in it; it stands there as the words of the order's contact."""
    if not text or not await actions.first_time(source.id, f"letter:{key}"):
        return Result("seen" if text else "nothing", order_id)
    async with acting(await _writer(order_id, sender)):
        await chats.post(order_id, "customer", text[: chats.MAX_TEXT])
    return Result("message", order_id)


async def _exists(order_id: int) -> bool:
    return await fetchrow("SELECT 1 AS one FROM orders_orders WHERE id = $1", order_id) is not None


async def _writer(order_id: int, sender: str) -> Actor:
    row = await fetchrow("SELECT contact_id FROM orders_orders WHERE id = $1", order_id)
    known = await actor_of(contact(row["contact_id"])) if row and row["contact_id"] else None
    return known or Actor("system", 0, frozenset({"*"}), name=sender[:200])


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
