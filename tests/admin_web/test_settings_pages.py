"""The company, its rules, its promises, the robot, the groups and the names of stages."""

import pytest

from core.chats import actions as chats
from core.chats.queries import groups
from core.company.queries import company, forget
from core.company.rules import RULES
from core.dispatch.rules import DEFAULT_WEIGHTS, MODES
from core.kernel.words import words
from core.kernel.work import work
from core.orders.queries import lifecycle
from core.orders.rules import STATES
from tests.admin_web.sending import send
from tests.admin_web.test_nasty_forms import FORMS
from tests.admin_web.visitor import Visitor
from tests.world import World

CARD, SWITCHES, STAGES = (FORMS[name][1] for name in ("company", "rules", "stages"))


async def test_the_company_is_described(admin: Visitor) -> None:
    assert (await send(admin, "/admin/settings", CARD)).done
    forget()
    ours = await company()
    assert (ours.name, ours.zone, ours.vat_rate, ours.colour) == ("Холод", "Asia/Omsk", 20, "#112233")
    reach = {"phone": "8 (495) 123-45-67", "email": "desk@example.com"}
    assert (await send(admin, "/admin/settings", {**CARD, **reach, "vat_rate": ""})).done
    forget()
    ours = await company()
    assert (ours.vat_rate, ours.phone, ours.email) == (None, *reach.values())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("inn", "123"), ("inn", "77012345678"), ("kpp", "x"), ("zone", "Mars/Base"), ("colour", "red")),
        *(("vat_rate", "-1"), ("vat_rate", "101"), ("name", ""), ("locale", "fr")),
        *(("phone", "Infinity"), ("phone", "12"), ("email", "NaN"), ("email", "a@b")),
    ],
)
async def test_a_wrong_requisite_is_shown_at_its_field(admin: Visitor, field: str, value: str) -> None:
    answer = await send(admin, "/admin/settings", {**CARD, field: value})
    assert (answer.status, answer.field) == (409, field)
    forget()
    assert (await company()).name == "Холод-Сервис"


async def test_rules_are_set(admin: Visitor) -> None:
    assert (await send(admin, "/admin/settings/rules", SWITCHES)).done
    forget()
    ours = await company()
    assert ours.rule("geofence_metres") == 150
    assert ours.rule("strangers_may_order") is True
    assert ours.rule("require_before_photo") is False
    answer = await send(admin, "/admin/settings/rules", {**SWITCHES, "low_rating": "6"})
    assert (answer.status, answer.field) == (409, "low_rating")


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_setting_is_said_in_plain_words(locale: str) -> None:
    t = words("admin", locale)
    wanted = [
        f"rule.{name}{end}"
        for name in RULES
        if name not in ("sla", "priorities", "offer_seconds", "offer_width")
        for end in ("", ".hint")
    ]
    wanted += [f"robot.{what}.{code}" for code in DEFAULT_WEIGHTS for what in ("weight", "sense")]
    wanted += [f"robot.mode.{mode}{end}" for mode in MODES for end in ("", ".hint")]
    wanted += [f"stages.state.{state}" for state in STATES]
    assert [key for key in wanted if not t.has(key)] == []


async def test_promises_grow_from_left_to_right(admin: Visitor) -> None:
    data = {
        f"{priority}.{kind}": str(minutes)
        for priority, kinds in RULES["sla"].items()
        for kind, minutes in kinds.items()
    }
    assert (await send(admin, "/admin/settings/sla", {**data, "urgent.response": "5"})).done
    forget()
    assert (await company()).rule("sla")["urgent"]["response"] == 5
    answer = await send(admin, "/admin/settings/sla", {**data, "urgent.arrival": "1"})
    assert (answer.status, answer.field) == (409, "urgent.arrival")
    answer = await send(admin, "/admin/settings/sla", {**data, "low.response": "0"})
    assert (answer.status, answer.field) == (409, "low.response")


async def test_a_matrix_of_priorities_is_set(admin: Visitor) -> None:
    data = {f"{critical}.{level}": level for critical, row in RULES["priorities"].items() for level in row}
    assert (await send(admin, "/admin/settings/priorities", {**data, "3.normal": "high"})).done
    forget()
    matrix = (await company()).rule("priorities")
    assert (matrix["3"]["normal"], matrix["2"]["normal"]) == ("high", "normal")
    answer = await send(admin, "/admin/settings/priorities", {**data, "1.low": "whenever"})
    assert (answer.status, answer.field) == (409, "1.low")


async def test_a_group_gets_its_areas(admin: Visitor, world: World) -> None:
    async with work():
        group = await chats.bind_group(-1001, "Диспетчеры", True)
    assert "Диспетчеры" in (await admin.get("/admin/settings/groups"))[1]
    path = f"/admin/settings/groups/{group}"
    assert (await send(admin, path, {"area": [str(world.centre_area), str(world.south_area)]})).done
    assert (await groups())[0].area_ids == (world.centre_area, world.south_area)
    assert (await send(admin, path)).done
    assert (await groups())[0].area_ids == ()
    assert (await send(admin, "/admin/settings/groups/999")).status == 404


async def test_stages_are_renamed_for_jobs_to_come(admin: Visitor) -> None:
    before = await lifecycle()
    assert (await send(admin, "/admin/settings/stages", {**STAGES, "stage.travelling.ru": "Мчится"})).done
    after = await lifecycle()
    assert [stage["state"] for stage in after] == [stage["state"] for stage in before]
    assert next(stage for stage in after if stage["code"] == "travelling")["name"]["ru"] == "Мчится"
    assert next(stage for stage in after if stage["code"] == "done")["guards"] == ["finish"]


async def test_settings_are_not_for_dispatchers(dispatcher: Visitor) -> None:
    for path in ("", "/rules", "/sla", "/dispatch", "/groups", "/stages"):
        assert (await dispatcher.get(f"/admin/settings{path}"))[0] == 403, path


async def test_channels_are_those_that_there_are(admin: Visitor) -> None:
    """By a mistyped one nobody would ever be told, and nobody would know."""
    path = "/admin/settings/rules"
    for wrong in ("bot; email", "бот почта", "telegram", "bot bot,", ","):
        answer = await send(admin, path, {**SWITCHES, "channels": wrong})
        assert (answer.status, answer.field) == (409, "channels"), wrong
    assert (await send(admin, path, {**SWITCHES, "channels": "Email, bot"})).done
    forget()
    assert (await company()).rule("channels") == "email bot"
