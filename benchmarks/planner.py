"""An urgent order into the routes of a desk with a thousand jobs and two hundred technicians, end to end: reading the
day, the search in its own process, and the commit of who goes where when and who is told. Then the same where every job
asks for parts that are fetched at stores; and how long the event loop stood still while such a day was searched beside
it.
"""

import asyncio
import gc
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvloop

import core.reactions  # noqa: F401
from benchmarks.benchdesk import SECRET
from benchmarks.processes import run_sql
from core.company import actions as company
from core.company.queries import company as read_company
from core.customers import actions as customers
from core.kernel import garbage, ids, words
from core.kernel.clock import clock, now
from core.kernel.database import database
from core.kernel.read import fetch
from core.kernel.work import Work, work
from core.orders import actions as orders
from core.people import actions as people
from core.plan import proposals, solver
from core.plan.actions import apply, held, shaped
from core.plan.queries import frame, today
from core.plan.refresh import refresh
from core.tasks.actions import run_one
from core.tasks.leases import holder
from naryad.embedded import embedded
from naryad.migrate import migrate

JOBS, TECHNICIANS, URGENT = 1000, 200, 100
MORNING = 8
"""The hour of the company's zone at which it begins: in the afternoon less of the day is left, and routes are full."""
PARTS, STORES, IN_VAN = 241, 5, 30
"""Kinds of parts that the jobs ask for, the stores that have them all, and how many kinds lie in each van."""
LIMIT_MS, STALL_MS, MOST_TOLD = 100.0, 50.0, 2
SEARCH_SECONDS = 10.0
WARM, LEAST_PLACED = 5, 0.8
Row = dict[str, Any]


def run() -> list[Row]:
    return uvloop.run(_run())


async def _run() -> list[Row]:
    ids.use(ids.Keys([SECRET]))
    words.load()
    return [*await _day(parts=False), *await _day(parts=True)]


async def _day(*, parts: bool) -> list[Row]:
    """On a desk of its own: a day that has room, and the same day again."""
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as servers:
            await migrate(servers.database_url)
            async with database(servers.database_url, pool=4):
                try:
                    await _morning()
                    await _seed()
                    if parts:
                        await _parts()
                    await _planned(servers.database_url)
                    stalled = await _search()
                    found = await _urgent("an urgent order" + (f" with {PARTS} kinds of parts" if parts else ""))
                finally:
                    clock.offset = 0
                    await solver.close()
    still = _row("event loop standing still while such a day is searched, longest", stalled, STALL_MS, "ms")
    return [*found, still] if parts else found


def _row(name: str, value: float, limit: float | None, unit: str) -> Row:
    holds = None if limit is None else value <= limit
    return {"name": f"planner: {name}", "value": value, "unit": unit, "limit": limit, "holds": holds}


def _spot(n: int) -> tuple[float, float]:
    """Spread over a city, the same every time."""
    return 55.55 + (n * 7919 % 4001) / 10_000, 37.35 + (n * 6133 % 5003) / 10_000


async def _morning() -> None:
    async with work():
        await company.ensure()
    at = now().astimezone((await read_company()).tz)
    clock.offset = (at.replace(hour=MORNING, minute=0, second=0) - at).total_seconds()


async def _seed() -> None:
    """Everybody works for the next ten hours; all jobs are planned by the optimiser and told."""
    async with work() as w:
        await people.ensure_roles()
        await company.set_rule("plan_auto", True)
        await people.add_skill("cold", {"ru": "Холод", "en": "Cold"})
        served = await customers.add_customer("Сеть магазинов")
        for n in range(TECHNICIANS):
            lat, lon = _spot(n * 31 + 5)
            await people.add_member("technician", f"Мастер {n}", f"+7916{n:07}", home_lat=lat, home_lon=lon)
        await w.execute(
            "INSERT INTO schedule_shifts (member_id, starts_at, ends_at)"
            " SELECT id, $1::timestamptz - interval '1 hour', $1 + interval '10 hours' FROM people_members",
            w.now,
        )
        await _orders(served, 0, JOBS, "normal")


async def _planned(url: str) -> None:
    """The day by the optimiser, and everybody told of it."""
    await _forget_tasks()
    here = await frame(await today())
    found = await proposals.best_day(here)
    async with work():
        held_here = await held(here.day, None)
        after, changed = shaped(held_here.facts, proposals.shape(found))
        await apply(held_here, after, changed, "day")
    async with work():
        await refresh(here.day)
    await _forget_tasks()
    await run_sql(url, "ANALYZE")
    gc.collect()
    garbage.begun()  # as a running desk does


async def _parts() -> None:
    """Each order asks for parts of its own kind; every fifth for one more. Vans hold some of them."""
    async with work() as w:
        await _stocked(w)


async def _stocked(w: Work) -> None:
    sql = """INSERT INTO contracts_price_items (kind, code, name, unit, price, active)
             SELECT 'material', 'P' || n, 'Деталь ' || n, 'шт.', 100, true FROM generate_series(0, $1::int - 1) n"""
    await w.execute(sql, PARTS)
    sql = """INSERT INTO dispatch_demands (scope, key, what, code, level, quantity)
             SELECT 'site', s.id::text, 'part', 'P' || (s.id + k * 7) % $1, 1, 1 + s.id % 2
             FROM customers_sites s, generate_series(0, 1) k WHERE k = 0 OR s.id % 5 = 0"""
    await w.execute(sql, PARTS)
    for n in range(STORES):
        lat, lon = _spot(n * 97 + 3)
        sql = "INSERT INTO warehouse_warehouses (name, address, lat, lon) VALUES ($1, '', $2, $3)"
        await w.execute(sql, f"Склад {n}", lat, lon)
    await w.execute("INSERT INTO warehouse_warehouses (name, member_id) SELECT name, id FROM people_members")
    sql = """INSERT INTO warehouse_stock (warehouse_id, item_id, quantity)
             SELECT w.id, i.id, CASE WHEN w.member_id IS NULL THEN 500 ELSE 1 END
             FROM warehouse_warehouses w, contracts_price_items i
             WHERE i.kind = 'material' AND (w.member_id IS NULL OR (w.id * 31 + i.id * 17) % $1 < $2)"""
    await w.execute(sql, PARTS, IN_VAN)


async def _orders(served: int, first: int, count: int, urgency: str) -> None:
    for n in range(first, first + count):
        lat, lon = _spot(n)
        await orders.create(
            customer_id=served,
            site_id=await customers.add_site(served, f"Магазин {n}", address=f"Улица, {n}", lat=lat, lon=lon),
            contact_id=await customers.add_contact(served, f"Директор {n}", f"+7926{n:07}"),
            words="Не морозит витрина",
            urgency=urgency,
            source="desk",
        )


async def _forget_tasks() -> None:
    """The robot and the cards are measured elsewhere."""
    async with work() as w:
        await w.execute("DELETE FROM tasks_tasks")
        await w.execute("UPDATE orders_jobs SET duration = 45")


async def _urgent(name: str) -> list[Row]:
    """One order after the other, each placed by the reaction that any urgent order has, in a worker that is there: how
    long it takes, how much of that is this process' CPU, and how many customers of others are told of another time by
    one at most."""
    spent, worked, most = [], [], 0
    async with holder() as worker:
        for n in range(URGENT + WARM):
            async with work():
                [served] = await fetch("SELECT id FROM customers_customers LIMIT 1")
                await _orders(served["id"], JOBS + n, 1, "urgent")
            async with work() as w:
                await w.execute("DELETE FROM tasks_tasks WHERE kind <> $1", proposals.REACT)
            before = await _told()
            began, busy = time.perf_counter(), time.process_time()
            if not await run_one(worker):
                raise RuntimeError("an urgent order was not thought about")
            spent.append(1000 * (time.perf_counter() - began))
            worked.append(1000 * (time.process_time() - busy))
            most = max(most, await _told() - before - 1)
            await _forget_tasks()
    placed = await _placed()
    if placed < LEAST_PLACED * (URGENT + WARM):
        raise RuntimeError(f"only {placed} urgent orders were placed: this measures something else")
    spent, worked, last = sorted(spent[WARM:]), sorted(worked[WARM:]), int(0.99 * URGENT) - 1
    return [
        _row(f"{name}, end to end, 99th of {URGENT}", spent[last], LIMIT_MS, "ms"),
        _row(f"{name}, median", spent[URGENT // 2], None, "ms"),
        _row(f"{name}, CPU of the desk's process, 99th of {URGENT}", worked[last], None, "ms"),
        _row(f"{name}, given to somebody at once", 100 * placed / (URGENT + WARM), None, "%"),
        _row(f"{name}, customers told of another time by one, most", most, MOST_TOLD, "customers"),
    ]


async def _placed() -> int:
    """How many urgent orders were given to somebody at once; for the others no room was left, or only if somebody
    stays longer, which a dispatcher must allow."""
    [row] = await fetch("SELECT count(*) AS n FROM plan_changes WHERE cause = 'urgent' AND state = 'applied'")
    return int(row["n"])


async def _told() -> int:
    """How many planned times were told: the urgent order's own is one of them."""
    [row] = await fetch("SELECT count(*) AS n FROM orders_entries WHERE kind = 'plan.told'")
    return int(row["n"])


async def _search() -> float:
    """A day is searched while this loop does nothing but look at the clock; its longest absence in milliseconds."""
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.002)
            seen = time.perf_counter()
            worst, last = max(worst, 1000 * (seen - last)), seen

    watching = asyncio.create_task(watch())
    here = await frame(await today())
    await proposals.search(here.facts, here.facts, proposals.Locks(), SEARCH_SECONDS)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return worst
