"""A system that asks whether we want its deliveries: yes, by calling the address that it signed."""

from core import ports
from core.kernel.errors import Outage
from core.ports import WebCall
from core.sources import actions
from core.sources.follow.result import Result
from core.sources.kept import Kept
from core.sources.queries import SourceView
from core.tasks.actions import OUTSIDE, TaskRun, later, task

KIND = "sources.confirm"


async def promise(source: SourceView, delivery_id: int, kept: Kept) -> Result:
    """Soon, outside this work. The address was judged with the delivery: the vendor's own."""
    await later(KIND, {"source": source.id, "delivery": delivery_id, "url": kept.normalized["get"]}, key=delivery_id)
    return Result(kept.action)


@task(KIND, lane=OUTSIDE)
async def confirm(run: TaskRun) -> None:
    """{source, delivery, url}. What is not answered 200 is tried again; then it is dead and visible."""
    said = await ports.web().call(WebCall("GET", run.args["url"], {}))
    if said.status != 200:
        raise Outage("web", f"status {said.status}", permanent=said.status in (403, 404))
    async with run.commit():
        await actions.outcome(run.args["delivery"], "confirmed")
