"""Rule sets are made, tried before they are kept, searched and brought back; permits, demands and stops are kept."""

from datetime import timedelta

import pytest

from core.customers.actions import update_customer
from core.dispatch.queries import demands, rulesets, stops, versions
from core.kernel.clock import now
from core.kernel.work import work
from core.people import actions as people
from core.people.queries import certificates, equipment, kinds, skills
from core.schedule import actions as schedule
from tests.admin_web.conftest import Orders
from tests.admin_web.form_reader import read_form, with_
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World

ROBOT = "/admin/settings/dispatch"
USUAL = {"name.ru": "Обычные", "name.en": "Usual", "mode": "offer", "width": "3", "offer_minutes": "2,5"}
VIP = {**USUAL, "name.ru": "Для важных", "name.en": "For the important", "segments": "vip", "mode": "auto"}


async def test_the_robot_is_told_how_to_work(admin: Visitor) -> None:
    assert (await send(admin, f"{ROBOT}/usual", {**USUAL, "weight.travel": "2", "off": "area"})).done
    how = (await rulesets())[0]
    assert (how.mode, how.width, how.offer_seconds, how.weights, how.off) == ("offer", 3, 150, {"travel": 2}, ("area",))
    assert (await send(admin, f"{ROBOT}/usual", {**USUAL, "mode": "manual", "weight.travel": ""})).done
    assert (await rulesets())[0].weights == {}
    wrong = (
        ("mode", "magic"),
        ("width", "0"),
        ("offer_minutes", "0"),
        ("weight.load", "1001"),
        ("weight.max_open", "0"),
    )
    for field, value in wrong:
        answer = await send(admin, f"{ROBOT}/usual", {**USUAL, field: value})
        assert (answer.status, answer.field) == (409, field)


LADDERS = {
    "remind.0.minutes": "0,5",
    "remind.0.how": "chat",
    "remind.2.minutes": "1",
    "remind.2.how": "sms",
    "escalate.0.minutes": "5",
    "escalate.0.how": "group",
    "escalate.1.minutes": "10",
    "escalate.1.how": "voice",
    "manager": "dispatcher",
}


async def test_ladders_are_kept_and_shown(admin: Visitor) -> None:
    assert (await send(admin, f"{ROBOT}/usual", {**USUAL, **LADDERS})).done
    one = (await rulesets())[0]
    assert one.reminders == ((30, "chat"), (60, "sms"))
    assert (one.escalation, one.manager) == (((300, "group"), (600, "voice")), "dispatcher")
    _, text = await admin.get(f"{ROBOT}/usual")
    assert 'name="remind.1.minutes" value="1"' in text
    assert 'name="escalate.1.minutes" value="10"' in text
    assert "Не подключены: отправка SMS, звонки" in text
    assert 'value="technician"' not in text
    none = dict.fromkeys(LADDERS, "") | {"manager": "dispatcher"}
    assert (await send(admin, f"{ROBOT}/usual", {**USUAL, **none})).done
    one = (await rulesets())[0]
    assert (one.reminders, one.escalation) == ((), ())


async def test_a_ladder_is_as_the_page_shows_it_in_every_mode(admin: Visitor) -> None:
    """What is usual for the robot is not so where people choose; there it is what the company said."""
    above = {"escalate.0.how": "chat", "escalate.0.minutes": "15"}
    for mode, typed, holds in (
        ("manual", above, ((900, "chat"),)),
        ("manual", dict.fromkeys(above, ""), ()),
        ("auto", dict.fromkeys(above, ""), ()),
        ("auto", above, ((900, "chat"),)),
    ):
        assert (await send(admin, f"{ROBOT}/usual", {**USUAL, **typed, "mode": mode})).done
        assert (await rulesets())[0].escalating == holds, (mode, typed)


async def test_the_usual_ladder_is_not_kept(admin: Visitor) -> None:
    usual = {"remind.0.how": "chat", "remind.0.minutes": "1,25", "escalate.0.how": "chat", "escalate.0.minutes": "15"}
    assert (await send(admin, f"{ROBOT}/usual", {**USUAL, **usual})).done
    one = (await rulesets())[0]
    assert (one.reminders, one.escalation, one.reminding) == (None, None, ((75, "chat"),))


async def test_saving_what_the_page_shows_changes_no_number(admin: Visitor) -> None:
    numbers = {"weight.travel": "1,2345678", "weight.cost": "0,000025", "weight.load": "1000", "offer_minutes": "100"}
    week = {
        "remind.0.minutes": "5,55",
        "remind.2.minutes": "10",
        "escalate.0.minutes": "1440,75",
        "escalate.1.minutes": "10079,85",
    }
    assert (await send(admin, f"{ROBOT}/usual", {**USUAL, **LADDERS, **numbers, **week})).done
    before = (await rulesets())[0]
    form = read_form((await admin.get(f"{ROBOT}/usual"))[1], f"{ROBOT}/usual")
    assert (await send(admin, f"{ROBOT}/usual", form)).done
    after = (await rulesets())[0]
    assert (before.weights["travel"], before.weights["cost"]) == (1.2345678, 0.000025)
    assert (after.weights, after.offer_seconds) == (before.weights, before.offer_seconds)
    assert (after.reminders, after.escalation) == (before.reminders, before.escalation)


WRONG_STEPS = (
    *(("remind.0.minutes", value) for value in ("", "x", "NaN", "-1", "0,1")),
    *(("remind.2.minutes", value) for value in ("2,5", "0,5", "0,2")),
    *(("remind.0.how", value) for value in ("", "group", "pigeon")),
    *(("escalate.1.minutes", value) for value in ("5", "100000")),
    ("escalate.0.minutes", "0"),
    *(("manager", value) for value in ("technician", "<b>", "x" * 40)),
)


async def test_a_wrong_step_is_shown_at_its_row(admin: Visitor) -> None:
    for field, value in WRONG_STEPS:
        answer = await send(admin, f"{ROBOT}/usual", {**USUAL, **LADDERS, field: value})
        assert (answer.status, answer.field) == (409, field), value
        assert answer.said
    assert (await rulesets())[0].id == 0


async def test_a_version_is_brought_back(admin: Visitor) -> None:
    for rate in ("2", "3"):
        assert (await send(admin, f"{ROBOT}/usual", {**USUAL, "weight.travel": rate})).done
    first = (await versions("usual"))[-1].rules
    assert (await send(admin, f"{ROBOT}/usual/versions/{first.id}")).done
    assert (await rulesets())[0].weights == {"travel": 2}
    assert len(await versions("usual")) == 3
    assert (await send(admin, f"{ROBOT}/usual", {**USUAL, "weight.travel": "2"})).done
    assert len(await versions("usual")) == 3


async def test_rule_sets_are_listed_searched_and_removed(admin: Visitor) -> None:
    for name in ("VIP", "Twin"):
        assert (await send(admin, f"{ROBOT}/new", {**VIP, "name.en": name, "name.ru": f"Набор {name}"})).done
    _, text = await admin.get(ROBOT)
    assert "одинаково точны" in text
    assert "никогда не сработают" in text
    _, found = await admin.get(f"{ROBOT}?q=twin")
    assert "/twin" in found
    assert f"{ROBOT}/vip" not in found
    assert (await send(admin, f"{ROBOT}/twin/remove")).done
    assert [one.code for one in await rulesets()] == ["usual", "vip"]
    assert (await send(admin, f"{ROBOT}/usual/remove")).status == 409
    assert (await admin.get(f"{ROBOT}/twin"))[0] == 404


@pytest.mark.parametrize(("field", "value"), [("weight.travel", "x"), ("offer_minutes", ""), ("mode", "")])
async def test_a_trial_says_what_is_wrong(admin: Visitor, world: World, field: str, value: str) -> None:
    data = {**USUAL, "trial.site": str(world.arbat), "trial.kind": "repair", "trial.priority": "normal", field: value}
    answer = await send(admin, f"{ROBOT}/trial", data)
    assert (answer.status, answer.field) == (409, field)


async def test_a_trial_shows_the_ranking_before_anything_is_kept(admin: Visitor, world: World) -> None:
    async with work():
        for one in (world.pyotr, world.svetlana):
            await schedule.open_shift(one)
    data = {**USUAL, "trial.site": str(world.arbat), "trial.kind": "repair", "trial.priority": "normal"}
    text = (await send(admin, f"{ROBOT}/trial", data)).text
    assert text.index("Пётр") < text.index("Светлана")
    far = {**data, "weight.travel": "-1", "weight.load": "0"}
    text = (await send(admin, f"{ROBOT}/trial", far)).text
    assert text.index("Светлана") < text.index("Пётр")
    cold = (await send(admin, f"{ROBOT}/trial", {**data, "trial.skill.cold": "5"})).text
    assert "мал уровень навыка: Холод" in cold
    assert "нет навыка: Холод" in cold
    assert "Передать подрядчику" in cold
    assert (await rulesets())[0].id == 0


async def test_a_trial_on_an_open_order_says_which_rules_hold_now(admin: Visitor, made: Orders) -> None:
    order_id, _ = await made.new()
    assert (await send(admin, f"{ROBOT}/new", {**VIP, "segments": "", "kind": "repair"})).done
    answer = await send(admin, f"{ROBOT}/trial", {**USUAL, "code": "usual", "trial.order": str(order_id),
                                                  "trial.kind": "repair", "trial.priority": "low"})  # fmt: skip
    assert "Сейчас для такой заявки действует «Для важных»" in answer.text
    assert (await admin.get(f"{ROBOT}/usual"))[0] == 200


async def test_permits_and_tools_are_kept_on_a_person(admin: Visitor, world: World) -> None:
    names = {"name.ru": "Допуск 1000 В", "name.en": "Volts"}
    assert (await send(admin, "/admin/people/permits", {**names, "what": "certificate"})).done
    assert (await send(admin, "/admin/people/permits", {**names, "name.en": "Truck", "what": "vehicle"})).done
    card = f"/admin/people/{world.pyotr}"
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    assert (await send(admin, f"{card}/certificates", {"kind": "volts", "expires_on": yesterday})).done
    assert (await send(admin, f"{card}/equipment", {"equipment": "truck"})).done
    assert await equipment(world.pyotr) == {"truck"}
    assert "Кончился" in (await admin.get(card))[1]
    assert (await send(admin, "/admin/people/permits/certificate/volts/remove")).status == 409
    held = (await certificates(world.pyotr))[0]
    assert (await send(admin, f"{card}/certificates/{held.id}/remove")).done
    assert (await send(admin, "/admin/people/permits/certificate/volts/remove")).done
    assert (await send(admin, f"{card}/certificates", {"kind": "volts"})).field == "kind"


async def test_demands_and_stops_are_kept_where_they_belong(admin: Visitor, world: World) -> None:
    async with work():
        await people.add_certificate_kind("gas", {"ru": "Газ", "en": "Gas"})
    about = {"about": "skill:cold", "what": "certificate:gas", "level": "1"}
    assert (await send(admin, "/admin/settings/demands", about)).done
    path = f"/admin/demands/customer/{world.azbuka}"
    assert (await send(admin, path, {"what": "skill:heat", "level": "4"})).done
    assert (await send(admin, path, {"what": "part:M1", "quantity": "2,5"})).done
    assert [(d.scope, d.what, d.code) for d in await demands()] == [
        ("customer", "part", "M1"), ("customer", "skill", "heat"), ("skill", "certificate", "gas"),
    ]  # fmt: skip
    for page in ("/admin/settings/demands", path, f"/admin/demands/order/{world.azbuka}"):
        assert (await admin.get(page))[0] == 200
    assert (await send(admin, "/admin/people/skills/heat/remove")).status == 409
    for what in ("skill:none", "magic:cold", "part:W1"):
        assert (await send(admin, path, {"what": what})).status == 409
    assert (await send(admin, "/admin/settings/demands", {**about, "about": "customer:99"})).status == 409
    for one in await demands():
        assert (await send(admin, f"/admin/demands/{one.id}/remove", {"all": "1"})).done
    stop = f"/admin/customers/{world.azbuka}/stops"
    assert (await send(admin, stop, {"member": str(world.pyotr), "site": str(world.arbat)})).done
    assert (await send(admin, stop, {"member": str(world.pyotr), "site": str(world.arbat)})).field == "member"
    assert (await send(admin, stop, {"member": str(world.pyotr), "site": str(world.shop)})).field == "site"
    (kept,) = await stops(world.azbuka)
    assert "Арбат" in (await admin.get(f"/admin/people/{world.pyotr}"))[1]
    assert (await send(admin, f"{stop}/{kept.id}/remove")).done


async def test_a_rule_set_of_a_former_customer_does_not_become_everybodys(admin: Visitor, world: World) -> None:
    """Whoever only corrects its width saves the customer that it names too."""
    only = {**VIP, "segments": "", "customer": str(world.azbuka)}
    assert (await send(admin, f"{ROBOT}/new", only)).done
    code = (await rulesets())[1].code
    async with work():
        await update_customer(world.azbuka, active=False)
    _, text = await admin.get(f"{ROBOT}/{code}")
    assert (await send(admin, f"{ROBOT}/{code}", with_(read_form(text, f"{ROBOT}/{code}"), width="4"))).done
    kept = (await rulesets())[1]
    assert (kept.width, kept.when) == (4, {"customers": [world.azbuka]})


async def test_a_new_rule_set_has_nothing_of_a_removed_one(admin: Visitor) -> None:
    """Neither its age, by which the older of two equals holds, nor its versions."""
    names = [{**VIP, "name.ru": name, "name.en": ""} for name in ("Первый", "Второй", "Третий")]
    assert (await send(admin, f"{ROBOT}/new", names[0])).done
    first = (await rulesets())[1].code
    assert (await send(admin, f"{ROBOT}/new", names[1])).done
    assert (await send(admin, f"{ROBOT}/{first}/remove")).done
    assert (await send(admin, f"{ROBOT}/new", names[2])).done
    _, second, third = await rulesets()
    assert [one.name["ru"] for one in (second, third)] == ["Второй", "Третий"]
    assert [one.rules.name["ru"] for one in await versions(third.code)] == ["Третий"]


async def test_a_permit_may_be_called_as_a_skill_is(admin: Visitor, world: World) -> None:
    """Codes are made up and shown to nobody, so that nobody could choose another one."""
    name = {"name.ru": "Сварка", "name.en": "Welding"}
    for path, more in (("skills", {}), ("permits", {"what": "certificate"}), ("permits", {"what": "tool"})):
        answer = await send(admin, f"/admin/people/{path}", {**name, **more})
        assert answer.done, answer.said
    assert (await send(admin, "/admin/people/permits", {"what": "vehicle", "name.ru": "Van", "name.en": "Van"})).done
    assert (await send(admin, "/admin/people/skills", {"name.ru": "Van", "name.en": "Van"})).done
    codes = [*(one.code for one in await skills()), *(one.code for one in await kinds())]
    assert len(set(codes)) == len(codes)
