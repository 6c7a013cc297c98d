"""When the technicians were on site, as an act says it: to the minute, so that what is printed adds up."""

from collections.abc import Collection

from core.documents.facts import ActVisit
from core.orders.attendance import attendance


async def visits(order_id: int, job_ids: Collection[int]) -> tuple[ActVisit, ...]:
    """The stays that have ended of these jobs, in the order of time; one of less than a minute is none."""
    found = []
    for one in await attendance(order_id):
        if one.job_id not in job_ids or one.stay.left_at is None:
            continue
        arrived, left, pause = one.stay.minutes(one.stay.left_at)
        if left > arrived:
            found.append(ActVisit(technician=one.name, arrived=arrived, left=left, pause=pause))
    return tuple(sorted(found, key=lambda visit: visit.arrived))
