"""The whole way: a customer who came by WhatsApp is told there, and otherwise when it fails."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import bot.customer.app  # noqa: F401 - the screens
import core.reactions  # noqa: F401
from bot.letters.sender import ATTEMPTS, Sender
from core import ports
from core.adapters.console import ConsoleTexter
from core.adapters.memory import Memory
from core.channels.actions import choose
from core.channels.queries import route_of
from core.chats import actions as chats
from core.customers import actions as customers
from core.files import actions as files
from core.guests.queries import opened
from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.links import links
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.outbox.keys import notice_key
from core.outbox.models import Notice
from core.sources import actions as sources
from core.sources import talks
from core.sources.models import Outcome, Said
from core.sources.worker import Follower
from core.timers.models import Timer
from naryad.outgoing import outgoing
from naryad.settings import Settings
from tests.letters.meta import NUMBER, Meta, error
from tests.webhooks.deliveries import mac, written
from tests.world import World
from webhooks.fetch import Web
from webhooks.route import HooksDoor

PHONE = "+79165554433"
DESK = "https://cold.example"
GROUP = -1001


@pytest.fixture
async def meta(world: World, outside: Web, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Meta]:
    """WhatsApp without templates, and SMS to fall back to."""
    made = Meta()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        made.base = f"http://127.0.0.1:{server.port}"
        outgoing(Settings(_env_file=None, whatsapp=made.url()), outside)
        ports.use_texter("sms", ConsoleTexter())
        ports.use(storage=Memory())
        monkeypatch.setattr(links, "public", DESK)
        yield made
        made.over.set()
    ports.use_messenger("whatsapp", None)
    ports.use_texter("sms", None)


@pytest.fixture
async def door(world: World) -> AsyncIterator[Any]:
    async with work():
        await sources.add_source("wa", "whatsapp", "WhatsApp", {"app_secret": "s"})
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
    await hooks.intake.close()


async def ordered(world: World, *, wrote: bool = True) -> int:
    """By somebody who wrote a minute ago, or never."""
    async with work():
        contact_id = await customers.guest(world.bakery, "Вера", PHONE, "")
        if wrote:
            await talks.heard("whatsapp", NUMBER, PHONE, now() - timedelta(minutes=1))
        return await orders.create(
            customer_id=world.bakery, contact_id=contact_id, words="Не греет", address="Мира, 5", source="whatsapp"
        )


async def sets_off(world: World, number: int) -> None:
    async with work():
        job = await Job.get(order_id=number)
        await orders.assign(job.id, world.pyotr)
        await orders.travel(job.id)


async def reported(door: Any, notice_id: int, status: str, *codes: int, to: str = PHONE, id: str = "wamid.9") -> None:
    errors = {"errors": [{"code": code, "title": "Undeliverable"} for code in codes]} if codes else {}
    one = {"id": id, "status": status, "timestamp": "1789999990", "recipient_id": to[1:], **errors}
    one["biz_opaque_callback_data"] = notice_key(notice_id)
    value = {"metadata": {"phone_number_id": NUMBER}, "statuses": [one]}
    body = written({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]})
    headers = {"X-Hub-Signature-256": "sha256=" + mac("s", body).hex()}
    async with door.post("/hooks/wa", data=body, headers=headers) as answer:
        assert answer.status == 200
    follower = Follower()
    while await follower.run_one():
        pass


async def test_who_came_by_whatsapp_is_told_there(meta: Meta, world: World) -> None:
    number = await ordered(world)
    assert await Sender("whatsapp").send_waiting() == 1
    [said] = meta.sent
    notice = await Notice.get(bot="whatsapp")
    assert (said["to"], said["type"], notice.screen, notice.state) == (PHONE[1:], "text", "customer.received", "sent")
    assert said["biz_opaque_callback_data"] == notice_key(notice.id)
    words, _, link = said["text"]["body"].rpartition("\n\n")
    assert str(number) in words
    assert "<" not in words
    assert (await opened(link.removeprefix(f"{DESK}/follow/"))).order_id == number
    kept = await Said.get(message_id="wamid.1")
    assert (kept.order_id, kept.notice_id) == (number, notice.id)
    assert await Sender("whatsapp").send_waiting() == 0


@pytest.mark.parametrize(("text", "kind"), [("Вот смета", "document"), ("слово " * 200, "text")])
async def test_a_paper_of_the_team_goes_along(meta: Meta, world: World, text: str, kind: str) -> None:
    """Under words that have room for it; else it stands on the order's page."""
    number = await ordered(world)
    stored = await files.put_clean(b"%PDF-1.4 x", "document", "смета.pdf")
    async with work(await world.actor(member(world.dispatcher))):
        file_id = await files.store(stored, kind="document")
        await chats.post(number, "customer", text, file_id, to_customer=True)
    await Sender("whatsapp").send_waiting()
    said = meta.sent[-1]
    assert said["type"] == kind
    words = said["document"]["caption"] if kind == "document" else said["text"]["body"]
    assert text.strip() in words
    assert f"{DESK}/follow/" in words
    if kind == "document":
        assert (said["document"]["filename"], said["document"]["id"]) == ("смета.pdf", "92")
    assert not await Notice.filter(bot="whatsapp").exclude(state="sent").exists()


async def test_after_a_day_a_template_goes(meta: Meta, world: World, outside: Web) -> None:
    outgoing(Settings(_env_file=None, whatsapp=meta.url(template="order_news")), outside)
    number = await ordered(world, wrote=False)
    await Sender("whatsapp").send_waiting()
    [said] = meta.sent
    assert (said["type"], said["template"]["name"]) == ("template", "order_news")
    [words] = said["template"]["components"][0]["parameters"]
    assert words["text"].startswith(f"Заявка {number} принята. {DESK}/follow/")
    async with work(await world.actor(member(world.dispatcher))):
        await chats.post(number, "customer", "Мастер\nбудет в пять", to_customer=True)
    await Sender("whatsapp").send_waiting()
    [words] = meta.sent[1]["template"]["components"][0]["parameters"]
    assert "Мастер будет в пять" in words["text"]


async def test_after_a_day_without_a_template_the_next_channel_tells(meta: Meta, world: World) -> None:
    await ordered(world, wrote=False)
    assert await Notice.all().filter(screen="customer.received").values_list("bot", flat=True) == ["sms"]


async def test_a_day_that_ends_while_a_notice_waits(meta: Meta, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told on by SMS, without troubling the dispatchers; the number is good."""
    async with work(await world.actor(member(world.dispatcher))):
        await chats.bind_group(GROUP, "Диспетчерская", False)
    number = await ordered(world)
    monkeypatch.setattr(clock, "offset", 24 * 3600)
    await Sender("whatsapp").send_waiting()
    assert meta.sent == []
    assert (await Notice.get(bot="whatsapp")).state == "failed"
    assert await Notice.filter(bot="sms").values_list("screen", flat=True) == ["customer.received"]
    assert not await Notice.filter(screen="dispatcher.alert").exists()
    route = await route_of(number)
    assert route is not None
    assert (route.channels, route.carried) == (("whatsapp", "sms"), {"whatsapp": frozenset()})


async def test_a_customer_may_forbid_it(meta: Meta, world: World) -> None:
    async with work():
        await choose(world.bakery, ["whatsapp"], [])
    await ordered(world)
    assert not await Notice.filter(bot="whatsapp").exists()
    assert await Notice.filter(bot="sms").count() == 1


@pytest.mark.parametrize(("code", "left"), [(131026, ("sms",)), (131049, ("whatsapp", "sms"))])
async def test_a_refusal_goes_by_the_next_channel_at_once(meta: Meta, world: World, code: int, left: Any) -> None:
    number = await ordered(world)
    meta.answer = (400, error(code))
    await Sender("whatsapp").send_waiting()
    assert await Notice.filter(bot="sms").values_list("screen", flat=True) == ["customer.received"]
    route = await route_of(number)
    assert route is not None
    assert route.channels == left


async def test_the_end_of_an_order_is_told_by_the_next_channel_too(meta: Meta, world: World) -> None:
    number = await ordered(world)
    await Sender("whatsapp").send_waiting()
    meta.answer = (400, error(131049))
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(number, "передумали")
    await Sender("whatsapp").send_waiting()
    assert await Notice.filter(bot="sms").values_list("screen", flat=True) == ["customer.cancelled"]


async def test_a_broken_account_is_tried_again_then_told_otherwise(meta: Meta, world: World) -> None:
    await ordered(world)
    meta.answer, sender = (429, error(130429)), Sender("whatsapp")
    for _ in range(ATTEMPTS):
        assert not await Notice.filter(bot="sms").exists()
        sender.later.clear()
        await sender.send_waiting()
    assert await Notice.filter(bot="sms").count() == 1


async def test_what_nobody_answered_is_not_sent_again(meta: Meta, door: Any, world: World) -> None:
    await ordered(world)
    meta.answer, sender = None, Sender("whatsapp")
    await sender.send_waiting()
    meta.answer = (0, None)
    await sender.send_waiting()
    notice = await Notice.get(bot="whatsapp")
    assert (len(meta.sent), notice.state) == (1, "unknown")
    await reported(door, notice.id, "delivered")
    assert (await Notice.get(id=notice.id)).state == "sent"


async def test_read_is_no_reaction(meta: Meta, door: Any, world: World) -> None:
    number = await ordered(world)
    await sets_off(world, number)
    await Sender("whatsapp").send_waiting()
    notice = await Notice.get(bot="whatsapp", screen="customer.on_the_way")
    await reported(door, notice.id, "sent")
    assert (await Notice.get(id=notice.id)).delivered_at is None
    await reported(door, notice.id, "read")
    assert (await Notice.get(id=notice.id)).delivered_at is not None
    assert await Timer.filter(kind="channels.unheard", key=f"{number}:customer.on_the_way").exists()
    await reported(door, notice.id, "failed", 131026)
    assert (await Notice.get(id=notice.id)).state == "sent"
    assert await Outcome.all().order_by("delivery_id").values_list("what", flat=True) == [
        "nothing", "delivered", "undelivered",
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "left"), [(131026, ("sms",)), (131047, ("whatsapp", "sms"))])
async def test_what_failed_later_goes_by_the_next_channel_once(
    meta: Meta, door: Any, world: World, code: int, left: Any
) -> None:
    number = await ordered(world)
    await Sender("whatsapp").send_waiting()
    notice = await Notice.get(bot="whatsapp")
    await reported(door, notice.id, "failed", code, to="+79990000000")
    await reported(door, 10**9, "failed", code)
    assert (await Notice.get(id=notice.id)).state == "sent"
    for n in range(2):
        await reported(door, notice.id, "failed", code, id=f"wamid.7{n}")
    assert (await Notice.get(id=notice.id)).state == "failed"
    assert await Notice.filter(bot="sms").values_list("screen", flat=True) == ["customer.received"]
    route = await route_of(number)
    assert route is not None
    assert route.channels == left
    assert await talks.is_open("whatsapp", NUMBER, PHONE) is (code != 131047)


async def test_a_number_that_is_written_otherwise_is_known_by_the_message(meta: Meta, door: Any, world: World) -> None:
    """WhatsApp writes 521… and 54 9… where the telephone has neither 1 nor 9."""
    await ordered(world)
    await Sender("whatsapp").send_waiting()
    notice = await Notice.get(bot="whatsapp")
    await reported(door, notice.id, "delivered", to="+5215512345678", id="wamid.1")
    assert (await Notice.get(id=notice.id)).delivered_at is not None


async def test_what_nobody_else_can_tell_is_shown_to_the_dispatchers(meta: Meta, door: Any, world: World) -> None:
    async with work(await world.actor(member(world.dispatcher))):
        await chats.bind_group(GROUP, "Диспетчерская", False)
    number = await ordered(world)
    async with work(await world.actor(member(world.dispatcher))):
        await chats.post(number, "customer", "Будем в пять", to_customer=True)
    await Sender("whatsapp").send_waiting()
    notice = await Notice.get(bot="whatsapp", screen="customer.message")
    await reported(door, notice.id, "failed", 131049)
    alert = await Notice.get(screen="dispatcher.alert")
    assert (alert.facts["kind"], alert.facts["who"], alert.facts["reason"]) == (
        "unreachable", "Вера", "131049 Undeliverable",
    )  # fmt: skip
