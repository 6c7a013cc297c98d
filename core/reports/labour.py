"""Work by the hour: how long the job's people were there, and how many hours of it the company bills."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.company.queries import company
from core.contracts.rules import USUAL_HOUR
from core.kernel.clock import now
from core.kernel.read import fetch, fetchrow
from core.orders.attendance import attendance
from core.reports.queries import helpers
from core.reports.rules import after_hours, billed_hours, outside, share
from core.sla.hours import WorkingHours, working_hours


@dataclass(frozen=True, slots=True)
class Rate:
    """A work of the price list that is paid by the hour, and how many hours of it the report has."""

    item_id: int
    name: str
    unit: str
    price: Decimal
    written: Decimal


@dataclass(frozen=True, slots=True)
class Labour:
    """`minutes` on site without `pause`, until now; `hours` are billed for each of `people` (technician first),
    `after` of them outside of working hours, for the `outside` minutes that were; `terms` say by which calendar and for
    how much."""

    minutes: int
    pause: int
    people: tuple[str, ...]
    hours: Decimal
    outside: int
    after: Decimal
    terms: WorkingHours
    rates: tuple[Rate, ...]

    @property
    def whole(self) -> Decimal:
        """Hours of all of them together."""
        return self.hours * len(self.people)

    @property
    def written(self) -> Decimal:
        return sum((rate.written for rate in self.rates), Decimal(0))


_WHO = """
SELECT j.order_id, j.assignee_id, m.name FROM orders_jobs j LEFT JOIN people_members m ON m.id = j.assignee_id
WHERE j.id = $1
"""

_RATES = """
SELECT p.id AS item_id, p.name, p.unit, p.price, coalesce(l.quantity, 0) AS written
FROM contracts_price_items p LEFT JOIN reports_lines l ON l.item_id = p.id AND l.job_id = $1
WHERE p.hourly AND (p.active OR l.id IS NOT NULL) ORDER BY p.name, p.id
"""


async def labour(job_id: int) -> Labour:
    """The hours of a job that is there. Before anybody has arrived they are none; helpers were there as long as the
    technician."""
    job: Any = await fetchrow(_WHO, job_id)
    there = {job["assignee_id"]: job["name"]} if job["assignee_id"] else {}
    there |= {id: name for id, name in (await helpers([job_id])).items() if id not in there}
    there_now = [one.stay for one in await attendance(job["order_id"]) if one.job_id == job_id]
    stays = [stay.minutes(now()) for stay in there_now]
    pause = sum(pause for _, _, pause in stays)
    minutes = sum(max(int((left - came).total_seconds()) // 60, 0) for came, left, _ in stays) - pause
    ours, terms = await company(), await working_hours(job["order_id"], now())
    step = ours.rule("labour_step")
    hours = billed_hours(minutes, step, ours.rule("labour_minimum")) if stays else Decimal(0)
    worked = [stretch for stay in there_now for stretch in stay.worked(now())]
    away = min(outside(worked, terms.calendar), minutes) if terms.calendar else 0
    after = after_hours(minutes, away, step, hours) if away else Decimal(0)
    rates = tuple(Rate(**dict(row)) for row in await fetch(_RATES, job_id))
    return Labour(minutes, pause, tuple(there.values()), hours, away, after, terms, rates)


async def outside_of(job_id: int, quantity: Decimal) -> tuple[Decimal, int]:
    """How much of so many hours of a job lies outside of working hours, and what an hour there costs, in percent."""
    known = await labour(job_id)
    after = share(quantity, known.after, known.hours)
    return after, known.terms.percent if after else USUAL_HOUR


async def first_quantity(job_id: int, item_id: int) -> Decimal:
    """How much of a price item to begin with: 1, and of hourly work what nobody has written down yet."""
    known = await labour(job_id)
    if item_id not in {rate.item_id for rate in known.rates} or known.whole <= known.written:
        return Decimal(1)
    return known.whole - known.written
