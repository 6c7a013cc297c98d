"""The dispatchers' board: what is open, by stage, and what was done today; and a month in two lines.

Each column reads a bounded number of rows by index (the oldest and the newest of its states), so that it costs the same
with a thousand orders as with a million. Nothing is counted that is not shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from core.company.queries import company
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch, parsed

STAGES: dict[str, tuple[str, ...]] = {
    "new": ("new", "offered"),
    "assigned": ("assigned",),
    "travelling": ("travelling",),
    "on_site": ("on_site", "paused"),
    "done": ("done", "closed"),
}
"""Columns of the board and the states of orders that stand in each; in `done` those of today only."""

STAGE_OF = {state: stage for stage, states in STAGES.items() for state in states}
PER_END = 30
LEVEL = {"urgent": 0, "high": 1, "normal": 2, "low": 3}


@dataclass(frozen=True, slots=True)
class Card:
    """An order on the board. `due_at` is the nearest clock that runs, `due_kind` which one it is (response, arrival,
    resolution, or the norm of a stage, whose name `due_stage` is); `late`: it has run out. `done_at` is set in
    the last column."""

    number: int
    summary: str
    customer: str
    site: str | None
    state: str
    priority: str
    needs_help: str | None
    due_at: datetime | None
    due_kind: str | None
    due_stage: dict[str, str] | None
    late: bool
    technician_id: int | None
    technician: str | None
    eta_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its cards, the most pressing first; `more`: there are others, which the register shows."""

    stage: str
    cards: tuple[Card, ...]
    more: bool


_CARDS = """
SELECT o.id AS number, o.summary, c.name AS customer, s.name AS site, o.state, o.priority, o.needs_help,
       d.due_at, d.kind AS due_kind, d.stage_name AS due_stage, coalesce(d.due_at <= $2, false) AS late,
       j.member_id AS technician_id, j.name AS technician, j.eta_at, j.done_at
FROM orders_orders o
JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN LATERAL (SELECT due_at, kind, policy -> 'stage' AS stage_name FROM sla_deadlines d
                   WHERE d.order_id = o.id AND d.met_at IS NULL AND d.cancelled_at IS NULL
                     AND d.paused_at IS NULL ORDER BY due_at LIMIT 1) d ON true
LEFT JOIN LATERAL (SELECT m.id AS member_id, m.name, w.eta_at, w.done_at FROM orders_jobs w
                   JOIN people_members m ON m.id = w.assignee_id
                   WHERE w.order_id = o.id ORDER BY w.id DESC LIMIT 1) j ON true
WHERE o.id = ANY($1::bigint[])
"""
_ENDS = """
(SELECT id FROM orders_orders WHERE state = '{state}' ORDER BY id LIMIT {limit})
UNION (SELECT id FROM orders_orders WHERE state = '{state}' ORDER BY id DESC LIMIT {limit})
"""
_DONE = """
SELECT order_id AS id FROM (
  SELECT j.order_id, j.done_at FROM orders_jobs j WHERE j.done_at >= $1 AND j.done_at < $2
  ORDER BY j.done_at DESC LIMIT {limit}) j
"""


async def board(actor: Actor) -> list[Column]:
    """The columns as they are now. Needs `orders.see_all`."""
    actor.require("orders.see_all")
    start, end = await today()
    ids = {int(row["id"]) for row in await fetch(_open_ends())}
    ids |= {int(row["id"]) for row in await fetch(_DONE.format(limit=2 * PER_END), start, end)}
    found = await cards(ids)
    return [_column(stage, [card for card in found if STAGE_OF.get(card.state) == stage]) for stage in STAGES]


async def cards(order_ids: Collection[int]) -> list[Card]:
    """These orders as the board shows them, in no order. For whoever may see them."""
    rows = await fetch(_CARDS, sorted(order_ids), now())
    return [Card(**{**dict(row), "due_stage": parsed(row["due_stage"])}) for row in rows]


def _open_ends() -> str:
    states = [state for stage, states in STAGES.items() if stage != "done" for state in states]
    return " UNION ".join(_ENDS.format(state=state, limit=PER_END) for state in states)


def _column(stage: str, cards: list[Card]) -> Column:
    most = 2 * PER_END
    return Column(stage, tuple(sorted(cards, key=pressing)[:most]), len(cards) >= most)


def pressing(card: Card) -> tuple[Any, ...]:
    """Those that wait for a decision, then by deadline; what is done by when, the latest first."""
    if card.state in STAGES["done"]:
        return (0, -(card.done_at.timestamp() if card.done_at else 0), -card.number)
    far = card.due_at.timestamp() if card.due_at else float("inf")
    return (0 if card.needs_help else 1, far, LEVEL.get(card.priority, 2), card.number)


async def today() -> tuple[datetime, datetime]:
    """From and to of the company's day that runs now."""
    zone = (await company()).tz
    day = now().astimezone(zone).date()
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


@dataclass(frozen=True, slots=True)
class Day:
    """How many orders came in and how many were closed on a day of the company's calendar."""

    day: date
    created: int
    closed: int


@dataclass(frozen=True, slots=True)
class Month:
    """The days, and how many per cent of the clocks that ended on the month's orders were kept; None: none ended."""

    days: tuple[Day, ...]
    kept: int | None


_MONTH = """
WITH days AS (SELECT generate_series($1::date, $2::date, interval '1 day')::date AS day),
created AS (SELECT (created_at AT TIME ZONE $3)::date AS day, count(*) AS n FROM orders_orders
            WHERE created_at >= $4 GROUP BY 1),
closed AS (SELECT (closed_at AT TIME ZONE $3)::date AS day, count(*) AS n FROM orders_orders
           WHERE closed_at >= $4 GROUP BY 1)
SELECT days.day, coalesce(created.n, 0) AS created, coalesce(closed.n, 0) AS closed
FROM days LEFT JOIN created USING (day) LEFT JOIN closed USING (day) ORDER BY 1
"""


_KEPT = """
SELECT round(100.0 * count(*) FILTER (WHERE d.breached_at IS NULL AND coalesce(d.met_at, d.due_at) <= d.due_at)
             / nullif(count(*), 0))::int AS kept
FROM orders_orders o JOIN sla_deadlines d ON d.order_id = o.id
WHERE o.created_at >= $1 AND d.job_id IS NULL AND d.cancelled_at IS NULL
  AND (d.met_at IS NOT NULL OR d.breached_at IS NOT NULL)
"""


async def month(actor: Actor, days: int = 30) -> Month:
    """The last `days` days and today. Counts, so it grows with the month (not with the archive): ask it seldom."""
    actor.require("orders.see_all")
    ours = await company()
    last = now().astimezone(ours.tz).date()
    first = last - timedelta(days=days)
    start = datetime.combine(first, time(), ours.tz)
    found = tuple(Day(**dict(row)) for row in await fetch(_MONTH, first, last, ours.zone, start))
    return Month(found, (await fetch(_KEPT, start))[0]["kept"])
