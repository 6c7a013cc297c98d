"""The live map: open orders by place, technicians where they were last seen, and the way from one to the other."""

from dataclasses import dataclass
from datetime import datetime

from core.kernel.actor import Actor
from core.kernel.read import fetch
from core.overview.board import PER_END, STAGES
from core.presence.queries import places

MOST = 8 * PER_END


@dataclass(frozen=True, slots=True)
class Pin:
    """An open order on the map. `technician_id` is who has it."""

    number: int
    summary: str
    site: str | None
    state: str
    priority: str
    needs_help: bool
    lat: float
    lon: float
    technician_id: int | None
    technician: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A technician on the move or at work. `number` is the order they are at, `eta_at` when they will be there."""

    id: int
    name: str
    lat: float
    lon: float
    at: datetime
    number: int | None
    state: str | None
    eta_at: datetime | None


@dataclass(frozen=True, slots=True)
class Picture:
    """What the map shows now. `cut`: there are more open orders than pins."""

    pins: tuple[Pin, ...]
    people: tuple[Person, ...]
    cut: bool


_OPEN = """
(SELECT id FROM orders_orders WHERE state = '{state}' ORDER BY id DESC LIMIT {limit})
"""
_PINS = """
SELECT o.id AS number, o.summary, s.name AS site, o.state, o.priority, o.needs_help IS NOT NULL AS needs_help,
       coalesce(o.lat, s.lat) AS lat, coalesce(o.lon, s.lon) AS lon, j.member_id AS technician_id, j.name AS technician
FROM orders_orders o LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN LATERAL (SELECT m.id AS member_id, m.name FROM orders_jobs w JOIN people_members m ON m.id = w.assignee_id
                   WHERE w.order_id = o.id ORDER BY w.id DESC LIMIT 1) j ON true
WHERE o.id = ANY($1::bigint[]) AND coalesce(o.lat, s.lat) IS NOT NULL AND coalesce(o.lon, s.lon) IS NOT NULL
ORDER BY o.id
"""
_PEOPLE = """
SELECT m.id, m.name, j.order_id AS number, j.state, j.eta_at FROM people_members m
LEFT JOIN LATERAL (SELECT order_id, state, eta_at FROM orders_jobs w WHERE w.assignee_id = m.id
                   AND w.state IN ('travelling', 'on_site') LIMIT 1) j ON true
WHERE m.id = ANY($1::bigint[])
"""


async def picture(actor: Actor) -> Picture:
    """Needs `orders.see_all`; people are shown to those who have `presence.see`."""
    actor.require("orders.see_all")
    states = [state for stage, states in STAGES.items() if stage != "done" for state in states]
    sql = " UNION ALL ".join(_OPEN.format(state=state, limit=MOST) for state in states)
    ids = [int(row["id"]) for row in await fetch(sql)]
    pins = tuple(Pin(**dict(row)) for row in await fetch(_PINS, ids))
    people = await _people(actor) if actor.may("presence.see") else ()
    return Picture(pins, people, any(sum(pin.state == state for pin in pins) >= MOST for state in states))


async def _people(actor: Actor) -> tuple[Person, ...]:
    seen = {place.member_id: place for place in await places(actor)}
    found = []
    for row in await fetch(_PEOPLE, sorted(seen)):
        place = seen[row["id"]]
        found.append(Person(lat=place.lat, lon=place.lon, at=place.at, **dict(row)))
    return tuple(found)
