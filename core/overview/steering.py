"""What a dispatcher can do with an order as it stands: the same for every door that offers it."""

from core.orders.rules import OPEN, OVER
from core.overview.queries import Facts, running_job

UNSTARTED = ("new", "offered", "assigned", "paused")
GIVEABLE = ("new", "offered", "assigned", "paused")
STEPPED = ("travelling", "on_site", "done")


def steps(order: Facts) -> tuple[str, ...]:
    """Of assign, reassign, remind, change, priority, move, fix, return, reopen, cancel: those that would be done."""
    job, jobs = running_job(order), order["jobs"]
    state = job["state"] if job else "cancelled"
    open_ = order["state"] in OPEN
    found = {
        "assign": state in ("new", "offered"),
        "reassign": state in ("assigned", "paused"),
        "remind": open_ and bool(job and job["assignee"]) and state not in OVER,
        "change": open_,
        "priority": open_,
        "move": any(one["state"] in UNSTARTED for one in jobs),
        "fix": state in STEPPED and bool(job and job["assignee"]),
        "return": bool(job) and state == "done" and job["outcome"] not in (None, "done"),  # type: ignore[index]
        "reopen": order["state"] in OVER and not order["merged_into"],
        "cancel": any(one["state"] in OPEN for one in jobs),
    }
    return tuple(step for step, possible in found.items() if possible)
