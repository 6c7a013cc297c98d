"""Messages of a messenger in which we answer: into the thread of the order that they are about; with no open order a
request, one for all that a person writes until somebody looks at it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import ports
from core.chats import actions as chats
from core.events import ContactReacted
from core.kernel.actor import Actor
from core.kernel.read import fetch
from core.kernel.words import words
from core.kernel.work import acting, current, emit
from core.outbox.sending import block, unblock
from core.sources import actions, requests, talks
from core.sources.follow.letters import NO_WORDS, say, writer
from core.sources.follow.media import bring
from core.sources.follow.result import Result
from core.sources.mapping import LENGTHS
from core.sources.matching import telephone
from core.sources.models import Request
from core.sources.queries import SourceView

MOST_FILES = 20
STOPPED = "they stopped our messages there"
_PERSON = re.compile(r"[1-9]\d{0,18}")
_CONTACTS = """
SELECT s.chat_id FROM outbox_senders s JOIN customers_contacts k ON k.id = s.chat_id
WHERE s.bot = $1 AND s.blocked_at IS NOT NULL AND k.phone = $2
"""


@dataclass(frozen=True, slots=True)
class Who:
    """Who writes: by their telephone, or by their number in the messenger (`person`) with the contact whose talk it is
    known to be. Empty where a delivery does not say it, or it is no talk of one person."""

    account: str = ""
    phone: str = ""
    person: str = ""
    contact_id: int | None = None


async def follow(source: SourceView, key: str, event: Mapping[str, Any]) -> Result:
    kind, external = event.get("event"), str(event.get("id") or key)
    if kind not in ("message.received", "message.reacted", "chat.started", "chat.stopped"):
        return Result("nothing")
    if not await actions.first_time(source.id, f"message:{external}"):
        return Result("seen")
    if kind == "message.reacted":
        return await _reacted(source.kind, str(event.get("answers") or ""))
    who = await _who(source.kind, event)
    if kind == "chat.stopped":
        return await _gone(source.kind, who)
    await _is_there(source.kind, who, event)
    if kind == "chat.started":
        return Result("nothing")
    text = _text(event.get("text")) or (words("bot", "ru").text("talk.unread") if event.get("unread") else "")
    files = _files(event)
    if not text and not files:
        return Result("nothing")
    order_id = await talks.order_of_talk(source.kind, who.phone, str(event.get("answers") or ""), who.contact_id)
    if order_id is None:
        return await _request(source, external, who, text, event)
    if text:
        await _post(order_id, text, event)
    for file in files:
        await bring(source.kind, file, order_id, "chat")
    return Result("message", order_id)


async def _reacted(channel: str, answered: str) -> Result:
    """A mark is no words, but whoever puts it has reacted."""
    order_id = await talks.order_of_said(channel, answered)
    if order_id is None:
        return Result("nothing")
    await emit(ContactReacted(order_id))
    return Result("reacted", order_id)


async def _who(channel: str, event: Mapping[str, Any]) -> Who:
    """Where a delivery does not name the account, it is the one in which we answer."""
    account, phone = str(event.get("account") or ""), telephone(str(event.get("from") or ""))
    person = str(event.get("person") or "")
    if phone or _PERSON.fullmatch(person) is None:
        return Who(account, phone)
    power = ports.messenger(channel)
    account = account or (power.account if power else "")
    return Who(account, "", person, await talks.contact_of(channel, account, person))


async def _is_there(channel: str, who: Who, event: Mapping[str, Any]) -> None:
    """They can be told here, also where the messenger had said that nothing reaches them."""
    if who.account and (who.phone or who.person):
        await talks.heard(channel, who.account, who.phone or who.person, _time(event.get("at")) or current().now)
    known = [row["chat_id"] for row in await fetch(_CONTACTS, channel, who.phone)] if who.phone else []
    for contact_id in (*known, *([who.contact_id] if who.contact_id else [])):
        await unblock(channel, contact_id)


async def _gone(channel: str, who: Who) -> Result:
    """They want no more of our words there."""
    if who.contact_id is not None:
        await block(channel, who.contact_id, STOPPED)
    return Result("nothing", facts={"why": STOPPED})


def _files(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = event.get("files") or ([event["file"]] if event.get("file") else [])
    return list(found)[:MOST_FILES]


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
        await say(order_id, text)


async def _request(source: SourceView, external: str, who: Who, text: str, event: Mapping[str, Any]) -> Result:
    """What they write until a person looks is one request, as long as its words have room."""
    files, talk = _files(event), [source.kind, who.account, who.person]
    waiting = await _waiting(source.id, who.phone, talk)
    before = dict(waiting.facts) if waiting else {}
    said = "\n".join(part for part in (before.get("words") or "", text) if part and part != NO_WORDS) or NO_WORDS
    if waiting is None or len(said) > LENGTHS["words"]:
        waiting, before, said = None, {}, text or NO_WORDS
    facts: dict[str, Any] = {"words": said[: LENGTHS["words"]], "channel": source.kind}
    facts["name"] = _text(event.get("name"))[:200] or before.get("name") or ""
    if files:
        facts["media"] = [*(before.get("media") or []), *files]
    if who.person:
        facts["talk"] = talk
    key = waiting.key if waiting else f"message:{external}"
    await requests.ask(source.id, key, "message", "waiting", who.phone, facts)
    return Result("request")


async def _waiting(source_id: str, phone: str, talk: list[str]) -> Request | None:
    found = Request.filter(source_id=source_id, kind="message", state="waiting", phone=phone)
    if phone:
        return await found.order_by("-id").select_for_update().first()
    if not talk[2]:
        return None
    return await found.filter(facts__contains={"talk": talk}).order_by("-id").select_for_update().first()


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
