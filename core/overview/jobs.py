"""Which of an order's jobs is meant where one is to be told of. Pure; orders are facts, as `queries.py` makes them."""

from typing import Any

from core.orders.rules import OVER

Facts = dict[str, Any]


def one_job(order: Facts, job_id: int) -> Facts:
    """The job of that id within an order's facts."""
    found: Facts = next(job for job in order["jobs"] if job["id"] == job_id)
    return found


def running_job(order: Facts) -> Facts | None:
    """The job that a dispatcher means without naming one: the last that is not over, else the last."""
    jobs: list[Facts] = order.get("jobs") or []
    live = [job for job in jobs if job["state"] not in OVER]
    found = live or jobs
    return found[-1] if found else None


def shown_job(order: Facts) -> Facts | None:
    """The job that the order's state speaks of, for whoever is told the order as a whole: of several that stand there
    the one that comes first. Of an order that is over, the last."""
    jobs: list[Facts] = [job for job in order.get("jobs") or [] if job["state"] == order["state"]]
    if order["state"] in OVER or not jobs:
        return running_job(order)
    return min(jobs, key=lambda job: (job.get("eta_at") or job.get("planned_from") or "~", job["id"]))
