"""The timesheet's page and workbook; the calendar feed, parsed back and held against the specification."""

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from core.customers.models import Site
from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.work import work
from core.people import actions as people
from core.schedule import actions as schedule
from core.schedule import queries
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World

SHEET = "/admin/people/timesheet"
NASTY_NAME = "Склад; «Ю\\г», 1\nкорпус " + "очень длинное имя " * 8


async def secret_of(world: World, member_id: int) -> str:
    async with work(await world.actor(member(member_id))):
        return await schedule.open_calendar(member_id)


async def test_a_month_of_hours(dispatcher: Visitor, world: World) -> None:
    month = f"{await queries.today():%Y-%m}"
    async with work() as w:
        await people.update_member(world.rashid, name="=1+2 Рашид")
        begin = datetime.combine((await queries.today()).replace(day=10), time(9), ZoneInfo("Europe/Moscow"))
        sql = "UPDATE schedule_shifts SET starts_at = $2, ends_at = $3, opened_at = $2, closed_at = $3"
        await w.execute(f"{sql} WHERE member_id = $1", world.rashid, begin, begin + timedelta(hours=9))
    status, text = await dispatcher.get(SHEET)
    assert status == 200
    assert '<td class="total">9</td>' in text
    for odd in ("1999-01", "9999-99", "x", "2026-13"):
        assert (await dispatcher.get(f"{SHEET}?month={odd}"))[0] == 200
    async with dispatcher.client.get(f"{SHEET}.xlsx?month={month}") as answer:
        assert answer.status == 200
        book = load_workbook(io.BytesIO(await answer.read()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0][0] == "ООО «Холод-Сервис»"
    line = next(row for row in rows if row[1] and str(row[1]).startswith("=1+2"))
    assert line[-5] == 9
    assert any(cell and "Я" in str(cell) for cell in line)
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)
    assert book.worksheets[1].max_row >= 2


async def test_the_timesheet_is_not_for_technicians(technician: Visitor) -> None:
    for path in (SHEET, f"{SHEET}.xlsx"):
        assert (await technician.get(path))[0] == 403


@pytest.fixture
async def busy(world: World, made) -> str:  # type: ignore[no-untyped-def]
    """Pyotr's calendar: shifts, a duty, a vacation, and a job at a place with a nasty name; his secret."""
    await Site.filter(id=world.arbat).update(name=NASTY_NAME[:190], address="Арбат, 10; стр. 1")
    _, job_id = await made.assigned(words="Тайные слова")
    today = await queries.today()
    async with work(await world.actor(member(world.dispatcher))) as w:
        at = now() + timedelta(hours=3)
        await w.execute(
            "UPDATE orders_jobs SET planned_from = $2, planned_to = $3 WHERE id = $1",
            job_id,
            at,
            at + timedelta(hours=1),
        )
        start = now() + timedelta(days=2)
        await schedule.plan_duty(world.pyotr, start, start + timedelta(hours=9))
        await schedule.enter_absence(world.pyotr, "vacation", today + timedelta(days=9), today + timedelta(days=10))
    return await secret_of(world, world.pyotr)


async def test_the_feed_is_what_the_specification_says(stranger: Visitor, world: World, busy: str) -> None:
    async with stranger.client.get(f"/calendar/{busy}.ics") as answer:
        body = await answer.read()
        assert (answer.status, answer.content_type) == (200, "text/calendar")
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    text = body.replace(b"\r\n ", b"").decode()
    assert "LOCATION:Арбат\\, 10\\; стр. 1" in text
    for hidden in ("Тайные слова", "Ольга", "+7916", "45К"):
        assert hidden not in text
    calendar = Calendar.from_ical(body)
    events = list(calendar.walk("VEVENT"))
    kinds = sorted(str(event["UID"]).split("-")[0] for event in events)
    assert kinds == ["absence", "duty", "job", "shift"]
    assert len({event["UID"] for event in events}) == len(events)
    assert (str(calendar["VERSION"]), len(events) > 0) == ("2.0", True)
    for event in events:
        start, end = event.decoded("DTSTART"), event.decoded("DTEND")
        assert start < end
        assert event.decoded("DTSTAMP").tzinfo is not None
        if isinstance(start, datetime):
            assert (start.utcoffset(), end.utcoffset()) == (timedelta(), timedelta())
        else:
            assert (type(start), end - start) == (date, timedelta(days=2))
    job = next(event for event in events if str(event["UID"]).startswith("job"))
    assert "«Ю\\г», 1 корпус" in str(job["SUMMARY"])
    assert job.decoded("DTSTART").astimezone(UTC) > now()


async def test_a_feed_that_did_not_change_is_not_sent_again(stranger: Visitor, world: World, busy: str) -> None:
    path = f"/calendar/{busy}.ics"
    tag = (await stranger.answer(path)).headers["ETag"]
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        async with stranger.client.get(path, headers={"If-None-Match": given}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
    async with work():
        start = now() + timedelta(days=4)
        await schedule.plan_shift(world.pyotr, start, start + timedelta(hours=8))
    async with stranger.client.get(path, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 200
        assert answer.headers["ETag"] != tag


async def test_a_wrong_address_shows_nothing(stranger: Visitor, dispatcher: Visitor, world: World) -> None:
    secret = await secret_of(world, world.pyotr)
    assert (await stranger.get(f"/calendar/{secret}.ics"))[0] == 200
    for wrong in (secret[:-1], secret + "x", secret.swapcase(), "x" * 64, "x" * 65, "%00", "..%2f..", "я"):
        assert (await stranger.get(f"/calendar/{wrong}.ics"))[0] == 404
    newer = await secret_of(world, world.pyotr)
    assert (await stranger.get(f"/calendar/{secret}.ics"))[0] == 404
    card = (await dispatcher.get(f"/admin/people/{world.pyotr}"))[1]
    assert f"/admin/people/{world.pyotr}/calendar/revoke" in card
    assert (await send(dispatcher, f"/admin/people/{world.pyotr}/calendar/revoke")).done
    assert (await stranger.get(f"/calendar/{newer}.ics"))[0] == 404
    last = await secret_of(world, world.rashid)
    async with work():
        await people.deactivate_member(world.rashid)
    assert (await stranger.get(f"/calendar/{last}.ics"))[0] == 404
