"""Whatever a system answers when it is asked, it is named in plain words and asked again later."""

import asyncio

import pytest
from aiohttp import web

import core.reactions
import core.sources.polls.worker  # noqa: F401
from core import ports
from core.inbox.models import Delivery
from core.kernel.errors import Refusal
from core.sources.models import Poll, Source
from core.sources.polls.schedule import KIND
from core.tasks.models import Task
from tests.hooks.conftest import Resolver
from tests.sources.crm import Answer, Crm, again, connect, drain, follow, pause, thing
from tests.world import World
from webhooks.fetch import web as outside


def status(code: int, **headers: str) -> Answer:
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: web.Response(status=code, headers=known, text="<html>нет</html>")


def raw(text: bytes, **headers: str) -> Answer:
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: web.Response(body=text, headers=known)


BAD: dict[str, tuple[Answer, str]] = {
    "401": (status(401), "denied"),
    "403": (status(403), "denied"),
    "404": (status(404), "missing"),
    "429": (status(429, Retry_After="7200"), "slow_down"),
    "400": (status(400), "status"),
    "500": (status(500), "theirs"),
    "503": (status(503), "theirs"),
    "to a private address": (status(302, Location="http://127.0.0.1:1/x"), "moved"),
    "no JSON": (raw(b"<html>login</html>"), "not_json"),
    "no text": (raw(b"\xff\xfe\x00{"), "not_json"),
    "empty": (raw(b""), "not_json"),
    "NaN": (raw(b"[NaN]"), "not_json"),
    "deep": (raw(b"[" * 100_000), "not_json"),
    "packed": (raw(b"[]", Content_Encoding="gzip"), "packed"),
    "30 MB": (raw(b"[" + b" " * (30 << 20) + b"]"), "too_long"),
    "brackets": (raw(b"[" + b"{}," * 1_100_000 + b"{}]"), "too_long"),
    "no list": (raw(b'{"items": []}'), "no_list"),
    "no keys": (raw(b'[{"name": "x"}]'), "no_key"),
    "numbers": (raw(b"[1, 2]"), "no_key"),
}


async def test_bad_answers_are_named_and_asked_later(crm: Crm, world: World) -> None:
    await connect(crm, world)
    found = {}
    for number, (name, (answer, _)) in enumerate(BAD.items(), start=1):
        crm.answer = answer
        poll = await again()
        found[name] = poll.trouble
        assert (poll.failures, await Task.filter(kind=KIND, state="queued").count()) == (number, 1), name
        usual = min(5 * 60 * 2 ** (number - 1), 3600)
        assert pause(poll).total_seconds() == (7200 if name == "429" else usual), name
    assert found == {name: code for name, (_, code) in BAD.items()}
    assert await Delivery.all().count() == 0


async def test_no_answer(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.polls.page.PATIENCE_S", 0.2)

    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    crm.answer = never
    await connect(crm, world)
    await drain()
    assert (await Poll.get()).trouble == "timeout"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/x", "https://169.254.169.254/x", "https://localhost/", "ftp://a.b"]
)
async def test_addresses_inside_are_refused(crm: Crm, world: World, address: str) -> None:
    with pytest.raises(Refusal) as refused:
        await connect(crm, world, poll_url=address)
    assert refused.value.data["field"] == "poll_url"


async def test_a_name_that_leads_inside_is_not_called(crm: Crm, world: World) -> None:
    async with outside([], Resolver({"out.example": [["10.0.0.1"]]})) as power:
        ports.use(web=power)
        await connect(crm, world, poll_url="https://out.example/orders")
        await drain()
    assert (await Poll.get()).trouble == "inside"


async def test_things_that_can_not_be_taken_are_counted_and_the_others_come(crm: Crm, world: World) -> None:
    crm.answer = lambda request: [thing(1), {"title": "x"}, thing(2, blob="a" * (1 << 19)), thing(1), None]
    await connect(crm, world)
    await drain()
    assert await follow() == ["order"]
    row = await Source.get(id="crm")
    assert (row.refused, (await Poll.get()).came) == (3, 1)


async def test_a_secret_is_not_told_to_another_server(crm: Crm, world: World) -> None:
    crm.answer = lambda request: {"items": [thing(1)], "next": "https://evil.example/x"}
    await connect(crm, world, poll_list="items", poll_next="next")
    await drain()
    assert (await Poll.get()).trouble == "elsewhere"
    assert await follow() == ["order"]
