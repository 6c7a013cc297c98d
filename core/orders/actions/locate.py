"""Where an address is: looked up once for an order that has an address and no point, and again for another address."""

from datetime import datetime, timedelta
from typing import Any

from core import events, ports
from core.company.queries import company
from core.kernel.errors import Outage
from core.kernel.read import fetchrow
from core.kernel.work import current, emit
from core.orders.actions.store import locked_order
from core.orders.actions.timeline import note
from core.orders.rules import OPEN
from core.people.queries import areas
from core.tasks.actions import OUTSIDE, TaskRun, later, task

LOCATE = "orders.locate"
ATTEMPTS = 8
WORTH_WAITING = timedelta(seconds=4)
"""A robot that knows the way chooses better; a place is usually found within a second."""
FAR_KM = 150
"""Streets of the same name stand in every town: further from all areas than this, it is not the one that was meant."""
SAME_KM = 0.3
"""A pin so near to what was found is of the same place, and whoever put it knew the entrance."""

_PLACE = "SELECT state, site_id, address, lat, lon FROM orders_orders WHERE id = $1"


async def look_up(order_id: int, *, anew: bool = False) -> datetime | None:
    """Have the order's address found, if it has no point and somebody can be asked; until when that is worth waiting
    for, None when there is nothing to wait for. `anew`: the address is another one, a pin may be of the former."""
    if ports.geocoder() is None:
        return None
    w = current()
    row = await w.fetchrow(_PLACE, order_id)
    if row is None or not _wanted(row) or (row["lat"] is not None and not anew):
        return None
    await later(LOCATE, {"order_id": order_id, "address": row["address"], "pin": _pin(row)}, key=order_id)
    return w.now + WORTH_WAITING


@task(LOCATE, attempts=ATTEMPTS, lane=OUTSIDE)
async def locate(run: TaskRun) -> None:
    """Ask, and write down what was found; an address that is another by now has a task of its own, and a pin that was
    put meanwhile stays."""
    pin = run.args.get("pin")
    order_id, address, geocoder = run.args["order_id"], run.args["address"], ports.geocoder()
    row = await fetchrow(_PLACE, order_id)
    if geocoder is None or row is None or not _wanted(row) or (row["address"], _pin(row)) != (address, pin):
        return
    try:
        answers = await geocoder.find(address, (await company()).locale)
    except Outage:
        if run.attempt < ATTEMPTS:
            raise
        answers = ()
    found = await _near(answers)
    async with run.commit():
        await _write(order_id, address, pin, found)


async def _near(answers: tuple[ports.Found, ...]) -> ports.Found | None:
    centres = [(one.lat, one.lon) for one in await areas()]
    for one in answers:
        if not centres or min(_km(one, *centre) for centre in centres) <= FAR_KM:
            return one
    return None


def _km(found: ports.Found, lat: float, lon: float) -> float:
    from geopy.distance import great_circle

    return float(great_circle((found.lat, found.lon), (lat, lon)).km)


async def _write(order_id: int, address: str, pin: list[float] | None, found: ports.Found | None) -> None:
    order = await locked_order(order_id)
    if (order["address"], _pin(order)) != (address, pin) or not _wanted(order):
        return
    if pin and found and _km(found, *pin) <= SAME_KM:
        return
    if found is None:
        await note(order_id, "order.not_located", {"address": address})
        return
    sql = "UPDATE orders_orders SET lat = $2, lon = $3, revision = revision + 1 WHERE id = $1"
    await current().execute(sql, order_id, found.lat, found.lon)
    await note(order_id, "order.located", {"address": found.address[:300]})
    await emit(events.OrderChanged(order_id, ("lat", "lon")))


def _wanted(row: Any) -> bool:
    return bool(row["address"]) and row["site_id"] is None and row["state"] in OPEN


def _pin(row: Any) -> list[float] | None:
    return None if row["lat"] is None else [row["lat"], row["lon"]]
