"""The queue as one message in a chat, kept current: a timer looks again, and edits the message when it has changed."""

from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson

from core.chats.queries import group_of_chat
from core.company.queries import company
from core.kernel.actor import SYSTEM, Actor
from core.kernel.work import current
from core.outbox.actions import say
from core.people.queries import actor_of, has_contractors
from core.timers.actions import Due, on_timer, set_timer
from core.todo.queries import todo, with_best
from core.todo.rules import Item, next_window

CARD = "todo"
SCREEN = "dispatcher.todo"
REFRESH = "todo.refresh"
EVERY = timedelta(seconds=30)
SHOWN = 8
_TOLD = ("kind", "id", "order", "who", "phone", "summary", "what", "detail", "job_id", "job_revision", "technician")


async def show(chat_id: int, party: str, *, anew: bool = False, **where: Any) -> None:
    """Show the queue in this chat and keep it current. `party`: the member whose own chat it is, or `group:<id>`.
    `anew`: a new message under the last words instead of an edit. `where`: locale, zone and topic, as `say` takes
    them."""
    facts = await _facts(chat_id, party)
    if facts is None:
        return
    tick = int(current().now.timestamp() * 1000)
    if anew:
        say("dispatcher", chat_id, SCREEN, {}, op="erase", card=CARD, revision=tick, **where)
    say("dispatcher", chat_id, SCREEN, facts, card=CARD, revision=tick + 1, **where)
    await _wake(chat_id, party, _digest(facts))


@on_timer(REFRESH)
async def refresh(due: Due) -> None:
    """Look again; a chat that is no longer a dispatcher's is left alone."""
    chat_id, party = int(due.key), due.data["party"]
    facts = await _facts(chat_id, party)
    if facts is None:
        return
    digest = _digest(facts)
    if digest != due.data["digest"]:
        say("dispatcher", chat_id, SCREEN, facts, card=CARD, revision=int(current().now.timestamp() * 1000))
    await _wake(chat_id, party, digest)


async def _wake(chat_id: int, party: str, digest: str) -> None:
    await set_timer(REFRESH, chat_id, current().now + EVERY, {"party": party, "digest": digest})


def _digest(facts: dict[str, Any]) -> str:
    return sha256(orjson.dumps(facts)).hexdigest()[:16]


async def _facts(chat_id: int, party: str) -> dict[str, Any] | None:
    """What the screen shows; None when nobody there may see it. In a group with areas, its own orders only."""
    in_group = party.startswith("group:")
    actor: Actor | None = SYSTEM if in_group else await actor_of(party)
    group = await group_of_chat(chat_id) if in_group else None
    if actor is None or not actor.may("orders.dispatch") or (in_group and (group is None or not group.active)):
        return None
    items = await todo(actor)
    if group is not None and group.area_ids:
        items = [item for item in items if item.group_id == group.id]
    elif group is not None:
        items = [item for item in items if item.group_id in (None, group.id)]
    shown = await with_best(actor, items[:SHOWN])
    start, end = next_window(current().now, (await company()).tz)
    window = {"start": start.isoformat(), "end": end.isoformat()}
    outside = await has_contractors()
    return {"items": [told(item, outside) for item in shown], "count": len(items), "window": window}


def told(item: Item, outside: bool = False) -> dict[str, Any]:
    """An item as plain JSON for the screen; `outside`: there are contractors to ask."""
    plain = asdict(item)
    return {
        **{name: plain[name] for name in _TOLD},
        "why": item.title,
        "answer": item.answer,
        "done_by": item.done_by,
        "outside": outside and item.outside,
        "best": item.best,
        "since": item.since.isoformat(),
        "due_at": item.due_at.isoformat() if item.due_at else None,
    }
