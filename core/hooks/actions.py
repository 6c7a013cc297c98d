"""Subscribe another system, change what it hears or its secret; try a delivery again. Staff with `company.edit`."""

from collections.abc import Collection, Mapping
from datetime import datetime

import orjson

from core.hooks import rules
from core.hooks.compose import STANDARD
from core.hooks.models import Event, Outgoing, Subscription, Want
from core.hooks.record import listeners_changed
from core.hooks.rules import TRIAL
from core.hooks.saying import label
from core.hooks.telling import wake
from core.kernel.addresses import check_url
from core.kernel.errors import NotFound, Refusal
from core.kernel.links import links
from core.kernel.work import current
from core.sources.vault import seal


async def subscribe(name: str, url: str, types: Collection[str]) -> tuple[int, str]:
    """The subscription's id, and its secret, to be told once. Refusals as in `rules` and `kernel.addresses`."""
    w = current()
    w.actor.require("company.edit")
    secret = rules.new_secret()
    wanted = rules.check_types(types)
    listeners_changed()
    row = await Subscription.create(
        name=rules.check_name(name),
        kind=STANDARD,
        url=check_url(url, links.inside).url,
        secret=b"",
        created_by=w.actor.party,
        created_at=w.now,
    )
    await Subscription.filter(id=row.id).update(secret=sealed(row.id, {"whsec": secret}))
    await want(row.id, [(one, "") for one in wanted])
    return int(row.id), secret


async def change(subscription_id: int, *, name: str, url: str, types: Collection[str]) -> None:
    """What waits goes to the new address too."""
    row = await held(subscription_id)
    if row.kind != STANDARD:
        raise Refusal("hooks.bad_kind", kind=row.kind)
    wanted = rules.check_types(types)
    row.name, row.url = rules.check_name(name), check_url(url, links.inside).url
    await row.save(update_fields=["name", "url"])
    await want(row.id, [(one, "") for one in wanted])


async def rotate(subscription_id: int) -> str:
    """A new secret, to be told once; the one before signs beside it for a day."""
    row, secret = await held(subscription_id), rules.new_secret()
    if row.kind != STANDARD:
        raise Refusal("hooks.no_rotation")
    row.old_secret, row.old_until = row.secret, current().now + rules.BOTH_SIGN
    row.secret = sealed(row.id, {"whsec": secret})
    await row.save(update_fields=["secret", "old_secret", "old_until"])
    return secret


async def switch(subscription_id: int, *, on: bool) -> None:
    """Off: what happens meanwhile is not for it; what waited waits. On: what waited goes out, with a new count of
    days."""
    row = await held(subscription_id)
    row.state, row.why, row.failing_since = ("on", "", None) if on else ("off", "hand", row.failing_since)
    await row.save(update_fields=["state", "why", "failing_since"])
    if on:
        await Outgoing.filter(subscription_id=row.id, state="waiting").update(first_at=None, attempts=0)
        await wake([row.id], current().now)


async def remove(subscription_id: int) -> None:
    """With all that waited for it and the memory of what was told."""
    row = await held(subscription_id)
    await row.delete()


async def try_out(subscription_id: int) -> int:
    """Send an event of no consequence, `webhook.trial`; its delivery's number."""
    w, row = current(), await held(subscription_id)
    if row.kind != STANDARD:
        raise Refusal("hooks.no_trial")
    if row.state != "on":
        raise Refusal("hooks.off")
    event = await Event.create(type=TRIAL, data={"subscription": row.name}, at=w.now)
    made = await Outgoing.create(subscription_id=row.id, event_id=event.id, due_at=w.now)
    await wake([row.id], w.now)
    return int(made.id)


async def again(outgoing_id: int) -> int:
    """Send it now, whatever came of it before; the subscription's id. `hooks.off` while that is off."""
    w = current()
    w.actor.require("company.edit")
    row = await Outgoing.get_or_none(id=outgoing_id).select_related("subscription")
    if row is None:
        raise NotFound("hooks.delivery", id=outgoing_id)
    if row.subscription.state != "on":
        raise Refusal("hooks.off")
    changes = {"state": "waiting", "due_at": w.now, "first_at": None, "attempts": 0, "done_at": None}
    await Outgoing.filter(id=outgoing_id).update(**changes)
    await wake([row.subscription_id], w.now)
    return int(row.subscription_id)


async def drop(outgoing_id: int) -> int:
    """Never mind; the subscription's id. What is not waiting stays as it is."""
    w = current()
    w.actor.require("company.edit")
    row = await Outgoing.get_or_none(id=outgoing_id)
    if row is None:
        raise NotFound("hooks.delivery", id=outgoing_id)
    await Outgoing.filter(id=outgoing_id, state="waiting").update(state="dropped", done_at=w.now)
    return int(row.subscription_id)


async def forget(before: datetime, batch: int = 2000) -> int:
    """Erase old events with what was told of them, but for those that still wait; how many there were."""
    sql = """DELETE FROM hooks_events WHERE id IN (SELECT e.id FROM hooks_events e WHERE e.at < $1 AND NOT EXISTS (
      SELECT FROM hooks_outgoing o WHERE o.event_id = e.id AND o.state = 'waiting') ORDER BY e.at LIMIT $2)"""
    return await current().execute(sql, before, batch)


async def held(subscription_id: int) -> Subscription:
    current().actor.require("company.edit")
    row = await Subscription.select_for_update().get_or_none(id=subscription_id)
    if row is None:
        raise NotFound("hooks", id=subscription_id)
    return row


async def want(subscription_id: int, wanted: Collection[tuple[str, str]]) -> None:
    """Exactly these types and parts from now on."""
    await Want.filter(subscription_id=subscription_id).delete()
    await Want.bulk_create([Want(subscription_id=subscription_id, type=kind, part=part) for kind, part in wanted])


def sealed(subscription_id: int, secrets: Mapping[str, str]) -> bytes:
    return seal(label(subscription_id), orjson.dumps(dict(secrets)))
