"""Telegram's door: only Telegram comes in, and only what is kept is acknowledged."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import orjson
import pytest
from aiohttp import web

from bot.telegram.intake import Intake
from bot.telegram.webhook import HEADER, MOST_BYTES, WebhookDoor, secret_of
from core.inbox import queries
from core.presence.rules import Position

MOVES: list[Position] = []


@pytest.fixture
async def url(desk: str) -> AsyncIterator[str]:
    MOVES.clear()

    async def moved(batch: list[Position]) -> None:
        MOVES.extend(batch)

    app = web.Application()
    WebhookDoor({"customer": Intake("customer", moved)}).add_to(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/tg"
    await runner.cleanup()


# The plumbing's own fixture is named like the toy desk's: this one is the empty desk.
@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[str]:
    from core.kernel import ids
    from core.kernel.database import database

    ids.use(ids.Keys(["a secret that only tests know"]))
    async with database(database_url):
        yield database_url


async def post(url: str, body: bytes, secret: str | None = None, bot: str = "customer") -> int:
    headers = {HEADER: secret_of("customer") if secret is None else secret}
    async with aiohttp.ClientSession() as session, session.post(f"{url}/{bot}", data=body, headers=headers) as reply:
        return reply.status


def message(number: int, **more: object) -> bytes:
    body = {"message_id": number, "date": 1, "chat": {"id": 5, "type": "private"}, **more}
    return orjson.dumps({"update_id": number, "message": body})


async def test_an_update_is_kept_before_it_is_acknowledged_and_only_once(url: str) -> None:
    assert set(await asyncio.gather(*(post(url, message(n % 10)) for n in range(30)))) == {200}
    assert await queries.backlog() == {"tg:customer": 10}
    (first, *_) = await queries.undone("tg:customer")
    assert first.lane == 5


@pytest.mark.parametrize("secret", ["", "wrong", "almost"])
async def test_a_forged_secret_stays_outside(url: str, secret: str) -> None:
    assert await post(url, message(1), secret) == 401
    assert await queries.backlog() == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"update_id": "x"}', b"null"])
async def test_what_is_no_update_is_refused(url: str, body: bytes) -> None:
    assert await post(url, body) == 400


async def test_an_unknown_bot_and_an_endless_body_are_refused(url: str) -> None:
    assert await post(url, message(1), bot="stranger") == 404
    assert await post(url, b"x" * (MOST_BYTES + 10)) == 413
    assert await queries.backlog() == {}


async def test_a_live_location_that_moved_skips_the_inbox(url: str) -> None:
    place = {"latitude": 55.7, "longitude": 37.6, "live_period": 900, "horizontal_accuracy": 12.0}
    body = {"message_id": 9, "date": 1, "edit_date": 60, "chat": {"id": 5}, "from": {"id": 7}, "location": place}
    assert await post(url, orjson.dumps({"update_id": 3, "edited_message": body})) == 200
    (move,) = MOVES
    assert move == ("customer", 5, 9, 55.7, 37.6, 12.0, 60)
    assert await queries.backlog() == {}
