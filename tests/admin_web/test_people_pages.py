"""Staff, skills, areas, roles and shifts are kept on pages, and an empty desk says where to begin."""

from datetime import timedelta

import pytest

from core.kernel.clock import now
from core.kernel.words import words
from core.kernel.work import work
from core.people import actions as people
from core.people.queries import actor_for, areas, member_view, roles, skills
from core.people.rules import PERMISSIONS
from core.schedule.queries import shifts_ahead
from tests.admin_web.conftest import NewClient
from tests.admin_web.sending import number_in, send
from tests.admin_web.visitor import Visitor, sign_in
from tests.world import World

CARD = {"name": "Лев Тарасов", "phone": "8 916 123-45-67", "post": "мастер", "role": "technician", "locale": "ru"}
CARD |= {"zone": "Europe/Moscow", "hourly_rate": "740", "lat": "55.75", "lon": "37.53"}


class Newcomer:
    """Whoever opens an invite in the messenger."""

    user_id, name, language = 777, "Lev", "ru"


async def test_an_empty_desk_says_where_to_begin(desk: str, new_client: NewClient) -> None:
    async with work():
        first = await people.add_member("admin", "Первый")
    visitor = await sign_in(await new_client(), first)
    t = words("admin", "ru")
    expected = {
        "/admin/people": "people.first",
        "/admin/people/skills": "skills.none.hint",
        "/admin/people/areas": "areas.none.hint",
        "/admin/customers": "customers.none.hint",
        "/admin/assets": "assets.none.hint",
        "/admin/assets/types": "types.none.hint",
        "/admin/labels": "labels.none.hint",
        "/admin/prices": "prices.none.work",
        "/admin/prices/materials": "prices.none.material",
        "/admin/stock": "stock.none.hint",
        "/admin/checklists": "checklists.none.hint",
        "/admin/settings": "settings.first",
        "/admin/plumbing": "plumbing.fine",
    }
    for path, key in expected.items():
        status, text = await visitor.get(path)
        assert status == 200, path
        assert t.text(key) in text, path
    assert (await visitor.get("/admin/settings/groups"))[0] == 200


async def test_somebody_is_hired_with_skills_and_areas(admin: Visitor, world: World) -> None:
    data = {**CARD, "skill.cold": "4", "skill.heat": "", "area": str(world.south_area)}
    answer = await send(admin, "/admin/people/new", data)
    card = await member_view(number_in(answer.where))
    assert (card.name, card.phone, card.post, card.role) == ("Лев Тарасов", "+79161234567", "мастер", "technician")
    assert (card.skills, card.area_ids, card.home_lat) == ({"cold": 4}, (world.south_area,), 55.75)


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "12"), ("zone", "Moon/Base"), ("hourly_rate", "-5"), ("skill.cold", "9"), ("lat", "91"), ("lon", "")],
)
async def test_a_refusal_names_its_field_and_nothing_changes(
    admin: Visitor, world: World, field: str, value: str
) -> None:
    before = await member_view(world.rashid)
    answer = await send(admin, f"/admin/people/{world.rashid}", {**CARD, "name": "Другой", field: value})
    assert (answer.status, answer.where) == (409, None)
    assert answer.field == ("lat" if field == "lon" else field)
    assert answer.said
    assert await member_view(world.rashid) == before


async def test_an_invite_works_once_in_the_bot(admin: Visitor, world: World) -> None:
    hired = number_in((await send(admin, "/admin/people/new", CARD)).where)
    shown = await send(admin, f"/admin/people/{hired}/invite/technician")
    token = shown.text.split("/start i_")[1].split("<")[0]
    async with work():
        assert await people.redeem("technician", token, Newcomer(), 777) == f"member:{hired}"
    found = await actor_for("technician", 777)
    assert found is not None
    assert found.id == hired
    assert (await send(admin, f"/admin/people/{hired}/invite/customer")).status == 404


async def test_who_left_is_known_no_more_and_may_return(admin: Visitor, world: World) -> None:
    path = f"/admin/people/{world.svetlana}"
    assert (await send(admin, f"{path}/leave")).done
    assert not (await member_view(world.svetlana)).active
    assert "Светлана" in (await admin.get("/admin/people?left=1"))[1]
    assert "Светлана" not in (await admin.get("/admin/people"))[1]
    assert (await send(admin, f"{path}/return")).done
    assert (await member_view(world.svetlana)).active


async def test_the_last_administrator_stays(admin: Visitor, world: World) -> None:
    refused = await send(admin, f"/admin/people/{world.admin}/leave")
    assert refused.status == 409
    refused = await send(admin, f"/admin/people/{world.admin}", {**CARD, "role": "dispatcher"})
    assert (refused.status, refused.field) == (409, "role")


async def test_sessions_of_others_are_ended(admin: Visitor, dispatcher: Visitor, world: World) -> None:
    _, text = await admin.get(f"/admin/people/{world.dispatcher}")
    session = text.split("/sessions/")[1].split("/")[0]
    assert (await send(admin, f"/admin/people/{world.dispatcher}/sessions/{session}/end")).done
    assert (await dispatcher.get("/admin/people"))[0] == 303


async def test_a_dispatcher_sees_people_and_changes_none(dispatcher: Visitor, world: World) -> None:
    status, text = await dispatcher.get(f"/admin/people/{world.pyotr}")
    assert status == 200
    assert "fieldset disabled" in text
    assert "/invite/" not in text
    assert (await send(dispatcher, f"/admin/people/{world.pyotr}", CARD)).status == 403


async def test_skills_are_named_renamed_and_removed(admin: Visitor, world: World) -> None:
    await send(admin, "/admin/people/skills", {"name.ru": "Кофемашины", "name.en": "Coffee machines"})
    await send(admin, "/admin/people/skills", {"name.ru": "Вода", "name.en": ""})
    known = {one.code: one.name for one in await skills()}
    assert known["coffee_machines"] == {"ru": "Кофемашины", "en": "Coffee machines"}
    assert known["skill1"] == {"ru": "Вода", "en": "Вода"}
    await send(admin, "/admin/people/skills", {"code": "skill1", "name.ru": "Водоснабжение"})
    assert {one.code: one.name for one in await skills()}["skill1"]["ru"] == "Водоснабжение"
    assert (await send(admin, "/admin/people/skills/skill1/remove")).done
    assert (await send(admin, "/admin/people/skills/cold/remove")).status == 409


async def test_areas_are_made_moved_and_removed(admin: Visitor, world: World) -> None:
    circle = {"name": "Запад", "lat": "55.7", "lon": "37.4", "radius": "9"}
    assert (await send(admin, "/admin/people/areas/new", circle)).done
    assert (await send(admin, "/admin/people/areas/new", circle)).status == 409
    west = next(one for one in await areas() if one.name == "Запад")
    assert (await send(admin, f"/admin/people/areas/{west.id}", {**circle, "name": "Кунцево", "radius": "3,5"})).done
    moved = next(one for one in await areas() if one.id == west.id)
    assert (moved.name, moved.radius) == ("Кунцево", 3.5)
    taken = await send(admin, f"/admin/people/areas/{west.id}", {**circle, "name": "Юг"})
    assert taken.status == 409
    assert (await send(admin, f"/admin/people/areas/{world.south_area}/remove")).status == 409
    assert (await send(admin, f"/admin/people/areas/{west.id}/remove")).done


async def test_a_role_gets_its_permissions(admin: Visitor, technician: Visitor, world: World) -> None:
    data = {"code": "technician", "name.ru": "Техник", "permission": ["orders.work", "people.see"]}
    assert (await technician.get("/admin/people"))[0] == 403
    assert (await send(admin, "/admin/people/roles", data)).done
    role = next(one for one in await roles() if one.code == "technician")
    assert role.permissions == {"orders.work", "people.see"}
    assert (await technician.get("/admin/people"))[0] == 200
    assert (await send(admin, "/admin/people/roles", {**data, "permission": "fly"})).status == 409
    assert (await send(admin, "/admin/people/roles", {**data, "code": "admin"})).status == 409


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_permission_is_said_in_words(locale: str) -> None:
    assert [code for code in PERMISSIONS if not words("admin", locale).has(f"permission.{code}")] == []


async def test_a_week_is_planned_in_one_go(admin: Visitor, world: World) -> None:
    monday = now().date() + timedelta(days=14 - now().date().weekday())
    days = [(monday + timedelta(days=n)).isoformat() for n in range(5)]
    data = {"person": str(world.rashid), "day": days, "starts": "20:00", "ends": "08:00"}
    assert (await send(admin, "/admin/people/shifts", data)).done
    planned = [one for one in await shifts_ahead(world.rashid, 60) if one.starts_at.date() >= monday]
    assert len(planned) == 5
    assert planned[0].ends_at - planned[0].starts_at == timedelta(hours=12)
    _, text = await admin.get(f"/admin/people/shifts?from={days[0]}")
    assert text.count("20:00–08:00") == 5
    again = await send(admin, "/admin/people/shifts", {**data, "day": [days[4], (monday + timedelta(5)).isoformat()]})
    assert again.status == 409
    assert len([one for one in await shifts_ahead(world.rashid, 60) if one.starts_at.date() >= monday]) == 5
    assert (await send(admin, f"/admin/people/shifts/{planned[0].id}/remove", {"from": days[0]})).done


async def test_a_technician_plans_no_shifts(admin: Visitor, technician: Visitor, world: World) -> None:
    await send(admin, "/admin/people/roles", {"code": "technician", "name.ru": "Т", "permission": "people.see"})
    data = {"person": str(world.pyotr), "day": "2027-01-11", "starts": "09:00", "ends": "18:00"}
    assert (await send(technician, "/admin/people/shifts", data)).status == 403
