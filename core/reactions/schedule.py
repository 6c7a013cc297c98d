"""What follows when a shift begins or ends, and who is told of absences and swaps.

A person's card stays where it is and loses its buttons; who did not press themselves hears of it by a message.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from core.company.queries import company
from core.dispatch import actions as dispatch
from core.events import AbsenceChanged, RotaChanged, ShiftClosed, ShiftOpened, SwapChanged
from core.kernel.actor import SYSTEM
from core.kernel.actor import member as member_party
from core.kernel.hints import broadcast
from core.kernel.work import acting, current, on
from core.outbox.actions import tell
from core.overview.absences import affected
from core.reactions.audience import desk_group
from core.schedule.queries import absence, swap, today, working
from core.tasks.actions import later

NEAR = timedelta(days=14)
SHOWN = 7


@on(ShiftOpened)
async def opened(event: ShiftOpened) -> None:
    """Somebody came to work: orders that nobody could take are looked at again."""
    async with acting(SYSTEM):
        await dispatch.retry_waiting()


@on(ShiftClosed)
async def closed(event: ShiftClosed) -> None:
    """Off duty, off the map."""
    await later("presence.forget", {"member_id": event.member_id}, key=str(event.member_id))


@on(RotaChanged)
async def rota_changed(event: RotaChanged) -> None:
    """Whoever works by it hears of days that are near."""
    near = (await today() + NEAR).isoformat()
    days = [day for day in event.days if (await today()).isoformat() <= day <= near]
    party = member_party(event.member_id)
    if not days or current().actor.party == party:
        return
    start = datetime.combine(date.fromisoformat(days[0]), time(), (await company()).tz)
    shifts = await working(event.member_id, start, start + NEAR)
    planned = [[one.starts_at.isoformat(), one.ends_at.isoformat()] for one in shifts if one.starts_at >= start]
    tell(party, "technician", "technician.rota.changed", {"first": days[0], "shifts": planned[:SHOWN]})


@on(AbsenceChanged)
async def absence_changed(event: AbsenceChanged) -> None:
    """Those who decide see what would be left undone."""
    one = await absence(event.absence_id)
    found = await affected(one.member_id, one.starts_at, one.ends_at)
    facts: dict[str, Any] = {
        "id": one.id,
        "state": one.state,
        "kind": one.kind,
        "who": one.name,
        "first_day": one.first_day.isoformat(),
        "last_day": one.last_day.isoformat(),
        "note": one.note,
        "jobs": [{"number": number, "at": at.isoformat()} for number, at in found.jobs],
        "shifts": found.shifts,
        "duties": found.duties,
    }
    card = f"absence:{one.id}"
    if party := await desk_group():
        tell(party, "dispatcher", "dispatcher.absence", facts, card=card, revision=one.revision)
    _tell_person(one.member_id, "technician.absence", facts, card, one.revision)
    current().on_commit(lambda: broadcast("people", "all"))


@on(SwapChanged)
async def swap_changed(event: SwapChanged) -> None:
    """The colleague first; the dispatchers when both have agreed."""
    one = await swap(event.swap_id)
    facts: dict[str, Any] = {
        "id": one.id,
        "state": one.state,
        "giver": one.giver,
        "taker": one.taker,
        "what": [[start.isoformat(), end.isoformat()] for start, end in one.what],
    }
    card = f"swap:{one.id}"
    for member_id, role in ((one.taker_id, "taker"), (one.giver_id, "giver")):
        _tell_person(member_id, "technician.swap", facts | {"role": role}, card, one.revision)
    if (one.state == "agreed" or one.revision > 2) and (party := await desk_group()):
        tell(party, "dispatcher", "dispatcher.swap", facts, card=card, revision=one.revision)
    current().on_commit(lambda: broadcast("people", "all"))


def _tell_person(member_id: int, screen: str, facts: dict[str, Any], card: str, revision: int) -> None:
    party = member_party(member_id)
    tell(party, "technician", screen, facts, card=card, revision=revision)
    if revision > 1 and current().actor.party != party:
        tell(party, "technician", screen, facts | {"news": True})
