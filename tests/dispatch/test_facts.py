"""What the robot reads of demands, permits, the stop-list, parts, hours and rule sets; how it explains itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.contracts import actions as contracts
from core.customers import actions as customers
from core.dispatch import actions as dispatch
from core.dispatch import settle
from core.dispatch.models import Offer
from core.dispatch.queries import choices, judged, ranking, rulesets
from core.dispatch.rulesets import Rules
from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.errors import NotAllowed, Refusal
from core.kernel.work import work
from core.orders.models import Job, Order
from core.people import actions as people
from core.people.models import Member, Skill
from core.schedule.models import Absence, Shift
from core.warehouse import actions as warehouse
from tests.orders.desk import Desk

NAME = {"ru": "Имя", "en": "Name"}


def today() -> date:
    return clock.now().date()


async def rejected(desk: Desk, job_id: int) -> dict[str, tuple[str, str]]:
    """Names with their reasons."""
    found = await ranking(desk.dispatcher, job_id)
    return {one.name: (one.rejected, one.detail) for one in found if one.rejected}


async def demand(scope: str, key: object, what: str, code: str, level: int = 1) -> None:
    async with work(SYSTEM):
        await settle.add_demand(scope, str(key), what, code, level)


@pytest.mark.parametrize("scope", ["kind", "type", "customer", "site", "contract", "skill", "order"])
async def test_a_demand_holds_where_it_hangs(desk: Desk, scope: str) -> None:
    ivan, petr, _ = desk.technicians
    order_id, job_id = await desk.order(asset_ids=[desk.asset.id])
    async with work(SYSTEM):
        contract = await contracts.add_contract(desk.customer.id, "1", today() - timedelta(days=9))
        await people.add_certificate_kind("gas", NAME)
        await people.add_certificate(ivan.id, "gas", expires_on=today() + timedelta(days=3))
        await people.add_certificate(petr.id, "gas", expires_on=today() - timedelta(days=3))
    keys = {"kind": "repair", "type": desk.asset.type_id, "customer": desk.customer.id, "site": desk.site.id,
            "contract": contract, "skill": "cold", "order": order_id}  # fmt: skip
    await demand(scope, keys[scope], "certificate", "gas")
    assert await rejected(desk, job_id) == {"Пётр": ("certificate", "gas"), "Семён": ("certificate", "gas")}
    _, other = await desk.order(site_id=None, kind="install", address="Лесная", lat=55.7, lon=37.6)
    if scope not in ("customer", "contract"):
        assert await rejected(desk, other) == {}


async def test_what_a_demanded_skill_asks_for_is_asked_for_too(desk: Desk) -> None:
    async with work(SYSTEM):
        await people.add_certificate_kind("gas", NAME)
    for code in ("tools", "heat"):
        await Skill.create(code=code, name=NAME)
    _, job_id = await desk.order()
    await demand("skill", "tools", "certificate", "gas")
    await demand("skill", "heat", "skill", "tools")
    assert await rejected(desk, job_id) == {}
    await demand("kind", "repair", "skill", "heat")
    async with work(SYSTEM):
        for who in desk.technicians:
            await people.set_skills(who.id, {"cold": 3, "heat": 3, "tools": 3})
    assert await rejected(desk, job_id) == dict.fromkeys(("Иван", "Пётр", "Семён"), ("certificate", "gas"))


async def test_a_renewed_certificate_counts_and_one_for_ever(desk: Desk) -> None:
    ivan, petr, semyon = desk.technicians
    async with work(SYSTEM):
        await people.add_certificate_kind("gas", NAME)
        for who, days in ((ivan, -3), (ivan, 3), (petr, -3)):
            await people.add_certificate(who.id, "gas", expires_on=today() + timedelta(days=days))
        await people.add_certificate(semyon.id, "gas")
    await demand("kind", "repair", "certificate", "gas")
    _, job_id = await desk.order()
    assert await rejected(desk, job_id) == {"Пётр": ("certificate", "gas")}
    await Job.filter(id=job_id).update(planned_from=clock.now() + timedelta(days=5))
    assert (await rejected(desk, job_id))["Иван"] == ("certificate", "gas")


async def test_levels_tools_vehicles_and_the_stop_list_reject(desk: Desk) -> None:
    ivan, petr, semyon = desk.technicians
    async with work(SYSTEM):
        await people.set_skills(ivan.id, {"cold": 5})
        await people.add_equipment("vehicle", "truck", NAME)
        await people.add_equipment("tool", "ladder", NAME)
        await people.set_equipment(ivan.id, ["truck"])
        await people.set_equipment(petr.id, ["truck", "ladder"])
    _, job_id = await desk.order(asset_ids=[desk.asset.id])
    await demand("kind", "repair", "vehicle", "truck")
    assert await rejected(desk, job_id) == {"Семён": ("vehicle", "truck")}
    await demand("type", desk.asset.type_id, "skill", "cold", 4)
    assert await rejected(desk, job_id) == {"Пётр": ("level", "cold"), "Семён": ("level", "cold")}
    await demand("kind", "repair", "tool", "ladder")
    assert (await rejected(desk, job_id))["Иван"] == ("tool", "ladder")
    async with work(SYSTEM):
        other = await customers.add_site(desk.customer.id, "Другой")
        await settle.add_stop(ivan.id, desk.customer.id, other)
        await settle.add_stop(semyon.id, desk.customer.id)
    assert {name: why for name, (why, _) in (await rejected(desk, job_id)).items()} == {
        "Иван": "tool", "Пётр": "level", "Семён": "stopped"
    }  # fmt: skip


async def test_the_absent_are_told_apart_from_those_off_shift(desk: Desk) -> None:
    ivan, petr, semyon = desk.technicians
    begins = clock.now() - timedelta(days=1)
    for who, state in ((ivan, "approved"), (petr, "asked")):
        dates = {"starts_at": begins, "ends_at": begins + timedelta(days=3), "asked_at": begins}
        await Absence.create(member_id=who.id, kind="sick", state=state, asked_by="member:1", **dates)
    await Member.filter(id=semyon.id).update(on_duty_at=None)
    _, job_id = await desk.order()
    assert await rejected(desk, job_id) == {"Иван": ("absent", ""), "Семён": ("off_shift", "")}


async def test_parts_rates_and_hours_are_weighed(desk: Desk) -> None:
    ivan, petr, _ = desk.technicians
    order_id, job_id = await desk.order()
    async with work(SYSTEM):
        item = await contracts.add_price_item("material", "M1", "Фреон", Decimal(10), "кг")
        van = await warehouse.van_of(ivan.id)
        await warehouse.receive(van, item, Decimal(3))
        await settle.add_demand("order", str(order_id), "part", "M1", quantity=Decimal("2.5"))
    await Member.filter(id=petr.id).update(hourly_rate=1500)
    await desk.assigned(1)
    terms = {one.name: {t["code"]: t["minutes"] for t in one.terms} for one in await ranking(desk.dispatcher, job_id)}
    assert {name: told.get("parts", 0.0) for name, told in terms.items()} == {"Иван": 0, "Пётр": 30, "Семён": 30}
    assert terms["Пётр"]["cost"] > 0
    assert terms["Пётр"]["fair"] > 0 > terms["Семён"]["fair"]
    async with work(SYSTEM):
        await settle.add_demand("order", str(order_id), "part", "M1", quantity=Decimal(4))
    found = await ranking(desk.dispatcher, job_id)
    assert [t["minutes"] for one in found for t in one.terms if t["code"] == "parts"] == [30, 30, 30]


async def test_the_rule_set_of_the_customer_is_used(desk: Desk) -> None:
    usual = (await rulesets())[0]
    async with work(SYSTEM):
        when = {"customers": [desk.customer.id]}
        await settle.save_ruleset(Rules("own", NAME, "offer", 2, 60, when, {"travel": 0.0}))
        await settle.save_ruleset(Rules("kind", NAME, "manual", 1, 60, {"kinds": ["repair"]}))
    order_id, job_id = await desk.order()
    assert (await judged(job_id)).rules.code == "own"
    async with work(SYSTEM):
        await dispatch.seek(job_id)
    assert await Offer.filter(job_id=job_id, state="open").count() == 2
    (kept,) = (await choices(desk.dispatcher, order_id)).values()
    assert (kept.outcome, kept.fits, kept.rules) == ("offered", 3, NAME)
    for one in kept.best:
        assert sum(term["minutes"] for term in one["terms"]) == one["score"]
    async with work(SYSTEM):
        await settle.remove_ruleset("own")
    assert (await judged(job_id)).rules.code == "kind"
    assert usual.code == "usual"


async def test_a_hint_is_kept_and_asks_a_person(desk: Desk) -> None:
    async with work(SYSTEM):
        await settle.save_ruleset(Rules("usual", NAME, "hint", 1, 60))
    order_id, job_id = await desk.order()
    async with work(SYSTEM):
        await dispatch.seek(job_id)
    assert (await Order.get(id=order_id)).needs_help == "manual"
    assert (await choices(desk.dispatcher, order_id))[job_id].outcome == "hint"


async def test_rules_that_reject_everybody_say_what_would_help(desk: Desk) -> None:
    order_id, job_id = await desk.order()
    async with work(SYSTEM):
        await Skill.create(code="gas", name=NAME)
    await demand("order", order_id, "skill", "gas")
    later = clock.now() + timedelta(hours=5)
    await Shift.create(member_id=desk.technicians[0].id, starts_at=later, ends_at=later + timedelta(hours=8))
    async with work(SYSTEM):
        await dispatch.seek(job_id)
    kept = (await choices(desk.dispatcher, order_id))[job_id]
    assert [(one["how"], one.get("what"), one["n"]) for one in kept.help] == [("skill", NAME, 3), ("contractor", "", 0)]
    assert [(one["rule"], one["what"], one["n"]) for one in kept.rejected] == [("skill", NAME, 3)]
    with pytest.raises(NotAllowed):
        await choices(desk.technicians[0], order_id)


@pytest.mark.parametrize(
    ("args", "field"),
    [
        (("moon", "1", "skill", "cold"), "scope"),
        (("kind", "magic", "skill", "cold"), "key"),
        (("kind", "repair", "magic", "cold"), "what"),
        (("kind", "repair", "skill", "none"), "code"),
        (("customer", "999", "skill", "cold"), "key"),
        (("kind", "repair", "skill", "cold", 6), "level"),
        (("kind", "repair", "skill", "cold", 1, Decimal(0)), "quantity"),
    ],
)
async def test_a_bad_demand_is_refused(desk: Desk, args: tuple[object, ...], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        async with work(SYSTEM):
            await settle.add_demand(*args)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.data["field"]) == ("dispatch.bad_demand", field)
