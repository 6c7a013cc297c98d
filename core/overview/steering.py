"""What a dispatcher can do with an order as it stands: the same for every door that offers it."""

from core.orders.rules import OPEN, OVER
from core.overview.jobs import Facts, one_job, running_job

UNSTARTED = ("new", "offered", "assigned", "paused")
STEPPED = ("travelling", "on_site", "done")


def steps(order: Facts) -> tuple[str, ...]:
    """Of assign, reassign, outside, remind, change, priority, move, fix, return, add, reopen, cancel: those that
    would be done. What is done to a job is done to the one that matters now."""
    jobs, open_ = order["jobs"], order["state"] in OPEN
    of_job = job_steps(order, running_job(order))
    found = {
        **{step: step in of_job for step in ("assign", "reassign", "outside", "remind")},
        "change": open_,
        "priority": open_,
        "move": any(one["state"] in UNSTARTED for one in jobs),
        **{step: step in of_job for step in ("fix", "return")},
        "add": open_,
        "reopen": order["state"] in OVER and not order["merged_into"],
        "cancel": any(one["state"] in OPEN for one in jobs),
    }
    return tuple(step for step, possible in found.items() if possible)


def job_steps(order: Facts, job: Facts | None) -> tuple[str, ...]:
    """Of assign, reassign, outside (there are contractors to ask), remind, fix, return, drop (this job alone is given
    up): what would be done to this job."""
    if job is None:
        return ()
    state, others = job["state"], [one for one in order["jobs"] if one["id"] != job["id"]]
    found = {
        "assign": state in ("new", "offered"),
        "reassign": state in ("assigned", "paused"),
        "outside": bool(order.get("outsiders")) and state in ("new", "offered", "assigned", "paused"),
        "remind": order["state"] in OPEN and bool(job["assignee"]) and state not in OVER,
        "fix": state in STEPPED and bool(job["assignee"]),
        "return": state == "done" and job["outcome"] not in (None, "done") and not _visited(job, others),
        "drop": state in OPEN and any(one["state"] != "cancelled" for one in others),
    }
    return tuple(step for step, possible in found.items() if possible)


def _visited(job: Facts, others: list[Facts]) -> bool:
    """Somebody is to come again for it, or has been."""
    return any(one.get("return_of") == job["id"] and one["state"] != "cancelled" for one in others)


def steps_beside(order: Facts) -> dict[int, tuple[str, ...]]:
    """What can be done to each job by buttons of its own. The order's buttons are for the one that matters now, as long
    as no other is open; that one can still be given up alone."""
    meant, several = running_job(order), sum(job["state"] in OPEN for job in order["jobs"]) > 1
    found = {}
    for job in order["jobs"]:
        can = job_steps(order, job)
        found[job["id"]] = tuple(step for step in can if step == "drop") if job is meant and not several else can
    return {job_id: can for job_id, can in found.items() if can}


def meant_job(order: Facts, job_id: int | None) -> Facts | None:
    """The job of that id when it is one of the order's, else the one that matters now."""
    if job_id is not None and any(job["id"] == job_id for job in order["jobs"]):
        return one_job(order, job_id)
    return running_job(order)
