"""What may be read of orders and jobs, and by whom.

A dispatcher (`orders.see_all`) reads all; a technician the orders of which a job is or was offered or given to them, a
contractor those of which one is; a contact those of their customer on the sites that are theirs, and those they made
themselves.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from core.company.queries import company
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, fetchval, parsed
from core.orders.rules import DEFAULT_LIFECYCLE, OPEN, Stage

MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order in short, for lists. `assignee` is the technician of its newest job that has one."""

    id: int
    customer_id: int
    customer: str
    site: str | None
    summary: str
    state: str
    urgency: str
    priority: str
    address: str
    wanted_from: datetime | None
    wanted_to: datetime | None
    promised_at: datetime | None
    created_at: datetime
    closed_at: datetime | None
    needs_help: str | None
    revision: int
    assignee_id: int | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job in short, for the technician's lists. `summary` is its title, else the order's; `stage` is the configured
    stage's name by language."""

    id: int
    order_id: int
    customer: str
    site: str | None
    summary: str
    state: str
    stage: dict[str, str]
    priority: str
    address: str
    lat: float | None
    lon: float | None
    planned_from: datetime | None
    planned_to: datetime | None
    promised_at: datetime | None
    eta_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    duration: int
    revision: int
    assignee_id: int | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of the timeline."""

    id: int
    job_id: int | None
    kind: str
    party: str
    who: str
    facts: dict[str, Any]
    public: bool
    at: datetime


def reach(actor: Actor, n: int) -> tuple[str, list[Any]]:
    """The condition on `o` (orders) for what the actor may see, with parameters from `$n` on."""
    if actor.may("orders.see_all"):
        return "true", []
    if actor.kind == "member":
        return (
            f"""o.id IN (SELECT order_id FROM orders_jobs WHERE assignee_id = ${n} UNION
                SELECT mj.order_id FROM dispatch_offers mo JOIN orders_jobs mj ON mj.id = mo.job_id
                WHERE mo.member_id = ${n} AND (mo.state = 'open' OR NOT EXISTS (
                  SELECT FROM people_members mm WHERE mm.id = ${n} AND mm.contractor)))""",
            [actor.id],
        )
    if actor.order_id is not None:
        return f"o.id = ${n}", [actor.order_id]
    if actor.site_ids is None:
        return f"o.customer_id = ${n}", [actor.customer_id]
    return (
        f"(o.customer_id = ${n} AND (o.site_id = ANY(${n + 1}::bigint[]) OR o.contact_id = ${n + 2}))",
        [actor.customer_id, list(actor.site_ids), actor.id],
    )


async def access_order(actor: Actor, order_id: int) -> int:
    """The order's id when the actor may see it, else NotFound orders.order."""
    allowed, values = reach(actor, 2)
    row = await fetchrow(f"SELECT o.id FROM orders_orders o WHERE o.id = $1 AND {allowed}", order_id, *values)
    if row is None:
        raise NotFound("orders.order", id=order_id)
    return order_id


async def sees_order(actor: Actor, order_id: int) -> bool:
    try:
        await access_order(actor, order_id)
    except NotFound:
        return False
    return True


WORK_LEFT = """
j.state = 'done' AND j.outcome <> 'done'
AND NOT EXISTS (SELECT FROM orders_jobs r WHERE r.return_of_id = j.id
  AND (r.state <> 'cancelled' OR r.created_at >= j.done_at))
AND NOT EXISTS (SELECT FROM orders_entries e WHERE e.order_id = j.order_id AND e.at >= j.done_at
  AND (e.kind = 'order.reopened' OR e.kind = 'job.left' AND e.job_id = j.id))
"""
"""Of a job `j`: it ended with work left, and nobody has decided since that somebody comes again, that nobody does, or
to open the order anew."""

_GOES_ON = """
WITH RECURSIVE way AS (
  SELECT id, merged_into FROM orders_orders WHERE id = $1
  UNION SELECT o.id, o.merged_into FROM way JOIN orders_orders o ON o.id = way.merged_into
)
SELECT id FROM way WHERE merged_into IS NULL
"""


async def goes_on_as(order_id: int) -> int:
    """The order under which a merged one goes on; any other is itself. Who may see the one may not see the other."""
    return int(await fetchval(_GOES_ON, order_id) or order_id)


async def order_of_key(customer_id: int, key: str) -> int | None:
    """The order that the customer made with this key."""
    sql = "SELECT id FROM orders_orders WHERE customer_id = $1 AND request_key = $2"
    found: int | None = await fetchval(sql, customer_id, key)
    return found


async def access_job(actor: Actor, job_id: int) -> int:
    """The order of a job that the actor may see, else NotFound orders.job."""
    allowed, values = reach(actor, 2)
    sql = f"SELECT o.id FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id WHERE j.id = $1 AND {allowed}"
    row = await fetchrow(sql, job_id, *values)
    if row is None:
        raise NotFound("orders.job", id=job_id)
    return int(row["id"])


async def sees_job(actor: Actor, job_id: int) -> bool:
    try:
        await access_job(actor, job_id)
    except NotFound:
        return False
    return True


_ORDER = """
SELECT o.id, o.customer_id, c.name AS customer, s.name AS site, o.summary, o.state, o.urgency, o.priority, o.address,
       o.wanted_from, o.wanted_to, o.promised_at, o.created_at, o.closed_at, o.needs_help, o.revision,
       a.id AS assignee_id, a.name AS assignee
FROM ({page}) o
JOIN customers_customers c ON c.id = o.customer_id LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN LATERAL (SELECT m.id, m.name FROM orders_jobs j JOIN people_members m ON m.id = j.assignee_id
                   WHERE j.order_id = o.id ORDER BY j.id DESC LIMIT 1) a ON true
ORDER BY o.id DESC
"""


async def my_orders(actor: Actor, open: bool = True, limit: int = 10, before: int | None = None) -> list[OrderView]:
    """The actor's orders, newest first: those still open, or those that are over. `before` is an order's id."""
    states = OPEN if open else ("done", "closed", "cancelled")
    return await orders_list(actor, states=states, before=before, limit=limit)


async def orders_list(
    actor: Actor,
    *,
    state: str | None = None,
    states: tuple[str, ...] = (),
    search: str = "",
    customer_id: int | None = None,
    member_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[OrderView]:
    """What the actor may see, newest first, cut to `limit`; `before` is the id where the page before ended."""
    conditions, values = ["o.id < $1"], [before or 2**62]

    def add(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(n=len(values)))

    if state or states:
        add("o.state = ANY(${n}::text[])", [state] if state else list(states))
    if customer_id is not None:
        add("o.customer_id = ${n}", customer_id)
    if member_id is not None:
        add("EXISTS (SELECT FROM orders_jobs j WHERE j.order_id = o.id AND j.assignee_id = ${n})", member_id)
    for word in search.split()[:8]:
        add("lower(o.summary || ' ' || o.words) LIKE ${n}", f"%{_literal(word.lower())}%")
    allowed, more = reach(actor, len(values) + 1)
    values += more
    page = f"""SELECT o.* FROM orders_orders o WHERE {" AND ".join(conditions)} AND {allowed}
               ORDER BY o.id DESC LIMIT {max(1, min(limit, MAX_LIMIT))}"""
    return [OrderView(**dict(row)) for row in await fetch(_ORDER.format(page=page), *values)]


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_MY_JOBS = """
SELECT j.id, j.order_id, c.name AS customer, s.name AS site, j.state,
       coalesce(nullif(j.title, ''), o.summary) AS summary,
       (SELECT g->'name' FROM jsonb_array_elements(l.stages) g WHERE g->>'code' = j.stage LIMIT 1) AS stage,
       o.priority, o.address, coalesce(o.lat, s.lat) AS lat, coalesce(o.lon, s.lon) AS lon,
       j.planned_from, j.planned_to, o.promised_at, j.eta_at, j.done_at, j.outcome, j.duration, j.revision,
       j.assignee_id
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id JOIN orders_lifecycles l ON l.id = j.lifecycle_id
JOIN customers_customers c ON c.id = o.customer_id LEFT JOIN customers_sites s ON s.id = o.site_id
WHERE j.assignee_id = $1 AND {where}
"""
_DAY = _MY_JOBS.format(
    where="""((j.state = ANY($2::text[]) AND (j.planned_from IS NULL OR j.planned_from < $5))
     OR (j.state IN ('done', 'closed') AND j.done_at >= $3 AND j.done_at < $4))
    ORDER BY (j.state IN ('travelling', 'on_site')) DESC, j.state IN ('done', 'closed'),
             coalesce(j.planned_from, o.promised_at, j.created_at), j.id"""
)
_ARCHIVE = _MY_JOBS.format(where="j.state IN ('done', 'closed', 'cancelled') AND j.id < $2 ORDER BY j.id DESC LIMIT $3")


async def my_jobs(
    actor: Actor,
    member_id: int | None = None,
    day: date | None = None,
    *,
    archive: bool = False,
    before: int | None = None,
    limit: int = 20,
) -> list[JobView]:
    """A technician's jobs, running first: those open and planned by the end of `day` (the company's zone; None: all
    that are open) with those done on it (None: today); with `archive` what is over, newest first.

    `member_id` None is the actor; another's jobs need `orders.see_all`."""
    member_id = actor.id if member_id is None else member_id
    if actor.kind == "contact" or (member_id != actor.id and not actor.may("orders.see_all")):
        raise NotFound("people", id=member_id)
    if archive:
        rows = await fetch(_ARCHIVE, member_id, before or 2**62, min(limit, MAX_LIMIT))
    else:
        rows = await fetch(_DAY, member_id, list(OPEN), *await _day(day))
    return [JobView(**{**dict(row), "stage": parsed(row["stage"]) or {}}) for row in rows]


async def _day(day: date | None) -> tuple[datetime, datetime, datetime]:
    """From and to of the day in the company's zone, and by when a job must be planned to be shown."""
    zone = (await company()).tz
    chosen = day or now().astimezone(zone).date()
    start = datetime.combine(chosen, time(), zone).astimezone(UTC)
    end = datetime.combine(chosen + timedelta(days=1), time(), zone).astimezone(UTC)
    return start, end, end if day else datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


async def timeline(actor: Actor, order_id: int, limit: int = 500) -> list[EntryView]:
    """An order's lines, oldest first (the newest `limit`); contacts see the public ones."""
    await access_order(actor, order_id)
    sql = f"""SELECT id, job_id, kind, party, who, facts, public, at FROM orders_entries
              WHERE order_id = $1 {"AND public" if actor.kind == "contact" else ""} ORDER BY id DESC LIMIT $2"""
    rows = await fetch(sql, order_id, limit)
    return [EntryView(**{**dict(row), "facts": parsed(row["facts"])}) for row in reversed(rows)]


async def lifecycle() -> list[Stage]:
    """The stages that new jobs go through: the newest version's, or those that ship with the desk."""
    stages = await fetchval("SELECT stages FROM orders_lifecycles ORDER BY id DESC LIMIT 1")
    found: list[Stage] = parsed(stages) if stages else DEFAULT_LIFECYCLE
    return found
