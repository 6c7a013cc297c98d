"""Put a thing off, say that it is dealt with, nudge a technician."""

from datetime import timedelta

from core.kernel.actor import member
from core.kernel.errors import NotFound, Refusal
from core.kernel.hints import broadcast
from core.kernel.work import current
from core.orders import actions as orders
from core.orders.queries import access_order
from core.outbox.actions import tell
from core.overview.queries import job_facts, order_facts
from core.overview.steering import job_steps, meant_job
from core.todo.rules import SETTLED, split_key

LATER = timedelta(minutes=30)
KEPT = timedelta(days=30)
TOPIC = "todo"

_KEEP = """
INSERT INTO todo_snoozes (key, until, member_id, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET until = excluded.until, member_id = excluded.member_id, at = excluded.at
"""


async def later(key: str) -> None:
    """Not now: it comes back after half an hour, a newer message or rating at once. NotFound todo."""
    await _keep(key, snoozed=True)


async def settle(key: str) -> None:
    """Dealt with: it comes back only when something new happens. Refusal todo.ends_itself for kinds that end by being
    done."""
    found = split_key(key)
    if found is not None and found[0] not in SETTLED:
        raise Refusal("todo.ends_itself")
    await _keep(key, snoozed=False)


async def _keep(key: str, *, snoozed: bool) -> None:
    w = current()
    w.actor.require("orders.dispatch")
    if split_key(key) is None:
        raise NotFound("todo", key=key[:48])
    until = w.now + LATER if snoozed else None
    await w.execute(_KEEP, key, until, w.actor.id if w.actor.kind == "member" else None, w.now)
    await w.execute("DELETE FROM todo_snoozes WHERE at < $1", w.now - KEPT)
    w.on_commit(lambda: broadcast(TOPIC, key))


async def remind(order_id: int, job_id: int | None = None, *, key: str = "") -> str:
    """A nudge to the technician of that job (None: of the one that matters now), in their own chat; their name.
    With a `key` that the order has had before nothing happens. `orders.wrong_state` when nobody has the job, or it is
    over."""
    w = current()
    w.actor.require("orders.dispatch")
    await access_order(w.actor, order_id)
    order = await order_facts(order_id)
    job = meant_job(order, job_id)
    if job is None or "remind" not in job_steps(order, job):
        raise Refusal("orders.wrong_state", state=order["state"], verb="remind")
    name = str(job["assignee"]["name"])
    await orders.locked_order(order_id)
    if await orders.noted(order_id, "order.reminded", key):
        return name
    facts = {**await job_facts(job["id"], order), "who": w.actor.name}
    tell(member(job["assignee"]["id"]), "technician", "technician.reminder", facts)
    await orders.note(order_id, "order.reminded", {"name": name, **orders.keyed(key)}, job_id=job["id"])
    return name
