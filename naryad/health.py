"""`/healthz` for whatever restarts us, `/metrics` for whatever watches us. Neither says anything about people."""

import asyncio
from typing import TYPE_CHECKING

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.kernel.read import fetch, fetchval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naryad.app import Running

TIMEOUT_S = 3.0
_QUEUES = """
SELECT (SELECT count(*) FROM inbox_deliveries WHERE done_at IS NULL AND dead_at IS NULL) AS inbox_waiting,
       (SELECT count(*) FROM inbox_deliveries WHERE dead_at IS NOT NULL) AS inbox_dead,
       (SELECT count(*) FROM outbox_notices WHERE state IN ('queued', 'sending')) AS outbox_waiting,
       (SELECT count(*) FROM outbox_notices WHERE state IN ('unknown', 'failed')) AS outbox_stuck,
       (SELECT count(*) FROM tasks_tasks WHERE state <> 'dead') AS tasks_waiting,
       (SELECT count(*) FROM tasks_tasks WHERE state = 'dead') AS tasks_dead,
       (SELECT count(*) FROM timers_timers WHERE dead_at IS NULL) AS timers_waiting,
       (SELECT count(*) FROM timers_timers WHERE dead_at IS NOT NULL) AS timers_dead,
       (SELECT count(*) FROM orders_orders WHERE state NOT IN ('closed', 'cancelled')) AS orders_open,
       (SELECT count(*) FROM people_members WHERE on_duty_at IS NOT NULL) AS technicians_on_duty
"""


def add_health(app: web.Application, running: "Running") -> None:
    async def healthz(_: web.Request) -> web.Response:
        """200 when the database answers; the body says which parts run and which bots this process owns."""
        try:
            await asyncio.wait_for(fetchval("SELECT 1"), TIMEOUT_S)
            database = "ok"
        except Exception as error:
            database = type(error).__name__
        body = {
            "ok": database == "ok",
            "database": database,
            "parts": sorted(running.parts),
            "bots": {name: bot.owns.is_set() for name, bot in running.bots.items()},
        }
        return web.json_response(
            body, status=200 if body["ok"] else 503, dumps=lambda value: orjson.dumps(value).decode()
        )

    async def metrics(_: web.Request) -> web.Response:
        row = dict((await fetch(_QUEUES))[0])
        registry = CollectorRegistry()
        registry.register(_Gauges(row))
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)


class _Gauges(Collector):
    def __init__(self, row: dict[str, int]) -> None:
        self._row = row

    def collect(self) -> "Iterator[GaugeMetricFamily]":
        for name, value in self._row.items():
            yield GaugeMetricFamily(f"naryad_{name}", name.replace("_", " "), value=float(value))
