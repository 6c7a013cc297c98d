"""The rota's pages: cells changed and taken back, templates, absences, duties; and what is odd is refused."""

import html
import re
from datetime import date, timedelta
from itertools import product

import pytest

from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.schedule import actions as schedule
from core.schedule import queries
from core.schedule.queries import calendar_now
from tests.admin_web.sending import NASTY, number_in, send
from tests.admin_web.visitor import Visitor
from tests.world import World

ROTA, ROTAS, ABSENCES = "/admin/people/rota", "/admin/people/rotas", "/admin/people/absences"
DAY = timedelta(days=1)
FORM = {
    "name.ru": "Два через два", "name.en": "Two by two", "zone": "Europe/Moscow", "starts_on": "2027-01-01",
    "cycle": "08:00–20:00\n20:00-8:00\n—\nвыходной", "country": "RU", "holidays": "work", "short": "0",
}  # fmt: skip


@pytest.fixture
async def monday(world: World) -> date:
    """Next week's; nobody has shifts of their own."""
    async with work() as w:
        await w.execute("DELETE FROM schedule_shifts")
        await w.execute("DELETE FROM schedule_fixed_days")
    today = await queries.today()
    return today + timedelta(days=7 - today.weekday())


def chosen(member_id: int, first: date, days: int) -> str:
    return ",".join(f"{member_id}:{first + n * DAY}" for n in range(days))


async def planned(member_id: int) -> list[str]:
    rows = await fetch(
        "SELECT starts_at AT TIME ZONE 'Europe/Moscow' AS a, ends_at AT TIME ZONE 'Europe/Moscow' AS b"
        " FROM schedule_shifts WHERE member_id = $1 ORDER BY 1",
        member_id,
    )
    return [f"{row['a']:%d %H:%M}–{row['b']:%H:%M}" for row in rows]


async def test_cells_become_what_the_button_says_and_are_taken_back(
    dispatcher: Visitor, world: World, monday: date
) -> None:
    where = {"span": "week", "from": monday.isoformat()}
    status, text = await dispatcher.post(
        f"{ROTA}/days", {"cells": chosen(world.pyotr, monday, 2), "set": "20:00-08:00", **where}
    )
    assert status == 200
    days = [f"{monday + n * DAY:%d}" for n in range(3)]
    assert await planned(world.pyotr) == [f"{day} 20:00–08:00" for day in days[:2]]
    assert text.count("chip-night") == 2
    assert "<html" not in text
    before = html.unescape(re.findall(r'data-before="([^"]*)"', text)[0])
    own = {"set": "own", "starts": "09:30", "ends": "24:00"}
    await dispatcher.post(f"{ROTA}/days", {"cells": chosen(world.pyotr, monday, 1), **own, **where})
    assert (await planned(world.pyotr))[0] == f"{days[0]} 09:30–00:00"
    status, _ = await dispatcher.post(f"{ROTA}/days", {"cells": chosen(world.pyotr, monday, 1), "set": "off", **where})
    assert await planned(world.pyotr) == [f"{days[1]} 20:00–08:00"]
    status, text = await dispatcher.post(f"{ROTA}/undo", {"before": before, **where})
    assert (status, await planned(world.pyotr)) == (200, [])
    assert 'data-before=""' in text


async def test_the_grid_is_shown_for_any_time(dispatcher: Visitor, world: World) -> None:
    for span, since in product(("week", "month", "x"), ("", "2027-02-15", "0001-01-01", "9999-12-31", "завтра")):
        status, text = await dispatcher.get(f"{ROTA}?span={span}&from={since}")
        assert status == 200
        assert "Ким П." in text


async def test_what_is_wrong_is_marked(dispatcher: Visitor, world: World, monday: date, made) -> None:  # type: ignore[no-untyped-def]
    _, job_id = await made.assigned()
    async with work(await world.actor(member(world.dispatcher))) as w:
        at = now().replace(hour=9, minute=0) + timedelta(days=1)
        sql = "UPDATE orders_jobs SET planned_from = $2, planned_to = $3 WHERE id = $1"
        await w.execute(sql, job_id, at, at + timedelta(hours=1))
        await schedule.ask_absence(world.rashid, "vacation", monday, monday)
    await dispatcher.post(f"{ROTA}/days", {"cells": chosen(world.pyotr, monday, 1), "set": "20:00-08:00"})
    await dispatcher.post(f"{ROTA}/days", {"cells": chosen(world.pyotr, monday + DAY, 1), "set": "09:00-18:00"})
    _, text = await dispatcher.get(f"{ROTA}?span=month&from={at.date()}")
    assert "Назначен наряд вне смены" in text
    _, text = await dispatcher.get(f"{ROTA}?span=two&from={monday}")
    assert "меньше 11 часов отдыха" in text
    assert "away-asked" in text
    assert "Ждут вашего решения" in text


ODD_CELLS: list[tuple[dict[str, str], int]] = [
    ({"cells": "", "set": "off"}, 409),
    ({"cells": "x", "set": "off"}, 409),
    ({"cells": "1:2027-13-01", "set": "off"}, 409),
    ({"cells": "99:2027-01-01", "set": "25:00-26:00"}, 409),
    ({"cells": "99:2026-12-01", "set": "off"}, 404),
    ({"cells": "1:9999-12-31", "set": "off"}, 409),
    ({"cells": ",".join(f"1:2027-01-{n % 28 + 1:02}" for n in range(500)), "set": "off"}, 409),
    ({"cells": "1:2026-12-01,1:2026-12-01", "set": "off"}, 409),
    ({"cells": "", "set": "vacation"}, 409),
]


async def test_odd_cells_are_refused(dispatcher: Visitor, world: World) -> None:
    for data, code in ODD_CELLS:
        assert (await send(dispatcher, f"{ROTA}/days", data)).status == code, data


FORGED = ["", "{}", "[1]", '[[1,"x",null]]', '[[true,"2026-12-01",[]]]', '[[1,"2026-12-01",[["a",1]]]]',
               '[[1,"2026-12-01",[[1.5,9]]]]', '[[1,"2026-12-01",5]]', '[[1,"2026-12-01",[[1]]]]']  # fmt: skip


async def test_a_forged_undo_is_refused(dispatcher: Visitor, world: World) -> None:
    for before in FORGED:
        assert (await send(dispatcher, f"{ROTA}/undo", {"before": before})).status == 409, before


async def test_technicians_plan_nothing(technician: Visitor, world: World, monday: date) -> None:
    for path in (ROTA, ROTAS, ABSENCES):
        assert (await technician.get(path))[0] == 403
    assert (
        await send(technician, f"{ROTA}/days", {"cells": chosen(world.pyotr, monday, 1), "set": "off"})
    ).status == 403


async def test_a_template_is_shown_while_it_is_typed_kept_and_given(
    dispatcher: Visitor, world: World, monday: date
) -> None:
    status, text = await dispatcher.post(f"{ROTAS}/preview", FORM)
    assert status == 200
    assert text.count("chip-night") >= 10
    _, text = await dispatcher.post(f"{ROTAS}/preview", {**FORM, "cycle": "20:00–08:00\n07:00–15:00"})
    assert "День 2: смена начинается раньше" in text
    answer = await send(dispatcher, f"{ROTAS}/new", FORM)
    number = number_in(answer.where)
    data = {
        "person": [str(world.pyotr), str(world.rashid)],
        "since": monday.isoformat(),
        "begins_with": "3",
        "until": "",
    }
    assert (await send(dispatcher, f"{ROTAS}/{number}/people", data)).done
    assert (await planned(world.pyotr))[0] == f"{monday + 2 * DAY:%d} 08:00–20:00"
    assert (await send(dispatcher, f"{ROTAS}/{number}", {**FORM, "cycle": "10:00–19:00"})).done
    assert (await planned(world.rashid))[0] == f"{monday:%d} 10:00–19:00"
    _, text = await dispatcher.get(f"{ROTAS}/{number}")
    assert "Рашид Алиев" in text
    for each in await queries.assignments():
        end = {"rota": str(number), "last": ""}
        assert (await send(dispatcher, f"{ROTAS}/assignments/{each.id}/end", end)).done
    assert await planned(world.pyotr) == []
    assert (await send(dispatcher, f"{ROTAS}/{number}/archive")).done
    assert (await dispatcher.get(f"{ROTAS}/{number}"))[0] == 404


NO_TEMPLATES = [
    *(
        ("cycle", "", "cycle"),
        ("cycle", "8-20", "cycle"),
        ("cycle", "—\n—", "cycle"),
        ("cycle", "08:00–33:00", "cycle"),
    ),
    *(("zone", "Mars/Base", "zone"), ("starts_on", "x", "starts_on"), ("country", "ZZ", "country")),
    *(("short", "999", "short"), ("holidays", "x", "holidays"), ("cycle", "09:00–18:00\n" * 400, "cycle")),
]


async def test_what_is_no_template_is_shown_at_its_field(dispatcher: Visitor, world: World) -> None:
    for field, value, shown in NO_TEMPLATES:
        answer = await send(dispatcher, f"{ROTAS}/new", {**FORM, field: value})
        assert (answer.status, answer.field, bool(answer.said)) == (409, shown, True), value
    assert await queries.rotas() == []


async def test_nasty_names_break_nothing(dispatcher: Visitor, world: World) -> None:
    for text in NASTY.values():
        answer = await send(dispatcher, f"{ROTAS}/new", {**FORM, "name.ru": text, "name.en": ""})
        assert answer.done or answer.status == 409
        answer = await send(dispatcher, f"{ROTAS}/preview", {**FORM, "cycle": text})
        assert answer.status in (200, 409)
    assert (await dispatcher.get(ROTAS))[0] == 200


async def test_absences_are_entered_and_decided(dispatcher: Visitor, world: World, monday: date) -> None:
    data = {"person": str(world.pyotr), "kind": "vacation", "first_day": monday.isoformat(), "note": "<b>к морю</b>",
            "last_day": (monday + 13 * DAY).isoformat()}  # fmt: skip
    assert (await send(dispatcher, ABSENCES, data)).done
    for changed, field in (
        ({}, "first_day"),
        ({"last_day": (monday - DAY).isoformat()}, "last_day"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"first_day": "2020-01-01", "last_day": "2020-01-02"}, "first_day"),
        ({"kind": "feast"}, "kind"),
        ({"person": "0"}, "person"),
    ):
        answer = await send(dispatcher, ABSENCES, {**data, **changed})
        assert (answer.status, answer.field) == (409, field)
    async with work(await world.actor(member(world.rashid))):
        asked = await schedule.ask_absence(world.rashid, "dayoff", monday, monday)
    _, text = await dispatcher.get(ABSENCES)
    assert "&lt;b&gt;к морю" in text
    assert f"/admin/people/absences/{asked}/approve" in text
    assert (await send(dispatcher, f"{ABSENCES}/{asked}/approve")).done
    assert (await send(dispatcher, f"{ABSENCES}/{asked}/refuse")).status == 409
    assert (await send(dispatcher, f"{ABSENCES}/{asked}/cancel")).done
    await send(dispatcher, f"{ROTA}/days", {"cells": chosen(world.svetlana, monday, 3), "set": "sick"})
    found = await queries.absences(now(), now() + 60 * DAY, world.svetlana)
    assert [(one.kind, one.first_day, one.last_day) for one in found] == [("sick", monday, monday + 2 * DAY)]


async def test_swaps_and_duties_are_decided_on_the_page(dispatcher: Visitor, world: World, monday: date) -> None:
    await dispatcher.post(f"{ROTA}/days", {"cells": chosen(world.pyotr, monday, 1), "set": "08:00-20:00"})
    shift = await fetchval("SELECT id FROM schedule_shifts")
    async with work(await world.actor(member(world.pyotr))):
        swap = await schedule.offer_swap(shift, world.rashid)
    async with work(await world.actor(member(world.rashid))):
        await schedule.answer_swap(swap, True)
    assert "Оба согласны" in (await dispatcher.get(ABSENCES))[1]
    assert (await send(dispatcher, f"/admin/people/swaps/{swap}/approve")).done
    assert await planned(world.rashid) == [f"{monday:%d} 08:00–20:00"]
    data = {"member": str(world.pyotr), "since": monday.isoformat(), "starts": "20:00", "until": monday.isoformat(),
            "ends": "08:00"}  # fmt: skip
    answer = await send(dispatcher, "/admin/people/duties", data)
    assert (answer.status, answer.field) == (409, "ends")
    assert (await send(dispatcher, "/admin/people/duties", {**data, "until": (monday + DAY).isoformat()})).done
    (duty,) = await queries.duties(now(), now() + 30 * DAY)
    assert (await send(dispatcher, f"/admin/people/duties/{duty.id}/remove")).done


async def test_holidays_fill_a_calendar(admin: Visitor, world: World) -> None:
    week = {f"day.{n}": "09:00–18:00" if n < 5 else "" for n in range(7)}
    name = {"name.ru": "Офис", "name.en": "Office", "zone": "Europe/Moscow"}
    answer = await send(
        admin, "/admin/settings/calendars/new", {**name, **week, "days": "2027-11-04 10:00–12:00 Наш день"}
    )
    assert answer.done
    fill = {"country": "RU", "year": "2027", "short": "60"}
    assert (await send(admin, "/admin/settings/calendars/office/holidays", fill)).done
    days = (await calendar_now("office")).data["days"]
    assert days["2027-01-01"]["kind"] == "holiday"
    assert days["2027-11-04"]["name"] == "Наш день"
    assert days["2027-11-03"] == {"kind": "short", "hours": [["09:00", "17:00"]], "name": "День народного единства"}
    assert (await send(admin, "/admin/settings/calendars/office/holidays", {**fill, "year": "1800"})).field == "year"
    assert (
        await send(admin, "/admin/settings/calendars/office/holidays", {**fill, "country": "ZZ"})
    ).field == "country"


async def test_the_month_says_what_is_odd_in_words(dispatcher: Visitor, admin: Visitor, world: World) -> None:
    """Nights go on into the next day, holidays have their names, gaps and overlaps stand below in words, and a month
    without shifts says so."""
    month = f"{ROTA}?span=month&from=2027-05-01"
    assert "В этих днях смен нет" in (await dispatcher.get(month))[1]
    assert (await send(admin, f"{ROTAS}/new", FORM)).done
    hours = {f"day.{n}": "09:00–18:00" for n in range(7)} | {"days": "2027-05-10 День компании"}
    names = {"name.ru": "Контора", "name.en": "Office", "zone": "Europe/Moscow"}
    assert (await send(admin, "/admin/settings/calendars/new", {**names, **hours})).done
    where = {"span": "month", "from": "2027-05-01"}
    for set_to, first in (("20:00-08:00", date(2027, 5, 4)), ("12:00-18:00", date(2027, 5, 6))):
        await dispatcher.post(f"{ROTA}/days", {"cells": chosen(world.pyotr, first, 1), "set": set_to, **where})
    _, text = await dispatcher.get(month)
    cells = re.findall(rf'data-cell="{world.pyotr}:(2027-05-\d\d)"[^>]*class="([^"]*)"', text)
    assert [day for day, kinds in cells if "tail" in kinds.split()] == ["2027-05-05"]
    assert {day for day, kinds in cells if "holiday" in kinds.split()} >= {"2027-05-01", "2027-05-09", "2027-05-10"}
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text[text.index("rota-odd") :]))
    for said in ("6 мая: Никого в рабочее время: 09:00–12:00", "10 мая (День компании): В этот день никто не выходит"):
        assert said in told, said
