"""More unusual sequences: work that is left, clocks, hours and stars after the order went on."""

from decimal import Decimal

import pytest

import bot.customer.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from core.checklists import actions as checklists
from core.company.queries import company as ours
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock, now
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.timesheet import timesheet
from core.reactions.jobs import unsigned
from core.reports import actions as reports
from core.timers.actions import Due
from tests.bot.conftest import Call, on_site
from tests.bot.play import Phone

STATE = "SELECT state FROM orders_orders"


pytestmark = pytest.mark.usefixtures("no_photos")


async def time_is_over(call: Call) -> None:
    async with work(SYSTEM):
        await unsigned(Due("orders.auto_close", str(call.order), now(), {}, 1))


async def mended(call: Call, job: int, outcome: str = "done", comment: str = "") -> None:
    """Pyotr is given the job, does it and writes one work down."""
    people = call.world
    async with work(await people.actor(member(people.dispatcher))):
        await orders.assign(job, people.pyotr)
    async with work(await people.actor(member(people.pyotr))):
        await orders.travel(job)
        await orders.arrive(job)
        await reports.set_line(job, people.diagnostics, Decimal(1))
        if comment:
            await reports.set_comment(job, comment)
        if outcome == "done":
            await checklists.answer(job, "clean", True)
            await checklists.answer(job, "temp", -18)
        await orders.finish(job, outcome)


async def reopened(call: Call) -> int:
    async with work(await call.world.actor(contact(call.world.olga))):
        return await orders.reopen(call.order, "Опять")


async def test_a_visit_that_a_step_back_took_back_is_no_decision(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.say("Закрыто")
    await pyotr.tap("again.when", "soon")
    await pyotr.press("job.back", assigned.job)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.say("Всё-таки закрыто")
    await time_is_over(assigned)
    assert await fetchval(STATE) == "done"


async def test_an_order_that_was_mended_after_a_reopening_closes(assigned: Call) -> None:
    async with work(await assigned.world.actor(member(assigned.world.dispatcher))):
        second = await orders.add_job(assigned.order, "Вторая витрина")
    await mended(assigned, assigned.job, "partly")
    await mended(assigned, second)
    await mended(assigned, await reopened(assigned))
    await time_is_over(assigned)
    assert await fetchval(STATE) == "closed"


async def test_a_dispatcher_may_decide_that_nobody_comes_again(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.say("Магазин закрылся навсегда")
    await pyotr.tap("again.when", "no")
    await time_is_over(assigned)
    async with work(await assigned.world.actor(member(assigned.world.dispatcher))):
        await orders.leave(assigned.job)
    assert await fetchval(STATE) == "closed"


async def test_the_clock_of_a_half_done_repair_runs_on_whatever_changes(assigned: Call) -> None:
    began = "SELECT started_at FROM sla_deadlines WHERE kind = 'resolution'"
    before = await fetchval(began)
    await mended(assigned, assigned.job, "partly")
    clock.offset += 7200
    await reopened(assigned)
    assert await fetchval(began) == before
    async with work(await assigned.world.actor(member(assigned.world.dispatcher))):
        await orders.set_priority(assigned.order, "urgent")
    assert await fetchval(began) == before


async def test_whose_job_is_given_away_after_a_pause_left_when_it_began(assigned: Call, pyotr: Phone) -> None:
    people = assigned.world
    await on_site(pyotr, assigned)
    clock.offset += 7200
    await pyotr.press("job.pause", assigned.job, "urgent")
    clock.offset += 4 * 3600
    async with work(await people.actor(member(people.dispatcher))):
        await orders.assign(assigned.job, people.rashid)
    today = now().astimezone((await ours()).tz).date()
    mine = next(one for one in await timesheet(today) if one.member_id == people.pyotr)
    assert mine.total.on_site == 120


async def test_words_after_a_reopening_are_for_the_desk(assigned: Call, olga: Phone) -> None:
    await mended(assigned, assigned.job)
    async with work(SYSTEM):
        await orders.close(assigned.order)
    for what in ("speed", "accuracy", "communication"):
        await olga.press(f"rate.{what}", assigned.order, "5")
    await olga.press("order.reopen", assigned.order, "again")
    await olga.say("Опять течёт, вода на полу")
    assert await fetchval("SELECT comment FROM ratings_ratings") == ""


async def test_whoever_gave_no_stars_is_asked_anew_after_another_visit(assigned: Call) -> None:
    await mended(assigned, assigned.job)
    async with work(SYSTEM):
        await orders.close(assigned.order)
    await mended(assigned, await reopened(assigned))
    async with work(SYSTEM):
        await orders.close(assigned.order)
    asked = await fetch("SELECT card, revision FROM outbox_notices WHERE screen = 'customer.rate'")
    assert len({tuple(row) for row in asked}) == 2


async def test_many_long_comments_hold_nobody_on_site(assigned: Call) -> None:
    jobs = [assigned.job]
    for title in ("Вторая витрина", "Третья витрина"):
        async with work(await assigned.world.actor(member(assigned.world.dispatcher))):
            jobs.append(await orders.add_job(assigned.order, title))
    for job in jobs:
        await mended(assigned, job, comment="я" * 3900)
    assert await fetchval("SELECT count(*) FROM orders_jobs WHERE state = 'done'") == 3
    note = await fetchval("SELECT facts ->> 'note' FROM documents_documents ORDER BY id DESC LIMIT 1")
    assert len(note) <= 10_000
    assert note.endswith("...")
