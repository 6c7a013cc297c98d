"""Each verb at each state, as a table; guards; corrections; who may."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Entry, Job, Lifecycle, Order
from core.orders.rules import DEFAULT_LIFECYCLE, GUARDS, STATES, TRANSITIONS, Check, guard
from tests.orders.desk import Desk, states

ARGS: dict[str, tuple[Any, ...]] = {"pause": ("обед",), "finish": ("done",), "unassign": ("заболел",)}
CALLS = {
    "offer": orders.offer_job,
    "retract": orders.retract_job,
    "travel": orders.travel,
    "arrive": orders.arrive,
    "pause": orders.pause,
    "resume": orders.resume,
    "finish": orders.finish,
    "step_back": orders.step_back,
    "unassign": orders.unassign,
}
QUIET = {("offer", "offered"), ("retract", "new")}


class Undo(Exception):
    """Leave a work without its effects."""


async def outcome(job_id: int, verb: str, state: str) -> str:
    """What `verb` makes of a job in `state`: the new state, or the refusal's code."""
    try:
        async with work(SYSTEM) as w:
            await w.execute("UPDATE orders_jobs SET state = $2, travelling_at = $3 WHERE id = $1", job_id, state, w.now)
            await CALLS[verb](job_id, *ARGS.get(verb, ()))
            new = (await w.fetch("SELECT state FROM orders_jobs WHERE id = $1", job_id))[0]["state"]
            raise Undo(new)
    except Undo as undone:
        return str(undone)
    except Refusal as refused:
        return refused.code if refused.data == {"state": state, "verb": verb} else str(refused)


async def test_every_verb_begins_only_where_the_table_lets_it(desk: Desk) -> None:
    _, job_id = await desk.assigned()
    for verb in CALLS:
        for state in STATES:
            rule = TRANSITIONS[verb]
            got = await outcome(job_id, verb, state)
            if state in rule.sources:
                assert got == (rule.target or got) != "orders.wrong_state", (verb, state)
            elif (verb, state) not in QUIET:
                assert got == "orders.wrong_state", (verb, state)


@contextmanager
def guarded(name: str, *missing: dict[str, Any]) -> Iterator[list[Check]]:
    asked: list[Check] = []

    @guard(name)
    async def check(about: Check) -> list[dict[str, Any]]:
        asked.append(about)
        return list(missing)

    try:
        yield asked
    finally:
        GUARDS[name].remove(check)


async def test_a_finish_tells_all_that_is_missing_and_changes_nothing(desk: Desk) -> None:
    order_id, job_id = await desk.on_site()
    ivan = desk.technicians[0]
    photo, answer = {"code": "photo_after"}, {"code": "answer", "item": "t1"}
    with guarded("finish", photo) as asked, guarded("finish", answer, photo), pytest.raises(Refusal) as refused:
        await desk.done("finish", ivan, job_id, "partly")
    assert refused.value.code == "orders.not_ready"
    assert refused.value.data["missing"] == [photo, answer]
    assert asked == [Check("finish", order_id, job_id, ivan.id, "partly")]
    assert await states(order_id) == ("on_site", ["on_site"])
    await desk.done("finish", ivan, job_id, "partly")
    assert (await Job.get(id=job_id)).outcome == "partly"


async def test_a_close_waits_for_its_guards_and_for_all_jobs(desk: Desk) -> None:
    order_id, job_id = await desk.on_site()
    ivan = desk.technicians[0]
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("close", SYSTEM, order_id)
    await desk.done("finish", ivan, job_id, "part_needed")
    with guarded("close", {"code": "act_unsigned"}):
        with pytest.raises(Refusal, match="not_ready"):
            await desk.done("close", SYSTEM, order_id)
        assert await desk.done("settle", SYSTEM, order_id) is False
    second = await desk.done("add_return", ivan, job_id, "Привезти компрессор")
    assert await desk.done("add_return", ivan, job_id) == second
    assert await states(order_id) == ("new", ["done", "new"])
    assert (await Job.get(id=second)).return_of_id == job_id
    assert await desk.done("settle", SYSTEM, order_id) is False
    await desk.done("assign", desk.dispatcher, second, ivan.id)
    for verb in ("travel", "arrive", "finish"):
        await desk.done(verb, ivan, second)
    assert await desk.done("settle", SYSTEM, order_id) is True
    assert await states(order_id) == ("closed", ["closed", "closed"])
    assert await desk.done("settle", SYSTEM, order_id) is False
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("add_return", ivan, job_id)


async def test_one_job_at_a_time(desk: Desk) -> None:
    first, _ = await desk.on_site()
    _, second = await desk.assigned()
    for verb in ("travel", "arrive"):
        with pytest.raises(Refusal) as refused:
            await desk.done(verb, desk.technicians[0], second)
        assert (refused.value.code, refused.value.data) == ("orders.busy", {"order": first})


async def test_a_mistaken_step_is_corrected_within_ten_minutes(desk: Desk) -> None:
    order_id, job_id = await desk.on_site()
    ivan = desk.technicians[0]
    await desk.done("finish", ivan, job_id)
    for state in ("on_site", "travelling", "assigned"):
        await desk.done("step_back", ivan, job_id)
        assert await states(order_id) == (state, [state])
    job = await Job.get(id=job_id)
    assert (job.done_at, job.outcome, job.arrived_at, job.travelling_at) == (None, None, None, None)
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("step_back", ivan, job_id)
    await desk.done("travel", ivan, job_id)
    clock.offset = 601
    try:
        with pytest.raises(Refusal, match="too_late"):
            await desk.done("step_back", ivan, job_id)
        await desk.done("step_back", desk.dispatcher, job_id)
    finally:
        clock.offset = 0
    assert await states(order_id) == ("assigned", ["assigned"])


async def test_a_pause_goes_on_where_it_was(desk: Desk) -> None:
    order_id, job_id = await desk.assigned()
    ivan = desk.technicians[0]
    for verb, state in (("travel", "travelling"), ("arrive", "on_site")):
        await desk.done(verb, ivan, job_id)
        await desk.done("pause", ivan, job_id, "обед")
        await desk.done("resume", ivan, job_id)
        assert await states(order_id) == (state, [state])
    with pytest.raises(Refusal, match="reason_needed"):
        await desk.done("pause", ivan, job_id, "  ")


async def test_a_job_under_way_cannot_be_given_away(desk: Desk) -> None:
    for verbs in (("travel",), ("travel", "arrive")):
        order_id, job_id = await desk.assigned()
        for verb in verbs:
            await desk.done(verb, desk.technicians[0], job_id)
        with pytest.raises(Refusal, match="wrong_state"):
            await desk.done("assign", desk.dispatcher, job_id, desk.technicians[1].id)
        with pytest.raises(Refusal, match="wrong_state"):
            await desk.done("unassign", desk.dispatcher, job_id, "срочнее другое")
        await desk.done("cancel", desk.dispatcher, order_id, "конец")


async def test_a_dispatcher_gives_a_job_to_another(desk: Desk) -> None:
    order_id, job_id = await desk.assigned()
    ivan, pyotr = desk.technicians[:2]
    job = await Job.get(id=job_id)
    await desk.done("assign", desk.dispatcher, job_id, ivan.id)
    assert (await Job.get(id=job_id)).revision == job.revision
    with pytest.raises(Refusal) as stale:
        await desk.done("assign", desk.dispatcher, job_id, pyotr.id, job.revision - 1)
    assert stale.value.code == "orders.changed"
    await desk.done("assign", desk.dispatcher, job_id, pyotr.id, job.revision)
    assert (await Job.get(id=job_id)).assignee_id == pyotr.id
    kinds = [entry.kind for entry in await Entry.filter(order_id=order_id).order_by("id")]
    assert kinds[-2:] == ["job.unassign", "job.assign"]
    for nobody in (desk.dispatcher.id, 10**9):
        with pytest.raises(Refusal, match="bad_member"):
            await desk.done("assign", desk.dispatcher, job_id, nobody)


async def test_a_colleague_on_the_same_order_hears_whose_job_it_is_not(desk: Desk) -> None:
    order_id, job_id = await desk.on_site()
    ivan, pyotr = desk.technicians[:2]
    await desk.done("finish", ivan, job_id, "part_needed")
    second = await desk.done("add_return", ivan, job_id)
    await desk.done("assign", desk.dispatcher, second, pyotr.id)
    with pytest.raises(Refusal, match="not_yours"):
        await desk.done("travel", ivan, second)
    assert await states(order_id) == ("assigned", ["done", "assigned"])


async def test_others_may_not(desk: Desk) -> None:
    order_id, job_id = await desk.assigned()
    pyotr = desk.technicians[1]
    refusals = [
        ("travel", pyotr, (job_id,), "orders.job.not_found"),
        ("travel", desk.contact, (job_id,), "not_allowed"),
        ("assign", desk.technicians[0], (job_id, pyotr.id), "not_allowed"),
        ("unassign", desk.contact, (job_id, "так"), "not_allowed"),
        ("set_priority", desk.contact, (order_id, "urgent"), "not_allowed"),
        ("cancel", desk.stranger, (order_id, "так"), "orders.order.not_found"),
        ("cancel", desk.technicians[0], (order_id, "так"), "not_allowed"),
        ("reopen", desk.stranger, (order_id, "так"), "orders.order.not_found"),
        ("close", desk.contact, (order_id,), "not_allowed"),
        ("attach", desk.stranger, (order_id, 1, "request"), "orders.order.not_found"),
        ("save_lifecycle", desk.dispatcher, (DEFAULT_LIFECYCLE,), "not_allowed"),
        ("travel", desk.dispatcher, (10**9,), "orders.job.not_found"),
        ("cancel", desk.dispatcher, (10**9, "так"), "orders.order.not_found"),
    ]
    for verb, actor, args, code in refusals:
        with pytest.raises(Refusal) as refused:
            await desk.done(verb, actor, *args)
        assert refused.value.code == code, (verb, actor)
    assert await states(order_id) == ("assigned", ["assigned"])
    with pytest.raises(NotFound):
        await desk.done("change", desk.stranger, order_id, words="моё")


async def test_a_running_job_keeps_its_lifecycle(desk: Desk) -> None:
    _, old = await desk.on_site()
    named = [
        {**stage, "code": f"v2_{stage['code']}", "guards": ["spare"] if stage["state"] == "done" else []}
        for stage in DEFAULT_LIFECYCLE
    ]
    named.append({"code": "repair", "state": "on_site", "name": {"ru": "Ремонт", "en": "Repair"}})
    with guarded("spare", {"code": "spare"}):
        version = await desk.done("save_lifecycle", SYSTEM, named)
        assert await Lifecycle.all().count() == 2
        await desk.done("finish", desk.technicians[0], old)
        assert (await Job.get(id=old)).stage == "done"
        _, new = await desk.on_site()
        job = await Job.get(id=new)
        assert (job.lifecycle_id, job.stage) == (version, "v2_on_site")
        await desk.done("set_stage", desk.technicians[0], new, "repair")
        assert (await Job.get(id=new)).stage == "repair"
        with pytest.raises(Refusal, match="wrong_stage"):
            await desk.done("set_stage", desk.technicians[0], new, "v2_done")
        with pytest.raises(Refusal, match="not_ready"):
            await desk.done("finish", desk.technicians[0], new)
    del GUARDS["spare"]


async def test_the_arrival_time_belongs_to_a_job_on_its_way(desk: Desk) -> None:
    from core.events import EtaChanged
    from tests.orders.desk import events_of

    order_id, job_id = await desk.assigned()
    eta = clock.now()
    with events_of(EtaChanged) as seen:
        await desk.done("set_eta", SYSTEM, job_id, eta, tell=True)
        assert (await Job.get(id=job_id)).eta_at is None
        await desk.done("travel", desk.technicians[0], job_id)
        before = (await Order.get(id=order_id)).revision
        await desk.done("set_eta", SYSTEM, job_id, eta)
        assert (await Order.get(id=order_id)).revision == before
        await desk.done("set_eta", SYSTEM, job_id, eta, tell=True)
    assert (await Job.get(id=job_id)).eta_at == eta
    assert len(seen) == 1
    assert (await Order.get(id=order_id)).revision == before + 1
