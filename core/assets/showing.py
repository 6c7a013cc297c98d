"""Show somebody who can't look at a page where a thing is: its plan with a mark, as a picture.

look_for_place -> (task assets.mark_plan) -> a file of the desk's own -> PlanMarked, whose reaction hands it over.
"""

import asyncio

from core.assets.drawing import Mark, marked
from core.assets.models import FloorPlan
from core.events import PlanMarked
from core.files.actions import put_bytes, store_once
from core.files.queries import bytes_of
from core.kernel.work import emit
from core.tasks.actions import TaskRun, later, task

DRAW = "assets.mark_plan"


async def look_for_place(party: str, job_id: int, plan_id: int, marks: list[Mark]) -> None:
    """Draw these marks on the plan, soon, for whoever has the job."""
    told = [[mark.x, mark.y, mark.label] for mark in marks]
    args = {"party": party, "job_id": job_id, "plan_id": plan_id, "marks": told}
    await later(DRAW, args, key=f"{party}:{job_id}:{plan_id}")


@task(DRAW)
async def mark_plan(run: TaskRun) -> None:
    """The same picture is kept once, however often it is asked for; a plan that is gone meanwhile is not shown."""
    plan = await FloorPlan.get_or_none(id=run.args["plan_id"])
    if plan is None:
        return
    picture = await bytes_of(plan.file_id)
    marks = [Mark(*one) for one in run.args["marks"]]
    stored = await put_bytes(await asyncio.to_thread(marked, picture, marks))
    async with run.commit():
        file_id = await store_once(stored, kind="photo", name=f"{plan.name}.jpg")
        labels = tuple(mark.label for mark in marks)
        await emit(PlanMarked(file_id, plan.name, run.args["party"], run.args["job_id"], labels))
