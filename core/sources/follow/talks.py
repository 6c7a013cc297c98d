"""Messages of a messenger in which we answer: into the thread of the order that they are about; with no open order a
request, one for all that a person writes until somebody looks at it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.chats import actions as chats
from core.events import ContactReacted
from core.kernel.actor import Actor
from core.kernel.read import fetch
from core.kernel.words import words
from core.kernel.work import acting, current, emit
from core.outbox.sending import unblock
from core.sources import actions, requests, talks
from core.sources.follow.letters import NO_WORDS, writer
from core.sources.follow.media import bring
from core.sources.follow.result import Result
from core.sources.mapping import LENGTHS
from core.sources.matching import telephone
from core.sources.models import Request
from core.sources.queries import SourceView

_CONTACTS = """
SELECT s.chat_id FROM outbox_senders s JOIN customers_contacts k ON k.id = s.chat_id
WHERE s.bot = $1 AND s.blocked_at IS NOT NULL AND k.phone = $2
"""


async def follow(source: SourceView, key: str, event: Mapping[str, Any]) -> Result:
    kind, external = event.get("event"), str(event.get("id") or key)
    phone = telephone(str(event.get("from") or ""))
    if kind not in ("message.received", "message.reacted"):
        return Result("nothing")
    if not await actions.first_time(source.id, f"message:{external}"):
        return Result("seen")
    if kind == "message.reacted":
        return await _reacted(source.kind, str(event.get("answers") or ""))
    await _is_there(source.kind, phone, event)
    text = _text(event.get("text")) or (words("bot", "ru").text("talk.unread") if event.get("unread") else "")
    file = event.get("file")
    if not text and not file:
        return Result("nothing")
    order_id = await talks.order_of_talk(source.kind, phone, str(event.get("answers") or ""))
    if order_id is None:
        return await _request(source, external, phone, text, event)
    if text:
        await _post(order_id, text, event)
    if file:
        await bring(source.kind, file, order_id, "chat")
    return Result("message", order_id)


async def _reacted(channel: str, answered: str) -> Result:
    """A mark is no words, but whoever puts it has reacted."""
    order_id = await talks.order_of_said(channel, answered)
    if order_id is None:
        return Result("nothing")
    await emit(ContactReacted(order_id))
    return Result("reacted", order_id)


async def _is_there(channel: str, phone: str, event: Mapping[str, Any]) -> None:
    """They can be told here: any words for a day, also where the messenger had said that nothing reaches them."""
    if not phone:
        return
    at, account = event.get("at"), str(event.get("account") or "")
    if account:
        await talks.heard(channel, account, phone, _time(at) or current().now)
    for row in await fetch(_CONTACTS, channel, phone):
        await unblock(channel, row["chat_id"])


def _time(at: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None
    except (ValueError, OverflowError, OSError):
        return None


async def _post(order_id: int, text: str, event: Mapping[str, Any]) -> None:
    """As the words of the order's contact; that something came which we can't read is the desk's own remark."""
    if event.get("unread"):
        async with acting(Actor("system", 0, frozenset({"*"}), name="Naryad")):
            await chats.post(order_id, "team", text)
        return
    async with acting(await writer(order_id, _text(event.get("name")))):
        for start in range(0, len(text), chats.MAX_TEXT):
            await chats.post(order_id, "customer", text[start : start + chats.MAX_TEXT])


async def _request(source: SourceView, external: str, phone: str, text: str, event: Mapping[str, Any]) -> Result:
    """What they write until a person looks is one request, as long as its words have room."""
    file = event.get("file")
    waiting = await _waiting(source.id, phone) if phone else None
    before = dict(waiting.facts) if waiting else {}
    said = "\n".join(part for part in (before.get("words") or "", text) if part and part != NO_WORDS) or NO_WORDS
    if waiting is None or len(said) > LENGTHS["words"]:
        waiting, before, said = None, {}, text or NO_WORDS
    facts: dict[str, Any] = {"words": said[: LENGTHS["words"]], "channel": source.kind}
    facts["name"] = _text(event.get("name"))[:200] or before.get("name") or ""
    if file:
        facts["media"] = [*(before.get("media") or []), file]
    key = waiting.key if waiting else f"message:{external}"
    await requests.ask(source.id, key, "message", "waiting", phone, facts)
    return Result("request")


async def _waiting(source_id: str, phone: str) -> Request | None:
    found = Request.filter(source_id=source_id, kind="message", state="waiting", phone=phone)
    return await found.order_by("-id").select_for_update().first()


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
