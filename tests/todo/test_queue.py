"""Each kind as the rooms make it: it comes when it should, goes when it is done, and comes back when put off."""

from datetime import timedelta
from typing import Any

import pytest

from core.chats import actions as chats
from core.dispatch import actions as dispatch
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock, now
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders import actions as orders
from core.outbox.sending import block
from core.ratings import actions as ratings
from core.reports import actions as reports
from core.schedule import actions as schedule
from core.sources import requests
from core.todo import actions
from core.todo.queries import todo, with_best
from core.todo.rules import Item
from core.twins import actions as twins
from tests.reactions.ground import Ground


async def queue(ground: Ground) -> list[Item]:
    actor = await ground.actor("dispatcher")
    return await with_best(actor, await todo(actor))


async def kinds(ground: Ground) -> set[str]:
    return {item.kind for item in await queue(ground)}


async def one(ground: Ground, kind: str) -> Item:
    return next(item for item in await queue(ground) if item.kind == kind)


async def by(ground: Ground, who: str, verb: Any, *args: Any, **named: Any) -> Any:
    async with work(await ground.actor(who)):
        return await verb(*args, **named)


async def pass_minutes(minutes: int) -> None:
    clock.offset += minutes * 60


async def test_a_calm_desk_has_nothing_to_do(ground: Ground) -> None:
    assert await queue(ground) == []


async def test_an_order_for_which_the_robot_found_nobody(ground: Ground) -> None:
    await by(ground, "system", orders.ask_help, ground.job, "nobody_fits")
    item = await one(ground, "nobody")
    assert (item.order, item.detail, item.who) == (ground.order, "nobody_fits", "Азбука")
    assert (item.answer, item.best["name"]) == ("give", "Пётр Ким")
    await by(ground, "dispatcher", orders.assign, item.job_id, item.best["id"], item.job_revision)
    assert await kinds(ground) == set()


async def test_an_order_that_everybody_declined(ground: Ground) -> None:
    await by(ground, "system", dispatch.seek, ground.job)
    [offer] = await fetch("SELECT id FROM dispatch_offers WHERE state = 'open'")
    await by(ground, "pyotr", dispatch.decline, offer["id"], "занят")
    await by(ground, "system", dispatch.seek, ground.job)
    item = await one(ground, "nobody")
    assert (item.detail, item.answer) == ("exhausted", "choose")


async def test_a_deadline_with_nobody_on_the_way(ground: Ground) -> None:
    await pass_minutes(10)
    item = await one(ground, "sla")
    assert (item.order, item.detail, item.answer) == (ground.order, "response", "give")
    await ground.at("assigned")
    assert "sla" not in await kinds(ground)
    await pass_minutes(4 * 60 + 40)
    item = await one(ground, "sla")
    assert (item.detail, item.technician, item.answer) == ("arrival", "Пётр Ким", "remind")
    await ground.at("travelling")
    assert "sla" not in await kinds(ground)


async def test_a_technician_who_is_late_for_the_window(ground: Ground) -> None:
    await ground.at("assigned")
    await pass_minutes(5 * 60 + 1)
    item = await one(ground, "late")
    assert (item.technician, item.answer) == ("Пётр Ким", "move")
    start = now() + timedelta(hours=1)
    await by(ground, "dispatcher", orders.reschedule, ground.order, start, start + timedelta(hours=3))
    assert "late" not in await kinds(ground)


async def test_a_time_that_the_customer_was_told(ground: Ground) -> None:
    await ground.at("assigned")
    async with work() as w:
        told = w.now + timedelta(minutes=20)
        await w.execute(
            "INSERT INTO plan_visits (job_id, member_id, day, seq, starts_at, ends_at, travel, pinned, told_at, agreed)"
            " VALUES ($1, $2, $3, 0, $4, $4, 0, false, $4, false)",
            *(ground.job, ground.world.pyotr, w.now.date(), told),
        )
    await pass_minutes(29)
    assert "late" not in await kinds(ground)
    await pass_minutes(2)
    assert (await one(ground, "late")).since == told + timedelta(minutes=10)


async def test_one_on_the_way_who_will_not_make_it(ground: Ground) -> None:
    await ground.at("travelling")
    await by(ground, "system", orders.set_eta, ground.job, now() + timedelta(hours=4))
    assert "late" not in await kinds(ground)
    await by(ground, "system", orders.set_eta, ground.job, now() + timedelta(hours=6))
    item = await one(ground, "late")
    assert (item.detail, item.answer) == ("travelling", "reply")


async def test_a_customer_without_an_answer(ground: Ground) -> None:
    await by(ground, "olga", chats.post, ground.order, "customer", "Вы едете?")
    assert "message" not in await kinds(ground)
    await pass_minutes(10)
    item = await one(ground, "message")
    assert (item.who, item.what, item.answer) == ("Ольга Белова", "Вы едете?", "reply")
    await by(ground, "dispatcher", chats.post, ground.order, "team", "между собой")
    assert "message" in await kinds(ground)
    await by(ground, "dispatcher", chats.post, ground.order, "customer", "Едем", to_customer=True)
    assert "message" not in await kinds(ground)


async def test_a_job_that_waits_too_long(ground: Ground) -> None:
    await ground.at("on_site")
    await by(ground, "pyotr", orders.pause, ground.job, "нет запчасти")
    assert "paused" not in await kinds(ground)
    await pass_minutes(120)
    item = await one(ground, "paused")
    assert (item.what, item.answer) == ("нет запчасти", "remind")
    await by(ground, "dispatcher", actions.remind, item.order)
    told = await fetch("SELECT 1 FROM outbox_notices WHERE screen = 'technician.reminder'")
    assert len(told) == 1
    await by(ground, "pyotr", orders.resume, ground.job)
    assert "paused" not in await kinds(ground)


async def test_work_that_is_left_and_that_nobody_comes_again_for(ground: Ground) -> None:
    await ground.at("on_site")
    await by(ground, "pyotr", reports.set_comment, ground.job, "Закрыто на замок")
    await by(ground, "pyotr", orders.finish, ground.job, "no_access")
    assert "left" not in await kinds(ground)
    await pass_minutes(30)
    item = await one(ground, "left")
    assert (item.order, item.who, item.what) == (ground.order, "Пётр Ким", "Закрыто на замок")
    assert (item.title, item.answer) == ("left.no_access", "visit")
    await by(ground, "dispatcher", orders.add_return, item.id)
    assert "left" not in await kinds(ground)


async def test_whoever_decides_that_nobody_comes_again_closes_the_order(ground: Ground) -> None:
    await ground.at("on_site")
    await by(ground, "pyotr", orders.finish, ground.job, "no_access")
    await pass_minutes(30)
    item = await one(ground, "left")
    assert item.done_by == "leave"
    with pytest.raises(NotAllowed):
        await by(ground, "pyotr", orders.leave, item.id)
    for _ in range(2):
        await by(ground, "dispatcher", orders.leave, item.id)
    assert await kinds(ground) == set()
    [row] = await fetch("SELECT state FROM orders_orders WHERE id = $1", ground.order)
    assert row["state"] == "closed"


async def test_a_plan_that_waits_for_a_yes(ground: Ground) -> None:
    async with work() as w:
        await w.execute(
            "INSERT INTO plan_changes (day, cause, state, revision, job_id, plan, before, told, progress, who, at)"
            " VALUES ($1, 'delay', 'ready', 0, $2, '{}', '{}', '{}', 100, '', $3)",
            *(w.now.date() + timedelta(days=1), ground.job, w.now),
        )
    item = await one(ground, "plan")
    assert (item.order, item.detail, item.answer) == (ground.order, "delay", "accept")
    from core.plan import proposals

    await by(ground, "dispatcher", proposals.drop, item.id)
    assert "plan" not in await kinds(ground)


async def test_a_call_to_return_a_request_and_a_strangers_letter(ground: Ground) -> None:
    async with work(SYSTEM) as w:
        due = w.now + timedelta(minutes=30)
        called = await requests.ask("pbx", "1", "call", "missed", "+79161234567", {"name": "Базилио"}, due)
        await requests.ask("site", "2", "form", "waiting", "+79161234568", {"words": "Течёт"})
        letter = {"words": "Это я", "name": "who@example.com", "stranger_in": ground.order}
        await requests.ask("mail", "3", "letter", "waiting", "", letter)
    assert await kinds(ground) == {"call", "request", "letter"}
    call = await one(ground, "call")
    assert (call.who, call.phone, call.due_at, call.answer) == ("Базилио", "+79161234567", due, "call")
    assert (await one(ground, "request")).what == "Течёт"
    assert ((await one(ground, "letter")).order, (await one(ground, "letter")).answer) == (ground.order, "open")
    await by(ground, "dispatcher", requests.settle_for, called)
    assert await kinds(ground) == {"request", "letter"}


async def test_a_customer_who_cannot_be_told(ground: Ground) -> None:
    party = contact(ground.world.olga)
    fail = "WITH u AS (UPDATE outbox_notices SET state = 'failed' WHERE party = $1 RETURNING 1) SELECT count(*) FROM u"
    await fetch(fail, party)
    item = await one(ground, "unheard")
    assert (item.who, item.phone, item.answer) == ("Ольга Белова", "+79161000001", "call")
    await by(ground, "dispatcher", actions.settle, item.key)
    assert "unheard" not in await kinds(ground)
    await pass_minutes(5)
    await by(ground, "dispatcher", chats.post, ground.order, "customer", "Едем", to_customer=True)
    await fetch(fail, party)
    assert "unheard" in await kinds(ground)


async def test_a_customer_who_blocked_the_bot(ground: Ground) -> None:
    async with work():
        await block("customer", ground.world.tg(contact(ground.world.olga)), "blocked")
    item = await one(ground, "unheard")
    await by(ground, "dispatcher", actions.settle, item.key)
    await by(ground, "dispatcher", chats.post, ground.order, "customer", "Едем", to_customer=True)
    assert "unheard" not in await kinds(ground)


async def test_a_low_rating_until_somebody_looked(ground: Ground) -> None:
    await ground.done()
    await by(ground, "system", ratings.ask, ground.order)
    await by(ground, "olga", ratings.rate, ground.order, 5, 4, 5)
    assert "rating" not in await kinds(ground)
    await by(ground, "olga", ratings.rate, ground.order, 5, 2, 5, "Грязно")
    item = await one(ground, "rating")
    assert (item.order, item.detail, item.what, item.answer) == (ground.order, "5 / 2 / 5", "Грязно", "call")
    await by(ground, "dispatcher", actions.settle, item.key)
    assert "rating" not in await kinds(ground)


async def second(ground: Ground) -> int:
    """The same trouble, told again."""
    (row,) = await fetch("SELECT customer_id, site_id, words, kind FROM orders_orders WHERE id = $1", ground.order)
    (asset,) = await fetch("SELECT asset_id FROM orders_order_assets WHERE order_id = $1", ground.order)
    again = dict(row) | {"asset_ids": [asset["asset_id"]], "source": "desk"}
    return int(await by(ground, "dispatcher", orders.create, **again))


async def test_two_orders_that_look_like_one_trouble(ground: Ground) -> None:
    again = await second(ground)
    item = await one(ground, "twins")
    assert (item.order, item.detail, item.answer) == (again, str(ground.order), "merge")
    await by(ground, "dispatcher", twins.merge_pair, item.id)
    assert "twins" not in await kinds(ground)
    await by(ground, "dispatcher", twins.unmerge, again)
    assert "twins" not in await kinds(ground), "whoever parted them has decided"


async def test_two_orders_of_which_one_is_over_are_no_question(ground: Ground) -> None:
    again = await second(ground)
    assert "twins" in await kinds(ground)
    await by(ground, "dispatcher", orders.cancel, again, "не нужно")
    assert "twins" not in await kinds(ground)


async def test_a_day_off_that_was_asked_for(ground: Ground) -> None:
    day = now().date() + timedelta(days=2)
    made = await by(ground, "pyotr", schedule.ask_absence, ground.world.pyotr, "vacation", day, day)
    item = await one(ground, "absence")
    assert (item.id, item.who, item.answer) == (made, "Пётр Ким", "approve")
    await by(ground, "dispatcher", schedule.decide_absence, item.id, True)
    assert "absence" not in await kinds(ground)


async def test_deliveries_that_died_are_for_those_who_see_the_plumbing(ground: Ground) -> None:
    await fetch(
        "WITH i AS (INSERT INTO inbox_deliveries (source, key, lane, body, attempts, received_at, dead_at)"
        " VALUES ('crm', 'k', 1, ''::bytea, 5, $1, $1) RETURNING 1) SELECT count(*) FROM i",
        now(),
    )
    assert ((await one(ground, "delivery")).detail, (await one(ground, "delivery")).answer) == ("1", "open")


async def test_put_off_it_comes_back(ground: Ground) -> None:
    await by(ground, "system", orders.ask_help, ground.job, "nobody_fits")
    [item] = await queue(ground)
    await by(ground, "dispatcher", actions.later, item.key)
    assert await queue(ground) == []
    await pass_minutes(29)
    assert "nobody" not in await kinds(ground)
    await pass_minutes(2)
    assert [found.order for found in await queue(ground)] == [ground.order]


async def test_new_words_of_the_customer_wake_it(ground: Ground) -> None:
    await by(ground, "olga", chats.post, ground.order, "customer", "Алло")
    await pass_minutes(10)
    await by(ground, "dispatcher", actions.later, f"message:{ground.order}")
    assert "message" not in await kinds(ground)
    await by(ground, "olga", chats.post, ground.order, "customer", "Алло!!")
    await pass_minutes(10)
    assert (await one(ground, "message")).what == "Алло!!"


async def test_what_names_nothing_or_ends_by_itself_is_refused(ground: Ground) -> None:
    for key in ("", "late", "late:x", "card:1"):
        with pytest.raises(NotFound):
            await by(ground, "dispatcher", actions.later, key)
    with pytest.raises(Refusal, match=r"todo\.ends_itself"):
        await by(ground, "dispatcher", actions.settle, f"sla:{ground.order}")


async def test_it_is_for_dispatchers(ground: Ground) -> None:
    with pytest.raises(NotAllowed):
        await todo(await ground.world.actor(member(ground.world.pyotr)))
    with pytest.raises(NotAllowed):
        await by(ground, "pyotr", actions.later, "late:1")
    with pytest.raises(NotAllowed):
        await by(ground, "pyotr", actions.remind, ground.order)
