"""The whole way: an order is taken, and a customer without a bot hears of it by a real vendor's SMS or call."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import bot.customer.app  # noqa: F401 - the screens
import core.reactions  # noqa: F401
from bot.letters.sender import ATTEMPTS, Sender
from core import ports
from core.adapters.texters import texter
from core.channels import actions as channels
from core.channels.actions import choose
from core.channels.queries import route_of
from core.channels.rules import after, order_of
from core.customers import actions as customers
from core.guests.queries import opened
from core.kernel.clock import now
from core.kernel.links import links
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.outbox.keys import notice_key, notice_of
from core.outbox.models import Notice
from core.sources import actions as sources
from core.sources.models import Outcome
from core.sources.worker import Follower
from core.timers.models import Timer
from naryad.outgoing import outgoing
from naryad.settings import Settings
from tests.letters.vendors import BAD_NUMBER, GOOD, NO_MONEY, TOKEN, Town
from tests.webhooks.deliveries import FORM, b64, mac, sha256, shape, urlencoded, written
from tests.world import World
from webhooks.fetch import Web
from webhooks.route import HooksDoor

PHONE = "+79165554433"
DESK = "https://cold.example"


@pytest.fixture
def sms(world: World, vendors: Town, outside: Web, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Twilio's SMS, reporting to the source `tw`; Vonage's calls."""
    outgoing(Settings(_env_file=None, sms=vendors.url("twilio", report="tw")), outside)
    monkeypatch.setattr(links, "public", DESK)
    return vendors


@pytest.fixture
async def door(world: World) -> AsyncIterator[TestClient[Any, Any]]:
    async with work():
        await sources.add_source("tw", "twilio", "Twilio", {"auth_token": TOKEN})
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
    await hooks.intake.close()


async def ordered(world: World) -> int:
    async with work():
        contact_id = await customers.guest(world.bakery, "Вера", PHONE, "")
        return await orders.create(
            customer_id=world.bakery, contact_id=contact_id, words="Не греет", address="Мира, 5", source="form"
        )


async def test_a_customer_without_a_bot_gets_an_sms(sms: Town, world: World) -> None:
    sms.answer = GOOD["twilio"]
    number = await ordered(world)
    assert await Sender("sms").send_waiting() == 1
    [got] = sms.got
    notice = await Notice.get(bot="sms")
    assert (got.fields["To"], notice.state) == (PHONE, "sent")
    assert str(number) in got.fields["Body"]
    link = got.fields["Body"].rpartition(f"{DESK}/follow/")[2]
    assert (await opened(link)).order_id == number
    assert got.fields["StatusCallback"] == f"{DESK}/hooks/tw?notice={notice_key(notice.id)}"
    assert await Sender("sms").send_waiting() == 0


async def called(world: World, vendors: Town, outside: Web) -> int:
    """An order whose technician is on the way; calls can be made too."""
    ports.use_texter("voice", texter("voice", vendors.url("vonage"), outside))
    number = await ordered(world)
    async with work():
        job = await Job.get(order_id=number)
        await orders.assign(job.id, world.pyotr)
        await orders.travel(job.id)
    return number


async def test_a_bad_number_is_told_otherwise_and_not_tried_again(sms: Town, world: World, outside: Web) -> None:
    number = await called(world, sms, outside)
    sms.answer = BAD_NUMBER["twilio"]
    await Sender("sms").send_waiting()
    route = await route_of(number)
    assert route is not None
    assert route.channels == ("voice",)


async def test_a_word_that_failed_is_given_up_and_told_otherwise_at_once_or_not_at_all(
    sms: Town, world: World, outside: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between the two would leave the customer untold."""
    await called(world, sms, outside)
    sms.answer = BAD_NUMBER["twilio"]
    failed, states = channels.failed, []

    async def dies(*told: Any, **more: Any) -> bool:
        states.append([one.state for one in await Notice.filter(bot="sms").order_by("id")])
        await failed(*told, **more)
        raise KeyError

    monkeypatch.setattr(channels, "failed", dies)
    with pytest.raises(KeyError):
        await Sender("sms").send_waiting()
    assert states[0][0] == "failed", "both are in one work"
    assert (await Notice.filter(bot="sms").order_by("id").first()).state == "sending"  # type: ignore[union-attr]
    assert not await Notice.filter(bot="voice").exists()


async def test_no_money_says_nothing_of_the_number(sms: Town, world: World, outside: Web) -> None:
    number = await called(world, sms, outside)
    sms.answer = NO_MONEY["twilio"]
    sender = Sender("sms")
    for _ in range(ATTEMPTS * 3):
        sender.later.clear()
        await sender.send_waiting()
    route = await route_of(number)
    assert route is not None
    assert route.channels == ("sms", "voice")
    told = await Notice.filter(bot="voice").values_list("screen", flat=True)
    assert told == ["customer.on_the_way"]
    assert not await Timer.filter(kind="channels.unheard").exists()


async def test_an_sms_that_nobody_answered_is_not_sent_again(sms: Town, world: World) -> None:
    await ordered(world)
    sms.answer = None
    sender = Sender("sms")
    await sender.send_waiting()
    sms.answer = GOOD["twilio"]
    await sender.send_waiting()
    assert (len(sms.got), (await Notice.get(bot="sms")).state) == (1, "unknown")


@pytest.mark.parametrize(("code", "lasting"), [("30003", False), ("30006", True)])
async def test_an_undelivered_sms_becomes_a_call(
    sms: Town, door: TestClient[Any, Any], world: World, outside: Web, code: str, lasting: bool
) -> None:
    sms.answer = GOOD["twilio"]
    number = await called(world, sms, outside)
    await Sender("sms").send_waiting()
    notice = await Notice.get(bot="sms", screen="customer.on_the_way")
    fields = shape("twilio", "undelivered") | {"ErrorCode": code}
    path = f"/hooks/tw?notice={notice_key(notice.id)}"
    signed = DESK + path + "".join(name + value for name, value in sorted(fields.items()))
    headers = {"X-Twilio-Signature": b64(mac(TOKEN, signed.encode(), "sha1")), FORM[0]: FORM[1]}
    for _ in range(2):
        async with door.post(path, data=urlencoded(fields), headers=headers) as answer:
            assert answer.status == 200
    async with door.post(path, data=urlencoded(fields), headers={**headers, "X-Twilio-Signature": "x"}) as answer:
        assert answer.status == 401
    follower = Follower()
    while await follower.run_one():
        pass
    assert (await Notice.get(id=notice.id)).state == "failed"
    sms.answer = GOOD["vonage"]
    sms.got.clear()
    assert await Sender("voice").send_waiting() == 1
    assert str(number) in sms.got[0].said["ncco"][0]["text"]
    route = await route_of(number)
    assert route is not None
    assert route.channels == (("voice",) if lasting else ("sms", "voice"))


SMSC_WORD, VONAGE_KEY = "a word of the account", "a-signature-secret-of-thirty-two-chars"


@pytest.fixture
async def reports(world: World, vendors: Town, outside: Web, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """SMSC.ru's SMS and Vonage's calls, and the pages where both report."""
    outgoing(Settings(_env_file=None, sms=vendors.url("smsc")), outside)
    ports.use_texter("voice", texter("voice", vendors.url("vonage", report="vg"), outside))
    monkeypatch.setattr(links, "public", DESK)
    async with work():
        await sources.add_source("sm", "smsc", "SMSC", {"secret": SMSC_WORD})
        await sources.add_source("vg", "vonage", "Vonage", {"signature_secret": VONAGE_KEY})
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
    await hooks.intake.close()


async def on_the_way(world: World) -> int:
    number = await ordered(world)
    async with work():
        job = await Job.get(order_id=number)
        await orders.assign(job.id, world.pyotr)
        await orders.travel(job.id)
    return number


async def smsc_reports(door: Any, notice_id: int, status: int, phone: str = PHONE, word: str = SMSC_WORD) -> int:
    fields = {"id": str(notice_id), "phone": phone.removeprefix("+"), "status": str(status), "err": "0"}
    signed = f"{fields['id']}:{fields['phone']}:{status}:{word}"
    fields["sha1"] = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
    return await brought(door, "/hooks/sm", urlencoded(fields), {FORM[0]: FORM[1]})


async def vonage_reports(
    door: Any, notice_id: int, status: str, phone: str = PHONE, key: str = VONAGE_KEY, jti: str = "1"
) -> int:
    body = written(shape("vonage", "unanswered") | {"status": status, "to": phone.removeprefix("+")})
    claims = {"iat": int(now().timestamp()), "jti": jti, "payload_hash": sha256(body)}
    parts = [base64.urlsafe_b64encode(written(one)).decode().rstrip("=") for one in ({"alg": "HS256"}, claims)]
    proof = base64.urlsafe_b64encode(mac(key, ".".join(parts).encode())).decode().rstrip("=")
    headers = {"Authorization": "Bearer " + ".".join([*parts, proof]), "Content-Type": "application/json"}
    return await brought(door, f"/hooks/vg?notice={notice_key(notice_id)}", body, headers)


async def brought(door: Any, path: str, body: bytes, headers: dict[str, str]) -> int:
    async with door.post(path, data=body, headers=headers) as answer:
        status: int = answer.status
    follower = Follower()
    while await follower.run_one():
        pass
    return status


async def came_of_them() -> list[str]:
    return [str(what) for what in await Outcome.all().order_by("delivery_id").values_list("what", flat=True)]


async def test_an_sms_that_expired_becomes_a_call(reports: Any, vendors: Town, world: World) -> None:
    vendors.answer = GOOD["smsc"]
    number = await on_the_way(world)
    await Sender("sms").send_waiting()
    notice = await Notice.get(bot="sms", screen="customer.on_the_way")
    assert str(notice.id) in [got.fields["id"] for got in vendors.got]
    assert await smsc_reports(reports, notice.id, 3, word="another") == 401
    assert await smsc_reports(reports, notice.id, 3, phone="+79990000000") == 200
    assert await smsc_reports(reports, 10**9, 3) == 200
    assert (await came_of_them(), (await Notice.get(id=notice.id)).state) == (["nothing", "nothing"], "sent")
    for _ in range(2):
        assert await smsc_reports(reports, notice.id, 3) == 200
    assert (await Notice.get(id=notice.id)).state == "failed"
    assert await came_of_them() == ["nothing", "nothing", "undelivered"]
    assert await Notice.filter(bot="voice").values_list("screen", flat=True) == ["customer.on_the_way"]
    vendors.answer = GOOD["vonage"]
    vendors.got.clear()
    assert await Sender("voice").send_waiting() == 1
    call = await Notice.get(bot="voice")
    assert vendors.got[0].said["event_url"] == [f"{DESK}/hooks/vg?notice={notice_key(call.id)}"]
    assert str(number) in vendors.got[0].said["ncco"][0]["text"]


async def test_an_sms_that_arrived_is_not_told_again(reports: Any, vendors: Town, world: World) -> None:
    """Also where nobody had answered, and where a report of the contrary comes late."""
    vendors.answer = None
    await on_the_way(world)
    await Sender("sms").send_waiting()
    notice = await Notice.get(bot="sms", screen="customer.on_the_way")
    assert notice.state == "unknown"
    assert await smsc_reports(reports, notice.id, 1) == 200
    fresh = await Notice.get(id=notice.id)
    assert (fresh.state, fresh.error, fresh.delivered_at is not None) == ("sent", None, True)
    assert await smsc_reports(reports, notice.id, 20) == 200
    assert (await Notice.get(id=notice.id)).state == "sent"
    assert not await Notice.filter(bot="voice").exists()


async def test_a_call_that_nobody_took_becomes_an_sms(reports: Any, vendors: Town, world: World) -> None:
    async with work():
        await choose(world.bakery, [], ["voice", "sms"])
    vendors.answer = GOOD["vonage"]
    await on_the_way(world)
    await Sender("voice").send_waiting()
    call = await Notice.get(bot="voice")
    assert call.state == "sent"
    assert await vonage_reports(reports, call.id, "busy", key="x" * 32) == 401
    assert await vonage_reports(reports, call.id, "busy", phone="+79990000000", jti="0") == 200
    assert (await Notice.get(id=call.id)).state == "sent"
    for jti in ("1", "2"):
        assert await vonage_reports(reports, call.id, "unanswered", jti=jti) == 200
    assert (await Notice.get(id=call.id)).state == "failed"
    assert await Notice.filter(bot="sms", screen="customer.on_the_way").count() == 1
    assert await came_of_them() == ["nothing", "undelivered"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [("naryad-7", 7), ("naryad-", None), ("7", None), ("naryad-²", None), ("naryad-" + "9" * 30, None), ("", None)],
)
def test_a_key_names_its_notice(key: str, expected: int | None) -> None:
    assert notice_of(key) == expected


def test_what_was_tried_is_not_tried_again() -> None:
    assert after("sms", ("email", "sms", "voice")) == ["voice"]
    assert after("voice", ("email", "voice")) == []
    assert after("bot", ("email", "sms")) == ["email", "sms"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({"order_number": 5}, 5), ({"order": {"number": 6}}, 6), ({"number": 7}, 7), ({}, None)],
)
def test_any_notice_knows_its_order(facts: dict[str, Any], expected: int | None) -> None:
    assert order_of(facts) == expected
