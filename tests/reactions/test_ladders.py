"""Whoever does not answer is reminded, an order that nobody has is told above: on real tables, with the clock moved
on. Nothing is kept in memory between the steps, so that every step here could be another process."""

import asyncio
import contextvars
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import events
from core.dispatch import actions as dispatch
from core.dispatch import ladders, settle
from core.dispatch.models import Offer
from core.dispatch.queries import ruleset
from core.dispatch.rules import Step
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock, now
from core.kernel.errors import Refusal
from core.kernel.failpoints import EXIT
from core.kernel.read import fetch, parsed
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job, Order
from core.people.models import Member
from core.timers.actions import run_due
from core.timers.models import Timer
from tests.reactions.ground import Ground, alert

ROOT = Path(__file__).resolve().parents[2]
LADDERS = ("dispatch.reminded", "dispatch.not_reminded", "dispatch.escalated", "dispatch.not_escalated")


@pytest.fixture(autouse=True)
async def hour(ground: Ground) -> AsyncIterator[None]:
    """Only what this is about is due; the clock goes back in the end."""
    await ground.forget("tasks_tasks")
    await Timer.exclude(kind=ladders.ESCALATE).delete()
    yield
    clock.offset = 0


async def rules(
    reminders: tuple[Step, ...] | None = None, escalation: tuple[Step, ...] | None = None, **more: Any
) -> None:
    async with work():
        usual = replace(await ruleset("usual"), mode="offer", width=2, off=("area",))
        usual = replace(usual, reminders=reminders, escalation=escalation)
        await settle.save_ruleset(replace(usual, **more))


async def seek(ground: Ground) -> list[Offer]:
    async with work(SYSTEM):
        await dispatch.seek(ground.job)
    return await Offer.filter(job_id=ground.job).order_by("id")


async def story(ground: Ground) -> list[tuple[str, str, list[str], str | None]]:
    sql = "SELECT kind, facts FROM orders_entries WHERE order_id = $1 AND kind = ANY($2::text[]) ORDER BY id"
    rows = [(row["kind"], parsed(row["facts"])) for row in await fetch(sql, ground.order, list(LADDERS))]
    return [(kind.removeprefix("dispatch."), f["how"], f["names"], f.get("why")) for kind, f in rows]


async def later(ground: Ground, seconds: int) -> set[str]:
    """Who was told by then what the timers had to say."""
    clock.offset = seconds
    sql = "SELECT bot, chat_id, screen, facts FROM outbox_notices WHERE id > $1"
    [seen] = await fetch("SELECT coalesce(max(id), 0) AS id FROM outbox_notices")
    await run_due()
    told = {ground.notice(row) for row in await fetch(sql, seen["id"])}
    return {one for one in told if "reminder" in one or "unclaimed" in one}


REMINDED = {"told pyotr technician.offer.reminder", "told rashid technician.offer.reminder"}
BOTH = ["Пётр Ким", "Рашид Алиев"]


async def test_whoever_does_not_answer_is_reminded_once(ground: Ground) -> None:
    await rules()
    await seek(ground)
    assert await later(ground, 100) == set()
    assert await later(ground, 151) == REMINDED
    assert await later(ground, 200) == set()
    assert await story(ground) == [("reminded", "chat", BOTH, None)]
    assert not await Timer.filter(kind=ladders.REMIND).exists()


async def test_only_those_who_did_not_answer_are_reminded(ground: Ground) -> None:
    await rules()
    for offer in await seek(ground):
        if offer.member_id == ground.world.pyotr:
            async with work(await ground.actor("pyotr")):
                await dispatch.decline(offer.id, "далеко")
    assert await later(ground, 151) == {"told rashid technician.offer.reminder"}


async def test_a_late_step_is_done_once_and_none_after_the_offer(ground: Ground) -> None:
    await rules(((30, "chat"), (60, "chat"), (90, "chat")))
    await seek(ground)
    await later(ground, 70)
    assert len(await story(ground)) == 2
    await later(ground, 80)
    assert len(await story(ground)) == 2
    await later(ground, 301)
    assert len(await story(ground)) == 2
    assert {offer.state for offer in await Offer.filter(job_id=ground.job)} == {"expired"}
    assert not await Timer.filter(kind=ladders.REMIND).exists()


@pytest.mark.parametrize("how", ["sms", "voice"])
async def test_without_an_account_the_step_is_noted(ground: Ground, how: str) -> None:
    await rules(((30, how), (60, "chat")))
    await seek(ground)
    assert await later(ground, 31) == set()
    assert await story(ground) == [("not_reminded", how, BOTH, "no_vendor")]
    assert await later(ground, 61) == REMINDED


async def test_who_has_no_chat_is_noted(ground: Ground) -> None:
    await rules()
    await seek(ground)
    async with work() as w:
        await w.execute("DELETE FROM outbox_addresses WHERE party = $1", member(ground.world.pyotr))
    await later(ground, 151)
    assert await story(ground) == [
        ("reminded", "chat", ["Рашид Алиев"], None), ("not_reminded", "chat", ["Пётр Ким"], "no_chat"),
    ]  # fmt: skip


async def test_an_answer_ends_the_reminders(ground: Ground) -> None:
    await rules()
    first, _ = await seek(ground)
    assert await Timer.filter(kind__in=(ladders.REMIND, ladders.ESCALATE)).count() == 2
    async with work(await ground.world.actor(member(first.member_id))):
        await dispatch.accept(first.id)
    assert not await Timer.filter(kind__in=(ladders.REMIND, ladders.ESCALATE)).exists()
    await later(ground, 9_999)
    assert await story(ground) == []


async def test_accepting_while_the_reminder_is_due(ground: Ground) -> None:
    """Whoever is first, the job is taken once and nobody is reminded after that."""
    await rules(((10, "chat"), (20, "chat")))
    first, _ = await seek(ground)
    taker = await ground.world.actor(member(first.member_id))

    async def take() -> None:
        async with work(taker):
            await dispatch.accept(first.id)

    clock.offset = 30
    await asyncio.gather(take(), run_due(), run_due())
    clock.offset = 60
    await run_due()
    sql = "SELECT kind FROM orders_entries WHERE order_id = $1 AND kind = ANY($2::text[]) ORDER BY id"
    kinds = [row["kind"] for row in await fetch(sql, ground.order, [*LADDERS, "job.accept"])]
    assert kinds[-1] == "job.accept"
    assert kinds.count("job.accept") == 1
    assert (await Job.get(id=ground.job)).assignee_id == first.member_id
    assert not await Timer.filter(kind=ladders.REMIND).exists()


async def test_a_timer_waits_for_whoever_is_answering(ground: Ground) -> None:
    await rules(((10, "chat"),))
    first, _ = await seek(ground)
    clock.offset = 11
    async with work(await ground.world.actor(member(first.member_id))):
        await orders.locked_job(ground.job)
        await asyncio.create_task(run_due(), context=contextvars.Context())
    assert await story(ground) == []
    clock.offset = 20
    await run_due()
    assert await story(ground) == [("reminded", "chat", BOTH, None)]


async def test_the_manager_hears_of_an_order_that_nobody_has(ground: Ground) -> None:
    assert await later(ground, 800) == set()
    assert await later(ground, 901) == {alert("unclaimed")}
    [row] = await fetch("SELECT party, bot, facts FROM outbox_notices WHERE facts ->> 'kind' = 'unclaimed'")
    assert (row["party"], row["bot"]) == (member(ground.world.admin), "dispatcher")
    assert parsed(row["facts"])["seconds"] == 900
    assert await later(ground, 9_999) == set()
    assert await story(ground) == [("escalated", "chat", ["Анна Серова"], None)]


async def test_the_ladder_goes_up_and_begins_anew_with_the_job(ground: Ground) -> None:
    await rules(None, ((60, "group"), (120, "chat"), (180, "sms")), manager="dispatcher")
    async with work(SYSTEM):
        await ladders.watch(ground.job)
    up = [("escalated", "group", [], None), ("escalated", "chat", ["Дмитрий Орлов"], None),
          ("not_escalated", "sms", ["Дмитрий Орлов"], "no_vendor")]  # fmt: skip
    for n, seconds in enumerate((61, 121, 181), 1):
        await later(ground, seconds)
        assert await story(ground) == up[:n]
    await ground.at("assigned")
    assert not await Timer.filter(kind=ladders.ESCALATE).exists()
    async with work(await ground.world.actor(member(ground.world.dispatcher))):
        await orders.unassign(ground.job, "заболел")
    clock.offset = 181 + 59
    await run_due()
    assert len(await story(ground)) == 3
    clock.offset = 181 + 62
    await run_due()
    assert (await story(ground))[3:] == up[:1]


async def test_what_is_wanted_next_week_may_wait(ground: Ground) -> None:
    wanted = now() + timedelta(days=7)
    async with work(await ground.world.actor(member(ground.world.dispatcher))):
        await orders.reschedule(ground.order, wanted, wanted + timedelta(hours=3))
    day = 86_400
    assert await later(ground, 5 * day) == set()
    assert await later(ground, 6 * day + 905) == {alert("unclaimed")}


async def test_an_order_that_was_moved_is_told_of_again_when_its_new_time_is_near(ground: Ground) -> None:
    assert await later(ground, 901) == {alert("unclaimed")}
    wanted = now() + timedelta(days=3)
    async with work(await ground.world.actor(member(ground.world.dispatcher))):
        await orders.reschedule(ground.order, wanted, wanted + timedelta(hours=3))
    day = 86_400
    assert await later(ground, day) == set()
    assert await later(ground, 2 * day + 1_900) == {alert("unclaimed")}


async def test_after_a_long_outage_each_step_is_done_once(ground: Ground) -> None:
    await rules(None, ((60, "group"), (120, "chat"), (99_999, "chat")))
    async with work(SYSTEM):
        await ladders.watch(ground.job)
    await later(ground, 9_000)
    await later(ground, 9_100)
    assert [(kind, how) for kind, how, _, _ in await story(ground)] == [("escalated", "group"), ("escalated", "chat")]
    timer = await Timer.get(kind=ladders.ESCALATE)
    assert timer.due_at == (await Job.get(id=ground.job)).created_at + timedelta(seconds=99_999)


async def test_offers_do_not_begin_the_ladder_anew(ground: Ground) -> None:
    await later(ground, 901)
    await seek(ground)
    assert not await Timer.filter(kind=ladders.ESCALATE).exists()


async def test_a_more_urgent_order_climbs_by_its_own_ladder(ground: Ground) -> None:
    async with work():
        pressing = replace(await ruleset("usual"), code="now", name={"ru": "Срочно", "en": "Now"}, id=0)
        pressing = replace(pressing, when={"priorities": ["urgent"]}, escalation=((120, "chat"),))
        await settle.save_ruleset(pressing)
    async with work(await ground.world.actor(member(ground.world.dispatcher))):
        await orders.set_priority(ground.order, "urgent")
    await later(ground, 121)
    assert await story(ground) == [("escalated", "chat", ["Анна Серова"], None)]


async def test_nobody_above_and_no_group_are_noted(ground: Ground) -> None:
    await rules(None, ((60, "group"), (120, "chat")))
    async with work(SYSTEM):
        await ladders.watch(ground.job)
    await Order.filter(id=ground.order).update(group_id=None)
    await Member.filter(id=ground.world.admin).update(active=False)
    await later(ground, 121)
    assert await story(ground) == [("not_escalated", "group", [], "no_group"), ("not_escalated", "chat", [], "nobody")]


async def test_the_group_is_told_again(ground: Ground) -> None:
    event = events.JobUnclaimed(ground.order, ground.job, "group", 600)
    assert await ground.after(event) == {alert("unclaimed")}


async def test_those_asked_are_told_under_their_offer(ground: Ground) -> None:
    await rules()
    ids = tuple(offer.id for offer in await seek(ground))
    assert await ground.after(events.OffersUnanswered(ground.order, ground.job, "chat", ids)) == REMINDED
    rows = await fetch("SELECT reply_to FROM outbox_notices WHERE screen = 'technician.offer.reminder' ORDER BY id")
    assert [row["reply_to"] for row in rows] == [f"offer:{number}" for number in ids]


async def test_a_role_that_may_not_decide_is_no_manager(ground: Ground) -> None:
    for role in ("technician", "nobody"):
        with pytest.raises(Refusal) as refused:
            await rules(manager=role)
        assert refused.value.data["field"] == "manager"


async def test_a_cancelled_order_climbs_no_further(ground: Ground) -> None:
    async with work(await ground.world.actor(contact(ground.world.olga))):
        await orders.cancel(ground.order, "передумали")
    assert not await Timer.filter(kind=ladders.ESCALATE).exists()
    await later(ground, 9_999)
    assert await story(ground) == []


PROCESS = """
import asyncio, sys
import core.reactions
from core.kernel.clock import clock
from core.kernel.database import database
from core.timers.actions import run_due

async def main():
    async with database(sys.argv[1], pool=2):
        for seconds in sys.argv[2:]:
            clock.offset = float(seconds)
            await run_due()

asyncio.run(main())
"""


async def process(desk: str, *seconds: int, dies: str = "") -> int | None:
    """Another process, which knows only the tables, does what is due by then."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NARYAD_FAILPOINT": dies}
    what = (sys.executable, "-c", PROCESS, desk, *map(str, seconds))
    return await (await asyncio.create_subprocess_exec(*what, env=env)).wait()


async def test_another_process_goes_on_where_one_died(ground: Ground, desk: str) -> None:
    """The first dies in the midst of the first reminder, the second does all that is due, each once."""
    await rules(((60, "chat"), (120, "chat")), ((90, "group"),))
    await seek(ground)
    assert await process(desk, 61, dies="timers.before_commit:1") == EXIT
    assert await story(ground) == []
    assert await process(desk, 62, 121, 122) == 0
    first, group = ("reminded", "chat", BOTH, None), ("escalated", "group", [], None)
    assert sorted(await story(ground)) == sorted([first, group, first])
    sql = "SELECT count(*) FROM outbox_notices WHERE screen = 'technician.offer.reminder'"
    assert (await fetch(sql))[0]["count"] == 4
