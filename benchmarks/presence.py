"""What live locations cost, from the raw update to the stored row, and how many of them one process stores.

The peer is asyncpg's COPY of the very same rows in batches of the same size; both are CPU time of this process, in the
same run, taken in turns. 300 technicians on their way share their places; each move is parsed from its raw bytes,
looked up, judged against the geofence and written. The collector is frozen as it is in the desk. What follows from a
position (the customer's map, at most once in ten seconds per job) is a work of its own and not part of this.
"""

import gc
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import uvloop

from benchmarks.processes import fresh_database

RUNS = 9
PEOPLE = 300
ROUNDS = 40
BATCH = 100
RATE_LIMIT = 3_000
COST_LIMIT = 3.0
COLUMNS = ("member_id", "job_id", "lat", "lon", "accuracy", "at")
_SEED = """
INSERT INTO company_company (id, name, legal_name, inn, kpp, address, bank, phone, email, zone, locale, colour, rules,
  clock_offset, revision) VALUES (1, 'Bench', '', '', '', '', '', '', '', 'Europe/Moscow', 'ru', '#1f6feb', '{}', 0, 0);
INSERT INTO people_roles (id, code, name) VALUES (1, 'technician', '{}');
INSERT INTO customers_customers (id, name, legal_name, inn, kpp, address, segment, private, active, created_at)
  VALUES (1, 'Customer', '', '', '', '', '', false, true, now());
INSERT INTO orders_lifecycles (id, stages, created_at) VALUES (1, '[]', now());
INSERT INTO people_members (id, role_id, name, phone, post, locale, zone, hourly_rate, active, on_duty_at, created_at)
  SELECT n, 1, 'T' || n, '', '', 'ru', 'Europe/Moscow', 0, true, now(), now() FROM generate_series(1, {people}) n;
INSERT INTO orders_orders (id, customer_id, kind, source, summary, words, urgency, priority, state, address, lat, lon,
  revision, created_by, created_at)
  SELECT n, 1, 'repair', 'bench', 's', 'w', 'normal', 'normal', 'travelling', '', 55.9, 37.9, 1, 'system', now()
  FROM generate_series(1, {people}) n;
INSERT INTO orders_jobs (id, order_id, assignee_id, state, stage, lifecycle_id, duration, comment, revision, created_at,
  eta_at) SELECT n, n, n, 'travelling', 'travelling', 1, 60, '', 1, now(), now() + interval '1 hour'
  FROM generate_series(1, {people}) n;
INSERT INTO presence_live_shares (bot, chat_id, message_id, member_id, job_id, until)
  SELECT 'technician', n, 1, n, n, now() + interval '1 day' FROM generate_series(1, {people}) n;
"""


def run() -> list[dict[str, Any]]:
    """Medians of `RUNS` rounds."""
    return uvloop.run(_run())


async def _run() -> list[dict[str, Any]]:
    from core.kernel.database import database
    from core.kernel.words import load

    load()
    async with fresh_database() as url:
        raw = await asyncpg.connect(url)
        try:
            await raw.execute(_SEED.replace("{people}", str(PEOPLE)))
            async with database(url, pool=4):
                start = datetime.now(UTC) - timedelta(hours=2)
                await _pair(raw, start, 2)
                gc.collect()
                gc.freeze()
                pairs = [await _pair(raw, start + timedelta(minutes=10 * n), ROUNDS) for n in range(1, RUNS + 1)]
        finally:
            gc.unfreeze()
            await raw.close()
    cost = statistics.median(ours / base for ours, base, _ in pairs)
    rate = statistics.median(PEOPLE * ROUNDS / wall for *_, wall in pairs)
    return [
        _row("CPU of live locations against COPY", cost, "times", COST_LIMIT, cost <= COST_LIMIT),
        _row("live locations stored by one process", rate, "1/s", RATE_LIMIT, rate >= RATE_LIMIT),
    ]


def _row(name: str, value: float, unit: str, limit: float, holds: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "limit": limit, "holds": holds}


async def _pair(raw: "asyncpg.Connection[Any]", at: datetime, rounds: int) -> tuple[float, float, float]:
    """CPU seconds of raw updates to stored rows and of COPY of the same rows, wall seconds of the former. They take
    turns round by round, so that whatever else the machine does hits both."""
    from bot.telegram.intake import Intake
    from core.presence.actions import positions

    async def kept(moves: list[Any]) -> None:
        await positions(moves)

    intake = Intake("technician", kept)
    cpu = base = wall = 0.0
    for number in range(rounds):
        bodies, rows = _bodies(at, number), _rows(at, number)
        began, clock = time.process_time(), time.monotonic()
        for first in range(0, PEOPLE, BATCH):
            await intake.take_all([(orjson.loads(body), body) for body in bodies[first : first + BATCH]])
        between = time.process_time()
        wall += time.monotonic() - clock
        for first in range(0, PEOPLE, BATCH):
            await raw.copy_records_to_table("presence_tracks", records=rows[first : first + BATCH], columns=COLUMNS)
        cpu, base = cpu + between - began, base + time.process_time() - between
    return cpu, base, wall


def _bodies(at: datetime, number: int) -> list[bytes]:
    stamp = int(at.timestamp()) + number * 10
    return [orjson.dumps(_update(person, number, stamp)) for person in range(1, PEOPLE + 1)]


def _update(person: int, number: int, stamp: int) -> dict[str, Any]:
    lat, lon, accuracy = _place(person, number)
    user = {"id": person, "is_bot": False, "first_name": f"T{person}", "language_code": "ru"}
    place = {"latitude": lat, "longitude": lon, "horizontal_accuracy": accuracy, "live_period": 3600, "heading": 90}
    message = {
        "message_id": 1,
        "from": user,
        "chat": {"id": person, "type": "private", "first_name": f"T{person}"},
        "date": stamp - 60,
        "edit_date": stamp,
        "location": place,
    }
    return {"update_id": number * PEOPLE + person, "edited_message": message}


def _place(person: int, number: int) -> tuple[float, float, float]:
    return 55.7 + person * 1e-4 + number * 1e-5, 37.6 + person * 1e-4, 12.0


def _rows(at: datetime, number: int) -> list[tuple[Any, ...]]:
    moment = at.replace(microsecond=0) + timedelta(seconds=number * 10)
    return [(person, person, *_place(person, number), moment) for person in range(1, PEOPLE + 1)]


if __name__ == "__main__":
    for row in run():
        print(row)  # noqa: T201
