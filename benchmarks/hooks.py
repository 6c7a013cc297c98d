"""How fast signed deliveries of other systems are taken: checked, sealed, committed raw, then answered. The rate is
that of a web process, against a bare aiohttp POST handler, with 24 posters, in turns.

`python -m benchmarks.hooks door DATABASE_URL | bare | post URL FIRST COUNT` are the other processes of the measurement.
"""

import asyncio
import base64
import hashlib
import hmac
import itertools
import statistics
import sys
import time
from typing import Any

import aiohttp
import orjson
import uvloop
from aiohttp import web

from benchmarks.peers import serve, tell_parent
from benchmarks.processes import child, fresh_database, said
from core.kernel import ids
from core.kernel.database import database
from core.kernel.work import work
from core.sources import actions as sources
from webhooks.route import HooksDoor

RUNS = 5
DELIVERIES = 3_000
POSTERS = 24
SHARE_LIMIT = 0.25
SECRET = "a secret for the measurement only"
WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
numbers = itertools.count(1)


def run() -> list[dict[str, Any]]:
    """The median of `RUNS` shares."""
    share = asyncio.run(_run())
    return [
        {
            "name": "rate of signed deliveries against a bare POST handler",
            "value": share,
            "unit": "times",
            "limit": SHARE_LIMIT,
            "holds": share >= SHARE_LIMIT,
        }
    ]


async def _run() -> float:
    async with (
        fresh_database() as database_url,
        child("benchmarks.hooks", "door", database_url) as (_, ours),
        child("benchmarks.hooks", "bare") as (_, bare),
    ):
        door, plain = (f"http://127.0.0.1:{port}/hooks/crm" for port in (ours, bare))
        for url in (door, plain):
            await _rate(url)
        return statistics.median([await _rate(door) / await _rate(plain) for _ in range(RUNS)])


async def _rate(url: str) -> float:
    first = next(numbers) * 1_000_000
    async with child("benchmarks.hooks", "post", url, first, DELIVERIES) as (posters, _):
        began = time.monotonic()
        await said(posters)
        return DELIVERIES / (time.monotonic() - began)


async def door(database_url: str) -> None:
    ids.use(ids.Keys([SECRET]))
    async with database(database_url):
        async with work():
            await sources.add_source("crm", "standardwebhooks", "CRM", {"whsec": WHSEC})
        app = web.Application()
        HooksDoor().add_to(app)
        await serve(app)


async def bare() -> None:
    """A POST handler that reads the body and says yes."""

    async def receive(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/crm", receive)
    await serve(app)


def delivery(number: int) -> tuple[bytes, dict[str, str]]:
    """An order as a customer's system would announce it, about a kilobyte, and the headers that prove it."""
    data = {"id": str(number), "title": "Не морозит витрина", "description": "Температура растёт. " * 20, "phone": "+7"}
    body = orjson.dumps({"type": "order.created", "timestamp": "2026-11-21T09:00:00Z", "data": data})
    name, at = f"msg_{number}", int(time.time())
    key = base64.b64decode(WHSEC.removeprefix("whsec_"))
    proof = base64.b64encode(hmac.digest(key, f"{name}.{at}.".encode() + body, hashlib.sha256)).decode()
    headers = {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": f"v1,{proof}"}
    return body, {**headers, "Content-Type": "application/json"}


async def post(url: str, first: int, count: int) -> None:
    """Bring `count` deliveries; a line "ready" before and "done" after."""
    made = [delivery(number) for number in range(first, first + count)]
    left = iter(made)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=POSTERS)) as session:

        async def poster() -> None:
            for body, headers in left:
                async with session.post(url, data=body, headers=headers) as reply:
                    assert reply.status == 200, reply.status

        tell_parent("ready")
        await asyncio.gather(*(poster() for _ in range(POSTERS)))
    tell_parent("done")


def main(what: str, *rest: str) -> None:
    if what == "post":
        uvloop.run(post(rest[0], int(rest[1]), int(rest[2])))
    else:
        uvloop.run({"door": door, "bare": bare}[what](*rest))


if __name__ == "__main__":
    main(*sys.argv[1:])
