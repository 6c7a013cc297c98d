"""Lists over the whole desk with a small archive and with a large one: the register, the board, the search.

Both archives lie in one PostgreSQL and differ in nothing but the number of orders that are over: a company has as much
open at a time after five years as after a month. Each round measures both, one after the other; the value is the
median of the rounds' ratios of 95th percentiles. The month's chart counts, so it is told for information only.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from benchmarks.processes import fresh_database
from core.company.models import Company
from core.kernel.actor import SYSTEM
from core.kernel.database import database, migrate
from core.overview import board as overview
from core.overview.day import plan
from core.overview.lists import open_orders, search
from core.overview.map import picture
from core.overview.register import Filters, register

SMALL, LARGE = 10_000, 1_000_000
RUNS = 5
CALLS = 25
LIMIT = 1.5
WORDS = ("витрина", "инв.512", "не холодит кофейня", "камера шумит", "Объект 77 ", "Клиент 12", "+79160000123",
         "ничего такого нет", "1500")  # fmt: skip

PEOPLE = """
INSERT INTO people_roles (id, code, name) VALUES (100, 'bench', '{}');
INSERT INTO people_members (id, role_id, name, phone, post, locale, zone, hourly_rate, active, created_at)
  SELECT n, 100, 'Мастер ' || n, '', '', 'ru', '', 0, true, now() FROM generate_series(1, 60) n;
INSERT INTO customers_customers (id, name, legal_name, inn, kpp, address, segment, private, active, created_at)
  SELECT n, 'Клиент ' || n, '', '', '', '', '', false, true, now() FROM generate_series(1, 2000) n;
INSERT INTO customers_sites (id, customer_id, name, address, hint, lat, lon, active, created_at)
  SELECT n, 1 + n % 2000, 'Объект ' || n || ' ', 'Лесная, ' || n, '', 55.5 + (n % 500) / 1000.0,
         37.3 + (n % 700) / 1000.0, true, now() FROM generate_series(1, 4000) n;
INSERT INTO customers_contacts (id, customer_id, name, phone, post, locale, email, guest, active, created_at)
  SELECT n, n, 'Лицо ' || n, '+7916' || lpad(n::text, 7, '0'), '', 'ru', '', false, true, now()
  FROM generate_series(1, 2000) n;
INSERT INTO orders_lifecycles (id, stages, created_at) VALUES (1, '[]', now());
"""
ORDERS = """
INSERT INTO orders_orders (id, customer_id, site_id, contact_id, kind, source, summary, words, urgency, priority, state,
  address, lat, lon, revision, created_by, created_at, closed_at, needs_help)
SELECT n, 1 + n % 2000, 1 + n % 4000, 1 + n % 2000, 'repair', 'telegram', said.summary,
  said.summary || ', инв.' || n % 997 * 7919 % 997 || ' '
    || (ARRAY['утром','вечером','у входа','на складе','в зале'])[1 + n % 5],
  'normal', (ARRAY['normal','normal','high','low'])[1 + n % 4], said.state, '', NULL, NULL, 1, 'contact:1',
  now() - (greatest($1 - n, 1) * 1800 || ' seconds')::interval,
  CASE WHEN said.state IN ('closed', 'cancelled') THEN now() - (($1 - n) * 1800 - 900 || ' seconds')::interval END,
  CASE WHEN said.state = 'new' AND n % 9 = 0 THEN 'nobody_fits' END
FROM generate_series(1, $1) n, LATERAL (SELECT
  (ARRAY['не холодит','шумит','течёт','не включается','стучит','мёрзнет','греется','капает'])[1 + n % 8] || ' '
    || (ARRAY['витрина','камера','кофемашина','сплит-система','печь','льдогенератор','чиллер'])[1 + n % 7]
    || CASE WHEN n % 11 = 0 THEN ' кофейня' ELSE '' END AS summary,
  CASE WHEN n > $1 - 400 THEN (ARRAY['new','offered','assigned','assigned','on_site','paused'])[1 + n % 6]
       WHEN n > $1 - 460 THEN 'done' WHEN n % 20 = 0 THEN 'cancelled' ELSE 'closed' END AS state) said
"""
REST = """
INSERT INTO orders_jobs (order_id, assignee_id, state, stage, lifecycle_id, duration, comment, revision, created_at,
  accepted_at, done_at)
SELECT id, CASE WHEN state IN ('new', 'offered') THEN NULL ELSE 1 + id % 60 END,
  CASE WHEN state = 'on_site' THEN 'paused' ELSE state END, state, 1, 60, '', 1, created_at, created_at,
  CASE WHEN state IN ('done', 'closed') THEN least(created_at + interval '2 hours', now()) END FROM orders_orders;
INSERT INTO sla_deadlines (order_id, kind, started_at, due_at, policy, met_at)
SELECT id, clock.kind, created_at, created_at + interval '8 hours', '{}',
  CASE WHEN state IN ('done', 'closed', 'cancelled') THEN created_at + interval '2 hours' END
FROM orders_orders, unnest(ARRAY['arrival', 'resolution']) clock(kind);
"""


def run(small: int = SMALL, large: int = LARGE, runs: int = RUNS, calls: int = CALLS) -> list[dict[str, Any]]:
    """For each list the median ratio of `runs` rounds, and what it takes with the large archive."""
    return asyncio.run(_run(small, large, runs, calls))


async def _run(small: int, large: int, runs: int, calls: int) -> list[dict[str, Any]]:
    async with _filled(small, large) as (little, much):
        rounds = {name: [await _pair(name, little, much, calls) for _ in range(runs)] for name in _lists()}
    rows = []
    for name, pairs in rounds.items():
        ratio = statistics.median(more / less for less, more in pairs)
        limit = None if name == "month" else LIMIT
        holds = None if limit is None else ratio <= limit
        told = f"{name}: p95 with {large:,} orders against {small:,}"
        rows.append({"name": told, "value": ratio, "unit": "times", "limit": limit, "holds": holds})
        value = 1000 * statistics.median(more for _, more in pairs)
        rows.append({"name": f"{name}: p95", "value": value, "unit": "ms", "limit": None, "holds": None})
    return rows


@asynccontextmanager
async def _filled(small: int, large: int) -> Any:
    """Two databases of one server: their addresses."""
    async with fresh_database() as first:
        second = first.replace("@/naryad?", "@/large?")
        await _execute(first, "CREATE DATABASE large")
        await migrate(second)
        for url, count in ((first, small), (second, large)):
            async with database(url, pool=1):
                await Company.create(id=1, name="Bench")
            await _fill(url, count)
        yield first, second


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _fill(url: str, count: int) -> None:
    connection = await asyncpg.connect(url, timeout=60)
    try:
        index = await connection.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = 'orders_search'")
        await connection.execute("DROP INDEX orders_search; SET maintenance_work_mem = '256MB'")
        await connection.execute(PEOPLE)
        await connection.execute(ORDERS, count, timeout=900)
        await connection.execute(REST, timeout=900)
        await connection.execute(index, timeout=900)
        await connection.execute("VACUUM ANALYZE", timeout=900)
    finally:
        await connection.close()


async def _pair(name: str, little: str, much: str, calls: int) -> tuple[float, float]:
    """Seconds at the 95th percentile of one list, with the small archive and, right after it, with the large one."""
    taken = []
    for url in (little, much):
        async with database(url, pool=2):
            taken.append(await _p95(_lists()[name], calls))
    return taken[0], taken[1]


def _lists() -> dict[str, Callable[[int], Awaitable[Any]]]:
    return {
        "board": lambda n: overview.board(SYSTEM),
        "board: timeline and map": lambda n: _both(),
        "register": lambda n: register(SYSTEM, _filters(n)),
        "search": lambda n: search(SYSTEM, WORDS[n % len(WORDS)]),
        "open orders": lambda n: open_orders(SYSTEM, 10),
        "month": lambda n: overview.month(SYSTEM),
    }


async def _both() -> None:
    await plan(SYSTEM)
    await picture(SYSTEM)


def _filters(n: int) -> Filters:
    return (
        Filters(),
        Filters(state="open"),
        Filters(state="new"),
        Filters(state="closed"),
        Filters(state="help"),
        Filters(customer_id=1 + n % 2000),
        Filters(member_id=1 + n % 60),
    )[n % 7]


async def _p95(call: Callable[[int], Awaitable[Any]], calls: int) -> float:
    taken = []
    for n in range(-5, calls * 4):
        start = time.perf_counter()
        await call(abs(n))
        if n >= 0:
            taken.append(time.perf_counter() - start)
    return statistics.quantiles(taken, n=20)[-1]
