"""A person's calendar as iCalendar (RFC 5545): shifts, duties, absences and jobs, times in UTC.

Of customers it says no more than where to go: the site's name and address; no contacts, no words, no door codes.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from core.company.queries import company
from core.kernel.clock import now
from core.kernel.read import fetch
from core.kernel.words import Words, words
from core.people.queries import member_view
from core.schedule import queries

BEHIND, AHEAD = timedelta(days=14), timedelta(days=120)
REFRESH = timedelta(hours=1)

_JOBS = """
SELECT j.id, j.order_id, j.planned_from, coalesce(j.planned_to, j.planned_from + make_interval(mins => j.duration)) AS
  planned_to, j.state, coalesce(s.name, c.name) AS place, coalesce(s.address, o.address) AS address, j.revision
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN customers_sites s ON s.id = o.site_id
WHERE j.assignee_id = $1 AND j.planned_from < $3 AND j.planned_from >= $2 AND j.state <> 'cancelled' ORDER BY j.id
"""


async def feed(member_id: int) -> bytes:
    """From two weeks ago to four months ahead. The same all day long as long as nothing changes, so that it may be
    compared: its entries are stamped with the day's beginning."""
    from icalendar import Calendar

    person, ours = await member_view(member_id), await company()
    t = words("bot", person.locale)
    today = now().astimezone(ours.tz).date()
    stamp = datetime.combine(today, time(), ours.tz).astimezone(UTC)
    start, end = stamp - BEHIND, stamp + AHEAD
    book = Calendar()
    book.add("prodid", "-//Naryad//Naryad//RU")
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    name = f"{ours.name or 'Naryad'}: {t.text('feed.name')}"
    book.add("name", name)
    book.add("x-wr-calname", name)
    book.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    book.add("x-published-ttl", "PT1H")
    for event in await _events(member_id, start, end, t):
        event.add("dtstamp", stamp)
        book.add_component(event)
    made: bytes = book.to_ical()
    return made


async def _events(member_id: int, start: datetime, end: datetime, t: Words) -> list[Any]:
    found = [
        _timed(f"shift-{one.id}", one.starts_at, one.ends_at, t.text("feed.shift"), free=True)
        for one in await queries.working(member_id, start, end)
    ]
    found += [
        _timed(f"duty-{one.id}", one.starts_at, one.ends_at, t.text("feed.duty"), free=True)
        for one in await queries.duties(start, end, member_id)
    ]
    for one in await queries.absences(start, end, member_id, ("approved",)):
        away = _event(f"absence-{one.id}", t.text(f"shared.absence.{one.kind}"))
        away.add("dtstart", one.first_day)
        away.add("dtend", one.last_day + timedelta(days=1))
        found.append(away)
    for row in await fetch(_JOBS, member_id, start, end):
        title = t.text("feed.job", number=row["order_id"], place=_plain(row["place"]))
        job = _timed(f"job-{row['id']}", row["planned_from"], row["planned_to"], title)
        if row["address"]:
            job.add("location", _plain(row["address"]))
        job.add("sequence", row["revision"])
        found.append(job)
    return found


def _timed(uid: str, start: datetime, end: datetime, title: str, *, free: bool = False) -> Any:
    """`free`: the time is not shown as busy, jobs lie within it."""
    event = _event(uid, title)
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", max(end, start + timedelta(minutes=1)).astimezone(UTC))
    if free:
        event.add("transp", "TRANSPARENT")
    return event


def _event(uid: str, title: str) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{uid}@naryad")
    event.add("summary", title)
    return event


def _plain(text: str) -> str:
    """Without control characters, which iCalendar knows nothing of."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
