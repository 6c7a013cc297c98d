"""Calendars and deadline policies, as an administrator types them."""

from datetime import date

import pytest

from core.contracts.actions import add_contract
from core.kernel.actor import SYSTEM
from core.kernel.read import fetchval
from core.kernel.work import work
from core.schedule.queries import calendars
from core.sla.queries import policies
from tests.admin_web.form_reader import read_form, with_
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World

WEEK = {f"day.{n}": "9:00-13:00, 14:00—18:00" for n in range(5)} | {"day.5": "", "day.6": ""}
DAYS = "2027-01-01 Новый год\n\n2027-02-19 9:00–17:00\n2027-02-20 10:00–14:00 За понедельник\n2027-03-06 22:00–06:00"
CALENDAR = {"name.ru": "Контора", "name.en": "Office", "zone": "Asia/Omsk", "days": DAYS, **WEEK}
POLICY = {
    "name.ru": "Магазины",
    "name.en": "Shops",
    "segments": "retail, vip",
    "kind": ["repair"],
    "priority": ["urgent"],
    "minutes.response": "15",
    "minutes.arrival": "120",
    "minutes.resolution": "480",
    "calendar": "office",
    "warn": "80%, 50",
    "stop.paused": "1",
    "reasons.paused": "Жду деталь\n\n Просит   клиент ",
    "reasons.new": "x",
    "norm.offered": "10",
    "norm.paused": "60",
    "norm_stands.paused": "1",
}
PAGES = "/admin/settings"


@pytest.fixture
async def office(admin: Visitor) -> Visitor:
    """An administrator whose desk has a calendar."""
    assert (await send(admin, f"{PAGES}/calendars/new", CALENDAR)).done
    return admin


async def test_a_calendar_is_read_as_it_was_typed(office: Visitor) -> None:
    [one] = await calendars()
    hours = [["09:00", "13:00"], ["14:00", "18:00"]]
    assert (one.code, one.name["ru"], one.data["zone"]) == ("office", "Контора", "Asia/Omsk")
    assert one.data["week"] == [hours] * 5 + [[], []]
    assert one.data["days"] == {
        "2027-01-01": {"kind": "holiday", "hours": [], "name": "Новый год"},
        "2027-02-19": {"kind": "short", "hours": [["09:00", "17:00"]], "name": ""},
        "2027-02-20": {"kind": "extra", "hours": [["10:00", "14:00"]], "name": "За понедельник"},
        "2027-03-06": {"kind": "extra", "hours": [["22:00", "06:00"]], "name": ""},
    }


async def test_a_calendar_shows_what_it_takes(office: Visitor) -> None:
    """Saved as it is shown, nothing changes; saved otherwise, it is a new version of the same."""
    _, text = await office.get(f"{PAGES}/calendars/office")
    for told in ("09:00–13:00, 14:00–18:00", "2027-01-01 Новый год", "2027-02-20 10:00–14:00 За понедельник"):
        assert told in text, told
    for changed, versions in (({}, 1), ({"day.5": "10:00–14:00"}, 2)):
        assert (await send(office, f"{PAGES}/calendars/office", {**CALENDAR, **changed})).done
        assert await fetchval("SELECT count(*) FROM schedule_calendars") == versions
    assert [len(one.data["week"][5]) for one in await calendars()] == [1]
    assert "Контора" in (await office.get(f"{PAGES}/calendars"))[1]
    assert (await office.get(f"{PAGES}/calendars/nights"))[0] == 404


async def test_a_holiday_whose_name_begins_with_a_number(office: Visitor) -> None:
    """It is taken as it was typed, and shown so that it can be saved again."""
    card, names = f"{PAGES}/calendars/office", ["8 Марта", "80-летие Победы", "1 смена"]
    days = f"2027-03-08 {names[0]}\n2027-05-09 {names[1]}\n2027-05-10 9:00–12:00 {names[2]}"
    assert (await send(office, card, {**CALENDAR, "days": days})).done
    assert (await send(office, card, read_form((await office.get(card))[1], card))).done
    [one] = await calendars()
    told = one.data["days"].values()
    assert [(day["kind"], day["name"]) for day in told] == list(
        zip(("holiday", "holiday", "short"), names, strict=True)
    )


WRONG = [
    ("day.0", "с девяти"),
    ("day.0", "09:00"),
    ("day.0", "24:00–06:00"),
    ("day.0", "09:60–10:00"),
    ("days", "завтра"),
    ("days", "2027-01-01 9:00 Праздник"),
    ("days", "2027-01-01 9 – 17 Праздник"),
    ("days", "2027-01-01 9.00–17.00 Праздник"),
    ("days", "2027-01-01 9"),
    ("zone", "Mars/Base"),
    ("name.ru", ""),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_a_wrong_line_is_shown_at_its_field(admin: Visitor, field: str, value: str) -> None:
    data = {**CALENDAR, field: value} | ({"name.en": ""} if field == "name.ru" else {})
    answer = await send(admin, f"{PAGES}/calendars/new", data)
    assert (answer.status, answer.field) == (409, field)
    assert await calendars() == []


async def test_hardly_any_hours_are_no_calendar(admin: Visitor) -> None:
    closed = {f"day.{n}": "" for n in range(1, 7)}
    assert (await send(admin, f"{PAGES}/calendars/new", {**CALENDAR, **closed})).status == 409
    assert await calendars() == []


async def test_a_policy_is_read_as_it_was_typed(office: Visitor, world: World) -> None:
    async with work(SYSTEM):
        contract = await add_contract(world.azbuka, "17/3", date(2026, 1, 1))
    assert "№\xa017/3" in (await office.get(f"{PAGES}/policies/new"))[1]
    assert (await send(office, f"{PAGES}/policies/new", {**POLICY, "contract": [str(contract)]})).done
    assert await policies() == [
        {
            "code": "shops",
            "name": {"ru": "Магазины", "en": "Shops"},
            "when": {
                "contracts": [contract],
                "segments": ["retail", "vip"],
                "kinds": ["repair"],
                "priorities": ["urgent"],
            },
            "minutes": {"response": 15, "arrival": 120, "resolution": 480},
            "calendar": "office",
            "warn": [50, 80],
            "pauses": [{"stage": "paused", "reasons": ["Жду деталь", "Просит клиент"]}],
            "norms": [{"stage": "offered", "minutes": 10}, {"stage": "paused", "minutes": 60, "pauses": True}],
        }
    ]
    _, text = await office.get(f"{PAGES}/policies/shops")
    for told in ("retail, vip", "50, 80", "Жду деталь\nПросит клиент", 'name="norm.offered" value="10"'):
        assert told in text, told


async def test_policies_are_ordered_changed_and_removed(office: Visitor) -> None:
    for name in ("Shops", "Others"):
        assert (await send(office, f"{PAGES}/policies/new", {**POLICY, "name.en": name})).done
    assert (await send(office, f"{PAGES}/policies/others/up")).done
    assert [one["code"] for one in await policies()] == ["others", "shops"]
    assert (await send(office, f"{PAGES}/policies/shops", {**POLICY, "calendar": "", "warn": "70"})).done
    assert [(one["calendar"], one["warn"]) for one in await policies()] == [("office", [50, 80]), ("", [70])]
    assert "круглосуточно" in (await office.get(f"{PAGES}/policies"))[1]
    assert (await send(office, f"{PAGES}/policies/others/remove")).done
    assert [one["code"] for one in await policies()] == ["shops"]
    assert (await send(office, f"{PAGES}/policies/others/remove")).status == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("minutes.arrival", "10"), ("minutes.response", "0"), ("calendar", "nights"), ("warn", "100"), ("warn", "")),
        *(("warn", "1,2,3,4,5,6"), ("contract", "x"), ("minutes.resolution", "525601")),
        *(("norm.offered", "soon"), ("norm.paused", "0"), ("norm_stands.offered", "1")),
    ],
)
async def test_a_wrong_policy_is_shown_at_its_field(office: Visitor, field: str, value: str) -> None:
    answer = await send(office, f"{PAGES}/policies/new", {**POLICY, field: value})
    assert (answer.status, answer.field) == (409, field)
    assert await policies() == []


async def test_they_are_not_for_dispatchers(dispatcher: Visitor) -> None:
    for path in ("calendars", "calendars/new", "policies", "policies/new"):
        assert (await dispatcher.get(f"{PAGES}/{path}"))[0] == 403, path


async def test_a_policy_of_a_contract_that_is_over_does_not_become_everybodys(office: Visitor, world: World) -> None:
    """Whoever only corrects its minutes saves the contract that it names too."""
    async with work(SYSTEM):
        over = await add_contract(world.azbuka, "9/2", date(2024, 1, 1), date(2025, 1, 1))
    assert (await send(office, f"{PAGES}/policies/new", {**POLICY, "contract": [str(over)]})).done
    _, text = await office.get(f"{PAGES}/policies/shops")
    fields = with_(read_form(text, f"{PAGES}/policies/shops"), minutes__response="20")
    assert (await send(office, f"{PAGES}/policies/shops", fields)).done
    [one] = await policies()
    assert (one["minutes"]["response"], one["when"]["contracts"]) == (20, [over])
