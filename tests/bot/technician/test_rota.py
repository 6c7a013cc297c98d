"""The rota in the chat: two weeks of it, days off, swaps that both and a dispatcher agree to, the calendar."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import bot.dispatcher.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.dispatcher.routes import routes as dispatcher_routes
from bot.shared.calendar import day_code
from bot.technician.routes import routes
from core.chats import actions as chats
from core.dispatch.queries import ranking
from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.errors import Refusal
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.people import actions as people
from core.schedule import actions as schedule
from core.schedule import queries
from core.timers.actions import run_due
from tests.bot.conftest import Call
from tests.bot.messenger import public_address
from tests.bot.play import Phone
from tests.world import World

MOSCOW = ZoneInfo("Europe/Moscow")
DAY = timedelta(days=1)
GROUP = -1001


@dataclass
class Crew:
    """`day` is the day after tomorrow; Pyotr works on it from 8 to 20, Rashid on the day after."""

    world: World
    pyotr: Phone
    rashid: Phone
    desk: Phone
    day: date
    shift: int
    other: int

    async def look(self) -> None:
        for phone in (self.pyotr, self.rashid, self.desk):
            phone.seen = []
            await phone.look()


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=MOSCOW) + timedelta(hours=hour)


@pytest.fixture
async def crew(world: World) -> Crew:
    async with work(await world.actor(member(world.dispatcher))) as w:
        await chats.bind_group(GROUP, "Диспетчерская", True)
        await w.execute("DELETE FROM schedule_shifts")
        day = now().astimezone(MOSCOW).date() + 2 * DAY
        shift = await schedule.plan_shift(world.pyotr, at(day, 8), at(day, 20))
        other = await schedule.plan_shift(world.rashid, at(day + DAY, 20), at(day + DAY, 32))
    people_ = [Phone(routes, world.tg(member(one))) for one in (world.pyotr, world.rashid)]
    desk = Phone(dispatcher_routes, world.tg(member(world.dispatcher)), chat=GROUP)
    return Crew(world, *people_, desk, day, shift, other)


async def owners(crew: Crew) -> tuple[int, int]:
    rows = await fetch("SELECT id, member_id FROM schedule_shifts")
    found = {row["id"]: row["member_id"] for row in rows}
    return found[crew.shift], found[crew.other]


async def test_two_weeks_at_a_glance(crew: Crew) -> None:
    async with work(await crew.world.actor(member(crew.world.dispatcher))):
        await schedule.enter_absence(crew.world.pyotr, "training", crew.day + DAY, crew.day + DAY)
        await schedule.plan_duty(crew.world.pyotr, at(crew.day, 20), at(crew.day, 24))
    await crew.pyotr.command("rota")
    text = crew.pyotr.shown("technician.rota").view.text
    assert "<b>08:00–20:00</b>" in text
    assert "🎓 Учёба" in text
    assert "📟 На дежурстве" in text
    assert len(crew.pyotr.last.facts["days"]) == 14


async def offer(crew: Crew, back: bool) -> None:
    await crew.pyotr.command("rota")
    await crew.pyotr.tap("rota.give")
    await crew.pyotr.tap("give.shift")
    names = [button.label for row in crew.pyotr.last.view.rows for button in row]
    assert names[:2] == ["Рашид Алиев", "Светлана Юрьева"]
    await crew.pyotr.tap("give.to")
    await crew.pyotr.tap("give.offer", str(crew.other) if back else "")
    assert crew.pyotr.refused is None


@pytest.mark.parametrize("back", [False, True])
async def test_a_swap_is_agreed_by_both_and_approved(crew: Crew, back: bool) -> None:
    await offer(crew, back)
    await crew.look()
    assert crew.rashid.screens == ["technician.swap"]
    assert crew.desk.screens == []
    await crew.rashid.tap("swap.agree")
    await crew.look()
    assert "Ждём диспетчера" in crew.pyotr.last.view.text
    assert await owners(crew) == (crew.world.pyotr, crew.world.rashid)
    await crew.desk.tap("swap.approve")
    assert crew.desk.refused is None
    crew.rashid.seen, crew.pyotr.seen = [], []
    await crew.rashid.look()
    await crew.pyotr.look()
    assert "смена теперь ваша" in crew.rashid.last.view.text
    assert crew.rashid.last.card is None
    assert await owners(crew) == (crew.world.rashid, crew.world.pyotr if back else crew.world.rashid)
    async with work():
        await schedule.draw(crew.world.pyotr)
    assert (await owners(crew))[0] == crew.world.rashid


async def swap_of(crew: Crew, agreed: bool = True) -> int:
    async with work(await crew.world.actor(member(crew.world.pyotr))):
        number = await schedule.offer_swap(crew.shift, crew.world.rashid)
    if agreed:
        async with work(await crew.world.actor(member(crew.world.rashid))):
            await schedule.answer_swap(number, True)
    return number


async def test_of_two_approvals_one_counts(crew: Crew) -> None:
    number = await swap_of(crew)
    boss = await crew.world.actor(member(crew.world.dispatcher))

    async def approve(yes: bool) -> str:
        try:
            async with work(boss):
                await schedule.decide_swap(number, yes)
        except Refusal as refusal:
            return refusal.code
        return "done"

    told = await asyncio.gather(approve(True), approve(True), approve(False))
    assert sorted(told) == ["done", "schedule.swap_over", "schedule.swap_over"]


async def test_what_a_swap_meets_on_its_way(crew: Crew) -> None:
    """The colleague fell ill, has a shift by then, left; the shift left the rota; the time came."""
    boss, world = await crew.world.actor(member(crew.world.dispatcher)), crew.world
    number = await swap_of(crew)
    async with work(boss):
        ill = await schedule.enter_absence(world.rashid, "sick", crew.day, crew.day)
    with pytest.raises(Refusal, match="swap_absent"):
        async with work(boss):
            await schedule.decide_swap(number, True)
    async with work(boss):
        await schedule.cancel_absence(ill)
        extra = await schedule.plan_shift(world.rashid, at(crew.day, 12), at(crew.day, 13))
    with pytest.raises(Refusal, match="swap_busy"):
        async with work(boss):
            await schedule.decide_swap(number, True)
    async with work():
        await schedule.unplan_shift(extra)
        await people.deactivate_member(world.rashid)
    with pytest.raises(Refusal, match="swap_left"):
        async with work(boss):
            await schedule.decide_swap(number, True)
    async with work():
        await people.activate_member(world.rashid)
        await schedule.unplan_shift(crew.shift)
    assert (await queries.swap(number)).state == "gone"
    with pytest.raises(Refusal, match="swap_over"):
        async with work(boss):
            await schedule.decide_swap(number, True)


async def test_a_swap_expires_when_the_shift_begins(crew: Crew) -> None:
    number = await swap_of(crew)
    clock.offset = (at(crew.day, 8) - now()).total_seconds() + 1
    with pytest.raises(Refusal, match="swap_over"):
        async with work(await crew.world.actor(member(crew.world.dispatcher))):
            await schedule.decide_swap(number, True)
    await run_due()
    assert (await queries.swap(number)).state == "expired"
    await crew.look()
    assert "не успели" in crew.pyotr.last.view.text
    assert crew.desk.last.view.rows == ()


async def test_who_may_not_swap_what(crew: Crew) -> None:
    world = crew.world
    pyotr, rashid = [await world.actor(member(one)) for one in (world.pyotr, world.rashid)]
    wrong: list[tuple[Any, tuple[Any, ...], str]] = [
        (pyotr, (crew.shift, world.pyotr), "swap_self"),
        (rashid, (crew.shift, world.rashid), "not_allowed"),
        (pyotr, (crew.other, world.rashid), "not_allowed"),
        (pyotr, (crew.shift, world.dispatcher), "swap_left"),
        (pyotr, (crew.shift, 999), "swap_left"),
        (pyotr, (999, world.rashid), "not_found"),
        (pyotr, (crew.shift, world.svetlana, crew.other), "swap_not_theirs"),
    ]
    for actor, args, code in wrong:
        with pytest.raises(Refusal, match=code):
            async with work(actor):
                await schedule.offer_swap(*args)
    number = await swap_of(crew, agreed=False)
    with pytest.raises(Refusal, match="swap_taken"):
        async with work(pyotr):
            await schedule.offer_swap(crew.shift, world.svetlana)
    with pytest.raises(Refusal, match="not_allowed"):
        async with work(pyotr):
            await schedule.answer_swap(number, True)
    await crew.pyotr.look()
    await crew.pyotr.tap("swap.withdraw")
    assert (await queries.swap(number)).state == "withdrawn"
    await crew.rashid.press("swap.agree", number)
    assert crew.rashid.refused == "schedule.swap_over"
    assert await fetchval("SELECT count(*) FROM timers_timers WHERE kind = 'schedule.swap'") == 0


async def ask_for(phone: Phone, first: date, last: date, kind: int = 0) -> None:
    await phone.command("rota")
    await phone.tap("rota.off")
    await phone.press("off.kind", kind)
    await phone.press("off.first", kind, day_code(first))
    await phone.press("off.last", kind, day_code(last), int(day_code(first)))


async def test_days_off_are_asked_for_and_what_is_planned_is_told(crew: Crew, call: Call) -> None:
    world, day = crew.world, crew.day
    async with work(await world.actor(member(world.dispatcher))) as w:
        await orders.assign(call.job, world.pyotr)
        await w.execute(
            "UPDATE orders_jobs SET planned_from = $2, planned_to = $3 WHERE id = $1",
            *(call.job, at(day, 10), at(day, 12)),
        )
    await ask_for(crew.pyotr, day, day + 6 * DAY)
    assert crew.pyotr.refused is None
    await crew.look()
    asked = crew.desk.shown("dispatcher.absence")
    assert f"№\xa0{call.order}" in asked.view.text
    assert asked.facts["shifts"] == 1
    assert len(await queries.working(world.pyotr, at(day, 0), at(day, 24))) == 1
    await crew.desk.tap("absence.approve")
    assert crew.desk.shown("dispatcher.absence").view.rows == ()
    crew.pyotr.seen = []
    await crew.pyotr.look()
    assert crew.pyotr.screens == ["technician.absence", "technician.absence"]
    assert await queries.working(world.pyotr, at(day, 0), at(day, 24)) == []
    await crew.desk.press("absence.refuse", asked.facts["id"])
    assert crew.desk.refused == "schedule.absence_decided"
    await ask_for(crew.pyotr, day + 6 * DAY, day + 8 * DAY)
    assert crew.pyotr.refused == "schedule.absence_overlap"


async def test_whoever_is_away_is_not_asked(crew: Crew, call: Call) -> None:
    """The robot hears of absences: the shift on that day is none."""
    world, day = crew.world, crew.day
    boss = await world.actor(member(world.dispatcher))
    async with work(boss) as w:
        sql = "UPDATE orders_jobs SET planned_from = $2, planned_to = $3 WHERE id = $1"
        await w.execute(sql, call.job, at(day, 10), at(day, 12))

    async def rejected() -> str | None:
        return next(one.rejected for one in await ranking(boss, call.job) if one.member_id == world.pyotr)

    assert await rejected() is None
    async with work(boss):
        number = await schedule.enter_absence(world.pyotr, "sick", day, day)
    assert await rejected() == "absent"
    async with work(boss):
        await schedule.cancel_absence(number)
    assert await rejected() is None


async def test_days_that_can_not_be_asked_for(crew: Crew) -> None:
    pyotr, day = await crew.world.actor(member(crew.world.pyotr)), crew.day
    wrong: list[tuple[tuple[Any, ...], str]] = [
        (("feast", day, day), "absence_kind"),
        (("vacation", day, day - DAY), "bad_period"),
        (("vacation", day - 4 * DAY, day), "absence_past"),
        (("sick", day - 90 * DAY, day), "absence_past"),
        (("vacation", day, day + 3650 * DAY), "long_absence"),
        (("vacation", day + 400 * DAY, day + 700 * DAY), "far_day"),
    ]
    for args, code in wrong:
        with pytest.raises(Refusal, match=code):
            async with work(pyotr):
                await schedule.ask_absence(crew.world.pyotr, *args)
    with pytest.raises(Refusal, match="not_allowed"):
        async with work(pyotr):
            await schedule.ask_absence(crew.world.rashid, "vacation", day, day)
    async with work(pyotr):
        number = await schedule.ask_absence(crew.world.pyotr, "sick", day - 3 * DAY, day)
    async with work(await crew.world.actor(member(crew.world.dispatcher))):
        await schedule.decide_absence(number, True)
    with pytest.raises(Refusal, match="absence_began"):
        async with work(pyotr):
            await schedule.cancel_absence(number)
    for press, extra in (("off.kind", ""), ("off.first", "x"), ("off.last", "m9")):
        await crew.pyotr.press(press, 77, extra)
        assert crew.pyotr.refused == "schedule.absence_kind"
    await crew.pyotr.press("off.first", 0, "20261399")
    assert crew.pyotr.refused == "schedule.bad_period"


async def test_who_is_on_call(crew: Crew) -> None:
    boss, world, day = await crew.world.actor(member(crew.world.dispatcher)), crew.world, crew.day
    async with work(boss):
        await schedule.plan_duty(world.pyotr, at(day, 20), at(day, 32))
        second = await schedule.plan_duty(world.svetlana, at(day, 20), at(day, 24))
    assert [one.name for one in await queries.on_call(at(day, 21))] == ["Пётр Ким", "Светлана Юрьева"]
    assert [one.name for one in await queries.on_call(at(day, 24))] == ["Пётр Ким"]
    assert await queries.on_call(at(day, 32)) == []
    for args, code in (
        ((world.pyotr, at(day, 21), at(day, 22)), "duty_overlap"),
        ((world.rashid, at(day, 21), at(day, 21)), "bad_duty"),
        ((world.rashid, at(day, 0), at(day + 40 * DAY, 0)), "bad_duty"),
    ):
        with pytest.raises(Refusal, match=code):
            async with work(boss):
                await schedule.plan_duty(*args)
    async with work(boss):
        await schedule.enter_absence(world.pyotr, "sick", day, day)
        await schedule.unplan_duty(second)
    assert await queries.on_call(at(day, 21)) == []
    with pytest.raises(Refusal, match="duty_absent"):
        async with work(boss):
            await schedule.plan_duty(world.pyotr, at(day, 0), at(day, 8))
    with pytest.raises(Refusal, match="not_found"):
        async with work(boss):
            await schedule.unplan_duty(second)


async def test_the_calendars_address_is_told_once(crew: Crew) -> None:
    await crew.pyotr.press("rota.calendar")
    await crew.pyotr.tap("calendar.make")
    assert crew.pyotr.refused == "schedule.no_address"
    with public_address():
        await crew.pyotr.press("calendar.make")
    url = crew.pyotr.last.facts["url"]
    secret = url.removeprefix("https://desk.example/calendar/").removesuffix(".ics")
    assert await queries.calendar_owner(secret) == crew.world.pyotr
    assert await queries.calendar_owner(secret[:-1]) is None
    await crew.pyotr.press("rota.calendar")
    assert secret not in crew.pyotr.last.view.text
    with public_address():
        await crew.pyotr.tap("calendar.make")
    assert await queries.calendar_owner(secret) is None
    await crew.pyotr.tap("calendar.revoke")
    assert await queries.calendar_since(crew.world.pyotr) is None
