"""How fast the robot chooses: ten thousand technicians judged in memory, and from an order's commit to the offer in
the outbox on a real PostgreSQL with a thousand technicians, ten thousand open orders and an archive.

The way of an order is the desk's own: `orders.create` commits, the task wakes, reads, judges, and commits its offers
with their notices; four tasks run side by side and what was made before is frozen, as in `naryad run`. Orders come one
after the other.
"""

import asyncio
import random
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

import core.reactions  # noqa: F401
from benchmarks.processes import fresh_database
from core.company import actions as company
from core.dispatch.rules import Candidate, JobNeed
from core.events import OffersOpened
from core.kernel import garbage, ids, words
from core.kernel.actor import SYSTEM
from core.kernel.database import database
from core.kernel.read import fetchval
from core.kernel.work import current, on, work
from core.orders import actions as orders
from core.orders.actions.lifecycle import current_lifecycle
from core.people import actions as people
from core.tasks.worker import tasks_loop

CREW, JUDGED = 10_000, 300
TECHNICIANS, OPEN, ARCHIVE = 1_000, 10_000, 100_000
ORDERS = 120
JUDGE_LIMIT_MS, OFFER_LIMIT_MS = 10.0, 100.0
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

SEED = """
INSERT INTO people_skills (id, code, name) SELECT n, 's' || n, '{{"ru": "Навык", "en": "Skill"}}'
  FROM generate_series(1, 10) n;
INSERT INTO people_areas (id, name, lat, lon, radius) SELECT n, 'Район ' || n, 55.5 + n * 0.03, 37.4 + n * 0.03, 12
  FROM generate_series(1, 12) n;
INSERT INTO people_certificate_kinds (id, code, name) VALUES (1, 'volts', '{{"ru": "Допуск", "en": "Permit"}}');
INSERT INTO people_members (id, role_id, name, phone, post, locale, zone, hourly_rate, home_lat, home_lon, rating,
  active, on_duty_at, created_at)
  SELECT n, (SELECT id FROM people_roles WHERE code = 'technician'), 'Мастер ' || n, '', '', 'ru', 'Europe/Moscow',
    500 + n % 7 * 100, 55.5 + n % 500 / 1000.0, 37.3 + n % 700 / 1000.0, 4 + n % 10 / 10.0, true,
    CASE WHEN n % 5 > 0 THEN now() END, now() FROM generate_series(1, {people}) n;
INSERT INTO outbox_addresses (party, bot, chat_id, locale, zone)
  SELECT 'member:' || n, 'technician', 1000 + n, 'ru', 'Europe/Moscow' FROM generate_series(1, {people}) n;
INSERT INTO people_member_skills (member_id, skill_id, level)
  SELECT n, 1 + (n + k * 3) % 10, 1 + (n + k) % 5 FROM generate_series(1, {people}) n, generate_series(0, 2) k;
INSERT INTO people_member_areas (people_members_id, area_id)
  SELECT n, 1 + (n + k * 5) % 12 FROM generate_series(1, {people}) n, generate_series(0, 3) k WHERE n % 3 = 0;
INSERT INTO people_certificates (member_id, kind_id, number, expires_on)
  SELECT n, 1, '', current_date + 30 - n % 60 FROM generate_series(1, {people}) n;
INSERT INTO schedule_shifts (member_id, starts_at, ends_at) SELECT n, now() + d * interval '1 day' - interval '2 hours',
  now() + d * interval '1 day' + interval '7 hours' FROM generate_series(1, {people}) n, generate_series(-1, 2) d;
INSERT INTO presence_tracks (member_id, lat, lon, at) SELECT n, 55.5 + n % 500 / 1000.0, 37.3 + n % 700 / 1000.0,
  now() - k * interval '1 minute' FROM generate_series(1, {people}) n, generate_series(1, 30) k;
INSERT INTO customers_customers (id, name, legal_name, inn, kpp, address, segment, private, active, created_at)
  SELECT n, 'Клиент ' || n, '', '', '', '', 'seg' || n % 5, false, true, now() FROM generate_series(1, 1000) n;
INSERT INTO customers_sites (id, customer_id, name, address, hint, lat, lon, active, created_at)
  SELECT n, 1 + n % 1000, 'Объект ' || n, 'Лесная, ' || n, '', 55.5 + n % 500 / 1000.0, 37.3 + n % 700 / 1000.0, true,
  now() FROM generate_series(1, 4000) n;
INSERT INTO assets_types (id, code, name, skill_id, checklist)
  SELECT n, 't' || n, '{{"ru": "Вид", "en": "Type"}}', n, ''
  FROM generate_series(1, 10) n;
INSERT INTO assets_assets (id, site_id, type_id, name, model, serial, inventory, place, criticality, active, created_at)
  SELECT n, n, 1 + n % 10, 'Машина', '', '', '', '', 2, true, now() FROM generate_series(1, 4000) n;
INSERT INTO orders_orders (id, customer_id, site_id, kind, source, summary, words, urgency, priority, state, address,
  revision, created_by, created_at)
  SELECT n, 1 + n % 4000 % 1000, 1 + n % 4000, 'repair', 'desk', 'Не холодит', '', 'normal', 'normal',
    CASE WHEN n > {open} THEN 'closed' WHEN n % 2 = 0 THEN 'assigned' ELSE 'new' END, '', 1, 'member:1', now()
  FROM generate_series(1, {open} + {archive}) n;
INSERT INTO orders_jobs (order_id, assignee_id, state, stage, lifecycle_id, duration, comment, revision, created_at,
  done_at)
  SELECT id, CASE WHEN state <> 'new' THEN 1 + id % {people} END, state, state, {lifecycle}, 60, '', 1, now(),
    CASE WHEN state = 'closed' THEN now() - id % 300 * interval '1 day' END FROM orders_orders;
INSERT INTO dispatch_demands (scope, key, what, code, level, quantity)
  VALUES ('kind', 'repair', 'certificate', 'volts', 1, 1);
SELECT setval(pg_get_serial_sequence('orders_orders', 'id'), {open} + {archive});
VACUUM ANALYZE
"""


def run(
    crew: int = CREW, technicians: int = TECHNICIANS, open_: int = OPEN, many: int = ORDERS
) -> list[dict[str, Any]]:
    """Percentiles of both, with what leads up to them."""
    return [*_in_memory(crew), *asyncio.run(_on_a_desk(technicians, open_, many))]


def _in_memory(size: int) -> list[dict[str, Any]]:
    from core.dispatch.crew import Crew
    from core.dispatch.scoring import judge

    people_, job = crew_of(size), need()
    began = time.perf_counter()
    crew = Crew.of(people_)
    built = time.perf_counter() - began
    taken = []
    for _ in range(JUDGED):
        began = time.perf_counter()
        best = judge(job, crew).best(3)
        taken.append(time.perf_counter() - began)
    if len(best) != 3:
        raise RuntimeError("nobody fits the job of the measurement")
    p99 = 1000 * statistics.quantiles(taken, n=100)[-1]
    return [
        _row(f"{size:,} technicians judged, p99", p99, JUDGE_LIMIT_MS),
        _row(f"{size:,} technicians judged, median", 1000 * statistics.median(taken), None),
        _row(f"{size:,} technicians put into columns", 1000 * built, None),
    ]


def need() -> JobNeed:
    """A job with something for every rule to look at."""
    return JobNeed(1, 1, NOW, "high", 55.75, 37.6, frozenset({1, 2}), {"s1": 2, "s2": 1}, frozenset({"volts"}),
                   frozenset({"ladder"}), frozenset({"van"}), NOW.date(), due_at=NOW + timedelta(hours=2),
                   before=7)  # fmt: skip


def crew_of(size: int, seed: int = 1) -> list[Candidate]:
    """Technicians of whom some fail each rule; the same for the same seed."""
    dice = random.Random(seed)
    people_ = []
    for n in range(1, size + 1):
        begins = NOW + timedelta(hours=dice.uniform(-12, 12))
        people_.append(
            Candidate(
                n,
                f"Мастер {n}",
                on_duty=dice.random() < 0.7,
                shifts=(
                    (begins, begins + timedelta(hours=9)),
                    (begins + timedelta(days=1), begins + timedelta(days=2)),
                ),
                away=((NOW, NOW + timedelta(days=1)),) if dice.random() < 0.05 else (),
                skills={f"s{k}": dice.randint(1, 5) for k in range(1, 5) if dice.random() < 0.9},
                certificates={"volts": date(2026, 2, 1) + timedelta(days=dice.randint(0, 300))},
                kit=frozenset(code for code in ("van", "ladder") if dice.random() < 0.9),
                areas=frozenset(dice.sample(range(1, 5), 2)) if dice.random() < 0.6 else frozenset(),
                stopped=dice.random() < 0.02,
                lat=55.5 + dice.random() / 2,
                lon=37.3 + dice.random() / 2,
                open_jobs=dice.randint(0, 9),
                busy=dice.uniform(0, 90),
                today=dice.uniform(0, 400),
                visits=dice.randint(0, 4),
                knows_asset=dice.random() < 0.1,
                rating=dice.uniform(3, 5),
                lacks=dice.random(),
                hourly_rate=dice.uniform(300, 1500),
                refused="declined" if dice.random() < 0.02 else None,
            )
        )
    return people_


async def _on_a_desk(technicians: int, open_: int, many: int) -> list[dict[str, Any]]:
    ids.use(ids.Keys(["a secret for the measurement only"]))
    words.load()
    async with fresh_database() as url:
        async with database(url, pool=2), work():
            await company.ensure()
            await people.ensure_roles()
            lifecycle, _ = await current_lifecycle()
        await _fill(url, SEED.format(people=technicians, open=open_, archive=ARCHIVE, lifecycle=lifecycle))
        async with database(url, pool=10):
            garbage.begun()  # as a running desk does
            waits = await _orders(many)
            told = await fetchval("SELECT count(*) FROM outbox_notices WHERE screen = 'technician.offer'")
        if told < many:
            raise RuntimeError(f"{told} offers for {many} orders")
    waits = waits[len(waits) // 6 :]
    what = f"order to offer, {technicians:,} technicians and {open_:,} open orders"
    return [
        _row(f"{what}, p95", 1000 * statistics.quantiles(waits, n=20)[-1], OFFER_LIMIT_MS),
        _row(f"{what}, median", 1000 * statistics.median(waits), None),
    ]


async def _fill(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in script.split(";\n"):
            await connection.execute(statement, timeout=600)
    finally:
        await connection.close()


async def _orders(many: int) -> list[float]:
    """Seconds between an order's commit and its offer's; the first of them warm the desk up."""
    offered: dict[int, asyncio.Future[float]] = {}
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    @on(OffersOpened)
    async def seen(event: OffersOpened) -> None:
        if stop.is_set():
            return
        number = event.order_id
        current().on_commit(lambda: offered.setdefault(number, loop.create_future()).set_result(time.perf_counter()))

    working = asyncio.create_task(tasks_loop(stop))
    waits = []
    try:
        for n in range(many):
            site = 1 + n * 37 % 4000
            async with work(SYSTEM):
                number = await orders.create(
                    customer_id=1 + site % 1000, site_id=site, asset_ids=[site], words="Не холодит", source="desk"
                )
            committed = time.perf_counter()
            async with asyncio.timeout(30):
                waits.append(await offered.setdefault(number, loop.create_future()) - committed)
    finally:
        stop.set()
        await working
    return waits


def _row(name: str, value: float, limit: float | None) -> dict[str, Any]:
    holds = None if limit is None else value <= limit
    return {"name": name, "value": value, "unit": "ms", "limit": limit, "holds": holds}
