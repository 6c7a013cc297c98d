"""Who may write down what was found and done on a job, and when."""

from core.kernel.errors import Refusal
from core.kernel.work import current
from core.orders.actions.steps import may_step
from core.orders.actions.store import LockedJob, locked_job

DURING = ("travelling", "on_site", "paused")
CORRECTED = (*DURING, "done")


async def reported_job(job_id: int) -> LockedJob:
    """The job, locked, for its technician while it runs, or for a dispatcher until it is closed.

    Refusals: those of a step (`orders.not_yours`, NotFound), and `orders.wrong_state` with verb `report`.
    """
    job = await locked_job(job_id)
    await may_step(job, "report")
    states = CORRECTED if current().actor.may("orders.dispatch") else DURING
    if job.state not in states:
        raise Refusal("orders.wrong_state", state=job.state, verb="report")
    return job
