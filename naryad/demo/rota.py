"""When the demo's people work: by two rotas from tomorrow on, today as the demo needs it, and a month of shifts that
are over; and what they may and have with them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.kernel.read import fetch
from core.people import actions as people
from core.schedule import actions as schedule
from core.schedule.models import Shift
from naryad.demo import company as demo

ZONE = ZoneInfo(demo.COMPANY["zone"])
SHIFT = (time(8), time(21))
DAYS_BACK = 31
HOURS = [[f"{at:%H:%M}" for at in SHIFT]]
DAILY = ({"ru": "Каждый день 8–21", "en": "Every day 8–21"}, [HOURS])
IN_TURNS = ({"ru": "Два через два 8–21", "en": "Two on, two off 8–21"}, [HOURS, HOURS, [], []])
OFF_TODAY = 3
PERMITS = {
    "volts3": {"ru": "Электробезопасность, III группа", "en": "Electrical safety, group III"},
    "heights": {"ru": "Работы на высоте", "en": "Work at heights"},
}
KIT = {
    "ladder6": ("tool", {"ru": "Лестница 6 м", "en": "Ladder, 6 m"}),
    "leak_detector": ("tool", {"ru": "Течеискатель", "en": "Leak detector"}),
    "van": ("vehicle", {"ru": "Фургон", "en": "Van"}),
}


async def rotas_and_kit() -> None:
    """For all technicians of the demo, in the running work. Those who work today work every day here, so that a demo
    is never empty of people."""
    today = datetime.now(ZONE).date()
    rotas = [
        await schedule.save_rota(None, name, {"zone": str(ZONE), "starts_on": f"{today}", "cycle": cycle})
        for name, cycle in (DAILY, IN_TURNS)
    ]
    for code, name in PERMITS.items():
        await people.add_certificate_kind(code, name)
    for code, (what, name) in KIT.items():
        await people.add_equipment(what, code, name)
    ids = {row["name"]: row["id"] for row in await fetch("SELECT id, name FROM people_members")}
    crew = [(ids[one.name], one.on_duty) for one in demo.PEOPLE if one.role == "technician"]
    for n, (member, works_today) in enumerate(crew):
        await _past(member, works_today, n)
        if works_today:
            starts, ends = _hours(0)
            await schedule.plan_shift(member, starts, ends)
        tomorrow = today + timedelta(days=1)
        await schedule.assign_rota(member, rotas[not works_today], tomorrow, 0 if works_today else OFF_TODAY)
        await people.add_certificate(member, "volts3", f"77-{1000 + n}", today + timedelta(days=20 + 90 * n))
        if n % 3 == 0:
            await people.add_certificate(member, "heights", f"В-{200 + n}", today + timedelta(days=400))
        await people.set_equipment(member, [code for k, code in enumerate(KIT) if (n + k) % 2 == 0])


async def on_duty() -> None:
    names = [person.name for person in demo.PEOPLE if person.role == "technician" and person.on_duty]
    for row in await fetch("SELECT id FROM people_members WHERE name = ANY($1::text[]) ORDER BY id", names):
        await schedule.open_shift(row["id"])


async def _past(member: int, daily: bool, n: int) -> None:
    """Shifts as they were opened and closed; nobody is told of what is long over, so they are written down as rows."""
    shifts = []
    for day in range(-DAYS_BACK, 0):
        starts, ends = _hours(day)
        if (day + n) % 7 < 2 if daily else (day + n) % 4 < 2:
            continue
        opened, closed = (
            starts + timedelta(minutes=(day * 7 + n) % 11 - 5),
            ends + timedelta(minutes=(day + n * 5) % 25),
        )
        shifts.append(Shift(member_id=member, starts_at=starts, ends_at=ends, opened_at=opened, closed_at=closed))
    await Shift.bulk_create(shifts)


def _hours(day: int) -> tuple[datetime, datetime]:
    """The working hours of a day, counted from today."""
    date = datetime.now(ZONE).date() + timedelta(days=day)
    starts, ends = (datetime.combine(date, at, ZONE).astimezone(UTC) for at in SHIFT)
    return starts, ends
