"""The company's own stages: versions that running jobs keep, and steps between stages of one state."""

from typing import Any

import orjson

from core import events
from core.kernel.errors import Refusal, Stale
from core.kernel.read import parsed
from core.kernel.work import current, emit
from core.orders.actions.steps import may_step
from core.orders.actions.store import locked_job, touch
from core.orders.actions.timeline import note
from core.orders.rules import DEFAULT_LIFECYCLE, first_stage, stage_of, validate_stages

_NEWEST = "SELECT id, stages FROM orders_lifecycles ORDER BY id DESC LIMIT 1"
_SAVE = "WITH made AS (INSERT INTO orders_lifecycles (stages, created_at) VALUES ($1::jsonb, $2) RETURNING id, stages) "


async def current_lifecycle() -> tuple[int, str]:
    """The newest version's id and the code of the stage that new jobs start in; the default one when none is saved."""
    w = current()
    row = await w.fetchrow(_NEWEST)
    if row is None:
        row = await _insert(DEFAULT_LIFECYCLE)
    return int(row["id"]), str(first_stage(parsed(row["stages"]), "new")["code"])


async def save_lifecycle(stages: list[dict[str, Any]]) -> int:
    """A new version for the jobs to come; its id. `orders.bad_lifecycle` when it is not whole."""
    current().actor.require("company.edit")
    validate_stages(stages)
    return int((await _insert(stages))["id"])


async def _insert(stages: list[dict[str, Any]]) -> Any:
    w = current()
    return await w.fetchrow(_SAVE + "SELECT * FROM made", orjson.dumps(stages).decode(), w.now)


async def set_stage(job_id: int, code: str) -> None:
    """Move a job to another stage of the state it is in. `orders.wrong_stage` for a stage of another state."""
    job = await locked_job(job_id)
    await may_step(job, "stage")
    stage = stage_of(job.stages, code)
    if stage is None or stage["state"] != job.state:
        raise Refusal("orders.wrong_stage", stage=code, state=job.state)
    sql = "UPDATE orders_jobs SET stage = $3 WHERE id = $1 AND state = $2"
    if await current().execute(sql, job.id, job.state, code) != 1:
        raise Stale("orders")
    await touch(job.order_id, job.id)
    await note(job.order_id, "job.stage", {"stage": stage["name"]}, False, job.id)
    await emit(events.JobStaged(job.order_id, job.id, code))
