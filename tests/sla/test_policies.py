"""Policies: which one holds, by which calendar its clocks run, where they stand still, and why a deadline is when it
is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.contracts.models import Contract
from core.customers.models import Customer
from core.events import DeadlineBreached, DeadlineNear
from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders.models import Order
from core.orders.rules import DEFAULT_LIFECYCLE
from core.schedule.actions import save_calendar
from core.sla import actions as sla
from core.sla.models import Pause
from core.sla.pauses import follow
from core.sla.policies import At, check, choose, pause_of
from core.sla.queries import Explained, explain, policies, rule_of
from core.timers.actions import run_due
from tests.orders.desk import Desk, events_of
from tests.sla.test_clocks import clocks, later, timers

NAME = {"ru": "Магазины", "en": "Shops"}
OFFICE = {"zone": "Europe/Moscow", "week": [[["09:00", "18:00"]]] * 5 + [[], []], "days": {}}
NOON = datetime(2027, 3, 5, 12, 0, tzinfo=UTC)
"""15:00 of a Friday in Moscow: 180 minutes to the end of the week's hours."""


def policy(**changed: Any) -> dict[str, Any]:
    minutes = {"response": 30, "arrival": 120, "resolution": 480}
    return {"code": "shops", "name": NAME, "minutes": minutes, "when": {}, "calendar": "", "warn": [80]} | changed


@pytest.fixture
async def friday(desk: Desk) -> Desk:
    """The desk, at NOON, with an office calendar."""
    before, clock.offset = clock.offset, 0
    clock.offset = (NOON - clock.now()).total_seconds()
    async with work(SYSTEM):
        await save_calendar("office", {"ru": "Контора", "en": "Office"}, OFFICE)
    yield desk
    clock.offset = before


async def saved(*listed: dict[str, Any]) -> None:
    async with work(SYSTEM):
        await sla.save_policies(list(listed))


async def started(desk: Desk, **fields: Any) -> tuple[int, int]:
    order_id, job_id = await desk.order(**fields)
    async with work(SYSTEM):
        await sla.start(order_id)
    return order_id, job_id


async def step(desk: Desk, verb: str, job_id: int, order_id: int, *args: Any) -> None:
    """A technician's step, and what follows for the clocks."""
    await desk.done(verb, desk.technicians[0], job_id, *args)
    async with work(SYSTEM):
        await follow(order_id)


async def left(order_id: int, kind: str = "resolution") -> int:
    """Whole minutes from NOON to the deadline."""
    return round(((await clocks(order_id))[kind].due_at - NOON).total_seconds() / 60)


async def told(desk: Desk, order_id: int, kind: str = "resolution") -> Explained:
    return next(one for one in await explain(desk.dispatcher, order_id) if one.deadline.kind == kind)


FACTS = {"contract_id": 3, "segment": "vip", "kind": "repair", "priority": "urgent"}
CHOICES = [
    ({}, True),
    ({"contracts": [], "segments": []}, True),
    ({"contracts": [3], "segments": ["vip"], "kinds": ["repair"], "priorities": ["urgent", "high"]}, True),
    ({"contracts": [4]}, False),
    ({"segments": ["retail"]}, False),
    ({"kinds": ["install"], "segments": ["vip"]}, False),
    ({"priorities": ["low"]}, False),
]


@pytest.mark.parametrize(("when", "fits"), CHOICES)
def test_every_condition_must_hold(when: dict[str, Any], fits: bool) -> None:
    assert choose([policy(when=when)], FACTS) == (policy(when=when) if fits else None)


def test_the_first_that_fits_holds() -> None:
    listed = [policy(code="a", when={"segments": ["retail"]}), policy(code="b"), policy(code="c")]
    assert choose(listed, FACTS) == listed[1]


def test_the_clocks_stand_when_every_job_does() -> None:
    pauses = [{"stage": "paused", "reasons": ["Жду деталь"]}, {"stage": "assigned"}]
    waits, eats, comes = At("paused", "Пауза", "жду деталь"), At("paused", "Пауза", "обед"), At("assigned", "", "")
    assert pause_of(pauses, [waits]) == waits
    assert pause_of(pauses, [comes, waits]) == comes
    assert pause_of(pauses, [eats]) is None
    assert pause_of(pauses, [waits, eats]) is None
    assert pause_of(pauses, []) is None
    assert pause_of([], [waits]) is None


BAD = [
    ("code", {"code": ""}),
    ("name", {"name": {"ru": "Одно"}}),
    ("when", {"when": {"colour": ["red"]}}),
    ("when", {"when": {"contracts": ["3"]}}),
    ("when", {"when": {"kinds": ["dance"]}}),
    ("when", {"when": {"priorities": "urgent"}}),
    ("minutes", {"minutes": {"response": 1, "arrival": 2}}),
    ("minutes", {"minutes": {"response": 5, "arrival": 2, "resolution": 9}}),
    ("minutes", {"minutes": {"response": True, "arrival": 2, "resolution": 9}}),
    ("calendar", {"calendar": "nights"}),
    ("warn", {"warn": []}),
    ("warn", {"warn": [80, 50]}),
    ("warn", {"warn": [100]}),
    ("pauses", {"pauses": [{"stage": "lunch"}]}),
    ("pauses", {"pauses": [{"stage": "paused", "reasons": [""]}]}),
    ("norms", {"norms": {"offered": 10}}),
    ("norms", {"norms": [{"stage": "lunch", "minutes": 10}]}),
    ("norms", {"norms": [{"stage": "closed", "minutes": 10}]}),
    ("norms", {"norms": [{"stage": "offered", "minutes": 0}]}),
    ("norms", {"norms": [{"stage": "offered"}, {"stage": "new", "minutes": 10}]}),
    ("norms", {"norms": [{"stage": "offered", "minutes": 10}] * 2}),
    ("norms", {"norms": [{"stage": "paused", "minutes": 10, "pauses": True}]}),
    ("norms", {"norms": [{"stage": "paused", "minutes": 10, "pauses": True}], "pauses": [{"stage": "paused"}]}),
]


@pytest.mark.parametrize(("field", "changed"), BAD)
def test_what_is_no_policy_is_refused_at_its_field(field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        check([policy(**changed)], ["office"], DEFAULT_LIFECYCLE)
    assert (refused.value.code, refused.value.data["field"]) == ("sla.bad_policy", field)


def test_a_code_stands_once() -> None:
    with pytest.raises(Refusal, match="bad_policy"):
        check([policy(), policy()], [], DEFAULT_LIFECYCLE)
    norms = [{"stage": "new", "minutes": 5}]
    others = policy(code="others", calendar="office", pauses=[{"stage": "paused"}], norms=norms)
    check([policy(), others], ["office"], DEFAULT_LIFECYCLE)


async def test_only_who_sets_the_company_up_saves_them(friday: Desk) -> None:
    with pytest.raises(NotAllowed):
        async with work(friday.dispatcher):
            await sla.save_policies([policy()])
    with pytest.raises(NotAllowed):
        async with work(friday.dispatcher):
            await save_calendar("office", NAME, OFFICE)
    await saved(policy())
    assert await policies() == [policy()]


async def test_a_policy_by_segment_runs_by_its_calendar(friday: Desk) -> None:
    await Customer.filter(id=friday.customer.id).update(segment="retail")
    await saved(
        policy(code="vip", when={"segments": ["vip"]}), policy(when={"segments": ["retail"]}, calendar="office")
    )
    order_id, _ = await started(friday, urgency="urgent")
    weekend = 15 * 60 + 2 * 1440
    assert [await left(order_id, kind) for kind in ("response", "arrival", "resolution")] == [30, 120, 480 + weekend]
    one = await told(friday, order_id)
    assert [(span.kind, (span.end - span.start) // timedelta(minutes=1)) for span in one.intervals] == [
        ("work", pytest.approx(180, abs=1)),
        ("off", weekend),
        ("work", pytest.approx(300, abs=1)),
    ]
    assert (one.calendar, one.deadline.policy["policy"]) == ({"ru": "Контора", "en": "Office"}, "shops")
    assert one.due_at == one.deadline.due_at == one.intervals[-1].end
    with pytest.raises(NotFound):
        await explain(friday.stranger, order_id)


async def test_a_contracts_own_minutes_stand_over_the_policy(friday: Desk) -> None:
    terms = {"urgent": {"resolution": 600}}
    held = await Contract.create(customer=friday.customer, number="1", starts_on=date(2026, 1, 1), terms=terms)
    await saved(policy(when={"contracts": [held.id]}))
    order_id, _ = await started(friday, urgency="urgent")
    assert (await left(order_id, "arrival"), await left(order_id)) == (120, 600)


async def test_another_priority_chooses_another_policy(friday: Desk) -> None:
    slow = {"response": 60, "arrival": 600, "resolution": 900}
    await saved(
        policy(when={"priorities": ["urgent"]}), policy(code="slow", minutes=slow, when={"priorities": ["low"]})
    )
    order_id, _ = await started(friday, urgency="urgent")
    for priority, minutes, code in (("low", 900, "slow"), ("normal", 2880, None), ("urgent", 480, "shops")):
        await Order.filter(id=order_id).update(priority=priority)
        async with work(SYSTEM):
            await sla.restart(order_id)
        row = (await clocks(order_id))["resolution"]
        assert (await left(order_id), row.policy.get("policy")) == (minutes, code)


async def test_what_runs_keeps_its_calendar(friday: Desk) -> None:
    await saved(policy(calendar="office"))
    order_id, _ = await started(friday)
    before = await told(friday, order_id)
    async with work(SYSTEM):
        await save_calendar("office", NAME, OFFICE | {"week": [[["00:00", "24:00"]]] * 7})
    assert await told(friday, order_id) == before
    assert await left((await started(friday))[0]) == 480


async def test_it_warns_at_every_share_and_breaks_once(friday: Desk) -> None:
    await saved(policy(warn=[50, 80]))
    await started(friday)
    with events_of(DeadlineNear, DeadlineBreached) as seen:
        for at, what in ((14.9, []), (15.1, ["near"]), (20, []), (24.1, ["near"]), (29.9, []), (30.1, ["breach"])):
            seen.clear()
            with later(at):
                await run_due()
            kinds = ["near" if isinstance(event, DeadlineNear) else "breach" for event in seen]
            assert kinds == what, at


async def test_the_shares_that_slept_through_are_told_as_one(friday: Desk) -> None:
    await saved(policy(warn=[50, 80]))
    await started(friday)
    with events_of(DeadlineNear) as seen, later(29):
        await run_due()
    assert len(seen) == 1


async def paused(desk: Desk, reason: str, **how: Any) -> tuple[int, int]:
    """An order whose technician paused on site 30 minutes after NOON, under a policy that waits for parts."""
    await saved(policy(pauses=[{"stage": "paused", "reasons": ["Жду деталь"]}], **how))
    order_id, job_id = await started(desk, urgency="urgent")
    await desk.done("assign", desk.dispatcher, job_id, desk.technicians[0].id)
    async with work(SYSTEM):
        await sla.meet(order_id, "response")
    for verb in ("travel", "arrive"):
        await step(desk, verb, job_id, order_id)
    with later(30):
        await step(desk, "pause", job_id, order_id, reason)
    return order_id, job_id


async def test_a_pause_stops_the_clocks_and_they_run_on_after_it(friday: Desk) -> None:
    order_id, job_id = await paused(friday, "жду деталь")
    row = (await clocks(order_id))["resolution"]
    assert (row.paused_at is not None, await timers()) == (True, set())
    with events_of(DeadlineNear, DeadlineBreached) as seen, later(3000):
        await run_due()
        one = await told(friday, order_id)
        assert [span.kind for span in one.intervals] == ["work", "pause", "work"]
        assert one.due_at > clock.now()
    assert seen == []
    with later(100):
        await step(friday, "resume", job_id, order_id)
    row = (await clocks(order_id))["resolution"]
    assert (row.paused_at, await left(order_id)) == (None, 480 + 70)
    assert ("sla.near", "resolution") in await timers()
    assert (await Order.get(id=order_id)).promised_at == (await clocks(order_id))["arrival"].due_at
    with later(101):
        one = await told(friday, order_id)
    assert [(span.kind, span.note) for span in one.intervals] == [
        ("work", ""),
        ("pause", "Приостановлен: жду деталь"),
        ("work", ""),
    ]
    assert one.due_at == row.due_at


async def test_a_breach_tells_by_which_rule(friday: Desk) -> None:
    order_id, job_id = await paused(friday, "Жду деталь")
    with later(75):
        await step(friday, "resume", job_id, order_id)
    with later(600):
        assert await rule_of(order_id, "resolution") == {"name": NAME, "minutes": 480, "paused": 45}
    await saved()
    usual, _ = await started(friday)
    assert await rule_of(usual, "arrival") == {"name": None, "minutes": 1440, "paused": 0}


async def test_a_pause_at_night_costs_nothing(friday: Desk) -> None:
    """From 15:30 on Friday till noon on Sunday: two hours and a half of the calendar."""
    order_id, job_id = await paused(friday, "Жду деталь", calendar="office")
    with later(2 * 1440 - 180):
        await step(friday, "resume", job_id, order_id)
    assert await left(order_id) == 3 * 1440 - 360 + 450


async def test_another_reason_stops_nothing(friday: Desk) -> None:
    order_id, _ = await paused(friday, "Обед")
    assert await Pause.all().count() == 0
    assert (await clocks(order_id))["resolution"].paused_at is None
    assert await left(order_id) == 480


async def test_what_is_met_after_a_pause_is_met_in_time(friday: Desk) -> None:
    """The clock knows of the pause that ends with the very step that meets it."""
    order_id, job_id = await paused(friday, "Жду деталь")
    with later(500):
        await friday.done("resume", friday.technicians[0], job_id)
        async with work(SYSTEM):
            await sla.meet(order_id, "resolution")
    row = (await clocks(order_id))["resolution"]
    assert (row.breached_at, row.paused_at, await left(order_id)) == (None, None, 480 + 470)
    with later(600):
        async with work(SYSTEM):
            await sla.unmeet(order_id, "resolution")
    assert ("sla.near", "resolution") in await timers()


async def test_a_broken_clock_does_not_stand_still(friday: Desk) -> None:
    await saved(policy(pauses=[{"stage": "assigned"}]))
    order_id, job_id = await started(friday)
    with later(60):
        await run_due()
        await friday.done("assign", friday.dispatcher, job_id, friday.technicians[0].id)
        async with work(SYSTEM):
            await follow(order_id)
    rows = await clocks(order_id)
    assert (rows["response"].breached_at is not None, rows["response"].paused_at) == (True, None)
    assert rows["arrival"].paused_at is not None


async def test_a_new_priority_while_the_clocks_stand(friday: Desk) -> None:
    order_id, job_id = await paused(friday, "Жду деталь")
    with later(60):
        async with work(SYSTEM):
            await sla.restart(order_id)
        assert (await clocks(order_id))["resolution"].paused_at is not None
        assert await timers() == set()
    with later(90):
        await step(friday, "resume", job_id, order_id)
    assert await left(order_id) == 540
    await saved(policy(code="other"))
    with later(100):
        await step(friday, "pause", job_id, order_id, "Жду деталь")
        async with work(SYSTEM):
            await sla.restart(order_id)
    assert await fetchval("SELECT count(*) FROM sla_pauses WHERE ended_at IS NULL") == 0
    assert (await clocks(order_id))["resolution"].paused_at is None


async def test_an_order_that_is_over_has_no_open_pause(friday: Desk) -> None:
    order_id, _ = await paused(friday, "Жду деталь")
    async with work(SYSTEM):
        await sla.cancel(order_id)
    assert [row["ended"] for row in await fetch("SELECT ended_at IS NOT NULL AS ended FROM sla_pauses")] == [True]


async def test_the_customers_window_is_an_interval_of_its_own(friday: Desk) -> None:
    wanted = NOON + timedelta(days=3)
    await saved(policy(calendar="office"))
    order_id, _ = await started(friday, wanted_from=wanted, wanted_to=wanted + timedelta(hours=1))
    assert await left(order_id, "arrival") == 3 * 1440 + 60
    assert [span.kind for span in (await told(friday, order_id)).intervals] == ["wanted", "work", "off", "work"]
