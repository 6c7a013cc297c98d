"""What several actions of this room share."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from core.company.queries import company
from core.kernel.actor import member as member_party
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current
from core.people.models import Member
from core.schedule.models import Absence, FixedDay

MOST_ABSENT = 366


def require_planner() -> None:
    actor = current().actor
    if not actor.may("people.edit"):
        actor.require("orders.dispatch")


def require_self(member_id: int) -> None:
    actor = current().actor
    if actor.party != member_party(member_id):
        actor.require("orders.dispatch")


async def locked_member(member_id: int) -> Member:
    """An active member whose shifts nobody else changes until the work ends."""
    row = await Member.filter(id=member_id, active=True).select_for_update().first()
    if row is None:
        raise NotFound("people")
    return row


async def fix_days(member_id: int, starts: Iterable[datetime]) -> None:
    """From now on the rota leaves the days alone on which these moments lie."""
    zone = (await company()).tz
    days = {at.astimezone(zone).date() for at in starts}
    await FixedDay.bulk_create([FixedDay(member_id=member_id, day=day) for day in days], ignore_conflicts=True)


async def midnight(day: date) -> datetime:
    """When a day of the company's calendar begins."""
    return datetime.combine(day, time(), (await company()).tz)


async def whole_days(first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """From the first midnight to the last. `schedule.bad_period`, `schedule.long_absence` for more than a year."""
    if last_day < first_day:
        raise Refusal("schedule.bad_period")
    if (last_day - first_day).days >= MOST_ABSENT:
        raise Refusal("schedule.long_absence", most=MOST_ABSENT)
    return await midnight(first_day), await midnight(last_day + timedelta(days=1))


async def absent(member_id: int, starts: datetime) -> bool:
    """Whether a shift that begins then falls into an approved absence."""
    found = Absence.filter(member_id=member_id, state="approved", starts_at__lte=starts, ends_at__gt=starts)
    return bool(await found.exists())
