"""Several jobs of one order at once."""

import sys

import pytest

from core.events import JobCreated
from core.kernel.actor import SYSTEM
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.orders.models import Entry, Job, Order
from core.orders.queries import my_jobs
from tests.orders.desk import Desk, events_of, states


async def test_a_second_job_goes_its_own_way(desk: Desk) -> None:
    ivan, petr = desk.technicians[:2]
    order_id, first = await desk.on_site()
    with events_of(JobCreated) as told:
        second = await desk.done("add_job", desk.dispatcher, order_id, "  Заменить \n фильтр ")
    assert told == [JobCreated(order_id, second)]
    assert (await Job.get(id=second)).title == "Заменить фильтр"
    assert await states(order_id) == ("on_site", ["on_site", "new"])
    entry = await Entry.filter(order_id=order_id, kind="job.created").get()
    assert (entry.job_id, entry.facts["title"]) == (second, "Заменить фильтр")

    await desk.done("assign", desk.dispatcher, second, petr.id)
    assert [job.summary for job in await my_jobs(petr)] == ["Заменить фильтр"]
    await desk.done("finish", ivan, first)
    assert await states(order_id) == ("assigned", ["done", "assigned"])
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("close", desk.dispatcher, order_id)
    for verb in ("travel", "arrive", "finish"):
        await desk.done(verb, petr, second)
    await desk.done("close", desk.dispatcher, order_id)
    assert await states(order_id) == ("closed", ["closed", "closed"])


async def test_who_may_add_and_when(desk: Desk) -> None:
    order_id, _ = await desk.order()
    with pytest.raises(Refusal, match="title_needed"):
        await desk.done("add_job", desk.dispatcher, order_id, " \n ")
    for actor, error in ((desk.contact, NotAllowed), (desk.technicians[0], NotFound), (desk.stranger, NotFound)):
        with pytest.raises(error):
            await desk.done("add_job", actor, order_id, "Фильтр")
    await desk.done("cancel", desk.dispatcher, order_id, "так")
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("add_job", desk.dispatcher, order_id, "Фильтр")


async def test_there_is_an_end_to_adding(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["core.orders.actions.create"], "MOST_JOBS", 2)
    order_id, _ = await desk.order()
    await desk.done("add_job", desk.dispatcher, order_id, "Фильтр")
    with pytest.raises(Refusal, match="too_many_jobs"):
        await desk.done("add_job", desk.dispatcher, order_id, "Ещё фильтр")


async def test_help_is_a_jobs_own_and_its_order_waits_while_one_of_them_does(desk: Desk) -> None:
    order_id, first = await desk.order()
    await desk.done("ask_help", SYSTEM, first, "nobody_fits")
    second = await desk.done("add_job", desk.dispatcher, order_id, "Фильтр")
    assert await helpless(order_id) == ("nobody_fits", ["nobody_fits", None])
    await desk.done("ask_help", SYSTEM, second, "manual")
    await desk.done("assign", desk.dispatcher, first, desk.technicians[0].id)
    assert await helpless(order_id) == ("manual", [None, "manual"])
    await desk.done("cancel_job", desk.dispatcher, second, "не нужно")
    assert await helpless(order_id) == (None, [None, None])


async def helpless(order_id: int) -> tuple[str | None, list[str | None]]:
    jobs = await Job.filter(order_id=order_id).order_by("id")
    return (await Order.get(id=order_id)).needs_help, [job.needs_help for job in jobs]


async def test_one_job_is_given_up_and_the_other_goes_on(desk: Desk) -> None:
    order_id, first = await desk.on_site()
    second = await desk.done("add_job", desk.dispatcher, order_id, "Фильтр")
    with pytest.raises(Refusal, match="reason_needed"):
        await desk.done("cancel_job", desk.dispatcher, second, " ")
    with pytest.raises(NotAllowed):
        await desk.done("cancel_job", desk.technicians[0], second, "так")
    await desk.done("cancel_job", desk.dispatcher, second, "не нужно")
    assert await states(order_id) == ("on_site", ["on_site", "cancelled"])
    assert (await Order.get(id=order_id)).cancel_reason is None
    with pytest.raises(Refusal, match="last_job"):
        await desk.done("cancel_job", desk.dispatcher, first, "так")
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("cancel_job", desk.dispatcher, second, "так")


async def test_a_job_given_up_last_leaves_what_was_done(desk: Desk) -> None:
    order_id, first = await desk.on_site()
    second = await desk.done("add_job", desk.dispatcher, order_id, "Фильтр")
    await desk.done("finish", desk.technicians[0], first)
    await desk.done("cancel_job", desk.dispatcher, second, "не нужно")
    assert await states(order_id) == ("done", ["done", "cancelled"])
