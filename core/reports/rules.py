"""What a finished job must have on record, and what its lines come to. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from core.contracts.rules import USUAL_HOUR
from core.kernel.errors import Refusal
from core.kernel.money import Money, total
from core.presence.rules import haversine
from core.schedule.calendars import Calendar, spans

PHASES = ("before", "after")
LIMIT = Decimal("99999")
FAR_METRES = 500.0
OLD = timedelta(days=1)
NEAR_IN_TIME = timedelta(minutes=5)
"""A live location tells where a photo was sent from when it was seen so shortly before or after."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """How much of each there is."""

    before: int
    after: int
    works: int


def missing(outcome: str | None, record: OnRecord, *, before: bool, after: bool) -> list[str]:
    """What a job of this outcome still wants: photo_before, photo_after, work_line.

    `before` and `after` are whether the company requires those photos. Nobody was let in: nothing is asked for. A part
    is needed: the photo before shows why. Only what is wholly done has a photo after and at least one work.
    """
    wanted: list[str] = []
    if outcome == "no_access":
        return wanted
    if before and not record.before:
        wanted.append("photo_before")
    if after and not record.after and outcome in ("done", "partly"):
        wanted.append("photo_after")
    if not record.works and outcome == "done":
        wanted.append("work_line")
    return wanted


def check_quantity(quantity: Decimal) -> Decimal:
    """Nothing (takes the line away) up to LIMIT, to the thousandth; `reports.bad_quantity` otherwise."""
    if not quantity.is_finite() or not 0 <= quantity <= LIMIT or quantity != quantity.quantize(Decimal("0.001")):
        raise Refusal("reports.bad_quantity")
    return quantity


def billed_hours(minutes: int, step: int, minimum: int) -> Decimal:
    """What one person's minutes on site cost in hours: never less than `minimum` minutes, rounded up to whole steps of
    `step`. A job where nobody has arrived yet costs nothing: do not ask for it."""
    return Decimal(-(-max(minutes, minimum) // step) * step) / 60


def outside(stretches: Iterable[tuple[datetime, datetime]], calendar: Calendar) -> int:
    """Minutes of these that lie outside of the calendar's hours."""
    away = timedelta()
    for start, end in stretches:
        away += sum((one.end - one.start for one in spans(calendar, start, end) if not one.counts), timedelta())
    return round(away.total_seconds() / 60)


def after_hours(minutes: int, outside: int, step: int, hours: Decimal) -> Decimal:
    """How many of the billed `hours` are those outside of working hours: all, when no minute of the `minutes` on
    site was inside; else as many as the `outside` minutes, rounded up to whole steps of `step` like the whole."""
    if outside >= minutes:
        return hours if minutes > 0 else Decimal(0)
    return min(Decimal(-(-outside // step) * step) / 60, hours)


def share(quantity: Decimal, after: Decimal, hours: Decimal) -> Decimal:
    """How much of a written quantity lies outside, when `after` of the `hours` of each of the crew do; to the
    thousandth."""
    if not hours:
        return Decimal(0)
    return (quantity * after / hours).quantize(Decimal("0.001"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Part:
    """So much at that price for one, which is `percent` of the price list's."""

    quantity: Decimal
    price: Money
    percent: int

    @property
    def sum(self) -> Money:
        return self.price.times(self.quantity)


def parts(quantity: Decimal, price: Decimal, after: Decimal = Decimal(0), percent: int = USUAL_HOUR) -> list[Part]:
    """How a line is billed: what lies inside of working hours, then the `after` outside of them."""
    usual, dear = Money(price), Money(price).times(Decimal(percent) / 100)
    found = [Part(quantity - after, usual, USUAL_HOUR), Part(after, dear, percent)]
    return [part for part in found if part.quantity] or found[:1]


def grand_total(lines: Iterable[Iterable[Part]]) -> Money:
    """Of the parts of each line: each is rounded by itself, as the act prints it."""
    return total(part.sum for line in lines for part in line)


@dataclass(frozen=True, slots=True)
class Proof:
    """When and where a picture was made, as far as anybody knows.

    `when_by`: camera (what the file says of itself: a claim) or sent (`at` is when it came). `place_by`: camera, live
    (where the technician's live location was when it came) or unknown. `metres` from the order's site, None where
    either has no place. `doubts`: far (beyond FAR_METRES), old (taken more than a day before it came).
    """

    at: datetime
    when_by: Literal["camera", "sent"]
    place_by: Literal["camera", "live", "unknown"]
    metres: float | None
    doubts: tuple[str, ...]


def prove(
    came_at: datetime, taken_at: datetime | None, taken: Point | None, live: Point | None, site: Point | None
) -> Proof:
    """What a picture that came at `came_at` proves: the camera's word first, then the live location."""
    place = taken or live
    metres = haversine(*place, *site) if place and site else None
    far = metres is not None and metres > FAR_METRES
    old = taken_at is not None and came_at - taken_at > OLD
    return Proof(
        taken_at or came_at,
        "camera" if taken_at else "sent",
        "camera" if taken else "live" if live else "unknown",
        metres,
        tuple(name for name, doubtful in (("far", far), ("old", old)) if doubtful),
    )
