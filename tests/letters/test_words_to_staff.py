"""A technician who does not answer, and a manager, are told by a real vendor's SMS or call."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

import bot.technician.app  # noqa: F401 - the screens
import core.reactions  # noqa: F401
from bot.letters.sender import Sender
from core import ports
from core.adapters.texters import texter
from core.channels.actions import undelivered
from core.dispatch import actions as dispatch
from core.dispatch import ladders, settle
from core.dispatch.queries import ruleset
from core.kernel.actor import SYSTEM, member
from core.kernel.clock import clock
from core.kernel.read import fetch, parsed
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.outbox.keys import notice_key
from core.outbox.models import Notice
from core.people.models import Member
from core.schedule import actions as schedule
from core.timers.actions import run_due
from core.timers.models import Timer
from tests.letters.vendors import BAD_NUMBER, GOOD, WORDS, Town
from tests.world import World
from webhooks.fetch import Web

PYOTR, ANNA = "+79160000003", "+79160000001"


@pytest.fixture
async def order(world: World, vendors: Town, outside: Web) -> AsyncIterator[int]:
    """Offered to Pyotr for five minutes: an SMS after one, a call after two; the manager hears of it after an hour."""
    ports.use_texter("sms", texter("sms", vendors.url("twilio"), outside))
    ports.use_texter("voice", texter("voice", vendors.url("vonage"), outside))
    async with work(await world.actor(member(world.pyotr))):
        await schedule.open_shift(world.pyotr)
    async with work():
        usual = await ruleset("usual")
        ladder = {"reminders": ((60, "sms"), (120, "voice")), "escalation": ((3600, "sms"), (3660, "voice"))}
        await settle.save_ruleset(replace(usual, **ladder))
        number = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Не морозит", source="desk")
    async with work(SYSTEM):
        await dispatch.seek((await Job.get(order_id=number)).id)
    await Timer.exclude(kind__in=(ladders.REMIND, ladders.ESCALATE)).delete()
    yield number
    clock.offset = 0


async def unreached(number: int) -> list[str]:
    sql = "SELECT facts FROM orders_entries WHERE order_id = $1 AND kind = 'dispatch.unreached' ORDER BY id"
    return [parsed(row["facts"])["reason"] for row in await fetch(sql, number)]


async def test_an_sms_and_then_a_call_in_their_language(order: int, vendors: Town, world: World) -> None:
    await Member.filter(id=world.pyotr).update(locale="en")
    vendors.answer = GOOD["twilio"]
    clock.offset = 61
    await run_due()
    assert await Sender("sms").send_waiting() == 1
    assert WORDS["twilio"](vendors.got[-1]) == (PYOTR, f"Order {order} waits for your answer. Please open the bot.")
    vendors.answer = GOOD["vonage"]
    clock.offset = 121
    await run_due()
    assert await Sender("voice").send_waiting() == 1
    assert WORDS["vonage"](vendors.got[-1])[0] == PYOTR
    assert await Sender("sms").send_waiting() == 0


async def test_the_manager_is_told_how_long(order: int, vendors: Town, world: World) -> None:
    vendors.answer = GOOD["twilio"]
    clock.offset = 3601
    await run_due()
    assert await Sender("sms").send_waiting() == 1
    to, said = WORDS["twilio"](vendors.got[-1])
    assert (to, said) == (ANNA, f"Заявку {order} никто не взял: 1 ч. Назначьте техника.")


async def test_a_number_that_refuses_stands_in_the_history(order: int, vendors: Town) -> None:
    vendors.answer = BAD_NUMBER["twilio"]
    clock.offset = 61
    await run_due()
    await Sender("sms").send_waiting()
    assert (await Notice.get(bot="sms")).state == "failed"
    assert len(await unreached(order)) == 1
    clock.offset = 3601
    await run_due()
    vendors.answer = GOOD["twilio"]
    assert await Sender("sms").send_waiting() == 1


async def test_a_word_that_comes_too_late_is_not_sent(order: int, vendors: Town) -> None:
    clock.offset = 61
    await run_due()
    clock.offset = 301
    await Sender("sms").send_waiting()
    assert vendors.got == []
    assert await unreached(order) == ["too late"]


async def test_what_a_vendor_could_not_deliver_stands_in_the_history_once(order: int, vendors: Town) -> None:
    vendors.answer = GOOD["twilio"]
    clock.offset = 61
    await run_due()
    await Sender("sms").send_waiting()
    key = notice_key((await Notice.get(bot="sms")).id)
    for expected in (order, None):
        async with work():
            assert await undelivered(key, "30006", lasting=True) == expected
    assert await unreached(order) == ["30006"]
