"""Whether deliveries are answered soon, and none that was acknowledged is lost, while PostgreSQL is killed and comes
up again. A web process, a poster of 200 signed deliveries a second who brings again what was answered 503, as vendors
do, and durable servers of our own, whose supervisor starts PostgreSQL anew.

`python -m benchmarks.outage post URL RATE SECONDS` is the poster; `python -m benchmarks.outage RATE SECONDS` prints a
run of another size.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import uvloop

from benchmarks.hooks import delivery
from benchmarks.peers import tell_parent
from benchmarks.processes import child, said

PER_SECOND = 200
SECONDS = 30
MOST_ATTEMPTS = 20
ANSWER_LIMIT_MS = 500
WARM_UP = 50
UNREACHED = 0


def run(per_second: int = PER_SECOND, seconds: int = SECONDS) -> list[dict[str, Any]]:
    """One run."""
    found, lost = asyncio.run(_run(per_second, seconds))
    rate = f"at {per_second}/s for {seconds} s, PostgreSQL killed in the middle"
    return [
        _row(f"answer to a delivery, p99 {rate}", found["p99"], "ms", ANSWER_LIMIT_MS),
        _row("answer that acknowledges, p99 in the same", found["good"], "ms", ANSWER_LIMIT_MS),
        _row("answer to a delivery, longest in the same", found["longest"], "ms"),
        _row("acknowledged deliveries lost in the same", lost, "", 0),
        _row("deliveries never acknowledged in the same", len(found["refused"]), "", 0),
        _row("from the first 503 to the last in the same", found["away"], "s"),
        _row("answers that were 503 in the same", found["answers"].get("503", 0), ""),
    ]


def _row(name: str, value: float, unit: str, limit: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "limit": limit, "holds": limit is None or value <= limit}


async def _run(per_second: int, seconds: int) -> tuple[dict[str, Any], int]:
    """What the poster saw, and how many of the acknowledged have no row."""
    from core.kernel.database import migrate
    from naryad.embedded import embedded

    with tempfile.TemporaryDirectory(prefix="naryad-bench-") as folder:
        async with embedded(Path(folder)) as servers:
            await migrate(servers.database_url)
            async with (
                child("benchmarks.hooks", "door", servers.database_url) as (_, port),
                child("benchmarks.outage", "post", f"http://127.0.0.1:{port}/hooks/crm", per_second, seconds) as (
                    poster,
                    _,
                ),
            ):
                await asyncio.sleep(seconds / 2)
                os.kill(servers.pids[0], signal.SIGKILL)
                found = json.loads(await said(poster))
            kept = await _kept(servers.database_url)
    acknowledged = {f"msg_{number}" for number in range(per_second * seconds)} - set(found["refused"])
    return found, len(acknowledged - kept)


async def _kept(database_url: str) -> set[str]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT key FROM inbox_deliveries WHERE source = 'hook:crm'")
    finally:
        await connection.close()
    return {row["key"] for row in rows}


class Poster:
    """`took` is the time of each answer in seconds, `good` of those that acknowledged; `broken` when one did not."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self.took: list[float] = []
        self.good: list[float] = []
        self.broken: list[float] = []
        self.answers: Counter[int] = Counter()
        self.refused: list[str] = []

    async def bring(self, number: int) -> None:
        """Until it is acknowledged, as often as a vendor would."""
        body, headers = delivery(number)
        for _ in range(MOST_ATTEMPTS):
            status, pause = await self._once(body, headers)
            if status == 200:
                return
            self.broken.append(time.monotonic())
            await asyncio.sleep(pause)
        self.refused.append(f"msg_{number}")

    async def _once(self, body: bytes, headers: dict[str, str]) -> tuple[int, float]:
        began = time.monotonic()
        try:
            async with self._session.post(self._url, data=body, headers=headers) as reply:
                status, pause = reply.status, float(reply.headers.get("Retry-After", 1))
        except aiohttp.ClientError:
            status, pause = UNREACHED, 1.0
        self.took.append(time.monotonic() - began)
        if status == 200:
            self.good.append(self.took[-1])
        self.answers[status] += 1
        return status, pause

    def told(self) -> dict[str, Any]:
        return {
            "p99": _p99(self.took),
            "good": _p99(self.good),
            "longest": max(self.took) * 1000,
            "away": max(self.broken) - min(self.broken) if self.broken else 0.0,
            "answers": self.answers,
            "refused": self.refused,
        }


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1000


async def post(url: str, per_second: int, seconds: int) -> None:
    """At a fixed pace, whatever the answers are; a line before and what was seen after."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        for number in range(WARM_UP):
            await Poster(session, url).bring(per_second * seconds + number)
        poster = Poster(session, url)
        tell_parent("ready")
        async with asyncio.TaskGroup() as nursery:
            began = time.monotonic()
            for number in range(per_second * seconds):
                await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
                nursery.create_task(poster.bring(number))
    tell_parent(json.dumps(poster.told()))


if __name__ == "__main__":
    what, *rest = sys.argv[1:] or [""]
    if what == "post":
        uvloop.run(post(rest[0], int(rest[1]), int(rest[2])))
    else:
        for line in run(*map(int, sys.argv[1:])):
            tell_parent(line)
